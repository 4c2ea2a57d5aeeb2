"""Our instruments as FHIR R4 Questionnaires, and Questionnaires as instruments.

Groups are areas, items are items; the first `display` of a group says what the area is for. What FHIR has no element
for stands in one extension of ours (`fhir_types.OURS`).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from readiness.fields import Localized
from readiness.formats import wording
from readiness.formats.drafts import new_draft
from readiness.formats.fhir import ReadQuestionnaire
from readiness.formats.fhir_types import (
    ABSENT,
    DONT_KNOW,
    NOT_APPLICABLE,
    Detail,
    ItemKind,
    Loss,
    Option,
    Questionnaire,
    QuestionnaireItem,
    Status,
    Words,
)
from readiness.formats.fitting import (
    Answers,
    Dropped,
    Fitted,
    Fitter,
    Question,
    Reason,
    Step,
    clean_words,
    other_languages,
)
from readiness.formats.notes import notes_on_area, notes_on_front, notes_on_item
from readiness.instruments import AnswerKind, Area, Instrument, Item, Mode, instrument_as_document

LANGUAGE: Final = "en"
AREA: Final = "area."
PURPOSE: Final = ".purpose"
_FLAGS: Final = ("critical", "reversed", "short")
_NUMBERS: Final = ("weight", "reach", "effort")
_CODES: Final = ("construct", "topic", "action", "course", "playbook", "answer", "filled_from")
_WORDS: Final = ("name", "evidence", "examples")
_MEASURE: Final = ("name", "numerator", "denominator")
_TOPIC: Final = "topic-"
_LOSSES: Final[Mapping[Loss, Reason]] = {
    Loss.UNKNOWN_ELEMENT: Reason.ELEMENT,
    Loss.UNKNOWN_EXTENSION: Reason.EXTENSION,
    Loss.UNREAD_VALUE: Reason.ELEMENT,
}
_ANSWERS: Final[Mapping[ItemKind, Answers]] = {
    ItemKind.BOOLEAN: Answers.YES_NO,
    ItemKind.DECIMAL: Answers.NUMBER,
    ItemKind.INTEGER: Answers.NUMBER,
    ItemKind.DATE: Answers.DATE,
    ItemKind.CHOICE: Answers.CHOICE,
    ItemKind.OPEN_CHOICE: Answers.CHOICE,
    ItemKind.STRING: Answers.TEXT,
    ItemKind.TEXT: Answers.TEXT,
    ItemKind.DISPLAY: Answers.NOTHING,
}


def questionnaire_from(
    instrument: Instrument, *, url: str, status: Status, published_on: date | None = None
) -> Questionnaire:
    """Return an instrument as a Questionnaire.

    url: where this site keeps the instrument, whatever its version. `instrument_from` gives the whole instrument back,
    slug and version apart.
    """
    document = instrument_as_document(instrument)
    topics = {f"{_TOPIC}{slug}": text for slug, text in instrument.topics.items()}
    return Questionnaire(
        status=status,
        language=LANGUAGE,
        url=url,
        version=instrument.version,
        name="".join(part.capitalize() for part in f"instrument-{instrument.slug}".split("-")),
        title=instrument.title,
        description=instrument.summary,
        copyright={LANGUAGE: instrument.provenance.licence},
        published_on=published_on,
        details={
            "mode": instrument.mode.value,
            "minutes": instrument.minutes,
            "promise": instrument.promise,
            "method": instrument.method,
            "source": {LANGUAGE: instrument.provenance.source},
            **({"sources": {LANGUAGE: " ".join(instrument.sources)}} if instrument.sources else {}),
            **topics,
        },
        items=tuple(
            _group(instrument, area, written) for area, written in zip(instrument.areas, _rows(document), strict=True)
        ),
    )


def mode_in(read: ReadQuestionnaire) -> Mode | None:
    """Return who answers a Questionnaire of ours; None when it is from elsewhere."""
    said = read.questionnaire.details.get("mode")
    return Mode(said) if isinstance(said, str) and said in set(Mode) else None


def instrument_from(read: ReadQuestionnaire, mode: Mode) -> Fitted:
    """Return a Questionnaire as a draft of an instrument.

    mode: who will answer it. Raises FormatRefused (NO_ITEMS) when nothing of it fits.
    """
    questionnaire = read.questionnaire
    fitter = Fitter(new_draft(mode), mode)
    fitter.dropped += [Dropped(lost.where, _LOSSES[lost.loss], lost.name) for lost in read.lost]
    fitter.draft |= _front(questionnaire)
    fitter.draft["title"] = clean_words(questionnaire.title)
    fitter.draft["summary"] = clean_words(questionnaire.description)
    texts = [questionnaire.title, *(item.text for item in questionnaire.all_items())]
    for language in sorted(other_languages(texts)):
        fitter.drop("", Reason.LANGUAGE, language)
    if questionnaire.purpose:
        fitter.drop("", Reason.ELEMENT, "purpose")
    for item in questionnaire.items:
        if item.kind is ItemKind.GROUP:
            _take_group(fitter, item)
        else:
            _take_item(fitter, item)
    return fitter.finish()


def _front(questionnaire: Questionnaire) -> dict[str, Any]:
    details = questionnaire.details
    table: dict[str, object] = {name: details[name] for name in ("minutes", "promise", "method") if name in details}
    topics = {name.removeprefix(_TOPIC): text for name, text in details.items() if name.startswith(_TOPIC)}
    table["topics"] = topics
    table["sources"] = _base(details.get("sources")).split()
    table["source"] = _base(details.get("source"))
    table["licence"] = next(iter(questionnaire.copyright.values()), "")
    return notes_on_front(table)


def _base(detail: Detail | None) -> str:
    return detail.get(LANGUAGE, "") if isinstance(detail, Mapping) else ""


def _rows(table: Mapping[str, object], name: str = "areas") -> list[dict[str, Any]]:
    rows = table[name]
    return rows if isinstance(rows, list) else []


def _group(instrument: Instrument, area: Area, written: Mapping[str, Any]) -> QuestionnaireItem:
    link = AREA + area.key
    purpose = QuestionnaireItem(link_id=link + PURPOSE, kind=ItemKind.DISPLAY, text=area.purpose)
    both = zip(area.items, _rows(written, "items"), strict=True)
    return QuestionnaireItem(
        link_id=link,
        kind=ItemKind.GROUP,
        text=area.name,
        details={"weight": area.weight, **({"about_change": True} if area.is_about_change else {})},
        items=(purpose, *(_item(instrument, item, notes) for item, notes in both)),
    )


def _item(instrument: Instrument, item: Item, written: Mapping[str, Any]) -> QuestionnaireItem:
    kinds = {AnswerKind.DATE: ItemKind.DATE, AnswerKind.SHARE: ItemKind.INTEGER}
    is_share = item.answer is AnswerKind.SHARE
    kind = kinds.get(item.answer, ItemKind.CHOICE)
    kept = (*_FLAGS, *_NUMBERS, *_CODES, *_WORDS)
    measure = {f"measure-{name}": text for name, text in written.get("measure", {}).items()}
    return QuestionnaireItem(
        link_id=item.key,
        kind=kind,
        text=item.text,
        options=_options(instrument, item) if kind is ItemKind.CHOICE else (),
        low=0 if is_share else None,
        high=100 if is_share else None,
        details={name: written[name] for name in kept if name in written} | measure,
    )


def _options(instrument: Instrument, item: Item) -> tuple[Option, ...]:
    if item.answer is AnswerKind.YES_PARTLY_NO:
        facts = (("yes", wording.YES, 2.0), ("partly", wording.PARTLY, 1.0), ("no", wording.NO, 0.0))
        steps = [Option(code, text, weight=weight) for code, text, weight in facts]
    else:
        words = instrument.labels or item.anchors
        values = range(instrument.low, instrument.high + 1)
        steps = [Option(str(value), words.get(value, _bare(value)), weight=float(value)) for value in values]
    return (
        *steps,
        Option(NOT_APPLICABLE, wording.NOT_APPLICABLE, ABSENT),
        Option(DONT_KNOW, wording.DONT_KNOW, ABSENT),
    )


def _bare(value: int) -> Localized:
    return {LANGUAGE: str(value)}


def _take_group(fitter: Fitter, group: QuestionnaireItem) -> None:
    key = group.link_id.removeprefix(AREA)
    fitter.open_area(key, clean_words(group.text), notes_on_area(group.details))
    _drop_conditions(fitter, group)
    items = list(group.items)
    if items and items[0].kind is ItemKind.DISPLAY and items[0].text:
        fitter.name_purpose(items.pop(0).text)
    for item in _flat(items):
        if item.kind is ItemKind.GROUP:
            fitter.drop(item.link_id, Reason.LAYOUT)
        else:
            _take_item(fitter, item)


def _flat(items: Iterable[QuestionnaireItem]) -> Iterable[QuestionnaireItem]:
    for item in items:
        yield from item.all_items()


def _take_item(fitter: Fitter, item: QuestionnaireItem) -> None:
    known = notes_on_item(_noted(item.details), fitter.mode)
    _drop_conditions(fitter, item)
    if item.is_required:
        fitter.drop(item.link_id, Reason.REQUIRED)
    is_several = item.repeats and item.kind in {ItemKind.CHOICE, ItemKind.OPEN_CHOICE}
    fitter.take(
        Question(
            where=item.link_id,
            answers=Answers.SEVERAL if is_several else _ANSWERS.get(item.kind, Answers.OTHER),
            text=clean_words(item.text),
            steps=tuple(_step(option) for option in item.options),
            low=item.low,
            high=item.high,
            is_percent="%" in " ".join(item.text.values()),
            known=known,
        )
    )


def _step(option: Option) -> Step:
    if option.system == ABSENT:
        return Step("NA" if option.code == NOT_APPLICABLE else "DK", option.display)
    is_number = option.code.isascii() and option.code.isdigit()
    weight = float(option.code) if option.weight is None and is_number else option.weight
    return Step(option.code, option.display, weight)


def _drop_conditions(fitter: Fitter, item: QuestionnaireItem) -> None:
    if item.enable_when:
        fitter.drop(item.link_id, Reason.BRANCHING)


def _noted(details: Mapping[str, Detail]) -> dict[str, object]:
    table: dict[str, object] = {name: value for name, value in details.items() if not name.startswith("measure-")}
    measure: dict[str, Words] = {
        name: value for name in _MEASURE if isinstance(value := details.get(f"measure-{name}"), Mapping)
    }
    return table | ({"measure": measure} if measure else {})
