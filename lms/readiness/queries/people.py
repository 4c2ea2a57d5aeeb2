"""Reading one person's part in rounds, for those who pass it on and for their own copy."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from lms.db import db
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
    SeatRating,
    SurveyReminder,
    TalkNote,
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
    """Return everything that names a person, as plain rows by section (fourteen statements).

    What they answered in a survey is not among it: nothing ties it to them.
    """
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
        *_seats_of(person_id),
        *_surveys_of(person_id),
    ]


def _seats_of(person_id: int) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """What somebody said alone, and noted beside ratings (five statements)."""
    said = select(
        SeatRating.round_id,
        SeatRating.seat,
        SeatRating.item_key,
        SeatRating.state,
        SeatRating.value,
        SeatRating.fact,
        SeatRating.note,
        SeatRating.recorded_at,
    )
    finished = select(FinishedSeat.round_id, FinishedSeat.seat, FinishedSeat.finished_at)
    talks = select(TalkNote.round_id, TalkNote.item_key, TalkNote.text, TalkNote.noted_at)
    parked = select(
        ParkedTopic.round_id, ParkedTopic.item_key, ParkedTopic.text, ParkedTopic.parked_at, ParkedTopic.outcome
    )
    links = select(EvidenceLink.round_id, EvidenceLink.item_key, EvidenceLink.url, EvidenceLink.label)
    own_topics = (ParkedTopic.by_id == person_id) | (ParkedTopic.settled_by_id == person_id)
    return [
        ("readiness seat ratings", _rows(said.where(SeatRating.by_id == person_id).order_by(SeatRating.id))),
        ("readiness seats finished", _rows(finished.where(FinishedSeat.by_id == person_id))),
        ("readiness talk notes", _rows(talks.where(TalkNote.by_id == person_id).order_by(TalkNote.id))),
        ("readiness parked topics", _rows(parked.where(own_topics).order_by(ParkedTopic.id))),
        ("readiness evidence links", _rows(links.where(EvidenceLink.by_id == person_id).order_by(EvidenceLink.id))),
    ]


def _surveys_of(person_id: int) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Where somebody was asked, and what they ran for others (five statements)."""
    invites = select(Invite.round_id, Invite.via, Invite.created_on, Invite.sent_on, Invite.reminded_on)
    reminders = select(SurveyReminder.round_id, SurveyReminder.sent_at, SurveyReminder.n_asked)
    campaigns = select(Campaign.coalition_id, Campaign.started_at, Campaign.closes_on)
    offers = select(CampaignOffer.organization_id, CampaignOffer.declined_reason, CampaignOffer.answered_at)
    own = select(OwnInstrument.organization_id, OwnInstrument.slug, OwnInstrument.made_at)
    return [
        ("readiness invites", _rows(invites.where(Invite.person_id == person_id))),
        ("readiness reminders", _rows(reminders.where(SurveyReminder.by_id == person_id))),
        ("readiness campaigns", _rows(campaigns.where(Campaign.started_by_id == person_id))),
        ("readiness campaign answers", _rows(offers.where(CampaignOffer.answered_by_id == person_id))),
        ("readiness own instruments", _rows(own.where(OwnInstrument.made_by_id == person_id))),
    ]


def _rows(statement: Any) -> list[Mapping[str, Any]]:
    return [dict(row) for row in db.session.execute(statement).mappings()]
