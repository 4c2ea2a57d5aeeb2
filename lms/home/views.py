"""Home, the public welcome, help, and "Overdose now"."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, make_response
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms import clock, pdf
from lms.admin.queries.setup import count_open_steps
from lms.authz import CoalitionRoleKind, MembershipRole, Permission
from lms.coalitions.catalog import default_facts
from lms.coalitions.models import Coalition
from lms.coalitions.queries import get_coalition_for
from lms.home import queries, rules
from lms.home.pictures import media_type_of
from lms.notifications.queries import count_unread
from lms.notifications.words import TodoKind
from lms.publications import list_sign_offs
from lms.readiness.queries.answering import list_own_invites
from lms.succession import queries as succession
from lms.web import access, pages
from lms.web.access import public, requires

bp = Blueprint("home", __name__)

OVERDOSE_NOW = "overdose-now"
FOR_EVER = "public, max-age=31536000, immutable"
TASK_WORDS: Mapping[TodoKind, Any] = {
    TodoKind.RATE_READINESS: _l("Rate your readiness together"),
    TodoKind.DECIDE_ACTIONS: _l("Decide what to do about the report"),
    TodoKind.SETTLE_ACTION: _l("An action that is yours"),
    TodoKind.REVIEW_CYCLE: _l("A cycle waits for your review"),
    TodoKind.ANSWER_REVIEW: _l("A cycle came back with questions"),
    TodoKind.ENTER_OBSERVATION: _l("A number is due"),
    TodoKind.DECIDE_PHASES: _l("New phases of a chart wait for your yes"),
    TodoKind.ANSWER_REQUEST: _l("Somebody asks for help"),
    TodoKind.CONFIRM_PAGE: _l("A page of the playbook is to be read again"),
    TodoKind.ANSWER_OFFER: _l("Your coalition asks you to survey your staff"),
}
WEEK_WORDS: Mapping[TodoKind, Any] = {
    TodoKind.RATE_READINESS: _l("A rating is not finished"),
    TodoKind.DECIDE_ACTIONS: _l("A report waits for decisions"),
    TodoKind.SETTLE_ACTION: _l("An action is due"),
    TodoKind.REVIEW_CYCLE: _l("A cycle waits for a review"),
    TodoKind.ANSWER_REVIEW: _l("A review waits for its answer"),
    TodoKind.ENTER_OBSERVATION: _l("A number is due"),
    TodoKind.DECIDE_PHASES: _l("New phases of a chart wait for an expert"),
    TodoKind.ANSWER_REQUEST: _l("A request for help waits for an expert"),
    TodoKind.ANSWER_OFFER: _l("A round across the coalition waits for an answer"),
}
TASK_VERBS: Mapping[TodoKind, Any] = {
    TodoKind.RATE_READINESS: _l("Go on rating"),
    TodoKind.DECIDE_ACTIONS: _l("Look at the actions"),
    TodoKind.SETTLE_ACTION: _l("Look at the action"),
    TodoKind.REVIEW_CYCLE: _l("Review the cycle"),
    TodoKind.ANSWER_REVIEW: _l("Answer the review"),
    TodoKind.ENTER_OBSERVATION: _l("Enter the number"),
    TodoKind.DECIDE_PHASES: _l("Look at the phases"),
    TodoKind.ANSWER_REQUEST: _l("Look at the request"),
    TodoKind.CONFIRM_PAGE: _l("Read the page"),
    TodoKind.ANSWER_OFFER: _l("Look at the offer"),
}


@bp.get("/")
@public
def show_home() -> str:
    """Show the one next thing to whoever is signed in, and a welcome to everybody else."""
    actor = access.current_actor()
    if actor is None:
        return pages.render("home/show_welcome.html")
    waiting, tasks = queries.list_waiting(actor, _language(), clock.today(actor.time_zone))
    home = rules.home_of(actor, waiting, tasks, queries.count_setup(actor))
    n_unread = count_unread(actor)
    n_setup = count_open_steps(current_app.config["SETTINGS"]) if actor.is_administrator else 0
    survey_key = current_app.config["SETTINGS"].survey_key
    return pages.render(
        "home/show_home.html",
        home=home,
        n_unread=n_unread,
        verbs=TASK_VERBS,
        words=TASK_WORDS,
        n_setup=n_setup,
        surveys=list_own_invites(actor.person_id, survey_key) if actor.memberships else [],
    )


@bp.get("/coalitions/<int:coalition_id>/week")
@requires(Permission.COALITION_MANAGE, on=get_coalition_for)
def show_week(coalition: Coalition) -> Response:
    """Show who is needed this week in a coalition: what waits, for how long, and what comes."""
    week = queries.get_week(coalition, clock.today(coalition.time_zone))
    response = make_response(pages.render("home/show_week.html", coalition=coalition, week=week, words=WEEK_WORDS))
    response.headers["Cache-Control"] = "no-store"  # it names other people
    return response


@bp.get("/more")
@requires(Permission.SITE_USE)
def show_more() -> str:
    """List every place one can go: the phone's last button."""
    actor = access.signed_in_actor()
    return pages.render(
        "home/show_more.html",
        coalitions=queries.list_coalitions_of(actor),
        led=[each for each in actor.memberships if each.role is MembershipRole.LEAD],
        coordinated=[each for each in actor.coalition_roles if each.role is CoalitionRoleKind.COORDINATOR],
        own_roles=succession.list_own_roles(actor.person_id),
    )


@bp.get("/overdose-now")
@public
def show_overdose_now() -> Response:
    """Show the emergency steps: small, public, printable."""
    published, language = queries.get_page(OVERDOSE_NOW), _language()
    page = pages.render(
        "home/show_overdose_now.html",
        page=published.page,
        steps=published.sections_in(language),
        facts=default_facts(language),
        is_signed=bool(list_sign_offs([published.text_hashes[language]])),
    )
    return make_response(page)


@bp.get("/overdose-now/card")
@public
def show_pocket_card() -> str:
    """Show the steps as a card to print and keep."""
    return pages.render("home/show_pocket_card.html", card=_card())


@bp.get("/overdose-now/card.pdf")
@public
def download_pocket_card() -> Response:
    """Give the same card as a PDF."""
    response = make_response(pdf.build("pocket_card", _card_data(_card())))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = 'inline; filename="overdose-now.pdf"'
    return response


@bp.get("/help")
@public
def show_help_index() -> str:
    """List the pages of help."""
    return pages.render("home/show_help_index.html", help_pages=queries.list_help_pages(), language=_language())


@bp.get("/help/<slug>")
@public
def show_help_page(slug: str) -> str:
    """Show one page of help, or the page about this site."""
    published = queries.get_page(slug)
    return pages.render("home/show_help_page.html", published=published, facts=default_facts(_language()))


@bp.get("/help/<slug>/<address>")
@public
def show_help_picture(slug: str, address: str) -> Response:
    """Give a picture of a page of help; its address says what it holds, so it may be kept for ever."""
    response = Response(queries.get_picture(slug, address), mimetype=media_type_of(address))
    response.headers["Cache-Control"] = FOR_EVER
    return response


def _card() -> rules.Card:
    published, language = queries.get_page(OVERDOSE_NOW), _language()
    return rules.build_card(published.page, language, is_signed=bool(list_sign_offs([published.text_hashes[language]])))


def _card_data(card: rules.Card) -> dict[str, Any]:
    foot = _("Not yet clinically signed. The 911 dispatcher and your local protocol always come first.")
    return {
        **asdict(card),
        "call": _("Call 911"),
        "foot": f"{_('Checked and signed by a clinician.') if card.is_signed else foot} {_version_line(card)}",
    }


def _version_line(card: rules.Card) -> str:
    return f"{_('Version %(version)s', version=card.version)} · CC BY 4.0"


def _language() -> str:
    return str(get_locale() or "en")
