"""What closed rounds of named seats say: the facts of a place, and two leaders' ratings side by side.

Pure, like `report`, whose document they extend: the same pages read levels, areas, gaps and actions, and find below
one more key what is particular to the mode.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from lms.readiness import report
from lms.readiness.report import Earlier
from lms.readiness.rules import Said
from lms.readiness.seating import FAR_APART, NOTHING, Seat, SeatSaid, compare, lower_of, points_of
from readiness.facts import MOST_POINTS, rating_of_points
from readiness.instruments import ActionKind, Instrument, Mode
from readiness.priorities import Recommendation, recommend
from readiness.scoring import AnswerState, score_round

FACTS_ENGINE = "facts-1"
LEADER_ENGINE = "leader-1"
ENGINES: Mapping[Mode, str] = {Mode.SITE_FACTS: FACTS_ENGINE, Mode.LEADER: LEADER_ENGINE}

SPLIT_DEVIATION = 5 / 6
"""Two raters are split from this mean deviation on (AD > A/6 with five options), as where many rate."""


@dataclass(frozen=True)
class FactLine:
    """One fact as it was given, with the points it counts."""

    area_key: str
    item_key: str
    state: AnswerState
    fact: str | None
    points: int | None
    note: str


@dataclass(frozen=True)
class PointsOf:
    """Points of possible points, of one area or of all."""

    area_key: str | None
    points: int
    possible: int


@dataclass(frozen=True)
class FactsPart:
    """The facts of a report."""

    counted_on: date
    total: PointsOf
    areas: tuple[PointsOf, ...]
    lines: tuple[FactLine, ...]


@dataclass(frozen=True)
class SeatLine:
    """What two leaders said to one item; `gap` is the lead's rating less the co-chair's."""

    area_key: str
    item_key: str
    lead: SeatSaid
    co_chair: SeatSaid
    gap: int | None
    talk: str

    @property
    def is_far_apart(self) -> bool:
        """Whether the two ratings are worth a talk."""
        return self.gap is not None and abs(self.gap) >= FAR_APART


@dataclass(frozen=True)
class SeatArea:
    """What two leaders said to one area; a score is None where too little was rated."""

    area_key: str
    lead: float | None
    co_chair: float | None
    is_split: bool

    @property
    def gap(self) -> float | None:
        """The lead's score less the co-chair's."""
        return None if self.lead is None or self.co_chair is None else self.lead - self.co_chair


@dataclass(frozen=True)
class LeaderPart:
    """Both seats of a report."""

    seats: frozenset[Seat]  # who had finished: only they count
    areas: tuple[SeatArea, ...]
    lines: tuple[SeatLine, ...]

    @property
    def has_both(self) -> bool:
        """Whether there is something to compare."""
        return len(self.seats) > 1


@dataclass(frozen=True)
class Computed:
    """The document of a report, and the actions it proposes."""

    document: dict[str, Any]
    chosen: tuple[Recommendation, ...]


def build_facts(
    instrument: Instrument,
    given: Mapping[str, SeatSaid],
    *,
    closed_on: date,
    earlier: Earlier | None,
    tried: Mapping[str, ActionKind],
    n_people: int,
) -> Computed:
    """Compute the report of a place's facts; the age of a date is counted on the day of the close."""
    lines = [
        _fact_line(instrument, area.key, item.key, given, closed_on) for area in instrument.areas for item in area.items
    ]
    said = {
        line.item_key: Said(line.state, None if line.points is None else rating_of_points(line.points), line.note)
        for line in lines
        if line.item_key in given
    }
    document = report.build(instrument, said, closed_on=closed_on, earlier=earlier, n_people=n_people, n_sittings=0)
    document["facts"] = {
        line.item_key: {"state": line.state, "fact": line.fact, "points": line.points, "note": line.note}
        for line in lines
    }
    return Computed(document, _choose(instrument, said, earlier, tried))


def build_leader(
    instrument: Instrument,
    seats: Mapping[Seat, Mapping[str, SeatSaid]],
    *,
    talks: Mapping[str, str],
    closed_on: date,
    earlier: Earlier | None,
    tried: Mapping[str, ActionKind],
    n_people: int,
) -> Computed:
    """Compute the report of two leaders' ratings: the lower one decides.

    seats: what each seat that has finished said. talks: the newest note of what was said about an item.
    An area on which the two are split needs a talk before anything else, unless they have noted one on each item that
    lies far apart.
    """
    lead, co_chair = seats.get(Seat.LEAD, {}), seats.get(Seat.CO_CHAIR, {})
    counted = {key: lower_of(lead.get(key, NOTHING), co_chair.get(key, NOTHING)) for key in {*lead, *co_chair}}
    ordered = [item.key for item in instrument.items if item.key in counted]
    said = {key: Said(counted[key].state, counted[key].value, counted[key].note) for key in ordered}
    document = report.build(instrument, said, closed_on=closed_on, earlier=earlier, n_people=n_people, n_sittings=0)
    document["seats"] = {
        seat.value: {key: {"state": each.state, "value": each.value, "note": each.note} for key, each in rated.items()}
        for seat, rated in seats.items()
    }
    document["talks"] = dict(talks)
    split = {
        key for key in split_areas(instrument, lead, co_chair) if not _is_talked_over(instrument, key, seats, talks)
    }
    return Computed(document, _choose(instrument, said, earlier, tried, split))


def read_facts(instrument: Instrument, document: Mapping[str, Any]) -> FactsPart | None:
    """Read back the facts of a report; None when it is of another mode."""
    if "facts" not in document:
        return None
    lines = tuple(
        FactLine(area.key, item.key, AnswerState(written["state"]), written["fact"], written["points"], written["note"])
        for area in instrument.areas
        for item in area.items
        if (written := document["facts"].get(item.key)) is not None
    )
    areas = tuple(_points([line for line in lines if line.area_key == area.key], area.key) for area in instrument.areas)
    return FactsPart(date.fromisoformat(document["closed_on"]), _points(lines, None), areas, lines)


def read_leader(instrument: Instrument, document: Mapping[str, Any]) -> LeaderPart | None:
    """Read back both seats of a report, the widest gap first; None when it is of another mode."""
    if "seats" not in document:
        return None
    seats = {Seat(word): _read_seat(rated) for word, rated in document["seats"].items()}
    lead, co_chair = seats.get(Seat.LEAD, {}), seats.get(Seat.CO_CHAIR, {})
    lines = tuple(
        SeatLine(
            line.area_key,
            line.item_key,
            line.left,
            line.right,
            None if line.left.value is None or line.right.value is None else line.left.value - line.right.value,
            document["talks"].get(line.item_key, ""),
        )
        for line in compare(instrument, lead, co_chair)
    )
    return LeaderPart(frozenset(seats), _areas(instrument, lead, co_chair), lines)


def split_areas(
    instrument: Instrument, lead: Mapping[str, SeatSaid], co_chair: Mapping[str, SeatSaid]
) -> frozenset[str]:
    """Return the areas in which two ratings of the same items deviate too much from their means."""
    gaps: dict[str, list[int]] = {}
    for line in compare(instrument, lead, co_chair):
        if line.gap is not None:
            gaps.setdefault(line.area_key, []).append(line.gap)
    return frozenset(key for key, each in gaps.items() if sum(each) / len(each) / 2 > SPLIT_DEVIATION)


def _is_talked_over(
    instrument: Instrument, area_key: str, seats: Mapping[Seat, Mapping[str, SeatSaid]], talks: Collection[str]
) -> bool:
    lines = compare(instrument, seats.get(Seat.LEAD, {}), seats.get(Seat.CO_CHAIR, {}))
    return all(line.item_key in talks for line in lines if line.area_key == area_key and line.is_far_apart)


def _choose(
    instrument: Instrument,
    said: Mapping[str, Said],
    earlier: Earlier | None,
    tried: Mapping[str, ActionKind],
    split: Collection[str] = (),
) -> tuple[Recommendation, ...]:
    keys = {item.key for item in instrument.items}
    known = None if earlier is None else {key: each for key, each in earlier.said.items() if key in keys}
    before = None if known is None else report.ratings_of(known)
    return recommend(instrument, report.ratings_of(said), before=before, tried=tried, split_areas=split)


def _fact_line(
    instrument: Instrument, area_key: str, item_key: str, given: Mapping[str, SeatSaid], today: date
) -> FactLine:
    said = given.get(item_key, NOTHING)
    points = None
    if said.state is AnswerState.VALUE and said.fact is not None:
        points = points_of(instrument.get_item(item_key).answer, said.fact, today=today)
    return FactLine(area_key, item_key, said.state, said.fact, points, said.note)


def _points(lines: Collection[FactLine], area_key: str | None) -> PointsOf:
    """Sum up: what does not apply leaves the count; what nobody knows or answered stays in it."""
    applicable = [line for line in lines if line.state is not AnswerState.NOT_APPLICABLE]
    return PointsOf(area_key, sum(line.points or 0 for line in applicable), MOST_POINTS * len(applicable))


def _areas(
    instrument: Instrument, lead: Mapping[str, SeatSaid], co_chair: Mapping[str, SeatSaid]
) -> tuple[SeatArea, ...]:
    split = split_areas(instrument, lead, co_chair)
    by_lead, by_co_chair = (score_round(instrument, report.ratings_of(_as_said(each))) for each in (lead, co_chair))
    return tuple(
        SeatArea(
            area_key=area.key,
            lead=by_lead.get_area(area.key).score,
            co_chair=by_co_chair.get_area(area.key).score,
            is_split=area.key in split,
        )
        for area in instrument.areas
    )


def _as_said(rated: Mapping[str, SeatSaid]) -> dict[str, Said]:
    return {key: Said(each.state, each.value, each.note) for key, each in rated.items()}


def _read_seat(rated: Mapping[str, Any]) -> dict[str, SeatSaid]:
    return {key: SeatSaid(AnswerState(each["state"]), each["value"], None, each["note"]) for key, each in rated.items()}
