"""The real site for a browser: the server people get, in a thread of the test, on a database of its own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from waitress import create_server, wasyncore

from lms import create_app, jobs
from lms.db import db
from lms.notifications import mailbox
from lms.notifications.mailbox import KeptMessage
from lms.operations import serving
from lms.operations.server import bind, with_port
from lms.settings import Settings, read_settings
from lms.web import access
from lms.web.site import Site

SURVEY_KEY = "for tests only: links made in one site open in its copy"


class LiveSite:
    """The site at an address, and a look behind it."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self.url, self.cookie = settings.site_url, access.cookie_name(settings)
        self._settings, self._site = settings, site

    @contextmanager
    def database(self) -> Iterator[None]:
        """Read or change rows beside the server; what the block leaves is committed."""
        with self._site.app_context():
            yield
            db.session.commit()
            db.session.remove()

    def work(self) -> None:
        """Do what the worker would do now: send mail, bring the search up to date."""
        with self._site.app_context():
            jobs.work_once(self._site.extensions["commons.workshop"])
            db.session.remove()

    def mail(self) -> list[KeptMessage]:
        """Deliver what waits, and return what was sent so far, newest first."""
        self.work()
        return mailbox.list_messages(self._settings.data_dir / "mail")


@contextmanager
def running(database_url: str, folder: Path) -> Iterator[LiveSite]:
    """Serve the site while the block runs; afterwards nothing may have gone wrong inside it."""
    settings = read_settings(
        {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "PORT": "0",
            "SECRET_KEY": "for tests only: everybody may know this key",
            "SURVEY_KEY": SURVEY_KEY,
        }
    )
    with bind(settings) as listener, errors_of_the_site() as errors:
        settings = with_port(settings, listener.getsockname()[1])
        site = create_app(settings)
        with answering(site, serving.server_options(settings, listener)):
            yield LiveSite(settings, site)
        with site.app_context():
            db.engine.dispose()
    assert not errors, "\n".join(errors)


@contextmanager
def answering(site: Site, options: dict[str, Any]) -> Iterator[None]:
    """Answer requests in a thread, as a web process does."""
    channels: dict[int, Any] = {}
    server = create_server(site, map=channels, **options)
    is_over = threading.Event()

    def answer() -> None:
        while not is_over.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        server.pull_trigger()
        thread.join()
        server.task_dispatcher.shutdown()
        wasyncore.close_all(channels)


@contextmanager
def errors_of_the_site() -> Iterator[list[str]]:
    """Collect what the site logs as an error."""
    collected: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: collected.append(_with_trace(record))  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield collected
    finally:
        logging.getLogger().removeHandler(handler)


def _with_trace(record: logging.LogRecord) -> str:
    return logging.Formatter("%(name)s %(message)s").format(record)
