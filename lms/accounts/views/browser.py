"""What a browser keeps for accounts: the key of its session, and the choices of somebody who is not signed in."""

from datetime import timedelta

from flask import Response, current_app, flash, request, session, url_for
from flask_babel import gettext as _

from lms import clock
from lms.accounts import queries
from lms.accounts.models import HalfSignIn, SignInSession
from lms.accounts.services import sessions
from lms.settings import Settings
from lms.web import access, site

A_YEAR = timedelta(days=365)


def settings() -> Settings:
    """Return the settings of this site."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def leave(words: str | None = None) -> Response:
    """Say goodbye: take the key away, and what the browser has kept of our pages (people share computers)."""
    session.clear()
    flash(words or _("You are signed out."), "success")
    response, is_https = site.see(url_for("home.show_home")), settings().is_https
    name = access.cookie_name(settings())
    response.delete_cookie(name, path="/", httponly=True, samesite="Lax", secure=is_https)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def keep_choice(response: Response, name: str, value: str) -> Response:
    """Keep a language or a theme for a year."""
    is_https = settings().is_https
    response.set_cookie(name, value, max_age=A_YEAR, path="/", httponly=True, samesite="Lax", secure=is_https)
    return response


def named_session() -> SignInSession | None:
    """Return the session that the browser's cookie names, in any state: it opens nothing (one statement)."""
    key = request.cookies.get(access.cookie_name(settings()))
    return queries.find_session_in_any_state(key) if key else None


def half_sign_in() -> HalfSignIn | None:
    """Return what waits for a code in this browser (one statement, or none)."""
    key = request.cookies.get(_half_cookie())
    return queries.find_half_sign_in(key, clock.now()) if key else None


def keep_half(response: Response, key: str) -> Response:
    """Let this browser wait for a code."""
    response.set_cookie(
        _half_cookie(),
        key,
        max_age=timedelta(minutes=sessions.HALF_MINUTES),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings().is_https,
    )
    return response


def drop_half(response: Response) -> Response:
    """Let this browser wait no longer."""
    response.delete_cookie(_half_cookie(), path="/", httponly=True, samesite="Lax", secure=settings().is_https)
    return response


def _half_cookie() -> str:
    return f"{access.cookie_name(settings())}-half"
