"""Decisions on plain values: how edits that meet become one, and how far a round is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from readiness.instruments import Area, Instrument
from readiness.scoring import AnswerState

MOST_DAYS_OPEN = 365
DAYS_OPEN = 14
DAYS_FOR_ACTION = 30
OWN_PREFIX = "own-"  # of the slugs of what organizations adapt or bring in themselves; the site publishes none such
DAYS_BETWEEN_ROUNDS = 182  # twice a year, as the page of readiness advises: real gains take months to show


def next_round_on(closed_on: date | None, today: date) -> date | None:
    """Return from when a next round makes sense after the last one was closed; None when it may begin today."""
    sensible_on = None if closed_on is None else closed_on + timedelta(days=DAYS_BETWEEN_ROUNDS)
    return sensible_on if sensible_on is not None and sensible_on > today else None


@dataclass(frozen=True, slots=True)
class Said:
    """All that a team says to one item: the answer, the evidence for it, and who sees it otherwise."""

    state: AnswerState = AnswerState.SKIPPED
    value: int | None = None
    evidence: str = ""
    dissent: str = ""

    @property
    def is_settled(self) -> bool:
        """Whether somebody has answered, be it with "don't know"."""
        return self.state is not AnswerState.SKIPPED

    @property
    def choice(self) -> str:
        """The answer as a form says it: 1 to 5, or the word of its state; empty when there is none yet."""
        if self.state is AnswerState.VALUE:
            return str(self.value)
        return "" if self.state is AnswerState.SKIPPED else self.state.value


NOTHING_SAID = Said()
NOTES = ("evidence", "dissent")


@dataclass(frozen=True, slots=True)
class Merged:
    """What two edits make together; `unsettled` names the notes that both wrote differently: theirs stand."""

    said: Said
    unsettled: tuple[str, ...] = ()


def merge(base: Said, mine: Said, theirs: Said, *, is_own: bool = False) -> Merged:
    """Bring an edit that began from `base` together with what stands now.

    What only one of the two changed is taken. The later tap on the scale counts, for the earlier one stays in the
    record. A note that both wrote is overwritten only by its own author (`is_own`); for them a tap counts even when it
    goes back to the base: the page had not heard yet of the tap between.
    """
    has_answered = (mine.state, mine.value) != (base.state, base.value) or (is_own and mine.is_settled)
    said = replace(theirs, state=mine.state, value=mine.value) if has_answered else theirs
    unsettled = []
    for name in NOTES:
        was, wrote, stands = (getattr(each, name) for each in (base, mine, theirs))
        if wrote in (was, stands):
            continue
        if stands == was or is_own:
            said = replace(said, **{name: wrote})
        else:
            unsettled.append(name)
    return Merged(said, tuple(unsettled))


@dataclass(frozen=True, slots=True)
class AreaProgress:
    """How many items of one area are answered."""

    area: Area
    n_done: int

    @property
    def n_items(self) -> int:
        """How many items the area has."""
        return len(self.area.items)

    @property
    def is_done(self) -> bool:
        """Whether every item is answered."""
        return self.n_done == self.n_items


def progress_of(instrument: Instrument, said: Mapping[str, Said]) -> tuple[AreaProgress, ...]:
    """Count the answered items of each area."""
    return tuple(
        AreaProgress(area, sum(said.get(item.key, NOTHING_SAID).is_settled for item in area.items))
        for area in instrument.areas
    )


def next_area(progress: tuple[AreaProgress, ...], *, after: str | None = None) -> Area | None:
    """Return the first area with something left, looking on from one area and then from the beginning."""
    keys = [each.area.key for each in progress]
    start = keys.index(after) + 1 if after in keys else 0
    return next((each.area for each in (*progress[start:], *progress[:start]) if not each.is_done), None)
