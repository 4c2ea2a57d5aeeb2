"""What the commands of every slice share: the site around them."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import has_app_context

from lms import create_app, schema
from lms.db import db

COMMAND_BUSY_TIMEOUT_MS = 15_000  # a command may wait longer for the database than a page

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def in_site(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run a command inside the site, on a database that is up to date. The command itself commits.

    Put it below click's decorators. Inside a site that is already open it changes nothing.
    """

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if has_app_context():
            return command(*args, **kwargs)
        site = create_app(busy_timeout_ms=COMMAND_BUSY_TIMEOUT_MS)
        with site.app_context():
            try:
                schema.refuse_outdated(db.engine)
                return command(*args, **kwargs)
            finally:
                db.session.remove()
                db.engine.dispose()

    return run
