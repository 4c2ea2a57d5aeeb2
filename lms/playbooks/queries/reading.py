"""One page of a playbook as its readers see it: plain values, asked for in one statement."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from hashlib import blake2b
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from lms import prose
from lms.accounts.models import Language, Person, shown_name
from lms.authz import Actor, Permission, Scope, can
from lms.coalitions.models import Coalition
from lms.db import read_columns
from lms.errors import NotFound
from lms.organizations.models import Organization
from lms.playbooks.models import PageRevision, Playbook, PlaybookPage
from lms.playbooks.queries.reach import is_near, names_person, zone_of_playbook
from lms.playbooks.rules import CareState, Place, care_state, markdown_of, scope_for


@dataclass(frozen=True)
class ReadPage:
    """A page, open or closed, with what it says now and who looks after it. The same for everybody who may read it."""

    id: int
    title: str
    is_closed: bool
    due_on: date | None
    reviewed_on: date | None
    owner_id: int | None
    owner_name: str | None
    backup_name: str | None
    cycle_id: int | None
    playbook_id: int
    playbook_title: str
    place_name: str
    number: int
    language: Language
    note: str | None
    author_name: str | None
    written_at: datetime
    html: str = field(repr=False, compare=False)
    text_hash: bytes = field(init=False, repr=False)  # it stands for `html` where drawn parts are kept

    def __post_init__(self) -> None:
        object.__setattr__(self, "text_hash", blake2b(self.html.encode(), digest_size=16).digest())

    def care_on(self, today: date) -> CareState:
        """How well the page is looked after."""
        return care_state(owner_id=self.owner_id, due=self.due_on, reviewed_on=self.reviewed_on, today=today)


@dataclass(frozen=True)
class Reading:
    """A page as one actor reads it."""

    page: ReadPage
    time_zone: str
    scope: Scope


def get_reading_for(actor: Actor, playbook_id: int, page_id: int) -> Reading:
    """Return a page of a playbook that the actor may read, with what it says now (one statement)."""
    asked = {
        "playbook_id": playbook_id,
        "page_id": page_id,
        "person_id": actor.person_id,
        "coalition_ids": sorted(actor.coalition_ids),
    }
    row = read_columns(_page(), asked).one_or_none()
    if row is None:
        raise NotFound("page")
    place = Place(row.organization_id, row.coalition_id)
    scope = scope_for(actor, place, row.shared, is_named=row.is_named, is_neighbor=row.is_neighbor)
    if not can(actor, Permission.PLAYBOOK_READ, scope):
        raise NotFound("page")
    return Reading(_read(row), row.time_zone or "UTC", scope)


def _read(row: Any) -> ReadPage:
    is_current = row.renderer == prose.RENDERER_VERSION
    return ReadPage(
        id=row.id,
        title=row.title,
        is_closed=row.closed_at is not None,
        due_on=row.due_on,
        reviewed_on=row.reviewed_on,
        owner_id=row.owner_id,
        owner_name=_name(row, "owner"),
        backup_name=_name(row, "backup"),
        cycle_id=row.cycle_id,
        playbook_id=row.playbook_id,
        playbook_title=row.playbook_title,
        place_name=row.place_name,
        number=row.number,
        language=row.language,
        note=row.note,
        author_name=_name(row, "author"),
        written_at=row.written_at,
        html=row.html if is_current else prose.render_prose(markdown_of(row.text), language=row.language.value),
    )


def _name(row: Any, part: str) -> str | None:
    if getattr(row, f"{part}_person_id") is None:
        return None
    return shown_name(*(getattr(row, f"{part}_{word}") for word in ("name", "alias", "email")))


@cache  # built once: putting it together takes longer than running it
def _page() -> Select[Any]:
    owner, backup, author = aliased(Person), aliased(Person), aliased(Person)
    people = {"owner": owner, "backup": backup, "author": author}
    named = [
        column.label(f"{part}_{word}")
        for part, person in people.items()
        for word, column in (
            ("person_id", person.id),
            ("name", person.name),
            ("alias", person.alias),
            ("email", person.email),
        )
    ]
    return (
        select(
            *_of(PlaybookPage, "id", "title", "closed_at", "due_on", "reviewed_on", "owner_id", "cycle_id"),
            *_of(Playbook, "organization_id", "coalition_id", "shared"),
            *_of(PageRevision, "number", "language", "note", "written_at", "renderer", "html", "text"),
            Playbook.id.label("playbook_id"),
            Playbook.title.label("playbook_title"),
            func.coalesce(Organization.name, Coalition.name).label("place_name"),
            zone_of_playbook().label("time_zone"),
            names_person(bindparam("person_id")).label("is_named"),
            is_near(bindparam("coalition_ids", expanding=True)).label("is_neighbor"),
            *named,
        )
        .select_from(PlaybookPage)
        .join(Playbook, Playbook.id == PlaybookPage.playbook_id)
        .join(
            PageRevision,
            and_(PageRevision.page_id == PlaybookPage.id, PageRevision.number == PlaybookPage.current_number),
        )
        .outerjoin(Organization, Organization.id == Playbook.organization_id)
        .outerjoin(Coalition, Coalition.id == Playbook.coalition_id)
        .outerjoin(owner, owner.id == PlaybookPage.owner_id)
        .outerjoin(backup, backup.id == PlaybookPage.backup_owner_id)
        .outerjoin(author, author.id == PageRevision.author_id)
        .where(PlaybookPage.id == bindparam("page_id"), Playbook.id == bindparam("playbook_id"))
    )


def _of(model: Any, *names_of_columns: str) -> list[Any]:
    return [getattr(model, name) for name in names_of_columns]
