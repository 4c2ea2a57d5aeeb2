"""Forms of the change library: taking an idea, and sharing one."""

from collections.abc import Iterable

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from lms.improvement.library import Origin
from lms.improvement.queries.library import TeamChoice
from lms.organizations.models import OrganizationKind
from lms.web.forms import Form

_ = lazy_gettext

ORIGIN_LABELS = {
    Origin.PACKAGE: _("Comes with the site"),
    Origin.SHARED: _("Shared by a team"),
    Origin.TEAM: _("Idea of a team you read"),
}
ORGANIZATION_KIND_LABELS = {
    OrganizationKind.TREATMENT_PROGRAM: _("Treatment program"),
    OrganizationKind.HEALTH_CENTER: _("Health center"),
    OrganizationKind.HOSPITAL: _("Hospital"),
    OrganizationKind.HARM_REDUCTION: _("Harm reduction"),
    OrganizationKind.SHELTER: _("Shelter"),
    OrganizationKind.LAW_ENFORCEMENT: _("Law enforcement"),
    OrganizationKind.JAIL: _("Jail"),
    OrganizationKind.EMERGENCY_SERVICES: _("Emergency services"),
    OrganizationKind.PEER_RECOVERY: _("Peer recovery"),
    OrganizationKind.FAITH: _("Faith community"),
    OrganizationKind.LIBRARY: _("Library"),
    OrganizationKind.SCHOOL: _("School"),
    OrganizationKind.TRIBAL: _("Tribal organization"),
    OrganizationKind.PUBLIC_HEALTH: _("Public health"),
    OrganizationKind.OTHER: _("Other"),
}


class TakeForm(Form):
    """Which team tries an idea."""

    team = SelectField(_("Which of your teams tries it?"), [InputRequired(_("Choose a team."))], choices=list)
    has_teams = False

    def offer(self, teams: Iterable[TeamChoice]) -> None:
        """Fill in the teams; one alone is chosen already."""
        teams = list(teams)
        rows = [(str(team.team_id), f"{team.name} ({team.organization_name})") for team in teams]
        self.team.choices = rows if len(rows) == 1 else [("", gettext("Choose a team")), *rows]


class ShareForm(Form):
    """The team's consent."""

    consent = BooleanField(
        _("We agree: the organizations of our coalition may read this"),
        [InputRequired(_("Check the box if your team agrees. Otherwise the idea stays as it is."))],
    )
