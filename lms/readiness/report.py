"""What a closed round says: computed once into plain values, read back as it was.

Pure: an instrument and what the team said in, a document out. Names and texts stay in the published version of the
instrument, which never changes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lms.readiness.rules import NOTHING_SAID, Said
from readiness.change import ItemMove, moved_items
from readiness.instruments import ActionKind, Instrument
from readiness.priorities import Recommendation, recommend, worst_gaps
from readiness.scoring import (
    AnswerState,
    AreaScore,
    Level,
    Ratings,
    RoundScore,
    answer_from,
    score_round,
)
from readiness.summary import Sentence, SentenceKind, summarize

ENGINE_VERSION = "consensus-1"
"""Moves when the same ratings would make another report."""


@dataclass(frozen=True)
class Earlier:
    """The round before: when it was closed and what the team said then."""

    round_id: int
    closed_on: date
    said: Mapping[str, Said]


@dataclass(frozen=True)
class AreaLine:
    """One area on the picture. A score is 1 to 5, None where too little was rated."""

    key: str
    score: float | None
    level: Level | None
    is_capped: bool
    n_values: int
    n_settled: int
    n_items: int
    n_not_applicable: int
    earlier_score: float | None
    earlier_level: Level | None


@dataclass(frozen=True)
class GapLine:
    """One item far from usual practice."""

    area_key: str
    item_key: str
    rating: int
    is_low_critical: bool


@dataclass(frozen=True)
class MoveLine:
    """One item that moved since the round before, with the evidence then and now."""

    area_key: str
    item_key: str
    before: int
    after: int
    evidence_before: str
    evidence_after: str


@dataclass(frozen=True)
class Report:
    """A report as it was computed."""

    closed_on: date
    earlier_round_id: int | None
    earlier_closed_on: date | None
    score: float | None
    level: Level | None
    sentences: tuple[Sentence, ...]
    areas: tuple[AreaLine, ...]
    gaps: tuple[GapLine, ...]
    moves: tuple[MoveLine, ...]
    low_critical_keys: tuple[str, ...]
    strong_keys: tuple[str, ...]
    unknown_keys: tuple[str, ...]
    skipped_keys: tuple[str, ...]
    said: Mapping[str, Said]
    n_people: int
    n_sittings: int

    @property
    def n_unscored(self) -> int:
        """How many areas have too few ratings for a score."""
        return sum(area.score is None for area in self.areas)


def ratings_of(said: Mapping[str, Said]) -> Ratings:
    """Return the bare answers."""
    return {key: answer_from(each.state, each.value) for key, each in said.items()}


def build(
    instrument: Instrument,
    said: Mapping[str, Said],
    *,
    closed_on: date,
    earlier: Earlier | None,
    n_people: int,
    n_sittings: int,
) -> dict[str, Any]:
    """Compute the document of a report; everything in it is JSON-able."""
    ratings = ratings_of(said)
    before = None if earlier is None else _known(instrument, ratings_of(earlier.said))
    score = score_round(instrument, ratings)
    score_before = None if before is None else score_round(instrument, before)
    return {
        "closed_on": closed_on.isoformat(),
        "earlier": None if earlier is None else {"round_id": earlier.round_id, "closed_on": str(earlier.closed_on)},
        "score": score.score,
        "level": score.level,
        "sentences": [asdict(each) for each in summarize(instrument, ratings, before=before).sentences],
        "areas": [_area_line(area, score_before) for area in score.areas],
        "gaps": [
            {
                "area_key": gap.area_key,
                "item_key": gap.item_key,
                "rating": gap.rating,
                "is_low_critical": gap.is_low_critical,
            }
            for gap in worst_gaps(instrument, ratings)
        ],
        "moves": [_move_line(move, said, earlier) for move in moved_items(instrument, before or {}, ratings)],
        "low_critical_keys": list(score.low_critical_keys),
        "strong_keys": list(score.strong_item_keys),
        "unknown_keys": list(score.unknown_item_keys),
        "skipped_keys": list(score.skipped_item_keys),
        "said": {key: asdict(each) for key, each in said.items()},
        "n_people": n_people,
        "n_sittings": n_sittings,
    }


def levels_of(document: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the level of each area of a report, for lists."""
    return {area["key"]: area["level"] for area in document["areas"]}


def choose_actions(
    instrument: Instrument,
    said: Mapping[str, Said],
    earlier: Earlier | None,
    tried: Mapping[str, ActionKind],
) -> tuple[Recommendation, ...]:
    """Return the actions to propose."""
    before = None if earlier is None else _known(instrument, ratings_of(earlier.said))
    return recommend(instrument, ratings_of(said), before=before, tried=tried)


def read(document: Mapping[str, Any]) -> Report:
    """Read back what `build` computed."""
    earlier = document["earlier"]
    return Report(
        closed_on=date.fromisoformat(document["closed_on"]),
        earlier_round_id=earlier["round_id"] if earlier else None,
        earlier_closed_on=date.fromisoformat(earlier["closed_on"]) if earlier else None,
        score=document["score"],
        level=_level(document["level"]),
        sentences=tuple(_sentence(each) for each in document["sentences"]),
        areas=tuple(
            AreaLine(**{**each, "level": _level(each["level"]), "earlier_level": _level(each["earlier_level"])})
            for each in document["areas"]
        ),
        gaps=tuple(GapLine(**each) for each in document["gaps"]),
        moves=tuple(MoveLine(**each) for each in document["moves"]),
        low_critical_keys=tuple(document["low_critical_keys"]),
        strong_keys=tuple(document["strong_keys"]),
        unknown_keys=tuple(document["unknown_keys"]),
        skipped_keys=tuple(document["skipped_keys"]),
        said={key: read_said(each) for key, each in document["said"].items()},
        n_people=document["n_people"],
        n_sittings=document["n_sittings"],
    )


def read_said(written: Mapping[str, Any]) -> Said:
    """Read back what a team said to one item."""
    return Said(AnswerState(written["state"]), written["value"], written["evidence"], written["dissent"])


def _known(instrument: Instrument, ratings: Ratings) -> Ratings:
    """Leave out items that this version of the instrument no longer has."""
    keys = {item.key for item in instrument.items}
    return {key: answer for key, answer in ratings.items() if key in keys}


def _area_line(area: AreaScore, before: RoundScore | None) -> dict[str, Any]:
    earlier = None if before is None else before.get_area(area.area_key)
    return {
        "key": area.area_key,
        "score": area.score,
        "level": area.level,
        "is_capped": area.is_capped,
        "n_values": area.counts.n_values,
        "n_settled": area.counts.n_settled,
        "n_items": area.counts.n_items,
        "n_not_applicable": area.counts.n_not_applicable,
        "earlier_score": earlier.score if earlier else None,
        "earlier_level": earlier.level if earlier else None,
    }


def _move_line(move: ItemMove, said: Mapping[str, Said], earlier: Earlier | None) -> dict[str, Any]:
    before = earlier.said.get(move.item_key, NOTHING_SAID) if earlier else NOTHING_SAID
    return {
        "area_key": move.area_key,
        "item_key": move.item_key,
        "before": move.before,
        "after": move.after,
        "evidence_before": before.evidence,
        "evidence_after": said[move.item_key].evidence,
    }


def _level(word: str | None) -> Level | None:
    return None if word is None else Level(word)


def _sentence(written: Mapping[str, Any]) -> Sentence:
    return Sentence(
        **{
            **written,
            "kind": SentenceKind(written["kind"]),
            "area_keys": tuple(written["area_keys"]),
            "item_keys": tuple(written["item_keys"]),
        }
    )
