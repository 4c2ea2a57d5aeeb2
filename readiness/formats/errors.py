"""Why something in an open format cannot be read; the site words each flaw for its readers."""

from enum import StrEnum
from typing import Final

from readiness.errors import ReadinessError

LONGEST_QUOTE: Final = 60


class Flaw(StrEnum):
    """What stands in the way of reading a file at all."""

    EMPTY = "empty"
    NOT_A_DICTIONARY = "not-a-dictionary"
    COLUMN_TWICE = "column-twice"
    NO_NAME = "no-name"
    BAD_NAME = "bad-name"
    NAME_TWICE = "name-twice"
    TOO_MANY_ITEMS = "too-many-items"
    TOO_LONG = "too-long"
    NO_ITEMS = "no-items"
    CYCLE = "cycle"
    BAD_BRANCHING = "bad-branching"
    NOT_JSON = "not-json"
    TOO_DEEP = "too-deep"
    KEY_TWICE = "key-twice"
    WRONG_RESOURCE = "wrong-resource"
    WRONG_SHAPE = "wrong-shape"
    OTHER_QUESTIONNAIRE = "other-questionnaire"
    UNKNOWN_COLUMN = "unknown-column"
    NOT_ONE_ROW = "not-one-row"


class FormatRefused(ReadinessError):
    """A file that cannot be read; `detail` is the piece of it that stands in the way."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        self.flaw = flaw
        self.detail = shorten(detail)
        super().__init__(f"{flaw}: {self.detail}" if detail else flaw.value)


def shorten(text: str) -> str:
    """Return a piece of text that fits into a sentence.

    >>> shorten(" a  short one ")
    'a short one'
    """
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1]}…"
