"""What was answered as FHIR QuestionnaireResponses, and the other way around."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from readiness.formats.errors import Flaw, FormatRefused, shorten
from readiness.formats.fhir import ReadResponse
from readiness.formats.fhir_types import (
    ABSENT,
    DONT_KNOW,
    NOT_APPLICABLE,
    Answer,
    Coding,
    Detail,
    QuestionnaireResponse,
    ResponseItem,
    ResponseStatus,
)
from readiness.formats.instrument_fhir import AREA
from readiness.formats.tables import Answered, Problem, Record, Sheet, Wrong, read_answer
from readiness.instruments import AnswerKind, Instrument, Item
from readiness.scoring import AnswerState

ANY_LANGUAGE: Final = "und"
_STATES: Final[Mapping[str, AnswerState]] = {
    NOT_APPLICABLE: AnswerState.NOT_APPLICABLE,
    DONT_KNOW: AnswerState.DONT_KNOW,
    "unknown": AnswerState.DONT_KNOW,
    "asked-declined": AnswerState.SKIPPED,
}


def response_from(
    instrument: Instrument, record: Record, *, url: str, subject: str, is_done: bool
) -> QuestionnaireResponse:
    """Return all that one rater says as a response; items nobody answered are left out.

    url: of the questionnaire, without its version. subject: who is rated, by name.
    """
    times = [said.at for said in record.answers.values() if said.at is not None]
    areas = []
    for area in instrument.areas:
        items = [_item(item, record.answers[item.key]) for item in area.items if item.key in record.answers]
        kept = tuple(item for item in items if item.answers or item.notes)
        if kept:
            areas.append(ResponseItem(link_id=AREA + area.key, text=area.name["en"], items=kept))
    return QuestionnaireResponse(
        status=ResponseStatus.COMPLETED if is_done else ResponseStatus.IN_PROGRESS,
        questionnaire=f"{url}|{instrument.version}",
        language="en",
        authored=max(times).isoformat(timespec="seconds") if times else None,
        author=record.rater,
        subject=subject,
        items=tuple(areas),
    )


def answers_from(read: ReadResponse, instrument: Instrument, *, url: str) -> Sheet:
    """Return the ratings of a response.

    instrument: all of its items are ratings. url: of its questionnaire; a response that names another one is refused
    (FormatRefused, OTHER_QUESTIONNAIRE), one that names none is taken item by item. Several versions of one
    questionnaire share their items.
    """
    named = (read.response.questionnaire or url).partition("|")[0]
    if named != url:
        raise FormatRefused(Flaw.OTHER_QUESTIONNAIRE, named)
    keys = {item.key for item in instrument.items}
    answers: dict[str, Answered] = {}
    problems: list[Problem] = []
    for item in read.response.all_items():
        if item.link_id not in keys:
            if item.answers:
                problems.append(Problem(shorten(item.link_id), Wrong.UNKNOWN_ITEM))
        elif len(item.answers) > 1:
            problems.append(Problem(item.link_id, Wrong.SEVERAL_ANSWERS))
        else:
            said, wrong = _read_answer(item)
            answers[item.link_id] = said
            problems += [Problem(item.link_id, each, shorten(text)) for _part, each, text in wrong]
    if not answers:
        raise FormatRefused(Flaw.EMPTY)
    return Sheet(answers, tuple(problems), tuple(sorted({lost.name for lost in read.lost})))


def _item(item: Item, said: Answered) -> ResponseItem:
    notes: dict[str, Detail] = {
        name: {ANY_LANGUAGE: text}
        for name, text in (("evidence", said.evidence), ("dissent", said.dissent), ("by", said.by))
        if text
    }
    answer = _answer(item, said)
    return ResponseItem(
        link_id=item.key, text=item.text["en"], answers=() if answer is None else (answer,), notes=notes
    )


def _answer(item: Item, said: Answered) -> Answer | None:
    if said.state is AnswerState.NOT_APPLICABLE:
        return Coding(NOT_APPLICABLE, ABSENT)
    if said.state is AnswerState.DONT_KNOW:
        return Coding(DONT_KNOW, ABSENT)
    if said.state is AnswerState.SKIPPED:
        return None
    if said.fact is None:
        return Coding(str(said.value))
    if item.answer is AnswerKind.DATE:
        return date.fromisoformat(said.fact)
    return int(said.fact) if item.answer is AnswerKind.SHARE else Coding(said.fact)


def _read_answer(item: ResponseItem) -> tuple[Answered, list[tuple[str, Wrong, str]]]:
    notes = [_note(item.notes.get(name)) for name in ("evidence", "dissent")]
    answer = item.answers[0] if item.answers else None
    if isinstance(answer, Coding) and answer.system == ABSENT:
        state = _STATES.get(answer.code)
        if state is None:
            return Answered(state=AnswerState.SKIPPED), [("", Wrong.NOT_AN_ANSWER, answer.code)]
        return read_answer("", state.value, *notes)
    text = "" if answer is None else answer.code if isinstance(answer, Coding) else str(answer)
    return read_answer(text, "", *notes)


def _note(detail: Detail | None) -> str:
    return next(iter(detail.values()), "") if isinstance(detail, Mapping) else ""
