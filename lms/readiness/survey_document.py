"""The document of a staff survey, read back into frozen values for pages and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from readiness.agreement import Agreement
from readiness.change import Certainty
from readiness.release import Bound, Rung
from readiness.scoring import STRONG, Level


@dataclass(frozen=True)
class AreaLine:
    """One area as it may be shown. All is None below the minimum; fine figures are there for many answers only."""

    key: str
    rung: Rung
    mean: float | None
    bound: Bound | None
    margin: float | None
    lower: float | None
    upper: float | None
    level: Level | None
    agreement: Agreement | None
    is_much_unknown: bool
    rwg: float | None
    ad: float | None
    share_dont_know: float | None
    is_renewable: bool
    earlier_mean: float | None
    earlier_bound: Bound | None
    step: float | None
    certainty: Certainty | None
    is_up: bool | None
    named_score: float | None
    has_leader_gap: bool


@dataclass(frozen=True)
class ItemLine:
    """One item as it may be shown; reversed items are turned, so that more is better."""

    key: str
    area_key: str
    n: int | None
    mean: float | None
    is_widened: bool
    top_two: float | None
    top_two_bound: Bound | None
    distribution: tuple[int, ...] | None
    share_dont_know: float | None


@dataclass(frozen=True)
class GroupCell:
    """One group in one area."""

    mean: float
    margin: float | None
    lower: float | None
    upper: float | None
    agreement: Agreement | None


@dataclass(frozen=True)
class GroupLine:
    """One group of the cut. n is None where it is hidden; a cell is None where the area may not be broken down."""

    key: str
    name: str
    headcount: int | None
    n: int | None
    is_renewable: bool
    areas: Mapping[str, GroupCell | None]


@dataclass(frozen=True)
class SurveySentence:
    """One of the three sentences as data; what its numbers count is said at `survey_sentences.sentences`."""

    kind: str
    n: int | None = None
    n_of: int | None = None
    mean: float | None = None
    area_keys: tuple[str, ...] = ()
    other_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class SurveyReport:
    """A report as it was computed."""

    closed_on: date
    rung: Rung
    n: int | None
    headcount: int | None
    is_headcount_low: bool
    minimum: int
    cut: str
    change_name: str | None
    is_pooled: bool
    n_organizations: int | None
    is_renewed: bool
    has_earlier_items: bool
    earlier_round_id: int | None
    earlier_closed_on: date | None
    is_change_shown: bool
    change_basis: str | None
    score: float | None
    level: Level | None
    areas: tuple[AreaLine, ...]
    items: tuple[ItemLine, ...]
    groups: tuple[GroupLine, ...]
    comments: tuple[str, ...]
    sentences: tuple[SurveySentence, ...]

    @property
    def has_groups(self) -> bool:
        """Whether any group is shown in any area."""
        return any(cell for group in self.groups for cell in group.areas.values())

    @property
    def strong_areas(self) -> tuple[AreaLine, ...]:
        """The areas that are usual practice in the eyes of staff, the highest first."""
        strong = [area for area in self.areas if area.mean is not None and area.mean >= STRONG]
        return tuple(sorted(strong, key=lambda area: -(area.mean or 0)))

    @property
    def divided_areas(self) -> tuple[AreaLine, ...]:
        """The areas that people see in different ways."""
        return tuple(area for area in self.areas if area.agreement in {Agreement.SPLIT, Agreement.MIXED})

    def items_of(self, area_key: str) -> tuple[ItemLine, ...]:
        """Return the items of one area that have figures."""
        return tuple(item for item in self.items if item.area_key == area_key)


def read(document: Mapping[str, Any]) -> SurveyReport:
    """Read back what `survey_report.build` computed."""
    earlier = document["earlier"]
    same = ("n", "headcount", "is_headcount_low", "minimum", "cut", "change_name", "is_pooled", "n_organizations")
    flags = ("is_renewed", "has_earlier_items", "is_change_shown", "change_basis", "score")
    return SurveyReport(
        **{name: document[name] for name in (*same, *flags)},
        closed_on=date.fromisoformat(document["closed_on"]),
        rung=Rung(document["rung"]),
        earlier_round_id=earlier["round_id"] if earlier else None,
        earlier_closed_on=date.fromisoformat(earlier["closed_on"]) if earlier else None,
        level=_word(Level, document["level"]),
        areas=tuple(_area(line) for line in document["areas"]),
        items=tuple(_item(line) for line in document["items"]),
        groups=tuple(_group(line) for line in document["groups"]),
        comments=tuple(document["comments"]),
        sentences=tuple(_sentence(each) for each in document["sentences"]),
    )


def _area(line: Mapping[str, Any]) -> AreaLine:
    plain = {name: value for name, value in line.items() if name != "item_keys"}
    words = {
        "rung": Rung(line["rung"]),
        "bound": _word(Bound, line["bound"]),
        "level": _word(Level, line["level"]),
        "agreement": _word(Agreement, line["agreement"]),
        "earlier_bound": _word(Bound, line["earlier_bound"]),
        "certainty": _word(Certainty, line["certainty"]),
    }
    return AreaLine(**{**plain, **words})


def _item(line: Mapping[str, Any]) -> ItemLine:
    plain = {name: value for name, value in line.items() if name != "is_renewable"}
    distribution = None if line["distribution"] is None else tuple(line["distribution"])
    return ItemLine(**{**plain, "top_two_bound": _word(Bound, line["top_two_bound"]), "distribution": distribution})


def _group(line: Mapping[str, Any]) -> GroupLine:
    return GroupLine(**{**line, "areas": {key: _cell(cell) for key, cell in line["areas"].items()}})


def _cell(cell: Mapping[str, Any] | None) -> GroupCell | None:
    return None if cell is None else GroupCell(**{**cell, "agreement": _word(Agreement, cell["agreement"])})


def _sentence(written: Mapping[str, Any]) -> SurveySentence:
    keys = {name: tuple(written.get(name, ())) for name in ("area_keys", "other_keys")}
    return SurveySentence(**{**written, **keys})


def _word(kind: Any, value: str | None) -> Any:
    return None if value is None else kind(value)
