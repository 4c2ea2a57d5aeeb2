"""What becomes of people: from one organization to another, two accounts of one person, erased."""

from functools import partial

from flask import current_app, flash, request, url_for
from flask_babel import gettext as _

from lms.accounts.models import Person
from lms.accounts.queries import find_person_by_name
from lms.admin import forms as admin_forms
from lms.admin import services
from lms.admin.queries import merging, people, places
from lms.admin.queries.reach import get_person_for
from lms.admin.views.blueprint import Answer, bp, draw_form
from lms.authz import MembershipRole, Permission
from lms.errors import Invalid
from lms.organizations.models import Membership
from lms.organizations.queries import life
from lms.organizations.services import life as life_services
from lms.web import access, forms, pages
from lms.web.access import asks_password_again, requires
from lms.web.erasing import erase_form
from lms.web.site import LARGEST_ID, see

WORDS_OF_TABLES = {
    "assignment": admin_forms.MOVED_ASSIGNMENTS,
    "attempt": admin_forms.MOVED_ATTEMPTS,
    "certificate": admin_forms.MOVED_CERTIFICATES,
    "coalition_role": admin_forms.MOVED_ROLES,
    "enrollment": admin_forms.MOVED_COURSES,
    "membership": admin_forms.MOVED_MEMBERSHIPS,
}


@bp.get("/people/<int:person_id>/move")
@bp.post("/people/<int:person_id>/move")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
def move_person(person: Person) -> Answer:
    """Let somebody belong to another organization instead; what they learned goes with them."""
    held = [each for each in people.list_memberships(person.id) if each.ended_at is None]
    form = admin_forms.MoveForm(forms.form_data())
    form.offer(held, places.list_open_organizations())
    owned = [(each, life.list_owned_work(person.id, each.organization_id)) for each in held]
    draw = partial(draw_form, "admin/move_person.html", form=form, person=person, held=held, owned=owned)
    if request.method == "GET" or not held or not form.validate():
        return draw()
    try:
        _move(form, held)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    flash(_("%(name)s now belongs to the other organization.", name=person.display_name), "success")
    return see(url_for("admin.show_person", person_id=person.id))


def _move(form: admin_forms.MoveForm, held: list[Membership]) -> None:
    leaving = next(each for each in held if str(each.id) == form.membership.data)
    life_services.move_person(
        leaving,
        int(form.organization.data),
        MembershipRole(form.role.data),
        by_id=access.signed_in_actor().person_id,
    )


@bp.get("/people/<int:person_id>/merge")
@bp.post("/people/<int:person_id>/merge")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
@asks_password_again
def merge_people(person: Person) -> Answer:
    """Make two accounts of one person one: name the other, see what moves, then confirm."""
    if request.method == "POST":
        return _merge(person)
    typed = admin_forms.asked_text(request.args, "other")
    other = find_person_by_name(typed) if typed else None
    if other is None:
        return pages.render("admin/merge_people.html", person=person, typed=typed)
    refusal = merging.refusal(person, other, access.signed_in_actor().person_id)
    return pages.render(
        "admin/merge_people.html",
        person=person,
        typed=typed,
        other=other,
        refusal=services.MERGE_REFUSALS[refusal] if refusal else None,
        moving=_moving(other),
    )


@bp.get("/people/<int:person_id>/erase")
@bp.post("/people/<int:person_id>/erase")
@requires(Permission.SITE_ADMINISTER, on=get_person_for)
@asks_password_again
def erase_person(person: Person) -> Answer:
    """Erase somebody who asks for it and cannot do it alone."""
    actor, name = access.signed_in_actor(), person.display_name
    led_alone = [(each, life.list_successors(each.id, person.id)) for each in life.list_led_alone(person.id)]
    form = erase_form(forms.form_data(), led_alone)
    draw = partial(
        draw_form,
        "admin/erase_person.html",
        form=form,
        person=person,
        stuck=[organization for organization, others in led_alone if not others],
        is_self=person.id == actor.person_id,
    )
    if request.method == "GET" or person.id == actor.person_id or person.is_former or not form.validate():
        return draw()
    try:
        services.erase_person(
            person.id,
            form.successors,
            by_id=actor.person_id,
            may_end_last_coordinator=True,
            site_key=current_app.config["SETTINGS"].secret_key,
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return draw()
    flash(_("%(name)s is erased.", name=name), "success")
    return see(url_for("admin.list_people"))


def _merge(person: Person) -> Answer:
    sent, name = request.form.get("other_id", ""), person.display_name
    other_id = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 11 else 0
    actor_id, person_id = access.signed_in_actor().person_id, person.id
    services.merge_people(person_id, min(other_id, LARGEST_ID), by_id=actor_id)
    flash(_("The two accounts of %(name)s are one now.", name=name), "success")
    return see(url_for("admin.show_person", person_id=person_id))


def _moving(other: Person) -> list[tuple[str, int]]:
    counted = merging.count_rows_of(other.id)
    known = [(str(word), counted.pop(table)) for table, word in WORDS_OF_TABLES.items() if table in counted]
    rest = sum(counted.values())
    return [*known, (str(admin_forms.MOVED_OTHER), rest)] if rest else known
