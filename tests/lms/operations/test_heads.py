from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from lms import audit
from lms.audit import AuditChain, AuditEntry, Subject
from lms.db import db
from lms.operations import heads
from lms.operations.heads import RESTORED, HeadFileUnreadable
from lms.web.site import Site

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)


@pytest.fixture
def head_file(tmp_path: Path) -> Path:
    return tmp_path / "heads.log"


def record(n_entries: int) -> None:
    for number in range(n_entries):
        audit.record(1, "tried something", Subject("trial", number))
    db.session.commit()


def cut_tail(engine: str, sequence: int) -> None:
    """Cut the chain and make its end fit, as somebody would who knows how it works."""
    drop = (
        ("DROP TRIGGER audit_entry_no_delete",)
        if engine == "sqlite"
        else ("DROP TRIGGER audit_entry_append_only ON audit_entry",)
    )
    for statement in drop:
        db.session.execute(text(statement))
    db.session.execute(delete(AuditEntry).where(AuditEntry.sequence > sequence))
    last = db.session.scalars(db.select(AuditEntry).where(AuditEntry.sequence == sequence)).one()
    db.session.execute(update(AuditChain).values(sequence=sequence, head_hash=last.entry_hash))
    db.session.commit()


def test_a_whole_record_has_no_breaks(app: Site, head_file: Path):
    record(3)
    assert heads.publish(head_file, NOW, audit.list_heads()) == 1
    record(2)
    heads.publish(head_file, NOW, audit.list_heads())
    assert heads.list_breaks(head_file) == []
    assert heads.list_breaks(None) == []
    assert head_file.read_text().startswith("2026-11-21T20:00:00+00:00 published chain=0 sequence=3 hash=")


def test_a_cut_tail_is_found_by_what_was_published(app: Site, engine: str, head_file: Path):
    record(5)
    heads.publish(head_file, NOW, audit.list_heads())
    cut_tail(engine, 3)
    assert heads.list_breaks(None) == []
    (found,) = heads.list_breaks(head_file)
    assert (found.chain, found.sequence) == (0, 5)


def test_a_cut_tail_that_was_not_made_to_fit_is_found_at_once(app: Site, engine: str):
    record(3)
    before = audit.list_heads()[0]
    cut_tail(engine, 2)
    db.session.execute(update(AuditChain).values(sequence=3, head_hash=before.head_hash))
    db.session.commit()
    (found,) = heads.list_breaks(None)
    assert found.sequence == 3


def test_a_chain_written_anew_is_found_by_what_was_published(app: Site, engine: str, head_file: Path):
    record(3)
    heads.publish(head_file, NOW, audit.list_heads())
    cut_tail(engine, 1)
    record(4)
    assert [found.sequence for found in heads.list_breaks(head_file)] == [3]


def test_after_a_restore_the_later_entries_are_rightly_gone(app: Site, engine: str, head_file: Path):
    record(5)
    heads.publish(head_file, NOW, audit.list_heads())
    cut_tail(engine, 3)
    heads.publish(head_file, NOW, audit.list_heads(), RESTORED)
    assert heads.list_breaks(head_file) == []


def test_a_line_that_a_power_cut_tore_is_passed_over(app: Site, head_file: Path):
    record(2)
    heads.publish(head_file, NOW, audit.list_heads())
    with head_file.open("a") as file:
        file.write("2026-11-22T20:00:00+00:00 published chain=0 sequ")
    assert heads.list_breaks(head_file) == []


def test_a_second_place_that_is_away_is_said_in_words(app: Site, tmp_path: Path):
    with pytest.raises(HeadFileUnreadable):
        heads.publish(tmp_path / "none" / "heads.log", NOW, audit.list_heads())
    with pytest.raises(HeadFileUnreadable):
        heads.list_breaks(tmp_path)
