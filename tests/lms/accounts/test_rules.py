"""Names and passwords, decided on plain values."""

import pytest

from lms.accounts import catalog, rules
from lms.accounts.rules import AliasProblem, PasswordProblem


def problem(password, *own):
    return rules.find_password_problem(
        password, common=catalog.common_passwords(), local_words=rules.local_words_of(*own)
    )


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "        x       y z w",
        "ñandú ñandú corre",
        "🦩🌮🎺🧶🪁🛶🎈🧭",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "مرحبا يا صديقي",
        "w" * 3 + "xyz" * 65,
    ],
)
def test_any_characters_make_a_good_password(password):
    assert problem(password) is None


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", PasswordProblem.TOO_SHORT),
        ("seven77", PasswordProblem.TOO_SHORT),
        ("ab" * 101, PasswordProblem.TOO_LONG),
        ("ab" * 5_000, PasswordProblem.TOO_LONG),
        ("password", PasswordProblem.COMMON),
        ("PassWord1", PasswordProblem.COMMON),
        ("aaaaaaaaaaaa", PasswordProblem.COMMON),
        ("ababababab", PasswordProblem.COMMON),
        ("Naloxone2024!", PasswordProblem.LOCAL),
        ("coalition-commons", PasswordProblem.LOCAL),
        ("Contraseña1", PasswordProblem.LOCAL),
        ("ana.ruiz.2024", PasswordProblem.LOCAL),
        ("HARBOR harbor 77", PasswordProblem.LOCAL),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password, expected):
    assert problem(password, "Ana Ruiz", "ana@harbor.example") is expected


def test_a_password_that_only_contains_a_name_is_fine():
    assert problem("ana walks to the river", "Ana Ruiz") is None


def test_the_shortest_and_the_longest_password_are_taken():
    assert problem("dRy7 wet") is None
    assert problem("ab c" * 50) is None


def test_the_list_of_common_passwords_has_at_least_three_thousand_that_are_long_enough():
    known = catalog.common_passwords()
    assert len(known) >= 3_000
    assert all(len(each) >= rules.MIN_PASSWORD and each == each.casefold() for each in known)


@pytest.mark.parametrize("alias", ["owl", "Night.Heron", "peña_7", "a" * 40, "7-up"])
def test_an_alias_of_letters_digits_and_three_signs_is_taken(alias):
    assert rules.find_alias_problem(alias) is None


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("", AliasProblem.TOO_SHORT),
        ("ow", AliasProblem.TOO_SHORT),
        ("a" * 41, AliasProblem.TOO_LONG),
        ("a@b.c", AliasProblem.CHARACTERS),
        ("two words", AliasProblem.CHARACTERS),
        ("...", AliasProblem.CHARACTERS),
        ("аna", AliasProblem.CHARACTERS),  # begins with a Cyrillic letter
        ("<b>x</b>", AliasProblem.CHARACTERS),
        ("=cmd()", AliasProblem.CHARACTERS),
        ("owl🦉", AliasProblem.CHARACTERS),
    ],
)
def test_an_unfit_alias_is_refused(alias, expected):
    assert rules.find_alias_problem(alias) is expected


def test_names_meet_whatever_case_width_and_blanks_they_are_typed_in():
    assert rules.normal_name(" Night.HERON\t") == rules.normal_name("ｎight.heron")


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@", "@example.org", "a b@example.org", "a@b@c", "x" * 10_000 + "@e.org"]
)
def test_what_is_no_address_is_none(typed):
    assert rules.normal_email(typed) is None


def test_a_line_loses_control_characters():
    assert rules.clean_line("Ana\r\nBcc: all\x00\x1b[0m") == "Ana Bcc: all [0m"
