"""Forms and filters of administrators."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, EmailField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from lms.accounts.models import Language, PersonState
from lms.accounts.rules import normal_email
from lms.admin.queries.people import PeopleFilter
from lms.admin.queries.places import OrganizationFilter
from lms.admin.queries.record import RecordFilter
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions import rules
from lms.coalitions.models import Coalition
from lms.leases import WorkState
from lms.organizations.models import Membership, Organization, OrganizationKind, OrganizationState
from lms.web.forms import Form

_ = lazy_gettext

Word = TypeVar("Word", bound=StrEnum)

PERSON_STATE_LABELS = {PersonState.ACTIVE: _("Active"), PersonState.SUSPENDED: _("Suspended")}
ORGANIZATION_STATE_LABELS = {OrganizationState.ACTIVE: _("At work"), OrganizationState.CLOSED: _("Closed")}
WORK_STATE_LABELS = {
    WorkState.WAITING: _("Waiting"),
    WorkState.WORKING: _("Under way"),
    WorkState.DONE: _("Done"),
    WorkState.PARKED: _("Failed"),
}
MEMBER_ROLE_LABELS = {MembershipRole.STAFF: _("Staff"), MembershipRole.LEAD: _("Lead")}
COALITION_ROLE_LABELS = {
    CoalitionRoleKind.COORDINATOR: _("Coordinator"),
    CoalitionRoleKind.TA_EXPERT: _("TA expert"),
}
LANGUAGE_LABELS = {Language.ENGLISH: "English", Language.SPANISH: "Español"}
KIND_LABELS = {
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


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


# ---------------------------------------------------------------- filters, from the address


def asked_text(args: Mapping[str, str], name: str) -> str:
    """Return words from the address, without what no text holds."""
    return _one_line(args.get(name, "")[:200].replace("\0", " "))


def asked_word(args: Mapping[str, str], name: str, words: type[Word]) -> Word | None:
    """Return one of a set of words from the address, None when it is none of them."""
    asked = args.get(name, "")
    return words(asked) if asked in set(words) else None


def asked_day(args: Mapping[str, str], name: str) -> date | None:
    """Return a day from the address, None when it is none."""
    try:
        return date.fromisoformat(args.get(name, "")[:10])
    except ValueError:
        return None


def people_filter(args: Mapping[str, str]) -> PeopleFilter:
    """Read which people to list."""
    shown = args.get("show", "")
    return PeopleFilter(
        words=asked_text(args, "q"),
        state=asked_word(args, "state", PersonState),
        is_recent=shown == "recent",
        is_administrator=shown == "administrators",
    )


def organization_filter(args: Mapping[str, str]) -> OrganizationFilter:
    """Read which organizations to list."""
    return OrganizationFilter(words=asked_text(args, "q"), state=asked_word(args, "state", OrganizationState))


def record_filter(args: Mapping[str, str], actor_id: int | None) -> RecordFilter:
    """Read which entries of the record to list; who acted is looked up before."""
    about = re.fullmatch(r"([a-z-]+)(?: (\S+))?", asked_text(args, "about").lower())
    since, until = asked_day(args, "from"), asked_day(args, "to")
    return RecordFilter(
        actor_id=actor_id,
        verb=asked_text(args, "verb"),
        subject_kind=about[1] if about else "",
        subject_id=(about[2] or "") if about else "",
        since=_begin_of(since) if since else None,
        before=_begin_of(until + timedelta(days=1)) if until and until < date.max else None,
    )


def _begin_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


# ---------------------------------------------------------------- what is written


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of organizations, with an empty first line."""
    return [("", gettext("Choose one")), *((kind.value, str(label)) for kind, label in KIND_LABELS.items())]


def zone_choices() -> dict[str, list[tuple[str, str]]]:
    """Return the time zones, those of the United States first."""
    here = [(zone, zone.replace("_", " ")) for zone in rules.US_ZONES]
    elsewhere = [(zone, zone.replace("_", " ")) for zone in rules.list_zones() if zone not in rules.US_ZONES]
    return {gettext("United States"): here, gettext("Other places"): elsewhere}


class OrganizationForm(Form):
    """A new organization, with or without a coalition and a first lead."""

    name = StringField(
        _("Name of the organization"),
        [DataRequired(_("Write the name of the organization.")), Length(max=160)],
        filters=[_one_line],
    )
    kind = SelectField(
        _("What kind of organization is it?"), [InputRequired(_("Choose a kind."))], choices=kind_choices
    )
    coalition_id = SelectField(_("Coalition"), [Optional()])
    lead_email = EmailField(
        _("E-mail address of the first lead"),
        [Optional(), Length(max=254)],
        filters=[_one_line],
        description=_("We send an invitation there. You can also invite somebody later."),
    )
    lead_name = StringField(_("Name of the first lead"), [Optional(), Length(max=120)], filters=[_one_line])
    language = RadioField(
        _("Language of the invitation"),
        [InputRequired(_("Choose a language."))],
        choices=lambda: [(language.value, label) for language, label in LANGUAGE_LABELS.items()],
        default=Language.ENGLISH.value,
    )

    def __init__(self, *args: Any, coalitions: Iterable[Coalition] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(coalition.id), coalition.name) for coalition in coalitions]
        self.coalition_id.choices = [("", gettext("None yet")), *named]

    def validate_lead_email(self, field: EmailField) -> None:
        """Take an address as it is stored and looked up."""
        address = normal_email(field.data or "")
        if address is None:
            raise ValidationError(gettext("This is not a complete e-mail address. It looks like name@example.org."))
        field.data = address

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {
            "name": self.name.data,
            "kind": OrganizationKind(self.kind.data),
            "coalition_id": int(self.coalition_id.data) if self.coalition_id.data else None,
            "lead_email": self.lead_email.data or None,
            "lead_name": self.lead_name.data or None,
            "language": Language(self.language.data),
        }


class CoalitionForm(Form):
    """A new coalition."""

    name = StringField(
        _("Name of the coalition"),
        [DataRequired(_("Write the name of the coalition.")), Length(max=160)],
        filters=[_one_line],
    )
    state_name = StringField(
        _("State or territory"), [DataRequired(_("Write the state or territory.")), Length(max=60)], filters=[_one_line]
    )
    counties = StringField(
        _("Counties"),
        [Optional(), Length(max=300)],
        filters=[_one_line],
        description=_("The counties it works in, with commas between them."),
    )
    time_zone = SelectField(
        _("Time zone"),
        [InputRequired(_("Choose a time zone."))],
        choices=zone_choices,
        default="America/New_York",
        description=_("Due dates follow this zone."),
    )
    coordinator = StringField(
        _("E-mail address or alias of the first coordinator"),
        [Optional(), Length(max=254)],
        filters=[_one_line],
        description=_("Of a person who already has an account here. You can also appoint somebody later."),
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        names = ("name", "state_name", "counties", "time_zone")
        return {**{name: self[name].data for name in names}, "coordinator": self.coordinator.data or None}


class SignOffForm(Form):
    """A clinician stands behind one text."""

    signer_name = StringField(
        _("Name of the clinician"),
        [DataRequired(_("Write the name of the clinician.")), Length(max=120)],
        filters=[_one_line],
        description=_("Readers see this name."),
    )
    signer_credential = StringField(
        _("Credential"),
        [DataRequired(_("Write the credential.")), Length(max=120)],
        filters=[_one_line],
        description=_("For example: MD, RN, PharmD."),
    )
    reviewed_on = DateField(_("Day of the review"), [InputRequired(_("Choose the day of the review."))])
    is_confirmed = BooleanField(
        _("The clinician read exactly this version in this language and agrees to stand behind it."),
        [InputRequired(_("Confirm that the clinician read this version and agrees."))],
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {name: self[name].data for name in ("signer_name", "signer_credential", "reviewed_on")}


# ---------------------------------------------------------------- people who move, and two accounts of one person

MOVED_MEMBERSHIPS = _("Organizations they belong or belonged to")
MOVED_ROLES = _("Roles in coalitions")
MOVED_COURSES = _("Courses begun or finished")
MOVED_ATTEMPTS = _("Attempts at checks")
MOVED_CERTIFICATES = _("Certificates")
MOVED_ASSIGNMENTS = _("Courses they were asked to finish, or asked others")
MOVED_OTHER = _("Everything else: readiness, teams, cycles, playbooks, help, notices")


class MoveForm(Form):
    """From which organization to which, and as what."""

    membership = SelectField(_("From"), [InputRequired(_("Choose where the person leaves."))])
    organization = SelectField(_("To"), [InputRequired(_("Choose where the person goes."))])
    role = RadioField(
        _("As"),
        [InputRequired(_("Choose a role."))],
        choices=lambda: [(role.value, label) for role, label in MEMBER_ROLE_LABELS.items()],
        default=MembershipRole.STAFF.value,
    )

    def offer(self, held: Iterable[Membership], organizations: Iterable[Organization]) -> None:
        """List what the person can leave, and where they can go."""
        self.membership.choices = [(str(each.id), each.organization.name) for each in held]
        named = [(str(each.id), each.name) for each in organizations]
        self.organization.choices = [("", gettext("Choose one")), *named]
