"""The page of everybody's assistance: an expert's desk, or an organization's requests."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import request

from lms.assistance import queries, rules
from lms.assistance.queries.requests import RequestFilter, RequestPart
from lms.assistance.queries.reviews import ReviewFilter
from lms.assistance.views.blueprint import bp, today, zone
from lms.authz import Actor, Permission
from lms.improvement.queries.kept_charts import list_proposals
from lms.web import access, pages
from lms.web.access import requires
from lms.web.pages import ListPage

GLIMPSE = 10  # rows of a list that shares the page with others


class Part(StrEnum):
    """What the desk shows; all of it when nothing is chosen."""

    CYCLES = "cycles"
    REQUESTS = "requests"
    MINE = "mine"
    CLOSED = "closed"


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    part: Part | None
    organization_id: int | None

    def within(self, organization_ids: frozenset[int] | None) -> frozenset[int] | None:
        """Leave the one organization that is asked for, or all."""
        if self.organization_id is None:
            return organization_ids
        own = frozenset({self.organization_id})
        return own if organization_ids is None else own & organization_ids


@bp.get("/assistance")
@requires(Permission.SITE_USE)
def show_queue() -> str:
    """Show what waits: to experts cycles, requests and engagements, to everybody else the requests they may read."""
    actor = access.signed_in_actor()
    desk = rules.desk_of(actor)
    reach = None if actor.is_administrator else rules.readable_organization_ids(actor)
    names = queries.organization_names(reach) if reach is None or reach else {}
    asked = _asked(names)
    asking_ids = rules.asking_organization_ids(actor)
    asking = [each for each in actor.memberships if each.organization_id in asking_ids]
    context = {
        "names": names,
        "asked": asked,
        "is_expert": bool(desk.coalition_ids),
        "cycles": None,
        "proposals": [],
        "engagements": [],
    }
    if desk.coalition_ids:
        context |= _experts_part(actor, desk, asked)
    context |= {
        "requests": _requests(actor, asked, reach, is_expert=bool(desk.coalition_ids)),
        "asking": asking,
        "today": today(),
    }
    header_key = (context["is_expert"], tuple((each.organization_id, each.organization_name) for each in asking))
    return pages.render(
        "assistance/show_queue.html",
        **context,
        header_key=header_key,
        filters_key=(context["is_expert"], asked, tuple(names.items())),
        key=(actor.person_id, zone(), today(), asked, bool(names), *header_key, *_rows_key(context)),
        is_quiet=rules.is_quiet,
        person_id=actor.person_id,
    )


def _experts_part(actor: Actor, desk: rules.Desk, asked: Asked) -> dict[str, Any]:
    """Return what only experts have: cycles and phases that wait, but never of their own organization; engagements."""
    cycles, proposals = None, []
    if asked.part in {None, Part.CYCLES}:
        served = asked.within(desk.organization_ids - actor.organization_ids) or frozenset()
        wanted = ReviewFilter(served)
        cycles = _part_of(asked, queries.count_waiting, queries.list_waiting, wanted)
        proposals = list_proposals(served) if served else []
    engagements = queries.list_engagements(actor.person_id) if asked.part in {None, Part.MINE} else []
    here = asked.within(desk.organization_ids) or frozenset()
    own = [each for each in engagements if each.organization_id in here]
    return {"cycles": cycles, "proposals": proposals, "engagements": own}


def _requests(actor: Actor, asked: Asked, reach: frozenset[int] | None, *, is_expert: bool) -> ListPage[Any] | None:
    """Return the requests asked for. An expert's first look shows only those that nobody has taken."""
    if asked.part is Part.CYCLES:
        return None
    parts = {Part.MINE: RequestPart.MINE, Part.CLOSED: RequestPart.CLOSED, Part.REQUESTS: RequestPart.OPEN}
    part = parts[asked.part] if asked.part else RequestPart.WAITING if is_expert else RequestPart.OPEN
    wanted = RequestFilter(asked.within(reach), part, actor.person_id)
    return _part_of(asked, queries.count_requests, queries.list_requests, wanted)


def _part_of(asked: Asked, count: Any, fetch: Any, wanted: Any) -> ListPage[Any]:
    """Return a page of a list that has the page to itself, else a glimpse of it, which knows only if there is more."""
    if asked.part is None:
        rows = fetch(wanted, limit=GLIMPSE + 1)
        return ListPage(rows[:GLIMPSE], 1, len(rows), GLIMPSE)
    return pages.page_of(count(wanted), lambda **bounds: fetch(wanted, **bounds))


def _rows_key(context: dict[str, Any]) -> tuple[Hashable, ...]:
    """Return all that the lists are drawn from."""
    lists: list[ListPage[Any] | None] = [context["cycles"], context["requests"]]
    told = [None if each is None else (tuple(each.rows), each.number, each.n_items) for each in lists]
    return (*told, tuple(context["proposals"]), tuple(context["engagements"]))


def _asked(names: Any) -> Asked:
    part, organization = request.args.get("show", ""), request.args.get("organization", "")
    chosen = next((each for each in names if str(each) == organization), None)
    return Asked(Part(part) if part in set(Part) else None, chosen)
