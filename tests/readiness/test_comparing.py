"""Organizations side by side, judged by an independent statistician (scipy) and by what must never be shown."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from scipy import stats

from readiness.change import Certainty
from readiness.comparing import Band, Column, GroupScores, Place, band_of, compare
from readiness.errors import InvalidScores


def side_by_side(areas: Mapping[str, Sequence[GroupScores]]) -> Mapping[str, Column]:
    return compare(areas, low=1, high=5)


def people(rng: random.Random, n: int, centre: float) -> list[float]:
    return [min(5.0, max(1.0, round(rng.gauss(centre, 0.8) * 5) / 5)) for _ in range(n)]


def groups_of(*scores: Sequence[float]) -> list[GroupScores]:
    return [GroupScores(scores=each) for each in scores]


def twelve(seed: int = 7, centres: Sequence[float] = (3.0,) * 12) -> list[GroupScores]:
    rng = random.Random(seed)
    return [GroupScores(scores=people(rng, 5 + 2 * place, centre)) for place, centre in enumerate(centres)]


def test_a_group_of_four_shows_nothing():
    cell = side_by_side({"find": groups_of([1, 2, 3, 4], *[[3, 4, 3, 4, 2]] * 6)})["find"].cells[0]
    assert (cell.n, cell.mean, cell.adjusted, cell.place, cell.brackets, cell.change) == (None,) * 4 + ((), None)


def test_with_four_organizations_nothing_is_adjusted():
    column = side_by_side({"find": groups_of(*[[3, 4, 3, 4, 2]] * 4)})["find"]
    assert [cell.adjusted for cell in column.cells] == [None] * 4
    assert column.quartiles is None
    assert [cell.mean for cell in column.cells] == [3.2] * 4


def test_one_organization_never_makes_more_than_half_of_a_benchmark():
    rng = random.Random(3)
    column = side_by_side({"find": groups_of(people(rng, 60, 3), *[people(rng, 6, 3) for _ in range(6)])})["find"]
    assert column.quartiles is None


def test_adjusted_means_lie_between_the_own_and_the_common_mean():
    column = side_by_side({"find": twelve(centres=[2.2, 3.8] * 6)})["find"]
    common = np.mean([cell.adjusted for cell in column.cells])
    for cell in column.cells:
        assert min(cell.mean, common) - 0.15 <= cell.adjusted <= max(cell.mean, common) + 0.15
        assert cell.lower <= cell.adjusted <= cell.upper


def test_places_agree_with_an_independent_computation():
    areas = {"find": twelve(1, [2.0] + [3.2] * 11), "stay": twelve(2)}
    found = side_by_side(areas)
    p_values, signs = [], []
    for groups in areas.values():
        scores = [np.array(group.scores) for group in groups]
        df = sum(len(each) for each in scores) - len(scores)
        within = sum(((each - each.mean()) ** 2).sum() for each in scores) / df
        for each in scores:
            others = np.concatenate([other for other in scores if other is not each])
            step = each.mean() - others.mean()
            t = step / np.sqrt(within * (1 / len(each) + 1 / len(others)))
            p_values.append(2 * stats.t.sf(abs(t), df))
            signs.append(step)
    clear = stats.false_discovery_control(p_values) <= 0.10
    expected = [
        Place.ALIKE if not is_clear else Place.HIGHER if sign > 0 else Place.LOWER
        for is_clear, sign in zip(clear, signs, strict=True)
    ]
    assert [cell.place for column in found.values() for cell in column.cells] == expected
    assert Place.LOWER in expected


def test_nobody_is_set_apart_when_nobody_differs():
    n_apart = n_cells = 0
    for seed in range(60):
        column = side_by_side({"find": twelve(seed)})["find"]
        n_apart += sum(cell.place is not Place.ALIKE for cell in column.cells)
        n_cells += len(column.cells)
    assert n_apart / n_cells <= 0.02  # of screens without a difference at most one in ten may show any


def test_brackets_hold_those_who_cannot_be_told_apart():
    column = side_by_side({"find": groups_of(*[[1.0, 1.2, 1.4, 1.0, 1.2]] * 3, *[[4.6, 4.8, 5.0, 4.6, 4.8]] * 3)})[
        "find"
    ]
    assert [cell.brackets for cell in column.cells] == [(1,)] * 3 + [(2,)] * 3


def test_who_differs_from_all_others_stands_in_a_bracket_alone():
    middle, high = [[3.0, 3.2, 2.8, 3.0, 3.1]] * 5, [4.3, 4.4, 4.2, 4.3, 4.4]
    cells = side_by_side({"find": groups_of(*middle, high, [1.7, 1.8, 1.6, 1.7, 1.8])})["find"].cells
    assert [cell.brackets for cell in cells] == [(2,)] * 5 + [(3,), (1,)]


def test_without_any_difference_all_share_one_bracket():
    column = side_by_side({"find": groups_of(*[[3, 4, 2, 3, 3]] * 6)})["find"]
    assert {cell.brackets for cell in column.cells} == {(1,)}


@pytest.mark.parametrize("n_organizations", [6, 12])
def test_a_clear_change_is_called_so_and_a_doubtful_one_is_not(n_organizations: int):
    rng = random.Random(11)
    groups = [GroupScores(scores=people(rng, 12, 3), before=people(rng, 12, 3)) for _ in range(n_organizations - 1)]
    groups.append(GroupScores(scores=people(rng, 12, 4.6), before=people(rng, 12, 2)))
    cells = side_by_side({"find": groups})["find"].cells
    assert cells[-1].change is Certainty.CLEAR
    assert cells[-1].is_up
    assert sum(cell.change is Certainty.CLEAR for cell in cells[:-1]) <= 1


def test_no_change_is_told_where_the_round_before_was_too_small():
    cells = side_by_side({"find": [GroupScores(scores=[3, 4, 3, 4, 2], before=[1, 1, 1, 1])] * 6})["find"].cells
    assert {cell.change for cell in cells} == {None}


def test_half_of_the_organizations_make_a_shared_gap():
    low, high = [2, 2, 2, 3, 2], [4, 4, 5, 4, 4]
    assert side_by_side({"find": groups_of(low, low, high, high)})["find"].is_shared_gap
    assert not side_by_side({"find": groups_of(low, high, high)})["find"].is_shared_gap
    assert not side_by_side({"find": groups_of([1, 1], [1, 1])})["find"].is_shared_gap


def test_a_band_is_told_by_the_quartiles():
    quartiles = (2.5, 3.0, 3.6)
    assert [band_of(mean, quartiles) for mean in (2.4, 2.5, 3.6, 3.7)] == [
        Band.LOWER_QUARTER,
        Band.MIDDLE_HALF,
        Band.MIDDLE_HALF,
        Band.UPPER_QUARTER,
    ]
    assert band_of(3, None) is None


def test_areas_of_unlike_organizations_are_refused():
    with pytest.raises(InvalidScores):
        side_by_side({"find": groups_of([3]), "stay": []})


def test_people_without_a_score_do_not_count():
    column = side_by_side({"find": [GroupScores(scores=[3, 4, 3, 4, None])] * 6})["find"]
    assert {cell.n for cell in column.cells} == {None}


def test_no_number_lies_where_it_would_tell_what_nearly_everybody_answered():
    rng = random.Random(5)
    groups = groups_of([5.0] * 5, [1.0] * 6, [4.8, 5, 5, 5, 4.6, 5], *[people(rng, 8, 3) for _ in range(6)])
    for cell in side_by_side({"find": groups})["find"].cells:
        shown = [number for number in (cell.mean, cell.adjusted, cell.lower, cell.upper) if number is not None]
        assert len(shown) == 4
        assert all(1.5 <= number <= 4.5 for number in shown)


def test_a_unanimous_group_looks_like_a_nearly_unanimous_one():
    rng = random.Random(6)
    others = [people(rng, 8, 3) for _ in range(6)]
    columns = [side_by_side({"find": groups_of(mine, *others)})["find"] for mine in ([5.0] * 6, [4.6] * 6)]
    assert columns[0].cells[0].mean == columns[1].cells[0].mean
    assert columns[0].cells[0].bound == columns[1].cells[0].bound
