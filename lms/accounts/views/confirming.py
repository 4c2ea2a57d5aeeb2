"""Asking a signed-in person for the password once more."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.accounts import passwords
from lms.accounts.forms import AgainForm
from lms.accounts.services import doors, sessions
from lms.accounts.views.blueprint import bp
from lms.authz import Permission
from lms.errors import PasswordNeeded, SignInNeeded
from lms.web import access, failures, forms, pages, site
from lms.web.access import hashes_password, requires

AGAIN_PAGE = "accounts/confirm_password.html"


@dataclass(frozen=True)
class Confirmed:
    """Whose password was right just now, as plain values."""

    person_id: int
    session_id: int
    password_hash: str


def confirm_password(typed: str) -> Confirmed | None:
    """Check the password of the signed-in person outside any transaction; None when it is wrong, which is counted.

    A second click of the same form gets the first one's answer before anything is checked.
    """
    site.begin_submission()
    session, address = access.current_session(), access.client_address()
    if session is None:
        raise SignInNeeded("Sign in to go on.")
    asked = Confirmed(session.person_id, session.id, session.person.password_hash)
    name = str(asked.person_id)
    doors.check(doors.CONFIRM_PASSWORD, name, address)
    if site.outside_transaction(lambda: passwords.is_right(typed, asked.password_hash)):
        return asked
    site.afterwards(
        lambda: doors.note_refusal(
            doors.CONFIRM_PASSWORD, name, address, "password confirmation failed", asked.person_id
        )
    )
    return None


@bp.route("/account/confirm", methods=["GET", "POST"], endpoint="confirm_password")
@requires(Permission.ACCOUNT_MANAGE)
@hashes_password
def confirm_password_again() -> ResponseReturnValue:
    """Take the password once more, and go on to what asked for it."""
    form = AgainForm(forms.form_data(), next=site.safe_path(request.args.get("next"), ""))
    if request.method != "POST":
        return pages.render(AGAIN_PAGE, form=form)
    if not form.validate():
        return pages.invalid(AGAIN_PAGE, form=form)
    confirmed = confirm_password(form.current_password.data or "")
    if confirmed is None:
        forms.add_errors(form, {"current_password": _("This is not your current password.")})
        return pages.invalid(AGAIN_PAGE, form=form)
    site.begin_submission()
    sessions.note_password(confirmed.session_id)
    doors.forgive(doors.CONFIRM_PASSWORD, str(confirmed.person_id))
    return site.see(site.safe_path(form.next.data, url_for("accounts.show_account")))


@bp.app_errorhandler(PasswordNeeded)
def lead_to_password(_error: PasswordNeeded) -> ResponseReturnValue:
    """Ask for the password and come back to the page that wanted it."""
    if failures.wants_json():
        return failures.error_page(HTTPStatus.FORBIDDEN)
    return redirect(url_for("accounts.confirm_password", next=site.page_address()), code=HTTPStatus.SEE_OTHER)
