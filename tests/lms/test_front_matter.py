"""A prose file is a header between two fences and sections below headings."""

from pathlib import Path

import pytest

from assessments.errors import FieldRefused
from lms.front_matter import ContentError, TextSection, read_text, split_front_matter, split_sections


def test_header_and_prose_are_parted() -> None:
    opened = split_front_matter('+++\ntitle = "A"\n+++\n\nText.\n\n+++\n')
    assert opened.header == {"title": "A"}
    assert opened.body == "Text.\n\n+++"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must begin"),
        ("Text.", "must begin"),
        ("\n+++\n+++\n", "must begin"),
        ('+++\ntitle = "A"\n', "must end"),
        ("+++\ntitle = A\n+++\n", "TOML"),
    ],
)
def test_a_broken_header_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FieldRefused, match=reason):
        split_front_matter(text)


def test_a_byte_order_mark_is_no_text() -> None:
    assert split_front_matter("\ufeff+++\n+++\nText.").body == "Text."


def test_sections_begin_at_second_headings_only() -> None:
    text = split_sections("Lead.\n\n## One\nA.\n\n### Deeper\nB.\n## Two  \n\nC.")
    assert text.lead == "Lead."
    assert text.sections == (TextSection("One", "A.\n\n### Deeper\nB."), TextSection("Two", "C."))


def test_prose_without_headings_is_all_lead() -> None:
    assert split_sections("Only this.").sections == ()


def test_line_ends_of_other_systems_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"+++\r\n+++\r\nText.\r\n")
    assert split_front_matter(read_text(path)).body == "Text."


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("x" * 500_001, encoding="utf-8")
    with pytest.raises(ContentError, match=r"a\.md: the text is longer"):
        read_text(path)
