"""Meeting edits of one text, merged line by line, and the difference of two texts in words.

Pure: text in, frozen dataclass out, nothing but the standard library. Lines are matched by the patience method (lines
that stand once in both texts hold the rest in place), so that the cost stays near the length of the texts whatever is
written in them; `difflib` compares only the short stretches in between.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

_SMALL = 40_000  # pairs of lines or words: beyond that, `difflib` could take seconds on what somebody made for it
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Match = tuple[int, int]
Stretch = tuple[list[str], list[str], list[str]]


@dataclass(frozen=True)
class Clash:
    """A stretch that both changed in different ways; each part is whole lines, perhaps none."""

    base: str
    mine: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """What two edits give together. Of each conflict, `text` holds both versions, mine first, and `mine` only mine."""

    text: str
    mine: str
    conflicts: tuple[Clash, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether the two edits did not touch each other."""
        return not self.conflicts


class PieceKind(StrEnum):
    """What became of some words."""

    EQUAL = "equal"
    INSERT = "insert"
    DELETE = "delete"


@dataclass(frozen=True)
class Piece:
    """Some words that stayed, came or went together."""

    kind: PieceKind
    text: str


def merge(base: str, mine: str, theirs: str) -> Merged:
    r"""Merge two edits that began from the same text.

    base: the text both began from. mine, theirs: what each made of it. Lines end with a line feed. Edits that touch
    the same line or neighboring lines clash: nothing is guessed. Nothing that either wrote is ever left out.

    >>> merge("one\ntwo\nthree", "ONE\ntwo\nthree", "one\ntwo\nTHREE").text
    'ONE\ntwo\nTHREE'
    >>> merge("one", "uno", "eins").conflicts
    (Clash(base='one', mine='uno', theirs='eins'),)
    """
    lines: list[str] = []
    own: list[str] = []
    clashes: list[Clash] = []
    for old, ours, others in _stretches(base.split("\n"), mine.split("\n"), theirs.split("\n")):
        if ours in (others, old):
            lines += others
            own += others
        elif others == old:
            lines += ours
            own += ours
        else:
            clashes.append(Clash(*("\n".join(part) for part in (old, ours, others))))
            lines += [*ours, *others]
            own += ours
    return Merged("\n".join(lines), "\n".join(own), tuple(clashes))


def merge_line(base: str, mine: str, theirs: str) -> str | None:
    """Merge two edits of something that is one whole, such as a title; None when both changed it.

    >>> merge_line("Stock", "Naloxone stock", "Stock")
    'Naloxone stock'
    """
    if mine in (theirs, base):
        return theirs
    return mine if theirs == base else None


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return what went and what came between two texts, word by word, in reading order.

    The pieces that are not insertions make the old text, those that are not deletions the new one.

    >>> [piece.text for piece in word_diff("Call Ana first", "Call Ben first") if piece.kind is PieceKind.INSERT]
    ['Ben']
    """
    joined = groupby(_joined(_changes(old, new)), key=attrgetter("kind"))
    return tuple(Piece(kind, "".join(piece.text for piece in pieces)) for kind, pieces in joined)


def _changes(old: str, new: str) -> Iterator[Piece]:
    """Compare line by line first: words are compared only where lines differ."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for gone, come, same in _gaps(before, after):
        was, now = _WORDS.findall("".join(before[gone])), _WORDS.findall("".join(after[come]))
        for left, arrived, kept in _gaps(was, now):
            yield Piece(PieceKind.DELETE, "".join(was[left]))
            yield Piece(PieceKind.INSERT, "".join(now[arrived]))
            yield Piece(PieceKind.EQUAL, "".join(was[kept]))
        yield Piece(PieceKind.EQUAL, "".join(before[same]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Put neighbors of one kind together; a blank that stays between two changes changes with them."""
    kept = [piece for piece in pieces if piece.text]
    gone = come = ""
    for number, piece in enumerate(kept):
        is_between = 0 < number < len(kept) - 1 and (gone or come)
        if piece.kind is PieceKind.EQUAL and not (is_between and piece.text == " "):
            yield from _change(gone, come)
            gone = come = ""
            yield piece
            continue
        gone += "" if piece.kind is PieceKind.INSERT else piece.text
        come += "" if piece.kind is PieceKind.DELETE else piece.text
    yield from _change(gone, come)


def _change(gone: str, come: str) -> Iterator[Piece]:
    """Yield a change; blanks at the end of both stay."""
    tail = ""
    while gone and come and gone[-1] == come[-1] and gone[-1].isspace():
        gone, come, tail = gone[:-1], come[:-1], gone[-1] + tail
    if gone:
        yield Piece(PieceKind.DELETE, gone)
    if come:
        yield Piece(PieceKind.INSERT, come)
    if tail:
        yield Piece(PieceKind.EQUAL, tail)


def _gaps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[slice, slice, slice]]:
    """Yield what differs before each matching run, and the run: slices of the old, the new and the old again."""
    i = j = 0
    for start, end, there in _runs(_matches(old, new)):
        yield slice(i, start), slice(j, there), slice(start, end)
        i, j = end, there + end - start
    yield slice(i, len(old)), slice(j, len(new)), slice(len(old), len(old))


def _runs(matches: Sequence[Match]) -> Iterator[tuple[int, int, int]]:
    """Yield runs of neighbors that match: where they begin and end in the old, and where they begin in the new."""
    start = 0
    for number in range(1, len(matches) + 1):
        i, j = matches[number - 1]
        if number == len(matches) or matches[number] != (i + 1, j + 1):
            yield matches[start][0], i + 1, matches[start][1]
            start = number


def _stretches(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[Stretch]:
    """Cut three texts at the lines that all of them kept; lines between are stretches that somebody changed."""
    ours, others = dict(_matches(base, mine)), dict(_matches(base, theirs))
    i = j = k = 0
    for line in range(len(base)):
        if line in ours and line in others:
            if (line, ours[line], others[line]) != (i, j, k):
                yield base[i:line], mine[j : ours[line]], theirs[k : others[line]]
            i, j, k = line + 1, ours[line] + 1, others[line] + 1
            yield [base[line]], [base[line]], [base[line]]
    if (i, j, k) != (len(base), len(mine), len(theirs)):
        yield base[i:], mine[j:], theirs[k:]


def _matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """Return pairs of places that hold the same in both, rising in both."""
    found: list[Match] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        i, old_end, j, new_end = waiting.pop()
        while i < old_end and j < new_end and old[i] == new[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        while i < old_end and j < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
            found.append((old_end, new_end))
        anchors = _anchors(old[i:old_end], new[j:new_end])
        if anchors:
            for at, there in [(i + at, j + there) for at, there in anchors]:
                waiting.append((i, at, j, there))
                found.append((at, there))
                i, j = at + 1, there + 1
            waiting.append((i, old_end, j, new_end))
        else:
            found += _matches_between(old[i:old_end], new[j:new_end], i, j)
    return sorted(found)


def _matches_between(old: Sequence[str], new: Sequence[str], i: int, j: int) -> list[Match]:
    if len(old) * len(new) > _SMALL:
        return []
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return [(i + block.a + n, j + block.b + n) for block in blocks for n in range(block.size)]


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    """Return the longest rising row of things that stand exactly once in each of the two stretches."""
    n_old, n_new = Counter(old), Counter(new)
    place = {each: there for there, each in enumerate(new) if n_new[each] == 1}
    pairs = [(at, place[each]) for at, each in enumerate(old) if n_old[each] == 1 and each in place]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[Match]) -> list[Match]:
    ends: list[int] = []  # the smallest end of a row of each length
    last: list[int] = []  # which pair that is
    before: list[int] = []
    for number, (_at, there) in enumerate(pairs):
        length = bisect_left(ends, there)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [there]
        last[length : length + 1] = [number]
    row: list[Match] = []
    number = last[-1] if last else -1
    while number >= 0:
        row.append(pairs[number])
        number = before[number]
    return row[::-1]
