"""One's own account: who I am here, where I am signed in, and what I can change."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms import clock
from lms.accounts import passwords, queries
from lms.accounts.forms import LANGUAGE_NAMES, THEME_NAMES, ChangePasswordForm, ProfileForm
from lms.accounts.models import Language, SignInSession, Theme
from lms.accounts.queries import LivePerson, LiveSession
from lms.accounts.rules import local_words_of
from lms.accounts.services import passwords as changes
from lms.accounts.services import people, sessions
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.accounts.views.confirming import confirm_password
from lms.authz import Actor, CoalitionRoleKind, MembershipRole, Permission
from lms.errors import SignInNeeded
from lms.web import access, forms, pages, site
from lms.web.access import hashes_password, requires
from lms.web.languages import LANGUAGE_COOKIE
from lms.web.pages import THEME_COOKIE

ROLE_NAMES = {MembershipRole.STAFF: _l("Staff"), MembershipRole.LEAD: _l("Lead")}
COALITION_ROLE_NAMES = {
    CoalitionRoleKind.COORDINATOR: _l("Coordinator"),
    CoalitionRoleKind.TA_EXPERT: _l("Technical assistance expert"),
}


@bp.get("/account")
@requires(Permission.ACCOUNT_MANAGE)
def show_account() -> str:
    """Show who I am here, what I belong to and where I am signed in."""
    here, actor = _session(), access.signed_in_actor()
    idle_minutes = browser.settings().session_idle_minutes
    return pages.render(
        "accounts/show_account.html",
        person=here.person,
        memberships=actor.memberships,
        coalition_roles=actor.coalition_roles,
        role_names=ROLE_NAMES,
        coalition_role_names=COALITION_ROLE_NAMES,
        language_name=LANGUAGE_NAMES[here.person.language],
        theme_name=THEME_NAMES[here.person.theme],
        factor=queries.find_second_factor(actor.person_id),
        held_code=queries.find_open_code(actor.person_id),
        here_id=here.id,
        live=queries.list_live_sessions(actor.person_id, clock.now(), idle_minutes),
    )


@bp.route("/account/profile", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE)
def edit_profile() -> ResponseReturnValue:
    """Change my name, language and colours."""
    person = _session().person
    form = ProfileForm(forms.form_data(), person)
    if request.method != "POST":
        return pages.render("accounts/edit_profile.html", form=form, person=person)
    if not form.validate():
        return pages.invalid("accounts/edit_profile.html", form=form, person=person)
    language, theme = Language(form.language.data), Theme(form.theme.data)
    people.edit_profile(person.id, name=form.name.data or None, language=language, theme=theme)
    flash(_("Your profile is saved."), "success")
    response = site.see(url_for("accounts.show_account"))
    return browser.keep_choice(browser.keep_choice(response, LANGUAGE_COOKIE, language), THEME_COOKIE, theme)


@bp.route("/account/password", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE)
@hashes_password
def change_password() -> ResponseReturnValue:
    """Change my password and sign out my other devices."""
    form = ChangePasswordForm(forms.form_data(), local_words=_local_words(_session().person))
    if request.method != "POST":
        return pages.render("accounts/change_password.html", form=form)
    if not form.validate() or not _has_changed_password(form):
        return pages.invalid("accounts/change_password.html", form=form)
    flash(_("Your password is changed. Your other devices are signed out."), "success")
    return site.see(url_for("accounts.show_account"))


def find_own_session(actor: Actor, session_id: int) -> SignInSession:
    """Load one of the actor's own sessions; anybody else's does not exist."""
    return queries.get_session_of(actor.person_id, session_id)


@bp.post("/account/sessions/<int:session_id>/end")
@requires(Permission.ACCOUNT_MANAGE, on=find_own_session)
def end_session(chosen: SignInSession) -> Response:
    """Sign out one of my devices; ending the one in my hand signs me out."""
    is_here = chosen.id == _session().id
    sessions.end_own_session(chosen, by_id=chosen.person_id)
    if is_here:
        return browser.leave()
    flash(_("That device is signed out."), "success")
    return site.see(url_for("accounts.show_account"))


@bp.post("/account/sessions/end-others")
@requires(Permission.ACCOUNT_MANAGE)
def end_other_sessions() -> Response:
    """Sign out everywhere but here."""
    here = _session()
    sessions.end_sessions(here.person_id, by_id=here.person_id, keep_id=here.id)
    flash(_("Your other devices are signed out."), "success")
    return site.see(url_for("accounts.show_account"))


def _has_changed_password(form: ChangePasswordForm) -> bool:
    """Check the old password and set the new one; False with a message in the form."""
    confirmed = confirm_password(form.current_password.data or "")
    if confirmed is not None:
        password_hash = site.outside_transaction(lambda: passwords.hash_password(form.new_password.data or ""))
        site.begin_submission()
        if changes.change_password(
            confirmed.person_id,
            old_hash=confirmed.password_hash,
            password_hash=password_hash,
            keep_session_id=confirmed.session_id,
        ):
            return True
    forms.add_errors(form, {"current_password": _("This is not your current password.")})
    return False


def _local_words(person: LivePerson) -> frozenset[str]:
    return local_words_of(person.name, person.alias, person.email, browser.settings().site_name)


def _session() -> LiveSession:
    """The session of this browser; whoever comes here has one."""
    session = access.current_session()
    if session is None:
        raise SignInNeeded("Sign in to go on.")
    return session
