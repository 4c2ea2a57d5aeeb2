"""The templates that came with this release read in both languages; broken ones are refused by name."""

import shutil

import pytest

from lms.front_matter import ContentError
from lms.playbooks.catalog import SHIPPED, read_template, shipped_templates


def test_the_succession_playbook_holds_what_a_coalition_must_not_lose():
    template = shipped_templates()["succession"]
    assert len(template.pages) == 9
    assert template.pages[0].slug == "first-24-hours"
    for page in template.pages:
        for language in ("en", "es"):
            assert "[own]" not in page.markdown[language]
            assert "[@" not in page.markdown[language]


def test_both_languages_have_the_same_headings_and_tables():
    for page in shipped_templates()["succession"].pages:
        shapes = [
            [line[:2] for line in page.markdown[language].split("\n") if line.startswith(("##", "| -", "1.", "- "))]
            for language in ("en", "es")
        ]
        assert shapes[0] == shapes[1], page.slug


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("playbook.toml", "review_every_days = 90", "review_every_days = 0"),
        ("playbook.toml", 'slug = "partners"', 'slug = "money"'),
        ("playbook.toml", 'slug = "partners"', 'slug = "nowhere"'),
        ("playbook.toml", "[summary]", 'colour = "red"\n[summary]'),
        ("money.es.md", 'version = "1.0.0"', 'version = "1.0.1"'),
        ("money.md", "sources = []", 'sources = []\nkind = "help"'),
    ],
)
def test_a_broken_template_is_refused(tmp_path, file, old, new):
    folder = shutil.copytree(SHIPPED / "succession", tmp_path / "succession")
    path = folder / file
    assert old in path.read_text("utf-8")
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(ContentError):
        read_template(folder)
