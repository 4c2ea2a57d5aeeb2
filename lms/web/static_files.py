"""Joins the site's CSS and JavaScript into a few fingerprinted files, without Node, and serves them for ever.

`build` writes one flat folder: `site.<hash>.css`, `site.<hash>.js`, fonts and pictures, each also as .br and .gz, and
`manifest.json`, written last. Nothing is written when no source changed.
"""

import gzip
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import normpath
from typing import Any

import brotli  # type: ignore[import-untyped]
from whitenoise import WhiteNoise  # type: ignore[import-untyped]

from lms import clock

SOURCE = Path(__file__).resolve().parent.parent / "static"
TARGET = SOURCE / "build"
URL_PREFIX = "/static/"

_FORMAT = "2"  # a new number makes every site build again
_DAYS_KEPT = 7  # a page opened before an upgrade may still ask for the files of its day
_SERVED_AS_THEY_ARE = frozenset({".svg", ".png", ".woff2", ".ico"})
_PRESSED = frozenset({".css", ".js", ".svg"})
_ALONE = ("emergency.css", "emergency.js")
_FIRST_CSS = ("css/tokens.css", "css/base.css")
_LAST_CSS = "css/print.css"
OWN_SHEETS = ("readiness",)  # folders of style that only their pages load: the sheet of all pages stays small

_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(r"\s*([{};,])\s*|\s+")
_JS_IMPORT = re.compile(r'^import \{([^}]+)\} from "([^"]+)";$', re.MULTILINE)
_JS_EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) (\w+))", re.MULTILINE)


class StaticFilesError(Exception):
    """A source file names something that does not exist, or two have one name."""


@dataclass(frozen=True)
class Manifest:
    """Which fingerprinted file stands for each name, and what the sources looked like when it was made."""

    stamp: str
    files: Mapping[str, str]


class StaticFiles:
    """The built files of this site."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._manifest = manifest

    def url(self, name: str) -> str:
        """Return the address of a file, for templates."""
        try:
            return URL_PREFIX + self._manifest.files[name]
        except KeyError:
            raise StaticFilesError(f"There is no static file named {name}.") from None

    def serve(self, wsgi_app: Any) -> Any:
        """Answer requests for built files before the site sees them."""
        served = WhiteNoise(
            wsgi_app,
            max_age=60,
            immutable_file_test=_is_fingerprinted,
            add_headers_function=_add_headers,
            allow_all_origins=False,
        )
        served.add_files(str(self._folder), prefix=URL_PREFIX)
        return served


def open_static_files() -> StaticFiles:
    """Build what changed and return the files; an installation that cannot write serves what it was given."""
    try:
        return StaticFiles(TARGET, build(SOURCE, TARGET))
    except OSError:
        manifest = _read_manifest(TARGET)
        if manifest is None:
            raise
        return StaticFiles(TARGET, manifest)


def build(source: Path, target: Path) -> Manifest:
    """Write the built files unless those that stand there were made from the same sources."""
    paths = _source_paths(source, target)
    stamp = _stamp(source, paths)
    earlier = _read_manifest(target)
    if earlier is not None and earlier.stamp == stamp and _is_whole(target, earlier):
        return earlier
    target.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(stamp, dict(sorted(_write_all(source, target, paths))))
    _write(target / "manifest.json", json.dumps({"stamp": stamp, "files": manifest.files}, indent=1).encode())
    _remove_old(target, manifest)
    return manifest


def _source_paths(source: Path, target: Path) -> list[str]:
    found = (path for path in source.rglob("*") if path.is_file() and target not in path.parents)
    return sorted(path.relative_to(source).as_posix() for path in found)


def _stamp(source: Path, paths: Iterable[str]) -> str:
    digest = hashlib.sha256(_FORMAT.encode())
    for path in paths:
        facts = (source / path).stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _read_manifest(target: Path) -> Manifest | None:
    try:
        kept = json.loads((target / "manifest.json").read_text())
        return Manifest(kept["stamp"], kept["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_whole(target: Path, manifest: Manifest) -> bool:
    return all((target / name).exists() for name in manifest.files.values())


def _write_all(source: Path, target: Path, paths: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name, fingerprinted name) of each file: first what CSS may point to, then CSS and JavaScript."""
    by_path: dict[str, str] = {}
    for path in paths:
        if Path(path).suffix in _SERVED_AS_THEY_ARE:
            name = Path(path).name
            if name in (Path(other).name for other in by_path):
                raise StaticFilesError(f"Two static files are named {name}.")
            by_path[path] = _fingerprint(target, name, (source / path).read_bytes())
            yield name, by_path[path]
    texts = {path: (source / path).read_text() for path in paths if Path(path).suffix in {".css", ".js"}}
    css = {path: _point_to_built(text, path, by_path) for path, text in texts.items() if path.startswith("css/")}
    js = {path: text for path, text in texts.items() if path.startswith("js/")}
    joined = {
        "site.css": join_css(css),
        **{f"{name}.css": join_own_css(css, name) for name in OWN_SHEETS},
        "site.js": join_js(js),
        "charts.js": shorten_js(js.get("js/charts.js", "")),
        "survey.js": join_own_js(js, "js/survey.js"),
        "emergency.css": shorten_css(css.get("css/emergency.css", "")),
        "emergency.js": shorten_js(js.get("js/emergency.js", "")),
    }
    for name, text in joined.items():
        yield name, _fingerprint(target, name, text.encode())


def join_css(texts: Mapping[str, str]) -> str:
    """Join style sheets in their order: tokens, base, components, slices, print."""
    components = sorted(path for path in texts if path.startswith("css/components/"))
    own = {path for name in OWN_SHEETS for path in texts if path.startswith(f"css/{name}/")}
    placed = {*_FIRST_CSS, *components, *own, _LAST_CSS, *(f"css/{name}" for name in _ALONE)}
    slices = sorted(path for path in texts if path not in placed)
    order = [*_FIRST_CSS, *components, *slices, _LAST_CSS]
    return "".join(shorten_css(texts[path]) for path in order if path in texts)


def join_own_css(texts: Mapping[str, str], name: str) -> str:
    """Join the style sheets of one folder, by name."""
    return "".join(shorten_css(texts[path]) for path in sorted(texts) if path.startswith(f"css/{name}/"))


def shorten_css(text: str) -> str:
    """Leave out comments and needless white space."""
    bare = _CSS_COMMENT.sub("", text)
    return _CSS_SPACE.sub(lambda found: found.group(1) or " ", bare).strip().replace(";}", "}")


def _point_to_built(text: str, path: str, built: Mapping[str, str]) -> str:
    def replace(found: re.Match[str]) -> str:
        pointed = normpath(f"{Path(path).parent.as_posix()}/{found.group(1)}")
        if pointed not in built:
            raise StaticFilesError(f"{path} points to {found.group(1)}, which does not exist.")
        return f'url("{built[pointed]}")'

    return _CSS_URL.sub(replace, text)


def join_js(texts: Mapping[str, str]) -> str:
    """Join modules so that each keeps its own names: a function that hands out what the module exports."""
    done: dict[str, str] = {}
    behaviours = sorted(path for path in texts if path.startswith("js/behaviours/"))
    for path in [*behaviours, *(["js/start.js"] if "js/start.js" in texts else [])]:
        _place_module(path, texts, done)
    return "".join(done.values())


def join_own_js(texts: Mapping[str, str], path: str) -> str:
    """Join one module, which only few pages load, with what it needs."""
    done: dict[str, str] = {}
    if path in texts:
        _place_module(path, texts, done)
    return "".join(done.values())


def _place_module(path: str, texts: Mapping[str, str], done: dict[str, str]) -> None:
    if path in done:
        return
    if path not in texts:
        raise StaticFilesError(f"{path} is imported but does not exist.")
    folder = Path(path).parent.as_posix()
    needed = {asked: normpath(f"{folder}/{asked}") for _names, asked in _JS_IMPORT.findall(texts[path])}
    for other in needed.values():
        _place_module(other, texts, done)
    body = _JS_IMPORT.sub(lambda found: f"const {{{found[1]}}} = {_js_name(needed[found[2]])};", texts[path])
    exported = _JS_EXPORT.findall(body)
    body = shorten_js(_JS_EXPORT.sub("", body))
    done[path] = f"const {_js_name(path)} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n"


def _js_name(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removeprefix("js/").removesuffix(".js"))


def shorten_js(text: str) -> str:
    """Leave out indentation, empty lines and lines that are comments; our modules have no multi-line strings."""
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def _fingerprint(target: Path, name: str, content: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    built = f"{stem}.{hashlib.sha256(content).hexdigest()[:16]}{dot}{ending}"
    if not (target / built).exists():
        if f".{ending}" in _PRESSED:
            _write(target / f"{built}.br", brotli.compress(content))
            _write(target / f"{built}.gz", gzip.compress(content, mtime=0))
        _write(target / built, content)
    else:
        (target / built).touch()
    return built


def _write(path: Path, content: bytes) -> None:
    """Write a file so that no reader, and no second builder, ever sees half of it."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(scratch).chmod(0o644)
    Path(scratch).replace(path)


def _remove_old(target: Path, manifest: Manifest) -> None:
    kept = {"manifest.json", *manifest.files.values()}
    oldest = clock.now().timestamp() - _DAYS_KEPT * 86_400
    for path in target.iterdir():
        name = path.name.removesuffix(".br").removesuffix(".gz")
        if name not in kept and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _is_fingerprinted(_path: str, url: str) -> bool:
    return re.search(r"\.[0-9a-f]{16}\.\w+$", url) is not None


def _add_headers(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
