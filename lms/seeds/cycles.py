"""PDSA cycles: planned, run, studied, acted on, commented and reviewed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from lms import clock, signals
from lms.assistance.models import CycleComment, RubricCriterion
from lms.assistance.queries import reviews as review_queries
from lms.assistance.services import decide_review, settle_comment, write_comment
from lms.assistance.services.reviews import WAITING
from lms.db import db
from lms.improvement.models import Cycle
from lms.improvement.queries.cycles import get_cycle
from lms.improvement.services import cycles
from lms.improvement.services.cycles import Act, Beginning, Done, Plan, Predicted, Study
from lms.readiness.models import ActionKind
from lms.seeds.maker import Maker
from lms.seeds.story import (
    ActText,
    AnswerText,
    CommentText,
    CyclePlan,
    PlanText,
    PredictionText,
    Resubmission,
    ReviewText,
    RunText,
    StudyText,
)


def plan(maker: Maker) -> None:
    """Put every step of every cycle on the calendar. The hours keep a day's steps in their order."""
    for told in maker.story.cycles.cycles:
        maker.later(told.started, _start, maker, told, hour=15)
        if told.plan is not None:
            maker.later(told.plan.on, _plan_it, maker, told, told.plan, hour=16)
        if told.run is not None:
            _plan_run(maker, told, told.run)
        if told.study is not None:
            maker.later(told.study.on, _study, maker, told, told.study, hour=19)
        if told.act is not None:
            maker.later(told.act.on, _act, maker, told, told.act, hour=20)
        if told.dropped is not None:
            maker.later(told.dropped.on, _drop, maker, told, hour=17)
        _plan_reading(maker, told)


def _plan_run(maker: Maker, told: CyclePlan, run: RunText) -> None:
    # Who plans after the test has begun writes an earlier day, and that is said for ever.
    planned = told.plan.on if told.plan else run.began
    maker.later(min(run.began, planned), _begin, maker, told, run, hour=17)
    said = run.told if run.told is not None else run.ended
    if said is not None:
        maker.later(said, _do, maker, told, run, hour=18)


def _plan_reading(maker: Maker, told: CyclePlan) -> None:
    for comment in told.comments:
        maker.later(comment.on, _comment, maker, told, comment, hour=21)
    for review in told.reviews:
        maker.later(review.on, _review, maker, told, review, hour=22)
    for again in told.resubmissions:
        maker.later(again.on, _resubmit, maker, told, again, hour=20)


def _start(maker: Maker, told: CyclePlan) -> None:
    action_id = maker.actions[told.from_action] if told.from_action else None
    beginning = Beginning(
        title=told.title,
        objective=told.plan.objective if told.plan else "",
        change_idea_id=maker.ideas[f"{told.team}/{told.idea}"] if told.idea else None,
        is_explore=told.explore,
        predecessor_id=maker.cycles[told.follows] if told.follows else None,
        measure_id=maker.measures[told.measure] if told.measure else None,
        opened_from_action_id=action_id,
    )
    made = cycles.start_cycle(maker.teams[told.team], beginning, by_id=maker.people[told.by])
    maker.cycles[told.key] = made.id
    if action_id is not None:
        path, actor = f"/improve/cycles/{made.id}", maker.actor(told.by)
        signals.work_opened.send(None, action_id=action_id, kind=ActionKind.CYCLE, path=path, actor=actor)


def _cycle(maker: Maker, told: CyclePlan) -> Cycle:
    return get_cycle(maker.cycles[told.key])


def _day(maker: Maker, days_ago: int | None) -> date | None:
    return None if days_ago is None else maker.day(days_ago)


def _plan_it(maker: Maker, told: CyclePlan, text: PlanText) -> None:
    cycle = _cycle(maker, told)
    written = Plan(
        title=told.title,
        objective=text.objective,
        is_explore=told.explore,
        change_idea_id=cycle.change_idea_id,
        carried=text.carried,
        plan_what=text.what,
        plan_who=text.who,
        plan_when=text.when,
        plan_where=text.where,
        data_plan=text.data,
        measure_id=cycle.measure_id,
        starts_on=_day(maker, text.begins),
        ends_on=_day(maker, text.ends),
        scale_people=text.people,
        scale_sites=text.sites,
    )
    predicted = _predicted(maker, told, told.prediction) if told.prediction else None
    cycles.save_plan(cycle, written, predicted, row_version=cycle.row_version, by_id=maker.people[told.by])


def _predicted(maker: Maker, told: CyclePlan, text: PredictionText) -> Predicted:
    measure_id = maker.measures[told.measure] if told.measure and text.shape else None
    return Predicted(
        words=text.words,
        measure_id=measure_id,
        shape=text.shape,
        low=text.low,
        high=text.high,
        by_on=_day(maker, text.by),
        confidence_percent=text.confidence,
    )


def _begin(maker: Maker, told: CyclePlan, run: RunText) -> None:
    cycle = _cycle(maker, told)
    cycles.begin_cycle(
        cycle,
        began_on=maker.day(run.began),
        today=clock.today(maker.zone),
        row_version=cycle.row_version,
        by_id=maker.people[told.by],
        zone=maker.zone,
    )


def _do(maker: Maker, told: CyclePlan, run: RunText) -> None:
    cycle = _cycle(maker, told)
    done = Done(
        began_on=maker.day(run.began),
        ended_on=_day(maker, run.ended),
        what_happened=run.happened,
        surprises=run.surprises,
        has_harm=run.harm,
    )
    by_id = maker.people[told.by]
    today = clock.today(maker.zone)
    cycles.save_do(cycle, done, today=today, row_version=cycle.row_version, by_id=by_id, zone=maker.zone)


def _study(maker: Maker, told: CyclePlan, text: StudyText) -> None:
    cycle = _cycle(maker, told)
    study = Study(
        done_as_planned=text.as_planned,
        study_findings=text.findings,
        comparison=text.comparison,
        learned=text.learned,
    )
    cycles.save_study(cycle, study, row_version=cycle.row_version, by_id=maker.people[told.by])


def _act(maker: Maker, told: CyclePlan, text: ActText) -> None:
    cycle = _cycle(maker, told)
    act = Act(decision=text.decision, decision_reason=text.reason, next_step=text.next, stop_reason=text.stop)
    cycles.save_act(cycle, act, row_version=cycle.row_version, by_id=maker.people[told.by])


def _drop(maker: Maker, told: CyclePlan) -> None:
    cycle, reason = _cycle(maker, told), told.dropped.reason if told.dropped else ""
    cycles.drop_cycle(cycle, reason=reason, row_version=cycle.row_version, by_id=maker.people[told.by])


def _comment(maker: Maker, told: CyclePlan, text: CommentText) -> None:
    comment = write_comment(
        _cycle(maker, told),
        field=text.field,
        text=text.text,
        actor=maker.actor(text.by),
        today=clock.today(maker.zone),
        is_ask=text.asks is not None,
        owner_id=maker.people[text.asks] if text.asks else None,
        due_on=_day(maker, text.due),
    )
    if text.answer is not None:
        maker.later(text.answer.on, _answer, maker, comment.id, text.answer, hour=18)


def _answer(maker: Maker, comment_id: int, answer: AnswerText) -> None:
    comment = db.session.get_one(CycleComment, comment_id)
    settle_comment(comment, answer=answer.text, actor=maker.actor(answer.by))


def _review(maker: Maker, told: CyclePlan, text: ReviewText) -> None:
    cycle = _cycle(maker, told)
    waiting = next(each for each in review_queries.list_reviews(cycle.id) if each.state in WAITING)
    scores: Mapping[RubricCriterion, int] = dict(zip(RubricCriterion, text.scores, strict=bool(text.scores)))
    decide_review(
        cycle,
        review_id=waiting.id,
        seen_version=cycle.row_version,
        verdict=text.verdict,
        summary=text.summary,
        scores=scores,
        actor=maker.actor(text.by),
    )


def _resubmit(maker: Maker, told: CyclePlan, again: Resubmission) -> None:
    """Write what was missing, then send the cycle again."""
    cycle, by_id = _cycle(maker, told), maker.people[again.by]
    now = Study(
        done_as_planned=cycle.done_as_planned,  # type: ignore[arg-type]  # a cycle that came back was studied
        study_findings=cycle.study_findings,
        comparison=cycle.comparison,
        learned=cycle.learned,
    )
    better = replace(now, comparison=again.comparison or now.comparison, learned=again.learned or now.learned)
    cycles.save_study(cycle, better, row_version=cycle.row_version, by_id=by_id)
    cycles.resubmit_cycle(cycle, by_id=by_id)
