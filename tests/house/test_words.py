"""Person-first words everywhere: in pages, code, tests and seeds."""

import re
from itertools import chain

from tests.house.sources import ROOT, name_of, python_files, template_files

STIGMA = re.compile(
    r"\b(addicts?|junkies?|drug abusers?|substance abusers?|alcoholics?|crackheads?|drogadict[oa]s?|adict[oa]s?)\b",
    re.IGNORECASE,
)
EXEMPT = {"tests/house/test_words.py"}  # it names them


def test_code_pages_and_tests_speak_of_people_first():
    files = chain(python_files("assessments", "readiness", "lms", "tests", "tools"), template_files())
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in files
        if name_of(path) not in EXEMPT and "tests/content" not in name_of(path)
        for match in STIGMA.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_docs_speak_of_people_first():
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert [name_of(path) for path in files if STIGMA.search(path.read_text("utf-8"))] == []
