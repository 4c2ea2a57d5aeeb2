"""By whose clock a letter writes its days and moments. A page asks its reader's standing (`lms.authz.Actor`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask_babel import refresh

from lms import signals

_letter_zone: ContextVar[str | None] = ContextVar("letter_zone", default=None)

ELSEWHERE = "UTC"  # the clock of whoever belongs to no coalition


def zone_of_person(person_id: int) -> str:
    """Return the zone by which a person counts days (one statement, two when the person is not yet loaded)."""
    return _first_answer(person_id=person_id, organization_id=None)


def zone_of_organization(organization_id: int) -> str:
    """Return the zone by which an organization counts days (one statement)."""
    return _first_answer(person_id=None, organization_id=organization_id)


@contextmanager
def by_clock_of(zone: str) -> Iterator[None]:
    """Write days and moments in this zone, whoever reads the page that is being drawn."""
    token = _letter_zone.set(zone)
    refresh()  # Flask-Babel keeps the zone that it has asked for
    try:
        yield
    finally:
        _letter_zone.reset(token)
        refresh()


def letter_zone() -> str | None:
    """Return the zone of the letter that is being written, None when none is."""
    return _letter_zone.get()


def _first_answer(*, person_id: int | None, organization_id: int | None) -> str:
    answers = signals.time_zone_asked.send(None, person_id=person_id, organization_id=organization_id)
    return next((zone for _receiver, zone in answers if zone is not None), ELSEWHERE)
