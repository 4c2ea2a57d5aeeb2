"""One parent and its children: started, watched, started again when they die, stopped in good order.

The parent holds no thread and no database connection, so that forking is safe at any time.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from lms.errors import CommonsError
from lms.operations.stopping import Stop, signals_held_back

log = logging.getLogger(__name__)

GRACE_SECONDS = 30.0  # how long running requests and jobs may take to finish
STEADY_SECONDS = 10.0  # a child that lived this long has recovered
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0

INTERRUPTED = 130

Work = Callable[[Stop], None]


class ChildFailed(CommonsError):
    """A process of the site ended before the site was ready."""


@dataclass
class Child:
    """One process of the site."""

    name: str
    work: Work
    pid: int | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    n_deaths: int = 0


class Supervisor:
    """Keeps its children alive until it is asked to stop."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop
        self._children: list[Child] = []

    def start(self, name: str, work: Work) -> None:
        """Start a child that will be started again whenever it dies."""
        child = Child(name, work)
        self._children.append(child)
        self._fork(child)

    def wait_for_first(self, reader: int) -> None:
        """Wait until a child writes to the pipe that it is ready; raise ChildFailed when one dies before."""
        while not self._stop.is_asked:
            if has_bytes(reader):
                return
            for child, status in self._ended():
                raise ChildFailed(f"The site could not start: process {child.name} {_said_by(status)}.")
            self._stop.wait(1.0, reader)

    def watch(self) -> None:
        """Start again what dies, later each time it dies soon, until this process is asked to stop."""
        while not self._stop.is_asked:
            for child, status in self._ended():
                self._plan_restart(child, status)
            now = time.monotonic()
            for child in self._children:
                if child.pid is None and child.due_at <= now:
                    self._fork(child)
            waits = [child.due_at - now for child in self._children if child.pid is None]
            self._stop.wait(min(waits, default=60.0))

    def end(self) -> None:
        """Ask every child to finish what it does; end those that do not within the grace, or when asked twice."""
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        patience = self._stop.times_asked
        while self._alive():
            list(self._ended())
            if time.monotonic() > deadline or self._stop.times_asked > max(patience, 1):
                log.warning("processes ended by force names=%s", ",".join(child.name for child in self._alive()))
                self._signal_all(signal.SIGKILL)
                deadline = time.monotonic() + GRACE_SECONDS
            if self._alive():
                self._stop.wait(0.5)

    def _fork(self, child: Child) -> None:
        child.started_at = time.monotonic()
        child.pid = fork(child.work)
        log.info("process started name=%s pid=%s", child.name, child.pid)

    def _alive(self) -> list[Child]:
        return [child for child in self._children if child.pid is not None]

    def _signal_all(self, number: signal.Signals) -> None:
        for child in self._alive():
            assert child.pid is not None  # noqa: S101  # for the type checker
            os.kill(child.pid, number)

    def _ended(self) -> Iterator[tuple[Child, int]]:
        """Yield each child that has ended, with its wait status."""
        for child in self._alive():
            assert child.pid is not None  # noqa: S101  # for the type checker
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                child.pid = None
                yield child, status

    def _plan_restart(self, child: Child, status: int) -> None:
        now = time.monotonic()
        child.n_deaths = 1 if now - child.started_at > STEADY_SECONDS else child.n_deaths + 1
        delay = min(FIRST_DELAY_SECONDS * 2 ** (child.n_deaths - 1), LONGEST_DELAY_SECONDS)
        child.due_at = now + delay
        log.error("process died name=%s how=%s restart_in=%.1f", child.name, _said_by(status), delay)


def fork(work: Work) -> int:
    """Start a child that does one piece of work and ends; return its process number."""
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    with signals_held_back():
        pid = os.fork()
        if pid == 0:
            _live_as_child(work, parent)
        return pid


def wait_for(pid: int, stop: Stop) -> int:
    """Wait for a child that does one piece of work; return its exit code."""
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        stop.wait(1.0)


def has_bytes(reader: int) -> bool:
    """Say whether something was written to a pipe, and read it."""
    try:
        return bool(os.read(reader, 1))
    except BlockingIOError:
        return False


def _live_as_child(work: Work, parent: int) -> NoReturn:
    code = 1
    try:
        stop = Stop(parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        work(stop)
        code = 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except CommonsError as error:
        print(f"commons: {error}", file=sys.stderr)  # noqa: T201  # a sentence for the person at the terminal
    except BaseException:
        log.critical("process failed", exc_info=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _said_by(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"
