"""The quick cycle: three answers on a phone."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, RadioField
from wtforms.validators import InputRequired, Optional

from lms.improvement.forms.fields import NO_CLIENTS, WholeField, text_field
from lms.improvement.services.quick import Quick
from lms.web.forms import Form

_ = lazy_gettext

TO_COME, BEGUN = "to-come", "begun"


class QuickForm(Form):
    """What we try, what we expect, and by when or with how many people."""

    what = text_field(_("What do we try?"), needed=_("Write what you try."), hint=NO_CLIENTS, most=1_000)
    expected = text_field(
        _("What do we expect to happen?"),
        needed=_("Write what you expect. It is saved before the test, and locked when the test begins."),
        hint=_("For example: four of five people take a kit, because we offer it by name."),
        most=1_000,
    )
    by_on = DateField(_("By when?"), [Optional()])
    scale_people = WholeField(_("With how many people?"), [Optional()])
    begun = RadioField(
        _("Has it begun?"),
        [InputRequired(_("Choose an answer."))],
        choices=lambda: [
            (TO_COME, gettext("No, it is still to come")),
            (BEGUN, gettext("Yes, we have tried it already")),
        ],
        default=TO_COME,
    )
    began_on = DateField(_("First day of the test"), [Optional()])

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for one of the two numbers, and for the day when the test has begun."""
        is_valid = super().validate(*args, **kwargs)
        if not (self.by_on.data or self.by_on.errors or self.scale_people.errors or self.scale_people.whole):
            self.by_on.errors = [gettext("Choose a day, or write with how many people. One of them is enough.")]
            is_valid = False
        if self.begun.data == BEGUN and not self.began_on.data and not self.began_on.errors:
            self.began_on.errors = [gettext("Choose the day on which the test began.")]
            is_valid = False
        return is_valid

    def quick(self) -> Quick:
        """Return what was typed, clean."""
        return Quick(
            what=self.what.data or "",
            expected=self.expected.data or "",
            by_on=self.by_on.data,
            scale_people=self.scale_people.whole,
            began_on=self.began_on.data if self.begun.data == BEGUN else None,
        )
