"""All that one chart is made of, as plain values: how it is drawn, what was defined, the numbers, the cycles.

A spec is a chart: the same spec gives the same chart for as long as the engine's version is the same. It holds no word
of any language but those that people wrote, so that it can be stored and drawn again for any reader.
"""

from lms.improvement.chart_spec.computing import (
    Computed,
    compute,
    is_screened_away,
    phase_starts,
    settings_of,
)
from lms.improvement.chart_spec.parts import (
    KINDS,
    WITH_DENOMINATORS,
    WITH_RANGES,
    BegunLine,
    ChartPlan,
    DefinitionLine,
    Exclusion,
    KeptReason,
    NumberLine,
    PhaseStart,
    SettingState,
    Spec,
    plain_plan,
)
from lms.improvement.chart_spec.stored import (
    FORMAT,
    exclusions_from_json,
    exclusions_to_json,
    from_json,
    phases_from_json,
    phases_to_json,
    plan_from_json,
    plan_to_json,
    to_json,
    verdict_from_json,
    verdict_to_json,
)

__all__ = [
    "FORMAT",
    "KINDS",
    "WITH_DENOMINATORS",
    "WITH_RANGES",
    "BegunLine",
    "ChartPlan",
    "Computed",
    "DefinitionLine",
    "Exclusion",
    "KeptReason",
    "NumberLine",
    "PhaseStart",
    "SettingState",
    "Spec",
    "compute",
    "exclusions_from_json",
    "exclusions_to_json",
    "from_json",
    "is_screened_away",
    "phase_starts",
    "phases_from_json",
    "phases_to_json",
    "plain_plan",
    "plan_from_json",
    "plan_to_json",
    "settings_of",
    "to_json",
    "verdict_from_json",
    "verdict_to_json",
]
