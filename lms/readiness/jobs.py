"""Jobs of readiness."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from lms.db import db
from lms.jobs import Job, JobHandler, Round, show_progress
from lms.readiness.queries import upkeep
from lms.readiness.queries.upkeep import RunningSurvey
from lms.readiness.services import comparing, survey_upkeep, surveys
from lms.settings import Settings
from lms.time_zones import zone_of_organization

log = logging.getLogger(__name__)

SURVEY_UPKEEP = "readiness.survey-upkeep"
NIGHT = range(2, 5)  # hours by the clock of the organization

ROUNDS: tuple[Round, ...] = (Round(SURVEY_UPKEEP, timedelta(hours=1)),)


def handlers(settings: Settings) -> Mapping[str, JobHandler]:
    """Return what the worker does for readiness."""
    return {SURVEY_UPKEEP: _keeper(settings), comparing.COMPARE: comparing.run}


def _keeper(settings: Settings) -> JobHandler:
    """Each survey is looked after in transactions of its own, so that one that cannot be closed stops no other."""

    def look_after(job: Job, now: datetime) -> str:
        running = upkeep.list_running()
        n_closed = n_noted = n_failed = 0
        for number, survey in enumerate(running, start=1):
            try:
                here = now.astimezone(ZoneInfo(zone_of_organization(survey.organization_id)))
                if here.date() > survey.last_day:
                    _close(survey, here)
                    n_closed += 1
                else:
                    n_noted += _note(job, survey, settings, here)
            except Exception:
                db.session.rollback()
                n_failed += 1
                log.exception("survey upkeep failed round=%s", survey.round_id)
            show_progress(db.session.get_one(Job, job.id), number, len(running))
        _empty_wal()
        return f"{n_closed} closed, {n_noted} noted, {n_failed} failed"

    return look_after


def _close(survey: RunningSurvey, here: datetime) -> None:
    a_round, today = upkeep.get_round(survey.round_id), here.date()
    end = surveys.end_reopening if survey.is_reopened else surveys.close_survey
    end(a_round, today=today, by_id=None)


def _note(job: Job, survey: RunningSurvey, settings: Settings, here: datetime) -> int:
    """Write the answers anew in one transaction, note who is done in the next: no number of one ties them."""
    key, is_night = settings.survey_key, here.hour in NIGHT
    done = survey_upkeep.list_done(survey.round_id, key)
    if not done and not is_night:
        return 0
    survey_upkeep.shuffle(survey.round_id)
    show_progress(db.session.get_one(Job, job.id), job.n_done)  # commits
    if is_night:
        survey_upkeep.release_unused(survey.round_id, key, here.date())
    return survey_upkeep.note_done(survey.round_id, done)


def _empty_wal() -> None:
    """Leave nothing of what was deleted in the log that SQLite writes ahead; the next time will do if it is busy."""
    if db.engine.dialect.name != "sqlite":
        return
    db.session.commit()
    connection = db.engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
