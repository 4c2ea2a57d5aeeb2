"""PDF: one `build` for certificates, cards and reports. Data goes in as JSON, never glued into the source.

Every document is tagged (PDF/UA-1) and set in our own fonts, so the build fails rather than leave out a letter; names
in scripts that our fonts lack are the caller's to spell out.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "templates" / "pdf"
FONTS = Path(__file__).parent / "static" / "vendor" / "atkinson-hyperlegible-next@5.3.0"


class CannotSet(ValueError):
    """The document has a letter that none of the fonts has, or breaks a rule of accessible PDF."""


def build(template: str, data: Mapping[str, Any], *, images: Mapping[str, bytes] | None = None) -> bytes:
    """Return the PDF of `templates/pdf/<template>.typ` with this data; raise CannotSet when it cannot be set."""
    return _set(template, data, images, format="pdf", pdf_standards=["ua-1"])


def build_picture(template: str, data: Mapping[str, Any], *, pixels_a_point: int = 2) -> bytes:
    """Return `templates/pdf/<template>.typ`, a single page, as PNG. A letter that our fonts lack becomes a box."""
    return _set(template, data, None, format="png", ppi=72 * pixels_a_point)


def _set(template: str, data: Mapping[str, Any], images: Mapping[str, bytes] | None, **how: Any) -> bytes:
    import typst  # noqa: PLC0415  # heavy, and few requests need it

    files = {"main": (TEMPLATES / f"{template}.typ").read_bytes(), **(images or {})}
    try:
        made = typst.compile(  # its stubs forget that several files may come by name
            files,
            sys_inputs={"data": json.dumps(data)},
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            **how,
        )
    except RuntimeError as error:
        raise CannotSet(str(error).splitlines()[0]) from error
    return bytes(made)
