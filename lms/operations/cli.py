"""`commons run`, `init`, `migrate`, `doctor`, `backup`, `audit`, `jobs`: starting a site and looking after it."""

import sys
from dataclasses import replace
from pathlib import Path

import click
from flask import current_app

from lms import audit, clock, jobs, schema
from lms.audit import Subject
from lms.cli import STARTED_AT
from lms.db import db
from lms.errors import CommonsError
from lms.operations import archive, doctor, heads, preparation, restore, server, setup
from lms.operations import backup as backups
from lms.operations.command import in_site, opened_site
from lms.operations.database import opened
from lms.operations.erasures import erase_again
from lms.operations.folder import BACKUPS, prepare_folder, refuse_other_mode, refuse_unfinished
from lms.search.jobs import REBUILD
from lms.settings import Settings, read_settings

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
backup_file = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


def say(line: str) -> None:
    """Tell the person at the terminal, at once."""
    click.echo(line)
    sys.stdout.flush()


# ---------------------------------------------------------------- starting


@click.command("run")
@click.option("--workers", type=click.IntRange(1, 64), help="How many web processes to start, instead of WORKERS.")
@dry_run_option
def run(*, workers: int | None, dry_run: bool) -> None:
    """Start the site.

    It first brings the database up to date (after a backup), publishes the content that came with this release and
    fills an empty demo site. Ctrl-C or SIGTERM stops it in good order.
    """
    settings = read_settings(makes_secret=not dry_run)
    if workers is not None:
        settings = replace(settings, workers=workers)
    if dry_run:
        _say_plan(settings)
    else:
        server.run(settings, say, started_at=STARTED_AT)


@click.command("init")
@click.option("--name", "site_name", prompt="Name of the site", help="What the site is called on every page.")
@click.option("--url", "site_url", prompt="Address of the site (https://…)", help="Where people reach it.")
@click.option("--admin-email", prompt="E-mail address of the first administrator")
@click.option("--admin-name", prompt="Name of the first administrator")
@click.option(
    "--admin-password-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="Read the password from the first line of this file (- for standard input) instead of asking for it.",
)
@dry_run_option
def init(
    *,
    site_name: str,
    site_url: str,
    admin_email: str,
    admin_name: str,
    admin_password_file: Path | None,
    dry_run: bool,
) -> None:
    """Set up a production site.

    Its name, its address and its first administrator; what is not given as an option is asked for.
    """
    password = _asked_password(admin_password_file)
    plan = setup.Plan(site_name, site_url, admin_email, admin_name, password)
    settings = read_settings(makes_secret=not dry_run)
    if dry_run:
        setup.check(settings, plan)
        setup.refuse_used_database(settings)
        say(f"Would set up {plan.site_name} at {plan.site_url} in {settings.data_dir}.")
        return
    setup.set_up(settings, plan, say)
    say(f"{plan.site_name} is set up in {settings.data_dir}. Start it with `commons run`.")


@click.command("migrate")
@dry_run_option
def migrate(*, dry_run: bool) -> None:
    """Bring the database up to date.

    It is backed up first. Safe to run again after it was killed.
    """
    settings = read_settings(makes_secret=not dry_run)
    refuse_other_mode(settings)
    if dry_run:
        pending = preparation.pending_migrations(settings, say)
        say(f"Would run {', '.join(pending)}." if pending else "The database is up to date.")
        return
    prepare_folder(settings)
    with opened(settings, say, makes_database=True) as engine:
        schema.refuse_foreign(engine)
        if not preparation.migrate(settings, engine, say):
            say("The database is up to date.")


@click.command("doctor")
def look() -> None:
    """Say what is well and what is not.

    The exit code is 1 when something is ill.
    """
    settings = read_settings()
    is_ill = False
    with opened_site(settings):
        for finding in doctor.look(settings):
            say(f"{finding.kind:<5} {finding.name}: {finding.sentence}")
            is_ill = is_ill or finding.kind is doctor.Kind.ILL
    if is_ill:
        sys.exit(1)


# ---------------------------------------------------------------- backups


@click.group("backup")
def backup() -> None:
    """Create, verify and restore backups."""


@backup.command("create")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="A file that ends in .zip, or a folder; by default the folder backups in the data folder.",
)
@dry_run_option
def create(*, target: Path | None, dry_run: bool) -> None:
    """Write a backup of everything but the secret key, also while the site is running."""
    settings = read_settings(makes_secret=not dry_run)
    refuse_other_mode(settings)
    target = target or settings.data_dir / BACKUPS
    with opened(settings) as engine:
        schema.refuse_foreign(engine)
        if dry_run:
            counted = backups.count_rows(engine)
            say(f"Would back up {sum(counted.values())} rows of {len(counted)} tables to {target}.")
            return
        made = backups.create(settings, engine, target)
    size = made.path.stat().st_size
    say(f"Backed up {made.manifest.n_rows} rows of {len(made.manifest.tables)} tables to {made.path} ({size} bytes).")


@backup.command("verify")
@backup_file
def verify(file: Path) -> None:
    """Check every byte of a backup. The exit code is 1 when it is damaged."""
    with archive.opened(file) as opened_backup:
        for part in opened_backup.manifest.tables:
            for _row in opened_backup.rows(part):
                pass
        say(f"The backup is whole. {_about(opened_backup.manifest)}")


@backup.command("restore")
@backup_file
@dry_run_option
def put_back(file: Path, *, dry_run: bool) -> None:
    """Replace the site's database by a backup. Stop the site first; the old database is kept aside."""
    settings = read_settings(makes_secret=not dry_run)
    if dry_run:
        say(f"Would restore this backup. {_about(restore.check(settings, file))}")
        return
    restored = restore.restore(settings, file)
    _record_restore(file)
    say(f"Restored the backup. {_about(restored.manifest)} Everybody signs in again.")
    if restored.first_break is not None:
        broken = restored.first_break
        raise CommonsError(
            f"The record of changes in this backup is broken at chain {broken.chain}, entry {broken.sequence}. "
            "Everything was restored as it was in the backup."
        )


@in_site
def _record_restore(file: Path) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    before = audit.list_heads()
    audit.record(None, "restored a backup", Subject("backup", None), {"file": file.name[:120]})
    jobs.ask_once(REBUILD)
    db.session.commit()
    erased = erase_again(settings, beside=file)
    if erased:
        say(f"Erased {erased} people again, who had been erased after this backup was made.")
    if settings.audit_head_file is not None:
        heads.publish(settings.audit_head_file, clock.now(), before, heads.RESTORED)
        heads.publish(settings.audit_head_file, clock.now(), audit.list_heads())


# ---------------------------------------------------------------- the record of changes


@click.group("audit")
def record() -> None:
    """Check the record of what was changed."""


@record.command("verify")
@in_site
def verify_record() -> None:
    """Read every chain of the record and name where it is broken. The exit code is 1 when it is."""
    settings: Settings = current_app.config["SETTINGS"]
    breaks = heads.list_breaks(settings.audit_head_file)
    for each in breaks:
        click.echo(f"broken: {each}", err=True)
    if breaks:
        sys.exit(1)
    ends = audit.list_heads()
    say(f"The record of changes is whole: {sum(head.sequence for head in ends)} entries in {len(ends)} chains.")


# ---------------------------------------------------------------- background work


@click.group("jobs")
def work() -> None:
    """Look at the background work, and do it."""


@work.command("list")
@in_site
def list_kinds() -> None:
    """List every kind of work this site knows, and how often it comes round."""
    workshop: jobs.Workshop = current_app.extensions["commons.workshop"]
    rounds = {each.kind: each.every for each in workshop.rounds}
    for kind in sorted(workshop.handlers):
        say(f"job       {kind}" + (f" (every {rounds[kind]})" if kind in rounds else ""))
    for delivery in sorted(workshop.deliveries):
        say(f"delivery  {delivery}")


@work.command("run-once")
@dry_run_option
@in_site
def run_once(*, dry_run: bool) -> None:
    """Do everything that is due now. The site's worker does the same every second."""
    if dry_run:
        say(f"{jobs.count_due()} pieces of work are due.")
        return
    n_worked = jobs.work_once(current_app.extensions["commons.workshop"])
    say(f"{n_worked} pieces of work were taken up.")


# ---------------------------------------------------------------- words


def _say_plan(settings: Settings) -> None:
    refuse_other_mode(settings)
    refuse_unfinished(settings)
    server.bind(settings).close()
    pending = preparation.pending_migrations(settings, say)
    if pending:
        say(f"Would run the migrations {', '.join(pending)}.")
    n_processes = server.n_web_processes(settings)
    say(f"Would start a {settings.mode} site at {settings.site_url} with {n_processes} web processes and a worker.")


def _asked_password(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("Password of the first administrator", hide_input=True, confirmation_prompt=True))
    with click.open_file(str(file), encoding="utf-8") as lines:
        return str(lines.readline().rstrip("\r\n"))


def _about(manifest: backups.Manifest) -> str:
    return (
        f"It was made at {manifest.created_at} by release {manifest.release} of a {manifest.mode} site "
        f"and holds {manifest.n_rows} rows of {len(manifest.tables)} tables at schema {manifest.schema_revision}."
    )
