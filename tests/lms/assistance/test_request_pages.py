from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.assistance.models import AssistanceRequest, Encounter, Engagement, RequestState
from lms.db import db
from lms.organizations.models import Organization
from lms.readiness.models import RecommendedAction
from tests.factories import readiness
from tests.factories.assistance import make_encounter, make_request, make_taken_request
from tests.statements import counted_statements

ZONE = "America/New_York"  # of the coalition: late in the evening it is another day there than here
HOSTILE = ["<script>alert(1)</script>", "=cmd()|'/C calc'!A0", "😀 \u202eevil\u202c", "a\0b", "O'Brien \" -- ;"]


def only(model):
    return db.session.scalars(select(model).execution_options(populate_existing=True)).one()


def n_of(model):
    return db.session.scalar(select(func.count()).select_from(model))


# ---- asking


def test_a_lead_asks_and_sees_the_request(site, house, as_person):
    as_person(house.lead)
    fields = {"topic": "data", "need": "Help us count", "wished_by": ""}
    response = site.post(f"{house.url}/help/new", fields, status=303)
    html = site.get(response.location).text
    assert "Your request is sent" in html
    assert "Waits since today" in html
    assert "Take this request" not in html


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_typed_is_shown_as_text(site, house, as_person, text):
    as_person(house.lead)
    response = site.post(f"{house.url}/help/new", {"topic": "data", "need": text}, status=303)
    assert "<script>alert" not in site.get(response.location).text
    assert "\0" not in only(AssistanceRequest).need


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose a topic."),
        ({"topic": "data", "need": " \n "}, "Write what you need."),
        ({"topic": "data", "need": "x" * 10_000}, "characters or fewer"),
        ({"topic": "../etc", "need": "x"}, "Not a valid choice"),
        ({"topic": "data", "need": "x", "wished_by": "2001-01-01"}, "still to come"),
        ({"topic": "data", "need": "x", "wished_by": "soon"}, "date"),
    ],
)
def test_a_request_with_gaps_comes_back_with_its_words(site, house, as_person, fields, sentence):
    as_person(house.lead)
    assert sentence in site.post(f"{house.url}/help/new", fields, status=422).text
    assert n_of(AssistanceRequest) == 0


def test_asking_twice_with_one_form_asks_once(site, house, as_person):
    as_person(house.lead)
    fields = {"topic": "data", "need": "Help", **site.hidden_fields(f"{house.url}/help/new")}
    first = site.client.post(f"{house.url}/help/new", data=fields)
    second = site.client.post(f"{house.url}/help/new", data=fields)
    assert first.location == second.location
    assert n_of(AssistanceRequest) == 1


def test_an_action_of_the_readiness_report_fills_the_request_in_and_says_where_it_went(site, house, as_person):
    readiness.publish()
    rated = readiness.make_round(house.harbor, house.lead)
    readiness.rate_all(rated, house.lead, 1)
    readiness.close(rated, house.lead)
    action = db.session.scalars(select(RecommendedAction).order_by(RecommendedAction.id)).first()
    as_person(house.lead)
    url = f"{house.url}/help/new?action={action.id}"
    html = site.get(url).text
    assert "From your readiness report" in html
    assert "Our readiness report recommends" in html
    response = site.post(url, {"topic": "medication", "need": "Help"}, status=303)
    assert db.session.get(RecommendedAction, action.id, populate_existing=True).opened_path == response.location
    assert site.client.get(url).location == response.location  # asked once
    as_person(house.river_lead)
    site.get(f"/organizations/{house.river.id}/help/new?action={action.id}", status=404)


def test_an_action_that_does_not_exist_is_not_asked_about(site, house, as_person):
    as_person(house.lead)
    site.get(f"{house.url}/help/new?action=12345", status=404)


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("staff", (403, 403, 404)),
        ("lead", (200, 200, 200)),
        ("expert", (403, 200, 200)),
        ("coordinator", (403, 200, 200)),
        ("admin", (200, 200, 200)),
        ("river_lead", (404, 404, 404)),
        ("stranger", (404, 404, 404)),
        ("far_expert", (404, 404, 404)),
    ],
)
def test_who_may_ask_and_who_may_read(site, house, as_person, who, statuses):
    ask, listed, shown = statuses
    asked = make_request(house.harbor, house.lead)
    make_encounter(house.harbor, house.expert)
    as_person(getattr(house, who))
    site.get(f"{house.url}/help/new", status=ask)
    site.get(f"{house.url}/help", status=listed)
    site.get(f"{house.url}/encounters", status=listed)
    site.get(f"/assistance/requests/{asked.id}", status=shown)


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("staff", (404, 404)),
        ("lead", (403, 303)),
        ("expert", (303, 403)),
        ("coordinator", (403, 403)),
        ("admin", (403, 303)),
    ],
)
def test_experts_take_and_leads_withdraw(site, house, as_person, who, statuses):
    take, withdraw = statuses
    asked = make_request(house.harbor, house.lead)
    as_person(getattr(house, who))
    site.post(f"/assistance/requests/{asked.id}/take", status=take)
    site.post(f"/assistance/requests/{asked.id}/withdraw", status=withdraw)


# ---- taking and closing


def test_an_expert_takes_a_request_logs_a_contact_and_closes_it(site, house, as_person):
    asked = make_request(house.harbor, house.lead)
    url = f"/assistance/requests/{asked.id}"
    as_person(house.expert)
    html = site.get(url).text
    assert "Take this request" in html
    site.post(f"{url}/take", {"goal": "Start together", "planned_hours": "4"}, page=url, status=303)
    html = site.get(url).text
    assert "Log a contact" in html
    assert "0 minutes of about 4 hours" in html
    form = {
        "about": f"request-{asked.id}",
        "occurred_on": clock.today(ZONE).isoformat(),
        "mode": "phone",
        "minutes": "45",
    }
    form |= {"kind": "consultation", "uuid": str(uuid4()), "next_step": "They call the pharmacy"}
    assert site.post("/assistance/encounters/new", form, status=303).location == url
    html = site.get(url).text
    assert "They call the pharmacy" in html
    assert "45 minutes" in html
    assert "Under way" in html
    version = str(db.session.get(AssistanceRequest, asked.id, populate_existing=True).row_version)
    words = {"outcome": "done", "outcome_text": "They start people now", "row_version": version}
    site.post(f"{url}/close", words, status=303)
    assert "They start people now" in site.get(url).text
    assert only(AssistanceRequest).state is RequestState.CLOSED
    site.get(f"{url}/close", status=409)


def test_a_wrong_plan_keeps_what_was_typed(site, house, as_person):
    asked = make_request(house.harbor, house.lead)
    as_person(house.expert)
    url = f"/assistance/requests/{asked.id}"
    for wrong in ({"planned_hours": "-1"}, {"planned_hours": "many"}, {"planned_until": "2001-01-01"}):
        html = site.post(f"{url}/take", {"goal": "Kept words", **wrong}, page=url, status=422).text
        assert "Kept words" in html
    assert n_of(Engagement) == 0


def test_an_expert_who_works_there_is_told_why_they_cannot(site, house, as_person):
    asked = make_request(house.river, house.river_lead)
    as_person(house.both)
    html = site.get(f"/assistance/requests/{asked.id}").text
    assert "You belong to this organization" in html
    assert "Take this request" not in html
    site.post(f"/assistance/requests/{asked.id}/take", status=409)


def test_an_expert_does_not_settle_requests_or_count_minutes_for_their_own_organization(site, house, as_person):
    asked = make_request(house.river, house.river_lead)
    as_person(house.both)
    said = {"outcome": "declined", "outcome_text": "No.", "row_version": "1"}
    site.post(f"/assistance/requests/{asked.id}/close", said, status=409)
    assert f"organization-{house.river.id}" not in site.get("/assistance/encounters/new").text
    contact = {
        "about": f"organization-{house.river.id}",
        "occurred_on": clock.today(ZONE).isoformat(),
        "mode": "phone",
        "minutes": "30",
        "kind": "consultation",
        "uuid": str(uuid4()),
    }
    site.post("/assistance/encounters/new", contact, status=422)
    assert only(AssistanceRequest).closed_at is None
    assert n_of(Encounter) == 0


def test_an_engagement_is_not_shown_where_one_serves_no_longer(site, house, as_person):
    make_taken_request(house.far, house.stranger, house.expert)
    as_person(house.expert)
    assert "Far Shelter" not in site.get("/assistance").text


@pytest.mark.parametrize("number", ["9" * 400, "-1", "1e400", "NaN"])
def test_a_number_that_is_none_is_said_at_its_field(site, house, as_person, number):
    asked = make_request(house.harbor, house.lead)
    as_person(house.expert)
    site.post(f"/assistance/requests/{asked.id}/take", {"planned_hours": number}, status=422)
    assert n_of(Engagement) == 0


def test_taking_what_a_colleague_took_says_who_was_first(site, house, as_person):
    asked = make_taken_request(house.harbor, house.lead, house.other)
    as_person(house.expert)
    response = site.post(f"/assistance/requests/{asked.id}/take", status=409)
    assert "Ed Expert was quicker" in response.text
    html = site.get(f"/assistance/requests/{asked.id}").text
    assert "Take it over from Ed Expert" in html
    taken = {"from_expert": str(house.other.id)}
    site.post(f"/assistance/requests/{asked.id}/take", taken, page=f"/assistance/requests/{asked.id}", status=303)
    assert only(AssistanceRequest).expert_id == house.expert.id


def test_withdrawing_twice_says_so(site, house, as_person):
    asked = make_request(house.harbor, house.lead)
    as_person(house.lead)
    url = f"/assistance/requests/{asked.id}"
    site.post(f"{url}/withdraw", page=url, status=303)
    again = site.post(f"{url}/withdraw", page=url, status=303)
    assert "has ended already: Withdrawn" in site.get(again.location).text


# ---- contacts


def test_the_form_remembers_the_last_contact(site, house, as_person):
    make_encounter(house.river, house.expert, mode="in-person")
    as_person(house.expert)
    html = site.get("/assistance/encounters/new").text
    assert f'<option selected value="organization-{house.river.id}">' in html
    assert 'value="in-person" checked' in html
    assert 'value="30" checked' in html
    assert clock.today(ZONE).isoformat() in html


def test_a_contact_with_gaps_or_nonsense_is_not_logged(site, house, as_person):
    as_person(house.expert)
    good = {
        "about": f"organization-{house.harbor.id}",
        "occurred_on": clock.today(ZONE).isoformat(),
        "mode": "phone",
        "minutes": "30",
        "kind": "consultation",
        "uuid": str(uuid4()),
    }
    wrongs = (
        {"about": f"organization-{house.far.id}"},
        {"about": "organization-x"},
        {"occurred_on": (clock.today(ZONE) + timedelta(days=9)).isoformat()},
        {"mode": "telepathy"},
        {"minutes": "31"},
        {"exact_minutes": "100000"},
        {"uuid": "no key"},
        {"next_step": "x" * 10_000},
        {"decisions": "x" * 10_000},
    )
    for wrong in wrongs:
        site.post("/assistance/encounters/new", good | wrong, status=422)
    assert n_of(Encounter) == 0
    site.post("/assistance/encounters/new", good | {"exact_minutes": "7", "n_people": "3"}, status=303)
    assert (only(Encounter).contact_minutes, only(Encounter).n_people) == (7, 3)


def test_a_contact_sent_again_by_the_phone_is_logged_once(site, house, as_person):
    as_person(house.expert)
    form = {
        "about": f"organization-{house.harbor.id}",
        "occurred_on": clock.today(ZONE).isoformat(),
        "mode": "phone",
        "minutes": "30",
        "kind": "consultation",
        "uuid": str(uuid4()),
    }
    for _time in range(2):
        site.post("/assistance/encounters/new", form, status=303)  # each with a form key of its own
    assert n_of(Encounter) == 1


@pytest.mark.parametrize("who", ["staff", "lead", "coordinator", "admin", "stranger"])
def test_only_experts_log_contacts(site, house, as_person, who):
    as_person(getattr(house, who))
    site.get("/assistance/encounters/new", status=403)
    site.post("/assistance/encounters/new", status=403)


def test_an_expert_without_organizations_is_told(site, house, as_person, app):
    make_encounter(house.harbor, house.expert)
    db.session.execute(Organization.__table__.update().values(state="closed"))
    db.session.commit()
    as_person(house.expert)
    assert "no organizations yet" in site.get("/assistance/encounters/new").text


# ---- the queue


def test_an_expert_sees_what_waits_and_how_long(site, house, as_person):
    make_request(house.harbor, house.lead, asked_at=clock.now() - timedelta(days=12), need="Oldest of all")
    make_taken_request(house.river, house.river_lead, house.expert)
    as_person(house.expert)
    html = site.get("/assistance").text
    for words in (
        "Waits for 12 days",
        "Oldest of all",
        "Whom you work with now",
        "No contact logged yet",
    ):
        assert words in html
    assert "You have it" not in html
    everything = site.get("/assistance?show=requests").text
    assert everything.index("Oldest of all") < everything.index("You have it")
    assert "You have it" not in site.get(f"/assistance?show=requests&organization={house.harbor.id}").text
    assert "Oldest of all" not in site.get("/assistance?show=mine").text
    assert "Cycles that wait" not in site.get("/assistance?show=requests").text


@pytest.mark.parametrize("query", ["show=nonsense&organization=x", "page=99999999", "organization=999", "show=closed"])
def test_a_broken_filter_shows_a_page(site, house, as_person, query):
    as_person(house.expert)
    site.get(f"/assistance?{query}")


def test_others_see_only_what_they_may_read(site, house, as_person):
    make_request(house.harbor, house.lead, need="Harbor needs this")
    make_request(house.far, house.stranger, need="Far needs this")
    sees = {
        "lead": (True, False),
        "coordinator": (True, False),
        "river_lead": (False, False),
        "stranger": (False, True),
    }
    sees |= {"staff": (False, False), "admin": (True, True), "far_expert": (False, True), "expert": (True, False)}
    for who, expected in sees.items():
        as_person(getattr(house, who))
        html = site.get("/assistance").text
        assert ("Harbor needs this" in html, "Far needs this" in html) == expected, who


def test_a_lead_finds_the_way_to_ask(site, house, as_person):
    as_person(house.lead)
    assert f"{house.url}/help/new" in site.get("/assistance").text
    as_person(house.staff)
    assert "tell your lead" in site.get("/assistance").text


@pytest.mark.parametrize("path", ["/assistance", "/assistance?show=requests", "{url}/help", "{url}/encounters"])
def test_a_long_list_costs_as_many_statements_as_a_short_one(site, house, as_person, path):
    def fill(n):
        for _each in range(n):
            request = make_taken_request(house.harbor, house.lead, house.expert)
            make_request(house.harbor, house.lead)
            make_encounter(house.harbor, house.expert, request_id=request.id)

    address = path.format(url=house.url)
    as_person(house.expert)
    fill(1)
    site.get(address)
    with counted_statements() as few:
        site.get(address)
    fill(20)
    with counted_statements() as many:
        site.get(address)
    assert len(many) == len(few)
    assert len(many) <= 10, many
