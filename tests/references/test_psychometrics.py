"""The statistics of readiness give the numbers that R gives, case by case, and None where R has nothing to say.

The cases stand in `psychometrics.json`; `PSYCHOMETRICS_REFERENCE` names another file of the same layout. A kind that
nobody here knows is a failure, and nothing is skipped.
"""

import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from readiness.agreement import icc, item_agreement, mean_squares, scale_agreement
from readiness.benchmarks import (
    census_interval,
    mean_interval,
    percentile_rank,
    quantile,
    role_weighted_mean,
    shrunken_means,
)
from readiness.change import (
    MeanChange,
    ReliableChange,
    linked_change,
    pooled_change,
    reliable_change_index,
    unlinked_change,
)
from readiness.reliability import cronbach_alpha, omega_total
from readiness.scoring import (
    NOT_APPLICABLE,
    SKIPPED,
    Answer,
    answer_spread,
    composite,
    count_answers,
    longest_run,
    pomp,
    prorated_sum,
    reverse_value,
    scale_score,
)
from readiness.suppression import suppress_table

REFERENCE = Path(os.environ.get("PSYCHOMETRICS_REFERENCE", Path(__file__).with_name("psychometrics.json")))
DOCUMENT = json.loads(REFERENCE.read_text(encoding="utf-8"))
CASES = [*DOCUMENT["cases"], *DOCUMENT["policy_cases"]]

Input = Mapping[str, Any]
Output = dict[str, Any]


def _columns(results: Sequence[object], **names: str) -> Output:
    """Turn one result for each group or person into one list for each number."""
    return {name: [getattr(result, attribute) for result in results] for name, attribute in names.items()}


def _groups(values: Sequence[Any], labels: Sequence[Any]) -> dict[Any, list[Any]]:
    """Collect the values of each label, the labels in rising order."""
    groups: dict[Any, list[Any]] = {label: [] for label in sorted(set(labels))}
    for value, label in zip(values, labels, strict=True):
        groups[label].append(value)
    return groups


def subscale_score(given: Input) -> Output:
    low, high, percent = given["scale_min"], given["scale_max"], given["min_answered_pct"]
    reversed_items = {place - 1 for place in given["reverse_items_1based"]}
    marks = given.get("not_applicable") or [[False] * len(row) for row in given["items"]]

    def answer(place: int, value: int | None, *, is_applicable: bool) -> Answer:
        if not is_applicable:
            return NOT_APPLICABLE
        if value is None:
            return SKIPPED
        return reverse_value(value, low=low, high=high) if place in reversed_items else value

    rows = [
        [
            answer(place, value, is_applicable=not mark)
            for place, (value, mark) in enumerate(zip(row, row_marks, strict=True))
        ]
        for row, row_marks in zip(given["items"], marks, strict=True)
    ]
    means = [scale_score(row, low=low, high=high, min_answered_pct=percent) for row in rows]
    return {
        "n_answered": [count_answers(row).n_values for row in rows],
        "n_applicable": [count_answers(row).n_applicable for row in rows],
        "mean": means,
        "prorated_sum": [prorated_sum(row, low=low, high=high, min_answered_pct=percent) for row in rows],
        "pomp_0_100": [None if mean is None else pomp(mean, low=low, high=high) for mean in means],
    }


def weighted_composite(given: Input) -> Output:
    percent = given["min_weight_pct"]
    rows = given["dimension_scores"]
    return {"composite": [composite(row, given["weights"], min_weight_pct=percent) for row in rows]}


def straightlining(given: Input) -> Output:
    rows = [[SKIPPED if value is None else value for value in row] for row in given["items"]]
    return {"longest_run": [longest_run(row) for row in rows], "irv": [answer_spread(row) for row in rows]}


def alpha(given: Input) -> Output:
    found = cronbach_alpha(given["items"], level=given["level"])
    return {
        "n_complete": found.n_complete,
        "k": found.n_items,
        "alpha": found.alpha,
        "feldt_lower": found.lower,
        "feldt_upper": found.upper,
        "alpha_standardized": found.standardized,
        "mean_interitem_r": found.mean_inter_item_r,
        "alpha_if_deleted": list(found.if_deleted),
        "corrected_item_total_r": list(found.item_rest_r),
        "spearman_brown_two_item": found.spearman_brown,
        "sem_of_mean_score": found.sem,
    }


def omega(given: Input) -> Output:
    found = omega_total(given["items"])
    return {
        "omega_total": found.omega,
        "loadings_unstandardized": list(found.loadings),
        "residual_variances": list(found.residual_variances),
        "alpha": found.alpha,
    }


def agreement_single_item(given: Input) -> Output:
    groups = _groups(given["values"], given["group"])
    found = [
        item_agreement(
            values, n_options=given["n_options"], low=given["scale_min"], null_variance=given["null_variance"]
        )
        for values in groups.values()
    ]
    names = {"n": "n", "rwg": "rwg", "rwg_untruncated": "rwg_raw", "ad_mean": "ad_mean", "ad_median": "ad_median"}
    return {"group": list(groups), **_columns(found, **names, awg="awg")}


def agreement_multi_item(given: Input) -> Output:
    groups = _groups(given["items"], given["group"])
    found = [
        scale_agreement(rows, n_options=given["n_options"], null_variance=given["null_variance"])
        for rows in groups.values()
    ]
    names = {
        "n_complete": "n_complete",
        "mean_item_variance": "mean_item_variance",
        "rwg_j": "rwg",
        "rwg_j_untruncated": "rwg_raw",
        "rwg_j_lindell": "lindell",
        "ad_mean_j": "ad_mean",
        "ad_median_j": "ad_median",
    }
    return {"group": list(groups), **_columns(found, **names)}


def intraclass(given: Input) -> Output:
    found = icc(list(_groups(given["scores"], given["group"]).values()), level=given["level"])
    return {
        "n_groups": found.n_groups,
        "n": found.n,
        "mean_group_size": found.mean_size,
        "n0": found.n0,
        "ms_between": found.ms_between,
        "ms_within": found.ms_within,
        "f": found.f,
        "icc1": found.icc1_mean_size,
        "icc2": found.icc2,
        "icc1_lower": found.icc1_lower,
        "icc1_upper": found.icc1_upper,
        "icc2_lower": found.icc2_lower,
        "icc2_upper": found.icc2_upper,
        "icc1_anova_n0": found.icc1,
    }


def empirical_bayes(given: Input) -> Output:
    groups = _groups(given["scores"], given["group"])
    found = shrunken_means(list(groups.values()))
    return {
        "group": list(groups),
        "n": list(found.sizes),
        "grand_mean_gls": found.grand_mean,
        "tau2": found.between,
        "sigma2": found.within,
        "reliability": list(found.reliabilities),
        "raw_mean": list(found.means),
        "shrunken_mean": list(found.shrunken),
    }


def org_mean_ci(given: Input) -> Output:
    found = mean_interval(given["scores"], level=given["level"])
    return {
        "n": found.n,
        "mean": found.mean,
        "median": found.median,
        "sd": found.sd,
        "se": found.se,
        "ci_lower": found.lower,
        "ci_upper": found.upper,
    }


def org_mean_ci_finite(given: Input) -> Output:
    found = census_interval(given["scores"], given["headcount"], level=given["level"])
    return {
        "n": found.n,
        "mean": found.mean,
        "se_srs": found.se_sample,
        "se_fpc": found.se,
        "ci_lower": found.lower,
        "ci_upper": found.upper,
        "response_rate": found.share_answered,
    }


def _change(found: MeanChange) -> Output:
    return {
        "mean_change": found.change,
        "t": found.t,
        "df": found.df,
        "p": found.p,
        "ci_lower": found.lower,
        "ci_upper": found.upper,
    }


def round_change_unlinked(given: Input) -> Output:
    found = unlinked_change(given["round1"], given["round2"])
    return {**_change(found), "cohens_d_pooled": found.effect}


def round_change_linked(given: Input) -> Output:
    return _change(linked_change(given["round1"], given["round2"]))


def _verdict(verdict: ReliableChange | None) -> str | None:
    return None if verdict is None else verdict.value.replace("-", " ")


def reliable_change(given: Input) -> Output:
    constants = {"sd": given["sd"], "reliability": given["reliability"], "z": given["z"]}
    found = [reliable_change_index(*pair, **constants) for pair in zip(given["score1"], given["score2"], strict=True)]
    of_all = reliable_change_index(None, None, **constants)
    return {
        "sem": of_all.sem,
        "s_diff": of_all.se_difference,
        "threshold": of_all.threshold,
        "rci": [each.index for each in found],
        "classification": [_verdict(each.verdict) for each in found],
    }


def org_change_pooled_variance(given: Input) -> Output:
    peers = mean_squares(list(_groups(given["peer_scores"], given["peer_group"]).values()))
    ms_within = None if peers.within is None else float(peers.within)
    rounds = zip(given["mean1"], given["n1"], given["mean2"], given["n2"], strict=True)
    found = [pooled_change(*each, ms_within=ms_within, df=peers.df_within, level=given["level"]) for each in rounds]
    return {
        "ms_within": ms_within,
        "df": peers.df_within,
        **_columns(found, change="change", se="se", t="t", ci_lower="lower", ci_upper="upper"),
        "classification": [_verdict(each.reliable_change) for each in found],
    }


def benchmark(given: Input) -> Output:
    peers = given["peer_means"]
    return {
        "quantiles_10_25_50_75_90": [quantile(peers, percent / 100) for percent in (10, 25, 50, 75, 90)],
        "percentile_rank": [percentile_rank(peers, value) for value in given["values"]],
    }


def role_weighted(given: Input) -> Output:
    found = role_weighted_mean(given["role_n"], given["role_headcount"], given["role_mean"])
    return {
        "respondent_mean": found.mean,
        "headcount_weighted_mean": found.weighted,
        "response_rate": found.share_answered,
    }


def suppression(given: Input) -> Output:
    cells = {cell["name"]: cell["n"] for cell in given["cells"]}
    table = suppress_table(cells, total=given["total"], minimum=given["k"])
    return {
        "show_total": table.total is not None,
        "shown_cells": set(table.shown_names),
        "hidden_cells": {name for name in table.hidden_names if cells[name]},
    }


KINDS: dict[str, Callable[[Input], Output]] = {
    "subscale_score": subscale_score,
    "weighted_composite": weighted_composite,
    "straightlining": straightlining,
    "cronbach_alpha": alpha,
    "omega_total": omega,
    "agreement_single_item": agreement_single_item,
    "agreement_multi_item": agreement_multi_item,
    "icc": intraclass,
    "empirical_bayes": empirical_bayes,
    "org_mean_ci": org_mean_ci,
    "org_mean_ci_finite": org_mean_ci_finite,
    "round_change_unlinked": round_change_unlinked,
    "round_change_linked": round_change_linked,
    "reliable_change": reliable_change,
    "org_change_pooled_variance": org_change_pooled_variance,
    "benchmark": benchmark,
    "role_weighted_mean": role_weighted,
    "suppression": suppression,
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def differences(found: object, expected: object, tolerance: float, place: str = "") -> list[str]:
    """Name every place where the two differ by more than the tolerance."""
    if isinstance(found, set):
        return [] if found == set(expected) else [f"{place}: {found} is not {expected}"]  # type: ignore[call-overload]
    if isinstance(expected, dict) and isinstance(found, dict):
        strange = [f"{place}.{key} stands on one side only" for key in set(found) ^ set(expected)]
        both = sorted(set(found) & set(expected))
        return strange + [
            line for key in both for line in differences(found[key], expected[key], tolerance, f"{place}.{key}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(found, expected, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, tolerance, f"{place}[{i}]")]
    if _is_number(found) and _is_number(expected):
        is_close = math.isfinite(found) and abs(found - expected) <= tolerance  # type: ignore[arg-type,operator]
        return [] if is_close else [f"{place}: {found} is not {expected}"]
    return [] if type(found) is type(expected) and found == expected else [f"{place}: {found!r} is not {expected!r}"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['kind']}")
def test_every_reference_case_is_met(case: dict[str, Any]) -> None:
    assert case["kind"] in KINDS, f"nobody knows the kind {case['kind']!r}"
    found = KINDS[case["kind"]](case["input"])
    assert differences(found, case["expected"], case["tolerance"]) == []


def test_the_reference_file_holds_cases_of_every_kind_it_explains() -> None:
    assert {case["kind"] for case in CASES} <= set(DOCUMENT["schema"]["kinds"])
    assert set(DOCUMENT["schema"]["kinds"]) <= set(KINDS)
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"a": 1.0}, {"a": 1.1}),
        ({"a": 1.0}, {"a": None}),
        ({"a": None}, {"a": 0}),
        ({"a": float("nan")}, {"a": 1.0}),
        ({"a": [1.0]}, {"a": [1.0, 2.0]}),
        ({"a": 1.0}, {"a": 1.0, "b": 2.0}),
        ({"a": 1.0, "b": 2.0}, {"a": 1.0}),
        ({"a": True}, {"a": 1}),
        ({"a": "improved"}, {"a": "declined"}),
        ({"a": {"x"}}, {"a": ["y"]}),
    ],
)
def test_the_judge_finds_a_difference(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert differences(found, expected, 1e-9)


def test_the_judge_lets_a_rounding_pass() -> None:
    assert differences({"a": [1.0 + 1e-12, {"x"}]}, {"a": [1, ["x"]]}, 1e-9) == []
