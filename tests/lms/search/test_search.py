"""Both engines keep one contract: SQLite's tests run on Whoosh, PostgreSQL's on its full text."""

import shutil

import pytest
from whoosh import fields, index

from lms import jobs
from lms.accounts.models import Language
from lms.authz import Actor
from lms.db import db
from lms.search import queries
from lms.search.engines import IndexMissing
from lms.search.models import MEMBERS_SCOPE, PUBLIC_SCOPE, DocumentKind
from lms.search.services import Findable, replace_documents
from tests.factories.people import make_person, sign_in

SOMEBODY = Actor(person_id=1, display_name="Ana")
ENGLISH, SPANISH = Language.ENGLISH, Language.SPANISH


def findable(subject, title, body, *, language=ENGLISH, scope=PUBLIC_SCOPE, kind=DocumentKind.HELP):
    return Findable(kind, subject, language, scope, f"/help/{subject}", title, body)


def change(documents):
    for document in documents:
        others = [each for each in documents if each.subject == document.subject]
        replace_documents(document.kind, document.subject, others)
    db.session.commit()


def publish(app, *documents):
    change(documents)
    jobs.work_once(app.extensions["commons.workshop"])


def look(app, typed, *, actor=SOMEBODY, language="en", limit=10, offset=0):
    engine = app.extensions["commons.search"]
    return queries.search(engine, typed, actor=actor, language=language, limit=limit, offset=offset)


def titles(hits):
    return [hit.title for hit in hits.rows]


@pytest.fixture
def texts(app):
    publish(
        app,
        findable("naloxone", "Naloxone", "Naloxone brings back breathing. Wait 2 to 3 minutes between doses."),
        findable("breathing", "Breathing", "Give one breath every 5 to 6 seconds. Naloxone takes minutes."),
        findable("breathing", "Respirar", "Una respiración cada 5 a 6 segundos. ¡Señales de vida!", language=SPANISH),
        findable("secret", "For people signed in", "Rescue breaths and doses in a lesson.", scope=MEMBERS_SCOPE),
    )


@pytest.mark.usefixtures("texts")
class TestContract:
    def test_words_are_found_by_their_stem(self, app):
        assert set(titles(look(app, "dose"))) == {"Naloxone", "For people signed in"}

    def test_a_word_in_the_title_counts_more(self, app):
        assert titles(look(app, "naloxone"))[0] == "Naloxone"

    def test_every_word_must_be_there(self, app):
        assert titles(look(app, "naloxone seconds")) == ["Breathing"]

    def test_a_phrase_is_found_as_it_stands(self, app):
        assert titles(look(app, '"one breath every"')) == ["Breathing"]
        assert titles(look(app, '"every breath one"')) == []

    def test_a_beginning_with_a_star_is_enough(self, app):
        assert set(titles(look(app, "nalox*"))) == {"Naloxone", "Breathing"}

    def test_accents_do_not_matter(self, app):
        assert titles(look(app, "respiracion", language="es")) == ["Respirar"]
        assert titles(look(app, "RESPIRACIÓN señales", language="es")) == ["Respirar"]

    def test_one_language_is_looked_through(self, app):
        assert titles(look(app, "segundos", language="en")) == []

    def test_signed_out_people_find_only_what_is_public(self, app):
        hits = look(app, "doses", actor=None)
        assert (titles(hits), hits.n_found) == (["Naloxone"], 1)

    def test_pages_of_hits_go_on_where_the_last_one_ended(self, app):
        first, second = look(app, "naloxone", limit=1), look(app, "naloxone", limit=1, offset=1)
        assert first.n_found == second.n_found == 2
        assert titles(first) + titles(second) == ["Naloxone", "Breathing"]

    def test_what_is_no_longer_published_is_no_longer_found(self, app):
        replace_documents(DocumentKind.HELP, "naloxone", [])
        db.session.commit()
        jobs.work_once(app.extensions["commons.workshop"])
        assert titles(look(app, "naloxone")) == ["Breathing"]

    def test_a_changed_text_is_found_by_its_new_words_only(self, app):
        publish(app, findable("naloxone", "Naloxone", "A nasal spray."))
        assert titles(look(app, "spray")) == ["Naloxone"]
        assert titles(look(app, "minutes")) == ["Breathing"]

    def test_a_rebuilt_index_finds_the_same(self, app):
        before = titles(look(app, "naloxone"))
        assert app.extensions["commons.search"].rebuild() == 4
        assert titles(look(app, "naloxone")) == before

    @pytest.mark.parametrize(
        "typed",
        [
            *["", " ", '"', "*", "*a*", "a*", "((", "AND OR NOT", "[a TO z]", "~9", "\0", "title:x", "😀", "مرحبا"],
            *["'; --", "<script>alert(1)</script>", "=cmd()", "\\", "%", "_", ":*", "!&|"],
            *["x" * 10_000, "a " * 5_000, '"' * 501],
        ],
    )
    def test_any_text_gives_an_answer(self, app, typed):
        assert look(app, typed).n_found >= 0

    def test_the_passage_marks_the_found_words_and_nothing_else(self, app):
        (hit,) = look(app, "seconds").rows
        assert [piece.text for piece in hit.snippet if piece.is_marked] == ["seconds"]
        assert "".join(piece.text for piece in hit.snippet).startswith("Give one breath")


# Whoosh leaves the torn file open when it cannot read it; the collector closes it, and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_torn_index_is_missing_and_comes_back(app, settings):
    publish(app, findable("naloxone", "Naloxone", "A spray."))
    for file in (settings.data_dir / "search").iterdir():
        file.write_bytes(b"torn")
    with pytest.raises(IndexMissing):
        look(app, "spray")
    app.extensions["commons.search"].rebuild()
    assert titles(look(app, "spray")) == ["Naloxone"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_while_the_index_is_missing_the_page_says_so_and_asks_for_it_once(app, site, client):
    sign_in(client, make_person())
    for _ in range(2):
        assert "Search is being prepared" in site.get("/search?q=spray").text
    assert db.session.query(jobs.Job).count() == 1
    jobs.work_once(app.extensions["commons.workshop"])
    assert "Nothing was found" in site.get("/search?q=spray").text


@pytest.mark.usefixtures("texts")
class TestPage:
    def test_hits_show_their_passage_with_the_words_marked(self, site, client):
        sign_in(client, make_person())
        html = site.get("/search?q=spray+doses").text
        assert "Nothing was found" in html
        html = site.get("/search?q=doses").text
        assert "<mark>doses</mark>" in html
        assert "2 results" in html

    def test_words_found_only_in_the_other_language_are_offered(self, site, client):
        sign_in(client, make_person())
        assert "These pages are in Spanish" in site.get("/search?q=segundos").text

    def test_what_was_typed_is_shown_as_text(self, site, client):
        sign_in(client, make_person())
        assert "<script>alert" not in site.get("/search?q=<script>alert(1)</script>").text


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_change_while_the_index_is_missing_builds_it_whole(app, settings):
    publish(app, findable("breathing", "Breathing", "One breath every 5 to 6 seconds."))
    shutil.rmtree(settings.data_dir / "search")
    publish(app, findable("naloxone", "Naloxone", "A spray."))
    assert titles(look(app, "seconds")) == ["Breathing"]
    assert titles(look(app, "spray")) == ["Naloxone"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_many_changes_are_written_into_the_index_at_once(app, settings):
    publish(app, findable("breathing", "Breathing", "One breath every 5 to 6 seconds."))
    for number in range(5):
        change([findable(f"spray-{number}", "Naloxone", "A spray.")])
    written = files_after_each_row(app, settings)
    assert len(written) == 5
    assert len({tuple(each) for each in written}) == 1
    assert look(app, "spray").n_found == 5


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_an_index_of_an_earlier_release_is_built_anew(app, settings):
    publish(app, findable("breathing", "Breathing", "One breath every 5 to 6 seconds."))
    folder = settings.data_dir / "search"
    shutil.rmtree(folder)
    folder.mkdir()
    index.create_in(folder, fields.Schema(id=fields.ID(stored=True, unique=True)))
    with pytest.raises(IndexMissing):
        look(app, "seconds")
    publish(app, findable("naloxone", "Naloxone", "A spray."))
    assert titles(look(app, "seconds")) == ["Breathing"]


def files_after_each_row(app, settings):
    """Let the worker deliver row by row, and return which files the index had after each."""
    written = []

    def note():
        written.append(sorted(each.name for each in (settings.data_dir / "search").iterdir()))
        return False

    jobs.work_once(app.extensions["commons.workshop"], should_stop=note)
    return written[1:]
