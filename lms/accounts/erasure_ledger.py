"""Who was erased, in a file beside the backups: a restore of an older backup erases them again.

One JSON line a person, with numbers and days only. Lines are added and never changed.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

LEDGER_FILE = "erasures.jsonl"
MAX_BYTES = 16 << 20


@dataclass(frozen=True)
class Erased:
    """One erased person: the number of the account, the moment it was made (both name it), when it was erased."""

    person_id: int
    account_created_at: str
    erased_at: str


def read(path: Path) -> list[Erased]:
    """Return what a ledger says; a line that is none, like the torn last one after a power cut, is left out."""
    if not path.exists() or path.stat().st_size > MAX_BYTES:
        return []
    found = (_erased(line) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return [each for each in found if each is not None]


def add(path: Path, erased: Iterable[Erased]) -> int:
    """Write down who is not in the ledger yet, so that it lasts; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        known = {(each.person_id, each.account_created_at) for each in read(path)}
        new = [each for each in erased if (each.person_id, each.account_created_at) not in known]
        if new:
            # A line that was cut off by a power cut ends here, so that it spoils no other.
            file.write("".join(("\n", *(json.dumps(asdict(each)) + "\n" for each in new))))
            file.flush()
            os.fsync(file.fileno())
    return len(new)


def _erased(line: str) -> Erased | None:
    try:
        said = json.loads(line)
        return Erased(int(said["person_id"]), str(said["account_created_at"]), str(said["erased_at"]))
    except (ValueError, TypeError, KeyError):
        return None
