"""A page is read strictly in both languages and comes back from its document unchanged."""

import json
from pathlib import Path

import pytest

from lms.front_matter import ContentError
from lms.home.catalog import PageKind, page_as_document, page_from_document, read_page, read_pages

HEADER = """+++
title = "{title}"
summary = "One sentence."
kind = "help"
order = {order}
version = "1.0.0"
licence = "CC BY 4.0"
source = "Written for tests."
reviewed_on = ""
reviewed_by = ""
sources = ["label"]
+++
"""
ENGLISH = "Start here.\n\n## Call\nCall {{fact:emergency-number}}. [@label]\n\n## Stay\nSee [help](/help/sign-in).\n"
SPANISH = (
    "Empiece.\n\n## Llame\nLlame al {{fact:emergency-number}}. [@label]\n\n## Quédese\nVea [ayuda](/help/sign-in).\n"
)


def _write(folder: Path, slug: str, *, order: int = 10, english: str = ENGLISH, spanish: str = SPANISH) -> Path:
    path = folder / f"{slug}.md"
    path.write_text(HEADER.format(title="Help", order=order) + english, encoding="utf-8")
    translation = HEADER.format(title="Ayuda", order=order) + spanish
    (folder / f"{slug}.es.md").write_text(translation, encoding="utf-8")
    return path


def test_page_reads_its_sections_in_both_languages(tmp_path: Path) -> None:
    page = read_page(_write(tmp_path, "help-first"))
    assert (page.slug, page.kind, page.order) == ("help-first", PageKind.HELP, 10)
    assert page.title == {"en": "Help", "es": "Ayuda"}
    assert page.lead == {"en": "Start here.", "es": "Empiece."}
    assert [section.title["es"] for section in page.sections] == ["Llame", "Quédese"]


def test_page_may_begin_with_its_first_heading(tmp_path: Path) -> None:
    path = _write(tmp_path, "call", english=ENGLISH.partition("\n\n")[2], spanish=SPANISH.partition("\n\n")[2])
    assert read_page(path).lead == {"en": "", "es": ""}


def test_page_survives_the_journey_through_json(tmp_path: Path) -> None:
    page = read_page(_write(tmp_path, "call"))
    assert page_from_document(json.loads(json.dumps(page_as_document(page)))) == page


def test_pages_come_by_order_then_slug(tmp_path: Path) -> None:
    for slug, order in (("b", 2), ("c", 1), ("a", 2)):
        _write(tmp_path, slug, order=order)
    assert [page.slug for page in read_pages(tmp_path)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("call.md", 'kind = "help"', 'kind = "film"', "none of: help, emergency, about"),
        ("call.md", "order = 10", "order = -1", "must lie between"),
        ("call.md", "order = 10", "order = 10\ncolour = 1", "unknown key"),
        ("call.es.md", "order = 10", "order = 11", "differ from call.md"),
        ("call.es.md", 'kind = "help"', 'kind = "about"', "differ from call.md"),
        ("call.es.md", "Empiece.\n", "", "one language has a lead"),
        ("call.es.md", "## Quédese", "### Quédese", "1 instead of 2"),
        ("call.es.md", "[@label]", "", "different markers"),
        ("call.md", "/help/sign-in", "javascript:alert(1)", "neither https nor one of our pages"),
        ("call.md", "Start here.", "<script>", "raw HTML"),
    ],
)
def test_page_refuses_a_fault(tmp_path: Path, file: str, old: str, new: str, reason: str) -> None:
    path = _write(tmp_path, "call")
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        read_page(path)
    assert reason in caught.value.reason


@pytest.mark.parametrize("name", ["lost.es.md", "notes.txt"])
def test_a_file_that_belongs_to_no_page_is_refused(tmp_path: Path, name: str) -> None:
    _write(tmp_path, "call")
    (tmp_path / name).write_text("", encoding="utf-8")
    with pytest.raises(ContentError, match=name):
        read_pages(tmp_path)


def test_a_page_whose_name_could_not_be_an_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="small letters"):
        read_page(_write(tmp_path, "Call Now"))
