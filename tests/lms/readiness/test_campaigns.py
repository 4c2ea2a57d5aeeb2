"""A round across a coalition: what the coordinator asks, what each lead answers, what the small ones share."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.notifications.models import Notice, Todo
from lms.notifications.words import NoticeKind, TodoKind
from lms.readiness.models import Campaign, CampaignOffer, Round, Survey
from lms.readiness.services import campaigns as services
from lms.readiness.services.people import forget_person
from tests.factories.people import make_coalition_role, make_membership, make_organization, make_person
from tests.factories.surveys import make_responses, make_survey
from tests.statements import counted_statements

SLUG = "trauma-informed"


@pytest.fixture
def coordinator(place):
    person = make_person("Cora")
    make_coalition_role(person, place.coalition, CoalitionRoleKind.COORDINATOR)
    return person


def join(place, organization) -> None:
    db.session.add(
        CoalitionOrganization(coalition_id=place.coalition.id, organization_id=organization.id, joined_at=clock.now())
    )
    db.session.commit()


def day(days: int) -> str:
    return str(clock.today() + timedelta(days=days))


def path(place) -> str:
    return f"/coalitions/{place.coalition.id}/readiness/rounds/new"


def fields(place, *organizations, **others: object) -> dict[str, object]:
    asked = [str(each.id) for each in organizations or (place.organization,)]
    return {
        "instrument": SLUG,
        "change_name": "",
        "closes_on": day(21),
        "results_on": day(28),
        "organizations": asked,
    } | others


def start(site, place, coordinator, *organizations) -> Campaign:
    place.be(coordinator)
    site.post(path(place), fields(place, *organizations), status=303)
    return db.session.scalars(select(Campaign)).one()


def offer_path(campaign, organization) -> str:
    return f"/readiness/campaigns/{campaign.id}/organizations/{organization.id}"


def launch(**others: object) -> dict[str, object]:
    return {
        "answer": "accept",
        "cut": "none",
        "headcount": "14",
        "languages": ["en"],
        "closes_on": day(21),
        "results_on": day(28),
        "minimum": "5",
    } | others


def answer_with(place, campaign, organization, *answers, headcount: int = 6, is_pooled: bool = True) -> Round:
    survey = make_survey(organization, slug=SLUG, headcount=headcount, is_pooled=is_pooled, change_name=None)
    make_responses(survey, *answers)
    offer = select(CampaignOffer).where(CampaignOffer.organization_id == organization.id)
    db.session.scalars(offer).one().round_id = survey.id
    db.session.get_one(Round, survey.id).state = "closed"
    db.session.get_one(Round, survey.id).closed_at = clock.now()
    db.session.commit()
    return survey


# ---------------------------------------------------------------- asking


def test_a_coordinator_asks_and_the_leads_are_told(site, place, coordinator):
    place.be(coordinator)
    assert path(place) in site.get("/readiness").text
    page = site.get(path(place)).text
    assert "Harbor House" in page
    assert "Elm Street" not in page  # not of this coalition
    campaign = start(site, place, coordinator)
    assert campaign.change_name is None
    todo = db.session.scalars(select(Todo).where(Todo.kind == TodoKind.ANSWER_OFFER)).one()
    assert (todo.person_id, todo.path) == (place.lead.id, offer_path(campaign, place.organization))
    notice = db.session.scalars(select(Notice).where(Notice.kind == NoticeKind.SURVEY_OFFERED)).one()
    assert notice.person_id == place.lead.id
    place.be(place.lead)
    assert offer_path(campaign, place.organization) in site.get("/").text
    assert offer_path(campaign, place.organization) in site.get("/readiness").text


def test_the_same_form_sent_twice_asks_once(site, place, coordinator):
    place.be(coordinator)
    data = {**site.hidden_fields(path(place)), **fields(place)}
    first, again = (place.client.post(path(place), data=data) for _ in range(2))
    assert first.location == again.location
    assert len(db.session.scalars(select(Campaign)).all()) == 1
    assert len(db.session.scalars(select(Todo).where(Todo.kind == TodoKind.ANSWER_OFFER)).all()) == 1


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"closes_on": day(-2)}, "from tomorrow to one year"),
        ({"closes_on": day(9), "results_on": day(8)}, "Results come after the survey closes"),
        ({"organizations": []}, "at least one organization"),
        ({"organizations": ["999"]}, "is not a valid choice|are not valid choices"),
        ({"instrument": "staff-survey"}, "Name the change"),
        ({"instrument": "moud-readiness"}, "Not a valid choice"),
        ({"instrument": "staff-survey", "change_name": "y" * 161}, "160 characters"),
    ],
)
def test_what_cannot_be_asked_is_named(site, place, coordinator, others, sentence):

    place.be(coordinator)
    page = site.post(path(place), fields(place, **others), status=422).text
    assert re.search(sentence, page)
    assert db.session.scalars(select(Campaign)).all() == []


def test_only_coordinators_ask_and_look(site, place, coordinator):
    campaign = start(site, place, coordinator)
    for person, status in ((place.lead, 403), (place.expert, 403), (place.outsider, 404)):
        place.be(person)
        site.get(path(place), status=status)
        site.get(f"/readiness/campaigns/{campaign.id}", status=status)


# ---------------------------------------------------------------- answering


def test_a_lead_opens_the_prefilled_survey(site, place, coordinator):
    campaign = start(site, place, coordinator)
    place.be(place.lead)
    here = offer_path(campaign, place.organization)
    assert "Tri-County" in site.get(here).text
    assert "By job role" in site.get(f"{here}?cut=tenure").text
    site.post(here, launch(headcount="0"), status=422)
    answer = site.post(here, launch(), status=303)
    assert "/share" in answer.location
    offer = db.session.scalars(select(CampaignOffer)).one()
    held = db.session.get_one(Survey, offer.round_id)
    assert (held.headcount, held.is_pooled) == (14, False)
    assert db.session.scalars(select(Todo.closed_at).where(Todo.kind == TodoKind.ANSWER_OFFER)).one() is not None
    assert "You take part" in site.get(here).text
    again = site.post(here, launch(), status=409).text
    assert "surveys its staff with these questions already" in again or "takes part already" in again
    place.be(coordinator)
    page = site.get(f"/readiness/campaigns/{campaign.id}").text
    assert "fewer than 5 of 14" in page
    assert "1 of 1 organizations take part" in page


def test_a_small_team_shares_a_report(site, place, coordinator):
    campaign = start(site, place, coordinator)
    place.be(place.lead)
    here = offer_path(campaign, place.organization)
    page = site.post(here, launch(headcount="6"), status=422).text
    assert "You are a small team" in page
    assert db.session.scalars(select(Round)).all() == []
    site.post(here, launch(headcount="6", is_pooled="y"), status=303)
    assert db.session.scalars(select(Survey)).one().is_pooled


def test_a_lead_says_no_with_a_reason_and_may_change_their_mind(site, place, coordinator):
    campaign = start(site, place, coordinator)
    place.be(place.lead)
    here = offer_path(campaign, place.organization)
    page = site.post(here, {"answer": "decline", "reason": " "}, status=422).text
    assert "Write a reason" in page
    site.post(here, {"answer": "decline", "reason": "We surveyed in May. =cmd()"}, status=303)
    assert here not in site.get("/readiness").text
    place.be(coordinator)
    page = site.get(f"/readiness/campaigns/{campaign.id}").text
    assert "We surveyed in May. =cmd()" in page
    place.be(place.lead)
    assert "You said: not this time" in site.get(here).text
    site.post(here, launch(), status=303)
    assert db.session.scalars(select(CampaignOffer)).one().declined_reason is None


def test_an_open_survey_can_count(site, place, coordinator):
    campaign = start(site, place, coordinator)
    survey = make_survey(place.organization, slug=SLUG, change_name=None)
    place.be(place.lead)
    here = offer_path(campaign, place.organization)
    assert "Let our open survey count" in site.get(here).text
    site.post(here, {"answer": "join"}, status=303)
    assert db.session.scalars(select(CampaignOffer)).one().round_id == survey.id
    site.post(here, {"answer": "join"}, status=409)


def test_nobody_answers_for_another_organization(site, place, coordinator):
    join(place, place.other)
    campaign = start(site, place, coordinator, place.organization, place.other)
    place.be(place.outsider)
    site.get(offer_path(campaign, place.organization), status=404)
    site.get(offer_path(campaign, place.other))
    for person in (place.staff, coordinator):
        place.be(person)
        site.get(offer_path(campaign, place.organization), status=403)


# ---------------------------------------------------------------- closing


def small_ones(place, n: int) -> list:
    organizations = [make_organization(f"Small {number}") for number in range(n)]
    for organization in organizations:
        join(place, organization)
        make_membership(make_person("Lead"), organization, MembershipRole.LEAD)
    return organizations


def test_small_organizations_share_one_report(site, place, coordinator):
    organizations = small_ones(place, 3)
    campaign = start(site, place, coordinator, *organizations)
    for organization in organizations:
        answer_with(place, campaign, organization, 4, 3, 2)
    here = f"/readiness/campaigns/{campaign.id}"
    site.post(f"{here}/close", status=303, page=here)
    page = site.get(here).text
    assert "9 people in 3 small organizations answered" in page
    before = db.session.get_one(Campaign, campaign.id, populate_existing=True).pooled
    site.post(f"{here}/close", status=303, page=here)
    assert db.session.get_one(Campaign, campaign.id, populate_existing=True).pooled == before


@pytest.mark.parametrize(
    "answers", [[(4, 3, 2), (4, 3, 2)], [(4, 3, 2, 4, 3, 2, 3, 3), (4, 3), (4, 3)], [(4,), (4,), (4,)]]
)
def test_too_few_or_one_that_outweighs_the_others_show_nothing(site, place, coordinator, answers):
    organizations = small_ones(place, len(answers))
    campaign = start(site, place, coordinator, *organizations)
    for organization, given in zip(organizations, answers, strict=True):
        answer_with(place, campaign, organization, *given, headcount=9)
    here = f"/readiness/campaigns/{campaign.id}"
    site.post(f"{here}/close", status=303, page=here)
    assert "Nothing can be shown" in site.get(here).text


def test_it_closes_only_when_its_surveys_are_closed(site, place, coordinator):
    campaign = start(site, place, coordinator)
    survey = make_survey(place.organization, slug=SLUG, change_name=None)
    db.session.scalars(select(CampaignOffer)).one().round_id = survey.id
    db.session.commit()
    here = f"/readiness/campaigns/{campaign.id}"
    page = site.post(f"{here}/close", status=409, page=here).text
    assert "still takes answers" in page
    assert db.session.get_one(Campaign, campaign.id, populate_existing=True).closed_at is None


def test_nobody_joins_what_is_closed(site, place, coordinator):
    campaign = start(site, place, coordinator)
    here = f"/readiness/campaigns/{campaign.id}"
    site.post(f"{here}/close", status=303, page=here)
    assert db.session.scalars(select(Todo.closed_at).where(Todo.kind == TodoKind.ANSWER_OFFER)).one() is not None
    place.be(place.lead)
    mine = offer_path(campaign, place.organization)
    assert "has closed this round" in site.get(mine).text
    site.post(mine, launch(), status=409)
    assert db.session.scalars(select(Round)).all() == []


def test_the_page_costs_the_same_for_one_and_for_twenty(site, place, coordinator):
    organizations = small_ones(place, 20)
    campaign = start(site, place, coordinator, *organizations)
    here = f"/readiness/campaigns/{campaign.id}"
    site.get(here)
    with counted_statements() as few:
        site.get(here)
    for organization in organizations:
        answer_with(place, campaign, organization, 4)
    with counted_statements() as many:
        site.get(here)
    assert len(few) == len(many) <= 10


def test_who_started_it_can_be_forgotten(site, place, coordinator):
    campaign = start(site, place, coordinator)
    services.forget_person(coordinator.id)
    forget_person(coordinator.id)
    db.session.commit()
    assert db.session.get_one(Campaign, campaign.id, populate_existing=True).started_by_id is None
