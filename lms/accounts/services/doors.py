"""Doors that check a secret or send mail: how often each may be tried, by name and by network address.

A name counts whether somebody has it or not, so that a limit tells nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lms import audit, limits
from lms.accounts import rules
from lms.limits import Limit


@dataclass(frozen=True)
class Door:
    """The two limits of one door. Many people may share one address: a shelter, a library, a phone network."""

    by_name: Limit
    by_address: Limit


SIGN_IN = Door(Limit("sign-in/name", 10, 15), Limit("sign-in/address", 60, 15))
RECOVER = Door(Limit("recover/name", 5, 60), Limit("recover/address", 30, 60))
ASK_FOR_RESET = Door(Limit("ask-for-reset/name", 5, 60), Limit("ask-for-reset/address", 30, 60))
CONFIRM_PASSWORD = Door(Limit("confirm-password/person", 10, 15), Limit("confirm-password/address", 60, 15))
SECOND_FACTOR = Door(Limit("second-factor/person", 5, 15), Limit("second-factor/address", 60, 15))
SECOND_FACTOR_DAY = Limit("second-factor/day", 30, 24 * 60)
"""Of a million codes three fit at any time: thirty tries a day find one in thirty years, with the password known."""
RESET_LINK = Limit("reset-link/address", 30, 15)


def check(door: Door, name: str, address: str) -> None:
    """Raise TooMany when a name or an address has used up its tries (two statements)."""
    limits.check(door.by_name, rules.normal_name(name))
    limits.check(door.by_address, address)


def count(door: Door, name: str, address: str) -> None:
    """Count one try for the name and for the address (four statements)."""
    limits.count(door.by_name, rules.normal_name(name))
    limits.count(door.by_address, address)


def forgive(door: Door, name: str) -> None:
    """Forget a name's tries after the right secret; an address's tries stay counted."""
    limits.clear(door.by_name, rules.normal_name(name))


def note_refusal(door: Door, name: str, address: str, verb: str, person_id: int | None) -> None:
    """Count a wrong secret and record it; written after the refusal. The same for names that nobody has."""
    count(door, name, address)
    audit.record(None, verb, audit.Subject("person", person_id), _NOTHING)


_NOTHING: Mapping[str, object] = {}
