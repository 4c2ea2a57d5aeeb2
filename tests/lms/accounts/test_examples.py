"""The examples in the docstrings of the pure modules of accounts are true."""

import doctest
from importlib import import_module

import pytest


@pytest.mark.parametrize("name", ["devices", "export_files", "recovery_codes", "rules", "second_factors", "typed_text"])
def test_examples_in_docstrings_are_true(name):
    results = doctest.testmod(import_module(f"lms.accounts.{name}"))
    assert results.attempted > 0
    assert results.failed == 0
