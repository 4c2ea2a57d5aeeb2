"""Reading what was answered by name, whole: by team, site lead and leaders. Staff mode has no such thing."""

from lms.authz import Actor, Permission, can
from lms.errors import NotFound
from lms.readiness.models import Seat
from lms.readiness.queries import ratings, seats
from lms.readiness.queries.rounds import RatedRound, get_rated_for
from readiness.formats.tables import TEAM, Answered, Record
from readiness.instruments import Mode
from readiness.scoring import AnswerState


def get_named_for(actor: Actor, round_id: int) -> RatedRound:
    """Return a round whose answers bear names, for those who may see what was rated (two statements).

    A shared report shares no ratings; a survey of staff has none to give, to nobody.
    """
    rated = get_rated_for(actor, round_id)
    if rated.instrument.mode is Mode.STAFF or not can(actor, Permission.READINESS_READ, rated.scope):
        raise NotFound("round")
    return rated


def list_records(rated: RatedRound) -> list[Record]:
    """Return what stands, rater by rater (three statements at most).

    While a round is open, leaders do not read each other before both have finished, and nobody reads an expert who
    still rates, or whose team does. What a leader had not finished at the close stays unread.
    """
    mode, round_id = rated.instrument.mode, rated.round.id
    records = [_of_team(round_id)] if mode is Mode.CONSENSUS else []
    said = seats.list_standings(round_id)
    shown = _shown_seats(rated, frozenset(said))
    if mode is Mode.CONSENSUS and rated.round.is_open and not _has_rated_all(rated, records[0]):
        shown = frozenset()
    return records + [
        Record(
            seat.value,
            {
                key: Answered(
                    state=each.said.state,
                    value=each.said.value,
                    fact=each.said.fact,
                    evidence=each.said.note,
                    by=each.by_name or "",
                    at=each.at,
                )
                for key, each in said[seat].items()
            },
        )
        for seat in Seat
        if seat in shown
    ]


def _of_team(round_id: int) -> Record:
    standings = ratings.list_standings(round_id)
    return Record(
        TEAM,
        {
            key: Answered(
                state=each.said.state,
                value=each.said.value,
                evidence=each.said.evidence,
                dissent=each.said.dissent,
                by=each.by_name or "",
                at=each.at,
            )
            for key, each in standings.items()
        },
    )


def _has_rated_all(rated: RatedRound, team: Record) -> bool:
    said = team.answers
    return all(item.key in said and said[item.key].state is not AnswerState.SKIPPED for item in rated.instrument.items)


def _shown_seats(rated: RatedRound, taken: frozenset[Seat]) -> frozenset[Seat]:
    mode, is_open = rated.instrument.mode, rated.round.is_open
    if not taken or (not is_open and mode is not Mode.LEADER):
        return taken
    finished = frozenset(seats.list_finished(rated.round.id)) & taken
    if mode is Mode.LEADER:
        return finished if not is_open or finished == {Seat.LEAD, Seat.CO_CHAIR} else frozenset()
    return taken if mode is Mode.SITE_FACTS else finished
