"""Every pair of colours that meets on a page can be told apart, in each theme (WCAG 2.2: text 4.5, parts 3)."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "lms" / "static" / "css"
TEXT, PART, CLEAR = 4.5, 3.0, 7.0

_SOFT = ("primary-soft", "success-soft", "caution-soft", "danger-soft", "info-soft", "neutral-soft", "marigold-soft")

TEXT_PAIRS = [
    *[("ink", ground) for ground in ("paper", "surface", "sunken", *_SOFT)],
    *[("muted", ground) for ground in ("paper", "surface", "sunken", *_SOFT)],
    *[("primary", ground) for ground in ("paper", "surface", "sunken", "primary-soft")],
    *[("primary-strong", ground) for ground in ("paper", "surface", "primary-soft")],
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
    ("on-danger", "danger"),
    ("on-danger", "danger-strong"),
    *[("danger", ground) for ground in ("paper", "surface", "sunken", "danger-soft")],
    *[("caution", ground) for ground in ("paper", "surface", "caution-soft", "marigold-soft")],
    *[("success", ground) for ground in ("paper", "surface", "success-soft")],
    *[("info", ground) for ground in ("paper", "surface", "info-soft")],
]
PART_PAIRS = [
    *[("line-strong", ground) for ground in ("paper", "surface", "sunken")],
    *[("focus", ground) for ground in ("paper", "surface", "sunken", *_SOFT)],
    ("primary", "neutral-soft"),  # a bar on its track
]


def variables(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block))


def block_after(text: str, opening: str) -> str:
    """The declarations of the rule whose selector ends in `opening`."""
    start = text.index(opening) + len(opening)
    return text[start : text.index("}", start)]


def themes() -> dict[str, dict[str, str]]:
    text = (CSS / "tokens.css").read_text()
    light = variables(block_after(text, "\n:root {"))
    return {
        "light": light,
        "dark": light | variables(block_after(text, '\n:root[data-theme="dark"] {')),
        "contrast": light | variables(block_after(text, '\n:root[data-theme="contrast"] {')),
    }


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def failing(theme: dict[str, str], pairs: list[tuple[str, str]], least: float) -> list[str]:
    found = ((front, ground, contrast(theme[front], theme[ground])) for front, ground in pairs)
    return [f"{front} on {ground}: {ratio:.2f}" for front, ground, ratio in found if ratio < least]


def test_ratio_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_text_can_be_read(name: str) -> None:
    assert failing(themes()[name], TEXT_PAIRS, TEXT) == []


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_borders_of_inputs_and_focus_can_be_seen(name: str) -> None:
    assert failing(themes()[name], PART_PAIRS, PART) == []


def test_high_contrast_keeps_its_promise() -> None:
    assert failing(themes()["contrast"], TEXT_PAIRS, CLEAR) == []


def test_a_theme_chosen_by_device_or_by_hand_has_the_same_colours() -> None:
    text = (CSS / "tokens.css").read_text()
    by_device = block_after(text, ':root:not([data-theme="light"]):not([data-theme="contrast"]) {')
    assert variables(by_device) == variables(block_after(text, '\n:root[data-theme="dark"] {'))
    more = block_after(text, ':root:not([data-theme="dark"]) {')
    assert variables(more) == variables(block_after(text, '\n:root[data-theme="contrast"] {'))


def test_no_component_brings_a_colour_of_its_own() -> None:
    own = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!\w)")
    found = [
        f"{path.name}: {match.group()}"
        for path in [CSS / "base.css", *sorted((CSS / "components").glob("*.css"))]
        for match in own.finditer(path.read_text())
    ]
    assert found == []


def test_the_emergency_page_can_be_read_by_day_and_night() -> None:
    text = (CSS / "emergency.css").read_text()
    day = variables(block_after(text, ":root {"))
    night = variables(block_after(text, '\n:root[data-theme="dark"] {'))
    pairs = [
        ("ink", "paper"),
        ("muted", "paper"),
        ("ink", "soft"),
        ("on-call", "call"),
        ("on-step", "step"),
        ("step", "soft"),
    ]
    assert failing(day, pairs, CLEAR - 1.5) == []
    assert failing(day | night, pairs, CLEAR - 1.5) == []
