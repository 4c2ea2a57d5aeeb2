"""Makes `.venv` hold exactly what a lock file names; the standard library is enough to run it.

    python3 tools/environment.py run    what the site needs
    python3 tools/environment.py dev    the same, and what tests and checks need

One folder serves both sets: `locks/dev.txt` repeats every pin of `locks/run.txt`. A set is installed when its
stamp says so, and the stamp is written last, so an interrupted installation is simply done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = {"run": ("run",), "dev": ("run", "dev")}
OLDEST_PYTHON = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")
# The first line is read by sh, the rest by Python: a plain `#!` line breaks when the path is long or has a space.
CONSOLE_SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from lms.cli import main

sys.exit(main())
"""


class SetupError(Exception):
    """The environment cannot be made; the sentence says what to type."""


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        return use_newer_python(arguments)
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print("usage: environment.py run|dev", file=sys.stderr)
        return 2
    try:
        ensure(arguments[0])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def use_newer_python(arguments: list[str]) -> int:
    """Hand over to a newer interpreter of this machine, if it has one under its usual name."""
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        # It must run, too: version managers put names on the path that only print a hint.
        if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
            os.execv(found, [found, __file__, *arguments])
    print("Python 3.11 or newer is needed. Install it, or name it: make run PYTHON=/path/to/python3", file=sys.stderr)
    return 1


def ensure(name: str) -> None:
    """Install what is missing of one set; nearly free when nothing is."""
    if all(is_installed(lock) for lock in LOCKS[name]):
        return
    with exclusive():
        for lock in LOCKS[name]:
            # Another process may have installed it while this one waited.
            if not is_installed(lock):
                install(lock)


def install(lock: str) -> None:
    if not is_made_by_this_python():
        make_venv()
    print(f"Installing what locks/{lock}.txt names into .venv ...", flush=True)
    stamp_path(lock).unlink(missing_ok=True)
    install_packages(lock_path(lock))
    make_project_importable()
    write_whole(stamp_path(lock), stamp(lock))


def is_installed(lock: str) -> bool:
    return VENV_PYTHON.exists() and read_or_empty(stamp_path(lock)) == stamp(lock)


def stamp(lock: str) -> str:
    """Digest of all that the installed files depend on."""
    parts = (interpreter().encode(), Path(__file__).read_bytes(), lock_path(lock).read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def interpreter() -> str:
    """The Python, the machine and the place: scripts in `.venv` carry absolute paths."""
    machine = os.uname()
    return " ".join((sys.implementation.cache_tag or "", sys.base_prefix, machine.sysname, machine.machine, str(VENV)))


def lock_path(lock: str) -> Path:
    return ROOT / "locks" / f"{lock}.txt"


def stamp_path(lock: str) -> Path:
    return VENV / f".installed-{lock}"


def is_made_by_this_python() -> bool:
    return VENV_PYTHON.exists() and read_or_empty(VENV / ".made-by") == interpreter()


def make_venv() -> None:
    # Without pip inside, so that Debian's python3-venv package is not needed.
    shutil.rmtree(VENV, ignore_errors=True)
    run([base_python(), "-m", "venv", "--without-pip", str(VENV)], "The virtual environment could not be made.")
    write_whole(VENV / ".made-by", interpreter())


def base_python() -> str:
    """The interpreter outside `.venv`, for those who typed `make` with `.venv` active."""
    if Path(sys.prefix) == VENV:
        return str(getattr(sys, "_base_executable", sys.executable))
    return sys.executable


def install_packages(lock: Path) -> None:
    # Only wheels: building one would fetch tools that no lock names. Bytecode is made at first import, which is
    # quicker than making all of it now.
    flags = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile", "--no-input", "-qq"]
    pip = [*pip_command(), "--disable-pip-version-check"]
    run(
        [*pip, "install", *flags, "--requirement", str(lock)],
        f"The packages of {lock.name} could not be installed; the lines above say why. Try again when that is mended.",
    )


def pip_command() -> list[str]:
    """A pip that installs into `.venv`, from outside it where possible."""
    python = base_python()
    if not has_module(python, "pip"):
        if has_module(python, "ensurepip"):
            run([str(VENV_PYTHON), "-m", "ensurepip"], "pip could not be unpacked.")
            return [str(VENV_PYTHON), "-m", "pip"]
        install_system_packages(["python3-pip"])
    return [python, "-m", "pip", "--python", str(VENV_PYTHON)]


def has_module(python: str, module: str) -> bool:
    if python == sys.executable:
        return importlib.util.find_spec(module) is not None
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def install_system_packages(packages: list[str]) -> None:
    """Install Debian packages as root; anybody else is told the one command to type."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        message = f"This machine lacks {names}. Type this, then try again:\n\n    sudo {' '.join(command)}\n"
        raise SetupError(message)
    print(f"Installing {names} ...", flush=True)
    run(["apt-get", "update", "--quiet=2"], "The list of Debian packages could not be read.")
    run([*command, "--quiet=2"], f"apt-get could not install {names}.")


def make_project_importable() -> None:
    """Point the environment at this checkout: what an editable installation does, without a build."""
    (packages,) = (VENV / "lib").glob("python3.*/site-packages")
    write_whole(packages / "coalition_commons.pth", f"{ROOT}\n")
    script = VENV / "bin" / "commons"
    write_whole(script, CONSOLE_SCRIPT.format(python=VENV_PYTHON))
    script.chmod(0o755)


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """One installation at a time; the lock falls with the process, however it ends."""
    with (ROOT / ".venv.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(command: list[str], sentence: str) -> None:
    """Run a program that asks nothing and says only what went wrong."""
    unattended = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    result = subprocess.run(command, env=unattended, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    if result.returncode != 0:
        raise SetupError(sentence)


def read_or_empty(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def write_whole(path: Path, text: str) -> None:
    """Never leaves half a file behind."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
