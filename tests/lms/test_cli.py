import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lms import cli
from lms.cli import COMMANDS, commons
from lms.errors import CommonsError
from tests.running_site import ROOT, clean_environment, run_commons

ONLY_READ = {
    "doctor",
    "audit verify",
    "backup verify",
    "jobs list",
    "content check",
    "coalition list",
    "organization list",
    "user list",
    "search find",
}


def all_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command by the words one types after `commons`."""
    context = click.Context(commons)
    for name in commons.list_commands(context):
        command = commons.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", each) for sub, each in command.commands.items())
        else:
            yield name, command


def test_every_command_has_help():
    assert [words for words, command in all_commands() if not command.help] == []


def test_every_command_that_writes_has_a_dry_run():
    without = {words for words, command in all_commands() if "dry_run" not in {each.name for each in command.params}}
    assert without - ONLY_READ == set()


def test_the_list_of_commands_says_what_each_command_says():
    context = click.Context(commons)
    for name in commons.list_commands(context):
        command = commons.get_command(context, name)
        assert command is not None
        assert COMMANDS[name].help == (command.help or "").partition("\n")[0], name


def test_the_list_of_commands_is_quick():
    code = (
        "import sys; from lms import cli; sys.argv = ['commons', '--help']\n"
        "try: cli.main()\n"
        "finally: print('slow' if {'sqlalchemy', 'flask'} & set(sys.modules) else 'quick')"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True
    ).stdout
    assert "  run " in said
    assert said.endswith("quick\n")


def test_the_site_starts_without_what_few_pages_need(tmp_path: Path):
    """Slow to import, and needed by a search, a print, a spreadsheet, a first start or a test: not before."""
    code = (
        "import sys; from lms import create_app; from lms.operations.server import preload; from lms.settings import "
        "read_settings; preload(); create_app(read_settings()); print(*sorted({each.partition('.')[0] for each in "
        "sys.modules} | {each for each in sys.modules if each.startswith('lms.')}))"
    )
    asked = {**clean_environment(), "DATA_DIR": str(tmp_path), "MODE": "demo"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=asked, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"lms", "sqlalchemy", "lms.training.views.readings"} <= set(said)
    slow = {"whoosh", "typst", "openpyxl", "scipy", "numpy", "hypothesis", "alembic", "psycopg", "lms.seeds"}
    assert slow & set(said) == set()


def test_a_refusal_is_one_sentence_and_exit_code_1(tmp_path: Path):
    refused = run_commons("migrate", data_dir=tmp_path / "data", environ={"DATABASE_URL": "mysql://somewhere"})
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr == "commons: DATABASE_URL must begin with sqlite:/// or postgresql://.\n"


@pytest.mark.parametrize(
    ("raised", "code"),
    [(CommonsError("No."), 1), (click.Abort(), 130), (KeyboardInterrupt(), 130), (click.UsageError("What?"), 2)],
)
def test_each_end_has_its_exit_code(monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int):
    def end(**_: object) -> None:
        raise raised

    monkeypatch.setattr(cli, "commons", end)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code


def test_an_unknown_command_is_refused(tmp_path: Path):
    assert run_commons("dance", data_dir=tmp_path / "data").returncode == 2
