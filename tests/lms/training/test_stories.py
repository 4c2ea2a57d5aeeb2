"""Walking through a scenario: each scene once, whatever is clicked twice, and again as often as one likes."""

from uuid import uuid4

import pytest

from lms.db import db
from lms.errors import Invalid
from lms.training.models import EventKind, LearningEvent
from lms.training.queries import scenarios
from lms.training.services import learning
from tests.factories.learning import COURSE_PAGE, STORY_PAGE, begin, place_of, walk_through_story
from tests.factories.people import make_person, sign_in
from tests.statements import counted_statements

CHOICES = f"{STORY_PAGE}/choices"


def choose(site, choice, number, key=None):
    fields = {"choice": choice, "number": str(number), "event_uuid": str(key or uuid4())}
    return site.post(CHOICES, fields, page=f"{STORY_PAGE}?begin=1")


def path_of(actor):
    place = place_of(actor, "library")
    return scenarios.list_choices(place.enrollment.id, "library")


def test_story_begins_with_a_note_on_what_it_shows_and_a_way_out(site, learner):
    begin(learner)
    html = site.get(STORY_PAGE).text
    assert "Shows an overdose." in html
    assert "Begin the story" in html
    assert "Not now" in html
    assert "A man lies there." not in html


def test_scene_shows_its_choices_as_buttons(site, learner):
    begin(learner)
    html = site.get(f"{STORY_PAGE}?begin=1").text
    assert "A man lies there." in html
    assert html.count(f'action="{CHOICES}"') == 3
    assert "harmful" not in html


def test_choice_shows_what_comes_of_it_and_the_next_scene(site, learner):
    begin(learner)
    response = choose(site, "walk-on", 1)
    assert response.status_code == 303
    html = site.get(response.location).text
    assert "You come back." in html
    assert "You kneel down." in html


def test_end_shows_what_to_keep_and_the_way_taken(site, learner):
    begin(learner)
    choose(site, "walk-on", 1)
    html = site.get(choose(site, "spray", 2).location).text
    assert "He is safe." in html
    assert "Naloxone helped." in html
    assert "Something else helps more" in html
    assert "This helped" in html
    assert "Walk again" in html
    assert 'href="#source-label"' in html


def test_story_in_spanish(site, learner):
    begin(learner)
    choose(site, "call-out", 1)
    assert "No responde." in site.get(f"{STORY_PAGE}?lang=es").text


def test_end_of_the_story_completes_the_lesson(site, learner):
    actor = begin(learner)
    choose(site, "call-out", 1)
    assert not place_of(actor, "library").progress.is_completed
    choose(site, "shout", 2)
    assert place_of(actor, "library").progress.is_completed


def test_stale_click_changes_nothing(site, learner):
    actor = begin(learner)
    choose(site, "call-out", 1)
    for choice in ("walk-on", "ask-for-help", "call-out"):
        assert choose(site, choice, 1).status_code == 303
    assert path_of(actor) == ["call-out"]


def test_same_event_again_changes_nothing(content, app):
    actor, key = begin(make_person()), uuid4()
    learning.choose_in_scenario(place_of(actor, "library"), "call-out", 1, key)
    learning.choose_in_scenario(place_of(actor, "library"), "spray", 2, key)
    db.session.commit()
    assert path_of(actor) == ["call-out"]


def test_walking_again_keeps_the_lesson_done(site, learner):
    actor = begin(learner)
    choose(site, "ask-for-help", 1)
    response = site.post(f"{STORY_PAGE}/restart", {"event_uuid": str(uuid4())}, page=STORY_PAGE, status=303)
    assert "A man lies there." in site.get(response.location).text
    assert path_of(actor) == []
    assert place_of(actor, "library").progress.is_completed
    choose(site, "call-out", 1)
    assert path_of(actor) == ["call-out"]


def test_restart_at_the_first_scene_records_nothing(site, learner):
    begin(learner)
    site.post(f"{STORY_PAGE}/restart", page=f"{STORY_PAGE}?begin=1", status=303)
    assert db.session.query(LearningEvent).count() == 0


def test_choice_after_the_end_changes_nothing(site, learner):
    actor = begin(learner)
    choose(site, "ask-for-help", 1)
    assert choose(site, "spray", 2).status_code == 422
    assert path_of(actor) == ["ask-for-help"]


@pytest.mark.parametrize("choice", ["never", "spray", "<script>", "a" * 80, "😀"])
def test_choice_the_scene_does_not_offer_is_refused(site, learner, choice):
    actor = begin(learner)
    assert choose(site, choice, 1).status_code == 422
    assert path_of(actor) == []


@pytest.mark.parametrize(
    "fields", [{}, {"choice": "call-out"}, {"choice": "a" * 10_000, "number": "1"}, {"number": "x"}]
)
def test_half_a_choice_leads_back_to_the_scene(site, learner, fields):
    begin(learner)
    assert site.post(CHOICES, fields, page=f"{STORY_PAGE}?begin=1").status_code == 303
    assert db.session.query(LearningEvent).count() == 0


def test_story_waits_where_it_was_left(site, learner):
    begin(learner)
    choose(site, "call-out", 1)
    assert "You kneel down." in site.get(STORY_PAGE).text


def test_everybody_walks_their_own_way(site, learner):
    begin(learner)
    other = make_person()
    walk_through_story(begin(other), "call-out")
    assert "Begin the story" in site.get(STORY_PAGE).text
    sign_in(site.client, other)
    assert "You kneel down." in site.get(STORY_PAGE).text


def test_story_before_the_start_offers_the_start(site, learner):
    assert f'action="{COURSE_PAGE}/start"' in site.get(STORY_PAGE).text
    response = site.post(CHOICES, {"choice": "call-out", "number": "1"}, page=COURSE_PAGE)
    assert response.status_code == 409


def test_stories_are_not_played_on_other_lessons(site, learner):
    begin(learner)
    for lesson in ("recognise", "check", "never"):
        for action in ("choices", "restart"):
            site.post(f"/learn/small/{lesson}/{action}", page=COURSE_PAGE, status=404)


def test_unknown_choice_is_invalid(content, app):
    with pytest.raises(Invalid):
        learning.choose_in_scenario(place_of(begin(make_person()), "library"), "never", 1, uuid4())


def test_events_keep_scene_choice_and_number(content, app):
    walk_through_story(begin(make_person()), "call-out", "spray")
    events = db.session.query(LearningEvent).order_by(LearningEvent.id).all()
    assert [each.kind for each in events] == [EventKind.SCENARIO_CHOSEN] * 2
    assert events[1].detail == {"scene": "kneeling", "choice": "spray", "number": 2}


def test_story_costs_at_most_six_statements(site, learner):
    walk_through_story(begin(learner), "call-out", "spray")
    site.get(STORY_PAGE)
    with counted_statements() as seen:
        site.get(STORY_PAGE)
    assert len(seen) <= 6, seen
