"""Organizations of a coalition side by side: for those who serve them, by name, without ranks or small groups."""

import random
from datetime import timedelta

import pytest

from lms import clock
from lms.authz import CoalitionRoleKind
from lms.coalitions.models import Coalition, CoalitionOrganization
from lms.db import db
from lms.jobs import Job
from lms.organizations.models import Organization
from lms.readiness.models import Comparison, RoundState, Survey
from lms.readiness.services import comparing
from tests.factories import readiness as rounds
from tests.factories.collaboratives import make_collaborative
from tests.factories.people import make_coalition, make_coalition_role, make_organization, make_person
from tests.factories.surveys import INSTRUMENT, make_response, make_survey, survey_instrument
from tests.lms.readiness.conftest import Place
from tests.statements import counted_statements


def make_places(coalition: Coalition, n: int) -> list[Organization]:
    begun = db.session.query(CoalitionOrganization).count()
    places = [make_organization(f"Place {begun + number:02}") for number in range(n)]
    db.session.add_all(
        CoalitionOrganization(coalition_id=coalition.id, organization_id=each.id, joined_at=clock.now())
        for each in places
    )
    db.session.commit()
    return places


def close_survey(organization: Organization, *answers: int, days_ago: int = 0, **values: object):
    made = make_survey(organization, **values)
    rng = random.Random(made.id)
    for answer in answers:
        spread = {key: min(5, max(1, answer + rng.choice((-1, 0, 0, 1)))) for key in keys_of(made)}
        make_response(made, spread, snapshot_number=1)
    made.state, made.closed_at = RoundState.CLOSED, clock.now() - timedelta(days=days_ago)
    db.session.commit()
    return made


def keys_of(made) -> list[str]:
    return [item.key for item in survey_instrument(made.instrument_slug).items]


@pytest.fixture
def coordinator(place: Place):
    person = make_person("Cora")
    make_coalition_role(person, place.coalition, CoalitionRoleKind.COORDINATOR)
    return person


def compared(place: Place, slug: str = INSTRUMENT) -> None:
    comparing.compare_anew(place.coalition.id, slug)
    db.session.commit()


def page(place: Place, query: str = "") -> str:
    response = place.client.get(f"/coalitions/{place.coalition.id}/readiness{query}")
    assert response.status_code == 200
    return response.text


def test_without_a_report_the_page_says_what_will_stand_there(place: Place):
    place.be(place.expert)
    assert "No report yet" in page(place)


def test_organizations_stand_by_name_with_ranges_and_without_small_groups(place: Place):
    places = make_places(place.coalition, 6)
    for number, each in enumerate(places):
        close_survey(each, *[2 + number % 3] * (4 if number == 0 else 7))
    compared(place)
    place.be(place.expert)
    html = page(place)
    assert html.index("Harbor House") < html.index("Place 01") < html.index("Place 06")
    assert html.count("too few answers") == 7  # one small organization, seven areas
    assert " to " in html
    assert "6 of 7 organizations have a report" in html


def test_the_page_takes_as_many_statements_for_thirty_organizations_as_for_three(place: Place):
    place.be(place.expert)
    counts = []
    for n in (3, 27):
        for each in make_places(place.coalition, n):
            close_survey(each, 3, 3, 4, 2, 3)
        compared(place)
        page(place)
        with counted_statements() as counted:
            page(place)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 10


def test_a_shared_gap_leads_a_coordinator_to_a_session_in_two_clicks(place: Place, coordinator):
    for each in make_places(place.coalition, 5):
        close_survey(each, 1, 2, 2, 1, 2)
    compared(place)
    collaborative = make_collaborative(place.coalition)
    place.be(coordinator)
    html = page(place)
    assert "Gaps that many share" in html
    first = place.client.get(f"/coalitions/{place.coalition.id}/readiness/session?area=Trust")
    assert first.status_code == 303
    assert first.location.startswith(f"/collaboratives/{collaborative.id}/sessions/new?title=")
    assert "Learning session: Trust" in place.client.get(first.location).text


def test_an_expert_sees_the_gap_and_no_button_that_would_be_refused(place: Place):
    for each in make_places(place.coalition, 5):
        close_survey(each, 1, 2, 2, 1, 2)
    compared(place)
    place.be(place.expert)
    html = page(place)
    assert "Gaps that many share" in html
    assert "Plan a learning session" not in html


def test_without_a_collaborative_the_way_to_one_is_shown(place: Place, coordinator):
    place.be(coordinator)
    html = place.client.get(f"/coalitions/{place.coalition.id}/readiness/session?area=Trust").text
    assert "Start a collaborative" in html


def test_ratings_that_teams_agreed_on_stand_without_ranges(place: Place):
    closed = rounds.make_round(place.organization, place.lead)
    rounds.rate_all(closed, place.lead, 2)
    rounds.close(closed, place.lead)
    compared(place, rounds.INSTRUMENT)
    place.be(place.expert)
    html = page(place)
    assert "Starting" in html
    assert "no margin of error" in html


@pytest.mark.parametrize(("n_people", "is_told"), [(9, False), (10, True)])
def test_reliability_is_told_over_fifty_people_of_the_coalition(place: Place, n_people: int, is_told: bool):
    for each in make_places(place.coalition, 5):
        close_survey(each, *[2, 3, 4, 3, 2, 4, 3, 5, 1, 3][:n_people])
    compared(place)
    place.be(place.expert)
    assert ("Reliability of each area" in page(place)) is is_told


def test_a_pooled_survey_is_not_shown_alone(place: Place):
    closed = close_survey(place.organization, 3, 3, 3, 3, 3, is_pooled=True)
    compared(place)
    assert db.session.get_one(Survey, closed.id).is_pooled
    assert db.session.query(Comparison).count() == 0


def test_closing_a_round_asks_for_the_comparison(place: Place):
    closed = rounds.make_round(place.organization, place.lead)
    rounds.rate_all(closed, place.lead)
    rounds.close(closed, place.lead)
    asked = db.session.query(Job).filter_by(kind=comparing.COMPARE).one()
    assert asked.payload == {"coalition_id": place.coalition.id, "slug": rounds.INSTRUMENT}


def test_a_lead_sees_a_band_and_no_name_of_a_peer(place: Place):
    mine = close_survey(place.organization, 1, 1, 2, 1, 1)
    for number, each in enumerate(make_places(place.coalition, 6)):
        close_survey(each, *[3 + number % 2] * 6)
    compared(place)
    place.be(place.lead)
    html = place.client.get(f"/readiness/rounds/{mine.id}/position").text
    assert "in the lower quarter" in html
    assert "Place 0" not in html


def test_with_few_peers_no_band_is_told(place: Place):
    mine = close_survey(place.organization, 1, 1, 2, 1, 1)
    compared(place)
    place.be(place.lead)
    assert "Too few to compare with" in place.client.get(f"/readiness/rounds/{mine.id}/position").text


def test_an_open_round_has_no_position(place: Place):
    made = make_survey(place.organization)
    place.be(place.lead)
    assert place.client.get(f"/readiness/rounds/{made.id}/position").status_code == 404


@pytest.mark.parametrize("who", ["lead", "staff"])
def test_members_of_an_organization_do_not_compare(place: Place, who: str):
    place.be(getattr(place, who))
    assert place.client.get(f"/coalitions/{place.coalition.id}/readiness").status_code == 403


def test_another_coalition_does_not_exist(place: Place):
    other = make_coalition("Elsewhere", place.other)
    place.be(place.expert)
    assert place.client.get(f"/coalitions/{other.id}/readiness").status_code == 404


def test_an_unknown_instrument_is_not_found(place: Place):
    place.be(place.expert)
    assert place.client.get(f"/coalitions/{place.coalition.id}/readiness?instrument=nothing").status_code == 404
