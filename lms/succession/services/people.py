"""What becomes of roles when people leave, pass their work on, are erased, or turn out to be one person."""

from collections.abc import Collection

from sqlalchemy import insert, select, update

from lms import clock
from lms.db import db
from lms.organizations.queries import find_membership
from lms.succession import queries
from lms.succession.models import CriticalRole, PositionKind, RoleEvidence, RolePosition, SuccessionSharing


def end_baseless_positions(person_id: int) -> int:
    """End somebody's positions where they belong no longer, so that roles show as vacant; return how many."""
    positions = queries.list_baseless_positions(person_id)
    _end([each.id for each in positions], {each.role_id for each in positions})
    return len(positions)


def pass_on_positions(person_id: int, successor_id: int | None, organization_id: int) -> int:
    """Give a leaver's positions in an organization to the successor; return how many.

    Who is a backup already and follows the holder becomes the holder; who holds the role already stays its holder.
    """
    held = queries.list_open_positions(person_id, organization_id)
    if not held:
        return 0
    _end([position.id for position, _ in held], {role.id for _, role in held})
    if successor_id is None or find_membership(successor_id, organization_id) is None:
        return len(held)
    theirs = {role.id: position for position, role in queries.list_open_positions(successor_id, organization_id)}
    for position, role in held:
        earlier = theirs.get(role.id)
        if earlier is not None and (position.kind is PositionKind.BACKUP or earlier.kind is PositionKind.HOLDER):
            continue
        if earlier is not None:
            _end([earlier.id], {role.id})
        said = {"role_id": role.id, "person_id": successor_id, "kind": position.kind, "started_at": clock.now()}
        db.session.execute(insert(RolePosition), [said])
    return len(held)


def forget_person(person_id: int) -> None:
    """Take a person out of roles and evidence: what was stays, as a former member's."""
    open_ones = db.session.execute(
        select(RolePosition.id, RolePosition.role_id).where(
            RolePosition.person_id == person_id, RolePosition.ended_at.is_(None)
        )
    ).all()
    _end([each.id for each in open_ones], {each.role_id for each in open_ones})
    _replace(person_id, None)


def merge_people(kept_id: int, gone_id: int) -> None:
    """Give everything of one account to another; where both stand to a role, the stronger position stays open."""
    both = select(RolePosition).where(RolePosition.person_id.in_((kept_id, gone_id)), RolePosition.ended_at.is_(None))
    open_by_role: dict[int, list[RolePosition]] = {}
    for each in db.session.scalars(both.order_by(RolePosition.id)):
        open_by_role.setdefault(each.role_id, []).append(each)
    for role_id, held in open_by_role.items():
        strongest = next((each for each in held if each.kind is PositionKind.HOLDER), held[0])
        _end([each.id for each in held if each is not strongest], {role_id})
    _replace(gone_id, kept_id)


def _end(position_ids: Collection[int], role_ids: Collection[int]) -> None:
    """End positions, and let forms that are open on their roles know that something changed."""
    if not position_ids:
        return
    now = clock.now()
    changed = update(CriticalRole).where(CriticalRole.id.in_(role_ids))
    db.session.execute(changed.values(row_version=CriticalRole.row_version + 1, changed_at=now))
    ended = update(RolePosition).where(RolePosition.id.in_(position_ids), RolePosition.ended_at.is_(None))
    db.session.execute(ended.values(ended_at=now))


def _replace(old_id: int, new_id: int | None) -> None:
    for statement in (
        update(RolePosition).where(RolePosition.person_id == old_id).values(person_id=new_id),
        update(RoleEvidence).where(RoleEvidence.person_id == old_id).values(person_id=new_id),
        update(RoleEvidence).where(RoleEvidence.noted_by_id == old_id).values(noted_by_id=new_id),
        update(SuccessionSharing).where(SuccessionSharing.changed_by_id == old_id).values(changed_by_id=new_id),
    ):
        db.session.execute(statement)
