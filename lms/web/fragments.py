"""Parts of pages that read the same for many readers, drawn once and kept.

A part is known by everything it depends on, so nothing ever has to be thrown away by hand: an immutable version of a
course, a set of local facts. The reader's language and time zone always count. Form tokens are each reader's own; they
are put in afterwards.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from markupsafe import Markup

from lms.web import forms, languages

MOST_PARTS = 2_000
MOST_CHARACTERS = 16_000_000
LONGEST_PART = 128_000  # characters, a long table; an address of a stranger may make a part as long as they like


class Fragments:
    """The newest parts drawn by one process."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Hashable, tuple[str, ...]] = OrderedDict()
        self._n_characters = 0
        self._lock = Lock()

    def draw_once(self, key: Hashable, caller: Callable[[], str]) -> Markup:
        """Return a part of a page, drawn now or before; a call block of a template gives `caller`."""
        key = (languages.language_now(), languages.zone_now(), key)
        part = self._find(key)
        if part is None:
            with forms.tokens_left_out():
                drawn = str(caller())
            part = forms.cut_at_tokens(drawn)
            if len(drawn) <= LONGEST_PART:
                self._keep(key, part)
        whole = "".join(part) if forms.leaves_tokens_out() else forms.put_tokens_in(part)  # a part may stand in a part
        return Markup(whole)  # noqa: S704  # drawn by the template itself, escaped there

    def _find(self, key: Hashable) -> tuple[str, ...] | None:
        with self._lock:
            part = self._parts.get(key)
            if part is not None:
                self._parts.move_to_end(key)
            return part

    def _keep(self, key: Hashable, part: tuple[str, ...]) -> None:
        with self._lock:
            self._n_characters += _size(part) - _size(self._parts.pop(key, ()))
            self._parts[key] = part
            while len(self._parts) > MOST_PARTS or self._n_characters > MOST_CHARACTERS:
                self._n_characters -= _size(self._parts.popitem(last=False)[1])


def _size(part: tuple[str, ...]) -> int:
    return sum(map(len, part))
