"""How a prose file is opened: its TOML header between `+++` lines, the sections of its prose, its translations.

Pure: text in, frozen dataclass out. Every reader of content in `lms` refuses a file with the same error, ContentError.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assessments.errors import FieldRefused, InvalidBank
from assessments.fields import MOST_CHARACTERS, Fields, Provenance, parse_toml, provenance_as_document
from assessments.items import LANGUAGES, Localized
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
class TextSection:
    """What stands below one second-level heading."""

    title: str
    markdown: str


@dataclass(frozen=True)
class TextSections:
    """Prose taken apart at its second-level headings; `lead` stands above the first."""

    lead: str
    sections: tuple[TextSection, ...]


@dataclass(frozen=True)
class Manuscript:
    """One language of a prose file. `fields` still holds the header's further keys: read them, then `finish`."""

    file: str
    fields: Fields
    title: str
    summary: str
    sources: tuple[str, ...]
    provenance: Provenance
    lead: str
    sections: tuple[TextSection, ...]


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


def split_sections(body: str) -> TextSections:
    """Take prose apart at its second-level headings.

    >>> split_sections("Lead.\\n\\n## First\\nText.").sections
    (TextSection(title='First', markdown='Text.'),)
    """
    lead, *parts = _SECTION.split(body)
    titles, texts = parts[::2], parts[1::2]
    return TextSections(
        lead=lead.strip(),
        sections=tuple(
            TextSection(title=title, markdown=text.strip()) for title, text in zip(titles, texts, strict=True)
        ),
    )


def read_translations(path: Path) -> Mapping[str, Manuscript]:
    """Open `NAME.md` and its translations `NAME.<language>.md`, by language.

    Raises ContentError when one is missing or broken, or when they differ in version, licence, sources or in the
    number of sections.
    """
    original, *others = LANGUAGES
    manuscripts = {original: _read_manuscript(path)}
    for language in others:
        manuscript = _read_manuscript(path.with_suffix(f".{language}.md"))
        _refuse_difference(manuscripts[original], manuscript)
        manuscripts[language] = manuscript
    return manuscripts


def in_all_languages(manuscripts: Mapping[str, Manuscript], text_of: Callable[[Manuscript], str]) -> Localized:
    """Collect one text from all translations."""
    return {language: text_of(manuscript) for language, manuscript in manuscripts.items()}


def header_as_document(manuscripts: Mapping[str, Manuscript]) -> dict[str, object]:
    """Write what all prose files declare as a JSON-able table: title, summary, sources, provenance by language."""
    return {
        "title": in_all_languages(manuscripts, lambda each: each.title),
        "summary": in_all_languages(manuscripts, lambda each: each.summary),
        "sources": list(manuscripts[LANGUAGES[0]].sources),
        "provenance": provenances_as_document({language: each.provenance for language, each in manuscripts.items()}),
    }


def provenances_as_document(provenances: Mapping[str, Provenance]) -> dict[str, object]:
    """Write the provenance of each language as a JSON-able table."""
    return {language: provenance_as_document(provenance) for language, provenance in provenances.items()}


def read_provenances(fields: Fields) -> Mapping[str, Provenance]:
    """Read back what `provenances_as_document` wrote; raises FieldRefused."""
    provenances = {language: _read_provenance(fields.table(language)) for language in LANGUAGES}
    fields.finish()
    return provenances


def _read_provenance(fields: Fields) -> Provenance:
    provenance = fields.provenance()
    fields.finish()
    return provenance


def _read_manuscript(path: Path) -> Manuscript:
    with reading(path.name):
        opened = split_front_matter(read_text(path))
        fields = Fields(opened.header)
        text = split_sections(opened.body)
        return Manuscript(
            file=path.name,
            fields=fields,
            title=fields.text("title"),
            summary=fields.text("summary"),
            sources=fields.slugs("sources"),
            provenance=fields.provenance(),
            lead=text.lead,
            sections=text.sections,
        )


def _refuse_difference(original: Manuscript, translation: Manuscript) -> None:
    compared = {
        "version": (original.provenance.version, translation.provenance.version),
        "licence": (original.provenance.licence, translation.provenance.licence),
        "sources": (set(original.sources), set(translation.sources)),
        "sections": (len(original.sections), len(translation.sections)),
    }
    for field, (first, second) in compared.items():
        if first != second:
            raise ContentError(translation.file, field, f"differs from {original.file}: {second} instead of {first}")
