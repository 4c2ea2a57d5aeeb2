"""Bringing changes into the index, and building it anew."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select

from lms.db import db
from lms.jobs import Delivery, Job, JobHandler, Round
from lms.leases import WorkState
from lms.outbox import OutboxKind, OutboxRow
from lms.search.engines import Engine
from lms.search.services import KEY

REBUILD = "search-rebuild"
MOST_AT_ONCE = 500
ROUNDS: tuple[Round, ...] = ()


def handlers(engine: Engine) -> Mapping[str, JobHandler]:
    """Return the jobs of search for one engine."""

    def rebuild(_job: Job, _now: datetime) -> str:
        return f"{engine.rebuild()} texts can be found"

    return {REBUILD: rebuild}


def index_delivery(engine: Engine) -> Delivery:
    """Return the function that brings one outbox row into the index, and those that wait behind it at the same time.

    Each row is still delivered by itself; the later ones then find their texts there.
    """

    def deliver(row: OutboxRow, now: datetime) -> None:
        engine.sync({each for payload in (row.payload, *db.session.scalars(_waiting(now))) for each in payload[KEY]})

    return deliver


def _waiting(now: datetime) -> Select[dict[str, list[int]]]:
    is_waiting = (OutboxRow.state == WorkState.WAITING) & (OutboxRow.available_at <= now)
    return select(OutboxRow.payload).where(OutboxRow.kind == OutboxKind.INDEX, is_waiting).limit(MOST_AT_ONCE)
