"""What is being made, for which day, and what has been made so far."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from lms import clock
from lms.accounts.models import Person
from lms.authz import Actor
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.seeds.story import Story

SEED = 20_260_101
DAYS = 365
DOMAIN = "commons.test"
MORNING = 15  # by the clock of Greenwich: in Ohio people have just begun


@dataclass(frozen=True)
class OrganizationMade:
    """An organization that stands, by ids."""

    key: str
    id: int
    name: str
    lead_id: int


@dataclass
class Maker:
    """The story, the day it ends, and the ids of everything made so far by the names the story uses."""

    password_hash: str
    today: date
    story: Story
    rng: Random = field(default_factory=lambda: Random(SEED))
    coalition_id: int = 0
    zone: str = "UTC"
    organizations: dict[str, OrganizationMade] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    teams: dict[str, int] = field(default_factory=dict)
    measures: dict[str, int] = field(default_factory=dict)
    ideas: dict[str, int] = field(default_factory=dict)
    drivers: dict[str, int] = field(default_factory=dict)
    cycles: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)
    _events: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _n_events: int = 0

    def at(self, days_ago: int, hour: int = 9) -> datetime:
        """Return a moment so many days ago."""
        return datetime.combine(self.day(days_ago), time(hour), UTC)

    def day(self, days_ago: int) -> date:
        """Return the day so many days ago; below zero it is still to come."""
        return self.today - timedelta(days=days_ago)

    def uuid(self) -> UUID:
        """Return a key as a device would make it."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def actor(self, key: str) -> Actor:
        """Return somebody as they are now."""
        return load_actor(db.session.get_one(Person, self.people[key]))

    def later(self, days_ago: int, event: Callable[..., object], *arguments: Any, hour: int = MORNING) -> None:
        """Put something on the calendar of the year; what comes first on one day is put there first."""
        if days_ago < 1:
            raise ValueError("today may not have reached that hour yet: an event is at least a day ago")
        self._n_events += 1
        heapq.heappush(self._events, (self.at(days_ago, hour), self._n_events, lambda: event(*arguments)))

    def live(self) -> None:
        """Let the year pass, event by event."""
        while self._events:
            moment, _number, event = heapq.heappop(self._events)
            with clock.fixed(moment):
                event()
                db.session.flush()
            db.session.expunge_all()  # as after each request: the next one reads anew
