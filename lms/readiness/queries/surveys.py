"""Reading staff surveys as those meet them who run them: whom they ask, who was reached, how far they are.

What somebody answered is never read here. How many answered is told in steps of five.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from lms.accounts.models import Person, PersonState, shown_name
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.organizations.models import JobRole, Location, Membership
from lms.readiness.models import (
    Cut,
    Delivery,
    Invite,
    PaperSheet,
    Round,
    Survey,
    SurveyGroup,
    SurveyReminder,
    SurveyResponse,
    Via,
)
from lms.readiness.queries.instruments import read_version
from lms.readiness.queries.rounds import get_round_for
from readiness.instruments import Instrument
from readiness.suppression import STEP

MOST_INVITED = 5_000
NAMED = (Via.EMAIL, Via.MEMBER)


@dataclass(frozen=True)
class HeldSurvey:
    """A staff survey with its round and instrument, for those who run it."""

    round: Round
    survey: Survey
    instrument: Instrument

    @property
    def scope(self) -> Scope:
        """A survey belongs to its organization; a shared report does not open how it is run."""
        return self.round.scope

    @property
    def is_taking(self) -> bool:
        """Whether answers come in: it is open, or was opened again for late ones."""
        return self.round.is_open or self.survey.reopened_until is not None


@dataclass(frozen=True)
class HeldSheet:
    """A paper answer that waits for its second typing."""

    held: HeldSurvey
    sheet: PaperSheet

    @property
    def scope(self) -> Scope:
        """Where its survey belongs."""
        return self.held.scope


def get_survey_for(actor: Actor, round_id: int) -> HeldSurvey:
    """Return a staff survey of a round the actor may read (three statements)."""
    found = get_round_for(actor, round_id)
    survey = db.session.get(Survey, found.id, populate_existing=True)
    if survey is None:
        raise NotFound("survey")
    return HeldSurvey(found, survey, read_version(found.version))


def get_sheet_for(actor: Actor, round_id: int, code: str) -> HeldSheet:
    """Return a paper answer of a survey by its code (four statements)."""
    held = get_survey_for(actor, round_id)
    sheet = find_sheet(held.round.id, code)
    if sheet is None:
        raise NotFound("sheet")
    return HeldSheet(held, sheet)


def find_sheet(round_id: int, code: str) -> PaperSheet | None:
    """Return the paper answer with this code, or None (one statement)."""
    named = select(PaperSheet).where(PaperSheet.round_id == round_id, PaperSheet.code == code.strip().upper())
    return db.session.scalars(named).one_or_none()


def list_sheet_codes(round_id: int) -> list[str]:
    """Return the codes of the sheets that wait for their second typing (one statement)."""
    waiting = select(PaperSheet.code).where(PaperSheet.round_id == round_id)
    return list(db.session.scalars(waiting.order_by(PaperSheet.code)))


def get_survey(round_id: int) -> Survey:
    """Return what a staff survey adds to its round (one statement)."""
    return db.session.get_one(Survey, round_id, populate_existing=True)


def list_groups(round_id: int) -> list[SurveyGroup]:
    """Return the groups of a survey in their order (one statement)."""
    groups = select(SurveyGroup).where(SurveyGroup.round_id == round_id)
    return list(db.session.scalars(groups.order_by(SurveyGroup.number)))


@dataclass(frozen=True)
class Progress:
    """How far a survey is: answers in steps of five, and what became of its messages."""

    step_answered: int
    n_invited: int  # by e-mail or as a member
    n_known_done: int  # as far as it was noted: in batches, later
    n_sent: int
    n_failed: int
    n_waiting: int
    n_members: int
    n_members_to_mail: int  # members with an address who have had no message yet
    n_to_remind: int


def count_known(round_id: int, today: date | None = None) -> Progress:
    """Count what may be told of a survey while it runs (one statement)."""
    row = db.session.execute(_known(), {"round_id": round_id, "today": today}).mappings().one()
    return Progress(**{name: row[name] or 0 for name in row})


def n_told() -> Select[int]:
    """Count answers in steps of five, those of a report and those that came later each by themselves.

    How many a report holds is known: a step over all of them would tell how many late ones have come.
    """
    in_report = func.count(SurveyResponse.snapshot_number)
    late = func.count() - in_report
    return select(in_report - in_report % STEP + late - late % STEP).select_from(SurveyResponse)


@cache  # built once: putting it together takes longer than running it
def _known() -> Any:
    def n(*conditions: ColumnElement[bool]) -> Any:
        return func.sum(case((and_(*conditions), 1), else_=0))

    answered = n_told().where(SurveyResponse.round_id == bindparam("round_id")).scalar_subquery()
    is_member = Invite.via == Via.MEMBER
    return (
        select(
            answered.label("step_answered"),
            func.count(Invite.id).label("n_invited"),
            n(Invite.is_done.is_(True)).label("n_known_done"),
            n(Invite.delivery == Delivery.SENT).label("n_sent"),
            n(Invite.delivery == Delivery.FAILED).label("n_failed"),
            n(Invite.delivery == Delivery.WAITING).label("n_waiting"),
            n(is_member).label("n_members"),
            n(is_member, Invite.delivery == Delivery.NONE, _has_address()).label("n_members_to_mail"),
            n(_is_to_remind()).label("n_to_remind"),
        )
        .select_from(Invite)
        .outerjoin(Person, Person.id == Invite.person_id)
        .where(Invite.round_id == bindparam("round_id"), Invite.via.in_(NAMED))
    )


def _has_address() -> ColumnElement[bool]:
    """An address of its own, or that of a member who still belongs and can sign in."""
    return or_(Invite.email.is_not(None), and_(Person.email.is_not(None), Person.state == PersonState.ACTIVE))


def _is_to_remind() -> ColumnElement[bool]:
    """Not known to be done, can be written to, and was not just asked today."""
    was_just_asked = and_(Invite.sent_on.is_not(None), Invite.sent_on >= bindparam("today"))
    return and_(Invite.is_done.is_(False), _has_address(), ~was_just_asked, Invite.delivery != Delivery.WAITING)


def list_to_remind(round_id: int, today: date) -> list[UUID]:
    """Return the invites that a reminder goes to (one statement)."""
    asked = (
        select(Invite.id)
        .outerjoin(Person, Person.id == Invite.person_id)
        .where(Invite.round_id == bindparam("round_id"), Invite.via.in_(NAMED), _is_to_remind())
        .order_by(Invite.id)
    )
    return list(db.session.scalars(asked, {"round_id": round_id, "today": today}))


def list_members_to_mail(round_id: int) -> list[UUID]:
    """Return the invites of members with an address who have had no message yet (one statement)."""
    waiting = (
        select(Invite.id)
        .join(Person, Person.id == Invite.person_id)
        .where(
            Invite.round_id == round_id,
            Invite.via == Via.MEMBER,
            Invite.delivery == Delivery.NONE,
            Invite.is_done.is_(False),
            _has_address(),
        )
    )
    return list(db.session.scalars(waiting.order_by(Invite.id)))


def list_failed(round_id: int) -> list[UUID]:
    """Return the invites whose last message did not go out, and who are not known to be done (one statement)."""
    failed = select(Invite.id).where(
        Invite.round_id == round_id, Invite.delivery == Delivery.FAILED, Invite.is_done.is_(False)
    )
    return list(db.session.scalars(failed.order_by(Invite.id)))


@dataclass(frozen=True)
class InviteLine:
    """One invited person as the lead knows them, and what became of the last message."""

    invite: Invite
    name: str
    has_address: bool


def count_invites(round_id: int) -> int:
    """Return how many people were invited by e-mail or as members (one statement)."""
    invited = select(func.count()).where(Invite.round_id == round_id, Invite.via.in_(NAMED))
    return db.session.scalar(invited) or 0


def list_invites(round_id: int, *, limit: int, offset: int = 0) -> list[InviteLine]:
    """Return one page of the invited, first those whose message failed, then by name or address (one statement)."""
    asked = {"round_id": round_id, "limit": limit, "offset": offset}
    return [
        InviteLine(invite, invite.email or (shown_name(name, alias, email) if person_id else ""), bool(has_address))
        for invite, person_id, name, alias, email, has_address in db.session.execute(_page_of_invites(), asked)
    ]


@cache
def _page_of_invites() -> Any:
    shown = func.lower(func.coalesce(Invite.email, Person.name, Person.alias, Person.email, ""))
    has_failed = case((Invite.delivery == Delivery.FAILED, 0), else_=1)
    return (
        select(Invite, Person.id, Person.name, Person.alias, Person.email, _has_address())
        .outerjoin(Person, Person.id == Invite.person_id)
        .where(Invite.round_id == bindparam("round_id"), Invite.via.in_(NAMED))
        .order_by(has_failed, shown, Invite.id)
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )


def list_reminders(round_id: int) -> list[SurveyReminder]:
    """Return the reminders of a survey, newest first (one statement)."""
    sent = select(SurveyReminder).where(SurveyReminder.round_id == round_id)
    return list(db.session.scalars(sent.order_by(SurveyReminder.id.desc())))


def list_typed_addresses(round_id: int) -> frozenset[str]:
    """Return the addresses that were invited by e-mail (one statement)."""
    typed = select(Invite.email).where(Invite.round_id == round_id, Invite.email.is_not(None))
    return frozenset(str(each) for each in db.session.scalars(typed))


def list_member_addresses(organization_id: int) -> Mapping[str, int]:
    """Return the people of an organization who can sign in, by their address (one statement)."""
    members = (
        select(Person.email, Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            Person.state == PersonState.ACTIVE,
            Person.email.is_not(None),
        )
    )
    return {str(email): person_id for email, person_id in db.session.execute(members)}


def list_invited_ids(round_id: int) -> frozenset[int]:
    """Return the people who were invited as members (one statement)."""
    invited = select(Invite.person_id).where(Invite.round_id == round_id, Invite.person_id.is_not(None))
    return frozenset(int(each) for each in db.session.scalars(invited) if each is not None)


@dataclass(frozen=True)
class Suggestion:
    """A group of an organization, and how many of those with an account are in it."""

    name: str
    n_people: int


def list_suggestions(organization_id: int, cut: Cut) -> list[Suggestion]:
    """Return the job roles or locations of an organization with their people (one statement, none for others)."""
    if cut not in {Cut.JOB_ROLE, Cut.LOCATION}:
        return []
    rows = db.session.execute(_suggestions(cut), {"organization_id": organization_id})
    return [Suggestion(name, n_people) for name, n_people in rows]


@cache
def _suggestions(cut: Cut) -> Any:
    table = JobRole if cut is Cut.JOB_ROLE else Location
    held = Membership.job_role_id if cut is Cut.JOB_ROLE else Membership.location_id
    return (
        select(table.name, func.count(Membership.id))
        .outerjoin(Membership, and_(held == table.id, Membership.ended_at.is_(None)))
        .where(table.organization_id == bindparam("organization_id"), table.closed_at.is_(None))
        .group_by(table.id, table.name)
        .order_by(func.lower(table.name), table.id)
    )


@dataclass(frozen=True)
class InviteToSend:
    """Everything a message about a survey needs; the link is derived by whoever writes it."""

    invite: Invite
    round: Round
    survey: Survey
    instrument: Instrument
    address: str
    name: str | None
    language: str


def find_invite_to_send(invite_id: UUID) -> InviteToSend | None:
    """Return an invite that may still be written to: not done, not closed, still a member (two statements)."""
    row = db.session.execute(_to_send(), {"invite_id": invite_id}).one_or_none()
    if row is None or (row.Invite.via is Via.MEMBER and row.member_id is None):
        return None
    invite, a_round, survey, person = row.Invite, row.Round, row.Survey, row.Person
    address = invite.email or (person.email if person and person.state is PersonState.ACTIVE else None)
    if address is None or invite.is_done or not (a_round.is_open or survey.reopened_until):
        return None
    wished = person.language.value if person else invite.language
    language = wished if wished in survey.languages else survey.languages[0]
    name = person.display_name if person else None
    return InviteToSend(invite, a_round, survey, read_version(a_round.version), address, name, language)


@cache
def _to_send() -> Any:
    return (
        select(Invite, Round, Survey, Person, Membership.id.label("member_id"))
        .join(Survey, Survey.round_id == Invite.round_id)
        .join(Round, Round.id == Invite.round_id)
        .outerjoin(Person, Person.id == Invite.person_id)
        .outerjoin(
            Membership,
            and_(
                Membership.person_id == Invite.person_id,
                Membership.organization_id == Round.organization_id,
                Membership.ended_at.is_(None),
            ),
        )
        .options(joinedload(Round.organization), joinedload(Round.version))
        .where(Invite.id == bindparam("invite_id"))
    )


@dataclass(frozen=True)
class SurveyStanding:
    """A survey among the rounds of a list."""

    headcount: int
    step_answered: int
    is_reopened: bool


def list_standings(round_ids: Collection[int]) -> Mapping[int, SurveyStanding]:
    """Return which of these rounds are staff surveys, and how far each is (one statement, none without rounds)."""
    if not round_ids:
        return {}
    rows = db.session.execute(_standings(), {"round_ids": sorted(round_ids)})
    return {
        round_id: SurveyStanding(headcount, step_answered, reopened_until is not None)
        for round_id, headcount, reopened_until, step_answered in rows
    }


@cache
def _standings() -> Any:
    answered = n_told().where(SurveyResponse.round_id == Survey.round_id).correlate(Survey)
    return select(Survey.round_id, Survey.headcount, Survey.reopened_until, answered.scalar_subquery()).where(
        Survey.round_id.in_(bindparam("round_ids", expanding=True))
    )


def exists_survey(round_id: int) -> bool:
    """Say whether a round is a staff survey (one statement)."""
    return bool(db.session.scalar(select(exists().where(Survey.round_id == round_id))))


def list_rows_of(person_id: int) -> list[Mapping[str, Any]]:
    """Return to which surveys somebody was invited as a member, for their own copy (one statement)."""
    invited = (
        select(Invite.round_id, Invite.created_on, Invite.delivery, Invite.sent_on, Invite.reminded_on)
        .where(Invite.person_id == person_id)
        .order_by(Invite.created_on, Invite.round_id)
    )
    return [dict(row) for row in db.session.execute(invited).mappings()]
