"""Statistical process control: is what we see more than chance?

Pure: the standard library only. Missing or undefined numbers are None at the doors of this package; positions of
points count from 1. Every result agrees with the R packages qicharts2, NHSRplotthedots, runcharter and qcc on the cases
in `tests/references/spc.json`.
"""

from lms.improvement.spc.charts import (
    ENGINE_VERSION,
    NEEDS_DENOMINATORS,
    Chart,
    Phase,
    Point,
    Settings,
    chart,
    check_rate,
    run_chart,
)
from lms.improvement.spc.choosing import DataKind, choose_kind, wider_kind
from lms.improvement.spc.dots import Assurance, Dot, DotsChart, Meaning, Reason, Wanted, plot_the_dots
from lms.improvement.spc.errors import InvalidChart, OrphanNumerator, SpcError, TimeNotPositive
from lms.improvement.spc.lines import Kind
from lms.improvement.spc.rephasing import Suggestion, suggest_phases
from lms.improvement.spc.runs import Run, RunsAnalysis, Side, analyse_runs, run_limits
from lms.improvement.spc.shewhart import Rule, broken_rules
from lms.improvement.spc.stretch import Aggregate

__all__ = [
    "ENGINE_VERSION",
    "NEEDS_DENOMINATORS",
    "Aggregate",
    "Assurance",
    "Chart",
    "DataKind",
    "Dot",
    "DotsChart",
    "InvalidChart",
    "Kind",
    "Meaning",
    "OrphanNumerator",
    "Phase",
    "Point",
    "Reason",
    "Rule",
    "Run",
    "RunsAnalysis",
    "Settings",
    "Side",
    "SpcError",
    "Suggestion",
    "TimeNotPositive",
    "Wanted",
    "analyse_runs",
    "broken_rules",
    "chart",
    "check_rate",
    "choose_kind",
    "plot_the_dots",
    "run_chart",
    "run_limits",
    "suggest_phases",
    "wider_kind",
]
