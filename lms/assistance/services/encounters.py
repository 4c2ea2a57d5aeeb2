"""Logging contacts with organizations."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from lms import audit, clock
from lms.assistance import queries, rules
from lms.assistance.models import Encounter, EncounterKind, EncounterMode, Engagement
from lms.assistance.services.requests import begin_work
from lms.authz import Actor
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid, NotFound
from lms.improvement.models import Cycle, Team


@dataclass(frozen=True)
class Contact:
    """What happened, as the expert says."""

    organization_id: int
    occurred_on: date
    mode: EncounterMode
    contact_minutes: int
    request_id: int | None = None
    cycle_id: int | None = None
    kind: EncounterKind = EncounterKind.CONSULTATION
    preparation_minutes: int = 0
    n_people: int = 1
    decisions: str = ""
    next_step: str = ""


def log_encounter(contact: Contact, *, uuid: UUID, actor: Actor, today: date) -> Encounter:
    """Log a contact once, however often it is sent; Invalid for an organization one does not serve, or works in."""
    _refuse_what_cannot_be(contact, actor, today)
    engagement_id = _engagement_of(contact, actor.person_id)
    is_new = insert_once(
        Encounter,
        uuid=uuid,
        expert_id=actor.person_id,
        organization_id=contact.organization_id,
        request_id=contact.request_id,
        engagement_id=engagement_id,
        cycle_id=contact.cycle_id,
        occurred_on=contact.occurred_on,
        mode=contact.mode,
        kind=contact.kind,
        contact_minutes=contact.contact_minutes,
        preparation_minutes=contact.preparation_minutes,
        n_people=contact.n_people,
        decisions=contact.decisions,
        next_step=contact.next_step,
        created_at=clock.now(),
    )
    held = queries.find_encounter(uuid)
    if held is None or held.expert_id != actor.person_id:
        raise Conflict(_("This could not be logged. Open the page again and write it once more."))
    if not is_new:
        return held
    if contact.request_id is not None:
        begin_work(contact.request_id)
    changes = {"organization_id": contact.organization_id, "request_id": contact.request_id}
    audit.record(actor.person_id, "logged an encounter", audit.Subject("encounter", held.id), changes)
    return held


def _refuse_what_cannot_be(contact: Contact, actor: Actor, today: date) -> None:
    if contact.organization_id not in rules.desk_of(actor).organization_ids - actor.organization_ids:
        raise Invalid("Not served.", {"about": _("Choose one from the list.")})
    if contact.occurred_on > today:
        raise Invalid("Not yet.", {"occurred_on": _("This day is still to come. Choose today or an earlier day.")})
    if contact.occurred_on < today - timedelta(days=rules.MOST_DAYS_BACK):
        raise Invalid("Too old.", {"occurred_on": _("This is more than a year ago. Choose a later day.")})
    if contact.request_id is not None:
        request = queries.get_request(contact.request_id)
        if request.organization_id != contact.organization_id:
            raise Invalid("Another's.", {"about": _("Choose one from the list.")})
    if contact.cycle_id is not None and not _is_cycle_of(contact.cycle_id, contact.organization_id):
        raise NotFound("cycle")


def _is_cycle_of(cycle_id: int, organization_id: int) -> bool:
    own = select(Cycle.id).join(Team, Team.id == Cycle.team_id)
    return db.session.scalar(own.where(Cycle.id == cycle_id, Team.organization_id == organization_id)) is not None


def _engagement_of(contact: Contact, expert_id: int) -> int | None:
    """Find the open engagement a contact belongs to: that of its request, else the only one with the organization."""
    running = select(Engagement.id).where(Engagement.expert_id == expert_id, Engagement.ended_on.is_(None))
    if contact.request_id is not None:
        return db.session.scalar(running.where(Engagement.request_id == contact.request_id))
    here = list(db.session.scalars(running.where(Engagement.organization_id == contact.organization_id).limit(2)))
    return here[0] if len(here) == 1 else None
