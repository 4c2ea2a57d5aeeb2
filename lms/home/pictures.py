"""Pictures of help pages: small files beside the Markdown, each made for one language, served for ever once published.

A file is named `<page>.<name>.webp`, for a translation `<page>.<name>.es.webp`. `@2x` at the end of the name says that
the file holds two pixels for each point, as a phone shows it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from assessments.items import LANGUAGES
from lms.front_matter import ContentError

MOST_BYTES: Final = 40 * 1024  # somebody pays for each of them on a prepaid phone
MOST_PIXELS: Final = 1440
MEDIA_TYPES: Final[Mapping[str, str]] = {"webp": "image/webp", "png": "image/png"}

_TRANSLATIONS: Final = "|".join(LANGUAGES[1:])
_FILE: Final = re.compile(
    rf"(?P<page>[a-z0-9-]+)\.(?P<name>[a-z0-9-]+)(?P<dense>@2x)?(?:\.(?P<language>{_TRANSLATIONS}))?\.(?P<ending>webp|png)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture as pages show it; `width` and `height` in points. `address` is the last part of its URL."""

    file: str
    width: int
    height: int
    digest: str

    @property
    def address(self) -> str:
        """Name it by what it holds: another picture has another address, so browsers may keep each for ever."""
        stem, _, ending = self.file.rpartition(".")
        return f"{stem.partition('.')[2].replace('@2x', '').replace('.', '-')}.{self.digest}.{ending}"


def read_picture(folder: Path, file: str, *, page: str, language: str) -> Picture:
    """Read the picture that a text names; raises ContentError when it is not one of this page and language."""
    named = _FILE.fullmatch(file)
    if named is None or named["page"] != page or (named["language"] or LANGUAGES[0]) != language:
        ending = "" if language == LANGUAGES[0] else f".{language}"
        raise ContentError(file, "", f"a picture of this text is named {page}.<name>{ending}.webp or .png")
    content = _read_bytes(folder / file)
    width, height = _size(content, named["ending"], file)
    if max(width, height) > MOST_PIXELS:
        raise ContentError(file, "", f"{width} by {height} pixels; a side has at most {MOST_PIXELS}")
    density = 2 if named["dense"] else 1
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Picture(file=file, width=width // density, height=height // density, digest=digest)


def media_type_of(address: str) -> str:
    """Return what kind of file an address ends in."""
    return MEDIA_TYPES[address.rpartition(".")[2]]


def _read_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ContentError(path.name, "", "the picture is missing or cannot be read") from error
    if len(content) > MOST_BYTES:
        raise ContentError(path.name, "", f"{len(content)} bytes; a picture has at most {MOST_BYTES}")
    return content


def _size(content: bytes, ending: str, file: str) -> tuple[int, int]:
    """Width and height in pixels, from the head of the file: what is no such picture is refused."""
    found = _png_size(content) if ending == "png" else _webp_size(content)
    if found is None or not all(found):
        raise ContentError(file, "", f"is no picture of the kind {ending}")
    return found


def _png_size(content: bytes) -> tuple[int, int] | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """The three kinds of WebP: lossless, lossy, extended (developers.google.com/speed/webp/docs/riff_container)."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    kind = content[12:16]
    if kind == b"VP8L" and content[20:21] == b"\x2f":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        sides = int.from_bytes(content[26:28], "little"), int.from_bytes(content[28:30], "little")
        return sides[0] & 0x3FFF, sides[1] & 0x3FFF
    if kind == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    return None
