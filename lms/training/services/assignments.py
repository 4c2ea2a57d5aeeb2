"""Asking people to finish a course by a day, reminding them, and asking no longer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased

from lms import audit, clock, outbox, signals
from lms.db import db, insert_new
from lms.errors import Invalid, NotFound
from lms.organizations.models import Membership
from lms.outbox import OutboxKind
from lms.training.assigning import NUDGE_PAUSE, AskPlan, Audience, plan_ask
from lms.training.models import Assignment, TrainingNudge
from lms.training.queries import assignments as queries
from lms.training.queries import published
from lms.training.queries.assignments import AssignedPerson

NUDGE_TOPIC = "training/nudge"
_ROWS_AT_ONCE = 500  # both databases take a limited number of values in one statement


def ask_people(
    organization_id: int,
    audience: Audience,
    course_slug: str,
    due_on: date,
    *,
    includes_certified: bool,
    checked_on: date,
    by_id: int,
) -> AskPlan:
    """Ask all who are meant; who was asked for another day is asked for this one instead.

    Who holds a certificate that is valid on `checked_on` is left out unless wanted. Returns what was done; Invalid when
    the audience names nobody of the organization.
    """
    candidates = queries.list_candidates(organization_id, course_slug, audience, checked_on)
    if not candidates:
        raise Invalid("Nobody is meant.", {"to": _("Nobody in your organization fits this choice.")})
    plan = plan_ask(candidates, due_on, includes_certified=includes_certified)
    moved, now = [each.person_id for each in plan.moved], clock.now()
    if moved:
        _withdraw(organization_id, course_slug, moved, now)
    assign_course(organization_id, [each.person_id for each in plan.asked], course_slug, due_on, by=by_id)
    if moved:
        _keep_first_day(organization_id, course_slug, moved, due_on, now)
    return plan


def assign_course(
    organization_id: int, person_ids: Sequence[int], course_slug: str, due_on: date, by: int | None
) -> int:
    """Ask people of an organization to finish a course; return how many were asked anew. `by` None: the system."""
    published.get_newest(course_slug)
    _refuse_strangers(organization_id, person_ids)
    asked = [
        *_ask_again(organization_id, person_ids, course_slug, due_on, by),
        *_ask_first(organization_id, person_ids, course_slug, due_on, by),
    ]
    if asked:
        changes = {"course": course_slug, "person_ids": asked, "due_on": due_on.isoformat()}
        audit.record(by, "assigned course", audit.Subject("organization", organization_id), changes)
        _tell(organization_id, asked, course_slug, due_on)
    return len(asked)


def withdraw_assignment(organization_id: int, course_slug: str, person_ids: Collection[int], *, by_id: int) -> int:
    """Ask these people no longer to finish a course; return how many were asked until now. What is done stays done."""
    gone = _withdraw(organization_id, course_slug, person_ids, clock.now())
    if gone:
        changes = {"course": course_slug, "person_ids": gone}
        audit.record(by_id, "withdrew course", audit.Subject("organization", organization_id), changes)
    return len(gone)


@dataclass(frozen=True)
class Nudged:
    """Who was reminded, and who was not and why."""

    mailed: Sequence[AssignedPerson]
    without_mail: Sequence[AssignedPerson]
    too_soon: Sequence[AssignedPerson]
    suspended: Sequence[AssignedPerson]
    n_gone: int  # chosen, but done or no longer asked by now


def nudge(
    organization_id: int, course_slug: str, person_ids: Collection[int] | None, *, now: datetime, by_id: int
) -> Nudged:
    """Remind these people, or all who are not done; each at most once in three days, whoever asks and how often.

    Who has no e-mail address finds the course on their home page only.
    """
    waiting = queries.list_not_done(organization_id, course_slug, person_ids)
    suspended = [each for each in waiting if each.is_suspended]
    reachable = [each for each in waiting if not each.is_suspended]
    due = _claim(organization_id, course_slug, [each.person_id for each in reachable], now, by_id)
    told = [each for each in reachable if each.person_id in due]
    for each in told:
        if each.has_mail:
            outbox.put(OutboxKind.MAIL, NUDGE_TOPIC, {"organization_id": organization_id, "person_id": each.person_id})
    if told:
        changes = {"course": course_slug, "person_ids": sorted(due)}
        audit.record(by_id, "reminded of course", audit.Subject("organization", organization_id), changes)
        signals.people_nudged.send(
            None, organization_id=organization_id, person_ids=sorted(due), course_slug=course_slug
        )
    return Nudged(
        mailed=[each for each in told if each.has_mail],
        without_mail=[each for each in told if not each.has_mail],
        too_soon=[each for each in reachable if each.person_id not in due],
        suspended=suspended,
        n_gone=0 if person_ids is None else len(set(person_ids)) - len(waiting),
    )


def _claim(
    organization_id: int, course_slug: str, person_ids: Sequence[int], now: datetime, by_id: int
) -> frozenset[int]:
    """Note the reminder for those who may be reminded now, and return them: of two who ask at once, one gets each."""
    if not person_ids:
        return frozenset()
    again = (
        update(TrainingNudge)
        .where(
            TrainingNudge.organization_id == organization_id,
            TrainingNudge.person_id.in_(person_ids),
            TrainingNudge.nudged_at <= now - NUDGE_PAUSE,
        )
        .values(course_slug=course_slug, nudged_at=now, nudged_by_id=by_id, n_nudges=TrainingNudge.n_nudges + 1)
        .returning(TrainingNudge.person_id)
        .execution_options(synchronize_session=False)
    )
    claimed = set(db.session.scalars(again))
    said = {
        "organization_id": organization_id,
        "course_slug": course_slug,
        "nudged_at": now,
        "nudged_by_id": by_id,
        "n_nudges": 1,
    }
    for some in _portions(person_ids):
        claimed.update(insert_new(TrainingNudge, [{"person_id": each, **said} for each in some]))
    return frozenset(claimed)


def _ask_again(
    organization_id: int, person_ids: Sequence[int], course_slug: str, due_on: date, by: int | None
) -> list[int]:
    """Take back what was withdrawn for the same day: the day is unique."""
    again = (
        update(Assignment)
        .where(
            Assignment.organization_id == organization_id,
            Assignment.person_id.in_(person_ids),
            Assignment.course_slug == course_slug,
            Assignment.due_on == due_on,
            Assignment.withdrawn_at.is_not(None),
        )
        .values(withdrawn_at=None, done_at=None, assigned_at=clock.now(), assigned_by_id=by)
        .returning(Assignment.person_id)
        .execution_options(synchronize_session=False)
    )
    return sorted(db.session.scalars(again)) if person_ids else []


def _ask_first(
    organization_id: int, person_ids: Sequence[int], course_slug: str, due_on: date, by: int | None
) -> list[int]:
    said = {
        "organization_id": organization_id,
        "course_slug": course_slug,
        "due_on": due_on,
        "assigned_by_id": by,
        "assigned_at": clock.now(),
    }
    made: list[int] = []
    for some in _portions(list(dict.fromkeys(person_ids))):
        made += insert_new(Assignment, [{"person_id": each, **said} for each in some])
    asked = select(Assignment.person_id).where(Assignment.id.in_(made)).order_by(Assignment.person_id)
    return list(db.session.scalars(asked)) if made else []


def _withdraw(organization_id: int, course_slug: str, person_ids: Collection[int], now: datetime) -> list[int]:
    gone = (
        update(Assignment)
        .where(
            Assignment.organization_id == organization_id,
            Assignment.course_slug == course_slug,
            Assignment.person_id.in_(person_ids),
            Assignment.done_at.is_(None),
            Assignment.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(Assignment.person_id)
        .execution_options(synchronize_session=False)
    )
    people = sorted(set(db.session.scalars(gone)))
    if people:
        signals.course_withdrawn.send(None, organization_id=organization_id, person_ids=people, course_slug=course_slug)
    return people


def _keep_first_day(
    organization_id: int, course_slug: str, person_ids: Sequence[int], due_on: date, withdrawn_at: datetime
) -> None:
    """Let those whose day moved count as asked since the first time."""
    earlier = aliased(Assignment)
    since = (
        select(earlier.assigned_at)
        .where(
            earlier.organization_id == organization_id,
            earlier.course_slug == course_slug,
            earlier.person_id == Assignment.person_id,
            earlier.withdrawn_at == withdrawn_at,
        )
        .order_by(earlier.assigned_at)
        .limit(1)
        .scalar_subquery()
    )
    moved = update(Assignment).where(
        Assignment.organization_id == organization_id,
        Assignment.course_slug == course_slug,
        Assignment.person_id.in_(person_ids),
        Assignment.due_on == due_on,
    )
    db.session.execute(
        moved.values(assigned_at=func.coalesce(since, Assignment.assigned_at)).execution_options(
            synchronize_session=False
        )
    )


def _tell(organization_id: int, person_ids: Sequence[int], course_slug: str, due_on: date) -> None:
    made = select(Assignment).where(
        Assignment.organization_id == organization_id,
        Assignment.person_id.in_(person_ids),
        Assignment.course_slug == course_slug,
        Assignment.due_on == due_on,
    )
    for assignment in db.session.scalars(made.order_by(Assignment.id).execution_options(populate_existing=True)):
        signals.course_assigned.send(None, assignment=assignment)


def _refuse_strangers(organization_id: int, person_ids: Sequence[int]) -> None:
    """Only who belongs to the organization now can be asked by it."""
    members = select(Membership.person_id).where(
        Membership.organization_id == organization_id,
        Membership.person_id.in_(person_ids),
        Membership.ended_at.is_(None),
    )
    if set(person_ids) - set(db.session.scalars(members)):
        raise NotFound("person")


def _portions(people: Sequence[int]) -> Iterable[Sequence[int]]:
    return (people[start : start + _ROWS_AT_ONCE] for start in range(0, len(people), _ROWS_AT_ONCE))
