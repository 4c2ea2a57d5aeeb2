"""The examples in the docstrings of the pure modules of the site are true."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["documents", "front_matter", "markers", "readability", "training.rules"])
def test_examples_in_docstrings_are_true(name: str) -> None:
    results = doctest.testmod(import_module(f"lms.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
