"""Answers on paper: typed in twice, by whoever has the sheet. What differs is looked up on the sheet again."""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from flask_babel import gettext as _
from sqlalchemy import delete

from lms import audit
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid
from lms.readiness import survey_answers, survey_text
from lms.readiness.models import Cut, Entry, PaperSheet, Round
from lms.readiness.models.surveys import LONGEST_COMMENT
from lms.readiness.queries import rounds, surveys
from lms.readiness.services.answering import kept_group, store_response
from lms.readiness.services.inviting import lock_taking
from lms.readiness.survey_answers import Answered
from lms.readiness.survey_text import Masks
from readiness.instruments import Instrument

GROUP = "group"
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
_LENGTH = 4
_TRIES = 20


class SheetGone(Conflict):
    """The sheet was taken meanwhile, or the survey was closed."""


@dataclass(frozen=True)
class Difference:
    """One line that was typed differently: what was typed first, and now."""

    key: str  # of the item, or the word for the group
    first: str
    second: str


class TypedDifferently(Conflict):
    """The two typings do not agree; nothing was taken and nothing is lost."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        super().__init__(_("The two typings differ. Look at the sheet again."))
        self.differences = differences


def keep_sheet(a_round: Round, instrument: Instrument, typed: Answered, *, by_id: int) -> str:
    """Keep what was typed from one sheet until it is typed again; return the code to write on the sheet."""
    lock_taking(a_round)
    _refuse_nonsense(a_round.id, instrument, typed)
    document = survey_answers.as_document(typed, instrument)
    for _try in range(_TRIES):
        code = "".join(secrets.choice(_LETTERS) for _place in range(_LENGTH))
        if insert_once(PaperSheet, id=uuid4(), round_id=a_round.id, code=code, answers=document):
            audit.record(by_id, "typed in a paper answer", audit.Subject("readiness-round", a_round.id))
            return code
    raise Conflict(_("Too many sheets wait for their second typing. Type some of them again first."))


def take_sheet(
    a_round: Round,
    instrument: Instrument,
    code: str,
    typed: Answered,
    *,
    looked_up: Collection[str] = (),
    today: date,
) -> None:
    """Take an answer on paper when both typings agree; TypedDifferently names where they do not.

    looked_up: what was looked up on the sheet once more, so that what is typed now counts. Like every answer that
    comes in, it leaves nothing in the record of changes: that a sheet was typed stands there since the first typing.
    """
    lock_taking(a_round)
    _refuse_nonsense(a_round.id, instrument, typed)
    sheet = surveys.find_sheet(a_round.id, code)
    if sheet is None:
        raise SheetGone(_("This sheet was taken already. Nothing was stored twice."))
    first = survey_answers.from_document(sheet.answers)
    differences = tuple(each for each in _differences(instrument, first, typed) if each.key not in looked_up)
    if differences:
        raise TypedDifferently(differences)
    gone = delete(PaperSheet).where(PaperSheet.id == sheet.id).returning(PaperSheet.id)
    if db.session.execute(gone.execution_options(synchronize_session=False)).first() is None:
        raise SheetGone(_("This sheet was taken already. Nothing was stored twice."))
    store_response(
        a_round.id,
        survey_answers.as_response(typed, instrument),
        group_key=kept_group(a_round.id, typed.group),
        answered_on=today,
        comment=_masked(a_round.organization_id, typed.comment),
        entry=Entry.PAPER,
    )


def _differences(instrument: Instrument, first: Answered, second: Answered) -> list[Difference]:
    found = []
    if (first.group or "") != (second.group or ""):
        found.append(Difference(GROUP, first.group or "", second.group or ""))
    pairs: Mapping[str, tuple[str, str]] = {
        item.key: (first.items.get(item.key, ""), second.items.get(item.key, "")) for item in instrument.items
    }
    return [*found, *(Difference(key, *pair) for key, pair in pairs.items() if pair[0] != pair[1])]


def _refuse_nonsense(round_id: int, instrument: Instrument, typed: Answered) -> None:
    if not typed.items:
        raise Invalid("An empty sheet.", {"items": _("Nothing is chosen yet. Type in what the sheet says.")})
    if not survey_answers.is_answerable(instrument, typed.items):
        raise Invalid("No such answer.", {"items": _("Choose one of the answers on the page.")})
    if len(typed.comment) > LONGEST_COMMENT:
        sentence = _("This is too long. Use %(number)s characters or fewer.", number=LONGEST_COMMENT)
        raise Invalid(sentence, {"comment": sentence})
    groups = {each.key for each in surveys.list_groups(round_id)}
    if typed.group and typed.group not in groups:
        raise Invalid("No such group.", {GROUP: _("Choose one, or the last line.")})
    if surveys.get_survey(round_id).cut is not Cut.NONE and typed.group is None:
        raise Invalid("No group.", {GROUP: _("Choose one, or the last line.")})


def _masked(organization_id: int, text: str) -> str:
    if not text:
        return ""
    people = [each.name for each in rounds.list_people(organization_id)]
    masks = Masks(name=_("[name]"), number=_("[number]"), address=_("[address]"))
    return survey_text.mask(text, people, masks)
