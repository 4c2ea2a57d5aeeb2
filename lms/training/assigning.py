"""Whom an organization asks to finish a course, and how far those it asked are: decisions on plain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

NUDGE_PAUSE: Final = timedelta(days=3)
"""Nobody is reminded by the same organization more often than this."""

LATEST_DUE: Final = timedelta(days=3 * 366)
"""A day further away than this is a slip of the keyboard."""


class AudienceKind(StrEnum):
    """By what people are chosen."""

    EVERYBODY = "everybody"
    JOB_ROLES = "job-roles"
    LOCATIONS = "locations"
    PEOPLE = "people"


@dataclass(frozen=True)
class Audience:
    """Who is meant: everybody, or those with one of these job roles, locations, or these people themselves."""

    kind: AudienceKind
    ids: frozenset[int] = frozenset()


class AssignedState(StrEnum):
    """How far somebody is with a course they were asked to finish."""

    DONE = "done"
    UNDER_WAY = "under-way"
    NOT_STARTED = "not-started"


class AssignedView(StrEnum):
    """Which of the people who were asked a list shows."""

    NOT_DONE = "not-done"
    OVERDUE = "overdue"
    UNDER_WAY = "under-way"
    NOT_STARTED = "not-started"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody of the organization who may be asked; `due_on` is the day they were asked for already."""

    person_id: int
    name: str
    job_role: str | None = None
    location: str | None = None
    is_suspended: bool = False
    has_certificate: bool = False
    certified_through: date | None = None
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class AskPlan:
    """What asking would do: each candidate stands in one list, and those of `moved` in `asked` as well."""

    asked: Sequence[Candidate]
    moved: Sequence[Candidate]
    unchanged: Sequence[Candidate]
    certified: Sequence[Candidate]
    suspended: Sequence[Candidate]


def plan_ask(candidates: Iterable[Candidate], due_on: date, *, includes_certified: bool) -> AskPlan:
    """Sort candidates: who is asked, whose day moves, who was asked for this day already, and who is left out and why.

    >>> ana = Candidate(person_id=1, name="Ana")
    >>> ben = Candidate(person_id=2, name="Ben", has_certificate=True)
    >>> plan = plan_ask([ana, ben], date(2031, 5, 2), includes_certified=False)
    >>> [each.name for each in plan.asked], [each.name for each in plan.certified]
    (['Ana'], ['Ben'])
    """
    asked, moved, unchanged, certified, suspended = [], [], [], [], []
    for each in candidates:
        if each.is_suspended:
            suspended.append(each)
        elif each.due_on == due_on:
            unchanged.append(each)
        elif each.has_certificate and not includes_certified:
            certified.append(each)
        else:
            asked.append(each)
            if each.due_on is not None:
                moved.append(each)
    return AskPlan(asked=asked, moved=moved, unchanged=unchanged, certified=certified, suspended=suspended)


@dataclass(frozen=True, kw_only=True)
class CourseProgress:
    """How far the people are whom an organization asked to finish a course. Overdue ones are counted twice."""

    course_slug: str
    n_done: int = 0
    n_under_way: int = 0
    n_not_started: int = 0
    n_overdue: int = 0
    next_due_on: date | None = None

    @property
    def n_not_done(self) -> int:
        """Who is still to finish."""
        return self.n_under_way + self.n_not_started

    @property
    def n_people(self) -> int:
        """Everybody who was asked."""
        return self.n_done + self.n_not_done

    def count(self, view: AssignedView) -> int:
        """How many people a list shows."""
        return {
            AssignedView.NOT_DONE: self.n_not_done,
            AssignedView.OVERDUE: self.n_overdue,
            AssignedView.UNDER_WAY: self.n_under_way,
            AssignedView.NOT_STARTED: self.n_not_started,
            AssignedView.DONE: self.n_done,
        }[view]


def may_nudge(nudged_at: datetime | None, now: datetime) -> bool:
    """Say whether enough time has passed since the last reminder."""
    return nudged_at is None or now - nudged_at >= NUDGE_PAUSE
