"""The form before a person is erased, for the person and for an administrator: who leads next, and is it meant."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired

from lms.accounts.models import Person
from lms.organizations.models import Organization
from lms.web.forms import Form

_ = lazy_gettext


class EraseForm(Form):
    """Is it meant?"""

    is_meant = BooleanField(
        _("I know that this cannot be taken back."), [InputRequired(_("Confirm that you know this."))]
    )

    @property
    def successor_fields(self) -> list[Any]:
        """The fields that ask who leads next, one for each organization that nobody else leads."""
        return [field for field in self if field.name.startswith("successor_")]

    @property
    def successors(self) -> Mapping[int, int]:
        """Who leads next: organization → person."""
        chosen = ((field.name.removeprefix("successor_"), field.data) for field in self.successor_fields)
        return {int(organization_id): int(person_id) for organization_id, person_id in chosen}


def erase_form(
    data: MultiDict[str, str] | None, led_alone: Sequence[tuple[Organization, Sequence[Person]]]
) -> EraseForm:
    """Return the form with a field for each organization that nobody else leads, and those who could lead it next."""
    fields = {f"successor_{organization.id}": _successor(organization, people) for organization, people in led_alone}
    made: EraseForm = type("EraseForm", (EraseForm,), fields)(data)
    return made


def _successor(organization: Organization, people: Sequence[Person]) -> Any:
    return SelectField(
        gettext("Who leads %(organization)s next?", organization=organization.name),
        [InputRequired(_("Choose who leads next."))],
        choices=[
            SelectChoice("", gettext("Choose one")),
            *(SelectChoice(str(each.id), each.display_name) for each in people),
        ],
    )
