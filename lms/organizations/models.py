"""Tables of organizations, memberships and invitations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.models import Language, Person
from lms.authz import Capability, MembershipRole, Scope
from lms.db import Model, UtcDateTime, word_column


class OrganizationKind(StrEnum):
    """What kind of organization a member is."""

    TREATMENT_PROGRAM = "treatment-program"
    HEALTH_CENTER = "health-center"
    HOSPITAL = "hospital"
    HARM_REDUCTION = "harm-reduction"
    SHELTER = "shelter"
    LAW_ENFORCEMENT = "law-enforcement"
    JAIL = "jail"
    EMERGENCY_SERVICES = "emergency-services"
    PEER_RECOVERY = "peer-recovery"
    FAITH = "faith"
    LIBRARY = "library"
    SCHOOL = "school"
    TRIBAL = "tribal"
    PUBLIC_HEALTH = "public-health"
    OTHER = "other"


class OrganizationState(StrEnum):
    """Whether an organization is at work here."""

    ACTIVE = "active"
    CLOSED = "closed"


class Organization(Model):
    """One organization."""

    __tablename__ = "organization"
    __table_args__ = (Index("ix_organization_name", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))
    kind: Mapped[OrganizationKind] = mapped_column(word_column(OrganizationKind, "kind"))
    state: Mapped[OrganizationState] = mapped_column(
        word_column(OrganizationState, "state"), default=OrganizationState.ACTIVE
    )
    row_version: Mapped[int] = mapped_column(default=1, comment="counts edits; forms send the one they began from")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """An organization belongs to itself."""
        return Scope(organization_ids=frozenset({self.id}))


class Location(Model):
    """A place of an organization ("site" means the website)."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str | None] = mapped_column(String(300))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A location belongs to its organization."""
        return Scope(organization_ids=frozenset({self.organization_id}))


class JobRole(Model):
    """What somebody does there: outreach worker, nurse, deputy."""

    __tablename__ = "job_role"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str] = mapped_column(String(120))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A job role belongs to its organization."""
        return Scope(organization_ids=frozenset({self.organization_id}))


class Membership(Model):
    """A person's standing in an organization; at most one open at a time."""

    __tablename__ = "membership"
    __table_args__ = (
        Index(
            "uq_membership_open",
            "person_id",
            "organization_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_membership_organization_id_ended_at", "organization_id", "ended_at"),
        CheckConstraint("supervisor_id IS NULL OR supervisor_id <> person_id", name="supervisor"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    role: Mapped[MembershipRole] = mapped_column(word_column(MembershipRole, "role"))
    job_role_id: Mapped[int | None] = mapped_column(ForeignKey("job_role.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    supervisor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    row_version: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="raise_on_sql")
    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")
    job_role: Mapped[JobRole | None] = relationship(lazy="raise_on_sql")
    location: Mapped[Location | None] = relationship(lazy="raise_on_sql")
    capabilities: Mapped[list["MembershipCapability"]] = relationship(
        lazy="raise_on_sql", order_by="MembershipCapability.capability"
    )

    @property
    def scope(self) -> Scope:
        """A membership belongs to its organization and to its person."""
        return Scope(person_id=self.person_id, organization_ids=frozenset({self.organization_id}))


class MembershipCapability(Model):
    """One capability given to a membership."""

    __tablename__ = "membership_capability"

    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"), primary_key=True)
    capability: Mapped[Capability] = mapped_column(word_column(Capability, "capability"), primary_key=True)


class InvitationKind(StrEnum):
    """To one address, or a link that several people may use."""

    PERSONAL = "personal"
    OPEN_LINK = "open-link"


class Invitation(Model):
    """A way in. The secret of its link is derived from the nonce under the site's key; only its hash is stored."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index("ix_invitation_organization_id_created_at", "organization_id", "created_at"),
        CheckConstraint("n_uses <= max_uses", name="uses"),
        CheckConstraint("kind <> 'personal' OR email IS NOT NULL", name="address"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[InvitationKind] = mapped_column(word_column(InvitationKind, "kind"))
    email: Mapped[str | None] = mapped_column(String(254))
    name: Mapped[str | None] = mapped_column(String(120))
    role: Mapped[MembershipRole] = mapped_column(word_column(MembershipRole, "role"))
    job_role_id: Mapped[int | None] = mapped_column(ForeignKey("job_role.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    language: Mapped[Language] = mapped_column(word_column(Language, "language"), default=Language.ENGLISH)
    nonce: Mapped[str] = mapped_column(String(40))
    secret_hash: Mapped[str] = mapped_column(String(64))
    max_uses: Mapped[int] = mapped_column(default=1)
    n_uses: Mapped[int] = mapped_column(default=0)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organization: Mapped[Organization] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """An invitation belongs to its organization."""
        return Scope(organization_ids=frozenset({self.organization_id}))
