"""What holds for every merge and every difference, tried on texts that chance has written."""

import doctest
import random
import time

import pytest

from lms.playbooks import merge as merging
from lms.playbooks import rules
from lms.playbooks.merge import Clash, PieceKind, merge, merge_line, word_diff

BASE = "# Stock\n\nCount the kits on Monday.\n\nOrder when there are ten.\n\nCall Ana."


def written_by_chance(chance, n_lines=12):
    return "\n".join(chance.choice("abcdefgh  ") * chance.randint(0, 2) for _ in range(chance.randint(0, n_lines)))


def edited_by_chance(text, chance):
    lines = text.split("\n")
    for _ in range(chance.randint(0, 3)):
        at = chance.randint(0, len(lines))
        what = chance.randint(0, 2)
        if what == 0:
            lines.insert(at, chance.choice(["new", "other", "a", ""]) + str(chance.randint(0, 3)))
        elif lines and at < len(lines):
            lines[at : at + 1] = [] if what == 1 else [lines[at] + chance.choice("xy")]
    return "\n".join(lines)


def trios(number=400):
    chance = random.Random(8)
    for _ in range(number):
        base = written_by_chance(chance)
        yield base, edited_by_chance(base, chance), edited_by_chance(base, chance)


def test_edits_of_different_places_are_both_kept():
    mine = BASE.replace("Monday", "Tuesday")
    theirs = BASE.replace("Call Ana.", "Call Ana or Ben.")
    merged = merge(BASE, mine, theirs)
    assert merged.is_clean
    assert "Tuesday" in merged.text
    assert "Ana or Ben" in merged.text


def test_edits_of_one_line_clash_and_both_are_shown():
    mine, theirs = BASE.replace("Monday", "Tuesday"), BASE.replace("Monday", "Friday")
    merged = merge(BASE, mine, theirs)
    old, ours, others = (f"Count the kits on {day}." for day in ("Monday", "Tuesday", "Friday"))
    assert merged.conflicts == (Clash(old, ours, others),)
    assert ours in merged.text
    assert others in merged.text


def test_a_line_one_deletes_and_the_other_changes_is_not_lost():
    merged = merge(BASE, BASE.replace("Call Ana.", ""), BASE.replace("Call Ana.", "Call Ana now."))
    assert not merged.is_clean
    assert "Call Ana now." in merged.text


def test_who_changed_nothing_takes_what_the_other_wrote():
    for base, _, theirs in trios():
        assert merge(base, base, theirs).text == theirs
        assert merge(base, theirs, base).text == theirs
        assert merge(base, base, theirs).is_clean


def test_the_same_edit_twice_is_made_once():
    for base, mine, _ in trios():
        assert merge(base, mine, mine) == merge(base, base, mine)


def test_it_does_not_matter_who_came_first():
    for base, mine, theirs in trios():
        one, other = merge(base, mine, theirs), merge(base, theirs, mine)
        assert one.is_clean == other.is_clean
        if one.is_clean:
            assert one.text == other.text


def test_no_line_that_somebody_wrote_is_lost():
    for base, mine, theirs in trios():
        merged = set(merge(base, mine, theirs).text.split("\n"))
        written = (set(mine.split("\n")) | set(theirs.split("\n"))) - set(base.split("\n"))
        assert written <= merged


def test_no_line_appears_that_nobody_wrote():
    for base, mine, theirs in trios():
        merged = merge(base, mine, theirs).text
        assert set(merged.split("\n")) - {""} <= {*base.split("\n"), *mine.split("\n"), *theirs.split("\n")}


def test_titles_are_merged_whole():
    assert merge_line("Stock", "Stock", "Naloxone") == "Naloxone"
    assert merge_line("Stock", "Kits", "Stock") == "Kits"
    assert merge_line("Stock", "Kits", "Kits") == "Kits"
    assert merge_line("Stock", "Kits", "Naloxone") is None


def test_a_difference_holds_both_texts():
    for base, mine, theirs in trios():
        for old, new in ((base, mine), (mine, theirs)):
            pieces = word_diff(old, new)
            assert "".join(p.text for p in pieces if p.kind is not PieceKind.INSERT) == old
            assert "".join(p.text for p in pieces if p.kind is not PieceKind.DELETE) == new
            assert all(p.text for p in pieces)


def test_a_difference_names_only_the_words_that_changed():
    pieces = word_diff("Call Ana Ruiz at eight.\nThen wait.", "Call Ben Ortiz at eight.\nThen wait.")
    assert [(p.kind.value, p.text) for p in pieces] == [
        ("equal", "Call "),
        ("delete", "Ana Ruiz"),
        ("insert", "Ben Ortiz"),
        ("equal", " at eight.\nThen wait."),
    ]


def test_texts_of_any_letters_are_compared():
    for old, new in (
        ("👩‍🚒 está", "👩‍🚒 estaba"),
        ("שלום world", "שלום there"),
        ("", "x"),
        ("a\r\nb", "a\nb"),
        ("a\u2028b", "a"),
    ):
        pieces = word_diff(old, new)
        assert "".join(p.text for p in pieces if p.kind is not PieceKind.INSERT) == old
        assert "".join(p.text for p in pieces if p.kind is not PieceKind.DELETE) == new
        assert merge(old, new, old).text == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n" * 20_000, "\n" * 19_000 + "x"),
        ("a\n" * 10_000, "b\na\n" * 5_000),
        ("a\nb\n" * 5_000, "b\nb\na\n" * 3_333),
        ("a b " * 5_000, "b b a " * 3_333),
        (" ".join(map(str, range(3_500))), " ".join(map(str, reversed(range(3_500))))),
        ("\n".join(map(str, range(3_500))), "\n".join(map(str, reversed(range(3_500))))),
    ],
)
def test_texts_made_to_be_slow_are_not(old, new):
    started = time.perf_counter()
    merge(old, new, old + "y")
    word_diff(old, new)
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize("module", [merging, rules])
def test_examples_in_docstrings_are_true(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
