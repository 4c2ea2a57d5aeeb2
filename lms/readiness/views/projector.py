"""The facilitator's screen: one item at a time, in big type, for a room to read together."""

from flask import request, url_for

from lms.authz import Permission
from lms.readiness.forms.talks import ParkForm
from lms.readiness.queries import ratings, rounds, talks
from lms.readiness.queries.rounds import RatedArea
from lms.readiness.rules import NOTHING_SAID
from lms.readiness.views.beside import view_topics
from lms.readiness.views.blueprint import Answer, bp, own_zone, page_language
from lms.readiness.views.talks import PROJECTOR
from lms.readiness.views.words import say_answer, say_line
from lms.web import pages
from lms.web.access import requires


@bp.get("/readiness/rounds/<int:round_id>/projector/<area_key>")
@requires(Permission.READINESS_RATE, on=rounds.get_area_for)
def show_projector(place: RatedArea) -> Answer:
    """Show one item of an area, with what stands for it and where the next one is."""
    number = _asked_number(len(place.area.items))
    item = place.area.items[number - 1]
    standing = ratings.list_standings(place.round.id, [item.key]).get(item.key)
    before, sittings = talks.find_before(place.round), rounds.list_sittings(place.round.id)
    topics = view_topics(rounds.RatedRound(place.round, place.instrument), page_language(), {})
    keys = [each.key for each in place.instrument.items]
    return pages.render(
        "readiness/show_projector.html",
        place=place,
        round=place.round,
        instrument=place.instrument,
        area=place.area,
        item=item,
        number=keys.index(item.key) + 1,
        said=standing.said if standing else NOTHING_SAID,
        answer=say_answer(standing.said if standing else NOTHING_SAID),
        line=say_line(standing, own_zone()) if standing else "",
        before=before.said.get(item.key) if before else None,
        before_on=before.closed_on if before else None,
        links=talks.list_links(place.round.id).get(item.key, ()),
        sitting=sittings[0] if sittings else None,
        topics=[view for view in topics if view.topic.item_key == item.key and view.topic.settled_at is None],
        park_form=ParkForm(data={"place": PROJECTOR, "item": item.key}) if place.round.is_open else None,
        previous_url=_url(place, number, -1),
        next_url=_url(place, number, 1),
        language=page_language(),
    )


def _asked_number(n_items: int) -> int:
    """Return which item was asked for; the first or the last one for what is out of range or broken."""
    asked = request.args.get("item", "1")
    return min(max(int(asked), 1), n_items) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1


def _url(place: RatedArea, number: int, step: int) -> str | None:
    """Return the address of the item before or after, across areas; None at the ends."""
    areas = place.instrument.areas
    at = [area.key for area in areas].index(place.area.key)
    wanted = number + step
    if not 1 <= wanted <= len(place.area.items):
        at += step
        if not 0 <= at < len(areas):
            return None
        wanted = 1 if step > 0 else len(areas[at].items)
    return url_for("readiness.show_projector", round_id=place.round.id, area_key=areas[at].key, item=wanted)
