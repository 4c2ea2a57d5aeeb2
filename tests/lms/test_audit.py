from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from lms import audit
from lms.audit import FIRST_HASH, SITE_CHAIN, AuditEntry, Head, Subject
from lms.db import db
from lms.web.site import Site


def entries(chain: int = SITE_CHAIN) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.chain == chain).order_by(AuditEntry.sequence)))


def record_some(n_entries: int = 3, chain: int | None = None) -> None:
    for number in range(n_entries):
        audit.record(1, "tried something", Subject("trial", number), {"number": number}, coalition_id=chain)
    db.session.commit()


def allow_changes(engine: str) -> None:
    """What somebody with the database in hand would do first."""
    if engine == "sqlite":
        for name in ("audit_entry_no_update", "audit_entry_no_delete"):
            db.session.execute(text(f"DROP TRIGGER {name}"))
    else:
        db.session.execute(text("DROP TRIGGER audit_entry_append_only ON audit_entry"))
    db.session.commit()


def test_entries_of_a_chain_are_numbered_and_carry_the_hash_of_the_one_before(app: Site):
    record_some()
    written = entries()
    assert [entry.sequence for entry in written] == [1, 2, 3]
    assert [entry.previous_hash for entry in written] == [FIRST_HASH, written[0].entry_hash, written[1].entry_hash]
    assert audit.list_heads() == [Head(SITE_CHAIN, 3, written[2].entry_hash)]
    assert list(audit.find_breaks()) == []


def test_each_coalition_has_a_chain_of_its_own(app: Site):
    record_some(2)
    record_some(3, chain=7)
    assert [entry.sequence for entry in entries(7)] == [1, 2, 3]
    assert [(head.chain, head.sequence) for head in audit.list_heads()] == [(0, 2), (7, 3)]


def test_an_entry_that_is_rolled_back_leaves_no_gap(app: Site):
    record_some(1)
    audit.record(1, "tried something", Subject("trial", 9))
    db.session.rollback()
    record_some(1)
    assert [entry.sequence for entry in entries()] == [1, 2]
    assert list(audit.find_breaks()) == []


def test_twenty_writers_at_once_leave_no_gap(app: Site):
    def record_one(number: int) -> None:
        with app.app_context():
            audit.record(number, "tried something", Subject("trial", number))
            db.session.commit()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(record_one, range(20)))
    assert [entry.sequence for entry in entries()] == list(range(1, 21))
    assert list(audit.find_breaks()) == []


@pytest.mark.parametrize("change", [update(AuditEntry).values(verb="did nothing"), delete(AuditEntry)])
def test_the_database_refuses_to_change_the_record(app: Site, change):
    record_some()
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(change.execution_options(synchronize_session=False))
    db.session.rollback()
    assert len(entries()) == 3


def test_a_changed_entry_is_found(app: Site, engine: str):
    record_some(5)
    record_some(2, chain=7)
    allow_changes(engine)
    db.session.execute(
        update(AuditEntry).where(AuditEntry.chain == 0, AuditEntry.sequence == 3).values(changes={"number": 99})
    )
    db.session.commit()
    assert [(entry.chain, entry.sequence) for entry in audit.find_breaks()] == [(0, 3)]


def test_a_removed_entry_is_found_at_the_next_one(app: Site, engine: str):
    record_some(5)
    allow_changes(engine)
    db.session.execute(delete(AuditEntry).where(AuditEntry.sequence == 2))
    db.session.commit()
    assert [entry.sequence for entry in audit.find_breaks()] == [3]


def test_a_cut_tail_no_longer_holds_the_head(app: Site, engine: str):
    record_some(3)
    (head,) = audit.list_heads()
    assert audit.holds(head)
    allow_changes(engine)
    db.session.execute(delete(AuditEntry).where(AuditEntry.sequence == 3))
    db.session.commit()
    assert list(audit.find_breaks()) == []
    assert not audit.holds(head)


def test_what_an_entry_says_survives_the_way_through_the_database(app: Site):
    changes = {"sí": "ñandú", "n": 1, "share": 0.1, "none": None, "list": [1, "two", {"b": 1, "a": 2}]}
    audit.record(None, "tried something", Subject("trial", "x"), changes)
    db.session.commit()
    db.session.expire_all()
    (entry,) = entries()
    assert entry.changes == changes
    assert entry.entry_hash == audit.hash_of(entry)
