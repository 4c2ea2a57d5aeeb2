"""Ten times kill -9, on web processes, worker and parent: nothing acknowledged is lost, nothing done twice."""

from pathlib import Path
from random import Random

import pytest

from lms.settings import Settings
from tests.running_site import RunningSite, wait_until
from tests.trial_writers import Writers, check_nothing_lost

N_KILLS = 10
KEYS_BETWEEN = 15


@pytest.mark.parametrize("seed", [1, 2])
def test_ten_kills_on_web_and_worker_lose_nothing(
    running: RunningSite, site_settings: Settings, tmp_path: Path, seed: int
):
    rng = Random(seed)
    writers = Writers(running.url, tmp_path / "acknowledged", n_phones=6)
    writers.start()
    n_killed = 0
    while n_killed < N_KILLS:
        wait_for_keys(writers, rng.randint(1, KEYS_BETWEEN))
        n_killed += running.kill(rng.choice(sorted(running.pids())))
    wait_for_keys(writers, KEYS_BETWEEN)
    writers.stop()
    assert running.stop() == 0
    assert running.log.count("process died") == N_KILLS
    check_nothing_lost(site_settings, writers.acknowledged)


def test_ten_kills_on_the_worker_do_each_job_once(running: RunningSite, site_settings: Settings, tmp_path: Path):
    writers = Writers(running.url, tmp_path / "acknowledged", n_phones=6)
    writers.start()
    for _ in range(N_KILLS):
        before = running.pids()["worker"]
        wait_for_keys(writers, KEYS_BETWEEN)
        assert running.kill("worker")
        assert wait_until(lambda before=before: running.pids()["worker"] != before, 60)
    writers.stop()
    assert running.stop() == 0
    check_nothing_lost(site_settings, writers.acknowledged)


def test_killing_everything_at_once_loses_nothing(running: RunningSite, site_settings: Settings, tmp_path: Path):
    for number in range(3):
        writers = Writers(running.url, tmp_path / "acknowledged", n_phones=6, name=str(number))
        writers.start()
        wait_for_keys(writers, KEYS_BETWEEN)
        running.kill_all()
        writers.stop()
        running.start()
    assert running.stop() == 0
    check_nothing_lost(site_settings, writers.acknowledged)


def wait_for_keys(writers: Writers, n_more: int) -> None:
    n_before = len(writers.acknowledged)
    assert wait_until(lambda: len(writers.acknowledged) >= n_before + n_more, 120), "nothing is written any more"
