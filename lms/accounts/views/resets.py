"""A new password by a link that is sent by mail."""

from flask import flash, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock, limits
from lms.accounts import passwords, queries
from lms.accounts.forms import AskForResetForm, ResetForm
from lms.accounts.models import LinkPurpose, OneUseLink
from lms.accounts.rules import local_words_of
from lms.accounts.services import doors
from lms.accounts.services import passwords as changes
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.web import access, forms, pages, site
from lms.web.access import hashes_password, public


@bp.route("/password/forgot", methods=["GET", "POST"])
@public
def request_password_reset() -> ResponseReturnValue:
    """Send a link, if there is an account with an address; the answer is the same if not."""
    form = AskForResetForm(forms.form_data())
    if request.method != "POST":
        is_sent = request.args.get("sent") == "yes"
        page = "accounts/password_link_sent.html" if is_sent else "accounts/request_password_reset.html"
        return pages.render(page, form=form, minutes=changes.RESET_MINUTES)
    if not form.validate():
        return pages.invalid("accounts/request_password_reset.html", form=form)
    name, address = form.name.data or "", access.client_address()
    doors.check(doors.ASK_FOR_RESET, name, address)
    doors.count(doors.ASK_FOR_RESET, name, address)
    changes.ask_for_reset(name, site_key=browser.settings().secret_key)
    return site.see(url_for("accounts.request_password_reset", sent="yes"))


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@public
@hashes_password
def reset_password(token: str) -> ResponseReturnValue:
    """Choose a new password by a link from a mail. The secret in the link is the permission."""
    limits.check(doors.RESET_LINK, access.client_address())
    link = _find_link(token)
    if link is None:
        _show_first_answer_again()
        return _link_is_gone()
    form = ResetForm(forms.form_data(), local_words=_local_words(link))
    if request.method != "POST":
        return pages.render("accounts/reset_password.html", form=form, token=token)
    if not form.validate():
        return pages.invalid("accounts/reset_password.html", form=form, token=token)
    password_hash = site.outside_transaction(lambda: passwords.hash_password(form.new_password.data or ""))
    site.begin_submission()
    link = _find_link(token)
    if link is None or not changes.reset_password(link, password_hash=password_hash):
        return _link_is_gone()
    flash(_("Your new password is set. Sign in with it."), "success")
    return site.see(url_for("accounts.sign_in"))


def _find_link(token: str) -> OneUseLink | None:
    return queries.find_open_link(token, LinkPurpose.PASSWORD_RESET, clock.now())


def _show_first_answer_again() -> None:
    """A second click of the form that used the link up gets the answer that the first one got."""
    if request.method == "POST":
        site.begin_submission()


def _link_is_gone() -> ResponseReturnValue:
    """Say what to do when a link cannot be used."""
    address = access.client_address()
    site.afterwards(lambda: limits.count(doors.RESET_LINK, address))
    return make_response(pages.render("accounts/link_is_gone.html"), 404)


def _local_words(link: OneUseLink) -> frozenset[str]:
    person = queries.get_person(link.person_id)
    return local_words_of(person.name, person.alias, person.email, browser.settings().site_name)
