"""The documentation says what the program does."""

import ast
import re
import tomllib
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
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PARTS_OF_A_DECISION = ["Figures", "What else we looked at", "What it costs"]
ROOMS = "assessments content docs lms locks readiness templates tests tools".split()
MOST_BYTES = 40 * 1024
NOT_OF_THE_SITE = {"COMMONS_TEST_DATABASE", "NAME_FILE"}  # read by the tests; stands for any secret's file


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


# ---------------------------------------------------------------- what people type


def code_lines(text: str) -> Iterator[str]:
    """Yield every line of code of a page: of fenced and indented blocks, and spans inside sentences."""
    for block in FENCE.findall(text):
        yield from block.splitlines()
    bare = FENCE.sub("", text)
    yield from re.findall(r"^    +(.*)$", bare, re.MULTILINE)
    yield from SPAN.findall(bare)


def typed(text: str, program: str) -> Iterator[str]:
    """Yield what stands after a program's name wherever a page types it, whoever runs it."""
    line_of = re.compile(rf"(?:\S+=\S* |sudo |-u \S+ |env )*(?:\S*/)?{program} +([a-z][^#]*).*")
    for line in code_lines(text):
        found = line_of.fullmatch(line.strip())
        if found:
            yield found[1].strip()


@pytest.mark.parametrize("document", DOCS, ids=name_of)
def test_targets_that_people_type_exist(document):
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    words = {word for line in typed(document.read_text("utf-8"), "make") for word in line.split() if "=" not in word}
    assert words - targets == set()


@pytest.mark.parametrize("document", DOCS, ids=name_of)
def test_commands_that_people_type_exist(document):
    known = {f"{each} " for each in commands()}
    lines = [f"commons {line} " for line in typed(document.read_text("utf-8"), "commons")]
    groups = {f"commons {each.split()[1]} " for each in known}
    assert [line for line in lines if line not in groups and not line.startswith(tuple(known))] == []


@pytest.mark.parametrize("document", DOCS, ids=name_of)
def test_settings_that_people_type_exist(document):
    code = "\n".join(code_lines(document.read_text("utf-8")))
    said = set(re.findall(r"(?:^|\s)([A-Z][A-Z_]+)=", code))
    assert said - set(settings_read()) - NOT_OF_THE_SITE == set()


# ---------------------------------------------------------------- files, pictures, decisions


@pytest.mark.parametrize("document", DOCS, ids=name_of)
def test_files_that_are_named_exist(document):
    named = SPAN.findall(FENCE.sub("", document.read_text("utf-8")))
    plain = [name for name in named if name.split("/")[0] in ROOMS and re.fullmatch(r"[\w-]+/[\w./-]+", name)]
    assert [name for name in plain if not is_there(name)] == []


def is_there(name: str) -> bool:
    """A file or folder of the project; the page on security shortens `tests/lms/test_audit.py` to `lms/test_audit`."""
    return (ROOT / name).exists() or (ROOT / "tests" / f"{name}.py").exists()


def test_tests_that_prove_something_exist():
    text = (ROOT / "docs" / "asvs.md").read_text("utf-8")
    proofs = re.findall(r"`((?:[a-z_]+/)+test_\w+)`", text)
    assert proofs
    assert [name for name in proofs if not (ROOT / "tests" / f"{name}.py").exists()] == []


def test_pictures_are_small_shown_and_described():
    shown = {
        (document.parent / target).resolve(): words
        for document in DOCS
        for words, target in PICTURE.findall(document.read_text("utf-8"))
    }
    assert set((ROOT / "docs" / "pictures").iterdir()) == set(shown)
    for path, words in shown.items():
        assert path.read_bytes()[8:12] == b"WEBP"
        assert path.stat().st_size < MOST_BYTES
        assert len(words.split()) > 5


def test_decisions_are_numbered_in_a_row_and_listed():
    assert [path.name[:4] for path in DECISIONS] == [f"{number:04d}" for number in range(1, len(DECISIONS) + 1)]
    listed = re.findall(r"\(decisions/(\S+?)\)", (ROOT / "docs" / "index.md").read_text("utf-8"))
    assert listed == [path.name for path in DECISIONS]


@pytest.mark.parametrize("document", DECISIONS, ids=name_of)
def test_a_decision_has_figures_alternatives_and_a_price(document):
    text = document.read_text("utf-8")
    assert text.startswith(f"# {document.name[:4]}: ")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert [heading for heading in headings if heading in PARTS_OF_A_DECISION] == PARTS_OF_A_DECISION


def test_the_newest_change_is_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)[1] == version


def test_every_answer_carries_the_headers_that_are_written_down(client):
    text = (ROOT / "docs" / "decisions" / "0013-security-headers.md").read_text("utf-8")
    policy = " ".join(line.strip() for line in re.findall(r"^    (\S.*)$", text, re.MULTILINE))
    for path in ("/sign-in", "/no-such-page", "/record", "/healthz"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"] == policy
        assert headers["Cache-Control"] in {"private, no-cache", "no-store"}
        for name, value in re.findall(r"`([A-Z][\w-]+): ([a-z-]+)`", text):
            assert headers[name] == value
