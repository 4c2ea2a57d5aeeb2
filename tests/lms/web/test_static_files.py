"""The builder of static files: joined, fingerprinted, pressed, and left alone when nothing changed."""

import gzip
import json
import os
import subprocess
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from lms.web.static_files import SOURCE, StaticFiles, StaticFilesError, build, join_js, shorten_css

KB = 1024


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for path, text in {
        "css/tokens.css": '@font-face { src: url("../vendor/f@1/letters.woff2"); }\n',
        "css/base.css": "/* base */\nbody { margin: 0; }\n",
        "css/components/button.css": ".button { color: red; }\n",
        "css/training.css": ".lesson { color: blue; }\n",
        "css/print.css": "@media print { a { color: black; } }\n",
        "css/emergency.css": "p { margin: 0; }\n",
        "js/core.js": "export const one = 1;\n",
        "js/start.js": 'import { one } from "./core.js";\n// said once\nconsole.log(one);\n',
        "js/emergency.js": "console.log(2);\n",
        "vendor/f@1/letters.woff2": "letters",
        "vendor/f@1/letters.ttf": "letters for paper",
        "img/pictures.svg": "<svg/>",
    }.items():
        (tmp_path / "static" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "static" / path).write_text(text)
    return tmp_path / "static"


def built(source: Path, name: str) -> str:
    target = source / "build"
    return (target / build(source, target).files[name]).read_text()


def test_styles_are_joined_in_their_order(source: Path) -> None:
    css = built(source, "site.css")
    places = [css.index(part) for part in ("@font-face", "body{", ".button", ".lesson", "@media print")]
    assert places == sorted(places)
    assert "base */" not in css
    assert "p{" not in css


def test_a_style_points_to_the_fingerprinted_font(source: Path) -> None:
    letters = build(source, source / "build").files["letters.woff2"]
    assert f'url("{letters}")' in built(source, "site.css")


def test_fonts_for_paper_are_not_served(source: Path) -> None:
    assert "letters.ttf" not in build(source, source / "build").files


def test_modules_come_after_what_they_import_and_keep_their_own_names(source: Path) -> None:
    js = built(source, "site.js")
    assert js.index("const one = 1;") < js.index("console.log(one);")
    assert "import" not in js
    assert "export" not in js
    assert "said once" not in js


def test_texts_are_pressed_twice_and_say_the_same(source: Path) -> None:
    target = source / "build"
    name = build(source, target).files["site.css"]
    plain = (target / name).read_bytes()
    assert brotli.decompress((target / f"{name}.br").read_bytes()) == plain
    assert gzip.decompress((target / f"{name}.gz").read_bytes()) == plain


def test_nothing_is_written_when_nothing_changed(source: Path) -> None:
    target = source / "build"
    first = build(source, target)
    times = {path: path.stat().st_mtime_ns for path in target.iterdir()}
    assert build(source, target) == first
    assert {path: path.stat().st_mtime_ns for path in target.iterdir()} == times


def test_a_change_gives_a_new_name_and_the_old_file_stays_for_open_pages(source: Path) -> None:
    target = source / "build"
    before = build(source, target).files["site.css"]
    (source / "css" / "base.css").write_text("body { margin: 4px; }\n")
    after = build(source, target).files["site.css"]
    assert after != before
    assert (target / before).exists()


def test_files_of_long_ago_are_removed(source: Path) -> None:
    target = source / "build"
    before = build(source, target).files["site.css"]
    os.utime(target / before, (0, 0))
    (source / "css" / "base.css").write_text("body { margin: 4px; }\n")
    build(source, target)
    assert not (target / before).exists()


def test_a_lost_file_is_written_again(source: Path) -> None:
    target = source / "build"
    name = build(source, target).files["site.js"]
    (target / name).unlink()
    build(source, target)
    assert (target / name).exists()


def test_a_broken_manifest_is_made_anew(source: Path) -> None:
    target = source / "build"
    build(source, target)
    (target / "manifest.json").write_text("[]")
    assert "site.css" in build(source, target).files
    assert json.loads((target / "manifest.json").read_text())["files"]["site.css"]


def test_a_style_that_points_nowhere_stops_the_build(source: Path) -> None:
    (source / "css" / "base.css").write_text('body { background: url("../img/gone.png"); }')
    with pytest.raises(StaticFilesError, match=r"gone\.png"):
        build(source, source / "build")


def test_two_files_of_one_name_stop_the_build(source: Path) -> None:
    (source / "vendor" / "pictures.svg").write_text("<svg/>")
    with pytest.raises(StaticFilesError, match="pictures"):
        build(source, source / "build")


def test_a_module_that_does_not_exist_stops_the_build() -> None:
    with pytest.raises(StaticFilesError, match=r"gone\.js"):
        join_js({"js/start.js": 'import { a } from "./gone.js";\n'})


def test_shortened_styles_keep_what_space_means() -> None:
    assert shorten_css("a  b > c { width: calc(1px + 2px); }\n") == "a b > c{width: calc(1px + 2px)}"


def test_built_files_are_served_for_ever_and_pressed(source: Path) -> None:
    files = StaticFiles(source / "build", build(source, source / "build"))
    client = Client(files.serve(Response(status=404)))
    with client.get(files.url("site.css"), headers={"Accept-Encoding": "br"}) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/static/../css/base.css").status_code == 404


def test_an_unknown_name_says_so(source: Path) -> None:
    files = StaticFiles(source / "build", build(source, source / "build"))
    with pytest.raises(StaticFilesError, match=r"gone\.css"):
        files.url("gone.css")


def test_the_site_keeps_its_budget(tmp_path: Path) -> None:
    files = build(SOURCE, tmp_path).files
    pressed = {name: (tmp_path / f"{files[name]}.gz").stat().st_size for name in ("site.css", "site.js")}
    assert pressed["site.css"] <= 15 * KB
    assert pressed["site.js"] <= 8 * KB
    assert (tmp_path / files["atkinson-hyperlegible-next.woff2"]).stat().st_size <= 34 * KB
    assert (tmp_path / files["emergency.css"]).stat().st_size <= 4 * KB


def test_what_others_made_is_as_it_was_fetched() -> None:
    folders = sorted((SOURCE / "vendor").iterdir())
    assert folders
    for folder in folders:
        check = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=False)
        assert check.returncode == 0
        assert (folder / "LICENSE").exists()
