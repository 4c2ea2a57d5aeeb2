"""The append-only record of what was changed, by whom: ids only, one hash chain per coalition and one for the site.

Each entry carries the hash of the one before it and a gapless number within its chain, so that a removed or rewritten
entry shows. It is written in the transaction of the change itself.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, Select, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Model, UtcDateTime, db, insert_once

SITE_CHAIN = 0  # the chain of everything that belongs to no coalition
FIRST_HASH = "0" * 64

request_reference: ContextVar[str | None] = ContextVar("request_reference", default=None)


class AuditChain(Model):
    """The head of one chain; its row is the lock that keeps numbers gapless."""

    __tablename__ = "audit_chain"

    chain: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    head_hash: Mapped[str] = mapped_column(String(64), default=FIRST_HASH)


class AuditEntry(Model):
    """One recorded act. Never updated, never deleted: triggers refuse both."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("chain", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain: Mapped[int] = mapped_column(comment="coalition id, or 0 for the site's own chain")
    sequence: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[str] = mapped_column(String(64))
    entry_hash: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True, comment="person id; none when the system acts")
    verb: Mapped[str] = mapped_column(String(80), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str | None] = mapped_column(String(64))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    request: Mapped[str | None] = mapped_column(String(40))


@dataclass(frozen=True)
class Subject:
    """What an act was about."""

    kind: str
    id: int | str | None


@dataclass(frozen=True)
class Head:
    """Where a chain stood at some moment."""

    chain: int
    sequence: int
    head_hash: str


def record(
    actor_id: int | None,
    verb: str,
    subject: Subject,
    changes: Mapping[str, Any] | None = None,
    *,
    coalition_id: int | None = None,
) -> None:
    """Append one entry to its chain in the current transaction (four statements)."""
    chain = SITE_CHAIN if coalition_id is None else coalition_id
    head = _locked_head(chain)
    entry = AuditEntry(
        chain=chain,
        sequence=head.sequence + 1,
        previous_hash=head.head_hash,
        recorded_at=clock.now(),
        actor_id=actor_id,
        verb=verb,
        subject_kind=subject.kind,
        subject_id=None if subject.id is None else str(subject.id),
        changes=dict(changes or {}),
        request=request_reference.get(),
    )
    entry.entry_hash = hash_of(entry)
    db.session.add(entry)
    moved = (
        update(AuditChain)
        .where(AuditChain.chain == chain, AuditChain.sequence == head.sequence)
        .values(sequence=entry.sequence, head_hash=entry.entry_hash)
        .execution_options(synchronize_session="fetch")
    )
    db.session.execute(moved)


def hash_of(entry: AuditEntry) -> str:
    """Return the SHA-256 over everything an entry says, the hash before it included."""
    said = [
        entry.chain,
        entry.sequence,
        entry.previous_hash,
        entry.recorded_at.isoformat(),
        entry.actor_id,
        entry.verb,
        entry.subject_kind,
        entry.subject_id,
        entry.changes,
        entry.request,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def find_breaks() -> Iterator[AuditEntry]:
    """Yield the first bad entry of each chain, reading every chain in order (one streamed statement)."""
    yield from breaks_in(db.session.scalars(entries_in_order()))


def entries_in_order() -> Select[AuditEntry]:
    """Return the statement that reads every chain from its beginning, a few entries at a time."""
    ordered = select(AuditEntry).order_by(AuditEntry.chain, AuditEntry.sequence)
    return ordered.execution_options(yield_per=500)


def breaks_in(entries: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
    """Yield the first bad entry of each chain, given all entries in order."""
    expected: dict[int, tuple[int, str]] = {}
    broken: set[int] = set()
    for entry in entries:
        sequence, head = expected.get(entry.chain, (0, FIRST_HASH))
        fits = entry.sequence == sequence + 1 and entry.previous_hash == head and entry.entry_hash == hash_of(entry)
        if not fits and entry.chain not in broken:
            broken.add(entry.chain)
            yield entry
        expected[entry.chain] = (entry.sequence, entry.entry_hash)


def list_heads() -> list[Head]:
    """Return where each chain ends, as the chain's own row says (one statement)."""
    heads = db.session.execute(select(AuditChain.chain, AuditChain.sequence, AuditChain.head_hash))
    return sorted((Head(*row) for row in heads), key=lambda head: head.chain)


def holds(head: Head) -> bool:
    """Say whether a chain still has this entry, with this hash (one statement)."""
    if head.sequence == 0:
        return True
    place = select(AuditEntry.entry_hash).where(AuditEntry.chain == head.chain, AuditEntry.sequence == head.sequence)
    return db.session.scalar(place) == head.head_hash


def _locked_head(chain: int) -> AuditChain:
    insert_once(AuditChain, chain=chain, sequence=0, head_hash=FIRST_HASH)
    locked = select(AuditChain).where(AuditChain.chain == chain).with_for_update()
    return db.session.scalars(locked.execution_options(populate_existing=True)).one()
