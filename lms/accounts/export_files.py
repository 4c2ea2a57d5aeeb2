"""The file with a person's own copy: everything as JSON, with a page of words about it."""

import json
import secrets
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

EXPORTS = "exports"
ABOUT = "about.txt"
DATA = "data.json"

Sections = Mapping[str, list[Mapping[str, Any]]]


def gathered(answers: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]) -> Sections:
    """Put what the slices answered under their names; two answers under one name stand together.

    >>> gathered([("teams", [{"name": "Door"}]), ("roles", []), ("teams", [{"name": "Night"}])])
    {'teams': [{'name': 'Door'}, {'name': 'Night'}], 'roles': []}
    """
    sections: dict[str, list[Mapping[str, Any]]] = {}
    for name, rows in answers:
        sections.setdefault(str(name), []).extend(rows)
    return sections


def packed(sections: Sections, about: str, made_at: datetime) -> bytes:
    """Return the copy as a zip file."""
    said = {"made_at": made_at.isoformat(), "sections": sections}
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(ABOUT, about)
        archive.writestr(DATA, json.dumps(said, default=_plain, ensure_ascii=False, indent=1))
    return file.getvalue()


def new_name() -> str:
    """Return a name that nobody guesses, and that says nothing about whose copy it is."""
    return f"{secrets.token_hex(16)}.zip"


def sweep(folder: Path, kept: set[str], before: datetime) -> int:
    """Delete files that no row knows; young ones stay, for their row may be on its way."""
    gone = 0
    for path in folder.glob("*") if folder.is_dir() else ():
        if path.name not in kept and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
