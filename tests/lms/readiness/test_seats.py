"""Rating alone: what a seat says, who may sit where, when two are compared, and what the report makes of it."""

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms import clock, signals
from lms.authz import MembershipRole
from lms.db import db
from lms.errors import Conflict, Forbidden, Invalid, NotFound
from lms.organizations.queries import find_membership
from lms.readiness import seat_report
from lms.readiness.models import ReadinessReport, RecommendedAction, Seat, SeatRating
from lms.readiness.queries import people as people_queries
from lms.readiness.queries import reports, seats
from lms.readiness.seating import (
    NOTHING,
    Counted,
    SeatSaid,
    compare,
    free_seats,
    is_expert_due,
    lower_of,
    merge_said,
    points_of,
    read_share,
    suggested_rating,
    value_of_fact,
)
from lms.readiness.services import people
from lms.readiness.services import seats as services
from lms.readiness.services.rounds import NothingRated, RoundClosed, RoundIsOpen
from lms.readiness.services.seats import SeatAnswer, SeatFinished, SeatUnfinished
from readiness.errors import FactOutOfRange
from readiness.instruments import AnswerKind, PlatformFact
from readiness.scoring import AnswerState
from tests.factories.people import make_membership, make_person
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
    taken,
)

TODAY = date(2026, 10, 1)
FIRST = "first-24-hours"
BOTH = frozenset({Seat.LEAD, Seat.CO_CHAIR})


@pytest.fixture
def pair(place):
    """The organization has a co-chair."""
    name_co_chair(find_membership(place.second.id, place.organization.id))
    return place


@pytest.fixture
def leaders(pair):
    return open_record(pair.organization, pair.lead, LEADERS)


@pytest.fixture
def facts(place):
    return open_record(place.organization, place.lead)


# ---------------------------------------------------------------- plain values


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("80", 80),
        (" 80 % ", 80),
        ("79,5", 79),
        ("79.99%", 79),
        ("100,0", 100),
        ("100,01", None),
        ("101", None),
        ("-1", None),
        ("19/24", 79),
        ("19 of 24", 79),
        ("19 de 24", 79),
        ("25/24", None),
        ("3/0", None),
        ("most", None),
        ("８０", None),
        ("", None),
        ("8e1", None),
        ("9" * 400, None),
    ],
)
def test_a_share_is_read_as_people_write_it(text, percent):
    assert read_share(text) == percent


def test_a_part_of_a_percent_never_lifts_a_share_over_its_limit():
    assert points_of(AnswerKind.SHARE, str(read_share("79,9")), today=TODAY) == 1
    assert points_of(AnswerKind.SHARE, str(read_share("80,0")), today=TODAY) == 2


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (AnswerKind.YES_PARTLY_NO, "yes", 5),
        (AnswerKind.YES_PARTLY_NO, "partly", 3),
        (AnswerKind.YES_PARTLY_NO, "no", 1),
        (AnswerKind.DATE, "never", 1),
        (AnswerKind.DATE, str(TODAY - timedelta(days=90)), 5),
        (AnswerKind.DATE, str(TODAY - timedelta(days=91)), 3),
        (AnswerKind.DATE, str(TODAY - timedelta(days=181)), 1),
        (AnswerKind.DATE, str(TODAY + timedelta(days=1)), 5),  # it is tomorrow already where it was given
        (AnswerKind.SHARE, "0", 1),
    ],
)
def test_facts_are_put_on_the_scale(kind, text, value):
    assert value_of_fact(kind, text, today=TODAY) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(AnswerKind.YES_PARTLY_NO, "maybe"), (AnswerKind.DATE, "soon"), (AnswerKind.SHARE, "101"), (AnswerKind.SHARE, "")],
)
def test_what_is_no_fact_is_refused(kind, text):
    with pytest.raises(FactOutOfRange):
        points_of(kind, text, today=TODAY)


def test_who_may_take_two_seats_never_sees_another_before_having_rated():
    assert free_seats(BOTH, own=set(), others=set()) == BOTH
    assert free_seats(BOTH, own=set(), others={Seat.LEAD}) == {Seat.CO_CHAIR}
    assert free_seats(BOTH, own=set(), others={Seat.CO_CHAIR}) == {Seat.LEAD}
    assert free_seats(BOTH, own=set(), others=BOTH) == {Seat.CO_CHAIR}
    assert free_seats(BOTH, own={Seat.LEAD}, others={Seat.CO_CHAIR}) == {Seat.LEAD}
    assert free_seats({Seat.CO_CHAIR}, own={Seat.LEAD}, others=set()) == frozenset()
    assert free_seats({Seat.LEAD}, own=set(), others={Seat.LEAD}) == {Seat.LEAD}


def test_edits_of_one_seat_that_meet_are_brought_together():
    base, theirs = rated(2, "old"), rated(4, "theirs")
    assert merge_said(base, rated(3, "old"), theirs, is_own=False).said == rated(3, "theirs")
    assert merge_said(base, rated(2, "old"), theirs, is_own=False).said == theirs
    met = merge_said(base, rated(2, "mine"), theirs, is_own=False)
    assert met.is_unsettled
    assert met.said == theirs
    assert merge_said(base, rated(2, "mine"), theirs, is_own=True).said == rated(2, "mine")
    given = SeatSaid(AnswerState.VALUE, 5, "2026-09-01")
    newer = SeatSaid(AnswerState.VALUE, 5, "2026-09-02")
    assert merge_said(given, newer, given, is_own=False).said == newer


def test_the_lower_of_two_counts():
    assert lower_of(rated(4), rated(2)).value == 2
    assert lower_of(rated(AnswerState.DONT_KNOW), rated(4)).value == 4
    assert lower_of(rated(AnswerState.NOT_APPLICABLE), rated(AnswerState.DONT_KNOW)).state is AnswerState.DONT_KNOW
    assert lower_of(NOTHING, rated(AnswerState.NOT_APPLICABLE)).state is AnswerState.NOT_APPLICABLE
    assert lower_of(NOTHING, NOTHING) == NOTHING


def test_the_widest_gap_comes_first(place):
    instrument = instrument_of(LEADERS)
    keys = [item.key for item in instrument.items[:4]]
    left = dict(zip(keys, (rated(3), rated(3), rated(5), rated(AnswerState.DONT_KNOW)), strict=True))
    right = dict(zip(keys, (rated(3), rated(4), rated(1), rated(2)), strict=True))
    lines = compare(instrument, left, right)
    assert [(line.item_key, line.gap) for line in lines[:3]] == [(keys[2], 4), (keys[1], 1), (keys[3], None)]
    assert [line.is_far_apart for line in lines[:3]] == [True, False, False]


@pytest.mark.parametrize(
    ("kind", "counted", "rating"),
    [
        (PlatformFact.ROLES_WITH_DEPUTY, Counted(0, 0), None),
        (PlatformFact.OWNED_PLAYBOOKS, Counted(0, 0), 1),
        (PlatformFact.ROLES_WITH_DEPUTY, Counted(5, 12), 1),
        (PlatformFact.ROLES_WITH_DEPUTY, Counted(6, 12), 3),
        (PlatformFact.ROLES_WITH_DEPUTY, Counted(12, 12), 5),
        (PlatformFact.OWNED_PLAYBOOKS, Counted(9, 10), 5),
        (PlatformFact.CYCLES_BY_SEVERAL, Counted(1, 10), 3),
        (PlatformFact.CYCLES_BY_SEVERAL, Counted(6, 10), 5),
    ],
)
def test_a_count_suggests_an_anchor(kind, counted, rating):
    assert suggested_rating(kind, counted) == rating


def test_a_team_sees_its_expert_only_after_its_own_mind():
    late = {"has_rated": True, "has_finished": True, "has_team_rated": True}
    assert is_expert_due(is_open=True, **late)
    assert not is_expert_due(is_open=True, **{**late, "has_team_rated": False})
    assert not is_expert_due(is_open=True, **{**late, "has_finished": False})
    assert is_expert_due(is_open=False, has_rated=True, has_finished=False, has_team_rated=False)
    assert not is_expert_due(is_open=False, has_rated=False, has_finished=False, has_team_rated=True)


# ---------------------------------------------------------------- opening and sitting


def test_one_record_of_each_instrument_is_open(facts, place):
    with pytest.raises(RoundIsOpen):
        open_record(place.organization, place.lead)
    assert open_record(place.organization, place.lead, LEADERS).is_open


def test_opening_a_leaders_record_asks_the_co_chair(pair):
    asked = []
    receiver = lambda _sender, round, person_ids: asked.append(set(person_ids))  # noqa: A006, E731
    with signals.round_opened.connected_to(receiver):
        open_record(pair.organization, pair.lead, LEADERS)
    assert asked == [{pair.lead.id, pair.second.id}]


def test_only_those_may_sit_who_are_meant(pair, leaders, facts):
    def seat_of(person, a_round, seat):
        return seats.get_seat_for(pair.actor(person), a_round.id, seat).seat

    assert seat_of(pair.lead, leaders, "lead") is Seat.LEAD
    assert seat_of(pair.second, leaders, "co-chair") is Seat.CO_CHAIR
    for person, seat in ((pair.lead, "co-chair"), (pair.second, "lead"), (pair.expert, "lead")):
        with pytest.raises(Forbidden):
            seat_of(person, leaders, seat)
    for person, a_round, seat in (
        (pair.staff, leaders, "lead"),
        (pair.outsider, leaders, "lead"),
        (pair.lead, leaders, "expert"),
        (pair.lead, facts, "co-chair"),
        (pair.lead, leaders, "king"),
    ):
        with pytest.raises(NotFound):
            seat_of(person, a_round, seat)
    with pytest.raises(Forbidden):
        seat_of(pair.second, facts, "lead")


def test_an_expert_sits_beside_a_team(place):
    a_round = make_round(place.organization, place.member, by=place.lead)
    assert seats.get_seat_for(place.actor(place.expert), a_round.id, "expert").seat is Seat.EXPERT
    for person in (place.lead, place.member):
        with pytest.raises(Forbidden):
            seats.get_seat_for(place.actor(person), a_round.id, "expert")


def test_a_second_lead_who_is_co_chair_does_not_see_the_leads_rating(pair, leaders):
    both = make_person("Both")
    membership = make_membership(both, pair.organization, MembershipRole.LEAD)
    name_co_chair(membership)
    assert seats.get_seat_for(pair.actor(both), leaders.id, "lead")
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4)})
    with pytest.raises(Forbidden):
        seats.get_seat_for(pair.actor(both), leaders.id, "lead")
    assert seats.get_seat_for(pair.actor(both), leaders.id, "co-chair")


def test_nobody_rates_from_two_seats_even_with_two_pages_open(pair, leaders):
    sit(leaders, Seat.CO_CHAIR, pair.second, {FIRST: rated(4)})
    with pytest.raises(Conflict):
        sit(leaders, Seat.LEAD, pair.second, {FIRST: rated(2)})


# ---------------------------------------------------------------- what a seat says


def test_an_answer_sent_twice_counts_once(facts, place):
    sent = [SeatAnswer(uuid4(), "last-drill", fact(facts, "last-drill", "never"))]
    for _time in range(2):
        services.record_seat(taken(facts, Seat.LEAD), sent, by_id=place.lead.id)
    assert db.session.scalar(select(func.count()).select_from(SeatRating)) == 1
    standing = seats.list_standings(facts.id)[Seat.LEAD]["last-drill"]
    assert (standing.said.fact, standing.said.value, standing.by_name) == ("never", 1, "Lead")


def test_saying_the_same_again_writes_nothing(facts, place):
    for _time in range(2):
        sit(facts, Seat.LEAD, place.lead, {"last-drill": fact(facts, "last-drill", "never")})
    assert db.session.scalar(select(func.count()).select_from(SeatRating)) == 1


def test_notes_of_two_people_in_one_seat_are_both_kept_for_a_decision(facts, place):
    other = make_person("Other")
    make_membership(other, place.organization, MembershipRole.LEAD)
    sit(facts, Seat.LEAD, place.lead, {"last-drill": SeatSaid(note="mine")})
    assert sit(facts, Seat.LEAD, other, {"last-drill": SeatSaid(note="theirs")}) == ("last-drill",)
    assert seats.list_said(facts.id)[Seat.LEAD]["last-drill"].note == "mine"


def test_an_item_of_another_instrument_is_refused(facts, place):
    with pytest.raises(Invalid):
        sit(facts, Seat.LEAD, place.lead, {FIRST: rated(3)})


# ---------------------------------------------------------------- finishing and closing


def test_a_finished_seat_takes_nothing_until_it_is_opened_again(pair, leaders):
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4)})
    assert finish(leaders, Seat.LEAD, pair.lead) is False
    with pytest.raises(SeatFinished):
        sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(2)})
    services.take_back(taken(leaders, Seat.LEAD), by_id=pair.lead.id)
    assert sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(2)}) == ()


def test_once_both_have_finished_nothing_is_taken_back(pair, leaders):
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4)})
    sit(leaders, Seat.CO_CHAIR, pair.second, {FIRST: rated(2)})
    finish(leaders, Seat.LEAD, pair.lead)
    assert finish(leaders, Seat.CO_CHAIR, pair.second) is True
    assert finish(leaders, Seat.CO_CHAIR, pair.second) is True  # twice is as good as once
    with pytest.raises(SeatFinished):
        services.take_back(taken(leaders, Seat.LEAD), by_id=pair.lead.id)


def test_nobody_finishes_without_an_answer(pair, leaders):
    with pytest.raises(NothingRated):
        finish(leaders, Seat.LEAD, pair.lead)


def test_an_expert_takes_back_until_the_team_sees_it(place):
    a_round = make_round(place.organization, place.member, by=place.lead)
    sit(a_round, Seat.EXPERT, place.expert, {"same-day-start": rated(4)})
    finish(a_round, Seat.EXPERT, place.expert)
    services.take_back(taken(a_round, Seat.EXPERT), by_id=place.expert.id)
    finish(a_round, Seat.EXPERT, place.expert)
    rate_all(a_round, place.member, 3)
    with pytest.raises(SeatFinished):
        services.take_back(taken(a_round, Seat.EXPERT), by_id=place.expert.id)


def test_a_leaders_record_waits_for_both_seats(pair, leaders):
    sit_through(leaders, Seat.LEAD, pair.lead, 4)
    finish(leaders, Seat.LEAD, pair.lead)
    sit_through(leaders, Seat.CO_CHAIR, pair.second, 1)
    with pytest.raises(SeatUnfinished):
        close(leaders, pair.lead)
    db.session.rollback()
    close(leaders, pair.lead, is_alone=True)
    computed = reports.get_report(leaders.id)
    assert {each.value for each in computed.said.values()} == {4}
    _facts, leader = seats.get_parts(leaders.id, instrument_of(LEADERS))
    assert leader.seats == {Seat.LEAD}
    assert not leader.has_both


def test_nothing_is_closed_when_nobody_has_finished(pair, leaders):
    with pytest.raises(SeatUnfinished):
        close(leaders, pair.lead, is_alone=True)


def test_a_closed_record_takes_nothing(facts, place):
    sit(facts, Seat.LEAD, place.lead, {"last-drill": fact(facts, "last-drill", "never")})
    close(facts, place.lead)
    with pytest.raises(RoundClosed):
        sit(facts, Seat.LEAD, place.lead, {"last-drill": fact(facts, "last-drill", str(clock.today()))})
    with pytest.raises(RoundClosed):
        close(facts, place.lead)


def test_facts_without_an_answer_make_no_report(facts, place):
    with pytest.raises(NothingRated):
        close(facts, place.lead)


# ---------------------------------------------------------------- reports


def whole_facts(a_round, **others):
    good = {AnswerKind.YES_PARTLY_NO: "yes", AnswerKind.DATE: str(clock.today()), AnswerKind.SHARE: "80"}
    return {
        item.key: fact(a_round, item.key, others.get(item.key.replace("-", "_"), good[item.answer]))
        for item in instrument_of(FACTS).items
    }


def test_the_report_of_facts_counts_points_and_ages_dates_to_the_day_of_the_close(facts, place, monkeypatch):
    sit(facts, Seat.LEAD, place.lead, whole_facts(facts, naloxone_in_date="no", share_trained="79"))
    later = clock.now() + timedelta(days=120)
    monkeypatch.setattr(clock, "now", lambda: later)
    services.close_record(facts, today=later.date(), by_id=place.lead.id)
    db.session.commit()
    part, _leader = seats.get_parts(facts.id, instrument_of(FACTS))
    points = {line.item_key: line.points for line in part.lines}
    assert (points["naloxone-in-date"], points["share-trained"], points["last-drill"]) == (0, 1, 1)
    assert (part.total.points, part.total.possible) == (2 * 18 - 4, 36)
    computed = reports.get_report(facts.id)
    assert "naloxone-in-date" in computed.low_critical_keys
    assert computed.said["last-drill"].value == 3
    chosen = reports.list_actions(facts.id)
    assert chosen[0].item_key == "naloxone-in-date"
    assert chosen[0].rating == 1
    row = db.session.get(ReadinessReport, facts.id)
    assert row.engine_version == seat_report.FACTS_ENGINE
    assert json.dumps(row.document)


def test_what_does_not_apply_leaves_the_points_and_what_is_unknown_stays(facts, place):
    given = whole_facts(facts)
    given["outdoor-work"] = rated(AnswerState.NOT_APPLICABLE)
    given["hand-off"] = rated(AnswerState.DONT_KNOW)
    sit(facts, Seat.LEAD, place.lead, given)
    close(facts, place.lead)
    part, _leader = seats.get_parts(facts.id, instrument_of(FACTS))
    assert (part.total.points, part.total.possible) == (2 * 16, 2 * 17)


def test_a_second_record_says_what_moved(facts, place):
    sit(facts, Seat.LEAD, place.lead, whole_facts(facts, naloxone_in_date="no"))
    close(facts, place.lead)
    again = open_record(place.organization, place.lead)
    sit(again, Seat.LEAD, place.lead, whole_facts(again))
    close(again, place.lead)
    moves = reports.get_report(again.id).moves
    assert [(move.item_key, move.before, move.after) for move in moves] == [("naloxone-in-date", 1, 5)]


def close_leaders(place, a_round, lead: int = 4, co_chair: int = 4, **others: int):
    sit_through(a_round, Seat.LEAD, place.lead, lead)
    sit_through(a_round, Seat.CO_CHAIR, place.second, co_chair, **others)
    finish(a_round, Seat.LEAD, place.lead)
    finish(a_round, Seat.CO_CHAIR, place.second)
    close(a_round, place.lead)
    return seats.get_parts(a_round.id, instrument_of(LEADERS))[1]


def test_the_report_of_leaders_shows_both_and_lets_the_lower_decide(pair, leaders):
    part = close_leaders(pair, leaders, what_must_not_stop=2)
    assert part.seats == BOTH
    first = part.lines[0]
    assert (first.item_key, first.lead.value, first.co_chair.value, first.gap) == ("what-must-not-stop", 4, 2, 2)
    area = next(each for each in part.areas if each.area_key == "emergency-cover")
    assert (area.lead, area.co_chair, area.gap, area.is_split) == (4.0, 3.5, 0.5, False)
    assert reports.get_report(leaders.id).said["what-must-not-stop"].value == 2
    assert reports.list_actions(leaders.id)[0].item_key == "what-must-not-stop"
    assert reports.get_report(leaders.id).n_people == 2


def test_an_area_on_which_two_are_split_needs_a_talk_first(pair, leaders):
    items = instrument_of(LEADERS).get_area("governance").items
    part = close_leaders(pair, leaders, 5, 5, **{item.key.replace("-", "_"): 2 for item in items})
    assert [area.area_key for area in part.areas if area.is_split] == ["governance"]
    action = next(each for each in reports.list_actions(leaders.id) if each.area_key == "governance")
    assert (action.kind.value, action.item_key) == ("conversation", None)


def test_a_talk_that_was_noted_lets_the_next_step_be_a_practice(pair, leaders):
    items = instrument_of(LEADERS).get_area("governance").items
    keys = {item.key: rated(2) for item in items}
    lead, co_chair = {item.key: rated(5) for item in instrument_of(LEADERS).items}, {}
    co_chair = {**lead, **keys}
    shared = {"closed_on": TODAY, "earlier": None, "tried": {}, "n_people": 2}
    seated = {Seat.LEAD: lead, Seat.CO_CHAIR: co_chair}
    before = seat_report.build_leader(instrument_of(LEADERS), seated, talks={}, **shared)
    after = seat_report.build_leader(instrument_of(LEADERS), seated, talks=dict.fromkeys(keys, "We agreed."), **shared)
    assert (before.chosen[0].item_key, after.chosen[0].item_key is None) == (None, False)


# ---------------------------------------------------------------- people


def test_a_copy_of_ones_data_holds_what_one_said_in_a_seat(facts, place):
    sit(facts, Seat.LEAD, place.lead, {"last-drill": fact(facts, "last-drill", "never", "Ask Kim")})
    sections = dict(people_queries.list_rows_of(place.lead.id))
    assert sections["readiness seat ratings"][0]["note"] == "Ask Kim"


def test_an_erased_author_is_a_former_member(pair, leaders):
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4)})
    finish(leaders, Seat.LEAD, pair.lead)
    people.forget_person(pair.lead.id)
    db.session.commit()
    assert seats.list_standings(leaders.id)[Seat.LEAD][FIRST].by_name is None
    assert seats.list_finished(leaders.id)[Seat.LEAD].by_name is None


def test_merged_people_keep_one_seat(pair, leaders):
    sit(leaders, Seat.LEAD, pair.lead, {FIRST: rated(4)})
    kept = make_person("Kept")
    people.merge_people(kept.id, pair.lead.id)
    db.session.commit()
    assert seats.list_writers(leaders.id) == {Seat.LEAD: {kept.id}}


def test_no_action_is_proposed_without_a_report(facts):
    assert db.session.scalar(select(func.count()).select_from(RecommendedAction)) == 0
