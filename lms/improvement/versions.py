"""What a cycle said at one time, put together from its revisions. Plain values in, plain values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Saved:
    """One revision: its number, and its changes as rows of `field`, `before`, `after`."""

    number: int
    changes: Sequence[Mapping[str, Any]]


def fields_at(number: int, saved: Sequence[Saved]) -> dict[str, Any]:
    """Return what each field said after the revision of this number; a field that nobody wrote is not named.

    saved: in any order. Where the first revisions are not among them, a field says what the next change found.

    >>> both = [Saved(1, [{"field": "title", "before": "", "after": "Call"}]),
    ...         Saved(2, [{"field": "title", "before": "Call", "after": "Visit"}])]
    >>> fields_at(1, both), fields_at(2, both)
    ({'title': 'Call'}, {'title': 'Visit'})
    """
    said: dict[str, Any] = {}
    for revision in sorted(saved, key=lambda each: each.number):
        for change in revision.changes:
            name = change["field"]
            if revision.number <= number:
                said[name] = change["after"]
            else:
                said.setdefault(name, change["before"])
    return said


def changes_from_to(first: int, last: int, saved: Sequence[Saved]) -> list[dict[str, Any]]:
    """Return the fields that say something else at `last` than at `first`, as a revision holds them."""
    before, after = fields_at(first, saved), fields_at(last, saved)
    names = [*before, *(name for name in after if name not in before)]
    return [
        {"field": name, "before": before.get(name, ""), "after": after.get(name, "")}
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]
