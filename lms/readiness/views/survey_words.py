"""Whole sentences for what a staff survey says, and words for agreement and change. Never a bare arrow."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import format_date, format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.readiness.survey_document import AreaLine, GroupCell, ItemLine, SurveyReport, SurveySentence
from lms.readiness.views.words import say_list
from readiness.agreement import Agreement
from readiness.change import Certainty
from readiness.instruments import Instrument
from readiness.priorities import Trigger
from readiness.release import Bound
from readiness.scoring import level_of

AGREEMENT_LABELS = {
    Agreement.SHARED: _l("Shared view"),
    Agreement.MIXED: _l("Mixed views"),
    Agreement.SPLIT: _l("Split views"),
}
TRIGGER_LABELS = {
    Trigger.CRITICAL_LOW: _l("Staff say that a practice that saves lives is not in place."),
    Trigger.LOW_AREA: _l("Staff put this area below 3 of 5."),
    Trigger.DECLINE: _l("The area clearly fell since the round before."),
    Trigger.SPLIT: _l("People see this area in different ways, so talk first."),
    Trigger.DONT_KNOW: _l("A quarter of the answers here or more are “I do not know”."),
    Trigger.LEADER_GAP: _l("Leads see this area much brighter than staff do."),
}
CUT_LABELS = {"job-role": _l("Job role"), "location": _l("Location"), "tenure": _l("Time here")}


def say_survey_sentences(report: SurveyReport, instrument: Instrument, language: str) -> list[str]:
    """Word the sentences of the first page."""
    return [str(_SAYINGS[each.kind](each, report, _namer(instrument, language))) for each in report.sentences]


def say_mean(mean: float | None, bound: Bound | None) -> str:
    """Write a mean as people read it."""
    if mean is None:
        return str(_("no score"))
    told = say_figure(mean)
    if bound is Bound.OR_MORE:
        return str(_("%(number)s or more", number=told))
    return str(_("%(number)s or less", number=told) if bound is Bound.OR_LESS else told)


def say_figure(mean: float) -> str:
    """Write a mean with one decimal; one just below a level keeps what tells it from that level."""
    is_lifted = level_of(round(mean, 1)) is not level_of(mean)
    return str(format_decimal(mean, format="0.00" if is_lifted else "0.0"))


def say_interval(line: AreaLine | GroupCell) -> str | None:
    """Write between which numbers a mean probably lies."""
    if line.lower is None or line.upper is None:
        return None
    low, high = format_decimal(line.lower, format="0.0"), format_decimal(line.upper, format="0.0")
    return str(_("%(low)s to %(high)s", low=low, high=high))


def say_agreement(agreement: Agreement | None) -> str:
    """Word how alike people see an area."""
    return str(_("cannot tell yet") if agreement is None else AGREEMENT_LABELS[agreement])


def say_change(line: AreaLine) -> str | None:
    """Word what became of an area since the round before; None where the two are not compared."""
    if line.certainty is None:
        return None
    if line.certainty is Certainty.CANNOT_TELL or line.is_up is None:
        return say_change_unknown()
    if line.certainty is Certainty.CLEAR:
        return str(_("clear change: it rose") if line.is_up else _("clear change: it fell"))
    return str(_("possible change: it may have risen") if line.is_up else _("possible change: it may have fallen"))


def say_change_unknown() -> str:
    """Word that nothing can be told of a change."""
    return str(_("cannot tell yet"))


def say_share(share: float | None, bound: Bound | None = None) -> str:
    """Write a share of the people as people read it."""
    if share is None:
        return "–"
    told = format_decimal(round(share * 100), format="0")
    if bound is Bound.OR_MORE:
        return str(_("%(number)s%% or more", number=told))
    return str(_("%(number)s%% or less", number=told) if bound is Bound.OR_LESS else _("%(number)s%%", number=told))


def say_item_mean(item: ItemLine) -> str:
    """Write the mean of an item; one that is widened is told to half a point."""
    if item.mean is None:
        return str(_("too few answers"))
    told = format_decimal(item.mean, format="0.0")
    return str(_("about %(number)s", number=told) if item.is_widened else told)


def say_answered(report: SurveyReport) -> str:
    """Say how many answered, never fewer than may be told."""
    if report.n is None:
        return str(_("Fewer than %(minimum)d people answered", minimum=report.minimum))
    if report.n_organizations is not None:
        about = {"people": report.n, "places": report.n_organizations}
        return str(_("%(people)d people in %(places)d organizations answered", **about))
    return str(_("%(n)d of %(all)d people answered", n=report.n, all=report.headcount))


def survey_finding(report: SurveyReport) -> str:
    """The title of the picture says what it shows."""
    told = [area for area in report.areas if area.mean is not None]
    low = [area for area in told if area.mean is not None and area.mean < 3]
    if not told:
        return str(_("No area has enough answers for a score"))
    if not low:
        return str(_("Staff put no area below 3 of 5"))
    return str(ngettext("Staff put one area below 3 of 5", "Staff put %(num)d areas below 3 of 5", len(low)))


def survey_reasons(triggers: Sequence[str]) -> list[str]:
    """Say what in the answers of staff called for an action."""
    return [str(TRIGGER_LABELS[Trigger(word)]) for word in triggers]


_Names = Callable[[Sequence[str]], str]


def _namer(instrument: Instrument, language: str) -> _Names:
    return lambda keys: say_list(instrument.get_area(key).name[language] for key in keys)


def _say_too_few(sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _("Fewer than %(n)d people answered, so nothing can be shown: that is what was promised.", n=sentence.n)


def _say_pooled_only(_sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _(
        "These answers count only in the report over several small organizations; there is none for this one alone."
    )


def _say_heard(sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    about = {"n": sentence.n, "all": sentence.n_of, "good": len(sentence.area_keys), "areas": len(sentence.other_keys)}
    return _("%(n)d of %(all)d people answered, and they put %(good)d of %(areas)d areas at 3 of 5 or higher.", **about)


def _say_heard_pooled(sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    about = {"n": sentence.n, "all": sentence.n_of, "good": len(sentence.area_keys), "areas": len(sentence.other_keys)}
    return _(
        "%(n)d people in %(all)d small organizations answered, and they put %(good)d of %(areas)d areas at 3 of 5 or "
        "higher.",
        **about,
    )


def _say_lowest(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Any:
    return _("The lowest area is %(area)s, %(score)s of 5.", **_lowest(sentence, report, names))


def _say_lowest_split(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Any:
    return _(
        "The lowest area is %(area)s, %(score)s of 5, and people see it in very different ways: talk first.",
        **_lowest(sentence, report, names),
    )


def _lowest(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Mapping[str, str]:
    bound = next((area.bound for area in report.areas if area.key in sentence.area_keys), None)
    return {"area": names(sentence.area_keys), "score": say_mean(sentence.mean or 0.0, bound)}


def _say_all_strong(_sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _("Nothing presses: staff put every area at 4 of 5 or higher.")


def _say_no_figures(_sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _("Too few people answered enough items in any area for a score.")


def _say_first(_sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _("This was your first round, so there is nothing to compare it with yet.")


def _say_not_comparable(_sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _("No area can be compared with the round before.")


def _say_too_near(_sentence: SurveySentence, _report: SurveyReport, _names: _Names) -> Any:
    return _(
        "The round before is too near, and nearly as many people answered, so the two are not compared: that would "
        "show what a few people said."
    )


def _say_cannot_tell(_sentence: SurveySentence, report: SurveyReport, _names: _Names) -> Any:
    return _("Whether anything changed since %(day)s cannot be told yet.", day=_day(report.earlier_closed_on))


def _say_clear_up(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Any:
    day = _day(report.earlier_closed_on)
    return _("Since %(day)s this clearly rose: %(areas)s.", day=day, areas=names(sentence.area_keys))


def _say_clear_down(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Any:
    day = _day(report.earlier_closed_on)
    return _("Since %(day)s this clearly fell: %(areas)s.", day=day, areas=names(sentence.other_keys))


def _say_clear_both(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Any:
    about = {"up": names(sentence.area_keys), "down": names(sentence.other_keys)}
    return _(
        "Since %(day)s this clearly rose: %(up)s. This fell: %(down)s.", day=_day(report.earlier_closed_on), **about
    )


def _say_possible(sentence: SurveySentence, report: SurveyReport, names: _Names) -> Any:
    day = _day(report.earlier_closed_on)
    return _(
        "Since %(day)s nothing changed for sure; this may have: %(areas)s.", day=day, areas=names(sentence.area_keys)
    )


def _day(day: date | None) -> str:
    return "" if day is None else str(format_date(day, "long"))


_SAYINGS: Mapping[str, Callable[[SurveySentence, SurveyReport, _Names], Any]] = {
    "too-few": _say_too_few,
    "pooled-only": _say_pooled_only,
    "heard": _say_heard,
    "heard-pooled": _say_heard_pooled,
    "lowest": _say_lowest,
    "lowest-split": _say_lowest_split,
    "all-strong": _say_all_strong,
    "no-figures": _say_no_figures,
    "first-round": _say_first,
    "not-comparable": _say_not_comparable,
    "too-near": _say_too_near,
    "cannot-tell": _say_cannot_tell,
    "clear-up": _say_clear_up,
    "clear-down": _say_clear_down,
    "clear-both": _say_clear_both,
    "possible": _say_possible,
}
