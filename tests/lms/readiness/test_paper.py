"""A survey on paper: printed, typed in twice, and counted once."""

import pytest
from sqlalchemy import select

from lms.db import db
from lms.readiness.models import Entry, PaperSheet, SurveyComment, SurveyResponse
from tests.factories.surveys import ROLES, all_answers, make_survey


@pytest.fixture
def survey(place):
    place.be(place.lead)
    return make_survey(place.organization, by=place.lead, headcount=12, groups=ROLES)


def url(survey, rest: str = "") -> str:
    return f"/readiness/surveys/{survey.id}{rest}"


def sheet(survey, answer: object = 4, group: str = "nurse", **others: object) -> dict[str, object]:
    typed = all_answers(survey, str(answer), **{name: str(value) for name, value in others.items()})
    return {"group": group, "comment": ""} | {f"answer-{key}": value for key, value in typed.items()}


def first(site, survey, **others: object) -> str:
    site.post(url(survey, "/paper/enter"), sheet(survey, **others), status=303)
    return db.session.scalars(select(PaperSheet.code)).one()


def key_of(survey, number: int = 0) -> str:
    return list(all_answers(survey))[number]


def responses() -> list[SurveyResponse]:
    return list(db.session.scalars(select(SurveyResponse)))


@pytest.mark.parametrize(("language", "words"), [("en", "Please do not write your name"), ("es", "Does not apply")])
def test_the_survey_is_printed_whole(site, place, survey, language, words):
    page = site.get(url(survey, f"/paper?in={language}")).text
    assert page.count("paper-item") >= 20
    if language == "en":
        assert words in page
    assert "Sheet code" in page or language == "es"
    site.get(url(survey, "/paper?in=tlh"))


def test_a_sheet_counts_when_it_is_typed_twice(site, place, survey):
    code = first(site, survey)
    assert responses() == []
    assert f"Type in sheet {code} again" in site.get(url(survey)).text
    again = url(survey, f"/paper/{code}")
    assert "checked" not in site.get(again).text  # the second typing does not see the first
    site.post(again, sheet(survey) | {"comment": "Ask Karen at 555-010-7788."}, status=303)
    (held,) = responses()
    assert (held.entry, held.group_key) == (Entry.PAPER, "nurse")
    assert set(held.answers.values()) == {4}
    assert db.session.scalars(select(SurveyComment.text)).one() == "Ask [name] at [number]."
    assert db.session.scalars(select(PaperSheet)).all() == []
    site.get(again, status=404)


def test_the_same_second_typing_sent_twice_counts_once(site, place, survey):
    again = url(survey, f"/paper/{first(site, survey)}")
    data = {**site.hidden_fields(again), **sheet(survey)}
    answers = [place.client.post(again, data=data) for _ in range(2)]
    assert answers[0].status_code == 303
    assert len(responses()) == 1


def test_differences_are_named_line_by_line_and_nothing_is_lost(site, place, survey):
    code, one, two = first(site, survey), key_of(survey, 0), key_of(survey, 7)
    again = url(survey, f"/paper/{code}")
    typed = sheet(survey, group="peer") | {f"answer-{one}": "2", f"answer-{two}": "", "comment": "Hello"}
    page = site.post(again, typed, status=422).text
    assert "3 lines were typed differently" in page
    assert f'href="#item-{one}"' in page
    assert f'href="#item-{two}"' in page
    assert "Hello" in page
    assert responses() == []
    assert len(db.session.scalars(select(PaperSheet)).all()) == 1
    looked_up = {"looked_up": ["group", one, two]}
    site.post(again, typed | {f"answer-{one}": "3"} | looked_up, status=303)
    (held,) = responses()
    assert (held.answers[one], held.answers[two], held.group_key) == (3, "skipped", "peer")


def test_a_new_slip_in_the_second_look_is_named_too(site, place, survey):
    code, one, two = first(site, survey), key_of(survey, 0), key_of(survey, 1)
    again = url(survey, f"/paper/{code}")
    typed = sheet(survey) | {f"answer-{one}": "2", f"answer-{two}": "1", "looked_up": [one]}
    page = site.post(again, typed, status=422).text
    assert "One line was typed differently" in page
    assert f'name="looked_up" value="{one}"' in page
    assert f'name="looked_up" value="{two}"' in page


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"answer": ""}, "Nothing is chosen yet"),
        ({"answer": "9"}, "Choose one of the answers"),
        ({"group": "stars"}, "Choose one, or the last line"),
    ],
)
def test_what_is_no_answer_is_named(site, place, survey, others, sentence):
    page = site.post(url(survey, "/paper/enter"), sheet(survey, **others), status=422).text
    assert sentence in page
    assert db.session.scalars(select(PaperSheet)).all() == []


def test_who_would_rather_not_say_a_group_counts(site, place, survey):
    code = first(site, survey, group="none")
    site.post(url(survey, f"/paper/{code}"), sheet(survey, group="none"), status=303)
    assert responses()[0].group_key is None


def test_a_comment_that_is_too_long_is_kept_on_the_page(site, place, survey):
    code = first(site, survey)
    page = site.post(url(survey, f"/paper/{code}"), sheet(survey) | {"comment": "a" * 1001}, status=422).text
    assert "1000 characters" in page
    assert "a" * 1001 in page


def test_paper_ends_with_the_survey(site, place, survey):
    code = first(site, survey)
    hidden = site.hidden_fields(url(survey, "/paper/enter"))
    site.post(url(survey, "/close"), status=303, page=url(survey))
    assert site.get(url(survey, "/paper/enter"), status=303).location == url(survey)
    site.get(url(survey, f"/paper/{code}"), status=404)
    assert place.client.post(url(survey, "/paper/enter"), data={**hidden, **sheet(survey)}).status_code == 409
    assert responses() == []


def test_only_who_runs_the_survey_types(site, place, survey):
    code = first(site, survey)
    for person, status in ((place.expert, 403), (place.staff, 404), (place.outsider, 404)):
        place.be(person)
        for path in ("/paper", "/paper/enter", f"/paper/{code}"):
            site.get(url(survey, path), status=status)
