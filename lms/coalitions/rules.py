"""Decisions about coalitions on plain values."""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from zoneinfo import available_timezones

from lms.authz import CoalitionRoleKind

SLUG_LENGTH = 60

# The zones people in the United States and its territories live by, from east to west: nearly every coalition is here.
US_ZONES = (
    "America/Puerto_Rico",
    "America/New_York",
    "America/Detroit",
    "America/Indiana/Indianapolis",
    "America/Chicago",
    "America/Denver",
    "America/Boise",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "Pacific/Pago_Pago",
)


_NO_PLACE = ("Etc/", "posix/", "right/", "SystemV/", "US/")


class SetupStep(StrEnum):
    """What a coalition still lacks before its people can work well."""

    ADD_ORGANIZATION = "add-organization"
    FILL_FACTS = "fill-facts"
    APPOINT_COORDINATOR = "appoint-coordinator"


@cache
def list_zones() -> tuple[str, ...]:
    """Return every zone name a coalition may choose, those of the United States first."""
    named = {
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
    }
    return (*US_ZONES, *sorted(named - set(US_ZONES)), "UTC")


def list_slugs(name: str) -> Iterator[str]:
    """Yield slugs for a name, the plain one first, then numbered ones, without end.

    >>> slugs = list_slugs("Coalición del Río")
    >>> next(slugs), next(slugs)
    ('coalicion-del-rio', 'coalicion-del-rio-2')
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[: SLUG_LENGTH - 10].strip("-") or "coalition"
    yield plain
    number = 2
    while True:
        yield f"{plain}-{number}"
        number += 1


def list_setup_steps(*, n_organizations: int, n_facts_missing: int, n_coordinators: int) -> tuple[SetupStep, ...]:
    """Return what is still to be done to set a coalition up, the most useful first; empty when all is there."""
    asked = (
        (SetupStep.ADD_ORGANIZATION, n_organizations == 0),
        (SetupStep.FILL_FACTS, n_facts_missing > 0),
        (SetupStep.APPOINT_COORDINATOR, n_coordinators == 0),
    )
    return tuple(step for step, is_open in asked if is_open)


def may_end_role(role: CoalitionRoleKind, *, is_own: bool, may_appoint_coordinators: bool) -> bool:
    """Say whether somebody who runs the coalition may end this role in it: not that of another coordinator."""
    return role is CoalitionRoleKind.TA_EXPERT or is_own or may_appoint_coordinators
