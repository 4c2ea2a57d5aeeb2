"""Whole sentences for what the scoring says, and for who said what when."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.lists import format_list
from flask_babel import format_datetime, format_decimal, get_locale, ngettext
from flask_babel import gettext as _

from lms import clock
from lms.readiness.queries.ratings import Standing
from lms.readiness.report import Report
from lms.readiness.rules import Said
from lms.web import pages
from readiness.instruments import Instrument
from readiness.scoring import AnswerState
from readiness.summary import Sentence, SentenceKind


def say_sentences(report: Report, instrument: Instrument, language: str) -> list[str]:
    """Word the three sentences of the first page."""
    return [str(_SAYINGS[each.kind](each, instrument, language)) for each in report.sentences]


def say_score(score: float | None) -> str:
    """Write a score as people read it."""
    return str(_("no score") if score is None else format_decimal(score, format="0.0"))


def say_answer(said: Said) -> str:
    """Word an answer."""
    if said.state is AnswerState.VALUE:
        return str(said.value)
    words = {AnswerState.NOT_APPLICABLE: _("not applicable here"), AnswerState.DONT_KNOW: _("don't know")}
    return str(words.get(said.state) or _("no answer"))


def say_line(standing: Standing, zone: str) -> str:
    """Say who touched an item last, when, and what changed."""
    about = {"name": standing.by_name or _("A former member"), "when": say_when(standing.at, zone)}
    before, said = standing.before, standing.said
    if before is not None and before.choice and before.choice != said.choice:
        answers = {"before": say_answer(before), "after": say_answer(said)}
        return str(_("%(name)s changed it from %(before)s to %(after)s, %(when)s", **answers, **about))
    if before is not None and before.evidence and before.evidence != said.evidence:
        return str(_("%(name)s changed the evidence, %(when)s", **about))
    return str(_("Last: %(name)s, %(when)s", **about))


def say_before(before: Said, closed_on: date, now: Said) -> str:
    """Say what was answered in the round before, and what is different now."""
    about = {"day": pages.day(closed_on), "before": say_answer(before)}
    if now.choice and now.choice != before.choice:
        return str(_("In the round of %(day)s: %(before)s. Now: %(now)s.", now=say_answer(now), **about))
    return str(_("In the round of %(day)s: %(before)s.", **about))


def say_when(at: datetime, zone: str) -> str:
    """Write a moment where people are: the time today, else the day with it."""
    here = at.astimezone(ZoneInfo(zone))
    is_spanish = str(get_locale()) == "es"
    if here.date() == clock.today(zone):
        return str(format_datetime(here, "H:mm" if is_spanish else "h:mm a", rebase=False))
    return str(format_datetime(here, "d MMM, H:mm" if is_spanish else "MMM d, h:mm a", rebase=False))


def say_list(names: Iterable[str]) -> str:
    """Join names as a sentence does."""
    return str(format_list(list(names), locale=get_locale()))


def _items(sentence: Sentence, instrument: Instrument, language: str) -> str:
    return say_list(instrument.get_item(key).name[language] for key in sentence.item_keys)


def _areas(sentence: Sentence, instrument: Instrument, language: str) -> str:
    return say_list(instrument.get_area(key).name[language] for key in sentence.area_keys)


def _say_nothing_scored(_sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return _("Too few items were rated to say where your organization stands.")


def _say_all(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return ngettext(
        "The one area you rated is in place for some or more.",
        "All %(num)d areas you rated are in place for some or more.",
        sentence.n_of,
    )


def _say_partly(sentence: Sentence, instrument: Instrument, language: str) -> Any:
    return _(
        "%(n)d of %(all)d areas are in place for some or more: %(areas)s.",
        n=sentence.n,
        all=sentence.n_of,
        areas=_areas(sentence, instrument, language),
    )


def _say_none(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return ngettext(
        "The one area you rated is not in place yet, or just starting.",
        "None of the %(num)d areas you rated is in place yet: they are at the start.",
        sentence.n_of,
    )


def _say_critical(sentence: Sentence, instrument: Instrument, language: str) -> Any:
    return ngettext(
        "One practice that saves lives is not in place: %(items)s.",
        "%(num)d practices that save lives are not in place: %(items)s.",
        sentence.n,
        items=_items(sentence, instrument, language),
    )


def _say_unknown(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return _(
        "The team did not know the answer to %(n)d of %(all)d items: find that out first.",
        n=sentence.n,
        all=sentence.n_of,
    )


def _say_weakest(sentence: Sentence, instrument: Instrument, language: str) -> Any:
    about = {"area": _areas(sentence, instrument, language), "score": say_score(sentence.score)}
    if sentence.item_keys:
        items = _items(sentence, instrument, language)
        return _("The weakest area is %(area)s, %(score)s of 5; begin with this: %(items)s.", items=items, **about)
    return _("The weakest area is %(area)s, %(score)s of 5.", **about)


def _say_no_concern(_sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return _("Nothing presses: every area you rated is usual practice. Keep it going and show others how.")


def _say_first(_sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return _("This was your first round, so there is nothing to compare it with yet.")


def _say_not_comparable(_sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return _("No item was rated in this round and in the one before, so they cannot be compared.")


def _say_nothing_moved(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return ngettext(
        "The one item rated in both rounds stayed where it was.",
        "None of the %(num)d items rated in both rounds moved.",
        sentence.n_of,
    )


def _say_up(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return ngettext(
        "Since the round before, one item of %(all)d rose and none fell.",
        "Since the round before, %(num)d items of %(all)d rose and none fell.",
        sentence.n,
        all=sentence.n_of,
    )


def _say_down(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return ngettext(
        "Since the round before, one item of %(all)d fell and none rose.",
        "Since the round before, %(num)d items of %(all)d fell and none rose.",
        sentence.n_down,
        all=sentence.n_of,
    )


def _say_both(sentence: Sentence, _instrument: Instrument, _language: str) -> Any:
    return _(
        "Since the round before, of %(all)d items %(up)d rose and %(down)d fell.",
        all=sentence.n_of,
        up=sentence.n,
        down=sentence.n_down,
    )


_SAYINGS: Mapping[SentenceKind, Callable[[Sentence, Instrument, str], Any]] = {
    SentenceKind.NOTHING_SCORED: _say_nothing_scored,
    SentenceKind.ALL_IN_PLACE: _say_all,
    SentenceKind.PARTLY_IN_PLACE: _say_partly,
    SentenceKind.NONE_IN_PLACE: _say_none,
    SentenceKind.CRITICAL_LOW: _say_critical,
    SentenceKind.MUCH_UNKNOWN: _say_unknown,
    SentenceKind.WEAKEST_AREA: _say_weakest,
    SentenceKind.NO_CONCERN: _say_no_concern,
    SentenceKind.FIRST_ROUND: _say_first,
    SentenceKind.NOT_COMPARABLE: _say_not_comparable,
    SentenceKind.NOTHING_MOVED: _say_nothing_moved,
    SentenceKind.MOVED_UP: _say_up,
    SentenceKind.MOVED_DOWN: _say_down,
    SentenceKind.MOVED_BOTH: _say_both,
}
