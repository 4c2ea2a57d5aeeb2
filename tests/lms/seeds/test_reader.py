"""The demonstration's files are read strictly."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from lms.front_matter import ContentError
from lms.seeds.reader import read_file
from lms.seeds.story import read_story


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Part:
    count: int


@dataclass(frozen=True, kw_only=True)
class Whole:
    name: str
    colour: Colour
    share: float | None = None
    parts: tuple[Part, ...] = ()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "whole.toml"


def test_a_file_becomes_what_it_says(file: Path):
    file.write_text('name = " A "\ncolour = "red"\nshare = 1\n[[parts]]\ncount = 2\n')
    assert read_file(Whole, file) == Whole(name="A", colour=Colour.RED, share=1.0, parts=(Part(count=2),))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('name = "A"', "colour: is missing"),
        ('name = " "\ncolour = "red"', "name: must not be blank"),
        ('name = "A"\ncolour = "blue"', "'blue' is none of: red"),
        ('name = "A"\ncolour = "red"\nshape = 1', "shape: unknown key"),
        ('name = "A"\ncolour = "red"\n[[parts]]\ncount = true', "parts.1.count: must be int"),
        ('name = "A"\ncolour = "red"\n[[parts]]\nname = "B"', "parts.1.name: unknown key"),
        ('name = "A"\ncolour = "red"\nparts = 3', "parts: must be list"),
        ("name =", "not readable as TOML"),
    ],
)
def test_what_is_wrong_is_refused_by_name(file: Path, text: str, wrong: str):
    file.write_text(text)
    with pytest.raises(ContentError, match=wrong):
        read_file(Whole, file)


def test_the_story_as_shipped_is_whole():
    story = read_story()
    assert len(story.cycles.cycles) == 20
    assert len(story.teams.teams) == 4
    assert {len(each.rounds) for each in story.benchmarks.benchmarks} == {3}
