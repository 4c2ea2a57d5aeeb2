"""Answers in open formats: what can be fetched by whom, and ratings from a file."""

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse
from openpyxl import load_workbook
from sqlalchemy import func, select

from lms import clock
from lms.audit import AuditEntry
from lms.db import db
from lms.readiness.models import FinishedSeat, RatingEvent, Seat, SeatRating
from lms.readiness.queries.instruments import get_newest
from lms.readiness.queries.ratings import list_said
from lms.readiness.services.rounds import Plan, start_round
from readiness.scoring import AnswerState
from tests.factories.readiness import close, instrument, make_round, rate, rate_all, said
from tests.pages import hidden_value
from tests.statements import counted_statements

FORMULA = '=HYPERLINK("http://x")'


@pytest.fixture
def open_round(place):
    return make_round(place.organization, place.member, place.second, by=place.lead)


def url(a_round, rest):
    return f"/readiness/rounds/{a_round.id}{rest}"


def table(site, a_round, shape):
    text = site.client.get(url(a_round, f"/responses.csv?shape={shape}")).data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def filled(site, a_round, **cells):
    """Return the wide table as it was fetched, with other cells."""
    (row,) = table(site, a_round, "wide")
    row |= {name.replace("_", "-") if "__" not in name else name: value for name, value in cells.items()}
    out = io.StringIO()
    sheet = csv.DictWriter(out, list(row))
    sheet.writeheader()
    sheet.writerow(row)
    return out.getvalue()


def look(site, a_round, data, status=200, name="ratings.csv"):
    data = data.encode() if isinstance(data, str) else data
    return site.post(url(a_round, "/import"), {"file": (io.BytesIO(data), name), "text": ""}, status=status).text


def take(site, a_round, page, **fields):
    main = page[page.index("<main") :]
    names = ("csrf_token", "form_key", "text", "seen")
    sent = {name: unescape(hidden_value(main, name)) for name in names} | {"action": "save"} | fields
    return site.client.post(url(a_round, "/import"), data=sent)


def n_events():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(RatingEvent))


# ---------------------------------------------------------------- fetching


def test_the_three_tables_and_the_workbook_say_the_same(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": said(4, FORMULA), "first-contact": AnswerState.DONT_KNOW})
    place.be(place.member)
    long = {row["item"]: row for row in table(site, open_round, "long")}
    assert len(long) == 40
    assert (long["same-day-start"]["value"], long["same-day-start"]["state"]) == ("4", "value")
    assert long["same-day-start"]["evidence"] == f"'{FORMULA}"
    assert long["same-day-start"]["answered_by"] == "Member"
    assert long["first-contact"]["state"] == "dont-know"
    assert long["universal-screening"]["state"] == "skipped"
    (wide,) = table(site, open_round, "wide")
    assert (wide["rater"], wide["same-day-start"], wide["first-contact__state"]) == ("team", "4", "dont-know")
    codebook = table(site, open_round, "codebook")
    assert [row["column"] for row in codebook] == list(wide)
    book = load_workbook(io.BytesIO(site.client.get(url(open_round, "/responses.xlsx")).data))
    assert book.sheetnames == ["wide", "long", "codebook"]
    cells = dict(zip(*book["wide"].iter_rows(values_only=True), strict=True))
    assert cells["same-day-start"] == 4
    assert isinstance(cells["same-day-start"], int)
    assert cells["same-day-start__evidence"] == FORMULA
    cell = next(each for each in book["wide"][2] if each.value == FORMULA)
    assert cell.data_type == "s"
    db.session.rollback()
    verbs = db.session.scalars(select(AuditEntry.verb).where(AuditEntry.verb == "exported ratings")).all()
    assert len(verbs) == 4


def test_a_response_is_one_that_others_read(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": said(4, "Seen", "Not all")})
    place.be(place.member)
    answer = site.client.get(url(open_round, "/responses.json"))
    assert answer.mimetype == "application/fhir+json"
    resource = json.loads(answer.data)
    read = QuestionnaireResponse.model_validate(resource)
    assert read.status == "in-progress"
    assert read.item[0].item[0].answer[0].valueCoding.code == "4"
    assert resource["subject"] == {"display": "Harbor House"}


def test_who_may_fetch_and_take(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": 4})
    for person, fetch, take_in in (
        (place.lead, 200, 200), (place.member, 200, 200), (place.expert, 200, 403),
        (place.staff, 404, 404), (place.outsider, 404, 404),
    ):  # fmt: skip
        place.be(person)
        assert site.client.get(url(open_round, "/responses.csv")).status_code == fetch
        assert site.client.get(url(open_round, "/import")).status_code == take_in


def test_a_shared_report_shares_no_ratings(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": 4})
    close(open_round, place.lead)
    open_round.is_shared = True
    db.session.commit()
    place.be(place.staff)
    assert site.client.get(url(open_round, "/responses.csv")).status_code == 404


def test_a_survey_of_staff_has_nothing_to_fetch_and_takes_nothing(site, place):
    plan = Plan(frozenset({place.member.id}), clock.today() + timedelta(days=14))
    version = get_newest("change-readiness")
    asked = start_round(place.organization.id, version, plan, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    for person in (place.lead, place.member, place.expert):
        place.be(person)
        for rest in ("/responses.csv", "/responses.csv?shape=wide", "/responses.xlsx", "/responses.json", "/import"):
            assert site.client.get(url(asked, rest)).status_code == 404


def sit(a_round, seat, person, value=3, *, is_finished=False):
    for item in instrument().items[:2]:
        db.session.add(
            SeatRating(
                event_uuid=uuid4(), round_id=a_round.id, seat=seat, item_key=item.key, state=AnswerState.VALUE,
                value=value, by_id=person.id, recorded_at=clock.now(),
            )
        )  # fmt: skip
    if is_finished:
        db.session.add(FinishedSeat(round_id=a_round.id, seat=seat, by_id=person.id, finished_at=clock.now()))
    db.session.commit()


def test_an_expert_who_still_rates_is_not_in_the_table(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": 4})
    sit(open_round, Seat.EXPERT, place.expert)
    place.be(place.member)
    assert [row["rater"] for row in table(site, open_round, "wide")] == ["team"]
    db.session.add(
        FinishedSeat(round_id=open_round.id, seat=Seat.EXPERT, by_id=place.expert.id, finished_at=clock.now())
    )
    db.session.commit()
    assert [row["rater"] for row in table(site, open_round, "wide")] == ["team"], "the team still rates"
    rate_all(open_round, place.member)
    assert [row["rater"] for row in table(site, open_round, "wide")] == ["team", "expert"]
    bundle = json.loads(site.client.get(url(open_round, "/responses.json")).data)
    assert [each["resource"]["author"]["display"] for each in bundle["entry"]] == ["team", "expert"]


def test_fetching_costs_the_same_for_few_and_many_answers(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": 4})
    place.be(place.member)
    counts = []
    for _time in range(2):
        site.client.get(url(open_round, "/responses.csv"))
        with counted_statements() as statements:
            site.client.get(url(open_round, "/responses.csv"))
        counts.append(len(statements))
        rate(open_round, place.member, {item.key: 2 for item in instrument().items})
    assert counts[0] == counts[1] <= 12, "with those that write down who fetched them"


# ---------------------------------------------------------------- taking ratings in


def test_a_filled_in_table_is_looked_at_and_then_taken_whole(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": said(4, "Old evidence"), "first-contact": 2})
    place.be(place.second)
    before = n_events()
    text = filled(site, open_round, same_day_start="5", universal_screening="not-applicable")
    page = look(site, open_round, text)
    assert "Take 2 ratings?" in page
    assert "One rating is there already." in page
    assert n_events() == before
    assert take(site, open_round, page).status_code == 303
    stands = list_said(open_round.id)
    assert (stands["same-day-start"].value, stands["same-day-start"].evidence) == (5, "Old evidence")
    assert stands["universal-screening"].state is AnswerState.NOT_APPLICABLE
    assert stands["first-contact"].value == 2
    assert n_events() == before + 2
    assert take(site, open_round, page).status_code == 303
    assert n_events() == before + 2, "sent twice, taken once"
    assert "nothing new" in look(site, open_round, text)


def test_a_response_comes_back_into_another_round_as_it_was(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": said(4, "Seen"), "first-contact": AnswerState.DONT_KNOW})
    place.be(place.member)
    data = site.client.get(url(open_round, "/responses.json")).data
    before = list_said(open_round.id)
    close(open_round, place.lead)
    second = make_round(place.organization, place.member, by=place.lead)
    page = look(site, second, data, name="response.json")
    assert take(site, second, page).status_code == 303
    assert list_said(second.id) == before


def test_one_bad_answer_and_nothing_is_taken(site, place, open_round):
    place.be(place.member)
    cells = {"same_day_start": "6", "first_contact": "3", "universal_screening": FORMULA}
    page = look(site, open_round, filled(site, open_round, **cells), status=422)
    assert "2 answers need another look" in page
    assert "same-day-start" in page
    assert "“6” is no answer." in page
    assert "Nothing was taken" in page
    assert n_events() == 0


def test_somebody_rates_while_the_file_is_looked_at(site, place, open_round):
    place.be(place.member)
    page = look(site, open_round, filled(site, open_round, same_day_start="5"))
    rate(open_round, place.second, {"same-day-start": 1})
    answer = take(site, open_round, page)
    assert answer.status_code == 409
    assert "Somebody rated while you looked" in answer.text
    assert list_said(open_round.id)["same-day-start"].value == 1
    assert take(site, open_round, answer.text).status_code == 303
    assert list_said(open_round.id)["same-day-start"].value == 5


def test_a_closed_round_takes_nothing(site, place, open_round):
    rate(open_round, place.member, {"same-day-start": 4})
    place.be(place.member)
    page = look(site, open_round, filled(site, open_round, same_day_start="5"))
    close(open_round, place.lead)
    assert take(site, open_round, page).status_code == 409
    assert "This round is closed" in site.get(url(open_round, "/import")).text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "There is nothing in this file"),
        (b"rater,same-day-start\n", "There is nothing in this file"),
        (b"rater,colour\nteam,red\n", "No column is named for an item"),
        (b"same-day-start\n3\n4\n", "2 rows"),
        (b"same-day-start,same-day-start\n3,4\n", "same name"),
        (b'same-day-start\n"3', "quotation mark"),
        (b"a\0b", "no text that can be read"),
        (b"x" * (400 * 1024 + 1), "too large"),
        (b"PK\x03\x04 no workbook", "could not be read"),
        (b'{"resourceType": "Questionnaire"}', "“Questionnaire”"),
        (
            b'{"resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": "http://x|1"}',
            "http://x",
        ),
        (b'{"resourceType": "QuestionnaireResponse", "status": "done"}', "status: done"),
        (b'{"resourceType": "QuestionnaireResponse", "status": "completed"}', "There is nothing in this file"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "nested too deeply"),
    ],
)
def test_a_hostile_file_is_refused_in_words(site, place, open_round, data, sentence):
    place.be(place.member)
    assert sentence in unescape(look(site, open_round, data, status=422))
    assert n_events() == 0


def test_without_a_file_the_page_says_so(site, place, open_round):
    place.be(place.member)
    page = site.post(url(open_round, "/import"), {"text": ""}, status=422).text
    assert "Choose a file." in page


def test_a_workbook_that_was_fetched_and_filled_in_is_taken(site, place, open_round):
    place.be(place.member)
    book = load_workbook(io.BytesIO(site.client.get(url(open_round, "/responses.xlsx")).data))
    sheet = book["wide"]
    place_of = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(2, place_of["same-day-start"], 4)
    out = io.BytesIO()
    book.save(out)
    page = look(site, open_round, out.getvalue(), name="filled.xlsx")
    assert re.search(r"Take one rating", page)
    assert take(site, open_round, page).status_code == 303
    assert list_said(open_round.id)["same-day-start"].value == 4


def test_leaders_do_not_read_each_other_before_both_have_finished(site, place):
    version = get_newest("leadership-continuity")
    plan = Plan(frozenset({place.lead.id}), clock.today() + timedelta(days=14))
    record = start_round(place.organization.id, version, plan, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    sit(record, Seat.LEAD, place.lead, is_finished=True)
    sit(record, Seat.CO_CHAIR, place.second)
    place.be(place.lead)
    assert table(site, record, "wide") == []
    db.session.add(FinishedSeat(round_id=record.id, seat=Seat.CO_CHAIR, by_id=place.second.id, finished_at=clock.now()))
    db.session.commit()
    assert [row["rater"] for row in table(site, record, "wide")] == ["lead", "co-chair"]
