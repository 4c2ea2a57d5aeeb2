"""Forms of organizations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import (
    EmailField,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from lms.accounts.models import Language, Person
from lms.accounts.rules import (
    MAX_ALIAS,
    MAX_EMAIL,
    MAX_NAME,
    clean_line,
    normal_email,
)
from lms.authz import Capability, MembershipRole
from lms.organizations.models import InvitationKind, JobRole, Location, OrganizationKind
from lms.organizations.people_csv import Column, Flaw, ProblemKind
from lms.organizations.rules import LINK_DAYS, MOST_LINK_USES, InvitationState
from lms.organizations.services.invitations import Offer
from lms.organizations.services.joining import AccountNames
from lms.organizations.services.memberships import Post
from lms.web.forms import Form, WholeNumberField
from lms.web.new_passwords import NewPasswordForm, new_password_field

_ = lazy_gettext

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
ROLE_LABELS = {MembershipRole.STAFF: _("Staff"), MembershipRole.LEAD: _("Lead")}
ROLE_HINTS = {
    MembershipRole.STAFF: _("Learns and practises."),
    MembershipRole.LEAD: _("Also brings people in, gives them courses and sees how far they are."),
}
CAPABILITY_LABELS = {
    Capability.TRAINING_MANAGER: _("Training manager"),
    Capability.AUTHOR: _("Author"),
    Capability.CONTENT_REVIEWER: _("Content reviewer"),
    Capability.CLINICAL_SIGNER: _("Clinical signer"),
    Capability.FIELD_SUPERVISOR: _("Field supervisor"),
    Capability.READINESS_FACILITATOR: _("Readiness facilitator"),
    Capability.CO_CHAIR: _("Co-chair"),
    Capability.TEAM_LEAD: _("Team lead"),
    Capability.MENTOR: _("Mentor"),
}
LANGUAGE_LABELS = {Language.ENGLISH: "English", Language.SPANISH: "Español"}
STATE_LABELS = {
    InvitationState.OPEN: _("Open"),
    InvitationState.USED: _("Used"),
    InvitationState.EXPIRED: _("Expired"),
    InvitationState.REVOKED: _("Withdrawn"),
}
INVITATION_KIND_LABELS = {
    InvitationKind.PERSONAL: _("For one person"),
    InvitationKind.OPEN_LINK: _("Link for several people"),
}
COLUMN_LABELS = {
    Column.EMAIL: _("E-mail"),
    Column.NAME: _("Name"),
    Column.ROLE: _("Role"),
    Column.JOB_ROLE: _("Job role"),
    Column.LOCATION: _("Location"),
    Column.LANGUAGE: _("Language"),
}
FLAW_SENTENCES = {
    Flaw.TOO_BIG: _("This list is too big. A list may have 256 kilobytes. Split it into two."),
    Flaw.NOT_TEXT: _("This is not a list as text. In your spreadsheet choose “Save as” and then “CSV UTF-8”."),
    Flaw.EMPTY: _("There is nobody on this list yet. The first row names the columns, each next row is a person."),
    Flaw.NO_EMAIL_COLUMN: _("The first row has to name the columns, and one of them has to be “email”."),
    Flaw.UNKNOWN_COLUMN: _("We do not know a column named “%(detail)s”. Use the names of the empty list below."),
    Flaw.COLUMN_TWICE: _("The column “%(detail)s” is there twice. Take one of them out."),
    Flaw.TOO_MANY_ROWS: _("This list has %(detail)s rows. A list may have 500. Split it into two."),
    Flaw.BAD_QUOTES: _('A quotation mark opens in this list and does not close. Look for a lone " and take it out.'),
}
PROBLEM_SENTENCES = {
    ProblemKind.NO_EMAIL: _("The e-mail address is missing."),
    ProblemKind.NOT_AN_EMAIL: _("“%(text)s” is not a complete e-mail address."),
    ProblemKind.EMAIL_TWICE: _("“%(text)s” is in this list twice."),
    ProblemKind.NAME_TOO_LONG: _("This name is too long. Use 120 characters or fewer."),
    ProblemKind.UNKNOWN_ROLE: _("“%(text)s” is no role. Write staff or lead, or leave it empty for staff."),
    ProblemKind.ROLE_TOO_HIGH: _("You cannot give the role “%(text)s”. It is above your own."),
    ProblemKind.UNKNOWN_JOB_ROLE: _("Your organization has no job role “%(text)s”. Add it first, or leave it empty."),
    ProblemKind.UNKNOWN_LOCATION: _("Your organization has no location “%(text)s”. Add it first, or leave it empty."),
    ProblemKind.UNKNOWN_LANGUAGE: _("“%(text)s” is no language of this site. Write en or es, or leave it empty."),
    ProblemKind.TOO_MANY_CELLS: _("“%(text)s” stands in a column without a name."),
}


def _choices(labels: Mapping[Any, Any]) -> Callable[[], list[tuple[str, Any]]]:
    return lambda: [(word.value, label) for word, label in labels.items()]


def _line(text: str | None) -> str:
    return clean_line(text or "")


def _version(text: str | int | None) -> int:
    """Read the row version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


def _id_or_none(text: str | None) -> int | None:
    return int(text) if text else None


def _at_most(number: int) -> Length:
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


def _checked_address(_form: Form, field: EmailField) -> None:
    """Keep the address as it is stored."""
    address = normal_email(field.data or "")
    if address is None:
        raise ValidationError(gettext("This is not a complete e-mail address. It looks like name@example.org."))
    field.data = address


class EditForm(Form):
    """A form that says which version of its row it began from."""

    row_version = HiddenField(filters=[_version])

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)


class OrganizationForm(EditForm):
    """What an organization says about itself."""

    name = StringField(
        _("Name of the organization"),
        [DataRequired(_("Write the name of the organization.")), _at_most(160)],
        filters=[_line],
        description=_("As people say it."),
    )
    kind = SelectField(
        _("What kind of organization is it?"), [InputRequired(_("Choose a kind."))], choices=_choices(KIND_LABELS)
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {
            "name": self.name.data,
            "kind": OrganizationKind(self.kind.data),
            "row_version": self.row_version.data,
        }


class LocationForm(Form):
    """One location."""

    name = StringField(
        _("Name of the location"), [DataRequired(_("Write the name of the location.")), _at_most(120)], filters=[_line]
    )
    address = StringField(
        _("Address"),
        [Optional(), _at_most(300)],
        filters=[_line],
        description=_("Leave it empty if the address should stay private."),
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"name": self.name.data, "address": self.address.data or None}


class JobRoleForm(Form):
    """One job role."""

    name = StringField(
        _("Name of the job role"),
        [DataRequired(_("Write the name of the job role.")), _at_most(120)],
        filters=[_line],
        description=_("For example: outreach worker, nurse, night staff."),
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"name": self.name.data}


class PlacedForm(Form):
    """A form that gives somebody a role, a job role and a location of their organization."""

    role = RadioField(_("Role"), [InputRequired(_("Choose a role."))], default=MembershipRole.STAFF.value)
    job_role = SelectField(_("Job role"), [Optional()], default="")
    location = SelectField(_("Location"), [Optional()], default="")

    def offer_places(
        self, roles: Iterable[MembershipRole], job_roles: Sequence[JobRole], locations: Sequence[Location]
    ) -> None:
        """Fill in what can be chosen."""
        self.role.choices = [(role.value, ROLE_LABELS[role]) for role in roles]
        self.job_role.choices = [("", gettext("None yet")), *((str(each.id), each.name) for each in job_roles)]
        self.location.choices = [("", gettext("None yet")), *((str(each.id), each.name) for each in locations)]


class MembershipForm(PlacedForm, EditForm):
    """What somebody does in an organization."""

    supervisor = SelectField(
        _("Supervisor"), [Optional()], default="", description=_("Who this person turns to at work.")
    )
    capabilities = SelectMultipleField(
        _("Further tasks"),
        choices=_choices(CAPABILITY_LABELS),
        description=_("Choose only what this person really does."),
    )

    def offer_supervisors(self, people: Iterable[Person]) -> None:
        """Fill in who can be chosen."""
        self.supervisor.choices = [
            ("", gettext("Nobody")),
            *((str(person.id), person.display_name) for person in people),
        ]

    def values(self) -> dict[str, Any]:
        """Return what was chosen."""
        return {"post": self._post(), "row_version": self.row_version.data}

    def _post(self) -> Post:
        return Post(
            role=MembershipRole(self.role.data),
            job_role_id=_id_or_none(self.job_role.data),
            location_id=_id_or_none(self.location.data),
            supervisor_id=_id_or_none(self.supervisor.data),
            capabilities=frozenset(Capability(each) for each in self.capabilities.data or ()),
        )


class InvitationForm(PlacedForm):
    """What every invitation offers."""

    language = RadioField(
        _("Language of the invitation"),
        [InputRequired(_("Choose a language."))],
        choices=_choices(LANGUAGE_LABELS),
        default=Language.ENGLISH.value,
    )

    def offer(self) -> Offer:
        """Return what was chosen."""
        return Offer(
            role=MembershipRole(self.role.data),
            job_role_id=_id_or_none(self.job_role.data),
            location_id=_id_or_none(self.location.data),
            language=Language(self.language.data),
        )


class PersonalInvitationForm(InvitationForm):
    """An invitation to one address."""

    kind = HiddenField(default=InvitationKind.PERSONAL.value)
    email = EmailField(
        _("E-mail address"),
        [DataRequired(_("Write the e-mail address.")), _at_most(MAX_EMAIL), _checked_address],
        filters=[_line],
        description=_("We send the invitation there."),
    )
    name = StringField(_("Name"), [Optional(), _at_most(MAX_NAME)], filters=[_line])

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"email": self.email.data, "name": self.name.data or None, "offer": self.offer()}


class OpenLinkForm(InvitationForm):
    """A link that several people may use."""

    kind = HiddenField(default=InvitationKind.OPEN_LINK.value)
    max_uses = WholeNumberField(
        _("How many people may use it?"),
        [
            InputRequired(_("Write how many people may use it.")),
            NumberRange(1, MOST_LINK_USES, _("Write a number from 1 to 200.")),
        ],
        default=10,
        description=_("The link stops working after that many people."),
    )
    days = SelectField(_("How long does it work?"), [InputRequired(_("Choose how long."))], default="30")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.days.choices = [(str(days), _days(days)) for days in LINK_DAYS]

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"max_uses": self.max_uses.data, "days": int(self.days.data), "offer": self.offer()}


class ImportForm(Form):
    """A list of people, as a file or as text."""

    file = FileField(
        _("File"),
        [Optional()],
        description=_("A CSV file. Every spreadsheet can save one. Up to 500 people."),
        render_kw={"accept": ".csv,.txt,text/csv,text/plain"},
    )
    text = TextAreaField(_("Or paste the list here"), [Optional()])


class AccountForm(NewPasswordForm):
    """A new account."""

    password = new_password_field(_("Password"), _("Choose a password."))


class EmailAccountForm(AccountForm):
    """A new account with an e-mail address."""

    way = HiddenField(default="email")
    email = EmailField(
        _("E-mail address"),
        [DataRequired(_("Write your e-mail address.")), _at_most(MAX_EMAIL), _checked_address],
        filters=[_line],
    )
    name = StringField(
        _("Your name"),
        [DataRequired(_("Write your name.")), _at_most(MAX_NAME)],
        filters=[_line],
        description=_("As your team knows you. It also stands on your certificates."),
    )
    fixed_address: str | None = None

    def fix_address(self, address: str) -> None:
        """Make the account for this address, whatever was sent."""
        self.fixed_address = address
        del self.email

    def names(self) -> AccountNames:
        """Return what was typed, clean."""
        return AccountNames(email=self.fixed_address or self.email.data, name=self.name.data)


class AliasAccountForm(AccountForm):
    """A new account without e-mail."""

    way = HiddenField(default="alias")
    alias = StringField(
        _("Alias"),
        [DataRequired(_("Choose an alias.")), _at_most(MAX_ALIAS)],
        filters=[_line],
        description=_("A name you make up, like night.heron. You sign in with it, and your lead sees it."),
    )

    def names(self) -> AccountNames:
        """Return what was typed, clean."""
        return AccountNames(alias=self.alias.data)


def _days(days: int) -> str:
    return str(gettext("1 day") if days == 1 else gettext("%(days)s days", days=days))


class PassOnForm(Form):
    """Who takes over what a leaver looked after."""

    successor = SelectField(_("Who takes over?"), [InputRequired(_("Choose a person."))])

    def offer(self, people: Iterable[Person]) -> None:
        """List who could take over."""
        named = [(str(person.id), person.display_name) for person in people]
        self.successor.choices = [("", gettext("Choose one")), *named]
