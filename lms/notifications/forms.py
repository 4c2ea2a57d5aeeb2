"""How people want to hear of things."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its stubs are older

from lms.notifications.notifications import WORDS
from lms.notifications.rules import CHOSEN
from lms.notifications.words import MailChoice, NoticeKind
from lms.web.forms import Form

MAIL_LABELS = {
    MailChoice.AT_ONCE: _l("Mail at once"),
    MailChoice.DAILY: _l("In one mail a day"),
    MailChoice.NEVER: _l("No mail"),
}


class PreferencesForm(Form):
    """One choice for each kind of notice."""

    def __init__(self, formdata: MultiDict[str, str] | None, choices: Mapping[NoticeKind, MailChoice]) -> None:
        super().__init__(formdata, data={_name(kind): mail.value for kind, mail in choices.items()})

    @property
    def choices(self) -> dict[NoticeKind, MailChoice]:
        """What was chosen."""
        return {kind: MailChoice(self[_name(kind)].data) for kind in CHOSEN}


def _name(kind: NoticeKind) -> str:
    return kind.value.replace("-", "_")


for _kind in CHOSEN:
    setattr(
        PreferencesForm,
        _name(_kind),
        SelectField(WORDS[_kind], choices=[SelectChoice(mail.value, label) for mail, label in MAIL_LABELS.items()]),
    )
