"""Signing in and out, and what happens to typed text when a session has ended."""

from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.accounts import passwords, queries, typed_text
from lms.accounts.devices import device_of
from lms.accounts.forms import SecondFactorForm, SignInForm
from lms.accounts.services import doors, sessions
from lms.accounts.services.sessions import Checked, HalfOpened, Opened
from lms.accounts.typed_text import TypedText
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.authz import Permission
from lms.db import reading
from lms.errors import SignInNeeded
from lms.web import access, failures, forms, pages, site
from lms.web.access import hashes_password, public, requires

TRIES = 2  # once more when the hash changed while it was compared: the same sign-in in another tab renews it
SIGN_IN_PAGE = "accounts/sign_in.html"
CODE_PAGE = "accounts/confirm_second_factor.html"


@bp.route("/sign-in", methods=["GET", "POST"])
@public
@hashes_password
def sign_in() -> ResponseReturnValue:
    """Open a session for whoever gives a name and its password. One answer for names known and unknown.

    Who has a second factor is asked for a code next.
    """
    form = SignInForm(forms.form_data(), next=request.args.get("next", ""))
    if request.method != "POST":
        return pages.render(SIGN_IN_PAGE, form=form)
    opened = _opened(form) if form.validate() else None
    if opened is None:
        return pages.invalid(SIGN_IN_PAGE, form=form)
    if isinstance(opened, HalfOpened):
        return browser.keep_half(_ask_for_code(form), opened.key)
    return enter(opened, form.next.data, form.kept.data)


def enter(opened: Opened, target: str | None, kept: str | None) -> Response:
    """Give the browser its key and go where the person wanted to go, or show what they had typed."""
    return access.keep_session(_answer(opened, target, kept), opened.key, browser.settings())


@bp.post("/sign-out")
@requires(Permission.SITE_USE)
def sign_out() -> Response:
    """End the session of this browser."""
    ended = access.current_session()
    if ended is not None:
        sessions.sign_out(ended)
    return browser.leave()


@bp.app_errorhandler(SignInNeeded)
def ask_to_sign_in(_error: SignInNeeded) -> ResponseReturnValue:
    """Send to the sign-in page; with it goes what was typed, for its author only."""
    if failures.wants_json():
        return failures.error_page(HTTPStatus.UNAUTHORIZED)
    back = site.page_address()
    with reading():
        typed = _typed_text(back) if request.method == "POST" else None
        if typed is None:
            return redirect(url_for("accounts.sign_in", next=back), code=HTTPStatus.SEE_OTHER)
        kept = typed_text.seal(typed, browser.settings().secret_key)
        form = SignInForm(next=back, kept=kept or "")
        page = pages.render(SIGN_IN_PAGE, form=form, has_ended=True, is_kept=kept is not None)
    response = make_response(page, HTTPStatus.UNAUTHORIZED)
    response.headers["Cache-Control"] = "no-store"
    return response


def _ask_for_code(form: SignInForm) -> Response:
    """Ask for the code on a page of its own; with text that was kept, on this one, for no address could carry it."""
    target = site.safe_path(form.next.data, "")
    if not form.kept.data:
        return site.see(url_for("accounts.confirm_second_factor", next=target or None))
    response = make_response(pages.render(CODE_PAGE, form=SecondFactorForm(next=target, kept=form.kept.data)))
    response.headers["Cache-Control"] = "no-store"
    return response


def _opened(form: SignInForm) -> Opened | HalfOpened | None:
    """Check name and password, then open the session; a refusal is counted afterwards."""
    name, address = form.name.data or "", access.client_address()
    doors.check(doors.SIGN_IN, name, address)
    for _again in range(TRIES):
        found = _find_secret(name)
        checked = site.outside_transaction(partial(_checked, *found, form.password.data or ""))
        opened = _open(checked, name) if checked is not None else None
        if opened is not None or checked is None:
            break
    if opened is None:
        site.afterwards(lambda: doors.note_refusal(doors.SIGN_IN, name, address, "sign-in failed", found[0]))
        form.form_errors.append(_("This name and this password do not go together. Check both and try again."))
    return opened


def _find_secret(name: str) -> tuple[int | None, str | None]:
    """Return whose name this is and the hash of their password, as plain values."""
    person = queries.find_person_by_name(name)
    return (person.id, person.password_hash) if person is not None else (None, None)


def _open(checked: Checked, name: str) -> Opened | HalfOpened | None:
    return sessions.sign_in(
        checked,
        typed_name=name,
        device=device_of(request.headers.get("User-Agent", "")),
        days=browser.settings().session_days,
        before=browser.named_session(),
    )


def _checked(person_id: int | None, kept_hash: str | None, typed: str) -> Checked | None:
    """Compare, for unknown names too, so that both take as long; renew a hash that was made with older parameters."""
    if not passwords.is_right(typed, kept_hash) or person_id is None or kept_hash is None:
        return None
    new_hash = passwords.hash_password(typed) if passwords.is_outdated(kept_hash) else None
    return Checked(person_id, kept_hash, new_hash)


def _answer(opened: Opened, target: str | None, sealed: str | None) -> Response:
    kept = typed_text.unseal(sealed or "", browser.settings().secret_key, int(clock.now().timestamp()))
    if kept is None:
        return site.see(_target(target))
    if kept.person_id != opened.session.person_id:
        return site.see(url_for("home.show_home"))
    access.act_as(opened.session, opened.key)
    response = make_response(pages.render("accounts/typed_text.html", kept=kept))
    response.headers["Cache-Control"] = "no-store"
    return response


def _target(asked: str | None) -> str:
    target = site.safe_path(asked, url_for("home.show_home"))
    doors_themselves = {url_for("accounts.sign_in"), url_for("accounts.confirm_second_factor")}
    return url_for("home.show_home") if urlsplit(target).path in doors_themselves else target


def _typed_text(page: str) -> TypedText | None:
    """What the sent form held, if its sender had a session in this browser and the form came from that session."""
    ended, fields = browser.named_session(), typed_text.gather(request.form.items(multi=True))
    if ended is None or not typed_text.is_worth_keeping(fields) or not forms.is_csrf_valid_for(ended):
        return None
    return TypedText(
        person_id=ended.person_id,
        path=site.safe_path(request.full_path.rstrip("?")),
        page=page,
        form_key=str(forms.sent_form_key() or uuid4()),
        fields=fields,
        typed_at=int(clock.now().timestamp()),
    )
