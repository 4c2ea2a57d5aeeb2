"""What happens here when somebody leaves, is forgotten, or turns out to be one person with two accounts."""

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import InstrumentedAttribute

from lms import clock
from lms.assistance.models import (
    AssistanceRequest,
    CycleComment,
    Encounter,
    Engagement,
    RequestState,
    Review,
    ReviewState,
)
from lms.db import db

# Every column here that names a person.
PERSON_COLUMNS: tuple[InstrumentedAttribute[int | None], ...] = (
    AssistanceRequest.asked_by_id,
    AssistanceRequest.contact_id,
    AssistanceRequest.expert_id,
    Engagement.expert_id,
    Encounter.expert_id,
    Review.reviewer_id,
    CycleComment.author_id,
    CycleComment.owner_id,
    CycleComment.settled_by_id,
)


def pass_on(person_id: int, successor_id: int, organization_id: int) -> dict[str, int]:
    """Give what waits for somebody in an organization to a successor; say how much of each (two statements)."""
    requests = (
        update(AssistanceRequest)
        .where(
            AssistanceRequest.contact_id == person_id,
            AssistanceRequest.organization_id == organization_id,
            AssistanceRequest.closed_at.is_(None),
        )
        .values(contact_id=successor_id)
        .returning(AssistanceRequest.id)
    )
    asks = (
        update(CycleComment)
        .where(
            CycleComment.owner_id == person_id,
            CycleComment.organization_id == organization_id,
            CycleComment.settled_at.is_(None),
        )
        .values(owner_id=successor_id)
        .returning(CycleComment.id)
    )
    passed = {
        str(_("requests for help")): len(db.session.execute(requests).all()),
        str(_("questions at cycles")): len(db.session.execute(asks).all()),
    }
    return {word: count for word, count in passed.items() if count}


def forget_person(person_id: int) -> None:
    """Take a person's name off everything here; what was written stays, by a former member (a statement a column).

    What the person was working on waits again for somebody else.
    """
    today = clock.today()
    held = (AssistanceRequest.expert_id == person_id, AssistanceRequest.closed_at.is_(None))
    version = AssistanceRequest.row_version + 1
    waits_again = update(AssistanceRequest).where(*held)
    db.session.execute(waits_again.values(state=RequestState.NEW, taken_at=None, expert_id=None, row_version=version))
    running = update(Engagement).where(Engagement.expert_id == person_id, Engagement.ended_on.is_(None))
    db.session.execute(running.where(Engagement.started_on > today).values(ended_on=Engagement.started_on))
    db.session.execute(running.values(ended_on=today))
    reading = update(Review).where(Review.reviewer_id == person_id, Review.decided_at.is_(None))
    db.session.execute(reading.values(state=ReviewState.REQUESTED, reviewer_id=None))
    for column in PERSON_COLUMNS:
        db.session.execute(update(column.class_).where(column == person_id).values({column.key: None}))


def merge_people(kept_id: int, gone_id: int) -> None:
    """Move everything from one account of a person to the other (a statement a column)."""
    for column in PERSON_COLUMNS:
        db.session.execute(update(column.class_).where(column == gone_id).values({column.key: kept_id}))
