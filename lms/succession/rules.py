"""How sure it is that a critical role goes on: coverage, what depends on one person, and text that is no secret.

Levels as in the continuity plan that the site follows: 0 vacant, 1 one holder, 2 a backup is named, 3 a backup is
trained (a course or module, and shadowing), 4 rehearsed within twelve months. A second holder stands in like a backup.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from typing import Final

MOST_ROLES: Final = 200
"""More open roles than this in one place is a list that nobody keeps true."""

SLOTS: Final = 2
"""How many holders and how many backups a form offers at least: two named backups are the aim."""

MOST_PEOPLE_OF_KIND: Final = 6


class Level(IntEnum):
    """Coverage of a role."""

    VACANT = 0
    HELD = 1
    BACKUP_NAMED = 2
    BACKUP_TRAINED = 3
    REHEARSED = 4


class Tone(StrEnum):
    """How a level is coloured; the word and the icon say the same."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Flaw(StrEnum):
    """What speaks against a text."""

    SECRET = "secret"


@dataclass(frozen=True)
class StandIn:
    """The newest day on which somebody did each thing that lets them step in."""

    person_id: int
    trained_on: date | None = None
    shadowed_on: date | None = None
    rehearsed_on: date | None = None

    @property
    def is_trained(self) -> bool:
        """Whether there is a module and shadowing: one alone is half of it."""
        return self.trained_on is not None and self.shadowed_on is not None

    def has_rehearsed(self, today: date) -> bool:
        """Whether the person stepped in, for real or as an exercise, within the last twelve months."""
        return self.rehearsed_on is not None and self.rehearsed_on > year_before(today)


@dataclass(frozen=True)
class Coverage:
    """How sure a role is, and why."""

    level: Level
    n_people: int  # who could do it today: the smallest number of departures that leaves nobody
    can_step_in: Collection[int] = field(default=frozenset())  # people whose evidence is whole

    @property
    def tone(self) -> Tone:
        """The colour of the level."""
        if self.level <= Level.HELD:
            return Tone.RED
        return Tone.AMBER if self.level is Level.BACKUP_NAMED else Tone.GREEN


def coverage_of(
    holder_ids: Collection[int], backups: Collection[int], evidence: Sequence[StandIn], today: date
) -> Coverage:
    """Return the coverage of one role; `evidence` may name people who no longer stand to it, and they do not count.

    >>> coverage_of([1], [2], [StandIn(2, trained_on=date(2031, 1, 5))], date(2031, 5, 2)).level
    <Level.BACKUP_NAMED: 2>
    """
    behind = frozenset(backups) | (frozenset(holder_ids) if len(holder_ids) > 1 else frozenset())
    ready = [each for each in evidence if each.person_id in behind and each.is_trained]
    n_people = len(frozenset(holder_ids) | frozenset(backups))
    able = frozenset(each.person_id for each in ready)
    if not holder_ids:
        return Coverage(Level.VACANT, n_people, able)
    if not behind:
        return Coverage(Level.HELD, n_people)
    if not ready:
        return Coverage(Level.BACKUP_NAMED, n_people)
    is_rehearsed = any(each.has_rehearsed(today) for each in ready)
    return Coverage(Level.REHEARSED if is_rehearsed else Level.BACKUP_TRAINED, n_people, able)


def bus_factor(people_by_role: Mapping[int, Collection[int]]) -> int | None:
    """Return the smallest number of departures that leaves some role with nobody; None without any role.

    >>> bus_factor({1: {7, 8}, 2: {9}})
    1
    """
    return min((len(set(people)) for people in people_by_role.values()), default=None)


def roles_resting_on_one(people_by_role: Mapping[int, Collection[int]]) -> Mapping[int, Sequence[int]]:
    """Return, by person, the roles that nobody could do if that person left; who carries most comes first.

    >>> roles_resting_on_one({1: {7}, 2: {7}, 3: {7, 8}, 4: {9}})
    {7: [1, 2], 9: [4]}
    """
    alone: dict[int, list[int]] = {}
    for role_id, people in people_by_role.items():
        if len(set(people)) == 1:
            alone.setdefault(next(iter(people)), []).append(role_id)
    return dict(sorted(alone.items(), key=lambda item: (-len(item[1]), item[0])))


def year_before(today: date) -> date:
    """Return the same day a year earlier; the last of February where that year has no such day.

    >>> year_before(date(2028, 2, 29))
    datetime.date(2027, 2, 28)
    """
    try:
        return today.replace(year=today.year - 1)
    except ValueError:
        return today.replace(year=today.year - 1, day=28)


_NAME_OF_SECRET = (
    r"pass\s?(?:word|code|phrase)s?|passwd|pwd|pins?(?:\s+code)?|api[\s_-]?keys?|secret(?:\s+key)?s?|recovery\s+codes?"
    r"|contraseñas?|contrasenas?|(?<!palabra\s)claves?(?:\s+de\s+acceso)?|código\s+de\s+(?:acceso|recuperación)"
)
_SAID = re.compile(
    rf"(?<!\w)(?:{_NAME_OF_SECRET})(?!\w)(?:[^\S\n]*[:=＝：][^\S\n]*|[^\S\n]+(?:is|are|es|son)[^\S\n]+)(\S+)",
    re.IGNORECASE,
)
# What follows may also tell where the secret is: "Passwords: in the vault of the county".
_PLACE_WORDS = frozenset(
    "in on at see ask kept stored held with from only under inside via through use nobody none no not the a an our my "
    "en ver vea pida pídala pregunte guardada guardadas está están solo sólo con bajo dentro la las el los nuestra su "
    "ninguna nadie no keepass bitwarden 1password lastpass keeper vault bóveda".split()
)
_MIXED = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)(?=\S*[^\w\s./:@-])(?!\S*://)\S{8,64}(?!\S)")


def looks_like_secret(text: str, *, is_place: bool = False) -> bool:
    """Say whether a text seems to hold a password instead of telling where it is kept.

    `is_place`: the field names a vault and nothing else, so that a word as passwords are made is refused there as well.

    >>> looks_like_secret("Login: front desk. Password: tulip22")
    True
    >>> looks_like_secret("Passwords: in the county's vault, shelf B")
    False
    """
    for said in _SAID.finditer(text):
        if said[1].strip(".,;()\"'“”").casefold() not in _PLACE_WORDS:
            return True
    return is_place and _MIXED.search(text) is not None
