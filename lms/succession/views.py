"""Pages of critical roles: the coverage map of an organization or a coalition, and the role cards."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from lms import clock
from lms.authz import Permission, can
from lms.errors import Conflict, Invalid
from lms.succession import forms as words
from lms.succession import queries
from lms.succession.forms import EvidenceForm, RoleForm
from lms.succession.queries import Choice, Owner, RoleCard
from lms.succession.rules import MOST_PEOPLE_OF_KIND, SLOTS, Level
from lms.succession.services import roles as services
from lms.succession.services.roles import RoleText, StaleEdit
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.pages import ListPage
from lms.web.site import see

bp = Blueprint("succession", __name__)

Answer = Response | str | tuple[str, int]

LEVEL_CHIPS = {
    Level.VACANT: ("danger", "circle-x"),
    Level.HELD: ("danger", "circle-alert"),
    Level.BACKUP_NAMED: ("caution", "user-plus"),
    Level.BACKUP_TRAINED: ("success", "circle-check"),
    Level.REHEARSED: ("success", "shield-check"),
}


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """These pages name people, and gaps that are nobody else's business."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.context_processor
def name_words() -> dict[str, Any]:
    """Let templates name levels and kinds."""
    return {
        "level_labels": words.LEVEL_LABELS,
        "level_sentences": words.LEVEL_SENTENCES,
        "level_next": words.LEVEL_NEXT,
        "level_chips": LEVEL_CHIPS,
        "criticality_labels": words.CRITICALITY_LABELS,
        "criticality_hints": words.CRITICALITY_HINTS,
        "kind_labels": words.KIND_LABELS,
        "evidence_labels": words.EVIDENCE_LABELS,
        "evidence_hints": words.EVIDENCE_HINTS,
        "links_of": links_of,
    }


@bp.get("/organizations/<int:organization_id>/roles")
@requires(Permission.SUCCESSION_READ, on=queries.get_organization_owner_for)
def list_organization_roles(owner: Owner) -> str:
    """Show which critical roles of an organization are covered, and which have nobody."""
    return _draw_map(owner)


@bp.get("/coalitions/<int:coalition_id>/critical-roles")
@requires(Permission.SUCCESSION_READ, on=queries.get_coalition_owner_for)
def list_coalition_roles(owner: Owner) -> str:
    """Show which critical roles of a coalition are covered, and which have nobody."""
    return _draw_map(owner)


@bp.get("/organizations/<int:organization_id>/roles/new")
@bp.post("/organizations/<int:organization_id>/roles/new")
@requires(Permission.SUCCESSION_MANAGE, on=queries.get_organization_owner_for)
def add_organization_role(owner: Owner) -> Answer:
    """Add a critical role to an organization."""
    return _add(owner)


@bp.get("/coalitions/<int:coalition_id>/critical-roles/new")
@bp.post("/coalitions/<int:coalition_id>/critical-roles/new")
@requires(Permission.SUCCESSION_MANAGE, on=queries.get_coalition_owner_for)
def add_coalition_role(owner: Owner) -> Answer:
    """Add a critical role to a coalition."""
    return _add(owner)


@bp.get("/succession/roles/<int:role_id>")
@requires(Permission.SUCCESSION_READ, on=queries.get_role_for)
def show_role(card: RoleCard) -> Answer:
    """Show a role card; `?step=close` asks before the role is closed."""
    if request.args.get("step") == "close" and _may_manage(card) and card.role.closed_at is None:
        return pages.render("succession/ask_close_role.html", card=card)
    return _draw_card(card, _evidence_form(card))


@bp.get("/succession/roles/<int:role_id>/edit")
@bp.post("/succession/roles/<int:role_id>/edit")
@requires(Permission.SUCCESSION_MANAGE, on=queries.get_role_for)
def edit_role(card: RoleCard) -> Answer:
    """Change a role card, who holds the role and who stands behind it."""
    if card.role.closed_at is not None:
        raise Conflict(_("This role is closed. Nothing was changed."))
    form = _role_form(card.owner, card)
    if request.method == "GET":
        return _draw_form(form, card.owner, card)
    if not form.validate():
        return _draw_form(form, card.owner, card, status=422)
    by_id = access.signed_in_actor().person_id
    try:
        services.edit_role(card, form.text(), form.people(), row_version=form.version, by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return _draw_form(form, card.owner, card, status=422)
    except StaleEdit as stale:
        now = queries.get_role_for(access.signed_in_actor(), card.role.id)
        form.begin_from(now.role.row_version)
        return _draw_form(form, now.owner, now, status=409, stale=stale, theirs=_said(now, form))
    flash(_("The role card is saved."), "success")
    return see(url_for("succession.show_role", role_id=card.role.id))


@bp.post("/succession/roles/<int:role_id>/evidence")
@requires(Permission.SUCCESSION_MANAGE, on=queries.get_role_for)
def note_evidence(card: RoleCard) -> Answer:
    """Note what somebody did to be able to step in, or take back what was noted by mistake."""
    by_id, here = access.signed_in_actor().person_id, url_for("succession.show_role", role_id=card.role.id)
    mistaken = request.form.get("take_back", "")
    if mistaken:
        is_id = mistaken.isascii() and mistaken.isdigit() and len(mistaken) < 10
        if services.take_back_evidence(card, int(mistaken) if is_id else 0, by_id=by_id):
            flash(_("This no longer counts. It stays in the history."), "success")
        return see(here)
    form = _evidence_form(card)
    if not form.validate():
        return _draw_card(card, form), 422
    try:
        services.note_evidence(card, **form.values(), today=_today(), by_id=by_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return _draw_card(card, form), 422
    flash(_("Noted."), "success")
    return see(here)


@bp.post("/organizations/<int:organization_id>/roles/share")
@requires(Permission.SUCCESSION_MANAGE, on=queries.get_organization_owner_for)
def share_roles(owner: Owner) -> Answer:
    """Show an organization's roles to the TA experts who serve it, or no longer."""
    is_shared = request.form.get("is_shared") == "yes"
    services.share_roles(owner, is_shared=is_shared, by_id=access.signed_in_actor().person_id)
    if is_shared:
        flash(_("The TA experts who serve you can read your critical roles now."), "success")
    else:
        flash(_("Your critical roles are yours alone again."), "success")
    return see(links_of(owner)["list"])


@bp.post("/succession/roles/<int:role_id>/close")
@requires(Permission.SUCCESSION_MANAGE, on=queries.get_role_for)
def close_role(card: RoleCard) -> Answer:
    """Close a role that is no longer critical."""
    services.close_role(card, by_id=access.signed_in_actor().person_id)
    flash(_("“%(name)s” is closed. Its card and history stay.", name=card.role.name), "success")
    return see(links_of(card.owner)["list"])


def links_of(owner: Owner) -> Mapping[str, str]:
    """Return the addresses around an owner's roles."""
    if owner.organization is not None:
        place: dict[str, Any] = {"organization_id": owner.id}
        return {
            "owner": url_for("organizations.show_organization", **place),
            "list": url_for("succession.list_organization_roles", **place),
            "add": url_for("succession.add_organization_role", **place),
            "share": url_for("succession.share_roles", **place),
        }
    place = {"coalition_id": owner.id}
    return {
        "owner": url_for("coalitions.show_coalition", **place),
        "list": url_for("succession.list_coalition_roles", **place),
        "add": url_for("succession.add_coalition_role", **place),
    }


def _draw_map(owner: Owner) -> str:
    today = _today()
    role_map = queries.get_role_map(owner, today)
    number = min(pages.asked_page(), max(1, -(-len(role_map.rows) // pages.PAGE_SIZE)))
    start = (number - 1) * pages.PAGE_SIZE
    rows = role_map.rows[start : start + pages.PAGE_SIZE]
    return pages.render(
        "succession/list_roles.html",
        owner=owner,
        role_map=role_map,
        roles=ListPage(rows, number, len(role_map.rows)),
        today=today,
    )


def _draw_card(card: RoleCard, form: EvidenceForm) -> str:
    today = _today()
    return pages.render(
        "succession/show_role.html",
        card=card,
        role=card.role,
        coverage=card.coverage_on(today),
        form=form,
        today=today,
        may_read_list=can(access.signed_in_actor(), Permission.SUCCESSION_READ, card.owner.scope),
    )


def _add(owner: Owner) -> Answer:
    form = _role_form(owner, None)
    if request.method == "GET":
        return _draw_form(form, owner, None)
    if not form.validate():
        return _draw_form(form, owner, None, status=422)
    try:
        role_id = services.add_role(owner, form.text(), form.people(), by_id=access.signed_in_actor().person_id)
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return _draw_form(form, owner, None, status=422)
    flash(_("The role is added. Now you see how sure it is."), "success")
    return see(url_for("succession.show_role", role_id=role_id))


def _role_form(owner: Owner, card: RoleCard | None) -> RoleForm:
    form = RoleForm(forms.form_data(), data=_card_data(card) if card is not None else None)
    choices = queries.list_choices(owner)
    known = {each.person_id for each in choices}
    still_named = [
        Choice(each.person_id, each.name or "")
        for each in (card.open_positions if card is not None else ())
        if each.person_id is not None and each.person_id not in known
    ]
    form.offer([*choices, *still_named])
    return form


def _card_data(card: RoleCard) -> Mapping[str, Any]:
    role = card.role
    return {
        **{name: getattr(role, name) for name in RoleText.__dataclass_fields__},
        "criticality": role.criticality.value,
        "row_version": role.row_version,
        "holders": [str(each.person_id) for each in card.holders],
        "backups": [str(each.person_id) for each in card.backups],
    }


def _draw_form(form: RoleForm, owner: Owner, card: RoleCard | None, *, status: int = 200, **context: Any) -> Answer:
    slots = {
        name: min(max(SLOTS, len([each for each in form[name].data or () if each]) + 1), MOST_PEOPLE_OF_KIND)
        for name in ("holders", "backups")
    }
    template = "succession/edit_role.html" if card is not None else "succession/add_role.html"
    return pages.render(template, form=form, owner=owner, card=card, slots=slots, **context), status


def _said(card: RoleCard, form: RoleForm) -> list[dict[str, Any]]:
    """Return what the card says now, for somebody whose edit met another."""
    said: dict[str, Any] = asdict(
        RoleText(**{name: getattr(card.role, name) for name in RoleText.__dataclass_fields__})
    )
    said["criticality"] = words.CRITICALITY_LABELS[card.role.criticality]
    said["holders"] = ", ".join(each.name or "" for each in card.holders)
    said["backups"] = ", ".join(each.name or "" for each in card.backups)
    return [{"label": form[name].label.text, "value": value} for name, value in said.items() if value not in {"", None}]


def _evidence_form(card: RoleCard) -> EvidenceForm:
    form = EvidenceForm(forms.form_data() if request.endpoint == "succession.note_evidence" else None)
    named = [*card.backups, *card.holders]
    people = [(each.person_id, each.name or "") for each in named if each.counts and each.person_id]
    form.offer(people, _today())
    return form


def _may_manage(card: RoleCard) -> bool:
    return can(access.signed_in_actor(), Permission.SUCCESSION_MANAGE, card.scope)


def _today() -> date:
    return clock.today(access.signed_in_actor().time_zone)
