"""Reading a backup as if a stranger had sent it: nothing is believed unchecked, nothing is unpacked to disk."""

import hashlib
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from lms.errors import CommonsError
from lms.operations.backup import (
    DIGEST_LENGTH,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    Manifest,
    Part,
    TablePart,
    file_digest,
)
from lms.settings import SITE_FILE, Mode

MAX_ENTRIES = 500
MAX_TOTAL_BYTES = 50 << 30
MAX_MANIFEST_BYTES = 4 << 20
MAX_SITE_FILE_BYTES = 64 << 10
MAX_LINE_BYTES = 64 << 20
FREE_BYTES = 64 << 20  # below this much, a high ratio harms nobody
MAX_RATIO = 200
PIECE_BYTES = 1 << 20
KNOWN_NAME = re.compile(rf"{re.escape(MANIFEST)}|{re.escape(SITE_FILE)}|tables/[a-z][a-z0-9_]{{0,62}}\.jsonl")
KNOWN_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
ENCRYPTED = 0x1

Cell = str | int | float | bool | None


class Damaged(CommonsError):
    """The file is not a whole backup of ours; the sentence says what was found."""


class Archive:
    """A backup whose every byte was checked."""

    def __init__(self, file: zipfile.ZipFile, manifest: Manifest) -> None:
        self._file = file
        self.manifest = manifest

    def rows(self, part: TablePart) -> Iterator[list[Cell]]:
        """Yield the rows of a table; raises Damaged for one that is no list of plain values."""
        with self._file.open(part.file) as lines:
            while line := lines.readline(MAX_LINE_BYTES):
                yield _checked_row(line, part)

    def site_file(self) -> bytes | None:
        """Return the site's own settings, when the backup has them."""
        return self._file.read(SITE_FILE) if self.manifest.files else None


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Give a backup after checking all of it; raises Damaged."""
    try:
        with path.open("rb") as file:
            _check_digest(file)
            with zipfile.ZipFile(file) as zipped:
                _check_entries(zipped.infolist())
                manifest = _read_manifest(zipped)
                _check_parts(zipped, manifest)
                yield Archive(zipped, manifest)
    except OSError as error:
        raise Damaged(f"The backup {path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        raise Damaged(f"The backup {path} is damaged: it is not a whole zip file.") from error


def _check_digest(file: IO[bytes]) -> None:
    size = file.seek(0, 2)
    if size <= DIGEST_LENGTH:
        raise Damaged("The backup is damaged: it is cut short.")
    file.seek(size - DIGEST_LENGTH)
    if file.read(DIGEST_LENGTH) != file_digest(file, size - DIGEST_LENGTH).encode():
        raise Damaged("The backup is damaged: it was changed or cut after it was made.")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if len(names) > MAX_ENTRIES or len({name.casefold() for name in names}) < len(names):
        raise Damaged("The backup holds too many files, or two of one name.")
    for entry in entries:
        is_link = stat.S_ISLNK(entry.external_attr >> 16)
        is_strange = entry.compress_type not in KNOWN_METHODS or entry.flag_bits & ENCRYPTED
        if not KNOWN_NAME.fullmatch(entry.filename) or is_link or is_strange:
            raise Damaged("The backup holds a file that does not belong into one.")
    total, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if total > MAX_TOTAL_BYTES or (total > FREE_BYTES and total > MAX_RATIO * max(packed, 1)):
        raise Damaged("The backup would unpack to more than a backup of ours can hold.")


def _read_manifest(zipped: zipfile.ZipFile) -> Manifest:
    try:
        with zipped.open(MANIFEST) as file:
            said = json.loads(_read_at_most(file, MAX_MANIFEST_BYTES))
        manifest = _manifest_of(said)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Damaged("The backup is damaged: its list of contents cannot be read.") from error
    if manifest.format != FORMAT:
        raise Damaged("This is not a backup of Coalition Commons.")
    if manifest.format_version != FORMAT_VERSION:
        raise Damaged(f"This backup was made by a newer release ({manifest.release}). Restore it with that one.")
    return manifest


def _manifest_of(said: dict[str, Any]) -> Manifest:
    tables = [_typed(TablePart, each) for each in said.pop("tables")]
    files = [_typed(Part, each) for each in said.pop("files")]
    Mode(said["mode"])
    manifest: Manifest = _typed(Manifest, {**said, "tables": tables, "files": files})
    return manifest


def _typed(kind: Any, said: dict[str, Any]) -> Any:
    """Build a manifest's part; every key must be there, none may be strange, each of its kind."""
    made = kind(**said)
    for name, annotation in kind.__dataclass_fields__.items():
        wanted = {"str": str, "int": int}.get(getattr(annotation.type, "__name__", ""), list)
        if type(getattr(made, name)) is not wanted:
            raise TypeError(name)
    return made


def _check_parts(zipped: zipfile.ZipFile, manifest: Manifest) -> None:
    parts: list[Part] = [*manifest.tables, *manifest.files]
    expected = {MANIFEST, *(part.file for part in parts)}
    is_named_right = all(part.file == f"tables/{part.table}.jsonl" for part in manifest.tables)
    if set(zipped.namelist()) != expected or len(parts) + 1 != len(expected) or not is_named_right:
        raise Damaged("The backup is damaged: it does not hold what its list of contents says.")
    if any(part.file != SITE_FILE or part.size > MAX_SITE_FILE_BYTES for part in manifest.files):
        raise Damaged("The backup holds a file that does not belong into one.")
    for part in parts:
        _check_part(zipped, part)


def _check_part(zipped: zipfile.ZipFile, part: Part) -> None:
    digest, size = hashlib.sha256(), 0
    with zipped.open(part.file) as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            if size > part.size:
                break
    if size != part.size or digest.hexdigest() != part.sha256:
        raise Damaged(f"The backup is damaged: {part.file} was changed.")


def _read_at_most(file: IO[bytes], n_bytes: int) -> bytes:
    content = file.read(n_bytes + 1)
    if len(content) > n_bytes:
        raise ValueError("too long")
    return content


def _checked_row(line: bytes, part: TablePart) -> list[Cell]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Damaged(f"The backup is damaged: {part.file} holds a line that is no row.") from error
    is_plain = isinstance(row, list) and all(isinstance(cell, str | int | float | None) for cell in row)
    if not is_plain or len(row) != len(part.columns):
        raise Damaged(f"The backup is damaged: {part.file} holds a line that is no row.")
    return row  # type: ignore[no-any-return]
