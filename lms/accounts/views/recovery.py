"""Recovery codes: getting back in by one, and making a new one."""

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.accounts import passwords, queries
from lms.accounts.forms import MAX_TYPED, ConfirmPasswordForm, RecoverForm
from lms.accounts.models import RecoveryCode
from lms.accounts.rules import local_words_of
from lms.accounts.services import doors, recovery
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.accounts.views.confirming import confirm_password
from lms.authz import Permission
from lms.web import access, forms, pages, site
from lms.web.access import hashes_password, public, requires

RECOVER_PAGE = "accounts/recover_account.html"
RENEW_PAGE = "accounts/renew_recovery_code.html"


@bp.route("/recover", methods=["GET", "POST"])
@public
@hashes_password
def recover_account() -> ResponseReturnValue:
    """Choose a new password by a recovery code, and get the next code."""
    words = local_words_of(request.form.get("name", "")[:MAX_TYPED], browser.settings().site_name)
    form = RecoverForm(forms.form_data(), local_words=words)
    if request.method != "POST":
        return pages.render(RECOVER_PAGE, form=form)
    if not form.validate():
        return pages.invalid(RECOVER_PAGE, form=form)
    try:
        code = _recovered(form)
    except site.AlreadyTaken:
        return pages.render("accounts/recovered_before.html")
    return pages.invalid(RECOVER_PAGE, form=form) if code is None else _shown_once("accounts/recovered.html", code)


@bp.route("/account/recovery-code", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE)
@hashes_password
def renew_recovery_code() -> ResponseReturnValue:
    """Make a new recovery code after the password, and show it once."""
    form = ConfirmPasswordForm(forms.form_data())
    if request.method != "POST":
        return pages.render(RENEW_PAGE, form=form, held=_held_code())
    try:
        code = _renewed(form) if form.validate() else None
    except site.AlreadyTaken:
        return pages.render(RENEW_PAGE, form=ConfirmPasswordForm(), held=_held_code(), is_made=True)
    if code is None:
        return pages.invalid(RENEW_PAGE, form=form, held=_held_code())
    return _shown_once("accounts/recovery_code.html", code)


def _recovered(form: RecoverForm) -> str | None:
    name, address = form.name.data or "", access.client_address()
    doors.check(doors.RECOVER, name, address)
    password_hash = site.outside_transaction(lambda: passwords.hash_password(form.new_password.data or ""))
    site.begin_submission()
    code = recovery.recover_account(name, form.recovery_code.data or "", password_hash=password_hash)
    if code is None:
        site.afterwards(lambda: doors.note_refusal(doors.RECOVER, name, address, "recovery failed", None))
        form.form_errors.append(_("This name and this recovery code do not go together. Check both and try again."))
    return code


def _renewed(form: ConfirmPasswordForm) -> str | None:
    confirmed = confirm_password(form.current_password.data or "")
    if confirmed is None:
        forms.add_errors(form, {"current_password": _("This is not your current password.")})
        return None
    site.begin_submission()
    return recovery.issue_recovery_code(confirmed.person_id, by_id=confirmed.person_id)


def _held_code() -> RecoveryCode | None:
    return queries.find_open_code(access.signed_in_actor().person_id)


def _shown_once(template: str, code: str) -> Response:
    """Show a code on a page that no browser keeps."""
    response = make_response(pages.render(template, code=code))
    response.headers["Cache-Control"] = "no-store"
    return response
