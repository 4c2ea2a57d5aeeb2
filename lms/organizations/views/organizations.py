"""Pages of one organization, and of the organizations a person belongs to."""

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import CoalitionRoleKind, Permission
from lms.organizations import rules
from lms.organizations.forms import KIND_LABELS, OrganizationForm
from lms.organizations.models import Organization
from lms.organizations.queries import invitations, people, places
from lms.organizations.queries.invitations import InvitationFilter
from lms.organizations.queries.life import exists_lead
from lms.organizations.rules import InvitationState
from lms.organizations.services import memberships
from lms.organizations.services import places as place_services
from lms.organizations.services.places import StaleEdit
from lms.organizations.views.blueprint import Answer, bp, draw_form, may
from lms.succession.queries import get_owner_for_reading
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/organizations")
@requires(Permission.SITE_USE)
def list_organizations() -> str:
    """List the organizations a person belongs to, and the coalitions they work for."""
    actor = access.signed_in_actor()
    return pages.render(
        "organizations/list_organizations.html",
        organizations=places.list_own_organizations(actor.person_id),
        current=actor.current_membership,
        coalition_roles=actor.coalition_roles,
    )


@bp.post("/organizations/<int:organization_id>/switch")
@requires(Permission.ORGANIZATION_BELONG, on=places.get_organization_for)
def switch_organization(organization: Organization) -> Answer:
    """Act in another of one's organizations from now on."""
    session = access.current_session()
    if session is not None:
        memberships.switch_organization(session.id, organization.id)
    flash(_("You now work in %(name)s.", name=organization.name), "success")
    return see(url_for("home.show_home"))


@bp.get("/organizations/<int:organization_id>")
@requires(Permission.ORGANIZATION_SEE, on=places.get_organization_for)
def show_organization(organization: Organization) -> str:
    """Show an organization: who leads it, where it works and, to leads, what to do next."""
    locations, job_roles = places.list_locations(organization.id), places.list_job_roles(organization.id)
    n_people, n_open = people.count_people(organization.id), 0
    if may(Permission.ORGANIZATION_MANAGE, organization):
        n_open = invitations.count_invitations(organization.id, InvitationFilter(state=InvitationState.OPEN))
    return pages.render(
        "organizations/show_organization.html",
        organization=organization,
        leads=people.list_leads(organization.id),
        locations=locations,
        job_roles=job_roles,
        n_people=n_people,
        n_open_invitations=n_open,
        leaderless_in=_leaderless_in(organization),
        is_member=organization.id in access.signed_in_actor().organization_ids,
        role_owner=get_owner_for_reading(access.signed_in_actor(), organization),
        steps=rules.list_setup_steps(
            n_people=n_people, n_open_invitations=n_open, n_locations=len(locations), n_job_roles=len(job_roles)
        ),
    )


def _leaderless_in(organization: Organization) -> int | None:
    """Return the coalition in which the reader may name a lead, when nobody who can sign in leads the organization."""
    roles = access.signed_in_actor().coalition_roles
    coordinated = [
        held.coalition_id
        for held in roles
        if held.role is CoalitionRoleKind.COORDINATOR and organization.id in held.organization_ids
    ]
    return coordinated[0] if coordinated and not exists_lead(organization.id) else None


@bp.get("/organizations/<int:organization_id>/edit")
@bp.post("/organizations/<int:organization_id>/edit")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def edit_organization(organization: Organization) -> Answer:
    """Change an organization's name and kind."""
    form, template = OrganizationForm(forms.form_data(), obj=organization), "organizations/edit_organization.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, organization=organization)
    try:
        place_services.edit_organization(organization, by_id=access.signed_in_actor().person_id, **form.values())
    except StaleEdit as stale:
        form.begin_from(organization.row_version)
        theirs = [
            {"label": form.name.label.text, "value": organization.name},
            {"label": form.kind.label.text, "value": KIND_LABELS[organization.kind]},
        ]
        return pages.render(template, form=form, organization=organization, stale=stale, theirs=theirs), 409
    flash(_("The organization is saved."), "success")
    return see(url_for("organizations.show_organization", organization_id=organization.id))


@bp.get("/organizations/<int:organization_id>/leave")
@bp.post("/organizations/<int:organization_id>/leave")
@requires(Permission.ORGANIZATION_BELONG, on=places.get_organization_for)
def leave_organization(organization: Organization) -> Answer:
    """Leave an organization, after saying what that means."""
    actor = access.signed_in_actor()
    membership = people.get_own_membership(actor, organization.id)
    if request.method == "GET":
        return pages.render(
            "organizations/leave_organization.html",
            organization=organization,
            is_last_lead=people.is_last_lead(membership),
            n_supervised=people.count_supervised(membership),
        )
    memberships.end_membership(membership, by_id=actor.person_id)
    flash(_("You have left %(name)s. What you learned stays yours.", name=organization.name), "success")
    return see(url_for("organizations.list_organizations"))
