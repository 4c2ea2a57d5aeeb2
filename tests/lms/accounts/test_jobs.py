"""What is forgotten each day."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lms import clock
from lms.accounts import jobs
from lms.accounts.models import LinkPurpose, OneUseLink, RecoveryCode, SignInSession
from lms.db import db
from lms.jobs import Job, work_once
from tests.factories.people import sign_in

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def fill(app, person, moment):
    """One row of each kind, ended or voided at a moment."""
    with clock.fixed(moment):
        sign_in(app.test_client(), person, ended_at=moment)
        db.session.add(RecoveryCode(person_id=person.id, code_hash="x" * 64, issued_at=moment, voided_at=moment))
        link = OneUseLink(
            person_id=person.id,
            purpose=LinkPurpose.PASSWORD_RESET,
            nonce="n",
            secret_hash=uuid4().hex * 2,
            address="ana@example.org",
            created_at=moment,
            expires_at=moment,
        )
        db.session.add(link)
        db.session.commit()


def counts():
    tables = (SignInSession, RecoveryCode, OneUseLink)
    return [db.session.scalar(db.select(db.func.count()).select_from(table)) for table in tables]


def test_old_rows_go_and_recent_ones_stay(app, ana):
    fill(app, ana, NOW - timedelta(days=91))
    fill(app, ana, NOW - timedelta(hours=1))
    job = Job(kind=jobs.FORGET, payload={}, created_at=NOW, available_at=NOW)
    assert jobs.forget_old_rows(job, NOW) == "1 sessions, 1 codes, 1 links, 0 halves"
    assert counts() == [1, 1, 1]
    assert jobs.forget_old_rows(job, NOW) == "0 sessions, 0 codes, 0 links, 0 halves"


def test_a_session_in_use_and_a_code_that_works_are_never_forgotten(app, ana):
    sign_in(app.test_client(), ana)
    db.session.add(RecoveryCode(person_id=ana.id, code_hash="x" * 64, issued_at=NOW - timedelta(days=900)))
    db.session.commit()
    jobs.forget_old_rows(Job(kind=jobs.FORGET), clock.now())
    assert counts()[:2] == [1, 1]


def test_the_worker_does_it_every_day(app):
    work_once(app.extensions["commons.workshop"])
    done = db.session.scalars(db.select(Job).where(Job.kind == jobs.FORGET)).all()
    assert [job.outcome for job in done] == ["0 sessions, 0 codes, 0 links, 0 halves"]
