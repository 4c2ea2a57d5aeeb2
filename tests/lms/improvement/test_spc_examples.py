"""The examples in the docstrings of the pure modules are true."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "spc.charts",
        "spc.choosing",
        "spc.dots",
        "spc.numbers",
        "spc.rephasing",
        "spc.runs",
        "spc.shewhart",
        "spc.stretch",
        "calibration",
        "chart_picture",
        "chart_spec.stored",
        "driver_pictures",
        "drivers",
        "false_alarms",
        "library",
        "own_words",
        "pictures.drawing",
        "plans",
        "ramps",
        "rules.numbers",
        "sparklines",
        "table_cells",
        "table_columns",
        "table_input",
        "verdicts",
        "versions",
    ],
)
def test_examples_in_docstrings_are_true(name: str) -> None:
    results = doctest.testmod(import_module(f"lms.improvement.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
