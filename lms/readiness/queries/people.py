"""Reading one person's part in rounds, for those who pass it on and for their own copy."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from lms.db import db
from lms.readiness.models import (
    ActionState,
    RatingEvent,
    RatingPresence,
    RatingTeamMember,
    RecommendedAction,
    Round,
)


def list_owned(person_id: int, organization_id: int) -> list[RecommendedAction]:
    """Return the accepted actions that somebody has to do in an organization (one statement)."""
    owned = (
        select(RecommendedAction)
        .join(Round, Round.id == RecommendedAction.round_id)
        .where(
            RecommendedAction.owner_id == person_id,
            RecommendedAction.state == ActionState.ACCEPTED,
            Round.organization_id == organization_id,
        )
    )
    return list(db.session.scalars(owned.order_by(RecommendedAction.due_on, RecommendedAction.id)))


def list_rows_of(person_id: int) -> Sequence[tuple[str, list[Mapping[str, Any]]]]:
    """Return everything that names a person, as plain rows by section (four statements)."""
    ratings = select(
        RatingEvent.round_id,
        RatingEvent.item_key,
        RatingEvent.state,
        RatingEvent.value,
        RatingEvent.evidence,
        RatingEvent.dissent,
        RatingEvent.recorded_at,
    )
    teams = select(RatingTeamMember.round_id, RatingTeamMember.added_at, RatingTeamMember.left_at)
    actions = select(
        RecommendedAction.round_id, RecommendedAction.title_en, RecommendedAction.state, RecommendedAction.due_on
    )
    days = select(RatingPresence.round_id, RatingPresence.present_on)
    return [
        ("readiness ratings", _rows(ratings.where(RatingEvent.by_id == person_id).order_by(RatingEvent.id))),
        ("readiness teams", _rows(teams.where(RatingTeamMember.person_id == person_id))),
        ("readiness sittings", _rows(days.where(RatingPresence.person_id == person_id))),
        ("readiness actions", _rows(actions.where(RecommendedAction.owner_id == person_id))),
    ]


def _rows(statement: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in db.session.execute(statement).mappings()]
