"""Jobs of accounts."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from lms.accounts.services import upkeep
from lms.jobs import Job, JobHandler, Round

FORGET = "accounts-forget-old-rows"


def forget_old_rows(_job: Job, now: datetime) -> str:
    """Delete sessions, links and codes that have served their time."""
    return ", ".join(f"{n} {kind}" for kind, n in asdict(upkeep.forget_old_rows(now)).items())


HANDLERS: Mapping[str, JobHandler] = {FORGET: forget_old_rows}
ROUNDS: tuple[Round, ...] = (Round(FORGET, timedelta(days=1)),)
