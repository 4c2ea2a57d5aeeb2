"""Forms of driver diagrams: one for each thing one does to a box. Their names differ, for they share a page."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, SelectMultipleField
from wtforms.validators import InputRequired

from lms.improvement.drivers import Box, DiagramEdit, IdeaStatus
from lms.improvement.forms.fields import ChoiceField, EditForm, line_field

_ = lazy_gettext

STATUS_LABELS = {
    IdeaStatus.NOT_TESTED: _("Not tested"),
    IdeaStatus.TESTING: _("Being tested"),
    IdeaStatus.ADOPTED: _("Adopted"),
    IdeaStatus.ADAPTED: _("Adapted"),
    IdeaStatus.ABANDONED: _("Abandoned"),
}
STATUS_CHIPS = {  # kind and icon: each status has a shape of its own
    IdeaStatus.NOT_TESTED: ("neutral", "circle-dashed"),
    IdeaStatus.TESTING: ("progress", "play"),
    IdeaStatus.ADOPTED: ("success", "circle-check"),
    IdeaStatus.ADAPTED: ("info", "refresh-cw"),
    IdeaStatus.ABANDONED: ("caution", "circle-x"),
}
EDIT_SENTENCES = {
    DiagramEdit.ADDED: _("Added: %(name)s"),
    DiagramEdit.RENAMED: _("Named anew: %(name)s"),
    DiagramEdit.MOVED: _("Moved: %(name)s"),
    DiagramEdit.CONNECTED: _("Connected: %(name)s"),
    DiagramEdit.PARTED: _("Disconnected: %(name)s"),
    DiagramEdit.MEASURED: _("Measures chosen: %(name)s"),
    DiagramEdit.CLOSED: _("Closed: %(name)s"),
    DiagramEdit.PUT_BACK: _("Put back: %(name)s"),
}
LONGEST_NAME = 160


def _driver_field(label: Any, needed: Any) -> SelectField:
    return SelectField(label, [InputRequired(needed)], choices=list)


class AddDriverForm(EditForm):
    """A new driver."""

    driver_name = line_field(
        _("What moves the aim?"),
        most=LONGEST_NAME,
        needed=_("Write a name for the driver."),
        hint=_("A few words. For example: people can start on the day they ask."),
    )
    driver_parent = ChoiceField(_("What does it serve?"))

    def offer(self, parents: Iterable[Box]) -> None:
        """Fill in what it can hang under."""
        self.driver_parent.offer([(box.id, box.name) for box in parents], gettext("The aim itself"))


class AddIdeaForm(EditForm):
    """A change idea on the diagram: one that the team has, or a new one."""

    idea = ChoiceField(_("One of your change ideas"))
    idea_title = line_field(_("Or a new one"), most=LONGEST_NAME, hint=_("What could you do differently? One thing."))
    idea_parent = _driver_field(_("Which driver could it move?"), _("Choose the driver that it could move."))

    def offer(self, parents: Iterable[Box], ideas: Iterable[tuple[int, str]]) -> None:
        """Fill in the drivers and the ideas that stand nowhere yet."""
        self.idea_parent.choices = [(str(box.id), box.name) for box in parents]
        ideas = list(ideas)
        self.idea.offer(ideas, gettext("A new one"))
        if not ideas:
            self.idea_title.label.text = gettext("What could you do differently?")
            self.idea_title.description = gettext(
                "One thing. For example: a nurse keeps two walk-in times free each day."
            )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Ask for one idea, not two."""
        is_valid = super().validate(*args, **kwargs)
        if not self.idea.data and not self.idea_title.data and not self.idea_title.errors:
            self.idea_title.errors = [gettext("Choose one of your ideas, or write a new one.")]
            return False
        if self.idea.data and self.idea_title.data:
            self.idea_title.errors = [gettext("Choose one of your ideas or write a new one, not both.")]
            return False
        return is_valid


class RenameForm(EditForm):
    """Another name for a driver."""

    new_name = line_field(_("Name of the driver"), most=LONGEST_NAME, needed=_("Write a name for the driver."))


class ConnectForm(EditForm):
    """One more driver that a box serves."""

    other_parent = _driver_field(_("It also serves"), _("Choose a driver."))

    def offer(self, parents: Iterable[Box]) -> None:
        """Fill in all drivers: why one does not fit is said when it is chosen."""
        self.other_parent.choices = [("", gettext("Choose a driver")), *((str(box.id), box.name) for box in parents)]


class MeasuresForm(EditForm):
    """Which measures tell whether a driver moves."""

    measures = SelectMultipleField(_("Which measures tell whether it moves?"), choices=[])

    def offer(self, measures: Iterable[tuple[int, str]]) -> None:
        """Fill in the measures of the team."""
        self.measures.choices = [(str(key), name) for key, name in measures]

    @property
    def measure_ids(self) -> list[int]:
        """What was chosen."""
        return [int(each) for each in self.measures.data or ()]


class PutBackForm(EditForm):
    """A closed driver that stands in the diagram again."""

    closed_driver = _driver_field(_("Which driver?"), _("Choose a driver."))
    back_parent = ChoiceField(_("What does it serve?"))

    def offer(self, closed: Iterable[Box], parents: Iterable[Box]) -> None:
        """Fill in what was closed, and what it can hang under."""
        self.closed_driver.choices = [(str(box.id), box.name) for box in closed]
        self.back_parent.offer([(box.id, box.name) for box in parents], gettext("The aim itself"))
