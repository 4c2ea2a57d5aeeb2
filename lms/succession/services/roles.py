"""Writing role cards, naming people, noting evidence, sharing, closing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import insert, select, update

from lms import audit, clock
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid, NotFound
from lms.succession import queries, rules
from lms.succession.models import (
    Criticality,
    CriticalRole,
    EvidenceKind,
    PositionKind,
    RoleEvidence,
    RolePosition,
    SuccessionSharing,
)
from lms.succession.queries import Owner, RoleCard


class StaleEdit(Conflict):
    """Somebody changed the role while this form was open."""


@dataclass(frozen=True, kw_only=True)
class RoleText:
    """What a role card says."""

    name: str
    purpose: str
    criticality: Criticality
    max_gap_days: int
    decision_rights: str = ""
    vault_name: str = ""
    recurring_tasks: str = ""
    key_relationships: str = ""
    documents: str = ""


@dataclass(frozen=True)
class RolePeople:
    """Who holds a role and who stands behind it."""

    holder_ids: Sequence[int] = ()
    backup_ids: Sequence[int] = ()


def add_role(owner: Owner, text: RoleText, people: RolePeople, *, by_id: int) -> int:
    """Add a critical role and return its id; Invalid for a secret in a text, or for somebody who cannot be named."""
    refuse_secrets(text)
    _refuse_people(people, {choice.person_id for choice in queries.list_choices(owner)})
    if queries.count_open_roles(owner) >= rules.MOST_ROLES:
        sentence = _("There are 200 roles already. Close one that is no longer critical first.")
        raise Invalid("Too many roles.", {"name": sentence})
    now = clock.now()
    role = CriticalRole(
        organization_id=owner.organization.id if owner.organization else None,
        coalition_id=owner.coalition.id if owner.coalition else None,
        created_at=now,
        changed_at=now,
        **asdict(text),
    )
    db.session.add(role)
    db.session.flush()  # for the id
    _open_positions(role.id, _wanted(people))
    _record(owner, by_id, "added a critical role", role.id, _ids(people))
    return role.id


def edit_role(card: RoleCard, text: RoleText, people: RolePeople, *, row_version: int, by_id: int) -> None:
    """Change a role card and its people; StaleEdit when somebody changed it meanwhile.

    Who is no longer named keeps a place in the history; who changes from backup to holder gets a new position.
    """
    refuse_secrets(text)
    known = {choice.person_id for choice in queries.list_choices(card.owner)}
    _refuse_people(people, known | {each.person_id for each in card.open_positions if each.person_id is not None})
    edited = (
        update(CriticalRole)
        .where(
            CriticalRole.id == card.role.id, CriticalRole.row_version == row_version, CriticalRole.closed_at.is_(None)
        )
        .values(row_version=row_version + 1, changed_at=clock.now(), **asdict(text))
        .returning(CriticalRole.id)
    )
    if db.session.execute(edited).first() is None:
        raise StaleEdit(_("Somebody else changed this role while you had the form open."))
    _set_people(card.role.id, people)
    _record(card.owner, by_id, "edited a critical role", card.role.id, {"row_version": row_version + 1, **_ids(people)})


def note_evidence(
    card: RoleCard, *, person_id: int, kind: EvidenceKind, happened_on: date, how: str, today: date, by_id: int
) -> None:
    """Note that somebody who stands to the role was trained, shadowed its holder, or stepped in."""
    _refuse_closed(card)
    if person_id not in card.covering_ids:
        raise Invalid("Not one of the people.", {"person": _("Choose somebody who holds the role or is a backup.")})
    if happened_on > today:
        raise Invalid("Evidence lies in the past.", {"happened_on": _("This day has not come yet.")})
    if rules.looks_like_secret(how):
        raise Invalid("A secret.", {"how": secret_sentence()})
    db.session.add(
        RoleEvidence(
            role_id=card.role.id,
            person_id=person_id,
            kind=kind,
            happened_on=happened_on,
            how=how,
            noted_by_id=by_id,
            noted_at=clock.now(),
        )
    )
    changes = {"person_id": person_id, "kind": kind.value, "happened_on": happened_on.isoformat()}
    _record(card.owner, by_id, "noted evidence", card.role.id, changes)


def take_back_evidence(card: RoleCard, evidence_id: int, *, by_id: int) -> bool:
    """Take back what was noted by mistake; False when it was taken back before. It stays in the history."""
    if evidence_id not in {each.evidence_id for each in card.evidence}:
        raise NotFound("evidence")
    taken = (
        update(RoleEvidence)
        .where(RoleEvidence.id == evidence_id, RoleEvidence.taken_back_at.is_(None))
        .values(taken_back_at=clock.now())
        .returning(RoleEvidence.id)
    )
    if db.session.execute(taken).first() is None:
        return False
    _record(card.owner, by_id, "took back evidence", card.role.id, {"evidence_id": evidence_id})
    return True


def share_roles(owner: Owner, *, is_shared: bool, by_id: int) -> bool:
    """Show an organization's roles to the TA experts who serve it, or no longer; False when it was so before."""
    said = {"is_shared": is_shared, "changed_by_id": by_id, "changed_at": clock.now()}
    if not insert_once(SuccessionSharing, organization_id=owner.id, **said):
        changed = (
            update(SuccessionSharing)
            .where(SuccessionSharing.organization_id == owner.id, SuccessionSharing.is_shared.is_not(is_shared))
            .values(**said)
            .returning(SuccessionSharing.organization_id)
        )
        if db.session.execute(changed).first() is None:
            return False
    elif not is_shared:
        return False
    verb = "shared critical roles" if is_shared else "stopped sharing critical roles"
    audit.record(by_id, verb, audit.Subject("organization", owner.id))
    return True


def close_role(card: RoleCard, *, by_id: int) -> bool:
    """Close a role that is no longer critical; False when it was closed before. Its card and history stay."""
    now = clock.now()
    closed = (
        update(CriticalRole)
        .where(CriticalRole.id == card.role.id, CriticalRole.closed_at.is_(None))
        .values(closed_at=now, changed_at=now, row_version=CriticalRole.row_version + 1)
        .returning(CriticalRole.id)
    )
    if db.session.execute(closed).first() is None:
        return False
    is_open = (RolePosition.role_id == card.role.id, RolePosition.ended_at.is_(None))
    db.session.execute(update(RolePosition).where(*is_open).values(ended_at=now))
    _record(card.owner, by_id, "closed a critical role", card.role.id)
    return True


def refuse_secrets(text: RoleText) -> None:
    """Refuse a text that holds a password; this site is no place for it."""
    flawed = {
        name: secret_sentence()
        for name, said in asdict(text).items()
        if isinstance(said, str) and rules.looks_like_secret(said, is_place=name == "vault_name")
    }
    if flawed:
        raise Invalid("A secret.", flawed)


def secret_sentence() -> str:
    """Say why a text is refused."""
    return str(_("This looks like a password. Write only where it is kept, never the password itself."))


def _set_people(role_id: int, people: RolePeople) -> None:
    wanted = _wanted(people)
    ended = (
        update(RolePosition)
        .where(RolePosition.role_id == role_id, RolePosition.ended_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    kept: set[int] = set()
    for kind in PositionKind:
        named = [person_id for person_id, each in wanted.items() if each is kind]
        kept.update(named)
        db.session.execute(
            ended.where(RolePosition.kind == kind, RolePosition.person_id.not_in(named)).values(ended_at=clock.now())
        )
    still = db.session.scalars(
        select(RolePosition.person_id).where(RolePosition.role_id == role_id, RolePosition.ended_at.is_(None))
    )
    there = set(still)
    _open_positions(role_id, {person_id: kind for person_id, kind in wanted.items() if person_id not in there})


def _open_positions(role_id: int, wanted: Mapping[int, PositionKind]) -> None:
    now = clock.now()
    rows = [
        {"role_id": role_id, "person_id": person_id, "kind": kind, "started_at": now}
        for person_id, kind in wanted.items()
    ]
    if rows:
        db.session.execute(insert(RolePosition), rows)


def _wanted(people: RolePeople) -> dict[int, PositionKind]:
    return {
        **dict.fromkeys(people.backup_ids, PositionKind.BACKUP),
        **dict.fromkeys(people.holder_ids, PositionKind.HOLDER),
    }


def _refuse_people(people: RolePeople, known: set[int]) -> None:
    sentence, refused = _("Choose people from the list."), {}
    for name, ids in (("holders", people.holder_ids), ("backups", people.backup_ids)):
        if set(ids) - known:
            refused[name] = sentence
    if not refused and set(people.holder_ids) & set(people.backup_ids):
        refused["backups"] = _("Whoever holds the role cannot be the backup as well. Choose somebody else.")
    if refused:
        raise Invalid("Not these people.", refused)


def _refuse_closed(card: RoleCard) -> None:
    if card.role.closed_at is not None:
        raise Conflict(_("This role is closed. Nothing was changed."))


def _ids(people: RolePeople) -> Mapping[str, Sequence[int]]:
    return {"holder_ids": list(people.holder_ids), "backup_ids": list(people.backup_ids)}


def _record(owner: Owner, by_id: int, verb: str, role_id: int, changes: Mapping[str, object] | None = None) -> None:
    coalition_id = owner.coalition.id if owner.coalition is not None else None
    audit.record(by_id, verb, audit.Subject("critical-role", role_id), changes, coalition_id=coalition_id)
