"""Reading what waits, and what people were told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, literal, or_, select, union

from lms.accounts.models import Person, PersonState
from lms.assistance.models import CycleComment
from lms.authz import Actor, CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionOrganization, CoalitionRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import NotFound
from lms.improvement.models import TeamMember
from lms.notifications import rules
from lms.notifications.models import Notice, NoticePreference, Todo
from lms.notifications.words import MailChoice, NoticeKind
from lms.organizations.models import Membership, Organization
from lms.playbooks.models import Playbook
from lms.readiness.models import ActionState, FinishedSeat, RatingTeamMember, RecommendedAction

MOST_IN_DIGEST = 20


def list_open_todos(person_id: int) -> list[Row[Todo, str | None]]:
    """Return what waits for a person with the name of who asks, what is due first (one statement)."""
    return list(db.session.execute(_open_todos(), {"person_id": person_id}))


@cache  # built once: putting it together takes longer than running it
def _open_todos() -> Select[Todo, str | None]:
    return (
        select(Todo, Organization.name)
        .outerjoin(Organization, Organization.id == Todo.organization_id)
        .where(Todo.person_id == bindparam("person_id"), Todo.closed_at.is_(None))
        .order_by(Todo.due_on.is_(None), Todo.due_on, Todo.id)
    )


def get_notice_for(actor: Actor, notice_id: int) -> Notice:
    """Return one of the actor's own notices (one statement)."""
    own = select(Notice).where(Notice.id == notice_id, Notice.person_id == actor.person_id, _may_see(actor))
    notice = db.session.scalars(own).one_or_none()
    if notice is None:
        raise NotFound("notice")
    return notice


def count_notices(actor: Actor) -> int:
    """Return how many notices a person has (one statement)."""
    own = select(func.count()).select_from(Notice).where(Notice.person_id == actor.person_id, _may_see(actor))
    return db.session.scalars(own).one()


def count_unread(actor: Actor) -> int:
    """Return how many notices a person has not opened (one statement)."""
    own = select(func.count()).select_from(Notice).where(Notice.person_id == actor.person_id, _may_see(actor))
    return db.session.scalars(own.where(Notice.read_at.is_(None))).one()


def list_notices(actor: Actor, *, limit: int, offset: int = 0) -> Sequence[Notice]:
    """Return a person's notices, newest first (one statement)."""
    own = select(Notice).where(Notice.person_id == actor.person_id, _may_see(actor))
    return db.session.scalars(own.order_by(Notice.id.desc()).limit(limit).offset(offset)).all()


def _may_see(actor: Actor) -> ColumnElement[bool]:
    """What rests on an organization is gone on the day the person no longer sees it."""
    if actor.is_administrator:
        return Notice.id.is_not(None)
    return or_(Notice.organization_id.is_(None), Notice.organization_id.in_(actor.seen_organization_ids))


def list_choices(person_id: int) -> dict[NoticeKind, MailChoice]:
    """Return how a person hears of each kind (one statement)."""
    chosen = select(NoticePreference.kind, NoticePreference.mail).where(NoticePreference.person_id == person_id)
    return {**rules.DEFAULTS, **dict(db.session.execute(chosen).all())}


def list_mail_choices(person_ids: Collection[int], kind: NoticeKind) -> Mapping[int, MailChoice]:
    """Return how each of these people hears of a kind; who cannot get mail hears never (one statement)."""
    chosen = (
        select(Person.id, NoticePreference.mail)
        .outerjoin(NoticePreference, (NoticePreference.person_id == Person.id) & (NoticePreference.kind == kind))
        .where(Person.id.in_(person_ids), Person.state == PersonState.ACTIVE, Person.email.is_not(None))
    )
    return {person_id: rules.mail_of(kind, mail) for person_id, mail in db.session.execute(chosen)}


def list_digest_readers() -> list[int]:
    """Return who has notices that wait for a digest (one statement)."""
    waiting = select(Notice.person_id).where(Notice.waits_for_digest.is_(True)).distinct()
    return list(db.session.scalars(waiting.order_by(Notice.person_id)))


def list_unread_since(person_id: int, since: datetime) -> Sequence[Notice]:
    """Return what a person was told since a moment and has not opened, newest first (one statement).

    Not what was mailed at once whatever they chose: they have had that mail.
    """
    unread = select(Notice).where(
        Notice.person_id == person_id,
        Notice.read_at.is_(None),
        Notice.created_at >= since,
        Notice.kind.not_in(rules.ALWAYS_AT_ONCE),
    )
    return db.session.scalars(unread.order_by(Notice.id.desc()).limit(MOST_IN_DIGEST)).all()


def find_reader(person_id: int) -> tuple[Person, Actor] | None:
    """Return a person who can get mail, with what they may do now (two statements)."""
    person = db.session.get(Person, person_id)
    if person is None or person.state is not PersonState.ACTIVE or person.email is None:
        return None
    return person, load_actor(person)


def list_lead_ids(organization_id: int) -> list[int]:
    """Return who leads an organization (one statement)."""
    leads = select(Membership.person_id).where(
        Membership.organization_id == organization_id,
        Membership.role == MembershipRole.LEAD,
        Membership.ended_at.is_(None),
    )
    return list(db.session.scalars(leads.order_by(Membership.person_id)))


def list_role_ids(organization_id: int, role: CoalitionRoleKind) -> list[int]:
    """Return who holds a role in the coalitions of an organization and does not belong to it (one statement)."""
    members = select(Membership.person_id).where(
        Membership.organization_id == organization_id, Membership.ended_at.is_(None)
    )
    holders = (
        select(CoalitionRole.person_id)
        .join(CoalitionOrganization, CoalitionOrganization.coalition_id == CoalitionRole.coalition_id)
        .where(
            CoalitionOrganization.organization_id == organization_id,
            CoalitionOrganization.left_at.is_(None),
            CoalitionRole.role == role,
            CoalitionRole.ended_at.is_(None),
            CoalitionRole.person_id.not_in(members),
        )
        .distinct()
    )
    return list(db.session.scalars(holders.order_by(CoalitionRole.person_id)))


def list_ids_to_tell_of_harm(team_id: int, organization_id: int) -> list[int]:
    """Return who answers for a team's cycles and may read them: leads, members, experts, coordinators (one statement).

    Whoever cannot sign in reads nothing and is left out.
    """
    return list(db.session.scalars(_to_tell_of_harm(), {"team_id": team_id, "organization_id": organization_id}))


@cache
def _to_tell_of_harm() -> Any:
    leads = select(Membership.person_id).where(
        Membership.organization_id == bindparam("organization_id"),
        Membership.role == MembershipRole.LEAD,
        Membership.ended_at.is_(None),
    )
    members = select(TeamMember.person_id).where(
        TeamMember.team_id == bindparam("team_id"), TeamMember.left_at.is_(None)
    )
    holders = (
        select(CoalitionRole.person_id)
        .join(CoalitionOrganization, CoalitionOrganization.coalition_id == CoalitionRole.coalition_id)
        .where(
            CoalitionOrganization.organization_id == bindparam("organization_id"),
            CoalitionOrganization.left_at.is_(None),
            CoalitionRole.ended_at.is_(None),
        )
    )
    asked = Person.id.in_(union(leads, members, holders))
    return select(Person.id).where(asked, Person.state == PersonState.ACTIVE).order_by(Person.id)


@dataclass(frozen=True)
class Told:
    """When people were last told of something, and how many of them."""

    at: datetime
    n_people: int


def find_told_of_harm(path: str) -> Told | None:
    """Return when people were last told of harm in the cycle at this path, or None (one statement)."""
    row = db.session.execute(_told_of_harm(), {"path": path}).one_or_none()
    return Told(*row) if row else None


@cache
def _told_of_harm() -> Any:
    # The kind is written out, else no index for it alone is used.
    of_harm = Notice.kind == literal(NoticeKind.HARM_NOTED, Notice.kind.type, literal_execute=True)
    told = select(Notice.created_at, func.count(Notice.person_id.distinct()))
    of_cycle = told.where(of_harm, Notice.path == bindparam("path"))
    return of_cycle.group_by(Notice.created_at).order_by(Notice.created_at.desc()).limit(1)


def group_by_language(person_ids: Collection[int]) -> dict[str, list[int]]:
    """Return these people by the language they read (one statement)."""
    found: dict[str, list[int]] = {}
    for person_id, language in db.session.execute(select(Person.id, Person.language).where(Person.id.in_(person_ids))):
        found.setdefault(language.value, []).append(person_id)
    return found


def language_of(person_id: int) -> str:
    """Return the language a person reads (one statement)."""
    return db.session.scalars(select(Person.language).where(Person.id == person_id)).one().value


def organization_name(organization_id: int) -> str:
    """Return the name of an organization (one statement)."""
    return db.session.scalars(select(Organization.name).where(Organization.id == organization_id)).one()


def has_undecided_actions(round_id: int) -> bool:
    """Say whether a report has actions that nobody has decided on (one statement)."""
    proposed = select(RecommendedAction.id).where(
        RecommendedAction.round_id == round_id, RecommendedAction.state == ActionState.PROPOSED
    )
    return db.session.scalars(proposed.limit(1)).first() is not None


def list_rater_ids(round_id: int) -> list[int]:
    """Return who rates a round now, together or alone (one statement)."""
    team = select(RatingTeamMember.person_id).where(
        RatingTeamMember.round_id == round_id, RatingTeamMember.left_at.is_(None)
    )
    alone = select(FinishedSeat.by_id).where(FinishedSeat.round_id == round_id, FinishedSeat.by_id.is_not(None))
    return sorted(db.session.scalars(team.union(alone)))


def list_commenter_ids(cycle_id: int) -> list[int]:
    """Return who has written comments at a cycle (one statement)."""
    authors = select(CycleComment.author_id).where(
        CycleComment.cycle_id == cycle_id, CycleComment.author_id.is_not(None)
    )
    return [each for each in db.session.scalars(authors.distinct()) if each is not None]


def collect_data(person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return everything kept here about a person, for their own copy (three statements)."""
    sections = []
    for name, table in (("todos", Todo), ("notices", Notice), ("notice preferences", NoticePreference)):
        rows = db.session.execute(select(table.__table__).where(table.__table__.c.person_id == person_id)).mappings()
        sections.append((name, [{key: _plain(value) for key, value in row.items()} for row in rows]))
    return sections


def list_told(kind: NoticeKind, since: datetime) -> set[tuple[int, str]]:
    """Return who was told what of one kind since a moment, as (person, path) (one statement)."""
    told = select(Notice.person_id, Notice.path).where(Notice.kind == kind, Notice.created_at >= since)
    return {(person_id, path) for person_id, path in db.session.execute(told)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else getattr(value, "value", value)


def playbook_organization_id(playbook_id: int) -> int | None:
    """Return whose playbook it is, None for a coalition's (one statement)."""
    return db.session.scalars(select(Playbook.organization_id).where(Playbook.id == playbook_id)).one()
