"""Rating alone: the seats, what one of them says, when two are laid side by side, and what a count suggests.

Pure: plain values in, plain values out.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from readiness.errors import FactOutOfRange
from readiness.facts import WHOLE, Extent, Fact, fact_points, rating_of_points
from readiness.instruments import AnswerKind, Instrument, Mode, PlatformFact
from readiness.scoring import AnswerState

FAR_APART: Final = 2
"""From this many points on, two ratings of one item are worth a talk: whole words lie between them."""

NEVER: Final = "never"
"""The fact of a date item where it has not happened yet: no points."""

OLDEST_YEARS: Final = 50
RECENT_CYCLES: Final = 10
REVIEWED_WITHIN_DAYS: Final = 180

_SHARE = re.compile(r"([0-9]{1,3})(?:[.,][0-9]{1,6})? ?%?")
_COUNTED = re.compile(r"([0-9]{1,6}) ?(?:/|of|de) ?([0-9]{1,6})", re.IGNORECASE)


class Seat(StrEnum):
    """In which quality somebody rates alone."""

    LEAD = "lead"
    CO_CHAIR = "co-chair"
    EXPERT = "expert"


SEATS: Final[Mapping[Mode, tuple[Seat, ...]]] = MappingProxyType(
    {
        Mode.CONSENSUS: (Seat.EXPERT,),
        Mode.SITE_FACTS: (Seat.LEAD,),
        Mode.LEADER: (Seat.LEAD, Seat.CO_CHAIR),
        Mode.STAFF: (),
    }
)
RECORDS: Final = frozenset({Mode.SITE_FACTS, Mode.LEADER})
"""Modes of rounds that consist of seats alone."""


@dataclass(frozen=True, slots=True)
class SeatSaid:
    """All that one seat says to one item. A fact stands as given; its value is its points on the scale from 1 to 5."""

    state: AnswerState = AnswerState.SKIPPED
    value: int | None = None
    fact: str | None = None
    note: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether there is an answer, be it "don't know"."""
        return self.state is not AnswerState.SKIPPED

    @property
    def choice(self) -> str:
        """The answer as a form says it: 1 to 5, or the word of its state; empty when there is none."""
        if self.state is AnswerState.VALUE:
            return str(self.value)
        return "" if self.state is AnswerState.SKIPPED else self.state.value


NOTHING: Final = SeatSaid()


@dataclass(frozen=True, slots=True)
class MergedSaid:
    """What two edits of one seat make together; when the note met another one, theirs stands."""

    said: SeatSaid
    is_unsettled: bool = False


def merge_said(base: SeatSaid, mine: SeatSaid, theirs: SeatSaid, *, is_own: bool) -> MergedSaid:
    """Bring an edit that began from `base` together with what stands now.

    What only one of the two changed is taken; of two answers the later counts. A note that both wrote is overwritten
    only by its own author (`is_own`).
    """
    was, answered = (base.state, base.value, base.fact), (mine.state, mine.value, mine.fact)
    has_answered = answered != was or (is_own and mine.is_settled)
    said = replace(mine if has_answered else theirs, note=theirs.note)
    if mine.note in (base.note, theirs.note):
        return MergedSaid(said)
    if theirs.note == base.note or is_own:
        return MergedSaid(replace(said, note=mine.note))
    return MergedSaid(said, is_unsettled=True)


def free_seats(entitled: Collection[Seat], own: Collection[Seat], others: Collection[Seat]) -> frozenset[Seat]:
    """Say in which seats somebody may sit who may take several.

    entitled: by role. own: where they have rated. others: where somebody else has. Whoever has rated stays where they
    are, and nobody takes a seat from which they would see what another wrote before they have rated themselves.

    >>> sorted(free_seats({Seat.LEAD, Seat.CO_CHAIR}, own=set(), others={Seat.LEAD}))
    [<Seat.CO_CHAIR: 'co-chair'>]
    """
    may = frozenset(entitled)
    if may & frozenset(own):
        return may & frozenset(own)
    if len(may) < 2:
        return may if not own else frozenset()
    return may - frozenset(others) or may & {Seat.CO_CHAIR}


def read_fact(kind: AnswerKind, text: str) -> Fact | None:
    """Read a stored fact; None for something that has never happened. Raises FactOutOfRange for anything else."""
    if kind is AnswerKind.DATE and text == NEVER:
        return None
    try:
        if kind is AnswerKind.YES_PARTLY_NO:
            return Extent(text)
        if kind is AnswerKind.DATE:
            return date.fromisoformat(text)
        return int(text)
    except ValueError as error:
        raise FactOutOfRange(f"{text!r} is no answer of the kind {kind.value!r}") from error


def points_of(kind: AnswerKind, text: str, *, today: date) -> int:
    """Score a stored fact by the day on which it is looked at. A day that begins elsewhere first counts as today.

    >>> points_of(AnswerKind.DATE, "2026-01-01", today=date(2026, 4, 2))
    1
    """
    fact = read_fact(kind, text)
    if fact is None:
        return 0
    latest = max(today, fact) if isinstance(fact, date) else today
    return fact_points(kind, fact, today=latest)


def value_of_fact(kind: AnswerKind, text: str, *, today: date) -> int:
    """Put a stored fact on the scale from 1 to 5."""
    return rating_of_points(points_of(kind, text, today=today))


def read_share(text: str) -> int | None:
    """Read a share as people write it: 80, "79,5 %", "19 of 24"; None when it is none.

    A part of a percent is left out: a share counts from a limit on only when it has reached it.

    >>> read_share("79,9 %"), read_share("19/24"), read_share("most")
    (79, 79, None)
    """
    written = " ".join(text.split())
    if counted := _COUNTED.fullmatch(written):
        part, whole = int(counted[1]), int(counted[2])
        return part * WHOLE // whole if whole > 0 and part <= whole else None
    share = _SHARE.fullmatch(written)
    if share is None:
        return None
    percent = int(share[1])
    is_over = percent == WHOLE and any(digit in "123456789" for digit in written[len(share[1]) :])
    return None if percent > WHOLE or is_over else percent


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """What two say to one item. `gap` is None unless both gave a rating."""

    area_key: str
    item_key: str
    left: SeatSaid
    right: SeatSaid

    @property
    def gap(self) -> int | None:
        """By how many points they differ."""
        if self.left.value is None or self.right.value is None:
            return None
        return abs(self.left.value - self.right.value)

    @property
    def differs(self) -> bool:
        """Whether they answered differently, be it that one of them does not know."""
        return (self.left.state, self.left.value) != (self.right.state, self.right.value)

    @property
    def is_answered_twice(self) -> bool:
        """Whether both have answered, be it with "don't know"."""
        return self.left.is_settled and self.right.is_settled

    @property
    def is_far_apart(self) -> bool:
        """Whether the two ratings are worth a talk."""
        return self.gap is not None and self.gap >= FAR_APART


def compare(
    instrument: Instrument, left: Mapping[str, SeatSaid], right: Mapping[str, SeatSaid]
) -> tuple[ComparedItem, ...]:
    """Lay two ratings side by side: the widest gap first, then what only one could answer, then what they agree on."""
    lines = [
        ComparedItem(area.key, item.key, left.get(item.key, NOTHING), right.get(item.key, NOTHING))
        for area in instrument.areas
        for item in area.items
    ]
    return tuple(sorted(lines, key=lambda line: (-(line.gap or 0), not line.differs)))


def lower_of(left: SeatSaid, right: SeatSaid) -> SeatSaid:
    """Return what counts of two: the lower rating; the only one; else that somebody does not know."""
    rated = [each for each in (left, right) if each.value is not None]
    if rated:
        return min(rated, key=lambda each: each.value or 0)
    order = (AnswerState.DONT_KNOW, AnswerState.NOT_APPLICABLE, AnswerState.SKIPPED)
    return min((left, right), key=lambda each: order.index(each.state))


def is_expert_due(*, is_open: bool, has_rated: bool, has_finished: bool, has_team_rated: bool) -> bool:
    """Say whether a team sees its expert's rating: not before it has made up its own mind."""
    return has_rated and (not is_open or (has_finished and has_team_rated))


@dataclass(frozen=True, slots=True)
class Counted:
    """What this site counts about an item: how many of how many."""

    n: int
    n_of: int


# From which share on a count alone would speak for a rating, by the words of the anchors at 5 and at 3.
_SUGGESTED: Final[Mapping[PlatformFact, tuple[int, int]]] = MappingProxyType(
    {
        PlatformFact.OWNED_PLAYBOOKS: (90, 50),
        PlatformFact.REVIEWED_PAGES: (90, 50),
        PlatformFact.ROLES_WITH_DEPUTY: (100, 50),
        PlatformFact.CYCLES_BY_SEVERAL: (51, 1),
    }
)


def suggested_rating(kind: PlatformFact, counted: Counted) -> int | None:
    """Say which anchor a count alone would speak for. It never rates: the other half of each anchor is not counted.

    None where no critical role is written down: that says nothing of who stands in for whom.

    >>> suggested_rating(PlatformFact.ROLES_WITH_DEPUTY, Counted(7, 12))
    3
    """
    if kind is PlatformFact.ROLES_WITH_DEPUTY and not counted.n_of:
        return None
    high, fair = _SUGGESTED[kind]
    if counted.n * WHOLE >= high * counted.n_of > 0:
        return 5
    return 3 if counted.n * WHOLE >= fair * counted.n_of > 0 else 1
