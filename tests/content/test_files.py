"""Everything in `content/` reads, every reference leads somewhere, and sizes keep to the content format."""

import re
from collections import Counter
from itertools import chain

import pytest

from assessments.items import LANGUAGES
from lms.home.catalog import Page, PageKind
from lms.markers import find_links, find_markers
from lms.readability import plain_text
from lms.training.courses import Course, LessonKind
from lms.training.scenarios import n_distinct_paths
from tests.content.shelf import CONTENT, courses, glossary, pages, sources, texts


def _n_words(markdown: str) -> int:
    return len(plain_text(markdown).split())


@pytest.fixture(params=courses(), ids=lambda course: course.slug)
def course(request: pytest.FixtureRequest) -> Course:
    found: Course = request.param
    return found


def test_content_holds_only_what_somebody_reads() -> None:
    read_here = {"change-packages", "courses", "instruments", "pages", "playbooks", "sources.toml", "glossary.toml"}
    read_by_the_seed = {"demo"}
    assert {path.name for path in CONTENT.iterdir()} == read_here | read_by_the_seed


def test_there_are_courses_and_pages() -> None:
    assert courses()
    assert pages()


def test_question_slugs_are_unique_in_the_whole_library() -> None:
    slugs = Counter(question.slug for course in courses() for question in course.bank.questions)
    assert [slug for slug, n in slugs.items() if n > 1] == []


def test_every_source_is_known() -> None:
    used = chain(
        (source for course in courses() for lesson in course.lessons for source in lesson.sources),
        (source for page in pages() for source in page.sources),
    )
    assert set(used) - set(sources()) == set()


def test_every_source_a_text_declares_is_used_in_it(course: Course) -> None:
    for lesson in course.readings:
        used = {key for screen in lesson.screens for key in find_markers(screen.markdown["en"]).sources}
        assert set(lesson.sources) == used, lesson.slug


def test_every_link_inside_the_site_leads_to_a_page() -> None:
    addresses = {"/overdose-now"} | {f"/help/{page.slug}" for page in pages() if page.kind is not PageKind.EMERGENCY}
    lost = [
        f"{text.place} {text.language}: {link}"
        for text in texts()
        for link in find_links(text.text)
        if link.startswith("/") and link not in addresses
    ]
    assert lost == []


def test_a_text_marked_own_says_so_in_both_languages() -> None:
    n_own: Counter[tuple[str, int]] = Counter()
    for text in texts():
        n_own[text.place, find_markers(text.text).n_own] += 1
    assert [place for (place, _), n in n_own.items() if n != len(LANGUAGES)] == []


def test_lessons_have_four_to_eight_screens(course: Course) -> None:
    sizes = {lesson.slug: sum(screen.practice_slug is None for screen in lesson.screens) for lesson in course.readings}
    assert {slug: n for slug, n in sizes.items() if not 4 <= n <= 8} == {}


def test_screens_hold_one_idea(course: Course) -> None:
    limits = {"en": (40, 120), "es": (40, 140)}  # Spanish needs about a sixth more words for the same
    outside = {
        f"{lesson.slug}: {screen.title[language]}": n
        for lesson in course.readings
        for screen in lesson.screens
        for language, (fewest, most) in limits.items()
        if screen.practice_slug is None and not fewest <= (n := _n_words(screen.markdown[language])) <= most
    }
    assert outside == {}


def test_lessons_take_about_ten_minutes(course: Course) -> None:
    assert all(1 <= lesson.minutes <= 15 for lesson in course.lessons)


def test_scenarios_have_eight_scenes_and_three_ways_through(course: Course) -> None:
    scenarios = [lesson.scenario for lesson in course.lessons if lesson.scenario is not None]
    assert scenarios
    for scenario in scenarios:
        assert len(scenario.scenes) >= 8
        assert n_distinct_paths(scenario) >= 3


def test_banks_hold_more_questions_than_one_attempt_asks(course: Course) -> None:
    assert len(course.bank.graded_questions) >= 2 * course.n_questions


def test_the_right_option_is_not_given_away_by_its_place(course: Course) -> None:
    places = Counter(
        place
        for question in course.bank.questions
        for place, option in enumerate(question.options)
        if option.is_correct and len(question.correct_slugs) == 1
    )
    assert len(places) > 1


def test_every_course_has_reading_lessons_a_scenario_and_a_check(course: Course) -> None:
    assert {lesson.kind for lesson in course.lessons} == set(LessonKind)


def test_the_emergency_page_has_five_to_eight_short_steps() -> None:
    emergency = [page for page in pages() if page.kind is PageKind.EMERGENCY]
    assert [page.slug for page in emergency] == ["overdose-now"]
    assert 5 <= len(emergency[0].sections) <= 8
    assert {section.title["en"]: n for section in emergency[0].sections if (n := _longest(section.markdown)) > 40} == {}


def _longest(markdown: dict[str, str]) -> int:
    return max(_n_words(text) for text in markdown.values())


def test_pages_have_their_own_place_in_the_order() -> None:
    order = Counter(page.order for page in pages())
    assert [place for place, n in order.items() if n > 1] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.slug)
def test_a_page_names_its_sources_only_if_it_uses_them(page: Page) -> None:
    used = {key for text in (page.lead, *(each.markdown for each in page.sections)) for key in _keys(text)}
    assert set(page.sources) == used


def _keys(text: object) -> tuple[str, ...]:
    assert isinstance(text, dict)
    return find_markers(text["en"]).sources


def test_every_source_says_what_was_read_of_it() -> None:
    for key, source in sources().items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)
        assert {"title", "publisher", "year", "read", "exact", "confirmed"} <= set(source), key
        assert set(source) <= {"title", "publisher", "year", "read", "exact", "confirmed", "url", "note"}, key
        assert source.get("url", "https://").startswith("https://"), key


def test_every_term_of_the_glossary_has_one_translation() -> None:
    terms = glossary()["terms"]
    assert all(set(term) == {"en", "es", "avoid", "note"} and term["en"] and term["es"] for term in terms)
    twice = [word for word, n in Counter(term["en"] for term in terms).items() if n > 1]
    assert twice == []


def test_every_abbreviation_is_explained_once() -> None:
    abbreviations = glossary()["abbreviations"]
    assert all(set(each) == {"short", "en", "es"} and all(each.values()) for each in abbreviations)
    twice = [short for short, n in Counter(each["short"] for each in abbreviations).items() if n > 1]
    assert twice == []
