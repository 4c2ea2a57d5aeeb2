"""Reading measures and what was entered for them."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lms.authz import Actor, Permission, can
from lms.db import db
from lms.errors import NotFound
from lms.improvement.models import Measure, MeasureDefinition, Observation
from lms.improvement.queries.teams import with_reach

MOST_ENTRIES = 5_000


def get_measure_for(actor: Actor, measure_id: int) -> Measure:
    """Return a measure the actor may read, with its team and definitions (three statements)."""
    measure = get_measure_whole(measure_id)
    if not can(actor, Permission.IMPROVEMENT_READ, measure.scope):
        raise NotFound("measure")
    return measure


def get_measure_whole(measure_id: int) -> Measure:
    """Return one measure with its team and definitions; for services (three statements)."""
    whole = (
        select(Measure)
        .options(
            *with_reach(Measure.team),
            joinedload(Measure.owner),
            joinedload(Measure.backup_owner),
            selectinload(Measure.definitions).joinedload(MeasureDefinition.written_by),
        )
        .where(Measure.id == measure_id)
    )
    measure = db.session.scalars(whole.execution_options(populate_existing=True)).unique().one_or_none()
    if measure is None:
        raise NotFound("measure")
    return measure


def list_entries(measure_id: int) -> list[Observation]:
    """Return everything that was ever entered for a measure, oldest first, with who entered it (one statement)."""
    entered = (
        select(Observation)
        .options(joinedload(Observation.entered_by))
        .where(Observation.measure_id == measure_id)
        .order_by(Observation.id)
    )
    return list(db.session.scalars(entered.limit(MOST_ENTRIES)))
