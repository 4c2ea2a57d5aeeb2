"""Markdown to clean HTML: the one function behind lessons, help, previews, mail and PDF.

The length is capped first, because the parser is superlinear on some runs; the result is cleaned with a written
allow-list. Markers of the content format become their elements: sources, facts to be confirmed, local blanks.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.treeprocessors import Treeprocessor

MAX_CHARACTERS = 40_000
RENDERER_VERSION = 2  # raise it when the same Markdown gives other HTML: published versions are rendered anew

_TAGS = {
    "p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "blockquote", "a", "br", "hr",
    "table", "thead", "tbody", "tr", "th", "td", "div", "sup", "span", "abbr",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "div": {"class"}, "p": {"class"}, "span": {"class"}, "sup": {"class"}, "ol": {"start"}}
_OF_PICTURES = {"src", "alt", "width", "height", "loading"}
_CALLOUTS = {"danger", "remember", "say", "practise", "local"}
_CLASSES = {"admonition", "admonition-title", "cite", "to-confirm"} | _CALLOUTS
_SOURCE = re.compile(r"\[@([a-z0-9-]+)\]")
_SOURCES = re.compile(r"\s*\[@[a-z0-9-]+\](?:\s*\[@[a-z0-9-]+\])*")
_OWN = re.compile(r"\s*\[own\]")
_SAFE_LINK = re.compile(r"^(https://|mailto:|/(?![/\\])|#source-)")
_TO_CONFIRM = {"en": "to be confirmed by a clinician", "es": "pendiente de confirmación clínica"}


class Shown(NamedTuple):
    """Where a picture of ours is, and its size in points."""

    address: str
    width: int
    height: int


class TooLong(ValueError):
    """The text is longer than the cap."""


def render_prose(
    text: str, *, language: str = "en", sources: Sequence[str] = (), pictures: Mapping[str, Shown] = {}
) -> str:
    """Return clean HTML for Markdown text; `sources` numbers the source markers in its order.

    `pictures` says where each file is that the text may show; any other picture goes.
    """
    if len(text) > MAX_CHARACTERS:
        raise TooLong(f"Text may have at most {MAX_CHARACTERS} characters.")
    marked = _OWN.sub(f' <span class="to-confirm">{_TO_CONFIRM[language]}</span>', _number_sources(text, sources))
    parser = markdown.Markdown(extensions=["admonition", "tables", "sane_lists"], output_format="html")
    parser.treeprocessors.register(_TableHeads(parser), "table-heads", 5)
    parser.treeprocessors.register(_Pictures(parser, pictures), "pictures", 4)
    return _clean(parser.convert(marked), {shown.address for shown in pictures.values()})


def _number_sources(text: str, sources: Sequence[str]) -> str:
    def numbered(key: str) -> str:
        number = sources.index(key) + 1 if key in sources else "?"
        return f'<a href="#source-{key}">{number}</a>'

    def joined(run: re.Match[str]) -> str:
        return f'<sup class="cite">{", ".join(map(numbered, _SOURCE.findall(run[0])))}</sup>'

    return _SOURCES.sub(joined, text)


class _TableHeads(Treeprocessor):
    """Column heads say that they are heads."""

    def run(self, root: Element) -> None:
        for head in root.iter("th"):
            head.set("scope", "col")


class _Pictures(Treeprocessor):
    """Pictures are ours, have a place before they come, and come only when somebody reads that far."""

    def __init__(self, parser: markdown.Markdown, pictures: Mapping[str, Shown]) -> None:
        super().__init__(parser)
        self._pictures = pictures

    def run(self, root: Element) -> None:
        for image in root.iter("img"):
            shown = self._pictures.get(image.get("src", ""))
            if shown is None:
                image.tag = "span"
                continue
            image.set("src", shown.address)
            image.set("width", str(shown.width))
            image.set("height", str(shown.height))
            image.set("loading", "lazy")


def _clean(html: str, addresses: Collection[str]) -> str:
    def keep(tag: str, name: str, value: str) -> str | None:
        if tag == "img" and name == "src":
            return value if value in addresses else None
        return _keep_attribute(tag, name, value)

    return nh3.clean(
        html,
        tags=_TAGS | {"img"} if addresses else _TAGS,
        attributes={**_ATTRIBUTES, "th": {"scope"}, "img": _OF_PICTURES}
        if addresses
        else {**_ATTRIBUTES, "th": {"scope"}},
        attribute_filter=keep,
        url_schemes={"https", "mailto"},
        link_rel="noopener noreferrer",
    )


def _keep_attribute(_tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if word in _CLASSES) or None
    if name == "href":
        return value if _SAFE_LINK.match(value) else None
    return value
