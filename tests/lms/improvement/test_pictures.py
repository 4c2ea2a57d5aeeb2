"""Where things are drawn: inside the picture, in order, parted by phases; and the macro that writes them."""

import re
import time
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from flask import Flask, render_template_string
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.improvement import pictures, spc
from lms.improvement.pictures import CycleFlag, Period, Size, draw
from lms.improvement.spc import Kind, Wanted

STEADY = [5, 7, 6, 4, 8, 5, 7, 4, 8, 6, 5, 7]
PAGE = """{% from "macros/run_chart.html" import run_chart, small_run_chart, verdict_chip %}
{{ verdict_chip(picture.verdict) }}{{ run_chart(picture, title=title, subtitle="Kits", id="one") }}
{{ small_run_chart(picture, title=title, id="two", url="/there") }}"""


def _labels(n: int) -> list[str]:
    return [f"Week {i}" for i in range(1, n + 1)]


def _picture(values: list[float | None], **more: object) -> pictures.Picture:
    return draw(spc.run_chart(values), labels=_labels(len(values)), **more)  # type: ignore[arg-type]


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.floats(-1e6, 1e6), st.none()), max_size=40),
    st.sampled_from(list(Size)),
    st.one_of(st.none(), st.floats(-1e6, 1e6)),
)
def test_everything_stays_inside_the_picture(values: list[float | None], size: Size, target: float | None) -> None:
    picture = _picture(values, size=size, target=target)
    for dot in picture.dots:
        assert 0 <= dot.x <= 100
        assert picture.top <= dot.y <= picture.bottom < picture.height
    assert [dot.x for dot in picture.dots] == sorted(dot.x for dot in picture.dots)
    assert len(picture.dots) + sum(row.value is None for row in picture.rows) == len(picture.rows)
    assert 2 <= len(picture.ticks) <= 8


def test_higher_values_stand_higher() -> None:
    picture = _picture([1, 5, 3])
    low, high, middle = (dot.y for dot in picture.dots)
    assert low > middle > high


def test_the_axis_begins_at_zero_for_counts_and_has_round_numbers() -> None:
    assert [tick.value for tick in _picture([12, 17, 38]).ticks] == [0, 10, 20, 30, 40]
    assert [tick.value for tick in _picture([12, 17, 38], from_zero=False).ticks] == [10, 20, 30, 40]
    assert _picture([0.2, 0.4]).tick_figure(0.1) == "0.1"


def test_a_missing_number_breaks_the_line() -> None:
    picture = _picture([1, 2, None, 3, 4])
    assert len(picture.strokes) == 2
    assert picture.rows[2].value is None


def test_phases_are_parted_by_a_gap_and_no_line_crosses_it() -> None:
    chart = spc.run_chart(STEADY + [2, 3] * 6, phases=[12])
    picture = draw(chart, labels=_labels(24))
    (gap,) = picture.breaks
    first, second = picture.centres
    assert first.x2 < gap < second.x1
    assert not any(stroke.x1 < gap < stroke.x2 for stroke in picture.strokes)
    assert first.label_y is None
    assert second.label_y is not None


def test_limits_are_one_band_where_they_are_equal_and_many_where_not() -> None:
    assert len(draw(spc.chart(Kind.I, STEADY), labels=_labels(12)).bands) == 1
    shares = spc.chart(Kind.P, STEADY, [20, 30] * 6)
    assert len(draw(shares, labels=_labels(12)).bands) == 12
    assert _picture(STEADY).bands == ()


def test_the_points_of_a_signal_have_rings_and_words() -> None:
    chart = spc.run_chart(STEADY + [1] * 9, freeze=12)
    picture = draw(chart, labels=_labels(21), wanted=Wanted.DOWN, period=Period.WEEK)
    assert [dot.position for dot in picture.dots if dot.is_signal] == list(range(13, 22))
    assert picture.signal_label is not None
    assert picture.signal_label.n_points == 9
    assert [row.position for row in picture.rows if row.is_signal] == list(range(13, 22))


def test_without_a_verdict_there_are_no_rings() -> None:
    picture = draw(spc.chart(Kind.C, [4, 4, 60]), labels=_labels(3))
    assert not any(dot.is_signal for dot in picture.dots)
    assert picture.signal_label is None


def test_flags_that_would_touch_go_into_the_next_row() -> None:
    cycles = [
        CycleFlag(position=p, number=n, path=f"/c/{n}", label=f"Cycle {n}")
        for n, p in ((1, 3), (2, 4), (3, 11), (9, 99))
    ]
    picture = _picture(STEADY, cycles=cycles)
    assert [flag.cycle.number for flag in picture.flags] == [1, 2, 3]
    assert picture.flags[1].y > picture.flags[0].y == picture.flags[2].y
    assert picture.height > _picture(STEADY).height
    assert [cycle.number for cycle in picture.rows[2].cycles] == [1]


def test_labels_at_the_ends_of_centre_and_target_do_not_touch() -> None:
    picture = _picture(STEADY, target=6.1)
    assert picture.target is not None
    assert picture.centres[-1].label_y is not None
    assert abs(picture.target.label_y - picture.centres[-1].label_y) >= pictures.LABEL_GAP - 0.2


def test_figures_keep_a_half_that_rounding_would_hide() -> None:
    picture = _picture([1200, 1201, 1202, 1203])
    assert picture.figure(picture.centre_value) == "1,201.5"
    assert picture.figure(1200) == "1,200"
    assert picture.figure(None) == ""
    assert _picture([1], is_percent=True).figure(45) == "45%"


def test_labels_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="labels"):
        draw(spc.run_chart([1, 2]), labels=["one"])


@pytest.fixture
def in_request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("in_request")
def test_the_macro_writes_a_whole_drawing_with_title_description_and_table() -> None:
    cycles = [CycleFlag(position=5, number=3, path="/improve/cycles/9", label="Cycle 3: call back")]
    chart = spc.chart(
        Kind.C, [*STEADY, 1, 1, 1, None, 1, 1, 1, 1, 1, 1], settings=spc.Settings(freeze=12, exclude=(2,))
    )
    picture = draw(
        chart, labels=_labels(22), wanted=Wanted.DOWN, target=3, cycles=cycles, period=Period.WEEK, notes={16: "Away"}
    )
    page = render_template_string(PAGE, picture=picture, title="Kits <b>")
    assert "Better: 9 weeks in a row below the old middle line." in page
    assert "Away" in page
    assert "missing" in page
    assert "<b>" not in page
    assert "style=" not in page
    drawing = re.search(r'<svg class="chart-svg.*?</svg>\s*</a>.*?</svg>', page, re.DOTALL)
    assert drawing is not None
    root = ET.fromstring(drawing.group())  # noqa: S314  # our own page
    ids = {node.get("id") for node in root.iter()}
    assert set((root.get("aria-labelledby") or "").split()) <= ids
    assert root.get("role") == "group"


@pytest.mark.usefixtures("in_request")
@pytest.mark.parametrize("wanted", list(Wanted))
@pytest.mark.parametrize(
    ("values", "more"),
    [
        ([], {}),
        ([4.0], {}),
        ([4.0] * 12, {}),
        (STEADY, {}),
        (STEADY + [1] * 9, {"freeze": 12}),
        (STEADY + [1] * 9 + [9, 9], {"freeze": 12}),
        ([9, 8] * 5 + [1, 2] * 5, {}),
        ([9, 8, 9, 8, 9, 1, 2, 1, 2, 1, 9, 8, 9, 9, 8, 1, 2, 1, 2, 1], {"centre": 5}),
        ([*STEADY, 50], {"kind": Kind.C}),
        (STEADY[:10], {"kind": Kind.I}),
    ],
)
def test_every_verdict_has_words(values: list[float], more: dict[str, float], wanted: Wanted) -> None:
    given_settings = {name: value for name, value in more.items() if name != "kind"}
    kind = Kind(more.get("kind", Kind.RUN))
    chart = spc.chart(kind, values, settings=spc.Settings(**given_settings))  # type: ignore[arg-type]
    page = render_template_string(PAGE, picture=draw(chart, labels=_labels(len(values)), wanted=wanted), title="Days")
    verdict = re.search(r'<p class="verdict[^>]*><strong>(.*?)</strong>', page, re.DOTALL)
    assert verdict is not None
    assert verdict.group(1).strip().endswith(".")


def test_analysing_and_drawing_36_points_takes_well_under_5_ms() -> None:
    values = [(7 * i) % 23 for i in range(36)]
    labels = _labels(36)
    durations = []
    for _ in range(20):
        started = time.perf_counter()
        draw(spc.chart(Kind.P, values, [40 + i for i in range(36)]), labels=labels, wanted=Wanted.UP, target=4)
        durations.append(time.perf_counter() - started)
    assert min(durations) < 0.005
