"""Language and colours, for anybody."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Response, request

from lms.accounts.models import Language, Theme
from lms.accounts.services import people
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.web import access, site
from lms.web.access import public, repeatable
from lms.web.languages import LANGUAGE_COOKIE
from lms.web.pages import THEME_COOKIE


@bp.post("/language")
@public
@repeatable  # the page to go back to may hold the secret of an invitation
def change_language() -> Response:
    """Show all pages in another language, from the page one is on."""
    response, chosen, actor = site.see(_back()), request.form.get("language", ""), access.current_actor()
    if chosen in set(Language):
        browser.keep_choice(response, LANGUAGE_COOKIE, chosen)
        if actor is not None:
            people.choose_language(actor.person_id, Language(chosen))
    return response


@bp.post("/theme")
@public
@repeatable  # the page to go back to may hold the secret of an invitation
def change_theme() -> Response:
    """Show all pages in other colours."""
    response, chosen, actor = site.see(_back()), request.form.get("theme", ""), access.current_actor()
    if chosen in set(Theme):
        browser.keep_choice(response, THEME_COOKIE, chosen)
        if actor is not None:
            people.choose_theme(actor.person_id, Theme(chosen))
    return response


def _back() -> str:
    """The page one came from, without a language in its address: that would win over the choice."""
    parts = urlsplit(site.safe_path(request.form.get("next")))
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "lang"]
    return urlunsplit(("", "", parts.path, urlencode(query), parts.fragment))
