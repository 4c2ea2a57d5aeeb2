"""Opening a cycle from an action of a readiness report."""

from datetime import timedelta
from typing import Any

from flask import flash, request, url_for
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.improvement import queries
from lms.improvement.forms.opening import OpenForm
from lms.improvement.models import Team
from lms.improvement.queries.teams import list_teams_of_organization
from lms.improvement.rules import Cadence
from lms.improvement.services import teams
from lms.improvement.services.opening import open_from_action as open_work
from lms.improvement.views.blueprint import Answer, bp, draw_form, here
from lms.readiness import queries as readiness
from lms.readiness.models import RecommendedAction
from lms.web import access, forms
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Item

AIM_DAYS = 182  # half a year is time enough for a change and short enough to care


@bp.get("/improve/from-action/<int:action_id>")
@bp.post("/improve/from-action/<int:action_id>")
@requires(Permission.TEAM_MANAGE, on=readiness.get_action_for)
def open_from_action(action: RecommendedAction) -> Answer:
    """Choose or make a team, and start a cycle whose aim and measure are filled in from the gap."""
    actor, now, template = access.signed_in_actor(), here(), "improvement/open_from_action.html"
    gap = readiness.get_gap(action)
    own_teams = list_teams_of_organization(action.round.organization_id)
    form = OpenForm(forms.form_data(), data={**_filled_in(gap), "by_when_on": now.today + timedelta(days=AIM_DAYS)})
    form.offer_teams([(team.team_id, team.name) for team in own_teams])
    start = _one_decimal(gap.mean) if gap.mean is not None else None
    shown = {"form": form, "action": action, "gap": gap, "start": start, "language": _language()}
    if request.method == "GET" or not form.validate():
        return draw_form(template, **shown)
    try:
        team = _team(action, form)
        opening = form.opening(owner_id=actor.person_id, today=now.today)
        cycle = open_work(action.id, team, opening, actor=actor, today=now.today)
    except Invalid as invalid:
        forms.add_errors(form, {"team_name" if name == "name" else name: text for name, text in invalid.fields.items()})
        return draw_form(template, **shown)
    flash(_("The aim, the measure and the first cycle are there. Plan the cycle next."), "success")
    return see(url_for("improvement.plan_cycle", cycle_id=cycle.id))


def _team(action: RecommendedAction, form: OpenForm) -> Team:
    """Return the chosen team, or make it with the lead as its first member."""
    if form.team.chosen_id is not None:
        return queries.get_team(form.team.chosen_id)
    actor, organization_id = access.signed_in_actor(), action.round.organization_id
    is_member = organization_id in actor.organization_ids
    return teams.create_team(
        organization_id=organization_id,
        name=form.team_name.data or "",
        member_ids=[actor.person_id] if is_member else [],
        by_id=actor.person_id,
    )


def _filled_in(gap: readiness.GapBehind) -> dict[str, Any]:
    """Write the aim and the measure that fit a gap, in the reader's language."""
    language = _language()
    area = gap.area.name[language]
    if gap.item is None:
        return {"team_name": area, "what": gap.area.purpose[language]}
    filled: dict[str, Any] = {
        "team_name": area,
        "what": gap.item.aim[language],
        "for_whom": _("The people we serve"),
        "objective": _("Does this bring us closer to: %(practice)s?", practice=gap.item.name[language]),
        "cadence": Cadence.MONTH.value,
    }
    measure = gap.item.measure
    if measure is not None:
        filled |= {
            "name": measure.name[language],
            "numerator_text": measure.numerator[language],
            "denominator_text": measure.denominator[language],
            "how_much": _("To 75 percent"),
        }
    elif gap.mean is not None:
        filled |= _asked_of_staff(gap.item, gap.mean)
    return filled


def _asked_of_staff(item: Item, mean: float) -> dict[str, str]:
    """Write a measure for what only staff can tell: a short check between two surveys."""
    language = _language()
    text = item.text[language]
    counted = _("Staff who disagree with: “%(text)s”") if item.is_reversed else _("Staff who agree with: “%(text)s”")
    return {
        "name": _("What staff say of it: %(practice)s", practice=item.name[language]),
        "numerator_text": counted % {"text": text},
        "denominator_text": _("All staff who are asked, on paper and without a name"),
        "how_much": _("To 75 percent, and from %(start)s to 4 of 5 in the next survey", start=_one_decimal(mean)),
    }


def _one_decimal(value: float) -> str:
    return str(format_decimal(value, format="0.0"))


def _language() -> str:
    return "es" if str(get_locale()) == "es" else "en"
