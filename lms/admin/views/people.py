"""People across the site."""

from functools import partial

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from lms.accounts.models import Person
from lms.accounts.queries import find_second_factor
from lms.accounts.services import people as accounts
from lms.accounts.services import second_factor, sessions
from lms.admin import forms as filters
from lms.admin.queries import people
from lms.admin.queries.reach import Administered, get_person_for, get_site_for
from lms.admin.views.blueprint import bp
from lms.authz import Actor, Permission
from lms.errors import Conflict
from lms.web import access, pages
from lms.web.access import asks_password_again, requires
from lms.web.site import see


@bp.get("/people")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_people(_site: Administered[Actor]) -> str:
    """List everybody, or those looked for."""
    wanted = filters.people_filter(request.args)
    return pages.render(
        "admin/list_people.html",
        people=pages.page_of(people.count_people(wanted), partial(people.list_people, wanted)),
        wanted=wanted,
        shown=request.args.get("show", ""),
        state_labels=filters.PERSON_STATE_LABELS,
    )


@bp.get("/people/<int:person_id>")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
def show_person(person: Person) -> str:
    """Show where a person belongs and whether the account can be used; nothing about learning."""
    return pages.render(
        "admin/show_person.html",
        person=person,
        memberships=people.list_memberships(person.id),
        coalition_roles=people.list_coalition_roles(person.id),
        sessions=people.count_sessions(person.id),
        factor=find_second_factor(person.id),
        is_self=person.id == access.signed_in_actor().person_id,
        state_labels=filters.PERSON_STATE_LABELS,
        member_role_labels=filters.MEMBER_ROLE_LABELS,
        coalition_role_labels=filters.COALITION_ROLE_LABELS,
    )


@bp.post("/people/<int:person_id>/suspend")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
def suspend_person(person: Person) -> Response:
    """Suspend an account and sign it out everywhere."""
    if not accounts.suspend_person(person.id, by_id=access.signed_in_actor().person_id):
        raise Conflict(_("This account is suspended already."))
    flash(_("%(name)s can no longer sign in.", name=person.display_name), "success")
    return _back_to(person)


@bp.post("/people/<int:person_id>/reactivate")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
def reactivate_person(person: Person) -> Response:
    """Let a suspended account sign in again."""
    if not accounts.reactivate_person(person.id, by_id=access.signed_in_actor().person_id):
        raise Conflict(_("This account is active already."))
    flash(_("%(name)s can sign in again.", name=person.display_name), "success")
    return _back_to(person)


@bp.post("/people/<int:person_id>/end-sessions")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
def end_person_sessions(person: Person) -> Response:
    """Sign a person out everywhere; one's own session stays. Or take a lost second step away as well."""
    if request.form.get("action") == "reset-second-factor":
        return asks_password_again(_reset_second_factor)(person)  # type: ignore[no-any-return]
    actor, own = access.signed_in_actor(), access.current_session()
    keep_id = own.id if own is not None and person.id == actor.person_id else None
    sessions.end_sessions(person.id, by_id=actor.person_id, keep_id=keep_id)
    flash(_("%(name)s is signed out everywhere.", name=person.display_name), "success")
    return _back_to(person)


def _reset_second_factor(person: Person) -> Response:
    """Take the second step from somebody whose phone and codes are lost, and sign them out everywhere."""
    actor = access.signed_in_actor()
    if person.id == actor.person_id:
        raise Conflict(_("This is your own account. You find the second step on your account page."))
    if not second_factor.reset(person.id, by_id=actor.person_id):
        raise Conflict(_("This person has no second step."))
    flash(
        _("The second step of %(name)s is gone. They sign in with the password.", name=person.display_name), "success"
    )
    return _back_to(person)


def _back_to(person: Person) -> Response:
    return see(url_for("admin.show_person", person_id=person.id))
