"""FHIR R4: what is written is valid by an independent library, and is read back exactly as it was."""

import json
from datetime import date

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as JudgedQuestionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse as JudgedResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from readiness.formats.errors import Flaw, FormatRefused
from readiness.formats.fhir import read_questionnaire, read_response, write_questionnaire, write_response
from readiness.formats.fhir_types import (
    Coding,
    EnableWhen,
    ItemKind,
    Loss,
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
from readiness.formats.json_text import parse_json

LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
LINES = st.lists(st.text(LETTERS, min_size=1, max_size=6), min_size=1, max_size=3).map(" ".join)
IDS = st.from_regex(r"[A-Za-z0-9.-]{1,12}", fullmatch=True)
CODES = st.from_regex(r"[A-Za-z0-9-]{1,12}", fullmatch=True)
URLS = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9-]{1,8}", fullmatch=True)
WORDS = st.dictionaries(st.sampled_from(["en", "es", "fr"]), LINES, max_size=3)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
WEIGHTS = st.none() | st.integers(-100, 100).map(float) | st.integers(-400, 400).map(lambda n: n / 8)
NUMBERS = st.integers(-9_999, 9_999)
DETAILS = st.dictionaries(
    st.from_regex(r"[a-z][a-z-]{0,8}", fullmatch=True),
    st.booleans()
    | st.integers(-9_999, 9_999)
    | CODES
    | st.dictionaries(st.sampled_from(["en", "es"]), LINES, min_size=1),
    max_size=3,
)
CODINGS = st.builds(Coding, CODES, st.none() | URLS, st.none() | LINES)
ANSWERS = (
    st.booleans() | st.integers(-9_999, 9_999) | st.integers(-99, 99).map(lambda n: n + 0.5) | DAYS | LINES | CODINGS
)
WHENS = st.builds(EnableWhen, IDS, st.sampled_from(WhenOperator), ANSWERS)
OPTIONS = st.builds(Option, CODES, WORDS, st.none() | URLS, WEIGHTS)


@st.composite
def items(draw, link_ids, depth=2):
    link_id = link_ids.pop()
    is_group = depth > 0 and bool(link_ids) and draw(st.booleans())
    kinds = [kind for kind in ItemKind if kind not in {ItemKind.GROUP, ItemKind.QUESTION}]
    kind = ItemKind.GROUP if is_group else draw(st.sampled_from(kinds))
    whens = draw(st.lists(WHENS, max_size=2)) if kind is not ItemKind.DISPLAY else []
    whens = [EnableWhen(f"before-{when.question}", when.operator, when.answer) for when in whens]
    inside = []
    while is_group and link_ids and (not inside or draw(st.booleans())):
        inside.append(draw(items(link_ids, depth - 1)))
    return QuestionnaireItem(
        link_id=link_id,
        kind=kind,
        text=draw(WORDS),
        is_required=kind is not ItemKind.DISPLAY and draw(st.booleans()),
        repeats=kind is not ItemKind.DISPLAY and draw(st.booleans()),
        options=tuple(draw(st.lists(OPTIONS, max_size=3))) if kind is ItemKind.CHOICE else (),
        low=draw(st.none() | st.integers(-9, 9)) if kind is ItemKind.INTEGER else None,
        high=draw(st.none() | st.integers(-9, 9)) if kind is ItemKind.INTEGER else None,
        enable_when=tuple(whens),
        behavior=draw(st.sampled_from(WhenBehavior)) if len(whens) > 1 else None,
        details=draw(DETAILS),
        items=tuple(inside),
    )


@st.composite
def questionnaires(draw):
    link_ids = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    made = []
    while link_ids:
        made.append(draw(items(link_ids)))
    return Questionnaire(
        status=draw(st.sampled_from(Status)),
        language=draw(st.sampled_from(["en", "es"])),
        url=draw(st.none() | URLS),
        version=draw(st.none() | st.just("1.2.3")),
        name=draw(st.none() | st.just("OneInstrument")),
        title=draw(WORDS),
        description=draw(WORDS),
        purpose=draw(WORDS),
        copyright=draw(WORDS),
        publisher=draw(st.none() | LINES),
        published_on=draw(st.none() | DAYS),
        details=draw(DETAILS),
        items=tuple(made),
    )


@st.composite
def responses(draw):
    link_ids = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    made = []
    while link_ids:
        inside = [draw(answered(link_ids)) for _n in range(draw(st.integers(0, min(2, len(link_ids) - 1))))]
        made.append(ResponseItem(link_id=link_ids.pop(), text=draw(st.none() | LINES), items=tuple(inside)))
    return QuestionnaireResponse(
        status=draw(st.sampled_from(ResponseStatus)),
        questionnaire=draw(st.none() | URLS.map(lambda url: f"{url}|1.0.0")),
        language=draw(st.none() | st.just("en")),
        authored=draw(st.none() | st.just("2026-10-01T12:00:00+00:00")),
        author=draw(st.none() | LINES),
        subject=draw(st.none() | LINES),
        items=tuple(made),
    )


@st.composite
def answered(draw, link_ids):
    answers = tuple(draw(st.lists(ANSWERS, max_size=2)))
    return ResponseItem(link_id=link_ids.pop(), text=draw(st.none() | LINES), answers=answers, notes=draw(DETAILS))


def judge(kind, resource):
    """Let the independent library read a resource: its structure, and each code that has a fixed list in R4."""
    read = kind.model_validate(resource)
    check_codes(read)


def check_codes(model):
    for name, field in type(model).model_fields.items():
        value = getattr(model, name, None)
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        # Of the kinds of items the library knows only the first few.
        if value is not None and extra.get("enum_values") and name != "type":
            assert value in extra["enum_values"], (name, value)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                check_codes(each)


KINDS_OF_R4 = set(
    "group display question boolean decimal integer date dateTime time string text url choice open-choice attachment "
    "reference quantity".split()
)


def test_the_kinds_of_items_are_those_of_r4():
    assert {kind.value for kind in ItemKind} == KINDS_OF_R4


def test_the_judge_knows_the_codes():
    with pytest.raises(AssertionError):
        judge(JudgedQuestionnaire, {"resourceType": "Questionnaire", "status": "finished"})


SLOW = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(questionnaires())
def test_a_questionnaire_reads_as_it_was_written_and_is_valid(questionnaire):
    resource = json.loads(json.dumps(write_questionnaire(questionnaire)))
    read = read_questionnaire(resource)
    assert read.questionnaire == questionnaire
    assert read.lost == ()
    judge(JudgedQuestionnaire, resource)


@SLOW
@given(responses())
def test_a_response_reads_as_it_was_written_and_is_valid(response):
    resource = json.loads(json.dumps(write_response(response)))
    read = read_response(resource)
    assert read.response == response
    assert read.lost == ()
    judge(JudgedResponse, resource)


KINDS = ["Questionnaire", "QuestionnaireResponse"]
KEYS = [
    "item", "linkId", "type", "status", "extension", "url", "valueCoding", "answerOption", "enableWhen", "question",
    "operator", "answer", "valueInteger", "valueDecimal", "code", "text", "_text", "title", "_title", "language", "x",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(KEYS), JSON, max_size=6),
    st.sampled_from(["Questionnaire", "QuestionnaireResponse"]),
)
def test_any_json_is_read_or_refused(table, kind):
    for read in (read_questionnaire, read_response):
        try:
            read({"status": "draft", **table, "resourceType": kind})
        except FormatRefused:
            continue


def minimal(**more):
    return {"resourceType": "Questionnaire", "status": "draft"} | more


def test_what_is_not_read_is_named_with_its_place():
    read = read_questionnaire(
        minimal(
            publisher="Us",
            approvalDate="2026-01-01",
            date="2026",
            extension=[{"url": "http://x.example/other", "valueString": "?"}],
            item=[
                {
                    "linkId": "a",
                    "type": "choice",
                    "answerValueSet": "http://x.example/vs",
                    "answerOption": [{"valueString": "Yes"}, {"valueInteger": 3}],
                    "_text": {"extension": [{"url": "http://x.example/rendering", "valueString": "bold"}]},
                }
            ],
        )
    )
    assert {(lost.where, lost.name, lost.loss) for lost in read.lost} == {
        ("", "approvalDate", Loss.UNKNOWN_ELEMENT),
        ("", "date", Loss.UNREAD_VALUE),
        ("", "http://x.example/other", Loss.UNKNOWN_EXTENSION),
        ("a", "answerValueSet", Loss.UNKNOWN_ELEMENT),
        ("a", "http://x.example/rendering", Loss.UNKNOWN_EXTENSION),
    }
    (item,) = read.questionnaire.items
    assert [option.code for option in item.options] == ["Yes", "3"]


def test_weights_are_read_wherever_others_write_them():
    ordinal, weight = (f"http://hl7.org/fhir/StructureDefinition/{name}" for name in ("ordinalValue", "itemWeight"))
    options = [
        {"valueCoding": {"code": "a", "extension": [{"url": ordinal, "valueDecimal": 1}]}},
        {"valueCoding": {"code": "b"}, "extension": [{"url": weight, "valueDecimal": 2.5}]},
        {"valueCoding": {"code": "c"}},
    ]
    read = read_questionnaire(minimal(item=[{"linkId": "a", "type": "choice", "answerOption": options}]))
    assert [option.weight for option in read.questionnaire.items[0].options] == [1.0, 2.5, None]
    assert read.lost == ()


def waits(link_id, for_id):
    when = {"question": for_id, "operator": "=", "answerCoding": {"code": "1"}}
    return {"linkId": link_id, "type": "choice", "enableWhen": [when]}


@pytest.mark.parametrize(
    ("resource", "flaw"),
    [
        (None, Flaw.WRONG_RESOURCE),
        ([], Flaw.WRONG_RESOURCE),
        ({"resourceType": ["Questionnaire"]}, Flaw.WRONG_RESOURCE),
        ({"resourceType": "Bundle"}, Flaw.WRONG_RESOURCE),
        ({"resourceType": "Questionnaire"}, Flaw.WRONG_SHAPE),
        (minimal(status="finished"), Flaw.WRONG_SHAPE),
        (minimal(item={}), Flaw.WRONG_SHAPE),
        (minimal(item=["a"]), Flaw.WRONG_SHAPE),
        (minimal(item=[{"type": "choice"}]), Flaw.WRONG_SHAPE),
        (minimal(item=[{"linkId": "a", "type": "hologram"}]), Flaw.WRONG_SHAPE),
        (minimal(title=7), Flaw.WRONG_SHAPE),
        (minimal(title="x" * 20_001), Flaw.TOO_LONG),
        (minimal(item=[{"linkId": "a", "type": "text"}] * 2), Flaw.NAME_TWICE),
        (minimal(item=[{"linkId": str(n), "type": "text"} for n in range(5_000)]), Flaw.TOO_MANY_ITEMS),
        (minimal(item=[waits("a", "b"), waits("b", "a")]), Flaw.CYCLE),
        (minimal(item=[waits("a", "a")]), Flaw.CYCLE),
        (
            minimal(item=[{"linkId": "a", "type": "text", "enableWhen": [{"question": "b", "operator": "="}]}]),
            Flaw.WRONG_SHAPE,
        ),
    ],
)
def test_what_is_no_questionnaire_is_refused(resource, flaw):
    with pytest.raises(FormatRefused) as refused:
        read_questionnaire(resource)
    assert refused.value.flaw is flaw


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.NOT_JSON),
        ("{", Flaw.NOT_JSON),
        ('{"a": NaN}', Flaw.NOT_JSON),
        ('{"a": ' + "9" * 5_000 + "}", Flaw.NOT_JSON),
        ('{"a": 1, "a": 2}', Flaw.KEY_TWICE),
        ("[" * 41 + "]" * 41, Flaw.TOO_DEEP),
        ('{"a":' * 100_000, Flaw.TOO_DEEP),
    ],
)
def test_hostile_json_is_refused(text, flaw):
    with pytest.raises(FormatRefused) as refused:
        parse_json(text)
    assert refused.value.flaw is flaw


def test_brackets_within_texts_are_no_depth():
    assert parse_json('["' + "[{" * 100 + '\\""]') == ["[{" * 100 + '"']
