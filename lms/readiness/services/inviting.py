"""Inviting people to a staff survey and reminding them. A message holds the id of an invite, never its link."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select, update

from lms import audit, clock
from lms.accounts.models import Person
from lms.db import db, insert_new
from lms.errors import Conflict, Invalid
from lms.outbox import OutboxKind, put_all
from lms.readiness.models import Delivery, Invite, Round, Survey, SurveyReminder, Via
from lms.readiness.queries import rounds, surveys
from lms.readiness.services.rounds import RoundClosed

INVITE_TOPIC = "readiness/survey-invite"
REMINDER_TOPIC = "readiness/survey-reminder"
TOPICS = (INVITE_TOPIC, REMINDER_TOPIC)
DAYS_BETWEEN_REMINDERS = 3
MOST_AT_ONCE = 1_000

REFUSED, UNREACHABLE, OTHER = "refused", "unreachable", "other"
TRIED_AGAIN = ":again"
_REFUSALS = {"SMTPRecipientsRefused", "SMTPDataError", "SMTPSenderRefused"}
_OUT_OF_REACH = {
    "ConnectionRefusedError",
    "ConnectionResetError",
    "TimeoutError",
    "gaierror",
    "OSError",
    "SMTPServerDisconnected",
    "SMTPConnectError",
    "SMTPAuthenticationError",
    "SMTPNotSupportedError",
    "SSLError",
    "SSLCertVerificationError",
}


class TooSoon(Conflict):
    """A reminder went out a short while ago."""


class NobodyToRemind(Conflict):
    """Everybody who can be written to is done, or was asked today."""


@dataclass(frozen=True)
class Invited:
    """How many of the addresses are new, and how many were invited before."""

    n_new: int
    n_known: int


def invite_members(round_id: int, person_ids: Collection[int], languages: Sequence[str], *, today: date) -> int:
    """Let members find the survey on their home page; return how many are new (one statement, or none)."""
    rows = [
        {**_new_invite(round_id, Via.MEMBER, languages[0], today), "person_id": person_id}
        for person_id in sorted(person_ids)
    ]
    return len(insert_new(Invite, rows)) if rows else 0


def invite_new_members(a_round: Round, *, today: date, by_id: int) -> int:
    """Invite those who got an account since the survey opened, but for those asked by e-mail; return how many."""
    survey = lock_taking(a_round)
    asked, addresses = (
        surveys.list_typed_addresses(a_round.id),
        surveys.list_member_addresses(a_round.organization_id),
    )
    members = {each.person_id for each in rounds.list_people(a_round.organization_id)}
    by_mail = {person_id for address, person_id in addresses.items() if address in asked}
    missing = members - surveys.list_invited_ids(a_round.id) - by_mail
    _refuse_too_many(a_round.id, survey, len(missing), "members")
    n_new = invite_members(a_round.id, missing, survey.languages, today=today)
    if n_new:
        _record(a_round.id, "invited members to a staff survey", n_new, by_id)
    return n_new


def invite_addresses(a_round: Round, addresses: Sequence[str], language: str, *, today: date, by_id: int) -> Invited:
    """Invite by e-mail; who is invited already is left alone. Invalid when there are more than people.

    An address of somebody with an account invites that person, so that nobody is asked twice.
    """
    survey = lock_taking(a_round)
    asked, invited_ids = surveys.list_typed_addresses(a_round.id), surveys.list_invited_ids(a_round.id)
    members = surveys.list_member_addresses(a_round.organization_id)
    new = [each for each in dict.fromkeys(addresses) if each not in asked and members.get(each) not in invited_ids]
    _refuse_too_many(a_round.id, survey, len(new), "emails")
    spoken = language if language in survey.languages else survey.languages[0]
    rows = [
        {
            **_new_invite(a_round.id, Via.MEMBER if address in members else Via.EMAIL, spoken, today),
            "email": None if address in members else address,
            "person_id": members.get(address),
            "delivery": Delivery.WAITING,
        }
        for address in new
    ]
    made = insert_new(Invite, rows) if rows else []
    put_all(OutboxKind.MAIL, INVITE_TOPIC, [{"invite_id": str(invite_id)} for invite_id in made])
    if made:
        _record(a_round.id, "invited people to a staff survey", len(made), by_id)
    return Invited(len(made), len(set(addresses)) - len(made))


def mail_members(a_round: Round, *, by_id: int) -> int:
    """Write to members who have an address and have had no message yet; return how many."""
    lock_taking(a_round)
    return _send(a_round.id, surveys.list_members_to_mail(a_round.id), by_id)


def send_again(a_round: Round, *, by_id: int) -> int:
    """Send once more what did not go out; return how many."""
    lock_taking(a_round)
    return _send(a_round.id, surveys.list_failed(a_round.id), by_id)


def send_reminder(a_round: Round, *, today: date, by_id: int) -> SurveyReminder:
    """Remind those not known to be done; TooSoon within three days of the last one, NobodyToRemind without any."""
    lock_taking(a_round)
    sent = surveys.list_reminders(a_round.id)
    next_on = next_reminder_on(sent, today)
    if next_on is not None:
        raise TooSoon(_("A reminder went out a short while ago. The next one can go out in some days."))
    asked = surveys.list_to_remind(a_round.id, today)
    if not asked:
        raise NobodyToRemind(_("There is nobody to remind: all who can be written to are done, or were asked today."))
    reminder = SurveyReminder(round_id=a_round.id, by_id=by_id, sent_at=clock.now(), n_asked=len(asked))
    db.session.add(reminder)
    db.session.flush()  # the messages name it
    waiting = update(Invite).where(Invite.id.in_(asked)).values(delivery=Delivery.WAITING, failure=None)
    db.session.execute(waiting.execution_options(synchronize_session=False))
    payloads = [{"invite_id": str(invite_id), "reminder_id": reminder.id} for invite_id in asked]
    put_all(OutboxKind.MAIL, REMINDER_TOPIC, payloads)
    _record(a_round.id, "reminded people of a staff survey", len(asked), by_id)
    return reminder


def next_reminder_on(sent: Sequence[SurveyReminder], today: date) -> date | None:
    """Return from when another reminder may go out; None when it may now. The newest comes first."""
    if not sent:
        return None
    free_on = sent[0].sent_at.date() + timedelta(days=DAYS_BETWEEN_REMINDERS)
    return free_on if free_on > today else None


def note_delivery(
    topic: str, payload: Mapping[str, Any], *, was_delivered: bool, error: str | None, is_last: bool
) -> None:
    """Note at the invite, and at its reminder, what became of a message (three statements at most)."""
    if topic not in TOPICS:
        return
    today, invite_id = clock.today(), UUID(payload["invite_id"])
    reminder_id = payload.get("reminder_id")
    if was_delivered:
        day = {"sent_on": today} | ({"reminded_on": today} if reminder_id else {})
        _note(invite_id, delivery=Delivery.SENT, failure=None, **day)
    elif error is None:
        _note(invite_id, delivery=Delivery.NONE, failure=None)
    else:
        _note(invite_id, delivery=Delivery.FAILED, failure=_reason(error) + ("" if is_last else TRIED_AGAIN))
    if reminder_id is not None and (was_delivered or (error is not None and is_last)):
        _count(int(reminder_id), was_delivered=was_delivered)


def forget_person(person_id: int) -> None:
    """Take somebody off the lists of who was asked; what they answered was never tied to them."""
    address = db.session.scalar(select(Person.email).where(Person.id == person_id))
    if address:
        db.session.execute(update(Invite).where(Invite.email == address).values(email=None))
    db.session.execute(update(Invite).where(Invite.person_id == person_id).values(person_id=None))
    db.session.execute(update(SurveyReminder).where(SurveyReminder.by_id == person_id).values(by_id=None))


def merge_people(kept_id: int, gone_id: int) -> None:
    """Let one person stand where two did; the second of two invites names nobody any more."""
    held = select(Invite.round_id).where(Invite.person_id == kept_id)
    doubled = db.session.scalars(held).all()
    of_gone = update(Invite).where(Invite.person_id == gone_id)
    db.session.execute(of_gone.where(Invite.round_id.in_(doubled)).values(person_id=None))
    db.session.execute(of_gone.values(person_id=kept_id))
    db.session.execute(update(SurveyReminder).where(SurveyReminder.by_id == gone_id).values(by_id=kept_id))


def lock_taking(a_round: Round) -> Survey:
    """Return a survey that takes answers and that nobody else changes until the end; RoundClosed when it is over."""
    locked = rounds.lock_round(a_round.id)
    survey = surveys.get_survey(a_round.id)
    if not locked.is_open and survey.reopened_until is None:
        raise RoundClosed(_("This survey is closed. Nobody can be asked any more, and nothing was changed."))
    return survey


def _send(round_id: int, invite_ids: Sequence[UUID], by_id: int) -> int:
    if not invite_ids:
        return 0
    waiting = update(Invite).where(Invite.id.in_(invite_ids)).values(delivery=Delivery.WAITING, failure=None)
    db.session.execute(waiting.execution_options(synchronize_session=False))
    put_all(OutboxKind.MAIL, INVITE_TOPIC, [{"invite_id": str(invite_id)} for invite_id in invite_ids])
    _record(round_id, "invited people to a staff survey", len(invite_ids), by_id)
    return len(invite_ids)


def _refuse_too_many(round_id: int, survey: Survey, n_new: int, field: str) -> None:
    n_invited = surveys.count_invites(round_id)
    if n_new and n_invited + n_new > survey.headcount:
        sentence = ngettext(
            "That would be one invited person, and you said that %(all)d work here. Change the number of people first.",
            "That would be %(num)d invited people, and you said that %(all)d work here. "
            "Change the number of people first.",
            n_invited + n_new,
            all=survey.headcount,
        )
        raise Invalid("More people than there are.", {field: sentence})


def _new_invite(round_id: int, via: Via, language: str, today: date) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "round_id": round_id,
        "via": via,
        "language": language,
        "created_on": today,
        "delivery": Delivery.NONE,
        "is_done": False,
    }


def _note(invite_id: UUID, **values: Any) -> None:
    noted = update(Invite).where(Invite.id == invite_id).values(**values)
    db.session.execute(noted.execution_options(synchronize_session=False))


def _count(reminder_id: int, *, was_delivered: bool) -> None:
    """One more that went out or did not. Sent after all by an administrator's second try, it failed no more."""
    reminder = db.session.get(SurveyReminder, reminder_id, populate_existing=True, with_for_update=True)
    if reminder is None:
        return
    is_settled = reminder.n_sent + reminder.n_failed >= reminder.n_asked
    if was_delivered:
        reminder.n_sent += 1
        reminder.n_failed -= 1 if is_settled and reminder.n_failed else 0
    else:
        reminder.n_failed += 0 if is_settled else 1


def _reason(error: str) -> str:
    if error in _REFUSALS:
        return REFUSED
    return UNREACHABLE if error in _OUT_OF_REACH else OTHER


def _record(round_id: int, verb: str, n_people: int, by_id: int) -> None:
    audit.record(by_id, verb, audit.Subject("readiness-round", round_id), {"n_people": n_people})
