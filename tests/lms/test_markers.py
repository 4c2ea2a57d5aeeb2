"""Prose carries the marks of the content format and nothing that could reach around it."""

import pytest

from lms.markers import FACT_KEYS, Markers, find_fault, find_links, find_markers


def test_marks_are_collected_as_often_as_they_stand_there() -> None:
    text = 'A. [@b] B. [@a] [@a] C. [own]\n\n!!! say "Words"\n    Hi. {{fact:poison-line}}'
    assert find_markers(text) == Markers(sources=("a", "a", "b"), facts=("poison-line",), callouts=("say",), n_own=1)


def test_order_of_marks_does_not_matter() -> None:
    assert find_markers("[@a] x [@b]") == find_markers("[@b] y [@a]")


def test_links_are_listed_in_their_order() -> None:
    assert find_links("[a](/overdose-now) and [b](https://x.org/y)") == ("/overdose-now", "https://x.org/y")


@pytest.mark.parametrize("key", FACT_KEYS)
def test_every_local_fact_may_fill_a_blank(key: str) -> None:
    assert find_fault(f"Call {{{{fact:{key}}}}}.") is None


@pytest.mark.parametrize(
    "text",
    [
        "Plain **bold** text with fewer than < 5 breaths & more.",
        "## Heading\n\n### Deeper\n\n1. One\n2. Two",
        '!!! danger "Stop"\n    Do not wait.',
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "[now](/overdose-now), [help](/help/help-sign-in), [site](https://www.cdc.gov/a?b=c)",
        "First. [@a] [@b-2]",
    ],
)
def test_ordinary_prose_has_no_fault(text: str) -> None:
    assert find_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# Title", "first-level heading"),
        ("![x](https://x.org/a.png)", "image"),
        ("a <b>c</b>", "raw HTML"),
        ("<https://x.org>", "raw HTML"),
        ("<!-- note -->", "raw HTML"),
        ("[x]: https://x.org", "link by reference"),
        ("[x](http://x.org)", "neither https"),
        ("[x](javascript:alert(1))", "neither https"),
        ("[x](//evil.org)", "neither https"),
        ("[x](/admin)", "neither https"),
        ("[x](/help/../admin)", "neither https"),
        ("[x]()", "neither https"),
        ("{{fact:shoe-size}}", "no local fact"),
        ("{{ fact:poison-line }}", "no local fact"),
        ("{{config}}", "no local fact"),
        ("{{fact:poison-line", "no local fact"),
        ("Fact. [@Label]", "source marker"),
        ("Fact. [@a, @b]", "source marker"),
        ("Fact. [@a", "source marker"),
        ("Fact. [own] [@a]", "also names a source"),
        ("Fact. [@a][own]", "also names a source"),
        ('!!! warning "x"', "callout"),
        ("!!! say words", "callout"),
        ('Text !!! say "x"', "callout"),
    ],
)
def test_a_fault_is_named(text: str, fault: str) -> None:
    found = find_fault(text)
    assert found is not None
    assert fault in found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("![A chart whose line rises](a.chart.webp)", None),
        ("![Chart](a.chart.webp)", "without words"),
        ('![A chart whose line rises](a.chart.webp "Title")', "image"),
        ("![A chart whose line rises](b.chart.webp)", "image"),
        ("![A chart whose line rises](a.chart.webp) ![Another one beside the first](x.png)", "image"),
    ],
)
def test_a_text_shows_only_its_own_pictures_with_words(text: str, fault: str | None) -> None:
    found = find_fault(text, {"a.chart.webp"})
    assert found is None if fault is None else found is not None and fault in found
