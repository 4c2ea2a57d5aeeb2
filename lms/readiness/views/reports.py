"""The report of a closed round, sharing it, and what becomes of its actions."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
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
from lms.readiness.queries import reports, rounds, survey_reports
from lms.readiness.queries.instruments import read_version
from lms.readiness.queries.reports import SettleableAction
from lms.readiness.queries.rounds import PersonChoice, RatedRound
from lms.readiness.report import AreaLine, Report
from lms.readiness.seating import RECORDS
from lms.readiness.services import actions as services
from lms.readiness.services import rounds as round_services
from lms.readiness.views.blueprint import Answer, bp, link_if_there, may, own_today, page_language
from lms.readiness.views.records import seat_report
from lms.readiness.views.survey_views import SurveyView
from lms.readiness.views.survey_words import survey_reasons
from lms.readiness.views.words import say_score, say_sentences
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument, Mode


@dataclass(frozen=True)
class ReportView:
    """A report as its page shows it: read and worded only when a part of the page has to be drawn anew."""

    round: Round
    instrument: Instrument
    language: str

    @cached_property
    def computed(self) -> Report:
        """What was computed when the round was closed."""
        return reports.get_report(self.round.id)

    @property
    def sentences(self) -> list[str]:
        """The three sentences of the first page."""
        return say_sentences(self.computed, self.instrument, self.language)

    @property
    def bars(self) -> list[Mapping[str, Any]]:
        """The bars of the picture."""
        return [_bar(area, self.instrument, self.language) for area in self.computed.areas]

    @cached_property
    def record(self) -> Mapping[str, Any]:
        """What a record of facts or of leaders adds; empty for a team's rating."""
        return seat_report(self.round, self.instrument)

    @property
    def finding(self) -> str:
        """The title of the picture, which says what it shows."""
        return _finding(self.computed)


@dataclass(frozen=True)
class ActionView:
    """One action on the report: why it is proposed, its forms, and where it leads.

    `key` tells all that it is drawn from, or is None when a form of it was sent and not taken.
    """

    action: RecommendedAction
    instrument: Instrument
    people: Sequence[PersonChoice]
    today: date
    may_manage: bool
    may_settle: bool
    failed: Form | None
    start_text: str = ""

    @property
    def key(self) -> tuple[Hashable, ...] | None:
        """What the card is drawn from."""
        if self.failed is not None:
            return None
        action, people = self.action, tuple((each.person_id, each.name) for each in self.people)
        owner = action.owner.display_name if action.owner else None
        opened = (action.opened_path, action.opened_at)
        rights = (self.may_manage, self.may_settle)
        words = (self.start_text, page_language())
        return (action.id, action.row_version, owner, *opened, *rights, self.today, hash(people), *words)

    @property
    def reasons(self) -> Sequence[str]:
        """What called for it."""
        triggers = self.action.triggers
        return survey_reasons(triggers) if self.instrument.mode is Mode.STAFF else chosen_reasons(triggers)

    @cached_property
    def accept(self) -> AcceptForm:
        """The form of owner and date."""
        form = self.failed if isinstance(self.failed, AcceptForm) else AcceptForm()
        form.offer_owners(self.people, self.action.id)
        if form is not self.failed:
            form.due_on.data = self.today + timedelta(days=rules.DAYS_FOR_ACTION)
        return form

    @cached_property
    def reason(self) -> ReasonForm:
        """The form of a reason to decline or to drop it."""
        form = self.failed if isinstance(self.failed, ReasonForm) else ReasonForm()
        form.tell_apart(self.action.id)
        return form

    @property
    def links(self) -> Sequence[Mapping[str, str]]:
        """Where work can be opened from it."""
        return _links(self.action, self.instrument) if self.may_manage else ()


@bp.get("/readiness/rounds/<int:round_id>/report")
@requires(Permission.READINESS_READ, on=rounds.get_round_for)
def show_report(a_round: Round) -> Answer:
    """Show the report; while the round is open, how far it is."""
    if a_round.is_open:
        return see(url_for("readiness.show_round", round_id=a_round.id))
    template, context = page_of(a_round)
    return pages.render(template, **context)


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
    template, context = page_of(action.round, failed={action.id: form})
    return pages.invalid(template, **context)


def page_of(a_round: Round, failed: Mapping[int, Form] | None = None) -> tuple[str, dict[str, Any]]:
    """Return the template of a report, which its mode decides, and all that it shows."""
    instrument = read_version(a_round.version)
    if instrument.mode is Mode.STAFF:
        view = SurveyView(survey_reports.get_snapshot(a_round.id), instrument, page_language())
        context = _shared_part(a_round, instrument, failed, start_texts=view.start_texts)
        return "readiness/show_survey_report.html", {**context, "report": view}
    may_see_ratings = may(Permission.READINESS_READ, RatedRound(a_round, instrument))
    is_record = instrument.mode in RECORDS
    may_see_items = may_see_ratings and not is_record
    context = {
        "is_record": is_record,
        "may_see_record": is_record and may_see_ratings,
        "report": ReportView(a_round, instrument, page_language()),
        "key": (a_round.id, a_round.closed_at, page_language(), may_see_ratings),
        "may_see_items": may_see_items,
    }
    return "readiness/show_report.html", {**_shared_part(a_round, instrument, failed), **context}


def _shared_part(
    a_round: Round,
    instrument: Instrument,
    failed: Mapping[int, Form] | None,
    *,
    start_texts: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the reports of all modes show: the next steps, and what became of those of the round before."""
    may_manage = may(Permission.READINESS_MANAGE, a_round)
    actions = reports.list_actions(a_round.id)
    is_undecided = may_manage and any(each.state in services.UNDECIDED for each in actions)
    people = rounds.list_people(a_round.organization_id) if is_undecided else []
    failed, today, own_id = failed or {}, own_today(), access.signed_in_actor().person_id
    return {
        "round": a_round,
        "organization": a_round.organization,
        "instrument": instrument,
        "actions": [
            ActionView(
                each,
                instrument,
                people,
                today,
                may_manage,
                may_manage or each.owner_id == own_id,
                failed.get(each.id),
                (start_texts or {}).get(each.area_key, ""),
            )
            for each in actions
        ],
        "earlier_actions": survey_reports.list_earlier_actions(a_round),
        "failed_form": next(iter(failed.values()), None),
        "may_manage": may_manage,
        "language": page_language(),
    }


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
