"""What the report of a staff survey is made from, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from readiness.scoring import Answer, AnswerState
from readiness.suppression import MINIMUM_GROUP


@dataclass(frozen=True, slots=True)
class Response:
    """One person's answers as they were given: a value from 1 to 5, or the word of its state."""

    answers: Mapping[str, int | str]
    group_key: str | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the declared cut; its headcount is None where nobody gave it."""

    key: str
    name: str
    headcount: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How much people within one organization differ in one area, over the organizations of the peer set."""

    ms_within: float
    df: int
    n_organizations: int


@dataclass(frozen=True, slots=True)
class EarlierRound:
    """The round before: what was released of it, and the answers that it rests on."""

    round_id: int
    closed_on: date
    document: Mapping[str, Any]
    responses: Sequence[Response] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that a report is computed from. `before` is the newest document of the same round, for late answers.

    `named_scores` is what leaders or the team said about areas with the same keys.
    """

    responses: Sequence[Response]
    headcount: int
    minimum: int = MINIMUM_GROUP
    cut: str = "none"
    groups: Sequence[Group] = ()
    comments: Sequence[str] = ()
    change_name: str | None = None
    is_pooled: bool = False
    earlier: EarlierRound | None = None
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    named_scores: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None


def read_answers(said: Mapping[str, int | str]) -> dict[str, Answer]:
    """Read stored answers; raises ValueError for a word that is no state."""
    return {key: _WORDS[value] if isinstance(value, str) else value for key, value in said.items()}


_WORDS: Mapping[str, Any] = {state.value: state for state in AnswerState}
