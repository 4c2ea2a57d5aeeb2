"""Pictures of help pages are ours, small, described, and kept for ever by whoever saw them."""

import struct
import zlib
from pathlib import Path

import pytest

from lms.db import db
from lms.front_matter import ContentError
from lms.home.catalog import page_as_document, page_from_document, read_page, read_pages
from lms.home.pictures import MOST_BYTES, read_picture
from lms.home.services import publish_pages
from lms.prose import Shown, render_prose
from tests.lms.home.test_catalog import ENGLISH, SPANISH, _write

ENGLISH_WORDS = "![A chart with a line that rises](call.chart.png)"
SPANISH_WORDS = "![Un gráfico con una línea que sube](call.chart.es.png)"


def png(width: int = 4, height: int = 2, *, padding: int = 0) -> bytes:
    """A white picture; `padding` bytes make it heavy."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\xff" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"tEXt", b"x" * padding), chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    )


def write_page(folder: Path, *, english: str = ENGLISH_WORDS, spanish: str = SPANISH_WORDS) -> Path:
    path = _write(folder, "call", english=f"{ENGLISH}\n{english}\n", spanish=f"{SPANISH}\n{spanish}\n")
    (folder / "call.chart.png").write_bytes(png())
    (folder / "call.chart.es.png").write_bytes(png(6, 2))
    return path


def test_a_page_knows_the_pictures_of_each_language(tmp_path):
    page = read_page(write_page(tmp_path))
    assert {language: [each.file for each in shown] for language, shown in page.pictures.items()} == {
        "en": ["call.chart.png"],
        "es": ["call.chart.es.png"],
    }
    assert page_from_document(page_as_document(page)) == page
    assert read_pages(tmp_path) == (page,)


def test_a_page_without_pictures_says_what_it_said_before_there_were_any(tmp_path):
    assert "pictures" not in page_as_document(read_page(_write(tmp_path, "call")))


@pytest.mark.parametrize(
    ("english", "spanish", "reason"),
    [
        ("![A chart with a line that rises](https://x.org/a.png)", SPANISH_WORDS, "a picture of this text is named"),
        ("![A chart with a line that rises](../../secret.png)", SPANISH_WORDS, "a picture of this text is named"),
        ("![A chart with a line that rises](call.chart.svg)", SPANISH_WORDS, "a picture of this text is named"),
        ("![A chart with a line that rises](stay.chart.png)", SPANISH_WORDS, "a picture of this text is named"),
        ("![A chart with a line that rises](call.chart.es.png)", SPANISH_WORDS, "a picture of this text is named"),
        ("![A chart with a line that rises](call.gone.png)", SPANISH_WORDS, "missing or cannot be read"),
        ("![Chart](call.chart.png)", SPANISH_WORDS, "without words that say what is seen"),
        (ENGLISH_WORDS, "", "must not be empty"),
        (f"{ENGLISH_WORDS} {ENGLISH_WORDS}", SPANISH_WORDS, "different markers"),
    ],
)
def test_a_picture_that_does_not_belong_there_is_refused(tmp_path, english, spanish, reason):
    with pytest.raises(ContentError) as caught:
        read_page(write_page(tmp_path, english=english, spanish=spanish))
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png(padding=MOST_BYTES), "a picture has at most"),
        (png(2000, 1), "pixels"),
        (b"<svg onload='alert(1)'>", "is no picture"),
        (b"", "is no picture"),
        (png(0, 2), "is no picture"),
    ],
)
def test_a_file_that_is_no_small_picture_is_refused(tmp_path, content, reason):
    (tmp_path / "call.chart.png").write_bytes(content)
    with pytest.raises(ContentError, match=reason):
        read_picture(tmp_path, "call.chart.png", page="call", language="en")


@pytest.mark.parametrize(
    "body",
    [
        b"VP8L\0\0\0\0\x2f" + (719 | 399 << 14).to_bytes(4, "little"),
        b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + (720).to_bytes(2, "little") + (400).to_bytes(2, "little"),
        b"VP8X\0\0\0\0\0\0\0\0" + (719).to_bytes(3, "little") + (399).to_bytes(3, "little"),
    ],
)
def test_each_kind_of_webp_says_its_size(tmp_path, body):
    (tmp_path / "call.chart.webp").write_bytes(b"RIFF\0\0\0\0WEBP" + body)
    (tmp_path / "call.chart@2x.webp").write_bytes(b"RIFF\0\0\0\0WEBP" + body)
    picture = read_picture(tmp_path, "call.chart.webp", page="call", language="en")
    dense = read_picture(tmp_path, "call.chart@2x.webp", page="call", language="en")
    assert (picture.width, picture.height) == (720, 400)
    assert (dense.width, dense.height) == (360, 200)


def test_a_picture_that_no_text_shows_is_refused(tmp_path):
    write_page(tmp_path)
    (tmp_path / "call.old.png").write_bytes(png())
    with pytest.raises(ContentError, match="no page belongs to this file"):
        read_pages(tmp_path)


def test_prose_shows_only_the_pictures_it_was_given():
    shown = {"a.b.png": Shown("/help/a/b.0.png", 4, 2)}
    html = render_prose('![Seen "so"](a.b.png) ![x](https://e.org/x.png)', pictures=shown)
    assert html.count("<img") == 1
    assert 'src="/help/a/b.0.png"' in html
    assert 'alt="Seen &quot;so&quot;"' in html
    assert 'width="4"' in html
    assert 'loading="lazy"' in html
    assert "e.org" not in html


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of pages beside the database of the site."""
    pages = tmp_path / "pages"
    pages.mkdir()
    return pages


def test_a_published_picture_is_served_to_be_kept_for_ever(client, folder):
    write_page(folder)
    publish_pages(folder)
    db.session.commit()
    address = read_page(folder / "call.md").pictures["es"][0].address
    assert f'src="/help/call/{address}"' in client.get("/help/call?lang=es").text
    answer = client.get(f"/help/call/{address}")
    assert answer.data == png(6, 2)
    assert answer.mimetype == "image/png"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert client.get("/help/call/chart.0000000000000000.png").status_code == 404
    assert client.get(f"/help/none/{address}").status_code == 404


def test_a_new_picture_is_a_new_version(app, folder):
    write_page(folder)
    assert publish_pages(folder) == ["call"]
    assert publish_pages(folder) == []
    (folder / "call.chart.png").write_bytes(png(8, 2))
    assert publish_pages(folder) == ["call"]
