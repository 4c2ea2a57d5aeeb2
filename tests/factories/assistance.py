"""Requests for help, contacts, teams with finished cycles: the smallest valid row of each."""

import itertools
from datetime import date, timedelta
from uuid import uuid4

from lms import clock
from lms.accounts.models import Person
from lms.assistance.models import (
    AssistanceRequest,
    CycleComment,
    Encounter,
    EncounterKind,
    EncounterMode,
    Engagement,
    RequestState,
    RequestTopic,
    Review,
)
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.improvement.models import Cycle, Team, TeamMember
from lms.improvement.rules import CycleState, Decision, DoneAsPlanned
from lms.organizations.models import Organization

_numbers = itertools.count(1)


def actor_of(person: Person):
    """Who a person is now, as a request would read it."""
    return load_actor(person)


def make_request(organization: Organization, asked_by: Person, **values: object) -> AssistanceRequest:
    values = {
        "topic": RequestTopic.MEDICATION,
        "need": "We want to start people on medication the same day.",
        "state": RequestState.NEW,
        "asked_at": clock.now(),
        "contact_id": asked_by.id,
    } | values
    return _kept(AssistanceRequest(organization_id=organization.id, asked_by_id=asked_by.id, **values))


def make_taken_request(organization: Organization, asked_by: Person, expert: Person, **values: object):
    values = {"state": RequestState.ACCEPTED, "expert_id": expert.id, "taken_at": clock.now()} | values
    request = make_request(organization, asked_by, **values)
    _kept(
        Engagement(
            expert_id=expert.id,
            organization_id=organization.id,
            request_id=request.id,
            goal="Start together",
            started_on=clock.today(),
        )
    )
    return request


def make_encounter(organization: Organization, expert: Person, **values: object) -> Encounter:
    values = {
        "uuid": uuid4(),
        "occurred_on": clock.today(),
        "mode": EncounterMode.PHONE,
        "kind": EncounterKind.CONSULTATION,
        "contact_minutes": 30,
        "created_at": clock.now(),
    } | values
    return _kept(Encounter(expert_id=expert.id, organization_id=organization.id, **values))


def make_team(organization: Organization, *members: Person, name: str | None = None) -> Team:
    team = _kept(Team(organization_id=organization.id, name=name or f"Team {next(_numbers)}", created_at=clock.now()))
    for person in members:
        db.session.add(TeamMember(team_id=team.id, person_id=person.id, joined_at=clock.now()))
    db.session.commit()
    return team


def make_cycle(team: Team, **values: object) -> Cycle:
    """A cycle that the team has finished."""
    began_on = date(2026, 3, 2)
    values = {
        "number": next(_numbers),
        "title": "Call people who missed a visit",
        "state": CycleState.ACTED,
        "objective": "Learn whether a call brings people back",
        "plan_what": "A nurse calls five people who missed a visit",
        "plan_who": "Two nurses",
        "plan_when": "The first week of March",
        "began_on": began_on,
        "ended_on": began_on + timedelta(days=5),
        "what_happened": "Four of five were called",
        "done_as_planned": DoneAsPlanned.PARTLY,
        "study_findings": "Three came back",
        "learned": "Calls before noon work best",
        "decision": Decision.ADAPT,
        "decision_reason": "It worked, in the morning",
        "next_step": "Call ten people before noon",
        "created_at": clock.now(),
        "acted_at": clock.now(),
    } | values
    return _kept(Cycle(team_id=team.id, **values))


def make_review(cycle: Cycle, organization: Organization, **values: object) -> Review:
    values = {"number": 1, "requested_at": clock.now()} | values
    return _kept(Review(cycle_id=cycle.id, organization_id=organization.id, **values))


def make_comment(cycle: Cycle, organization: Organization, author: Person, **values: object) -> CycleComment:
    values = {"field": "", "text": "Well done", "written_at": clock.now()} | values
    return _kept(CycleComment(cycle_id=cycle.id, organization_id=organization.id, author_id=author.id, **values))


def _kept(row):
    db.session.add(row)
    db.session.commit()
    return row
