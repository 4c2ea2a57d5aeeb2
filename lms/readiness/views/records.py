"""Records of a place's facts or of two leaders: opening one, how far it is, closing it, what its report adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Conflict, Invalid
from lms.organizations.models import Organization
from lms.organizations.queries import get_organization_for
from lms.readiness import rules
from lms.readiness.forms.seats import StartRecordForm
from lms.readiness.models import Round, Seat
from lms.readiness.queries import rounds, seats
from lms.readiness.queries.instruments import list_offered, read_version
from lms.readiness.queries.seats import SeatedRound, SeatStanding
from lms.readiness.seat_report import FactsPart, LeaderPart
from lms.readiness.seating import RECORDS, SEATS
from lms.readiness.services import seats as services
from lms.readiness.services.rounds import NothingRated, RoundIsOpen
from lms.readiness.services.seats import SeatUnfinished
from lms.readiness.views.blueprint import Answer, bp, may, own_today, page_language
from lms.readiness.views.seats import list_answers, seat_progress, seat_url
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument, Mode


@dataclass(frozen=True)
class SeatLineView:
    """One seat on the page of its round. How far it is shows only to who sits there."""

    seat: Seat
    has_begun: bool
    is_finished: bool
    finished_by: str | None
    is_own: bool
    n_done: int
    n_items: int


@bp.get("/organizations/<int:organization_id>/readiness/records/new")
@bp.post("/organizations/<int:organization_id>/readiness/records/new")
@requires(Permission.READINESS_MANAGE, on=get_organization_for)
def start_facts(organization: Organization) -> Answer:
    """Open a record: the facts of a place, or what lead and co-chair say."""
    actor, today = access.signed_in_actor(), own_today()
    offered = list_offered(organization.id, modes=RECORDS)
    form, template = StartRecordForm(forms.form_data()), "readiness/start_facts.html"
    form.instrument.choices = [(version.slug, version.slug) for version, _instrument in offered]
    context: dict[str, Any] = {"form": form, "organization": organization, "offered": offered}
    if request.method == "GET":
        form.closes_on.data = today + timedelta(days=rules.DAYS_OPEN)
        form.instrument.data = request.args.get("instrument") or None
        return pages.render(template, **context)
    if not form.validate() or form.closes_on.data is None:
        return pages.invalid(template, **context)
    version, instrument = next(each for each in offered if each[0].slug == form.instrument.data)
    try:
        opened = services.open_record(organization.id, version, form.closes_on.data, today=today, by_id=actor.person_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid(template, **context)
    except RoundIsOpen as error:
        open_round = rounds.find_open_round(organization.id, version.slug)
        return pages.render(template, **context, open_round=open_round, problem=error), 409
    if instrument.mode is Mode.SITE_FACTS:
        return see(seat_url(opened.id, Seat.LEAD))
    return see(url_for("readiness.show_round", round_id=opened.id))


@bp.post("/readiness/rounds/<int:round_id>/close-record")
@requires(Permission.READINESS_MANAGE, on=seats.get_record_for)
def close_record(a_round: Round) -> Answer:
    """Close a record; its report is computed once."""
    by_id, is_alone = access.signed_in_actor().person_id, request.form.get("alone") == "on"
    try:
        services.close_record(a_round, today=own_today(), by_id=by_id, is_alone=is_alone)
    except (NothingRated, SeatUnfinished) as problem:
        return draw_record(a_round, read_version(a_round.version), problem=problem), 409
    flash(_("The round is closed. This is its report."), "success")
    return see(url_for("readiness.show_report", round_id=a_round.id))


def draw_record(a_round: Round, instrument: Instrument, problem: Conflict | None = None) -> str:
    """Draw the page of a round that consists of seats alone: how far it is, and what is next."""
    actor = access.signed_in_actor()
    seated = SeatedRound(a_round, instrument, seats.entitled_to(actor, a_round, instrument), actor.person_id)
    standings, finished = seats.list_standings(a_round.id), seats.list_finished(a_round.id)
    own = seats.may_sit_in(seated) if a_round.is_open else frozenset[Seat]()
    is_leader = instrument.mode is Mode.LEADER
    shown = standings.get(Seat.LEAD, {}) if not is_leader else {}
    return pages.render(
        "readiness/show_record.html",
        round=a_round,
        instrument=instrument,
        organization=a_round.organization,
        is_leader=is_leader,
        seats=[_seat_line(instrument, seat, standings.get(seat, {}), finished, own) for seat in SEATS[instrument.mode]],
        facts=list_answers(instrument, shown) if not is_leader else (),
        are_all_finished=set(SEATS[instrument.mode]) <= set(finished),
        co_chairs=seats.list_co_chairs(a_round.organization_id) if is_leader else (),
        may_manage=may(Permission.READINESS_MANAGE, a_round),
        may_name=may(Permission.ORGANIZATION_MANAGE, a_round),
        is_late=a_round.is_open and a_round.closes_on < own_today(),
        problem=problem,
        language=page_language(),
    )


def seat_report(a_round: Round, instrument: Instrument) -> dict[str, FactsPart | LeaderPart]:
    """Return what the report of a round of seats shows beside what all reports show; nothing for other modes.

    One statement at most. `readiness/_seat_report.html` draws it.
    """
    if instrument.mode not in RECORDS:
        return {}
    facts, leader = seats.get_parts(a_round.id, instrument)
    return {"facts": facts} if facts is not None else {"leader": leader} if leader is not None else {}


def _seat_line(
    instrument: Instrument,
    seat: Seat,
    standings: Mapping[str, SeatStanding],
    finished: Mapping[Seat, seats.Finished],
    own: frozenset[Seat],
) -> SeatLineView:
    n_done = sum(each.n_done for each in seat_progress(instrument, standings))
    done = finished.get(seat)
    return SeatLineView(
        seat=seat,
        has_begun=bool(standings),
        is_finished=done is not None,
        finished_by=done.by_name if done else None,
        is_own=seat in own,
        n_done=n_done if seat in own or instrument.mode is Mode.SITE_FACTS else 0,
        n_items=instrument.n_items,
    )
