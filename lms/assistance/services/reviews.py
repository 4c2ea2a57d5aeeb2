"""Asking for a review of a cycle, and deciding it."""

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from lms import audit, clock, signals
from lms.assistance.models import Review, ReviewScore, ReviewState, RubricCriterion
from lms.assistance.queries import reviews as queries
from lms.assistance.services.requests import refuse_own
from lms.authz import Actor
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.improvement import services as improvement
from lms.improvement.models import Cycle

WAITING = (ReviewState.REQUESTED, ReviewState.IN_REVIEW, ReviewState.RESUBMITTED)


class Verdict(StrEnum):
    """What an expert decides."""

    ACCEPT = "accept"
    RETURN = "return"


class ChangedMeanwhile(Conflict):
    """The team changed its words while the expert was reading them."""


def request_review(cycle: Cycle) -> None:
    """Let a finished cycle wait for an expert; where it waits already nothing happens (three statements)."""
    organization_id = queries.find_organization_of_cycle(cycle.id)
    number = queries.count_reviews(cycle.id) + 1
    state = ReviewState.REQUESTED if number == 1 else ReviewState.RESUBMITTED
    insert_once(
        Review,
        cycle_id=cycle.id,
        organization_id=organization_id,
        number=number,
        state=state,
        requested_at=clock.now(),
        summary="",
    )


def begin_reading(cycle_id: int, *, actor: Actor) -> None:
    """Let colleagues see who reads a waiting cycle; whoever began first stays named (one statement)."""
    begun = update(Review).where(
        Review.cycle_id == cycle_id, Review.decided_at.is_(None), Review.state != ReviewState.IN_REVIEW
    )
    db.session.execute(begun.values(state=ReviewState.IN_REVIEW, reviewer_id=actor.person_id))


def decide_review(
    cycle: Cycle,
    *,
    review_id: int,
    seen_version: int,
    verdict: Verdict,
    summary: str,
    scores: Mapping[RubricCriterion, int],
    actor: Actor,
) -> Review:
    """Accept a cycle or send it back with a summary and scores; the team's own words stay as they are.

    Conflict for an expert of the same organization, and when a colleague decided first; ChangedMeanwhile when the team
    wrote something that the expert has not seen.
    """
    organization_id = cycle.team.organization_id
    refuse_own(actor, organization_id, _("You belong to this organization. Another expert has to review its cycles."))
    _refuse_half_done(verdict, summary, scores)
    _refuse_what_was_not_read(cycle, review_id, seen_version)
    state = ReviewState.ACCEPTED if verdict is Verdict.ACCEPT else ReviewState.RETURNED
    decided = (
        update(Review)
        .where(Review.id == review_id, Review.cycle_id == cycle.id, Review.state.in_(WAITING))
        .values(state=state, reviewer_id=actor.person_id, decided_at=clock.now(), summary=summary)
        .returning(Review.id)
    )
    if db.session.execute(decided).first() is None:
        raise Conflict(_who_decided(cycle.id))
    if scores:
        rows = [{"review_id": review_id, "criterion": key, "score": score} for key, score in scores.items()]
        db.session.execute(insert(ReviewScore), rows)
    mark = improvement.mark_reviewed if verdict is Verdict.ACCEPT else improvement.mark_returned
    if not mark(cycle, by_id=actor.person_id):
        raise Conflict(_("This cycle does not wait for a review."))
    review = queries.get_review(review_id)
    signals.review_decided.send(None, review=review)
    verb = "accepted a cycle" if verdict is Verdict.ACCEPT else "returned a cycle"
    changes = {"cycle_id": cycle.id, "organization_id": organization_id, "number": review.number}
    audit.record(actor.person_id, verb, audit.Subject("cycle-review", review_id), changes)
    return review


def _refuse_half_done(verdict: Verdict, summary: str, scores: Mapping[RubricCriterion, int]) -> None:
    wrong: dict[str, str] = {}
    if not summary:
        wrong["summary"] = _("Write what the team should know. One sentence is enough.")
    if verdict is Verdict.ACCEPT:
        wrong |= {each.value: _("Choose one before you accept.") for each in RubricCriterion if each not in scores}
    if wrong:
        raise Invalid("Something is missing.", wrong)


def _refuse_what_was_not_read(cycle: Cycle, review_id: int, seen_version: int) -> None:
    """Refuse when a colleague has decided or the team has written more; the cycle stays as it is until this is over."""
    locked = select(Cycle.row_version).where(Cycle.id == cycle.id).with_for_update(key_share=True)
    version = db.session.scalar(locked)
    waiting = select(Review.id).where(Review.id == review_id, Review.cycle_id == cycle.id, Review.decided_at.is_(None))
    if db.session.scalar(waiting) is None:
        raise Conflict(_who_decided(cycle.id))
    if version != seen_version:
        raise ChangedMeanwhile(_("The team changed this cycle while you were reading it."))


def _who_decided(cycle_id: int) -> str:
    decided = [each for each in queries.list_reviews(cycle_id) if each.decided_at is not None]
    if not decided:
        return str(_("This cycle does not wait for a review."))
    name = decided[-1].reviewer.display_name if decided[-1].reviewer else _("a former member")
    if decided[-1].state is ReviewState.ACCEPTED:
        return str(_("%(name)s was quicker and has accepted this cycle. Yours was not saved.", name=name))
    return str(_("%(name)s was quicker and has returned this cycle. Yours was not saved.", name=name))
