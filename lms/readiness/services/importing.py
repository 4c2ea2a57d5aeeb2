"""Taking ratings from a file into an open round: first what would change is shown, then all is taken or nothing."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from flask_babel import gettext as _

from lms import audit
from lms.errors import Conflict
from lms.readiness.queries import ratings
from lms.readiness.queries.ratings import Standing, said_of
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.rules import Said
from lms.readiness.services.ratings import Rating, record_ratings
from readiness.formats.tables import Answered
from readiness.scoring import AnswerState


class ChangedMeanwhile(Conflict):
    """Somebody rated while the file was looked at."""


@dataclass(frozen=True)
class PlannedRating:
    """What a file says to one item, and what stands now."""

    item_key: str
    said: Said
    stands: Said
    seen_id: int | None

    @property
    def is_change(self) -> bool:
        """Whether taking it changes anything."""
        return self.said != self.stands

    @property
    def is_new(self) -> bool:
        """Whether nothing stood there."""
        return not self.stands.is_settled


@dataclass(frozen=True)
class RatingPlan:
    """What taking a file would do. seen: a print of what it was held against."""

    ratings: tuple[PlannedRating, ...]
    seen: str

    @property
    def changes(self) -> tuple[PlannedRating, ...]:
        """What would change."""
        return tuple(each for each in self.ratings if each.is_change)


def plan_import(rated: RatedRound, answers: Mapping[str, Answered]) -> RatingPlan:
    """Hold what a file says against what stands (one statement). What it leaves empty stays as it is."""
    standings = ratings.list_standings(rated.round.id)
    planned = tuple(
        _planned(item.key, answers[item.key], standings)
        for item in rated.instrument.items
        if item.key in answers and _says_something(answers[item.key])
    )
    events = ",".join(str(standings[each.item_key].event_id) if each.seen_id else "-" for each in planned)
    return RatingPlan(planned, hashlib.sha256(events.encode()).hexdigest()[:32])


def import_ratings(rated: RatedRound, plan: RatingPlan, *, form_key: UUID, by_id: int) -> int:
    """Record what changes, all or nothing; return how many items. RoundClosed when the round is closed."""
    sent = [Rating(uuid5(form_key, each.item_key), each.item_key, each.said, each.seen_id) for each in plan.changes]
    if not sent:
        return 0
    recorded = record_ratings(rated, sent, by_id=by_id, is_all_or_none=True)
    if recorded.unsettled:
        raise ChangedMeanwhile(_("Somebody wrote a note meanwhile. Nothing was taken. Look at the file again."))
    audit.record(by_id, "imported ratings", audit.Subject("readiness-round", rated.round.id), {"n_items": len(sent)})
    return len(sent)


def _says_something(answered: Answered) -> bool:
    return answered.state is not AnswerState.SKIPPED or bool(answered.evidence or answered.dissent)


def _planned(item_key: str, answered: Answered, standings: Mapping[str, Standing]) -> PlannedRating:
    stands, standing = said_of(standings, item_key), standings.get(item_key)
    said = replace(
        stands,
        evidence=answered.evidence or stands.evidence,
        dissent=answered.dissent or stands.dissent,
    )
    if answered.state is not AnswerState.SKIPPED:
        said = replace(said, state=answered.state, value=answered.value)
    return PlannedRating(item_key, said, stands, standing.event_id if standing else None)
