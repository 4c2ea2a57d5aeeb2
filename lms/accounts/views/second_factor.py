"""The second step at sign-in: giving a code, and looking after the app and the codes on paper."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeSerializer

from lms import clock, limits
from lms.accounts import queries, second_factors
from lms.accounts.forms import SecondFactorForm, SetUpFactorForm, SignInForm
from lms.accounts.models import HalfSignIn
from lms.accounts.queries import LiveSession
from lms.accounts.rules import needs_second_factor
from lms.accounts.services import doors, second_factor
from lms.accounts.services.sessions import Opened
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.accounts.views.sign_in import CODE_PAGE, SIGN_IN_PAGE, enter
from lms.authz import Permission
from lms.errors import Conflict, SignInNeeded
from lms.web import access, failures, forms, pages, site
from lms.web.access import asks_password_again, hashes_password, public, repeatable, requires
from lms.web.qr import draw_qr

MINUTES_TO_SET_UP = 60


@bp.before_app_request
def lead_to_set_up() -> ResponseReturnValue | None:
    """Lead whoever must have a second factor, and has none, to setting it up, whatever they asked for."""
    if request.endpoint is None or request.endpoint in access.OPEN_WITHOUT_FACTOR:
        return None
    if not access.lacks_second_factor(browser.settings()):
        return None
    if failures.wants_json():
        return failures.error_page(HTTPStatus.FORBIDDEN)
    return redirect(url_for("accounts.set_up_second_factor", next=site.page_address()), code=HTTPStatus.SEE_OTHER)


@bp.route("/sign-in/second-factor", methods=["GET", "POST"])
@public
@repeatable  # a second click gets the same session, as long as it comes from the same browser with the same code
def confirm_second_factor() -> ResponseReturnValue:
    """Take the code after the password."""
    form = SecondFactorForm(forms.form_data(), next=site.safe_path(request.args.get("next"), ""))
    half = browser.half_sign_in()
    if half is None:
        return _begin_again(form)
    if request.method != "POST":
        return _no_store(pages.render(CODE_PAGE, form=form))
    opened = _confirmed(half, form) if form.validate() else None
    if opened is None:
        return _no_store(*pages.invalid(CODE_PAGE, form=form))
    # The cookie of the half stays until it runs out: it opens nothing but this session again, for a second click.
    return enter(opened, form.next.data, form.kept.data)


@bp.get("/account/second-factor")
@requires(Permission.ACCOUNT_MANAGE)
def show_second_factor() -> str:
    """Show whether a code is asked for at sign-in, and how many codes on paper are left."""
    return _status_page()


@bp.route("/account/second-factor/set-up", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE)
@asks_password_again
@hashes_password  # no hash here: it begins its submission itself, because a second click cannot show the codes again
def set_up_second_factor() -> ResponseReturnValue:
    """Show what an app needs, and take it into use when its first code is right."""
    here = _session()
    form = SetUpFactorForm(forms.form_data())
    shown = _shown_before(form.shown.data, here) if request.method == "POST" else None
    if request.method != "POST" or shown is None:
        return _set_up_page(form, here, _new_shown(), is_late=request.method == "POST")
    if not form.validate():
        return _set_up_page(form, here, shown)
    try:
        site.begin_submission()
    except site.AlreadyTaken:
        return _status_page(is_made=True)
    codes = second_factor.set_up(
        here.person_id, shown.nonce, form.code.data or "", keep_session_id=here.id, site_key=_site_key()
    )
    if codes is None:
        forms.add_errors(form, {"code": _("This code does not fit. Wait for the next one, and check the clock.")})
        return _set_up_page(form, here, shown)
    target = site.safe_path(request.args.get("next"), url_for("accounts.show_second_factor"))
    return access.renew_key(_codes_page(codes, target, is_new=True))


@bp.post("/account/second-factor/recovery-codes")
@requires(Permission.ACCOUNT_MANAGE)
@asks_password_again
@hashes_password  # no hash here: it begins its submission itself, because a second click cannot show the codes again
def renew_recovery_codes() -> ResponseReturnValue:
    """Make ten new codes for paper, and show them once."""
    try:
        site.begin_submission()
    except site.AlreadyTaken:
        return _status_page(is_made=True)
    codes = second_factor.renew_codes(_session().person_id, site_key=_site_key())
    if codes is None:
        raise Conflict(_("You have no second step yet. Set it up first."))
    return _codes_page(codes, url_for("accounts.show_second_factor"), is_new=False)


@bp.post("/account/second-factor/remove")
@requires(Permission.ACCOUNT_MANAGE)
@asks_password_again
def remove_second_factor() -> ResponseReturnValue:
    """Let the password be enough again, for those who may."""
    here = _session()
    if _is_required():
        raise Conflict(_("Your tasks here need the second step. You can set it up anew with another phone."))
    if not second_factor.remove(here.person_id, keep_session_id=here.id):
        raise Conflict(_("The second step is off already."))
    flash(_("The second step is off. Your other devices are signed out."), "success")
    return access.renew_key(site.see(url_for("accounts.show_second_factor")))


@dataclass(frozen=True)
class Shown:
    """What an app was shown: carried through the form, signed, for this session only."""

    nonce: str
    at: int


def _confirmed(half: HalfSignIn, form: SecondFactorForm) -> Opened | None:
    name, address, person_id = str(half.person_id), access.client_address(), half.person_id
    doors.check(doors.SECOND_FACTOR, name, address)
    limits.check(doors.SECOND_FACTOR_DAY, name)
    opened = second_factor.confirm(
        half,
        form.code.data or "",
        site_key=_site_key(),
        days=browser.settings().session_days,
        before=browser.named_session(),
    )
    if opened is None:
        site.afterwards(lambda: _note_refusal(name, address, person_id))
        forms.add_errors(form, {"code": _("This code does not fit, or was used before. Wait for the next one.")})
    return opened


def _note_refusal(name: str, address: str, person_id: int) -> None:
    doors.note_refusal(doors.SECOND_FACTOR, name, address, "second factor failed", person_id)
    limits.count(doors.SECOND_FACTOR_DAY, name)


def _begin_again(form: SecondFactorForm) -> ResponseReturnValue:
    """Nobody's password was given here a short while ago: begin with it. Text that was kept is carried on."""
    target = site.safe_path(form.next.data, "")
    if request.method == "POST" and form.kept.data:
        again = SignInForm(next=target, kept=form.kept.data)
        return _no_store(*pages.invalid(SIGN_IN_PAGE, form=again, has_ended=True, is_kept=True))
    if request.method == "POST":
        flash(_("That took too long, or you began somewhere else. Sign in again."), "info")
    return site.see(url_for("accounts.sign_in", next=target or None))


def _status_page(*, is_made: bool = False) -> str:
    here = _session()
    return pages.render(
        "accounts/show_second_factor.html",
        factor=queries.find_second_factor(here.person_id),
        n_codes=queries.count_open_factor_codes(here.person_id),
        is_required=_is_required(),
        is_made=is_made,
    )


def _set_up_page(form: SetUpFactorForm, here: LiveSession, shown: Shown, *, is_late: bool = False) -> Response:
    secret = second_factors.secret_of(_site_key(), here.person_id, shown.nonce)
    person, site_name = here.person, browser.settings().site_name
    link = second_factors.app_link(secret, account=person.email or person.alias or "", site_name=site_name)
    form.shown.data = _serializer().dumps([here.id, shown.nonce, shown.at])
    if is_late:
        forms.add_errors(form, {"code": _("This page was open too long. Scan the new picture, then type the code.")})
    page = pages.render(
        "accounts/set_up_second_factor.html",
        form=form,
        qr=draw_qr(link),
        link=link,
        secret=second_factors.in_groups(secret),
        is_required=_is_required(),
        has_factor=queries.has_second_factor(person),
        target=site.safe_path(request.args.get("next"), ""),
    )
    return _no_store(page, 422 if request.method == "POST" else 200)


def _codes_page(codes: list[str], target: str, *, is_new: bool) -> Response:
    page = pages.render("accounts/second_factor_codes.html", codes=codes, target=target, is_new=is_new)
    return _no_store(page)


def _new_shown() -> Shown:
    return Shown(second_factor.new_nonce(), int(clock.now().timestamp()))


def _shown_before(sealed: str | None, here: LiveSession) -> Shown | None:
    try:
        session_id, nonce, at = _serializer().loads(sealed or "")
    except (BadData, ValueError, TypeError):
        return None
    is_late = not 0 <= clock.now().timestamp() - at <= MINUTES_TO_SET_UP * 60
    return None if session_id != here.id or is_late else Shown(nonce, at)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(_site_key(), salt="second-factor")


def _is_required() -> bool:
    return browser.settings().require_second_factor and needs_second_factor(access.signed_in_actor())


def _site_key() -> str:
    return browser.settings().secret_key


def _session() -> LiveSession:
    session = access.current_session()
    if session is None:
        raise SignInNeeded("Sign in to go on.")
    return session


def _no_store(page: str, status: int = 200) -> Response:
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response
