"""The report of a closed round, sharing it, and what becomes of its actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import Form

from lms.authz import Permission
from lms.errors import Invalid
from lms.readiness import rules
from lms.readiness.forms import AcceptForm, ReasonForm, chosen_reasons
from lms.readiness.models import ActionKind, ActionState, RecommendedAction, Round
from lms.readiness.queries import reports, rounds
from lms.readiness.queries.instruments import read_version
from lms.readiness.queries.reports import SettleableAction
from lms.readiness.queries.rounds import PersonChoice, RatedRound
from lms.readiness.report import AreaLine, Report
from lms.readiness.services import actions as services
from lms.readiness.services import rounds as round_services
from lms.readiness.views.blueprint import Answer, bp, link_if_there, may, own_today, page_language
from lms.readiness.views.words import say_list, say_score, say_sentences
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument


@dataclass(frozen=True)
class ActionView:
    """One action on the report: why it is proposed, its forms, and where it leads."""

    action: RecommendedAction
    reasons: Sequence[str]
    accept: AcceptForm
    reason: ReasonForm
    links: Sequence[Mapping[str, str]]
    may_settle: bool


@bp.get("/readiness/rounds/<int:round_id>/report")
@requires(Permission.READINESS_READ, on=rounds.get_round_for)
def show_report(a_round: Round) -> Answer:
    """Show the report; while the round is open, how far it is."""
    if a_round.is_open:
        return see(url_for("readiness.show_round", round_id=a_round.id))
    return pages.render("readiness/show_report.html", **_report_page(a_round))


@bp.post("/readiness/rounds/<int:round_id>/share")
@requires(Permission.READINESS_MANAGE, on=rounds.get_round_for)
def share_report(a_round: Round) -> Answer:
    """Let all staff read the report, or no longer."""
    is_shared = request.form.get("share") == "on"
    round_services.share_report(a_round, is_shared=is_shared, by_id=access.signed_in_actor().person_id)
    shared, own = _("All staff of your organization can read this report now."), _("The report is no longer shared.")
    flash(shared if is_shared else own, "success")
    return _to_report(a_round.id)


@bp.post("/readiness/rounds/<int:round_id>/actions/<int:action_id>")
@requires(Permission.READINESS_MANAGE, on=reports.get_action_of)
def decide_action(action: RecommendedAction) -> Answer:
    """Accept an action with an owner and a date, or decline it with a reason."""
    by_id, today = access.signed_in_actor().person_id, own_today()
    if request.form.get("decision") == "decline":
        declining = ReasonForm(forms.form_data())
        if not declining.validate():
            return _draw_again(action, declining)
        services.decline_action(action, reason=declining.reason.data or "", by_id=by_id)
        flash(_("The action is declined. The reason is kept."), "success")
        return _to_report(action.round_id, action.id)
    form = AcceptForm(forms.form_data())
    form.offer_owners(rounds.list_people(action.round.organization_id), action.id)
    if not form.validate() or form.due_on.data is None:
        return _draw_again(action, form)
    try:
        services.accept_action(action, owner_id=int(form.owner.data), due_on=form.due_on.data, today=today, by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return _draw_again(action, form)
    flash(_("The action is accepted."), "success")
    return _to_report(action.round_id, action.id)


@bp.post("/readiness/rounds/<int:round_id>/actions/<int:action_id>/settle")
@requires(Permission.READINESS_RATE, on=reports.get_settleable_for)
def settle_action(held: SettleableAction) -> Answer:
    """Say that an accepted action is done, or drop it with a reason."""
    action, by_id = held.action, access.signed_in_actor().person_id
    if request.form.get("outcome") == "done":
        services.finish_action(action, by_id=by_id)
        flash(_("Done. Well worked."), "success")
        return _to_report(action.round_id, action.id)
    form = ReasonForm(forms.form_data())
    if not form.validate():
        return _draw_again(action, form)
    services.drop_action(action, reason=form.reason.data or "", by_id=by_id)
    flash(_("The action is dropped. The reason is kept."), "success")
    return _to_report(action.round_id, action.id)


def _to_report(round_id: int, action_id: int | None = None) -> Answer:
    anchor = None if action_id is None else f"action-{action_id}"
    return see(url_for("readiness.show_report", round_id=round_id, _anchor=anchor))


def _draw_again(action: RecommendedAction, form: Form) -> Answer:
    return pages.invalid("readiness/show_report.html", **_report_page(action.round, failed={action.id: form}))


def _report_page(a_round: Round, failed: Mapping[int, Form] | None = None) -> dict[str, Any]:
    instrument, language = read_version(a_round.version), page_language()
    report = reports.get_report(a_round.id)
    may_manage = may(Permission.READINESS_MANAGE, a_round)
    people = rounds.list_people(a_round.organization_id) if may_manage else []
    failed, today = failed or {}, own_today()
    return {
        "round": a_round,
        "organization": a_round.organization,
        "instrument": instrument,
        "report": report,
        "sentences": say_sentences(report, instrument, language),
        "bars": [_bar(area, instrument, language) for area in report.areas],
        "finding": _finding(report),
        "actions": [
            _view_action(action, instrument, people, today, failed.get(action.id))
            for action in reports.list_actions(a_round.id)
        ],
        "failed_form": next(iter(failed.values()), None),
        "may_manage": may_manage,
        "may_see_items": may(Permission.READINESS_READ, RatedRound(a_round, instrument)),
        "say_list": say_list,
        "language": language,
    }


def _view_action(
    action: RecommendedAction,
    instrument: Instrument,
    people: Sequence[PersonChoice],
    today: date,
    failed: Form | None,
) -> ActionView:
    accept = failed if isinstance(failed, AcceptForm) else AcceptForm()
    accept.offer_owners(people, action.id)
    if accept is not failed:
        accept.due_on.data = today + timedelta(days=rules.DAYS_FOR_ACTION)
    reason = failed if isinstance(failed, ReasonForm) else ReasonForm()
    reason.tell_apart(action.id)
    is_owner = action.owner_id == access.signed_in_actor().person_id
    return ActionView(
        action,
        chosen_reasons(action.triggers),
        accept,
        reason,
        _links(action, instrument) if may(Permission.READINESS_MANAGE, action) else (),
        may_settle=is_owner or may(Permission.READINESS_MANAGE, action),
    )


def _links(action: RecommendedAction, instrument: Instrument) -> list[Mapping[str, str]]:
    """Return where work can be opened from an action, what is recommended first."""
    if action.state is not ActionState.ACCEPTED:
        return []
    organization_id, item_key = action.round.organization_id, action.item_key
    item = instrument.get_item(item_key) if item_key else None
    about = {"organization_id": organization_id, "action": action.id}
    course = {"course": item.course_slug} if item and item.course_slug else {}
    owner = f"organization-{organization_id}"
    found = {
        ActionKind.CYCLE: (
            _("Open a cycle from it"),
            link_if_there("improvement.open_from_action", action_id=action.id),
        ),
        ActionKind.COURSE: (_("Assign a course"), link_if_there("training.assign", **about, **course)),
        ActionKind.ASSISTANCE: (_("Ask for help"), link_if_there("assistance.ask_for_help", **about)),
        ActionKind.PLAYBOOK: (
            _("Write it into a playbook"),
            link_if_there("playbooks.start_playbook", owner=owner, action=action.id),
        ),
    }
    order = sorted(found, key=lambda kind: kind is not action.kind)
    return [{"text": found[kind][0], "url": str(found[kind][1])} for kind in order if found[kind][1]]


def _bar(area: AreaLine, instrument: Instrument, language: str) -> Mapping[str, Any]:
    return {
        "key": area.key,
        "name": instrument.get_area(area.key).name[language],
        "score": area.score,
        "text": say_score(area.score),
        "level": area.level,
        "is_capped": area.is_capped,
        "earlier": area.earlier_score,
        "earlier_text": say_score(area.earlier_score) if area.earlier_score is not None else None,
        "earlier_level": area.earlier_level,
        "n_values": area.n_values,
        "n_items": area.n_items,
    }


def _finding(report: Report) -> str:
    """The title of the picture says what it shows."""
    low = sum(area.score is not None and area.level is not None and area.level.rank < 2 for area in report.areas)
    if not low:
        return str(_("No area is at the start"))
    return str(ngettext("%(num)d area is at the start", "%(num)d areas are at the start", low))
