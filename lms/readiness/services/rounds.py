"""Opening, running and closing rounds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, update

from lms import audit, clock, signals
from lms.db import db, insert_new, insert_once
from lms.errors import Conflict, Invalid
from lms.publications import ContentVersion
from lms.readiness import report
from lms.readiness.models import RatingPresence, RatingTeamMember, ReadinessReport, RecommendedAction, Round, RoundState
from lms.readiness.queries import ratings, reports, rounds
from lms.readiness.queries.instruments import get_instrument
from lms.readiness.report import Earlier
from lms.readiness.rules import MOST_DAYS_OPEN, Said
from readiness.instruments import Instrument
from readiness.priorities import Recommendation


class RoundClosed(Conflict):
    """The round was closed: what was agreed on then stands."""


class RoundIsOpen(Conflict):
    """The organization rates itself with this instrument already."""


class NothingRated(Conflict):
    """A round without a single answer makes no report."""


class StaleRound(Conflict):
    """Somebody changed the round while this form was open."""


@dataclass(frozen=True)
class Plan:
    """Who rates together, and by when."""

    person_ids: frozenset[int]
    closes_on: date


def start_round(organization_id: int, version: ContentVersion, plan: Plan, *, today: date, by_id: int) -> Round:
    """Open a round and ask its team to rate; RoundIsOpen when one with this instrument is open."""
    refuse_bad_day(plan.closes_on, today)
    people = _own_people(organization_id, plan.person_ids)
    is_new = insert_once(
        Round,
        organization_id=organization_id,
        instrument_slug=version.slug,
        version_id=version.id,
        state=RoundState.OPEN,
        opened_at=clock.now(),
        opened_by_id=by_id,
        closes_on=plan.closes_on,
        is_shared=False,
        row_version=1,
    )
    opened = rounds.find_open_round(organization_id, version.slug)
    if not is_new or opened is None:
        raise RoundIsOpen(_("Your organization has an open round already. Finish that one first."))
    _add_people(opened.id, people)
    opened.team_ids = people
    audit.record(by_id, "opened a readiness round", _subject(opened.id), {"organization_id": organization_id})
    signals.round_opened.send(None, round=opened, person_ids=people)
    return opened


def edit_round(a_round: Round, plan: Plan, *, row_version: int, today: date, by_id: int) -> None:
    """Change who rates and by when; StaleRound when somebody changed it meanwhile, RoundClosed when it is closed."""
    open_round = lock_open_round(a_round.id)
    if open_round.row_version != row_version:
        raise StaleRound(_("Somebody else changed this round while you had the form open."))
    if plan.closes_on != open_round.closes_on:
        refuse_bad_day(plan.closes_on, today)
    before = frozenset(each.person_id for each in rounds.list_team(a_round.id))
    people = _own_people(open_round.organization_id, plan.person_ids, but=before)
    added, gone = people - before, before - people
    _add_people(a_round.id, added)
    _end_people(a_round.id, gone)
    open_round.closes_on, open_round.row_version = plan.closes_on, row_version + 1
    open_round.team_ids = people
    changes = {"closes_on": str(plan.closes_on), "added": sorted(added), "removed": sorted(gone)}
    audit.record(by_id, "changed a readiness round", _subject(a_round.id), changes)
    if added:
        signals.round_opened.send(None, round=open_round, person_ids=added)
    if gone:
        signals.round_left.send(None, round=open_round, person_ids=gone)


def record_presence(
    a_round: Round, present_on: date, person_ids: Collection[int], *, today: date, by_id: int
) -> frozenset[int]:
    """Say who was there on one day, in place of what was said about that day before; return who."""
    open_round = lock_open_round(a_round.id)
    if not open_round.opened_at.date() - timedelta(days=1) <= present_on <= today:
        sentence = _("Choose a day between the first day of the round and today.")
        raise Invalid(sentence, {"present_on": sentence})
    team = frozenset(each.person_id for each in rounds.list_team(a_round.id))
    here, now = team.intersection(person_ids), clock.now()
    of_day = (RatingPresence.round_id == a_round.id, RatingPresence.present_on == present_on)
    db.session.execute(delete(RatingPresence).where(*of_day))
    shared = {"round_id": a_round.id, "present_on": present_on, "recorded_by_id": by_id, "recorded_at": now}
    if here:
        insert_new(RatingPresence, [{**shared, "person_id": person_id} for person_id in sorted(here)])
    changes = {"present_on": str(present_on), "person_ids": sorted(here)}
    audit.record(by_id, "noted who was present", _subject(a_round.id), changes)
    return here


def close_round(a_round: Round, *, today: date, by_id: int) -> None:
    """Close a round and compute its report, once; RoundClosed when it was closed before."""
    closing = lock_open_round(a_round.id)
    instrument, said = get_instrument(closing.version_id), ratings.list_said(closing.id)
    if not any(each.is_settled for each in said.values()):
        raise NothingRated(_("Nothing is rated yet, so there is nothing to report. Rate some items first."))
    before = rounds.find_round_before(closing)
    closing.state, closing.closed_at, closing.closed_by_id = RoundState.CLOSED, clock.now(), by_id
    closing.row_version += 1
    _write_report(closing, instrument, said, earlier=earlier_of(before), closed_on=today)
    changes = {"organization_id": closing.organization_id, "n_items": len(said)}
    audit.record(by_id, "closed a readiness round", _subject(closing.id), changes)
    signals.round_closed.send(None, round=closing)


def share_report(a_round: Round, *, is_shared: bool, by_id: int) -> None:
    """Let all staff of the organization read the report, or no longer; Conflict while the round is open."""
    shared = (
        update(Round)
        .where(Round.id == a_round.id, Round.state == RoundState.CLOSED)
        .values(is_shared=is_shared, row_version=Round.row_version + 1)
        .returning(Round.id)
    )
    if db.session.execute(shared).first() is None:
        raise Conflict(_("The round is still open, so there is no report to share yet."))
    verb = "shared a readiness report" if is_shared else "stopped sharing a readiness report"
    audit.record(by_id, verb, _subject(a_round.id))


def lock_open_round(round_id: int) -> Round:
    """Return an open round that nobody else changes until this transaction ends; RoundClosed when it is closed."""
    locked = rounds.lock_round(round_id)
    if not locked.is_open:
        raise RoundClosed(_("This round is closed. What the team agreed on stands, and nothing was changed."))
    return locked


def _write_report(
    closing: Round, instrument: Instrument, said: Mapping[str, Said], *, earlier: Earlier | None, closed_on: date
) -> None:
    document = report.build(
        instrument,
        said,
        closed_on=closed_on,
        earlier=earlier,
        n_people=ratings.count_people(closing.id),
        n_sittings=len(rounds.list_sittings(closing.id)),
    )
    tried = reports.list_tried(closing.organization_id, closing.instrument_slug)
    chosen = report.choose_actions(instrument, said, earlier, tried)
    keep_report(closing, document, chosen, instrument, engine_version=report.ENGINE_VERSION)


def keep_report(
    closing: Round,
    document: dict[str, Any],
    chosen: Iterable[Recommendation],
    instrument: Instrument,
    *,
    engine_version: str,
) -> None:
    """Store what a round says at its close, whatever its mode, and propose the actions that were chosen."""
    db.session.add(
        ReadinessReport(
            round_id=closing.id,
            engine_version=engine_version,
            levels=report.levels_of(document),
            document=document,
            computed_at=clock.now(),
        )
    )
    propose_actions(closing.id, chosen, instrument)


def propose_actions(round_id: int, chosen: Iterable[Recommendation], instrument: Instrument) -> None:
    """Propose actions to accept or to decline, the most pressing first."""
    db.session.add_all(_action(round_id, number, each, instrument) for number, each in enumerate(chosen, start=1))


def _action(round_id: int, number: int, each: Recommendation, instrument: Instrument) -> RecommendedAction:
    area = instrument.get_area(each.area_key)
    title = area.get_item(each.item_key).name if each.item_key else area.name
    return RecommendedAction(
        round_id=round_id,
        number=number,
        area_key=each.area_key,
        item_key=each.item_key,
        kind=each.kind,
        title_en=title["en"],
        title_es=title["es"],
        triggers=[trigger.value for trigger in each.triggers],
        rating=each.rating,
        is_escalated=each.is_escalated,
    )


def earlier_of(before: Round | None) -> Earlier | None:
    """Return what the round before said (one statement at most)."""
    computed = reports.find_report_of(before)
    return Earlier(before.id, computed.closed_on, computed.said) if before and computed else None


def refuse_bad_day(closes_on: date, today: date) -> None:
    """Keep to days within a year."""
    if not today <= closes_on <= today + timedelta(days=MOST_DAYS_OPEN):
        raise Invalid("The day is out of reach.", {"closes_on": _("Choose a day from today to one year from now.")})


def _own_people(
    organization_id: int, person_ids: Iterable[int], *, but: Collection[int] = frozenset()
) -> frozenset[int]:
    """Keep to people of the organization; those already on the team may stay."""
    wanted = frozenset(person_ids)
    own = {each.person_id for each in rounds.list_people(organization_id)}
    if not wanted:
        raise Invalid("Nobody was chosen.", {"people": _("Choose at least one person.")})
    if wanted - own - frozenset(but):
        raise Invalid("Not all belong here.", {"people": _("Choose people from the list.")})
    return wanted


def _add_people(round_id: int, person_ids: Collection[int]) -> None:
    now = clock.now()
    rows = [{"round_id": round_id, "person_id": person_id, "added_at": now} for person_id in sorted(person_ids)]
    if rows:
        insert_new(RatingTeamMember, rows)
        _of_people(round_id, person_ids, left_at=None)  # whoever comes back has a row already


def _end_people(round_id: int, person_ids: Collection[int]) -> None:
    if person_ids:
        _of_people(round_id, person_ids, left_at=clock.now())


def _of_people(round_id: int, person_ids: Collection[int], **values: object) -> None:
    of_these = (RatingTeamMember.round_id == round_id, RatingTeamMember.person_id.in_(person_ids))
    db.session.execute(update(RatingTeamMember).where(*of_these).values(**values))


def _subject(round_id: int) -> audit.Subject:
    return audit.Subject("readiness-round", round_id)
