"""Pages of coalitions."""

from functools import partial

from flask import Blueprint, Response, current_app, flash, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from lms import limits
from lms.accounts.models import Person
from lms.authz import CoalitionRoleKind, Permission, Scoped, can
from lms.coalitions import queries, rules, services
from lms.coalitions.catalog import default_facts
from lms.coalitions.forms import (
    FACT_HINTS,
    FACT_LABELS,
    ROLE_LABELS,
    AppointForm,
    CoalitionForm,
    FactForm,
    LeadForm,
    OrganizationForm,
)
from lms.coalitions.models import Coalition, CoalitionOrganization, CoalitionRole, FactKey
from lms.coalitions.queries import FactPlace, HeldRole
from lms.errors import Conflict, Forbidden, Invalid
from lms.limits import Limit
from lms.organizations.queries.life import exists_lead
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import afterwards, see

bp = Blueprint("coalitions", __name__, url_prefix="/coalitions/<int:coalition_id>")

MOST_NAMED = 100  # people named on the coalition's page; the page of roles has them all

# Who appoints types addresses; this many misses an hour are slips of the hand, more are guesses.
APPOINTING = Limit("coalition-appointing", n_tries=20, minutes=60)


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name other people."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("")
@requires(Permission.COALITION_SEE, on=queries.get_coalition_for)
def show_coalition(coalition: Coalition) -> str:
    """Show a coalition: its organizations, the people who hold a role, its facts, and what is still to be done."""
    actor, leaving_id = access.signed_in_actor(), _asked_id("remove")
    if leaving_id and _may(Permission.COALITION_MANAGE, coalition):
        belonging = queries.get_belonging_for(actor, coalition.id, leaving_id)
        return pages.render("coalitions/remove_organization.html", belonging=belonging)
    n_organizations = queries.count_organizations(coalition.id)
    roles, facts = queries.list_roles(coalition.id, limit=MOST_NAMED), queries.list_facts(coalition.id)
    coordinators = [held.person for held in roles if held.role is CoalitionRoleKind.COORDINATOR]
    return pages.render(
        "coalitions/show_coalition.html",
        coalition=coalition,
        organizations=pages.page_of(n_organizations, partial(queries.list_organizations, coalition.id)),
        coordinators=coordinators,
        experts=[held.person for held in roles if held.role is CoalitionRoleKind.TA_EXPERT],
        facts=[(label, facts[key].text_in(str(get_locale()))) for key, label in FACT_LABELS.items() if key in facts],
        n_missing=len(FactKey) - len(facts),
        steps=rules.list_setup_steps(
            n_organizations=n_organizations,
            n_facts_missing=len(FactKey) - len(facts),
            n_coordinators=len(coordinators),
        ),
    )


@bp.get("/edit")
@bp.post("/edit")
@requires(Permission.COALITION_MANAGE, on=queries.get_coalition_for)
def edit_coalition(coalition: Coalition) -> Response | str | tuple[str, int]:
    """Change what a coalition says about itself."""
    form, template = CoalitionForm(forms.form_data(), obj=coalition), "coalitions/edit_coalition.html"
    if request.method == "GET":
        return pages.render(template, form=form, coalition=coalition)
    if not form.validate():
        return pages.invalid(template, form=form, coalition=coalition)
    try:
        services.edit_coalition(coalition.id, by_id=access.signed_in_actor().person_id, **form.values())
    except Conflict as conflict:
        theirs = queries.get_coalition(coalition.id)
        form.begin_from(theirs.row_version)
        return pages.render(template, form=form, coalition=theirs, conflict=conflict), 409
    flash(_("The coalition is saved."), "success")
    return see(url_for("coalitions.show_coalition", coalition_id=coalition.id))


@bp.get("/facts")
@requires(Permission.COALITION_SEE, on=queries.get_coalition_for)
def list_facts(coalition: Coalition) -> str:
    """List every blank of the clinical pages with what fills it here."""
    return pages.render(
        "coalitions/list_facts.html",
        coalition=coalition,
        facts=queries.list_facts(coalition.id),
        labels=FACT_LABELS,
        defaults={language: default_facts(language) for language in ("en", "es")},
        law=FactKey.GOOD_SAMARITAN_LAW,
    )


@bp.get("/facts/<fact_key>")
@bp.post("/facts/<fact_key>")
@requires(Permission.COALITION_MANAGE, on=queries.get_fact_place_for)
def edit_fact(place: FactPlace) -> Response | str | tuple[str, int]:
    """Fill or change one blank, in both languages."""
    form = FactForm(forms.form_data(), obj=place.fact)
    draw = partial(_draw_fact, form=form)
    if request.method == "GET":
        return draw(place)
    if not form.validate():
        return draw(place), 422
    try:
        services.set_fact(place.coalition.id, place.key, by_id=access.signed_in_actor().person_id, **form.values())
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw(place), 422
    except Conflict as conflict:
        theirs = queries.find_fact(place.coalition.id, place.key)
        form.begin_from(theirs.row_version if theirs else 0)
        return draw(FactPlace(place.coalition, place.key, theirs), conflict=conflict), 409
    flash(_("The fact is saved. Pages show it from now on."), "success")
    return see(url_for("coalitions.list_facts", coalition_id=place.coalition.id))


@bp.get("/organizations/new")
@bp.post("/organizations/new")
@requires(Permission.COALITION_MANAGE, on=queries.get_coalition_for)
def add_organization(coalition: Coalition) -> Response | str | tuple[str, int]:
    """Bring an organization into the coalition: a new one with its first lead, or (administrators) one that is here."""
    actor = access.signed_in_actor()
    if actor.is_administrator and "existing_id" in request.form:
        return _add_existing(coalition)
    form = OrganizationForm(forms.form_data())
    others = queries.list_organizations_outside(coalition.id) if actor.is_administrator else []
    draw = partial(pages.render, "coalitions/add_organization.html", form=form, coalition=coalition, others=others)
    if request.method == "GET":
        return draw()
    if not form.validate():
        return draw(), 422
    site_key = current_app.config["SETTINGS"].secret_key
    services.add_organization(coalition.id, by_id=actor.person_id, site_key=site_key, **form.values())
    added = _("%(name)s is added. We sent an invitation to %(email)s.", name=form.name.data, email=form.lead_email.data)
    flash(added, "success")
    return see(url_for("coalitions.show_coalition", coalition_id=coalition.id))


def _add_existing(coalition: Coalition) -> Response:
    outside = {str(each.id): each for each in queries.list_organizations_outside(coalition.id)}
    chosen = outside.get(request.form["existing_id"])
    if chosen is None:
        raise Conflict(_("This organization cannot be added. It may have been added or closed meanwhile."))
    services.join_coalition(coalition.id, chosen.id, by_id=access.signed_in_actor().person_id)
    flash(_("%(name)s is now part of this coalition.", name=chosen.name), "success")
    return see(url_for("coalitions.show_coalition", coalition_id=coalition.id))


@bp.post("/organizations/<int:organization_id>/remove")
@requires(Permission.COALITION_MANAGE, on=queries.get_belonging_for)
def remove_organization(belonging: CoalitionOrganization) -> Response:
    """Let an organization leave the coalition."""
    services.leave_coalition(
        belonging.coalition_id, belonging.organization_id, by_id=access.signed_in_actor().person_id
    )
    flash(_("%(name)s is no longer part of this coalition.", name=belonging.organization.name), "success")
    return see(url_for("coalitions.show_coalition", coalition_id=belonging.coalition_id))


@bp.get("/organizations/<int:organization_id>/lead")
@bp.post("/organizations/<int:organization_id>/lead")
@requires(Permission.COALITION_MANAGE, on=queries.get_current_belonging_for)
def appoint_lead(belonging: CoalitionOrganization) -> Response | str | tuple[str, int]:
    """Give an organization a lead when its last one is gone or suspended."""
    actor, organization = access.signed_in_actor(), belonging.organization
    form = LeadForm(forms.form_data())
    draw = partial(
        pages.render,
        "coalitions/appoint_lead.html",
        form=form,
        belonging=belonging,
        has_lead=exists_lead(organization.id),
    )
    if request.method == "GET":
        return draw()
    limits.check(APPOINTING, str(actor.person_id))
    if not form.validate():
        return draw(), 422
    site_key = current_app.config["SETTINGS"].secret_key
    try:
        found = services.appoint_lead(
            belonging.coalition_id,
            organization.id,
            form.person_name.data or "",
            by_id=actor.person_id,
            site_key=site_key,
        )
    except Invalid as invalid:
        afterwards(lambda: limits.count(APPOINTING, str(actor.person_id)))
        forms.add_errors(form, invalid.fields)
        return draw(), 422
    if isinstance(found, Person):
        flash(
            _("%(name)s now leads %(organization)s.", name=found.display_name, organization=organization.name),
            "success",
        )
    else:
        flash(_("We sent an invitation to %(email)s.", email=found.email), "success")
    response = see(url_for("coalitions.show_coalition", coalition_id=belonging.coalition_id))
    return access.renew_key(response) if isinstance(found, Person) and found.id == actor.person_id else response


@bp.get("/roles")
@requires(Permission.COALITION_MANAGE, on=queries.get_coalition_for)
def list_roles(coalition: Coalition) -> str:
    """List who holds a role here, or ask before one ends."""
    actor, ending_id = access.signed_in_actor(), _asked_id("end")
    if ending_id:
        held = queries.get_role_for(actor, coalition.id, ending_id)
        return pages.render("coalitions/end_role.html", held=held, labels=ROLE_LABELS)
    roles = pages.page_of(queries.count_roles(coalition.id), partial(queries.list_roles, coalition.id))
    endable_ids = {role.id for role in roles.rows if _may_end(role)}
    return pages.render(
        "coalitions/list_roles.html", coalition=coalition, roles=roles, labels=ROLE_LABELS, endable_ids=endable_ids
    )


@bp.get("/roles/new")
@bp.post("/roles/new")
@requires(Permission.COALITION_MANAGE, on=queries.get_coalition_for)
def appoint(coalition: Coalition) -> Response | str | tuple[str, int]:
    """Appoint somebody to a role in the coalition."""
    actor, may_appoint = access.signed_in_actor(), _may(Permission.COALITION_APPOINT_COORDINATOR, coalition)
    form = AppointForm(forms.form_data(), may_appoint_coordinator=may_appoint)
    draw = partial(pages.render, "coalitions/appoint.html", form=form, coalition=coalition)
    if request.method == "GET":
        return draw()
    limits.check(APPOINTING, str(actor.person_id))
    if not form.validate():
        return draw(), 422
    try:
        person = services.appoint(coalition.id, by_id=actor.person_id, **form.values())
    except Invalid as invalid:
        afterwards(lambda: limits.count(APPOINTING, str(actor.person_id)))
        forms.add_errors(form, invalid.fields)
        return draw(), 422
    flash(_("%(name)s now holds this role.", name=person.display_name), "success")
    response = see(url_for("coalitions.list_roles", coalition_id=coalition.id))
    return access.renew_key(response) if person.id == actor.person_id else response


@bp.post("/roles/<int:role_id>/end")
@requires(Permission.COALITION_MANAGE, on=queries.get_role_for)
def end_role(held: HeldRole) -> Response:
    """End somebody's role in the coalition."""
    actor, may_appoint = access.signed_in_actor(), _may(Permission.COALITION_APPOINT_COORDINATOR, held)
    if not _may_end(held.role):
        raise Forbidden("Only an administrator can end the role of another coordinator.")
    services.end_role(held.role, by_id=actor.person_id, may_end_last_coordinator=may_appoint)
    flash(_("%(name)s no longer holds this role.", name=held.role.person.display_name), "success")
    if held.role.person_id == actor.person_id and not actor.is_administrator:
        return see(url_for("home.show_home"))  # who gave up the role may not see its page any more
    return see(url_for("coalitions.list_roles", coalition_id=held.coalition.id))


def _asked_id(name: str) -> int | None:
    """Return an id from the address, None when there is none or it is broken."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None


def _draw_fact(place: FactPlace, *, form: FactForm, conflict: Conflict | None = None) -> str:
    return pages.render(
        "coalitions/edit_fact.html",
        form=form,
        place=place,
        label=FACT_LABELS[place.key],
        hint=FACT_HINTS[place.key],
        is_law=place.key is FactKey.GOOD_SAMARITAN_LAW,
        conflict=conflict,
    )


def _may(permission: Permission, thing: Scoped) -> bool:
    return can(access.signed_in_actor(), permission, thing.scope)


def _may_end(role: CoalitionRole) -> bool:
    return rules.may_end_role(
        role.role,
        is_own=role.person_id == access.signed_in_actor().person_id,
        may_appoint_coordinators=_may(Permission.COALITION_APPOINT_COORDINATOR, role),
    )
