"""Looking after open surveys, so that neither an order nor a moment pairs who answered with what was said.

Who is done is noted for five or more at once, never for fewer, also not at night or at the close: two copies of the
database, one before and one after, would show one more answer and one more person done.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from lms.db import Model, db
from lms.readiness import survey_links
from lms.readiness.models import Draft, Invite, Survey, SurveyComment, SurveyResponse, Via
from lms.readiness.models.surveys import FEWEST_IN_GROUP
from lms.readiness.queries import answering, rounds

_SHUFFLED: Sequence[type[Model]] = (SurveyResponse, SurveyComment)


def list_done(round_id: int, key: str) -> Mapping[UUID, str]:
    """Return the invites that may be noted as done now, with their spent marks: all that wait, or none."""
    rounds.lock_round(round_id)
    waiting = answering.list_waiting(round_id, key)
    return waiting if len(waiting) >= FEWEST_IN_GROUP else {}


def note_done(round_id: int, done: Mapping[UUID, str]) -> int:
    """Note five or more at once as done; their marks are needed no longer.

    Their answers are written anew in an earlier transaction: no number of one ties them to these invites.
    """
    if len(done) < FEWEST_IN_GROUP:
        return 0
    rounds.lock_round(round_id)  # a close that adds marks waits, or has added them
    noted = update(Invite).where(Invite.round_id == round_id, Invite.id.in_(done)).values(is_done=True)
    db.session.execute(noted.execution_options(synchronize_session=False))
    db.session.execute(delete(Draft).where(Draft.key.in_(done.values()), Draft.is_spent.is_(True)))
    survey = db.session.get_one(Survey, round_id, populate_existing=True)
    survey.used_keys = sorted(set(survey.used_keys) - set(done.values()))
    return len(done)


def release_unused(round_id: int, key: str, today: date) -> int:
    """Free the places that a poster gave to phones which never came back; return how many.

    Only when all places are taken, and only of days before: their links open nothing more, and held nothing.
    """
    rounds.lock_round(round_id)
    survey = db.session.get_one(Survey, round_id, populate_existing=True)
    if survey.n_by_poster < survey.headcount:
        return 0
    held = {*db.session.scalars(select(Draft.key).where(Draft.round_id == round_id)), *survey.used_keys}
    given = select(Invite.id).where(
        Invite.round_id == round_id, Invite.via == Via.POSTER, Invite.is_done.is_(False), Invite.created_on < today
    )
    unused = [
        each
        for each in db.session.scalars(given)
        if survey_links.draft_key(key, survey_links.token_of(key, each)) not in held
    ]
    db.session.execute(delete(Invite).where(Invite.id.in_(unused)).execution_options(synchronize_session=False))
    survey.n_by_poster -= len(unused)
    return len(unused)


def end_drafts(round_id: int) -> None:
    """Delete what was not sent in, and the spent marks; who was not noted as done is remembered by the mark alone.

    So few are not noted here either, and still no link works twice when the survey is opened again.
    """
    survey = db.session.get_one(Survey, round_id, populate_existing=True)
    spent = db.session.scalars(select(Draft.key).where(Draft.round_id == round_id, Draft.is_spent.is_(True)))
    survey.used_keys = sorted({*survey.used_keys, *spent})
    db.session.execute(delete(Draft).where(Draft.round_id == round_id))


def shuffle(round_id: int) -> int:
    """Write answers, comments and spent marks of a survey anew in random order; return how many answers.

    Afterwards all of them come from one transaction, and where they lie tells nothing of when they came.
    """
    db.session.flush()  # rows that wait in the session are rewritten too
    counts = [_rewritten(table, (table.round_id == round_id,)) for table in _SHUFFLED]  # type: ignore[attr-defined]
    _rewritten(Draft, (Draft.round_id == round_id, Draft.is_spent.is_(True)))
    db.session.expire_all()
    return counts[0]


def _rewritten(table: type[Model], conditions: Sequence[Any]) -> int:
    bare = table.__table__
    rows = [dict(row) for row in db.session.execute(select(bare).where(*conditions)).mappings()]
    if not rows:
        return 0
    secrets.SystemRandom().shuffle(rows)
    db.session.execute(delete(bare).where(*conditions))  # type: ignore[arg-type]  # it is a Table
    db.session.execute(insert(bare), rows)  # type: ignore[arg-type]
    return len(rows)
