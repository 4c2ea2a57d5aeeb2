"""Reading measures and what was entered for them."""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload, selectinload

from lms.accounts.models import Person
from lms.authz import Actor, Permission, can
from lms.db import db
from lms.errors import NotFound
from lms.improvement.models import Measure, MeasureDefinition, Observation
from lms.improvement.queries.charts import SignedEntry
from lms.improvement.queries.teams import add_members, with_companions

MOST_ENTRIES = 5_000


def get_measure_for(actor: Actor, measure_id: int) -> Measure:
    """Return a measure the actor may read, with its team and definitions (three statements)."""
    measure = get_measure_whole(measure_id)
    if not can(actor, Permission.IMPROVEMENT_READ, measure.scope):
        raise NotFound("measure")
    return measure


def get_measure_whole(measure_id: int) -> Measure:
    """Return one measure with its team and definitions; for services (three statements)."""
    measure: Measure | None = db.session.scalars(_whole(), {"measure_id": measure_id}).unique().one_or_none()
    if measure is None:
        raise NotFound("measure")
    add_members(measure.team)
    return measure


@cache  # built once: putting it together takes longer than running it
def _whole() -> Any:
    loads = (
        *with_companions(Measure.team),
        joinedload(Measure.owner),
        joinedload(Measure.backup_owner),
        selectinload(Measure.definitions).joinedload(MeasureDefinition.written_by),
    )
    whole = select(Measure).options(*loads).where(Measure.id == bindparam("measure_id"))
    return whole.execution_options(populate_existing=True)


def list_entries(measure_id: int) -> list[SignedEntry]:
    """Return everything that was ever entered for a measure, oldest first, with who entered it (one statement)."""
    return [SignedEntry._make(row) for row in db.session.execute(_entered(), {"measure_id": measure_id})]


@cache
def _entered() -> Any:
    columns = [getattr(Observation, name) for name in SignedEntry._fields if name != "entered_by"]
    entered = select(*columns, Person).outerjoin(Person, Person.id == Observation.entered_by_id)
    of_measure = entered.where(Observation.measure_id == bindparam("measure_id"))
    return of_measure.order_by(Observation.id).limit(MOST_ENTRIES)
