"""`commons user`."""

import pytest
from click.testing import CliRunner

from lms.accounts import passwords, queries
from lms.accounts.cli import cli
from lms.db import db
from lms.errors import Invalid, NotFound
from tests.factories.people import make_person, sign_in
from tests.factories.second_factors import give_second_factor
from tests.lms.accounts.conftest import live_sessions, verbs

PASSWORD = "a river of quiet lamps"


def run(*arguments, typed=None):
    result = CliRunner().invoke(cli, arguments, input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    db.session.expire_all()
    return result


@pytest.fixture
def password_file(tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\nsecond line\n")
    return str(file)


def test_the_first_administrator_is_made_with_a_typed_password(app):
    result = run(
        "create", "--email", "root@example.org", "--name", "Root", "--admin", typed=f"{PASSWORD}\n{PASSWORD}\n"
    )
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    person = queries.find_person_by_name("root@example.org")
    assert f"made {person.id} root@example.org Root active administrator" in result.output
    assert person.is_administrator
    assert passwords.is_right(PASSWORD, person.password_hash)
    assert verbs() == ["made an account"]


def test_a_password_comes_from_a_file_or_from_standard_input(app, password_file):
    assert run("create", "--alias", "night.heron", "--password-file", password_file).exit_code == 0
    assert run("create", "--alias", "day.heron", "--password-file", "-", typed=f"{PASSWORD}\n").exit_code == 0
    for alias in ("night.heron", "day.heron"):
        assert passwords.is_right(PASSWORD, queries.find_person_by_name(alias).password_hash)


def test_a_dry_run_writes_nothing(app, password_file):
    result = run("create", "--email", "root@example.org", "--password-file", password_file, "--dry-run")
    assert "would make" in result.output
    assert queries.count_people() == 0
    assert verbs() == []


@pytest.mark.parametrize("password", ["short", "password1", "root.root.77"])
def test_a_weak_password_is_refused_here_too(app, password):
    with pytest.raises(Invalid):
        run("create", "--email", "root@example.org", "--password-file", "-", typed=f"{password}\n")
    assert queries.count_people() == 0


def test_an_address_that_is_taken_is_refused(ana, password_file):
    with pytest.raises(Invalid):
        run("create", "--email", "ana@example.org", "--password-file", password_file)


def test_whoever_is_locked_out_gets_a_new_password_and_is_signed_out(app, ana, password_file):
    sign_in(app.test_client(), ana)
    assert run("set-password", "Ana@example.org", "--password-file", password_file, "--dry-run").exit_code == 0
    assert len(live_sessions()) == 1
    assert run("set-password", "Ana@example.org", "--password-file", password_file).exit_code == 0
    assert live_sessions() == []
    assert passwords.is_right(PASSWORD, ana.password_hash)
    assert verbs() == ["set a password by command"]


def test_an_unknown_account_is_named_so(app, password_file):
    with pytest.raises(NotFound, match="No such account"):
        run("set-password", "nobody", "--password-file", password_file)


def test_accounts_are_listed_one_a_line(ana, heron):
    make_person("Root", email="root@example.org", is_administrator=True)
    lines = run("list").output.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "ana@example.org Ana Ruiz active person",
        "night.heron - active person",
        "root@example.org Root active administrator",
    ]


def test_a_lost_second_step_is_reset_by_command(ana, client):
    give_second_factor(ana)
    sign_in(client, ana)
    assert "would reset" in run("reset-second-factor", "ana@example.org", "--dry-run").output
    assert queries.find_second_factor(ana.id) is not None
    assert "reset the second factor of 1 ana@example.org" in run("reset-second-factor", "ANA@example.org").output
    assert queries.find_second_factor(ana.id) is None
    assert live_sessions() == []
    assert "there is no second factor" in run("reset-second-factor", "ana@example.org").output
    with pytest.raises(NotFound):
        run("reset-second-factor", "nobody@example.org")
