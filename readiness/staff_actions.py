"""From what a staff survey says to at most three actions; only released figures are needed for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readiness.instruments import ActionKind, Area, Instrument, Item
from readiness.priorities import LOW_AREA_BELOW, MOST_ACTIONS, NEXT_STEP, Recommendation, Trigger
from readiness.scoring import LOW_CRITICAL, STRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFinding:
    """What is known of one area. `mean` is on the scale, None where too few answered.

    `item_means` holds the items whose mean may be told. `is_no_better`: since the round before it did not rise, as far
    as can be told.
    """

    area_key: str
    mean: float | None
    item_means: Mapping[str, float]
    is_declining: bool = False
    is_split: bool = False
    is_much_unknown: bool = False
    has_leader_gap: bool = False
    is_no_better: bool = False


def recommend_for_staff(
    instrument: Instrument,
    findings: Sequence[AreaFinding],
    *,
    tried: Mapping[str, ActionKind],
    most: int = MOST_ACTIONS,
) -> tuple[Recommendation, ...]:
    """Recommend a few actions, at most one for each area, the most pressing first.

    findings: of the areas that have figures. tried: what kind of action was accepted earlier for an item. most: how
    many at most. Areas with a low critical item come first, then the higher priority, then the order of the instrument.
    Split views, much that people do not know, or leaders who see it brighter call for a conversation before anything
    else, unless the area is low or falling for sure and nobody is split. Raises UnknownArea.
    Formula of the priority: (4 - mean) * weight * reach - effort, rounded, with the area's mean where the item's is
    not told.
    """
    found = [_recommendation(instrument.get_area(each.area_key), each, tried) for each in findings]
    wanted = sorted(
        (each for each in found if each is not None),
        key=lambda each: (Trigger.CRITICAL_LOW not in each.triggers, -each.priority),
    )
    return tuple(wanted[:most])


def triggers_of(area: Area, finding: AreaFinding) -> tuple[Trigger, ...]:
    """Say what in one area calls for an action, in the order of `Trigger`."""
    holds = {
        Trigger.CRITICAL_LOW: any(
            item.is_critical and finding.item_means.get(item.key, STRONG) <= LOW_CRITICAL for item in area.items
        ),
        Trigger.LOW_AREA: finding.mean is not None and finding.mean < LOW_AREA_BELOW,
        Trigger.DECLINE: finding.is_declining,
        Trigger.SPLIT: finding.is_split,
        Trigger.DONT_KNOW: finding.is_much_unknown,
        Trigger.LEADER_GAP: finding.has_leader_gap,
    }
    return tuple(trigger for trigger, is_so in holds.items() if is_so)


def _recommendation(area: Area, finding: AreaFinding, tried: Mapping[str, ActionKind]) -> Recommendation | None:
    triggers = triggers_of(area, finding)
    if not triggers or finding.mean is None:
        return None
    item = max(area.items, key=lambda each: _priority(each, finding))
    priority = round(_priority(item, finding))
    is_about_practice = {Trigger.CRITICAL_LOW, Trigger.LOW_AREA, Trigger.DECLINE} & set(triggers)
    if Trigger.SPLIT in triggers or not is_about_practice:
        return _made(area, None, ActionKind.CONVERSATION, triggers, priority, is_escalated=False)
    is_escalated = finding.is_no_better and item.key in tried
    kind = NEXT_STEP[tried[item.key]] if is_escalated else item.action
    return _made(area, item, kind, triggers, priority, is_escalated=is_escalated)


def _priority(item: Item, finding: AreaFinding) -> float:
    mean = finding.item_means.get(item.key, finding.mean)
    return 0.0 if mean is None else (STRONG - mean) * item.weight * item.reach - item.effort


def _made(
    area: Area,
    item: Item | None,
    kind: ActionKind,
    triggers: tuple[Trigger, ...],
    priority: int,
    *,
    is_escalated: bool,
) -> Recommendation:
    return Recommendation(
        area_key=area.key,
        item_key=item.key if item else None,
        kind=kind,
        triggers=triggers,
        priority=priority,
        rating=None,
        is_escalated=is_escalated,
    )
