"""A survey on paper: printing it, and typing in what comes back, twice."""

from collections.abc import Mapping
from typing import Any

from flask import flash, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from lms.authz import Permission
from lms.errors import Invalid, NotFound
from lms.readiness.forms.rounds import clean_note
from lms.readiness.queries import surveys
from lms.readiness.queries.surveys import HeldSheet, HeldSurvey
from lms.readiness.services import paper as services
from lms.readiness.services.paper import GROUP, SheetGone, TypedDifferently
from lms.readiness.survey_answers import NOTHING, RATHER_NOT, Answered, choices_of
from lms.readiness.views.blueprint import Answer, bp, own_today, page_language
from lms.readiness.views.surveys import survey_page
from lms.web import access, forms, pages
from lms.web.access import requires
from lms.web.site import see
from readiness.instruments import Instrument

NO_GROUP = "none"  # how a form says: would rather not say


@bp.get("/readiness/surveys/<int:round_id>/paper")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def print_survey(held: HeldSurvey) -> str:
    """Show the survey as a sheet to print, in one of its languages: `?in=en` or `es`."""
    asked = request.args.get("in", "")
    sheet_language = asked if asked in held.survey.languages else str(held.survey.languages[0])
    groups, words = surveys.list_groups(held.round.id), survey_page(held)
    with force_locale(sheet_language):  # it is for whoever fills it in
        return pages.render(
            "readiness/print_survey.html", **words, groups=groups, sheet_language=sheet_language, scale=_scale(held)
        )


@bp.get("/readiness/surveys/<int:round_id>/paper/enter")
@bp.post("/readiness/surveys/<int:round_id>/paper/enter")
@requires(Permission.READINESS_MANAGE, on=surveys.get_survey_for)
def enter_paper(held: HeldSurvey) -> Answer:
    """Type in a sheet for the first time."""
    if request.method == "GET":
        return (
            pages.render("readiness/enter_survey.html", **_entry_page(held, NOTHING)) if held.is_taking else _over(held)
        )
    typed = _read(held.instrument)
    try:
        code = services.keep_sheet(held.round, held.instrument, typed, by_id=access.signed_in_actor().person_id)
    except Invalid as invalid:
        return pages.invalid("readiness/enter_survey.html", **_entry_page(held, typed, errors=invalid.fields))
    flash(
        _("Write the code %(code)s on the sheet. The sheet counts when it is typed in a second time.", code=code),
        "success",
    )
    return see(url_for("readiness.show_survey", round_id=held.round.id, _anchor="paper"))


@bp.get("/readiness/surveys/<int:round_id>/paper/<code>")
@bp.post("/readiness/surveys/<int:round_id>/paper/<code>")
@requires(Permission.READINESS_MANAGE, on=surveys.get_sheet_for)
def enter_paper_again(waiting: HeldSheet) -> Answer:
    """Type in a sheet for the second time; what differs is shown line by line."""
    held, code = waiting.held, waiting.sheet.code
    if request.method == "GET":
        return pages.render("readiness/enter_survey.html", **_entry_page(held, NOTHING, code=code))
    typed = _read(held.instrument)
    looked_up = frozenset(request.form.getlist("looked_up"))
    try:
        services.take_sheet(held.round, held.instrument, code, typed, looked_up=looked_up, today=own_today())
    except Invalid as invalid:
        page = _entry_page(held, typed, code=code, errors=invalid.fields, looked_up=looked_up)
        return pages.invalid("readiness/enter_survey.html", **page)
    except TypedDifferently as differing:
        page = _entry_page(held, typed, code=code, differing=differing, looked_up=looked_up)
        return pages.invalid("readiness/enter_survey.html", **page)
    except SheetGone as gone:
        raise NotFound("sheet") from gone
    flash(_("Both typings agree. The sheet %(code)s counts now.", code=code), "success")
    return see(url_for("readiness.show_survey", round_id=held.round.id, _anchor="paper"))


def _over(held: HeldSurvey) -> Answer:
    flash(_("This survey is closed. It takes no more answers."), "info")
    return see(url_for("readiness.show_survey", round_id=held.round.id))


def _read(instrument: Instrument) -> Answered:
    """Read a sheet; anything broken is read as it is, so that the page can name it."""
    sent: Mapping[str, str] = forms.form_data() or {}
    items = {item.key: choice for item in instrument.items if (choice := sent.get(f"answer-{item.key}", "")[:20])}
    group = sent.get(GROUP)
    return Answered(items, RATHER_NOT if group == NO_GROUP else group, clean_note(sent.get("comment")))


def _entry_page(
    held: HeldSurvey,
    typed: Answered,
    *,
    code: str | None = None,
    errors: dict[str, str] | None = None,
    differing: TypedDifferently | None = None,
    looked_up: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    differences = {each.key: each for each in differing.differences} if differing else {}
    groups = surveys.list_groups(held.round.id)
    return {
        **survey_page(held),
        "groups": groups,
        "group_names": {each.key: each.name for each in groups},
        "typed": typed,
        "code": code,
        "errors": errors or {},
        "differences": differences,
        "looked_up": sorted({*looked_up, *differences}),
        "scale": _scale(held),
        "words": _words(held.instrument),
    }


def _scale(held: HeldSurvey) -> list[int]:
    return list(range(held.instrument.low, held.instrument.high + 1))


def _words(instrument: Instrument) -> dict[str, str]:
    """Return each choice as the page writes it."""
    language = page_language()
    words = {"": _("left empty"), "not-applicable": _("Does not apply here"), "dont-know": _("I don’t know")}
    for choice in choices_of(instrument):
        if choice.isdigit():
            label = instrument.labels.get(int(choice))
            words[choice] = f"{choice}, {label[language]}" if label else choice
    return {key: str(word) for key, word in words.items()}
