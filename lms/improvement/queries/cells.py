"""Measures as they stand in lists: drawn once for each version of their data.

Which version holds is read in one statement; the numbers themselves only where something was entered or set since.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from flask_babel import get_locale
from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import aliased

from lms.db import read_columns
from lms.improvement.chart_spec import SettingState, compute
from lms.improvement.models import ChartSetting, Measure, MeasureDefinition, Observation
from lms.improvement.pictures import Picture, Size
from lms.improvement.queries.charts import CycleLine, spec_of
from lms.improvement.queries.work import Numbers, load_numbers_of
from lms.improvement.rules import Cadence, ChartKind, Direction, MeasureKind, Unit
from lms.improvement.sparklines import sparkline
from lms.improvement.verdicts import Verdict

MOST_PICTURES = 300
MOST_LINES = 3_000

V = TypeVar("V")


class Version(NamedTuple):
    """What a measure's chart is made of, without its numbers: while this stays, they stay.

    Definitions, settings and entries are only ever added, so the newest of each and their count name all of them.
    """

    measure_id: int
    team_id: int
    kind: MeasureKind
    chart_kind: ChartKind
    definition_id: int
    name: str
    numerator_text: str
    unit: Unit
    rate_per: int | None
    cadence: Cadence
    direction: Direction
    target: float | None
    setting_id: int | None
    n_entries: int
    newest: UUID | None  # entry


class Cell(NamedTuple):
    """A measure with its small chart."""

    version: Version
    key: Hashable  # of all that is drawn
    picture: Picture
    missing_on: tuple[date, ...]  # finished periods without an entry, oldest first


class Glance(NamedTuple):
    """A measure in one line: what its chart says, and the shape of its numbers."""

    version: Version
    verdict: Verdict
    path: str


class Kept(Generic[V]):
    """The newest values of one process by all that they depend on, as a cache of a function is, for many at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = Lock()

    def find_all(self, keys: Iterable[Hashable], make: Callable[[list[Any]], Mapping[Any, V]]) -> dict[Any, V]:
        """Return the value of each key; those that are not kept are made together."""
        asked = list(keys)
        with self._lock:
            found = {key: self._values[key] for key in asked if key in self._values}
            for key in found:
                self._values.move_to_end(key)
        missing = [key for key in asked if key not in found]
        if missing:
            made = make(missing)
            found |= made
            with self._lock:
                self._values |= made
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
        return found


_CELLS: Kept[Cell] = Kept(MOST_PICTURES)
_GLANCES: Kept[Glance] = Kept(MOST_LINES)


class _CellKey(NamedTuple):
    version: Version
    cycles: tuple[CycleLine, ...]
    zone: str
    today: date
    language: str


def cells_of(team_id: int, lines: Sequence[CycleLine], *, zone: str, today: date) -> list[Cell]:
    """Return a team's open measures with small charts, in order (one statement, three more to draw what is new).

    lines: the team's cycles; those that have begun are shown on the charts they mean to move.
    """
    language = str(get_locale())
    begun = tuple(sorted((each for each in lines if each.began_on), key=lambda each: each.number))
    keys = [
        _CellKey(each, tuple(c for c in begun if c.measure_id in {None, each.measure_id}), zone, today, language)
        for each in _read(_versions(), {"team_ids": [team_id]})
    ]

    def draw(missing: list[_CellKey]) -> dict[_CellKey, Cell]:
        numbers = _numbers(missing, zone, today)
        numbers = replace(numbers, cycles={each.id: each for each in lines})
        return {key: _cell(key, numbers) for key in missing}

    found = _CELLS.find_all(keys, draw)
    return [found[key] for key in keys]


def _cell(key: _CellKey, numbers: Numbers[CycleLine]) -> Cell:
    measure = numbers.measures[key.version.measure_id]
    picture = numbers.chart(measure, size=Size.SMALL).picture
    return Cell(key.version, key, picture, tuple(numbers.missing_periods(measure)))


def glances_of(team_ids: Collection[int], *, zone: str, today: date) -> dict[int, Glance]:
    """Return the first measure of each team in one line (one statement, three more for what is new).

    It is that of the outcome, where there is one.
    """
    versions = _read(_first_versions(), {"team_ids": sorted(team_ids)})

    def draw(missing: list[Version]) -> dict[Version, Glance]:
        numbers = _numbers([_CellKey(each, (), zone, today, "") for each in missing], zone, today)
        return {each: _glance(each, numbers) for each in missing}

    found = _GLANCES.find_all(versions, draw)
    return {version.team_id: found[version] for version in versions}


def _glance(version: Version, numbers: Numbers[CycleLine]) -> Glance:
    measure = numbers.measures[version.measure_id]
    plan = numbers.plans.get(measure.id)
    computed = compute(spec_of(measure, numbers.entries.get(measure.id, {}), plan=plan))
    return Glance(version, computed.verdict, sparkline(computed.values))


def _numbers(keys: Sequence[_CellKey], zone: str, today: date) -> Numbers[CycleLine]:
    return load_numbers_of([key.version.measure_id for key in keys], zone=zone, today=today)


def _read(asked: Any, values: Mapping[str, Any]) -> list[Version]:
    return [Version._make(row) for row in read_columns(asked, values)]


@cache  # these are built once: putting them together takes longer than running them
def _versions() -> Any:
    measure, definition = Measure.__table__.c, MeasureDefinition.__table__.c
    entry, setting = Observation.__table__.alias("entry"), ChartSetting.__table__.alias("setting")
    newest = Observation.__table__.alias("newest")
    of_measure = entry.c.measure_id == measure.id
    last_id = select(func.max(entry.c.id)).where(of_measure).correlate(Measure.__table__).scalar_subquery()
    columns = {
        "definition_id": definition.id,
        "measure_id": measure.id,
        "setting_id": select(func.max(setting.c.id))
        .where(setting.c.measure_id == measure.id, setting.c.state == SettingState.ACCEPTED)
        .correlate(Measure.__table__)
        .scalar_subquery(),
        "n_entries": select(func.count()).where(of_measure).correlate(Measure.__table__).scalar_subquery(),
        "newest": newest.c.event_uuid,
    }
    for name in ("team_id", "kind", "chart_kind"):
        columns[name] = measure[name]
    for name in ("name", "numerator_text", "unit", "rate_per", "cadence", "direction", "target"):
        columns[name] = definition[name]
    joined = Measure.__table__.join(
        MeasureDefinition.__table__,
        (definition.measure_id == measure.id) & (definition.number == measure.n_definitions),
    ).outerjoin(newest, newest.c.id == last_id)
    return (
        select(*(columns[name] for name in Version._fields))
        .select_from(joined)
        .where(measure.team_id.in_(bindparam("team_ids", expanding=True)), measure.closed_at.is_(None))
        .order_by(_in_order(measure.kind), measure.id)
    )


@cache
def _first_versions() -> Any:
    other = aliased(Measure)
    first = (
        select(other.id)
        .where(other.team_id == Measure.team_id, other.closed_at.is_(None))
        .order_by(_in_order(other.kind), other.id)
        .limit(1)
        .correlate(Measure)
    )
    return _versions().where(Measure.id == first.scalar_subquery())


def _in_order(kind: Any) -> Any:
    return case({each: place for place, each in enumerate(MeasureKind)}, value=kind)
