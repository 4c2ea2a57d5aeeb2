"""The three sentences of a staff survey's first page as data: who was heard, what presses, what moved."""

from collections.abc import Mapping
from typing import Any

from readiness.agreement import Agreement
from readiness.change import Certainty
from readiness.priorities import LOW_AREA_BELOW
from readiness.scoring import STRONG

ALL = (
    *("too-few", "pooled-only", "heard", "heard-pooled"),
    *("lowest", "lowest-split", "all-strong", "no-figures"),
    *("first-round", "not-comparable", "too-near", "cannot-tell", "clear-up", "clear-down", "clear-both", "possible"),
)
"""Every kind; the site has a whole sentence for each."""


def sentences(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Put a document into three sentences, or one when nothing may be said.

    heard: n people of n_of answered, and area_keys are the areas with LOW_AREA_BELOW or more of other_keys, all that
    have a figure; heard-pooled: n people of n_of organizations. lowest: area_keys names the area with the lowest mean;
    lowest-split: people do not agree there. clear-up, clear-down, clear-both: area_keys rose, other_keys fell.
    possible: area_keys may have moved.
    """
    if document["is_pooled"]:
        return [{"kind": "pooled-only"}]
    if document["n"] is None:
        return [{"kind": "too-few", "n": document["minimum"]}]
    return [_heard(document), _concern(document), _direction(document)]


def _heard(document: Mapping[str, Any]) -> dict[str, Any]:
    told = [line for line in document["areas"] if line["mean"] is not None]
    good = [line["key"] for line in told if line["mean"] >= LOW_AREA_BELOW]
    n_organizations = document["n_organizations"]
    return {
        "kind": "heard" if n_organizations is None else "heard-pooled",
        "n": document["n"],
        "n_of": document["headcount"] if n_organizations is None else n_organizations,
        "area_keys": good,
        "other_keys": [line["key"] for line in told],
    }


def _concern(document: Mapping[str, Any]) -> dict[str, Any]:
    told = [line for line in document["areas"] if line["mean"] is not None]
    if not told:
        return {"kind": "no-figures"}
    lowest = min(told, key=lambda line: line["mean"])
    if lowest["mean"] >= STRONG:
        return {"kind": "all-strong", "n": len(told)}
    kind = "lowest-split" if lowest["agreement"] == Agreement.SPLIT else "lowest"
    return {"kind": kind, "mean": lowest["mean"], "area_keys": [lowest["key"]]}


def _direction(document: Mapping[str, Any]) -> dict[str, Any]:
    if document["earlier"] is None:
        return {"kind": "first-round"}
    if not document["is_change_shown"]:
        return {"kind": "too-near"}
    moved = [line for line in document["areas"] if line["certainty"] is not None]
    if not moved:
        return {"kind": "not-comparable"}
    clear = [line for line in moved if line["certainty"] == Certainty.CLEAR]
    up = [line["key"] for line in clear if line["is_up"]]
    down = [line["key"] for line in clear if not line["is_up"]]
    if clear:
        kind = "clear-both" if up and down else "clear-up" if up else "clear-down"
        return {"kind": kind, "area_keys": up, "other_keys": down}
    possible = [line["key"] for line in moved if line["certainty"] == Certainty.POSSIBLE]
    return {"kind": "possible", "area_keys": possible} if possible else {"kind": "cannot-tell"}
