"""What the commands of every slice share: the site around them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import has_app_context
from sqlalchemy.exc import OperationalError

from lms import create_app, schema
from lms.db import db
from lms.operations.database import DatabaseAway, said_by
from lms.operations.folder import refuse_other_mode
from lms.settings import Settings, read_settings
from lms.web.site import Site

COMMAND_BUSY_TIMEOUT_MS = 15_000  # a command may wait longer for the database than a page

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def build_patient(settings: Settings) -> Site:
    """Build a site that waits for the database as long as a command or a worker may."""
    return create_app(settings, busy_timeout_ms=COMMAND_BUSY_TIMEOUT_MS)


@contextmanager
def opened_site(settings: Settings, build: Callable[[Settings], Site] = build_patient) -> Iterator[Site]:
    """Give a site with its database open, and close it afterwards."""
    site = build(settings)
    with site.app_context():
        try:
            yield site
        except OperationalError as error:
            raise DatabaseAway(said_by(error)) from error
        finally:
            db.session.remove()
            db.engine.dispose()


def in_site(command: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Run a command inside the site, on a database that is up to date. The command itself commits.

    Put it below click's decorators. Inside a site that is already open it changes nothing.
    """

    @wraps(command)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        if has_app_context():
            return command(*args, **kwargs)
        settings = read_settings()
        refuse_other_mode(settings)
        with opened_site(settings):
            schema.refuse_outdated(db.engine)
            return command(*args, **kwargs)

    return run
