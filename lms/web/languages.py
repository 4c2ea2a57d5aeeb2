"""Which language a page speaks, and how dates and numbers are written in it."""

from flask import Flask, has_request_context, request
from flask_babel import Babel

from lms.web import access

LANGUAGES = ("en", "es")
LANGUAGE_COOKIE = "language"


def prepare_languages(app: Flask, default: str) -> None:
    """Set up translations; the time zone is the one of the person's coalition where a page knows it, else UTC."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale=default, locale_selector=lambda: choose_language(default))


def choose_language(default: str) -> str:
    """Return the language of this page: address, person, cookie, browser; the default where there is no page."""
    if not has_request_context():
        return default
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    session = access.current_session() if request.endpoint else None
    if session is not None:
        return str(session.person.language)
    kept = request.cookies.get(LANGUAGE_COOKIE, "")
    if kept in LANGUAGES:
        return kept
    return request.accept_languages.best_match(LANGUAGES) or default
