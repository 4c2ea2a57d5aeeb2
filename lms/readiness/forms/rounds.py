"""What lead and team send: who rates together, who was there, ratings, decisions. Clean plain values come out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from lms.errors import Invalid
from lms.readiness.models import LONGEST_NOTE, LONGEST_REASON, ActionKind, ActionState, AnswerState, RoundState
from lms.readiness.queries.rounds import PersonChoice
from lms.readiness.rules import NOTES, Said
from lms.readiness.services.ratings import Rating
from lms.readiness.services.rounds import Plan
from lms.web.forms import Form, sent_form_key
from readiness.instruments import Area
from readiness.priorities import Trigger
from readiness.scoring import Level

_ = lazy_gettext

MOST_EVENTS = 50
LONGEST_KEY = 80
_KEYS_NEEDED = {"event_uuid", "item", "answer"}
_KEYS_KNOWN = {*_KEYS_NEEDED, "evidence", "dissent", "seen", "occurred_at"}

LEVEL_LABELS = {
    Level.NOT_YET: _("Not yet"),
    Level.STARTING: _("Starting"),
    Level.SOME: _("In place for some"),
    Level.USUAL: _("Usual practice"),
}
STATE_LABELS = {RoundState.OPEN: _("Open"), RoundState.CLOSED: _("Closed")}
ACTION_STATE_LABELS = {
    ActionState.PROPOSED: _("To be decided"),
    ActionState.ACCEPTED: _("Accepted"),
    ActionState.DECLINED: _("Declined"),
    ActionState.DONE: _("Done"),
    ActionState.DROPPED: _("Dropped"),
}
KIND_LABELS = {
    ActionKind.COURSE: _("Train the people who do it"),
    ActionKind.CYCLE: _("Test a change on a small scale"),
    ActionKind.ASSISTANCE: _("Get help from a TA expert"),
    ActionKind.PLAYBOOK: _("Write down how it is done"),
    ActionKind.CONVERSATION: _("Talk about it together"),
}
TRIGGER_LABELS = {
    Trigger.CRITICAL_LOW: _("A practice that saves lives is not in place."),
    Trigger.LOW_AREA: _("The area is below 3 of 5."),
    Trigger.DECLINE: _("The area is a level lower than in the round before."),
    Trigger.SPLIT: _("People see this area in different ways."),
    Trigger.DONT_KNOW: _("The team did not know the answer to a quarter of the items or more."),
    Trigger.LEADER_GAP: _("Leads see this area much brighter than staff do."),
}


def _version(text: str | int | None) -> int:
    """Read the row version a form began from; anything broken counts as an edit of something older."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 9 else -1


def clean_note(text: object) -> str:
    """Return a note as it is stored: no control characters but line ends, no halves of letters, no blanks around."""
    written = str(text or "").encode("utf-8", "replace").decode()
    lines = written.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in lines if each == "\n" or each >= " ").strip()


class PeopleForm(Form):
    """A form that lets people be chosen."""

    people = SelectMultipleField(_("Who rates together?"), choices=[])

    def offer_people(self, people: Iterable[PersonChoice]) -> None:
        """Fill in who can be chosen."""
        self.people.choices = [(str(each.person_id), each.name) for each in people]

    @property
    def person_ids(self) -> frozenset[int]:
        """Who was chosen."""
        return frozenset(int(each) for each in self.people.data or ())


class RoundForm(PeopleForm):
    """Who rates together, and by when."""

    people = SelectMultipleField(
        _("Who rates together?"),
        [DataRequired(_("Choose at least one person."))],
        choices=[],
        description=_(
            "Three to six people who know the work from different sides: for example who meets people first, "
            "who prescribes, a peer, and who leads."
        ),
    )
    closes_on = DateField(
        _("By when do you want to be done?"),
        [InputRequired(_("Choose a day."))],
        description=_("Two sittings of 45 minutes are usual. A round never closes by itself."),
    )
    row_version = HiddenField()

    def plan(self) -> Plan:
        """Return what was chosen."""
        day: date = self.closes_on.data  # type: ignore[assignment]  # it was required
        return Plan(self.person_ids, day)

    @property
    def began_from(self) -> int:
        """The version of the round that this form began from."""
        return _version(self.row_version.data)

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from the version that the page shows beside it."""
        self.row_version.data = str(row_version)


class StartForm(RoundForm):
    """A new round."""

    instrument = RadioField(_("What do you want to look at?"), [InputRequired(_("Choose one."))], choices=[])


class PresenceForm(PeopleForm):
    """Who was there on one day."""

    people = SelectMultipleField(_("Who was there?"), choices=[])
    present_on = DateField(_("Day"), [InputRequired(_("Choose a day."))])


class AcceptForm(Form):
    """The owner and the date of an action."""

    owner = SelectField(_("Who takes care of it?"), [DataRequired(_("Choose a person."))], default="")
    due_on = DateField(_("By when?"), [InputRequired(_("Choose a day."))])

    def offer_owners(self, people: Iterable[PersonChoice], action_id: int) -> None:
        """Fill in who can be chosen, and tell this form from the others on the page."""
        self.owner.choices = [
            ("", gettext("Choose a person")),
            *((str(each.person_id), each.name) for each in people),
        ]
        self.owner.id, self.due_on.id = f"owner-{action_id}", f"due-{action_id}"


class ReasonForm(Form):
    """Why an action is declined or dropped."""

    reason = TextAreaField(
        _("Why?"),
        [
            DataRequired(_("Write the reason, so that the next round knows it.")),
            Length(max=LONGEST_REASON, message=_("Use %(number)s characters or fewer.", number=LONGEST_REASON)),
        ],
        filters=[clean_note],
    )

    def tell_apart(self, action_id: int) -> None:
        """Tell this form from the others on the page."""
        self.reason.id = f"reason-{action_id}"


@dataclass(frozen=True)
class SentArea:
    """What the plain form of one area holds; `errors` are sentences by field."""

    ratings: tuple[Rating, ...]
    errors: Mapping[str, str]


def read_area(area: Area, sent: Mapping[str, str]) -> SentArea:
    """Read the plain form of one area. The same form sent again makes the same events."""
    key, errors = sent_form_key() or uuid4(), {}
    ratings = []
    for item in area.items:
        notes = {name: clean_note(sent.get(f"{name}-{item.key}")) for name in NOTES}
        for name, text in notes.items():
            if len(text) > LONGEST_NOTE:
                errors[f"{name}-{item.key}"] = _too_long()
        said = _said(sent.get(f"answer-{item.key}", ""), notes)
        # The key holds what was said, so that going back and choosing again is something new.
        ratings.append(Rating(uuid5(key, f"{item.key}:{said}"), item.key, said, _id(sent.get(f"seen-{item.key}"))))
    return SentArea(tuple(ratings), errors)


def read_rating(sent: Mapping[str, str]) -> Rating:
    """Read the plain form of one item; raises Invalid."""
    notes = {name: clean_note(sent.get(name)) for name in NOTES}
    return _checked(
        Rating(
            _uuid(sent.get("event_uuid")) or uuid4(),
            sent.get("item", "")[:LONGEST_KEY],
            _said(sent.get("answer", ""), notes),
            _id(sent.get("seen")),
        )
    )


def read_ratings(sent: Any) -> list[Rating]:
    """Read the ratings that a page sends as JSON; raises Invalid for any other shape."""
    events = sent.get("events") if isinstance(sent, dict) and set(sent) == {"events"} else None
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise Invalid(f"Send 1 to {MOST_EVENTS} events.")
    return [_read_event(each) for each in events]


def _read_event(sent: Any) -> Rating:
    if not isinstance(sent, dict) or not _KEYS_NEEDED <= set(sent) <= _KEYS_KNOWN:
        raise Invalid("An event has event_uuid, item, answer, evidence, dissent and seen.")
    key = _uuid(sent["event_uuid"])
    words = [sent["item"], sent["answer"], sent.get("evidence", ""), sent.get("dissent", "")]
    if key is None or not all(isinstance(each, str) for each in words):
        raise Invalid("event_uuid is a UUID, the others are words.")
    notes = {name: clean_note(sent.get(name)) for name in NOTES}
    return _checked(Rating(key, clean_note(sent["item"]), _said(sent["answer"], notes), _id(sent.get("seen"))))


def _said(answer: str, notes: Mapping[str, str]) -> Said:
    if answer in {"1", "2", "3", "4", "5"}:
        return Said(AnswerState.VALUE, int(answer), **notes)
    if answer in {AnswerState.NOT_APPLICABLE.value, AnswerState.DONT_KNOW.value}:
        return Said(AnswerState(answer), None, **notes)
    if answer:
        raise Invalid(gettext("This is no answer to the item. Choose one of the answers on the page."))
    return Said(AnswerState.SKIPPED, None, **notes)


def _checked(rating: Rating) -> Rating:
    if any(len(getattr(rating.said, name)) > LONGEST_NOTE for name in NOTES):
        raise Invalid(_too_long())
    return rating


def _too_long() -> str:
    return str(gettext("This note is too long. Use %(number)s characters or fewer.", number=LONGEST_NOTE))


def _id(sent: Any) -> int | None:
    text = str(sent or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _uuid(sent: Any) -> UUID | None:
    try:
        return UUID(sent)
    except (AttributeError, TypeError, ValueError):
        return None


def chosen_reasons(words: Sequence[str]) -> list[str]:
    """Word what called for an action."""
    return [str(TRIGGER_LABELS[Trigger(word)]) for word in words]
