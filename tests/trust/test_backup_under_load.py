"""Backups made while people write: each holds one moment, and everything acknowledged before it began."""

from pathlib import Path

from sqlalchemy import func, select

from lms import audit
from lms.db import db
from lms.jobs import Job
from lms.operations import restore
from lms.operations.command import opened_site
from lms.settings import Settings, read_settings
from tests.running_site import RunningSite, run_commons, wait_until
from tests.trial_site import KIND, WORKED, WRITTEN
from tests.trial_writers import Writers, check_nothing_lost, count_entries

N_BACKUPS = 4


def test_backups_under_load_restore_to_one_moment(running: RunningSite, site_settings: Settings, tmp_path: Path):
    writers = Writers(running.url, tmp_path / "acknowledged", n_phones=6)
    writers.start()
    held: list[tuple[Path, list[str]]] = []
    for number in range(N_BACKUPS):
        n_before = len(writers.acknowledged)
        assert wait_until(lambda n=n_before: len(writers.acknowledged) > n + 20, 120)
        acknowledged = writers.acknowledged
        file = tmp_path / f"{number}.zip"
        made = run_commons(
            "backup",
            "create",
            "--to",
            str(file),
            data_dir=site_settings.data_dir,
            environ={"DATABASE_URL": site_settings.database_url},
        )
        assert made.returncode == 0, made.stderr
        held.append((file, acknowledged))
    writers.stop()
    assert running.stop() == 0
    check_nothing_lost(site_settings, writers.acknowledged)
    for number, (file, acknowledged) in enumerate(held):
        check_one_moment(tmp_path / f"restored-{number}", file, acknowledged)


def check_one_moment(folder: Path, file: Path, acknowledged: list[str]) -> None:
    settings = read_settings({"DATA_DIR": str(folder), "MODE": "production"})
    assert restore.restore(settings, file).first_break is None
    with opened_site(settings):
        written, worked = count_entries(WRITTEN), count_entries(WORKED)
        n_jobs = db.session.scalar(select(func.count()).where(Job.kind == KIND))
        assert list(audit.find_breaks()) == []
    assert set(acknowledged) <= set(written)
    assert set(written.values()) == {1}
    assert set(worked) <= set(written)
    assert n_jobs == len(written)
