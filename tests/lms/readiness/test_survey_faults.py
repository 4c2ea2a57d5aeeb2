"""A survey that breaks off at any statement of any page, or of the work that looks after it, and then goes on.

What ends a process at once leaves of its transaction nothing; so each place between two statements is tried here, in
this process. `tests/trust/test_survey_faults.py` ends real processes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from lms import clock, jobs
from lms.db import db
from lms.jobs import Job
from lms.readiness.jobs import SURVEY_UPKEEP, handlers
from lms.readiness.models import Draft, Invite, Round, RoundState, Survey, SurveyComment, SurveyResponse, SurveySnapshot
from lms.readiness.services import surveys as closing
from lms.settings import Settings
from tests.factories import surveys
from tests.lms.readiness.conftest import Place

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
MOST_STATEMENTS = 400


class Killed(BaseException):
    """Nobody catches it: what would end a process at once."""


@contextmanager
def killed_at(number: int) -> Iterator[list[str]]:
    """Break off before the statement of this number, counted from 1; commits count too."""
    seen: list[str] = []

    def count(word: str) -> None:
        seen.append(word)
        if len(seen) == number:
            raise Killed

    def before_statement(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        count(statement)

    def before_commit(_connection: Any) -> None:
        count("COMMIT")

    engine = db.engine
    event.listen(engine, "before_cursor_execute", before_statement)
    event.listen(engine, "commit", before_commit)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before_statement)
        event.remove(engine, "commit", before_commit)


def breaks_off(number: int, work: Any) -> bool:
    """Do some work that ends before its statement of this number; False when it was done before."""
    with killed_at(number) as seen:
        try:
            work()
        except Killed:
            db.session.rollback()
            db.session.expire_all()
            return True
    assert len(seen) < number <= MOST_STATEMENTS
    db.session.commit()
    return False


def steps_of(token: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every form of a survey in its order, as a phone sends it."""
    yield f"/survey/{token}/group", {"group": "peer"}
    instrument = surveys.survey_instrument()
    for page in surveys.pages_of(instrument):
        yield f"/survey/{token}/{page.number}", {f"answer-{item.key}": "4" for item in page.items}
    yield f"/survey/{token}/review", {"comment": "More time, please.", "go": "preview"}
    yield f"/survey/{token}/review", {"comment": "More time, please.", "go": "send"}


def draft_answers() -> Any:
    db.session.rollback()
    draft = db.session.query(Draft).populate_existing().one_or_none()
    return None if draft is None else (draft.answers, draft.is_spent)


@pytest.mark.parametrize("is_seen", [False, True])
def test_no_answer_is_lost_or_doubled_wherever_a_page_breaks_off(place: Place, client: FlaskClient, *, is_seen: bool):
    """is_seen: the phone saw the answer; else it was lost on its way, and the phone sends the form once more."""
    survey = surveys.make_survey(place.organization, groups=surveys.ROLES)
    token = surveys.token_of(surveys.make_invite(survey))
    for path, fields in steps_of(token):
        stood, number = draft_answers(), 1
        while breaks_off(number, lambda path=path, fields=fields: client.post(path, data=fields)):
            assert draft_answers() == stood, "half of a page"
            assert client.get(f"/survey/{token}").status_code in {200, 303}, "the link goes on"
            number += 1
        assert number > 3
        stands = draft_answers()
        assert stands != stood
        if not is_seen:
            assert client.post(path, data=fields).status_code == 303
            assert draft_answers() == stands
    response = db.session.query(SurveyResponse).one()
    assert response.answers == surveys.all_answers(survey, 4)
    assert response.group_key == "peer"
    assert [each.text for each in db.session.query(SurveyComment)] == ["More time, please."]
    assert client.get(f"/survey/{token}").location == f"/survey/{token}/thanks"


def held() -> dict[UUID, Any]:
    db.session.rollback()
    rows = db.session.query(SurveyResponse).populate_existing()
    return {each.id: (each.answers, each.group_key, each.answered_on) for each in rows}


def said() -> list[tuple[UUID, str]]:
    return sorted((each.id, each.text) for each in db.session.query(SurveyComment).populate_existing())


def used_links(survey: Round) -> int:
    """How many links say that they are used, by whatever they are known."""
    db.session.rollback()
    done = {surveys.draft_key_of(each) for each in db.session.query(Invite).filter_by(is_done=True)}
    spent = {each.key for each in db.session.query(Draft).filter_by(is_spent=True)}
    marks = set(db.session.get_one(Survey, survey.id, populate_existing=True).used_keys)
    return len(done | spent | marks)


def answered_survey(place: Place, n: int) -> Round:
    survey = surveys.make_survey(place.organization, headcount=30, groups=surveys.ROLES, days=0)
    for number in range(n):
        token = surveys.token_of(surveys.make_invite(survey))
        surveys.answer_by_link(place.client, token, number % 5 + 1, group="peer", comment=f"I said {number + 1}")
    return survey


def test_looking_after_a_survey_can_break_off_anywhere(place: Place, settings: Settings):
    survey = answered_survey(place, 6)
    before, comments, number = held(), said(), 1
    job = jobs.ask(SURVEY_UPKEEP)
    db.session.commit()
    look_after, job_id = handlers(settings)[SURVEY_UPKEEP], job.id
    while breaks_off(number, lambda: look_after(db.session.get_one(Job, job_id), NOON + timedelta(hours=15))):
        assert (held(), said(), used_links(survey)) == (before, comments, 6)
        assert db.session.query(Invite).filter_by(is_done=True).count() in {0, 6}
        number += 1
    assert (held(), said(), used_links(survey)) == (before, comments, 6)
    assert db.session.query(Invite).filter_by(is_done=True).count() == 6
    assert db.session.query(Draft).count() == 0


@pytest.mark.parametrize("n", [3, 7])
def test_a_close_that_breaks_off_anywhere_is_done_once(place: Place, settings: Settings, n: int):
    survey = answered_survey(place, n)
    before, comments, number = held(), said(), 1
    job = jobs.ask(SURVEY_UPKEEP)
    db.session.commit()
    look_after, job_id, later = handlers(settings)[SURVEY_UPKEEP], job.id, clock.now() + timedelta(days=3)
    while breaks_off(number, lambda: look_after(db.session.get_one(Job, job_id), later)):
        is_closed = db.session.get_one(Round, survey.id, populate_existing=True).state is RoundState.CLOSED
        assert db.session.query(SurveySnapshot).count() == is_closed
        numbers = {each.snapshot_number for each in db.session.query(SurveyResponse).populate_existing()}
        assert numbers == ({1} if is_closed else {None})
        assert (len(held()), said(), used_links(survey)) == (n, comments, n)
        number += 1
    assert number > 10
    assert db.session.query(SurveySnapshot).one().document["n"] == (n if n >= 5 else None)
    assert {key: each[0] for key, each in held().items()} == {key: each[0] for key, each in before.items()}
    assert used_links(survey) == n


def test_late_answers_whose_release_breaks_off_anywhere_come_in_once(place: Place):
    survey = answered_survey(place, 6)
    closing.close_survey(survey, today=clock.today(), by_id=None)
    closing.reopen_survey(survey, clock.today(), today=clock.today(), by_id=place.lead.id)
    surveys.make_responses(survey, 2, 4, 3, 2, 4)
    number, round_id = 1, survey.id

    def end() -> None:
        closing.end_reopening(db.session.get_one(Round, round_id), today=clock.today(), by_id=None)
        db.session.commit()

    while breaks_off(number, end):
        assert db.session.query(SurveySnapshot).count() == 1
        assert closing.count_late(round_id) == 5
        number += 1
    assert [each.number for each in db.session.query(SurveySnapshot).order_by("number")] == [1, 2]
    assert closing.count_late(round_id) == 0
