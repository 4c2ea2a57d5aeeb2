"""Decisions about technical assistance, on plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from lms.authz import Actor, CoalitionRoleKind, Permission, Role, Scope, can, roles_in

# Fields of a cycle at which one can write, in the order of its stages. An empty name stands for the whole cycle.
ANCHORS_BY_STAGE: Final = {
    "plan": (
        "objective",
        "carried",
        "plan_what",
        "plan_who",
        "plan_when",
        "plan_where",
        "data_plan",
        "prediction",
    ),
    "do": ("what_happened", "surprises"),
    "study": ("study_findings", "comparison", "learned"),
    "act": ("decision", "decision_reason", "next_step", "stop_reason"),
}
ANCHORS: Final = frozenset({"", *(each for stage in ANCHORS_BY_STAGE.values() for each in stage)})
MAX_TEXT: Final = 4_000
MAX_NEXT_STEP: Final = 600
MINUTES_OFFERED: Final = (10, 15, 30, 45, 60, 90, 120)
USUAL_MINUTES: Final = 30
MOST_DAYS_BACK: Final = 366  # what is older is no log any more, it is memory
QUIET_DAYS: Final = 30  # an organization that nobody has spoken to for longer is named


@dataclass(frozen=True)
class Desk:
    """An expert's own desk: the organizations that this person serves, in the coalitions where they are an expert."""

    coalition_ids: frozenset[int]
    organization_ids: frozenset[int]

    @property
    def scope(self) -> Scope:
        """A desk belongs to the coalitions that gave it."""
        return Scope(coalition_ids=self.coalition_ids)


def desk_of(actor: Actor) -> Desk:
    """Return the desk of an expert; an empty one for everybody else."""
    held = [role for role in actor.coalition_roles if role.role is CoalitionRoleKind.TA_EXPERT]
    return Desk(
        coalition_ids=frozenset(role.coalition_id for role in held),
        organization_ids=frozenset().union(*(role.organization_ids for role in held)),
    )


def readable_organization_ids(actor: Actor) -> frozenset[int]:
    """Return the organizations whose requests the actor may read; an administrator reads all and needs no list."""
    near = actor.seen_organization_ids
    return frozenset(each for each in near if can(actor, Permission.ASSISTANCE_READ, _scope_of(each)))


def asking_organization_ids(actor: Actor) -> frozenset[int]:
    """Return the organizations of the actor for which they may ask for help."""
    return frozenset(each for each in actor.organization_ids if can(actor, Permission.ASSISTANCE_ASK, _scope_of(each)))


def belongs_to(actor: Actor, organization_id: int) -> bool:
    """Say whether the actor would judge or help an organization of their own."""
    return organization_id in actor.organization_ids


def serves(actor: Actor, organization_id: int) -> bool:
    """Say whether the actor meets an organization as its expert."""
    return Role.TA_EXPERT in set(roles_in(actor, _scope_of(organization_id)))


def may_review(actor: Actor, organization_id: int) -> bool:
    """Say whether the actor may judge an organization's cycles: an expert who does not belong to it."""
    return serves(actor, organization_id) and not belongs_to(actor, organization_id)


def day_in(moment: datetime, zone: str) -> date:
    """Return the day of a moment by the clock of a place."""
    return moment.astimezone(ZoneInfo(zone)).date()


def days_waited(since: datetime, now: datetime, zone: str) -> int:
    """Count the midnights between two moments, by the clock of a place.

    >>> from datetime import UTC
    >>> evening, night = datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 3, tzinfo=UTC)
    >>> days_waited(evening, night, "UTC"), days_waited(evening, night, "America/New_York")
    (1, 0)
    """
    return max(0, (day_in(now, zone) - day_in(since, zone)).days)


def is_quiet(last_on: date | None, started_on: date, today: date) -> bool:
    """Say whether an expert and an organization have not spoken for too long."""
    return (today - (last_on or started_on)).days > QUIET_DAYS


def clean_text(typed: str | None) -> str:
    """Return typed lines with plain line ends and without control characters or empty edges.

    >>> clean_text(" One\\r\\nTwo\\x00 ")
    'One\\nTwo'
    """
    lines = (typed or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in lines if each >= " " or each in "\n\t").strip()


def hours_and_minutes(minutes: Iterable[int]) -> tuple[int, int]:
    """Add minutes up.

    >>> hours_and_minutes([30, 45])
    (1, 15)
    """
    return divmod(sum(minutes), 60)


def _scope_of(organization_id: int) -> Scope:
    return Scope(organization_ids=frozenset({organization_id}))
