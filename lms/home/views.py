"""Home, the public welcome, help, and "Overdose now"."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, make_response
from flask_babel import get_locale
from flask_babel import gettext as _

from lms import clock, pdf
from lms.authz import Permission
from lms.coalitions.catalog import default_facts
from lms.home import queries, rules
from lms.publications import list_sign_offs
from lms.web import access, pages
from lms.web.access import public, requires

bp = Blueprint("home", __name__)

OVERDOSE_NOW = "overdose-now"


@bp.get("/")
@public
def show_home() -> str:
    """Show the one next thing to whoever is signed in, and a welcome to everybody else."""
    actor = access.current_actor()
    if actor is None:
        return pages.render("home/show_welcome.html")
    home = rules.home_of(actor, queries.list_waiting(actor, _language(), clock.today()), queries.count_setup(actor))
    return pages.render("home/show_home.html", home=home)


@bp.get("/more")
@requires(Permission.SITE_USE)
def show_more() -> str:
    """List every place one can go: the phone's last button."""
    return pages.render("home/show_more.html", coalitions=queries.list_coalitions_of(access.signed_in_actor()))


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
