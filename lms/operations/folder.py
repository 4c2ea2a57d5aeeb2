"""The data folder: for its owner only, of one mode for ever, used by one site at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lms.errors import CommonsError
from lms.settings import SITE_FILE, Mode, Settings

MODE_FILE = "MODE"
LOCK_FILE = "run.lock"
BACKUPS = "backups"
PASSWORD_FILE = "demo-password"
INDEX_FOLDER = "search"
MAILBOX = "mail"

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
LOCK_POLL_SECONDS = 0.1


class FolderRefused(CommonsError):
    """The data folder cannot be used; the sentence says why and what to do."""


class SiteIsRunning(CommonsError):
    """A site uses this data folder now."""


def prepare_folder(settings: Settings) -> None:
    """Make the data folder, close it to everybody else, and mark its mode on first use."""
    refuse_other_mode(settings)
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        settings.data_dir.chmod(OWNER_ONLY_FOLDER)
        if read_mode(settings.data_dir) is None:
            write_durably(settings.data_dir / MODE_FILE, settings.mode.value.encode() + b"\n")
    except OSError as error:
        raise FolderRefused(f"The data folder {settings.data_dir} cannot be used: {error.strerror}.") from error


def read_mode(data_dir: Path) -> Mode | None:
    """Return the mode a data folder was made for, or None when it is new."""
    try:
        return Mode((data_dir / MODE_FILE).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FolderRefused(f"The data folder {data_dir} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise FolderRefused(f"The file {MODE_FILE} in the data folder must say demo or production.") from error


def refuse_other_mode(settings: Settings) -> None:
    """Refuse to open demo data as production, or the other way round."""
    found = read_mode(settings.data_dir)
    if found is Mode.DEMO and not settings.is_demo:
        raise FolderRefused(
            f"The data folder {settings.data_dir} holds a demo site. A production site needs a folder of its own: "
            "name one with DATA_DIR, then run `commons init`."
        )
    if found is Mode.PRODUCTION and settings.is_demo:
        raise FolderRefused(
            f"The data folder {settings.data_dir} holds a production site and is never opened as a demo. "
            "Leave MODE out, or name another folder with DATA_DIR."
        )


def refuse_unfinished(settings: Settings) -> None:
    """Refuse to run a production site that was never set up."""
    is_set_up = (settings.data_dir / SITE_FILE).exists() and read_mode(settings.data_dir) is Mode.PRODUCTION
    if not settings.is_demo and not is_set_up:
        raise FolderRefused("This production site is not set up yet. Run `commons init` first.")


@contextmanager
def held_alone(data_dir: Path, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the data folder as the one site that uses it. Forked children hold it too, until the last one ends."""
    descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT, OWNER_ONLY_FILE)
    try:
        _lock(descriptor, data_dir, time.monotonic() + wait_seconds)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes, mode: int = OWNER_ONLY_FILE) -> None:
    """Write a file so that it is whole or not there, even after a power cut."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, data_dir: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
                raise SiteIsRunning(
                    f"A site is running on the data folder {data_dir} (process {holder}). Stop it first."
                ) from None
        time.sleep(LOCK_POLL_SECONDS)
