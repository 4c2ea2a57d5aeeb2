"""Compiled translations: made beside their sources when those are newer, so that nobody has to remember it."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from lms.errors import CommonsError

READABLE = 0o644  # part of the program, not of the site's data
TRANSLATIONS = Path(__file__).parent.parent / "translations"


class CannotCompile(CommonsError):
    """Translations are newer than what is compiled, and the folder cannot be written."""


def compile_stale(folder: Path = TRANSLATIONS) -> list[str]:
    """Compile every catalogue that is newer than its compiled file; return their languages."""
    stale = [source for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        _compile(source)
    return [source.parent.parent.name for source in stale]


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime_ns < source.stat().st_mtime_ns


def _compile(source: Path) -> None:
    with source.open("rb") as file:
        catalog = read_po(file, locale=source.parent.parent.name)
    scratch = source.with_suffix(f".mo.{os.getpid()}")
    try:
        with scratch.open("wb") as file:
            write_mo(file, catalog)
        scratch.chmod(READABLE)
        scratch.replace(source.with_suffix(".mo"))
    except OSError as error:
        raise CannotCompile(f"The translation {source.name} cannot be compiled here: {error.strerror}.") from error
