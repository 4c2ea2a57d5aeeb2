"""Rows that administrators look after: jobs, mail, published texts."""

from uuid import uuid4

from lms import clock, publications
from lms.db import db
from lms.jobs import Job
from lms.leases import WorkState
from lms.outbox import OutboxKind, OutboxRow
from lms.publications import ContentKind, ContentVersion


def make_job(state: WorkState = WorkState.PARKED, **values: object) -> Job:
    now = clock.now()
    return _kept(Job(kind="search/rebuild", payload={}, created_at=now, available_at=now, state=state, **values))


def make_mail(state: WorkState = WorkState.PARKED, **values: object) -> OutboxRow:
    now = clock.now()
    values = {"kind": OutboxKind.MAIL, "topic": "accounts/password-reset", "payload": {"person_id": 1}, **values}
    return _kept(
        OutboxRow(dedupe_key=str(uuid4()), created_at=now, available_at=now, state=state, attempts=5, **values)
    )


def make_text(slug: str = "overdose-response", words: str = "Wait", **values: object) -> ContentVersion:
    """Publish a text that says next to nothing, as the next version of its slug."""
    kind = values.get("kind", ContentKind.COURSE)
    newest = publications.find_newest(kind, slug)
    title = {"en": f"{words} (en)", "es": f"{words} (es)"}
    version = ContentVersion(
        kind=kind,
        slug=slug,
        number=newest.number + 1 if newest else 1,
        source_version="1.0.0",
        document={kind.value: {"title": title}},
        content_hash=f"{slug} {words}",
        language_hashes={language: f"{slug} {text}" for language, text in title.items()},
        published_at=clock.now(),
    )
    return _kept(version)


def _kept(row):
    db.session.add(row)
    db.session.commit()
    return row
