"""Readiness in the small world of permissions beyond a team's rating: surveys, records, campaigns, own instruments."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from lms import clock
from lms.accounts.models import Person
from lms.authz import Capability
from lms.coalitions.models import Coalition
from lms.db import db
from lms.organizations.models import MembershipCapability, Organization
from lms.readiness.models import Campaign, CampaignOffer, RecommendedAction, Round, Seat
from lms.readiness.queries.instruments import get_newest, read_version
from lms.readiness.services import own_instruments, paper, seats, surveys
from lms.readiness.services.rounds import share_report
from lms.readiness.survey_answers import Answered
from tests.factories import records
from tests.factories.people import make_membership, make_person
from tests.factories.records import FACTS, LEADERS
from tests.factories.surveys import (
    INSTRUMENT,
    all_answers,
    make_invite,
    make_responses,
    make_survey,
    poster_token_of,
    survey_instrument,
    token_of,
)

CLOSED_SURVEYS = {"a-survey-closed", "a-survey-shared", "x-survey-closed"}

People = Mapping[str, Person]
Organizations = Mapping[str, Organization]
World = dict[str, dict[str, Any]]


def build_surveys(people: People, organizations: Organizations, coalitions: Mapping[str, Coalition]) -> World:
    """Fill the world; `publish()` of tests/factories/readiness.py must have run."""
    asked = _surveys(people, organizations)
    invite, late = make_invite(asked["a-survey"]), make_invite(asked["a-survey-closed"])
    rounds = asked | _records(people, organizations)
    db.session.commit()
    closed = {name: each.id for name, each in rounds.items() if name in CLOSED_SURVEYS}
    return {
        "round_id": {name: each.id for name, each in rounds.items()},
        "action_id": {name: _first_action(round_id) for name, round_id in closed.items()},
        "slug": {"known": INSTRUMENT},
        "code": {
            "a-survey": _sheet(asked["a-survey"], people["lead"]),
            "x-survey": _sheet(asked["x-survey"], people["outsider"]),
        },
        "survey_token": {
            "known": token_of(invite),
            "closed": token_of(late),
            "mismatched": poster_token_of(asked["a-survey"]),
        },
        "poster_token": {"known": poster_token_of(asked["a-survey"]), "mismatched": token_of(invite)},
        "campaign_id": _campaigns(organizations, coalitions),
        **_own_instruments(people, organizations),
    }


def _surveys(people: People, organizations: Organizations) -> dict[str, Round]:
    lead, outsider = people["lead"], people["outsider"]
    made = {
        "a-survey-closed": _closed_survey(organizations["a"], lead),
        "a-survey-shared": _closed_survey(organizations["a"], lead),
        "x-survey-closed": _closed_survey(organizations["x"], outsider),
    }
    share_report(made["a-survey-shared"], is_shared=True, by_id=lead.id)
    return made | {
        "a-survey": make_survey(organizations["a"], by=lead),
        "x-survey": make_survey(organizations["x"], by=outsider),
    }


def _closed_survey(organization: Organization, lead: Person) -> Round:
    asked = make_survey(organization, by=lead)
    make_responses(asked, 1, 1, 2, 2, 2, 1, 2, 3)
    surveys.close_survey(asked, today=clock.today(), by_id=lead.id)
    db.session.commit()
    return asked


def _first_action(round_id: int) -> int:
    proposed = db.session.query(RecommendedAction).filter_by(round_id=round_id)
    return proposed.order_by(RecommendedAction.number).first().id


def _sheet(asked: Round, by: Person) -> str:
    typed = Answered(items={key: str(answer) for key, answer in all_answers(asked).items()})
    code = paper.keep_sheet(asked, survey_instrument(asked.instrument_slug), typed, by_id=by.id)
    db.session.commit()
    return code


def _records(people: People, organizations: Organizations) -> dict[str, Round]:
    lead, outsider = people["lead"], people["outsider"]
    chairs = {name: make_person(f"The co-chair of {name.upper()}") for name in ("a", "x")}
    for name, chair in chairs.items():
        held = make_membership(chair, organizations[name])
        db.session.add(MembershipCapability(membership_id=held.id, capability=Capability.CO_CHAIR))
    return {
        "a-leader-done": _closed_leaders(organizations["a"], lead, chairs["a"]),
        "x-leader-done": _closed_leaders(organizations["x"], outsider, chairs["x"]),
        "a-leader": _half_rated(organizations["a"], lead),
        "x-leader": _half_rated(organizations["x"], outsider),
        "a-facts-closed": _closed_facts(organizations["a"], lead),
        "a-facts": records.open_record(organizations["a"], FACTS, lead),
    }


def _half_rated(organization: Organization, lead: Person) -> Round:
    opened = records.open_record(organization, LEADERS, lead)
    records.sit(opened, Seat.LEAD, lead)
    return opened


def _closed_leaders(organization: Organization, lead: Person, chair: Person) -> Round:
    opened = records.open_record(organization, LEADERS, lead)
    for seat, person in ((Seat.LEAD, lead), (Seat.CO_CHAIR, chair)):
        seats.finish_seat(records.sit(opened, seat, person), by_id=person.id)
    return _closed(opened, lead)


def _closed_facts(organization: Organization, lead: Person) -> Round:
    opened = records.open_record(organization, FACTS, lead)
    records.sit(opened, Seat.LEAD, lead)
    return _closed(opened, lead)


def _closed(opened: Round, lead: Person) -> Round:
    seats.close_record(opened, today=clock.today(), by_id=lead.id)
    db.session.commit()
    return opened


def _own_instruments(people: People, organizations: Organizations) -> World:
    copied, made, versions = get_newest("change-readiness"), {}, {"known": get_newest(INSTRUMENT).id}
    for name, by in (("a", people["lead"]), ("x", people["outsider"])):
        instrument, organization_id = read_version(copied), organizations[name].id
        own = own_instruments.copy_instrument(organization_id, copied, instrument, form_key=uuid4(), by_id=by.id)
        made[name] = own.id
        versions[name] = own_instruments.publish_instrument(own.id, by_id=by.id).id
    db.session.commit()
    return {"own_id": made, "version_id": versions}


def _campaigns(organizations: Organizations, coalitions: Mapping[str, Coalition]) -> dict[str, int]:
    asked = {"own": ("a", "b"), "other": ("x",)}
    made = {name: _campaign(coalitions[name], *(organizations[each] for each in asked[name])) for name in asked}
    return {name: each.id for name, each in made.items()} | {"b": made["own"].id}


def _campaign(coalition: Coalition, *organizations: Organization) -> Campaign:
    today = clock.today()
    campaign = Campaign(
        event_uuid=str(uuid4()),
        coalition_id=coalition.id,
        version_id=get_newest("change-readiness").id,
        change_name="Start treatment on the day people ask for it",
        closes_on=today + timedelta(days=14),
        results_on=today + timedelta(days=21),
        started_at=clock.now(),
    )
    db.session.add(campaign)
    db.session.flush()
    db.session.add_all(CampaignOffer(campaign_id=campaign.id, organization_id=each.id) for each in organizations)
    db.session.flush()
    return campaign
