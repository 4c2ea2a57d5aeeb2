"""Two ratings side by side: lead and co-chair, or a team and its expert; the widest gap first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.authz import Permission
from lms.errors import Invalid
from lms.readiness.forms.talks import TalkForm
from lms.readiness.models import Seat
from lms.readiness.queries import ratings, seats, talks
from lms.readiness.queries.seats import Finished, SeatedRound
from lms.readiness.queries.talks import Talk
from lms.readiness.seating import SEATS, ComparedItem, SeatSaid, compare, is_expert_due
from lms.readiness.services import talks as services
from lms.readiness.services.talks import TooManyNotes
from lms.readiness.views.blueprint import Answer, bp, may, own_zone, page_language
from lms.readiness.views.seat_words import SEAT_LABELS, say_seat_answer
from lms.readiness.views.words import say_when
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see
from readiness.instruments import Instrument, Mode

TEAM_LABEL = _l("The team")


@dataclass(frozen=True)
class Pair:
    """What is laid side by side."""

    left_label: Any
    right_label: Any
    left: Mapping[str, SeatSaid]
    right: Mapping[str, SeatSaid]


@dataclass(frozen=True)
class LineView:
    """One item side by side, with what was said about it."""

    line: ComparedItem
    left_answer: str
    right_answer: str
    talks: Sequence[tuple[Talk, str]]
    form: TalkForm | None


@bp.get("/readiness/rounds/<int:round_id>/seats")
@requires(Permission.READINESS_READ, on=seats.get_compared_for)
def compare_seats(seated: SeatedRound) -> Answer:
    """Lay two ratings side by side, once neither can be swayed by the other."""
    pair = find_pair(seated)
    return _draw(seated, pair) if pair else see(_round_url(seated))


@bp.post("/readiness/rounds/<int:round_id>/talk")
@requires(Permission.READINESS_RATE, on=seats.get_compared_for)
def note_talk(seated: SeatedRound) -> Answer:
    """Note what was said about a gap."""
    pair = find_pair(seated)
    if pair is None:
        flash(_("There is nothing to compare yet, so no note was taken."), "caution")
        return see(_round_url(seated))
    form = TalkForm(form_data())
    item_key = form.item.data or ""
    if all(item.key != item_key for item in seated.instrument.items):
        raise Invalid(_("This round does not ask that item."))
    if not form.validate():
        return _draw(seated, pair, failed={item_key: form}), 422
    by_id = access.signed_in_actor().person_id
    try:
        services.note_talk(seated, item_key, form.text.data or "", event_uuid=form.event_uuid, by_id=by_id)
    except TooManyNotes as full:
        form.text.errors = (str(full),)
        return _draw(seated, pair, failed={item_key: form}), 409
    flash(_("The note is kept."), "success")
    return see(url_for("readiness.compare_seats", round_id=seated.round.id, _anchor=f"item-{item_key}"))


def find_pair(seated: SeatedRound) -> Pair | None:
    """Return two ratings when it is time to see them side by side, else None (two or three statements)."""
    said, finished = seats.list_said(seated.round.id), seats.list_finished(seated.round.id)
    if seated.instrument.mode is Mode.LEADER:
        return _leaders(said, finished)
    expert = said.get(Seat.EXPERT, {})
    if not expert:
        return None
    team = {key: SeatSaid(each.state, each.value, None, each.evidence) for key, each in _team(seated).items()}
    if not is_expert_due(
        is_open=seated.round.is_open,
        has_rated=True,
        has_finished=Seat.EXPERT in finished,
        has_team_rated=has_all(seated.instrument, team),
    ):
        return None
    return Pair(TEAM_LABEL, SEAT_LABELS[Seat.EXPERT], team, expert)


def has_all(instrument: Instrument, said: Mapping[str, Any]) -> bool:
    """Say whether every item has an answer."""
    return all(item.key in said and said[item.key].is_settled for item in instrument.items)


def _leaders(said: Mapping[Seat, Mapping[str, SeatSaid]], finished: Mapping[Seat, Finished]) -> Pair | None:
    if not set(SEATS[Mode.LEADER]) <= set(finished):
        return None
    labels = (SEAT_LABELS[Seat.LEAD], SEAT_LABELS[Seat.CO_CHAIR])
    return Pair(*labels, said.get(Seat.LEAD, {}), said.get(Seat.CO_CHAIR, {}))


def _team(seated: SeatedRound) -> Mapping[str, Any]:
    return ratings.list_said(seated.round.id)


def _draw(seated: SeatedRound, pair: Pair, failed: Mapping[str, TalkForm] | None = None) -> str:
    lines = compare(seated.instrument, pair.left, pair.right)
    noted, may_note, zone = talks.list_talks(seated.round.id), may(Permission.READINESS_RATE, seated), own_zone()
    views = [
        LineView(
            line=line,
            left_answer=say_seat_answer(line.left),
            right_answer=say_seat_answer(line.right),
            talks=[(each, say_when(each.at, zone)) for each in noted.get(line.item_key, ())],
            form=_form(line.item_key, failed or {}) if may_note and line.differs else None,
        )
        for line in lines
    ]
    return pages.render(
        "readiness/compare_seats.html",
        seated=seated,
        round=seated.round,
        instrument=seated.instrument,
        organization=seated.round.organization,
        pair=pair,
        apart=[view for view in views if view.line.differs and view.line.is_answered_twice],
        alike=[view for view in views if not view.line.differs and view.line.is_answered_twice],
        single=[view for view in views if view.line.differs and not view.line.is_answered_twice],
        n_far=sum(view.line.is_far_apart for view in views),
        failed_form=next(iter((failed or {}).values()), None),
        language=page_language(),
    )


def _form(item_key: str, failed: Mapping[str, TalkForm]) -> TalkForm:
    form = failed.get(item_key) or TalkForm()
    form.tell_apart(item_key)
    form.item.data = item_key
    return form


def _round_url(seated: SeatedRound) -> str:
    return url_for("readiness.show_round", round_id=seated.round.id)
