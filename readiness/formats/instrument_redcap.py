"""Our instruments as REDCap data dictionaries, and dictionaries as instruments.

A dictionary speaks one language. What it has no column for, the other language among it, stands as one line of JSON
behind `@COMMONS=` in the field annotation, which REDCap leaves alone; what its columns say counts more.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from readiness.formats.drafts import new_draft
from readiness.formats.errors import FormatRefused
from readiness.formats.fitting import Answers, Dropped, Fitted, Fitter, Question, Reason, Step, clean_text
from readiness.formats.json_text import parse_json
from readiness.formats.notes import notes_on_area, notes_on_front, notes_on_item, steps_in
from readiness.formats.redcap import Choice, Dictionary, Field, Kind, Loss
from readiness.formats.wording import DONT_KNOW, NO, NOT_APPLICABLE, PARTLY, YES
from readiness.instruments import AnswerKind, Area, Instrument, Item, Mode, instrument_as_document

TAG: Final = "@COMMONS="
FRONT: Final = "commons_front"
PERCENT: Final = "%"
_NUMBERS: Final = frozenset({"integer", "number"})
_LOSSES: Final[Mapping[Loss, Reason]] = {
    Loss.UNKNOWN_KIND: Reason.UNKNOWN_KIND,
    Loss.UNKNOWN_COLUMN: Reason.COLUMN,
    Loss.UNREAD_BRANCHING: Reason.UNREAD_BRANCHING,
    Loss.UNREAD_CHOICES: Reason.NOT_FIVE_STEPS,
    Loss.LAYOUT: Reason.LAYOUT,
}
_ANSWERS: Final[Mapping[Kind, Answers]] = {
    Kind.RADIO: Answers.CHOICE,
    Kind.DROPDOWN: Answers.CHOICE,
    Kind.CHECKBOX: Answers.SEVERAL,
    Kind.YESNO: Answers.YES_NO,
    Kind.TRUEFALSE: Answers.YES_NO,
    Kind.NOTES: Answers.TEXT,
    Kind.DESCRIPTIVE: Answers.NOTHING,
}


def fields_from(instrument: Instrument, language: str = "en") -> tuple[Field, ...]:
    """Return an instrument as the fields of a dictionary.

    language: of the texts in REDCap's own columns. `instrument_from(Dictionary(fields))` gives the whole instrument
    back, slug and version apart.
    """
    document = instrument_as_document(instrument)
    front = {key: value for key, value in document.items() if key != "areas"}
    form = _form(instrument)
    title = f"{instrument.title[language]}\n\n{instrument.summary[language]}"
    fields = [Field(name=FRONT, form=form, kind=Kind.DESCRIPTIVE, label=title, annotation=_noted(front))]
    for area, written in zip(instrument.areas, _rows(document["areas"]), strict=True):
        notes = {key: value for key, value in written.items() if key != "items"}
        fields.append(
            Field(
                name=f"commons_area_{area.key.replace('-', '_')}",
                form=form,
                kind=Kind.DESCRIPTIVE,
                section=area.name[language],
                label=area.purpose[language],
                annotation=_noted(notes),
            )
        )
        both = zip(area.items, _rows(written["items"]), strict=True)
        fields += [_field_of(instrument, area, item, notes, language) for item, notes in both]
    return tuple(fields)


def instrument_from(dictionary: Dictionary, mode: Mode, language: str = "en") -> Fitted:
    """Return a dictionary as a draft of an instrument.

    mode: who will answer it. language: of the dictionary's own columns. Raises FormatRefused (NO_ITEMS) when nothing
    of it fits.
    """
    fitter = Fitter(new_draft(mode), mode)
    fitter.dropped += [Dropped(lost.name, _LOSSES[lost.loss], lost.text) for lost in dictionary.lost]
    is_new_area = False
    labels: Mapping[str, object] = {}
    for field in dictionary.fields:
        notes = _notes_in(field)
        if field.name == FRONT:
            labels = notes
            fitter.draft |= {key: value for key, value in notes_on_front(notes).items() if key != "mode"}
            title, _blank, summary = clean_text(field.label).partition("\n\n")
            fitter.draft["title"][language] = " ".join(title.split())
            fitter.draft["summary"][language] = summary.strip()
            continue
        if field.section:
            known = notes_on_area(notes) if field.name.startswith("commons_area_") else {}
            name = {**known.get("name", {}), language: clean_text(field.section)}
            fitter.open_area(known.get("key", clean_text(field.section)), name, known)
            is_new_area = True
        if field.kind is Kind.DESCRIPTIVE and is_new_area and clean_text(field.label):
            purpose = notes_on_area(notes).get("purpose", {})
            fitter.name_purpose({**purpose, language: clean_text(field.label)})
        else:
            _take(fitter, field, notes, labels, language)
        is_new_area = False
    return fitter.finish()


def _rows(rows: object) -> list[dict[str, Any]]:
    return rows if isinstance(rows, list) else []


def _field_of(instrument: Instrument, area: Area, item: Item, notes: Mapping[str, Any], language: str) -> Field:
    is_share, is_date = item.answer is AnswerKind.SHARE, item.answer is AnswerKind.DATE
    name = item.key.replace("-", "_")
    return Field(
        name=name if name[0].isalpha() else f"item_{name}",
        form=_form(instrument),
        kind=Kind.TEXT if is_share or is_date else Kind.RADIO,
        label=item.text[language],
        choices=() if is_share or is_date else _choices(instrument, item, language),
        note=PERCENT if is_share else "",
        validation="integer" if is_share else "date_ymd" if is_date else "",
        low="0" if is_share else "",
        high="100" if is_share else "",
        matrix=area.key.replace("-", "_") if instrument.mode is Mode.STAFF else "",
        annotation=_noted(notes),
    )


def _form(instrument: Instrument) -> str:
    return instrument.slug.replace("-", "_")


def _choices(instrument: Instrument, item: Item, language: str) -> tuple[Choice, ...]:
    if item.answer is AnswerKind.YES_PARTLY_NO:
        steps = [Choice(code, text[language]) for code, text in (("2", YES), ("1", PARTLY), ("0", NO))]
    else:
        words = instrument.labels or item.anchors
        values = range(instrument.low, instrument.high + 1)
        labels = {value: _bare(words[value][language]) if value in words else str(value) for value in values}
        steps = [Choice(str(value), label) for value, label in labels.items()]
    return (*steps, Choice("NA", NOT_APPLICABLE[language]), Choice("DK", DONT_KNOW[language]))


def _bare(text: str) -> str:
    """Return a label without what would end it; the notes have it whole."""
    return " ".join(text.replace("|", "/").split())


def _noted(notes: Mapping[str, Any]) -> str:
    return TAG + json.dumps(notes, ensure_ascii=False, separators=(",", ":"))


def _notes_in(field: Field) -> Mapping[str, object]:
    """Return our own notes on a field, empty when there are none that can be read."""
    _before, tag, text = field.annotation.partition(TAG)
    if not tag:
        return {}
    try:
        notes = parse_json(text)
    except FormatRefused:
        return {}
    return notes if isinstance(notes, dict) else {}


def _take(
    fitter: Fitter, field: Field, notes: Mapping[str, object], labels: Mapping[str, object], language: str
) -> None:
    known = notes_on_item(notes, fitter.mode)
    if field.branch is not None:
        fitter.drop(field.name, Reason.BRANCHING)
    if field.is_required:
        fitter.drop(field.name, Reason.REQUIRED)
    if field.note and field.note != PERCENT:
        fitter.drop(field.name, Reason.NOTE, field.note)
    text = clean_text(field.label)
    if text != field.label:
        fitter.drop(field.name, Reason.MARKUP)
    is_number = field.kind is Kind.SLIDER or (field.kind is Kind.TEXT and field.validation in _NUMBERS)
    is_date = field.kind is Kind.TEXT and field.validation.startswith("date_")
    answers = _ANSWERS.get(field.kind, Answers.OTHER)
    fitter.take(
        Question(
            where=str(known.get("key", field.name)),
            answers=Answers.DATE if is_date else Answers.NUMBER if is_number else answers,
            text={**known.get("text", {}), language: text},
            steps=tuple(_step(choice, notes, labels, language) for choice in field.choices),
            low=_number(field.low, 0.0 if field.kind is Kind.SLIDER else None),
            high=_number(field.high, 100.0 if field.kind is Kind.SLIDER else None),
            is_percent=PERCENT in field.note or PERCENT in field.label,
            known=known,
        )
    )


def _step(choice: Choice, notes: Mapping[str, object], labels: Mapping[str, object], language: str) -> Step:
    """Return a choice with what our own notes say of it in both languages, as long as the column says the same."""
    noted = steps_in(notes, "anchors", choice.code) or steps_in(labels, "labels", choice.code)
    is_same = _bare(noted.get(language, "")) == choice.label
    label = noted if is_same else {**noted, language: choice.label}
    return Step(choice.code, label, _number(choice.code, None))


def _number(text: str, otherwise: float | None) -> float | None:
    try:
        return float(text) if text else otherwise
    except ValueError:
        return None
