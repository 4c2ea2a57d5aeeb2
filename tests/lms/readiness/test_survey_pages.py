"""The pages of somebody who answers a survey: found by the link alone, kept as they go, kind when it is over."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from lms import clock
from lms.db import db
from lms.limits import LimitCount
from lms.organizations.models import OrganizationState
from lms.readiness import survey_links
from lms.readiness.models import (
    ActionKind,
    ActionState,
    Draft,
    Invite,
    RecommendedAction,
    Round,
    RoundState,
    Survey,
    SurveyComment,
    SurveyResponse,
    Via,
)
from lms.readiness.survey_answers import from_document
from lms.web import static_files
from tests.factories import surveys
from tests.lms.readiness.conftest import Place
from tests.pages import Site as PageReader
from tests.pages import check_page
from tests.statements import counted_statements


@pytest.fixture
def survey(place: Place) -> Round:
    return surveys.make_survey(place.organization, by=place.lead, groups=surveys.ROLES)


@pytest.fixture
def plain(place: Place) -> Round:
    return surveys.make_survey(place.organization, by=place.lead)


@pytest.fixture
def token(survey: Round) -> str:
    return surveys.token_of(surveys.make_invite(survey))


@pytest.fixture
def plain_token(plain: Round) -> str:
    return surveys.token_of(surveys.make_invite(plain))


def kept(token: str) -> dict[str, str]:
    draft = db.session.get(Draft, survey_links.draft_key(surveys.survey_key(), token), populate_existing=True)
    return dict(from_document(draft.answers if draft else None).items)


def responses(a_round: Round) -> list[SurveyResponse]:
    return db.session.query(SurveyResponse).filter_by(round_id=a_round.id).populate_existing().all()


def close(a_round: Round) -> None:
    a_round.state, a_round.closed_at = RoundState.CLOSED, clock.now()
    db.session.commit()


def test_promise_comes_before_anything_is_asked(site: PageReader, token: str):
    page = site.get(f"/survey/{token}").text
    for line in (
        "Leads, coordinators, TA experts and administrators all see the same report.",
        "Groups under 5 are never shown.",
        "Nobody can look up your answers, us included.",
        "Comments appear without your role",
        "20 short statements. About 6 minutes.",
        surveys.CHANGE,
    ):
        assert line in page
    assert "<input" not in page


def test_pages_carry_no_cookie_and_tell_nobody_where_one_came_from(client: FlaskClient, token: str):
    for path in (f"/survey/{token}", f"/survey/{token}/group", f"/survey/{token}/1", f"/survey/{token}/review"):
        response = client.get(path)
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "Set-Cookie" not in response.headers
        assert "csrf_token" not in response.text


def test_whoever_is_signed_in_leaves_no_trace(place: Place, token: str):
    place.be(place.staff)
    with counted_statements() as statements:
        page = place.client.get(f"/survey/{token}").text
    assert len(statements) <= 3
    assert not any("sign_in_session" in each for each in statements)
    assert "menu-name" not in page
    assert 'data-person=""' in page


def test_walk_from_the_promise_to_the_thanks(site: PageReader, survey: Round, token: str):
    site.get(f"/survey/{token}/group")
    assert site.client.post(f"/survey/{token}/group", data={"group": "peer"}).location == f"/survey/{token}/1"
    for number in range(1, 5):
        page = site.get(f"/survey/{token}/{number}").text
        assert page.count("<fieldset") == 5
        assert page.count("<legend") == 5
        assert page.count('type="radio"') == 35
        names = dict.fromkeys(re.findall(r'name="(answer-[\w-]+)"', page))
        answer = site.client.post(f"/survey/{token}/{number}", data=dict.fromkeys(names, "4"))
        assert answer.location == f"/survey/{token}/{number + 1}" if number < 4 else f"/survey/{token}/review"
    assert "You have answered everything" in site.get(f"/survey/{token}/review").text
    assert site.client.post(f"/survey/{token}/review", data={"go": "send"}).location == f"/survey/{token}/thanks"
    assert "Thank you. Your answers are in." in site.get(f"/survey/{token}/thanks").text
    (response,) = responses(survey)
    assert response.group_key == "peer"
    assert response.answers == surveys.all_answers(survey, 4)
    assert list(response.answers) == [item.key for item in surveys.survey_instrument().items]


def test_pages_cost_few_statements(client: FlaskClient, token: str):
    client.post(f"/survey/{token}/group", data={"group": "peer"})
    for path in ("1", "review", "group"):
        with counted_statements() as statements:
            client.get(f"/survey/{token}/{path}")
        assert len(statements) <= 4, statements
    with counted_statements() as statements:
        client.post(f"/survey/{token}/1", data={"answer-effort": "4"})
    assert len(statements) <= 6, statements


def test_link_goes_on_at_the_first_statement_without_an_answer(site: PageReader, plain_token: str):
    items = surveys.survey_instrument().items
    site.client.post(f"/survey/{plain_token}/1", data={f"answer-{item.key}": "3" for item in items[:3]})
    assert site.client.get(f"/survey/{plain_token}").location == f"/survey/{plain_token}/1#item-{items[3].key}"
    assert "Go on where you stopped" in site.get(f"/survey/{plain_token}?promise=1").text
    site.client.post(f"/survey/{plain_token}/1", data={f"answer-{item.key}": "3" for item in items[3:5]})
    assert site.client.get(f"/survey/{plain_token}").location == f"/survey/{plain_token}/2"


def test_answering_what_was_left_out_leads_back_to_the_end(site: PageReader, plain: Round, plain_token: str):
    item = surveys.survey_instrument().items[5]
    answered = site.client.post(f"/survey/{plain_token}/2?left=1", data={f"answer-{item.key}": "5"})
    assert answered.location == f"/survey/{plain_token}/review"


def test_skipped_statements_are_shown_and_not_forced(site: PageReader, plain: Round, plain_token: str):
    items = surveys.survey_instrument().items
    site.client.post(f"/survey/{plain_token}/1", data={f"answer-{items[0].key}": "5"})
    page = site.get(f"/survey/{plain_token}/review").text
    assert "You left out 19 statements. That is fine." in page
    assert f"/survey/{plain_token}/4?left=1#item-{items[-1].key}" in page
    site.client.post(f"/survey/{plain_token}/review", data={"go": "send"})
    (response,) = responses(plain)
    assert list(response.answers.values()) == [5, *["skipped"] * 19]
    assert response.group_key is None


def test_nothing_can_be_sent_before_one_answer(site: PageReader, plain: Round, plain_token: str):
    page = site.client.post(f"/survey/{plain_token}/review", data={"go": "send"})
    check_page(page)
    assert page.status_code == 422
    assert "You have not answered anything yet" in page.text
    assert responses(plain) == []


def test_states_beside_the_scale_are_kept_as_words(client: FlaskClient, plain: Round, plain_token: str):
    first, second, *_ = surveys.survey_instrument().items
    words = {f"answer-{first.key}": "not-applicable", f"answer-{second.key}": "dont-know"}
    client.post(f"/survey/{plain_token}/1", data=words)
    client.post(f"/survey/{plain_token}/review", data={"go": "send"})
    (response,) = responses(plain)
    assert (response.answers[first.key], response.answers[second.key]) == ("not-applicable", "dont-know")


def test_group_may_be_kept_to_oneself(client: FlaskClient, survey: Round, token: str):
    surveys.answer_by_link(client, token, group="-")
    assert responses(survey)[0].group_key is None


def test_group_must_be_one_of_the_survey(client: FlaskClient, token: str):
    for data in ({}, {"group": "chief"}):
        page = client.post(f"/survey/{token}/group", data=data)
        check_page(page)
        assert page.status_code == 422
        assert "Choose one, or the last line." in page.text


def test_back_keeps_what_was_tapped(client: FlaskClient, token: str):
    first, *_ = surveys.survey_instrument().items
    back = client.post(f"/survey/{token}/1", data={f"answer-{first.key}": "2", "go": "back"})
    assert back.location == f"/survey/{token}/group"
    assert kept(token) == {first.key: "2"}
    assert client.post(f"/survey/{token}/3", data={"go": "back"}).location == f"/survey/{token}/2"
    assert client.post(f"/survey/{token}/group", data={"go": "back"}).location == f"/survey/{token}?promise=1"


def test_comment_is_shown_masked_before_it_goes(site: PageReader, plain: Round, plain_token: str):
    first, *_ = surveys.survey_instrument().items
    site.client.post(f"/survey/{plain_token}/1", data={f"answer-{first.key}": "2"})
    text = "Ask Denise Whitlock at 555-010-7788. More time, please."
    again = site.client.post(f"/survey/{plain_token}/review", data={"comment": text, "go": "send"})
    assert again.location == f"/survey/{plain_token}/review#comment"
    assert responses(plain) == []
    page = site.get(f"/survey/{plain_token}/review").text
    assert "Ask [name] at [number]. More time, please.</blockquote>" in page
    assert f">{text}</textarea>" in page
    site.client.post(f"/survey/{plain_token}/review", data={"comment": text, "go": "send"})
    assert db.session.query(SurveyComment).one().text == "Ask [name] at [number]. More time, please."


def test_names_of_those_who_work_there_are_masked(place: Place, plain_token: str):
    client = place.client
    place.member.name = "Xochitl Prideaux"
    db.session.commit()
    client.post(f"/survey/{plain_token}/review", data={"comment": "xochitl and prideaux decide alone", "go": "preview"})
    assert "[name] and [name] decide alone" in client.get(f"/survey/{plain_token}/review").text


def test_emptied_comment_is_not_sent(client: FlaskClient, plain: Round, plain_token: str):
    client.post(f"/survey/{plain_token}/1", data={f"answer-{surveys.survey_instrument().items[0].key}": "2"})
    client.post(f"/survey/{plain_token}/review", data={"comment": "Hm.", "go": "preview"})
    client.post(f"/survey/{plain_token}/review", data={"comment": "", "go": "send"})
    assert len(responses(plain)) == 1
    assert db.session.query(SurveyComment).count() == 0


def test_comment_that_is_too_long_comes_back(client: FlaskClient, plain_token: str):
    page = client.post(f"/survey/{plain_token}/review", data={"comment": "a" * 1001, "go": "send"})
    check_page(page)
    assert page.status_code == 422
    assert "Use 1000 characters or fewer" in page.text
    assert "a" * 1001 in page.text


def test_nobody_is_asked_to_see_a_comment_who_wrote_none(site: PageReader, plain_token: str):
    assert "<blockquote" not in site.get(f"/survey/{plain_token}/review").text


def test_used_link_thanks_on_every_page(client: FlaskClient, survey: Round, token: str):
    surveys.answer_by_link(client, token, group="peer")
    for path in ("", "/group", "/1", "/review"):
        assert client.get(f"/survey/{token}{path}").location == f"/survey/{token}/thanks"
    again = client.post(f"/survey/{token}/review", data={"go": "send"})
    assert again.location == f"/survey/{token}/thanks"
    assert client.post(f"/survey/{token}/1", data={"answer-effort": "1"}).location == f"/survey/{token}/thanks"
    assert client.post(f"/survey/{token}/save", json={"answers": {"effort": "1"}}).status_code == 409
    assert len(responses(survey)) == 1


def test_thanks_need_an_answer_first(client: FlaskClient, token: str):
    assert client.get(f"/survey/{token}/thanks").location == f"/survey/{token}"


def test_thanks_tell_when_results_come_and_what_came_of_the_last_round(
    place: Place, site: PageReader, plain: Round, plain_token: str
):
    before = Round(
        organization_id=place.organization.id,
        instrument_slug=plain.instrument_slug,
        version_id=plain.version_id,
        state=RoundState.CLOSED,
        opened_at=clock.now() - timedelta(days=200),
        closed_at=clock.now() - timedelta(days=180),
        closes_on=clock.today() - timedelta(days=180),
    )
    db.session.add(before)
    db.session.flush()
    states = {"More time": ActionState.DONE, "Fewer forms": ActionState.ACCEPTED, "Nothing": ActionState.DECLINED}
    for number, (title, state) in enumerate(states.items(), start=1):
        db.session.add(
            RecommendedAction(
                round_id=before.id,
                number=number,
                area_key="change-commitment",
                kind=ActionKind.CONVERSATION,
                title_en=title,
                title_es=title,
                triggers=[],
                state=state,
                owner_id=place.lead.id,
                due_on=clock.today(),
                reason="no",
            )
        )
    db.session.commit()
    surveys.answer_by_link(site.client, plain_token)
    page = site.get(f"/survey/{plain_token}/thanks").text
    assert str(db.session.get_one(Survey, plain.id).results_on.day) in page
    assert "More time" in page
    assert "Fewer forms" in page
    assert "Nothing</span>" not in page


def test_taps_are_kept_and_answer_with_what_stands(client: FlaskClient, plain_token: str):
    first, second, *_ = surveys.survey_instrument().items
    one = client.post(f"/survey/{plain_token}/save", json={"answers": {first.key: "2"}, "row_version": 0})
    assert one.json == {"row_version": 1, "answers": {first.key: "2"}}
    two = client.post(f"/survey/{plain_token}/save", json={"answers": {second.key: "dont-know"}, "row_version": 0})
    assert two.json == {"row_version": 2, "answers": {first.key: "2", second.key: "dont-know"}}
    again = client.post(f"/survey/{plain_token}/save", json={"answers": {second.key: "dont-know"}, "row_version": 1})
    assert again.json["row_version"] == 2


@pytest.mark.parametrize(
    "sent",
    [
        {},
        [],
        {"answers": {}},
        {"answers": {"effort": 4}},
        {"answers": {"effort": "6"}},
        {"answers": {"effort": "skipped"}},
        {"answers": {"no-such-item": "4"}},
        {"answers": {"effort": "4"}, "group": "peer"},
        {"answers": {"effort": "4"}, "row_version": "x"},
        {"answers": {f"item-{n}": "4" for n in range(51)}},
        {"answers": "effort"},
    ],
)
def test_broken_taps_are_refused(client: FlaskClient, plain_token: str, sent: object):
    response = client.post(f"/survey/{plain_token}/save", json=sent, headers={"Accept": "application/json"})
    assert response.status_code == 422
    assert kept(plain_token) == {}


def test_two_devices_on_one_link_lose_nothing(client: FlaskClient, plain_token: str):
    first, second, third, *_ = surveys.survey_instrument().items
    # Both open the empty page. The second one answers more, and changes what the first one said.
    client.post(f"/survey/{plain_token}/1", data={f"answer-{first.key}": "2", f"seen-{first.key}": ""})
    client.post(f"/survey/{plain_token}/1", data={f"answer-{second.key}": "4", f"seen-{second.key}": ""})
    client.post(f"/survey/{plain_token}/save", json={"answers": {first.key: "5"}})
    # The first device still shows 2 and 4 as it saw them, and taps only the third.
    stale = {f"answer-{first.key}": "2", f"seen-{first.key}": "2", f"answer-{third.key}": "1", f"seen-{third.key}": ""}
    client.post(f"/survey/{plain_token}/1", data=stale)
    assert kept(plain_token) == {first.key: "5", second.key: "4", third.key: "1"}
    page = client.get(f"/survey/{plain_token}/1").text
    assert re.search(rf'id="{first.key}-5" value="5" checked', page)


def test_answers_after_the_close_are_given_back(site: PageReader, plain: Round, plain_token: str):
    first, *_ = surveys.survey_instrument().items
    close(plain)
    assert "This survey is closed" in site.get(f"/survey/{plain_token}").text
    late = site.client.post(f"/survey/{plain_token}/1", data={f"answer-{first.key}": "2"})
    check_page(late)
    assert late.status_code == 409
    assert "This was not taken any more" in late.text
    assert first.text["en"] in late.text
    assert "Disagree" in late.text
    comment = site.client.post(f"/survey/{plain_token}/review", data={"comment": "Too late?", "go": "send"})
    assert comment.status_code == 409
    assert "Too late?" in comment.text
    assert site.client.post(f"/survey/{plain_token}/save", json={"answers": {first.key: "2"}}).status_code == 409
    assert db.session.query(Draft).count() == 0


def test_reopened_survey_takes_answers_again(client: FlaskClient, plain: Round, plain_token: str):
    close(plain)
    db.session.get_one(Survey, plain.id).reopened_until = clock.today() + timedelta(days=3)
    db.session.commit()
    surveys.answer_by_link(client, plain_token)
    assert responses(plain)[0].snapshot_number is None


def test_link_before_the_opening_and_of_a_closed_organization(
    place: Place, site: PageReader, plain: Round, plain_token: str
):
    plain.opened_at = clock.now() + timedelta(days=1)
    db.session.commit()
    assert "This survey is not open yet" in site.get(f"/survey/{plain_token}").text
    plain.opened_at = clock.now()
    place.organization.state = OrganizationState.CLOSED
    db.session.commit()
    assert "no longer takes part here" in site.get(f"/survey/{plain_token}").text
    assert site.client.post(f"/survey/{plain_token}/review", data={"go": "send"}).status_code == 409


@pytest.mark.parametrize("path", ["", "/group", "/1", "/review", "/thanks"])
def test_made_up_links_look_alike(site: PageReader, plain_token: str, path: str):
    invite_id = survey_links.read_token(surveys.survey_key(), plain_token)
    assert invite_id is not None
    foreign = survey_links.token_of("another key", invite_id)
    pages = {site.get(f"/survey/{each}{path}", status=404).text for each in ("x", foreign, plain_token[:-1], "0" * 43)}
    assert len(pages) == 1
    assert "This link opens no survey" in pages.pop()


def test_second_spelling_of_a_link_opens_nothing(site: PageReader, plain_token: str):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = letters.index(plain_token[-1])
    twin = plain_token[:-1] + letters[last ^ 1]  # the last two bits mean nothing in base64
    site.get(f"/survey/{twin}", status=404)


def test_guessing_is_stopped_and_a_genuine_link_goes_on(client: FlaskClient, plain_token: str):
    for number in range(30):
        assert client.get(f"/survey/guess-{number}").status_code == 404
    assert client.get("/survey/guess-30").status_code == 429
    assert client.get("/survey/poster/1-guess").status_code == 429
    assert client.get(f"/survey/{plain_token}").status_code == 200
    assert db.session.query(LimitCount).count() == 1


def test_language_is_kept_with_the_link(site: PageReader, plain: Round, plain_token: str):
    page = site.get(f"/survey/{plain_token}?lang=es").text
    assert 'lang="es"' in page
    assert f"/survey/{plain_token}/1?lang=es" in page
    first, *_ = surveys.survey_instrument().items
    site.client.post(f"/survey/{plain_token}/1?lang=es", data={f"answer-{first.key}": "2"})
    page = site.get(f"/survey/{plain_token}/1").text
    assert first.text["es"] in page
    assert "Totalmente de acuerdo" in page
    assert 'lang="es"' in site.get(f"/survey/{plain_token}/review").text
    assert first.text["en"] in site.get(f"/survey/{plain_token}/1?lang=en").text
    site.client.post(f"/survey/{plain_token}/review", data={"go": "send"})
    assert "es" not in responses(plain)[0].answers


def test_survey_speaks_only_the_languages_it_was_opened_in(place: Place, site: PageReader):
    only = surveys.make_survey(place.organization, languages=("es",))
    page = site.get(f"/survey/{surveys.token_of(surveys.make_invite(only))}?lang=en").text
    assert '<html lang="es"' in page


def test_poster_gives_each_device_one_link(site: PageReader, plain: Round):
    poster = surveys.poster_token_of(plain)
    page = site.get(f"/survey/poster/{poster}").text
    assert "Nobody can look up your answers, us included." in page
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    assert nonce is not None
    one, two = (site.client.post(f"/survey/poster/{poster}", data={"nonce": nonce[1]}) for _ in range(2))
    assert one.location == two.location
    invite = db.session.query(Invite).filter_by(round_id=plain.id).one()
    assert invite.via is Via.POSTER
    assert invite.email is None
    assert db.session.get_one(Survey, plain.id, populate_existing=True).n_by_poster == 1
    own = site.get(one.location).text
    assert "This link is yours now" in own
    assert f"http://localhost{one.location}" in own
    surveys.answer_by_link(site.client, one.location.removeprefix("/survey/"))
    assert len(responses(plain)) == 1


def test_poster_never_makes_more_links_than_people(site: PageReader, place: Place):
    small = surveys.make_survey(place.organization, headcount=3)
    poster = surveys.poster_token_of(small)
    statuses = [site.client.post(f"/survey/poster/{poster}", data={}).status_code for _ in range(5)]
    assert statuses == [303, 303, 303, 409, 409]
    assert db.session.query(Invite).count() == 3
    check_page(site.client.post(f"/survey/poster/{poster}", data={}))


def test_new_poster_voids_the_old_one_but_no_link(site: PageReader, plain: Round):
    old = surveys.poster_token_of(plain)
    begun = site.client.post(f"/survey/poster/{old}").location
    db.session.get_one(Survey, plain.id).poster_salt = survey_links.new_salt()
    db.session.commit()
    site.get(f"/survey/poster/{old}", status=404)
    assert site.client.post(f"/survey/poster/{old}").status_code == 404
    site.get(f"/survey/poster/{surveys.poster_token_of(plain)}")
    surveys.answer_by_link(site.client, begun.removeprefix("/survey/"))


def test_poster_of_a_closed_survey_says_so(site: PageReader, plain: Round):
    close(plain)
    poster = surveys.poster_token_of(plain)
    assert "This survey is closed" in site.get(f"/survey/poster/{poster}").text
    assert site.client.post(f"/survey/poster/{poster}").status_code == 409


@pytest.mark.parametrize("token", ["x", "1", "1-", "0-abc", "99999999999-abc", "1-é"])
def test_made_up_posters_open_nothing(site: PageReader, plain: Round, token: str):
    site.get(f"/survey/poster/{token}", status=404)


def test_error_pages_do_not_carry_the_link(client: FlaskClient, plain_token: str):
    page = client.post(f"/survey/{plain_token}/1", data={"answer-effort": "6"})
    assert page.status_code == 422
    assert plain_token not in page.text


@pytest.mark.parametrize(("encoding", "ending"), [("br", ".br"), ("gzip", ".gz")])
def test_cold_page_stays_small(client: FlaskClient, plain_token: str, encoding: str, ending: str):
    """Everything a phone fetches for the first page it sees, but the font: at most 60 KB, and 700 elements."""
    for path in ("", "/1", "/4", "/review"):
        page = client.get(f"/survey/{plain_token}{path}").text
        packed = client.get(f"/survey/{plain_token}{path}", headers={"Accept-Encoding": encoding})
        assert len(re.findall(r"<[a-z]", page)) <= 700
        names = set(re.findall(r'(?:href|src)="/static/([^"#]+)', page))
        files = [static_files.TARGET / f"{name}{ending}" for name in names if not name.endswith(".woff2")]
        assert {name.rpartition(".")[2] for name in names} == {"css", "js", "svg", "woff2"}
        assert len(packed.data) + sum(file.stat().st_size for file in files) <= 60_000
