"""Forms that were sent twice: each carries a key, and the second answer shows the first one's result."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Uuid, delete, update
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Model, UtcDateTime, db, insert_once

MAX_LOCATION = 2000


class FormSubmission(Model):
    """One accepted form, by the key it carried."""

    __tablename__ = "form_submission"

    key: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int | None]
    path: Mapped[str] = mapped_column(String(300))
    location: Mapped[str | None] = mapped_column(
        String(MAX_LOCATION), comment="where the first answer led; none: a page"
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Earlier:
    """What an earlier submission of the same form led to."""

    location: str | None


def begin(key: UUID, person_id: int | None, path: str) -> Earlier | None:
    """Note that a form is being taken; return the earlier outcome when it was taken before (one or two statements).

    The same key from somebody else, or for another page, counts as new nowhere: it is treated as taken, with no result.
    """
    path = hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()  # some paths hold the secret of a link
    if insert_once(FormSubmission, key=key, person_id=person_id, path=path, created_at=clock.now()):
        return None
    held = db.session.get(FormSubmission, key, populate_existing=True)
    is_same = held is not None and held.person_id == person_id and held.path == path
    return Earlier(held.location if held is not None and is_same else None)


def complete(key: UUID, location: str | None) -> None:
    """Store where the answer led, in the transaction of the change; an address that is too long is not shown again."""
    location = location if location is not None and len(location) <= MAX_LOCATION else None
    db.session.execute(update(FormSubmission).where(FormSubmission.key == key).values(location=location))


def forget_before(moment: datetime) -> int:
    """Delete submissions older than a moment; return how many."""
    gone = db.session.execute(delete(FormSubmission).where(FormSubmission.created_at < moment))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult
