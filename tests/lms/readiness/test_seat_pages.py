"""The pages of facts, of leaders' ratings and of experts, as each kind of person meets them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.authz import MembershipRole
from lms.db import db
from lms.notifications.models import Todo
from lms.organizations.queries import find_membership
from lms.readiness.models import Round, RoundState, Seat, SeatRating, TalkNote
from lms.readiness.queries import seats
from lms.readiness.services.rounds import share_report
from readiness.scoring import AnswerState
from tests.factories import playbooks as playbook_factory
from tests.factories.people import make_membership, make_person
from tests.factories.readiness import close as close_round
from tests.factories.readiness import make_round, rate_all
from tests.factories.seats import (
    FACTS,
    LEADERS,
    close,
    fact,
    finish,
    instrument_of,
    name_co_chair,
    open_record,
    rated,
    sit,
    sit_through,
)
from tests.pages import hidden_value
from tests.statements import counted_statements

FIRST = "first-24-hours"
SAME_DAY = "same-day-start"


def url(a_round: Round, rest: str = "") -> str:
    return f"/readiness/rounds/{a_round.id}{rest}"


@pytest.fixture
def facts(place):
    return open_record(place.organization, place.lead)


@pytest.fixture
def pair(place):
    name_co_chair(find_membership(place.second.id, place.organization.id))
    return place


@pytest.fixture
def leaders(pair):
    return open_record(pair.organization, pair.lead, LEADERS)


@pytest.fixture
def team(place):
    return make_round(place.organization, place.member, by=place.lead)


def both_finish(place, a_round: Round, lead: int = 4, co_chair: int = 4, **others: int) -> None:
    sit_through(a_round, Seat.LEAD, place.lead, lead)
    sit_through(a_round, Seat.CO_CHAIR, place.second, co_chair, **others)
    finish(a_round, Seat.LEAD, place.lead)
    finish(a_round, Seat.CO_CHAIR, place.second)


# ---------------------------------------------------------------- opening


def test_a_lead_opens_a_record_of_facts_and_lands_at_its_first_area(site, place):
    place.be(place.lead)
    path = f"/organizations/{place.organization.id}/readiness/records/new"
    page = site.get(path)
    assert "Overdose preparedness" in page.text
    assert "Leadership continuity" in page.text
    assert "MOUD" not in page.text.split("<main")[1].split("</main>")[0]
    fields = {"instrument": FACTS, "closes_on": str(clock.today() + timedelta(days=7))}
    answer = site.post(path, fields, status=303)
    page = site.get(answer.location)
    assert "not anonymous" in page.text
    again = site.post(path, fields, status=409)
    assert "Go to the open round" in again.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"instrument": "moud-readiness", "closes_on": "2026-01-01"},
        {"instrument": FACTS, "closes_on": "0001-01-01"},
        {"instrument": "x" * 5000, "closes_on": "=cmd()"},
    ],
)
def test_a_form_full_of_nonsense_opens_nothing(site, place, fields):
    place.be(place.lead)
    site.post(f"/organizations/{place.organization.id}/readiness/records/new", fields, status=422)
    assert db.session.scalars(select(Round)).all() == []


# ---------------------------------------------------------------- facts


def people_fields(**given: str) -> dict[str, str]:
    fields = {
        "area": "people",
        "answer-each-shift-covered": "yes",
        "fact-share-trained": "79,5",
        "fact-last-drill": str(clock.today()),
        "answer-recognition": "dont-know",
    }
    return fields | {key.replace("_", "-"): value for key, value in given.items()}


def test_facts_of_every_kind_are_noted_by_a_plain_form(site, place, facts):
    place.be(place.lead)
    path = url(facts, "/seats/lead")
    page = site.get(f"{path}?area=people")
    assert page.text.count("<fieldset") == 4
    assert 'type="date"' in page.text
    answer = site.post(path, people_fields(note_last_drill="Night shift <b>too</b>"), status=303)
    assert answer.location.endswith("area=place")
    said = seats.list_said(facts.id)[Seat.LEAD]
    assert {key: (each.fact, each.value, each.state.value) for key, each in said.items()} == {
        "each-shift-covered": ("yes", 5, "value"),
        "share-trained": ("79", 3, "value"),
        "last-drill": (str(clock.today()), 5, "value"),
        "recognition": (None, None, "dont-know"),
    }
    page = site.get(f"{path}?area=people")
    assert 'value="79"' in page.text
    assert "Night shift &lt;b&gt;too&lt;/b&gt;" in page.text
    overview = site.get(url(facts))
    assert "79 percent" in overview.text
    assert "4 of 18 facts noted" in overview.text


def test_the_same_form_twice_notes_once(site, place, facts):
    place.be(place.lead)
    path = url(facts, "/seats/lead")
    fields = {**site.hidden_fields(path), **people_fields()}
    for _time in range(2):
        assert site.client.post(path, data=fields).status_code == 303
    assert len(db.session.scalars(select(SeatRating)).all()) == 4


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"fact-last-drill": "2999-01-01"}, "still to come"),
        ({"fact-last-drill": "last week"}, "year, month and day"),
        ({"fact-last-drill": "0202-10-01"}, "very long ago"),
        ({"fact-share-trained": "most of us"}, "from 0 to 100 percent"),
        ({"fact-share-trained": "110"}, "from 0 to 100 percent"),
        ({"answer-last-drill": "dont-know"}, "Keep one of the two"),
        ({"note-recognition": "x" * 2_001}, "too long"),
    ],
)
def test_a_fact_that_cannot_be_taken_is_shown_again_with_its_message(site, place, facts, wrong, sentence):
    place.be(place.lead)
    ((field, value),) = wrong.items()
    page = site.post(url(facts, "/seats/lead"), {**people_fields(), field: value}, status=422)
    assert sentence in page.text
    assert "79,5" in page.text or field == "fact-share-trained"
    assert 'aria-invalid="true"' in page.text
    assert value in page.text
    assert db.session.scalars(select(SeatRating)).all() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("answer-each-shift-covered", "maybe"),
        ("answer-each-shift-covered", "given"),
        ("answer-share-trained", "never"),
        ("answer-last-drill", "5"),
    ],
)
def test_an_answer_that_no_page_offers_is_refused(site, place, facts, field, value):
    place.be(place.lead)
    fields = {"area": "people", field: value}
    site.post(url(facts, "/seats/lead"), fields, status=422)
    assert db.session.scalars(select(SeatRating)).all() == []


def test_a_drill_that_never_was_is_a_fact_too(site, place, facts):
    place.be(place.lead)
    site.post(url(facts, "/seats/lead"), {"area": "people", "answer-last-drill": "never"}, status=303)
    assert seats.list_said(facts.id)[Seat.LEAD]["last-drill"].value == 1
    assert "Never yet" in site.get(url(facts)).text


def test_two_who_write_the_same_note_see_both(site, place, facts):
    sit(facts, Seat.LEAD, place.lead, {"last-drill": rated(AnswerState.DONT_KNOW, "Ask Kim")})
    other = make_person("Other")
    make_membership(other, place.organization, MembershipRole.LEAD)
    place.be(other)
    path = url(facts, "/seats/lead")
    page = site.post(path, {"area": "people", "note-last-drill": "Ask Lee"}, status=409)
    assert "Ask Kim" in page.text
    assert "Ask Lee" in page.text
    seen = hidden_value(page.text, "seen-last-drill")
    fields = {
        "area": "people",
        "note-last-drill": "Ask both",
        "answer-last-drill": "dont-know",
        "seen-last-drill": seen,
    }
    site.post(path, fields, status=303)
    assert seats.list_said(facts.id)[Seat.LEAD]["last-drill"].note == "Ask both"


def test_facts_are_closed_into_a_report(site, place, facts):
    place.be(place.lead)
    page = site.post(url(facts, "/close-record"), status=409, page=url(facts))
    assert "Nothing is rated yet" in page.text
    site.post(url(facts, "/seats/lead"), people_fields(), status=303)
    answer = site.post(url(facts, "/close-record"), status=303, page=url(facts))
    report = site.get(answer.location)
    assert "The facts, as they were given" in report.text
    assert "79 percent" in report.text
    assert "5 of 36 possible points" in report.text
    closed = site.post(url(facts, "/seats/lead"), people_fields(note_recognition="late words"), status=409)
    assert "late words" in closed.text
    assert site.get(url(facts)).status_code == 200
    assert site.get(url(facts, "/seats/lead"), status=303).location.endswith(url(facts))


def test_who_else_meets_facts(site, place, facts):
    sit(facts, Seat.LEAD, place.lead, {"last-drill": fact(facts, "last-drill", "never")})
    for person, page, seat in (
        (place.staff, 404, 404),
        (place.outsider, 404, 404),
        (place.expert, 200, 403),
        (place.lead, 200, 200),
    ):
        place.be(person)
        site.get(url(facts), status=page)
        site.get(url(facts, "/seats/lead"), status=seat)
    site.get(url(facts, "/seats"), status=404)
    site.get(url(facts, "/areas/people"), status=404)
    site.get(url(facts, "/items"), status=404)
    assert site.post(url(facts, "/close"), page=url(facts)).status_code == 404


# ---------------------------------------------------------------- lead and co-chair


def test_neither_sees_the_other_until_both_have_finished(site, pair, leaders):
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4, "the lead's secret")})
    sit(leaders, Seat.CO_CHAIR, pair.second, {FIRST: rated(2, "the other secret")})
    finish(leaders, Seat.LEAD, pair.lead)
    watchers = {pair.lead: "the other secret", pair.second: "the lead's secret", pair.expert: "secret"}
    for person, secret in watchers.items():
        pair.be(person)
        page = site.get(url(leaders))
        assert secret.split("'")[-1] not in page.text.replace("&#39;", "'")
        assert site.get(url(leaders, "/seats"), status=303).location == url(leaders)
        assert "secret" not in site.client.get(url(leaders, "/responses.json")).text
    pair.be(pair.lead)
    assert "the other secret" not in site.get(url(leaders, "/seats/lead")).text
    site.get(url(leaders, "/seats/co-chair"), status=403)
    pair.be(pair.second)
    page = site.get(url(leaders, "/seats/co-chair"))
    assert "the other secret" in page.text
    answer = site.post(url(leaders, "/seats/co-chair/done"), status=303, page=url(leaders))
    assert answer.location == url(leaders, "/seats")
    for person in (pair.lead, pair.second, pair.expert):
        pair.be(person)
        page = site.get(url(leaders, "/seats"))
        assert "2 points apart" in page.text
        assert "the other secret" in page.text


def test_a_finished_seat_is_shown_and_opened_again(site, pair, leaders):
    pair.be(pair.lead)
    path = url(leaders, "/seats/lead")
    site.post(path, {"area": "emergency-cover", f"answer-{FIRST}": "4"}, status=303)
    site.post(f"{path}/done", status=303, page=url(leaders))
    page = site.get(path)
    assert "What you said" in page.text
    late = site.post(path, {"area": "emergency-cover", f"answer-{FIRST}": "1"}, status=409)
    assert "finished" in late.text
    answer = site.post(f"{path}/done", {"undo": "on"}, status=303, page=path)
    assert answer.location == path
    assert "Save and go on" in site.get(path).text


def test_finishing_nothing_says_so(site, pair, leaders):
    pair.be(pair.lead)
    page = site.post(url(leaders, "/seats/lead/done"), status=409, page=url(leaders))
    assert "Answer some items first" in page.text


def test_a_page_without_a_co_chair_says_how_to_name_one(site, place):
    a_round = open_record(place.organization, place.lead, LEADERS)
    place.be(place.lead)
    page = site.get(url(a_round))
    assert "Nobody is named as co-chair" in page.text
    assert f"/organizations/{place.organization.id}" in page.text


def test_a_leaders_record_is_closed_with_both_or_knowingly_with_one(site, pair, leaders):
    sit_through(leaders, Seat.LEAD, pair.lead, 4)
    finish(leaders, Seat.LEAD, pair.lead)
    pair.be(pair.lead)
    page = site.post(url(leaders, "/close-record"), status=409, page=url(leaders))
    assert "not both finished" in page.text
    answer = site.post(url(leaders, "/close-record"), {"alone": "on"}, status=303, page=url(leaders))
    assert "Only one of the two had finished" in site.get(answer.location).text
    assert site.get(url(leaders, "/seats"), status=303).location == url(leaders)


def test_the_report_shows_both_seats_and_is_read_by_staff_when_shared(site, pair, leaders):
    both_finish(pair, leaders, 4, 4, what_must_not_stop=2)
    close(leaders, pair.lead)
    pair.be(pair.lead)
    report = site.get(url(leaders, "/report"))
    assert "Lead and co-chair side by side" in report.text
    assert "What must not stop" in report.text
    share_report(db.session.get(Round, leaders.id), is_shared=True, by_id=pair.lead.id)
    db.session.commit()
    pair.be(pair.staff)
    assert "side by side" not in site.get(url(leaders, "/report")).text
    site.get(url(leaders, "/seats"), status=403)
    site.get(url(leaders, "/seats/lead"), status=403)


def test_a_co_chair_does_not_close_and_does_not_manage(site, pair, leaders):
    pair.be(pair.second)
    page = site.get(url(leaders))
    assert "Close the record" not in page.text
    assert site.post(url(leaders, "/close-record"), page=url(leaders)).status_code == 403


def test_both_note_what_they_said_about_a_gap(site, pair, leaders):
    both_finish(pair, leaders, 4, 4, first_24_hours=1)
    for person, text in ((pair.lead, "I meant the paper."), (pair.second, "Nobody <i>asked</i> me.")):
        pair.be(person)
        answer = site.post(
            url(leaders, "/talk"), {"item": FIRST, "text": text}, status=303, page=url(leaders, "/seats")
        )
        assert answer.location.endswith(f"#item-{FIRST}")
    page = site.get(url(leaders, "/seats"))
    assert "I meant the paper." in page.text
    assert "Nobody &lt;i&gt;asked&lt;/i&gt; me." in page.text
    page = site.post(url(leaders, "/talk"), {"item": FIRST, "text": " "}, status=422, page=url(leaders, "/seats"))
    assert "Write what was said." in page.text
    long = site.post(
        url(leaders, "/talk"), {"item": FIRST, "text": "y" * 2_001}, status=422, page=url(leaders, "/seats")
    )
    assert "y" * 2_001 in long.text
    site.post(url(leaders, "/talk"), {"item": "nothing", "text": "x"}, status=422, page=url(leaders, "/seats"))
    pair.be(pair.expert)
    assert site.post(url(leaders, "/talk"), {"item": FIRST, "text": "x"}, page="/").status_code == 403
    assert len(db.session.scalars(select(TalkNote)).all()) == 2


def test_no_note_is_taken_before_there_is_a_gap_to_see(site, pair, leaders):
    pair.be(pair.lead)
    answer = site.post(url(leaders, "/talk"), {"item": FIRST, "text": "x"}, status=303, page=url(leaders))
    assert answer.location == url(leaders)
    assert db.session.scalars(select(TalkNote)).all() == []


def test_the_site_counts_beside_four_items_and_fills_in_nothing(site, pair, leaders):
    playbook_factory.make_page(playbook_factory.make_playbook(pair.organization))
    pair.be(pair.lead)
    page = site.get(url(leaders, "/seats/lead?area=knowledge-and-access"))
    assert "Pages in your playbooks with an owner and a backup: 0 of 1." in page.text
    assert "would speak for a 1" in page.text
    assert '" checked>' not in page.text
    page = site.get(url(leaders, "/seats/lead?area=emergency-cover"))
    assert "No critical role is written down on this site." in page.text
    page = site.get(url(leaders, "/seats/lead?area=shared-leadership"))
    assert "Your teams have no cycle on this site yet." in page.text


def test_an_administrator_from_outside_rates_without_the_counts(site, pair, leaders):
    pair.be(make_person("Root", is_administrator=True))
    page = site.get(url(leaders, "/seats/lead?area=emergency-cover"))
    assert "No critical role" not in page.text


def test_who_has_finished_has_nothing_waiting_until_both_talk(site, pair, leaders):
    def waiting(person):
        open_ones = select(Todo).where(Todo.person_id == person.id, Todo.closed_at.is_(None))
        return len(db.session.scalars(open_ones).all())

    assert (waiting(pair.lead), waiting(pair.second)) == (1, 1)
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4)})
    finish(leaders, Seat.LEAD, pair.lead)
    assert (waiting(pair.lead), waiting(pair.second)) == (0, 1)
    sit(leaders, Seat.CO_CHAIR, pair.second, {FIRST: rated(4)})
    finish(leaders, Seat.CO_CHAIR, pair.second)
    assert (waiting(pair.lead), waiting(pair.second)) == (1, 1)
    close(leaders, pair.lead)
    assert waiting(pair.second) == 0


# ---------------------------------------------------------------- an expert beside a team


def test_an_expert_rates_beside_the_team_and_the_team_sees_it_when_due(site, place, team):
    place.be(place.expert)
    assert "Rate beside the team" in site.get(url(team)).text
    path = url(team, "/seats/expert")
    fields = {"area": "start", f"answer-{SAME_DAY}": "2", f"note-{SAME_DAY}": "Two of nine"}
    site.post(path, fields, status=303)
    site.post(f"{path}/done", status=303, page=url(team))
    place.be(place.member)
    page = site.get(url(team))
    assert "You see that rating when you have rated everything." in page.text
    assert site.get(url(team, "/seats"), status=303).location == url(team)
    assert "Two of nine" not in site.client.get(url(team, "/responses.json")).text
    rate_all(team, place.member, 4)
    assert "Two of nine" in site.client.get(url(team, "/responses.json")).text
    assert "Compare with the expert" in site.get(url(team)).text
    page = site.get(url(team, "/seats"))
    assert "Two of nine" in page.text
    assert "2 points apart" in page.text
    site.post(url(team, "/talk"), {"item": SAME_DAY, "text": "We count starts."}, status=303, page=url(team, "/seats"))
    place.be(place.outsider)
    site.get(url(team, "/seats"), status=404)
    site.get(path, status=404)


def test_an_unfinished_expert_rating_shows_only_after_the_close(site, place, team):
    sit(team, Seat.EXPERT, place.expert, {SAME_DAY: rated(1)})
    rate_all(team, place.member, 4)
    place.be(place.lead)
    assert "An expert is rating the same items on their own." in site.get(url(team)).text
    close_round(team, place.lead)
    page = site.get(url(team, "/seats"))
    assert "3 points apart" in page.text


def test_a_round_without_an_expert_has_nothing_to_compare(site, place, team):
    place.be(place.lead)
    assert "The expert’s own rating" not in site.get(url(team)).text
    assert site.get(url(team, "/seats"), status=303).location == url(team)


# ---------------------------------------------------------------- what pages cost


def statements(site, path: str) -> int:
    site.get(path)
    with counted_statements() as seen:
        site.get(path)
    return len(seen)


def test_pages_of_seats_cost_the_same_empty_and_full(site, pair, facts, leaders, team):
    pair.be(pair.lead)
    paths = [
        url(facts),
        url(facts, "/seats/lead?area=people"),
        url(leaders),
        url(leaders, "/seats/lead?area=knowledge-and-access"),
        url(team),
        url(team, "/projector/start"),
    ]
    empty = [statements(site, path) for path in paths]
    given = {
        "last-drill": fact(facts, "last-drill", "never"),
        "each-shift-covered": fact(facts, "each-shift-covered", "yes"),
    }
    sit(facts, Seat.LEAD, pair.lead, given)
    sit_through(leaders, Seat.LEAD, pair.lead, 4)
    sit_through(leaders, Seat.CO_CHAIR, pair.second, 2)
    rate_all(team, pair.member, 3)
    assert [statements(site, path) for path in paths] == empty
    assert max(empty) <= 10


def test_comparing_costs_the_same_with_one_note_and_with_many(site, pair, leaders):
    both_finish(pair, leaders, 5, 1)
    pair.be(pair.lead)
    first = statements(site, url(leaders, "/seats"))
    for item in instrument_of(LEADERS).items:
        site.post(url(leaders, "/talk"), {"item": item.key, "text": "Said."}, status=303, page=url(leaders, "/seats"))
    assert statements(site, url(leaders, "/seats")) == first <= 10
    close(leaders, pair.lead)
    assert db.session.get(Round, leaders.id).state is RoundState.CLOSED
    assert statements(site, url(leaders, "/report")) <= 12


def test_lists_say_how_far_records_are_and_who_is_asked(site, pair, facts, leaders):
    sit(facts, Seat.LEAD, pair.lead, {"last-drill": fact(facts, "last-drill", "never")})
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(3)})
    finish(leaders, Seat.LEAD, pair.lead)
    rounds_of = f"/organizations/{pair.organization.id}/readiness"
    pair.be(pair.lead)
    page = site.get("/readiness")
    assert "1 of 18 facts noted." in page.text
    assert "Finished: 1 of 2." in page.text
    assert page.text.count("You are asked to rate.") == 2
    assert "1 of 18 facts noted" in site.get(rounds_of).text
    pair.be(pair.second)
    assert site.get("/readiness").text.count("You are asked to rate.") == 1
    pair.be(pair.expert)
    page = site.get(rounds_of)
    assert "finished: 1 of 2" in page.text
    close(facts, pair.lead)
    pair.be(pair.lead)
    assert url(facts, "/report") in site.get("/readiness").text
