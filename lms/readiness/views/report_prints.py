"""A report of any mode as it is printed, shown on slides and talked about: one set of words for all three."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from lms.readiness.forms import ACTION_STATE_LABELS, KIND_LABELS, LEVEL_LABELS
from lms.readiness.models import RecommendedAction, Round
from lms.readiness.views.blueprint import local_day
from lms.readiness.views.reports import ReportView
from lms.readiness.views.survey_views import SurveyView
from lms.readiness.views.words import say_score
from readiness.instruments import Instrument

HIGHEST, LOWEST = 5, 1
MOST_NAMED = 3


@dataclass(frozen=True)
class PrintedArea:
    """One area of the picture. Places are shares of the scale's length, 0 to 100."""

    name: str
    text: str
    level: str
    note: str
    dot: float | None
    band: tuple[float, float] | None
    earlier: float | None


@dataclass(frozen=True)
class PrintedAction:
    """One next step."""

    title: str
    kind: str
    state: str


@dataclass(frozen=True)
class Part:
    """A heading and what stands below it."""

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """A whole report on paper."""

    title: str
    author: str
    facts: tuple[str, ...]
    sentences: tuple[str, ...]
    finding: str
    measure: str
    areas: tuple[PrintedArea, ...]
    actions: tuple[PrintedAction, ...]
    parts: tuple[Part, ...]
    foot: tuple[str, ...]

    @property
    def lowest(self) -> tuple[PrintedArea, ...]:
        """The areas to talk about first: those with the lowest scores."""
        told = sorted((area for area in self.areas if area.dot is not None), key=lambda area: area.dot or 0)
        return tuple(told[:MOST_NAMED])

    @property
    def highest(self) -> tuple[PrintedArea, ...]:
        """What to be glad about: the highest scores that are not among the lowest."""
        told = sorted((area for area in self.areas if area.dot is not None), key=lambda area: -(area.dot or 0))
        return tuple(area for area in told[:MOST_NAMED] if area not in self.lowest[:1])


def print_survey(view: SurveyView, a_round: Round, actions: Sequence[RecommendedAction]) -> Printed:
    """Put the report of a staff survey on paper."""
    report = view.computed
    parts = [
        Part(_("What staff put high"), tuple(view.strengths)),
        Part(_("Where views differ"), tuple(f"{each['name']}: {each['word']}" for each in view.divided)),
        Part(_("By group: %(cut)s", cut=view.cut), tuple(_groups(view))),
        Part(_("What cannot be told yet"), tuple(view.unsure)),
        Part(_("In people’s own words"), report.comments),
        Part(_("How this was made"), tuple(view.instrument.method[view.language].split("\n\n"))),
    ]
    change = (_("The change asked about: %(name)s", name=report.change_name),) if report.change_name else ()
    return Printed(
        title=_("Readiness report"),
        author=a_round.organization.name,
        facts=(view.instrument.title[view.language], _closed(a_round), view.answered, *change),
        sentences=tuple(view.sentences),
        finding=view.finding,
        measure=_("Mean of each area, from 1 to 5, and where it probably lies."),
        areas=tuple(_survey_area(row) for row in view.rows),
        actions=_actions(actions, view.language),
        parts=tuple(part for part in parts if part.texts),
        foot=(_promise(report.minimum), _version(view.instrument)),
    )


def print_ratings(
    view: ReportView, a_round: Round, actions: Sequence[RecommendedAction], *, may_see_items: bool
) -> Printed:
    """Put the report of a named mode on paper; single items only for those who may see them."""
    report, instrument, language = view.computed, view.instrument, view.language

    def names(keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(instrument.get_item(key).name[language] for key in keys)

    unscored = tuple(_area_name(instrument, area.key, language) for area in report.areas if area.score is None)
    parts = [
        Part(_("Practices that save lives and are not in place"), names(report.low_critical_keys)),
        Part(_("The widest gaps"), tuple(_gaps(view) if may_see_items else ())),
        Part(_("What is already usual practice"), names(report.strong_keys)),
        Part(_("What cannot be told yet"), (*unscored, *names(report.unknown_keys))),
        Part(_("How this was made"), tuple(instrument.method[language].split("\n\n"))),
    ]
    return Printed(
        title=_("Readiness report"),
        author=a_round.organization.name,
        facts=(instrument.title[language], _closed(a_round)),
        sentences=tuple(view.sentences),
        finding=view.finding,
        measure=_("Score of each area, from 1 (not yet) to 5 (usual practice)."),
        areas=tuple(_rated_area(bar) for bar in view.bars),
        actions=_actions(actions, language),
        parts=tuple(part for part in parts if part.texts),
        foot=(_version(instrument),),
    )


def _survey_area(row: Mapping[str, Any]) -> PrintedArea:
    notes = [row["interval"], row["change"]]
    return PrintedArea(
        name=row["name"],
        text=row["text"],
        level=row["level"] or "",
        note=" · ".join(note for note in notes if note),
        dot=_place(row["dot"]),
        band=None if row["band"] is None else (_share(row["band"][0]), _share(row["band"][1])),
        earlier=_place(row["earlier"]),
    )


def _rated_area(bar: Mapping[str, Any]) -> PrintedArea:

    level = str(LEVEL_LABELS[bar["level"]]) if bar["level"] else ""
    return PrintedArea(
        name=bar["name"],
        text=bar["text"],
        level=level,
        note=_("before: %(score)s", score=say_score(bar["earlier"])) if bar["earlier"] is not None else "",
        dot=_place(bar["score"]),
        band=None if bar["score"] is None else (0.0, _share(bar["score"])),
        earlier=_place(bar["earlier"]),
    )


def _place(value: float | None) -> float | None:
    return None if value is None else _share(value)


def _share(value: float) -> float:
    return round((value - LOWEST) / (HIGHEST - LOWEST) * 100, 2)


def _actions(actions: Sequence[RecommendedAction], language: str) -> tuple[PrintedAction, ...]:
    return tuple(PrintedAction(each.title_in(language), str(KIND_LABELS[each.kind]), _state(each)) for each in actions)


def _state(action: RecommendedAction) -> str:
    told = str(ACTION_STATE_LABELS[action.state])
    if action.owner is None or action.due_on is None:
        return told
    about = {"state": told, "name": action.owner.display_name, "day": format_date(action.due_on, "medium")}
    return str(_("%(state)s: %(name)s, by %(day)s", **about))


def _groups(view: SurveyView) -> list[str]:
    names = [group.name for group in view.groups]
    lines = []
    for line in view.broken_down:
        told = ", ".join(f"{name} {mean}" for name, mean in zip(names, line["means"], strict=True) if mean != "–")
        lines.append(f"{line['name']}: {told}")
    return lines


def _gaps(view: ReportView) -> list[str]:
    told = []
    for gap in view.computed.gaps:
        item = view.instrument.get_item(gap.item_key).name[view.language]
        told.append(str(_("%(item)s: %(value)d of 5", item=item, value=gap.rating)))
    return told


def _area_name(instrument: Instrument, key: str, language: str) -> str:
    return instrument.get_area(key).name[language]


def _closed(a_round: Round) -> str:
    day = format_date(local_day(a_round.closed_at), "long") if a_round.closed_at else ""
    return str(_("Closed on %(day)s", day=day))


def _promise(minimum: int) -> str:
    return str(_("Groups under %(minimum)d people are never shown. Nobody can look up who said what.", minimum=minimum))


def _version(instrument: Instrument) -> str:
    return str(_("Version %(version)s.", version=instrument.version))
