"""The browser of the journeys, for the `browser_type_launch_args` fixture."""

import os

from tools.browser import find_chromium

# A test browser talks to the site under test and to nobody else; without these it looks up its maker's hosts.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def chromium_path() -> str:
    path = find_chromium()
    if path is None:
        message = "No Chromium on this machine; `make test` installs it or says how."
        raise LookupError(message)
    return path


def launch_arguments() -> dict[str, object]:
    """Keywords for Playwright's `launch`; the browser is never one that Playwright downloaded."""
    return {"executable_path": chromium_path(), "args": [*QUIET, *machine_arguments()]}


def machine_arguments() -> list[str]:
    # Chromium refuses to start its sandbox as root, and containers give /dev/shm too little room for pages.
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []
