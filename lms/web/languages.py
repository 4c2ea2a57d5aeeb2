"""Which language a page speaks, and how dates and numbers are written in it."""

from contextlib import suppress
from typing import Any

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale, get_translations
from sqlalchemy.exc import SQLAlchemyError

from lms.web import access

LANGUAGES = ("en", "es")
LANGUAGE_COOKIE = "language"


def prepare_languages(app: Flask, default: str) -> None:
    """Set up translations; the time zone is the one of the person's coalition where a page knows it, else UTC."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale=default, locale_selector=lambda: choose_language(default))
    # Flask-Babel looks for the language at every sentence; a page has a hundred, all in one.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's own extension for languages
        lambda text: _catalogue().ugettext(text),
        lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )


def _catalogue() -> Any:
    """Return the sentences of the language spoken now: the page's, or a letter's that is drawn within it."""
    locale = get_locale()
    if "catalogue" not in g or g.catalogue[0] is not locale:
        g.catalogue = (locale, get_translations())
    return g.catalogue[1]


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
