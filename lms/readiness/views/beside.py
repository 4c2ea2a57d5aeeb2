"""What stands beside a team's rating on its pages: parked topics, links to evidence, an expert's own rating."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lms.authz import Permission
from lms.readiness.forms.talks import LinkForm, OutcomeForm, ParkForm
from lms.readiness.models import Seat
from lms.readiness.queries import seats, talks
from lms.readiness.queries.rounds import RatedRound
from lms.readiness.queries.talks import Topic
from lms.readiness.seating import is_expert_due
from lms.readiness.views.blueprint import may, own_zone
from lms.readiness.views.words import say_when
from lms.web import access


@dataclass(frozen=True)
class TopicView:
    """A parked topic as a page shows it."""

    topic: Topic
    item_name: str | None
    parked: str
    settled: str
    form: OutcomeForm | None


@dataclass(frozen=True)
class ExpertView:
    """How far an expert's own rating is; only its own pages and the comparison say what it is."""

    may_rate: bool
    is_finished: bool
    has_begun: bool
    is_due: bool
    n_done: int


@dataclass(frozen=True)
class Beside:
    """All of it."""

    topics: Sequence[TopicView]
    park_form: ParkForm | None
    expert: ExpertView | None

    @property
    def n_waiting(self) -> int:
        """How many topics still wait."""
        return sum(view.topic.settled_at is None for view in self.topics)


def beside_of(
    rated: RatedRound,
    *,
    place: str,
    language: str,
    n_done: int,
    park_form: ParkForm | None = None,
    outcome_forms: dict[int, OutcomeForm] | None = None,
) -> Beside:
    """Put together what stands beside the rating of a round (three statements)."""
    may_rate = may(Permission.READINESS_RATE, rated)
    form = park_form or ParkForm(data={"place": place})
    return Beside(
        topics=view_topics(rated, language, outcome_forms or {}),
        park_form=form if may_rate and rated.round.is_open else None,
        expert=_expert(rated, n_done),
    )


def view_topics(rated: RatedRound, language: str, outcome_forms: dict[int, OutcomeForm]) -> list[TopicView]:
    """Return the parked topics of a round (one statement)."""
    zone, may_settle = own_zone(), may(Permission.READINESS_RATE, rated)
    names = {item.key: item.name[language] for item in rated.instrument.items}
    views = []
    for topic in talks.list_topics(rated.round.id):
        form = None
        if may_settle and topic.settled_at is None:
            form = outcome_forms.get(topic.id) or OutcomeForm()
            form.tell_apart(topic.id)
        views.append(
            TopicView(
                topic,
                names.get(topic.item_key or ""),
                say_when(topic.parked_at, zone),
                say_when(topic.settled_at, zone) if topic.settled_at else "",
                form,
            )
        )
    return views


def link_form_for(area: Any, language: str, form: LinkForm | None = None) -> LinkForm:
    """Return the form of a new link, for the items of one area."""
    form = form or LinkForm()
    form.offer_items(area.items, language)
    return form


def _expert(rated: RatedRound, n_done: int) -> ExpertView | None:
    """Say how far the expert's rating is; None where there is none and the reader gives none."""
    actor = access.signed_in_actor()
    may_rate = rated.round.is_open and Seat.EXPERT in seats.entitled_to(actor, rated.round, rated.instrument)
    said = seats.list_said(rated.round.id).get(Seat.EXPERT, {})
    if not said and not may_rate:
        return None
    is_finished = Seat.EXPERT in seats.list_finished(rated.round.id)
    is_due = is_expert_due(
        is_open=rated.round.is_open,
        has_rated=bool(said),
        has_finished=is_finished,
        has_team_rated=n_done == rated.instrument.n_items,
    )
    n_rated = sum(each.is_settled for each in said.values()) if may_rate else 0
    return ExpertView(may_rate, is_finished, bool(said), is_due, n_rated)
