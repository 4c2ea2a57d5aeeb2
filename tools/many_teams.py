"""A coalition of many teams and a team of many charts, beside the demonstration: what the busiest pages are made of.

Rows are written in bulk, past the services: what is measured is how pages read them.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from lms import create_app
from lms.accounts.models import Person
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole
from lms.db import db
from lms.improvement import rules
from lms.improvement.models import Aim, AimVersion, Cycle, Measure, MeasureDefinition, Observation, Team, TeamMember
from lms.improvement.rules import Cadence, ChartKind, CycleState, Direction, MeasureKind, Unit
from lms.organizations.models import Membership, Organization, OrganizationKind
from lms.settings import read_settings
from lms.web.site import Site

N_TEAMS = 200
TEAMS_AN_ORGANIZATION = 4
MEASURES_A_TEAM = 2
CYCLES_A_TEAM = 3
N_CHARTS = 6
N_PERIODS = 36
KINDS = (ChartKind.RUN, ChartKind.P, ChartKind.I)


@dataclass(frozen=True)
class ManyTeams:
    """Who reads what: an expert all teams of a coalition, a member the team with many charts."""

    expert: str
    overview: str
    member: str
    team: str
    team_id: int


class Ledger:
    """The database behind a running site."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._site: Site = create_app(read_settings(environment))
        self._dice = random.Random(7)  # the same numbers each time
        self._n_events = 0
        self._now = datetime.now(UTC)

    def fill(self, domain: str, model: str) -> ManyTeams:
        """Write everything; `model` is somebody whose password the new people share."""
        with self._site.app_context():
            expert_id, member_id = (self._person(name, domain, model) for name in ("many-teams", "many-charts"))
            coalition_id = self._coalition(expert_id)
            team_ids = [self._team(number, self._organization(number, coalition_id)) for number in range(N_TEAMS)]
            for team_id in team_ids:
                self._work(team_id, member_id, MEASURES_A_TEAM, Cadence.MONTH)
            alone = self._add(Organization, name="House of charts", kind=OrganizationKind.TREATMENT_PROGRAM)
            self._add(Membership, person_id=member_id, organization_id=alone, role=MembershipRole.LEAD, at="started_at")
            team_id = self._team(N_TEAMS, alone)
            self._add(TeamMember, team_id=team_id, person_id=member_id, at="joined_at")
            self._work(team_id, member_id, N_CHARTS, Cadence.WEEK)
            db.session.commit()
            db.session.remove()
        overview = f"/coalitions/{coalition_id}/improvement"
        return ManyTeams("many-teams", overview, "many-charts", f"/improve/teams/{team_id}", team_id)

    def change_numbers(self, team_id: int) -> None:
        """Let every chart of a team be made of other numbers: the newest are replaced by newer ones."""
        own = select(Measure.id).where(Measure.team_id == team_id)
        newest = self._periods(Cadence.WEEK)[-1]
        with self._site.app_context():
            last_id = db.session.scalars(select(func.max(Observation.id))).one()
            replaced = select(Observation.id).where(Observation.measure_id.in_(own), Observation.period_on == newest)
            for number, key in enumerate(db.session.scalars(replaced.order_by(Observation.id)).all(), last_id + 1):
                self._n_events += 1
                values = {"id": number, "event_uuid": UUID(int=self._n_events), "numerator": 5 + self._n_events % 25}
                db.session.execute(update(Observation).where(Observation.id == key).values(values))
            db.session.commit()
            db.session.remove()

    def _add(self, table: Any, at: str = "created_at", **values: Any) -> int:
        row = table(**values, **{at: self._now})
        db.session.add(row)
        db.session.flush()
        return int(row.id)

    def _person(self, name: str, domain: str, model: str) -> int:
        secret = db.session.scalars(select(Person.password_hash).where(Person.email == f"{model}@{domain}")).one()
        return self._add(Person, email=f"{name}@{domain}", name=name, password_hash=secret)

    def _coalition(self, expert_id: int) -> int:
        zone = "America/New_York"
        made = self._add(Coalition, slug="many-teams", name="Many teams", state_name="Ohio", time_zone=zone)
        role = CoalitionRoleKind.TA_EXPERT
        self._add(CoalitionRole, coalition_id=made, person_id=expert_id, role=role, at="started_at")
        return made

    def _organization(self, number: int, coalition_id: int) -> int:
        if number % TEAMS_AN_ORGANIZATION == 0:
            self._here = self._add(Organization, name=f"House {number:03}", kind=OrganizationKind.TREATMENT_PROGRAM)
            self._add(CoalitionOrganization, coalition_id=coalition_id, organization_id=self._here, at="joined_at")
        return self._here

    def _team(self, number: int, organization_id: int) -> int:
        made = self._add(Team, organization_id=organization_id, name=f"Same-day start {number:03}")
        aim_id = self._add(Aim, team_id=made, n_versions=1)
        words = {"what": "More people start on the day they ask", "measure_text": "First doses", "how_much": "Half"}
        self._add(AimVersion, aim_id=aim_id, number=1, for_whom="Everybody", **words, at="written_at")
        return made

    def _work(self, team_id: int, member_id: int, n_measures: int, cadence: Cadence) -> None:
        for number in range(n_measures):
            self._measure(team_id, member_id, number, cadence)
        for number in range(1, CYCLES_A_TEAM + 1):
            began_on = date.today() - timedelta(days=20 * number)  # noqa: DTZ011  # any day of these
            title, state = f"Call the day before, {number}", CycleState.DOING if number == 1 else CycleState.REVIEWED
            self._add(Cycle, team_id=team_id, number=number, title=title, state=state, began_on=began_on)

    def _measure(self, team_id: int, member_id: int, number: int, cadence: Cadence) -> None:
        kind = MeasureKind.OUTCOME if number == 0 else MeasureKind.PROCESS
        drawn = KINDS[number % len(KINDS)]
        made = self._add(Measure, team_id=team_id, kind=kind, chart_kind=drawn, n_definitions=1, owner_id=member_id)
        words = {"name": f"First dose within a day {number}", "numerator_text": "got it", "denominator_text": "asked"}
        definition_id = self._add(
            MeasureDefinition,
            measure_id=made,
            number=1,
            unit=Unit.PERCENT,
            cadence=cadence,
            direction=Direction.UP,
            target=80,
            **words,
            at="written_at",
        )
        db.session.execute(insert(Observation), list(self._numbers(made, definition_id, member_id, cadence)))

    def _numbers(self, measure_id: int, definition_id: int, by_id: int, cadence: Cadence) -> Iterator[dict[str, Any]]:
        for period_on in self._periods(cadence):
            self._n_events += 1
            yield {
                "event_uuid": UUID(int=self._n_events),
                "measure_id": measure_id,
                "definition_id": definition_id,
                "period_on": period_on,
                "numerator": float(self._dice.randint(5, 30)),
                "denominator": float(self._dice.randint(30, 45)),
                "entered_by_id": by_id,
                "entered_at": self._now,
            }

    @staticmethod
    def _periods(cadence: Cadence) -> list[date]:
        last = rules.last_finished_period(date.today(), cadence)  # noqa: DTZ011  # any day of these
        first = last - timedelta(days=N_PERIODS * (7 if cadence is Cadence.WEEK else 32))
        return rules.list_periods(first, last, cadence)[-N_PERIODS:]
