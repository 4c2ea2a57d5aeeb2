"""The one place that decides which small numbers are shown, so that page, CSV, chart and API always say the same.

The rules are the project's own promise to people, in `docs/`: nobody learns about a group of one to four, neither by
looking nor by subtracting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from readiness.errors import InvalidCount, TotalTooSmall

MINIMUM_GROUP: Final = 5
MINIMUM_GROUP_OUTSIDE: Final = 11
"""The minimum for figures that leave the coalition."""

STEP: Final = 5
"""Counts are told in such steps while a round is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedTable:
    """One breakdown, ready to be shown. None stands for a hidden number; a total of None hides every group too."""

    total: int | None
    groups: Mapping[str, int | None]

    @property
    def shown_names(self) -> tuple[str, ...]:
        """Groups whose number, and anything computed from the group, may be shown."""
        return tuple(name for name, n in self.groups.items() if n)

    @property
    def hidden_names(self) -> tuple[str, ...]:
        """Groups about which nothing may be shown."""
        return tuple(name for name, n in self.groups.items() if n is None)


def shown_count(n: int, minimum: int = MINIMUM_GROUP) -> int | None:
    """Show a count of people, or hide it when it is small.

    n: at least 0. minimum: smallest count shown, at least 1.
    Returns n, or None for 1 to minimum - 1. An empty group holds nobody to protect and stays 0. Two counts that add up
    to a third one shown on the same page must go through `suppress_table` instead. Raises InvalidCount.

    >>> [shown_count(n) for n in (0, 1, 4, 5, 12)]
    [0, None, None, 5, 12]
    """
    _check(n, minimum)
    return None if 0 < n < minimum else n


def step_of_five(n: int) -> int:
    """Round a count down to a step of five: what is said while a round is open.

    n: at least 0. Returns a multiple of 5, at most n. Raises InvalidCount.

    >>> [step_of_five(n) for n in (0, 4, 5, 9, 10)]
    [0, 0, 5, 5, 10]
    """
    _check(n, 1)
    return n - n % STEP


def suppress_table(
    counts: Mapping[str, int],
    *,
    total: int | None = None,
    minimum: int = MINIMUM_GROUP,
) -> SuppressedTable:
    """Hide the small groups of one breakdown, and as few large ones as keep subtraction from finding them.

    counts: people by group, each at least 0, in the order to show. total: people in the whole; None means the groups
    are all of it; what exceeds the groups (people without a group) is never shown and counts as hidden.
    minimum: smallest number shown, at least 1.
    Returns the same groups in the same order. Each group of 1 to minimum - 1 is hidden; then, while the hidden people
    are some but fewer than minimum, or so few that each hidden group can only hold one, the next smallest group is
    hidden as well, the earliest name first among equals. An empty group hides nothing and stays 0. A total of 1 to
    minimum - 1, or one that gives every group away, is hidden with all that it holds.
    Raises InvalidCount, TotalTooSmall.

    >>> suppress_table({"clinical": 12, "admin": 4, "peer": 9, "night": 0}).groups
    {'clinical': 12, 'admin': None, 'peer': None, 'night': 0}
    >>> suppress_table({"clinical": 2, "admin": 2}).total is None
    True
    """
    for n in counts.values():
        _check(n, minimum)
    n_in_groups = sum(counts.values())
    whole = n_in_groups if total is None else total
    if whole < n_in_groups:
        raise TotalTooSmall(whole, n_in_groups)
    n_without_group = whole - n_in_groups
    hidden = _hidden_names(counts, n_without_group, minimum)
    n_hidden = n_without_group + sum(counts[name] for name in hidden)
    if 0 < whole < minimum or not _is_safe(n_hidden, len(hidden), minimum):
        return SuppressedTable(total=None, groups=dict.fromkeys(counts))
    return SuppressedTable(total=whole, groups={name: None if name in hidden else n for name, n in counts.items()})


def _hidden_names(counts: Mapping[str, int], n_without_group: int, minimum: int) -> set[str]:
    """Choose the groups to hide, smallest first: a small group costs the reader least."""
    by_size = sorted((n, name) for name, n in counts.items() if n)
    hidden = {name for n, name in by_size if n < minimum}
    n_hidden = n_without_group + sum(counts[name] for name in hidden)
    for n, name in by_size[len(hidden) :]:
        if _is_safe(n_hidden, len(hidden), minimum):
            break
        hidden.add(name)
        n_hidden += n
    return hidden


def _is_safe(n_hidden: int, n_hidden_groups: int, minimum: int) -> bool:
    """Say whether the number of hidden people, which anyone can compute, gives nobody away.

    A hidden group is known to hold at least one person, so that five people in five hidden groups are one in each.
    """
    return n_hidden == 0 or (n_hidden >= minimum and n_hidden > n_hidden_groups)


def _check(n: int, minimum: int) -> None:
    if n < 0:
        raise InvalidCount("a count", n)
    if minimum < 1:
        raise InvalidCount("the minimum", minimum)
