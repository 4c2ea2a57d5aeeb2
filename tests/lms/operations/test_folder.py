import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lms.operations import folder
from lms.operations.folder import FolderRefused, SiteIsRunning, held_alone, prepare_folder, write_durably
from lms.settings import Mode, Settings, read_settings
from tests.running_site import make_production_folder


@pytest.fixture
def demo(tmp_path: Path) -> Settings:
    return read_settings({"DATA_DIR": str(tmp_path / "data")})


def test_the_folder_is_for_its_owner_only(demo: Settings):
    prepare_folder(demo)
    assert stat.S_IMODE(demo.data_dir.stat().st_mode) == 0o700
    assert (demo.data_dir / folder.MODE_FILE).read_text() == "demo\n"


def test_a_folder_that_was_open_is_closed(demo: Settings):
    demo.data_dir.chmod(0o755)
    prepare_folder(demo)
    assert stat.S_IMODE(demo.data_dir.stat().st_mode) == 0o700


def test_a_demo_folder_is_never_opened_as_production(demo: Settings):
    prepare_folder(demo)
    with pytest.raises(FolderRefused, match="holds a demo site"):
        prepare_folder(replace(demo, mode=Mode.PRODUCTION))


def test_a_production_folder_is_never_opened_as_demo(tmp_path: Path):
    data_dir = make_production_folder(tmp_path / "data")
    with pytest.raises(FolderRefused, match="holds a production site"):
        prepare_folder(read_settings({"DATA_DIR": str(data_dir), "MODE": "demo"}))


def test_a_production_site_that_was_not_set_up_says_what_to_do(demo: Settings):
    with pytest.raises(FolderRefused, match="commons init"):
        folder.refuse_unfinished(replace(demo, mode=Mode.PRODUCTION))
    folder.refuse_unfinished(demo)


def test_a_strange_mode_is_refused(demo: Settings):
    (demo.data_dir / folder.MODE_FILE).write_text("something else")
    with pytest.raises(FolderRefused, match="demo or production"):
        folder.read_mode(demo.data_dir)


def test_a_folder_that_cannot_be_made_is_said_in_words(demo: Settings, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderRefused, match="cannot be used"):
        prepare_folder(replace(demo, data_dir=tmp_path / "file" / "data"))


def test_one_site_at_a_time(demo: Settings):
    prepare_folder(demo)
    with held_alone(demo.data_dir), pytest.raises(SiteIsRunning, match="process"), held_alone(demo.data_dir):
        pass
    with held_alone(demo.data_dir):
        pass


def test_the_lock_falls_with_its_process(demo: Settings):
    prepare_folder(demo)
    code = (
        "import os; from pathlib import Path; from lms.operations.folder import held_alone\n"
        f"held = held_alone(Path({str(demo.data_dir)!r})); held.__enter__(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    with held_alone(demo.data_dir):
        pass


def test_a_durable_file_is_whole_closed_to_others_and_replaces_the_old_one(tmp_path: Path):
    path = tmp_path / "fact"
    write_durably(path, b"first and longer")
    write_durably(path, b"second")
    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["fact"]
