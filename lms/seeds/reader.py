"""Strict reading of the demonstration's files: a missing, unknown or misspelt field is refused by name."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from assessments.errors import FieldRefused
from assessments.fields import parse_toml
from lms.front_matter import ContentError, read_text

_T = TypeVar("_T")


def read_file(kind: type[_T], path: Path) -> _T:
    """Read a file as one dataclass, table by table; raises ContentError with file, field and reason."""
    try:
        made: _T = _read(kind, parse_toml(read_text(path)), "")
    except FieldRefused as refused:
        raise ContentError(path.name, refused.field, refused.reason) from refused
    return made


def _read(kind: Any, value: Any, at: str) -> Any:
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return _read(next(each for each in get_args(kind) if each is not type(None)), value, at)
    if origin is tuple:
        return tuple(
            _read(get_args(kind)[0], each, f"{at}.{n}") for n, each in enumerate(_of(list, value, at), start=1)
        )
    if origin is Mapping:
        return {key: _read(get_args(kind)[1], each, f"{at}.{key}") for key, each in _of(dict, value, at).items()}
    if is_dataclass(kind):
        return _read_table(kind, _of(dict, value, at), at)
    return _read_plain(kind, value, at)


def _read_plain(kind: Any, value: Any, at: str) -> Any:
    if issubclass(kind, Enum):
        words = [member.value for member in kind]
        if value not in words:
            raise FieldRefused(at, f"{value!r} is none of: {', '.join(words)}")
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    if kind is not bool and isinstance(value, bool):
        raise FieldRefused(at, f"must be {kind.__name__}")
    _of(kind, value, at)
    if kind is not str:
        return value
    if not value.strip():
        raise FieldRefused(at, "must not be blank; leave the line out instead")
    return value.strip()


def _read_table(kind: Any, table: Mapping[str, Any], at: str) -> Any:
    hints, known = get_type_hints(kind), {each.name: each for each in fields(kind)}
    for key in table:
        if key not in known:
            raise FieldRefused(f"{at}.{key}".strip("."), "unknown key")
    for name, each in known.items():
        if name not in table and each.default is MISSING and each.default_factory is MISSING:
            raise FieldRefused(f"{at}.{name}".strip("."), "is missing")
    return kind(**{key: _read(hints[key], value, f"{at}.{key}".strip(".")) for key, value in table.items()})


def _of(kind: type, value: Any, at: str) -> Any:
    if not isinstance(value, kind):
        raise FieldRefused(at.strip("."), f"must be {kind.__name__}")
    return value
