"""Keeps the translations whole: `update` brings new sentences into the catalogue, `missing` lists what is untranslated.

Every sentence that people see is marked in Python or in a template; the Spanish catalogue must hold exactly these.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SPANISH = ROOT / "lms" / "translations" / "es" / "LC_MESSAGES" / "messages.po"
METHODS = [("lms/**.py", "python"), ("templates/**.html", "jinja2"), ("templates/**.txt", "jinja2")]
# `label` and the like are lazy_gettext under the name a module gives it.
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_l": None, "pgettext": ((1, "c"), 2)}
OPTIONS = {"templates/**.html": {"silent": "false"}, "templates/**.txt": {"silent": "false"}}


def extract() -> Catalog:
    """Return every marked sentence of the source."""
    catalog = Catalog(project="coalition-commons")
    for folder in ("lms", "templates"):
        found = extract_from_dir(
            ROOT / folder,
            method_map=[(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS],
            options_map={pattern.removeprefix(f"{folder}/"): options for pattern, options in OPTIONS.items()},
            keywords=KEYWORDS,
        )
        for path, line, message, comments, context in found:
            catalog.add(message, None, [(f"{folder}/{path}", line)], auto_comments=comments, context=context)
    return catalog


def read_spanish() -> Catalog:
    """Return the Spanish catalogue, empty where there is none yet."""
    if not SPANISH.exists():
        return Catalog(locale="es", project="coalition-commons")
    with SPANISH.open("rb") as file:
        return read_po(file, locale="es")


def update() -> None:
    """Bring new sentences into the Spanish catalogue and drop those that are gone; guess nothing."""
    spanish = read_spanish()
    spanish.update(extract(), no_fuzzy_matching=True, keep_user_comments=True)
    spanish.obsolete.clear()
    SPANISH.parent.mkdir(parents=True, exist_ok=True)
    with SPANISH.open("wb") as file:
        write_po(file, spanish, width=120, no_location=True, omit_header=False, sort_output=True)


def missing() -> Iterator[Message]:
    """Yield the messages without a whole translation."""
    spanish = read_spanish()
    for message in extract():
        if not message.id:
            continue
        held = spanish.get(message.id, message.context)
        strings = held.string if held is not None and isinstance(held.string, tuple) else (held.string if held else "",)
        if held is None or held.fuzzy or not all(strings):
            yield message


if __name__ == "__main__":
    if sys.argv[1:] == ["update"]:
        update()
    for each in missing():
        print(each.id)
