"""The examples in the docstrings of this room are true."""

import doctest

from readiness import suppression


def test_examples_in_docstrings_are_true() -> None:
    results = doctest.testmod(suppression)
    assert results.attempted > 0
    assert results.failed == 0
