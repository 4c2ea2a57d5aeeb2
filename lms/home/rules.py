"""What home shows first, and what stands on the pocket card: decisions on plain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lms.authz import Actor, CoalitionRoleKind
from lms.home.catalog import Page
from lms.notifications.words import TodoKind
from lms.readability import plain_text
from lms.training.courses import Course
from lms.training.rules import CourseState, Progress, is_lesson_open

MOST_WAITING = 5
DAYS_IN_SIGHT = timedelta(days=14)


class Verb(StrEnum):
    """What the one next step asks for; the page has the words."""

    START_COURSE = "start-course"
    CONTINUE_COURSE = "continue-course"
    TAKE_CHECK = "take-check"
    INVITE_PEOPLE = "invite-people"
    FILL_FACTS = "fill-facts"
    ADD_ORGANIZATIONS = "add-organizations"
    LOOK_AFTER_SITE = "look-after-site"
    TAKE_AGAIN = "take-again"
    DO_TASK = "do-task"
    START_ROUND = "start-round"
    ASSIGN_COURSE = "assign-course"
    START_COLLABORATIVE = "start-collaborative"
    ALL_DONE = "all-done"


@dataclass(frozen=True)
class Waiting:
    """One course that waits for the person, with the state that decides its verb."""

    course_slug: str
    title: str
    verb: Verb
    minutes_left: int
    due_on: date | None
    asked_by: str | None
    next_lesson: str | None
    n_lessons_done: int
    n_lessons: int
    is_overdue: bool


@dataclass(frozen=True)
class Task:
    """One other thing that waits for the person: a rating, a review, a number, a page to read again."""

    kind: TodoKind
    title: str
    path: str
    due_on: date | None
    asked_by: str | None
    is_overdue: bool


@dataclass(frozen=True)
class Setup:
    """How far the things are that a role sets up; None where the role is not held."""

    n_people: int | None = None
    n_assignments: int | None = None
    n_rounds: int | None = None
    organization_id: int | None = None
    n_facts_missing: int | None = None
    n_organizations: int | None = None
    n_collaboratives: int | None = None
    coalition_id: int | None = None
    n_parked: int | None = None

    @property
    def steps(self) -> tuple["SetupStep", ...]:
        """The setup of what the person runs, in order; none once all of it is done."""
        steps = (*self._organization_steps(), *self._coalition_steps())
        return steps if any(not step.is_done for step in steps) else ()

    def _organization_steps(self) -> Iterator["SetupStep"]:
        if self.organization_id is not None:
            yield SetupStep(Verb.INVITE_PEOPLE, (self.n_people or 0) > 1)
            yield SetupStep(Verb.ASSIGN_COURSE, bool(self.n_assignments))
            yield SetupStep(Verb.START_ROUND, bool(self.n_rounds))

    def _coalition_steps(self) -> Iterator["SetupStep"]:
        if self.coalition_id is not None:
            yield SetupStep(Verb.ADD_ORGANIZATIONS, bool(self.n_organizations))
            yield SetupStep(Verb.FILL_FACTS, not self.n_facts_missing)
            yield SetupStep(Verb.START_COLLABORATIVE, bool(self.n_collaboratives))


@dataclass(frozen=True)
class SetupStep:
    """One step of setting up, done or not."""

    verb: Verb
    is_done: bool


@dataclass(frozen=True)
class NextStep:
    """The one next thing."""

    verb: Verb
    waiting: Waiting | None = None
    task: Task | None = None


@dataclass(frozen=True)
class Home:
    """What the home page shows."""

    next_step: NextStep
    also_waiting: tuple[Waiting | Task, ...]
    setup: Setup
    is_lead: bool
    is_coordinator: bool
    expert_coalition_id: int | None


def home_of(actor: Actor, waiting: Sequence[Waiting], tasks: Sequence[Task], setup: Setup) -> Home:
    """Choose the one next step: what blocks others first, then what is due, then what was begun."""
    everything: tuple[Waiting | Task, ...] = (*waiting, *tasks)
    ordered = sorted(everything, key=_urgency)
    setup_verb = _setup_verb(setup)
    next_step = NextStep(setup_verb) if setup_verb else _working_step(ordered)
    rest = [each for each in ordered if each not in (next_step.waiting, next_step.task)]
    serving = (r.coalition_id for r in actor.coalition_roles if r.role is CoalitionRoleKind.TA_EXPERT)
    return Home(
        next_step=next_step,
        also_waiting=tuple(rest[:MOST_WAITING]),
        setup=setup,
        is_lead=bool(actor.led_organization_ids),
        is_coordinator=setup.coalition_id is not None,
        expert_coalition_id=next(serving, None),
    )


def is_far_off(kind: TodoKind, due_on: date | None, today: date) -> bool:
    """Say whether something may wait out of sight: a page that is to be read again in some months."""
    return kind is TodoKind.CONFIRM_PAGE and due_on is not None and due_on > today + DAYS_IN_SIGHT


def verb_of(course: Course, state: CourseState, progress: Mapping[str, Progress]) -> Verb:
    """Return what a course asks for next; one that is finished and still asked for is to be taken again."""
    if state is CourseState.NOT_STARTED:
        return Verb.START_COURSE
    if state is CourseState.FINISHED:
        return Verb.TAKE_AGAIN
    is_ready = is_lesson_open(course, course.check.slug, progress)
    return Verb.TAKE_CHECK if is_ready else Verb.CONTINUE_COURSE


def _setup_verb(setup: Setup) -> Verb | None:
    if setup.n_parked:
        return Verb.LOOK_AFTER_SITE
    if setup.n_organizations == 0:
        return Verb.ADD_ORGANIZATIONS
    if setup.n_facts_missing:
        return Verb.FILL_FACTS
    if setup.n_people == 1:
        return Verb.INVITE_PEOPLE
    return None


def _working_step(ordered: Sequence[Waiting | Task]) -> NextStep:
    if not ordered:
        return NextStep(Verb.ALL_DONE)
    first = ordered[0]
    return NextStep(Verb.DO_TASK, task=first) if isinstance(first, Task) else NextStep(first.verb, first)


def _urgency(each: Waiting | Task) -> tuple[date, int, str]:
    """What has a day comes by its day; of the rest what others wait for, then what was begun, then what is new."""
    day = each.due_on or date.max
    if isinstance(each, Task):
        return (day, 0, each.title)
    return (day, 2 if each.verb is Verb.START_COURSE else 1, each.course_slug)


@dataclass(frozen=True)
class CardStep:
    """One step of the pocket card, in plain text."""

    title: str
    text: str


@dataclass(frozen=True)
class Card:
    """The pocket card: one source for the page and the PDF."""

    language: str
    title: str
    steps: tuple[CardStep, ...]
    is_signed: bool
    version: str


def build_card(page: Page, language: str, *, is_signed: bool) -> Card:
    """Return the emergency steps as a card in one language."""
    steps = tuple(
        CardStep(section.title[language], " ".join(plain_text(section.markdown[language]).split()))
        for section in page.sections
    )
    version = page.provenance[language].version
    return Card(language, page.title[language], steps, is_signed, version)
