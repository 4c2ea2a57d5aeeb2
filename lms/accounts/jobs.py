"""Jobs of accounts."""

from collections.abc import Mapping

from lms.jobs import JobHandler, Round

HANDLERS: Mapping[str, JobHandler] = {}
ROUNDS: tuple[Round, ...] = ()
