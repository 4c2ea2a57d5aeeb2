"""Reading the record of what was changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from lms.audit import AuditEntry
from lms.db import db


@dataclass(frozen=True)
class RecordFilter:
    """Which entries to list. None and empty mean: any; `actor_id` 0 is nobody's."""

    actor_id: int | None = None
    verb: str = ""
    subject_kind: str = ""
    subject_id: str = ""
    since: datetime | None = None
    before: datetime | None = None

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves any out."""
        return self != RecordFilter()


def count_entries(wanted: RecordFilter) -> int:
    """Return how many entries a filter leaves (one statement)."""
    return db.session.scalar(select(func.count()).select_from(AuditEntry).where(*_conditions(wanted))) or 0


def list_entries(wanted: RecordFilter, *, limit: int, offset: int = 0) -> list[AuditEntry]:
    """Return entries, newest first (one statement)."""
    newest_first = (
        select(AuditEntry).where(*_conditions(wanted)).order_by(AuditEntry.recorded_at.desc(), AuditEntry.id.desc())
    )
    return list(db.session.scalars(newest_first.limit(limit).offset(offset)))


def people_in(entries: Iterable[AuditEntry]) -> set[int]:
    """Return the ids of all people these entries speak of, who did something or had it done to them."""
    ids: set[int] = set()
    for entry in entries:
        if entry.actor_id is not None:
            ids.add(entry.actor_id)
        if entry.subject_kind == "person" and entry.subject_id is not None and entry.subject_id.isdigit():
            ids.add(int(entry.subject_id))
    return ids


def _conditions(wanted: RecordFilter) -> list[ColumnElement[bool]]:
    conditions: list[Any] = []
    if wanted.actor_id is not None:
        conditions.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.verb:
        conditions.append(AuditEntry.verb.icontains(wanted.verb, autoescape=True))
    if wanted.subject_kind:
        conditions.append(AuditEntry.subject_kind == wanted.subject_kind)
    if wanted.subject_id:
        conditions.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.since is not None:
        conditions.append(AuditEntry.recorded_at >= wanted.since)
    if wanted.before is not None:
        conditions.append(AuditEntry.recorded_at < wanted.before)
    return conditions
