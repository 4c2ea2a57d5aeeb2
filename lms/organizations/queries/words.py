"""Finding words in columns."""

from typing import Any

from sqlalchemy import ColumnElement, or_


def has_words(words: str, *columns: Any) -> ColumnElement[bool]:
    """Match in any case; SQLite folds only English letters, so the usual ways of writing a name are tried as well."""
    written = {words.lower(), words.upper(), words.title()}
    return or_(*(column.icontains(way, autoescape=True) for column in columns for way in sorted(written)))
