"""Reading playbooks through what an actor may meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true, union
from sqlalchemy.orm import joinedload, undefer

from lms import prose
from lms.accounts.models import Person, PersonState
from lms.authz import Actor, CoalitionRoleKind, MembershipRole, Permission, Scope, can
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.coalitions.queries import get_coalition_for
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import Membership, Organization
from lms.organizations.queries.places import get_organization_for
from lms.playbooks.models import PageRevision, Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.rules import CareState, Place, Shared, care_state, markdown_of, scope_for

MOST_CHOICES = 1_000  # more than this is no list to choose from


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


@dataclass(frozen=True)
class PlaybookRow:
    """One line of the list of playbooks."""

    id: int
    title: str
    place_name: str
    is_of_coalition: bool
    shared: Shared
    is_closed: bool
    n_pages: int
    n_due: int


def care_of(page: PlaybookPage, today: date) -> CareState:
    """Say how well a page is looked after."""
    return care_state(owner_id=page.owner_id, due=page.due_on, reviewed_on=page.reviewed_on, today=today)


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
    asked = (
        select(
            Playbook,
            func.coalesce(Organization.name, Coalition.name),
            _time_zone(),
            _names(actor.person_id),
            _is_neighbor(actor),
        )
        .outerjoin(Organization, Organization.id == Playbook.organization_id)
        .outerjoin(Coalition, Coalition.id == Playbook.coalition_id)
        .where(Playbook.id == playbook_id)
    )
    row = db.session.execute(asked.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound("playbook")
    playbook, place_name, time_zone, is_named, is_neighbor = row
    scope = scope_for(actor, playbook.place, playbook.shared, is_named=is_named, is_neighbor=is_neighbor)
    if not can(actor, Permission.PLAYBOOK_READ, scope):
        raise NotFound("playbook")
    return OpenPlaybook(playbook, place_name, time_zone or "UTC", scope)


def get_page_for(actor: Actor, playbook_id: int, page_id: int) -> OpenPage:
    """Return a page, open or closed, of a playbook the actor may read, with who looks after it (two statements)."""
    opened = get_playbook_for(actor, playbook_id)
    asked = (
        select(PlaybookPage)
        .where(PlaybookPage.id == page_id, PlaybookPage.playbook_id == opened.id)
        .options(joinedload(PlaybookPage.owner), joinedload(PlaybookPage.backup_owner))
    )
    page = db.session.scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if page is None:
        raise NotFound("page")
    return OpenPage(opened, page)


def get_revision_for(actor: Actor, playbook_id: int, page_id: int, number: int) -> OpenRevision:
    """Return one revision of a page that the actor may read, with its author (three statements)."""
    at = get_page_for(actor, playbook_id, page_id)
    return OpenRevision(at, get_revision(page_id, number))


def get_revision(page_id: int, number: int) -> PageRevision:
    """Return one revision with its author and its rendered text (one statement)."""
    asked = _whole_revision().where(PageRevision.page_id == page_id, PageRevision.number == number)
    revision = db.session.scalars(asked).one_or_none()
    if revision is None:
        raise NotFound("revision")
    return revision


def find_revision(page_id: int, number: int) -> PageRevision | None:
    """Return one revision, or None (one statement)."""
    asked = _whole_revision().where(PageRevision.page_id == page_id, PageRevision.number == number)
    return db.session.scalars(asked).one_or_none()


def html_of(revision: PageRevision) -> str:
    """Return a revision as clean HTML: as it was rendered when it was saved, or anew after a change of the renderer."""
    if revision.renderer == prose.RENDERER_VERSION:
        return revision.html
    return prose.render_prose(markdown_of(revision.text), language=revision.language.value)


def list_pages(playbook_id: int) -> list[PlaybookPage]:
    """Return the pages of a playbook in order, closed ones last, with who looks after them (one statement)."""
    pages = (
        select(PlaybookPage)
        .where(PlaybookPage.playbook_id == playbook_id)
        .options(joinedload(PlaybookPage.owner), joinedload(PlaybookPage.backup_owner))
        .order_by(PlaybookPage.closed_at.is_not(None), PlaybookPage.position, PlaybookPage.id)
    )
    return list(db.session.scalars(pages.execution_options(populate_existing=True)))


def list_texts(playbook_id: int) -> list[PageRevision]:
    """Return what the open pages of a playbook say now, in order, with page and who looks after it (one statement)."""
    texts = (
        _whole_revision()
        .join(PageRevision.page)
        .where(
            PlaybookPage.playbook_id == playbook_id,
            PlaybookPage.closed_at.is_(None),
            PageRevision.number == PlaybookPage.current_number,
        )
        .options(
            joinedload(PageRevision.page).joinedload(PlaybookPage.owner),
            joinedload(PageRevision.page).joinedload(PlaybookPage.backup_owner),
        )
        .order_by(PlaybookPage.position, PlaybookPage.id)
    )
    return list(db.session.scalars(texts))


def list_editors(playbook_id: int) -> list[Person]:
    """Return who is named to write in a playbook, by name (one statement)."""
    named = (
        select(Person)
        .join(PlaybookEditor, PlaybookEditor.person_id == Person.id)
        .where(PlaybookEditor.playbook_id == playbook_id)
    )
    return list(db.session.scalars(named.order_by(_shown_name(), Person.id)))


def count_revisions(page_id: int) -> int:
    """Return how many revisions a page has (one statement)."""
    return db.session.scalar(select(func.count()).where(PageRevision.page_id == page_id)) or 0


def list_revisions(page_id: int, *, limit: int, offset: int = 0) -> list[PageRevision]:
    """Return the revisions of a page with their authors, newest first (one statement)."""
    kept = select(PageRevision).where(PageRevision.page_id == page_id).options(joinedload(PageRevision.author))
    return list(db.session.scalars(kept.order_by(PageRevision.number.desc()).limit(limit).offset(offset)))


def list_candidates(place: Place) -> list[Person]:
    """Return who may be named in a playbook: active people of the place and its coalition's roles (one statement).

    By name; where there are more than a thousand, the first thousand.
    """
    asked = select(Person).where(Person.id.in_(_people_of(place)), Person.state == PersonState.ACTIVE)
    return list(db.session.scalars(asked.order_by(_shown_name(), Person.id).limit(MOST_CHOICES)))


def list_belonging_ids(place: Place, person_ids: Sequence[int]) -> set[int]:
    """Return which of these people may be named in a playbook of a place (one statement)."""
    asked = select(Person.id).where(
        Person.id.in_(person_ids), Person.id.in_(_people_of(place)), Person.state == PersonState.ACTIVE
    )
    return set(db.session.scalars(asked))


def count_playbooks(actor: Actor) -> int:
    """Return how many playbooks the actor may read (one statement)."""
    return db.session.scalar(select(func.count()).select_from(Playbook).where(_is_readable(actor))) or 0


def list_playbooks(actor: Actor, today: date, *, limit: int, offset: int = 0) -> list[PlaybookRow]:
    """Return the playbooks the actor may read: open ones first, then by place and title (one statement)."""
    is_open_page = and_(PlaybookPage.playbook_id == Playbook.id, PlaybookPage.closed_at.is_(None))
    n_pages = select(func.count()).where(is_open_page).correlate(Playbook).scalar_subquery()
    n_due = select(func.count()).where(is_open_page, PlaybookPage.due_on <= today).correlate(Playbook).scalar_subquery()
    place_name = func.coalesce(Organization.name, Coalition.name)
    rows = (
        select(Playbook, place_name, n_pages, n_due)
        .outerjoin(Organization, Organization.id == Playbook.organization_id)
        .outerjoin(Coalition, Coalition.id == Playbook.coalition_id)
        .where(_is_readable(actor))
        .order_by(Playbook.closed_at.is_not(None), place_name, func.lower(Playbook.title), Playbook.id)
    )
    return [
        PlaybookRow(
            id=playbook.id,
            title=playbook.title,
            place_name=name,
            is_of_coalition=playbook.coalition_id is not None,
            shared=playbook.shared,
            is_closed=playbook.closed_at is not None,
            n_pages=n_open,
            n_due=n_due_now,
        )
        for playbook, name, n_open, n_due_now in db.session.execute(rows.limit(limit).offset(offset))
    ]


def list_readable_playbook_ids(actor: Actor) -> list[int]:
    """Return the ids of all playbooks the actor may read, for the scopes of the search (one statement)."""
    return list(db.session.scalars(select(Playbook.id).where(_is_readable(actor)).order_by(Playbook.id)))


def list_due_pages(today: date) -> list[PlaybookPage]:
    """Return the open pages of open playbooks that are to be read again by today, with playbooks (one statement)."""
    due = (
        select(PlaybookPage)
        .join(PlaybookPage.playbook)
        .where(PlaybookPage.due_on <= today, PlaybookPage.closed_at.is_(None), Playbook.closed_at.is_(None))
        .options(joinedload(PlaybookPage.playbook))
    )
    return list(db.session.scalars(due.order_by(PlaybookPage.due_on, PlaybookPage.id)))


@dataclass(frozen=True)
class OwnedPage:
    """A page that somebody looks after in one organization's playbooks."""

    page: PlaybookPage
    playbook_title: str


def list_owned_pages(person_id: int, organization_id: int) -> list[OwnedPage]:
    """Return the open pages somebody looks after, alone or as backup, in an organization (one statement)."""
    owned = (
        select(PlaybookPage, Playbook.title)
        .join(PlaybookPage.playbook)
        .where(
            Playbook.organization_id == organization_id,
            PlaybookPage.closed_at.is_(None),
            or_(PlaybookPage.owner_id == person_id, PlaybookPage.backup_owner_id == person_id),
        )
        .order_by(Playbook.title, PlaybookPage.playbook_id, PlaybookPage.position, PlaybookPage.id)
    )
    return [OwnedPage(page, title) for page, title in db.session.execute(owned)]


def list_written(person_id: int) -> list[tuple[PageRevision, str]]:
    """Return every revision somebody wrote, with the title of its playbook, oldest first (one statement)."""
    written = (
        select(PageRevision, Playbook.title)
        .join(PageRevision.page)
        .join(PlaybookPage.playbook)
        .where(PageRevision.author_id == person_id)
        .order_by(PageRevision.written_at, PageRevision.id)
    )
    return [(revision, title) for revision, title in db.session.execute(written)]


def _whole_revision() -> Select[PageRevision]:
    return select(PageRevision).options(joinedload(PageRevision.author), undefer(PageRevision.html))


def _shown_name() -> ColumnElement[str]:
    return func.lower(func.coalesce(Person.name, Person.alias, Person.email))


def _people_of(place: Place) -> Any:
    """Select the ids of members, and of those who hold a role in the coalition."""
    members = select(Membership.person_id).where(Membership.ended_at.is_(None))
    holders = select(CoalitionRole.person_id).where(CoalitionRole.ended_at.is_(None))
    if place.organization_id is not None:
        around = _coalitions_of(place.organization_id)
        return union(
            members.where(Membership.organization_id == place.organization_id),
            holders.where(CoalitionRole.coalition_id.in_(around)),
        )
    inside = select(CoalitionOrganization.organization_id).where(
        CoalitionOrganization.coalition_id == place.coalition_id, CoalitionOrganization.left_at.is_(None)
    )
    return union(
        members.where(Membership.organization_id.in_(inside)),
        holders.where(CoalitionRole.coalition_id == place.coalition_id),
    )


def _coalitions_of(organization_id: Any) -> Select[int]:
    return select(CoalitionOrganization.coalition_id).where(
        CoalitionOrganization.organization_id == organization_id, CoalitionOrganization.left_at.is_(None)
    )


def _time_zone() -> ColumnElement[str | None]:
    """The coalition's zone; an organization counts its days by its oldest coalition's."""
    around = _coalitions_of(Playbook.organization_id).correlate(Playbook)
    own = Coalition.id == Playbook.coalition_id
    zones = select(Coalition.time_zone).where(or_(own, Coalition.id.in_(around)))
    return zones.order_by(Coalition.id).limit(1).correlate(Playbook).scalar_subquery()


def _names(person_id: int) -> ColumnElement[bool]:
    """Whether somebody is an editor of the playbook, or looks after one of its pages."""
    edits = exists().where(PlaybookEditor.playbook_id == Playbook.id, PlaybookEditor.person_id == person_id)
    looks_after = exists().where(
        PlaybookPage.playbook_id == Playbook.id,
        PlaybookPage.closed_at.is_(None),
        or_(PlaybookPage.owner_id == person_id, PlaybookPage.backup_owner_id == person_id),
    )
    return or_(edits.correlate(Playbook), looks_after.correlate(Playbook))


def _is_neighbor(actor: Actor) -> ColumnElement[bool]:
    """Whether a coalition of the actor has the playbook's organization in it."""
    shared_coalition = exists().where(
        CoalitionOrganization.organization_id == Playbook.organization_id,
        CoalitionOrganization.left_at.is_(None),
        CoalitionOrganization.coalition_id.in_(actor.coalition_ids),
    )
    return shared_coalition.correlate(Playbook)


def _is_readable(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor may read a playbook: the same answer that `scope_for` gives, for many rows at once."""
    if actor.is_administrator:
        return true()
    coordinated = [r.coalition_id for r in actor.coalition_roles if r.role is CoalitionRoleKind.COORDINATOR]
    belongs = or_(
        Playbook.organization_id.in_(actor.seen_organization_ids), Playbook.coalition_id.in_(actor.coalition_ids)
    )
    in_organization = and_(
        Playbook.shared.in_([Shared.ORGANIZATION, Shared.COALITION]),
        Playbook.organization_id.in_(actor.organization_ids),
    )
    in_coalition = and_(
        Playbook.shared == Shared.COALITION,
        or_(Playbook.coalition_id.in_(actor.coalition_ids), _is_neighbor(actor)),
    )
    is_anywhere = bool(actor.organization_ids or actor.coalition_ids)
    return or_(
        Playbook.organization_id.in_(actor.led_organization_ids),
        Playbook.coalition_id.in_(coordinated),
        in_organization,
        in_coalition,
        and_(belongs, _names(actor.person_id)),
        Playbook.shared == Shared.PUBLIC if is_anywhere else false(),
    )
