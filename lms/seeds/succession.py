"""Critical roles, who stands to them, and the evidence."""

from lms import clock
from lms.seeds.maker import Maker
from lms.seeds.story import EvidencePlan, RolePlan
from lms.succession import queries
from lms.succession.queries import Owner
from lms.succession.services import roles
from lms.succession.services.roles import RolePeople, RoleText


def plan(maker: Maker) -> None:
    """Put every role and every piece of evidence on the calendar."""
    told = maker.story.roles
    for organization, on in told.shared.items():
        maker.later(on, _share, maker, organization)
    for role in told.roles:
        maker.later(role.added, _add, maker, role)


def _owner(maker: Maker, told: RolePlan) -> Owner:
    actor = maker.actor(told.by)
    if told.organization is None:
        return queries.get_coalition_owner_for(actor, maker.coalition_id)
    return queries.get_organization_owner_for(actor, maker.organizations[told.organization].id)


def _share(maker: Maker, organization: str) -> None:
    lead = next(key for key, each in maker.people.items() if each == maker.organizations[organization].lead_id)
    owner = queries.get_organization_owner_for(maker.actor(lead), maker.organizations[organization].id)
    roles.share_roles(owner, is_shared=True, by_id=maker.people[lead])


def _add(maker: Maker, told: RolePlan) -> None:
    text = RoleText(
        name=told.name,
        purpose=told.purpose,
        criticality=told.criticality,
        max_gap_days=told.max_gap_days,
        decision_rights=told.decision_rights,
        vault_name=told.vault_name,
        recurring_tasks=told.recurring_tasks,
        key_relationships=told.key_relationships,
        documents=told.documents,
    )
    people = RolePeople([maker.people[key] for key in told.holders], [maker.people[key] for key in told.backups])
    role_id = roles.add_role(_owner(maker, told), text, people, by_id=maker.people[told.by])
    for each in told.evidence:
        maker.later(min(each.on, told.added), _note, maker, role_id, each, hour=19)


def _note(maker: Maker, role_id: int, told: EvidencePlan) -> None:
    roles.note_evidence(
        queries.get_role_for(maker.actor(told.by), role_id),
        person_id=maker.people[told.person],
        kind=told.kind,
        happened_on=maker.day(told.on),
        how=told.how,
        today=clock.today(maker.zone),
        by_id=maker.people[told.by],
    )
