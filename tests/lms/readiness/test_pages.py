"""The pages of readiness, as each kind of person meets them."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from lms import clock
from lms.authz import Capability, CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.organizations.models import Membership, MembershipCapability
from lms.organizations.services.memberships import end_membership
from lms.readiness import queries
from lms.readiness.models import ActionState, RatingEvent, Round
from lms.readiness.queries import ratings as rating_queries
from lms.readiness.queries import rounds as round_queries
from lms.readiness.services import actions, rounds
from readiness.scoring import AnswerState
from tests.factories.people import make_coalition_role, make_membership, make_organization, make_person
from tests.factories.readiness import close, instrument, make_round, rate, rate_all, said
from tests.pages import hidden_value
from tests.statements import counted_statements

SAME_DAY = "same-day-start"


@pytest.fixture
def open_round(place):
    return make_round(place.organization, place.member, place.second, by=place.lead)


@pytest.fixture
def closed_round(place, open_round):
    rate_all(open_round, place.member, 2)
    return close(open_round, place.lead)


def url(a_round: Round, rest: str = "") -> str:
    return f"/readiness/rounds/{a_round.id}{rest}"


def area_fields(area_key: str = "start", **answers: object) -> dict[str, str]:
    fields = {}
    for item in instrument().get_area(area_key).items:
        fields |= {f"answer-{item.key}": "3", f"evidence-{item.key}": "", f"dissent-{item.key}": ""}
        fields[f"seen-{item.key}"] = ""
    return fields | {name.replace("_", "-"): str(value) for name, value in answers.items()}


def due() -> str:
    return str(clock.today() + timedelta(days=30))


# ---------------------------------------------------------------- setting up


def test_a_lead_starts_a_round_and_the_team_finds_it(site, place):
    place.be(place.lead)
    path = f"/organizations/{place.organization.id}/readiness/new"
    assert "not anonymous" in site.get(path).text
    fields = {
        "instrument": "moud-readiness",
        "people": [str(place.member.id), str(place.second.id)],
        "closes_on": str(clock.today() + timedelta(days=14)),
    }
    answer = site.post(path, fields, status=303)
    place.be(place.member)
    assert answer.location in site.get("/readiness").text
    page = site.get(answer.location)
    assert "not anonymous" in page.text
    assert "0 of 40 items answered" in page.text


def test_starting_twice_leads_to_the_open_round(site, place, open_round):
    place.be(place.lead)
    path = f"/organizations/{place.organization.id}/readiness/new"
    fields = {"instrument": "moud-readiness", "people": [str(place.member.id)], "closes_on": str(clock.today())}
    page = site.post(path, fields, status=409)
    assert url(open_round) in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"people": ["999999"], "closes_on": "2099-01-01", "instrument": "moud-readiness"},
        {"people": ["<script>"], "closes_on": "=cmd()", "instrument": "nothing"},
        {"people": ["9" * 5000], "closes_on": "0001-01-01", "instrument": "x" * 10_000},
    ],
)
def test_a_form_full_of_nonsense_is_shown_again(site, place, fields):
    place.be(place.lead)
    site.post(f"/organizations/{place.organization.id}/readiness/new", fields, status=422)
    assert db.session.scalars(select(Round)).all() == []


def test_a_stale_edit_of_a_round_shows_both(site, place, open_round):
    place.be(place.lead)
    path = url(open_round, "/edit")
    version = hidden_value(site.get(path).text, "row_version")
    fields = {"people": [str(place.member.id)], "closes_on": str(clock.today() + timedelta(days=3))}
    site.post(path, {**fields, "row_version": version}, status=303)
    page = site.post(path, {**fields, "people": [str(place.staff.id)], "row_version": version}, status=409)
    assert "Somebody else changed this round" in page.text
    again = {**fields, "people": [str(place.staff.id)], "row_version": hidden_value(page.text, "row_version")}
    site.post(path, again, status=303)
    assert [each.name for each in round_queries.list_team(open_round.id)] == ["Staff"]


# ---------------------------------------------------------------- rating without a script


def test_an_area_is_rated_by_a_plain_form(site, place, open_round):
    place.be(place.member)
    path = url(open_round, "/areas/start")
    page = site.get(path)
    assert page.text.count("<fieldset") == 5
    assert page.text.count('type="radio"') == 5 * 7
    fields = area_fields(answer_same_day_start=4, evidence_same_day_start="Nine of ten <script>alert(1)</script> 🦩")
    answer = site.post(path, fields, status=303)
    assert answer.location == url(open_round, "/areas/stay")
    page = site.get(path)
    assert "<script>alert" not in page.text
    assert "Last: Member" in page.text
    standing = rating_queries.list_standings(open_round.id)[SAME_DAY]
    assert standing.said == said(4, "Nine of ten <script>alert(1)</script> 🦩")


def test_the_same_form_twice_counts_once(site, place, open_round):
    place.be(place.member)
    path = url(open_round, "/areas/start")
    fields = {**site.hidden_fields(path), **area_fields()}
    for _time in range(2):
        assert site.client.post(path, data=fields).status_code == 303
    assert len(db.session.scalars(select(RatingEvent)).all()) == 5


def test_two_people_who_write_at_once_see_both_texts(site, place, open_round):
    place.be(place.second)
    path = url(open_round, "/areas/start")
    site.get(path)
    rate(open_round, place.member, {SAME_DAY: said(2, "The log of March")})
    page = site.post(path, area_fields(evidence_same_day_start="Ask the nurse"), status=409)
    assert "The log of March" in page.text
    assert "Ask the nurse" in page.text
    assert rating_queries.list_said(open_round.id)[SAME_DAY].evidence == "The log of March"
    seen = {f"seen-{item.key}": hidden_value(page.text, f"seen-{item.key}") for item in instrument().items}
    seen = {name: value for name, value in seen.items() if value}
    site.post(path, {**area_fields(evidence_same_day_start="Both texts"), **seen}, status=303)
    assert rating_queries.list_said(open_round.id)[SAME_DAY].evidence == "Both texts"


def test_a_page_left_open_does_not_undo_what_others_rated(site, place, open_round):
    rate(open_round, place.member, {SAME_DAY: 2})
    place.be(place.second)
    path = url(open_round, "/areas/start")
    seen = hidden_value(site.get(path).text, f"seen-{SAME_DAY}")
    rate(open_round, place.member, {SAME_DAY: 5}, seen_id=int(seen))
    site.post(path, {**area_fields(answer_same_day_start=2), f"seen-{SAME_DAY}": seen}, status=303)
    assert rating_queries.list_said(open_round.id)[SAME_DAY].value == 5
    assert "changed it from 2 to 5" in site.get(path).text


def test_a_note_that_is_too_long_stays_in_the_form(site, place, open_round):
    place.be(place.member)
    page = site.post(url(open_round, "/areas/start"), area_fields(evidence_same_day_start="x" * 10_000), status=422)
    assert "x" * 10_000 in page.text
    assert "too long" in page.text


def test_an_unknown_area_is_not_there(site, place, open_round):
    place.be(place.member)
    site.get(url(open_round, "/areas/nowhere"), status=404)


def test_rating_after_the_close_says_so_and_keeps_the_words(site, place, open_round):
    place.be(place.member)
    path = url(open_round, "/areas/start")
    fields = {**site.hidden_fields(path), **area_fields(evidence_same_day_start="My careful note")}
    rate_all(open_round, place.second, 3)
    close(open_round, place.lead)
    answer = site.client.post(path, data=fields)
    assert answer.status_code == 409
    assert "My careful note" in answer.text
    assert site.get(path, status=303).location.endswith("/items#start")


def test_one_item_can_be_sent_by_a_plain_form(site, place, open_round):
    place.be(place.member)
    fields = {"item": SAME_DAY, "answer": "dont-know", "event_uuid": str(uuid4())}
    answer = site.post(url(open_round, "/ratings"), fields, page=url(open_round), status=303)
    assert answer.location.endswith(f"/areas/start#item-{SAME_DAY}")
    site.post(url(open_round, "/ratings"), {"item": "nothing", "answer": "3"}, page=url(open_round), status=422)


# ---------------------------------------------------------------- rating with the script


def send(site, a_round: Round, *events: object, path: str = "/ratings"):
    token = hidden_value(site.get("/").text, "csrf_token")
    headers = {"X-CSRF-Token": token, "Accept": "application/json"}
    return site.client.post(url(a_round, path), json={"events": list(events)}, headers=headers)


def event(answer: str = "3", item: str = SAME_DAY, **values: object) -> dict[str, object]:
    return {"event_uuid": str(uuid4()), "item": item, "answer": answer, "evidence": "", "dissent": "", **values}


def test_a_tap_is_saved_once_however_often_it_is_sent(site, place, open_round):
    place.be(place.member)
    tap = event("4", occurred_at="2026-01-31T14:02:11.000Z", seen="")
    for _time in range(2):
        answer = send(site, open_round, tap)
        assert answer.status_code == 200
        assert answer.json["saved"] == [tap["event_uuid"]]
    (item,) = answer.json["items"]
    assert (item["answer"], item["is_own"]) == ("4", True)
    assert len(db.session.scalars(select(RatingEvent)).all()) == 1


def test_the_script_learns_what_others_did_and_what_met(site, place, open_round):
    rate(open_round, place.member, {SAME_DAY: said(2, "The log"), "medication-choice": 5})
    place.be(place.second)
    answer = send(site, open_round, event("4", evidence="Ask the nurse")).json
    assert answer["unsettled"] == [{"item": SAME_DAY, "notes": ["evidence"]}]
    by_item = {each["item"]: each for each in answer["items"]}
    assert (by_item[SAME_DAY]["answer"], by_item[SAME_DAY]["evidence"]) == ("4", "The log")
    assert by_item["medication-choice"]["answer"] == "5"


def test_the_script_is_told_in_words_that_the_round_is_closed(site, place, closed_round):
    place.be(place.member)
    answer = send(site, closed_round, event())
    assert answer.status_code == 409
    assert "closed" in answer.json["message"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [[]],
        [{"item": SAME_DAY}],
        [{**event(), "event_uuid": "no"}],
        [event("6")],
        [event(answer=3)],
        [event(item="nothing")],
        [event(evidence="x" * 10_000)],
        [event(evidence=None)],
        [{**event(), "extra": 1}],
        [event()] * 51,
    ],
)
def test_what_is_no_rating_is_refused(site, place, open_round, events):
    place.be(place.member)
    assert send(site, open_round, *events).status_code == 422
    assert db.session.scalars(select(RatingEvent)).all() == []


def test_halves_of_letters_and_broken_json_do_no_harm(site, place, open_round):
    place.be(place.member)
    assert send(site, open_round, event(evidence="a\ud800b\u0000", seen="9" * 40)).status_code == 200
    token = hidden_value(site.get("/").text, "csrf_token")
    headers = {"X-CSRF-Token": token, "Accept": "application/json", "Content-Type": "application/json"}
    for body in (b"{", b"null", b"[]", json.dumps({"events": "x"}).encode()):
        assert site.client.post(url(open_round, "/ratings"), data=body, headers=headers).status_code == 422


# ---------------------------------------------------------------- who was there


def test_who_was_there_is_noted_for_a_day(site, place, open_round):
    place.be(place.member)
    here = str(clock.today(place.coalition.time_zone))
    fields = {"people": [str(place.member.id)], "present_on": here}
    site.post(url(open_round, "/presence"), fields, page=url(open_round), status=303)
    assert ": Member<" in site.get(url(open_round)).text
    site.post(url(open_round, "/presence"), {"present_on": "2099-01-01"}, page=url(open_round), status=422)
    site.post(url(open_round, "/presence"), {"present_on": "<b>"}, page=url(open_round), status=422)


# ---------------------------------------------------------------- the report


def test_closing_shows_the_report(site, place, open_round):
    rate_all(open_round, place.member, 2, same_day_start=1)
    place.be(place.lead)
    answer = site.post(url(open_round, "/close"), page=url(open_round), status=303)
    page = site.get(answer.location)
    assert "practices that save lives are not in place" in page.text
    assert page.text.count('<rect class="chart-bar') == 8
    assert "Same-day start" in page.text
    assert site.post(url(open_round, "/close"), page=url(open_round), status=409)


def test_an_empty_round_is_not_closed(site, place, open_round):
    place.be(place.lead)
    assert "Nothing is rated yet" in site.post(url(open_round, "/close"), page=url(open_round), status=409).text


def test_the_report_of_an_open_round_leads_to_its_progress(site, place, open_round):
    place.be(place.lead)
    assert site.get(url(open_round, "/report"), status=303).location == url(open_round)


def test_an_action_is_accepted_and_settled(site, place, closed_round):
    place.be(place.lead)
    action = queries.list_actions(closed_round.id)[0]
    path, page = url(closed_round, f"/actions/{action.id}"), url(closed_round, "/report")
    shown = site.post(path, {"decision": "accept"}, page=page, status=422)
    assert "Choose a person." in shown.text
    fields = {"decision": "accept", "owner": str(place.staff.id), "due_on": due()}
    site.post(path, fields, page=page, status=303)
    site.post(path, fields, page=page, status=409)
    assert "Staff, by" in site.get(page).text
    site.post(f"{path}/settle", {"outcome": "dropped"}, page=page, status=422)
    site.post(f"{path}/settle", {"outcome": "done"}, page=page, status=303)
    assert queries.list_actions(closed_round.id)[0].state is ActionState.DONE


def test_an_action_is_declined_with_its_reason(site, place, closed_round):
    place.be(place.lead)
    action = queries.list_actions(closed_round.id)[1]
    path, page = url(closed_round, f"/actions/{action.id}"), url(closed_round, "/report")
    site.post(path, {"decision": "decline", "reason": "  "}, page=page, status=422)
    site.post(path, {"decision": "decline", "reason": "x" * 10_000}, page=page, status=422)
    site.post(path, {"decision": "decline", "reason": "=cmd() <b>no</b>"}, page=page, status=303)
    assert "=cmd() &lt;b&gt;no&lt;/b&gt;" in site.get(page).text


def test_the_owner_of_an_action_settles_it(site, place, closed_round):
    action = queries.list_actions(closed_round.id)[0]
    in_a_month = clock.today() + timedelta(days=30)
    actions.accept_action(action, owner_id=place.staff.id, due_on=in_a_month, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    path, page = url(closed_round, f"/actions/{action.id}/settle"), url(closed_round, "/report")
    place.be(place.member)
    site.post(path, {"outcome": "done"}, page=page, status=403)
    place.be(place.staff)
    assert "It is done" in site.get(page).text
    site.get(url(closed_round, "/items"), status=403)  # who said what, with which evidence, stays with the team
    site.post(path, {"outcome": "done"}, page=page, status=303)


def test_a_shared_report_is_read_by_staff_without_the_ratings(site, place, closed_round):
    report, items = url(closed_round, "/report"), url(closed_round, "/items")
    place.be(place.staff)
    site.get(report, status=404)
    assert "Nothing for you here yet" in site.get("/readiness").text
    place.be(place.lead)
    site.post(url(closed_round, "/share"), {"share": "on"}, page=report, status=303)
    place.be(place.staff)
    assert report in site.get("/readiness").text
    page = site.get(report)
    assert "Accept it" not in page.text
    assert items not in page.text
    site.get(items, status=403)
    assert site.get(url(closed_round), status=303).location == report
    place.be(place.lead)
    site.post(url(closed_round, "/share"), {"share": "off"}, page=report, status=303)
    place.be(place.staff)
    site.get(report, status=404)


def test_an_open_round_has_nothing_to_share(site, place, open_round):
    place.be(place.lead)
    site.post(url(open_round, "/share"), {"share": "on"}, page=url(open_round), status=409)


# ---------------------------------------------------------------- who may


def test_strangers_do_not_learn_that_a_round_exists(site, place, closed_round):
    action = queries.list_actions(closed_round.id)[0]
    for person in (place.outsider, place.staff):
        place.be(person)
        for rest in ("", "/report", "/items", "/areas/start", "/edit"):
            site.get(url(closed_round, rest), status=404)
        for rest in ("/close", "/share", "/ratings", "/presence", f"/actions/{action.id}"):
            site.post(url(closed_round, rest), page="/", status=404)
    place.be(place.outsider)
    site.get(f"/organizations/{place.organization.id}/readiness", status=404)


def test_the_team_rates_and_does_not_run_the_round(site, place, open_round):
    place.be(place.member)
    site.get(url(open_round, "/edit"), status=403)
    site.post(url(open_round, "/close"), page=url(open_round), status=403)
    site.get(f"/organizations/{place.organization.id}/readiness/new", status=403)
    site.get(f"/organizations/{place.organization.id}/readiness")


def test_an_expert_reads_and_does_not_rate(site, place, open_round):
    place.be(place.expert)
    for rest in ("", "/items"):
        site.get(url(open_round, rest))
    site.get(url(open_round, "/areas/start"), status=403)
    assert send(site, open_round, event()).status_code == 403
    assert url(open_round) in site.get("/readiness").text
    site.get(f"/organizations/{place.organization.id}/readiness")


def test_a_facilitator_runs_rounds(site, place, open_round):
    person = make_person("Fay")
    membership = make_membership(person, place.organization)
    capability = Capability.READINESS_FACILITATOR
    db.session.add(MembershipCapability(membership_id=membership.id, capability=capability))
    db.session.commit()
    place.be(person)
    site.get(url(open_round, "/edit"))
    site.get(url(open_round, "/areas/start"))


def test_an_action_of_another_round_is_not_there(site, place, closed_round):
    neighbor = make_round(place.other, place.outsider)
    rate_all(neighbor, place.outsider, 2)
    close(neighbor, place.outsider)
    foreign = queries.list_actions(neighbor.id)[0]
    place.be(place.lead)
    site.post(url(closed_round, f"/actions/{foreign.id}"), page="/", status=404)


# ---------------------------------------------------------------- when to look again


def start_links(site, place) -> dict[str, str]:
    """The class of what starts a round, by page."""
    start = f'href="/organizations/{place.organization.id}/readiness/new"'
    shown = {}
    for path in ("/readiness", f"/organizations/{place.organization.id}/readiness"):
        tags = re.findall(rf"<a\b[^>]*{start}[^>]*>", site.get(path).text)
        shown[path] = " ".join(tags)
    return shown


def test_right_after_a_round_the_next_is_offered_quietly_and_with_its_day(site, place, closed_round):
    place.be(place.lead)
    assert all("button-secondary" in tag for tag in start_links(site, place).values())
    for path in start_links(site, place):
        page = site.get(path).text
        assert page.count("The next round makes sense from") == 1
        assert "Look again: what moved?" not in page
    site.get(f"/organizations/{place.organization.id}/readiness/new")  # nobody is kept from it


def test_half_a_year_later_the_next_round_is_the_main_action(site, place, closed_round):
    with clock.fixed(clock.now() + timedelta(days=183)):
        place.be(place.lead)
        assert all("button-secondary" not in tag and tag for tag in start_links(site, place).values())
        assert "Look again: what moved?" in site.get("/readiness").text
        for path in start_links(site, place):
            assert "The next round makes sense from" not in site.get(path).text


def test_the_first_round_is_the_main_action(site, place):
    place.be(place.lead)
    assert all("button-secondary" not in tag and tag for tag in start_links(site, place).values())


def test_while_a_round_is_open_another_is_offered_quietly_and_without_a_day(site, place, closed_round):
    make_round(place.organization, place.member)
    place.be(place.lead)
    path = f"/organizations/{place.organization.id}/readiness"
    assert "button-secondary" in start_links(site, place)[path]
    assert "The next round makes sense from" not in site.get(path).text


def test_who_starts_no_rounds_is_not_told_when(site, place, closed_round):
    for person in (place.member, place.expert):
        place.be(person)
        for path, tag in start_links(site, place).items():
            assert not tag
            assert "The next round makes sense from" not in site.get(path).text


def test_the_day_of_the_next_round_is_said_in_spanish(site, place, closed_round):
    place.be(place.lead)
    assert "La próxima ronda tiene sentido a partir del" in site.get("/readiness?lang=es").text


# ---------------------------------------------------------------- what pages cost


def statements(site, path: str) -> int:
    site.get(path)
    with counted_statements() as seen:
        site.get(path)
    return len(seen)


def test_pages_of_a_full_round_cost_as_much_as_those_of_an_empty_one(site, place, open_round):
    place.be(place.lead)
    paths = [url(open_round), url(open_round, "/areas/start"), url(open_round, "/items")]
    empty = [statements(site, path) for path in paths]
    for answer in (2, 3, 4):
        rate_all(open_round, place.member, answer)
    assert [statements(site, path) for path in paths] == empty
    assert max(empty) <= 10


def test_a_report_costs_at_most_twelve_statements(site, place, closed_round):
    place.be(place.lead)
    with counted_statements() as cold:
        site.get(url(closed_round, "/report"))
    assert len(cold) <= 12
    first = statements(site, url(closed_round, "/report"))
    for number in range(8):
        make_membership(make_person(f"Person {number}"), place.organization)
    again = make_round(place.organization, place.member, place.second)
    rate_all(again, place.member, 2)
    close(again, place.lead)
    assert statements(site, url(again, "/report")) == first <= 12


def test_lists_cost_the_same_with_one_row_and_with_twenty(site, place, closed_round):
    make_coalition_role(place.lead, place.coalition, CoalitionRoleKind.COORDINATOR)
    place.be(place.lead)
    paths = ["/readiness", f"/organizations/{place.organization.id}/readiness"]
    make_round(place.organization, place.member)
    few = [statements(site, path) for path in paths]
    _fill(place)
    assert [statements(site, path) for path in paths] == few
    assert max(few) <= 8


def test_lists_say_how_far_open_rounds_are_and_who_rates(site, place, closed_round):
    again = make_round(place.organization, place.member)
    rate(again, place.member, {SAME_DAY: 3, "medication-choice": AnswerState.DONT_KNOW})
    rate(again, place.member, {SAME_DAY: 4})
    place.be(place.member)
    page = site.get("/readiness").text
    assert "2 of 40 items answered" in page
    assert "You are asked to rate." in page
    for person in (place.second, place.staff):
        place.be(person)
        assert "2 of 40 items answered" not in site.get("/readiness").text
    place.be(place.expert)
    page = site.get(f"/organizations/{place.organization.id}/readiness").text
    assert "2 of 40 answered" in page
    assert url(closed_round, "/report") in page


def test_who_left_rates_no_longer_and_reads_no_list(site, place, open_round):
    membership = db.session.scalars(select(Membership).where(Membership.person_id == place.member.id)).one()
    end_membership(membership, by_id=place.lead.id)
    make_membership(place.member, place.other)
    db.session.commit()
    place.be(place.member)
    assert url(open_round) not in site.get("/readiness").text
    site.get(f"/organizations/{place.organization.id}/readiness", status=404)


def test_every_list_is_cheap_for_everyone(site, place, closed_round):
    make_round(place.organization, place.member)
    _fill(place)
    admin = make_person("Ada", is_administrator=True)
    for person in (place.member, place.second, place.lead, place.expert, admin):
        place.be(person)
        assert statements(site, "/readiness") <= 8
        assert statements(site, f"/organizations/{place.organization.id}/readiness") <= 8


def _fill(place) -> None:
    for number in range(12):
        organization = make_organization(f"Organization {number}")
        now = clock.now()
        db.session.add(
            CoalitionOrganization(coalition_id=place.coalition.id, organization_id=organization.id, joined_at=now)
        )
        person = make_person(f"Lead {number}")
        make_membership(person, organization, MembershipRole.LEAD)
        made = make_round(organization, person)
        rate_all(made, person, 1 + number % 5)
        close(made, person)
    for _time in range(8):
        held = round_queries.find_open_round(place.organization.id, "moud-readiness")
        rate(held, place.member, {SAME_DAY: 3})
        rounds.close_round(held, today=clock.today(), by_id=place.lead.id)
        make_round(place.organization, place.member)
