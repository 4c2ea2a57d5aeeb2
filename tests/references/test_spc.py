"""Every chart agrees with what real R packages computed: one test per case of a file in the schema of `spc.json`.

`SPC_REFERENCE` names another file in the same schema. Whatever the file holds is judged: a kind of chart, an option or
a field that is not known here fails its test.
"""

import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lms.improvement import spc

FILE = Path(os.environ.get("SPC_REFERENCE") or Path(__file__).parent / "spc.json")
REFERENCE = json.loads(FILE.read_text(encoding="utf-8"))
TOLERANCE = 1e-9

CASE_FIELDS = set("id engine chart why tags screened_mr options input expected cross_check product_note".split())
Case = Mapping[str, Any]


def _same(found: Any, expected: Any) -> bool:
    if found is None or expected is None:
        return found is expected
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, (int, float)) and isinstance(expected, (int, float)):
        return math.isclose(found, expected, rel_tol=TOLERANCE, abs_tol=1e-12)
    return bool(found == expected)


def _assert_same(name: str, found: Any, expected: Any) -> None:
    if isinstance(expected, list):
        assert len(found) == len(expected), f"{name}: {len(found)} instead of {len(expected)}"
        for position, (one, other) in enumerate(zip(found, expected, strict=True), 1):
            _assert_same(f"{name}[{position}]", one, other)
    else:
        assert _same(found, expected), f"{name}: {found!r} instead of {expected!r}"


def _assert_fields(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    unknown = set(expected) - set(found)
    assert not unknown, f"fields nobody computes: {sorted(unknown)}"
    for name, value in expected.items():
        _assert_same(name, found[name], value)


def _take(options: Mapping[str, Any], known: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    unknown = set(options) - set(known)
    assert not unknown, f"options nobody knows: {sorted(unknown)}"
    return {name: known[name](value) for name, value in options.items()}


def _positions(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


# ------------------------------------------------------------------------------------------ run and control charts

QIC_OPTIONS: Mapping[str, Callable[[Any], Any]] = {
    "freeze": int,
    "part": _positions,
    "exclude": _positions,
    "cl": float,
    "multiply": float,
    "agg.fun": spc.Aggregate,
    "y.neg": bool,
}
QIC_NAMES = {
    "freeze": "freeze",
    "part": "phases",
    "exclude": "exclude",
    "cl": "centre",
    "multiply": "multiply",
    "agg.fun": "aggregate",
    "y.neg": "allows_negative",
}


def _chart(case: Case) -> spc.Chart:
    given = _take(case["options"], QIC_OPTIONS)
    data = _take(case["input"], {"y": list, "n": list, "x": list})
    settings = spc.Settings(
        screened=bool(case.get("screened_mr")), **{QIC_NAMES[name]: value for name, value in given.items()}
    )
    return spc.chart(spc.Kind(case["chart"]), data["y"], data.get("n"), subgroups=data.get("x"), settings=settings)


def _judge_chart(case: Case) -> None:
    expected = case["expected"]
    if "error" in expected:
        assert set(expected) == {"error"}
        assert expected["error"] is True
        with pytest.raises(spc.SpcError):
            _chart(case)
        return
    found = _chart(case)
    assert set(expected) <= {"points", "parts", "sigma_signal_at"}
    if "points" in expected:
        _assert_fields(_columns_of_chart(found), expected["points"])
    if "sigma_signal_at" in expected:
        _assert_same("sigma_signal_at", list(found.outside_at), expected["sigma_signal_at"])
    if "parts" in expected:
        assert len(found.phases) == len(expected["parts"])
        for phase, wanted in zip(found.phases, expected["parts"], strict=True):
            _assert_fields(_fields_of_phase(phase), wanted)
    _judge_cross_check(found, case)


def _columns_of_chart(found: spc.Chart) -> dict[str, list[Any]]:
    return {
        "y": [point.value for point in found.points],
        "cl": [point.centre for point in found.points],
        "lcl": [point.lower for point in found.points],
        "ucl": [point.upper for point in found.points],
        "lcl_2s": [point.lower_2s for point in found.points],
        "ucl_2s": [point.upper_2s for point in found.points],
        "part": [point.phase for point in found.points],
    }


def _fields_of_phase(phase: spc.Phase) -> dict[str, Any]:
    return {
        "part": phase.number,
        "n_obs": phase.n_observed,
        "n_useful": phase.n_useful,
        "longest_run": phase.longest_run,
        "longest_run_max": phase.longest_run_max,
        "n_crossings": phase.n_crossings,
        "n_crossings_min": phase.n_crossings_min,
        "runs_signal": phase.has_signal,
    }


def _judge_cross_check(found: spc.Chart, case: Case) -> None:
    """The same case through qcc: centre and limits, once for all points or one per point."""
    check = case.get("cross_check")
    if check is None:
        return
    assert set(check) <= {"engine", "type", "center", "lcl", "ucl"}
    columns = _columns_of_chart(found)
    for name, column in (("center", "cl"), ("lcl", "lcl"), ("ucl", "ucl")):
        values = check[name] if isinstance(check[name], list) else [check[name]] * len(found.points)
        _assert_same(f"qcc {name}", columns[column], values)


# -------------------------------------------------------------------------------------------------- plot the dots

WANTED = {"increase": spc.Wanted.UP, "decrease": spc.Wanted.DOWN, "neutral": spc.Wanted.NEITHER}
REASONS = {
    spc.Reason.ABOVE: "above_ucl",
    spc.Reason.BELOW: "below_lcl",
    spc.Reason.RISING: "trend7_up",
    spc.Reason.FALLING: "trend7_down",
    spc.Reason.TWO_OF_THREE_ABOVE: "two_of_three_above",
    spc.Reason.TWO_OF_THREE_BELOW: "two_of_three_below",
    spc.Reason.SHIFT_ABOVE: "shift7_above",
    spc.Reason.SHIFT_BELOW: "shift7_below",
    spc.Reason.COMMON: "common",
}
MEANINGS = {
    spc.Meaning.COMMON: "common_cause",
    spc.Meaning.IMPROVEMENT: "improvement",
    spc.Meaning.CONCERN: "concern",
    spc.Meaning.HIGH: "neutral_high",
    spc.Meaning.LOW: "neutral_low",
}
ASSURANCES = {
    spc.Assurance.PASSES: "consistent_pass",
    spc.Assurance.FAILS: "consistent_fail",
    spc.Assurance.UNSURE: "inconsistent",
    None: None,
}


def _judge_dots(case: Case) -> None:
    expected = case["expected"]
    if "error" in expected:
        assert expected == {"error": True}
        with pytest.raises(spc.SpcError):
            _dots(case)
        return
    found = _dots(case)
    columns = {
        "mean": [dot.mean for dot in found.dots],
        "lpl": [dot.lower for dot in found.dots],
        "upl": [dot.upper for dot in found.dots],
        "phase": [dot.phase for dot in found.dots],
        "close_to_limits": [dot.is_near for dot in found.dots],
        "outside_limits": [dot.is_outside for dot in found.dots],
        "reason": [REASONS[dot.reason] for dot in found.dots],
        "point_type": [MEANINGS[dot.meaning] for dot in found.dots],
        "y": [dot.value for dot in found.dots],
    }
    assert set(expected) <= {"points", "short_group_warning", "assurance"}
    if "points" in expected:
        _assert_fields(columns, expected["points"])
    if "short_group_warning" in expected:
        _assert_same("short_group_warning", found.has_short_phase, expected["short_group_warning"])
    if "assurance" in expected:
        _assert_same("assurance", ASSURANCES[found.assurance], expected["assurance"])


def _dots(case: Case) -> spc.DotsChart:
    known = {
        "fix_after_n_points": int,
        "rebase_at": _positions,
        "improvement_direction": WANTED.__getitem__,
        "target": float,
        "screen_outliers": bool,
    }
    given = _take(case["options"], known)
    assert given.get("screen_outliers", True) is case.get("screened_mr", True)
    return spc.plot_the_dots(
        _take(case["input"], {"y": list})["y"],
        phases=given.get("rebase_at", ()),
        fix_after=given.get("fix_after_n_points"),
        wanted=given.get("improvement_direction", spc.Wanted.UP),
        target=given.get("target"),
        screened=given.get("screen_outliers", True),
    )


# ---------------------------------------------------------------------------------------- re-phasing, other rules

SIDES = {"above": spc.Wanted.UP, "below": spc.Wanted.DOWN, "both": spc.Wanted.NEITHER}


def _judge_phases(case: Case) -> None:
    given = _take(case["options"], {"med_rows": int, "runlength": int, "direction": SIDES.__getitem__})
    values = _take(case["input"], {"y": list})["y"]

    def look() -> tuple[spc.Suggestion, ...]:
        return spc.suggest_phases(
            values,
            baseline=given.get("med_rows", 13),
            run=given.get("runlength", 9),
            wanted=given.get("direction", spc.Wanted.UP),
        )

    expected = case["expected"]
    if "error" in expected:
        assert expected == {"error": True}
        with pytest.raises(spc.SpcError):
            look()
        return
    assert set(expected) == {"sustained"}
    found = look()
    assert len(found) == len(expected["sustained"])
    for suggestion, wanted in zip(found, expected["sustained"], strict=True):
        fields = {
            "median": suggestion.median,
            "start_index": suggestion.first,
            "end_index": suggestion.last,
            "run_type": "baseline" if suggestion.is_baseline else "sustained",
        }
        _assert_fields(fields, wanted)


RULES = {
    "we1_beyond_3s": spc.Rule.WE1,
    "we2_2of3_beyond_2s": spc.Rule.WE2,
    "we3_4of5_beyond_1s": spc.Rule.WE3,
    "we4_8_one_side": spc.Rule.WE4,
    "nelson1_beyond_3s": spc.Rule.NELSON1,
    "nelson2_9_one_side": spc.Rule.NELSON2,
    "nelson3_6_trend": spc.Rule.NELSON3,
    "nelson4_14_alternating": spc.Rule.NELSON4,
    "nelson5_2of3_beyond_2s": spc.Rule.NELSON5,
    "nelson6_4of5_beyond_1s": spc.Rule.NELSON6,
    "nelson7_15_within_1s": spc.Rule.NELSON7,
    "nelson8_8_outside_1s_both": spc.Rule.NELSON8,
}


def _judge_rules(case: Case) -> None:
    given = _take(case["options"], {"center": float, "sd": float})
    broken = spc.broken_rules(_take(case["input"], {"y": list})["y"], centre=given["center"], sigma=given["sd"])
    # R lists points above the centre before those below.
    expected = {name: sorted(at) for name, at in case["expected"].items()}
    _assert_fields({name: list(broken[rule]) for name, rule in RULES.items()}, expected)


JUDGES: Mapping[str, Callable[[Case], None]] = {
    **{kind.value: _judge_chart for kind in spc.Kind},
    "xmr_ptd": _judge_dots,
    "run_rephase": _judge_phases,
    "rules": _judge_rules,
}


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=[case["id"] for case in REFERENCE["cases"]])
def test_case(case: Case) -> None:
    unknown = set(case) - CASE_FIELDS
    assert not unknown, f"fields nobody reads: {sorted(unknown)}"
    assert case["chart"] in JUDGES, f"a kind of chart nobody knows: {case['chart']}"
    JUDGES[case["chart"]](case)


def test_limits_of_runs_for_each_number_of_useful_points() -> None:
    table = REFERENCE["anhoej_limits"]
    assert table["columns"] == ["n_useful", "longest_run_max", "crossings_min"]
    found = [[n, spc.run_limits(n).longest_run_max, spc.run_limits(n).n_crossings_min] for n, _, _ in table["rows"]]
    assert found == table["rows"]


def test_the_file_holds_cases() -> None:
    assert REFERENCE["cases"]
    assert REFERENCE["anhoej_limits"]["rows"]
