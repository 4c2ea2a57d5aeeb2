"""Coverage, departures, and text that is no secret."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.succession.rules import (
    Level,
    StandIn,
    Tone,
    bus_factor,
    coverage_of,
    looks_like_secret,
    roles_resting_on_one,
    year_before,
)

TODAY = date(2031, 5, 2)
DAY = date(2031, 1, 5)


@pytest.mark.parametrize(
    ("holders", "backups", "done", "level", "tone"),
    [
        ([], [], {}, Level.VACANT, Tone.RED),
        ([], [2], {"trained_on": DAY, "shadowed_on": DAY, "rehearsed_on": DAY}, Level.VACANT, Tone.RED),
        ([1], [], {}, Level.HELD, Tone.RED),
        ([1], [2], {}, Level.BACKUP_NAMED, Tone.AMBER),
        ([1], [2], {"trained_on": DAY}, Level.BACKUP_NAMED, Tone.AMBER),
        ([1], [2], {"shadowed_on": DAY, "rehearsed_on": DAY}, Level.BACKUP_NAMED, Tone.AMBER),
        ([1], [2], {"trained_on": DAY, "shadowed_on": DAY}, Level.BACKUP_TRAINED, Tone.GREEN),
        (
            [1],
            [2],
            {"trained_on": DAY, "shadowed_on": DAY, "rehearsed_on": date(2030, 5, 2)},
            Level.BACKUP_TRAINED,
            Tone.GREEN,
        ),
        (
            [1],
            [2],
            {"trained_on": DAY, "shadowed_on": DAY, "rehearsed_on": date(2030, 5, 3)},
            Level.REHEARSED,
            Tone.GREEN,
        ),
        ([1], [3], {"trained_on": DAY, "shadowed_on": DAY}, Level.BACKUP_NAMED, Tone.AMBER),
        ([1, 2], [], {"trained_on": DAY, "shadowed_on": DAY}, Level.BACKUP_TRAINED, Tone.GREEN),
    ],
)
def test_each_level_needs_what_the_one_below_needs(holders, backups, done, level, tone):
    coverage = coverage_of(holders, backups, [StandIn(2, **done)], TODAY)
    assert (coverage.level, coverage.tone) == (level, tone)


def test_one_backups_training_and_anothers_shadowing_do_not_add_up():
    evidence = [StandIn(2, trained_on=DAY), StandIn(3, shadowed_on=DAY)]
    assert coverage_of([1], [2, 3], evidence, TODAY).level is Level.BACKUP_NAMED


@given(st.sets(st.integers(1, 5)), st.sets(st.integers(1, 5)), st.sets(st.integers(1, 5)))
def test_one_more_backup_never_makes_a_role_less_sure(holders, backups, ready):
    evidence = [StandIn(each, DAY, DAY, DAY) for each in ready]
    before = coverage_of(holders, backups - holders, evidence, TODAY)
    after = coverage_of(holders, (backups | {6}) - holders, evidence, TODAY)
    assert after.level >= before.level
    assert after.n_people == before.n_people + 1


def test_departures_are_counted_by_role():
    assert bus_factor({}) is None
    assert bus_factor({1: [], 2: [7]}) == 0
    assert bus_factor({1: [7, 8, 8], 2: [7, 9]}) == 2
    assert roles_resting_on_one({1: [], 2: [7, 8]}) == {}


def test_leap_day_has_a_year_before():
    assert year_before(date(2028, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    "text",
    [
        "password: xyz",
        "Login front desk\nPassword = Hunter2",
        "PASSWORDS:tulip",
        "the password is tulip22",
        "PIN: 4411",
        "api-key: abc",
        "contraseña: abc",
        "La clave es 1234",
        "código de acceso: 99",
        "pass phrase\N{FULLWIDTH COLON}tulip",
        "Password: in the vault. Password: tulip",
    ],
)
def test_text_that_holds_a_password_is_seen(text):
    assert looks_like_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Passwords: in the county's vault, shelf B",
        "Bitwarden, collection “Coalition”",
        "password reset: ask IT",
        "Su contraseña está en la bóveda",
        "Palabra clave: puntualidad",
        "pins the rota to the board",
        "https://drive.example.org/#/A1b2",
        "💥" * 2000,
        "password " * 400,
    ],
)
def test_text_that_tells_where_a_password_is_may_stay(text):
    assert not looks_like_secret(text)


def test_a_vault_has_a_name_and_not_the_shape_of_a_password():
    assert looks_like_secret("Tr0ub4dor&3", is_place=True)
    assert not looks_like_secret("Tr0ub4dor&3")
    assert not looks_like_secret("KeePass 2.5 (shelf B)", is_place=True)
