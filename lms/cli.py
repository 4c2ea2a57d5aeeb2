"""The one console command, `commons`: a group per slice, imported only when it is asked for."""

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import click

from lms.errors import CommonsError
from lms.importing import collector_at_rest

STARTED_AT = time.monotonic()


@dataclass(frozen=True)
class Place:
    """Where a command is written, and its line in the list of commands."""

    module: str
    name: str
    help: str


COMMANDS: Mapping[str, Place] = {
    "run": Place("lms.operations.cli", "run", "Start the site."),
    "init": Place("lms.operations.cli", "init", "Set up a production site."),
    "migrate": Place("lms.operations.cli", "migrate", "Bring the database up to date."),
    "doctor": Place("lms.operations.cli", "look", "Say what is well and what is not."),
    "backup": Place("lms.operations.cli", "backup", "Create, verify and restore backups."),
    "audit": Place("lms.operations.cli", "record", "Check the record of what was changed."),
    "jobs": Place("lms.operations.cli", "work", "Look at the background work, and do it."),
    "user": Place("lms.accounts.cli", "user", "Look after accounts."),
    "coalition": Place("lms.coalitions.cli", "coalition", "Look after coalitions."),
    "content": Place("lms.training.cli", "content", "Check and publish courses, instruments, ideas and pages."),
    "search": Place("lms.search.cli", "search", "Look after the search index."),
    "seed": Place("lms.seeds", "cli", "Fill an empty database with a demonstration."),
}


class Commands(click.Group):
    """Commands by name. A slice that this release does not have is not listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's shape
        return [name for name, place in COMMANDS.items() if _exists(place.module)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        place = COMMANDS[cmd_name]
        with collector_at_rest():
            module = import_module(place.module)
        command: click.Command = getattr(module, place.name, None) or module.cli
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


@click.command(cls=Commands)
def commons() -> None:
    """Run and look after the site. Settings come from the environment: see docs/settings.md."""


def main() -> None:
    """Run a command; a refusal is one sentence and exit code 1. What it writes is for its owner only."""
    os.umask(0o077)
    try:
        ended = commons(standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except CommonsError as error:
        click.echo(f"commons: {error}", err=True)
        sys.exit(1)


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
