"""Reading published pages. A version never changes, so each is read and parsed once per process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ScalarSelect, func, select

from lms import publications
from lms.authz import Actor, CoalitionRoleKind
from lms.coalitions.models import Coalition, CoalitionFact, FactKey
from lms.db import db
from lms.errors import NotFound
from lms.home.catalog import Page, PageKind, page_from_document
from lms.home.rules import Setup, Waiting, verb_of
from lms.jobs import Job
from lms.leases import WorkState
from lms.notifications.queries import list_open_todos
from lms.organizations.models import Membership
from lms.outbox import OutboxRow
from lms.publications import ContentKind, ContentVersion
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


def list_help_pages() -> list[PublishedPage]:
    """Return the pages of help in their order (one statement, one more for each version not yet read)."""
    pages = [_read(version) for version in publications.list_newest(ContentKind.PAGE)]
    return sorted((each for each in pages if each.page.kind is PageKind.HELP), key=lambda each: each.page.order)


def list_waiting(actor: Actor, language: str, today: date) -> list[Waiting]:
    """Return the courses that wait for a person: asked for, begun, or not yet begun (four statements)."""
    asked = {todo.subject: (todo, asker) for todo, asker in list_open_todos(actor.person_id)}
    waiting = []
    for standing in enrollments.list_standings(actor.person_id):
        todo, asker = asked.get(standing.course.slug, (None, None))
        if standing.state is not CourseState.FINISHED or todo is not None:
            waiting.append(_waiting(standing, language, todo.due_on if todo else None, asker, today))
    return waiting


def count_setup(actor: Actor) -> Setup:
    """Count what the roles of a person set up, in one statement; none when no role sets anything up."""
    here = actor.current_membership
    led = here.organization_id if here and here.organization_id in actor.led_organization_ids else None
    coordinated = next((r for r in actor.coalition_roles if r.role is CoalitionRoleKind.COORDINATOR), None)
    if led is None and coordinated is None and not actor.is_administrator:
        return Setup()
    coalition_id = coordinated.coalition_id if coordinated else None
    counted = db.session.execute(select(_people_in(led), _facts_of(coalition_id), _parked(Job), _parked(OutboxRow)))
    n_people, n_facts, n_jobs, n_mails = counted.one()
    return Setup(
        n_people=n_people if led else None,
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


def _parked(table: type[Job] | type[OutboxRow]) -> ScalarSelect[int]:
    return select(func.count()).select_from(table).where(table.state == WorkState.PARKED).scalar_subquery()


def _read(version: ContentVersion) -> PublishedPage:
    return _parsed(version.id, version.content_hash, tuple(version.language_hashes.items()))


@lru_cache(maxsize=64)
def _parsed(version_id: int, _content_hash: str, text_hashes: tuple[tuple[str, str], ...]) -> PublishedPage:
    document = publications.load_document(version_id)
    return PublishedPage(page_from_document(document["page"]), document["rendered"], dict(text_hashes))
