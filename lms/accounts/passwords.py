"""Slow hashes of passwords: Argon2id, few at a time, so that a storm of sign-ins does not stop others from reading.

Hash outside any transaction: a hash takes about 32 ms, and on SQLite a writing transaction keeps all others out.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lms.accounts.rules import normal_password
from lms.errors import Busy

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP password storage cheat sheet
# What is compared for a name that nobody has, so that this takes as long. No password gives it.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$MQI+6BjNi9VLC563ISjY5A$Gxv9zrEH359W+TMpzxv0dODkWTLeEkT8KANDmKkfg9c"

MAX_IN_LINE = 6  # of the server's 8 threads: two are always left for those who read
PATIENCE_SECONDS = 2

_running = BoundedSemaphore(max(1, (os.cpu_count() or 2) - 1))
_in_line = BoundedSemaphore(MAX_IN_LINE)


def hash_password(typed: str) -> str:
    """Return the hash to store; raise Busy when too many are waiting."""
    with _turn():
        return HASHER.hash(normal_password(typed))


def is_right(typed: str, password_hash: str | None) -> bool:
    """Say whether a password fits a hash. Without a hash the answer is no, and takes as long. Raises Busy."""
    with _turn():
        try:
            HASHER.verify(password_hash or NOBODY, normal_password(typed))
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


@contextmanager
def _turn() -> Iterator[None]:
    if not _in_line.acquire(blocking=False):
        raise Busy("Too many people are signing in at this moment.")
    try:
        if not _running.acquire(timeout=PATIENCE_SECONDS):
            raise Busy("Too many people are signing in at this moment.")
        try:
            yield
        finally:
            _running.release()
    finally:
        _in_line.release()
