"""Reading a survey as somebody meets it who came by a link: found by the secret alone, never by a person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, exists, select

from lms import clock
from lms.db import db
from lms.organizations.models import Membership, Organization, OrganizationState
from lms.publications import ContentVersion
from lms.readiness import survey_answers, survey_links
from lms.readiness.models import (
    ActionState,
    Cut,
    Draft,
    Invite,
    RecommendedAction,
    Round,
    RoundState,
    Survey,
    SurveyGroup,
    Via,
)
from lms.readiness.queries.instruments import read_version
from lms.readiness.survey_answers import Answered
from lms.time_zones import zone_of_organization
from readiness.instruments import Instrument

MOST_ACTIONS = 3


class Door(StrEnum):
    """What somebody with a genuine link finds."""

    OPEN = "open"
    NOT_YET = "not-yet"
    USED = "used"
    CLOSED = "closed"
    GONE = "gone"  # the organization no longer takes part


@dataclass(frozen=True)
class AskedSurvey:
    """One survey as it is asked: what, about what, by whom, until when."""

    round_id: int
    organization_id: int
    organization_name: str
    is_organization_open: bool
    state: RoundState
    opened_at: datetime
    closes_on: date
    instrument: Instrument
    change_name: str | None
    cut: Cut
    minimum: int
    headcount: int
    languages: tuple[str, ...]
    results_on: date
    poster_salt: str
    reopened_until: date | None
    used_keys: frozenset[str]

    @property
    def last_day(self) -> date:
        """Until when answers are taken."""
        return self.reopened_until or self.closes_on

    @property
    def is_reopened(self) -> bool:
        """Whether it was closed once and takes late answers (it is closed again by the job that looks after it)."""
        return self.state is RoundState.CLOSED and self.reopened_until is not None

    @property
    def has_change(self) -> bool:
        """Whether its items ask about a change that has a name."""
        return bool(self.change_name) and self.instrument.is_about_change

    @property
    def door(self) -> Door:
        """What it is to everybody, by its own state; a round closes by hand or by its job, never between two pages."""
        if not self.is_organization_open:
            return Door.GONE
        if self.state is RoundState.OPEN:
            return Door.OPEN if self.opened_at <= clock.now() else Door.NOT_YET
        return Door.OPEN if self.is_reopened else Door.CLOSED


@dataclass(frozen=True)
class Place:
    """Where somebody stands who came by a link of their own."""

    token: str
    draft_key: str
    invite_id: UUID
    via: Via
    is_done: bool
    invite_language: str
    survey: AskedSurvey
    answered: Answered
    row_version: int
    is_spent: bool

    @property
    def door(self) -> Door:
        """What this link opens."""
        door = self.survey.door
        is_used = self.is_spent or self.is_done or self.draft_key in self.survey.used_keys
        return Door.USED if is_used and door is not Door.GONE else door


@dataclass(frozen=True)
class GroupChoice:
    """One group that somebody may belong to."""

    key: str
    name: str


@dataclass(frozen=True)
class OwnInvite:
    """A survey that waits for the signed-in person."""

    round: Round
    organization_name: str
    closes_on: date
    path: str


def find_place(key: str, token: str) -> Place | None:
    """Return where a link leads (two statements, none for a made-up one).

    None for a link that was not made here, and for that of a member who has left.
    """
    invite_id = survey_links.read_token(key, token)
    if invite_id is None:
        return None
    row = db.session.execute(_by_invite(), {"invite_id": invite_id}).one_or_none()
    if row is None or (row.via is Via.MEMBER and not row.is_member):
        return None
    draft_key = survey_links.draft_key(key, token)
    draft = find_draft(draft_key)
    return Place(
        token=token,
        draft_key=draft_key,
        invite_id=invite_id,
        via=row.via,
        is_done=row.is_done,
        invite_language=row.language,
        survey=_asked(row),
        answered=survey_answers.from_document(draft.answers if draft else None),
        row_version=draft.row_version if draft else 0,
        is_spent=bool(draft and draft.is_spent),
    )


def find_by_poster(key: str, token: str) -> AskedSurvey | None:
    """Return the survey of a poster, None when it is no newest poster of any (one statement)."""
    round_id = survey_links.read_poster_round(token)
    row = db.session.execute(_by_round(), {"round_id": round_id}).one_or_none() if round_id is not None else None
    if row is None or not survey_links.is_poster_token(key, token, row.round_id, row.poster_salt):
        return None
    return _asked(row)


def find_draft(draft_key: str, *, is_locked: bool = False) -> Draft | None:
    """Return what lies under a key (one statement); locked, nobody else writes it until this transaction ends."""
    asked = select(Draft).where(Draft.key == draft_key).execution_options(populate_existing=True)
    return db.session.scalars(asked.with_for_update() if is_locked else asked).one_or_none()


def share_round(round_id: int) -> AskedSurvey:
    """Return a survey that nobody closes until this transaction ends; others may answer beside it (one statement)."""
    locked = _by_round().with_for_update(read=True, of=Round.__table__)
    return _asked(db.session.execute(locked, {"round_id": round_id}).one())


def list_choices(survey: AskedSurvey) -> list[GroupChoice]:
    """Return the groups of a survey in their order (one statement, none without a cut)."""
    if survey.cut is Cut.NONE:
        return []
    groups = select(SurveyGroup.key, SurveyGroup.name).where(SurveyGroup.round_id == survey.round_id)
    return [GroupChoice(key, name) for key, name in db.session.execute(groups.order_by(SurveyGroup.number))]


def list_done_before(survey: AskedSurvey) -> list[RecommendedAction]:
    """Return what the last closed round with this instrument led to: accepted and done actions (one statement)."""
    last = (
        select(Round.id)
        .where(
            Round.organization_id == survey.organization_id,
            Round.instrument_slug == survey.instrument.slug,
            Round.state == RoundState.CLOSED,
            Round.id != survey.round_id,
        )
        .order_by(Round.closed_at.desc(), Round.id.desc())
        .limit(1)
    )
    taken = select(RecommendedAction).where(
        RecommendedAction.round_id == last.scalar_subquery(),
        RecommendedAction.state.in_((ActionState.ACCEPTED, ActionState.DONE)),
    )
    return list(db.session.scalars(taken.order_by(RecommendedAction.number).limit(MOST_ACTIONS)))


def list_own_invites(person_id: int, key: str) -> list[OwnInvite]:
    """Return the open surveys that wait for somebody as a member, those first that close first (two statements).

    Whoever has answered a short while ago is told by the mark of their link, without being noted as done.
    """
    found = []
    for invite_id, a_round, name, reopened_until, used_keys in db.session.execute(_own(), {"person_id": person_id}):
        token = survey_links.token_of(key, invite_id)
        found.append((token, survey_links.draft_key(key, token), a_round, name, reopened_until, used_keys))
    spent = _spent_among(draft_key for _token, draft_key, *_rest in found)
    return [
        OwnInvite(a_round, name, reopened_until or a_round.closes_on, f"/survey/{token}")
        for token, draft_key, a_round, name, reopened_until, used_keys in found
        if draft_key not in spent and draft_key not in used_keys
    ]


def today_of(survey: AskedSurvey) -> date:
    """Return today by the clock of the organization (one statement)."""
    return clock.today(zone_of_organization(survey.organization_id))


def _spent_among(draft_keys: Iterable[str]) -> frozenset[str]:
    keys = list(draft_keys)
    if not keys:
        return frozenset()
    return frozenset(db.session.scalars(select(Draft.key).where(Draft.key.in_(keys), Draft.is_spent.is_(True))))


def _asked(row: Any) -> AskedSurvey:
    return AskedSurvey(
        round_id=row.round_id,
        organization_id=row.organization_id,
        organization_name=row.organization_name,
        is_organization_open=row.organization_state is OrganizationState.ACTIVE,
        state=row.state,
        opened_at=row.opened_at,
        closes_on=row.closes_on,
        instrument=read_version(row.ContentVersion),
        change_name=row.change_name,
        cut=row.cut,
        minimum=row.minimum,
        headcount=row.headcount,
        languages=tuple(row.languages) or ("en",),
        results_on=row.results_on,
        poster_salt=row.poster_salt,
        reopened_until=row.reopened_until,
        used_keys=frozenset(row.used_keys),
    )


_OF_SURVEY = (
    Survey.round_id,
    Survey.change_name,
    Survey.cut,
    Survey.minimum,
    Survey.headcount,
    Survey.languages,
    Survey.results_on,
    Survey.poster_salt,
    Survey.reopened_until,
    Survey.used_keys,
    Round.organization_id,
    Round.state,
    Round.opened_at,
    Round.closes_on,
    Organization.name.label("organization_name"),
    Organization.state.label("organization_state"),
    ContentVersion,
)


@cache  # built once: putting it together takes longer than running it
def _by_round() -> Any:
    return (
        select(*_OF_SURVEY)
        .select_from(Survey)
        .join(Round, Round.id == Survey.round_id)
        .join(Organization, Organization.id == Round.organization_id)
        .join(ContentVersion, ContentVersion.id == Round.version_id)
        .where(Survey.round_id == bindparam("round_id"))
    )


@cache
def _by_invite() -> Any:
    return (
        select(*_OF_SURVEY, Invite.via, Invite.is_done, Invite.language, _is_member().label("is_member"))
        .select_from(Invite)
        .join(Survey, Survey.round_id == Invite.round_id)
        .join(Round, Round.id == Survey.round_id)
        .join(Organization, Organization.id == Round.organization_id)
        .join(ContentVersion, ContentVersion.id == Round.version_id)
        .where(Invite.id == bindparam("invite_id"))
    )


def _is_member() -> ColumnElement[bool]:
    """Whether the person of an invite still belongs to the organization of its round."""
    return exists().where(
        Membership.person_id == Invite.person_id,
        Membership.organization_id == Round.organization_id,
        Membership.ended_at.is_(None),
    )


@cache
def _own() -> Any:
    is_taking = (Round.state == RoundState.OPEN) | Survey.reopened_until.is_not(None)
    return (
        select(Invite.id, Round, Organization.name, Survey.reopened_until, Survey.used_keys)
        .join(Survey, Survey.round_id == Invite.round_id)
        .join(Round, Round.id == Survey.round_id)
        .join(Organization, Organization.id == Round.organization_id)
        .where(
            Invite.person_id == bindparam("person_id"),
            Invite.is_done.is_(False),
            _is_member(),
            and_(is_taking, Organization.state == OrganizationState.ACTIVE),
        )
        .order_by(Round.closes_on, Round.id)
    )


def list_waiting(round_id: int, key: str) -> Mapping[UUID, str]:
    """Return the invites that have answered and are not noted as done, each with its spent mark (two statements)."""
    spent = set(db.session.scalars(select(Draft.key).where(Draft.round_id == round_id, Draft.is_spent.is_(True))))
    spent.update(db.session.scalars(select(Survey.used_keys).where(Survey.round_id == round_id)).one())
    if not spent:
        return {}
    open_ids = db.session.scalars(select(Invite.id).where(Invite.round_id == round_id, Invite.is_done.is_(False)))
    marks = {each: survey_links.draft_key(key, survey_links.token_of(key, each)) for each in open_ids}
    return {each: mark for each, mark in marks.items() if mark in spent}
