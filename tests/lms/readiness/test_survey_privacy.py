"""Nobody learns who gave which answer: these tests hold everything the site keeps, and try."""

import io
import json
import logging
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing as closed_afterwards
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Date, DateTime, inspect, text

from lms import clock, jobs
from lms.db import db
from lms.jobs import Job
from lms.operations import backup
from lms.operations.logs import start_log
from lms.readiness import survey_links
from lms.readiness.jobs import SURVEY_UPKEEP, handlers
from lms.readiness.models import Draft, Invite, Round, Survey, SurveyComment, SurveyResponse, Via
from lms.readiness.models import surveys as models
from lms.readiness.services import answering as answer_services
from lms.readiness.services import surveys as closing
from lms.settings import Settings
from lms.web.site import Site
from tests.factories import surveys
from tests.lms.readiness.conftest import Place

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
SECRET_WORD = "Quetzalina Wobbleton"  # stands in a comment as typed, and is masked when it is sent
TRACELESS = (SurveyResponse, SurveyComment, Invite, Draft, models.PaperSheet)
WRITTEN_BY_OTHERS = ("audit_entry", "outbox", "form_submission", "job", "sign_in_session", "limit_count")


@dataclass
class Answering:
    """Twelve people who answered, each with answers of their own, and what they held."""

    survey: Round
    tokens: list[str]
    people: list[str]
    before: dict[str, int]
    after: dict[str, int]
    log: str


def answers_of(number: int) -> dict[str, int]:
    """Twelve patterns, all different: five digits to the base of five, for the items of the first page."""
    keys = [item.key.replace("-", "_") for item in surveys.survey_instrument().items[:5]]
    return {key: (number * (place + 3) + number // 5) % 5 + 1 for place, key in enumerate(keys)}


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """The log as the site writes it, with every event down to the smallest."""
    root = logging.getLogger()
    handlers_before, level = root.handlers[:], root.level
    written = io.StringIO()
    start_log("DEBUG", written)
    yield written
    root.handlers[:] = handlers_before
    root.setLevel(level)


@pytest.fixture
def answered(place: Place, log_lines: io.StringIO) -> Answering:
    """Six by e-mail, two as members, four by the poster, all mixed."""
    survey = surveys.make_survey(place.organization, by=place.lead, groups=surveys.ROLES)
    tokens = [surveys.token_of(surveys.make_invite(survey, email=f"staff{n}@example.org")) for n in range(6)]
    tokens += [surveys.token_of(surveys.make_invite(survey, person=each)) for each in (place.staff, place.member)]
    before = counted()
    poster = surveys.poster_token_of(survey)
    for _ in range(4):
        tokens.insert(3, place.client.post(f"/survey/poster/{poster}").location.removeprefix("/survey/"))
    for number, token in enumerate(tokens):
        comment = f"{SECRET_WORD} said number {number}" if number % 3 == 0 else ""
        group = ("nurse", "peer", "-")[number % 3]
        surveys.answer_by_link(place.client, token, 3, group=group, comment=comment, **answers_of(number))
    people = [*(f"staff{n}@example.org" for n in range(6)), str(place.staff.id), str(place.member.id)]
    return Answering(survey, [*tokens, poster], people, before, counted(), log_lines.getvalue())


def counted() -> dict[str, int]:
    db.session.rollback()
    rows = {name: db.session.execute(text(f"SELECT count(*) FROM {name}")).scalar() or 0 for name in WRITTEN_BY_OTHERS}  # noqa: S608  # our own names
    db.session.rollback()
    return rows


def dumped() -> str:
    """Every row of every table, as text."""
    db.session.rollback()
    rows = []
    for name in inspect(db.engine).get_table_names():
        held = db.session.execute(text(f'SELECT * FROM "{name}"')).mappings()  # noqa: S608  # our own names
        rows += [json.dumps([name, dict(row)], default=str) for row in held]
    db.session.rollback()
    return "\n".join(rows)


def look_after(settings: Settings, at: datetime = NOON) -> None:
    job = jobs.ask(SURVEY_UPKEEP)
    db.session.commit()
    handlers(settings)[SURVEY_UPKEEP](db.session.get_one(Job, job.id), at)
    db.session.commit()
    db.session.expire_all()


def raw_bytes(settings: Settings) -> bytes:
    """The database as it lies on the disk, with the log that is written ahead; all rows of one that has no file."""
    if not settings.is_sqlite:
        return dumped().encode()
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    return b"".join(path.read_bytes() for path in (file, file.with_name(f"{file.name}-wal")) if path.exists())


def secrets_of(answered: Answering) -> list[str]:
    """The links, and their proofs alone in each way they could be written."""
    found = [surveys.survey_key()]
    for token in answered.tokens:
        proof = token.partition("-")[2] if re.match(r"\d+-", token) and len(token) < 40 else token[22:]
        found += [token, proof]
    return found


def test_answering_writes_nothing_anywhere_else(answered: Answering):
    assert answered.after == answered.before


def test_no_link_lies_in_the_database_its_file_the_log_or_a_backup(
    answered: Answering, settings: Settings, tmp_path: Path
):
    look_after(settings)
    made = backup.create(settings, db.engine, tmp_path / "copies")
    with zipfile.ZipFile(made.path) as archive:
        copied = b"".join(archive.read(name) for name in archive.namelist())
    places = {"rows": dumped().encode(), "file": raw_bytes(settings), "log": answered.log.encode(), "backup": copied}
    for secret in secrets_of(answered):
        assert [name for name, held in places.items() if secret.encode() in held] == []
        as_hex = secret.encode().hex().encode()
        assert [name for name, held in places.items() if as_hex in held] == []


def test_log_tells_neither_links_nor_answers_even_when_a_page_breaks(
    place: Place, answered: Answering, log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
):
    def break_down(*_values: object, **_names: object) -> None:
        raise RuntimeError("broken on purpose")

    token = surveys.token_of(surveys.make_invite(answered.survey))
    monkeypatch.setattr(answer_services, "keep_answers", break_down)
    assert place.client.post(f"/survey/{token}/1", data={"answer-effort": "4"}).status_code == 500
    assert place.client.post(f"/survey/{token}/save", json={"answers": {"effort": "4"}}).status_code == 500
    log = log_lines.getvalue()
    assert "broken on purpose" in log
    assert token not in log
    invite_ids = [str(each.id) for each in db.session.query(Invite)]
    assert not any(each in log for each in (SECRET_WORD, *answered.people[:6], *invite_ids))


def test_ids_are_random_and_tell_no_order(answered: Answering):
    rows = {each.id: each.answers for each in db.session.query(SurveyResponse)}
    assert len(rows) == 12
    assert {each.version for each in rows} == {4}
    first_keys = [item.key for item in surveys.survey_instrument().items[:5]]
    by_pattern = {tuple(answers[key] for key in first_keys): each for each, answers in rows.items()}
    in_order = [by_pattern[tuple(answers_of(number).values())] for number in range(12)]
    assert in_order != sorted(in_order, key=str)
    assert in_order != sorted(in_order, key=str, reverse=True)


def test_where_rows_lie_tells_no_order(answered: Answering, settings: Settings):
    look_after(settings)
    if settings.is_sqlite:
        with closed_afterwards(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as connection:
            for name in (table.__tablename__ for table in TRACELESS):
                with pytest.raises(sqlite3.OperationalError, match="rowid"):
                    connection.execute(f"SELECT rowid FROM {name}")  # noqa: S608  # our own name
        return
    rows = db.session.execute(text("SELECT answers FROM readiness_response ORDER BY ctid")).scalars().all()
    patterns = [tuple(answers_of(number).values()) for number in range(12)]
    keys = [item.key for item in surveys.survey_instrument().items[:5]]
    lying = [patterns.index(tuple(answers[key] for key in keys)) for answers in rows]
    assert lying not in (sorted(lying), sorted(lying, reverse=True))
    db.session.rollback()


def test_no_row_knows_more_than_the_day(answered: Answering):
    for table in TRACELESS:
        times = [column.name for column in table.__table__.columns if isinstance(column.type, DateTime)]
        assert times == []
    for response in db.session.query(SurveyResponse):
        assert type(response.answered_on) is date
    days = {column.name for column in SurveyResponse.__table__.columns if isinstance(column.type, Date)}
    assert days == {"answered_on"}


def test_response_holds_nothing_of_its_link_or_its_person(answered: Answering):
    held = {column.name for column in SurveyResponse.__table__.columns}
    assert held == {"id", "round_id", "group_key", "answers", "answered_on", "entry", "snapshot_number"}
    assert {column.name for column in SurveyComment.__table__.columns} == {"id", "round_id", "text"}
    texts = json.dumps([[str(each.id), each.answers] for each in db.session.query(SurveyResponse)])
    invites = {str(each.id) for each in db.session.query(Invite)}
    marks = {each.key for each in db.session.query(Draft)}
    assert not any(each in texts for each in invites | marks)
    orders = {tuple(each.answers) for each in db.session.query(SurveyResponse)}
    assert len(orders) == 1, "the order of the taps does not show in the order of the answers"


def test_spent_drafts_hold_nothing(answered: Answering):
    drafts = db.session.query(Draft).all()
    assert len(drafts) == 12
    assert {(each.is_spent, each.answers, each.row_version) for each in drafts} == {(True, None, 1)}


def test_marks_cannot_be_tied_to_invites_without_the_key(answered: Answering):
    marks = {each.key for each in db.session.query(Draft)}
    invites = [each.id for each in db.session.query(Invite)]
    wrong = [survey_links.draft_key("", survey_links.token_of("", each)) for each in invites]
    assert not marks & set(wrong)
    key = surveys.survey_key()
    assert marks == {survey_links.draft_key(key, survey_links.token_of(key, each)) for each in invites}


def test_typed_comment_and_drafts_are_gone_from_the_file(answered: Answering, settings: Settings):
    look_after(settings)
    held = raw_bytes(settings)
    assert b"said number 3" in held, "the comment itself is there"
    for part in SECRET_WORD.split():
        assert part.encode() not in held
    # A draft holds what was tapped as words: a response holds numbers.
    assert re.search(rb'"resolve":\s*"', held) is None
    assert re.search(rb'"resolve":\s*\d', held) is not None


def test_nothing_of_a_draft_that_was_not_sent_is_left_after_the_close(
    place: Place, answered: Answering, settings: Settings
):
    survey = surveys.make_survey(place.other, days=0)
    token = surveys.token_of(surveys.make_invite(survey))
    place.client.post(f"/survey/{token}/review", data={"comment": "Ebullient marmalade", "go": "preview"})
    assert b"Ebullient marmalade" in raw_bytes(settings)
    look_after(settings, clock.now() + timedelta(days=2))
    assert b"Ebullient marmalade" not in raw_bytes(settings)


def test_who_is_done_is_noted_for_five_or_more_at_once(place: Place, settings: Settings):
    """Two copies of the database, one before and one after, show at least five more people done, or none."""
    survey = surveys.make_survey(place.organization)
    done: list[set[UUID]] = [set()]
    for number in range(12):
        surveys.answer_by_link(place.client, surveys.token_of(surveys.make_invite(survey)), number % 5 + 1)
        for hour in (0, 9, 15):  # noon, night and morning there
            look_after(settings, NOON + timedelta(hours=hour))
            done.append({each.id for each in db.session.query(Invite).filter_by(is_done=True)})
    steps = [len(after - before) for before, after in pairwise(done)]
    assert all(step == 0 or step >= 5 for step in steps)
    assert sum(steps) == 10
    closing.close_survey(survey, today=clock.today(), by_id=None)
    db.session.commit()
    assert db.session.query(Invite).filter_by(is_done=True).count() == 10


def test_no_transaction_ties_answers_to_each_other_or_to_invites(place: Place, answered: Answering, settings: Settings):
    look_after(settings)

    def transactions(name: str) -> set[str]:
        number = "'none'" if settings.is_sqlite else "xmin::text"  # SQLite numbers no transactions in its rows
        found = set(db.session.scalars(text(f"SELECT {number} FROM {name}")))  # noqa: S608  # our own names
        return found - {"none"} if name == "readiness_invite" else found

    of_answers = transactions("readiness_response") | transactions("readiness_comment")
    assert len(of_answers) == 1
    assert not of_answers & transactions("readiness_invite")
    # One more: its number is its own until the next night, when all are written anew.
    surveys.answer_by_link(place.client, surveys.token_of(surveys.make_invite(answered.survey)), 5)
    assert len(transactions("readiness_response")) == (1 if settings.is_sqlite else 2)
    look_after(settings, NOON + timedelta(hours=15))
    assert len(transactions("readiness_response") | transactions("readiness_comment")) == 1
    assert not transactions("readiness_response") & transactions("readiness_invite")
    db.session.rollback()


def test_rewriting_loses_and_changes_nothing(answered: Answering, settings: Settings):
    def held() -> dict[UUID, Any]:
        rows = db.session.query(SurveyResponse).populate_existing()
        return {each.id: (each.answers, each.group_key, each.answered_on, each.snapshot_number) for each in rows}

    before, comments = held(), sorted(each.text for each in db.session.query(SurveyComment))
    look_after(settings)
    assert held() == before
    assert sorted(each.text for each in db.session.query(SurveyComment)) == comments


def test_close_leaves_no_draft_and_no_mark_but_of_the_last_few(answered: Answering, settings: Settings):
    look_after(settings)
    closing.close_survey(answered.survey, today=clock.today(), by_id=None)
    db.session.commit()
    assert db.session.query(Draft).count() == 0
    assert db.session.get_one(Survey, answered.survey.id).used_keys == []


def in_parallel(app: Site, n: int, ask: Callable[[int], int]) -> list[int]:
    """Ask from so many devices at once, and return the statuses."""

    def once(number: int) -> int:
        return ask(number)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(once, range(n)))


def test_twenty_phones_at_one_poster_never_get_more_links_than_people(app: Site, place: Place):
    survey = surveys.make_survey(place.organization, headcount=6)
    poster = surveys.poster_token_of(survey)
    db.session.rollback()

    def ask(number: int) -> int:
        return app.test_client().post(f"/survey/poster/{poster}", data={"nonce": f"phone {number}"}).status_code

    statuses = in_parallel(app, 20, ask)
    assert sorted(statuses) == [303] * 6 + [409] * 14
    assert db.session.query(Invite).filter_by(via=Via.POSTER).count() == 6
    assert db.session.get_one(Survey, survey.id, populate_existing=True).n_by_poster == 6
    db.session.rollback()


def test_one_form_sent_by_twenty_clicks_makes_one_link(app: Site, place: Place):
    survey = surveys.make_survey(place.organization)
    poster = surveys.poster_token_of(survey)
    db.session.rollback()

    def ask(_number: int) -> int:
        return app.test_client().post(f"/survey/poster/{poster}", data={"nonce": "the same"}).status_code

    assert in_parallel(app, 20, ask) == [303] * 20
    assert db.session.query(Invite).count() == 1
    assert db.session.get_one(Survey, survey.id, populate_existing=True).n_by_poster == 1
    db.session.rollback()


def test_twenty_sendings_of_one_link_store_one_answer(app: Site, place: Place):
    survey = surveys.make_survey(place.organization)
    token = surveys.token_of(surveys.make_invite(survey))
    place.client.post(f"/survey/{token}/1", data={"answer-effort": "4"})
    db.session.rollback()

    def ask(_number: int) -> int:
        return app.test_client().post(f"/survey/{token}/review", data={"go": "send"}).status_code

    assert in_parallel(app, 20, ask) == [303] * 20
    assert db.session.query(SurveyResponse).count() == 1
    db.session.rollback()


def test_taps_of_many_devices_on_one_link_all_stay(app: Site, place: Place):
    survey = surveys.make_survey(place.organization)
    token = surveys.token_of(surveys.make_invite(survey))
    keys = [item.key for item in surveys.survey_instrument().items]
    db.session.rollback()

    def ask(number: int) -> int:
        sent = {"answers": {keys[number]: "4"}, "row_version": 0}
        return app.test_client().post(f"/survey/{token}/save", json=sent).status_code

    assert in_parallel(app, 20, ask) == [200] * 20
    draft = db.session.query(Draft).one()
    assert draft.answers is not None
    assert draft.answers["items"] == dict.fromkeys(keys, "4")
    assert draft.row_version == 20
    db.session.rollback()


def test_answers_that_meet_the_close_are_counted_or_given_back(app: Site, place: Place):
    survey = surveys.make_survey(place.organization)
    tokens = [surveys.token_of(surveys.make_invite(survey)) for _ in range(10)]
    for token in tokens:
        place.client.post(f"/survey/{token}/1", data={"answer-effort": "4"})
    round_id = survey.id
    db.session.rollback()

    def ask(number: int) -> int:
        if number == 5:
            with app.app_context():
                closing.close_survey(db.session.get_one(Round, round_id), today=clock.today(), by_id=None)
                db.session.commit()
                return 0
        return app.test_client().post(f"/survey/{tokens[number]}/review", data={"go": "send"}).status_code

    statuses = in_parallel(app, 10, ask)
    assert set(statuses) <= {0, 303, 409}
    responses = db.session.query(SurveyResponse).populate_existing().all()
    assert len(responses) == statuses.count(303)
    assert {each.snapshot_number for each in responses} <= {1}
    assert db.session.query(Draft).count() == 0
    db.session.rollback()
