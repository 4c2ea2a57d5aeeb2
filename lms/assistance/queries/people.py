"""Reading what a person has, or has written, in technical assistance."""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from lms.assistance.models import AssistanceRequest, CycleComment, Encounter, Engagement, Review
from lms.assistance.queries.reviews import is_newest_wording
from lms.db import Base, db

Owned = tuple[str, str, str]
Section = tuple[str, list[dict[str, Any]]]

# What a person's own copy holds, by section: the table, who the person is in it, and the columns worth having.
_SECTIONS: tuple[tuple[str, type[Base], tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "requests for help",
        AssistanceRequest,
        ("asked_by_id", "contact_id", "expert_id"),
        ("organization_id", "topic", "need", "wished_by", "state", "asked_at", "closed_at", "outcome_text"),
    ),
    (
        "engagements as an expert",
        Engagement,
        ("expert_id",),
        ("organization_id", "goal", "started_on", "ended_on"),
    ),
    (
        "encounters as an expert",
        Encounter,
        ("expert_id",),
        ("organization_id", "occurred_on", "contact_minutes", "preparation_minutes", "decisions", "next_step"),
    ),
    (
        "reviews of cycles",
        Review,
        ("reviewer_id",),
        ("cycle_id", "number", "state", "decided_at", "summary"),
    ),
    (
        "comments on cycles",
        CycleComment,
        ("author_id", "owner_id"),
        ("cycle_id", "field", "text", "is_ask", "written_at", "settled_at"),
    ),
)


def list_owned_work(person_id: int, organization_id: int) -> list[Owned]:
    """Return what waits for somebody in an organization as (word, title, path) (two statements)."""
    requests = (
        select(AssistanceRequest.id, AssistanceRequest.need)
        .where(
            AssistanceRequest.contact_id == person_id,
            AssistanceRequest.organization_id == organization_id,
            AssistanceRequest.closed_at.is_(None),
        )
        .order_by(AssistanceRequest.id)
    )
    asks = (
        select(CycleComment.cycle_id, CycleComment.text)
        .where(
            CycleComment.owner_id == person_id,
            CycleComment.organization_id == organization_id,
            CycleComment.settled_at.is_(None),
            is_newest_wording(),
        )
        .order_by(CycleComment.id)
    )
    return [
        *(
            (_("request for help"), _shortened(need), f"/assistance/requests/{request_id}")
            for request_id, need in db.session.execute(requests)
        ),
        *(
            (_("question at a cycle"), _shortened(text), f"/improve/cycles/{cycle_id}")
            for cycle_id, text in db.session.execute(asks)
        ),
    ]


def collect_data(person_id: int) -> list[Section]:
    """Return everything here about a person as plain values, for their own copy (five statements)."""
    return [
        (name, [_plain(row, columns) for row in db.session.scalars(_of_person(model, person_id, holders))])
        for name, model, holders, columns in _SECTIONS
    ]


def _of_person(model: Any, person_id: int, holders: tuple[str, ...]) -> Any:
    return select(model).where(or_(*(getattr(model, each) == person_id for each in holders))).order_by(model.id)


def _plain(row: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in columns}
    return {name: each.isoformat() if isinstance(each, datetime | date) else each for name, each in values.items()}


def _shortened(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
