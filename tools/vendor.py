"""Copy the few third-party front-end files into lms/static/vendor, cut to what the site uses.

Run it by hand after changing a version or the list of icons: `python tools/vendor.py`.
It needs `npm` (only to fetch the packages), fonttools and brotli (dependency group `vendor`).
Its output is committed, so nobody who runs or tests the site needs it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from base64 import b64encode
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

VENDOR = Path(__file__).resolve().parent.parent / "lms" / "static" / "vendor"

FONT_PACKAGE = "@fontsource-variable/atkinson-hyperlegible-next"
FONT_VERSION = "5.3.0"
FONT_INTEGRITY = "sha512-UnLzNUy1RWoLDfydAatP4NaRm99X/WbQEph7q/PymJnCFIOOwKOx3pBmp5ys8trO0dM+CKGuJgeZP9fAR4mQpA=="
FONT_FILE = "files/atkinson-hyperlegible-next-latin-wght-normal.woff2"
FONT_LIMIT_BYTES = 34 * 1024

ICON_PACKAGE = "lucide-static"
ICON_VERSION = "1.62.0"
ICON_INTEGRITY = "sha512-WBZA/m2PvkFpMGHDtsBck5P2A9G4ehLlYu4GwwICcmEm1BvYVgj00lCDxKRWLlbMlOibLaiwdQ88G5pHkSWgwA=="

# Basic Latin, Latin-1 (all of Spanish), dashes, quotes, bullet, ellipsis, minus, euro, trade mark, thin space.
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *(0x2009, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x20AC, 0x2122, 0x2212),
]

ICONS = """
activity archive arrow-down arrow-left arrow-right arrow-up award badge-check bell book-open building-2 calendar
chart-line check chevron-down chevron-left chevron-right chevrons-up-down circle-alert circle-check circle-dashed
circle-dot circle-help circle-user circle-x clipboard-list clock cloud-off contrast copy download ellipsis
external-link eye eye-off file-text flag graduation-cap hand-heart hand-helping heart-handshake history hourglass
home info key-round languages life-buoy lightbulb link list list-checks lock log-in log-out mail map-pin menu
message-circle minus monitor moon network pencil phone play plus printer qr-code refresh-cw rotate-ccw save
scroll-text search send settings share-2 shield-check sliders-horizontal smartphone square-check star stethoscope
sun trash-2 triangle-alert upload user-minus user-plus users wifi-off wrench x
""".split()


def fetch(package: str, version: str, integrity: str, target: Path) -> Path:
    """The unpacked package, after its sha512 was compared with the one written above."""
    subprocess.run(
        ["npm", "pack", "--silent", f"{package}@{version}"],
        cwd=target,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = target.glob("*.tgz")
    found = "sha512-" + b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != integrity:
        sys.exit(f"{package}@{version} has {found}, expected {integrity}")
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package"


def fresh_folder(name: str, version: str) -> Path:
    for old in VENDOR.glob(f"{name}@*"):
        shutil.rmtree(old)
    folder = VENDOR / f"{name}@{version}"
    folder.mkdir(parents=True)
    return folder


def write_hashes(folder: Path) -> None:
    """One line per file, in the format that `sha256sum --check` reads."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def cut_font(font: TTFont) -> TTFont:
    options = subset.Options()
    options.layout_features = ["ccmp", "locl", "tnum", "pnum", "mark", "mkmk", "kern"]
    options.name_IDs = ["*"]
    options.recalc_timestamp = False
    options.hinting = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    return font


def read_font(path: Path) -> TTFont:
    return TTFont(path, recalcTimestamp=False)


def name_instance(font: TTFont, style: str) -> None:
    """Static files need plain names and flags, or a PDF maker takes Bold for another Regular."""
    names = font["name"]
    for record in [r for r in names.names if r.nameID in {16, 17, 21, 22, 25}]:
        names.removeNames(record.nameID, record.platformID, record.platEncID, record.langID)
    for name_id, text in {
        1: "Atkinson Hyperlegible Next",
        2: style,
        4: f"Atkinson Hyperlegible Next {style}",
        6: f"AtkinsonHyperlegibleNext-{style}",
    }.items():
        names.setName(text, name_id, 3, 1, 0x409)
    is_bold = style == "Bold"
    font["OS/2"].usWeightClass = 700 if is_bold else 400
    font["OS/2"].fsSelection = 0x20 if is_bold else 0x40
    font["head"].macStyle = 1 if is_bold else 0


def vendor_font() -> None:
    folder = fresh_folder("atkinson-hyperlegible-next", FONT_VERSION)
    with tempfile.TemporaryDirectory() as scratch:
        package = fetch(FONT_PACKAGE, FONT_VERSION, FONT_INTEGRITY, Path(scratch))
        shutil.copy(package / "LICENSE", folder / "LICENSE")
        web = instancer.instantiateVariableFont(cut_font(read_font(package / FONT_FILE)), {"wght": (400, 700)})
        web.flavor = "woff2"
        web.save(folder / "atkinson-hyperlegible-next.woff2")
        for style, weight in {"Regular": 400, "Bold": 700}.items():
            static = instancer.instantiateVariableFont(cut_font(read_font(package / FONT_FILE)), {"wght": weight})
            name_instance(static, style)
            static.flavor = None
            static.save(folder / f"AtkinsonHyperlegibleNext-{style}.ttf")
    size = (folder / "atkinson-hyperlegible-next.woff2").stat().st_size
    if size > FONT_LIMIT_BYTES:
        sys.exit(f"the web font has {size} bytes, more than {FONT_LIMIT_BYTES}")
    write_hashes(folder)


def symbol(name: str, svg: str) -> str:
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if drawing is None:
        sys.exit(f"icon {name} is no SVG")
    shapes = re.sub(r"\s*\n\s*", "", drawing.group(1)).replace(" />", "/>").strip()
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>\n'
    )


def vendor_icons() -> None:
    folder = fresh_folder("lucide", ICON_VERSION)
    with tempfile.TemporaryDirectory() as scratch:
        package = fetch(ICON_PACKAGE, ICON_VERSION, ICON_INTEGRITY, Path(scratch))
        shutil.copy(package / "LICENSE", folder / "LICENSE")
        missing = [name for name in ICONS if not (package / "icons" / f"{name}.svg").exists()]
        if missing:
            sys.exit(f"lucide {ICON_VERSION} has no icon named: {', '.join(missing)}")
        symbols = [symbol(name, (package / "icons" / f"{name}.svg").read_text()) for name in sorted(ICONS)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide {ICON_VERSION}, ISC licence -->\n'
    (folder / "icons.svg").write_text(head + "".join(symbols) + "</svg>\n")
    write_hashes(folder)


if __name__ == "__main__":
    vendor_font()
    vendor_icons()
