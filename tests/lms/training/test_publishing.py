"""Publishing: a version for each change, and words for whatever is wrong."""

import pytest
from click.testing import CliRunner

from lms import clock, prose, publications
from lms.audit import AuditEntry
from lms.db import db
from lms.front_matter import ContentError
from lms.publications import ContentKind, ContentVersion
from lms.training import cli
from lms.training.queries import published
from lms.training.services import publishing
from tests.factories.learning import COURSE, write_content
from tests.house.sources import ROOT


def change(folder, name, old, new):
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def numbers():
    return [number for (number,) in db.session.query(ContentVersion.number).order_by(ContentVersion.number)]


def test_publishing_again_without_a_change_writes_nothing(content, app):
    assert publishing.publish_courses(content) == []
    assert numbers() == [1]


def test_changed_word_makes_a_new_version(content, app):
    change(content, "courses/small/10-recognise.md", "Call out.", "Call out loud.")
    assert publishing.publish_courses(content) == [COURSE]
    assert numbers() == [1, 2]
    newest = published.get_newest(COURSE)
    assert "Call out loud." in newest.html_of("en", "recognise", 1)


def test_changed_source_makes_a_new_version(content, app):
    change(content, "sources.toml", "Label of the spray", "The label")
    assert publishing.publish_courses(content) == [COURSE]


def test_source_nobody_names_changes_nothing(content, app):
    path = content / "sources.toml"
    path.write_text(path.read_text("utf-8") + '[other]\ntitle = "x"\npublisher = "y"\nyear = "2020"\n', "utf-8")
    assert publishing.publish_courses(content) == []


def test_newer_renderer_makes_a_new_version(content, app, monkeypatch):
    monkeypatch.setattr(prose, "RENDERER_VERSION", prose.RENDERER_VERSION + 1)
    assert publishing.publish_courses(content) == [COURSE]


def test_signature_outlives_a_new_number_and_falls_with_a_changed_word(content, app):
    before = published.get_newest(COURSE).text_hashes
    change(content, "courses/small/course.toml", 'version = "1.0.0"', 'version = "1.0.1"')
    publishing.publish_courses(content)
    assert published.get_newest(COURSE).text_hashes == before
    change(content, "courses/small/10-recognise.md", "Call out.", "Call out loud.")
    publishing.publish_courses(content)
    after = published.get_newest(COURSE).text_hashes
    assert after["en"] != before["en"]
    assert after["es"] == before["es"]


def test_published_course_reads_as_it_was_written(content, app):
    course = published.get_newest(COURSE)
    assert course.course.title["es"] == "Curso pequeño"
    assert [each.text for each in course.list_references(["label", "health-line"])] == [
        "“Label of the spray”, Maker, 2024",
        "a page about help lines, County",
    ]
    assert course.html_of("es", "library", "consequence", "arrival", "call-out") == "<p>No responde.</p>"


def test_publishing_is_recorded(content, app):
    assert db.session.query(AuditEntry).one().verb == "published course"


@pytest.mark.parametrize(
    ("name", "change_of", "named"),
    [
        ("sources.toml", ("[label]", "[another]"), ("sources.toml", "label")),
        ("sources.toml", ('year = "2024"', "year = 2024"), ("sources.toml", "label.year")),
        ("sources.toml", ("https://label", "javascript:label"), ("sources.toml", "label.url")),
        ("sources.toml", ("[label]", "[label"), ("sources.toml", "")),
        ("courses/small/course.toml", ('slug = "small"', 'slug = "Small"'), ("course.toml", "slug")),
        ("courses/small/30-library.toml", ('en = "Shout"', 'en = "Shout [@label]"'), ("library", "scenes")),
        ("courses/small/10-recognise.md", ("[@label]", "[@never]"), ("10-recognise.md", "markdown")),
    ],
)
def test_what_is_wrong_is_named_by_file_and_field(app, tmp_path, name, change_of, named):
    folder = write_content(tmp_path)
    change(folder, name, *change_of)
    if name.endswith("30-library.toml"):
        change(folder, name, 'es = "Gritar"', 'es = "Gritar [@label]"')
    with pytest.raises(ContentError) as refused:
        publishing.publish_courses(folder)
    (check,) = publishing.check_courses(folder)
    assert str(check.error) == str(refused.value)
    assert all(each in str(refused.value) for each in named)
    assert numbers() == []


def test_hostile_link_becomes_no_attribute(app, tmp_path):
    folder = write_content(tmp_path)
    for name in ("10-recognise.md", "10-recognise.es.md"):
        path = folder / "courses" / "small" / name
        path.write_text(
            path.read_text("utf-8").replace("[@label]", '[x](https://e.org/"onclick=alert(1)) [@label]'), "utf-8"
        )
    publishing.publish_courses(folder)
    html = published.get_newest(COURSE).html_of("en", "recognise", 1)
    assert ' onclick="' not in html
    assert 'href="https://e.org/' in html


# ---------------------------------------------------------------- the command


def run(*arguments):
    return CliRunner().invoke(cli.content, arguments)


def test_check_tells_how_hard_each_lesson_is_to_read(tmp_path):
    result = run("check", "--folder", str(write_content(tmp_path)))
    assert result.exit_code == 0
    assert "small/recognise: English grade" in result.output
    assert "INFLESZ" in result.output


def test_check_names_every_fault_and_fails(tmp_path):
    folder = write_content(tmp_path)
    change(folder, "courses/small/course.toml", "minutes = 9", "minutes = 0")
    (folder / "pages" / "help-x.md").write_text("no header", "utf-8")
    result = run("check", "--folder", str(folder))
    assert result.exit_code == 1
    assert "courses/small/course.toml, lessons.1.minutes" in result.output
    assert "pages/help-x.md" in result.output


def test_load_publishes_once(app, tmp_path):
    folder = write_content(tmp_path)
    assert "would publish small" in run("load", "--folder", str(folder), "--dry-run").output
    assert numbers() == []
    assert "published small" in run("load", "--folder", str(folder)).output
    assert "Everything was published before." in run("load", "--folder", str(folder)).output
    assert numbers() == [1]


def test_publish_takes_one_course(app, tmp_path):
    folder = write_content(tmp_path)
    assert "published small" in run("publish", "small", "--folder", str(folder)).output
    assert run("publish", "never", "--folder", str(folder)).exit_code == 2


def test_shipped_content_loads_and_publishes(app):
    with clock.fixed(clock.now()):
        slugs = cli.load_content(ROOT / "content")
    assert "overdose-response" in slugs
    assert "overdose-now" in slugs
    course = published.get_newest("overdose-response").course
    assert len(course.lessons) == 8
    assert publications.find_newest(ContentKind.COURSE, "overdose-response").number == 1
