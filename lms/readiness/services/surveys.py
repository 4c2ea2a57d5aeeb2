"""Closing a staff survey, opening it again for late answers, and keeping what it says."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from lms import audit, clock, signals
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.readiness import survey_report
from lms.readiness.models import PaperSheet, Round, RoundState, Survey, SurveyResponse, SurveySnapshot
from lms.readiness.queries import reports, rounds, survey_reports
from lms.readiness.queries.instruments import get_instrument
from lms.readiness.services import survey_upkeep
from lms.readiness.services.rounds import lock_open_round, propose_actions

MOST_DAYS_REOPENED = 30


class NotReopened(Conflict):
    """The survey takes no late answers."""


def close_survey(a_round: Round, *, today: date, by_id: int | None) -> SurveySnapshot:
    """Close a survey and compute what may be shown, once; RoundClosed when it was closed before.

    by_id: None when its day has come. What was not sent in is deleted.
    """
    closing = lock_open_round(a_round.id)
    closing.state, closing.closed_at, closing.closed_by_id = RoundState.CLOSED, clock.now(), by_id
    closing.row_version += 1
    _end_answering(closing.id)
    snapshot = _take_snapshot(closing, number=1, today=today)
    instrument = get_instrument(closing.version_id)
    tried = reports.list_tried(closing.organization_id, closing.instrument_slug)
    propose_actions(closing.id, survey_report.choose_actions(instrument, snapshot.document, tried=tried), instrument)
    changes = {"organization_id": closing.organization_id}
    audit.record(by_id, "closed a readiness round", audit.Subject("readiness-round", closing.id), changes)
    signals.round_closed.send(None, round=closing)
    return snapshot


def reopen_survey(a_round: Round, until: date, *, today: date, by_id: int) -> None:
    """Take late answers up to a day; what was shown stays as it is. Conflict while it is open."""
    closed = rounds.lock_round(a_round.id)
    survey = db.session.get_one(Survey, closed.id, populate_existing=True)
    if closed.is_open:
        raise Conflict(_("This survey is still open."))
    if not today <= until <= today + timedelta(days=MOST_DAYS_REOPENED):
        sentence = _("Choose a day from today to %(number)s days from now.", number=MOST_DAYS_REOPENED)
        raise Invalid(sentence, {"until": sentence})
    survey.reopened_until = until
    changes = {"until": str(until)}
    audit.record(by_id, "reopened a staff survey", audit.Subject("readiness-round", closed.id), changes)


def end_reopening(a_round: Round, *, today: date, by_id: int | None) -> SurveySnapshot | None:
    """Take no more late answers; a new snapshot only of as many as may be shown, else they wait: None."""
    closed = rounds.lock_round(a_round.id)
    survey = db.session.get_one(Survey, closed.id, populate_existing=True)
    if survey.reopened_until is None:
        raise NotReopened(_("This survey takes no late answers."))
    survey.reopened_until = None
    _end_answering(closed.id)
    n_late = count_late(closed.id)
    snapshot = None
    if n_late >= survey.minimum:
        number = (db.session.scalar(select(func.max(SurveySnapshot.number)).filter_by(round_id=closed.id)) or 0) + 1
        snapshot = _take_snapshot(closed, number=number, today=today)
    changes = {"has_new_snapshot": snapshot is not None}
    audit.record(by_id, "ended the reopening of a staff survey", audit.Subject("readiness-round", closed.id), changes)
    return snapshot


def count_late(round_id: int) -> int:
    """Return how many answers are in no snapshot yet (one statement). Below the minimum say only that they wait."""
    late = select(func.count()).where(SurveyResponse.round_id == round_id, SurveyResponse.snapshot_number.is_(None))
    return db.session.scalar(late) or 0


def _take_snapshot(a_round: Round, *, number: int, today: date) -> SurveySnapshot:
    """Compute what may be shown, and note which answers are in it. Groups that will never be shown are forgotten."""
    inputs = survey_reports.gather(a_round)
    document: dict[str, Any] = survey_report.build(get_instrument(a_round.version_id), inputs, closed_on=today)
    snapshot = SurveySnapshot(
        round_id=a_round.id,
        number=number,
        engine_version=survey_report.ENGINE_VERSION,
        document=document,
        computed_on=today,
    )
    db.session.add(snapshot)
    of_round = (SurveyResponse.round_id == a_round.id, SurveyResponse.snapshot_number.is_(None))
    db.session.execute(update(SurveyResponse).where(*of_round).values(snapshot_number=number))
    shown = [row["key"] for row in document["groups"] if row["is_renewable"]]
    hidden = (SurveyResponse.round_id == a_round.id, SurveyResponse.group_key.not_in(shown))
    db.session.execute(update(SurveyResponse).where(*hidden).values(group_key=None))
    return snapshot


def _end_answering(round_id: int) -> None:
    """Delete what was not sent in, and bring the rest out of its order."""
    survey_upkeep.end_drafts(round_id)
    db.session.execute(delete(PaperSheet).where(PaperSheet.round_id == round_id))
    survey_upkeep.shuffle(round_id)
