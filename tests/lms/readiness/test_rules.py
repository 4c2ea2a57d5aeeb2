"""Edits that meet, and how far a round is."""

from datetime import date

from lms.readiness.rules import NOTHING_SAID, Said, merge, next_round_on
from readiness.scoring import AnswerState


def said(value: int, evidence: str = "", dissent: str = "") -> Said:
    return Said(AnswerState.VALUE, value, evidence, dissent)


def test_what_only_one_changed_is_taken():
    base, theirs = said(3), said(3, "The log of March")
    assert merge(base, said(4), theirs).said == said(4, "The log of March")


def test_the_later_tap_counts():
    assert merge(said(3), said(5), said(2)).said == said(5)


def test_a_page_that_did_not_touch_the_answer_does_not_turn_it_back():
    assert merge(said(3), said(3, "new"), said(5)).said == said(5, "new")


def test_a_note_that_both_wrote_is_left_to_people():
    merged = merge(NOTHING_SAID, said(4, "mine"), said(3, "theirs"))
    assert merged.said == said(4, "theirs")
    assert merged.unsettled == ("evidence",)


def test_the_author_may_overwrite_their_own_note():
    assert merge(NOTHING_SAID, said(4, "mine, longer"), said(4, "mine"), is_own=True).said == said(4, "mine, longer")


def test_a_tap_taken_back_before_the_page_heard_of_the_first_counts():
    assert merge(said(3), said(3), said(4), is_own=True).said == said(3)


def test_the_same_words_from_two_people_are_no_conflict():
    assert merge(NOTHING_SAID, said(3, "same"), said(3, "same")).unsettled == ()


def test_a_next_round_makes_sense_half_a_year_after_the_last():
    closed_on = date(2026, 1, 15)
    assert next_round_on(closed_on, date(2026, 1, 15)) == date(2026, 7, 16)
    assert next_round_on(closed_on, date(2026, 7, 15)) == date(2026, 7, 16)
    assert next_round_on(closed_on, date(2026, 7, 16)) is None
    assert next_round_on(None, date(2026, 7, 16)) is None
