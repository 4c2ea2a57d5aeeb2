from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock, signals
from lms.accounts.models import Person
from lms.assistance import queries, services
from lms.assistance.models import (
    AssistanceRequest,
    CycleComment,
    Encounter,
    RequestState,
    Review,
    ReviewScore,
    ReviewState,
    RubricCriterion,
)
from lms.assistance.queries.reviews import ReviewFilter
from lms.assistance.services import Verdict
from lms.assistance.services.comments import reword_comment
from lms.assistance.services.reviews import ChangedMeanwhile
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.improvement.models import Cycle
from lms.improvement.queries import get_cycle
from lms.improvement.rules import CycleState
from lms.improvement.services.cycles import resubmit_cycle
from tests.factories.assistance import (
    actor_of,
    make_comment,
    make_cycle,
    make_encounter,
    make_review,
    make_taken_request,
    make_team,
)

ALL_SCORES = dict.fromkeys(RubricCriterion, 2)


def n_of(model, **values):
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**values))


@pytest.fixture
def cycle(house):
    """A finished cycle of Harbor House that waits for an expert."""
    made = make_cycle(make_team(house.harbor, house.member, house.lead))
    make_review(made, house.harbor)
    return get_cycle(made.id)


def decide(cycle, person, verdict=Verdict.ACCEPT, **values):
    waiting = db.session.scalar(select(Review.id).where(Review.cycle_id == cycle.id, Review.decided_at.is_(None)))
    newest = db.session.scalar(select(func.max(Review.id)).where(Review.cycle_id == cycle.id))
    values = {
        "review_id": waiting or newest,
        "seen_version": cycle.row_version,
        "summary": "You compared with what you predicted.",
        "scores": ALL_SCORES if verdict is Verdict.ACCEPT else {},
    } | values
    review = services.decide_review(cycle, verdict=verdict, actor=actor_of(person), **values)
    db.session.commit()
    return review


def comment(cycle, person, **values):
    values = {"field": "plan_what", "text": "Who calls them?", "today": clock.today()} | values
    written = services.write_comment(get_cycle(cycle.id), actor=actor_of(person), **values)
    db.session.commit()
    return written


# ---- a review is asked for


def test_a_finished_cycle_waits_once_however_often_it_is_told(house):
    made = get_cycle(make_cycle(make_team(house.harbor, house.member)).id)
    for _time in range(2):
        signals.cycle_acted.send(None, cycle=made)
    db.session.commit()
    review = db.session.scalars(select(Review)).one()
    assert (review.state, review.number, review.organization_id) == (ReviewState.REQUESTED, 1, house.harbor.id)


def test_a_returned_cycle_that_is_sent_again_waits_again_and_the_first_decision_stays(house, cycle):
    decide(cycle, house.expert, Verdict.RETURN, summary="Compare it with the prediction")
    again = get_cycle(cycle.id)
    assert again.returned_at is not None
    assert resubmit_cycle(again, by_id=house.member.id)
    db.session.commit()
    first, second = queries.panel_for(cycle.id, actor_of(house.member)).reviews
    assert (first.state, first.summary) == (ReviewState.RETURNED, "Compare it with the prediction")
    assert (second.state, second.number) == (ReviewState.RESUBMITTED, 2)
    decide(get_cycle(cycle.id), house.other)
    assert get_cycle(cycle.id).state is CycleState.REVIEWED


# ---- deciding


def test_accepting_keeps_scores_and_moves_the_cycle(house, cycle):
    heard = []
    listener = lambda _sender, review: heard.append(review.id)  # noqa: E731
    signals.review_decided.connect(listener)
    review = decide(cycle, house.expert)
    signals.review_decided.disconnect(listener)
    assert (review.state, review.reviewer_id, heard) == (ReviewState.ACCEPTED, house.expert.id, [review.id])
    assert n_of(ReviewScore, review_id=review.id) == 6
    assert get_cycle(cycle.id).state is CycleState.REVIEWED


@pytest.mark.parametrize("values", [{"summary": ""}, {"scores": {RubricCriterion.CLEAR_AIM: 3}}])
def test_accepting_needs_every_score_and_a_sentence(house, cycle, values):
    with pytest.raises(Invalid):
        decide(cycle, house.expert, **values)


def test_returning_needs_only_a_sentence(house, cycle):
    with pytest.raises(Invalid):
        decide(cycle, house.expert, Verdict.RETURN, summary="")
    db.session.rollback()
    assert decide(cycle, house.expert, Verdict.RETURN).state is ReviewState.RETURNED


def test_nobody_reviews_their_own_organization(house):
    own = make_cycle(make_team(house.river, house.river_lead))
    make_review(own, house.river)
    with pytest.raises(Conflict, match="You belong to this organization"):
        decide(get_cycle(own.id), house.both)


def test_who_decides_second_is_told_who_was_first(house, cycle):
    decide(cycle, house.expert)
    with pytest.raises(Conflict, match="Eve Expert was quicker and has accepted"):
        decide(cycle, house.other, Verdict.RETURN)
    db.session.rollback()
    assert n_of(ReviewScore) == 6


def test_words_that_the_expert_has_not_read_are_not_decided_on(house, cycle):
    with pytest.raises(ChangedMeanwhile):
        decide(cycle, house.expert, seen_version=cycle.row_version - 1)
    db.session.rollback()
    assert n_of(Review, decided_at=None) == 1


def test_a_review_of_another_cycle_decides_nothing_here(house, cycle):
    other = make_review(make_cycle(make_team(house.river, house.river_lead)), house.river)
    with pytest.raises(Conflict):
        decide(cycle, house.expert, review_id=other.id)


def test_two_experts_at_once_make_one_decision(house, cycle, at_once):
    cycle_id, review_id = cycle.id, db.session.scalar(select(Review.id))
    ids = [house.expert.id, house.other.id] * 2

    def job(person_id):
        def run():
            found = get_cycle(cycle_id)
            return services.decide_review(
                found,
                review_id=review_id,
                seen_version=1,
                verdict=Verdict.ACCEPT,
                summary="Good",
                scores=ALL_SCORES,
                actor=actor_of(db.session.get(Person, person_id)),
            ).id

        return run

    results = at_once([job(person_id) for person_id in ids])
    assert sum(isinstance(each, Conflict) for each in results) == 3
    assert n_of(ReviewScore, review_id=review_id) == 6


# ---- comments


def test_an_expert_who_comments_is_seen_to_be_reading(house, cycle):
    comment(cycle, house.expert)
    comment(cycle, house.other)
    waiting = queries.panel_for(cycle.id, actor_of(house.expert)).waiting
    assert (waiting.state, waiting.reviewer_id) == (ReviewState.IN_REVIEW, house.expert.id)


def test_a_team_that_comments_does_not_look_like_an_expert(house, cycle):
    comment(cycle, house.member)
    assert queries.panel_for(cycle.id, actor_of(house.member)).waiting.state is ReviewState.REQUESTED


def test_an_ask_has_somebody_of_the_team_and_a_day_to_come(house, cycle):
    ask = comment(cycle, house.expert, is_ask=True, owner_id=house.member.id, due_on=clock.today())
    assert (ask.owner_id, ask.is_ask) == (house.member.id, True)
    for wrong in ({"owner_id": house.staff.id}, {"due_on": clock.today() - timedelta(days=1)}):
        with pytest.raises(Invalid):
            comment(cycle, house.expert, is_ask=True, **wrong)
        db.session.rollback()


def test_an_ask_is_answered_and_settled_once(house, cycle):
    ask = comment(cycle, house.expert, is_ask=True)
    assert services.settle_comment(ask, answer="The nurses do", actor=actor_of(house.member))
    assert not services.settle_comment(ask, answer="", actor=actor_of(house.lead))
    db.session.commit()
    panel = queries.panel_for(cycle.id, actor_of(house.expert))
    [view] = panel.comments["plan_what"]
    assert (view.settled_by, view.answers[0].text, panel.open_asks) == ("Tia Team", "The nurses do", [])
    plain = comment(cycle, house.expert)
    with pytest.raises(Conflict):
        services.settle_comment(plain, answer="", actor=actor_of(house.member))


def test_a_new_wording_keeps_the_old_one(house, cycle):
    first = comment(cycle, house.expert, is_ask=True, text="Who calls?")
    services.settle_comment(first, answer="We do", actor=actor_of(house.member))
    first = db.session.get(CycleComment, first.id, populate_existing=True)
    second = reword_comment(first, text="Who calls them, and when?", actor=actor_of(house.expert))
    db.session.commit()
    [view] = queries.panel_for(cycle.id, actor_of(house.expert)).comments["plan_what"]
    assert (view.text, view.earlier, view.answers[0].text) == ("Who calls them, and when?", ("Who calls?",), "We do")
    assert db.session.get(CycleComment, first.id, populate_existing=True).text == "Who calls?"
    with pytest.raises(Conflict, match="another window"):
        reword_comment(first, text="Again", actor=actor_of(house.expert))
    db.session.rollback()
    with pytest.raises(Conflict, match="Only who wrote"):
        reword_comment(second, text="Mine", actor=actor_of(house.lead))


def test_the_last_look_is_when_one_last_wrote_or_decided(house, cycle):
    assert queries.panel_for(cycle.id, actor_of(house.expert)).last_look_at is None
    written = comment(cycle, house.expert)
    assert queries.panel_for(cycle.id, actor_of(house.expert)).last_look_at == written.written_at
    assert queries.panel_for(cycle.id, actor_of(house.other)).last_look_at is None


# ---- the queue


def test_harm_comes_first_then_who_waits_longest(house):
    def waiting(days, **values):
        made = make_cycle(make_team(house.harbor), **values)
        return make_review(made, house.harbor, requested_at=clock.now() - timedelta(days=days)).cycle_id

    new, old, harmful = waiting(1), waiting(9), waiting(0, has_harm=True)

    rows = queries.list_waiting(ReviewFilter(frozenset({house.harbor.id})), limit=10)
    assert [row.cycle_id for row in rows] == [harmful, old, new]
    assert queries.count_waiting(ReviewFilter(frozenset({house.river.id}))) == 0


# ---- people come and go


def test_what_a_leaver_was_asked_passes_to_somebody_else(house, cycle):
    make_taken_request(house.harbor, house.lead, house.expert)
    ask = comment(cycle, house.expert, is_ask=True, owner_id=house.lead.id)
    here = {"person_id": house.lead.id, "organization_id": house.harbor.id}
    owned = [row for _receiver, rows in signals.work_owned_asked.send(None, **here) for row in rows]
    assert f"/improve/cycles/{cycle.id}" in [path for _word, _title, path in owned]
    signals.person_left_work.send(None, successor_id=house.member.id, actor=actor_of(house.admin), **here)
    db.session.commit()
    assert db.session.get(CycleComment, ask.id, populate_existing=True).owner_id == house.member.id
    assert db.session.scalars(select(AssistanceRequest.contact_id)).one() == house.member.id


def test_an_erased_expert_leaves_no_name_and_open_work_waits_again(house, cycle):
    request = make_taken_request(house.harbor, house.lead, house.expert)
    make_encounter(house.harbor, house.expert)
    comment(cycle, house.expert)
    signals.person_erased.send(None, person_id=house.expert.id)
    db.session.commit()
    now = queries.get_request(request.id)
    assert (now.state, now.expert_id) == (RequestState.NEW, None)
    assert n_of(Encounter, expert_id=None) == 1
    panel = queries.panel_for(cycle.id, actor_of(house.member))
    assert (panel.comments["plan_what"][0].author, panel.waiting.reviewer_id) == (None, None)


def test_two_accounts_of_one_person_become_one(house, cycle):
    make_comment(cycle, house.harbor, house.staff)
    make_taken_request(house.harbor, house.staff, house.expert)
    signals.people_merged.send(None, kept_id=house.member.id, gone_id=house.staff.id)
    db.session.commit()
    assert n_of(CycleComment, author_id=house.member.id) == 1
    assert n_of(AssistanceRequest, asked_by_id=house.member.id) == 1


def test_a_persons_own_copy_holds_what_they_wrote(house, cycle):
    make_comment(cycle, house.harbor, house.member, text="My words")
    sections = dict(
        pair for _receiver, pairs in signals.person_data_asked.send(None, person_id=house.member.id) for pair in pairs
    )
    assert sections["comments on cycles"][0]["text"] == "My words"
    assert sections["requests for help"] == []


def test_a_cycle_row_is_never_changed_by_a_comment(house, cycle):
    before = cycle.row_version
    comment(cycle, house.expert)
    assert db.session.get(Cycle, cycle.id, populate_existing=True).row_version == before
