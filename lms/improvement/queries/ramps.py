"""Reading the cycles of a team as the steps of their ramps."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from lms.db import db
from lms.improvement.models import Cycle
from lms.improvement.ramps import Step

MOST_STEPS = 2_000


def list_steps(team_id: int) -> list[Step]:
    """Return all cycles of a team as steps, the first one first (one statement)."""
    names = list(Step.__dataclass_fields__)
    return [Step(**dict(zip(names, row, strict=True))) for row in db.session.execute(_steps(), {"team_id": team_id})]


@cache  # built once: putting it together takes longer than running it
def _steps() -> Any:
    columns = [Cycle.id if name == "cycle_id" else getattr(Cycle, name) for name in Step.__dataclass_fields__]
    of_team = select(*columns).where(Cycle.team_id == bindparam("team_id"))
    return of_team.order_by(Cycle.number, Cycle.id).limit(MOST_STEPS)
