"""Markdown becomes clean HTML, and its marks become numbers, badges and blanks."""

import pytest

from lms.prose import MAX_CHARACTERS, TooLong, render_prose


def test_sources_that_stand_together_share_one_note():
    html = render_prose("Wait. [@b] [@a]\n[@c] Then go. [@a]", sources=("a", "b"))
    assert html == (
        '<p>Wait.<sup class="cite"><a href="#source-b" rel="noopener noreferrer">2</a>, '
        '<a href="#source-a" rel="noopener noreferrer">1</a>, <a href="#source-c" rel="noopener noreferrer">?</a></sup>'
        ' Then go.<sup class="cite"><a href="#source-a" rel="noopener noreferrer">1</a></sup></p>'
    )


@pytest.mark.parametrize(("language", "words"), [("en", "to be confirmed"), ("es", "pendiente de confirmación")])
def test_fact_without_a_source_says_so(language, words):
    html = render_prose("At room temperature. [own]", language=language)
    assert f'<span class="to-confirm">{words}' in html


def test_blank_waits_for_the_local_fact():
    assert "{{fact:poison-line}}" in render_prose("Call {{fact:poison-line}}.")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        "[x](//evil.example.org)",
        '<div class="site-nav" id="main" style="color:red">x</div>',
        "![x](https://e.org/x.png)",
    ],
)
def test_hostile_text_becomes_harmless(hostile):
    html = render_prose(hostile)
    for piece in ("<script", "<img", "javascript:", 'href="//', " id=", " style=", "site-nav", "onerror"):
        assert piece not in html


def test_long_text_is_refused():
    with pytest.raises(TooLong):
        render_prose("[" * (MAX_CHARACTERS + 1))
