"""The change library: what one finds, what one may see of others' tests, taking an idea and sharing one."""

import re

import pytest
from sqlalchemy import select

from lms.coalitions.queries import load_actor
from lms.coalitions.services import leave_coalition
from lms.db import db
from lms.front_matter import ContentError
from lms.improvement.catalog import parse_package
from lms.improvement.library import Origin, add_up, first_sentence
from lms.improvement.models import ChangeIdea, IdeaShare, IdeaSource, LibraryIdea
from lms.improvement.queries import library
from lms.improvement.queries.library import Asked, Shelf
from lms.improvement.rules import CycleState, Decision, IdeaOrigin
from lms.improvement.services import cycles
from lms.improvement.services.cycles import Act
from lms.improvement.services.ideas import add_change_idea, set_idea_closed
from lms.improvement.services.library import share_idea, take_back_idea, take_change
from lms.improvement.services.publishing import publish_change_packages
from lms.search.models import DocumentKind, SearchDocument
from lms.search.queries import scopes_of
from tests.content.shelf import CONTENT, sources
from tests.factories.improvement import make_cycle, make_team
from tests.statements import counted_statements

SLUG = "moud/missed-visit-list"


@pytest.fixture
def shelf(shop):
    """The package is published, the neighbors have a team, and Harbor House has tested an idea of its own."""
    publish_change_packages(CONTENT)
    shop.theirs = make_team(shop.river, shop.neighbor, name="River team")
    shop.idea = add_change_idea(
        shop.team.id, title="Call the day before", description="A nurse calls. It is quick.", by_id=shop.member.id
    )
    make_cycle(shop.team, shop.member, "acted", change_idea_id=shop.idea.id, scale_sites=1)
    db.session.commit()
    shop.number = library.number_of(shop.idea.id)
    shop.page = f"/improve/changes/{shop.number}"
    shop.package = library.package_numbers()[SLUG]
    return shop


def share(shop, idea=None):
    share_idea(idea or shop.idea, by_id=shop.member.id)
    db.session.commit()


def decide(shop, team, person, idea_id, decision):
    """Lead a test of an idea to a decision."""
    cycle = make_cycle(team, person, "studied", change_idea_id=idea_id)
    act = Act(decision, "For a reason", "Next", "It made people wait. We go back." if decision == "abandon" else "")
    cycles.save_act(cycle, act, row_version=cycle.row_version, by_id=person.id)
    db.session.commit()
    return cycle


def taken(shop, team, person, number=None):
    change = library.get_change_for(load_actor(person), number or shop.package)
    idea = take_change(change, team.id, title="Taken", description="", by_id=person.id)
    db.session.commit()
    return idea


def seen(person, number):
    change = library.get_change_for(load_actor(person), number)
    return library.list_tests(change, load_actor(person))


# ---------------------------------------------------------------- plain values and the package


def test_each_test_counts_so_that_no_failure_disappears():
    tests = [
        (1, CycleState.REVIEWED, Decision.ABANDON, 2),
        (1, CycleState.ACTED, Decision.ADOPT, 1),
        (2, CycleState.DOING, None, 1),
        (3, CycleState.DRAFT, None, 4),
    ]
    sums = add_up(tests)
    assert (sums.n_adopted, sums.n_adapted, sums.n_abandoned, sums.n_under_way) == (1, 0, 2, 1)
    assert (sums.n_teams, sums.n_tests) == (2, 4)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", ""),
        ("One. Two.", "One."),
        ("A line\nAnother", "A line"),
        ("x" * 400, "x" * 220 + " …"),
        ("¿Sí? No.", "¿Sí?"),
    ],
)
def test_what_was_learned_is_told_in_a_sentence(text, sentence):
    assert first_sentence(text) == sentence


def test_the_package_names_known_sources_and_is_published_once(shelf):
    assert publish_change_packages(CONTENT) == []
    (published,) = library.list_packages()
    ideas = published.package.ideas
    assert len(ideas) >= 25
    assert {key for idea in ideas for key in idea.sources} <= set(sources())
    assert set(library.package_numbers()) == {f"moud/{idea.slug}" for idea in ideas}
    assert {idea.topic for idea in ideas} == set(published.package.topics)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('topic = "start"', 'topic = "nowhere"'),
        ('slug = "walk-in-hour"', 'slug = "bridge-visit"'),
        ("sources", "quellen"),
    ],
)
def test_a_broken_package_is_refused_by_name(old, new):
    text = (CONTENT / "change-packages" / "moud.toml").read_text("utf-8")
    assert old in text
    with pytest.raises(ContentError, match=r"moud\.toml"):
        parse_package(text.replace(old, new), file="moud.toml")


# ---------------------------------------------------------------- the list


def test_everybody_finds_the_package_and_its_words(site, shelf, as_person):
    as_person(shelf.stranger)
    assert "Keep visits free" in site.get("/improve/changes").text
    html = site.get("/improve/changes?q=missed+VISITS").text
    assert "One person owns the list" in html
    assert "Keep visits free" not in html
    assert "Una persona a cargo" in site.get("/improve/changes?q=CITAS+pérdidas&lang=es").text
    topic = site.get("/improve/changes?topic=jail").text
    assert "Keep medication going" in topic
    assert "One person owns the list" not in topic
    assert "No idea found" in site.get("/improve/changes?q=zzzz").text


@pytest.mark.parametrize(
    "query", ["q=%25", "q=%00_", "topic=x'--", "origin=nowhere", "q=" + "x" * 5000, "page=99999999"]
)
def test_odd_addresses_give_a_list(site, shelf, as_person, query):
    as_person(shelf.member)
    assert "<script" not in re.sub(r"<script[^>]*src=", "", site.get(f"/improve/changes?{query}").text)


def test_team_ideas_are_found_by_those_who_read_the_team(site, shelf, as_person):
    for person, is_found in (
        (shelf.member, True),
        (shelf.expert, True),
        (shelf.neighbor, False),
        (shelf.stranger, False),
    ):
        as_person(person)
        html = site.get("/improve/changes?origin=team").text
        assert ("Call the day before" in html) is is_found
        site.get(shelf.page, status=200 if is_found else 404)


def test_shared_ideas_are_found_by_the_coalition_only(site, shelf, as_person):
    share(shelf)
    for person, is_found in (
        (shelf.member, True),
        (shelf.neighbor, True),
        (shelf.expert, True),
        (shelf.stranger, False),
    ):
        as_person(person)
        html = site.get("/improve/changes?origin=shared").text
        assert ("Call the day before" in html) is is_found
        site.get(shelf.page, status=200 if is_found else 404)
    leave_coalition(shelf.coalition.id, shelf.harbor.id, by_id=shelf.coordinator.id)
    db.session.commit()
    as_person(shelf.neighbor)
    site.get(shelf.page, status=404)
    assert "Call the day before" not in site.get("/improve/changes").text


def test_what_was_put_aside_stays_when_it_was_tested(shelf):
    untested = add_change_idea(shelf.team.id, title="Never tried", by_id=None)
    for idea in (untested, shelf.idea):
        set_idea_closed(idea, is_closed=True, by_id=shelf.member.id)
    db.session.commit()
    titles = {row.title: row for row in Shelf(load_actor(shelf.member), Asked(origin=Origin.TEAM)).rows(limit=50)}
    assert titles["Call the day before"].is_closed
    assert "Never tried" not in titles


# ---------------------------------------------------------------- what happened


def test_failures_are_as_visible_as_successes(site, shelf, as_person):
    idea = taken(shelf, shelf.team, shelf.member)
    for decision in (Decision.ADOPT, Decision.ABANDON, Decision.ABANDON):
        decide(shelf, shelf.team, shelf.member, idea.id, decision)
    as_person(shelf.member)
    html = site.get("/improve/changes?q=missed+visits").text
    for words in ("adopted 1", "adapted 0", "abandoned 2"):
        assert words in html
    page = site.get(f"/improve/changes/{shelf.package}").text
    for words in ("Why they stopped", "It made people wait.", "6 people", "What they learned", "Calls help", "Shelter"):
        assert words in page
    assert "We go back" not in page


def test_numbers_hold_no_test_of_a_team_one_may_not_read(site, shelf, as_person):
    idea = taken(shelf, shelf.team, shelf.member)
    decide(shelf, shelf.team, shelf.member, idea.id, Decision.ADOPT)
    for person, n_tests in ((shelf.member, 1), (shelf.coordinator, 1), (shelf.neighbor, 0), (shelf.stranger, 0)):
        tests, sums = seen(person, shelf.package)
        assert (len(tests), sums.n_tests, sums.n_teams) == (n_tests, n_tests, min(n_tests, 1))
        as_person(person)
        assert ("adopted 1" in site.get("/improve/changes?q=missed+visits").text) is bool(n_tests)


def test_a_shared_idea_shows_its_tests_without_a_way_to_the_cycle(site, shelf, as_person):
    share(shelf)
    as_person(shelf.neighbor)
    html = site.get(shelf.page).text
    assert "Calls help" in html
    assert "/improve/cycles/" not in html
    assert "Same-day start, Harbor House" in html
    as_person(shelf.member)
    assert "/improve/cycles/" in site.get(shelf.page).text


def test_what_a_shared_copy_taught_counts_where_it_came_from(shelf):
    idea = taken(shelf, shelf.team, shelf.member)
    decide(shelf, shelf.team, shelf.member, idea.id, Decision.ADAPT)
    assert seen(shelf.neighbor, shelf.package)[1].n_tests == 0
    share(shelf, idea)
    assert seen(shelf.neighbor, shelf.package)[1].n_adapted == 1
    copy = taken(shelf, shelf.theirs, shelf.neighbor, library.number_of(idea.id))
    decide(shelf, shelf.theirs, shelf.neighbor, copy.id, Decision.ABANDON)
    assert seen(shelf.neighbor, shelf.package)[1].n_abandoned == 1  # a copy of a copy
    assert seen(shelf.neighbor, library.number_of(idea.id))[1].n_tests == 2
    assert seen(shelf.member, shelf.package)[1].n_abandoned == 0  # the neighbors share nothing
    assert seen(shelf.stranger, shelf.package)[1].n_tests == 0


# ---------------------------------------------------------------- taking


def test_a_team_takes_an_idea_and_plans_a_cycle(site, shelf, as_person):
    as_person(shelf.member)
    page = f"/improve/changes/{shelf.package}"
    response = site.post(f"{page}/take", {"team": str(shelf.team.id)}, page=page, status=303)
    idea = db.session.scalars(select(ChangeIdea).order_by(ChangeIdea.id.desc())).first()
    assert response.location.endswith(f"/improve/teams/{shelf.team.id}/cycles/new?idea={idea.id}")
    assert idea.origin is IdeaOrigin.PACKAGE
    assert "A first small test:" in idea.description
    assert db.session.scalars(select(IdeaSource)).one().root_id == shelf.package
    form = site.get(response.location).text
    assert "One person owns the list of missed visits" in form
    again = site.post(f"{page}/take", {"team": str(shelf.team.id)}, page=page, status=303)
    assert again.location == response.location
    assert len(db.session.scalars(select(IdeaSource)).all()) == 1


def test_it_is_taken_in_the_readers_language(site, shelf, as_person):
    as_person(shelf.member)
    page = f"/improve/changes/{shelf.package}"
    assert "Una persona a cargo" in site.get(f"{page}?lang=es").text
    site.post(f"{page}/take?lang=es", {"team": str(shelf.team.id)}, page=page, status=303)
    titles = db.session.scalars(select(ChangeIdea.title)).all()
    assert "Una persona a cargo de la lista de citas perdidas" in titles


def test_only_into_a_team_of_ones_own(site, shelf, as_person):
    page = f"/improve/changes/{shelf.package}"
    as_person(shelf.member)
    assert "Choose a team" in site.post(f"{page}/take", {}, page=page, status=422).text
    site.post(f"{page}/take", {"team": str(shelf.theirs.id)}, page=page, status=422)
    for person in (shelf.staff, shelf.expert, shelf.coordinator):
        as_person(person)
        assert "Take it and plan a test" not in site.get(page).text
        site.post(f"{page}/take", {"team": str(shelf.team.id)}, page=page, status=403)
    assert db.session.scalars(select(IdeaSource)).all() == []


def test_a_shared_idea_is_taken_by_another_organization_and_stays(site, shelf, as_person):
    share(shelf)
    as_person(shelf.neighbor)
    site.post(f"{shelf.page}/take", {"team": str(shelf.theirs.id)}, page=shelf.page, status=303)
    take_back_idea(shelf.idea, by_id=shelf.member.id)
    db.session.commit()
    copy = db.session.scalars(select(ChangeIdea).where(ChangeIdea.team_id == shelf.theirs.id)).one()
    assert (copy.title, copy.origin) == ("Call the day before", IdeaOrigin.LIBRARY)
    site.get(shelf.page, status=404)
    assert "Call the day before" in site.get(f"/improve/changes/{library.number_of(copy.id)}").text


# ---------------------------------------------------------------- sharing


def test_sharing_asks_for_consent_and_is_taken_back(site, shelf, as_person):
    as_person(shelf.member)
    path = f"/improve/ideas/{shelf.idea.id}/share"
    html = site.get(shelf.page).text
    assert "Everybody in the organizations of your coalition will then see" in html
    assert "Check the box" in site.post(path, {}, page=shelf.page, status=422).text
    assert not library.is_shared(shelf.idea.id)
    for _ in range(2):
        site.post(path, {"consent": "y"}, page=shelf.page, status=303)
    assert len(db.session.scalars(select(IdeaShare)).all()) == 1
    for _ in range(2):
        site.post(path, {"action": "take-back"}, page=shelf.page, status=303)
    assert not library.is_shared(shelf.idea.id)
    site.post(path, {"consent": "y"}, page=shelf.page, status=303)
    assert len(db.session.scalars(select(IdeaShare)).all()) == 2


@pytest.mark.parametrize(
    ("who", "status"), [("lead", 303), ("staff", 403), ("expert", 403), ("neighbor", 404), ("stranger", 404)]
)
def test_who_shares(site, shelf, as_person, who, status):
    as_person(getattr(shelf, who))
    site.post(f"/improve/ideas/{shelf.idea.id}/share", {"consent": "y"}, page="/improve/changes", status=status)


# ---------------------------------------------------------------- search and cost


def _findable(person, title):
    scopes = scopes_of(load_actor(person) if person else None)
    documents = select(SearchDocument).where(
        SearchDocument.kind == DocumentKind.CHANGE_IDEA, SearchDocument.title == title, SearchDocument.scope.in_(scopes)
    )
    return [document.path for document in db.session.scalars(documents)]


def test_the_search_of_the_site_finds_by_the_same_rule(shelf):
    def finders():
        people = ("member", "staff", "neighbor", "expert", "coordinator", "stranger")
        return {name for name in people if _findable(getattr(shelf, name), "Call the day before")}

    team = {"member", "staff", "expert", "coordinator"}
    assert finders() == team
    share(shelf)
    assert finders() == team | {"neighbor"}
    assert _findable(None, "Call the day before") == []
    assert set(_findable(shelf.neighbor, "Call the day before")) == {shelf.page}
    take_back_idea(shelf.idea, by_id=shelf.member.id)
    db.session.commit()
    assert finders() == team


def test_one_shared_idea_opens_no_other(shelf):
    add_change_idea(shelf.team.id, title="Not shared", by_id=None)
    share(shelf)
    assert _findable(shelf.neighbor, "Not shared") == []


def test_ideas_of_the_package_are_found_in_both_languages_by_who_is_signed_in(shelf):
    for title in ("One person owns the list of missed visits", "Una persona a cargo de la lista de citas perdidas"):
        assert _findable(shelf.stranger, title) == [f"/improve/changes/{shelf.package}"]
        assert _findable(None, title) == []


def test_pages_cost_the_same_with_many_ideas(site, shelf, as_person):
    as_person(shelf.member)
    paths = "/improve/changes", shelf.page, f"/improve/changes/{shelf.package}"

    def cost(path):
        site.get(path)
        with counted_statements() as seen_statements:
            site.get(path)
        return len(seen_statements)

    before = [cost(path) for path in paths]
    copy = taken(shelf, shelf.team, shelf.member)
    for number in range(8):
        idea = add_change_idea(shelf.team.id, title=f"Idea {number}", by_id=shelf.member.id)
        share_idea(idea, by_id=shelf.member.id)
        decide(shelf, shelf.team, shelf.member, idea.id, Decision.ADOPT)
        decide(shelf, shelf.team, shelf.member, copy.id, Decision.ABANDON)
    assert [cost(path) for path in paths] == before
    assert before[0] <= 8
    assert max(before) <= 12


def test_every_idea_has_a_number_and_pages_go_on(shelf):
    numbered = set(
        db.session.scalars(select(LibraryIdea.change_idea_id).where(LibraryIdea.change_idea_id.is_not(None)))
    )
    assert numbered == set(db.session.scalars(select(ChangeIdea.id)))
    for number in range(6):
        add_change_idea(shelf.team.id, title=f"Idea {number}", by_id=None)
    found = Shelf(load_actor(shelf.member), Asked())
    whole = [row.id for row in found.rows(limit=500)]
    assert len(whole) == len(set(whole)) == found.count()
    parts = [row.id for start in range(0, len(whole), 7) for row in found.rows(limit=7, offset=start)]
    assert parts == whole
