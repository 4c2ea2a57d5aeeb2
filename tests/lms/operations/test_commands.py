from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from lms.cli import commons
from lms.operations import jobs as operations
from lms.operations.database import make_engine
from lms.operations.heads import RESTORED
from lms.settings import Settings


@pytest.fixture
def head_file(tmp_path: Path) -> Path:
    return tmp_path / "heads.log"


@pytest.fixture
def runner(site_settings: Settings, database_url: str, head_file: Path) -> CliRunner:
    kept = {"DATA_DIR": str(site_settings.data_dir), "DATABASE_URL": database_url, "AUDIT_HEAD_FILE": str(head_file)}
    return CliRunner(env=kept)


def run(runner: CliRunner, *words: str) -> Result:
    done = runner.invoke(commons, words)
    assert done.exit_code == 0, (done.output, done.exception)
    return done


def change(database_url: str, statement: str) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_a_backup_is_made_verified_and_restored_by_command(runner: CliRunner, tmp_path: Path, head_file: Path):
    file = tmp_path / "made.zip"
    assert run(runner, "backup", "create", "--to", str(file), "--dry-run").output.startswith("Would back up 0 rows of")
    assert not file.exists()
    assert run(runner, "backup", "create", "--to", str(file)).output.startswith("Backed up 0 rows of")
    assert run(runner, "backup", "verify", str(file)).output.startswith("The backup is whole. It was made at ")
    assert run(runner, "backup", "restore", str(file), "--dry-run").output.startswith("Would restore this backup.")
    assert "Everybody signs in again." in run(runner, "backup", "restore", str(file)).output
    assert run(runner, "audit", "verify").output == "The record of changes is whole: 1 entries in 1 chains.\n"
    run(runner, "backup", "restore", str(file))
    assert RESTORED not in head_file.read_text()  # the backup holds no chain yet
    run(runner, "backup", "create", "--to", str(tmp_path / "later.zip"))
    run(runner, "backup", "restore", str(tmp_path / "later.zip"))
    assert f" {RESTORED} chain=0 sequence=1 " in head_file.read_text()
    assert run(runner, "audit", "verify").output == "The record of changes is whole: 2 entries in 1 chains.\n"


def test_a_damaged_backup_ends_with_exit_code_1(runner: CliRunner, tmp_path: Path):
    file = tmp_path / "made.zip"
    run(runner, "backup", "create", "--to", str(file))
    file.write_bytes(file.read_bytes()[:-1])
    for words in (("verify", str(file)), ("restore", str(file)), ("restore", "--dry-run", str(file))):
        assert runner.invoke(commons, ["backup", *words]).exit_code == 1


def test_a_broken_record_of_changes_ends_with_exit_code_1(runner: CliRunner, database_url: str):
    change(database_url, "INSERT INTO audit_chain (chain, sequence, head_hash) VALUES (0, 3, 'x')")
    broken = runner.invoke(commons, ["audit", "verify"])
    assert broken.exit_code == 1
    assert "broken: chain 0, entry 3" in broken.output


def test_jobs_are_listed_and_done_by_command(runner: CliRunner):
    listed = run(runner, "jobs", "list").output
    assert f"job       {operations.PUBLISH_HEADS} (every 1 day, 0:00:00)" in listed
    assert "delivery  mail" in listed
    assert run(runner, "jobs", "run-once", "--dry-run").output == "0 pieces of work are due.\n"
    assert run(runner, "jobs", "run-once").output.endswith(" pieces of work were taken up.\n")
    assert run(runner, "jobs", "run-once").output == "0 pieces of work were taken up.\n"


def test_the_doctor_names_what_is_ill_and_ends_with_exit_code_1(runner: CliRunner):
    said = runner.invoke(commons, ["doctor"])
    assert said.exit_code == 1  # no mail, no HTTPS
    assert "ill   mail: No mail leaves this site" in said.output
    assert "well  schema: " in said.output


def test_commands_refuse_a_database_of_another_release(runner: CliRunner, database_url: str):
    change(database_url, "UPDATE alembic_version SET version_num = '9999'")
    for words in (["audit", "verify"], ["jobs", "list"], ["migrate"], ["backup", "create"], ["run", "--dry-run"]):
        refused = runner.invoke(commons, words, env={"PORT": "0"})
        assert refused.exit_code == 1
        assert "9999" in str(refused.exception)


def test_a_dry_run_writes_nothing(tmp_path: Path):
    data_dir = tmp_path / "none"
    runner = CliRunner(env={"DATA_DIR": str(data_dir), "PORT": "0"})
    words = ["init", "--name", "x", "--url", "https://x.example", "--admin-email", "r@example.org", "--admin-name", "R"]
    (tmp_path / "password").write_text("seven green umbrellas")
    init = [*words, "--admin-password-file", str(tmp_path / "password")]
    for command in (["run"], ["migrate"], init):
        run(runner, *command, "--dry-run")
    refused = runner.invoke(commons, ["backup", "create", "--dry-run"])
    assert "There is no database yet" in str(refused.exception)
    assert not data_dir.exists()


def test_a_database_that_goes_away_is_one_sentence(runner: CliRunner, monkeypatch: pytest.MonkeyPatch):
    def lose_the_database(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection\nand more"))

    monkeypatch.setattr("lms.audit.find_breaks", lose_the_database)
    monkeypatch.setattr("lms.operations.backup.create", lose_the_database)
    for words in (["audit", "verify"], ["backup", "create"]):
        refused = runner.invoke(commons, words)
        assert str(refused.exception) == "The database does not answer: server closed the connection."
