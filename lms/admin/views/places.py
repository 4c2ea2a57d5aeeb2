"""Organizations and coalitions across the site."""

from functools import partial

from flask import Response, current_app, flash, request, url_for
from flask_babel import gettext as _

from lms.admin import forms as admin_forms
from lms.admin import services
from lms.admin.queries import places
from lms.admin.queries.reach import Administered, get_organization_for, get_site_for
from lms.admin.views.blueprint import Answer, asked_id, bp, draw_form
from lms.authz import Actor, Permission
from lms.coalitions.queries import list_coalitions as list_all_coalitions
from lms.errors import Conflict, Invalid
from lms.organizations.models import Organization
from lms.organizations.services import close_organization as close
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/organizations")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_organizations(site: Administered[Actor]) -> str:
    """List the organizations, or ask before one closes."""
    closing_id = asked_id("close")
    if closing_id:
        return pages.render("admin/close_organization.html", organization=get_organization_for(site.thing, closing_id))
    wanted = admin_forms.organization_filter(request.args)
    return pages.render(
        "admin/list_organizations.html",
        organizations=pages.page_of(places.count_organizations(wanted), partial(places.list_organizations, wanted)),
        wanted=wanted,
        kind_labels=admin_forms.KIND_LABELS,
        state_labels=admin_forms.ORGANIZATION_STATE_LABELS,
    )


@bp.get("/organizations/new")
@bp.post("/organizations/new")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def create_organization(site: Administered[Actor]) -> Answer:
    """Create an organization."""
    form = admin_forms.OrganizationForm(forms.form_data(), coalitions=list_all_coalitions())
    if request.method == "POST" and form.validate():
        site_key = current_app.config["SETTINGS"].secret_key
        organization = services.create_organization(**form.values(), by_id=site.thing.person_id, site_key=site_key)
        flash(_("%(name)s is created.", name=organization.name), "success")
        return see(url_for("organizations.show_organization", organization_id=organization.id))
    return draw_form("admin/create_organization.html", form=form)


@bp.post("/organizations/<int:organization_id>/close")
@requires(Permission.SITE_ADMINISTER, on=get_organization_for)
def close_organization(organization: Organization) -> Response:
    """Close an organization."""
    if not close(organization.id, by_id=access.signed_in_actor().person_id):
        raise Conflict(_("This organization is closed already."))
    flash(_("%(name)s is closed.", name=organization.name), "success")
    return see(url_for("admin.list_organizations"))


@bp.get("/coalitions")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_coalitions(_site: Administered[Actor]) -> str:
    """List the coalitions."""
    coalitions = pages.page_of(places.count_coalitions(), places.list_coalitions)
    return pages.render("admin/list_coalitions.html", coalitions=coalitions)


@bp.get("/coalitions/new")
@bp.post("/coalitions/new")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def create_coalition(site: Administered[Actor]) -> Answer:
    """Create a coalition."""
    form = admin_forms.CoalitionForm(forms.form_data())
    if request.method == "POST" and form.validate():
        try:
            coalition = services.create_coalition(**form.values(), by_id=site.thing.person_id)
        except Invalid as invalid:
            forms.add_errors(form, invalid.fields)
        else:
            flash(_("%(name)s is created.", name=coalition.name), "success")
            return see(url_for("coalitions.show_coalition", coalition_id=coalition.id))
    return draw_form("admin/create_coalition.html", form=form)
