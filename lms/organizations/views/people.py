"""Pages of an organization's people."""

from collections.abc import Mapping
from functools import partial

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.accounts.queries import find_second_factor
from lms.accounts.services import second_factor
from lms.accounts.services.recovery import issue_recovery_code
from lms.authz import Capability, MembershipRole, Permission
from lms.coalitions.queries import load_actor
from lms.errors import Conflict, Invalid
from lms.organizations import rules
from lms.organizations.forms import CAPABILITY_LABELS, ROLE_LABELS, MembershipForm, PassOnForm
from lms.organizations.models import JobRole, Location, Membership, Organization
from lms.organizations.queries import life, people, places
from lms.organizations.queries.people import PeopleFilter
from lms.organizations.services import life as life_services
from lms.organizations.services import memberships
from lms.organizations.services.places import StaleEdit
from lms.organizations.views.blueprint import Answer, asked_words, bp, draw_form, page_of
from lms.web import access, forms, pages, site
from lms.web.access import asks_password_again, hashes_password, requires
from lms.web.site import see


@bp.get("/organizations/<int:organization_id>/people")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def list_people(organization: Organization) -> str:
    """List an organization's people, all or those who fit a filter."""
    locations, job_roles = places.list_locations(organization.id), places.list_job_roles(organization.id)
    wanted = _asked_filter(locations, job_roles)
    n_people = people.count_people(organization.id, wanted)
    return pages.render(
        "organizations/list_people.html",
        organization=organization,
        people=page_of(n_people, partial(people.list_people, organization.id, wanted)),
        wanted=wanted,
        locations=locations,
        job_roles=job_roles,
    )


@bp.get("/organizations/<int:organization_id>/people/<int:membership_id>")
@bp.post("/organizations/<int:organization_id>/people/<int:membership_id>")
@requires(Permission.ORGANIZATION_MANAGE, on=people.get_open_membership_for)
def edit_membership(membership: Membership) -> Answer:
    """Change what somebody does here; `?step=` asks before something that cannot be taken back."""
    ask = QUESTIONS.get(request.args.get("step", "")) if request.method == "GET" else None
    if ask is not None:
        return ask(membership)
    form = _membership_form(membership)
    draw = partial(draw_form, "organizations/edit_membership.html", form=form, membership=membership)
    if request.method == "GET" or not form.validate():
        return draw()
    actor, was_lead = access.signed_in_actor(), membership.role is MembershipRole.LEAD
    try:
        memberships.edit_membership(membership, by_id=actor.person_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    except StaleEdit as stale:
        return _draw_stale(membership, form, stale)
    flash(_("Your changes for %(name)s are saved.", name=membership.person.display_name), "success")
    response = see(url_for("organizations.list_people", organization_id=membership.organization_id))
    is_own_rise = membership.person_id == actor.person_id and not was_lead
    return access.renew_key(response) if is_own_rise else response


@bp.post("/organizations/<int:organization_id>/people/<int:membership_id>/end")
@requires(Permission.ORGANIZATION_MANAGE, on=people.get_membership_for)
def end_membership(membership: Membership) -> Answer:
    """End somebody's membership at once."""
    actor, name = access.signed_in_actor(), membership.person.display_name
    memberships.end_membership(membership, by_id=actor.person_id)
    flash(_("%(name)s no longer belongs to this organization.", name=name), "success")
    if membership.person_id == actor.person_id:
        return see(url_for("organizations.list_organizations"))
    return see(url_for("organizations.list_people", organization_id=membership.organization_id))


@bp.post("/organizations/<int:organization_id>/people/<int:membership_id>/recovery-code")
@requires(Permission.ORGANIZATION_MANAGE, on=people.get_open_membership_for)
@hashes_password  # no hash here: it begins its submission itself, because a second click cannot show the code again
def reissue_recovery_code(membership: Membership) -> Answer:
    """Make a new recovery code for somebody without e-mail, and show it once; or take a lost second step away."""
    if request.form.get("action") == "reset-second-factor":
        return asks_password_again(_reset_second_factor)(membership)  # type: ignore[no-any-return]
    refusal = _refusal(membership)
    if refusal is not None:
        raise Conflict(refusal)
    try:
        site.begin_submission()
    except site.AlreadyTaken:
        page = "organizations/ask_recovery_code.html"
        return pages.render(page, membership=membership, refusal=None, is_made=True)
    code = issue_recovery_code(membership.person_id, by_id=access.signed_in_actor().person_id)
    return pages.render("organizations/show_recovery_code.html", membership=membership, code=code)


@bp.get("/organizations/<int:organization_id>/people/<int:membership_id>/pass-on")
@bp.post("/organizations/<int:organization_id>/people/<int:membership_id>/pass-on")
@requires(Permission.ORGANIZATION_MANAGE, on=people.get_membership_for)
def pass_on_work(membership: Membership) -> Answer:
    """Give what somebody looks after here to somebody else, in one step. Also when they have left already."""
    form = PassOnForm(forms.form_data())
    form.offer(life.list_successors(membership.organization_id, membership.person_id))
    owned = life.list_owned_work(membership.person_id, membership.organization_id)
    draw = partial(draw_form, "organizations/pass_on_work.html", form=form, membership=membership, owned=owned)
    if request.method == "GET" or not form.validate():
        return draw()
    actor = access.signed_in_actor()
    try:
        passed = life_services.pass_on_work(membership, int(form.successor.data), actor=actor)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    name = dict(form.successor.choices)[form.successor.data]  # type: ignore[arg-type]  # pairs, as the form fills them in
    _say_passed(passed, name)
    return see(url_for("organizations.list_people", organization_id=membership.organization_id))


def _say_passed(passed: Mapping[str, int], name: str) -> None:
    if not passed:
        flash(_("There was nothing to pass on."), "info")
        return
    what = ", ".join(f"{word}: {number}" for word, number in passed.items())
    flash(_("%(name)s takes over. %(what)s.", name=name, what=what), "success")


def _asked_filter(locations: list[Location], job_roles: list[JobRole]) -> PeopleFilter:
    """Return the filter in the address; what the lists do not offer is left out."""
    role = request.args.get("role", "")
    return PeopleFilter(
        words=asked_words(),
        role=MembershipRole(role) if role in set(MembershipRole) else None,
        location_id=_one_of(locations, request.args.get("location", "")),
        job_role_id=_one_of(job_roles, request.args.get("job_role", "")),
    )


def _one_of(offered: list[Location] | list[JobRole], asked: str) -> int | None:
    return next((each.id for each in offered if str(each.id) == asked), None)


def _membership_form(membership: Membership) -> MembershipForm:
    chosen = {
        "role": membership.role.value,
        "job_role": str(membership.job_role_id or ""),
        "location": str(membership.location_id or ""),
        "supervisor": str(membership.supervisor_id or ""),
        "capabilities": [held.capability.value for held in membership.capabilities],
        "row_version": membership.row_version,
    }
    form = MembershipForm(forms.form_data(), data=chosen)
    own = membership.organization_id
    form.offer_places(
        rules.invitable_roles(access.signed_in_actor(), own),
        [each for each in places.list_job_roles(own) if each.closed_at is None or each.id == membership.job_role_id],
        [each for each in places.list_locations(own) if each.closed_at is None or each.id == membership.location_id],
    )
    form.offer_supervisors(people.list_possible_supervisors(membership))
    return form


def _draw_stale(membership: Membership, form: MembershipForm, stale: StaleEdit) -> Answer:
    """Show what is saved now beside what was typed."""
    now = people.get_open_membership_for(access.signed_in_actor(), membership.organization_id, membership.id)
    form.begin_from(now.row_version)
    supervisors = dict(form.supervisor.choices)  # type: ignore[arg-type]  # pairs, as this form fills them in
    tasks = [str(CAPABILITY_LABELS[Capability(held.capability)]) for held in now.capabilities]
    theirs = [
        {"label": form.role.label.text, "value": ROLE_LABELS[now.role]},
        {"label": form.job_role.label.text, "value": now.job_role.name if now.job_role else _("None yet")},
        {"label": form.location.label.text, "value": now.location.name if now.location else _("None yet")},
        {"label": form.supervisor.label.text, "value": supervisors.get(str(now.supervisor_id or ""), "")},
        {"label": form.capabilities.label.text, "value": ", ".join(tasks) or _("None")},
    ]
    template = "organizations/edit_membership.html"
    return pages.render(template, form=form, membership=now, stale=stale, theirs=theirs), 409


def _ask_before_end(membership: Membership) -> str:
    return pages.render(
        "organizations/ask_end_membership.html",
        membership=membership,
        is_last_lead=people.is_last_lead(membership),
        n_supervised=people.count_supervised(membership),
        n_owned=len(life.list_owned_work(membership.person_id, membership.organization_id)),
    )


def _ask_before_code(membership: Membership) -> str:
    return pages.render("organizations/ask_recovery_code.html", membership=membership, refusal=_refusal(membership))


def _ask_before_reset(membership: Membership) -> str:
    return pages.render(
        "organizations/ask_second_factor_reset.html",
        membership=membership,
        refusal=_refusal_to_help(membership),
        has_factor=find_second_factor(membership.person_id) is not None,
    )


def _reset_second_factor(membership: Membership) -> Answer:
    """Take the second step from somebody whose phone and codes are lost, and who stands before the lead."""
    refusal = _refusal_to_help(membership)
    if refusal is not None:
        raise Conflict(refusal)
    site.begin_submission()
    if not second_factor.reset(membership.person_id, by_id=access.signed_in_actor().person_id):
        raise Conflict(_("This person has no second step."))
    flash(
        _("The second step of %(name)s is gone. They sign in with the password.", name=membership.person.display_name),
        "success",
    )
    return see(
        url_for(
            "organizations.edit_membership",
            organization_id=membership.organization_id,
            membership_id=membership.id,
        )
    )


def _refusal(membership: Membership) -> str | None:
    """Say why this person may not get a new recovery code here, or None when they may."""
    if membership.person.email is not None:
        return str(_("This person signs in with an e-mail address and can ask for a new password on the sign-in page."))
    return _refusal_to_help(membership)


def _refusal_to_help(membership: Membership) -> str | None:
    """Say why this account is not this person's to open again, or None when it is."""
    helper, holder = access.signed_in_actor(), load_actor(membership.person)
    if rules.may_issue_code(helper, holder):
        return None
    if helper.person_id == holder.person_id:
        return str(_("This is your own account. You find codes and the second step on your account page."))
    return str(_("This person also has tasks outside your organization. Ask an administrator to help them."))


QUESTIONS = {"end": _ask_before_end, "recovery-code": _ask_before_code, "second-factor": _ask_before_reset}
