"""From scores to at most three actions: what calls for one, which gap comes first, what kind of help to begin with."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from readiness.instruments import ActionKind, Area, Instrument, Item
from readiness.scoring import SKIPPED, STRONG, AreaScore, Ratings, is_low_critical, score_area, value_of

MOST_ACTIONS: Final = 3
MOST_GAPS: Final = 5
LOW_AREA_BELOW: Final = 3
DONT_KNOW_PERCENT: Final = 25

NEXT_STEP: Final = MappingProxyType(
    {
        ActionKind.COURSE: ActionKind.CYCLE,
        ActionKind.PLAYBOOK: ActionKind.CYCLE,
        ActionKind.CONVERSATION: ActionKind.CYCLE,
        ActionKind.CYCLE: ActionKind.ASSISTANCE,
        ActionKind.ASSISTANCE: ActionKind.ASSISTANCE,
    }
)
_NOTHING_TRIED: Final[Mapping[str, ActionKind]] = MappingProxyType({})


class Trigger(StrEnum):
    """What in an area calls for an action."""

    CRITICAL_LOW = "critical-low"
    LOW_AREA = "low-area"
    DECLINE = "decline"
    SPLIT = "split"
    DONT_KNOW = "dont-know"
    LEADER_GAP = "leader-gap"


_ABOUT_A_PRACTICE: Final = frozenset({Trigger.CRITICAL_LOW, Trigger.LOW_AREA, Trigger.DECLINE})
"""The others are about what people know or how they see it, which only talking settles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How far one item lies below usual practice, and how much closing it would bring."""

    area_key: str
    item_key: str
    rating: int
    gap: int
    priority: int
    is_low_critical: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One action to accept or decline. Without an item it is a conversation about the whole area.

    `rating` is the start value of the item. `is_escalated`: something was tried before and the item did not rise.
    """

    area_key: str
    item_key: str | None
    kind: ActionKind
    triggers: tuple[Trigger, ...]
    priority: int
    rating: int | None
    is_escalated: bool


def find_triggers(
    instrument: Instrument,
    ratings: Ratings,
    *,
    before: Ratings | None = None,
    split_areas: Collection[str] = (),
    leader_gap_areas: Collection[str] = (),
) -> Mapping[str, tuple[Trigger, ...]]:
    """Say which areas call for an action, and why.

    ratings: answers by item key. before: those of the round before; None means there was none. split_areas: keys of
    areas where raters are split. leader_gap_areas: keys of areas that leaders see much brighter than staff.
    Returns the triggers of each area that has any, in the order of the instrument and of `Trigger`:
    a critical item at LOW_CRITICAL or lower; a score below LOW_AREA_BELOW; a word for the level that is lower than the
    round before; split raters; DONT_KNOW_PERCENT of the applicable answers or more are don't know; a leader gap.
    Raises AnswerOutOfRange.
    """
    triggers = {
        area.key: _triggers_of(
            instrument, area, ratings, before=before, split_areas=split_areas, leader_gap_areas=leader_gap_areas
        )
        for area in instrument.areas
    }
    return {key: found for key, found in triggers.items() if found}


def recommend(
    instrument: Instrument,
    ratings: Ratings,
    *,
    before: Ratings | None = None,
    tried: Mapping[str, ActionKind] = _NOTHING_TRIED,
    split_areas: Collection[str] = (),
    leader_gap_areas: Collection[str] = (),
    most: int = MOST_ACTIONS,
) -> tuple[Recommendation, ...]:
    """Recommend a few actions, at most one for each area, the most pressing first.

    Arguments as `find_triggers`. tried: what kind of action was accepted earlier for an item. most: how many at most.
    A low critical item goes before everything else; then the higher priority; then the order of the instrument. An area
    whose raters are split needs a conversation before anything else, and so does one where only knowledge or views are
    the matter. An item that did not rise although something was tried gets the next stronger help.
    Raises AnswerOutOfRange.
    """
    triggers = find_triggers(
        instrument, ratings, before=before, split_areas=split_areas, leader_gap_areas=leader_gap_areas
    )
    found = [
        _recommendation(instrument.get_area(key), ratings, before, tried, area_triggers)
        for key, area_triggers in triggers.items()
    ]
    found.sort(key=lambda each: (Trigger.CRITICAL_LOW not in each.triggers, -each.priority))
    return tuple(found[:most])


def worst_gaps(instrument: Instrument, ratings: Ratings, *, most: int = MOST_GAPS) -> tuple[Gap, ...]:
    """List the items furthest from usual practice: low critical items first, then by priority.

    ratings: answers by item key. most: how many at most. Equal ones stand in the order of the instrument.
    Formula of the priority: (4 - rating) * weight * reach - effort.
    """
    gaps = [gap for area in instrument.areas for gap in _gaps_of(area, ratings)]
    return tuple(sorted(gaps, key=_urgency)[:most])


def _triggers_of(
    instrument: Instrument,
    area: Area,
    ratings: Ratings,
    *,
    before: Ratings | None,
    split_areas: Collection[str],
    leader_gap_areas: Collection[str],
) -> tuple[Trigger, ...]:
    score = score_area(instrument, area.key, ratings)
    earlier = None if before is None else score_area(instrument, area.key, before)
    holds = {
        Trigger.CRITICAL_LOW: bool(score.low_critical_keys),
        Trigger.LOW_AREA: score.score is not None and score.score < LOW_AREA_BELOW,
        Trigger.DECLINE: earlier is not None and _is_lower(score, earlier),
        Trigger.SPLIT: area.key in split_areas,
        Trigger.DONT_KNOW: _is_much_unknown(score),
        Trigger.LEADER_GAP: area.key in leader_gap_areas,
    }
    return tuple(trigger for trigger, is_so in holds.items() if is_so)


def _is_lower(score: AreaScore, earlier: AreaScore) -> bool:
    return score.level is not None and earlier.level is not None and score.level.rank < earlier.level.rank


def _is_much_unknown(score: AreaScore) -> bool:
    counts = score.counts
    return counts.n_dont_know > 0 and counts.n_dont_know * 100 >= DONT_KNOW_PERCENT * counts.n_applicable


def _recommendation(
    area: Area,
    ratings: Ratings,
    before: Ratings | None,
    tried: Mapping[str, ActionKind],
    triggers: tuple[Trigger, ...],
) -> Recommendation:
    gaps = sorted(_gaps_of(area, ratings), key=_urgency)
    if not gaps or Trigger.SPLIT in triggers or not _ABOUT_A_PRACTICE & set(triggers):
        return _conversation(area, triggers, gaps)
    gap = gaps[0]
    item = area.get_item(gap.item_key)
    kind = _escalated(item, gap.rating, before or {}, tried)
    return Recommendation(
        area_key=area.key,
        item_key=gap.item_key,
        kind=kind or item.action,
        triggers=triggers,
        priority=gap.priority,
        rating=gap.rating,
        is_escalated=kind is not None,
    )


def _conversation(area: Area, triggers: tuple[Trigger, ...], gaps: list[Gap]) -> Recommendation:
    return Recommendation(
        area_key=area.key,
        item_key=None,
        kind=ActionKind.CONVERSATION,
        triggers=triggers,
        priority=gaps[0].priority if gaps else 0,
        rating=None,
        is_escalated=False,
    )


def _escalated(item: Item, rating: int, before: Ratings, tried: Mapping[str, ActionKind]) -> ActionKind | None:
    """Give the next stronger help for an item that did not rise; None when nothing was tried or it rose."""
    earlier = value_of(before.get(item.key, SKIPPED))
    if item.key not in tried or earlier is None or rating > earlier:
        return None
    return NEXT_STEP[tried[item.key]]


def _gaps_of(area: Area, ratings: Ratings) -> list[Gap]:
    gaps = [_gap(area, item, value_of(ratings.get(item.key, SKIPPED)), ratings) for item in area.items]
    return [gap for gap in gaps if gap is not None]


def _gap(area: Area, item: Item, rating: int | None, ratings: Ratings) -> Gap | None:
    if rating is None or rating >= STRONG:
        return None
    return Gap(
        area_key=area.key,
        item_key=item.key,
        rating=rating,
        gap=STRONG - rating,
        priority=(STRONG - rating) * item.weight * item.reach - item.effort,
        is_low_critical=is_low_critical(item, ratings),
    )


def _urgency(gap: Gap) -> tuple[bool, int]:
    return not gap.is_low_critical, -gap.priority
