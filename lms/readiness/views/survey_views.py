"""A staff survey's document as its pages show it: worded, and with what the pictures need. Nothing is computed here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from lms.readiness import forms as labels
from lms.readiness.queries.survey_reports import Snapshot
from lms.readiness.survey_document import AreaLine, GroupLine, ItemLine, SurveyReport
from lms.readiness.views import survey_words as words
from lms.readiness.views.words import say_list
from readiness.agreement import Agreement
from readiness.instruments import Instrument, Item
from readiness.release import Bound

STRONG_SHARE = 0.75
HIGH, LOW = 5.0, 1.0


@dataclass(frozen=True)
class SurveyView:
    """The report of a staff survey in one language."""

    snapshot: Snapshot
    instrument: Instrument
    language: str

    @cached_property
    def computed(self) -> SurveyReport:
        """What was computed."""
        return self.snapshot.report

    @property
    def sentences(self) -> list[str]:
        """The three sentences of the first page, or the one that says why there is nothing to show."""
        return words.say_survey_sentences(self.computed, self.instrument, self.language)

    @property
    def answered(self) -> str:
        """How many answered."""
        return words.say_answered(self.computed)

    @property
    def finding(self) -> str:
        """The title of the picture, which says what it shows."""
        return words.survey_finding(self.computed)

    @cached_property
    def rows(self) -> list[Mapping[str, Any]]:
        """The areas, for the picture, its table, and the technical page."""
        return [self._row(area) for area in self.computed.areas]

    @property
    def described(self) -> str:
        """The picture in words, for those who do not see it."""
        told = "; ".join(f"{row['name']}: {row['text']}" for row in self.rows)
        return str(_("A dot for each area on the scale from 1 to 5. %(areas)s.", areas=told))

    @property
    def start_texts(self) -> Mapping[str, str]:
        """Where each area starts from, for the cards of the next steps."""
        return {row["key"]: _("now %(value)s of 5", value=row["text"]) for row in self.rows if row["dot"] is not None}

    @property
    def strengths(self) -> list[str]:
        """What staff put high: whole areas, then single items in other areas."""
        strong = self.computed.strong_areas
        told = [_("%(area)s: %(mean)s", area=self.area_name(each.key), mean=self._mean(each)) for each in strong]
        held = {each.key for each in strong}
        items = [each for each in self.computed.items if each.area_key not in held and _is_strong(each)]
        return [*told, *(self._item_line(each) for each in items)]

    @property
    def divided(self) -> list[Mapping[str, str]]:
        """Each word for how alike people see an area, with its areas; the least alike first."""
        told: list[Mapping[str, str]] = []
        for agreement in (Agreement.SPLIT, Agreement.MIXED, Agreement.SHARED):
            names = [self.area_name(each.key) for each in self.computed.areas if each.agreement is agreement]
            if names:
                told.append({"name": words.say_agreement(agreement), "word": say_list(names)})
        return told

    @property
    def cut(self) -> str:
        """By what the answers are grouped."""
        return str(words.CUT_LABELS.get(self.computed.cut, ""))

    @property
    def groups(self) -> list[GroupLine]:
        """The groups that are shown."""
        return [group for group in self.computed.groups if group.n is not None]

    @property
    def broken_down(self) -> list[Mapping[str, Any]]:
        """The areas that may be broken down, with the mean of each group."""
        lines: list[Mapping[str, Any]] = []
        for area in self.computed.areas:
            cells = [group.areas[area.key] for group in self.groups]
            if any(cells):
                means = [_cell_text(cell) for cell in cells]
                lines.append({"name": self.area_name(area.key), "whole": self._mean(area), "means": means})
        return lines

    @property
    def unsure(self) -> list[str]:
        """What cannot be told yet, one sentence each."""
        return _unsure(self)

    @cached_property
    def items(self) -> list[Mapping[str, Any]]:
        """The items as the technical page lists them."""
        return [self._item_row(each) for each in self.computed.items]

    def area_name(self, key: str) -> str:
        """Name an area."""
        return self.instrument.get_area(key).name[self.language]

    def item_of(self, line: ItemLine) -> Item:
        """Return the item behind a line."""
        return self.instrument.get_area(line.area_key).get_item(line.key)

    def _mean(self, area: AreaLine) -> str:
        return words.say_mean(area.mean, area.bound)

    def _item_line(self, line: ItemLine) -> str:
        about = {
            "item": self.item_of(line).name[self.language],
            "share": words.say_share(line.top_two, line.top_two_bound),
        }
        return str(_("%(item)s: %(share)s gave one of the two best answers", **about))

    def _row(self, area: AreaLine) -> Mapping[str, Any]:
        earlier = None if area.earlier_mean is None else words.say_mean(area.earlier_mean, area.earlier_bound)
        return {
            "key": area.key,
            "name": self.area_name(area.key),
            "text": self._mean(area),
            "short": _short(area),
            "dot": area.mean,
            "band": _band(area),
            "interval": words.say_interval(area),
            "level": str(labels.LEVEL_LABELS[area.level]) if area.level else None,
            "earlier": area.earlier_mean,
            "earlier_text": earlier,
            "change": words.say_change(area),
            "agreement": words.say_agreement(area.agreement),
            "rwg": _figure(area.rwg),
            "ad": _figure(area.ad),
            "dont_know": words.say_share(area.share_dont_know),
            "named": None if area.named_score is None else format_decimal(area.named_score, format="0.0"),
        }

    def _item_row(self, line: ItemLine) -> Mapping[str, Any]:
        item = self.item_of(line)
        return {
            "name": item.name[self.language],
            "area": self.area_name(line.area_key),
            "is_reversed": item.is_reversed,
            "mean": words.say_item_mean(line),
            "top_two": words.say_share(line.top_two, line.top_two_bound),
            "dont_know": words.say_share(line.share_dont_know),
            "counts": line.distribution,
        }


def _short(area: AreaLine) -> str:
    if area.mean is None:
        return "–"
    mark = {None: "", Bound.OR_MORE: "≥ ", Bound.OR_LESS: "≤ "}[area.bound]
    return f"{mark}{words.say_figure(area.mean)}"


def _band(area: AreaLine) -> tuple[float, float] | None:
    """Return where the mean probably lies; that of a bound is the rest of the scale."""
    if area.mean is None:
        return None
    if area.bound is not None:
        return (area.mean, HIGH) if area.bound is Bound.OR_MORE else (LOW, area.mean)
    return None if area.lower is None or area.upper is None else (area.lower, area.upper)


def _figure(value: float | None) -> str:
    return "–" if value is None else str(format_decimal(value, format="0.00"))


def _cell_text(cell: Any) -> str:
    return "–" if cell is None else words.say_mean(cell.mean, None)


def _is_strong(line: ItemLine) -> bool:
    return line.top_two is not None and line.top_two >= STRONG_SHARE and line.top_two_bound is not Bound.OR_LESS


def _unsure(view: SurveyView) -> list[str]:
    report = view.computed
    told: list[Any] = []
    without = [view.area_name(each.key) for each in report.areas if each.mean is None]
    if without:
        told.append(_("Too few people answered enough for a score: %(areas)s.", areas=_names(without)))
    unknown = [view.area_name(each.key) for each in report.areas if each.is_much_unknown]
    if unknown:
        told.append(_("Many answers are “I do not know”: %(areas)s. Find that out first.", areas=_names(unknown)))
    vague = [row["name"] for row in view.rows if row["change"] == words.say_change_unknown()]
    if vague:
        told.append(_("Whether it changed cannot be told yet: %(areas)s.", areas=_names(vague)))
    hidden = [group.name for group in report.groups if group.n is None]
    if hidden:
        told.append(
            _("These groups are not shown, so that nobody can be found out: %(groups)s.", groups=_names(hidden))
        )
    if report.n is not None and not report.items:
        told.append(_("Single items and comments are shown from ten answers on."))
    if report.is_headcount_low:
        told.append(_("More people answered than the headcount says, so how many did not answer is not known."))
    return [str(each) for each in told]


def _names(names: Sequence[str]) -> str:
    return say_list(names)
