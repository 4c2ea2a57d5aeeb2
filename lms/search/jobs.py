"""Jobs of search."""

from collections.abc import Mapping

from datetime import datetime

from lms.jobs import JobHandler, Round
from lms.outbox import OutboxRow

HANDLERS: Mapping[str, JobHandler] = {}
ROUNDS: tuple[Round, ...] = ()


def deliver_index_row(row: OutboxRow, now: datetime) -> None:
    """Bring one document into the index."""
