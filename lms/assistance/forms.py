"""Forms and words of technical assistance."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # its stubs are older
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from lms.assistance.models import (
    EncounterKind,
    EncounterMode,
    RequestOutcome,
    RequestState,
    RequestTopic,
    RubricCriterion,
)
from lms.assistance.queries.requests import Choice
from lms.assistance.rules import ANCHORS, MAX_NEXT_STEP, MAX_TEXT, MINUTES_OFFERED, USUAL_MINUTES, clean_text
from lms.assistance.services.encounters import Contact
from lms.assistance.services.requests import OUTCOMES_OF_NEW
from lms.assistance.services.reviews import Verdict
from lms.web.forms import Form, WholeNumberField

_ = lazy_gettext

TOPIC_LABELS = {
    RequestTopic.MEDICATION: _("Medication for opioid use disorder"),
    RequestTopic.OVERDOSE_RESPONSE: _("Overdose response and naloxone"),
    RequestTopic.HARM_REDUCTION: _("Harm reduction"),
    RequestTopic.STAFF_TRAINING: _("Training our staff"),
    RequestTopic.PROTOCOLS: _("Protocols and policies"),
    RequestTopic.WORKING_TOGETHER: _("Working with partners"),
    RequestTopic.DATA: _("Measures and data"),
    RequestTopic.IMPROVEMENT: _("Running a PDSA cycle"),
    RequestTopic.STIGMA: _("Stigma and language"),
    RequestTopic.MONEY: _("Funding and billing"),
    RequestTopic.SUCCESSION: _("Keeping key roles covered"),
    RequestTopic.OTHER: _("Something else"),
}
STATE_LABELS = {
    RequestState.NEW: _("Waits for an expert"),
    RequestState.TRIAGED: _("Looked at"),
    RequestState.ASSIGNED: _("Given to an expert"),
    RequestState.ACCEPTED: _("Taken"),
    RequestState.ACTIVE: _("Under way"),
    RequestState.CLOSING: _("Coming to an end"),
    RequestState.CLOSED: _("Closed"),
    RequestState.DECLINED: _("Declined"),
    RequestState.WITHDRAWN: _("Withdrawn"),
    RequestState.REFERRED: _("Passed on"),
    RequestState.ESCALATED: _("Passed to the coordinator"),
}
STATE_CHIPS = {
    RequestState.NEW: "waiting",
    RequestState.TRIAGED: "waiting",
    RequestState.ASSIGNED: "progress",
    RequestState.ACCEPTED: "progress",
    RequestState.ACTIVE: "progress",
    RequestState.CLOSING: "progress",
    RequestState.CLOSED: "success",
    RequestState.DECLINED: "neutral",
    RequestState.WITHDRAWN: "neutral",
    RequestState.REFERRED: "info",
    RequestState.ESCALATED: "caution",
}
OUTCOME_LABELS = {
    RequestOutcome.DONE: _("Done: they have what they asked for"),
    RequestOutcome.PARTLY: _("Partly: some of it is still missing"),
    RequestOutcome.REFERRED: _("Passed on: somebody else helps them now"),
    RequestOutcome.DECLINED: _("Declined: we cannot help with this"),
}
MODE_LABELS = {
    EncounterMode.VIDEO: _("Video call"),
    EncounterMode.PHONE: _("Phone"),
    EncounterMode.IN_PERSON: _("In person"),
    EncounterMode.WRITING: _("In writing"),
}
KIND_LABELS = {
    EncounterKind.CONSULTATION: _("Advice on a question"),
    EncounterKind.COORDINATION: _("Bringing people together"),
    EncounterKind.MONITORING: _("Seeing how it goes"),
    EncounterKind.RESOURCE_DELIVERY: _("Giving material or a tool"),
}
CRITERION_LABELS = {
    RubricCriterion.CLEAR_AIM: _("Clear aim"),
    RubricCriterion.TESTABLE_PREDICTION: _("Testable prediction"),
    RubricCriterion.SMALL_ENOUGH: _("Small enough"),
    RubricCriterion.DATA_FIT: _("Data fit the question"),
    RubricCriterion.HONEST_STUDY: _("Honest study"),
    RubricCriterion.SOUND_DECISION: _("Sound decision"),
}
# What each score means, in words: a number alone would mean something else to every expert.
CRITERION_ANCHORS = {
    RubricCriterion.CLEAR_AIM: (
        _("It does not say what should get better."),
        _("It says what, but not for whom or by when."),
        _("It says what, for whom and by when; how much is missing."),
        _("It says what, how much, for whom and by when."),
    ),
    RubricCriterion.TESTABLE_PREDICTION: (
        _("Nothing was predicted."),
        _("A hope, not something that could turn out wrong."),
        _("It could turn out wrong, but has no number or no day."),
        _("A number and a day, written before the test began."),
    ),
    RubricCriterion.SMALL_ENOUGH: (
        _("A roll-out to everybody, not a test."),
        _("Larger than the question needed."),
        _("Small, with one part that could have been smaller."),
        _("As small as it could be, and one thing at a time."),
    ),
    RubricCriterion.DATA_FIT: (
        _("No data, or data about something else."),
        _("Some data, not enough to answer the question."),
        _("The data answer the question, with gaps."),
        _("Regular data that answer the question."),
    ),
    RubricCriterion.HONEST_STUDY: (
        _("The result is not compared with anything."),
        _("Only what went well is told."),
        _("Compared with the prediction; surprises are left out."),
        _("Compared with the prediction, surprises and harm named."),
    ),
    RubricCriterion.SOUND_DECISION: (
        _("The decision does not follow from what was found."),
        _("It follows in part; the reason is missing."),
        _("It follows, the next step is vague."),
        _("It follows from what was found, and the next step is clear."),
    ),
}


def _choices(labels: Mapping[Any, Any]) -> Callable[[], list[SelectChoice]]:
    return lambda: [SelectChoice(word.value, label) for word, label in labels.items()]


def _text(typed: str | None) -> str:
    return clean_text(typed)


def _at_most(number: int) -> Length:
    return Length(max=number, message=_("Use %(number)s characters or fewer.", number=number))


def _number(text: str | int | None) -> int:
    """Read a whole number that a page itself wrote; anything broken is no row's number."""
    sent = str(text or 0)
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1


class RequestForm(Form):
    """What an organization wants help with."""

    topic = SelectField(_("What is it about?"), [InputRequired(_("Choose a topic."))], default="")
    need = TextAreaField(
        _("What do you need?"),
        [DataRequired(_("Write what you need.")), _at_most(MAX_TEXT)],
        filters=[_text],
        description=_(
            "What is hard now, and what would be different with help? "
            "Never write names or details of patients or clients."
        ),
    )
    wished_by = DateField(
        _("By when would help be good?"), [Optional()], description=_("Leave it empty if there is no hurry.")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.topic.choices = [SelectChoice("", gettext("Choose one")), *_choices(TOPIC_LABELS)()]

    def validate_wished_by(self, field: DateField) -> None:
        """Refuse a day that is over."""
        if field.data is not None and field.data < self.today:
            raise ValidationError(gettext("Choose a day that is still to come."))

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {
            "topic": RequestTopic(self.topic.data),
            "need": self.need.data,
            "wished_by": self.wished_by.data,
        }


class TakeForm(Form):
    """What expert and organization mean to do together."""

    from_expert = HiddenField()
    goal = TextAreaField(
        _("What you will work on together"),
        [Optional(), _at_most(MAX_TEXT)],
        filters=[_text],
        description=_("Leave it empty if their own words say it."),
    )
    planned_hours = WholeNumberField(
        _("About how many hours?"), [Optional(), NumberRange(1, 1000, _("Write a number from 1 to 1000."))]
    )
    planned_until = DateField(_("Until when?"), [Optional()])

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {
            "from_expert_id": _number(self.from_expert.data) if self.from_expert.data else None,
            "goal": self.goal.data or "",
            "planned_hours": self.planned_hours.data,
            "planned_until": self.planned_until.data,
        }


class CloseForm(Form):
    """How a request ended."""

    row_version = HiddenField(filters=[_number])
    outcome = RadioField(_("How did it end?"), [InputRequired(_("Choose how it ended."))])
    outcome_text = TextAreaField(
        _("What came of it?"),
        [DataRequired(_("Write what came of it. One sentence is enough.")), _at_most(MAX_TEXT)],
        filters=[_text],
        description=_("The organization reads this. Say what is different now, or who helps them next."),
    )

    def offer_outcomes(self, *, is_taken: bool) -> None:
        """Fill in what can be chosen: nobody can have finished what nobody took."""
        offered = OUTCOME_LABELS if is_taken else {each: OUTCOME_LABELS[each] for each in OUTCOMES_OF_NEW}
        self.outcome.choices = _choices(offered)()

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {
            "row_version": self.row_version.data,
            "outcome": RequestOutcome(self.outcome.data),
            "outcome_text": self.outcome_text.data,
        }


class EncounterForm(Form):
    """One contact, in twenty seconds: all but the next step is filled in already."""

    uuid = HiddenField(default=lambda: str(uuid4()))
    cycle = HiddenField()
    about = SelectField(_("With whom?"), [InputRequired(_("Choose an organization."))])
    occurred_on = DateField(_("Which day?"), [InputRequired(_("Choose a day."))])
    mode = RadioField(_("How did you meet?"), [InputRequired(_("Choose how you met."))], choices=_choices(MODE_LABELS))
    minutes = RadioField(
        _("How long was it?"), [InputRequired(_("Choose how long it was."))], default=str(USUAL_MINUTES)
    )
    next_step = TextAreaField(
        _("What happens next?"),
        [Optional(), _at_most(MAX_NEXT_STEP)],
        filters=[_text],
        description=_("Who does what, by when. The organization's leads read this log."),
    )
    kind = RadioField(
        _("What was it for?"),
        [InputRequired(_("Choose what it was for."))],
        choices=_choices(KIND_LABELS),
        default=EncounterKind.CONSULTATION.value,
    )
    exact_minutes = WholeNumberField(
        _("Exact minutes"),
        [Optional(), NumberRange(1, 1440, _("Write a number from 1 to 1440."))],
        description=_("Only if none of the choices above fits."),
    )
    preparation_minutes = WholeNumberField(
        _("Minutes to prepare"), [Optional(), NumberRange(0, 1440, _("Write a number from 0 to 1440."))]
    )
    n_people = WholeNumberField(
        _("How many people of theirs took part?"),
        [Optional(), NumberRange(1, 1000, _("Write a number from 1 to 1000."))],
    )
    decisions = TextAreaField(
        _("What was decided?"),
        [Optional(), _at_most(MAX_TEXT)],
        filters=[_text],
        description=_("Never write names or details of patients or clients."),
    )

    def __init__(self, *args: Any, offered: Sequence[Choice], name_request: Callable[..., str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.minutes.choices = [SelectChoice(str(each), _minutes(each)) for each in MINUTES_OFFERED]
        general, requests = gettext("In general"), gettext("About a request")
        offers = [
            SelectChoice(f"organization-{each.organization_id}", each.organization, optgroup=general)
            for each in offered
        ]
        offers += [
            SelectChoice(
                f"request-{request_id}",
                name_request(organization=each.organization, topic=topic, asked_at=asked_at),
                optgroup=requests,
            )
            for each in offered
            for request_id, topic, asked_at in each.requests
        ]
        self.organization_of = {
            f"request-{request[0]}": each.organization_id for each in offered for request in each.requests
        }
        known = {str(each.value) for each in offers}
        if self.about.data not in known:
            offers.insert(0, SelectChoice("", gettext("Choose one")))
        self.about.choices = offers

    @property
    def has_more(self) -> bool:
        """Whether something is typed, or wrong, in what is folded away."""
        folded = (self.exact_minutes, self.preparation_minutes, self.n_people, self.decisions)
        return any(each.errors or each.data for each in folded) or bool(self.kind.errors)

    def validate_uuid(self, field: HiddenField) -> None:
        """Refuse a key that is none."""
        try:
            UUID(field.data or "")
        except ValueError:
            raise ValidationError(gettext("Open the page again and write it once more.")) from None

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        about = str(self.about.data)
        contact = Contact(
            organization_id=self.organization_of.get(about) or _number(about.removeprefix("organization-")),
            request_id=_number(about.removeprefix("request-")) if about.startswith("request-") else None,
            cycle_id=_number(self.cycle.data) if self.cycle.data else None,
            occurred_on=self.occurred_on.data or date.min,
            mode=EncounterMode(self.mode.data),
            kind=EncounterKind(self.kind.data),
            contact_minutes=self.exact_minutes.data or int(self.minutes.data),
            preparation_minutes=self.preparation_minutes.data or 0,
            n_people=self.n_people.data or 1,
            decisions=self.decisions.data or "",
            next_step=self.next_step.data or "",
        )
        return {"contact": contact, "uuid": UUID(str(self.uuid.data))}


class CommentForm(Form):
    """A comment at a field of a cycle."""

    field = HiddenField()
    replaces = HiddenField()
    text = TextAreaField(
        _("Your comment"), [DataRequired(_("Write your comment.")), _at_most(MAX_TEXT)], filters=[_text]
    )
    is_ask = BooleanField(_("The team should do something"))
    owner = SelectField(_("Who?"), [Optional()], default="")
    due_on = DateField(_("By when?"), [Optional()])

    def offer_owners(self, people: Iterable[tuple[int, str]]) -> None:
        """Fill in who can be asked."""
        self.owner.choices = [
            SelectChoice("", gettext("The whole team")),
            *(SelectChoice(str(person_id), name) for person_id, name in people),
        ]

    def validate_field(self, field: HiddenField) -> None:
        """Refuse a field that a cycle does not have."""
        if (field.data or "") not in ANCHORS:
            raise ValidationError(gettext("Open the page again and write it once more."))

    @property
    def replaced_id(self) -> int | None:
        """The comment that this one puts into new words."""
        return _number(self.replaces.data) if self.replaces.data else None

    def values(self) -> dict[str, Any]:
        """Return what was typed, clean."""
        return {
            "field": self["field"].data or "",
            "text": self.text.data,
            "is_ask": bool(self.is_ask.data or self.owner.data or self.due_on.data),
            "owner_id": int(self.owner.data) if self.owner.data else None,
            "due_on": self.due_on.data,
        }


class SettleForm(Form):
    """What the team did about a comment."""

    answer = TextAreaField(_("Your answer"), [Optional(), _at_most(MAX_TEXT)], filters=[_text])


def _score_field(criterion: RubricCriterion) -> RadioField:
    return RadioField(CRITERION_LABELS[criterion], [Optional()])


class ReviewForm(Form):
    """What an expert decides about a cycle, and why."""

    review = HiddenField(filters=[_number])
    seen_version = HiddenField(filters=[_number])
    clear_aim = _score_field(RubricCriterion.CLEAR_AIM)
    testable_prediction = _score_field(RubricCriterion.TESTABLE_PREDICTION)
    small_enough = _score_field(RubricCriterion.SMALL_ENOUGH)
    data_fit = _score_field(RubricCriterion.DATA_FIT)
    honest_study = _score_field(RubricCriterion.HONEST_STUDY)
    sound_decision = _score_field(RubricCriterion.SOUND_DECISION)
    summary = TextAreaField(
        _("What should the team know?"),
        [Optional(), _at_most(MAX_TEXT)],
        filters=[_text],
        description=_("Begin with what they did well. Then the one thing that would help most."),
    )
    verdict = RadioField(
        _("Your decision"),
        [InputRequired(_("Choose accept or return."))],
        choices=lambda: [
            SelectChoice(Verdict.ACCEPT.value, gettext("Accept: the cycle is done, and its learning can be used")),
            SelectChoice(Verdict.RETURN.value, gettext("Return: the team adds something first")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for criterion in RubricCriterion:
            anchors = CRITERION_ANCHORS[criterion]
            self.score_field(criterion).choices = [
                SelectChoice(str(n), f"{n}: {text}") for n, text in enumerate(anchors)
            ]

    def begin(self, review_id: int, row_version: int) -> None:
        """Say what is decided, and which wording of it is read."""
        self.review.data, self.seen_version.data = str(review_id), str(row_version)

    def begin_from(self, row_version: int) -> None:
        """Let the next try begin from what the page shows now."""
        self.seen_version.data = str(row_version)

    def score_field(self, criterion: RubricCriterion) -> Any:
        """Return the field of one criterion."""
        return self[field_name(criterion)]

    @property
    def score_fields(self) -> list[Any]:
        """The fields of the rubric, in order."""
        return [self.score_field(each) for each in RubricCriterion]

    def values(self) -> dict[str, Any]:
        """Return what was chosen and typed."""
        chosen = {each: self.score_field(each).data for each in RubricCriterion}
        return {
            "review_id": self.review.data,
            "seen_version": self.seen_version.data,
            "verdict": Verdict(self.verdict.data),
            "summary": self.summary.data or "",
            "scores": {each: int(score) for each, score in chosen.items() if score},
        }

    def errors_of(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Put refusals beside the fields that this form has for them."""
        names = {each.value: field_name(each) for each in RubricCriterion}
        return {names.get(name, name): sentence for name, sentence in fields.items()}


def field_name(criterion: RubricCriterion) -> str:
    """Return the name of a criterion's field."""
    return criterion.value.replace("-", "_")


def request_name(*, organization: str, topic: RequestTopic, asked_at: datetime) -> str:
    """Name a request in a list to choose from."""
    _ignored = asked_at
    return f"{organization}: {TOPIC_LABELS[topic]}"


def _minutes(minutes: int) -> str:
    if minutes < 60:
        return str(gettext("%(minutes)d minutes", minutes=minutes))
    hours, rest = divmod(minutes, 60)
    if rest == 0:
        return str(gettext("1 hour") if hours == 1 else gettext("%(hours)d hours", hours=hours))
    return str(gettext("1 hour and %(minutes)d minutes", minutes=rest))
