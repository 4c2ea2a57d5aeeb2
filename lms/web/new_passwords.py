"""The field for a new password, the same at every door where somebody chooses one."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, PasswordField, ValidationError
from wtforms.validators import InputRequired

from lms.accounts import catalog, rules
from lms.accounts.rules import PasswordProblem
from lms.web.forms import Form

PASSWORD_HINT = _l("At least 8 characters. Spaces and any letters are fine; three or four words are easy to remember.")
PASSWORD_SENTENCES: Mapping[PasswordProblem, str] = {
    PasswordProblem.TOO_SHORT: _l("Use at least 8 characters. Three or four words in a row make a good password."),
    PasswordProblem.TOO_LONG: _l("Use at most 200 characters."),
    PasswordProblem.COMMON: _l("Many people use this password, so it is easy to guess. Choose another one."),
    PasswordProblem.LOCAL: _l(
        "This password is made of words that people here would guess: your name, or what this site is about."
        " Add words that only you think of."
    ),
}


class NewPasswordForm(Form):
    """A form with a new password. `local_words`: what an acquaintance would try."""

    def __init__(
        self, data: MultiDict[str, str] | None = None, *, local_words: Iterable[str] = (), **defaults: Any
    ) -> None:
        super().__init__(data, **defaults)
        self.local_words = frozenset(local_words)


def new_password_field(label: str, missing: str) -> Any:
    """Return the field for a `NewPasswordForm`."""
    return PasswordField(label, [InputRequired(missing), refuse_weak], description=PASSWORD_HINT)


def refuse_weak(form: NewPasswordForm, field: Field) -> None:
    """Refuse a password that is too short or easily guessed."""
    common = catalog.common_passwords()
    problem = rules.find_password_problem(field.data or "", common=common, local_words=form.local_words)
    if field.data and problem is not None:
        raise ValidationError(str(PASSWORD_SENTENCES[problem]))
