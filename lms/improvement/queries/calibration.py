"""A team's predictions, each with what became of it and whether it counts for how well the team predicts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from lms.db import db
from lms.improvement.calibration import Judged
from lms.improvement.models import Cycle, Measure, Observation, Prediction
from lms.improvement.queries.work import Work
from lms.improvement.rules import CycleState, FlagKind, Judgement, PredictionOutcome

_FirstEntries = Mapping[tuple[int, date], datetime]  # measure and period → when a number first stood there


class Standing(StrEnum):
    """Whether a prediction counts, or why not. What counts once cannot be talked away by dropping the cycle."""

    COUNTS = "counts"
    NOT_BEGUN = "not-begun"
    WAITING = "waiting"
    NO_DATA = "no-data"
    IN_WORDS = "in-words"
    NOT_RUN = "not-run"
    LATE = "late"  # written after the test began
    KNOWN = "known"  # its number had been entered before
    UNSURE = "unsure"  # nobody said how sure


@dataclass(frozen=True)
class PredictionRow:
    """One prediction held against the data."""

    cycle: Cycle
    prediction: Prediction
    measure: Measure | None
    judgement: Judgement
    standing: Standing

    @property
    def is_judged(self) -> bool:
        """Whether the data say that it came true, or that it did not."""
        return self.judgement.outcome in {PredictionOutcome.MET, PredictionOutcome.NOT_MET}


def list_predictions(work: Work, team_id: int) -> list[PredictionRow]:
    """Return all that a team predicted, the newest cycle first (one statement beside the work)."""
    told = [(cycle, cycle.prediction) for cycle in work.cycles_of(team_id) if cycle.prediction is not None]
    measure_ids = {prediction.measure_id for _cycle, prediction in told if prediction.measure_id is not None}
    first = _first_entries(measure_ids)
    rows = []
    for cycle, prediction in told:
        judgement = work.judgement(cycle)
        standing = _standing(cycle, prediction, judgement, first, zone=work.zone)
        measure = work.measures.get(prediction.measure_id or 0)
        rows.append(PredictionRow(cycle, prediction, measure, judgement, standing))
    return rows


def judged_of(rows: Collection[PredictionRow]) -> list[Judged]:
    """Return what counts: how sure the team was, and whether it came true."""
    return [
        Judged(row.prediction.confidence_percent, row.judgement.outcome is PredictionOutcome.MET)
        for row in rows
        if row.standing is Standing.COUNTS and row.prediction.confidence_percent is not None
    ]


def _standing(
    cycle: Cycle, prediction: Prediction, judgement: Judgement, first: _FirstEntries, *, zone: str
) -> Standing:
    """Return the first of these that is so."""
    entered_at = first.get((prediction.measure_id or 0, judgement.period_on)) if judgement.period_on else None
    reasons = {
        Standing.NOT_RUN: _is_dropped_in_time(cycle, prediction, zone),
        Standing.NOT_BEGUN: prediction.locked_at is None,
        Standing.LATE: _is_late(cycle, prediction, zone),
        Standing.IN_WORDS: prediction.shape is None,
        Standing.WAITING: judgement.outcome is PredictionOutcome.NOT_YET,
        Standing.NO_DATA: judgement.period_on is None,
        Standing.KNOWN: entered_at is not None and entered_at < prediction.written_at,
        Standing.UNSURE: prediction.confidence_percent is None,
    }
    return next((standing for standing, is_so in reasons.items() if is_so), Standing.COUNTS)


def _is_dropped_in_time(cycle: Cycle, prediction: Prediction, zone: str) -> bool:
    """Whether the cycle was dropped before the day of its prediction had passed."""
    if cycle.state is not CycleState.NOT_RUN or cycle.not_run_at is None:
        return False
    return prediction.by_on is None or prediction.locked_at is None or _day(cycle.not_run_at, zone) <= prediction.by_on


def _is_late(cycle: Cycle, prediction: Prediction, zone: str) -> bool:
    is_flagged = any(flag.kind is FlagKind.BEGIN_BACKDATED for flag in cycle.flags)
    return is_flagged or (cycle.began_on is not None and _day(prediction.written_at, zone) > cycle.began_on)


def _day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()


def _first_entries(measure_ids: Collection[int]) -> _FirstEntries:
    rows = db.session.execute(_first(), {"measure_ids": sorted(measure_ids)})
    return {(measure_id, period_on): entered_at for measure_id, period_on, entered_at in rows}


@cache  # built once: putting it together takes longer than running it
def _first() -> Any:
    entered = select(Observation.measure_id, Observation.period_on, func.min(Observation.entered_at))
    numbers = entered.where(
        Observation.measure_id.in_(bindparam("measure_ids", expanding=True)), Observation.numerator.is_not(None)
    )
    return numbers.group_by(Observation.measure_id, Observation.period_on)
