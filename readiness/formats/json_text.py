"""JSON from outside: bounded in depth, without names twice, without numbers that are none."""

import json
from typing import Any, Final

from readiness.formats.errors import Flaw, FormatRefused

MOST_LEVELS: Final = 40


def parse_json(text: str) -> Any:
    """Read a JSON text. Raises FormatRefused: NOT_JSON, TOO_DEEP beyond MOST_LEVELS, KEY_TWICE.

    >>> parse_json('{"a": [1, 2.5, null]}')
    {'a': [1, 2.5, None]}
    """
    if _depth(text) > MOST_LEVELS:
        raise FormatRefused(Flaw.TOO_DEEP)
    try:
        return json.loads(text, object_pairs_hook=_table, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise FormatRefused(Flaw.NOT_JSON, str(error)) from None


def _depth(text: str) -> int:
    """Return how deep brackets are nested; those within texts count too much only where a text is full of them."""
    deepest = depth = 0
    is_text = is_escaped = False
    for letter in text:
        if is_text:
            is_text, is_escaped = letter != '"' or is_escaped, letter == "\\" and not is_escaped
        elif letter == '"':
            is_text = True
        elif letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]}":
            depth -= 1
    return deepest


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _value in pairs]
        raise FormatRefused(Flaw.KEY_TWICE, next(name for name in names if names.count(name) > 1))
    return table


def _no_number(text: str) -> Any:
    raise FormatRefused(Flaw.NOT_JSON, text)
