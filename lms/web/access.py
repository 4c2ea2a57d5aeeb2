"""Who is asking, and whether they may: each view declares one permission, with the loader that finds its object.

The loader carries the scope: it looks the object up through the actor's reach and raises NotFound for anything else,
so that a thing one may not see and a thing that never existed look the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user

from lms import clock, errors
from lms.accounts import queries as accounts
from lms.accounts.models import SignInSession
from lms.accounts.queries import LiveSession
from lms.accounts.rules import needs_second_factor
from lms.accounts.services.sessions import LAST_SEEN_STEP
from lms.accounts.services.sessions import renew_key as renew_session_key
from lms.authz import Actor, Permission, Scope, can
from lms.coalitions import queries as coalitions
from lms.settings import Settings

DECLARED = "commons_access"
HASHES_PASSWORD = "commons_hashes_password"
OPENED_BY_SECRET = "commons_opened_by_secret"
PUBLIC = "public"

View = Callable[..., Any]
Loader = Callable[..., Any]


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login is untyped
    """The signed-in browser, as Flask-Login knows it: by its session key, never by the person's id."""

    def __init__(self, session: LiveSession, key: str) -> None:
        self.session = session
        self.id = key


class KeyHolders(LoginManager):  # type: ignore[misc]  # flask-login is untyped
    """Flask-Login without its cookie for remembering people: one that a neighboring site left here means nothing.

    Nor does it ask what else it could tell somebody by: only the key of a session says who is signed in.
    """

    def _load_user(self) -> None:
        self._update_request_context_with_user(self._load_user_from_request(request))


@dataclass(frozen=True)
class LastSeen:
    """When the session of this request was last used, as plain values that outlive the transaction."""

    session_id: int
    at: datetime


def cookie_name(settings: Settings) -> str:
    """Return the name of the session cookie; the `__Host-` promise needs HTTPS."""
    return "__Host-commons" if settings.is_https else "commons"


def prepare_login(app: Flask, settings: Settings) -> None:
    """Let Flask-Login find the signed-in person by the session row behind the cookie."""
    manager = KeyHolders(app)
    manager.session_protection = None

    @manager.request_loader  # type: ignore[untyped-decorator]
    def _load(asked: Any) -> SignedIn | None:
        if is_opened_by_secret(app.view_functions.get(asked.endpoint)):
            return None
        key = asked.cookies.get(cookie_name(settings))
        if not key:
            return None
        found = accounts.find_live_session(key, clock.now(), settings.session_idle_minutes)
        if found is None:
            return None
        g.last_seen = LastSeen(found.id, found.last_seen_at)
        return SignedIn(found, key)


def current_session() -> LiveSession | None:
    """Return the session of the signed-in browser, or None (one statement, once a request)."""
    if "sign_in" not in g:
        user = current_user._get_current_object()  # noqa: SLF001  # Werkzeug's own way past the stand-in
        g.sign_in = user.session if isinstance(user, SignedIn) else None
    return g.sign_in  # type: ignore[no-any-return]


def current_actor() -> Actor | None:
    """Return who acts in this request, or None (one statement beyond the session's, once a request)."""
    if "actor" not in g:
        session = current_session()
        g.actor = coalitions.load_actor(session.person, session.organization_id) if session else None
    return g.actor  # type: ignore[no-any-return]


def signed_in_actor() -> Actor:
    """Return who acts; raise SignInNeeded when nobody does."""
    actor = current_actor()
    if actor is None:
        raise errors.SignInNeeded("Sign in to go on.")
    return actor


def forget_actor() -> None:
    """Read the actor anew: in a new request, after slow work, or before a transaction is tried again."""
    for name in ("actor", "sign_in", "csrf_context", "csrf_token", "last_seen", "_login_user"):
        g.pop(name, None)


def act_as(session: SignInSession, key: str) -> None:
    """Let the rest of this request act for a session that was opened in it."""
    forget_actor()
    g._login_user = SignedIn(accounts.as_live(session), key)  # noqa: SLF001  # where Flask-Login keeps it


def keep_session(response: Response, key: str, settings: Settings) -> Response:
    """Give the browser the key of its session.

    The cookie outlives the session by a day, so that what is typed after its end can still be kept for its author.
    """
    response.set_cookie(
        cookie_name(settings),
        key,
        max_age=timedelta(days=settings.session_days + 1),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=settings.is_https,
    )
    return response


def renew_key(response: Response) -> Response:
    """Give the session of this browser a new key, because its person may now do more, or proved more.

    Copies of the old key open nothing.
    """
    session = current_session()
    key = renew_session_key(session.id) if session is not None else None
    return response if key is None else keep_session(response, key, current_app.config["SETTINGS"])


def session_ends_at(settings: Settings) -> datetime | None:
    """Return when the signed-in browser will be signed out if nothing happens, or None."""
    session = current_session()
    if session is None:
        return None
    now, idle = clock.now(), timedelta(minutes=settings.session_idle_minutes)
    used_at = session.last_seen_at if now - session.last_seen_at < LAST_SEEN_STEP else now
    return min(session.expires_at, used_at + idle)


# What somebody who still has to set up a second factor can use: ways in and out, and what anybody may read.
OPEN_WITHOUT_FACTOR = frozenset(
    {
        "accounts.change_language",
        "accounts.change_theme",
        "accounts.confirm_password",
        "accounts.confirm_second_factor",
        "accounts.recover_account",
        "accounts.request_password_reset",
        "accounts.reset_password",
        "accounts.set_up_second_factor",
        "accounts.sign_in",
        "accounts.sign_out",
        "home.download_pocket_card",
        "home.show_help_index",
        "home.show_help_page",
        "home.show_help_picture",
        "home.show_overdose_now",
        "home.show_pocket_card",
        "site.show_health",
    }
)


def lacks_second_factor(settings: Settings) -> bool:
    """Say whether the signed-in person has to set up a second factor before anything else (no statement of its own)."""
    if not settings.require_second_factor:
        return False
    session, actor = current_session(), current_actor()
    if session is None or actor is None or not needs_second_factor(actor):
        return False
    return not session.person.has_second_factor


def asks_password_again(view: View) -> View:
    """Declare that a view wants the password given a short while ago. Put it below `requires`."""

    @wraps(view)
    def asked(*found: Any, **url_values: Any) -> Any:
        session = current_session()
        if session is None or not accounts.is_password_fresh(session, clock.now()):
            raise errors.PasswordNeeded("Give your password once more.")
        return view(*found, **url_values)

    return asked


def public(view: View) -> View:
    """Declare that anybody may use this view, signed in or not."""
    setattr(view, DECLARED, PUBLIC)
    return view


def opened_by_secret(view: View) -> View:
    """Declare that the secret in the address alone opens this view, whoever is signed in.

    No session is read, so nothing tells who it was; the secret also stands for the token of a form, and nothing is
    kept of what was sent but what the view itself keeps.
    """
    setattr(view, OPENED_BY_SECRET, True)
    return public(view)


def is_opened_by_secret(view: View | None) -> bool:
    """Say whether the secret in its address alone opens a view."""
    return bool(getattr(view, OPENED_BY_SECRET, False))


def requires(permission: Permission, *, on: Loader | None = None) -> Callable[[View], View]:
    """Declare the permission a view needs.

    `on` is called with the actor and the URL's values; what it returns is the view's argument. Without `on` the view is
    about the actor's own things.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def checked(**url_values: Any) -> Any:
            actor = signed_in_actor()
            if on is None:
                _refuse_unless(actor, permission, Scope(person_id=actor.person_id))
                return view(**url_values)
            found = on(actor, **url_values)
            _refuse_unless(actor, permission, found.scope)
            return view(found)

        setattr(checked, DECLARED, permission)
        return checked

    return declare


def hashes_password(view: View) -> View:
    """Declare that a view hashes a password first and begins its submission after it: hashing holds no transaction."""
    setattr(view, HASHES_PASSWORD, True)
    return view


def repeatable(view: View) -> View:
    """Declare that doing this twice is as good as once: nothing is kept of the form, not even where its answer led."""
    setattr(view, HASHES_PASSWORD, True)
    return view


def refuse_undeclared(app: Flask) -> None:
    """Stop the start when an endpoint declares neither a permission nor that it is public."""
    silent = [name for name, view in app.view_functions.items() if getattr(view, DECLARED, None) is None]
    if silent:
        raise RuntimeError(f"These endpoints declare no permission: {', '.join(sorted(silent))}")


def client_address() -> str:
    """Return the address a request came from; the server takes a proxy's word only from the configured one."""
    return request.remote_addr or "unknown"


def _refuse_unless(actor: Actor, permission: Permission, scope: Scope) -> None:
    if not can(actor, permission, scope):
        g.refused = permission
        raise errors.Forbidden("You can see this, but you may not do that here.")
