"""All that teams have written and counted, read at once: charts, profiles and judgements then cost no statement."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.db import db, read_columns
from lms.improvement import fidelity, rules
from lms.improvement.chart_spec import ChartPlan, SettingState
from lms.improvement.models import ChangeIdea, ChartSetting, Cycle, Measure, Observation, Prediction
from lms.improvement.pictures import Size
from lms.improvement.queries.charts import CycleLine, Entries, Entry, MeasureChart, SignedEntry, draw_chart
from lms.improvement.rules import Claim, Judgement, MeasureKind

C = TypeVar("C", Cycle, CycleLine)


@dataclass(frozen=True)
class Numbers(Generic[C]):
    """The measures with their newest entries, and the cycles or lines of cycles, of some teams."""

    measures: Mapping[int, Measure]
    entries: Mapping[int, Entries]  # measure → period → newest entry
    cycles: Mapping[int, C]
    zone: str
    today: date
    plans: Mapping[int, ChartPlan] = field(default_factory=dict)  # measure → how it is drawn, where somebody set it

    def measures_of(self, team_id: int) -> list[Measure]:
        """A team's open measures: outcome, process, balancing, then in the order they were made."""
        order = list(MeasureKind)
        own = [each for each in self.measures.values() if each.team_id == team_id and each.closed_at is None]
        return sorted(own, key=lambda each: (order.index(each.kind), each.id))

    def cycles_of(self, team_id: int) -> list[C]:
        """A team's cycles, newest first."""
        own = [cycle for cycle in self.cycles.values() if cycle.team_id == team_id]
        return sorted(own, key=lambda cycle: -cycle.number)

    def chart(self, measure: Measure, *, size: Size = Size.FULL) -> MeasureChart:
        """A measure's chart with the cycles that mean to move it, or all of the team's when none names a measure."""
        begun = [c for c in self.cycles_of(measure.team_id)[::-1] if c.began_on]
        own = [cycle for cycle in begun if cycle.measure_id in {None, measure.id}]
        plan = self.plans.get(measure.id)
        return draw_chart(measure, self.entries.get(measure.id, {}), own, plan=plan, size=size)

    def charts_of(self, team_id: int, *, size: Size = Size.SMALL) -> list[MeasureChart]:
        """The charts of a team's open measures, small ones to stand side by side."""
        return [self.chart(measure, size=size) for measure in self.measures_of(team_id)]

    def missing_periods(self, measure: Measure) -> list[date]:
        """Finished periods without an entry, oldest first."""
        entered = self.entries.get(measure.id, {})
        return rules.missing_periods(entered.keys(), measure.definition.cadence, self.today)


@dataclass(frozen=True)
class Work(Numbers[Cycle]):
    """The measures with their newest entries, and the whole cycles, of some teams."""

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
        return rules.judge_prediction(claim, points, cadence=cadence, began_on=self._locked_on(cycle), today=self.today)

    def _locked_on(self, cycle: Cycle) -> date | None:
        """The first day of the test, but never after the prediction was locked: moved later, it would hide numbers."""
        begun_on = self._day(cycle.begun_at)
        return min(cycle.began_on, begun_on) if cycle.began_on and begun_on else cycle.began_on

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
    asked = {"team_ids": sorted(team_ids)}
    cycles = db.session.scalars(_cycles(), asked).unique().all()
    measures, plans = _load_measures(asked)
    return Work(
        measures=measures,
        plans=plans,
        entries=_newest_entries(asked),
        cycles={cycle.id: cycle for cycle in cycles},
        zone=zone,
        today=today,
    )


def load_numbers_of(measure_ids: Collection[int], *, zone: str, today: date) -> Numbers[CycleLine]:
    """Read some measures and their newest entries, without any cycles (three statements)."""
    asked = {"measure_ids": sorted(measure_ids)}
    found = db.session.execute(_measures(by="measure_ids"), asked).all()
    entries = _newest(db.session.execute(_entries(by="measure_ids"), asked))
    measures, plans = _with_plans(found)
    return Numbers[CycleLine](measures=measures, plans=plans, entries=entries, cycles={}, zone=zone, today=today)


def numbers_of(
    measure: Measure, entries: Iterable[SignedEntry], *, zone: str, today: date, plan: ChartPlan | None
) -> Numbers[CycleLine]:
    """Put together what is known of one measure, and read its team's cycles as they stand in a list (one statement)."""
    return Numbers[CycleLine](
        measures={measure.id: measure},
        plans={measure.id: plan} if plan else {},
        entries={measure.id: {entry.period_on: entry for entry in entries}},
        cycles={line.id: line for line in list_lines(measure.team_id)},
        zone=zone,
        today=today,
    )


def _load_measures(asked: dict[str, Any]) -> tuple[dict[int, Measure], dict[int, ChartPlan]]:
    return _with_plans(db.session.execute(_measures(by="team_ids"), asked).all())


def _with_plans(found: Sequence[Any]) -> tuple[dict[int, Measure], dict[int, ChartPlan]]:
    plans = {measure.id: setting.plan for measure, setting in found if setting is not None}
    return {measure.id: measure for measure, _setting in found}, plans


def _newest_entries(asked: dict[str, Any]) -> dict[int, dict[date, Entry]]:
    return _newest(db.session.execute(_entries(by="team_ids"), asked))


def _newest(entered: Iterable[Any]) -> dict[int, dict[date, Entry]]:
    newest: dict[int, dict[date, Entry]] = defaultdict(dict)
    for row in entered:
        entry = Entry._make(row)
        newest[entry.measure_id][entry.period_on] = entry
    return newest


def list_lines(team_id: int) -> list[CycleLine]:
    """Return a team's cycles as they stand in a list, newest first (one statement)."""
    return [CycleLine._make(row) for row in read_columns(_lines(), {"team_id": team_id})]


@cache  # these are built once: putting them together takes longer than running them
def _measures(*, by: str) -> Any:
    accepted = aliased(ChartSetting)
    holding = select(func.max(accepted.id)).where(
        accepted.measure_id == Measure.id, accepted.state == SettingState.ACCEPTED
    )
    with_setting = select(Measure, ChartSetting).outerjoin(
        ChartSetting, ChartSetting.id == holding.correlate(Measure).scalar_subquery()
    )
    of_these = {"team_ids": Measure.team_id, "measure_ids": Measure.id}[by].in_(bindparam(by, expanding=True))
    return with_setting.where(of_these).options(selectinload(Measure.definitions)).order_by(Measure.id)


@cache
def _entries(*, by: str) -> Any:
    entry = Observation.__table__.c
    measure = Measure.__table__.c
    entered = select(*(entry[name] for name in Entry._fields)).order_by(entry.id)
    these: Any = bindparam(by, expanding=True)
    if by == "measure_ids":
        return entered.where(entry.measure_id.in_(these))
    return entered.join(Measure.__table__, measure.id == entry.measure_id).where(measure.team_id.in_(these))


@cache
def _lines() -> Any:
    cycle, idea = Cycle.__table__.c, ChangeIdea.__table__.c
    columns = [cycle[name] for name in CycleLine._fields if name != "idea_title"]
    lines = select(*columns, idea.title).outerjoin(ChangeIdea.__table__, idea.id == cycle.change_idea_id)
    return lines.where(cycle.team_id == bindparam("team_id")).order_by(cycle.number.desc())


@cache
def _cycles() -> Any:
    whole = select(Cycle).where(Cycle.team_id.in_(bindparam("team_ids", expanding=True)))
    loads = (joinedload(Cycle.prediction), joinedload(Cycle.flags), joinedload(Cycle.change_idea))
    return whole.options(*loads).order_by(Cycle.id)
