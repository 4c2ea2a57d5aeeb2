"""A real site in processes of its own, started as people start it, for tests that stop, kill and restore it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from lms.operations.folder import MODE_FILE
from lms.settings import SITE_FILE

ROOT = Path(__file__).parents[1]
COMMONS = (sys.executable, "-c", "from lms.cli import main; main()")
READY = re.compile(r" is ready at \S+ after ([\d.]+) seconds")
LISTENING = re.compile(r"listening host=(\S+) port=(\d+)")
STARTED = re.compile(r"process started name=(\S+) pid=(\d+)")
WORKER = "process started name=worker"
SECONDS_TO_START = 60
SECONDS_TO_STOP = 45
POLL_SECONDS = 0.02


class RunningSite:
    """One `commons run`, or another command that does the same with more doors."""

    def __init__(self, data_dir: Path, environ: Mapping[str, str] = {}, command: tuple[str, ...] = (*COMMONS, "run")):
        self.data_dir = data_dir
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.killed: set[int] = set()
        self._command = command
        self._environ = {**clean_environment(), "DATA_DIR": str(data_dir), "PORT": "0", **environ}
        self._log = data_dir.with_name(data_dir.name + ".log")
        self._log.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill_all()

    def start(self) -> None:
        already = len(self.log)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(lambda: bool(READY.search(self.log, already)) or not self.is_alive, SECONDS_TO_START)
        wait_until(lambda: WORKER in self.log[already:] or not self.is_alive, SECONDS_TO_START)
        place = LISTENING.search(self.log, already)
        assert READY.search(self.log, already), f"the site did not start: {self.log[already:]}"
        assert place
        self.url = f"http://{place[1]}:{place[2]}"

    @property
    def is_alive(self) -> bool:
        assert self.process is not None
        return self.process.poll() is None

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def pids(self) -> dict[str, int]:
        """The newest process of each name."""
        return {name: int(pid) for name, pid in STARTED.findall(self.log)}

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the site to stop; return its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(SECONDS_TO_STOP)

    def kill(self, name: str) -> bool:
        """End one process at once; False when it is gone already, or killed and not yet noticed by its parent."""
        pid = self.pids().get(name)
        if pid is None or pid in self.killed:
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.killed.add(pid)
        return True

    def kill_all(self) -> None:
        assert self.process is not None
        self.process.kill()
        for pid in self.pids().values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(SECONDS_TO_STOP)

    def status(self, path: str) -> int:
        try:
            with urlopen(self.url + path, timeout=10) as answer:  # noqa: S310  # our own address
                return int(answer.status)
        except URLError as error:
            return int(getattr(error, "code", 0))


def make_production_folder(data_dir: Path) -> Path:
    """What `commons init` leaves behind, beside the database. A demo would fill itself first, which takes a while."""
    data_dir.mkdir(mode=0o700)
    (data_dir / MODE_FILE).write_text("production\n")
    (data_dir / SITE_FILE).write_text('mode = "production"\nsite_url = "http://127.0.0.1:8000"\n')
    return data_dir


def run_commons(*words: str, data_dir: Path, environ: Mapping[str, str] = {}) -> subprocess.CompletedProcess[str]:
    """Run one command as people type it."""
    return subprocess.run(
        (*COMMONS, *words),
        env={**clean_environment(), "DATA_DIR": str(data_dir), **environ},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """No setting of the developer's own site."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1"}


def wait_until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until something is so; False when it never was."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
