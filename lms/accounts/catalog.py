"""The list of passwords that everybody tries first."""

from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("common-passwords.txt")


@cache
def common_passwords() -> frozenset[str]:
    """Return the passwords chosen most often, in lower case."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
