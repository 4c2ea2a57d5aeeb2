"""Bringing changes into the index, and building it anew."""

from collections.abc import Mapping
from datetime import datetime

from lms.jobs import Delivery, Job, JobHandler, Round
from lms.outbox import OutboxRow
from lms.search.engines import Engine

REBUILD = "search-rebuild"
ROUNDS: tuple[Round, ...] = ()


def handlers(engine: Engine) -> Mapping[str, JobHandler]:
    """Return the jobs of search for one engine."""

    def rebuild(_job: Job, _now: datetime) -> str:
        return f"{engine.rebuild()} texts can be found"

    return {REBUILD: rebuild}


def index_delivery(engine: Engine) -> Delivery:
    """Return the function that brings one outbox row into the index."""

    def deliver(row: OutboxRow, _now: datetime) -> None:
        engine.sync(row.payload["document_ids"])

    return deliver
