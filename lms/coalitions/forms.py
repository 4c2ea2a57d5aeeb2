"""Forms of coalitions."""

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, EmailField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from lms.accounts.models import Language
from lms.accounts.rules import normal_email
from lms.authz import CoalitionRoleKind
from lms.coalitions import rules
from lms.coalitions.models import FactKey
from lms.organizations.models import OrganizationKind
from lms.web.forms import Form

_ = lazy_gettext

FACT_LABELS = {
    FactKey.EMERGENCY_NUMBER: _("Emergency number"),
    FactKey.CRISIS_LINE: _("Crisis line"),
    FactKey.POISON_LINE: _("Poison line"),
    FactKey.NEVER_USE_ALONE_LINE: _("Line for people who use alone"),
    FactKey.NALOXONE_WHERE: _("Where to get naloxone"),
    FactKey.PROTOCOL_LINK: _("Local protocol"),
    FactKey.GOOD_SAMARITAN_LAW: _("Good Samaritan law"),
}
FACT_HINTS = {
    FactKey.EMERGENCY_NUMBER: _("The number people dial when a life is in danger."),
    FactKey.CRISIS_LINE: _("The number of the crisis line that answers where you are."),
    FactKey.POISON_LINE: _("The number of your poison center."),
    FactKey.NEVER_USE_ALONE_LINE: _("The name and number of a line that stays with people who use alone."),
    FactKey.NALOXONE_WHERE: _("Where people get naloxone free or at low cost, with days and hours."),
    FactKey.PROTOCOL_LINK: _("The name of your protocol and the web address where people find it."),
    FactKey.GOOD_SAMARITAN_LAW: _("What the law of your state says, in plain words, with the name of the law."),
}
ROLE_LABELS = {
    CoalitionRoleKind.COORDINATOR: _("Coordinator"),
    CoalitionRoleKind.TA_EXPERT: _("TA expert"),
}
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


def _version(text: str | int | None) -> int:
    """Read the row version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


def zone_choices() -> dict[str, list[tuple[str, str]]]:
    """Return the time zones, those of the United States first."""
    here = [(zone, zone.replace("_", " ")) for zone in rules.US_ZONES]
    elsewhere = [(zone, zone.replace("_", " ")) for zone in rules.list_zones() if zone not in rules.US_ZONES]
    return {gettext("United States"): here, gettext("Other places"): elsewhere}


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of organizations, with an empty first line."""
    return [("", gettext("Choose one")), *((kind.value, str(label)) for kind, label in KIND_LABELS.items())]


class EditForm(Form):
    """A form that knows which version of the row it began from."""

    row_version = HiddenField(filters=[_version])

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)


class CoalitionForm(EditForm):
    """What a coalition says about itself."""

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
        description=_("The counties you work in, with commas between them."),
    )
    time_zone = SelectField(
        _("Time zone"),
        [InputRequired(_("Choose a time zone."))],
        choices=zone_choices,
        description=_("Due dates follow this zone."),
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {name: self[name].data for name in ("name", "state_name", "counties", "time_zone", "row_version")}


class FactForm(EditForm):
    """One local fact in both languages."""

    text_en = TextAreaField(
        _("In English"), [DataRequired(_("Write the text in English.")), Length(max=600)], filters=[_one_line]
    )
    text_es = TextAreaField(
        _("In Spanish"), [DataRequired(_("Write the text in Spanish.")), Length(max=600)], filters=[_one_line]
    )
    source = StringField(
        _("Where this comes from"),
        [DataRequired(_("Write where this comes from.")), Length(max=300)],
        filters=[_one_line],
        description=_("A web address, a document or an office that others can check."),
    )
    checked_on = DateField(
        _("Checked on"),
        [InputRequired(_("Choose the day you checked this."))],
        description=_("The day you last made sure that this is right."),
    )

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {name: self[name].data for name in ("text_en", "text_es", "source", "checked_on", "row_version")}


class OrganizationForm(Form):
    """A new organization of a coalition, and who leads it first."""

    name = StringField(
        _("Name of the organization"),
        [DataRequired(_("Write the name of the organization.")), Length(max=160)],
        filters=[_one_line],
    )
    kind = SelectField(
        _("What kind of organization is it?"),
        [InputRequired(_("Choose a kind."))],
        choices=kind_choices,
    )
    lead_email = EmailField(
        _("E-mail address of the first lead"),
        [DataRequired(_("Write the e-mail address of the first lead.")), Length(max=254)],
        filters=[_one_line],
        description=_("We send an invitation there. The lead then brings in the others."),
    )
    lead_name = StringField(_("Name of the first lead"), [Optional(), Length(max=120)], filters=[_one_line])
    language = RadioField(
        _("Language of the invitation"),
        [InputRequired(_("Choose a language."))],
        choices=lambda: [(Language.ENGLISH.value, "English"), (Language.SPANISH.value, "Español")],
        default=Language.ENGLISH.value,
    )

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
            "lead_email": self.lead_email.data,
            "lead_name": self.lead_name.data or None,
            "language": Language(self.language.data),
        }


class AppointForm(Form):
    """Who takes which role in the coalition."""

    person_name = StringField(
        _("E-mail address or alias"),
        [DataRequired(_("Write the e-mail address or the alias.")), Length(max=254)],
        filters=[_one_line],
        description=_("Of a person who already has an account here."),
    )
    role = RadioField(
        _("Role"),
        [InputRequired(_("Choose a role."))],
        choices=lambda: [(role.value, str(label)) for role, label in ROLE_LABELS.items()],
        default=CoalitionRoleKind.TA_EXPERT.value,
    )

    def __init__(self, *args: Any, may_appoint_coordinator: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_appoint_coordinator = may_appoint_coordinator

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {"typed_name": self.person_name.data, "role": CoalitionRoleKind(self.role.data)}

    def validate_role(self, field: RadioField) -> None:
        """Refuse what only an administrator may give."""
        if field.data == CoalitionRoleKind.COORDINATOR.value and not self.may_appoint_coordinator:
            raise ValidationError(gettext("Only an administrator can appoint a coordinator."))


class LeadForm(Form):
    """Who leads an organization that has lost its lead."""

    person_name = StringField(
        _("E-mail address or alias"),
        [DataRequired(_("Write the e-mail address or the alias.")), Length(max=254)],
        filters=[_one_line],
        description=_("Somebody of this organization leads it at once. Anybody else gets an invitation by mail."),
    )
