"""Reading published pages. A version never changes, so each is read and parsed once per process."""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select

from lms import publications
from lms.accounts.models import Person
from lms.authz import Actor, CoalitionRoleKind
from lms.coalitions.models import Coalition, CoalitionFact, CoalitionOrganization, FactKey
from lms.collaboratives.models import Collaborative, CollaborativeSession
from lms.db import db
from lms.errors import NotFound
from lms.home.catalog import Page, PageKind, page_from_document
from lms.home.rules import Setup, Task, Waiting, is_far_off, verb_of
from lms.jobs import Job
from lms.leases import WorkState
from lms.notifications.models import Todo
from lms.notifications.queries import list_open_todos
from lms.notifications.rules import may_hear
from lms.notifications.words import TodoKind
from lms.organizations.models import Membership, Organization
from lms.outbox import OutboxRow
from lms.publications import ContentKind, ContentVersion
from lms.readiness.models import Round
from lms.training.models import Assignment
from lms.training.queries import enrollments
from lms.training.queries.enrollments import CourseStanding
from lms.training.rules import CourseState


@dataclass(frozen=True)
class PublishedPage:
    """A page as it was published, with its rendered sections by language."""

    page: Page
    rendered: Mapping[str, Mapping[str, Any]]
    text_hashes: Mapping[str, str]

    def sections_in(self, language: str) -> Sequence[tuple[str, str]]:
        """Return (title, rendered HTML) of each section."""
        bodies = self.rendered[language]["sections"]
        return [(section.title[language], body) for section, body in zip(self.page.sections, bodies, strict=True)]


def get_page(slug: str) -> PublishedPage:
    """Return the newest version of a page (one statement, two the first time)."""
    version = publications.find_newest(ContentKind.PAGE, slug)
    if version is None:
        raise NotFound("page")
    return _read(version)


def get_picture(slug: str, address: str) -> bytes:
    """Return a picture that the newest version of a page shows (two statements)."""
    version = publications.find_newest(ContentKind.PAGE, slug)
    pictures = publications.load_document(version.id).get("pictures", {}) if version else {}
    if address not in pictures:
        raise NotFound("picture")
    return b64decode(pictures[address])


def list_help_pages() -> list[PublishedPage]:
    """Return the pages of help in their order (one statement, one more for each version not yet read)."""
    pages = [_read(version) for version in publications.list_newest(ContentKind.PAGE)]
    return sorted((each for each in pages if each.page.kind is PageKind.HELP), key=lambda each: each.page.order)


def list_waiting(actor: Actor, language: str, today: date) -> tuple[list[Waiting], list[Task]]:
    """Return the courses that wait for a person, asked for, begun or not, and the other tasks (four statements)."""
    todos = list_open_todos(actor.person_id)
    asked = {todo.subject: (todo, asker) for todo, asker in todos if todo.kind is TodoKind.FINISH_COURSE}
    tasks = [
        _task(todo, asker, today)
        for todo, asker in todos
        if todo.path and not is_far_off(todo.kind, todo.due_on, today) and may_hear(actor, todo.organization_id)
    ]
    waiting = []
    for standing in enrollments.list_standings(actor.person_id):
        todo, asker = asked.get(standing.course.slug, (None, None))
        if standing.state is not CourseState.FINISHED or todo is not None:
            waiting.append(_waiting(standing, language, todo.due_on if todo else None, asker, today))
    return waiting, tasks


def _task(todo: Todo, asker: str | None, today: date) -> Task:
    return Task(
        kind=todo.kind,
        title=todo.title or "",
        path=todo.path or "",
        due_on=todo.due_on,
        asked_by=asker,
        is_overdue=todo.due_on is not None and todo.due_on < today,
    )


def count_setup(actor: Actor) -> Setup:
    """Count what the roles of a person set up, in one statement; none when no role sets anything up."""
    here = actor.current_membership
    led = here.organization_id if here and here.organization_id in actor.led_organization_ids else None
    coordinated = next((r for r in actor.coalition_roles if r.role is CoalitionRoleKind.COORDINATOR), None)
    if led is None and coordinated is None and not actor.is_administrator:
        return Setup()
    coalition_id = coordinated.coalition_id if coordinated else None
    counted = db.session.execute(
        select(
            _people_in(led),
            _facts_of(coalition_id),
            _parked(Job),
            _parked(OutboxRow),
            _count(Assignment.organization_id == led),
            _count(Round.organization_id == led),
            _count(Collaborative.coalition_id == coalition_id),
        )
    )
    n_people, n_facts, n_jobs, n_mails, n_assignments, n_rounds, n_collaboratives = counted.one()
    return Setup(
        n_people=n_people if led else None,
        n_assignments=n_assignments if led else None,
        n_rounds=n_rounds if led else None,
        n_collaboratives=n_collaboratives if coordinated else None,
        organization_id=led,
        n_facts_missing=len(FactKey) - n_facts if coordinated else None,
        n_organizations=len(coordinated.organization_ids) if coordinated else None,
        coalition_id=coalition_id,
        n_parked=n_jobs + n_mails if actor.is_administrator else None,
    )


def list_coalitions_of(actor: Actor) -> list[Coalition]:
    """Return the coalitions a person sees, by name (one statement)."""
    seen = select(Coalition).where(Coalition.id.in_(actor.coalition_ids))
    return list(db.session.scalars(seen.order_by(Coalition.name, Coalition.id)))


def _waiting(standing: CourseStanding, language: str, due_on: date | None, asker: str | None, today: date) -> Waiting:
    course, step = standing.course, standing.next_step
    return Waiting(
        course_slug=course.slug,
        title=course.title[language],
        verb=verb_of(course, standing.state, standing.progress),
        minutes_left=standing.minutes_left,
        due_on=due_on,
        asked_by=asker,
        next_lesson=course.get_lesson(step.lesson_slug).title[language] if step else None,
        n_lessons_done=sum(progress.is_completed for progress in standing.progress.values()),
        n_lessons=len(course.lessons),
        is_overdue=due_on is not None and due_on < today,
    )


def _people_in(organization_id: int | None) -> ScalarSelect[int]:
    people = select(func.count()).select_from(Membership)
    return people.where(Membership.organization_id == organization_id, Membership.ended_at.is_(None)).scalar_subquery()


def _facts_of(coalition_id: int | None) -> ScalarSelect[int]:
    facts = select(func.count()).select_from(CoalitionFact)
    return facts.where(CoalitionFact.coalition_id == coalition_id).scalar_subquery()


def _count(belongs: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(belongs).scalar_subquery()


def _parked(table: type[Job] | type[OutboxRow]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(table.state == WorkState.PARKED).scalar_subquery()


def _read(version: ContentVersion) -> PublishedPage:
    return _parsed(version.id, version.content_hash, tuple(version.language_hashes.items()))


@lru_cache(maxsize=64)
def _parsed(version_id: int, _content_hash: str, text_hashes: tuple[tuple[str, str], ...]) -> PublishedPage:
    document = publications.load_document(version_id)
    return PublishedPage(page_from_document(document["page"]), document["rendered"], dict(text_hashes))


MOST_NEEDED = 60


@dataclass(frozen=True)
class Needed:
    """One thing of an organization that waits, for whom and since when."""

    kind: TodoKind
    title: str
    path: str | None
    organization_name: str
    people: str
    since_on: date
    due_on: date | None
    is_overdue: bool


@dataclass(frozen=True)
class Week:
    """Who is needed this week in a coalition."""

    ends_on: date
    needed: Sequence[Needed]
    sessions: Sequence[tuple[CollaborativeSession, str]]


def get_week(coalition: Coalition, today: date) -> Week:
    """Return what waits in a coalition in the next seven days, what is due first (two statements)."""
    ends_on = today + timedelta(days=6)
    held = (
        select(CollaborativeSession, Collaborative.name)
        .join(Collaborative, Collaborative.id == CollaborativeSession.collaborative_id)
        .where(
            Collaborative.coalition_id == coalition.id,
            CollaborativeSession.held_on >= today,
            CollaborativeSession.held_on <= ends_on,
        )
        .order_by(CollaborativeSession.held_on, CollaborativeSession.id)
    )
    sessions = [(session, name) for session, name in db.session.execute(held)]
    return Week(ends_on=ends_on, needed=_needed(coalition, today, ends_on), sessions=sessions)


def _needed(coalition: Coalition, today: date, ends_on: date) -> list[Needed]:
    """What waits without a day, or with one this week.

    What single people learn is not the coalition's to see, nor what an organization's playbooks are about.
    """
    waiting = (
        select(Todo, Organization.name, Person)
        .join(Organization, Organization.id == Todo.organization_id)
        .join(CoalitionOrganization, CoalitionOrganization.organization_id == Organization.id)
        .join(Person, Person.id == Todo.person_id)
        .where(
            CoalitionOrganization.coalition_id == coalition.id,
            CoalitionOrganization.left_at.is_(None),
            Todo.closed_at.is_(None),
            Todo.kind.not_in((TodoKind.FINISH_COURSE, TodoKind.CONFIRM_PAGE)),
            or_(Todo.due_on.is_(None), Todo.due_on <= ends_on),
        )
        .order_by(Todo.due_on.is_(None), Todo.due_on, Todo.created_at, Todo.id)
        .limit(MOST_NEEDED * 4)
    )
    together: dict[tuple[TodoKind, str], list[tuple[Todo, str, Person]]] = {}
    for todo, name, person in db.session.execute(waiting):
        together.setdefault((todo.kind, todo.subject), []).append((todo, name, person))
    return [_as_needed(rows, today, coalition.time_zone) for rows in list(together.values())[:MOST_NEEDED]]


def _as_needed(rows: Sequence[tuple[Todo, str, Person]], today: date, zone: str) -> Needed:
    todo, organization_name, _person = rows[0]
    return Needed(
        kind=todo.kind,
        title=todo.title or "",
        path=_path_for_coordinators(todo),
        organization_name=organization_name,
        people=", ".join(sorted({person.display_name for _todo, _name, person in rows})),
        since_on=min(each.created_at for each, _name, _person in rows).astimezone(ZoneInfo(zone)).date(),
        due_on=todo.due_on,
        is_overdue=todo.due_on is not None and todo.due_on < today,
    )


def _path_for_coordinators(todo: Todo) -> str | None:
    """Where a coordinator may look: a review is the expert's page, the cycle everybody's."""
    if todo.kind is TodoKind.REVIEW_CYCLE:
        return f"/improve/cycles/{todo.subject}"
    if todo.kind is TodoKind.ENTER_OBSERVATION:
        return f"/improve/measures/{todo.subject}"
    return todo.path
