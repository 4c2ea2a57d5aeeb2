"""All that teams have written and counted, read at once: charts, profiles and judgements then cost no statement."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from lms.db import db
from lms.improvement import fidelity, rules
from lms.improvement.models import Cycle, Measure, Observation, Prediction
from lms.improvement.pictures import Size
from lms.improvement.queries.charts import MeasureChart, draw_chart
from lms.improvement.rules import Claim, Judgement, MeasureKind

Entries = Mapping[date, Observation]


@dataclass(frozen=True)
class Work:
    """The measures with their newest entries, and the cycles, of some teams."""

    measures: Mapping[int, Measure]
    entries: Mapping[int, Entries]  # measure → period → newest entry
    cycles: Mapping[int, Cycle]
    zone: str
    today: date

    def measures_of(self, team_id: int) -> list[Measure]:
        """A team's open measures: outcome, process, balancing, then in the order they were made."""
        order = list(MeasureKind)
        own = [each for each in self.measures.values() if each.team_id == team_id and each.closed_at is None]
        return sorted(own, key=lambda each: (order.index(each.kind), each.id))

    def cycles_of(self, team_id: int) -> list[Cycle]:
        """A team's cycles, newest first."""
        own = [cycle for cycle in self.cycles.values() if cycle.team_id == team_id]
        return sorted(own, key=lambda cycle: -cycle.number)

    def chart(self, measure: Measure, *, size: Size = Size.FULL) -> MeasureChart:
        """A measure's chart with the cycles that mean to move it, or all of the team's when none names a measure."""
        begun = [c for c in self.cycles_of(measure.team_id)[::-1] if c.began_on]
        own = [cycle for cycle in begun if cycle.measure_id in {None, measure.id}]
        return draw_chart(measure, self.entries.get(measure.id, {}), own, size=size)

    def charts_of(self, team_id: int, *, size: Size = Size.SMALL) -> list[MeasureChart]:
        """The charts of a team's open measures, small ones to stand side by side."""
        return [self.chart(measure, size=size) for measure in self.measures_of(team_id)]

    def missing_periods(self, measure: Measure) -> list[date]:
        """Finished periods without an entry, oldest first."""
        entered = self.entries.get(measure.id, {})
        return rules.missing_periods(entered.keys(), measure.definition.cadence, self.today)

    def judgement(self, cycle: Cycle) -> Judgement:
        """What became of a cycle's prediction."""
        prediction = cycle.prediction
        measure = self.measures.get(prediction.measure_id or 0) if prediction else None
        if prediction is None or measure is None:
            return rules.judge_prediction(
                None, (), cadence=rules.Cadence.MONTH, began_on=cycle.began_on, today=self.today
            )
        by_id = {definition.id: definition for definition in measure.definitions}
        points = [
            (day, rules.value_of(d.unit, d.rate_per, entry.numerator, entry.denominator))
            for day, entry in self.entries.get(measure.id, {}).items()
            for d in (by_id[entry.definition_id],)
        ]
        cadence = measure.definition.cadence
        claim = claim_of(prediction)
        return rules.judge_prediction(claim, points, cadence=cadence, began_on=cycle.began_on, today=self.today)

    def profile(self, cycle: Cycle) -> tuple[fidelity.Finding, ...]:
        """The fidelity checks of a cycle."""
        earlier = [self._facts_alone[c.id] for c in self.cycles_of(cycle.team_id) if c.number < cycle.number]
        return fidelity.profile(self.facts(cycle), today=self.today, earlier=earlier)

    def profiles_of(self, team_id: int) -> list[tuple[fidelity.Finding, ...]]:
        """The profiles of all of a team's cycles that were run."""
        return [profile for cycle in self.cycles_of(team_id) if (profile := self.profile(cycle))]

    def successor_of(self, cycle: Cycle) -> Cycle | None:
        """The next cycle of the ramp, the newest when there are several."""
        return self._successors.get(cycle.id)

    @cached_property
    def _successors(self) -> dict[int, Cycle]:
        ordered = sorted(self.cycles.values(), key=lambda cycle: cycle.number)
        return {cycle.predecessor_id: cycle for cycle in ordered if cycle.predecessor_id is not None}

    @cached_property
    def _facts_alone(self) -> dict[int, fidelity.CycleFacts]:
        return {cycle.id: self.facts(cycle, is_alone=True) for cycle in self.cycles.values()}

    @cached_property
    def _balanced_team_ids(self) -> set[int]:
        return {m.team_id for m in self.measures.values() if m.kind is MeasureKind.BALANCING and m.closed_at is None}

    def facts(self, cycle: Cycle, *, is_alone: bool = False) -> fidelity.CycleFacts:
        """What the checks look at; without the cycle before it when `is_alone`."""
        measure = self.measures.get(cycle.measure_id or 0)
        numbers = self.entries.get(measure.id, {}) if measure else {}
        before = self.cycles.get(cycle.predecessor_id or 0)
        prediction = cycle.prediction
        return fidelity.CycleFacts(
            number=cycle.number,
            state=cycle.state,
            is_explore=cycle.is_explore,
            plan_texts=(cycle.objective, cycle.plan_what, cycle.plan_who, cycle.plan_when),
            do_texts=(cycle.what_happened,),
            study_texts=(cycle.study_findings, cycle.learned),
            act_texts=(cycle.decision_reason, cycle.next_step, cycle.stop_reason),
            began_on=cycle.began_on,
            ended_on=cycle.ended_on,
            studied_on=self._day(cycle.studied_at),
            has_prediction=prediction is not None,
            is_prediction_measured=prediction is not None and prediction.measure_id is not None,
            predicted_on=self._day(prediction.written_at) if prediction else None,
            prediction_outcome=self.judgement(cycle).outcome,
            comparison=cycle.comparison,
            scale_people=cycle.scale_people,
            scale_sites=cycle.scale_sites,
            carried=cycle.carried,
            has_change_idea=cycle.change_idea_id is not None,
            decision=cycle.decision,
            decision_reason=cycle.decision_reason,
            next_step=cycle.next_step,
            stop_reason=cycle.stop_reason,
            has_measure=measure is not None,
            cadence=measure.definition.cadence if measure else None,
            periods_on=tuple(day for day, entry in numbers.items() if entry.numerator is not None),
            has_balancing_measure=cycle.team_id in self._balanced_team_ids,
            flags=frozenset(flag.kind for flag in cycle.flags),
            has_harm=cycle.has_harm,
            predecessor=self._facts_alone[before.id] if before is not None and not is_alone else None,
            has_successor=cycle.id in self._successors,
        )

    def _day(self, moment: datetime | None) -> date | None:
        return moment.astimezone(ZoneInfo(self.zone)).date() if moment else None


def claim_of(prediction: Prediction) -> Claim | None:
    """Return what was predicted as numbers, or None when it is only in words."""
    if prediction.shape is None or prediction.by_on is None:
        return None
    return Claim(prediction.shape, prediction.low, prediction.high, prediction.by_on)


def load_work(team_ids: Collection[int], *, zone: str, today: date) -> Work:
    """Read the measures, newest entries and cycles of some teams (four statements, whatever their number)."""
    measures = list(
        db.session.scalars(
            select(Measure)
            .options(selectinload(Measure.definitions))
            .where(Measure.team_id.in_(team_ids))
            .order_by(Measure.id)
        )
    )
    return Work(
        measures={measure.id: measure for measure in measures},
        entries=_newest_entries(team_ids),
        cycles={cycle.id: cycle for cycle in _cycles(team_ids)},
        zone=zone,
        today=today,
    )


def _newest_entries(team_ids: Collection[int]) -> dict[int, dict[date, Observation]]:
    entered = (
        select(Observation)
        .join(Measure, Measure.id == Observation.measure_id)
        .where(Measure.team_id.in_(team_ids))
        .order_by(Observation.id)
    )
    newest: dict[int, dict[date, Observation]] = defaultdict(dict)
    for entry in db.session.scalars(entered):
        newest[entry.measure_id][entry.period_on] = entry
    return newest


def _cycles(team_ids: Collection[int]) -> Sequence[Cycle]:
    whole = (
        select(Cycle)
        .options(joinedload(Cycle.prediction), joinedload(Cycle.flags), joinedload(Cycle.change_idea))
        .where(Cycle.team_id.in_(team_ids))
        .order_by(Cycle.id)
    )
    return db.session.scalars(whole).unique().all()
