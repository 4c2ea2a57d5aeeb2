"""How a content file is opened: its TOML header between `+++` lines, its prose, and the sections of the prose.

Pure: text in, frozen dataclass out. Every reader of content in `lms` refuses a file with the same error, ContentError.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assessments.errors import FieldRefused, InvalidBank
from assessments.fields import MOST_CHARACTERS, parse_toml
from lms.errors import Invalid

_FENCE = "+++"
_SECTION = re.compile(r"^## +(.*?) *$", re.MULTILINE)


class ContentError(Invalid):
    """A content file is not written as the content format says."""

    def __init__(self, file: str, field: str, reason: str) -> None:
        place = f"{file}, {field}" if field else file
        super().__init__(f"{place}: {reason}.")
        self.file = file
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class FrontMatter:
    """A file taken apart: its header, not yet checked, and its prose."""

    header: Mapping[str, object]
    body: str


@dataclass(frozen=True)
class Section:
    """What stands below one second-level heading."""

    title: str
    markdown: str


@dataclass(frozen=True)
class Sections:
    """Prose taken apart at its second-level headings; `lead` stands above the first."""

    lead: str
    sections: tuple[Section, ...]


@contextmanager
def reading(file: str) -> Iterator[None]:
    """Add the file's name to whatever a reader refuses."""
    try:
        yield
    except FieldRefused as error:
        raise ContentError(file, error.field, error.reason) from error
    except InvalidBank as error:
        raise ContentError(file, error.field, error.reason) from error


def read_text(path: Path) -> str:
    """Return the text of a content file; raises ContentError when it is missing, too long or not UTF-8."""
    try:
        with path.open("rb") as file:
            data = file.read(4 * MOST_CHARACTERS + 1)
        text = data.decode("utf-8")
    except OSError as error:
        raise ContentError(path.name, "", "the file is missing or cannot be read") from error
    except UnicodeDecodeError as error:
        raise ContentError(path.name, "", "the text is not UTF-8") from error
    if len(text) > MOST_CHARACTERS:
        raise ContentError(path.name, "", f"the text is longer than {MOST_CHARACTERS} characters")
    return text.replace("\r\n", "\n")


def split_front_matter(text: str) -> FrontMatter:
    """Take a file apart; raises FieldRefused when the header is not there, not closed or not TOML.

    >>> split_front_matter('+++\\ntitle = "Help"\\n+++\\nCall 911.')
    FrontMatter(header={'title': 'Help'}, body='Call 911.')
    """
    lines = text.removeprefix("\ufeff").split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE]
    if not fences or fences[0] != 0:
        raise FieldRefused("", f"the file must begin with a line {_FENCE}")
    if len(fences) == 1:
        raise FieldRefused("", f"the header must end with a line {_FENCE}")
    header = "\n".join(lines[1 : fences[1]])
    body = "\n".join(lines[fences[1] + 1 :])
    return FrontMatter(header=parse_toml(header), body=body.strip())


def split_sections(body: str) -> Sections:
    """Take prose apart at its second-level headings.

    >>> split_sections("Lead.\\n\\n## First\\nText.").sections
    (Section(title='First', markdown='Text.'),)
    """
    lead, *parts = _SECTION.split(body)
    titles, texts = parts[::2], parts[1::2]
    return Sections(
        lead=lead.strip(),
        sections=tuple(
            Section(title=title, markdown=text.strip()) for title, text in zip(titles, texts, strict=True)
        ),
    )
