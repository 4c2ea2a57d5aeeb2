"""What a coordinator sends to ask a coalition, and what an organization's lead answers."""

from collections.abc import Iterable
from datetime import date

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from lms.accounts.rules import clean_line
from lms.organizations.models import Organization
from lms.readiness.forms.rounds import clean_note
from lms.readiness.models import LONGEST_REASON
from lms.readiness.models.surveys import LONGEST_CHANGE
from lms.readiness.queries.campaigns import OfferState
from lms.readiness.services.campaigns import CampaignPlan
from lms.web.forms import Form
from readiness.instruments import Instrument

_ = lazy_gettext

OFFER_LABELS = {
    OfferState.WAITING: _("Not answered"),
    OfferState.DECLINED: _("Not this time"),
    OfferState.OPEN: _("Open"),
    OfferState.CLOSED: _("Closed"),
}


class CampaignForm(Form):
    """What the organizations of a coalition are asked to do together."""

    instrument = RadioField(_("What do you want to ask?"), [InputRequired(_("Choose one."))], choices=[])
    change_name = StringField(
        _("Which change is it about?"),
        [
            Optional(),
            Length(max=LONGEST_CHANGE, message=_("Use %(number)s characters or fewer.", number=LONGEST_CHANGE)),
        ],
        description=_("One change that everybody knows, in a few words: “Start treatment on the first day”."),
        filters=[lambda typed: clean_line(typed or "")],
    )
    closes_on = DateField(_("Last day to answer"), [InputRequired(_("Choose a day."))])
    results_on = DateField(
        _("Day by which staff see the results"),
        [InputRequired(_("Choose a day."))],
        description=_("Each organization can choose other days when it opens its survey."),
    )
    organizations = SelectMultipleField(
        _("Which organizations do you ask?"), [DataRequired(_("Choose at least one organization."))], choices=[]
    )

    def offer(self, instruments: Iterable[Instrument], organizations: Iterable[Organization], language: str) -> None:
        """Fill in what can be asked, and whom."""
        self.instrument.choices = [(each.slug, each.title[language]) for each in instruments]
        self.organizations.choices = [(str(each.id), each.name) for each in organizations]

    def needs_change(self, instrument: Instrument) -> bool:
        """Say whether the chosen questions ask about a change that nobody named, and note it at the field."""
        if instrument.is_about_change and not self.change_name.data:
            self.change_name.errors = [gettext("Name the change that the questions ask about.")]
            return True
        return False

    def plan(self) -> CampaignPlan:
        """Return what was chosen."""
        closes_on: date = self.closes_on.data  # type: ignore[assignment]  # it was required
        results_on: date = self.results_on.data  # type: ignore[assignment]
        ids = frozenset(int(each) for each in self.organizations.data or ())
        return CampaignPlan(ids, closes_on, results_on, self.change_name.data or None)


class DeclineForm(Form):
    """Why an organization does not take part."""

    reason = TextAreaField(
        _("Why not this time?"),
        [
            DataRequired(_("Write a reason, so that your coordinator can help or ask again later.")),
            Length(max=LONGEST_REASON, message=_("Use %(number)s characters or fewer.", number=LONGEST_REASON)),
        ],
        filters=[clean_note],
    )
