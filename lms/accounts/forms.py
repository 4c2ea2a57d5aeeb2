"""Forms of accounts."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, PasswordField, RadioField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from lms.accounts import rules
from lms.accounts.models import Language, Theme
from lms.accounts.queries import LivePerson
from lms.web.forms import Form
from lms.web.new_passwords import NewPasswordForm, new_password_field

MAX_TYPED = 300  # longer than any name, code or password here
LANGUAGE_NAMES = {Language.ENGLISH: "English", Language.SPANISH: "Español"}
THEME_NAMES = {
    Theme.AUTO: _l("As my device"),
    Theme.LIGHT: _l("Light"),
    Theme.DARK: _l("Dark"),
    Theme.CONTRAST: _l("High contrast"),
}


def clean(typed: str | None) -> str:
    """Return a typed line without control characters and doubled blanks, as a field's filter."""
    return rules.clean_line(typed or "")


def name_field() -> Any:
    """An e-mail address or an alias, as people type it."""
    too_long = _l("This is too long to be an e-mail address or an alias.")
    needed = DataRequired(_l("Enter your e-mail address or your alias."))
    return StringField(_l("E-mail address or alias"), [needed, Length(max=MAX_TYPED, message=too_long)], [clean])


def old_password_field(label: str, missing: str) -> Any:
    """A password that the site knows already."""
    too_long = Length(max=MAX_TYPED, message=_l("This is too long to be your password."))
    return PasswordField(label, [InputRequired(missing), too_long])


def current_password_field() -> Any:
    """The password of whoever is signed in, once more."""
    return old_password_field(_l("Current password"), _l("Enter your current password."))


class SignInForm(Form):
    """The door."""

    name = name_field()
    password = old_password_field(_l("Password"), _l("Enter your password."))
    next = HiddenField()
    kept = HiddenField()


class AskForResetForm(Form):
    """Who cannot remember their password."""

    name = name_field()


class ResetForm(NewPasswordForm):
    """A new password, by a link that was sent."""

    new_password = new_password_field(_l("New password"), _l("Enter a new password."))


class RecoverForm(NewPasswordForm):
    """A new password, by a recovery code."""

    name = name_field()
    recovery_code = StringField(
        _l("Recovery code"),
        [DataRequired(_l("Enter your recovery code.")), Length(max=MAX_TYPED, message=_l("This is not a code."))],
        description=_l("The 20 letters and numbers you were given. Capitals and hyphens do not matter."),
        filters=[clean],
    )
    new_password = new_password_field(_l("New password"), _l("Enter a new password."))


class ChangePasswordForm(NewPasswordForm):
    """A new password, by somebody who knows the old one."""

    current_password = current_password_field()
    new_password = new_password_field(_l("New password"), _l("Enter a new password."))


class ConfirmPasswordForm(Form):
    """The password once more, before something that matters."""

    current_password = current_password_field()


class SecondFactorForm(Form):
    """The code after the password."""

    code = StringField(
        _l("Code"),
        [DataRequired(_l("Enter the code.")), Length(max=MAX_TYPED, message=_l("This is not a code."))],
        filters=[clean],
    )
    next = HiddenField()
    kept = HiddenField()


class SetUpFactorForm(Form):
    """The first code of a new app. What the app was shown is carried along, signed."""

    code = StringField(
        _l("The six digits that the app shows now"),
        [DataRequired(_l("Enter the six digits.")), Length(max=MAX_TYPED, message=_l("This is not a code."))],
        filters=[clean],
    )
    shown = HiddenField()


class AgainForm(ConfirmPasswordForm):
    """The password once more, and where to go on."""

    next = HiddenField()


class ProfileForm(Form):
    """How others see a person, and how pages look to them."""

    name = StringField(_l("Name"), [Length(max=rules.MAX_NAME)], filters=[clean])
    language = RadioField(_l("Language"), [InputRequired(_l("Choose a language."))])
    theme = RadioField(_l("Colors"), [InputRequired(_l("Choose the colors."))])

    def __init__(self, data: MultiDict[str, str] | None, person: LivePerson) -> None:
        super().__init__(data, obj=person)
        self.is_name_needed = person.alias is None
        self.language.choices = [(each.value, name) for each, name in LANGUAGE_NAMES.items()]
        self.theme.choices = [(each.value, name) for each, name in THEME_NAMES.items()]

    def validate_name(self, field: Field) -> None:
        if self.is_name_needed and not field.data:
            raise ValidationError(_("Enter your name as your colleagues know it."))
