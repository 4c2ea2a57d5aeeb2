"""What people type into the search box, made into a harmless query; and the passage that shows why a text was found.

No query language of an engine ever sees people's words: here they become words, "phrases" and beginnings (`nalox*`).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain, takewhile

MOST_CHARACTERS = 200
MOST_TERMS = 10
SHORTEST_BEGINNING = 3
SNIPPET_CHARACTERS = 180
MOST_FOLDED = 256
MOST_STEMS = 4_096


class _Folds(dict[int, str]):
    """What each letter becomes, worked out at its first use."""

    def __missing__(self, letter: int) -> str:
        plain = unicodedata.normalize("NFD", chr(letter))[0].lower()
        self[letter] = plain if len(plain) == 1 else chr(letter)
        return self[letter]


_FOLDS = _Folds()
_TERM = re.compile(r'"([^"]{1,200})"|(\S+)')
_WORD = re.compile(r"\w+")
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|e)$")


class TermKind(StrEnum):
    """How a term is looked for."""

    WORD = "word"
    PHRASE = "phrase"
    BEGINNING = "beginning"


@dataclass(frozen=True)
class Term:
    """One thing that must be found; `words` are folded: lower case, without accents."""

    kind: TermKind
    words: tuple[str, ...]


@dataclass(frozen=True)
class Piece:
    """A part of a snippet."""

    text: str
    is_marked: bool = False


def fold(text: str) -> str:
    """Return text in lower case without accents, letter for letter (`ñ` becomes `n`)."""
    return text.translate(_FOLDS)


@lru_cache(maxsize=MOST_FOLDED)  # the same texts are found again and again
def _folded(body: str) -> str:
    return fold(body)


def parse_query(typed: str) -> tuple[Term, ...]:
    """Return the terms of what somebody typed; nothing usable gives no terms."""
    terms = []
    for phrase, word in _TERM.findall(typed.replace("\0", " ")[:MOST_CHARACTERS]):
        words = tuple(_WORD.findall(fold(phrase or word)))
        if not words:
            continue
        if not phrase and word.endswith("*") and len(words) == 1 and len(words[0]) >= SHORTEST_BEGINNING:
            terms.append(Term(TermKind.BEGINNING, words))
        elif len(words) > 1:
            terms.append(Term(TermKind.PHRASE, words))
        else:
            terms.append(Term(TermKind.WORD, words))
    return tuple(terms[:MOST_TERMS])


def snippet(body: str, terms: Sequence[Term]) -> tuple[Piece, ...]:
    """Return the passage around the first found word, with every found word marked."""
    stems = {_stem(word) for term in terms for word in term.words}
    likely = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(stems)))})\w*")
    matches = likely.finditer(_folded(body))
    found = (match for match in matches if _stem(match[0]) in stems or _begins(match[0], terms))
    first = next(found, None)
    start, end = _window(body, first.start() if first else 0)
    pieces, place = [], start
    for match in takewhile(lambda match: match.end() <= end, chain(filter(None, [first]), found)):
        pieces += [Piece(body[place : match.start()]), Piece(body[match.start() : match.end()], is_marked=True)]
        place = match.end()
    pieces.append(Piece(body[place:end]))
    opening, closing = ("… " if start else ""), (" …" if end < len(body) else "")
    shown = [Piece(opening), *pieces, Piece(closing)]
    return tuple(piece for piece in shown if piece.text)


def _begins(word: str, terms: Sequence[Term]) -> bool:
    return any(term.kind is TermKind.BEGINNING and word.startswith(term.words[0]) for term in terms)


@lru_cache(maxsize=MOST_STEMS)
def _stem(word: str) -> str:
    """Cut the commonest endings, enough to mark "doses" for "dose"; the engines stem for themselves."""
    return _ENDING.sub("", word)


def _window(body: str, place: int) -> tuple[int, int]:
    start = max(0, place - SNIPPET_CHARACTERS // 3)
    end = min(len(body), start + SNIPPET_CHARACTERS)
    while start > 0 and not body[start - 1].isspace():
        start -= 1
    while end < len(body) and not body[end].isspace():
        end += 1
    return start, end
