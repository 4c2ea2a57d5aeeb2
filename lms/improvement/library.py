"""The change library on plain values: what is searched for, what tests of an idea add up to, and words in short."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lms.improvement.drivers import TESTED, TESTING
from lms.improvement.rules import CycleState, Decision

MOST_WORDS: Final = 8
LONGEST_SENTENCE: Final = 220
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")


class Origin(StrEnum):
    """Whose idea it is, as the list filters."""

    PACKAGE = "package"
    SHARED = "shared"
    TEAM = "team"


def search_words(typed: str) -> tuple[str, ...]:
    """Return the words to look for, at most eight; what is no word is left out.

    >>> search_words('  Naloxone, "at  the door" ')
    ('Naloxone', 'at', 'the', 'door')
    """
    return tuple(re.findall(r"\w+", typed.replace("\0", " ")[:200])[:MOST_WORDS])


def plain(text: str) -> str:
    """Return text in lower case without accents.

    >>> plain("Inicio el mismo DÍA")
    'inicio el mismo dia'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def holds_all(text: str, words: Iterable[str]) -> bool:
    """Say whether a text holds every word, in any order."""
    held = plain(text)
    return all(plain(word) in held for word in words)


def first_sentence(text: str) -> str:
    """Return the first sentence of what was written, cut at a word when it is long.

    >>> first_sentence("Calls help. We go on.")
    'Calls help.'
    """
    sentence = " ".join(_SENTENCE_END.split(text.strip(), maxsplit=1)[0].split())
    if len(sentence) <= LONGEST_SENTENCE:
        return sentence
    cut = sentence[:LONGEST_SENTENCE]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut else cut} …"


@dataclass(frozen=True)
class Outcomes:
    """What the tests of an idea came to. Each test counts: an idea that was adopted may have been abandoned before."""

    n_adopted: int = 0
    n_adapted: int = 0
    n_abandoned: int = 0
    n_under_way: int = 0
    n_teams: int = 0

    @property
    def n_tests(self) -> int:
        """Tests that were begun."""
        return self.n_adopted + self.n_adapted + self.n_abandoned + self.n_under_way


def add_up(tests: Iterable[tuple[int, CycleState, Decision | None, int]]) -> Outcomes:
    """Add up tests: their team, state, decision, and how many of them there are."""
    sums = dict.fromkeys(Decision, 0)
    n_under_way, teams = 0, set()
    for team_id, state, decision, number in tests:
        if state not in TESTED:
            continue
        teams.add(team_id)
        if decision is not None and state not in TESTING:
            sums[decision] += number
        else:
            n_under_way += number
    return Outcomes(
        n_adopted=sums[Decision.ADOPT],
        n_adapted=sums[Decision.ADAPT],
        n_abandoned=sums[Decision.ABANDON],
        n_under_way=n_under_way,
        n_teams=len(teams),
    )
