"""Which playbooks an actor may meet: one by one, and many at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, func, or_, select, true
from sqlalchemy.orm import joinedload

from lms.authz import Actor, CoalitionRoleKind, MembershipRole, Permission, Scope, can
from lms.coalitions.models import Coalition, CoalitionOrganization
from lms.coalitions.queries import get_coalition_for
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.organizations.models import Organization
from lms.organizations.queries.places import get_organization_for
from lms.playbooks.models import PageRevision, Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.queries.people import coalitions_of
from lms.playbooks.queries.texts import care_of, get_revision
from lms.playbooks.rules import CareState, Place, Shared, scope_for


@dataclass(frozen=True)
class OwnPlace:
    """A place whose playbooks somebody runs, with its name."""

    place: Place
    name: str

    @property
    def key(self) -> str:
        """How addresses and forms name it: "organization-7"."""
        if self.place.organization_id is not None:
            return f"organization-{self.place.organization_id}"
        return f"coalition-{self.place.coalition_id}"

    @property
    def scope(self) -> Scope:
        """Who runs the place runs its playbooks."""
        return self.place.scope


@dataclass(frozen=True)
class OpenPlaybook:
    """A playbook as one actor meets it."""

    playbook: Playbook
    place_name: str
    time_zone: str
    scope: Scope

    @property
    def id(self) -> int:
        """The playbook's id."""
        return self.playbook.id


@dataclass(frozen=True)
class OpenPage:
    """A page of a playbook as one actor meets it."""

    opened: OpenPlaybook
    page: PlaybookPage

    @property
    def playbook(self) -> Playbook:
        """The playbook it belongs to."""
        return self.opened.playbook

    @property
    def scope(self) -> Scope:
        """A page belongs where its playbook belongs."""
        return self.opened.scope

    def care_on(self, today: date) -> CareState:
        """How well the page is looked after."""
        return care_of(self.page, today)


@dataclass(frozen=True)
class OpenRevision:
    """One revision of a page as one actor meets it."""

    at: OpenPage
    revision: PageRevision

    @property
    def scope(self) -> Scope:
        """A revision belongs where its playbook belongs."""
        return self.at.scope


def get_place_for(actor: Actor, key: str) -> OwnPlace:
    """Return the organization or coalition that a key names, if the actor may see it (one statement)."""
    kind, _dash, number = key.partition("-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound("place")
    if kind == "organization":
        return OwnPlace(Place(organization_id=int(number)), get_organization_for(actor, int(number)).name)
    if kind == "coalition":
        return OwnPlace(Place(coalition_id=int(number)), get_coalition_for(actor, int(number)).name)
    raise NotFound("place")


def list_run_places(actor: Actor) -> list[OwnPlace]:
    """Return the places whose playbooks the actor runs, where they act now first (no statement)."""
    here = actor.current_membership
    led = [m for m in actor.memberships if m.role is MembershipRole.LEAD]
    led.sort(key=lambda m: (m != here, m.organization_name.casefold(), m.organization_id))
    places = [OwnPlace(Place(organization_id=m.organization_id), m.organization_name) for m in led]
    run = [held for held in actor.coalition_roles if held.role is CoalitionRoleKind.COORDINATOR]
    return places + [OwnPlace(Place(coalition_id=held.coalition_id), held.coalition_name) for held in run]


def get_playbook_for(actor: Actor, playbook_id: int) -> OpenPlaybook:
    """Return a playbook that the actor may read (one statement)."""
    asked = {"playbook_id": playbook_id, "person_id": actor.person_id, "coalition_ids": sorted(actor.coalition_ids)}
    row = db.session.execute(_meeting(), asked).one_or_none()
    if row is None:
        raise NotFound("playbook")
    playbook, place_name, zone, is_named, is_neighbor = row
    scope = scope_for(actor, playbook.place, playbook.shared, is_named=is_named, is_neighbor=is_neighbor)
    if not can(actor, Permission.PLAYBOOK_READ, scope):
        raise NotFound("playbook")
    return OpenPlaybook(playbook, place_name, zone or "UTC", scope)


@cache  # built once: putting it together takes longer than running it
def _meeting() -> Any:
    met = (
        select(
            Playbook,
            func.coalesce(Organization.name, Coalition.name),
            zone_of_playbook(),
            names_person(bindparam("person_id")),
            is_near(bindparam("coalition_ids", expanding=True)),
        )
        .outerjoin(Organization, Organization.id == Playbook.organization_id)
        .outerjoin(Coalition, Coalition.id == Playbook.coalition_id)
        .where(Playbook.id == bindparam("playbook_id"))
    )
    return met.execution_options(populate_existing=True)


def get_page_for(actor: Actor, playbook_id: int, page_id: int) -> OpenPage:
    """Return a page, open or closed, of a playbook the actor may read, with who looks after it (two statements)."""
    opened = get_playbook_for(actor, playbook_id)
    asked = {"playbook_id": opened.id, "page_id": page_id}
    page = db.session.scalars(_page_in_playbook(), asked).one_or_none()
    if page is None:
        raise NotFound("page")
    return OpenPage(opened, page)


@cache
def _page_in_playbook() -> Any:
    asked = (
        select(PlaybookPage)
        .where(PlaybookPage.id == bindparam("page_id"), PlaybookPage.playbook_id == bindparam("playbook_id"))
        .options(joinedload(PlaybookPage.owner), joinedload(PlaybookPage.backup_owner))
    )
    return asked.execution_options(populate_existing=True)


def get_revision_for(actor: Actor, playbook_id: int, page_id: int, number: int) -> OpenRevision:
    """Return one revision of a page that the actor may read, with its author (three statements)."""
    at = get_page_for(actor, playbook_id, page_id)
    return OpenRevision(at, get_revision(page_id, number))


def is_readable(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may read a playbook: the same answer that `scope_for` gives, for many rows at once."""
    return true() if actor.is_administrator else _is_within(_reach_of(actor), is_anywhere=_is_anywhere(actor))


def readable_ids(actor: Actor) -> list[int]:
    """Return the ids of all playbooks the actor may read (one statement)."""
    if actor.is_administrator:
        return list(db.session.scalars(select(Playbook.id).order_by(Playbook.id)))
    return list(read_columns(_readable_ids(is_anywhere=_is_anywhere(actor)), _reach_of(actor)).scalars())


@cache
def _readable_ids(*, is_anywhere: bool) -> Any:
    reach: dict[str, Any] = {name: bindparam(name, expanding=True) for name in _REACH}
    reach["person_id"] = bindparam("person_id")
    return select(Playbook.id).where(_is_within(reach, is_anywhere=is_anywhere)).order_by(Playbook.id)


_REACH = ("led_ids", "coordinated_ids", "seen_ids", "organization_ids", "coalition_ids")


def _reach_of(actor: Actor) -> dict[str, Any]:
    coordinated = [r.coalition_id for r in actor.coalition_roles if r.role is CoalitionRoleKind.COORDINATOR]
    held = (
        actor.led_organization_ids,
        coordinated,
        actor.seen_organization_ids,
        actor.organization_ids,
        actor.coalition_ids,
    )
    return {**{name: sorted(ids) for name, ids in zip(_REACH, held, strict=True)}, "person_id": actor.person_id}


def _is_anywhere(actor: Actor) -> bool:
    return bool(actor.organization_ids or actor.coalition_ids)


def _is_within(reach: Mapping[str, Any], *, is_anywhere: bool) -> ColumnElement[bool]:
    coalition_ids = reach["coalition_ids"]
    belongs = or_(Playbook.organization_id.in_(reach["seen_ids"]), Playbook.coalition_id.in_(coalition_ids))
    in_organization = and_(
        Playbook.shared.in_([Shared.ORGANIZATION, Shared.COALITION]),
        Playbook.organization_id.in_(reach["organization_ids"]),
    )
    in_coalition = and_(
        Playbook.shared == Shared.COALITION,
        or_(Playbook.coalition_id.in_(coalition_ids), is_near(coalition_ids)),
    )
    return or_(
        Playbook.organization_id.in_(reach["led_ids"]),
        Playbook.coalition_id.in_(reach["coordinated_ids"]),
        in_organization,
        in_coalition,
        and_(belongs, names_person(reach["person_id"])),
        Playbook.shared == Shared.PUBLIC if is_anywhere else false(),
    )


def zone_of_playbook() -> ColumnElement[str | None]:
    """The coalition's zone; an organization counts its days by its oldest coalition's."""
    around = coalitions_of(Playbook.organization_id).correlate(Playbook)
    own = Coalition.id == Playbook.coalition_id
    zones = select(Coalition.time_zone).where(or_(own, Coalition.id.in_(around)))
    return zones.order_by(Coalition.id).limit(1).correlate(Playbook).scalar_subquery()


def names_person(person_id: Any) -> ColumnElement[bool]:
    """Whether somebody is an editor of the playbook, or looks after one of its pages."""
    edits = exists().where(PlaybookEditor.playbook_id == Playbook.id, PlaybookEditor.person_id == person_id)
    looks_after = exists().where(
        PlaybookPage.playbook_id == Playbook.id,
        PlaybookPage.closed_at.is_(None),
        or_(PlaybookPage.owner_id == person_id, PlaybookPage.backup_owner_id == person_id),
    )
    return or_(edits.correlate(Playbook), looks_after.correlate(Playbook))


def is_near(coalition_ids: Any) -> ColumnElement[bool]:
    """Whether one of these coalitions has the playbook's organization in it."""
    shared_coalition = exists().where(
        CoalitionOrganization.organization_id == Playbook.organization_id,
        CoalitionOrganization.left_at.is_(None),
        CoalitionOrganization.coalition_id.in_(coalition_ids),
    )
    return shared_coalition.correlate(Playbook)
