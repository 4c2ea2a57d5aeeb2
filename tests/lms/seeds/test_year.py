"""The year of the demonstration: what it holds, that it is the same each time, and that everybody finds their work."""

from collections import Counter
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select
from sqlalchemy.orm import undefer

from lms import audit, create_app
from lms.accounts.models import Person
from lms.assistance.models import AssistanceRequest, CycleComment, Encounter, RequestState, Review, ReviewState
from lms.coalitions.models import Coalition
from lms.coalitions.queries import load_actor
from lms.collaboratives.models import CollaborativeSession, SessionAttendance
from lms.db import Base, db
from lms.improvement.models import Cycle, CycleFlag, Measure, Observation, Team
from lms.improvement.queries.work import load_work
from lms.improvement.rules import CycleState, Decision, PredictionOutcome
from lms.improvement.verdicts import Finding
from lms.jobs import Job
from lms.leases import WorkState
from lms.notifications.models import Notice, Todo
from lms.notifications.words import TodoKind
from lms.operations.command import opened_site
from lms.outbox import OutboxKind, OutboxRow
from lms.playbooks.models import PageRevision, Playbook, PlaybookPage
from lms.playbooks.rules import RevisionKind
from lms.readiness.models import (
    ActionState,
    Campaign,
    CampaignOffer,
    Delivery,
    Draft,
    FinishedSeat,
    Invite,
    ParkedTopic,
    RecommendedAction,
    Round,
    RoundState,
    Seat,
    SurveyResponse,
    SurveySnapshot,
    TalkNote,
)
from lms.readiness.queries import comparing
from lms.seeds import PERSONAS, SIGN_INS
from lms.settings import Settings
from lms.succession import queries as succession
from lms.succession.models import CriticalRole
from lms.web.site import Site
from tests.factories.people import sign_in
from tests.lms.seeds.conftest import TODAY, fill
from tests.pages import Site as PageReader

BY_CHANCE = {"readiness_invite", "readiness_response", "readiness_comment", "readiness_draft"}
"""Tables of staff surveys whose keys are random, so that they have no order."""
CHANCE = {"poster_salt", "used_keys", "id", "key"}
SECRETS = {"password_hash", "serial", "entry_hash", "previous_hash", "head_hash", "nonce", "secret_hash"}
OF_A_TEST_BEFORE = {"request"}
ELSEWHERE = {"content_version", "search_doc", "sign_in_session"}  # content, its index, and who looks at it in tests


def tally(column: Any) -> Counter[Any]:
    return Counter(db.session.scalars(select(column)))


def count(table: type[Base], *conditions: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def persona(key: str) -> Person:
    return db.session.scalars(select(Person).where(Person.email == f"{key}@commons.test")).one()


# ---------------------------------------------------------------- what is there


def list_rounds(slug: str) -> list[Round]:
    return list(db.session.scalars(select(Round).where(Round.instrument_slug == slug).order_by(Round.id)))


def test_four_organizations_rated_themselves_three_times(demo: Site):
    rated = list_rounds("moud-readiness")
    assert set(Counter(each.organization_id for each in rated).values()) == {3}
    assert Counter(each.state for each in rated) == {RoundState.CLOSED: 11, RoundState.OPEN: 1}
    states = tally(RecommendedAction.state)
    assert set(states) == set(ActionState)
    assert states[ActionState.DONE] >= 8


def test_staff_were_asked_in_nine_organizations(demo: Site):
    surveyed = list_rounds("staff-survey")
    assert len({each.organization_id for each in surveyed}) == 9
    assert Counter(each.state for each in surveyed) == {RoundState.CLOSED: 11, RoundState.OPEN: 1}
    documents = list(db.session.scalars(select(SurveySnapshot.document)))
    assert Counter(each["rung"] for each in documents) == {"nothing": 3, "areas": 2, "items": 6}
    assert {each["sentences"][0]["kind"] for each in documents if each["rung"] == "nothing"} == {
        "too-few",
        "pooled-only",
    }
    assert sum(bool(each["comments"]) for each in documents) >= 4
    assert max(tally(SurveyResponse.round_id).values()) == 18
    assert count(SurveyResponse, SurveyResponse.snapshot_number.is_(None)) == 7


def test_no_answer_of_the_demonstration_can_be_tied_to_anybody(demo: Site):
    assert count(Draft, Draft.answers.is_not(None)) == 0
    assert {each.version for each in db.session.scalars(select(SurveyResponse.id))} == {4}
    for round_id, n_done in db.session.execute(
        select(Invite.round_id, func.count()).where(Invite.is_done.is_(True)).group_by(Invite.round_id)
    ):
        assert n_done >= 5, round_id


def test_harbor_house_asks_its_staff_now(demo: Site):
    (running,) = [each for each in list_rounds("staff-survey") if each.is_open]
    assert count(SurveyResponse, SurveyResponse.round_id == running.id) == 7
    here = Invite.round_id == running.id
    assert count(Invite, here, Invite.is_done.is_(True)) == 6  # the seventh waits for four more
    assert count(Invite, here, Invite.delivery == Delivery.FAILED) == 1
    assert count(Invite, here, Invite.reminded_on.is_not(None)) >= 8
    client = demo.test_client()
    sign_in(client, persona("staff"))
    assert 'href="/survey/' in PageReader(client).get("/").text
    client = demo.test_client()
    sign_in(client, persona("lead"))
    assert "weekend.desk@harbor-house.invalid" in PageReader(client).get(f"/readiness/surveys/{running.id}").text


def test_the_round_across_the_coalition_has_a_report_over_the_small_ones(demo: Site):
    campaign = db.session.scalars(select(Campaign).options(undefer(Campaign.pooled))).one()
    assert campaign.pooled is not None
    assert campaign.pooled["n_organizations"] == 3
    assert campaign.pooled["areas"]
    assert count(CampaignOffer, CampaignOffer.declined_reason.is_not(None)) == 1
    compared = comparing.list_comparisons(campaign.coalition_id)
    assert set(compared) == {"staff-survey", "moud-readiness", "overdose-preparedness", "leadership-continuity"}
    assert {column.n_shown for column in compared["staff-survey"].compared.columns.values()} == {5}
    assert tally(Job.state) == {WorkState.DONE: count(Job)}


@pytest.mark.parametrize(
    ("key", "path", "link"),
    [
        ("coordinator", "/readiness", "/coalitions/{coalition}/readiness"),
        ("coordinator", "/coalitions/{coalition}", "/coalitions/{coalition}/readiness"),
        ("expert", "/readiness", "/coalitions/{coalition}/readiness"),
        ("lead2", "/readiness/rounds/{round}/report", "/readiness/rounds/{round}/position"),
    ],
)
def test_comparisons_are_a_click_away(demo: Site, key: str, path: str, link: str):
    surveyed = [each for each in list_rounds("staff-survey") if each.organization_id == 2]
    named = {"coalition": 1, "round": surveyed[-1].id}
    client = demo.test_client()
    sign_in(client, persona(key))
    reader = PageReader(client)
    assert f'href="{link.format(**named)}"' in reader.get(path.format(**named)).text
    reader.get(link.format(**named))


def test_leaders_and_an_expert_rated_alone(demo: Site):
    assert Counter(db.session.scalars(select(FinishedSeat.seat))) == {Seat.LEAD: 1, Seat.CO_CHAIR: 1, Seat.EXPERT: 1}
    assert count(TalkNote) == 2
    assert count(ParkedTopic) == 2
    assert count(ParkedTopic, ParkedTopic.settled_at.is_not(None)) == 1
    (facts,) = list_rounds("overdose-preparedness")
    assert facts.state is RoundState.CLOSED


def test_twenty_cycles_were_run_with_more_and_with_less_care(demo: Site):
    assert count(Cycle) == 20
    states = tally(Cycle.state)
    assert states[CycleState.REVIEWED] == 15
    assert set(states) == {
        CycleState.REVIEWED,
        CycleState.ACTED,
        CycleState.DOING,
        CycleState.DRAFT,
        CycleState.NOT_RUN,
    }
    assert set(tally(Cycle.decision)) == {*Decision, None}
    assert count(Cycle, Cycle.has_harm.is_(True)) == 1
    assert count(Cycle, Cycle.is_explore.is_(True)) == 1
    assert count(CycleFlag) == 1


def test_charts_tell_of_better_of_worse_and_of_no_change(demo: Site):
    team_ids = db.session.scalars(select(Team.id)).all()
    work = load_work(team_ids, zone="America/New_York", today=TODAY)
    found = Counter(
        work.chart(measure).picture.verdict.finding for measure in db.session.scalars(select(Measure)).all()
    )
    assert found[Finding.BETTER] >= 4
    assert found[Finding.WORSE] == 1
    assert found[Finding.NO_CHANGE] >= 4
    assert count(Observation, Observation.missing_reason.is_not(None)) >= 6
    outcomes = Counter(work.judgement(cycle).outcome for cycle in work.cycles.values())
    assert outcomes[PredictionOutcome.MET] >= 6
    assert outcomes[PredictionOutcome.NOT_MET] >= 5


def test_reviews_came_back_and_were_accepted_and_one_waits(demo: Site):
    assert tally(Review.state) == {ReviewState.ACCEPTED: 15, ReviewState.RETURNED: 4, ReviewState.REQUESTED: 1}
    assert count(CycleComment, CycleComment.is_ask, CycleComment.settled_at.is_not(None)) >= 6
    assert count(CycleComment, CycleComment.is_ask, CycleComment.settled_at.is_(None)) == 1


def test_help_was_asked_for_and_given(demo: Site):
    states = tally(AssistanceRequest.state)
    assert states[RequestState.NEW] == 2
    assert states[RequestState.ACTIVE] == 2
    assert {RequestState.CLOSED, RequestState.REFERRED, RequestState.WITHDRAWN} <= set(states)
    assert count(Encounter) >= 14


def test_the_collaborative_meets_and_says_who_came(demo: Site):
    assert count(CollaborativeSession) == 10
    assert count(CollaborativeSession, CollaborativeSession.held_on > TODAY) == 2
    assert 20 <= count(SessionAttendance) < 32


def test_playbooks_have_revisions_by_several_people_and_pages_that_are_due(demo: Site):
    assert count(Playbook) == 2
    assert {RevisionKind.EDIT, RevisionKind.RESTORE} <= set(tally(PageRevision.kind))
    assert len(tally(PageRevision.author_id)) >= 6
    assert count(PlaybookPage, PlaybookPage.cycle_id.is_not(None)) == 3
    assert count(PlaybookPage, PlaybookPage.due_on < TODAY) >= 3


def test_roles_are_covered_at_every_level(demo: Site):
    actor = load_actor(persona("coordinator"))
    coalition_id = db.session.scalars(select(CriticalRole.coalition_id).where(CriticalRole.coalition_id > 0)).first()
    owner = succession.get_coalition_owner_for(actor, coalition_id or 0)
    levels = {int(coverage.level) for _card, coverage in succession.get_role_map(owner, TODAY).rows}
    assert levels == {0, 1, 2, 3, 4}


def test_nobody_gets_a_year_of_mail_and_old_notices_are_read(demo: Site):
    assert count(OutboxRow, OutboxRow.kind == OutboxKind.MAIL, OutboxRow.state == WorkState.WAITING) <= 10
    assert 0 < count(Notice, Notice.read_at.is_(None)) < count(Notice) / 4


def test_the_record_of_the_year_holds(demo: Site):
    assert list(audit.find_breaks()) == []
    moments = db.session.scalars(
        select(audit.AuditEntry.recorded_at).where(audit.AuditEntry.chain == 0).order_by(audit.AuditEntry.sequence)
    ).all()
    made = moments[-800:]  # after people and places, which are made one organization after the other
    assert made == sorted(made)


def test_nothing_happens_tomorrow(demo: Site):
    for moment in (Notice.created_at, Cycle.acted_at, Observation.entered_at, PageRevision.written_at, Todo.created_at):
        newest = db.session.scalar(select(func.max(moment)))
        assert newest.date() < TODAY


# ---------------------------------------------------------------- the same each time


def without_invite(value: Any) -> Any:
    return {**value, "invite_id": None} if isinstance(value, dict) and "invite_id" in value else value


def rows_of(settings: Settings) -> Mapping[str, list[tuple[Any, ...]]]:
    """Everything the demonstration made, but secrets and what lies outside the story."""
    with opened_site(settings, create_app):
        found = {}
        metadata: MetaData = Base.metadata
        for table in metadata.sorted_tables:
            if table.name in ELSEWHERE:
                continue
            left_out = SECRETS | OF_A_TEST_BEFORE
            if table.name in {*BY_CHANCE, "readiness_survey"}:
                left_out |= CHANCE
            columns = [each for each in table.columns if each.name not in left_out]
            rows = db.session.execute(select(*columns).order_by(*table.primary_key.columns)).all()
            found[table.name] = [tuple(row) for row in rows]
            if table.name in BY_CHANCE:
                found[table.name].sort(key=repr)
            if table.name == "outbox":
                found[table.name] = [tuple(map(without_invite, row)) for row in found[table.name]]
        return found


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_it_is_the_same_each_time_and_on_each_engine(demo_settings: Settings, settings: Settings):
    fill(settings)
    before, again = rows_of(demo_settings), rows_of(settings)
    first_difference = {
        name: next(pair for pair in zip_longest(rows, again[name]) if pair[0] != pair[1])
        for name, rows in before.items()
        if rows != again[name]
    }
    assert first_difference == {}


# ---------------------------------------------------------------- everybody finds their work

WORK = {
    "staff": {TodoKind.FINISH_COURSE, TodoKind.SETTLE_ACTION},
    "member": {
        TodoKind.ANSWER_REVIEW,
        TodoKind.ENTER_OBSERVATION,
        TodoKind.SETTLE_ACTION,
        TodoKind.CONFIRM_PAGE,
    },
    "lead": {TodoKind.DECIDE_ACTIONS},
    "lead2": {TodoKind.ANSWER_REVIEW, TodoKind.SETTLE_ACTION, TodoKind.CONFIRM_PAGE},
    "expert": {TodoKind.REVIEW_CYCLE, TodoKind.ANSWER_REQUEST},
    "coordinator": {TodoKind.CONFIRM_PAGE},
    "admin": set(),
    "outsider": {TodoKind.FINISH_COURSE},
}


@pytest.mark.parametrize("key", PERSONAS)
def test_everybody_finds_their_work_at_home(demo: Site, key: str):
    person = persona(key)
    waiting = select(Todo.kind).where(Todo.person_id == person.id, Todo.closed_at.is_(None))
    assert set(db.session.scalars(waiting)) == WORK[key]
    client = demo.test_client()
    sign_in(client, person)
    home = PageReader(client).get("/").text
    assert person.display_name in home


def test_the_sign_ins_are_those_of_the_personas(demo: Site):
    assert [name for name, _ in SIGN_INS] == list(PERSONAS)
    assert count(Person, Person.email.in_([email for _, email in SIGN_INS])) == len(PERSONAS)
    assert count(Coalition) == 3
