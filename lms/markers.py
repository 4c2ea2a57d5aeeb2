"""The marks that prose carries: sources, facts to confirm, blanks, callouts, links; and what it must not carry."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from assessments.fields import Fields
from assessments.items import Localized

FACT_KEYS: Final = (
    "emergency-number",
    "crisis-line",
    "poison-line",
    "never-use-alone-line",
    "naloxone-where",
    "protocol-link",
    "good-samaritan-law",
)
CALLOUTS: Final = ("danger", "remember", "say", "practise", "local")

SOURCE_PATTERN: Final = re.compile(r"\[@([a-z0-9]+(?:-[a-z0-9]+)*)\]")
OWN_PATTERN: Final = re.compile(r"\[own\]")
FACT_PATTERN: Final = re.compile(r"\{\{fact:([a-z]+(?:-[a-z]+)*)\}\}")
CALLOUT_PATTERN: Final = re.compile(r'^!!! ([a-z]+)(?: "[^"\n]+")?$', re.MULTILINE)
LINK_PATTERN: Final = re.compile(r"\]\(([^)\s]*)[^)]*\)")
PICTURE_PATTERN: Final = re.compile(r"!\[([^\]\n]*)\]\(([^()\s]*)\)")

_ALLOWED_LINK: Final = re.compile(r"https://[^\s/?#]+[^\s]*|/overdose-now|/help/[a-z0-9]+(-[a-z0-9]+)*")
_FEWEST_WORDS: Final = 5  # of a picture: it says what is seen to somebody who does not see it
_OWN_BESIDE_SOURCE: Final = re.compile(r"\[own\]\s*\[@|\[@[^\]]*\]\s*\[own\]")
_FORBIDDEN: Final = (
    (re.compile(r"^# ", re.MULTILINE), "a first-level heading; the page has its own"),
    (re.compile(r"!\["), "an image that is not beside this text"),
    (re.compile(r"<[A-Za-z/!?]"), "raw HTML"),
    (re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE), "a link by reference"),
    (_OWN_BESIDE_SOURCE, "a fact marked [own] that also names a source"),
)


@dataclass(frozen=True)
class Markers:
    """The marks of one text, sorted, each as often as it stands there: translations must agree in them."""

    sources: tuple[str, ...]
    facts: tuple[str, ...]
    callouts: tuple[str, ...]
    n_own: int
    n_pictures: int = 0


def find_markers(markdown: str) -> Markers:
    """Collect the marks of a text.

    >>> find_markers("Wait. [@label] Breathe. [own] Call {{fact:poison-line}}.")
    Markers(sources=('label',), facts=('poison-line',), callouts=(), n_own=1, n_pictures=0)
    """
    return Markers(
        sources=tuple(sorted(SOURCE_PATTERN.findall(markdown))),
        facts=tuple(sorted(FACT_PATTERN.findall(markdown))),
        callouts=tuple(sorted(CALLOUT_PATTERN.findall(markdown))),
        n_own=len(OWN_PATTERN.findall(markdown)),
        n_pictures=len(find_pictures(markdown)),
    )


def find_links(markdown: str) -> tuple[str, ...]:
    """List the targets of all links, in their order.

    >>> find_links("See [help](/help/naloxone).")
    ('/help/naloxone',)
    """
    return tuple(LINK_PATTERN.findall(PICTURE_PATTERN.sub("", markdown)))


def find_pictures(markdown: str) -> tuple[str, ...]:
    """List the files of all pictures, in their order.

    >>> find_pictures("![A chart whose line rises](teams.chart.webp)")
    ('teams.chart.webp',)
    """
    return tuple(file for _words, file in PICTURE_PATTERN.findall(markdown))


def find_fault(markdown: str, pictures: Collection[str] = ()) -> str | None:
    """Say what a text carries that the content format does not allow; None when all is well.

    `pictures` are the files that the text may show.

    >>> find_fault("Call {{fact:colour}}.")
    "a blank that no local fact fills: '{{fact:colour}}'"
    >>> find_fault("Call 911.") is None
    True
    """
    for words, file in PICTURE_PATTERN.findall(markdown):
        if file in pictures and len(words.split()) < _FEWEST_WORDS:
            return f"a picture without words that say what is seen: {file!r}"
    without = PICTURE_PATTERN.sub(lambda found: "" if found[2] in pictures else found[0], markdown)
    for pattern, fault in _FORBIDDEN:
        if found := pattern.search(without):
            return f"{fault}: {found[0]!r}"
    for link in find_links(markdown):
        if not _ALLOWED_LINK.fullmatch(link):
            return f"a link that is neither https nor one of our pages: {link!r}"
    return _find_broken_marker(markdown)


def check_prose(
    fields: Fields, key: str, texts: Localized, sources: Collection[str], pictures: Collection[str] = ()
) -> None:
    """Refuse prose with a fault, with a source that is not declared, or with other marks in another language.

    `sources` are the keys that the file declares, `pictures` the files it may show. Raises FieldRefused.
    """
    for language, text in texts.items():
        if fault := find_fault(text, pictures):
            raise fields.refused(f"{key}.{language}", fault)
        for source in find_markers(text).sources:
            if source not in sources:
                raise fields.refused(f"{key}.{language}", f"the source {source!r} is not in the list of sources")
    if len({find_markers(text) for text in texts.values()}) > 1:
        raise fields.refused(key, "the languages carry different markers")


def _find_broken_marker(markdown: str) -> str | None:
    for blank in re.findall(r"\{\{[^}]*\}*", markdown):
        fact = FACT_PATTERN.fullmatch(blank)
        if fact is None or fact[1] not in FACT_KEYS:
            return f"a blank that no local fact fills: {blank!r}"
    for marker in re.findall(r"\[@[^\]]*\]?", markdown):
        if not SOURCE_PATTERN.fullmatch(marker):
            return f"a source marker that cannot be read: {marker!r}"
    for line in re.findall(r"^.*!!!.*$", markdown, re.MULTILINE):
        callout = CALLOUT_PATTERN.fullmatch(line)
        if callout is None or callout[1] not in CALLOUTS:
            return f"a callout that is none of {', '.join(CALLOUTS)}: {line!r}"
    return None
