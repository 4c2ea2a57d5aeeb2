"""The worker process: looks every second for work that is due, and is patient while the database is away."""

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from lms import jobs
from lms.db import db
from lms.operations.stopping import Stop
from lms.settings import Settings
from lms.web.site import Site, is_database_away

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0


def work(build: Callable[[Settings], Site], settings: Settings, stop: Stop) -> None:
    """Do what is due until asked to stop; the row being worked on is finished first."""
    site = build(settings)
    pause = PAUSE_SECONDS
    while not stop.is_asked and not stop.is_left_alone:
        pause = PAUSE_SECONDS if _is_round_well(site, stop) else min(pause * 2, LONGEST_PAUSE_SECONDS)
        _wait(pause, stop)
    with site.app_context():
        db.engine.dispose()


def _is_round_well(site: Site, stop: Stop) -> bool:
    with site.app_context():
        try:
            jobs.work_once(site.extensions["commons.workshop"], should_stop=lambda: stop.is_asked)
            return True
        except SQLAlchemyError as error:
            if is_database_away(error):
                log.warning("database away kind=%s", type(error).__name__)
            else:
                log.exception("worker failed")
        except Exception:
            log.exception("worker failed")
        finally:
            _let_go()
    return False


def _let_go() -> None:
    try:
        db.session.remove()
    except SQLAlchemyError:
        db.engine.dispose()


def _wait(seconds: float, stop: Stop) -> None:
    while seconds > 0 and not stop.is_asked and not stop.is_left_alone:
        stop.wait(min(seconds, PAUSE_SECONDS))
        seconds -= PAUSE_SECONDS
