"""The page behind an invitation's link: join with an account, or make one first."""

from flask import Response, current_app, flash, make_response, request, url_for
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from lms import limits
from lms.accounts import passwords
from lms.accounts.devices import device_of
from lms.accounts.rules import local_words_of
from lms.authz import Actor, MembershipRole
from lms.db import db
from lms.errors import Invalid
from lms.limits import Limit
from lms.organizations.forms import AliasAccountForm, EmailAccountForm
from lms.organizations.models import InvitationKind
from lms.organizations.queries import invitations
from lms.organizations.queries.invitations import FoundInvitation
from lms.organizations.services import joining, memberships
from lms.organizations.services.joining import AlreadyBelongs, InvitationGone, Newcomer
from lms.organizations.views.blueprint import Answer, bp, draw_form
from lms.settings import Settings
from lms.web import access, forms, languages, pages, site
from lms.web.access import hashes_password, public

# Misses by unknown links and names that are taken. A training room of people may share one address.
MISSES = Limit("join/address", n_tries=60, minutes=15)


@bp.get("/join/<token>")
@bp.post("/join/<token>")
@public
@hashes_password
def accept_invitation(token: str) -> Answer:
    """Join an organization. The secret in the link is the permission."""
    limits.check(MISSES, access.client_address())
    found = invitations.find_invitation_by_secret(token)
    if found is None:
        return _gone()
    actor = access.current_actor()
    with force_locale(_language(found, actor)):
        return _make_account(token, found) if actor is None else _join(token, found, actor)


def _language(found: FoundInvitation, actor: Actor | None) -> str:
    """The language somebody chose, else that of the invitation: whoever invited knows best."""
    has_chosen = actor is not None or "lang" in request.args or languages.LANGUAGE_COOKIE in request.cookies
    return str(get_locale() or found.language) if has_chosen else found.language


def _join(token: str, found: FoundInvitation, actor: Actor) -> Answer:
    if found.organization_id in actor.organization_ids:
        return _welcome_back(found)
    if request.method == "GET":
        return pages.render("organizations/accept_invitation.html", found=found, token=token)
    if request.form.get("join") != "yes":  # a form for a new account, from a tab in which nobody was signed in
        return site.see(url_for("organizations.accept_invitation", token=token))
    site.begin_submission()
    try:
        joining.accept_invitation(found.invitation_id, actor.person_id)
    except AlreadyBelongs:
        return _welcome_back(found)
    except InvitationGone:
        return _gone()
    session = access.current_session()
    if session is not None:
        memberships.switch_organization(session.id, found.organization_id)
    flash(_("Welcome to %(name)s.", name=found.organization_name), "success")
    response = site.see(url_for("home.show_home"))
    return access.renew_key(response) if found.role is MembershipRole.LEAD else response


def _welcome_back(found: FoundInvitation) -> Answer:
    if request.method == "GET":
        return pages.render("organizations/belongs_already.html", found=found)
    db.session.rollback()  # the invitation was not used
    flash(_("You already belong to %(name)s.", name=found.organization_name), "info")
    return site.see(url_for("organizations.show_organization", organization_id=found.organization_id))


def _make_account(token: str, found: FoundInvitation) -> Answer:
    form = _account_form(found)
    context = {"form": form, "found": found, "token": token}
    if request.method == "GET" or not form.validate():
        return draw_form("organizations/make_account.html", **context)
    try:
        newcomer = _newcomer(form, found)
    except site.AlreadyTaken:
        return pages.render("organizations/account_made_before.html", found=found)
    except InvitationGone:
        return _gone()
    except Invalid as invalid:
        _count_miss()
        forms.add_errors(form, invalid.fields)
        return draw_form("organizations/make_account.html", **context)
    return access.keep_session(_welcome(newcomer, found), newcomer.opened.key, _settings())


def _account_form(found: FoundInvitation) -> EmailAccountForm | AliasAccountForm:
    """The form somebody chose; whoever was invited by mail keeps that address."""
    sent = forms.form_data()
    way = (request.args if sent is None else sent).get("way", "email")
    if way == "alias" and found.kind is InvitationKind.OPEN_LINK:
        return AliasAccountForm(sent, local_words=_local_words("alias", found))
    form = EmailAccountForm(sent, name=found.name or "", local_words=_local_words("name", found))
    if found.kind is InvitationKind.PERSONAL:
        form.fix_address(found.email or "")
    return form


def _local_words(field: str, found: FoundInvitation) -> frozenset[str]:
    typed = (request.form.get(field), request.form.get("email"), found.email)
    return local_words_of(*typed, found.organization_name, _settings().site_name)


def _newcomer(form: EmailAccountForm | AliasAccountForm, found: FoundInvitation) -> Newcomer:
    typed, names, language = form.password.data or "", form.names(), str(get_locale())
    password_hash = site.outside_transaction(lambda: passwords.hash_password(typed))
    site.begin_submission()
    return joining.accept_with_new_account(
        found.invitation_id,
        names,
        password_hash=password_hash,
        language=language,
        device=device_of(request.headers.get("User-Agent", "")),
        days=_settings().session_days,
    )


def _welcome(newcomer: Newcomer, found: FoundInvitation) -> Response:
    """Go home; whoever has no e-mail first sees the one way back into the account."""
    if newcomer.recovery_code is None:
        flash(_("Welcome to %(name)s. Your account is ready.", name=found.organization_name), "success")
        return site.see(url_for("home.show_home"))
    access.act_as(newcomer.opened.session, newcomer.opened.key)
    page = pages.render(
        "organizations/show_own_recovery_code.html",
        found=found,
        code=newcomer.recovery_code,
        alias=newcomer.opened.session.person.alias,
    )
    return make_response(page)


def _gone() -> Answer:
    """Say what to do when a link cannot be used; a second click of the form that used it gets the first answer."""
    if request.method == "POST":
        db.session.rollback()
        site.begin_submission()
    _count_miss()
    return pages.render("organizations/invitation_is_gone.html"), 404


def _count_miss() -> None:
    address = access.client_address()
    site.afterwards(lambda: limits.count(MISSES, address))


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
