from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.assistance.models import CycleComment, Review, ReviewState, RubricCriterion
from lms.db import db
from lms.improvement.models import Cycle, CycleRevision
from lms.improvement.rules import CycleState
from tests.factories.assistance import make_comment, make_cycle, make_review, make_team
from tests.statements import counted_statements

HOSTILE = ["<script>alert(1)</script>", "=cmd()|'/C calc'!A0", "😀 \u202eevil\u202c", "a\0b", "O'Brien \" -- ;"]
SCORES = {criterion.value.replace("-", "_"): "2" for criterion in RubricCriterion}


def only(model):
    return db.session.scalars(select(model).execution_options(populate_existing=True)).one()


def n_of(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def cycle(house):
    """A finished cycle of Harbor House that waits for an expert."""
    made = make_cycle(make_team(house.harbor, house.member, house.lead))
    make_review(made, house.harbor)
    return made


@pytest.fixture
def as_expert(house, as_person):
    as_person(house.expert)


def page_of(cycle):
    return f"/assistance/cycles/{cycle.id}/review"


def decide(site, cycle, verdict="accept", **fields):
    fields = {"verdict": verdict, "summary": "Good work", **SCORES} | fields
    fields = {"review": str(n_of(Review)), "seen_version": str(cycle.row_version)} | fields
    return site.post(page_of(cycle), fields)


def test_an_expert_reads_everything_on_one_page(site, house, cycle, as_person):
    make_comment(cycle, house.harbor, house.member, field="learned", text="Is this enough?")
    as_person(house.expert)
    html = site.get(page_of(cycle)).text
    for words in ("Two nurses", "Calls before noon work best", "Is this enough?", "Waits since today", "Your review"):
        assert words in html
    assert html.count('name="text"') >= 10  # a box at each field


def test_an_expert_accepts_a_cycle(site, house, cycle, as_person):
    as_person(house.expert)
    response = decide(site, cycle)
    assert (response.status_code, response.location) == (303, "/assistance")
    assert only(Cycle).state is CycleState.REVIEWED
    html = site.get(page_of(cycle)).text
    assert "does not wait for a review" in html
    assert "Send the review" not in html


def test_a_team_sees_why_it_came_back_answers_and_sends_it_again(site, house, cycle, as_person):
    as_person(house.expert)
    ask = {"field": "learned", "text": "How many came back?", "is_ask": "y", "owner": str(house.member.id)}
    comments = f"/improve/cycles/{cycle.id}/comments"
    back = f"{page_of(cycle)}#field-learned"
    assert site.post(comments, ask | {"next": back}, page=page_of(cycle), status=303).location == back
    assert decide(site, cycle, "return", summary="Say how many came back").status_code == 303

    as_person(house.member)
    html = site.get(f"/improve/cycles/{cycle.id}").text
    for words in (
        "Eve Expert returned this cycle",
        "Say how many came back",
        "How many came back?",
        "One question waits",
    ):
        assert words in html
    settle = f"{comments}/{only(CycleComment).id}/settle"
    site.post(settle, {"answer": "Three of five"}, page=f"/improve/cycles/{cycle.id}", status=303)
    assert "Three of five" in site.get(f"/improve/cycles/{cycle.id}").text
    site.post(f"/improve/cycles/{cycle.id}/resubmit", page=f"/improve/cycles/{cycle.id}", status=303)

    as_person(house.other)
    assert "Sent again" in site.get("/assistance").text
    html = site.get(page_of(cycle)).text
    assert "Say how many came back" in html
    assert decide(site, cycle).status_code == 303
    assert [each.state for each in db.session.scalars(select(Review).order_by(Review.id))] == [
        ReviewState.RETURNED,
        ReviewState.ACCEPTED,
    ]


def test_what_changed_since_one_last_wrote_is_shown(site, house, cycle, as_person):
    make_comment(cycle, house.harbor, house.expert, written_at=clock.now() - timedelta(days=3))
    db.session.add(
        CycleRevision(
            cycle_id=cycle.id,
            number=2,
            state_before=CycleState.ACTED,
            state_after=CycleState.ACTED,
            changes=[{"field": "learned", "before": "What we believed", "after": "Calls before noon work best"}],
            saved_by_id=house.member.id,
            saved_at=clock.now(),
        )
    )
    db.session.commit()
    as_person(house.expert)
    html = site.get(page_of(cycle)).text
    assert "New since you last wrote here" in html
    assert "What we believed" in html
    as_person(house.other)
    assert "ince you last wrote here" not in site.get(page_of(cycle)).text


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("staff", (403, 403)),
        ("member", (403, 303)),
        ("lead", (403, 303)),
        ("expert", (200, 303)),
        ("coordinator", (403, 303)),
        ("admin", (403, 303)),
        ("river_lead", (404, 404)),
        ("stranger", (404, 404)),
        ("far_expert", (404, 404)),
    ],
)
def test_who_may_review_and_who_may_comment(site, house, as_person, who, statuses):
    cycle = make_cycle(make_team(house.harbor, house.member, house.lead))
    make_review(cycle, house.harbor)
    as_person(getattr(house, who))
    site.get(page_of(cycle), status=statuses[0])
    site.post(f"/improve/cycles/{cycle.id}/comments", {"field": "", "text": "Words"}, status=statuses[1])


def test_an_expert_cannot_review_where_they_work_but_may_comment(site, house, as_person):
    own = make_cycle(make_team(house.river, house.river_lead))
    make_review(own, house.river)
    as_person(house.both)
    html = site.get(page_of(own)).text
    assert "You belong to this organization" in html
    assert "Send the review" not in html
    response = decide(site, own)
    assert response.status_code == 409
    assert "Another expert has to review" in response.text
    assert own.title not in site.get("/assistance").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"verdict": ""}, "Choose accept or return."),
        ({"verdict": "nonsense"}, "Not a valid choice"),
        ({"summary": ""}, "Write what the team should know."),
        ({"summary": "x" * 10_000}, "characters or fewer"),
        ({"clear_aim": ""}, "Choose one before you accept."),
        ({"clear_aim": "9"}, "Not a valid choice"),
    ],
)
def test_a_review_with_gaps_comes_back_with_what_was_chosen(site, as_expert, cycle, fields, sentence):
    response = decide(site, cycle, **({"summary": "Kept words"} | fields))
    assert response.status_code == 422
    assert sentence in response.text
    assert 'id="honest_study-2" value="2" checked' in response.text
    assert only(Review).decided_at is None


def test_a_colleague_who_was_quicker_is_named_and_nothing_typed_is_lost(site, house, cycle, as_person):
    as_person(house.other)
    decide(site, cycle)
    as_person(house.expert)
    response = decide(site, cycle, "return", summary="My long thoughts")
    assert response.status_code == 409
    assert "Ed Expert was quicker and has accepted this cycle" in response.text
    assert "My long thoughts" in response.text


def test_words_written_while_the_expert_was_reading_are_shown_first(site, house, cycle, as_person):
    as_person(house.expert)
    response = decide(site, cycle, seen_version="77", summary="My long thoughts")
    assert response.status_code == 409
    assert "changed this cycle while you were reading" in response.text
    assert "My long thoughts" in response.text
    assert f'name="seen_version" type="hidden" value="{cycle.row_version}"' in response.text
    assert only(Review).decided_at is None


@pytest.mark.parametrize("text", HOSTILE)
def test_comments_are_shown_as_text(site, house, cycle, as_person, text):
    as_person(house.member)
    site.post(f"/improve/cycles/{cycle.id}/comments", {"field": "learned", "text": text}, status=303)
    assert "<script>alert" not in site.get(f"/improve/cycles/{cycle.id}").text
    assert "\0" not in only(CycleComment).text


@pytest.mark.parametrize(
    "fields",
    [
        {"text": " "},
        {"text": "x" * 10_000},
        {"text": "Words", "field": "row_version"},
        {"text": "Words", "is_ask": "y", "owner": "999"},
        {"text": "Words", "is_ask": "y", "due_on": "2001-01-01"},
        {"text": "Words", "is_ask": "y", "due_on": "soon"},
    ],
)
def test_a_comment_with_gaps_is_kept_for_correction(site, house, cycle, as_person, fields):
    as_person(house.expert)
    response = site.post(f"/improve/cycles/{cycle.id}/comments", {"field": "learned"} | fields, status=422)
    assert "Your comment" in response.text
    assert n_of(CycleComment) == 0


def test_a_comment_does_not_lead_to_another_site(site, house, cycle, as_person):
    as_person(house.member)
    for target in ("https://evil.example", "//evil.example", "/\\evil"):
        fields = {"field": "", "text": "Words", "next": target}
        response = site.post(f"/improve/cycles/{cycle.id}/comments", fields, status=303)
        assert response.location == f"/improve/cycles/{cycle.id}"


def test_ones_own_comment_is_written_anew_and_anothers_is_not(site, house, cycle, as_person):
    mine = make_comment(cycle, house.harbor, house.member, text="Frist")
    as_person(house.member)
    anew = {"field": "", "text": "First", "replaces": str(mine.id)}
    comments = f"/improve/cycles/{cycle.id}/comments"
    site.post(comments, anew, status=303)
    site.post(comments, anew, status=409)
    as_person(house.lead)
    site.post(comments, anew, status=409)
    site.post(comments, anew | {"replaces": "999"}, status=404)
    html = site.get(f"/improve/cycles/{cycle.id}").text
    assert "First" in html
    assert "Written anew" in html


def test_a_comment_of_another_cycle_is_not_found(site, house, cycle, as_person):
    other = make_cycle(make_team(house.river, house.river_lead))
    foreign = make_comment(other, house.river, house.river_lead, is_ask=True)
    as_person(house.expert)
    site.post(f"/improve/cycles/{cycle.id}/comments/{foreign.id}/settle", status=404)
    as_person(house.member)
    site.post(f"/improve/cycles/{other.id}/comments/{foreign.id}/settle", status=404)


def test_a_long_conversation_costs_as_many_statements_as_a_short_one(site, house, cycle, as_person):
    as_person(house.expert)
    make_comment(cycle, house.harbor, house.expert)
    site.get(page_of(cycle))
    with counted_statements() as few:
        site.get(page_of(cycle))
    for number in range(20):
        first = make_comment(cycle, house.harbor, house.member, is_ask=True, owner_id=house.lead.id)
        make_comment(cycle, house.harbor, house.lead, answers_id=first.id)
        make_cycle(make_team(house.harbor), number=number)
    with counted_statements() as many:
        site.get(page_of(cycle))
    assert len(many) == len(few)
    assert len(many) <= 16, many


def test_a_long_queue_of_cycles_costs_as_many_statements_as_a_short_one(site, house, cycle, as_person):
    as_person(house.expert)
    site.get("/assistance?show=cycles")
    with counted_statements() as few:
        site.get("/assistance?show=cycles")
    for _number in range(20):
        make_review(make_cycle(make_team(house.river, house.river_lead)), house.river)
    with counted_statements() as many:
        html = site.get("/assistance?show=cycles").text
    assert html.count("/review") == 21
    assert len(many) == len(few)
    assert len(many) <= 8, many
