"""Which language a page speaks, and by which clock its days and moments are written."""

from contextlib import suppress
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import get_timezone
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations
from flask_babel import get_timezone as get_babel_timezone
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from lms import time_zones
from lms.web import access

LANGUAGES = ("en", "es")
LANGUAGE_COOKIE = "language"


def prepare_languages(app: Flask, default: str) -> None:
    """Set up translations and time zones."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    # Flask-Babel takes a locale as it is, and takes the name of one apart each time.
    Babel(
        app,
        default_locale=default,
        locale_selector=lambda: _locale_of(choose_language(default)),
        timezone_selector=choose_zone,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's own extension for languages
        lambda text: get_translations().ugettext(text),
        lambda one, many, number: get_translations().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals |= {"_": _sentence, "gettext": _sentence}


def language_now() -> str:
    """Return the language spoken now; asked hundreds of times a page, it looks first where Flask-Babel keeps it."""
    locale = getattr(g.get("_flask_babel"), "babel_locale", None) or get_locale()
    return str(locale.language)


def zone_now() -> str:
    """Return the zone that days and moments are written in now."""
    return str(getattr(g.get("_flask_babel"), "babel_tzinfo", None) or get_babel_timezone())


@cache
def _locale_of(language: str) -> Locale:
    return Locale.parse(language)


@pass_eval_context
def _sentence(place: EvalContext, text: str, /, **values: Any) -> str:
    """Return a sentence in the language spoken now: the page's, or a letter's that is drawn within it.

    Jinja's own way looks for the language, the catalogue and the sentence each time; a page has two hundred of them.
    """
    kept = _kept_sentence(language_now(), place.autoescape, text)
    return kept % values


@cache
def _kept_sentence(_language: str, is_html: bool, text: str) -> str:  # noqa: FBT001  # by position, as a key
    said = get_translations().ugettext(text)
    return Markup(said) if is_html else str(said)  # noqa: S704  # written by us, in a template or in the catalogue


def choose_language(default: str) -> str:
    """Return the language of this page: address, person, cookie, browser; the default where there is no page."""
    if not has_request_context():
        return default
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    with suppress(SQLAlchemyError):  # while the database is away, the page that says so still speaks
        session = access.current_session() if request.endpoint else None
        if session is not None:
            return str(session.person.language)
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    if kept in LANGUAGES:
        return kept
    return request.accept_languages.best_match(LANGUAGES) or default


def choose_zone() -> Any:
    """Return the zone of the letter being written, else that of the page's reader; None means UTC."""
    zone = time_zones.letter_zone()
    if zone is None and has_request_context() and request.endpoint:
        with suppress(SQLAlchemyError):  # while the database is away, the page that says so is still drawn
            actor = access.current_actor()
            zone = actor.time_zone if actor else None
    return zone_for_babel(zone) if zone else None


def zone_for_babel(zone: str) -> Any:
    """Return a zone as Babel knows it, None for one that is newer than Babel's list."""
    with suppress(LookupError):
        return get_timezone(zone)
    return None
