"""`commons user`: making accounts where no invitation can, and helping whoever is locked out."""

from pathlib import Path

import click

from lms.accounts import catalog, passwords, queries, rules
from lms.accounts.models import Language, Person
from lms.accounts.services import passwords as changes
from lms.accounts.services import people, second_factor
from lms.db import db
from lms.errors import Invalid, NotFound
from lms.operations.command import in_site
from lms.web.new_passwords import PASSWORD_SENTENCES

CHUNK = 500

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
password_option = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Read the password from the first line of this file (- for standard input) instead of asking for it.",
)


@click.group("user")
def cli() -> None:
    """Look after accounts."""


@cli.command("create")
@click.option("--email", help="The address the person signs in with.")
@click.option("--alias", help="What a person without e-mail signs in with.")
@click.option("--name", help="The name others see.")
@click.option("--language", type=click.Choice([each.value for each in Language]), default=Language.ENGLISH.value)
@click.option("--admin", is_flag=True, help="Make the person an administrator of the site.")
@password_option
@dry_run_option
@in_site
def create(
    *,
    email: str | None,
    alias: str | None,
    name: str | None,
    language: str,
    admin: bool,
    password_file: Path | None,
    dry_run: bool,
) -> None:
    """Make an account, for example the first administrator's."""
    password = _asked_password(password_file, rules.local_words_of(email, alias, name))
    person = people.create_person(
        password_hash=passwords.hash_password(password),
        email=email,
        alias=alias,
        name=name,
        language=Language(language),
        is_administrator=admin,
    )
    line = _line(person)
    _finish(dry_run=dry_run)
    click.echo(f"{'would make' if dry_run else 'made'} {line}")


@cli.command("set-password")
@click.argument("email_or_alias")
@password_option
@dry_run_option
@in_site
def set_password(email_or_alias: str, password_file: Path | None, *, dry_run: bool) -> None:
    """Give an account a new password and sign it out everywhere."""
    person = queries.find_person_by_name(email_or_alias)
    if person is None:
        raise NotFound("account")
    person_id, line = person.id, _line(person)
    local_words = rules.local_words_of(person.email, person.alias, person.name)
    db.session.rollback()  # asking and hashing take their time: no transaction waits for them
    password_hash = passwords.hash_password(_asked_password(password_file, local_words))
    changes.set_password_by_command(person_id, password_hash)
    _finish(dry_run=dry_run)
    click.echo(f"{'would set' if dry_run else 'set'} the password of {line}")


@cli.command("reset-second-factor")
@click.argument("email_or_alias")
@dry_run_option
@in_site
def reset_second_factor(email_or_alias: str, *, dry_run: bool) -> None:
    """Take the second step at sign-in from an account whose phone and codes are lost, and sign it out everywhere."""
    person = queries.find_person_by_name(email_or_alias)
    if person is None:
        raise NotFound("account")
    line, is_reset = _line(person), second_factor.reset(person.id, by_id=None)
    _finish(dry_run=dry_run)
    if not is_reset:
        click.echo(f"there is no second factor: {line}")
    else:
        click.echo(f"{'would reset' if dry_run else 'reset'} the second factor of {line}")


@cli.command("list")
@in_site
def list_users() -> None:
    """List accounts, one a line: number, how they sign in, name, state."""
    for offset in range(0, queries.count_people(), CHUNK):
        for person in queries.list_people(CHUNK, offset):
            click.echo(_line(person))


def _asked_password(file: Path | None, local_words: frozenset[str]) -> str:
    if file is None:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        with click.open_file(str(file), encoding="utf-8") as lines:
            password = lines.readline().rstrip("\r\n")
    problem = rules.find_password_problem(password, common=catalog.common_passwords(), local_words=local_words)
    if problem is not None:
        raise Invalid(str(PASSWORD_SENTENCES[problem]))
    return str(password)


def _finish(*, dry_run: bool) -> None:
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()


def _line(person: Person) -> str:
    kind = "administrator" if person.is_administrator else "person"
    return f"{person.id} {person.email or person.alias} {person.name or '-'} {person.state} {kind}"
