"""Answering a survey by its link: each tap is kept, and what is sent in can be tied to nobody.

Nothing here writes an entry in the record of changes, a message, or the key of a form: who answered and what was
answered must meet nowhere. Each function locks the round first, so that a close waits for it, or it for the close.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import update

from lms import clock
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid, NotFound
from lms.readiness import survey_answers, survey_links, survey_text
from lms.readiness.models import Draft, Entry, Invite, Survey, SurveyComment, SurveyGroup, SurveyResponse, Via
from lms.readiness.models.surveys import FEWEST_IN_GROUP, LONGEST_COMMENT
from lms.readiness.queries import answering, rounds
from lms.readiness.queries.answering import AskedSurvey, Door, Place
from lms.readiness.survey_answers import RATHER_NOT, Answered
from lms.readiness.survey_text import Masks
from readiness.instruments import Instrument


class NotTaken(Conflict):
    """The survey takes no answers now: it is closed, or not open yet."""


class LinkUsed(Conflict):
    """This link has sent its answers in already."""


class PosterFull(Conflict):
    """As many people as work there have opened the survey by its poster."""


class NothingAnswered(Invalid):
    """There is nothing to send in yet."""


@dataclass(frozen=True)
class Kept:
    """What stands now, and its version."""

    answered: Answered
    row_version: int


def keep_answers(place: Place, items: Mapping[str, str], *, language: str | None = None) -> Kept:
    """Keep taps; those of another device stay. NotTaken, LinkUsed; Invalid for what is no answer (four statements)."""
    if not survey_answers.is_answerable(place.survey.instrument, items):
        raise Invalid(_("This is no answer to the item. Choose one of the answers on the page."))
    draft = _open_draft(place)
    stands = survey_answers.from_document(draft.answers)
    return _kept(draft, stands, survey_answers.merged(stands, items, language), place.survey.instrument)


def choose_group(place: Place, group_key: str | None, *, language: str | None = None) -> Kept:
    """Keep to which group somebody belongs, or that they would rather not say."""
    if group_key not in {RATHER_NOT, *(each.key for each in answering.list_choices(place.survey))}:
        raise Invalid("No such group.", {"group": _("Choose one, or the last line.")})
    draft = _open_draft(place)
    stands = survey_answers.from_document(draft.answers)
    chosen = replace(survey_answers.merged(stands, {}, language), group=group_key)
    return _kept(draft, stands, chosen, place.survey.instrument)


def keep_comment(place: Place, text: str, *, language: str | None = None) -> Kept:
    """Keep a comment as it was typed; it is masked when it is sent."""
    if len(text) > LONGEST_COMMENT:
        sentence = _("This is too long. Use %(number)s characters or fewer.", number=LONGEST_COMMENT)
        raise Invalid(sentence, {"comment": sentence})
    draft = _open_draft(place)
    stands = survey_answers.from_document(draft.answers)
    commented = replace(survey_answers.merged(stands, {}, language), comment=text)
    return _kept(draft, stands, commented, place.survey.instrument)


def masked(survey: AskedSurvey, text: str) -> str:
    """Return a comment as others will read it (one statement)."""
    if not text:
        return ""
    people = [each.name for each in rounds.list_people(survey.organization_id)]
    masks = Masks(name=_("[name]"), number=_("[number]"), address=_("[address]"))
    return survey_text.mask(text, people, masks)


def submit(place: Place, *, today: date) -> None:
    """Send the answers in: the draft's answers go, its key stays as a spent mark, the response has a random id."""
    draft = _open_draft(place)
    answered, instrument = survey_answers.from_document(draft.answers), place.survey.instrument
    if not answered.items:
        raise NothingAnswered(_("You have not answered anything yet. Answer one statement or more, then send."))
    spend = (
        update(Draft)
        .where(Draft.key == place.draft_key, Draft.is_spent.is_(False))
        .values(is_spent=True, answers=None, row_version=1)  # how often somebody came back is nobody's business
        .returning(Draft.key)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(spend).first() is None:
        raise LinkUsed(_("Your answers are in already."))
    db.session.expire(draft)
    store_response(
        place.survey.round_id,
        survey_answers.as_response(answered, instrument),
        group_key=kept_group(place.survey.round_id, answered.group),
        answered_on=today,
        comment=masked(place.survey, answered.comment),
    )


def kept_group(round_id: int, group_key: str | None) -> str | None:
    """Return the group to keep beside an answer: none of so few people that the word would sign it (one statement).

    Such a group is never shown; the answer counts in the whole.
    """
    group = db.session.get(SurveyGroup, (round_id, group_key)) if group_key else None
    is_small = group is not None and group.is_below(FEWEST_IN_GROUP)
    return None if is_small else group_key or None


def store_response(
    round_id: int,
    answers: Mapping[str, int | str],
    *,
    group_key: str | None,
    answered_on: date,
    comment: str = "",
    entry: Entry = Entry.SCREEN,
) -> None:
    """Store one person's answers, whole and in the order of the instrument, under a random id; a comment apart."""
    db.session.add(
        SurveyResponse(
            id=uuid4(),
            round_id=round_id,
            group_key=group_key,
            answers=dict(answers),
            answered_on=answered_on,
            entry=entry,
        )
    )
    if comment:
        db.session.add(SurveyComment(id=uuid4(), round_id=round_id, text=comment))


def open_by_poster(survey: AskedSurvey, nonce: str, key: str, *, language: str) -> str:
    """Return the token of a link for this device; the same form sent twice gets the same one. NotTaken, PosterFull."""
    _refuse_unless_open(answering.share_round(survey.round_id))
    invite_id = survey_links.invite_by_poster(key, survey.round_id, nonce)
    is_new = insert_once(
        Invite,
        id=invite_id,
        round_id=survey.round_id,
        via=Via.POSTER,
        language=language,
        created_on=clock.today(),
        delivery="none",
        is_done=False,
    )
    if is_new:
        _count_by_poster(survey.round_id)
    return survey_links.token_of(key, invite_id)


def _count_by_poster(round_id: int) -> None:
    """Count one more device; never more of them than people."""
    counted = (
        update(Survey)
        .where(Survey.round_id == round_id, Survey.n_by_poster < Survey.headcount)
        .values(n_by_poster=Survey.n_by_poster + 1)
        .returning(Survey.round_id)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(counted).first() is None:
        raise PosterFull(_("As many people as work here have opened this survey already."))


def _open_draft(place: Place) -> Draft:
    """Return the draft of a link that may still be written, locked; made when it is the first (three statements)."""
    survey = answering.share_round(place.survey.round_id)
    _refuse_unless_open(survey)
    if place.is_done or place.draft_key in survey.used_keys:
        raise LinkUsed(_("Your answers are in already."))
    draft = answering.find_draft(place.draft_key, is_locked=True)
    if draft is None:
        if db.session.get(Invite, place.invite_id, populate_existing=True) is None:
            raise NotFound("link")  # a place that nobody had used was freed a moment ago
        insert_once(
            Draft,
            key=place.draft_key,
            round_id=survey.round_id,
            answers=survey_answers.as_document(survey_answers.NOTHING, survey.instrument),
            row_version=0,
            is_spent=False,
        )
        draft = answering.find_draft(place.draft_key, is_locked=True)
    if draft is None or draft.is_spent:
        raise LinkUsed(_("Your answers are in already."))
    return draft


def _refuse_unless_open(survey: AskedSurvey) -> None:
    if survey.door is not Door.OPEN:
        raise NotTaken(_("This survey takes no answers now."))


def _kept(draft: Draft, before: Answered, after: Answered, instrument: Instrument) -> Kept:
    if after != before or draft.row_version == 0:
        draft.answers = survey_answers.as_document(after, instrument)
        draft.row_version += 1
    return Kept(after, draft.row_version)
