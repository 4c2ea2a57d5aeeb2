"""Reading a list of addresses as people paste it: one a line, and what mail programs put between them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext, ngettext

from lms.accounts.rules import MAX_EMAIL, clean_line, normal_email
from lms.readiness.services.inviting import MOST_AT_ONCE

MOST_LINES_NAMED = 20
_SEPARATORS = re.compile(r"[\n\r;,]+")
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")  # a copied address often brings them along


@dataclass(frozen=True)
class Pasted:
    """The addresses of a pasted list, each once, or what is wrong with its lines."""

    addresses: tuple[str, ...]
    problems: tuple[str, ...]


def read_addresses(text: str) -> Pasted:
    """Read a pasted list: one address a line, "Name <address>" too, and what mail programs put between them."""
    addresses: dict[str, None] = {}
    bad: list[tuple[int, str]] = []
    n_read = 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        for part in _SEPARATORS.split(line):
            typed = _UNSEEN.sub("", part).strip()
            if not typed:
                continue
            n_read += 1
            if n_read > MOST_AT_ONCE:
                sentence = gettext(
                    "Paste at most %(most)d addresses at once. Nobody was invited yet.", most=MOST_AT_ONCE
                )
                return Pasted((), (sentence,))
            address = _address_in(typed)
            if address is None:
                bad.append((number, typed))
            else:
                addresses[address] = None
    return Pasted(() if bad else tuple(addresses), tuple(_say_bad(bad)))


def _address_in(typed: str) -> str | None:
    named = _IN_BRACKETS.search(typed)
    written = named[1] if named else typed
    if len(written) > 2 * MAX_EMAIL or any(each < " " or each == "\x7f" for each in written):
        return None
    address = normal_email(written)
    return address if address and address.isascii() else None  # mail servers here pass on no others


def _say_too_many() -> str:
    return str(gettext("Paste at most %(most)d addresses at once. Nobody was invited yet.", most=MOST_AT_ONCE))


def _say_bad(bad: Sequence[tuple[int, str]]) -> Iterable[str]:
    for number, typed in bad[:MOST_LINES_NAMED]:
        shown = typed if len(typed) <= 60 else f"{typed[:59]}…"
        yield gettext("Line %(line)d is no e-mail address: %(typed)s.", line=number, typed=f"“{clean_line(shown)}”")
    n_more = len(bad) - MOST_LINES_NAMED
    if n_more > 0:
        yield ngettext("One more line is no address.", "%(num)d more lines are no addresses.", n_more)
