"""What a team notes beside its ratings: topics for another time, and links to evidence."""

from flask import flash, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Conflict
from lms.readiness.forms.rounds import PresenceForm
from lms.readiness.forms.talks import LinkForm, OutcomeForm, ParkForm
from lms.readiness.queries import rounds, talks
from lms.readiness.queries.rounds import RatedArea, RatedRound
from lms.readiness.queries.talks import LinkOf, TopicOf
from lms.readiness.services import talks as services
from lms.readiness.services.rounds import RoundClosed
from lms.readiness.services.talks import TooManyNotes
from lms.readiness.views.beside import link_form_for
from lms.readiness.views.blueprint import Answer, bp, page_language
from lms.readiness.views.rating import draw_area
from lms.readiness.views.rounds import round_page
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see

PROJECTOR = "projector"


@bp.post("/readiness/rounds/<int:round_id>/parked")
@requires(Permission.READINESS_RATE, on=rounds.get_consensus_for)
def park_topic(rated: RatedRound) -> Answer:
    """Park something for another time."""
    form = ParkForm(form_data())
    item_key = form.item.data or None
    if not form.validate():
        return _round_again(rated, park_form=form), 422
    try:
        by_id = access.signed_in_actor().person_id
        services.park_topic(rated, item_key, form.text.data or "", event_uuid=form.event_uuid, by_id=by_id)
    except (RoundClosed, TooManyNotes) as refused:
        form.text.errors = (str(refused),)
        return _round_again(rated, park_form=form, problem=refused), 409
    flash(_("Parked. It is on the list, so that you can go on."), "success")
    return see(_back(rated, form.place.data or "", item_key))


@bp.post("/readiness/rounds/<int:round_id>/parked/<int:topic_id>/settle")
@requires(Permission.READINESS_RATE, on=talks.get_topic_for)
def settle_topic(parked: TopicOf) -> Answer:
    """Say what became of a parked topic."""
    form, rated = OutcomeForm(form_data()), RatedRound(parked.round, parked.instrument)
    if not form.validate():
        return _round_again(rated, outcome_forms={parked.topic_id: form}), 422
    try:
        services.settle_topic(parked, form.outcome.data or "", by_id=access.signed_in_actor().person_id)
    except Conflict as conflict:
        return _round_again(rated, problem=conflict, typed=form.outcome.data or ""), 409
    flash(_("Noted what became of it."), "success")
    return see(url_for("readiness.show_round", round_id=parked.round.id, _anchor="parked"))


@bp.post("/readiness/rounds/<int:round_id>/links")
@requires(Permission.READINESS_RATE, on=rounds.get_consensus_for)
def add_link(rated: RatedRound) -> Answer:
    """Say where the evidence for an item can be seen."""
    form = LinkForm(form_data())
    wanted = form.item.data or ""
    area = next((each for each in rated.instrument.areas if any(item.key == wanted for item in each.items)), None)
    place = RatedArea(rated.round, rated.instrument, area or rated.instrument.areas[0])
    link_form_for(place.area, page_language(), form)
    if not form.validate():
        return draw_area(place, link_form=form), 422
    try:
        url, label, by_id = form.url.data or "", form.label.data or "", access.signed_in_actor().person_id
        services.add_link(rated, wanted, url, label, event_uuid=form.event_uuid, by_id=by_id)
    except (RoundClosed, TooManyNotes) as refused:
        form.url.errors = (str(refused),)
        return draw_area(place, link_form=form), 409
    flash(_("The link is kept with the item."), "success")
    return see(_area_url(place, wanted))


@bp.post("/readiness/rounds/<int:round_id>/links/<int:link_id>/remove")
@requires(Permission.READINESS_RATE, on=talks.get_link_for)
def remove_link(held: LinkOf) -> Answer:
    """Take a link off the page."""
    services.remove_link(held, by_id=access.signed_in_actor().person_id)
    flash(_("The link is gone from the page."), "success")
    area = held.instrument.area_of(held.link.item_key)
    return see(_area_url(RatedArea(held.round, held.instrument, area), held.link.item_key))


def _round_again(
    rated: RatedRound,
    *,
    park_form: ParkForm | None = None,
    outcome_forms: dict[int, OutcomeForm] | None = None,
    problem: Conflict | None = None,
    typed: str = "",
) -> str:
    context = round_page(rated, PresenceForm(), park_form=park_form, outcome_forms=outcome_forms)
    failed = park_form or next(iter((outcome_forms or {}).values()), None)
    return pages.render("readiness/show_round.html", **context, problem=problem, typed=typed, failed_form=failed)


def _back(rated: RatedRound, place: str, item_key: str | None) -> str:
    """Return to where the topic was parked from."""
    areas = {area.key: area for area in rated.instrument.areas}
    if place == PROJECTOR and item_key is not None:
        area = rated.instrument.area_of(item_key)
        number = [item.key for item in area.items].index(item_key) + 1
        return url_for("readiness.show_projector", round_id=rated.round.id, area_key=area.key, item=number)
    if place in areas:
        return url_for("readiness.rate_area", round_id=rated.round.id, area_key=place, _anchor="parked")
    return url_for("readiness.show_round", round_id=rated.round.id, _anchor="parked")


def _area_url(place: RatedArea, item_key: str) -> str:
    return url_for("readiness.rate_area", round_id=place.round.id, area_key=place.area.key, _anchor=f"links-{item_key}")
