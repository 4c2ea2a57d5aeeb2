"""Take the pictures of the help pages and of the README anew, in both languages, from a demonstration made for it.

    make pictures

The demonstration is filled and shown with the clock held at one moment, so the same program gives the same pictures.
Each shows the page that one kind of person lives in. The browser packs them as WebP without loss after its colours were
brought down to a few.
"""

import re
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import time_machine
from playwright.sync_api import Browser, Page, sync_playwright

from assessments.items import LANGUAGES
from lms import create_app
from lms.home.pictures import MOST_BYTES
from lms.operations import preparation
from lms.settings import read_settings
from tests.chromium import launch_arguments
from tests.journeys import live

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "content" / "pages"
README = ROOT / "docs" / "pictures"
MOMENT = datetime(2026, 11, 17, 16, tzinfo=UTC)  # a Tuesday morning where the demonstration plays
PASSWORD = "only-for-the-pictures-0"
ROOM_ABOVE = 8
WIDTH = 720  # pixels of every picture
LOCALES = {"en": "en-US", "es": "es-US"}
COLOURS = 16  # enough for flat surfaces and the edges of letters; two pixels then share a byte

# The port is chance; people see the one that `make run` takes.
SAY_USUAL_PORT = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replaceAll(location.host, `${location.hostname}:8000`);
  }
}"""

# A picture ends between two lines, never inside one.
CUT_BETWEEN_LINES = """(bottom) => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines = [];
  const range = document.createRange();
  while (texts.nextNode()) {
    range.selectNodeContents(texts.currentNode);
    lines.push(...range.getClientRects());
  }
  for (let moved = true; moved; ) {
    const crossed = lines.find((line) => line.height && line.top < bottom && line.bottom > bottom - 6);
    moved = Boolean(crossed);
    if (moved) bottom = crossed.top - 6;
  }
  return Math.round(bottom);
}"""

PACK = """async ([data, most]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const pixels = pen.getImageData(0, 0, image.width, image.height);
  const words = new Uint32Array(pixels.data.buffer);
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) || 0) + 1);
  const parts = (word) => [word & 255, (word >> 8) & 255, (word >> 16) & 255];
  const far = (a, b) => parts(a).reduce((sum, part, at) => sum + (part - parts(b)[at]) ** 2, 0);
  const common = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([word]) => word);
  const palette = [];
  for (const near of [600, 150, 40]) {
    for (const word of common) {
      if (palette.length < most && palette.every((chosen) => far(word, chosen) > near)) palette.push(word);
    }
  }
  const like = (word) => palette.reduce((a, b) => (far(word, b) < far(word, a) ? b : a));
  const nearest = new Map(common.map((word) => [word, like(word)]));
  words.forEach((word, at) => { words[at] = nearest.get(word); });
  pen.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: "image/webp", quality: 1 });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""


@dataclass(frozen=True)
class Shot:
    """One picture. `way` leads from a first address by the first link of each kind; `top` is where it begins."""

    page: str
    name: str
    who: str
    way: tuple[str, ...]
    height: int
    top: str = "main"
    is_phone: bool = False

    def file(self, language: str) -> str:
        """Name it as the help page of this language does."""
        ending = "" if language == LANGUAGES[0] else f".{language}"
        return f"{self.page}.{self.name}{'@2x' if self.is_phone else ''}{ending}.webp"


TEAM, MEASURE = r"/improve/teams/\d+", r"/improve/measures/\d+"
COLLABORATIVE = ("/more", r"/coalitions/\d+", r"/coalitions/\d+/collaboratives", r"/collaboratives/\d+")
SHOTS = (
    Shot(
        "first-steps-staff",
        "lesson",
        "staff",
        ("/learn/overdose-response/recognise?step=9",),
        430,
        is_phone=True,
        top="body",
    ),
    Shot("leads", "report", "lead", ("/readiness", r"/readiness/rounds/\d+/report"), 975, top="h1"),
    Shot("teams", "chart", "member", ("/improve", TEAM, MEASURE), 540, top=".run-chart"),
    Shot("experts", "queue", "expert", ("/assistance",), 660, top="h1"),
    Shot("coordinators", "teams", "coordinator", COLLABORATIVE, 690, top="#teams"),
    Shot("administrators", "setup", "admin", ("/admin/setup",), 530, top="h1"),
)


def main() -> int:
    """Take every picture; say how large each is, and fail when one is larger than a page may show."""
    with site() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments())  # type: ignore[arg-type]
        sizes = {file: size for shot in SHOTS for file, size in take(browser, url, shot)}
        browser.close()
    for file, size in sizes.items():
        print(f"{size:>6} {file}{'' if size <= MOST_BYTES else '  too large'}")
    return int(max(sizes.values()) > MOST_BYTES)


@contextmanager
def site() -> Iterator[str]:
    """Fill a demonstration and answer for it while the block runs; the clock goes on from one moment, for all."""
    with tempfile.TemporaryDirectory() as folder, time_machine.travel(MOMENT):
        url = f"sqlite:///{folder}/commons.sqlite3"
        environment = {"DATA_DIR": folder, "DATABASE_URL": url, "DEMO_PASSWORD": PASSWORD, "MODE": "demo"}
        settings = read_settings(environment)
        preparation.prepare_database(settings, print)
        preparation.prepare_site(create_app, settings, print)
        with live.running(url, Path(folder)) as running:
            yield running.url


def take(browser: Browser, url: str, shot: Shot) -> Iterator[tuple[str, int]]:
    """Take one picture in each language; yield each file with its size."""
    width, density = (WIDTH // 2, 2) if shot.is_phone else (WIDTH, 1)
    for language in LANGUAGES:
        context = browser.new_context(
            base_url=url,
            locale=LOCALES[language],
            viewport={"width": width, "height": 900},
            device_scale_factor=density,
            reduced_motion="reduce",
        )
        page = context.new_page()
        sign_in(page, shot.who)
        go(page, shot.way, language)
        content = pack(browser, photograph(page, shot, width))
        context.close()
        (PAGES / shot.file(language)).write_bytes(content)
        if language == LANGUAGES[0]:
            (README / f"{shot.page}-{shot.name}.webp").write_bytes(content)
        yield shot.file(language), len(content)


def sign_in(page: Page, who: str) -> None:
    """Sign somebody of the demonstration in."""
    page.goto("/sign-in")
    page.locator("#name").fill(f"{who}@commons.test")
    page.locator("#password").fill(PASSWORD)
    page.locator("form[action='/sign-in'] button[type=submit]").click()
    page.wait_for_selector("body[data-person]")


def go(page: Page, way: tuple[str, ...], language: str) -> None:
    """Follow links to the page of the picture, and read it in one language."""
    address, *links = way
    for link in links:
        page.goto(address)
        found = re.search(rf'href="({link})"', page.content())
        if found is None:
            sys.exit(f"{address} leads to no page like {link}.")
        address = found[1]
    page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}", wait_until="networkidle")


def photograph(page: Page, shot: Shot, width: int) -> bytes:
    """Cut the page to what matters: its own content, without the frame that every page has."""
    page.set_viewport_size({"width": width, "height": 2400})
    page.evaluate("document.fonts.ready")
    page.evaluate(SAY_USUAL_PORT)
    box = page.locator(shot.top).first.bounding_box()
    top = 0 if box is None or shot.top == "body" else max(0, box["y"] - ROOM_ABOVE)
    bottom = page.evaluate(CUT_BETWEEN_LINES, top + shot.height)
    return page.screenshot(clip={"x": 0, "y": top, "width": width, "height": bottom - top})


def pack(browser: Browser, png: bytes) -> bytes:
    """Make it small."""
    page = browser.new_page()
    packed: str = page.evaluate(PACK, [b64encode(png).decode(), COLOURS])
    page.close()
    return b64decode(packed)


if __name__ == "__main__":
    sys.exit(main())
