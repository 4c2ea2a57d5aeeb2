"""The documentation says what the program does."""

import ast
import re
from collections.abc import Iterator

import click
import pytest

from lms.cli import commons
from lms.operations import jobs as operations
from lms.operations.folder import BACKUPS, INDEX_FOLDER, LOCK_FILE, MAILBOX, MODE_FILE, PASSWORD_FILE
from lms.operations.preparation import CONTENT_STAMP
from lms.settings import SECRET_FILE, SITE_FILE
from tests.house.sources import ROOT, name_of, tree_of

DOCS = sorted([*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")])
FIRST_CELL = re.compile(r"^\| (`.+?`) \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


def first_cells(name: str) -> set[str]:
    """Everything in code letters in the first column of the tables of a page."""
    cells = FIRST_CELL.findall((ROOT / "docs" / name).read_text("utf-8"))
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def settings_read() -> Iterator[str]:
    for node in ast.walk(tree_of(ROOT / "lms" / "settings.py")):
        if isinstance(node, ast.Call) and re.match(r"env\.", ast.unparse(node.func)):
            name = ast.literal_eval(node.args[0])
            if not name.isupper():  # a key of the site's own file
                continue
            yield name
            if ast.unparse(node.func) == "env.secret":
                yield f"{name}_FILE"


def commands() -> Iterator[str]:
    context = click.Context(commons)
    for name in commons.list_commands(context):
        command = commons.get_command(context, name)
        for sub in getattr(command, "commands", {"": command}):
            yield f"commons {name} {sub}".strip()


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_setting_is_described_and_every_described_one_exists():
    assert first_cells("settings.md") == set(settings_read())


def test_every_command_is_described_and_every_described_one_exists():
    assert first_cells("commands.md") == set(commands())


def test_everything_in_the_data_folder_is_described():
    kept = {"commons.sqlite3", BACKUPS, INDEX_FOLDER, LOCK_FILE, MAILBOX, MODE_FILE, PASSWORD_FILE, CONTENT_STAMP}
    assert {*kept, SECRET_FILE, SITE_FILE} <= first_cells("operations.md")


def test_how_long_things_are_kept_is_what_the_program_does():
    said = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for days in (operations.DAYS_KEPT, operations.FORM_DAYS_KEPT, operations.LIMIT_DAYS_KEPT):
        assert f"| {days} days |" in said


@pytest.mark.parametrize("document", DOCS, ids=name_of)
def test_links_between_pages_lead_somewhere(document):
    broken = []
    for target, anchor in LINK.findall(document.read_text("utf-8")):
        file = (document.parent / target).resolve() if target else document
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text("utf-8"))):
            broken.append(f"{target}#{anchor}")
    assert broken == []


@pytest.mark.parametrize("document", DOCS, ids=name_of)
def test_commands_named_in_the_text_exist(document):
    known = set(commands())
    named = re.findall(r"`commons ((?:[a-z-]+ ?)+)", document.read_text("utf-8"))
    strays = [words for words in named if not any(f"commons {words} ".startswith(f"{each} ") for each in known)]
    groups = {each.split()[1] for each in known}
    assert [words for words in strays if words.strip() not in groups] == []
