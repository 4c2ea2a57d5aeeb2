"""Deciding how a measure is drawn, and keeping charts as they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms import audit, clock, signals
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.improvement.chart_spec import (
    ChartPlan,
    KeptReason,
    SettingState,
    Spec,
    compute,
    exclusions_to_json,
    phases_to_json,
    plain_plan,
    to_json,
    verdict_to_json,
)
from lms.improvement.models import ChartSetting, Cycle, KeptChart, Measure
from lms.improvement.queries.kept_charts import Settings, list_settings
from lms.improvement.queries.work import Numbers, load_work
from lms.improvement.services.stale import StaleEdit
from lms.improvement.spc import Kind

TRIES = 5  # that a number is drawn for a kept chart when several are kept at once
EVENTS = UUID("7c1d0f6e-4b52-4f0e-9d7a-5f3d8a4f1c2b")  # a namespace of our own, drawn once


@dataclass(frozen=True)
class Saved:
    """What became of a plan: whether something holds from now on, and whether phases wait for a TA expert."""

    is_changed: bool
    is_proposed: bool


def holding_plan(measure: Measure, settings: Settings) -> ChartPlan:
    """Return how a measure is drawn now."""
    return settings.plan or plain_plan(Kind(measure.chart_kind.value))


def save_plan(measure: Measure, plan: ChartPlan, *, version: int, may_propose: bool, by_id: int) -> Saved:
    """Let a chart be drawn otherwise from now on. Other phases are only proposed: a TA expert accepts them.

    version: the number of the newest setting the form began from. Invalid when somebody who may not propose phases
    sends others; StaleEdit when somebody else changed the chart meanwhile.
    """
    settings = list_settings(measure.id)
    if settings.version != version:
        raise _stale()
    now = holding_plan(measure, settings)
    is_rephased = plan.phases != now.phases
    if is_rephased and not may_propose:
        raise Invalid("Not a lead.", {"phases": _("Only a lead of the organization can propose other phases.")})
    at_once = replace(plan, phases=now.phases)
    waiting = settings.proposal.plan if settings.proposal else None
    rows = [(SettingState.ACCEPTED, at_once)] if at_once != now else []
    rows += [(SettingState.PROPOSED, plan)] if is_rephased and plan != waiting else []
    for number, (state, each) in enumerate(rows, version + 1):
        _add_setting(measure.id, number, state, each, by_id=by_id)
    if rows:
        audit.record(by_id, "changed how a chart is drawn", _subject(measure.id), {"settings": version + len(rows)})
    if any(state is SettingState.PROPOSED for state, _plan in rows):
        signals.phases_proposed.send(None, measure=measure, by_id=by_id)
    return Saved(is_changed=at_once != now, is_proposed=is_rephased)


def withdraw_proposal(measure: Measure, *, version: int, by_id: int) -> None:
    """Take a proposal of other phases back."""
    settings = list_settings(measure.id)
    _answer(measure, settings, SettingState.DECLINED, version=version, note="", by_id=by_id)
    audit.record(by_id, "withdrew phases of a chart", _subject(measure.id))


def decide_phases(
    measure: Measure, numbers: Numbers[Any], *, is_accepted: bool, note: str, version: int, by_id: int
) -> None:
    """Accept or decline proposed phases. What the chart said before is kept first: new phases can hide evidence.

    numbers: the measure's, as the chart is drawn now. Invalid when who proposed decides, or a decline gives no reason.
    """
    settings = list_settings(measure.id)
    proposal = settings.proposal
    if proposal is not None and proposal.written_by_id == by_id:
        raise Invalid("Not one's own.", {"note": _("Somebody else than who proposed the phases decides about them.")})
    if not is_accepted and not note:
        raise Invalid("No reason.", {"note": _("Say why the phases should stay as they are.")})
    state = SettingState.ACCEPTED if is_accepted else SettingState.DECLINED
    _answer(measure, settings, state, version=version, note=note, by_id=by_id)
    if is_accepted:
        event = _event("rephased", measure.id, version)
        keep_chart(numbers.chart(measure).spec, measure.id, event_uuid=event, why=KeptReason.REPHASED, by_id=by_id)
    verb = "accepted phases of a chart" if is_accepted else "declined phases of a chart"
    audit.record(by_id, verb, _subject(measure.id), {"setting": version + 1})


def _answer(measure: Measure, settings: Settings, state: SettingState, *, version: int, note: str, by_id: int) -> None:
    proposal = settings.proposal
    if proposal is None:
        raise Conflict(_("These phases were decided already, or taken back."))
    if settings.version != version:
        raise _stale()
    plan = proposal.plan
    if state is SettingState.ACCEPTED:  # all else stays as it was set meanwhile; a baseline gives way to phases
        plan = replace(holding_plan(measure, settings), phases=plan.phases)
        plan = replace(plan, freeze_on=None) if plan.phases else plan
    _add_setting(measure.id, version + 1, state, plan, by_id=by_id, proposal_id=proposal.id, note=note)
    signals.phases_settled.send(None, measure=measure)


def _add_setting(
    measure_id: int,
    number: int,
    state: SettingState,
    plan: ChartPlan,
    *,
    by_id: int,
    proposal_id: int | None = None,
    note: str = "",
) -> None:
    is_new = insert_once(
        ChartSetting,
        measure_id=measure_id,
        number=number,
        state=state,
        proposal_id=proposal_id,
        kind=plan.kind,
        rules=plan.rules,
        freeze_on=plan.freeze_on,
        centre=plan.centre,
        is_screened=plan.is_screened,
        phases=phases_to_json(plan.phases),
        exclusions=exclusions_to_json(plan.exclusions),
        note=note,
        written_by_id=by_id,
        written_at=clock.now(),
    )
    if not is_new:
        raise _stale()


def _stale() -> StaleEdit:
    return StaleEdit(_("Somebody else changed this chart while you had the form open."))


# ---------------------------------------------------------------- kept charts


def keep_chart(
    spec: Spec,
    measure_id: int,
    *,
    event_uuid: UUID,
    why: KeptReason = KeptReason.BY_HAND,
    note: str = "",
    cycle_id: int | None = None,
    by_id: int | None,
) -> int:
    """Keep a chart as it is: all it is made of, and what it says today.

    Return its number, that of the first one if it was sent twice.
    """
    kept = {
        "event_uuid": event_uuid,
        "measure_id": measure_id,
        "why": why,
        "cycle_id": cycle_id,
        "note": note,
        "spec": to_json(spec),
        "verdict": verdict_to_json(compute(spec).verdict),
        "kept_by_id": by_id,
        "kept_at": clock.now(),
    }
    for _try in range(TRIES):
        number = (db.session.scalar(select(func.max(KeptChart.number)).filter_by(measure_id=measure_id)) or 0) + 1
        if insert_once(KeptChart, number=number, **kept):
            audit.record(by_id, "kept a chart", _subject(measure_id), {"number": number, "why": why.value})
            return number
        earlier = db.session.scalar(select(KeptChart.number).filter_by(event_uuid=event_uuid, measure_id=measure_id))
        if earlier is not None:
            return earlier
    raise Conflict(_("Many charts are being kept right now. Try again."))


def keep_charts_of(cycle: Cycle, *, by_id: int | None) -> None:
    """Keep the charts that a finished cycle stands on, so that what they said on that day stays on record.

    These are the charts of its measure, or all of the team's when it names none.
    """
    work = load_work([cycle.team_id], zone="UTC", today=clock.today("UTC"))
    for measure in _measures_of(cycle, work):
        chart = work.chart(measure)
        if chart.n_points:
            event = _event("acted", measure.id, cycle.id, cycle.row_version)
            keep_chart(
                chart.spec, measure.id, event_uuid=event, why=KeptReason.CYCLE_ACTED, cycle_id=cycle.id, by_id=by_id
            )


def _measures_of(cycle: Cycle, work: Numbers[Any]) -> Iterable[Measure]:
    found = work.cycles.get(cycle.id)
    prediction = found.prediction if found else None
    named = {cycle.measure_id, prediction.measure_id if prediction else None} - {None}
    open_measures = work.measures_of(cycle.team_id)
    return [measure for measure in open_measures if measure.id in named] if named else open_measures


def _event(*what: str | int) -> UUID:
    """Name one event of this site: however often it is told, one chart is kept of it."""
    return uuid5(EVENTS, " ".join(map(str, what)))


def _subject(measure_id: int) -> audit.Subject:
    return audit.Subject("measure", measure_id)
