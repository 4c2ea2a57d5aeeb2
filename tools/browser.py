"""Finds the browser that the journeys drive, and installs it where that needs no password.

    python3 -m tools.browser

Debian's Chromium, Playwright's one missing library and one font; Playwright never downloads a browser.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

from tools.environment import SetupError, install_system_packages

DEBIAN_PACKAGES = ["chromium", "libatomic1", "fonts-dejavu-core"]
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC_APPLICATIONS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)


def main() -> int:
    try:
        ensure()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def ensure() -> None:
    if not is_ready():
        install_system_packages(DEBIAN_PACKAGES)
    if not is_ready():
        message = "Chromium or libatomic.so.1 is still missing. Name a browser with CHROMIUM=/path/to/chromium."
        raise SetupError(message)


def is_ready() -> bool:
    return find_chromium() is not None and has_libatomic()


def find_chromium() -> str | None:
    """Path of the browser: the one that `CHROMIUM` names, else the first known name on this machine."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    on_path = (shutil.which(name) for name in NAMES)
    on_mac = (str(path) for path in MAC_APPLICATIONS if path.exists())
    return next((path for path in (*on_path, *on_mac) if path), None)


def has_libatomic() -> bool:
    """Playwright's own Node needs it; without it the error is “Connection closed while reading from the driver”."""
    if sys.platform != "linux":
        return True
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
