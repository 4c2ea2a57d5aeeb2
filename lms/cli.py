"""The one console command, `commons`, with a group per slice."""

import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

import click

from lms.errors import CommonsError

GROUPS = {  # command name → module that holds it, as `cli`
    "run": "lms.serving.cli",
    "init": "lms.serving.cli",
    "migrate": "lms.serving.cli",
    "doctor": "lms.serving.cli",
}


def main() -> None:
    """Run a command; a refusal is one sentence and exit code 1."""
    try:
        commons(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except CommonsError as error:
        click.echo(f"commons: {error}", err=True)
        sys.exit(1)
