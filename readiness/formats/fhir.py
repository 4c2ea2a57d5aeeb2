"""FHIR R4 Questionnaire and QuestionnaireResponse: JSON in, plain values out, and back.

What is read is read exactly: `read_questionnaire(write_questionnaire(q)).questionnaire == q`, likewise for responses.
What is not read is named with the item it stood at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from readiness.formats.branching import find_cycle
from readiness.formats.errors import Flaw, FormatRefused
from readiness.formats.fhir_types import (
    OURS,
    EnableWhen,
    ItemKind,
    Loss,
    Lost,
    Option,
    Questionnaire,
    QuestionnaireItem,
    QuestionnaireResponse,
    ResponseItem,
    ResponseStatus,
    Status,
    WhenBehavior,
    WhenOperator,
)
from readiness.formats.fhir_values import (
    LEAST,
    MOST,
    ORDINAL,
    WEIGHT,
    Element,
    number_of,
    read_details,
    read_value,
    whole_number_of,
    write_details,
    write_value,
    write_words,
)

MOST_ITEMS: Final = 500
LONGEST_CODE: Final = 100
_E = TypeVar("_E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ReadQuestionnaire:
    """What was read, and what was not."""

    questionnaire: Questionnaire
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class ReadResponse:
    """What was read, and what was not."""

    response: QuestionnaireResponse
    lost: tuple[Lost, ...]


def resource_type(resource: object) -> str:
    """Return what kind of resource a JSON value is; "" when it is none.

    >>> resource_type({"resourceType": "Questionnaire"})
    'Questionnaire'
    """
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else ""


def read_questionnaire(resource: object) -> ReadQuestionnaire:
    """Read a Questionnaire.

    resource: its JSON as Python values. Raises FormatRefused: WRONG_RESOURCE, WRONG_SHAPE with the element, NAME_TWICE
    for a link used twice, TOO_MANY_ITEMS beyond MOST_ITEMS, CYCLE for items that wait for each other, TOO_LONG.
    """
    if resource_type(resource) != "Questionnaire":
        raise FormatRefused(Flaw.WRONG_RESOURCE, resource_type(resource))
    lost: list[Lost] = []
    element = Element(resource, "", lost)
    element.raw("resourceType")
    language = element.text("language") or "en"
    extensions = element.extensions([OURS])
    questionnaire = Questionnaire(
        status=_one_of(Status, element, "status"),
        language=language,
        url=element.text("url"),
        version=element.text("version"),
        name=element.text("name"),
        title=element.words("title", language),
        description=element.words("description", language),
        purpose=element.words("purpose", language),
        copyright=element.words("copyright", language),
        publisher=element.text("publisher"),
        published_on=element.day("date"),
        details=read_details(extensions[OURS]) if OURS in extensions else {},
        items=_read_items(element, language, lost),
    )
    element.finish()
    _check(questionnaire)
    return ReadQuestionnaire(questionnaire, tuple(dict.fromkeys(lost)))


def write_questionnaire(questionnaire: Questionnaire) -> dict[str, Any]:
    """Write a Questionnaire as JSON-able values."""
    language = questionnaire.language
    plain = {
        "resourceType": "Questionnaire",
        "language": language,
        "extension": write_details(questionnaire.details) or None,
        "url": questionnaire.url,
        "version": questionnaire.version,
        "name": questionnaire.name,
    }
    after = {
        "status": questionnaire.status.value,
        "date": questionnaire.published_on.isoformat() if questionnaire.published_on else None,
        "publisher": questionnaire.publisher,
    }
    return _without_none(
        plain
        | write_words("title", questionnaire.title, language)
        | after
        | write_words("description", questionnaire.description, language)
        | write_words("purpose", questionnaire.purpose, language)
        | write_words("copyright", questionnaire.copyright, language)
        | {"item": [_write_item(item, language) for item in questionnaire.items] or None}
    )


def read_response(resource: object) -> ReadResponse:
    """Read a QuestionnaireResponse. Raises FormatRefused as `read_questionnaire` does."""
    if resource_type(resource) != "QuestionnaireResponse":
        raise FormatRefused(Flaw.WRONG_RESOURCE, resource_type(resource))
    lost: list[Lost] = []
    element = Element(resource, "", lost)
    element.raw("resourceType")
    response = QuestionnaireResponse(
        status=_one_of(ResponseStatus, element, "status"),
        questionnaire=element.text("questionnaire"),
        language=element.text("language"),
        authored=element.text("authored"),
        author=_reference(element, "author", lost),
        subject=_reference(element, "subject", lost),
        items=_read_answers(element, lost),
    )
    element.finish()
    _refuse_twins([item.link_id for item in response.all_items()])
    return ReadResponse(response, tuple(dict.fromkeys(lost)))


def write_response(response: QuestionnaireResponse) -> dict[str, Any]:
    """Write a QuestionnaireResponse as JSON-able values."""
    return _without_none(
        {
            "resourceType": "QuestionnaireResponse",
            "language": response.language,
            "questionnaire": response.questionnaire,
            "status": response.status.value,
            "subject": {"display": response.subject} if response.subject else None,
            "authored": response.authored,
            "author": {"display": response.author} if response.author else None,
            "item": [_write_answer(item) for item in response.items] or None,
        }
    )


def _read_items(element: Element, language: str, lost: list[Lost]) -> tuple[QuestionnaireItem, ...]:
    return tuple(_read_item(each, language, lost) for each in element.elements("item"))


def _read_item(element: Element, language: str, lost: list[Lost]) -> QuestionnaireItem:
    element.where = element.needed("linkId")
    extensions = element.extensions([OURS, LEAST, MOST])
    item = QuestionnaireItem(
        link_id=element.where,
        kind=_one_of(ItemKind, element, "type"),
        text=element.words("text", language),
        is_required=element.flag("required"),
        repeats=element.flag("repeats"),
        options=tuple(_read_option(each, element.where, language, lost) for each in element.elements("answerOption")),
        low=_limit(extensions.get(LEAST)),
        high=_limit(extensions.get(MOST)),
        enable_when=tuple(_read_when(each, element.where) for each in element.elements("enableWhen")),
        behavior=_one_of(WhenBehavior, element, "enableBehavior") if element.has("enableBehavior") else None,
        details=read_details(extensions[OURS]) if OURS in extensions else {},
        items=_read_items(element, language, lost),
    )
    element.finish()
    return item


def _read_option(option: Element, where: str, language: str, lost: list[Lost]) -> Option:
    option.where = where
    if not option.has("valueCoding"):
        kinds = [f"value{kind}" for kind in ("String", "Integer", "Date", "Time") if option.has(f"value{kind}")]
        text = str(option.raw(kinds[0])).strip() if kinds else ""
        return Option(text[:LONGEST_CODE] or "?", {language: text} if text else {})
    beside = option.extensions([ORDINAL, WEIGHT])
    coding = Element(option.raw("valueCoding"), where, lost)
    beside |= coding.extensions([ORDINAL, WEIGHT])
    option.flag("initialSelected")
    read = Option(
        coding.needed("code"), coding.words("display", language), coding.text("system"), _weight(list(beside.values()))
    )
    coding.finish()
    option.finish()
    return read


def _weight(extensions: Sequence[Element]) -> float | None:
    numbers = (number_of(each.raw("valueDecimal")) for each in extensions)
    return next((each for each in numbers if each is not None), None)


def _limit(extension: Element | None) -> int | None:
    return whole_number_of(extension.raw("valueInteger")) if extension else None


def _read_when(element: Element, where: str) -> EnableWhen:
    answer = read_value(element, "answer")
    if answer is None:
        raise FormatRefused(Flaw.WRONG_SHAPE, f"{where}: enableWhen")
    return EnableWhen(element.needed("question"), _one_of(WhenOperator, element, "operator"), answer)


def _read_answers(element: Element, lost: list[Lost]) -> tuple[ResponseItem, ...]:
    return tuple(_read_answered(each, lost) for each in element.elements("item"))


def _read_answered(element: Element, lost: list[Lost]) -> ResponseItem:
    element.where = element.needed("linkId")
    extensions = element.extensions([OURS])
    answers = []
    for each in element.elements("answer"):
        each.where = element.where
        value = read_value(each, "value")
        each.finish()
        if value is not None:
            answers.append(value)
    item = ResponseItem(
        link_id=element.where,
        text=element.text("text"),
        answers=tuple(answers),
        notes=read_details(extensions[OURS]) if OURS in extensions else {},
        items=_read_answers(element, lost),
    )
    element.finish()
    return item


def _reference(element: Element, key: str, lost: list[Lost]) -> str | None:
    """Read how somebody is named; whatever the reference leads to is not looked up."""
    if not element.has(key):
        return None
    named = Element(element.raw(key), "", lost).text("display")
    if named is None:
        element.lose(key, Loss.UNREAD_VALUE)
    return named


def _one_of(kinds: type[_E], element: Element, key: str) -> _E:
    try:
        return kinds(element.needed(key))
    except ValueError:
        raise FormatRefused(Flaw.WRONG_SHAPE, f"{key}: {element.text(key)}") from None


def _check(questionnaire: Questionnaire) -> None:
    items = list(questionnaire.all_items())
    if len(items) > MOST_ITEMS:
        raise FormatRefused(Flaw.TOO_MANY_ITEMS, str(len(items)))
    _refuse_twins([item.link_id for item in items])
    cycle = find_cycle({item.link_id: {when.question for when in item.enable_when} for item in items})
    if cycle is not None:
        raise FormatRefused(Flaw.CYCLE, " → ".join(cycle))


def _refuse_twins(link_ids: Sequence[str]) -> None:
    seen: set[str] = set()
    for link_id in link_ids:
        if link_id in seen:
            raise FormatRefused(Flaw.NAME_TWICE, link_id)
        seen.add(link_id)


def _write_item(item: QuestionnaireItem, language: str) -> dict[str, Any]:
    limits = [{"url": url, "valueInteger": n} for url, n in ((LEAST, item.low), (MOST, item.high)) if n is not None]
    return _without_none(
        {"extension": [*write_details(item.details), *limits] or None, "linkId": item.link_id}
        | write_words("text", item.text, language)
        | {
            "type": item.kind.value,
            "enableWhen": [_write_when(when) for when in item.enable_when] or None,
            "enableBehavior": item.behavior.value if item.behavior else None,
            "required": item.is_required or None,
            "repeats": item.repeats or None,
            "answerOption": [_write_option(option, language) for option in item.options] or None,
            "item": [_write_item(each, language) for each in item.items] or None,
        }
    )


def _write_when(when: EnableWhen) -> dict[str, Any]:
    return {"question": when.question, "operator": when.operator.value, **write_value("answer", when.answer)}


def _write_option(option: Option, language: str) -> dict[str, Any]:
    coding = _without_none({"system": option.system, "code": option.code}) | write_words(
        "display", option.display, language
    )
    weight = option.weight
    if weight is None:
        return {"valueCoding": coding}
    number = int(weight) if weight == int(weight) else weight
    return {"extension": [{"url": ORDINAL, "valueDecimal": number}], "valueCoding": coding}


def _write_answer(item: ResponseItem) -> dict[str, Any]:
    return _without_none(
        {
            "extension": write_details(item.notes) or None,
            "linkId": item.link_id,
            "text": item.text,
            "answer": [write_value("value", answer) for answer in item.answers] or None,
            "item": [_write_answer(each) for each in item.items] or None,
        }
    )


def _without_none(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if value is not None}
