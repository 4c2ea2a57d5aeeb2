"""The examples in the docstrings of this room are true."""

import doctest
from importlib import import_module

import pytest

NAMES = [
    "agreement",
    "benchmarks",
    "change",
    "distributions",
    "fields",
    "formats.branching",
    "formats.drafts",
    "formats.errors",
    "formats.fhir",
    "formats.fhir_values",
    "formats.fitting",
    "formats.json_text",
    "formats.notes",
    "formats.redcap",
    "formats.tables",
    "instruments",
    "reliability",
    "scoring",
    "suppression",
]


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    results = doctest.testmod(import_module(f"readiness.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
