"""All that stands in `content/`, read once by the strict readers, and its texts one by one."""

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assessments.items import LANGUAGES
from lms.home.catalog import Page, page_as_document, read_pages
from lms.improvement.catalog import ChangePackage, package_as_document, parse_package
from lms.playbooks.catalog import read_templates
from lms.readiness.services.publishing import read_instruments
from lms.training.catalog import course_as_document, read_course
from lms.training.courses import Course
from readiness.instruments import Instrument, instrument_as_document

CONTENT = Path(__file__).parents[2] / "content"


@dataclass(frozen=True)
class Text:
    """One text in one language. `place` names it: `courses/x lessons.2.screens.1.markdown`."""

    place: str
    language: str
    text: str


@cache
def courses() -> tuple[Course, ...]:
    folders = [folder for folder in sorted((CONTENT / "courses").iterdir()) if folder.is_dir()]
    return tuple(read_course(folder) for folder in folders)


@cache
def pages() -> tuple[Page, ...]:
    return read_pages(CONTENT / "pages")


@cache
def instruments() -> tuple[Instrument, ...]:
    return tuple(read_instruments(CONTENT))


@cache
def change_packages() -> tuple[ChangePackage, ...]:
    files = sorted((CONTENT / "change-packages").glob("*.toml"))
    return tuple(parse_package(file.read_text(encoding="utf-8"), file=file.name) for file in files)


@cache
def sources() -> dict[str, dict[str, Any]]:
    return tomllib.loads((CONTENT / "sources.toml").read_text(encoding="utf-8"))


@cache
def glossary() -> dict[str, Any]:
    return tomllib.loads((CONTENT / "glossary.toml").read_text(encoding="utf-8"))


@cache
def texts() -> tuple[Text, ...]:
    """Every text for people in courses, pages, instruments and change packages, in both languages."""
    documents = {f"courses/{course.slug}": course_as_document(course) for course in courses()}
    documents |= {f"pages/{page.slug}": page_as_document(page) for page in pages()}
    documents |= {f"playbooks/{template.slug}": asdict(template) for template in read_templates(CONTENT / "playbooks")}
    documents |= {f"instruments/{each.slug}": instrument_as_document(each) for each in instruments()}
    documents |= {f"change-packages/{each.slug}": package_as_document(each) for each in change_packages()}
    return tuple(text for place, document in documents.items() for text in _texts_in(document, place))


def _texts_in(value: object, place: str) -> Iterator[Text]:
    if isinstance(value, dict) and set(value) == set(LANGUAGES) and isinstance(value["en"], str):
        yield from (Text(place, language, value[language]) for language in LANGUAGES)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts_in(each, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value, start=1):
            name = (each.get("slug") or each.get("key") or number) if isinstance(each, dict) else number
            yield from _texts_in(each, f"{place}.{name}")
