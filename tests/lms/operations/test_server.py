import os
import re
import signal
import socket
import threading
from pathlib import Path

import pytest

from lms.operations import server
from lms.operations.folder import held_alone
from lms.operations.stopping import Stop
from lms.operations.supervisor import fork
from lms.settings import Settings, read_settings
from tests.running_site import RunningSite, run_commons, wait_until
from tests.trial_writers import Phone, Writers, check_nothing_lost


def has_no_trouble(log: str) -> bool:
    return not re.search(r"Traceback|exception=|CRITICAL|ERROR", log)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_site_starts_answers_and_stops_in_good_order(running: RunningSite, number: signal.Signals):
    assert running.status("/healthz") == 200
    assert running.status("/no-such-page") == 404
    assert running.stop(number) == 0
    assert has_no_trouble(running.log), running.log
    assert running.log.rstrip().endswith("Stopped.")


def test_a_running_request_is_answered_before_the_site_stops(running: RunningSite):
    answers: list[bool] = []
    phone = Phone(running.url)
    assert phone.write("first", threading.Event())
    slow = threading.Thread(target=lambda: answers.append(phone.write("slow", threading.Event(), "/slowly/15")))
    slow.start()
    assert wait_until(lambda: has_connection(running), 5)
    assert running.stop() == 0
    slow.join(10)
    assert answers == [True]
    assert has_no_trouble(running.log), running.log


def test_what_dies_is_started_again(running: RunningSite):
    before = running.pids()
    assert set(before) >= {"web-1", "worker"}
    for name in ("web-1", "worker"):
        assert running.kill(name)
        assert wait_until(lambda name=name: running.pids()[name] != before[name], 10)
    assert wait_until(lambda: running.status("/healthz") == 200, 20)
    assert running.log.count("process died name=") == 2
    assert running.stop() == 0


def test_children_end_with_their_parent(running: RunningSite, site_settings: Settings):
    assert running.process is not None
    running.process.kill()
    running.process.wait(10)
    with held_alone(site_settings.data_dir, wait_seconds=20):  # children hold the lock as long as they live
        assert running.status("/healthz") == 0


def test_a_child_knows_that_it_is_alone_even_when_its_parent_dies_at_once():
    told, say = os.pipe()

    def outlive(stop: Stop) -> None:
        assert wait_until(lambda: os.getppid() != parent, 20)
        os.write(say, b"alone" if stop.is_left_alone else b"waits")

    parent = os.fork()
    if parent == 0:
        parent = os.getpid()
        fork(outlive)
        os._exit(0)
    os.waitpid(parent, 0)
    os.close(say)
    with os.fdopen(told, "rb") as words:
        assert words.read() == b"alone"


def test_nothing_is_lost_or_doubled_when_processes_are_killed(
    running: RunningSite, site_settings: Settings, tmp_path: Path
):
    writers = Writers(running.url, tmp_path / "acknowledged")
    writers.start()
    for name in ("web-1", "worker", "web-1"):
        n_before = len(writers.acknowledged)
        assert wait_until(lambda n=n_before: len(writers.acknowledged) > n + 10, 30)
        running.kill(name)
    n_before = len(writers.acknowledged)
    assert wait_until(lambda: len(writers.acknowledged) > n_before + 10, 30)
    writers.stop()
    assert running.stop() == 0
    check_nothing_lost(site_settings, writers.acknowledged)


def test_a_second_site_on_the_same_folder_is_refused_in_words(running: RunningSite, database_url: str):
    refused = run_commons("backup", "restore", "no-such-file.zip", data_dir=running.data_dir)
    assert refused.returncode == 1
    second = run_commons("run", data_dir=running.data_dir, environ={"DATABASE_URL": database_url, "PORT": "0"})
    assert second.returncode == 1
    assert re.fullmatch(r"commons: A site is running on the data folder .* Stop it first\.\n", second.stderr)


def test_a_taken_port_is_one_sentence(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = run_commons("run", data_dir=tmp_path / "data", environ={"PORT": port})
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert f"port {port}: Address already in use" in refused.stderr


def test_an_address_that_is_not_ours_is_one_sentence(tmp_path: Path):
    settings = read_settings({"DATA_DIR": str(tmp_path), "HOST": "203.0.113.7", "PORT": "0"})
    with pytest.raises(server.PortTaken, match=r"cannot listen on 203\.0\.113\.7"):
        server.bind(settings)


def test_one_web_process_beside_sqlite_and_one_a_core_beside_postgresql(tmp_path: Path):
    kept = {"DATA_DIR": str(tmp_path)}
    assert server.n_web_processes(read_settings(kept)) == 1
    assert server.n_web_processes(read_settings({**kept, "WORKERS": "3"})) == 3
    assert server.n_web_processes(read_settings({**kept, "DATABASE_URL": "postgresql:///commons"})) >= 1


def test_the_address_follows_a_port_that_the_system_chose(tmp_path: Path):
    kept = {"DATA_DIR": str(tmp_path), "PORT": "0"}
    assert server.with_port(read_settings(kept), 4321).site_url == "http://127.0.0.1:4321"
    named = read_settings({**kept, "SITE_URL": "https://commons.example.org"})
    assert server.with_port(named, 4321).site_url == "https://commons.example.org"


def has_connection(running: RunningSite) -> bool:
    """Whether somebody is connected to the site now."""
    port = f"{int(running.url.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port}") and line.split()[3] == "01" for line in lines)
