"""The examples in the docstrings of the pure modules are true."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["charts", "choosing", "dots", "numbers", "rephasing", "runs", "shewhart", "stretch"])
def test_examples_in_docstrings_are_true(name: str) -> None:
    results = doctest.testmod(import_module(f"lms.improvement.spc.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
