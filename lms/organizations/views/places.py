"""Pages of an organization's locations and job roles."""

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid
from lms.organizations.forms import JobRoleForm, LocationForm
from lms.organizations.models import JobRole, Location, Organization
from lms.organizations.queries import places
from lms.organizations.services import places as services
from lms.organizations.views.blueprint import Answer, bp, draw_form
from lms.web import access, forms
from lms.web.access import requires
from lms.web.site import see


@bp.get("/organizations/<int:organization_id>/locations/new")
@bp.post("/organizations/<int:organization_id>/locations/new")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def add_location(organization: Organization) -> Answer:
    """Add a location."""
    form, template = LocationForm(forms.form_data()), "organizations/add_location.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, organization=organization)
    try:
        services.add_location(organization.id, by_id=access.signed_in_actor().person_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, organization=organization)
    flash(_("The location is added."), "success")
    return see(url_for("organizations.show_organization", organization_id=organization.id))


@bp.get("/organizations/<int:organization_id>/locations/<int:location_id>")
@bp.post("/organizations/<int:organization_id>/locations/<int:location_id>")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_location_for)
def edit_location(location: Location) -> Answer:
    """Change a location, close it or open it again."""
    by_id, action = access.signed_in_actor().person_id, request.form.get("action", "")
    if action in {"close", "open"}:
        services.set_location_closed(location, is_closed=action == "close", by_id=by_id)
        flash(_("The location is closed.") if action == "close" else _("The location is open again."), "success")
        return _to_organization(location)
    form, template = LocationForm(forms.form_data(), obj=location), "organizations/edit_location.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, location=location, n_people=places.count_people_at(location))
    try:
        services.edit_location(location, by_id=by_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, location=location, n_people=places.count_people_at(location))
    flash(_("The location is saved."), "success")
    return _to_organization(location)


@bp.get("/organizations/<int:organization_id>/job-roles/new")
@bp.post("/organizations/<int:organization_id>/job-roles/new")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_organization_for)
def add_job_role(organization: Organization) -> Answer:
    """Add a job role."""
    form, template = JobRoleForm(forms.form_data()), "organizations/add_job_role.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, organization=organization)
    try:
        services.add_job_role(organization.id, by_id=access.signed_in_actor().person_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, organization=organization)
    flash(_("The job role is added."), "success")
    return see(url_for("organizations.show_organization", organization_id=organization.id))


@bp.get("/organizations/<int:organization_id>/job-roles/<int:job_role_id>")
@bp.post("/organizations/<int:organization_id>/job-roles/<int:job_role_id>")
@requires(Permission.ORGANIZATION_MANAGE, on=places.get_job_role_for)
def edit_job_role(job_role: JobRole) -> Answer:
    """Change a job role, close it or open it again."""
    by_id, action = access.signed_in_actor().person_id, request.form.get("action", "")
    if action in {"close", "open"}:
        services.set_job_role_closed(job_role, is_closed=action == "close", by_id=by_id)
        flash(_("The job role is closed.") if action == "close" else _("The job role is open again."), "success")
        return _to_organization(job_role)
    form, template = JobRoleForm(forms.form_data(), obj=job_role), "organizations/edit_job_role.html"
    if request.method == "GET" or not form.validate():
        return draw_form(template, form=form, job_role=job_role, n_people=places.count_people_as(job_role))
    try:
        services.edit_job_role(job_role, by_id=by_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw_form(template, form=form, job_role=job_role, n_people=places.count_people_as(job_role))
    flash(_("The job role is saved."), "success")
    return _to_organization(job_role)


def _to_organization(place: Location | JobRole) -> Answer:
    return see(url_for("organizations.show_organization", organization_id=place.organization_id))
