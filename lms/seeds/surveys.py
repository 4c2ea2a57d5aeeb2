"""Staff surveys, a round across the coalition, and what was rated alone. Answers go the way of any other answer."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from lms import clock, signals
from lms.authz import Capability
from lms.db import db
from lms.leases import WorkState
from lms.organizations.models import Membership
from lms.organizations.services.memberships import Post, edit_membership
from lms.outbox import OutboxRow
from lms.readiness import survey_links
from lms.readiness.models import Invite
from lms.readiness.queries import answering, campaigns, instruments, rounds, seats, talks
from lms.readiness.seating import SeatSaid, value_of_fact
from lms.readiness.services import answering as answers
from lms.readiness.services import campaigns as campaign_services
from lms.readiness.services import inviting, launching, survey_upkeep
from lms.readiness.services import rounds as round_services
from lms.readiness.services import seats as seat_services
from lms.readiness.services import surveys as services
from lms.readiness.services import talks as talk_services
from lms.readiness.services.campaigns import CampaignPlan
from lms.readiness.services.launching import PlannedGroup, SurveyPlan
from lms.readiness.services.seats import SeatAnswer
from lms.seeds.maker import Maker
from lms.seeds.readiness import STATES, keep_actions, plan_choices
from lms.seeds.story import Aside, ParkedText, RecordPlan, SeatPlan, StaffSurvey, TalkText
from readiness.instruments import AnswerKind, Item, Mode
from readiness.scoring import AnswerState

STAFF_SURVEY = "staff-survey"
LEFT_OUT = "."
NO_GROUP = "-"
REFUSED = "SMTPRecipientsRefused"  # what a mail server says of an address that is none


@dataclass(frozen=True)
class _Running:
    """A survey of the story."""

    name: str  # "staff/clinic/1"
    plan: StaffSurvey


def plan(maker: Maker) -> None:
    """Put every survey and every record on the calendar."""
    told = maker.story.surveys
    maker.later(told.campaign.asked, _ask_all, maker)
    for organization, reason in told.campaign.declined.items():
        maker.later(told.campaign.declined_on, _decline, maker, organization, reason)
    numbers: dict[str, int] = {}
    for each in told.surveys:
        numbers[each.organization] = numbers.get(each.organization, 0) + 1
        _plan_survey(maker, _Running(f"staff/{each.organization}/{numbers[each.organization]}", each))
    maker.later(told.campaign.ended, _end_campaign, maker)
    for record in told.records:
        _plan_record(maker, f"{record.instrument}/{record.organization}", record)
    for aside in told.asides:
        _plan_aside(maker, aside)


# ---------------------------------------------------------------- the round across the coalition


def _ask_all(maker: Maker) -> None:
    told = maker.story.surveys
    version = instruments.get_newest(STAFF_SURVEY)
    asked = CampaignPlan(
        frozenset(maker.organizations[key].id for key in told.campaign.organizations),
        maker.day(told.campaign.closes),
        maker.day(told.campaign.results),
        told.change,
    )
    started = campaign_services.start_campaign(
        maker.coalition_id,
        version,
        instruments.read_version(version),
        asked,
        event_uuid=str(maker.uuid()),
        today=clock.today(),
        by_id=maker.people[told.campaign.by],
    )
    maker.rounds["campaign"] = started.id


def _decline(maker: Maker, organization: str, reason: str) -> None:
    lead, made = f"{organization}.0", maker.organizations[organization]
    held = campaigns.get_offer_for(maker.actor(lead), maker.rounds["campaign"], made.id)
    campaign_services.decline(held, reason, by_id=made.lead_id)


def _end_campaign(maker: Maker) -> None:
    by = maker.story.surveys.campaign.by
    held = campaigns.get_campaign_for(maker.actor(by), maker.rounds["campaign"])
    campaign_services.close_campaign(held, today=clock.today(), by_id=maker.people[by])


# ---------------------------------------------------------------- one survey


def _plan_survey(maker: Maker, running: _Running) -> None:
    told = running.plan
    maker.later(told.opened, _open, maker, running)
    share = -(-len(told.answers) // len(told.days))
    for number, day in enumerate(told.days):
        maker.later(day, _answer, maker, running, range(number * share, min((number + 1) * share, len(told.answers))))
    if told.reminded is not None:
        maker.later(told.reminded, _remind, maker, running)
    if told.closed is not None:
        maker.later(told.closed, _close, maker, running)
        plan_choices(maker, running.name, told.actions)


def _open(maker: Maker, running: _Running) -> None:
    told, by_id, today = running.plan, maker.people[running.plan.by], clock.today()
    version = instruments.get_newest(STAFF_SURVEY)
    asked = SurveyPlan(
        headcount=told.headcount,
        languages=("en", "es"),
        closes_on=maker.day(told.closes),
        results_on=maker.day(told.results),
        cut=told.cut,
        groups=tuple(PlannedGroup(each.name, each.people) for each in told.groups),
        change_name=maker.story.surveys.change,
        is_pooled=told.pooled,
    )
    organization_id, instrument = maker.organizations[told.organization].id, instruments.read_version(version)
    opened = launching.start_survey(organization_id, version, instrument, asked, today=today, by_id=by_id)
    maker.rounds[running.name] = opened.id
    if told.in_campaign:
        held = campaigns.get_offer_for(maker.actor(told.by), maker.rounds["campaign"], organization_id)
        campaign_services.take_up(held, opened, by_id=by_id)
    if told.emails:
        inviting.invite_addresses(opened, told.emails, "en", today=today, by_id=by_id)
        _deliver()


def _answer(maker: Maker, running: _Running, numbers: range) -> None:
    """Let the next people answer by the links they find at home, and note who is done as the hourly job does."""
    key, round_id = current_app.config["SETTINGS"].survey_key, maker.rounds[running.name]
    of_members = select(Invite.id).where(Invite.round_id == round_id, Invite.person_id.is_not(None))
    invites = db.session.scalars(of_members.order_by(Invite.person_id)).all()
    for number in numbers:
        _send_in(running.plan, number, survey_links.token_of(key, invites[number]), key)
    survey_upkeep.shuffle(round_id)
    survey_upkeep.note_done(round_id, survey_upkeep.list_done(round_id, key))


def _send_in(told: StaffSurvey, number: int, token: str, key: str) -> None:
    place = answering.find_place(key, token)
    if place is None:
        raise LookupError("a link of this survey leads nowhere")
    group, *areas = told.answers[number].split()
    marks = zip((each.key for each in place.survey.instrument.items), "".join(areas), strict=True)
    items = {item: STATES[mark].value if mark in STATES else mark for item, mark in marks if mark != LEFT_OUT}
    answers.keep_answers(place, items)
    if told.groups:
        answers.choose_group(place, "" if group == NO_GROUP else f"group-{group}")
    comment = (told.comments or {}).get(str(number + 1))
    if comment is not None:
        answers.keep_comment(place, comment)
    answers.submit(place, today=clock.today())


def _remind(maker: Maker, running: _Running) -> None:
    a_round = rounds.get_round_for(maker.actor(running.plan.by), maker.rounds[running.name])
    inviting.send_reminder(a_round, today=clock.today(), by_id=maker.people[running.plan.by])
    _deliver()


def _deliver() -> None:
    """Let the mail of surveys arrive, but for addresses that are none."""
    asked = select(OutboxRow).where(OutboxRow.topic.in_(inviting.TOPICS), OutboxRow.state == WorkState.WAITING)
    for row in db.session.scalars(asked.order_by(OutboxRow.id)).all():
        invite = db.session.get_one(Invite, UUID(row.payload["invite_id"]))
        error = REFUSED if (invite.email or "").endswith(".invalid") else None
        row.state = WorkState.DONE
        signals.delivery_tried.send(
            None, topic=row.topic, payload=row.payload, was_delivered=error is None, error=error, is_last=True
        )


def _close(maker: Maker, running: _Running) -> None:
    told, by_id = running.plan, maker.people[running.plan.by]
    a_round = rounds.get_round_for(maker.actor(told.by), maker.rounds[running.name])
    services.close_survey(a_round, today=clock.today(), by_id=by_id)
    keep_actions(maker, running.name)
    if told.shared:
        round_services.share_report(a_round, is_shared=True, by_id=by_id)


# ---------------------------------------------------------------- rated alone


def _plan_record(maker: Maker, name: str, told: RecordPlan) -> None:
    if told.co_chair is not None:
        maker.later(told.opened, _make_co_chair, maker, told.organization, told.co_chair, told.by, hour=12)
    maker.later(told.opened, _open_record, maker, name, told)
    for seat in told.seats:
        maker.later(seat.on, _rate, maker, name, seat)
    for talk in told.talks:
        maker.later(talk.on, _talk, maker, name, talk)
    maker.later(told.closed, _close_record, maker, name, told.by, hour=20)
    plan_choices(maker, name, told.actions)


def _make_co_chair(maker: Maker, organization: str, key: str, by: str) -> None:
    asked = select(Membership).where(
        Membership.organization_id == maker.organizations[organization].id,
        Membership.person_id == maker.people[key],
        Membership.ended_at.is_(None),
    )
    held = db.session.scalars(asked).one()
    post = Post(
        role=held.role,
        job_role_id=held.job_role_id,
        location_id=held.location_id,
        supervisor_id=held.supervisor_id,
        capabilities=frozenset({Capability.CO_CHAIR}),
    )
    edit_membership(held, post=post, row_version=held.row_version, by_id=maker.people[by])


def _open_record(maker: Maker, name: str, told: RecordPlan) -> None:
    opened = seat_services.open_record(
        maker.organizations[told.organization].id,
        instruments.get_newest(told.instrument),
        maker.day(told.closes),
        today=clock.today(),
        by_id=maker.people[told.by],
    )
    maker.rounds[name] = opened.id


def _rate(maker: Maker, name: str, told: SeatPlan) -> None:
    taken = seats.get_seat_for(maker.actor(told.by), maker.rounds[name], told.seat.value)
    notes = told.notes or {}
    said = [
        SeatAnswer(maker.uuid(), item.key, _said(maker, item, mark, notes.get(item.key, "")))
        for area, marks in told.marks.items()
        for item, mark in zip(taken.instrument.get_area(area).items, marks.split(), strict=True)
    ]
    seat_services.record_seat(taken, said, by_id=maker.people[told.by])
    if taken.instrument.mode is not Mode.SITE_FACTS:
        seat_services.finish_seat(taken, by_id=maker.people[told.by])


def _said(maker: Maker, item: Item, mark: str, note: str) -> SeatSaid:
    if mark in STATES:
        return SeatSaid(STATES[mark], note=note)
    if item.answer is AnswerKind.RATING:
        return SeatSaid(AnswerState.VALUE, int(mark), None, note)
    fact = maker.day(int(mark.rstrip("d"))).isoformat() if item.answer is AnswerKind.DATE else mark.rstrip("%")
    return SeatSaid(AnswerState.VALUE, value_of_fact(item.answer, fact, today=clock.today()), fact, note)


def _talk(maker: Maker, name: str, told: TalkText) -> None:
    seated = seats.get_seated_for(maker.actor(told.by), maker.rounds[name])
    talk_services.note_talk(seated, told.item, told.text, event_uuid=maker.uuid(), by_id=maker.people[told.by])


def _close_record(maker: Maker, name: str, by: str) -> None:
    a_round = seats.get_record_for(maker.actor(by), maker.rounds[name])
    seat_services.close_record(a_round, today=clock.today(), by_id=maker.people[by])
    keep_actions(maker, name)


def _plan_aside(maker: Maker, told: Aside) -> None:
    for seat in told.seats:
        maker.later(seat.on, _rate, maker, told.round, seat)
    for talk in told.talks:
        maker.later(talk.on, _talk, maker, told.round, talk)
    for parked in told.parked:
        maker.later(parked.on, _park, maker, told.round, parked)


def _park(maker: Maker, name: str, told: ParkedText) -> None:
    event_uuid, by_id = maker.uuid(), maker.people[told.by]
    rated = rounds.get_consensus_for(maker.actor(told.by), maker.rounds[name])
    talk_services.park_topic(rated, told.item, told.text, event_uuid=event_uuid, by_id=by_id)
    if told.settled is not None:
        topic_id = next(each.id for each in talks.list_topics(rated.round.id) if each.text == told.text)
        maker.later(told.settled, _settle, maker, name, topic_id, told)


def _settle(maker: Maker, name: str, topic_id: int, told: ParkedText) -> None:
    topic = talks.get_topic_for(maker.actor(told.by), maker.rounds[name], topic_id)
    talk_services.settle_topic(topic, told.outcome, by_id=maker.people[told.by])
