from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms import clock, signals
from lms.accounts.models import Person
from lms.assistance import queries, services
from lms.assistance.models import (
    AssistanceRequest,
    Encounter,
    EncounterMode,
    Engagement,
    RequestOutcome,
    RequestState,
    RequestTopic,
)
from lms.assistance.services import Contact
from lms.audit import AuditEntry
from lms.db import db
from lms.errors import Conflict, Invalid
from tests.factories.assistance import actor_of, make_encounter, make_request, make_taken_request

TODAY = date(2026, 11, 21)


def n_of(model, **values):
    return db.session.scalar(select(func.count()).select_from(model).filter_by(**values))


def ask(house, **values):
    values = {"topic": RequestTopic.DATA, "need": "Help us count", "wished_by": None} | values
    asked = services.ask_for_help(house.harbor.id, actor=actor_of(house.lead), **values)
    db.session.commit()
    return asked


def take(request, person, **values):
    values = {"goal": "", "planned_hours": None, "planned_until": None, "today": clock.today()} | values
    services.take_request(request, actor=actor_of(person), **values)
    db.session.commit()
    return queries.get_request(request.id)


@pytest.fixture
def heard():
    """What was told to other slices, by name."""
    told = []
    watched = [signals.help_asked, signals.help_changed, signals.work_opened]
    listeners = [lambda _sender, name=each.name, **values: told.append((name, values)) for each in watched]
    for signal, listener in zip(watched, listeners, strict=True):
        signal.connect(listener)
    yield told
    for signal, listener in zip(watched, listeners, strict=True):
        signal.disconnect(listener)


def test_asking_for_help_tells_the_others_and_is_recorded(house, heard):
    asked = ask(house)
    assert (asked.state, asked.contact_id) == (RequestState.NEW, house.lead.id)
    assert [name for name, _values in heard] == ["help-asked"]
    assert n_of(AuditEntry, verb="asked for help") == 1


def test_a_request_from_a_readiness_action_tells_where_it_is_seen_and_is_opened_once(house, heard):
    asked = ask(house, action_id=7)
    opened = [values for name, values in heard if name == "work-opened"]
    assert opened[0]["path"] == f"/assistance/requests/{asked.id}"
    assert (opened[0]["action_id"], opened[0]["kind"].value) == (7, "assistance")
    with pytest.raises(Conflict, match="already asked"):
        ask(house, action_id=7)
    db.session.rollback()
    services.withdraw_request(asked, actor=actor_of(house.lead), today=clock.today())
    assert ask(house, action_id=7).id != asked.id


def test_an_expert_takes_a_request_and_an_engagement_begins(house, heard):
    asked = make_request(house.harbor, house.lead)
    taken = take(asked, house.expert, goal="Same-day start", planned_hours=6)
    assert (taken.state, taken.expert_id) == (RequestState.ACCEPTED, house.expert.id)
    engagement = queries.find_engagement(asked.id)
    assert (engagement.goal, engagement.planned_hours, engagement.ended_on) == ("Same-day start", 6, None)
    assert "help-changed" in [name for name, _values in heard]


def test_an_engagement_without_a_goal_of_its_own_has_the_words_of_the_request(house):
    asked = make_request(house.harbor, house.lead, need="Help us")
    take(asked, house.expert)
    assert queries.find_engagement(asked.id).goal == "Help us"


def test_who_comes_second_is_told_who_was_first(house):
    asked = make_request(house.harbor, house.lead)
    take(asked, house.expert)
    with pytest.raises(Conflict, match="Eve Expert was quicker"):
        take(asked, house.other)
    db.session.rollback()
    assert n_of(Engagement) == 1


def test_an_expert_does_not_take_a_request_of_their_own_organization(house):
    asked = make_request(house.river, house.river_lead)
    with pytest.raises(Conflict, match="belong to this organization"):
        take(asked, house.both)


def test_a_colleague_takes_a_request_over_and_the_first_engagement_ends(house):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    now = take(asked, house.other, from_expert_id=house.expert.id)
    assert now.expert_id == house.other.id
    assert n_of(Engagement, request_id=asked.id, ended_on=None) == 1
    with pytest.raises(Conflict, match="Ed Expert was quicker"):
        take(asked, house.both, from_expert_id=house.expert.id)


def test_a_request_is_not_taken_twice_by_the_same_expert(house):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    for from_expert_id in (None, house.expert.id):
        with pytest.raises(Conflict, match="have this request already"):
            take(asked, house.expert, from_expert_id=from_expert_id)
        db.session.rollback()


def test_an_end_that_is_over_is_refused(house):
    asked = make_request(house.harbor, house.lead)
    with pytest.raises(Invalid):
        take(asked, house.expert, planned_until=clock.today() - timedelta(days=1))


def close(request, person, outcome=RequestOutcome.DONE, **values):
    values = {"row_version": request.row_version, "outcome_text": "They start people now"} | values
    services.close_request(request, actor=actor_of(person), outcome=outcome, today=clock.today(), **values)
    db.session.commit()


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (RequestOutcome.DONE, RequestState.CLOSED),
        (RequestOutcome.PARTLY, RequestState.CLOSED),
        (RequestOutcome.REFERRED, RequestState.REFERRED),
        (RequestOutcome.DECLINED, RequestState.DECLINED),
    ],
)
def test_the_expert_says_what_came_of_it_and_the_engagement_ends(house, outcome, state):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    close(asked, house.expert, outcome)
    now = queries.get_request(asked.id)
    assert (now.state, now.outcome, now.is_open) == (state, outcome, False)
    assert n_of(Engagement, ended_on=None) == 0


def test_nobody_closes_what_another_expert_has(house):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    with pytest.raises(Conflict, match="Another expert has this"):
        close(asked, house.other)


def test_what_nobody_took_cannot_be_done_but_declined(house):
    asked = make_request(house.harbor, house.lead)
    with pytest.raises(Invalid):
        close(asked, house.expert)
    db.session.rollback()
    close(asked, house.expert, RequestOutcome.DECLINED)
    assert queries.get_request(asked.id).state is RequestState.DECLINED


def test_closing_from_an_old_page_is_refused(house):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    with pytest.raises(Conflict, match="changed while"):
        close(asked, house.expert, row_version=1)


def test_a_withdrawn_request_stays_withdrawn(house):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    assert services.withdraw_request(asked, actor=actor_of(house.lead), today=clock.today())
    assert not services.withdraw_request(asked, actor=actor_of(house.lead), today=clock.today())
    db.session.commit()
    assert n_of(Engagement, ended_on=None) == 0
    with pytest.raises(Conflict):
        take(asked, house.other)


# ---- contacts


def log(house, person=None, uuid=None, **values):
    values = {
        "organization_id": house.harbor.id,
        "occurred_on": clock.today(),
        "mode": EncounterMode.VIDEO,
        "contact_minutes": 30,
    } | values
    held = services.log_encounter(
        Contact(**values), uuid=uuid or uuid4(), actor=actor_of(person or house.expert), today=clock.today()
    )
    db.session.commit()
    return held


def test_the_first_contact_lets_work_begin_and_belongs_to_the_engagement(house):
    asked = take(make_request(house.harbor, house.lead), house.expert)
    held = log(house, request_id=asked.id)
    assert queries.get_request(asked.id).state is RequestState.ACTIVE
    assert held.engagement_id == queries.find_engagement(asked.id).id
    assert log(house).engagement_id == held.engagement_id  # the only one with this organization


def test_a_contact_that_is_sent_twice_is_logged_once(house):
    key = uuid4()
    first, second = log(house, uuid=key), log(house, uuid=key, contact_minutes=90)
    assert (first.id, second.contact_minutes) == (second.id, 30)
    assert n_of(AuditEntry, verb="logged an encounter") == 1


def test_a_key_of_somebody_elses_contact_is_no_way_to_it(house):
    key = uuid4()
    log(house, uuid=key)
    with pytest.raises(Conflict):
        log(house, house.other, uuid=key)


@pytest.mark.parametrize("days", [1, -400])
def test_a_contact_is_logged_neither_before_it_happened_nor_after_a_year(house, days):
    with pytest.raises(Invalid) as refusal:
        log(house, occurred_on=clock.today() + timedelta(days=days))
    assert "occurred_on" in refusal.value.fields


def test_an_expert_logs_no_contact_with_an_organization_elsewhere(house):
    for organization_id in (house.far.id, 999_999):
        with pytest.raises(Invalid):
            log(house, organization_id=organization_id)


def test_a_contact_is_about_a_request_of_the_same_organization(house):
    foreign = make_request(house.river, house.river_lead)
    with pytest.raises(Invalid):
        log(house, request_id=foreign.id)


# ---- lists


def test_totals_add_up(house):
    for minutes in (30, 45):
        make_encounter(house.harbor, house.expert, contact_minutes=minutes, preparation_minutes=10)
    totals = queries.count_totals(house.harbor.id)
    assert (totals.n_encounters, totals.contact_minutes, totals.preparation_minutes) == (2, 75, 20)


def test_engagements_show_the_quietest_first(house):
    first = make_taken_request(house.harbor, house.lead, house.expert)
    second = make_taken_request(house.river, house.river_lead, house.expert)
    engagement = queries.find_engagement(first.id)
    make_encounter(
        house.harbor, house.expert, engagement_id=engagement.id, occurred_on=clock.today() + timedelta(days=1)
    )
    rows = queries.list_engagements(house.expert.id)
    assert [row.request_id for row in rows] == [second.id, first.id]
    assert [row.minutes for row in rows] == [0, 30]


def test_two_experts_at_once_make_one_engagement(house, at_once):
    request_id = make_request(house.harbor, house.lead).id
    people = [house.expert.id, house.other.id] * 2

    def job(person_id):
        def run():
            person = db.session.get(Person, person_id)
            services.take_request(
                queries.get_request(request_id),
                actor=actor_of(person),
                goal="",
                planned_hours=None,
                planned_until=None,
                today=clock.today(),
            )
            return person_id

        return run

    results = at_once([job(person_id) for person_id in people])
    assert sum(isinstance(each, Conflict) for each in results) == 3
    assert n_of(Engagement, request_id=request_id, ended_on=None) == 1
    assert db.session.get(AssistanceRequest, request_id, populate_existing=True).row_version == 2


def test_one_contact_sent_five_times_at_once_is_one(house, at_once):
    key, expert_id, organization_id = uuid4(), house.expert.id, house.harbor.id

    def run():
        actor = actor_of(db.session.get(Person, expert_id))
        contact = Contact(organization_id, clock.today(), EncounterMode.PHONE, 30)
        return services.log_encounter(contact, uuid=key, actor=actor, today=clock.today()).id

    results = at_once([run] * 5)
    assert len(set(results)) == 1
    assert n_of(Encounter) == 1
