"""Pages of requests for help."""

from functools import partial

from flask import flash, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from lms.assistance import queries, rules, services
from lms.assistance.forms import STATE_LABELS, CloseForm, RequestForm, TakeForm
from lms.assistance.models import AssistanceRequest, RequestTopic
from lms.assistance.queries.requests import RequestFilter, RequestPart
from lms.assistance.views.blueprint import Answer, asked_id, bp, draw_form, today
from lms.authz import Permission
from lms.errors import Conflict, Invalid, NotFound
from lms.organizations.models import Organization
from lms.organizations.queries.places import get_organization_for
from lms.readiness import queries as readiness
from lms.readiness.models import RecommendedAction
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see

# What an item of the readiness instrument is about, in the words of a request.
TOPIC_OF_ITEM = {
    "low-barrier-start": RequestTopic.MEDICATION,
    "fentanyl-start": RequestTopic.MEDICATION,
    "medication-choice": RequestTopic.MEDICATION,
    "staying": RequestTopic.MEDICATION,
    "overdose-response": RequestTopic.OVERDOSE_RESPONSE,
    "harm-reduction": RequestTopic.HARM_REDUCTION,
    "workforce": RequestTopic.STAFF_TRAINING,
    "policy": RequestTopic.PROTOCOLS,
    "measurement": RequestTopic.DATA,
    "local-data": RequestTopic.DATA,
    "stigma": RequestTopic.STIGMA,
    "financing": RequestTopic.MONEY,
    "hospital": RequestTopic.WORKING_TOGETHER,
    "jail": RequestTopic.WORKING_TOGETHER,
    "programs-and-pharmacies": RequestTopic.WORKING_TOGETHER,
    "pregnancy": RequestTopic.WORKING_TOGETHER,
    "naloxone-supply": RequestTopic.OVERDOSE_RESPONSE,
    "safe-place": RequestTopic.OVERDOSE_RESPONSE,
    "after-overdose": RequestTopic.OVERDOSE_RESPONSE,
    "law": RequestTopic.PROTOCOLS,
    "staff-care": RequestTopic.STAFF_TRAINING,
    "safe-contact": RequestTopic.STIGMA,
    "fairness": RequestTopic.STIGMA,
    "leading-change": RequestTopic.WORKING_TOGETHER,
    "carrying-out-change": RequestTopic.WORKING_TOGETHER,
    "governance": RequestTopic.WORKING_TOGETHER,
    "change-resources": RequestTopic.MONEY,
}
MOST_CONTACTS = 20  # on the page of one request; the organization's log has them all


@bp.get("/organizations/<int:organization_id>/help/new")
@bp.post("/organizations/<int:organization_id>/help/new")
@requires(Permission.ASSISTANCE_ASK, on=get_organization_for)
def ask_for_help(organization: Organization) -> Answer:
    """Ask the coalition's experts for help; `?action=` fills in what a readiness report recommends."""
    actor, action = access.signed_in_actor(), _asked_action(organization.id)
    begun = queries.find_open_request_of_action(action.id) if action and request.method == "GET" else None
    if begun is not None:
        flash(_("You have already asked for help with this. Here is your request."), "info")
        return see(url_for("assistance.show_request", request_id=begun.id))
    form = RequestForm(forms.form_data(), data=_filled_in(action), today=today())
    draw = partial(draw_form, "assistance/ask_for_help.html", form=form, organization=organization, action=action)
    if request.method == "GET" or not form.validate():
        return draw()
    asked = services.ask_for_help(
        organization.id, actor=actor, action_id=action.id if action else None, **form.values()
    )
    flash(_("Your request is sent. The experts of your coalition see it now."), "success")
    return see(url_for("assistance.show_request", request_id=asked.id))


@bp.get("/organizations/<int:organization_id>/help")
@requires(Permission.ASSISTANCE_READ, on=get_organization_for)
def list_requests(organization: Organization) -> str:
    """List what an organization has asked for."""
    state = request.args.get("state", "")
    part = RequestPart(state) if state in {RequestPart.OPEN, RequestPart.CLOSED} else None
    wanted = RequestFilter(frozenset({organization.id}), part)
    return pages.render(
        "assistance/list_requests.html",
        organization=organization,
        requests=pages.page_of(queries.count_requests(wanted), partial(queries.list_requests, wanted)),
        part=part,
    )


@bp.get("/assistance/requests/<int:request_id>")
@requires(Permission.ASSISTANCE_READ, on=queries.get_request_for)
def show_request(asked: AssistanceRequest) -> str:
    """Show a request: what is needed, who helps, what happened so far."""
    return pages.render("assistance/show_request.html", **_about(asked), form=_take_form(asked))


@bp.post("/assistance/requests/<int:request_id>/take")
@requires(Permission.ASSISTANCE_SERVE, on=queries.get_request_for)
def take_request(asked: AssistanceRequest) -> Answer:
    """Take a request, or take it over from a colleague."""
    form = TakeForm(forms.form_data())
    try:
        if not form.validate():
            return pages.invalid("assistance/show_request.html", **_about(asked), form=form)
        services.take_request(asked, actor=access.signed_in_actor(), today=today(), **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid("assistance/show_request.html", **_about(asked), form=form)
    flash(_("This request is yours now. The organization is told."), "success")
    return see(url_for("assistance.show_request", request_id=asked.id))


@bp.get("/assistance/requests/<int:request_id>/close")
@bp.post("/assistance/requests/<int:request_id>/close")
@requires(Permission.ASSISTANCE_SERVE, on=queries.get_request_for)
def close_request(asked: AssistanceRequest) -> Answer:
    """Say what came of a request."""
    if not asked.is_open:
        raise Conflict(_("This request has ended already."))
    form = CloseForm(forms.form_data(), data={"row_version": asked.row_version})
    form.offer_outcomes(is_taken=asked.expert_id is not None)
    draw = partial(draw_form, "assistance/close_request.html", form=form, asked=asked)
    if request.method == "GET" or not form.validate():
        return draw()
    try:
        services.close_request(asked, actor=access.signed_in_actor(), today=today(), **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    flash(_("The request is closed. The organization is told what came of it."), "success")
    return see(url_for("assistance.show_queue"))


@bp.post("/assistance/requests/<int:request_id>/withdraw")
@requires(Permission.ASSISTANCE_ASK, on=queries.get_request_for)
def withdraw_request(asked: AssistanceRequest) -> Answer:
    """Say that the help is no longer needed."""
    if services.withdraw_request(asked, actor=access.signed_in_actor(), today=today()):
        flash(_("The request is withdrawn. You can ask again at any time."), "success")
    else:
        now = queries.get_request(asked.id)
        flash(_("This request has ended already: %(state)s.", state=STATE_LABELS[now.state]), "info")
    return see(url_for("assistance.show_request", request_id=asked.id))


def _asked_action(organization_id: int) -> RecommendedAction | None:
    """Return the action of a readiness report in the address; another organization's does not exist here."""
    action_id = asked_id("action")
    if action_id is None:
        return None
    action = readiness.get_action_for(access.signed_in_actor(), action_id)
    if action.round.organization_id != organization_id:
        raise NotFound("action")
    return action


def _filled_in(action: RecommendedAction | None) -> dict[str, object]:
    """Say what the report recommends and what the team wrote as evidence; everything can be changed."""
    if action is None or request.method == "POST":
        return {}
    gap = readiness.get_gap(action)
    told = [_("Our readiness report recommends: %(title)s", title=action.title_in(str(get_locale() or "en")))]
    if gap.evidence:
        told.append(_("What we wrote there: %(text)s", text=gap.evidence))
    return {
        "need": "\n\n".join([*told, _("What is hard for us:") + " "]),
        "wished_by": action.due_on if action.due_on and action.due_on >= today() else None,
        "topic": TOPIC_OF_ITEM.get(gap.item.topic if gap.item else "", RequestTopic.OTHER).value,
    }


def _take_form(asked: AssistanceRequest) -> TakeForm:
    return TakeForm(data={"from_expert": asked.expert_id or ""})


def _about(asked: AssistanceRequest) -> dict[str, object]:
    actor = access.signed_in_actor()
    return {
        "asked": asked,
        "engagement": queries.find_engagement(asked.id),
        "encounters": queries.list_encounters(asked.organization_id, request_id=asked.id, limit=MOST_CONTACTS),
        "totals": queries.count_totals(asked.organization_id, request_id=asked.id),
        "is_mine": asked.expert_id == actor.person_id,
        "is_own_organization": rules.belongs_to(actor, asked.organization_id),
    }
