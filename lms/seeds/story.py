"""What the demonstration tells, as it stands in `content/demo/`: every day is a number of days before the last one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from lms.assistance.models import EncounterKind, EncounterMode, RequestOutcome, RequestTopic
from lms.assistance.services import Verdict
from lms.collaboratives.rules import Phase, SessionKind
from lms.improvement.rules import (
    Cadence,
    ChartKind,
    Decision,
    Direction,
    DoneAsPlanned,
    IdeaOrigin,
    MeasureKind,
    Shape,
    Unit,
)
from lms.organizations.models import OrganizationKind
from lms.playbooks.rules import Shared
from lms.readiness.models import Cut, Seat
from lms.seeds.reader import read_file
from lms.succession.models import Criticality, EvidenceKind

FOLDER = Path(__file__).parents[2] / "content" / "demo"

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class About:
    """What every file of the demonstration says of itself."""

    version: str
    licence: str
    source: str


# ---------------------------------------------------------------- demo.toml


@dataclass(frozen=True, kw_only=True)
class OrganizationPlan:
    """An organization and how far its people are with the course."""

    key: str
    name: str
    kind: OrganizationKind
    n_people: int
    job_roles: tuple[str, ...]
    locations: tuple[str, ...]
    share_finished: float
    share_begun: float


@dataclass(frozen=True, kw_only=True)
class CoalitionPlan:
    """A coalition with its organizations."""

    name: str
    state_name: str
    counties: str
    time_zone: str
    organizations: tuple[OrganizationPlan, ...]


@dataclass(frozen=True, kw_only=True)
class FactText:
    """A local fact in both languages."""

    en: str
    es: str


@dataclass(frozen=True, kw_only=True)
class Town(About):
    """People and places."""

    first_names: str
    last_names: str
    aliases: str
    coalitions: tuple[CoalitionPlan, ...]
    facts: Mapping[str, FactText]


# ---------------------------------------------------------------- readiness.toml


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """Who was there when the team rated."""

    on: int
    present: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ActionChoice:
    """What became of the action that the report proposed for an area."""

    area: str
    on: int
    by: str
    owner: str | None = None
    due: int = 0  # days before the last one; below zero: still to come
    declined: str = ""
    done: int | None = None
    dropped: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RatingRound:
    """One round: five marks for each area, 1 to 5, "-" for not applicable and "?" for don't know."""

    opened: int
    closes: int
    by: str
    team: tuple[str, ...]
    sittings: tuple[Sitting, ...]
    marks: Mapping[str, str]
    notes: Mapping[str, str]
    dissent: Mapping[str, str] | None = None
    closed: int | None = None
    shared: bool = False
    actions: tuple[ActionChoice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """The rounds of one organization, the oldest first."""

    organization: str
    rounds: tuple[RatingRound, ...]


@dataclass(frozen=True, kw_only=True)
class Benchmarks(About):
    """All rounds."""

    benchmarks: tuple[Benchmark, ...]


# ---------------------------------------------------------------- surveys.toml


@dataclass(frozen=True, kw_only=True)
class GroupPlan:
    """One group of the cut."""

    name: str
    people: int


@dataclass(frozen=True, kw_only=True)
class CampaignText:
    """What the coalition asked of its organizations, and which of them said no."""

    asked: int
    by: str
    organizations: tuple[str, ...]
    closes: int
    results: int
    ended: int
    declined: Mapping[str, str]
    declined_on: int


@dataclass(frozen=True, kw_only=True)
class StaffSurvey:
    """One survey. `answers`: the group's number or "-", then one mark an item as it was tapped: 1 to 5, "-", "?" or "."

    for left out. `comments`: by the number of the answer they came with. `days`: on which people answered.
    """

    organization: str
    by: str
    opened: int
    days: tuple[int, ...]
    closes: int
    results: int
    headcount: int
    answers: tuple[str, ...]
    closed: int | None = None
    in_campaign: bool = False
    pooled: bool = False
    shared: bool = False
    cut: Cut = Cut.NONE
    groups: tuple[GroupPlan, ...] = ()
    comments: Mapping[str, str] | None = None
    emails: tuple[str, ...] = ()
    reminded: int | None = None
    actions: tuple[ActionChoice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SeatPlan:
    """What one person rates alone: by area 1 to 5 or a fact ("yes", "40%", "30d": so many days before the last one)."""

    seat: Seat
    by: str
    on: int
    marks: Mapping[str, str]
    notes: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class TalkText:
    """What was said about a gap."""

    item: str
    on: int
    by: str
    text: str


@dataclass(frozen=True, kw_only=True)
class RecordPlan:
    """A record of facts, or of what two leaders say."""

    organization: str
    instrument: str
    by: str
    opened: int
    closes: int
    closed: int
    seats: tuple[SeatPlan, ...]
    co_chair: str | None = None
    talks: tuple[TalkText, ...] = ()
    actions: tuple[ActionChoice, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ParkedText:
    """Something that came up while a team rated."""

    on: int
    by: str
    text: str
    item: str | None = None
    settled: int | None = None
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class Aside:
    """What stands beside the rating of a team: an expert's view, topics for another time. `round`: "clinic/3"."""

    round: str
    seats: tuple[SeatPlan, ...] = ()
    talks: tuple[TalkText, ...] = ()
    parked: tuple[ParkedText, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Surveys(About):
    """What staff answered, and what was rated alone."""

    change: str
    campaign: CampaignText
    surveys: tuple[StaffSurvey, ...]
    records: tuple[RecordPlan, ...]
    asides: tuple[Aside, ...]


# ---------------------------------------------------------------- collaborative.toml


@dataclass(frozen=True, kw_only=True)
class SessionPlan:
    """One meeting of the collaborative and which teams came."""

    kind: SessionKind
    title: str
    on: int
    place: str
    notes: str = ""
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CollaborativePlan(About):
    """The collaborative."""

    started: int
    by: str
    name: str
    aim: str
    charter: str
    begins: int
    ends: int
    phase: Phase
    sessions: tuple[SessionPlan, ...]


# ---------------------------------------------------------------- teams.toml


@dataclass(frozen=True, kw_only=True)
class AimPlan:
    """How a team words its aim."""

    on: int
    by: str
    what: str
    measure_text: str
    how_much: str
    by_when: int
    for_whom: str


@dataclass(frozen=True, kw_only=True)
class IdeaPlan:
    """A change idea."""

    key: str
    on: int
    by: str
    title: str
    description: str
    origin: IdeaOrigin = IdeaOrigin.TEAM
    taken_from: str | None = None  # package/idea
    shared: int | None = None


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A number that somebody put right later."""

    ago: int
    count: str
    on: int
    note: str


@dataclass(frozen=True, kw_only=True)
class MeasurePlan:
    """A measure and its numbers, period by period; the last one is `open_periods` before the newest finished one."""

    key: str
    on: int
    by: str
    owner: str
    backup: str | None = None
    kind: MeasureKind
    chart: ChartKind = ChartKind.RUN
    name: str
    numerator: str
    unit: Unit
    cadence: Cadence
    direction: Direction
    denominator: str = ""
    excluded: str = ""
    found_in: str = ""
    target: float | None = None
    counts: str
    notes: Mapping[str, str] | None = None
    corrections: tuple[Correction, ...] = ()
    open_periods: int = 0


@dataclass(frozen=True, kw_only=True)
class DriverPlan:
    """A box of the driver diagram: a driver with a name, or one of the team's ideas."""

    key: str
    on: int
    by: str
    name: str = ""
    idea: str | None = None
    serves: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    named_before: str | None = None  # how it was called until `renamed`
    renamed: int = 0


@dataclass(frozen=True, kw_only=True)
class TeamPlan:
    """A team of an organization in the collaborative."""

    key: str
    organization: str
    name: str
    started: int
    by: str
    members: tuple[str, ...]
    aims: tuple[AimPlan, ...]
    ideas: tuple[IdeaPlan, ...]
    measures: tuple[MeasurePlan, ...]
    drivers: tuple[DriverPlan, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Teams(About):
    """All teams."""

    teams: tuple[TeamPlan, ...]


# ---------------------------------------------------------------- cycles.toml


@dataclass(frozen=True, kw_only=True)
class PlanText:
    """What was planned."""

    on: int
    objective: str = ""
    carried: str = ""
    what: str = ""
    who: str = ""
    when: str = ""
    where: str = ""
    data: str = ""
    begins: int | None = None
    ends: int | None = None
    people: int | None = None
    sites: int | None = None


@dataclass(frozen=True, kw_only=True)
class PredictionText:
    """What was expected; a number only with a shape."""

    words: str
    shape: Shape | None = None
    low: float | None = None
    high: float | None = None
    by: int | None = None
    confidence: int | None = None


@dataclass(frozen=True, kw_only=True)
class RunText:
    """What happened; without a last day the test still goes on."""

    began: int
    told: int | None = None
    ended: int | None = None
    happened: str = ""
    surprises: str = ""
    harm: bool = False


@dataclass(frozen=True, kw_only=True)
class StudyText:
    """What was read out of it."""

    on: int
    as_planned: DoneAsPlanned
    findings: str = ""
    comparison: str = ""
    learned: str = ""


@dataclass(frozen=True, kw_only=True)
class ActText:
    """What followed."""

    on: int
    decision: Decision
    reason: str = ""
    next: str = ""
    stop: str = ""


@dataclass(frozen=True, kw_only=True)
class DropText:
    """Why a cycle was not run."""

    on: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class AnswerText:
    """What somebody answered."""

    on: int
    by: str
    text: str


@dataclass(frozen=True, kw_only=True)
class CommentText:
    """A comment at a field, perhaps with an ask."""

    on: int
    by: str
    field: str = ""
    text: str
    asks: str | None = None
    due: int | None = None
    answer: AnswerText | None = None


@dataclass(frozen=True, kw_only=True)
class ReviewText:
    """What an expert decided. scores: the six criteria, 0 to 3."""

    on: int
    by: str
    verdict: Verdict
    summary: str
    scores: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resubmission:
    """What the team put right before it sent the cycle again."""

    on: int
    by: str
    comparison: str = ""
    learned: str = ""


@dataclass(frozen=True, kw_only=True)
class CyclePlan:
    """One cycle."""

    key: str
    team: str
    by: str
    started: int
    title: str
    follows: str | None = None
    idea: str | None = None
    measure: str | None = None
    explore: bool = False
    from_action: str | None = None  # organization, number of the round and area: "clinic/1/start"
    plan: PlanText | None = None
    prediction: PredictionText | None = None
    run: RunText | None = None
    study: StudyText | None = None
    act: ActText | None = None
    dropped: DropText | None = None
    comments: tuple[CommentText, ...] = ()
    reviews: tuple[ReviewText, ...] = ()
    resubmissions: tuple[Resubmission, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cycles(About):
    """All cycles, in the order of their numbers."""

    cycles: tuple[CyclePlan, ...]


# ---------------------------------------------------------------- assistance.toml


@dataclass(frozen=True, kw_only=True)
class TakenText:
    """How an expert took a request."""

    on: int
    goal: str
    hours: int | None = None
    until: int | None = None


@dataclass(frozen=True, kw_only=True)
class ClosedText:
    """How a request ended."""

    on: int
    outcome: RequestOutcome
    text: str


@dataclass(frozen=True, kw_only=True)
class RequestPlan:
    """A request for help."""

    key: str
    organization: str
    by: str
    on: int
    topic: RequestTopic
    need: str
    wished: int | None = None
    from_action: str | None = None
    taken: TakenText | None = None
    closed: ClosedText | None = None
    withdrawn: int | None = None


@dataclass(frozen=True, kw_only=True)
class EncounterPlan:
    """A contact of the expert."""

    organization: str
    on: int
    mode: EncounterMode
    minutes: int
    kind: EncounterKind = EncounterKind.CONSULTATION
    preparation: int = 0
    people: int = 1
    request: str | None = None
    cycle: str | None = None
    decisions: str = ""
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class Help(About):
    """Requests and encounters of one expert."""

    expert: str
    requests: tuple[RequestPlan, ...]
    encounters: tuple[EncounterPlan, ...]


# ---------------------------------------------------------------- playbooks.toml


@dataclass(frozen=True, kw_only=True)
class Swap:
    """A line or some words of a page, and what stands there afterwards."""

    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class PageEdit:
    """An edit of a page, or only the word that all of it is still correct."""

    on: int
    by: str
    swaps: tuple[Swap, ...] = ()
    note: str | None = None
    confirms: bool = False
    restores: int | None = None


@dataclass(frozen=True, kw_only=True)
class PagePlan:
    """A page: of the template by its title, or a new one with a text."""

    title: str
    added: int | None = None
    by: str | None = None
    text: str | None = None
    cycle: str | None = None
    owner: str | None = None
    backup: str | None = None
    cared_on: int | None = None
    every_days: int | None = None
    edits: tuple[PageEdit, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlaybookPlan:
    """A playbook of an organization, or of the coalition."""

    title: str
    started: int
    by: str
    organization: str | None = None
    template: str | None = None
    shared: Shared
    editors: tuple[str, ...] = ()
    from_action: str | None = None
    pages: tuple[PagePlan, ...]


@dataclass(frozen=True, kw_only=True)
class Playbooks(About):
    """All playbooks."""

    playbooks: tuple[PlaybookPlan, ...]


# ---------------------------------------------------------------- succession.toml


@dataclass(frozen=True, kw_only=True)
class EvidencePlan:
    """Something that lets somebody step in."""

    person: str
    kind: EvidenceKind
    on: int
    by: str
    how: str


@dataclass(frozen=True, kw_only=True)
class RolePlan:
    """A critical role of an organization, or of the coalition."""

    organization: str | None = None
    added: int
    by: str
    name: str
    purpose: str
    criticality: Criticality
    max_gap_days: int
    holders: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()
    decision_rights: str = ""
    vault_name: str = ""
    recurring_tasks: str = ""
    key_relationships: str = ""
    documents: str = ""
    evidence: tuple[EvidencePlan, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Roles(About):
    """All critical roles, and which organizations show theirs to the experts."""

    shared: Mapping[str, int]
    roles: tuple[RolePlan, ...]


@dataclass(frozen=True)
class Story:
    """All of it."""

    town: Town
    benchmarks: Benchmarks
    surveys: Surveys
    collaborative: CollaborativePlan
    teams: Teams
    cycles: Cycles
    help: Help
    playbooks: Playbooks
    roles: Roles


def _of(kind: type[_T], name: str) -> _T:
    return read_file(kind, FOLDER / f"{name}.toml")


@cache
def read_story() -> Story:
    """Read every file of the demonstration; raises ContentError."""
    return Story(
        town=_of(Town, "demo"),
        benchmarks=_of(Benchmarks, "readiness"),
        surveys=_of(Surveys, "surveys"),
        collaborative=_of(CollaborativePlan, "collaborative"),
        teams=_of(Teams, "teams"),
        cycles=_of(Cycles, "cycles"),
        help=_of(Help, "assistance"),
        playbooks=_of(Playbooks, "playbooks"),
        roles=_of(Roles, "succession"),
    )
