"""How each area of a staff survey stands beside the round before, and beside what leaders said, as it may be shown."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from lms.readiness.survey_figures import Crowd, listen
from lms.readiness.survey_inputs import EarlierRound, Inputs, Spread
from readiness.change import FEWEST_ORGANIZATIONS, Certainty, MeanChange, pooled_change, unlinked_change
from readiness.release import may_show_change, rounded

LEADER_GAP: Final = 0.75
"""Leaders who see an area this much brighter than their staff should talk with them first."""

NOTHING_BEFORE: Final[Mapping[str, Any]] = {
    "earlier_mean": None,
    "earlier_bound": None,
    "step": None,
    "certainty": None,
    "is_up": None,
}


def is_comparable(earlier: EarlierRound | None, n: int, closed_on: date) -> bool:
    """Say whether the round before may be set beside this one."""
    if earlier is None or earlier.document.get("n") is None:
        return False
    return may_show_change(earlier.document["n"], n, (closed_on - earlier.closed_on).days)


def changes(crowd: Crowd, lines: Mapping[str, Mapping[str, Any]], inputs: Inputs) -> dict[str, Mapping[str, Any]]:
    """Return what became of each area since the round before.

    lines: the areas of this round as they are released. An area whose items were others then is left out.
    """
    if inputs.earlier is None:
        return {}
    before = {line["key"]: line for line in inputs.earlier.document["areas"]}
    earlier = listen(crowd.instrument, inputs.earlier.responses)
    return {
        key: _beside(crowd, earlier, line, before[key], inputs.spreads.get(key))
        for key, line in lines.items()
        if _is_same(line, before.get(key))
    }


def named_gap(line: Mapping[str, Any], named_score: float | None) -> dict[str, Any]:
    """Return what leaders or the team said of an area, and whether they see it much brighter than staff."""
    mean = line["mean"]
    if named_score is None or mean is None:
        return {"named_score": None, "has_leader_gap": False}
    return {"named_score": named_score, "has_leader_gap": rounded(named_score - mean, 6) >= LEADER_GAP}


def basis_of(spreads: Mapping[str, Spread]) -> str:
    """Say by whose spread changes are judged: that of people in all organizations, or in this one alone."""
    return "peers" if any(_is_enough(each) for each in spreads.values()) else "own"


def _is_same(line: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    if before is None or before["mean"] is None or line["mean"] is None:
        return False
    return bool(before["item_keys"] == line["item_keys"])


def _beside(
    crowd: Crowd, earlier: Crowd, line: Mapping[str, Any], before: Mapping[str, Any], spread: Spread | None
) -> dict[str, Any]:
    is_open = line["bound"] is None and before["bound"] is None
    certainty = _certainty(crowd, earlier, line, before, spread)
    return {
        "earlier_mean": before["mean"],
        "earlier_bound": before["bound"],
        "step": rounded(line["mean"] - before["mean"], 3) if is_open else None,
        "certainty": certainty.value,
        "is_up": line["mean"] > before["mean"] if line["mean"] != before["mean"] else None,
    }


def _certainty(
    crowd: Crowd, earlier: Crowd, line: Mapping[str, Any], before: Mapping[str, Any], spread: Spread | None
) -> Certainty:
    """Return the word for a change; where both ends lie beyond the same bound, nothing can be told."""
    if line["mean"] == before["mean"]:
        return Certainty.CANNOT_TELL
    found = _tested(crowd.scores(line["key"]), earlier.scores(line["key"]), spread)
    if found.certainty is None or found.change is None:
        return Certainty.CANNOT_TELL
    is_told_otherwise = (found.change > 0) != (line["mean"] > before["mean"])
    return Certainty.CANNOT_TELL if is_told_otherwise else found.certainty


def _tested(after: list[float], before: list[float], spread: Spread | None) -> MeanChange:
    if spread is None or not _is_enough(spread) or not before:
        return unlinked_change(before, after)
    return pooled_change(
        sum(before) / len(before),
        len(before),
        sum(after) / len(after),
        len(after),
        ms_within=spread.ms_within,
        df=spread.df,
    )


def _is_enough(spread: Spread) -> bool:
    return spread.n_organizations >= FEWEST_ORGANIZATIONS
