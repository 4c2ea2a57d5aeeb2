"""Pages of the log of contacts."""

from functools import partial
from typing import Any

from flask import flash, request, url_for
from flask_babel import ngettext

from lms.assistance import queries, services
from lms.assistance.forms import EncounterForm, request_name
from lms.assistance.models import EncounterMode
from lms.assistance.rules import Desk
from lms.assistance.views.blueprint import Answer, asked_id, bp, draw_form, today
from lms.authz import Permission
from lms.errors import Invalid
from lms.organizations.models import Organization
from lms.organizations.queries.places import get_organization_for
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/assistance/encounters/new")
@bp.post("/assistance/encounters/new")
@requires(Permission.ASSISTANCE_SERVE, on=queries.get_desk)
def log_encounter(desk: Desk) -> Answer:
    """Log a contact; nearly everything is filled in as it was the last time."""
    offered = queries.list_choices(desk.organization_ids - access.signed_in_actor().organization_ids)
    usual = _usual() if request.method == "GET" else {}
    form = EncounterForm(forms.form_data(), data=usual, offered=offered, name_request=request_name)
    draw = partial(draw_form, "assistance/log_encounter.html", form=form, today=today(), has_anybody=bool(offered))
    if request.method == "GET" or not form.validate():
        return draw()
    try:
        held = services.log_encounter(actor=access.signed_in_actor(), today=today(), **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    minutes = held.contact_minutes
    flash(ngettext("Logged: 1 minute.", "Logged: %(num)d minutes.", minutes), "success")
    if held.request_id is not None:
        return see(url_for("assistance.show_request", request_id=held.request_id))
    return see(url_for("assistance.show_queue"))


@bp.get("/organizations/<int:organization_id>/encounters")
@requires(Permission.ASSISTANCE_READ, on=get_organization_for)
def list_encounters(organization: Organization) -> str:
    """List the contacts that experts had with an organization."""
    totals = queries.count_totals(organization.id)
    return pages.render(
        "assistance/list_encounters.html",
        organization=organization,
        totals=totals,
        encounters=pages.page_of(totals.n_encounters, partial(queries.list_encounters, organization.id)),
    )


def _usual() -> dict[str, Any]:
    """Fill in what the address says, else what was so the last time."""
    last = queries.find_last_encounter(access.signed_in_actor().person_id)
    about = f"organization-{last.organization_id}" if last else None
    for name in ("organization", "request"):
        chosen = asked_id(name)
        about = f"{name}-{chosen}" if chosen is not None else about
    return {
        "about": about,
        "cycle": asked_id("cycle") or "",
        "occurred_on": today(),
        "mode": (last.mode if last else EncounterMode.VIDEO).value,
    }
