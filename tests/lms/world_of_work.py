"""What organizations work on in the small world of permissions: rounds, teams, playbooks, roles, requests."""

from typing import Any
from uuid import uuid4

from lms.accounts.models import Person
from lms.coalitions.models import Coalition
from lms.db import db
from lms.improvement.queries.teams import get_team
from lms.improvement.services import ideas, teams
from lms.organizations.models import Organization
from lms.playbooks.rules import Shared
from lms.readiness.models import EvidenceLink, ParkedTopic, RecommendedAction, Round
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.services import talks
from lms.readiness.services.rounds import share_report
from tests.factories import assistance, collaboratives, improvement, playbooks, readiness, succession
from tests.lms.world_of_surveys import build_surveys

People = dict[str, Person]
Organizations = dict[str, Organization]
Coalitions = dict[str, Coalition]
World = dict[str, dict[str, Any]]


def build_work(people: People, organizations: Organizations, coalitions: Coalitions) -> World:
    """Fill the world with one of everything; returns ids by the argument of a URL, then by target."""
    return {
        **_readiness(people, organizations, coalitions),
        **_improvement(people, organizations, coalitions),
        **_playbooks(people, organizations, coalitions),
        **_roles(people, organizations, coalitions),
    }


def _readiness(people: People, organizations: Organizations, coalitions: Coalitions) -> World:
    world = _rounds(people, organizations)
    for argument, named in build_surveys(people, organizations, coalitions).items():
        world[argument] = world.get(argument, {}) | named
    return world


def _rounds(people: People, organizations: Organizations) -> World:
    readiness.publish()
    member, lead, outsider = people["member"], people["lead"], people["outsider"]
    closed = {
        "a-closed": _closed_round(organizations["a"], member, lead),
        "a-shared": _closed_round(organizations["a"], member, lead),
        "x-closed": _closed_round(organizations["x"], outsider, outsider),
    }
    share_report(closed["a-shared"], is_shared=True, by_id=lead.id)
    opened = {
        "a": readiness.make_round(organizations["a"], member, by=lead),
        "x": readiness.make_round(organizations["x"], outsider),
    }
    actions = {name: _first_action(each).id for name, each in closed.items()}
    return {
        "round_id": {name: each.id for name, each in (opened | closed).items()},
        "action_id": {**actions, "x": actions["x-closed"]},
        "topic_id": {"a": _parked(opened["a"], member).id, "x": _parked(opened["x"], outsider).id},
        "link_id": {"a": _linked(opened["a"], member).id, "x": _linked(opened["x"], outsider).id},
        "area_key": {name: readiness.instrument().areas[0].key for name in ("a", "x", "none")},
    }


def _parked(a_round: Round, person: Person) -> ParkedTopic:
    rated, words = RatedRound(a_round, readiness.instrument()), "Ask the pharmacy"
    talks.park_topic(rated, None, words, event_uuid=uuid4(), by_id=person.id)
    return db.session.query(ParkedTopic).filter_by(round_id=a_round.id).one()


def _linked(a_round: Round, person: Person) -> EvidenceLink:
    rated = RatedRound(a_round, readiness.instrument())
    key, address = rated.instrument.items[0].key, "https://example.org/protocol"
    talks.add_link(rated, key, address, "Our protocol", event_uuid=uuid4(), by_id=person.id)
    return db.session.query(EvidenceLink).filter_by(round_id=a_round.id).one()


def _closed_round(organization: Organization, rater: Person, lead: Person) -> Round:
    opened = readiness.make_round(organization, rater, by=lead)
    readiness.rate_all(opened, rater, 2)
    return readiness.close(opened, lead)


def _first_action(closed: Round) -> RecommendedAction:
    return db.session.query(RecommendedAction).filter_by(round_id=closed.id).order_by(RecommendedAction.id).first()


def _improvement(people: People, organizations: Organizations, coalitions: Coalitions) -> World:
    own = collaboratives.make_collaborative(coalitions["own"], organizations["a"], organizations["b"])
    other = collaboratives.make_collaborative(coalitions["other"], organizations["x"])
    # Of two, a session from a shared gap asks which.
    collaboratives.make_collaborative(coalitions["other"], name="Reach out")
    sessions = {"own": collaboratives.make_session(own), "other": collaboratives.make_session(other)}
    found = {
        "a": collaboratives.team_of(own, organizations["a"]),
        "b": collaboratives.team_of(own, organizations["b"]),
        "x": collaboratives.team_of(other, organizations["x"]),
    }
    by = {"a": people["member"], "b": people["lead2"], "x": people["outsider"]}
    world: World = {name: {} for name in ("measure_id", "idea_id", "cycle_id", "acted_cycle_id", "comment_id")}
    world["request_id"] = {}
    for name, person in by.items():
        team = _team_with(found[name].id, person)
        measure = improvement.make_measure(team, person)
        world["measure_id"][name] = measure.id
        improvement.make_entries(measure, person, 5, 6, 7)  # a chart is kept when a cycle is acted on
        world["idea_id"][name] = ideas.add_change_idea(team.id, title="Call first", description="", by_id=person.id).id
        world["cycle_id"][name] = improvement.make_cycle(team, person).id
        acted = improvement.make_cycle(team, person, "acted", measure_id=measure.id)
        world["acted_cycle_id"][name] = acted.id
        world["comment_id"][name] = assistance.make_comment(acted, organizations[name], person, is_ask=True).id
        world["request_id"][name] = assistance.make_request(organizations[name], person).id
    return world | {
        "collaborative_id": {"own": own.id, "other": other.id},
        "session_id": {name: each.id for name, each in sessions.items()},
        "team_id": {name: each.id for name, each in found.items()} | {"own": found["b"].id, "other": found["x"].id},
    }


def _team_with(team_id: int, person: Person) -> Any:
    team = get_team(team_id)
    teams.edit_team(team, row_version=team.row_version, name=team.name, member_ids=[person.id], by_id=person.id)
    db.session.commit()
    return get_team(team_id)


def _playbooks(people: People, organizations: Organizations, coalitions: Coalitions) -> World:
    made = {
        "a": playbooks.make_playbook(organizations["a"]),
        "a-shared": playbooks.make_playbook(organizations["a"], "Shared", Shared.COALITION),
        "own": playbooks.make_playbook(coalitions["own"], "Of the coalition", Shared.COALITION),
        "own-private": playbooks.make_playbook(coalitions["own"], "Not shared"),
        "x": playbooks.make_playbook(organizations["x"]),
    }
    playbooks.make_editor(made["a"], people["member"])
    return {
        "playbook_id": {name: each.id for name, each in made.items()},
        "page_id": {name: playbooks.make_page(each).id for name, each in made.items()},
        "number": dict.fromkeys([*made, "b", "none"], 1),
    }


def _roles(people: People, organizations: Organizations, coalitions: Coalitions) -> World:
    roles = {
        "a": succession.make_role(organizations["a"]),
        "b": succession.make_role(organizations["b"]),
        "own": succession.make_role(coalitions["own"]),
        "x": succession.make_role(organizations["x"]),
    }
    succession.make_position(roles["a"], people["member"])
    succession.share(organizations["b"])
    return {"critical_role_id": {name: each.id for name, each in roles.items()}}
