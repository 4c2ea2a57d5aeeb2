"""What a plan needs before its test can begin, and what makes it a full cycle. Plain values in, names of fields out."""

from collections.abc import Mapping
from typing import Any, Final

NEEDED: Final = ("title", "objective", "plan_what", "plan_who", "plan_when")
NEEDED_QUICK: Final = ("title", "plan_what")  # what a quick note has
WISHED: Final = ("change_idea_id", "measure_id", "scale_people")
LONGEST_TITLE: Final = 160
"""Characters of a title, as its column and its form hold them."""


def missing_in_plan(plan: Mapping[str, Any], *, has_prediction: bool, is_quick: bool = False) -> tuple[str, ...]:
    """Return which fields a plan still needs before the test can begin. A cycle to learn something predicts nothing.

    >>> missing_in_plan({"title": "Call", "plan_what": "Call each person"}, has_prediction=True, is_quick=True)
    ()
    """
    missing = [name for name in (NEEDED_QUICK if is_quick else NEEDED) if not str(plan.get(name) or "").strip()]
    if not has_prediction and not plan.get("is_explore"):
        missing.append("words")
    return tuple(missing)


def missing_in_full_cycle(plan: Mapping[str, Any], *, has_prediction: bool, is_measured: bool) -> tuple[str, ...]:
    """Return what a plan lacks of a full cycle: what it needs, one idea, a measure, its size, and a predicted number.

    >>> missing_in_full_cycle({"is_explore": True, "title": "Watch"}, has_prediction=False, is_measured=False)[-2:]
    ('change_idea_id', 'measure_id')
    """
    is_explore = bool(plan.get("is_explore"))
    wished = [name for name in WISHED if plan.get(name) is None and not (is_explore and name == "scale_people")]
    number = [] if is_measured or is_explore or not has_prediction else ["shape"]
    return (*missing_in_plan(plan, has_prediction=has_prediction), *wished, *number)


def short_title(text: str) -> str:
    """Return the first line of a text as a title, cut between words where it is too long.

    >>> short_title("Call each person\\nthe day before")
    'Call each person'
    """
    first = " ".join(text.strip().split("\n", 1)[0].split())
    if len(first) <= LONGEST_TITLE:
        return first
    cut = first[: LONGEST_TITLE - 1]
    head, blank, _tail = cut.rpartition(" ")
    return f"{head if blank and len(head) > LONGEST_TITLE // 2 else cut}…"
