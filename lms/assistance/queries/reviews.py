"""Reading reviews of cycles and the comments at their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms.accounts.models import Person
from lms.assistance.models import CycleComment, Review, ReviewState
from lms.assistance.queries.requests import name_if_any, name_of
from lms.assistance.rules import ANCHORS_BY_STAGE
from lms.authz import Actor, Scope
from lms.db import db
from lms.errors import NotFound
from lms.improvement import queries as improvement
from lms.improvement.models import Cycle, Team
from lms.organizations.models import Organization

MOST_COMMENTS = 500  # of one cycle; more is no conversation


@dataclass(frozen=True)
class ReviewFilter:
    """Which waiting cycles to list."""

    organization_ids: frozenset[int]

    @property
    def values(self) -> dict[str, Any]:
        """Return what the statement of this filter waits for."""
        return {"organization_ids": sorted(self.organization_ids)}


class WaitingRow(NamedTuple):
    """A cycle that waits for an expert."""

    review_id: int
    cycle_id: int
    number: int
    title: str
    has_harm: bool
    team: str
    organization_id: int
    organization: str
    state: ReviewState
    reading: int
    requested_at: datetime
    reviewer_id: int | None
    reviewer: str | None


@dataclass(frozen=True)
class CommentView:
    """A comment as a page shows it: the newest wording, the ones before it, and what was answered."""

    id: int
    field: str
    text: str
    author_id: int | None
    author: str | None
    written_at: datetime
    is_ask: bool
    owner_id: int | None
    owner: str | None
    due_on: date | None
    settled_at: datetime | None
    settled_by: str | None
    earlier: tuple[str, ...] = ()
    answers: tuple["CommentView", ...] = ()

    @property
    def is_open_ask(self) -> bool:
        """Whether the team still has something to do."""
        return self.is_ask and self.settled_at is None


@dataclass(frozen=True)
class CyclePanel:
    """What experts and team have said to each other about one cycle."""

    cycle_id: int
    reviews: Sequence[Review]
    comments: Mapping[str, Sequence[CommentView]] = field(default_factory=dict)
    last_look_at: datetime | None = None
    reader_id: int | None = None

    @property
    def waiting(self) -> Review | None:
        """The review that is still to be decided."""
        return next((each for each in self.reviews if each.decided_at is None), None)

    @property
    def last_decided(self) -> Review | None:
        """The newest decision."""
        decided = [each for each in self.reviews if each.decided_at is not None]
        return decided[-1] if decided else None

    @property
    def n_comments(self) -> int:
        """How many comments there are, answers not counted."""
        return sum(len(each) for each in self.comments.values())

    @property
    def open_asks(self) -> list[CommentView]:
        """What the team still has to do, in the order it was asked."""
        asks = [each for comments in self.comments.values() for each in comments if each.is_open_ask]
        return sorted(asks, key=lambda each: each.id)


def count_waiting(wanted: ReviewFilter) -> int:
    """Return how many cycles wait (one statement)."""
    return db.session.scalar(_counted(), wanted.values) or 0


def list_waiting(wanted: ReviewFilter, *, limit: int, offset: int = 0) -> list[WaitingRow]:
    """Return the cycles that wait: where somebody was harmed first, then the longest waiting (one statement)."""
    rows = db.session.execute(_listed(), wanted.values | {"n_rows": limit, "n_before": offset})
    return [WaitingRow._make((*row[:12], name_if_any(*row[11:]))) for row in rows]


def get_review(review_id: int) -> Review:
    """Return a review with its reviewer as the database has it now (two statements)."""
    asked = _whole_review().where(Review.id == review_id).execution_options(populate_existing=True)
    review = db.session.scalars(asked).one_or_none()
    if review is None:
        raise NotFound("review")
    return review


def list_reviews(cycle_id: int) -> list[Review]:
    """Return the reviews of a cycle with their scores, in order (two statements)."""
    held = _whole_review().where(Review.cycle_id == cycle_id).order_by(Review.number)
    return list(db.session.scalars(held.execution_options(populate_existing=True)))


def count_reviews(cycle_id: int) -> int:
    """Return how often a cycle was sent for review (one statement)."""
    return db.session.scalar(select(func.count()).where(Review.cycle_id == cycle_id)) or 0


def find_organization_of_cycle(cycle_id: int) -> int | None:
    """Return whose team runs a cycle (one statement)."""
    own = select(Team.organization_id).join(Cycle, Cycle.team_id == Team.id).where(Cycle.id == cycle_id)
    return db.session.scalar(own)


def find_comment(comment_id: int) -> CycleComment | None:
    """Return one comment as the database has it now, or None (one statement)."""
    return db.session.get(CycleComment, comment_id, populate_existing=True)


def get_comment(cycle_id: int, comment_id: int) -> CycleComment:
    """Return a comment of one cycle (one statement)."""
    comment = find_comment(comment_id)
    if comment is None or comment.cycle_id != cycle_id:
        raise NotFound("comment")
    return comment


@dataclass(frozen=True)
class PlacedComment:
    """A comment with its cycle; who may read the cycle may read the comment."""

    comment: CycleComment
    cycle: Cycle

    @property
    def scope(self) -> Scope:
        """A comment belongs where its cycle belongs."""
        return self.cycle.scope


def get_comment_for(actor: Actor, cycle_id: int, comment_id: int) -> PlacedComment:
    """Return a comment of a cycle that the actor may read (three statements)."""
    cycle = improvement.get_cycle_for(actor, cycle_id)
    return PlacedComment(get_comment(cycle.id, comment_id), cycle)


def is_newest_wording() -> ColumnElement[bool]:
    """Match comments that no newer wording has replaced."""
    newer = aliased(CycleComment)
    return ~exists().where(newer.replaces_id == CycleComment.id)


def panel_for(cycle_id: int, actor: Actor) -> CyclePanel:
    """Return the reviews and comments of a cycle that the actor may read (three statements)."""
    reviews, comments = list_reviews(cycle_id), _list_comments(cycle_id)
    return CyclePanel(
        cycle_id=cycle_id,
        reviews=reviews,
        comments=_threads(comments),
        last_look_at=_last_look(actor.person_id, reviews, comments),
        reader_id=actor.person_id,
    )


def _waiting() -> list[ColumnElement[bool]]:
    """What each listed row fulfils."""
    review = Review.__table__.c
    here = review.organization_id.in_(bindparam("organization_ids", expanding=True))
    return [review.decided_at.is_(None), here]


@cache  # built once: putting it together takes longer than running it
def _counted() -> Select[Any]:
    """How many cycles wait."""
    return select(func.count()).select_from(Review.__table__).where(*_waiting())


@cache
def _listed() -> Select[Any]:
    """Rows of the fields of `WaitingRow`, with three more columns for the reviewer's name."""
    reviews, cycles, teams = Review.__table__, Cycle.__table__, Team.__table__
    organizations, people = Organization.__table__, Person.__table__
    review, cycle, person = reviews.c, cycles.c, people.c
    joined = (
        reviews.join(cycles, cycle.id == review.cycle_id)
        .join(teams, teams.c.id == cycle.team_id)
        .join(organizations, organizations.c.id == review.organization_id)
        .outerjoin(people, person.id == review.reviewer_id)
    )
    return (
        select(
            review.id,
            review.cycle_id,
            cycle.number,
            cycle.title,
            cycle.has_harm,
            teams.c.name,
            review.organization_id,
            organizations.c.name,
            review.state,
            review.number,
            review.requested_at,
            person.id,
            person.name,
            person.alias,
            person.email,
        )
        .select_from(joined)
        .where(*_waiting())
        .order_by(cycle.has_harm.desc(), review.requested_at, review.id)
        .limit(bindparam("n_rows"))
        .offset(bindparam("n_before"))
    )


def _whole_review() -> Select[Review]:
    return select(Review).options(joinedload(Review.reviewer), selectinload(Review.scores))


def _list_comments(cycle_id: int) -> list[CycleComment]:
    written = (
        select(CycleComment)
        .options(joinedload(CycleComment.author), joinedload(CycleComment.owner), joinedload(CycleComment.settled_by))
        .where(CycleComment.cycle_id == cycle_id)
        .order_by(CycleComment.id)
        .limit(MOST_COMMENTS)
    )
    return list(db.session.scalars(written.execution_options(populate_existing=True)))


def _last_look(person_id: int, reviews: Sequence[Review], comments: Sequence[CycleComment]) -> datetime | None:
    """The last time this person wrote or decided here: looking itself leaves no trace."""
    written = [each.written_at for each in comments if each.author_id == person_id]
    decided = [each.decided_at for each in reviews if each.reviewer_id == person_id and each.decided_at is not None]
    return max([*written, *decided], default=None)


def _threads(comments: Sequence[CycleComment]) -> dict[str, list[CommentView]]:
    """Put comments together by field: wordings of one comment into one, answers under what they answer."""
    held = {each.id: each for each in comments}
    root_of = {each.id: _first_wording(each, held) for each in comments}
    wordings: dict[int, list[CycleComment]] = {}
    for each in comments:
        wordings.setdefault(root_of[each.id], []).append(each)
    answers: dict[int, list[CommentView]] = {}
    for told in wordings.values():
        asked_id = told[0].answers_id
        if asked_id is not None and asked_id in held:
            answers.setdefault(root_of[asked_id], []).append(_view(told))
    threads: dict[str, list[CommentView]] = {}
    for root, told in wordings.items():
        if told[0].answers_id not in held:
            threads.setdefault(told[0].field, []).append(_view(told, answers.get(root, ())))
    in_order = [*(each for stage in ANCHORS_BY_STAGE.values() for each in stage), ""]
    return {name: threads[name] for name in sorted(threads, key=in_order.index)}


def _first_wording(comment: CycleComment, held: Mapping[int, CycleComment]) -> int:
    while comment.replaces_id is not None and comment.replaces_id in held:
        comment = held[comment.replaces_id]
    return comment.id


def _view(told: Sequence[CycleComment], answers: Sequence[CommentView] = ()) -> CommentView:
    newest = told[-1]
    return CommentView(
        id=newest.id,
        field=newest.field,
        text=newest.text,
        author_id=newest.author_id,
        author=name_of(newest.author),
        written_at=newest.written_at,
        is_ask=newest.is_ask,
        owner_id=newest.owner_id,
        owner=name_of(newest.owner),
        due_on=newest.due_on,
        settled_at=newest.settled_at,
        settled_by=name_of(newest.settled_by),
        earlier=tuple(each.text for each in told[:-1]),
        answers=tuple(answers),
    )
