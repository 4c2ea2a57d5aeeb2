"""When a question is asked: the small grammar of REDCap's branching logic, read into a tree.

    branch     := all ("or" all)*
    all        := term ("and" term)*
    term       := "(" branch ")" | field operator literal
    field      := "[" name "]" | "[" name "(" code ")" "]"
    operator   := "=" | "<>" | "!=" | ">" | ">=" | "<" | "<="
    literal    := 'text' | "text" | number

Functions, smart variables and fields of other events are not in it: they are refused with the place they stand at.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from readiness.formats.errors import Flaw, FormatRefused

MOST_CHARACTERS: Final = 4_000
MOST_LEVELS: Final = 20

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<field>\[\s*(?P<name>[a-z][a-z0-9_]*)\s*(?:\(\s*(?P<code>[^()\[\]\s]+)\s*\))?\s*\])
    | (?P<operator><>|!=|>=|<=|=|>|<)
    | (?P<literal>'[^']*'|"[^"]*"|-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
    | (?P<word>and\b|or\b|&&|\|\|)
    | (?P<mark>[()])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_AND: Final = frozenset({"and", "&&"})
_OR: Final = frozenset({"or", "||"})


class Operator(StrEnum):
    """How an answer is compared."""

    EQUAL = "="
    UNEQUAL = "<>"
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. code: the box of a checkbox field that is asked for, None for every other field."""

    field: str
    operator: Operator
    value: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is; at least two."""

    parts: "tuple[Branch, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is; at least two."""

    parts: "tuple[Branch, ...]"


Branch: TypeAlias = Condition | AllOf | AnyOf


def parse_branching(text: str) -> Branch:
    """Read branching logic into a tree.

    text: not blank, at most MOST_CHARACTERS. Raises FormatRefused (BAD_BRANCHING with the place that is not understood,
    TOO_DEEP beyond MOST_LEVELS of parentheses).

    >>> parse_branching("[a] = '1' and [b(2)] <> '0'").parts[1]
    Condition(field='b', operator=<Operator.UNEQUAL: '<>'>, value='0', code='2')
    """
    if len(text) > MOST_CHARACTERS:
        raise FormatRefused(Flaw.BAD_BRANCHING, text)
    reader = _Reader(text)
    branch = reader.branch(0)
    if not reader.is_over:
        raise reader.refused()
    return branch


def write_branching(branch: Branch) -> str:
    """Write a tree as branching logic; `parse_branching` gives the same tree back.

    branch: no value holds both kinds of quotation marks.

    >>> write_branching(AnyOf((Condition("a", Operator.MORE, "2"), Condition("b", Operator.EQUAL, "1", code="3"))))
    "[a] > '2' or [b(3)] = '1'"
    """
    if isinstance(branch, Condition):
        name = branch.field if branch.code is None else f"{branch.field}({branch.code})"
        mark = '"' if "'" in branch.value else "'"
        return f"[{name}] {branch.operator.value} {mark}{branch.value}{mark}"
    word = " and " if isinstance(branch, AllOf) else " or "
    written = ((part, write_branching(part)) for part in branch.parts)
    return word.join(text if isinstance(part, Condition) else f"({text})" for part, text in written)


def fields_of(branch: Branch) -> Iterator[str]:
    """Yield the fields a tree asks about, in order, perhaps several times.

    >>> list(fields_of(parse_branching("[a] = '1' or ([b] = '2' and [a] = '3')")))
    ['a', 'b', 'a']
    """
    if isinstance(branch, Condition):
        yield branch.field
        return
    for part in branch.parts:
        yield from fields_of(part)


def find_cycle(asks: Mapping[str, AbstractSet[str]]) -> tuple[str, ...] | None:
    """Return fields that wait for each other, the first one again at the end, or None.

    asks: field → the fields its branching asks about; unknown ones count for nothing. Always the same cycle is found.

    >>> find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}})
    ('b', 'c', 'b')
    """
    done: set[str] = set()
    for start in asks:
        path: dict[str, None] = {}  # in order, and quick to look in
        waiting = [(start, False)]
        while waiting:
            name, is_left = waiting.pop()
            if is_left:
                done.add(path.popitem()[0])
            elif name in path:
                names = list(path)
                return (*names[names.index(name) :], name)
            elif name not in done and name in asks:
                path[name] = None
                waiting.append((name, True))
                waiting.extend((asked, False) for asked in sorted(asks[name], reverse=True))
    return None


class _Reader:
    """Reads one text, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._place = 0
        self._next = self._look()

    @property
    def is_over(self) -> bool:
        return self._place >= len(self._text)

    def refused(self) -> FormatRefused:
        return FormatRefused(Flaw.BAD_BRANCHING, self._text[self._place :] or self._text)

    def branch(self, level: int) -> Branch:
        parts = [self._all(level)]
        while self._takes_word(_OR):
            parts.append(self._all(level))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self, level: int) -> Branch:
        parts = [self._term(level)]
        while self._takes_word(_AND):
            parts.append(self._term(level))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _term(self, level: int) -> Branch:
        if self._takes_mark("("):
            if level >= MOST_LEVELS:
                raise FormatRefused(Flaw.TOO_DEEP, self._text)
            branch = self.branch(level + 1)
            if not self._takes_mark(")"):
                raise self.refused()
            return branch
        field = self._take("field")
        operator = self._take("operator")["operator"].replace("!=", "<>")
        literal = self._take("literal")["literal"]
        value = literal[1:-1] if literal[0] in "'\"" else literal
        return Condition(field["name"].lower(), Operator(operator), value, field["code"])

    def _take(self, kind: str) -> re.Match[str]:
        token = self._next
        if token is None or token[kind] is None:
            raise self.refused()
        self._go_on(token)
        return token

    def _takes_word(self, words: AbstractSet[str]) -> bool:
        return self._takes("word", words)

    def _takes_mark(self, mark: str) -> bool:
        return self._takes("mark", {mark})

    def _takes(self, kind: str, wanted: AbstractSet[str]) -> bool:
        token = self._next
        if token is None or token[kind] is None or token[kind].lower() not in wanted:
            return False
        self._go_on(token)
        return True

    def _go_on(self, token: re.Match[str]) -> None:
        self._place = token.end()
        self._next = self._look()

    def _look(self) -> re.Match[str] | None:
        return _TOKEN.match(self._text, self._place)
