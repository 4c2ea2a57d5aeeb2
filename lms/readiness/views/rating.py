"""Rating: one area a page, saved tap by tap where there is a script, and as a plain form where there is none."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Response, flash, jsonify, request, url_for
from flask_babel import gettext as _

from lms import clock
from lms.authz import Permission
from lms.readiness import forms as rating_forms
from lms.readiness import rules
from lms.readiness.forms import SentArea
from lms.readiness.forms.talks import LinkForm, ParkForm
from lms.readiness.queries import ratings, rounds, talks
from lms.readiness.queries.ratings import Standing
from lms.readiness.queries.rounds import RatedArea, RatedRound
from lms.readiness.queries.talks import Before, Link
from lms.readiness.rules import NOTHING_SAID, Said
from lms.readiness.services import ratings as services
from lms.readiness.services.ratings import Recorded, Unsettled
from lms.readiness.services.rounds import RoundClosed
from lms.readiness.views.beside import link_form_for
from lms.readiness.views.blueprint import Answer, bp, may, own_zone, page_language
from lms.readiness.views.words import say_answer, say_before, say_line
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see
from readiness.instruments import Instrument, Item


@dataclass(frozen=True)
class ItemView:
    """One item as a page shows it; `theirs` are notes that somebody else wrote meanwhile.

    `key` tells all that the item is drawn from, or is None when something was typed into it and not taken.
    """

    item: Item
    number: int
    said: Said
    seen_id: int | None
    standing: Standing | None
    zone: str
    key: tuple[Hashable, ...] | None
    theirs: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    links: Sequence[Link] = ()
    before: Said | None = None
    before_on: date | None = None

    @property
    def before_line(self) -> str:
        """What the team said in the round before, and what is different now."""
        if self.before is None or self.before_on is None or not self.before.is_settled:
            return ""
        return say_before(self.before, self.before_on, self.standing.said if self.standing else NOTHING_SAID)

    @property
    def line(self) -> str:
        """Who touched it last, and what changed."""
        return say_line(self.standing, self.zone) if self.standing else ""

    @property
    def answer(self) -> str:
        """The answer that stands."""
        return say_answer(self.standing.said if self.standing else NOTHING_SAID)


@bp.get("/readiness/rounds/<int:round_id>/areas/<area_key>")
@bp.post("/readiness/rounds/<int:round_id>/areas/<area_key>")
@requires(Permission.READINESS_RATE, on=rounds.get_area_for)
def rate_area(place: RatedArea) -> Answer:
    """Rate the items of one area."""
    if request.method == "GET":
        return draw_area(place) if place.round.is_open else see(_all_items_url(place, _anchor=place.area.key))
    sent = rating_forms.read_area(place.area, form_data() or {})
    if sent.errors:
        return draw_area(place, sent=sent), 422
    try:
        by_id = access.signed_in_actor().person_id
        recorded = services.record_ratings(place, sent.ratings, by_id=by_id, is_all_or_none=True)
    except RoundClosed as closed:
        return _draw_closed(place, sent, closed), 409
    if recorded.unsettled:
        return draw_area(place, sent=sent, unsettled=recorded.unsettled), 409
    return see(_after_area(place, recorded))


@bp.get("/readiness/rounds/<int:round_id>/items")
@requires(Permission.READINESS_READ, on=rounds.get_consensus_for)
def show_all_items(rated: RatedRound) -> str:
    """Show everything the team said on one page, to read or to print; empty it is a form on paper."""
    standings, zone = ratings.list_standings(rated.round.id), own_zone()
    links, before = talks.list_links(rated.round.id), talks.find_before(rated.round)
    return pages.render(
        "readiness/show_all_items.html",
        round=rated.round,
        instrument=rated.instrument,
        areas=[
            (area, view_items(rated.instrument, area.items, standings, zone, links=links, before=before))
            for area in rated.instrument.areas
        ],
        may_rate=rated.round.is_open and may(Permission.READINESS_RATE, rated),
        language=page_language(),
    )


@bp.post("/readiness/rounds/<int:round_id>/ratings")
@requires(Permission.READINESS_RATE, on=rounds.get_consensus_for)
def record_rating(rated: RatedRound) -> Answer:
    """Record ratings: one from a plain form, up to fifty from the page's script."""
    by_id = access.signed_in_actor().person_id
    if request.is_json:
        sent = rating_forms.read_ratings(request.get_json(silent=True))
        recorded = services.record_ratings(rated, sent, by_id=by_id)
        return _as_json(rated.instrument, recorded, {each.item_key for each in sent}, by_id)
    one = rating_forms.read_rating(form_data() or {})
    recorded = services.record_ratings(rated, [one], by_id=by_id, is_all_or_none=True)
    area = rated.instrument.area_of(one.item_key)
    if recorded.unsettled:
        place = RatedArea(rated.round, rated.instrument, area)
        return draw_area(place, sent=SentArea((one,), {}), unsettled=recorded.unsettled), 409
    flash(_("Saved."), "success")
    return see(
        url_for("readiness.rate_area", round_id=rated.round.id, area_key=area.key, _anchor=f"item-{one.item_key}")
    )


def view_items(
    instrument: Instrument,
    items: Iterable[Item],
    standings: Mapping[str, Standing],
    zone: str,
    *,
    sent: SentArea | None = None,
    unsettled: Sequence[Unsettled] = (),
    links: Mapping[str, Sequence[Link]] | None = None,
    before: Before | None = None,
) -> list[ItemView]:
    """Put together what a page says about some items; what was sent and not taken stays in the form."""
    numbers = {item.key: number for number, item in enumerate(instrument.items, start=1)}
    today, language = clock.today(zone), page_language()
    mine = {each.item_key: each for each in sent.ratings} if sent else {}
    notes = {each.item_key: each.notes for each in unsettled}
    errors = sent.errors if sent else {}
    views = []
    for item in items:
        standing = standings.get(item.key)
        stands, typed = standing.said if standing else NOTHING_SAID, mine.get(item.key)
        is_open = item.key in notes
        seen_id = standing.event_id if standing else None
        of_item = tuple((links or {}).get(item.key, ()))
        said_before = before.said.get(item.key) if before else None
        beside = (of_item, said_before, before.closed_on if before else None)
        drawn_from = (seen_id, standing.by_name if standing else None, zone, today, language, beside)
        views.append(
            ItemView(
                item=item,
                number=numbers[item.key],
                said=typed.said if typed else stands,
                # Whoever saves again has seen what stands now; the others begin from where they began.
                seen_id=typed.seen_id if typed and not is_open else seen_id,
                standing=standing,
                zone=zone,
                key=None if typed else (instrument.slug, instrument.version, item.key, *drawn_from),
                theirs={name: getattr(stands, name) for name in notes.get(item.key, ())},
                errors={name: errors[f"{name}-{item.key}"] for name in rules.NOTES if f"{name}-{item.key}" in errors},
                links=of_item,
                before=said_before,
                before_on=before.closed_on if before else None,
            )
        )
    return views


def draw_area(
    place: RatedArea,
    *,
    sent: SentArea | None = None,
    unsettled: Sequence[Unsettled] = (),
    link_form: LinkForm | None = None,
) -> str:
    """Draw the page of one area."""
    standings = ratings.list_standings(place.round.id)
    progress = rules.progress_of(place.instrument, {key: each.said for key, each in standings.items()})
    keys = [area.key for area in place.instrument.areas]
    number = keys.index(place.area.key)
    views = view_items(
        place.instrument,
        place.area.items,
        standings,
        own_zone(),
        sent=sent,
        unsettled=unsettled,
        links=talks.list_links(place.round.id),
        before=talks.find_before(place.round),
    )
    return pages.render(
        "readiness/rate_area.html",
        place=place,
        round=place.round,
        instrument=place.instrument,
        area=place.area,
        items=views,
        progress=progress,
        n_done=progress[number].n_done,
        number=number + 1,
        is_last=number + 1 == len(keys),
        link_form=link_form_for(place.area, page_language(), link_form),
        park_form=ParkForm(data={"place": place.area.key}),
        has_unsettled=bool(unsettled),
        errors=[
            {"text": text, "href": f"#{name}-{view.item.key}"} for view in views for name, text in view.errors.items()
        ],
        language=page_language(),
    )


def _draw_closed(place: RatedArea, sent: SentArea, closed: RoundClosed) -> str:
    stands = ratings.list_said(place.round.id)
    typed = [
        {"label": place.area.get_item(each.item_key).name[page_language()], "value": _typed(each.said)}
        for each in sent.ratings
        if each.said not in (NOTHING_SAID, stands.get(each.item_key))
    ]
    return pages.render("readiness/round_closed.html", place=place, round=place.round, closed=closed, typed=typed)


def _typed(said: Said) -> str:
    return " · ".join(each for each in (say_answer(said), said.evidence, said.dissent) if each)


def _after_area(place: RatedArea, recorded: Recorded) -> str:
    said = {key: each.said for key, each in recorded.standings.items()}
    left = rules.next_area(rules.progress_of(place.instrument, said), after=place.area.key)
    if left is None or left.key == place.area.key:
        flash(_("This area is saved."), "success")
        return url_for("readiness.show_round", round_id=place.round.id)
    return url_for("readiness.rate_area", round_id=place.round.id, area_key=left.key)


def _all_items_url(place: RatedArea, **values: Any) -> str:
    return url_for("readiness.show_all_items", round_id=place.round.id, **values)


def _as_json(instrument: Instrument, recorded: Recorded, item_keys: set[str], by_id: int) -> Response:
    """Answer the script: what is safe, how the items around stand now, and what two people wrote at once."""
    areas = {instrument.area_of(key).key for key in item_keys}
    zone = own_zone()
    around = [item.key for area in instrument.areas if area.key in areas for item in area.items]
    standings = {key: recorded.standings[key] for key in around if key in recorded.standings}
    return jsonify(
        saved=[str(each) for each in recorded.event_uuids],
        items=[
            {
                "item": key,
                "answer": each.said.choice,
                "evidence": each.said.evidence,
                "dissent": each.said.dissent,
                "seen": each.event_id,
                "line": say_line(each, zone),
                "is_own": each.by_id == by_id,
            }
            for key, each in standings.items()
        ],
        unsettled=[{"item": each.item_key, "notes": list(each.notes)} for each in recorded.unsettled],
    )
