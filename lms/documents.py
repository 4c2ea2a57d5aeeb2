"""Hashes of published documents: of the whole, and of what one language says.

A clinician signs one language's text. The signature must fall with any change of that text or of what it means (a key,
a source, what follows from a choice) and must outlive a change of the other language, a new version number, a review.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from assessments.items import LANGUAGES

_BOOKKEEPING: Final = frozenset({"version", "licence", "source", "reviewed_on", "reviewed_by"})


def document_hash(document: Mapping[str, object]) -> str:
    """Return the SHA-256 of a JSON-able document, in hexadecimal; the order of keys does not matter.

    >>> document_hash({"a": 1, "b": 2}) == document_hash({"b": 2, "a": 1})
    True
    """
    return _sha256(_canonical(document))


def language_text(document: Mapping[str, object], language: str) -> str:
    """Return what a document says in one language, as canonical JSON without its bookkeeping.

    >>> language_text({"version": "1.0.0", "title": {"en": "Wait", "es": "Espere"}, "correct": True}, "es")
    '{"correct":true,"title":"Espere"}'
    """
    return _canonical(_in_language(document, language))


def language_hash(document: Mapping[str, object], language: str) -> str:
    """Return the SHA-256 of what a document says in one language, in hexadecimal."""
    return _sha256(language_text(document, language))


def _in_language(value: object, language: str) -> object:
    if isinstance(value, Mapping):
        if set(value) == set(LANGUAGES):
            return _in_language(value[language], language)
        return {key: _in_language(each, language) for key, each in value.items() if key not in _BOOKKEEPING}
    if isinstance(value, list):
        return [_in_language(each, language) for each in value]
    return value


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
