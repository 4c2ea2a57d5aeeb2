"""What becomes of a person's part in rounds when they leave, pass on their work, merge two accounts or are erased."""

from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import aliased

from lms import clock
from lms.accounts.models import Person
from lms.db import db, insert_new
from lms.readiness.models import (
    ActionState,
    Campaign,
    CampaignOffer,
    EvidenceLink,
    FinishedSeat,
    Invite,
    OwnInstrument,
    ParkedTopic,
    RatingEvent,
    RatingPresence,
    RatingTeamMember,
    RecommendedAction,
    Round,
    RoundState,
    SeatRating,
    SurveyReminder,
    TalkNote,
)

# Where a person is named as the author of something: erasure leaves a former member there.
_AUTHORS = (
    Round.opened_by_id,
    Round.closed_by_id,
    RatingPresence.recorded_by_id,
    RatingEvent.by_id,
    RecommendedAction.decided_by_id,
    SeatRating.by_id,
    FinishedSeat.by_id,
    TalkNote.by_id,
    ParkedTopic.by_id,
    ParkedTopic.settled_by_id,
    EvidenceLink.by_id,
    SurveyReminder.by_id,
    Campaign.started_by_id,
    CampaignOffer.answered_by_id,
    OwnInstrument.made_by_id,
)


def leave_teams(person_id: int, organization_id: int) -> None:
    """Take somebody who left the organization off the teams of its open rounds (one statement)."""
    open_here = select(Round.id).where(Round.organization_id == organization_id, Round.state == RoundState.OPEN)
    left = update(RatingTeamMember).where(
        RatingTeamMember.person_id == person_id,
        RatingTeamMember.round_id.in_(open_here),
        RatingTeamMember.left_at.is_(None),
    )
    db.session.execute(left.values(left_at=clock.now()))


def pass_on_actions(person_id: int, successor_id: int, organization_id: int) -> int:
    """Give what somebody still has to do to a successor; return how many actions (one statement)."""
    here = select(Round.id).where(Round.organization_id == organization_id)
    passed = (
        update(RecommendedAction)
        .where(
            RecommendedAction.owner_id == person_id,
            RecommendedAction.state == ActionState.ACCEPTED,
            RecommendedAction.round_id.in_(here),
        )
        .values(owner_id=successor_id, row_version=RecommendedAction.row_version + 1)
        .returning(RecommendedAction.id)
    )
    return len(db.session.execute(passed).all())


def forget_person(person_id: int) -> None:
    """Unlink somebody from all rounds. What they still had to do waits for a decision again."""
    for author in _AUTHORS:
        _replace(author, person_id, None)
    owned = update(RecommendedAction).where(RecommendedAction.owner_id == person_id)
    waiting = owned.where(RecommendedAction.state == ActionState.ACCEPTED)
    db.session.execute(waiting.values(state=ActionState.PROPOSED, owner_id=None, due_on=None))
    db.session.execute(owned.values(owner_id=None))
    for table in (RatingPresence, RatingTeamMember):
        db.session.execute(delete(table).where(table.person_id == person_id))
    _forget_invites(person_id)


def merge_people(kept_id: int, gone_id: int) -> None:
    """Let one person stand where two did."""
    for author in (*_AUTHORS, RecommendedAction.owner_id):
        _replace(author, gone_id, kept_id)
    for table in (RatingPresence, RatingTeamMember):
        rows = db.session.execute(select(table.__table__).where(table.person_id == gone_id)).mappings().all()
        if rows:
            insert_new(table, [{**row, "person_id": kept_id} for row in rows])
        db.session.execute(delete(table).where(table.person_id == gone_id))
    _merge_invites(kept_id, gone_id)


def _forget_invites(person_id: int) -> None:
    """Delete the invites of somebody, also those to their address; their answers, if any, are tied to none of them."""
    address = select(func.lower(Person.email)).where(Person.id == person_id).scalar_subquery()
    theirs = or_(Invite.person_id == person_id, func.lower(Invite.email) == address)
    db.session.execute(delete(Invite).where(theirs))


def _merge_invites(kept_id: int, gone_id: int) -> None:
    """Leave one invite for each round, a used one if there is: nobody answers twice by having had two accounts."""
    other = aliased(Invite)

    def twin_of(person_id: int, *conditions: Any) -> Any:
        same_round = (other.round_id == Invite.round_id, other.person_id == person_id)
        return select(other.id).where(*same_round, *conditions).exists()

    unused = (Invite.person_id == kept_id, Invite.is_done.is_(False), twin_of(gone_id, other.is_done.is_(True)))
    db.session.execute(delete(Invite).where(*unused).execution_options(synchronize_session=False))
    spare = (Invite.person_id == gone_id, twin_of(kept_id))
    db.session.execute(delete(Invite).where(*spare).execution_options(synchronize_session=False))
    _replace(Invite.person_id, gone_id, kept_id)


def _replace(column: Any, person_id: int, by_id: int | None) -> None:
    db.session.execute(update(column.class_).where(column == person_id).values({column.key: by_id}))
