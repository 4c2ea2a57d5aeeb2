"""The parts of a knowledge check: questions, their options and the reason beside every option."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from assessments.errors import UnknownOption

LANGUAGES: Final = ("en", "es")

Localized: TypeAlias = Mapping[str, str]
"""One text in every language of the site: exactly the keys of LANGUAGES."""


class QuestionKind(StrEnum):
    """How many options a person may choose."""

    ONE = "one"
    MANY = "many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One possible answer. `reason` says why it is right or wrong and is shown after answering."""

    slug: str
    is_correct: bool
    text: Localized
    reason: Localized


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question with its key.

    `lesson` is the reading lesson to read again after a wrong answer. `is_practice` questions appear inside lessons and
    never count. `is_own` marks a fact still to be confirmed by a clinician.
    """

    slug: str
    objective: str
    lesson: str
    kind: QuestionKind
    is_practice: bool
    sources: tuple[str, ...]
    is_own: bool
    stem: Localized
    options: tuple[Option, ...]

    @property
    def correct_slugs(self) -> frozenset[str]:
        """The options that must be chosen, all of them and no other."""
        return frozenset(option.slug for option in self.options if option.is_correct)

    def get_option(self, slug: str) -> Option:
        """Return the option with that slug; raises UnknownOption."""
        for option in self.options:
            if option.slug == slug:
                return option
        raise UnknownOption(self.slug, slug)
