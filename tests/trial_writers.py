"""Phones that write to the trial site and send again until they get an answer, and the count of what was kept."""

import http.client
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from sqlalchemy import select

from lms import audit, clock, jobs
from lms.audit import AuditEntry
from lms.db import db
from lms.settings import Settings
from tests import trial_site
from tests.running_site import RunningSite

TRIAL_COMMAND = (sys.executable, "-m", "tests.trial_site")
ANSWERED = frozenset({204, 409})  # 409: it had been taken before
AFTER_THE_LEASES = timedelta(minutes=10)


class Phone:
    """One client with its cookie, sending the same form until somebody takes it."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._cookie = self._token = ""

    def write(self, key: str, is_over: threading.Event, slowly: str = "") -> bool:
        """Send one key until it is taken; False when time is over before."""
        fields = {"form_key": str(uuid4())}
        while not is_over.is_set():
            try:
                if not self._token:
                    self._begin()
                status = self._send(f"/trial/{key}{slowly}", {**fields, "csrf_token": self._token})
            except (OSError, http.client.HTTPException):
                is_over.wait(0.02)
                continue
            if status in ANSWERED:
                return True
            assert status == 503, f"the site answered {status}"
        return False

    def _begin(self) -> None:
        connection = http.client.HTTPConnection(self._host, timeout=10)
        connection.request("GET", "/trial")
        answer = connection.getresponse()
        self._cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        self._token = answer.read().decode()
        connection.close()

    def _send(self, path: str, fields: dict[str, str]) -> int:
        connection = http.client.HTTPConnection(self._host, timeout=10)
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status


class Writers:
    """Several phones at once, and the side file of the keys that the site said it has."""

    def __init__(self, url: str, side_file: Path, n_phones: int = 3, name: str = "key") -> None:
        self._side_file = side_file
        self._name = name
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._write_on, args=(Phone(url), n)) for n in range(n_phones)]
        self.failures: list[BaseException] = []

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(30)
        assert not self.failures, self.failures

    @property
    def acknowledged(self) -> list[str]:
        return self._side_file.read_text().split() if self._side_file.exists() else []

    def _write_on(self, phone: Phone, number: int) -> None:
        try:
            for count in range(1_000_000):
                key = f"{self._name}-{number}-{count}"
                if not phone.write(key, self._is_over):
                    return
                self._note(key)
        except BaseException as error:  # noqa: BLE001  # told by stop(), in the test's own thread
            self.failures.append(error)

    def _note(self, key: str) -> None:
        with self._lock, self._side_file.open("a") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def trial_site_running(data_dir: Path, **environ: str) -> Iterator[RunningSite]:
    with RunningSite(data_dir, environ, TRIAL_COMMAND) as site:
        yield site


def check_nothing_lost(settings: Settings, acknowledged: list[str]) -> None:
    """Finish what is left to do, then count: each acknowledged key once, each job once, the chain whole."""
    site = trial_site.build(settings)
    with site.app_context(), clock.fixed(clock.now() + AFTER_THE_LEASES):
        jobs.work_once(site.extensions["commons.workshop"])
        written, worked = count_entries(trial_site.WRITTEN), count_entries(trial_site.WORKED)
        assert [entry.id for entry in audit.find_breaks()] == []
        db.session.remove()
        db.engine.dispose()
    assert acknowledged, "nothing was written at all"
    assert [key for key in acknowledged if key not in written] == [], "acknowledged and lost"
    assert [key for key, n_times in (written + worked).items() if n_times != 2] == [], "not once written, once worked"
    assert set(written) == set(worked)


def count_entries(verb: str) -> Counter[str]:
    return Counter(str(key) for key in db.session.scalars(select(AuditEntry.subject_id).where(AuditEntry.verb == verb)))
