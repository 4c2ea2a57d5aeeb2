"""A coalition's organizations side by side, as plain values: computed once into a document, read back as it was.

Pure. Staff surveys are compared by people's scores with their uncertainty; ratings that a team agreed on have none and
stand as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from readiness.change import Certainty
from readiness.comparing import LOW_SCORE, SHARED_GAP_SHARE, Cell, Column, GroupScores, Place, compare
from readiness.instruments import Instrument
from readiness.release import Bound, may_show_change
from readiness.reliability import MINIMUM_POOLED, cronbach_alpha, omega_total
from readiness.scoring import SKIPPED, Level, Ratings, level_of, value_of

ENGINE_VERSION = "comparison-1"


@dataclass(frozen=True)
class SurveyedRound:
    """One closed staff survey: each person's scale means by area, and their answers with reversed items turned.

    With fewer than `minimum` people it tells nothing.
    """

    organization_id: int
    round_id: int
    closed_on: date
    people: Sequence[Mapping[str, float | None]]
    minimum: int
    answers: Sequence[Ratings] = ()


@dataclass(frozen=True)
class RatedRoundScores:
    """One closed round of a named mode: its score in each area, None without one."""

    organization_id: int
    round_id: int
    closed_on: date
    scores: Mapping[str, float | None]


@dataclass(frozen=True)
class ComparedOrganization:
    """One organization with its latest report."""

    organization_id: int
    round_id: int
    closed_on: date


@dataclass(frozen=True)
class PooledReliability:
    """How well the items of an area hang together over all who answered, in the coalition as a whole.

    `alpha` stands with its interval; of two items it is the Spearman-Brown coefficient, which has none.
    """

    n: int
    alpha: float | None
    lower: float | None
    upper: float | None
    omega: float | None


@dataclass(frozen=True)
class Comparison:
    """A comparison as it was computed; the cells of a column stand in the order of the organizations."""

    is_staff: bool
    organizations: tuple[ComparedOrganization, ...]
    columns: Mapping[str, Column]
    reliability: Mapping[str, PooledReliability]

    def find(self, organization_id: int) -> ComparedOrganization | None:
        """Return the latest report of an organization, None when it has none."""
        return next((each for each in self.organizations if each.organization_id == organization_id), None)

    def cells_of(self, organization_id: int) -> Mapping[str, Cell] | None:
        """Return what an organization shows in each area, None when it has no report."""
        for place, each in enumerate(self.organizations):
            if each.organization_id == organization_id:
                return {key: column.cells[place] for key, column in self.columns.items()}
        return None


def build_of_surveys(
    instrument: Instrument, latest: Sequence[SurveyedRound], before: Mapping[int, SurveyedRound]
) -> dict[str, Any]:
    """Compute the document over staff surveys.

    latest: the last closed survey of each organization. before: by organization, the one before it.
    """
    areas = {
        area.key: [_group(area.key, each, before.get(each.organization_id)) for each in latest]
        for area in instrument.areas
    }
    columns = compare(areas, low=instrument.low, high=instrument.high)
    return _document(latest, columns, is_staff=True) | {"reliability": _reliability(instrument, latest)}


def build_of_ratings(instrument: Instrument, latest: Sequence[RatedRoundScores]) -> dict[str, Any]:
    """Compute the document over rounds of a named mode: scores and shared gaps, nothing is tested."""
    columns = {area.key: _rated_column([each.scores.get(area.key) for each in latest]) for area in instrument.areas}
    return _document(latest, columns, is_staff=False)


def read(document: Mapping[str, Any]) -> Comparison:
    """Read back what was computed."""
    organizations = tuple(
        ComparedOrganization(each["organization_id"], each["round_id"], date.fromisoformat(each["closed_on"]))
        for each in document["organizations"]
    )
    return Comparison(
        document["is_staff"],
        organizations,
        {key: _column(each) for key, each in document["columns"].items()},
        {key: PooledReliability(**each) for key, each in document.get("reliability", {}).items()},
    )


def level_in(cell: Cell) -> Level | None:
    """Return the word for a cell: of the adjusted mean where there is one, else of the mean."""
    score = cell.adjusted if cell.adjusted is not None else cell.mean
    return None if score is None else level_of(score)


def _group(area_key: str, each: SurveyedRound, before: SurveyedRound | None) -> GroupScores:
    now = GroupScores(scores=[person.get(area_key) for person in each.people], minimum=each.minimum)
    if before is None:
        return now
    earlier = GroupScores(scores=[person.get(area_key) for person in before.people], minimum=before.minimum)
    days_apart = (each.closed_on - before.closed_on).days
    if not earlier.is_enough or not may_show_change(len(before.people), len(each.people), days_apart):
        return now
    return replace(now, before=earlier.scores)


def _reliability(instrument: Instrument, latest: Sequence[SurveyedRound]) -> dict[str, dict[str, Any]]:
    """Only over MINIMUM_POOLED people or more: fewer say nothing about an instrument, and much about themselves."""
    answers = [person for each in latest if len(each.people) >= each.minimum for person in each.answers]
    found = {}
    for area in instrument.areas:
        rows = [[value_of(person.get(item.key, SKIPPED)) for item in area.items] for person in answers]
        complete = [row for row in rows if None not in row]
        if len(complete) >= MINIMUM_POOLED and len(area.items) > 1:
            found[area.key] = asdict(_pooled(complete))
    return found


def _pooled(rows: Sequence[Sequence[int | None]]) -> PooledReliability:
    alpha, omega = cronbach_alpha(rows), omega_total(rows)
    return PooledReliability(
        n=alpha.n_complete,
        alpha=_two_decimals(alpha.alpha if alpha.spearman_brown is None else alpha.spearman_brown),
        lower=_two_decimals(alpha.lower) if alpha.spearman_brown is None else None,
        upper=_two_decimals(alpha.upper) if alpha.spearman_brown is None else None,
        omega=_two_decimals(omega.omega),
    )


def _two_decimals(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _rated_column(scores: Sequence[float | None]) -> Column:
    known = [score for score in scores if score is not None]
    n_low = sum(score < LOW_SCORE for score in known)
    return Column(
        cells=tuple(Cell(n=None, mean=None if score is None else round(score, 1)) for score in scores),
        n_shown=len(known),
        quartiles=None,
        is_shared_gap=bool(known) and n_low >= SHARED_GAP_SHARE * len(known),
    )


def _document(
    latest: Sequence[SurveyedRound] | Sequence[RatedRoundScores], columns: Mapping[str, Column], *, is_staff: bool
) -> dict[str, Any]:
    return {
        "engine": ENGINE_VERSION,
        "is_staff": is_staff,
        "organizations": [
            {"organization_id": each.organization_id, "round_id": each.round_id, "closed_on": str(each.closed_on)}
            for each in latest
        ],
        "columns": {key: asdict(column) for key, column in columns.items()},
    }


def _column(written: Mapping[str, Any]) -> Column:
    quartiles = written["quartiles"]
    return Column(
        cells=tuple(_cell(each) for each in written["cells"]),
        n_shown=written["n_shown"],
        quartiles=None if quartiles is None else (quartiles[0], quartiles[1], quartiles[2]),
        is_shared_gap=written["is_shared_gap"],
    )


def _cell(written: Mapping[str, Any]) -> Cell:
    place, change, bound = written["place"], written["change"], written["bound"]
    return Cell(
        **{
            **written,
            "place": None if place is None else Place(place),
            "brackets": tuple(written["brackets"]),
            "change": None if change is None else Certainty(change),
            "bound": None if bound is None else Bound(bound),
        }
    )
