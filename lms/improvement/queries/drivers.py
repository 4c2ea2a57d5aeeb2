"""Reading driver diagrams: as they are now with how far each idea is, and as they were."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import joinedload, undefer

from lms.db import db
from lms.errors import NotFound
from lms.improvement.drivers import Box, Diagram, count_tests, from_document, status_of
from lms.improvement.models import (
    ChangeIdea,
    Cycle,
    Driver,
    DriverLink,
    DriverMeasure,
    DriverRevision,
    LibraryIdea,
    Measure,
    MeasureDefinition,
)
from lms.improvement.queries.teams import find_aim
from lms.improvement.rules import CycleState, Decision

MOST_REVISIONS = 200
Tests = Mapping[int, Sequence[tuple[CycleState, Decision | None]]]


@dataclass(frozen=True)
class Board:
    """A team's diagram, the drivers that were closed, and the change ideas that stand nowhere in it."""

    diagram: Diagram
    closed: Sequence[Box]
    ideas_outside: Sequence[tuple[int, str]]
    has_aim: bool


def load_board(team_id: int) -> Board:
    """Read a team's diagram with what its ideas came to (six statements)."""
    asked = {"team_id": team_id}
    aim = find_aim(team_id)
    parents, measures, tests = _parents(asked), _measures_of(asked), _tests(asked)
    drawn = [(row.is_closed, _box(row, parents, measures, tests)) for row in db.session.execute(_boxes(), asked)]
    return Board(
        diagram=Diagram(aim.version.what if aim else "", {box.id: box for is_closed, box in drawn if not is_closed}),
        closed=[box for is_closed, box in drawn if is_closed and not box.is_idea],
        ideas_outside=[(key, title) for key, title in db.session.execute(_outside(), asked)],
        has_aim=aim is not None,
    )


def _box(row: Any, parents: Mapping[int, list[int]], measures: Mapping[int, Any], tests: Tests) -> Box:
    cycles = tests.get(row.idea_id or 0, ())
    return Box(
        id=row.driver_id,
        name=row.name or row.title,
        position=row.position,
        parent_ids=tuple(parents.get(row.driver_id, ())),
        idea_id=row.idea_id,
        change_id=row.change_id,
        measures=tuple(measures.get(row.driver_id, ())),
        status=status_of(cycles) if row.idea_id else None,
        n_tests=count_tests(cycles),
        row_version=row.row_version,
    )


@cache  # these are built once: putting them together takes longer than running them
def _boxes() -> Any:
    columns = (
        Driver.id.label("driver_id"),
        Driver.name,
        Driver.position,
        Driver.row_version,
        Driver.closed_at.is_not(None).label("is_closed"),
        ChangeIdea.id.label("idea_id"),
        ChangeIdea.title,
        LibraryIdea.id.label("change_id"),
    )
    joined = (
        select(*columns)
        .select_from(Driver)
        .outerjoin(ChangeIdea, ChangeIdea.id == Driver.change_idea_id)
        .outerjoin(LibraryIdea, LibraryIdea.change_idea_id == ChangeIdea.id)
    )
    return joined.where(Driver.team_id == bindparam("team_id")).order_by(Driver.position, Driver.id)


@cache
def _outside() -> Any:
    is_inside = exists().where(Driver.change_idea_id == ChangeIdea.id, Driver.closed_at.is_(None))
    outside = select(ChangeIdea.id, ChangeIdea.title).where(
        ChangeIdea.team_id == bindparam("team_id"), ChangeIdea.closed_at.is_(None), ~is_inside
    )
    return outside.order_by(func.lower(ChangeIdea.title), ChangeIdea.id)


def _parents(asked: dict[str, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for parent_id, child_id in db.session.execute(_links(), asked):
        found[child_id].append(parent_id)
    return found


@cache
def _links() -> Any:
    links = select(DriverLink.parent_id, DriverLink.child_id).join(Driver, Driver.id == DriverLink.child_id)
    open_ones = links.where(Driver.team_id == bindparam("team_id"), DriverLink.ended_at.is_(None))
    return open_ones.order_by(DriverLink.id)


def _measures_of(asked: dict[str, int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for driver_id, measure_id, name in db.session.execute(_measures(), asked):
        found[driver_id].append((measure_id, name))
    return found


@cache
def _measures() -> Any:
    newest = (MeasureDefinition.measure_id == Measure.id) & (MeasureDefinition.number == Measure.n_definitions)
    named = (
        select(DriverMeasure.driver_id, Measure.id, MeasureDefinition.name)
        .join(Driver, Driver.id == DriverMeasure.driver_id)
        .join(Measure, Measure.id == DriverMeasure.measure_id)
        .join(MeasureDefinition, newest)
    )
    open_ones = named.where(Driver.team_id == bindparam("team_id"), DriverMeasure.ended_at.is_(None))
    return open_ones.order_by(DriverMeasure.id)


def _tests(asked: dict[str, int]) -> dict[int, list[tuple[CycleState, Decision | None]]]:
    found: dict[int, list[tuple[CycleState, Decision | None]]] = defaultdict(list)
    for idea_id, state, decision in db.session.execute(_cycles(), asked):
        found[idea_id].append((state, decision))
    return found


@cache
def _cycles() -> Any:
    tested = select(Cycle.change_idea_id, Cycle.state, Cycle.decision)
    return tested.where(Cycle.team_id == bindparam("team_id"), Cycle.change_idea_id.is_not(None)).order_by(Cycle.number)


def list_team_measures(team_id: int) -> list[tuple[int, str]]:
    """Return a team's open measures by name (one statement)."""
    newest = (MeasureDefinition.measure_id == Measure.id) & (MeasureDefinition.number == Measure.n_definitions)
    named = (
        select(Measure.id, MeasureDefinition.name)
        .join(MeasureDefinition, newest)
        .where(Measure.team_id == team_id, Measure.closed_at.is_(None))
        .order_by(func.lower(MeasureDefinition.name), Measure.id)
    )
    return [(key, name) for key, name in db.session.execute(named)]


# ---------------------------------------------------------------- as it was


def list_diagram_revisions(team_id: int) -> list[DriverRevision]:
    """Return every save of a team's diagram, the newest first, with who saved it (one statement)."""
    saved = (
        select(DriverRevision)
        .options(joinedload(DriverRevision.saved_by))
        .where(DriverRevision.team_id == team_id)
        .order_by(DriverRevision.number.desc())
    )
    return list(db.session.scalars(saved.limit(MOST_REVISIONS)))


def get_revision(team_id: int, number: int) -> DriverRevision:
    """Return one save of a team's diagram, whole (one statement)."""
    saved = (
        select(DriverRevision)
        .options(joinedload(DriverRevision.saved_by), undefer(DriverRevision.document))
        .where(DriverRevision.team_id == team_id, DriverRevision.number == number)
    )
    revision = db.session.scalars(saved.execution_options(populate_existing=True)).one_or_none()
    if revision is None:
        raise NotFound("driver diagram")
    return revision


def diagram_of(revision: DriverRevision) -> Diagram:
    """Return the diagram as one save left it (no statement)."""
    return from_document(revision.document)
