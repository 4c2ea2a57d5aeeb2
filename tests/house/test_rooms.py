"""The house keeps its own rules: what stands in which file."""

import ast
import re
import tomllib

import pytest

from tests.house.sources import PACKAGES, ROOT, calls, name_of, python_files, template_files, tree_of

SLICES = (
    "accounts organizations coalitions assessments training readiness collaboratives improvement indicators playbooks "
    "succession assistance home notifications search reports admin"
).split()
ROLES_OF_FILES = set("models rules catalog queries services receivers forms views cli jobs notifications".split())
PURE_MODULES = {  # modules and lists named for their subject
    "accounts": {
        "passwords",
        "devices",
        "recovery_codes",
        "second_factors",
        "typed_text",
        "common-passwords",
        "erasure_ledger",
        "export_files",
    },
    "organizations": {"people_csv"},
    "home": {"pictures"},
    "training": {"assigning", "scenarios", "courses", "certificate_document", "coalition_learning"},
    "improvement": {
        "spc",
        "verdicts",
        "pictures",
        "false_alarms",
        "chart_spec",
        "chart_rules",
        "chart_picture",
        "fidelity",
        "own_words",
        "sparklines",
        "measure_csv",
        "table_cells",
        "table_columns",
        "table_input",
        "plans",
        "ramps",
        "calibration",
        "drivers",
        "driver_pictures",
        "library",
        "versions",
    },
    "playbooks": {"merge"},
    "readiness": {
        "comparison",
        "sample_answers",
        "report",
        "seating",
        "seat_report",
        "survey_links",
        "survey_text",
        "survey_answers",
        "survey_changes",
        "survey_document",
        "survey_figures",
        "survey_groups",
        "survey_inputs",
        "survey_report",
        "survey_sentences",
    },
    "notifications": {"mailbox", "words"},
    "search": {"engines"},
}
HOMELESS = {"utils", "util", "helpers", "common", "misc"}


def commits(path):
    return [call for call in calls(path) if call.endswith("session.commit")]


def test_commits_stand_only_where_a_transaction_ends():
    allowed = re.compile(r"lms/(web/site|jobs|seeds)\.py|lms/(.+/)?cli\.py|lms/operations/.+|lms/.+/jobs\.py")
    strays = [name_of(path) for path in python_files() if commits(path) and not allowed.fullmatch(name_of(path))]
    assert strays == []


def test_only_the_settings_read_the_environment():
    readers = [
        name_of(path) for path in python_files() if re.search(r"\bos\.(environ|getenv)\b", path.read_text("utf-8"))
    ]
    assert readers == ["lms/settings.py"]


def test_only_the_clock_asks_for_now():
    asking = re.compile(r"(datetime\.(now|utcnow|today)|date\.today|time\.time)")
    strays = {
        f"{name_of(path)}: {call}"
        for path in python_files()
        for call in calls(path)
        if asking.fullmatch(call) and name_of(path) != "lms/clock.py"
    }
    assert strays == set()


def test_nothing_sleeps_in_tests():
    files = [path for path in python_files("tests") if path.name.startswith("test_") and "trust" not in path.parts]
    assert [name_of(path) for path in files if "time.sleep" in set(calls(path))] == []


@pytest.mark.parametrize("slice_name", [name for name in SLICES if (ROOT / "lms" / name).is_dir()])
def test_a_slice_holds_only_the_files_of_a_slice(slice_name):
    names = {path.stem for path in (ROOT / "lms" / slice_name).iterdir() if not path.name.startswith("_")}
    assert names - ROLES_OF_FILES - PURE_MODULES.get(slice_name, set()) == set()


@pytest.mark.parametrize("slice_name", [name for name in SLICES if (ROOT / "lms" / name).is_dir()])
def test_a_slice_says_what_it_is_for(slice_name):
    docstring = ast.get_docstring(tree_of(ROOT / "lms" / slice_name / "__init__.py"))
    assert docstring is not None
    assert 3 <= len(docstring.splitlines()) <= 8


def test_no_module_is_homeless():
    assert [name_of(path) for path in python_files(*PACKAGES, "tests") if path.stem in HOMELESS] == []


def test_queries_never_write():
    writing = re.compile(r"(db\.)?session\.(add|add_all|delete|merge)|insert|update|delete|insert_once")
    strays = {
        f"{name_of(path)}: {call}"
        for path in python_files("lms")
        if "queries" in name_of(path)
        for call in calls(path)
        if writing.fullmatch(call)
    }
    assert strays == set()


def test_views_never_select():
    strays = {
        name_of(path)
        for path in python_files("lms")
        if "/views" in name_of(path) and {"select", "db.session.execute", "db.session.scalars"} & set(calls(path))
    }
    assert strays == set()


def test_migrations_are_numbered_in_a_row_and_the_head_file_names_the_last():
    folder = ROOT / "lms" / "migrations"
    numbers = sorted(path.name[:4] for path in (folder / "versions").glob("*.py"))
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
    assert (folder / "head.txt").read_text("utf-8").strip() == numbers[-1]


def test_every_file_with_tests_is_collected():
    lost = [
        name_of(path)
        for path in python_files("tests")
        if not path.name.startswith("test_")
        and any(isinstance(n, ast.FunctionDef) and n.name.startswith("test_") for n in tree_of(path).body)
    ]
    assert lost == []


def test_no_test_is_skipped():
    skipping = re.compile(r"pytest\.(skip|xfail|importorskip)|pytest\.mark\.(skip|skipif|xfail)")
    files = [path for path in python_files("tests") if path.name != "test_rooms.py"]
    assert [name_of(path) for path in files if skipping.search(path.read_text("utf-8"))] == []


def test_templates_mark_nothing_as_safe_and_hold_no_inline_code():
    forbidden = re.compile(r"\|\s*safe\b|<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\bsrc=)|javascript:")
    strays = [name_of(path) for path in template_files() if forbidden.search(path.read_text("utf-8"))]
    assert strays == []


def test_templates_import_only_macros_they_use():
    unused = []
    for path in template_files():
        text = path.read_text("utf-8")
        for imported in re.findall(r"{%-?\s*from\s+\"[^\"]+\"\s+import\s+([^%]+?)\s*(?:with context)?\s*-?%}", text):
            for each in imported.split(","):
                name = each.split(" as ")[-1].strip()
                if len(re.findall(rf"\b{name}\b", text)) < 2:
                    unused.append(f"{name_of(path)}: {name}")
    assert unused == []


def test_the_project_file_knows_every_commons_module():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["name"].startswith("A slice uses only earlier slices"))["layers"]
    known = set(re.findall(r"\((\w+)\)", " ".join(layers)))
    modules = {path.stem for path in (ROOT / "lms").glob("*.py")} - {"__init__", "cli", "seeds"}
    assert modules <= known
