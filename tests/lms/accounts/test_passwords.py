"""Slow hashes, few at a time."""

import threading

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from lms.accounts import passwords
from lms.errors import Busy
from tests.factories.people import PASSWORD, PASSWORD_HASH


def test_hashes_are_argon2id_with_nineteen_mebibytes_and_two_passes():
    made = extract_parameters(passwords.hash_password(PASSWORD))
    assert (made.type, made.memory_cost, made.time_cost, made.parallelism) == (Type.ID, 19 * 1024, 2, 1)


def test_a_password_fits_its_hash_and_no_other():
    made = passwords.hash_password("ñandú corre lejos")
    assert passwords.is_right("n\u0303andu\u0301 corre lejos", made)
    assert not passwords.is_right("ñandú corre cerca", made)


def test_the_stand_in_for_unknown_names_costs_as_much_as_a_real_hash():
    assert not passwords.is_outdated(passwords.NOBODY)
    assert not passwords.is_right(PASSWORD, None)


def test_a_broken_hash_fits_nothing():
    assert not passwords.is_right(PASSWORD, "not a hash")


def test_a_hash_with_other_parameters_is_outdated():
    assert passwords.is_outdated(PASSWORD_HASH)
    assert not passwords.is_outdated(passwords.hash_password(PASSWORD))


def test_a_storm_is_told_to_wait_at_once_and_the_next_one_is_served(monkeypatch):
    monkeypatch.setattr(passwords, "_in_line", threading.BoundedSemaphore(1))
    with passwords._turn(), pytest.raises(Busy):
        passwords.hash_password(PASSWORD)
    assert passwords.is_right(PASSWORD, PASSWORD_HASH)


def test_whoever_waits_too_long_in_line_is_told_so(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(passwords, "_running", threading.BoundedSemaphore(1))
    with passwords._turn(), pytest.raises(Busy):
        passwords.hash_password(PASSWORD)
    assert passwords.is_right(PASSWORD, PASSWORD_HASH)
