"""Being asked to stop: signals noted, never acted on in the middle of something."""

import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ASKING = (signal.SIGTERM, signal.SIGINT)
WATCHED = {*ASKING, signal.SIGCHLD}


class Stop:
    """What this process was asked so far. Made once a process, in its main thread; a forked child makes its own.

    A child is told who its parent is: were it to ask by itself, the parent might be dead already.
    """

    def __init__(self, parent: int | None = None) -> None:
        self.times_asked = 0
        self._parent = parent
        self.on_ask: Callable[[], None] = lambda: None
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in ASKING:
            signal.signal(number, self._note)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # only to wake from waiting

    @property
    def is_asked(self) -> bool:
        """Whether this process was asked to stop."""
        return self.times_asked > 0

    @property
    def is_left_alone(self) -> bool:
        """Whether the parent of this process died: a child must not live on alone."""
        return self._parent is not None and os.getppid() != self._parent

    def wait(self, seconds: float, *others: int) -> None:
        """Sleep, but wake for a signal, or when one of the other descriptors can be read."""
        ready, _, _ = select.select([self._reader, *others], [], [], max(0.0, seconds))
        if self._reader in ready:
            os.read(self._reader, 4096)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.times_asked += 1
        self.on_ask()


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Keep signals waiting while a child is forked, so that none falls between two handlers."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
