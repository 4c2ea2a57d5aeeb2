"""Writing at the fields of a cycle, and settling what was asked there."""

from collections.abc import Collection
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lms import audit, clock, signals
from lms.assistance import rules
from lms.assistance.models import CycleComment
from lms.assistance.services.reviews import begin_reading
from lms.authz import Actor
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.improvement.models import Cycle


def write_comment(
    cycle: Cycle,
    *,
    field: str,
    text: str,
    actor: Actor,
    today: date,
    is_ask: bool = False,
    owner_id: int | None = None,
    due_on: date | None = None,
) -> CycleComment:
    """Write at a field of a cycle; an expert who writes is seen to be reading it."""
    _refuse_foreign_owner(owner_id, [member.person_id for member in cycle.team.members])
    if due_on is not None and due_on < today:
        raise Invalid("Too early.", {"due_on": _("Choose a day that is still to come.")})
    comment = CycleComment(
        cycle_id=cycle.id,
        organization_id=cycle.team.organization_id,
        author_id=actor.person_id,
        field=field if field in rules.ANCHORS else "",
        text=text,
        is_ask=is_ask,
        owner_id=owner_id if is_ask else None,
        due_on=due_on if is_ask else None,
        written_at=clock.now(),
    )
    if rules.may_review(actor, cycle.team.organization_id):
        begin_reading(cycle.id, actor=actor)
    return _keep(comment, "commented on a cycle", actor)


def reword_comment(comment: CycleComment, *, text: str, actor: Actor) -> CycleComment:
    """Write one's own comment anew; the wording before stays on record."""
    if comment.author_id != actor.person_id:
        raise Conflict(_("Only who wrote a comment can write it anew."))
    newer = CycleComment(
        cycle_id=comment.cycle_id,
        organization_id=comment.organization_id,
        author_id=actor.person_id,
        field=comment.field,
        text=text,
        is_ask=comment.is_ask,
        owner_id=comment.owner_id,
        due_on=comment.due_on,
        settled_at=comment.settled_at,
        settled_by_id=comment.settled_by_id,
        written_at=clock.now(),
        answers_id=comment.answers_id,
        replaces_id=comment.id,
    )
    try:
        with db.session.begin_nested():
            db.session.add(newer)
    except IntegrityError as error:
        raise Conflict(_("This comment was written anew in another window. Look at it again.")) from error
    return _keep(newer, "reworded a comment", actor)


def settle_comment(comment: CycleComment, *, answer: str, actor: Actor) -> bool:
    """Say that what was asked is done, with an answer or without; False when it was settled before.

    A second answer is still kept: nothing that somebody typed is lost.
    """
    if not comment.is_ask:
        raise Conflict(_("Nothing was asked here, so there is nothing to settle."))
    settled = (
        update(CycleComment)
        .where(CycleComment.id == comment.id, CycleComment.settled_at.is_(None))
        .values(settled_at=clock.now(), settled_by_id=actor.person_id)
        .returning(CycleComment.id)
    )
    is_first = db.session.execute(settled).first() is not None
    if answer:
        _keep(_answer(comment, answer, actor), "answered a comment", actor)
    if is_first:
        audit.record(actor.person_id, "settled a comment", _subject(comment.id), {"cycle_id": comment.cycle_id})
    return is_first


def _answer(comment: CycleComment, text: str, actor: Actor) -> CycleComment:
    return CycleComment(
        cycle_id=comment.cycle_id,
        organization_id=comment.organization_id,
        author_id=actor.person_id,
        field=comment.field,
        text=text,
        written_at=clock.now(),
        answers_id=comment.id,
    )


def _keep(comment: CycleComment, verb: str, actor: Actor) -> CycleComment:
    db.session.add(comment)
    db.session.flush()  # for the id
    signals.cycle_commented.send(None, comment=comment)
    changes = {"cycle_id": comment.cycle_id, "field": comment.field, "is_ask": comment.is_ask}
    audit.record(actor.person_id, verb, _subject(comment.id), changes)
    return comment


def _refuse_foreign_owner(owner_id: int | None, member_ids: Collection[int]) -> None:
    if owner_id is not None and owner_id not in member_ids:
        raise Invalid("Not on the team.", {"owner": _("Choose somebody of the team.")})


def _subject(comment_id: int) -> audit.Subject:
    return audit.Subject("cycle-comment", comment_id)
