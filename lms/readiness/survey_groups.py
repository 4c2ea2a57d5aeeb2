"""The breakdown of a staff survey by its one declared cut, and what late answers may renew without giving anybody away.

What is released are sums over cells of (group, batch). Each cell that subtraction can isolate holds nobody, or enough
people who do not nearly all agree: `readiness.release` says which groups that leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lms.readiness.survey_figures import Crowd, Said, group_figures, is_safe_part
from lms.readiness.survey_inputs import Inputs
from readiness.instruments import Area
from readiness.release import groups_to_renew, may_show_breakdown, shown_groups


@dataclass(frozen=True)
class Parts:
    """A crowd, its groups that may be shown, and everybody else."""

    crowd: Crowd
    keys: frozenset[str]

    @cached_property
    def groups(self) -> Mapping[str, Crowd]:
        """The people of each of the groups."""
        held: dict[str, list[Said]] = {key: [] for key in sorted(self.keys)}
        for each in self.crowd.people:
            if each.group_key in held:
                held[each.group_key].append(each)
        return {key: self.crowd.of(people) for key, people in held.items()}

    @cached_property
    def others(self) -> Crowd:
        """Everybody who is in none of the groups."""
        return self.crowd.of(each for each in self.crowd.people if each.group_key not in self.keys)

    @property
    def all(self) -> list[Crowd]:
        """All parts: what subtraction can tell apart."""
        return [*self.groups.values(), self.others]


def first_groups(crowd: Crowd, inputs: Inputs) -> list[dict[str, Any]]:
    """Return the groups at the first release, in the order of the cut; hidden ones without any figure."""
    declared = {group.key: crowd.counts.get(group.key, 0) for group in inputs.groups}
    parts = Parts(crowd, shown_groups(declared, crowd.n, inputs.minimum))
    open_keys = {area.key for area in crowd.instrument.areas if _may_break_down(parts, area, inputs.minimum)}
    return [
        {
            "key": group.key,
            "name": group.name,
            "headcount": group.headcount,
            "n": declared[group.key] if group.key in parts.keys else None,
            "is_renewable": group.key in parts.keys,
            "areas": _cells(parts, group.key, group.headcount, open_keys, inputs.minimum),
        }
        for group in inputs.groups
    ]


def renewable_keys(rows: list[Mapping[str, Any]]) -> frozenset[str]:
    """Return the groups that have been renewed with every batch so far."""
    return frozenset(row["key"] for row in rows if row["is_renewable"])


def late_parts(crowd: Crowd, inputs: Inputs, rows: list[Mapping[str, Any]]) -> Parts:
    """Return the late answers in the parts that a further release would tell apart; raises InvalidScores."""
    late = crowd.of(each for each in crowd.people if each.is_late)
    return Parts(late, groups_to_renew(late.counts, late.n, renewable_keys(rows), inputs.minimum))


def is_safe_batch(parts: Parts, area_key: str, minimum: int) -> bool:
    """Say whether one area may be renewed: no part of the batch tells what its people answered."""
    return all(is_safe_part(part, area_key, minimum) for part in parts.all)


def renewed_groups(
    crowd: Crowd, inputs: Inputs, rows: list[Mapping[str, Any]], *, keys: frozenset[str], areas: frozenset[str]
) -> list[dict[str, Any]]:
    """Return the groups after a batch: those of `keys` anew in the areas of `areas`, all else as it was."""
    parts = Parts(crowd, keys)
    return [_renewed(parts, inputs, row, areas) if row["key"] in keys else _as_it_was(row) for row in rows]


def _renewed(parts: Parts, inputs: Inputs, row: Mapping[str, Any], areas: frozenset[str]) -> dict[str, Any]:
    people = parts.groups[row["key"]]
    open_keys = {key for key, cell in row["areas"].items() if cell is not None and key in areas}
    cells = _cells(parts, row["key"], row["headcount"], open_keys, inputs.minimum)
    kept = {key: cell for key, cell in row["areas"].items() if key not in open_keys}
    return {**row, "n": people.n, "areas": {**cells, **kept}}


def _as_it_was(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "is_renewable": False}


def _may_break_down(parts: Parts, area: Area, minimum: int) -> bool:
    held = [part.mean(area.key, minimum) for part in parts.all if part.n]
    return bool(parts.keys) and may_show_breakdown(
        held, low=parts.crowd.instrument.low, high=parts.crowd.instrument.high
    )


def _cells(
    parts: Parts, key: str, headcount: int | None, open_keys: set[str], minimum: int
) -> dict[str, Mapping[str, Any] | None]:
    if key not in parts.keys:
        return {area.key: None for area in parts.crowd.instrument.areas}
    people = parts.groups[key]
    return {
        area.key: group_figures(people, area, headcount=headcount, minimum=minimum) if area.key in open_keys else None
        for area in parts.crowd.instrument.areas
    }
