"""Opening, rating, closing; what becomes of actions and of people."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms import clock, signals
from lms.db import db
from lms.errors import Conflict, Forbidden, Invalid, NotFound
from lms.notifications.models import Todo
from lms.notifications.words import TodoKind
from lms.organizations.queries import find_membership
from lms.organizations.services.memberships import end_membership
from lms.readiness import queries
from lms.readiness.models import (
    ActionState,
    RatingEvent,
    RatingTeamMember,
    ReadinessReport,
    RecommendedAction,
)
from lms.readiness.queries import ratings as rating_queries
from lms.readiness.queries import rounds as round_queries
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.services import actions, people, ratings, rounds
from lms.readiness.services.publishing import publish_instruments
from lms.readiness.services.ratings import Rating
from lms.readiness.services.rounds import NothingRated, Plan, RoundClosed, RoundIsOpen, StaleRound
from readiness.scoring import DONT_KNOW
from tests.factories.people import make_membership, make_person
from tests.factories.readiness import close, instrument, make_round, rate, rate_all, said
from tests.house.sources import ROOT

SAME_DAY = "same-day-start"


@pytest.fixture
def caught():
    seen = []
    named = ("round_opened", "round_closed", "action_accepted", "action_settled")
    receivers = {}
    for name in named:
        receivers[name] = lambda _sender, name=name, **values: seen.append((name, values))
        getattr(signals, name).connect(receivers[name])
    yield seen
    for name, receiver in receivers.items():
        getattr(signals, name).disconnect(receiver)


@pytest.fixture
def open_round(place):
    return make_round(place.organization, place.member, place.second, by=place.lead)


@pytest.fixture
def closed_round(place, open_round):
    rate_all(open_round, place.member, 2)
    return close(open_round, place.lead)


def n_events() -> int:
    return db.session.scalar(select(func.count()).select_from(RatingEvent)) or 0


def test_publishing_twice_publishes_once(place):
    assert publish_instruments(ROOT / "content") == []


def test_only_one_round_is_open_at_a_time(place, open_round):
    with pytest.raises(RoundIsOpen):
        make_round(place.organization, place.member)


def test_opening_asks_the_team_to_rate(place, caught):
    opened = make_round(place.organization, place.member, place.second, by=place.lead)
    assert caught == [("round_opened", {"round": opened, "person_ids": {place.member.id, place.second.id}})]


def test_nobody_from_outside_rates(place):
    with pytest.raises(Invalid) as refused:
        make_round(place.organization, place.outsider)
    assert "people" in refused.value.fields


def test_the_newest_rating_counts_and_the_one_before_shows(place, open_round):
    rate(open_round, place.member, {SAME_DAY: 2})
    rate(open_round, place.second, {SAME_DAY: said(4, "Log of March")})
    standing = rating_queries.list_standings(open_round.id)[SAME_DAY]
    assert (standing.said, standing.before, standing.by_name) == (said(4, "Log of March"), said(2), "Second")


def test_an_event_sent_twice_is_recorded_once(place, open_round):
    rated, sent = RatedRound(open_round, instrument()), Rating(uuid4(), SAME_DAY, said(3))
    for _time in range(2):
        assert ratings.record_ratings(rated, [sent], by_id=place.member.id).event_uuids == (sent.event_uuid,)
    assert n_events() == 1


def test_saying_the_same_again_is_no_event(place, open_round):
    rate(open_round, place.member, {SAME_DAY: 3})
    rate(open_round, place.member, {SAME_DAY: 3})
    assert n_events() == 1


def test_two_notes_at_once_are_both_kept_in_sight(place, open_round):
    rate(open_round, place.member, {SAME_DAY: said(3, "theirs")})
    recorded = rate(open_round, place.second, {SAME_DAY: said(4, "mine")})
    (left,) = recorded.unsettled
    assert (left.notes, left.mine.evidence) == (("evidence",), "mine")
    assert recorded.standings[SAME_DAY].said == said(4, "theirs")


def test_whoever_saw_the_other_note_may_replace_it(place, open_round):
    first = rate(open_round, place.member, {SAME_DAY: said(3, "theirs")}).standings[SAME_DAY]
    recorded = rate(open_round, place.second, {SAME_DAY: said(3, "both")}, seen_id=first.event_id)
    assert recorded.unsettled == ()
    assert recorded.standings[SAME_DAY].said.evidence == "both"


def test_an_item_of_another_instrument_is_refused(place, open_round):
    with pytest.raises(Invalid):
        rate(open_round, place.member, {"no-such-item": 3})


def test_a_round_without_an_answer_does_not_close(place, open_round):
    with pytest.raises(NothingRated):
        close(open_round, place.lead)


def test_a_locked_round_comes_with_all_that_its_pages_need(place, open_round):
    round_id = open_round.id
    db.session.expunge_all()  # nothing is at hand from before
    locked = round_queries.lock_round(round_id)
    assert (locked.organization.name, locked.version.slug) == ("Harbor House", "moud-readiness")


def test_closing_computes_the_report_once(place, closed_round, caught):
    with pytest.raises(RoundClosed):
        rounds.close_round(closed_round, today=clock.today(), by_id=place.lead.id)
    db.session.rollback()
    report = queries.get_report(closed_round.id)
    assert {area.score for area in report.areas} == {2.0}
    assert len(report.low_critical_keys) == len(instrument().critical_items)
    assert db.session.scalar(select(func.count()).select_from(ReadinessReport)) == 1
    actions_made = queries.list_actions(closed_round.id)
    assert [each.number for each in actions_made] == [1, 2, 3]
    assert len({each.area_key for each in actions_made}) == 3


def test_nothing_is_rated_after_the_close(place, closed_round):
    with pytest.raises(RoundClosed):
        rate(closed_round, place.member, {SAME_DAY: 5})


def test_the_next_report_names_what_moved_with_its_evidence(place, closed_round):
    again = make_round(place.organization, place.member, by=place.lead)
    rate_all(again, place.member, 2)
    rate(again, place.member, {SAME_DAY: said(4, "Nine of ten in May")})
    close(again, place.lead)
    report = queries.get_report(again.id)
    (move,) = report.moves
    assert (move.item_key, move.before, move.after, move.evidence_after) == (SAME_DAY, 2, 4, "Nine of ten in May")
    assert report.earlier_round_id == closed_round.id
    assert all(area.earlier_score == 2.0 for area in report.areas)


def test_what_did_not_rise_gets_stronger_help(place, closed_round):
    first = queries.list_actions(closed_round.id)[0]
    due = clock.today() + timedelta(days=30)
    actions.accept_action(first, owner_id=place.member.id, due_on=due, today=clock.today(), by_id=place.lead.id)
    again = make_round(place.organization, place.member, by=place.lead)
    rate_all(again, place.member, 2)
    close(again, place.lead)
    assert queries.list_actions(again.id)[0].is_escalated


def test_dont_know_is_no_gap(place, open_round):
    rate_all(open_round, place.member, 5)
    rate(open_round, place.member, {SAME_DAY: DONT_KNOW})
    report = queries.get_report(close(open_round, place.lead).id)
    assert report.unknown_keys == (SAME_DAY,)
    assert report.gaps == ()


def test_an_accepted_action_has_an_owner_and_a_day(place, closed_round, caught):
    action, due = queries.list_actions(closed_round.id)[0], clock.today() + timedelta(days=30)
    with pytest.raises(Invalid):
        actions.accept_action(action, owner_id=place.outsider.id, due_on=due, today=clock.today(), by_id=place.lead.id)
    actions.accept_action(action, owner_id=place.staff.id, due_on=due, today=clock.today(), by_id=place.lead.id)
    assert (action.state, action.owner_id, action.due_on) == (ActionState.ACCEPTED, place.staff.id, due)
    with pytest.raises(Conflict):
        actions.decline_action(action, reason="No", by_id=place.lead.id)
    actions.finish_action(action, by_id=place.lead.id)
    with pytest.raises(Conflict):
        actions.drop_action(action, reason="No", by_id=place.lead.id)
    assert [name for name, _values in caught][-2:] == ["action_accepted", "action_settled"]


def test_a_declined_action_may_be_accepted_after_all(place, closed_round):
    action, due = queries.list_actions(closed_round.id)[0], clock.today() + timedelta(days=30)
    actions.decline_action(action, reason="No money this year", by_id=place.lead.id)
    assert action.reason == "No money this year"
    actions.accept_action(action, owner_id=place.lead.id, due_on=due, today=clock.today(), by_id=place.lead.id)
    assert (action.state, action.reason) == (ActionState.ACCEPTED, None)


def test_whoever_declined_the_last_proposal_has_nothing_left_to_decide(place, closed_round):
    proposed = queries.list_actions(closed_round.id)
    waiting = select(Todo.id).where(Todo.kind == TodoKind.DECIDE_ACTIONS, Todo.closed_at.is_(None))
    assert db.session.scalars(waiting).all()
    for action in proposed:
        actions.decline_action(action, reason="No money this year", by_id=place.lead.id)
    assert not db.session.scalars(waiting).all()


def test_opened_work_is_remembered_by_its_address(place, closed_round):
    action = queries.list_actions(closed_round.id)[0]
    signals.work_opened.send(
        None, action_id=action.id, kind=action.kind, path="/improve/teams/7", actor=place.actor(place.lead)
    )
    db.session.refresh(action)
    assert action.opened_path == "/improve/teams/7"


def test_only_who_manages_opens_work_from_an_action(place, closed_round):
    action = queries.list_actions(closed_round.id)[0]
    found = queries.get_action_for(place.actor(place.lead), action.id)
    gap = queries.get_gap(found)
    assert found.round.organization.name == "Harbor House"
    assert gap.rating == 2
    refusals = {place.member: Forbidden, place.expert: Forbidden, place.outsider: NotFound, place.staff: NotFound}
    for person, refusal in refusals.items():
        with pytest.raises(refusal):
            queries.get_action_for(place.actor(person), action.id)


def test_two_edits_of_a_round_do_not_overwrite_each_other(place, open_round):
    plan = Plan(frozenset({place.member.id}), clock.today() + timedelta(days=20))
    rounds.edit_round(open_round, plan, row_version=1, today=clock.today(), by_id=place.lead.id)
    with pytest.raises(StaleRound):
        rounds.edit_round(open_round, plan, row_version=1, today=clock.today(), by_id=place.lead.id)
    assert [each.name for each in round_queries.list_team(open_round.id)] == ["Member"]


def test_who_comes_back_to_the_team_rates_again(place, open_round):
    day, today = clock.today() + timedelta(days=20), clock.today()
    rounds.edit_round(
        open_round, Plan(frozenset({place.member.id}), day), row_version=1, today=today, by_id=place.lead.id
    )
    both = Plan(frozenset({place.member.id, place.second.id}), day)
    rounds.edit_round(open_round, both, row_version=2, today=today, by_id=place.lead.id)
    assert len(round_queries.list_team(open_round.id)) == 2


def test_presence_of_a_day_is_replaced_whole(place, open_round):
    today = clock.today()
    rounds.record_presence(open_round, today, [place.member.id, place.second.id], today=today, by_id=place.member.id)
    here = rounds.record_presence(
        open_round, today, [place.member.id, place.outsider.id], today=today, by_id=place.member.id
    )
    assert here == {place.member.id}
    (sitting,) = round_queries.list_sittings(open_round.id)
    assert sitting.names == ("Member",)
    with pytest.raises(Invalid):
        rounds.record_presence(
            open_round, today + timedelta(days=1), [place.member.id], today=today, by_id=place.member.id
        )


def test_who_leaves_the_organization_leaves_the_round(place, open_round):
    end_membership(find_membership(place.member.id, place.organization.id), by_id=place.lead.id)
    with pytest.raises(NotFound):
        queries.get_round_for(place.actor(place.member), open_round.id)
    assert [each.name for each in round_queries.list_team(open_round.id)] == ["Second"]


def test_what_a_leaver_had_to_do_passes_on(place, closed_round):
    action, due = queries.list_actions(closed_round.id)[0], clock.today() + timedelta(days=30)
    actions.accept_action(action, owner_id=place.staff.id, due_on=due, today=clock.today(), by_id=place.lead.id)
    here = {"person_id": place.staff.id, "organization_id": place.organization.id}
    owned = [row for _receiver, rows in signals.work_owned_asked.send(None, **here) for row in rows or ()]
    assert f"/readiness/rounds/{closed_round.id}/report#action-{action.id}" in [path for _word, _title, path in owned]
    passed = signals.person_left_work.send(None, **here, successor_id=place.lead.id, actor=place.actor(place.lead))
    assert {"actions of readiness reports": 1} in [counts for _receiver, counts in passed]
    db.session.refresh(action)
    assert action.owner_id == place.lead.id


def test_an_erased_person_leaves_no_name(place, closed_round):
    action, due = queries.list_actions(closed_round.id)[0], clock.today() + timedelta(days=30)
    actions.accept_action(action, owner_id=place.member.id, due_on=due, today=clock.today(), by_id=place.lead.id)
    people.forget_person(place.member.id)
    db.session.commit()
    assert db.session.scalars(select(RatingEvent.by_id).distinct()).all() == [None]
    assert db.session.scalars(select(RecommendedAction.state).where(RecommendedAction.id == action.id)).one() == (
        ActionState.PROPOSED
    )
    assert rating_queries.list_standings(closed_round.id)[SAME_DAY].by_name is None


def test_two_accounts_of_one_person_become_one(place, open_round):
    twin = make_person("Member again")
    make_membership(twin, place.organization)
    rate(open_round, place.member, {SAME_DAY: 2})
    people.merge_people(twin.id, place.member.id)
    db.session.commit()
    team = set(db.session.scalars(select(RatingTeamMember.person_id)))
    assert team == {twin.id, place.second.id}
    assert rating_queries.list_standings(open_round.id)[SAME_DAY].by_id == twin.id


def test_a_person_gets_a_copy_of_what_names_them(place, open_round):
    rate(open_round, place.member, {SAME_DAY: said(2, "The log")})
    sections = dict(
        pair for _receiver, pairs in signals.person_data_asked.send(None, person_id=place.member.id) for pair in pairs
    )
    assert sections["readiness ratings"][0]["evidence"] == "The log"
