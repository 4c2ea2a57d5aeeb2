"""Codes that are written down by hand."""

import pytest

from lms.accounts import recovery_codes


def test_a_code_has_a_hundred_bits_in_five_groups_without_letters_that_look_like_digits():
    code = recovery_codes.new_code()
    assert [len(group) for group in code.split("-")] == [4] * 5
    assert len(recovery_codes.ALPHABET) ** 20 >= 2**100
    assert not set("ILOU") & set(recovery_codes.ALPHABET)


def test_codes_differ():
    assert len({recovery_codes.new_code() for _ in range(50)}) == 50


@pytest.mark.parametrize(
    "typed",
    ["0123-4567-89AB-CDEF-GHJK", "o123 4567 89ab cdef ghjk", "OI23456789ABCDEFGHJK", "0L23-4567--89AB CDEFGHJK"],
)
def test_a_code_is_known_however_it_is_typed(typed):
    assert recovery_codes.hash_code(typed) == recovery_codes.hash_code("0123-4567-89AB-CDEF-GHJK")


@pytest.mark.parametrize("typed", ["", "0123", "U123-4567-89AB-CDEF-GHJK", "x" * 10_000, "🦉" * 20])
def test_what_cannot_be_a_code_is_none(typed):
    assert recovery_codes.normal_code(typed) is None
