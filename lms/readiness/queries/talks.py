"""Reading what a team talks over: parked topics, notes of talks, evidence links, and what was said the round before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased, undefer

from lms.accounts.models import Person, shown_name
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.readiness import report
from lms.readiness.models import EvidenceLink, ParkedTopic, ReadinessReport, Round, RoundState, TalkNote
from lms.readiness.queries.rounds import get_consensus_for
from lms.readiness.report import Report
from lms.readiness.rules import Said
from readiness.instruments import Instrument

MOST_PARKED = 100  # of one round: more than this nobody comes back to
MOST_LINKS = 200  # of one round
MOST_TALKS = 500  # of one round


@dataclass(frozen=True)
class Talk:
    """What was said about one item."""

    item_key: str
    text: str
    by_name: str | None
    at: datetime


@dataclass(frozen=True)
class Topic:
    """Something that waits for another time, or what became of it."""

    id: int
    item_key: str | None
    text: str
    by_name: str | None
    parked_at: datetime
    outcome: str | None
    settled_by_name: str | None
    settled_at: datetime | None


@dataclass(frozen=True)
class Link:
    """Where evidence for one item can be seen."""

    id: int
    item_key: str
    url: str
    label: str
    by_name: str | None

    @property
    def host(self) -> str:
        """Where the link leads, for the eye."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True)
class Before:
    """The round before: what was said in it, by item."""

    round_id: int
    closed_on: date
    said: Mapping[str, Said]


@dataclass(frozen=True)
class TopicOf:
    """A parked topic with its round, for those who rate."""

    round: Round
    instrument: Instrument
    topic_id: int

    @property
    def scope(self) -> Scope:
        """Who may see what was rated."""
        return self.round.ratings_scope


@dataclass(frozen=True)
class LinkOf:
    """An evidence link with its round, for those who rate."""

    round: Round
    instrument: Instrument
    link: EvidenceLink

    @property
    def scope(self) -> Scope:
        """Who may see what was rated."""
        return self.round.ratings_scope


def get_topic_for(actor: Actor, round_id: int, topic_id: int) -> TopicOf:
    """Return a parked topic of a round that a team rates (three statements)."""
    rated = get_consensus_for(actor, round_id)
    of_round = (ParkedTopic.id == topic_id, ParkedTopic.round_id == rated.round.id)
    if db.session.scalar(select(ParkedTopic.id).where(*of_round)) is None:
        raise NotFound("topic")
    return TopicOf(rated.round, rated.instrument, topic_id)


def get_link_for(actor: Actor, round_id: int, link_id: int) -> LinkOf:
    """Return an evidence link of a round that a team rates, also one removed meanwhile (three statements)."""
    rated = get_consensus_for(actor, round_id)
    of_round = (EvidenceLink.id == link_id, EvidenceLink.round_id == rated.round.id)
    link = db.session.scalars(select(EvidenceLink).where(*of_round)).one_or_none()
    if link is None:
        raise NotFound("link")
    return LinkOf(rated.round, rated.instrument, link)


def list_talks(round_id: int) -> dict[str, list[Talk]]:
    """Return what was said about each item of a round, oldest first (one statement)."""
    found: dict[str, list[Talk]] = {}
    for row, *names in db.session.execute(_talks(), {"round_id": round_id}):
        found.setdefault(row.item_key, []).append(Talk(row.item_key, row.text, _name(row.by_id, names), row.noted_at))
    return found


@cache  # built once: putting it together takes longer than running it
def _talks() -> Any:
    listed = select(TalkNote, Person.name, Person.alias, Person.email).outerjoin(Person, Person.id == TalkNote.by_id)
    return listed.where(TalkNote.round_id == bindparam("round_id")).order_by(TalkNote.id).limit(MOST_TALKS)


def list_topics(round_id: int) -> list[Topic]:
    """Return what a team has parked, what still waits first (one statement)."""
    return [
        Topic(
            id=row.id,
            item_key=row.item_key,
            text=row.text,
            by_name=_name(row.by_id, names[:3]),
            parked_at=row.parked_at,
            outcome=row.outcome,
            settled_by_name=_name(row.settled_by_id, names[3:]),
            settled_at=row.settled_at,
        )
        for row, *names in db.session.execute(_topics(), {"round_id": round_id})
    ]


@cache
def _topics() -> Any:
    author, settler = aliased(Person), aliased(Person)
    named = (author.name, author.alias, author.email, settler.name, settler.alias, settler.email)
    return (
        select(ParkedTopic, *named)
        .outerjoin(author, author.id == ParkedTopic.by_id)
        .outerjoin(settler, settler.id == ParkedTopic.settled_by_id)
        .where(ParkedTopic.round_id == bindparam("round_id"))
        .order_by(ParkedTopic.settled_at.is_not(None), ParkedTopic.id)
        .limit(MOST_PARKED)
        .execution_options(populate_existing=True)
    )


def list_links(round_id: int) -> dict[str, list[Link]]:
    """Return the evidence links of each item of a round (one statement)."""
    found: dict[str, list[Link]] = {}
    for row, *names in db.session.execute(_links(), {"round_id": round_id}):
        link = Link(row.id, row.item_key, row.url, row.label, _name(row.by_id, names))
        found.setdefault(row.item_key, []).append(link)
    return found


@cache
def _links() -> Any:
    listed = select(EvidenceLink, Person.name, Person.alias, Person.email)
    of_round = (EvidenceLink.round_id == bindparam("round_id"), EvidenceLink.removed_at.is_(None))
    joined = listed.outerjoin(Person, Person.id == EvidenceLink.by_id).where(*of_round)
    return joined.order_by(EvidenceLink.id).limit(MOST_LINKS)


def count_topics(round_id: int) -> int:
    """Return how many topics a round has parked (one statement)."""
    return db.session.scalar(select(func.count()).where(ParkedTopic.round_id == round_id)) or 0


def count_links(round_id: int) -> int:
    """Return how many evidence links a round ever had (one statement)."""
    return db.session.scalar(select(func.count()).where(EvidenceLink.round_id == round_id)) or 0


def count_talks(round_id: int) -> int:
    """Return how many notes of talks a round has (one statement)."""
    return db.session.scalar(select(func.count()).where(TalkNote.round_id == round_id)) or 0


def find_before(a_round: Round) -> Before | None:
    """Return what was said in the last round closed before this one, of the same instrument (one statement)."""
    asked = {
        "round_id": a_round.id,
        "organization_id": a_round.organization_id,
        "slug": a_round.instrument_slug,
        "before": a_round.closed_at or datetime.max.replace(tzinfo=a_round.opened_at.tzinfo),
    }
    row = db.session.scalars(_report_before(), asked).first()
    if row is None:
        return None
    computed: Report = report.read(row.document)
    return Before(row.round_id, computed.closed_on, computed.said)


@cache
def _report_before() -> Any:
    earlier = (
        Round.organization_id == bindparam("organization_id"),
        Round.instrument_slug == bindparam("slug"),
        Round.state == RoundState.CLOSED,
        Round.id != bindparam("round_id"),
        Round.closed_at < bindparam("before"),
    )
    newest = select(ReadinessReport).join(Round, Round.id == ReadinessReport.round_id).where(*earlier)
    whole = newest.options(undefer(ReadinessReport.document))
    return whole.order_by(Round.closed_at.desc(), Round.id.desc()).limit(1)


def _name(person_id: int | None, names: Any) -> str | None:
    return None if person_id is None else shown_name(*names)
