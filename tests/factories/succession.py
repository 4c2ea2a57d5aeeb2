"""Critical roles: the smallest valid row of each."""

from datetime import date

from lms import clock
from lms.accounts.models import Person
from lms.coalitions.models import Coalition
from lms.db import db
from lms.organizations.models import Organization
from lms.succession.models import (
    Criticality,
    CriticalRole,
    EvidenceKind,
    PositionKind,
    RoleEvidence,
    RolePosition,
    SuccessionSharing,
)


def make_role(owner: Organization | Coalition, name: str = "Naloxone stock", **values: object) -> CriticalRole:
    now = clock.now()
    given = {
        "purpose": "Naloxone is there when it is needed.",
        "criticality": Criticality.LIFE_SAFETY,
        "max_gap_days": 3,
        "created_at": now,
        "changed_at": now,
        "organization_id": owner.id if isinstance(owner, Organization) else None,
        "coalition_id": owner.id if isinstance(owner, Coalition) else None,
    }
    return _kept(CriticalRole(name=name, **(given | values)))


def make_position(
    role: CriticalRole, person: Person, kind: PositionKind = PositionKind.HOLDER, **values: object
) -> RolePosition:
    return _kept(RolePosition(role_id=role.id, person_id=person.id, kind=kind, started_at=clock.now(), **values))


def make_evidence(role: CriticalRole, person: Person, kind: EvidenceKind, happened_on: date) -> RoleEvidence:
    return _kept(
        RoleEvidence(
            role_id=role.id,
            person_id=person.id,
            kind=kind,
            happened_on=happened_on,
            how="With Rosa.",
            noted_at=clock.now(),
        )
    )


def share(organization: Organization) -> SuccessionSharing:
    return _kept(SuccessionSharing(organization_id=organization.id, is_shared=True, changed_at=clock.now()))


def _kept(row):
    db.session.add(row)
    db.session.commit()
    return row
