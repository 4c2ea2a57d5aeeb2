"""Specs and verdicts as plain JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

from lms.improvement.chart_spec.parts import (
    BegunLine,
    ChartPlan,
    DefinitionLine,
    Exclusion,
    NumberLine,
    PhaseStart,
    Spec,
)
from lms.improvement.rules import Cadence, Direction, Unit
from lms.improvement.spc import Kind, Side
from lms.improvement.verdicts import Finding, Reason, RuleSet, Verdict

FORMAT: Final = 1
"""Raised when a stored spec is written in another way."""


def plan_to_json(plan: ChartPlan) -> dict[str, Any]:
    """Write a plan as plain JSON values."""
    return {
        "kind": plan.kind.value,
        "rules": plan.rules.value,
        "freeze_on": _iso(plan.freeze_on),
        "phases": phases_to_json(plan.phases),
        "exclusions": exclusions_to_json(plan.exclusions),
        "centre": plan.centre,
        "is_screened": plan.is_screened,
    }


def plan_from_json(stored: Mapping[str, Any]) -> ChartPlan:
    """Read a plan back."""
    return ChartPlan(
        kind=Kind(stored["kind"]),
        rules=RuleSet(stored["rules"]),
        freeze_on=_day(stored["freeze_on"]),
        phases=phases_from_json(stored["phases"]),
        exclusions=exclusions_from_json(stored["exclusions"]),
        centre=stored["centre"],
        is_screened=stored["is_screened"],
    )


def phases_to_json(phases: Sequence[PhaseStart]) -> list[dict[str, Any]]:
    """Write where phases begin."""
    return [{**each._asdict(), "first_on": each.first_on.isoformat()} for each in phases]


def phases_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[PhaseStart, ...]:
    """Read where phases begin."""
    return tuple(PhaseStart(**{**each, "first_on": date.fromisoformat(each["first_on"])}) for each in stored)


def exclusions_to_json(exclusions: Sequence[Exclusion]) -> list[dict[str, Any]]:
    """Write what is left out."""
    return [{"period_on": each.period_on.isoformat(), "reason": each.reason} for each in exclusions]


def exclusions_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[Exclusion, ...]:
    """Read what is left out."""
    return tuple(Exclusion(date.fromisoformat(each["period_on"]), each["reason"]) for each in stored)


def to_json(spec: Spec) -> dict[str, Any]:
    """Write a spec as plain JSON values, so that it can be stored and drawn again.

    >>> line = DefinitionLine(1, Unit.COUNT, None, Cadence.WEEK, Direction.UP, None, None)
    >>> spec = Spec(name="Kits", plan=ChartPlan(), definitions=(line,))
    >>> from_json(to_json(spec)) == spec
    True
    """
    return {
        "format": FORMAT,
        "engine": spec.engine,
        "name": spec.name,
        "numerator_text": spec.numerator_text,
        "denominator_text": spec.denominator_text,
        "plan": plan_to_json(spec.plan),
        "definitions": [{**each._asdict(), "holds_from_on": _iso(each.holds_from_on)} for each in spec.definitions],
        "numbers": [{**each._asdict(), "period_on": each.period_on.isoformat()} for each in spec.numbers],
        "cycles": [{**each._asdict(), "began_on": each.began_on.isoformat()} for each in spec.cycles],
    }


def from_json(stored: Mapping[str, Any]) -> Spec:
    """Read a spec back."""
    return Spec(
        engine=stored["engine"],
        name=stored["name"],
        numerator_text=stored["numerator_text"],
        denominator_text=stored["denominator_text"],
        plan=plan_from_json(stored["plan"]),
        definitions=tuple(_definition(each) for each in stored["definitions"]),
        numbers=tuple(
            NumberLine(**{**each, "period_on": date.fromisoformat(each["period_on"])}) for each in stored["numbers"]
        ),
        cycles=tuple(
            BegunLine(**{**each, "began_on": date.fromisoformat(each["began_on"])}) for each in stored["cycles"]
        ),
    )


def _definition(stored: Mapping[str, Any]) -> DefinitionLine:
    return DefinitionLine(
        id=stored["id"],
        unit=Unit(stored["unit"]),
        rate_per=stored["rate_per"],
        cadence=Cadence(stored["cadence"]),
        direction=Direction(stored["direction"]),
        target=stored["target"],
        holds_from_on=_day(stored["holds_from_on"]),
    )


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Write what a chart said on a day, so that it stays on record whatever comes later."""
    written = {each.name: getattr(verdict, each.name) for each in fields(verdict)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in written.items()}


def verdict_from_json(stored: Mapping[str, Any]) -> Verdict:
    """Read what a chart said on a day."""
    return Verdict(
        **{
            **stored,
            "finding": Finding(stored["finding"]),
            "rules": RuleSet(stored["rules"]),
            "reason": Reason(stored["reason"]) if stored["reason"] else None,
            "side": Side(stored["side"]) if stored["side"] else None,
            "positions": tuple(stored["positions"]),
            "marked": tuple(stored["marked"]),
        }
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(stored: str | None) -> date | None:
    return None if stored is None else date.fromisoformat(stored)
