"""Pages of the instruments that an organization adapts or brings in."""

from typing import Any
from uuid import uuid4

from flask import flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.db import db
from lms.errors import Invalid
from lms.organizations.models import Organization
from lms.organizations.queries import get_organization_for
from lms.readiness.forms import own_instruments as words
from lms.readiness.forms.own_instruments import ImportInstrumentForm, part_form, part_of_form
from lms.readiness.models.own_instruments import OwnInstrument
from lms.readiness.queries import own_instruments as queries
from lms.readiness.queries.instruments import list_offered
from lms.readiness.rules import OWN_PREFIX
from lms.readiness.services import own_instruments as services
from lms.readiness.services.own_instruments import NothingNew, NotReady, StalePart
from lms.readiness.views.blueprint import Answer, bp, page_language
from lms.readiness.views.uploads import FileRefused, has_file, is_json, say_why, take_file
from lms.sheets import BadQuotes, rows_of
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.formats import fhir, instrument_fhir, instrument_redcap, redcap
from readiness.formats.drafts import FRONT, TOPICS, Draft, Gap, gaps_of, items_of, mode_of, most_items
from readiness.formats.errors import FormatRefused
from readiness.formats.fitting import LEFT_OUT, Fitted
from readiness.formats.json_text import parse_json
from readiness.instruments import Mode

ALL_MODES = frozenset(Mode)


@bp.get("/organizations/<int:organization_id>/readiness/instruments")
@requires(Permission.READINESS_MANAGE, on=get_organization_for)
def list_instruments(organization: Organization) -> str:
    """List the organization's own instruments, and what the site offers to copy."""
    return pages.render("readiness/list_instruments.html", **_list_page(organization))


@bp.post("/organizations/<int:organization_id>/readiness/instruments/copy")
@requires(Permission.READINESS_MANAGE, on=get_organization_for)
def copy_instrument(organization: Organization) -> Answer:
    """Make a draft from an instrument that is offered here."""
    offered = {
        str(version.id): (version, instrument) for version, instrument in list_offered(organization.id, ALL_MODES)
    }
    chosen = offered.get(request.form.get("version_id", ""))
    if chosen is None:
        problem = _("Choose one of the instruments on this page.")
        return pages.render("readiness/list_instruments.html", **_list_page(organization), problem=problem), 422
    own = services.copy_instrument(
        organization.id, *chosen, form_key=forms.sent_form_key() or uuid4(), by_id=access.signed_in_actor().person_id
    )
    flash(_("This is your own draft now. Nobody else sees it before you publish it."), "success")
    return see(url_for("readiness.edit_instrument", own_id=own.id))


@bp.get("/organizations/<int:organization_id>/readiness/instruments/import")
@bp.post("/organizations/<int:organization_id>/readiness/instruments/import")
@requires(Permission.READINESS_MANAGE, on=get_organization_for)
def import_instrument(organization: Organization) -> Answer:
    """Read an instrument from a file, show what becomes of it, and keep it as a draft."""
    form, organization_id = ImportInstrumentForm(forms.form_data()), organization.id
    template = "readiness/import_instrument.html"
    if request.method == "GET":
        return pages.render(template, form=form, organization=organization)
    try:
        is_valid = form.validate()
        if is_valid:
            services.refuse_without_rights(form.rightful())
        take_file(form)
        fitted = _read_instrument(form) if is_valid else None
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        fitted = None
    except (FileRefused, FormatRefused, BadQuotes) as error:
        sentence = error.sentence if isinstance(error, FileRefused) else say_why(error)
        forms.add_errors(form, {"file": sentence})
        form.text.data, fitted = "", None
    organization = get_organization_for(access.signed_in_actor(), organization_id)
    if fitted is None:
        return pages.invalid(template, form=form, organization=organization)
    if request.form.get("action") != "save" or has_file():
        return _preview(form, organization, fitted)
    own = services.bring_in(
        organization_id,
        fitted.draft,
        form.rightful(),
        form_key=form.key(),
        by_id=access.signed_in_actor().person_id,
    )
    flash(_("The instrument is kept as a draft. Look at what is missing, then publish it."), "success")
    return see(url_for("readiness.edit_instrument", own_id=own.id))


@bp.get("/readiness/own-instruments/<int:own_id>")
@bp.post("/readiness/own-instruments/<int:own_id>")
@requires(Permission.READINESS_MANAGE, on=queries.get_own_for)
def edit_instrument(own: OwnInstrument) -> Answer:
    """Show a draft with what is missing, or one part of it to write in (`part`); change its order."""
    part = request.args.get("part", "")
    if request.method == "GET":
        if request.args.get("remove"):
            return _confirm_removal(own, request.args["remove"])
        return _draw_part(own, part) if part else _draw_whole(own)
    if part:
        return _save_part(own, part)
    try:
        return see(_change_order(own, request.form))
    except Invalid as invalid:
        return _draw_whole(own, problem=invalid), 422


@bp.post("/readiness/own-instruments/<int:own_id>/publish")
@requires(Permission.READINESS_MANAGE, on=queries.get_own_for)
def publish_instrument(own: OwnInstrument) -> Answer:
    """Publish a draft as a version that never changes."""
    try:
        version = services.publish_instrument(own.id, by_id=access.signed_in_actor().person_id)
    except NotReady as error:
        return _draw_whole(own, problem=error), 422
    except NothingNew as error:
        return _draw_whole(own, problem=error), 409
    flash(_("Version %(number)s is published. New rounds use it.", number=version.number), "success")
    return see(url_for("readiness.list_instruments", organization_id=own.organization_id))


@bp.post("/readiness/own-instruments/<int:own_id>/retire")
@requires(Permission.READINESS_MANAGE, on=queries.get_own_for)
def retire_instrument(own: OwnInstrument) -> Answer:
    """Offer an own instrument no longer, or again."""
    is_retired = request.form.get("again") != "yes"
    services.retire_instrument(own.id, is_retired=is_retired, by_id=access.signed_in_actor().person_id)
    gone = _("It is not offered for new rounds any more. What was rated with it stays.")
    flash(gone if is_retired else _("It is offered for new rounds again."), "success")
    return see(url_for("readiness.list_instruments", organization_id=own.organization_id))


def _list_page(organization: Organization) -> dict[str, Any]:
    offered = list_offered(organization.id, ALL_MODES)
    return {
        "organization": organization,
        "own": queries.list_own(organization.id),
        "offered": [(version, each) for version, each in offered if not version.slug.startswith(OWN_PREFIX)],
        "mode_labels": words.MODE_LABELS,
        "rights_labels": words.RIGHTS_SHOWN,
    }


def _read_instrument(form: ImportInstrumentForm) -> Fitted:
    text, mode = form.text.data or "", Mode(form.mode.data)
    if is_json(text):
        return instrument_fhir.instrument_from(fhir.read_questionnaire(parse_json(text)), mode)
    dictionary = redcap.read_dictionary(rows_of(text))
    return instrument_redcap.instrument_from(dictionary, mode, form.source_language.data)


def _preview(form: ImportInstrumentForm, organization: Organization, fitted: Fitted) -> Answer:
    """Show what would be kept and what would not; nothing is kept between the two steps."""
    form.begin_again()
    mode = mode_of(fitted.draft)
    said: dict[str, list[tuple[str, str]]] = {}
    for each in fitted.dropped:
        said.setdefault(each.where, []).append((words.REASON_SENTENCES[each.reason], each.text))
    left_out = {each.where for each in fitted.dropped if each.reason in LEFT_OUT}
    page = pages.render(
        "readiness/preview_instrument.html",
        form=form,
        organization=organization,
        draft=fitted.draft,
        n_items=fitted.n_items,
        most_items=most_items(mode),
        rows=[{"where": where or _("The whole"), "said": sentences} for where, sentences in said.items()],
        n_left_out=len(left_out),
        n_gaps=len(gaps_of(fitted.draft)),
        mode_label=words.MODE_LABELS[mode],
        rights_label=words.RIGHTS_SHOWN[form.rightful().rights],
    )
    db.session.rollback()  # a look is no submission: the same form may be sent again
    return page


def _draw_whole(own: OwnInstrument, problem: Exception | None = None) -> str:
    draft, language = own.draft, page_language()
    gaps = gaps_of(draft)
    return pages.render(
        "readiness/edit_instrument.html",
        own=own,
        draft=draft,
        title=_title(draft),
        problem=problem,
        gaps=[_say_gap(own, gap) for gap in gaps],
        parts_with_gaps={gap.part for gap in gaps},
        n_items=sum(1 for _item in items_of(draft)),
        most_items=most_items(mode_of(draft)),
        mode_label=words.MODE_LABELS[mode_of(draft)],
        rights_label=words.RIGHTS_SHOWN[own.rights],
        other="en" if language == "es" else "es",
        used_topics={item["topic"] for item in items_of(draft)},
    )


def _draw_part(own: OwnInstrument, part: str, *, form: Any = None, stale: StalePart | None = None) -> Answer:
    """Show one part to write in. What it lacks is told at its fields once something was written."""
    try:
        values = services.part_values(own.draft, part)
    except Invalid:
        flash(_("This part is not there any more."), "info")
        return see(url_for("readiness.edit_instrument", own_id=own.id))
    if form is None:
        form = part_form(own.draft, part, values=values)
        form.seen.data = services.part_print(own.draft, part)
        gaps = [gap for gap in gaps_of(own.draft) if gap.part == part and gap.field]
        is_begun = any(isinstance(value, str) and value for name, value in values.items() if "-" in name)
        if is_begun or request.args.get("check"):
            forms.add_errors(form, {gap.field: _say_gap_at_field(gap) for gap in gaps})
    return pages.render(
        "readiness/edit_instrument_part.html",
        own=own,
        part=part,
        form=form,
        title=_title(own.draft),
        heading=_heading(own.draft, part),
        slots=[(name, words.label_of(name)) for name in words.slot_names(own.draft, part)],
        kind=part.partition(":")[0],
        stale=stale,
        theirs=_theirs(stale) if stale else [],
    )


def _save_part(own: OwnInstrument, part: str) -> Answer:
    try:
        services.part_values(own.draft, part)
    except Invalid as invalid:
        return _draw_whole(own, problem=invalid), 409
    form = part_form(own.draft, part, forms.form_data())
    if not form.validate():
        forms.add_errors(form, {})
        return _as_page(_draw_part(own, part, form=form)), 422
    by_id, seen = access.signed_in_actor().person_id, form.seen.data or ""
    try:
        _own, gaps = services.save_part(own.id, part, part_of_form(form), seen=seen, by_id=by_id)
    except StalePart as stale:
        form.seen.data = services.part_print(own.draft, part)
        return _as_page(_draw_part(own, part, form=form, stale=stale)), 409
    if gaps:
        flash(_("Saved. What is still missing is marked."), "caution")
        return see(url_for("readiness.edit_instrument", own_id=own.id, part=part, check=1))
    flash(_("Saved."), "success")
    return see(url_for("readiness.edit_instrument", own_id=own.id, _anchor=_anchor(part)))


def _as_page(answer: Answer) -> Any:
    return answer[0] if isinstance(answer, tuple) else answer


def _change_order(own: OwnInstrument, sent: Any) -> str:
    """Do what one of the small buttons says; return where to go on."""
    by_id, part = access.signed_in_actor().person_id, sent.get("target", "")
    own_id, do = own.id, sent.get("do", "")
    if do in {"up", "down"}:
        services.move(own_id, part, -1 if do == "up" else 1, by_id=by_id)
        return url_for("readiness.edit_instrument", own_id=own_id, _anchor=_anchor(part))
    if do == "remove":
        services.remove(own_id, part, by_id=by_id)
        flash(_("It is removed from the draft. Versions that are published stay as they are."), "success")
        return url_for("readiness.edit_instrument", own_id=own_id)
    if do == "add-item":
        made = f"item:{services.add_item(own_id, part.partition(':')[2], by_id=by_id)}"
    elif do == "add-area":
        made = f"area:{services.add_area(own_id, by_id=by_id)}"
    elif do == "add-topic":
        services.add_topic(own_id, by_id=by_id)
        made = TOPICS
    else:
        raise Invalid(_("Choose one of the buttons on this page."))
    return url_for("readiness.edit_instrument", own_id=own_id, part=made)


def _confirm_removal(own: OwnInstrument, part: str) -> Answer:
    try:
        services.part_values(own.draft, part)
    except Invalid:
        return see(url_for("readiness.edit_instrument", own_id=own.id))
    n_items = next((len(area["items"]) for area in own.draft["areas"] if part == f"area:{area['key']}"), 0)
    return pages.render(
        "readiness/remove_instrument_part.html", own=own, part=part, heading=_heading(own.draft, part), n_items=n_items
    )


def _say_gap(own: OwnInstrument, gap: Gap) -> dict[str, str]:
    """Say what is missing where, with the way there."""
    sentence = str(words.GAP_SENTENCES[gap.kind])
    if not gap.part:
        return {"text": sentence, "href": "#areas"}
    slot = gap.field.rpartition("-")[0]
    name = words.label_of(slot) if slot else ""
    where = " · ".join(str(each) for each in (_heading(own.draft, gap.part), name) if each)
    if gap.part.startswith("area:") and not gap.field:
        return {"text": f"{where}: {sentence}", "href": f"#{_anchor(gap.part)}"}
    url = url_for("readiness.edit_instrument", own_id=own.id, part=gap.part, check=1, _anchor=gap.field)
    return {"text": f"{where}: {sentence}", "href": url}


def _say_gap_at_field(gap: Gap) -> str:
    """Say what is missing so that it reads well in the summary, too."""
    slot, sentence = gap.field.rpartition("-")[0], str(words.GAP_SENTENCES[gap.kind])
    return f"{words.label_of(slot)}: {sentence}" if slot else sentence


def _heading(draft: Draft, part: str) -> str:
    if part in {FRONT, TOPICS}:
        return str(_("Title and introduction") if part == FRONT else _("Topics"))
    kind, _colon, key = part.partition(":")
    rows = draft["areas"] if kind == "area" else items_of(draft)
    row = next((each for each in rows if each["key"] == key), None)
    unnamed = _("Area without a name") if kind == "area" else _("New item")
    return str((_in_language(row["name"]) or unnamed) if row else unnamed)


def _title(draft: Draft) -> str:
    return _in_language(draft["title"]) or _("Instrument without a title")


def _in_language(text: dict[str, str]) -> str:
    return text[page_language()] or text["en"] or text["es"]


def _theirs(stale: StalePart) -> list[dict[str, Any]]:
    rows = []
    for name, value in stale.theirs.items():
        slot, _dash, language = name.rpartition("-")
        if slot and language in words.LANGUAGE_LABELS:
            rows.append({"label": f"{words.label_of(slot)} · {words.LANGUAGE_LABELS[language]}", "value": value})
    return rows


def _anchor(part: str) -> str:
    return part.replace(":", "-")
