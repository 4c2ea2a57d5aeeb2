"""Starting the site: one parent with the port, web processes and a worker below it."""

import gc
import logging
import os
import pkgutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from types import ModuleType

from sqlalchemy.orm import configure_mappers

import lms
from lms import create_app
from lms.errors import CommonsError
from lms.importing import collector_at_rest
from lms.operations import preparation, serving, worker
from lms.operations.command import build_patient
from lms.operations.folder import held_alone, prepare_folder, refuse_other_mode, refuse_unfinished
from lms.operations.logs import start_log
from lms.operations.stopping import Stop
from lms.operations.supervisor import Supervisor, fork, wait_for
from lms.settings import Settings
from lms.web.site import Site

log = logging.getLogger(__name__)

LOCK_PATIENCE_SECONDS = 5.0  # children of a killed parent need a moment to end
BACKLOG = 256
# Needed once in the life of a site, and what no page needs before the first search.
NEVER_PRELOADED = ("lms.migrations", "lms.seeds", "lms.search.engines.whoosh_index")

Build = Callable[[Settings], Site]
Say = Callable[[str], None]


class PortTaken(CommonsError):
    """The site cannot listen where it should."""


@dataclass(frozen=True)
class Doors:
    """How the processes of a site build it: the web ones wait a moment for the database, the worker longer."""

    web: Build = create_app
    worker: Build = build_patient


def run(settings: Settings, say: Say, *, started_at: float, doors: Doors | None = None) -> None:
    """Run the site until it is asked to stop."""
    doors = doors or Doors()
    start_log(settings.log_level)
    refuse_other_mode(settings)
    refuse_unfinished(settings)
    prepare_folder(settings)
    stop = Stop()
    with held_alone(settings.data_dir, wait_seconds=LOCK_PATIENCE_SECONDS), closing(bind(settings)) as listener:
        settings = with_port(settings, listener.getsockname()[1])
        log.info("listening host=%s port=%s", settings.host, settings.port)
        preload()
        if _prepare(doors, settings, stop, say):
            _serve(doors, settings, listener, stop, lambda: _say_ready(settings, say, time.monotonic() - started_at))
    if stop.is_asked:
        say("Stopped.")


def n_web_processes(settings: Settings) -> int:
    """One process beside SQLite, which takes one writer at a time; one a core beside PostgreSQL."""
    return settings.workers or (1 if settings.is_sqlite else os.cpu_count() or 1)


def bind(settings: Settings) -> socket.socket:
    """Take the port; raises PortTaken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise PortTaken(f"HOST={settings.host} is no address of this machine: {error.strerror}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"The site cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
            "Stop what uses the port, or choose another one: make run PORT=8001"
        ) from error
    return listener


def with_port(settings: Settings, port: int) -> Settings:
    """Return the settings with the port that was really taken, where any was asked for."""
    if settings.port:
        return settings
    is_derived = settings.site_url.endswith(":0")
    url = f"{settings.site_url.removesuffix(':0')}:{port}" if is_derived else settings.site_url
    return replace(settings, port=port, site_url=url)


def preload() -> None:
    """Import the whole site once, before forking: the processes share it, and none has to wait for it."""
    with collector_at_rest():
        _import_below(lms)
        configure_mappers()
    gc.freeze()  # all of this stays for ever: no collection looks through it, and no process copies it by looking


def _import_below(package: ModuleType) -> None:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if not found.name.startswith(NEVER_PRELOADED):
            module = import_module(found.name)
            if found.ispkg:
                _import_below(module)


def _prepare(doors: Doors, settings: Settings, stop: Stop, say: Say) -> bool:
    """Prepare the site in a process of its own, so that the parent never opens the database; False: asked to stop."""

    def work(own_stop: Stop) -> None:
        own_stop.on_ask = _leave
        preparation.prepare_database(settings, say)
        preparation.prepare_site(doors.worker, settings, say)

    pid = fork(work)
    stop.on_ask = lambda: _pass_on(pid)
    code = wait_for(pid, stop)
    stop.on_ask = lambda: None
    if code and not stop.is_asked:
        raise SystemExit(1)  # the child has said why
    return not stop.is_asked


def _serve(
    doors: Doors, settings: Settings, listener: socket.socket, stop: Stop, say_ready: Callable[[], None]
) -> None:
    supervisor = Supervisor(stop)
    with _ready_pipe() as (reader, writer):

        def serve(own_stop: Stop) -> None:
            serving.serve(doors.web, settings, listener, own_stop, lambda: _write_byte(writer))

        try:
            for number in range(n_web_processes(settings)):
                supervisor.start(f"web-{number + 1}", serve)
            supervisor.wait_for_first(reader)
            if not stop.is_asked:
                say_ready()
                supervisor.start("worker", lambda own_stop: worker.work(doors.worker, settings, own_stop))
            supervisor.watch()
        finally:
            supervisor.end()


@contextmanager
def _ready_pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        for end in ends:
            os.set_blocking(end, False)
        yield ends
    finally:
        for end in ends:
            os.close(end)


def _write_byte(writer: int) -> None:
    try:
        os.write(writer, b".")
    except BlockingIOError:
        return  # nobody reads it any more, and nobody needs to


def _leave() -> None:
    raise KeyboardInterrupt


def _pass_on(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _say_ready(settings: Settings, say: Say, seconds: float) -> None:
    say(f"{settings.site_name} is ready at {settings.site_url} after {seconds:.1f} seconds. Stop it with Ctrl-C.")
    people = preparation.demo_sign_ins() if settings.is_demo else ()
    for who, name in people:
        say(f"  {name:<32} {who}")
    if people:
        say(f"  Everybody's password: {preparation.demo_password(settings)}")
