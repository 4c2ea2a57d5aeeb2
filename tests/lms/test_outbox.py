from sqlalchemy import select

from lms import outbox
from lms.db import db
from lms.outbox import OutboxKind, OutboxRow
from lms.web.site import Site


def topics() -> list[str]:
    return list(db.session.scalars(select(OutboxRow.topic).order_by(OutboxRow.id)))


def test_a_row_exists_only_when_its_change_was_committed(app: Site):
    outbox.put(OutboxKind.MAIL, "trial/undone", {"id": 1})
    db.session.rollback()
    outbox.put(OutboxKind.MAIL, "trial/done", {"id": 2})
    db.session.commit()
    assert topics() == ["trial/done"]


def test_the_same_dedupe_key_is_taken_once(app: Site):
    assert outbox.put(OutboxKind.MAIL, "trial/first", {"id": 1}, dedupe_key="trial/1")
    assert not outbox.put(OutboxKind.MAIL, "trial/second", {"id": 1}, dedupe_key="trial/1")
    assert outbox.put(OutboxKind.MAIL, "trial/third", {"id": 1})
    assert outbox.put(OutboxKind.MAIL, "trial/fourth", {"id": 1})
    db.session.commit()
    assert topics() == ["trial/first", "trial/third", "trial/fourth"]
