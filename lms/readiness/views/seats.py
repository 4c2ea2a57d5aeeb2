"""Rating alone: one area a page, as a plain form, and saying that one is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Conflict
from lms.improvement.queries import count_shared_cycles
from lms.playbooks.queries import count_cared_pages
from lms.readiness import rules
from lms.readiness.forms.seats import SentSeatArea, TypedAnswer, read_seat_area, typed_of
from lms.readiness.models import Round, Seat
from lms.readiness.queries import seats
from lms.readiness.queries.seats import SeatStanding, TakenSeat
from lms.readiness.seating import (
    NOTHING,
    RECENT_CYCLES,
    REVIEWED_WITHIN_DAYS,
    SEATS,
    Counted,
    suggested_rating,
)
from lms.readiness.services import seats as services
from lms.readiness.services.rounds import NothingRated, RoundClosed
from lms.readiness.services.seats import SeatFinished
from lms.readiness.views.blueprint import Answer, bp, own_today, own_zone, page_language
from lms.readiness.views.seat_words import SEAT_LABELS, say_counted, say_fact, say_seat_answer, say_seat_line
from lms.readiness.views.words import say_score
from lms.succession.queries import count_backed_roles
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see
from readiness.instruments import Area, Instrument, Item, Mode, PlatformFact


@dataclass(frozen=True)
class SiteCount:
    """What this site counts about an item, in words, and the anchor that the count alone would speak for."""

    sentence: str
    suggested: int | None


@dataclass(frozen=True)
class SeatItemView:
    """One item as the page of a seat shows it; `theirs` is a note that somebody else wrote there meanwhile."""

    item: Item
    number: int
    typed: TypedAnswer
    seen_id: int | None
    answer: str
    line: str
    count: SiteCount | None = None
    theirs: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@bp.get("/readiness/rounds/<int:round_id>/seats/<seat>")
@bp.post("/readiness/rounds/<int:round_id>/seats/<seat>")
@requires(Permission.READINESS_READ, on=seats.get_seat_for)
def rate_seat(taken: TakenSeat) -> Answer:
    """Answer the items of one area, alone."""
    if request.method == "GET":
        return _draw_seat(taken) if taken.round.is_open else see(round_url(taken.round))
    area = _asked_area(taken, request.form.get("area", ""), {})
    sent = read_seat_area(area, form_data() or {}, own_today())
    if sent.errors:
        return _draw_seat(taken, area=area, sent=sent), 422
    try:
        unsettled = services.record_seat(taken, sent.answers, by_id=access.signed_in_actor().person_id)
    except (RoundClosed, SeatFinished) as closed:
        return _draw_not_taken(taken, area, sent, closed), 409
    if unsettled:
        return _draw_seat(taken, area=area, sent=sent, unsettled=unsettled), 409
    following = _following(taken, area)
    flash(_("Saved."), "success")
    return see(round_url(taken.round) if following is None else seat_url(taken.round.id, taken.seat, following.key))


@bp.post("/readiness/rounds/<int:round_id>/seats/<seat>/done")
@requires(Permission.READINESS_READ, on=seats.get_seat_for)
def finish_seat(taken: TakenSeat) -> Answer:
    """Say that a seat is done; or, while nobody else has seen it, open it again."""
    by_id = access.signed_in_actor().person_id
    try:
        if request.form.get("undo") == "on":
            services.take_back(taken, by_id=by_id)
            return see(seat_url(taken.round.id, taken.seat))
        are_all = services.finish_seat(taken, by_id=by_id)
    except (NothingRated, RoundClosed, SeatFinished) as conflict:
        return _draw_not_taken(taken, None, None, conflict), 409
    if are_all and taken.instrument.mode is Mode.LEADER:
        flash(_("Both have finished. Now look at the two ratings together."), "success")
        return see(url_for("readiness.compare_seats", round_id=taken.round.id))
    flash(_("Done. What you said is kept."), "success")
    return see(round_url(taken.round))


@bp.context_processor
def name_seats() -> dict[str, Any]:
    """Let templates name seats and facts."""
    return {
        "seat_labels": SEAT_LABELS,
        "say_fact": say_fact,
        "say_score": say_score,
        "say_seat_answer": say_seat_answer,
    }


def _draw_seat(
    taken: TakenSeat, *, area: Area | None = None, sent: SentSeatArea | None = None, unsettled: Sequence[str] = ()
) -> str:
    standings = seats.list_standings(taken.round.id).get(taken.seat, {})
    finished = seats.list_finished(taken.round.id)
    area = area or _asked_area(taken, request.args.get("area", ""), standings)
    progress = seat_progress(taken.instrument, standings)
    keys = [each.key for each in taken.instrument.areas]
    views = _views(taken, area, standings, sent, unsettled)
    return pages.render(
        "readiness/rate_seat.html",
        taken=taken,
        round=taken.round,
        instrument=taken.instrument,
        mode=taken.instrument.mode.value,
        area=area,
        items=views,
        progress=progress,
        n_left=sum(each.n_items - each.n_done for each in progress),
        number=keys.index(area.key) + 1,
        is_last=area.key == keys[-1],
        finished=finished.get(taken.seat),
        are_both_done=taken.instrument.mode is Mode.LEADER and set(SEATS[Mode.LEADER]) <= set(finished),
        read=list_answers(taken.instrument, standings) if taken.seat in finished else (),
        has_unsettled=bool(unsettled),
        errors=[
            {"text": text, "href": f"#{name}-{view.item.key}"} for view in views for name, text in view.errors.items()
        ],
        today=own_today().isoformat(),
        language=page_language(),
    )


def _views(
    taken: TakenSeat,
    area: Area,
    standings: Mapping[str, SeatStanding],
    sent: SentSeatArea | None,
    unsettled: Sequence[str],
) -> list[SeatItemView]:
    numbers = {item.key: number for number, item in enumerate(taken.instrument.items, start=1)}
    errors, zone, views = (sent.errors if sent else {}), own_zone(), []
    began = {each.item_key: each.seen_id for each in sent.answers} if sent else {}
    for item in area.items:
        standing = standings.get(item.key)
        stands = standing.said if standing else NOTHING
        seen_id = standing.event_id if standing else None
        views.append(
            SeatItemView(
                item=item,
                number=numbers[item.key],
                typed=sent.typed[item.key] if sent else typed_of(item, stands),
                # Whoever saves again has seen what stands now; the others begin from where they began.
                seen_id=seen_id if item.key in unsettled else began.get(item.key, seen_id),
                answer=say_seat_answer(stands, item.answer),
                line=say_seat_line(standing, zone),
                count=_count(taken, item),
                theirs=stands.note if item.key in unsettled else None,
                errors={name: errors[key] for name in ("fact", "note") if (key := f"{name}-{item.key}") in errors},
            )
        )
    return views


def _count(taken: TakenSeat, item: Item) -> SiteCount | None:
    """Count what this site knows about an item. Who does not belong to the organization rates without it."""
    kind, organization_id = item.filled_from, taken.round.organization_id
    if kind is None or organization_id not in access.signed_in_actor().organization_ids:
        return None
    counted = _counted(kind, organization_id, own_today())
    return SiteCount(say_counted(kind, counted), suggested_rating(kind, counted))


def _counted(kind: PlatformFact, organization_id: int, today: date) -> Counted:
    if kind is PlatformFact.ROLES_WITH_DEPUTY:
        return Counted(*count_backed_roles(organization_id))
    if kind is PlatformFact.CYCLES_BY_SEVERAL:
        return Counted(*count_shared_cycles(organization_id, newest=RECENT_CYCLES))
    cared = count_cared_pages(organization_id, reviewed_since=today - timedelta(days=REVIEWED_WITHIN_DAYS))
    is_owned = kind is PlatformFact.OWNED_PLAYBOOKS
    return Counted(cared.n_owned_twice if is_owned else cared.n_reviewed, cared.n_pages)


def _draw_not_taken(taken: TakenSeat, area: Area | None, sent: SentSeatArea | None, why: Conflict) -> str:
    language = page_language()
    typed = []
    if sent is not None and area is not None:
        for key, each in sent.typed.items():
            if said := " · ".join(part for part in (each.choice, each.fact, each.note) if part):
                typed.append({"label": area.get_item(key).name[language], "value": said})
    return pages.render("readiness/seat_not_taken.html", round=taken.round, why=why, typed=typed)


def _asked_area(taken: TakenSeat, key: str, standings: Mapping[str, SeatStanding]) -> Area:
    """Return the area that was asked for, else the first with something left."""
    areas = taken.instrument.areas
    named = next((area for area in areas if area.key == key), None)
    left = rules.next_area(seat_progress(taken.instrument, standings))
    return named or left or areas[0]


def _following(taken: TakenSeat, area: Area) -> Area | None:
    """Return where to go on after an area: the next with something left, None at the end."""
    standings = seats.list_standings(taken.round.id).get(taken.seat, {})
    keys = [each.key for each in taken.instrument.areas]
    left = rules.next_area(seat_progress(taken.instrument, standings), after=area.key)
    return left if left is None or keys.index(left.key) > keys.index(area.key) else None


def seat_progress(instrument: Instrument, standings: Mapping[str, SeatStanding]) -> tuple[rules.AreaProgress, ...]:
    """Count the answered items of each area."""
    return tuple(
        rules.AreaProgress(area, sum(seats.said_in(standings, item.key).is_settled for item in area.items))
        for area in instrument.areas
    )


def list_answers(instrument: Instrument, standings: Mapping[str, SeatStanding]) -> list[Mapping[str, Any]]:
    """Return every item with what a seat said to it, by area."""
    zone = own_zone()
    return [
        {
            "area": each.area,
            "n_done": each.n_done,
            "n_items": each.n_items,
            "items": [
                {
                    "item": item,
                    "said": seats.said_in(standings, item.key),
                    "answer": say_seat_answer(seats.said_in(standings, item.key), item.answer),
                    "line": say_seat_line(standings.get(item.key), zone),
                }
                for item in each.area.items
            ],
        }
        for each in seat_progress(instrument, standings)
    ]


def round_url(a_round: Round) -> str:
    """Return the address of a round's page."""
    return url_for("readiness.show_round", round_id=a_round.id)


def seat_url(round_id: int, seat: Seat, area: str | None = None) -> str:
    """Return the address of a seat, or of one of its areas."""
    return url_for("readiness.rate_seat", round_id=round_id, seat=seat.value, area=area)
