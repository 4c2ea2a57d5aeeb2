"""The ends of the audit chains, written to a second place: what was cut off or rewritten there would show here.

One line a chain and day: `2026-11-21T20:00:00+00:00 published chain=0 sequence=12 hash=…`. The file only grows. A
restore notes where each chain stands then, because what came after the backup is rightly gone.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lms import audit
from lms.audit import Head
from lms.errors import CommonsError

PUBLISHED = "published"
RESTORED = "restored"
LINE = re.compile(r"\S+ (published|restored) chain=(\d{1,10}) sequence=(\d{1,18}) hash=([0-9a-f]{64})")


class HeadFileUnreadable(CommonsError):
    """The second place cannot be read or written."""


@dataclass(frozen=True)
class Break:
    """Where a chain is no longer what it was."""

    chain: int
    sequence: int
    reason: str

    def __str__(self) -> str:
        return f"chain {self.chain}, entry {self.sequence}: {self.reason}"


def publish(path: Path, now: datetime, heads: Iterable[Head], word: str = PUBLISHED) -> int:
    """Append where each chain ends; return how many lines were written."""
    lines = [f"{now.isoformat()} {word} chain={h.chain} sequence={h.sequence} hash={h.head_hash}\n" for h in heads]
    try:
        with path.open("a", encoding="ascii") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise HeadFileUnreadable(f"AUDIT_HEAD_FILE cannot be written: {error.strerror}.") from error
    return len(lines)


def list_breaks(path: Path | None) -> list[Break]:
    """Return every place where the record of changes was tampered with or damaged."""
    found = [
        Break(entry.chain, entry.sequence, "this entry was changed, or one before it removed")
        for entry in audit.find_breaks()
    ]
    found += [
        Break(head.chain, head.sequence, "the chain does not end here any more")
        for head in audit.list_heads()
        if not audit.holds(head)
    ]
    if path is not None:
        found += [
            Break(head.chain, head.sequence, "was published elsewhere and is gone or differs")
            for head in _published(path)
            if not audit.holds(head)
        ]
    return found


def _published(path: Path) -> Iterator[Head]:
    """Yield the newest published end of each chain; in a whole chain it vouches for all before it."""
    expected: dict[int, list[Head]] = {}
    for line in _lines(path):
        match = LINE.fullmatch(line)
        if match is None:  # cut off by a power cut
            continue
        head = Head(int(match[2]), int(match[3]), match[4])
        held = expected.setdefault(head.chain, [])
        if match[1] == RESTORED:
            held[:] = [each for each in held if each.sequence <= head.sequence]
        held.append(head)
    yield from (held[-1] for held in expected.values())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise HeadFileUnreadable(f"AUDIT_HEAD_FILE cannot be read: {error}.") from error
