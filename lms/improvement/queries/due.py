"""Whose numbers wait: for the list of each person's own, and for gentle reminders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, bindparam, cast, null, or_, select, union_all

from lms.authz import Actor, MembershipRole
from lms.coalitions.queries import list_time_zones
from lms.db import db
from lms.improvement import rules
from lms.improvement.models import Measure, MeasureDefinition, Observation, Team, TeamMember
from lms.improvement.rules import Cadence
from lms.organizations.models import Membership
from lms.time_zones import ELSEWHERE

BACKUP_WAITS = timedelta(days=7)  # after the owner was reminded


class Watched(NamedTuple):
    """An open measure of an open team, with who looks after it."""

    id: int
    name: str
    cadence: Cadence
    team_id: int
    team_name: str
    organization_id: int
    owner_id: int | None
    backup_owner_id: int | None
    created_at: datetime


@dataclass(frozen=True)
class DueMeasure:
    """A measure whose numbers wait for somebody."""

    measure: Watched
    periods_on: tuple[date, ...]  # finished, without an entry, oldest first

    @property
    def since_on(self) -> date:
        """The first day after the period that waits longest."""
        return rules.next_period(self.periods_on[0], self.measure.cadence)


@dataclass(frozen=True)
class Reminder:
    """Somebody to be reminded of the number of one period."""

    person_id: int
    measure: Watched
    period_on: date


@dataclass(frozen=True)
class Writers:
    """Who may enter numbers: who is on each team, and who leads each organization."""

    members: Mapping[int, Collection[int]]
    leads: Mapping[int, Collection[int]]

    def of(self, measure: Watched) -> set[int]:
        """Who may enter this measure's numbers."""
        return {*self.members.get(measure.team_id, ()), *self.leads.get(measure.organization_id, ())}


def list_due(actor: Actor, today: date) -> list[DueMeasure]:
    """Return the measures somebody looks after whose numbers wait, longest first (three statements).

    Who owns or backs up a measure looks after it; where neither can enter numbers, the whole team does.
    """
    asked = {"person_id": actor.person_id, "led_ids": sorted(actor.led_organization_ids)}
    watched = [Watched._make(row) for row in db.session.execute(_near(), asked)]
    writers = _writers(watched)
    own = [each for each in watched if _looks_after(actor, each, writers)]
    entered = _entered(own)
    due = [DueMeasure(each, tuple(rules.missing_periods(entered[each.id], each.cadence, today))) for each in own]
    return sorted((each for each in due if each.periods_on), key=lambda each: (each.since_on, each.measure.id))


def _looks_after(actor: Actor, measure: Watched, writers: Writers) -> bool:
    named, may_enter = {measure.owner_id, measure.backup_owner_id}, writers.of(measure)
    if actor.person_id in named:
        return actor.person_id in may_enter
    return not named & may_enter and actor.person_id in writers.members.get(measure.team_id, ())


def list_reminders(now: datetime) -> list[Reminder]:
    """Return who is to be reminded of what, whether they were already or not (four statements).

    The owner from the day after the period on; the backup owner when it still waits seven days later. Nobody is
    reminded of a period that ended before the measure was there, or of a number they may not enter. Days are those of
    the organization's coalition.
    """
    watched = [Watched._make(row) for row in db.session.execute(_owned())]
    writers, entered = _writers(watched), _entered(watched)
    zones = list_time_zones({each.organization_id for each in watched})
    found = []
    for each in watched:
        today = now.astimezone(ZoneInfo(zones.get(each.organization_id, ELSEWHERE))).date()
        for person_id, day in ((each.owner_id, today), (each.backup_owner_id, today - BACKUP_WAITS)):
            period_on = rules.last_finished_period(day, each.cadence)
            if person_id in writers.of(each) and _waits(each, period_on, entered[each.id]):
                found.append(Reminder(person_id, each, period_on))
    return found


def _waits(measure: Watched, period_on: date, entered: Collection[date]) -> bool:
    """Say whether a finished period should have a number and has none."""
    if not entered:
        return rules.last_day(period_on, measure.cadence) >= measure.created_at.date()
    return min(entered) < period_on and period_on not in entered


def _writers(watched: Iterable[Watched]) -> Writers:
    """Return who may enter the numbers of these measures (one statement)."""
    members: dict[int, set[int]] = defaultdict(set)
    leads: dict[int, set[int]] = defaultdict(set)
    places = {(each.team_id, each.organization_id) for each in watched}
    asked = {
        "team_ids": sorted(team_id for team_id, _organization_id in places),
        "organization_ids": sorted({organization_id for _team_id, organization_id in places}),
    }
    for team_id, organization_id, person_id in db.session.execute(_may_enter(), asked):
        if team_id is not None:
            members[team_id].add(person_id)
        else:
            leads[organization_id].add(person_id)
    return Writers(members, leads)


def _entered(watched: Iterable[Watched]) -> dict[int, set[date]]:
    """Return which periods have an entry, by measure (one statement)."""
    found: dict[int, set[date]] = defaultdict(set)
    for measure_id, period_on in db.session.execute(_periods(), {"measure_ids": sorted(each.id for each in watched)}):
        found[measure_id].add(period_on)
    return found


@cache  # these are built once: putting them together takes longer than running them
def _watched() -> Any:
    return (
        select(
            Measure.id,
            MeasureDefinition.name,
            MeasureDefinition.cadence,
            Team.id,
            Team.name,
            Team.organization_id,
            Measure.owner_id,
            Measure.backup_owner_id,
            Measure.created_at,
        )
        .join(Team, Team.id == Measure.team_id)
        .join(
            MeasureDefinition,
            (MeasureDefinition.measure_id == Measure.id) & (MeasureDefinition.number == Measure.n_definitions),
        )
        .where(Measure.closed_at.is_(None), Team.closed_at.is_(None))
        .order_by(Measure.id)
    )


@cache
def _near() -> Any:
    """Measures that may be somebody's to enter."""
    person_id: Any = bindparam("person_id")
    on_team = select(TeamMember.team_id).where(TeamMember.person_id == person_id, TeamMember.left_at.is_(None))
    is_named = or_(Measure.owner_id == person_id, Measure.backup_owner_id == person_id)
    is_led = Team.organization_id.in_(bindparam("led_ids", expanding=True))
    return _watched().where(or_(Team.id.in_(on_team), is_named & is_led))


@cache
def _owned() -> Any:
    return _watched().where(or_(Measure.owner_id.is_not(None), Measure.backup_owner_id.is_not(None)))


@cache
def _may_enter() -> Any:
    """Rows of (team, none, member) and (none, organization, lead), as the table of permissions says of writing."""
    no_id: Any = cast(null(), Integer)
    members = select(TeamMember.team_id, no_id, TeamMember.person_id).where(
        TeamMember.team_id.in_(bindparam("team_ids", expanding=True)), TeamMember.left_at.is_(None)
    )
    leads = select(no_id, Membership.organization_id, Membership.person_id).where(
        Membership.organization_id.in_(bindparam("organization_ids", expanding=True)),
        Membership.role == MembershipRole.LEAD,
        Membership.ended_at.is_(None),
    )
    return union_all(members, leads)


@cache
def _periods() -> Any:
    entered = select(Observation.measure_id, Observation.period_on).distinct()
    return entered.where(Observation.measure_id.in_(bindparam("measure_ids", expanding=True)))
