"""How well a team's confidence fits what came true: scores by hand, exact chances, and where it is drawn."""

import math
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms import clock
from lms.db import db
from lms.improvement import calibration, plans
from lms.improvement.calibration import Fit, Judged
from lms.improvement.models import CycleFlag
from lms.improvement.queries import get_cycle, load_work
from lms.improvement.queries.calibration import Standing, judged_of, list_predictions
from lms.improvement.rules import FlagKind
from lms.improvement.services import cycles
from tests.factories.improvement import NOON, TODAY, make_cycle, make_entries, make_measure
from tests.statements import counted_statements

judgements = st.lists(st.builds(Judged, st.integers(1, 99), st.booleans()), max_size=30)


def test_the_score_is_the_mean_of_the_squared_differences():
    assert calibration.brier_score([]) is None
    assert calibration.brier_score([Judged(50, is_met=True), Judged(50, is_met=False)]) == 0.25
    assert calibration.brier_score([Judged(80, is_met=True)]) == pytest.approx(0.04)
    assert calibration.brier_score([Judged(80, is_met=False), Judged(60, is_met=True)]) == pytest.approx(0.4)


@settings(max_examples=60, derandomize=True)
@given(judgements)
def test_scores_stay_between_zero_and_one_and_chances_sum_to_one(judged):
    held = calibration.calibrate(judged)
    assert (held.score is None) is (not judged)
    assert held.score is None or 0 < held.score < 1
    assert math.fsum(calibration.chances_of(judged)) == pytest.approx(1)
    assert (held.fit is Fit.TOO_FEW) is (len(judged) < 5)
    assert sum(band.n for band in held.bands) == held.n == len(judged)
    turned = [Judged(100 - each.percent, not each.is_met) for each in judged]
    assert calibration.brier_score(turned) == pytest.approx(held.score) if judged else True


def test_chances_of_equal_confidence_are_binomial():
    chances = calibration.chances_of([Judged(80, is_met=True)] * 8)
    assert chances[5] == pytest.approx(math.comb(8, 5) * 0.8**5 * 0.2**3)


@pytest.mark.parametrize(("percent", "n_met", "fit"), [
    (90, 8, Fit.FITS), (90, 4, Fit.TOO_SURE), (50, 4, Fit.FITS), (20, 6, Fit.NOT_SURE_ENOUGH), (80, 5, Fit.FITS),
])  # fmt: skip
def test_only_more_than_chance_is_a_verdict(percent, n_met, fit):
    judged = [Judged(percent, n < n_met) for n in range(8)]
    assert calibration.fit_of(judged) is fit


def test_few_predictions_make_no_verdict_however_wrong():
    assert calibration.fit_of([Judged(99, is_met=False)] * 4) is Fit.TOO_FEW
    assert calibration.calibrate([Judged(99, is_met=False)] * 3).n_missing == 2


def test_bands_are_drawn_inside_the_picture():
    judged = [Judged(55, is_met=True), Judged(70, is_met=False), Judged(85, is_met=True), Judged(95, is_met=False)]
    picture = calibration.draw(calibration.calibrate(judged))
    assert [row.x_met for row in picture.rows] == [100, 0, 50]
    assert [row.x_said for row in picture.rows] == [55, 70, 90]
    assert all(0 < row.y < picture.height for row in picture.rows)


def test_a_plan_names_what_is_missing():
    whole = {"title": "Call", "objective": "Why", "plan_what": "Call", "plan_who": "We", "plan_when": "Now"}
    assert plans.missing_in_plan(whole, has_prediction=True) == ()
    assert plans.missing_in_plan(whole, has_prediction=False) == ("words",)
    assert plans.missing_in_plan({**whole, "is_explore": True}, has_prediction=False) == ()
    assert plans.missing_in_plan({**whole, "plan_who": " "}, has_prediction=True) == ("plan_who",)
    quick = {"title": "Call", "plan_what": "Call each"}
    assert plans.missing_in_plan(quick, has_prediction=True, is_quick=True) == ()
    full = plans.missing_in_full_cycle({**quick, "scale_people": 0}, has_prediction=True, is_measured=False)
    assert full == ("objective", "plan_who", "plan_when", "change_idea_id", "measure_id", "shape")
    assert plans.short_title("word " * 60).endswith("word…")
    assert len(plans.short_title("x" * 500)) == 160


def predict(shop, *, began_on=TODAY - timedelta(days=20), upto="doing", **values):
    return make_cycle(shop.team, shop.member, upto, measure_id=shop.measure.id, began_on=began_on, **values)


def standings(shop):
    rows = list_predictions(load_work([shop.team.id], zone="UTC", today=TODAY), shop.team.id)
    return {row.cycle.number: row.standing for row in rows}, rows


def test_a_prediction_counts_when_it_came_before_its_test_and_its_number(shop):
    predict(shop)
    make_entries(shop.measure, shop.member, 14, 15, 16)
    found, rows = standings(shop)
    assert found == {1: Standing.COUNTS}
    assert judged_of(rows) == [Judged(70, is_met=True)]


def test_what_does_not_count_says_why(shop):
    predict(shop)  # 1 no number yet
    make_cycle(shop.team, shop.member, "doing")  # 2 in words
    predict(shop, upto="planned")  # 3 has not begun
    late = predict(shop)  # 4 written after the begin
    db.session.add(CycleFlag(cycle_id=late.id, kind=FlagKind.BEGIN_BACKDATED, noted_at=NOON))
    db.session.commit()
    assert standings(shop)[0] == {
        1: Standing.NO_DATA,
        2: Standing.IN_WORDS,
        3: Standing.NOT_BEGUN,
        4: Standing.LATE,
    }
    assert judged_of(standings(shop)[1]) == []


def test_a_number_that_was_there_before_is_not_predicted(shop):
    make_entries(shop.measure, shop.member, 15, until=TODAY)  # the week that decides, entered before the plan
    cycle = predict(shop, began_on=TODAY - timedelta(days=5))
    assert standings(shop)[0] == {cycle.number: Standing.COUNTS}  # entered today, after the plan of last week
    make_entries_of_this_week(shop)
    with clock.fixed(NOON + timedelta(hours=1)):
        known = make_cycle(shop.team, shop.member, "draft", measure_id=shop.measure.id)
        told = cycles.Predicted(
            measure_id=shop.measure.id, shape=cycles.Shape.AT_LEAST, low=10, by_on=TODAY, confidence_percent=99
        )
        plan = cycles.Plan("Call", "Do more come?", plan_what="Call all", plan_who="We", plan_when="Now")
        cycles.save_plan(known, plan, told, row_version=1, by_id=shop.member.id)
        known = get_cycle(known.id)
        cycles.begin_cycle(
            known, began_on=TODAY, today=TODAY, row_version=known.row_version, by_id=shop.member.id, zone="UTC"
        )
    assert standings(shop)[0][known.number] is Standing.KNOWN


def make_entries_of_this_week(shop):
    """Enter the number of the week that runs."""
    make_entries(shop.measure, shop.member, 15, until=TODAY + timedelta(days=7))


@pytest.mark.parametrize(("dropped_on", "standing"), [
    (date(2026, 5, 20), Standing.NOT_RUN), (date(2026, 6, 1), Standing.COUNTS),
])  # fmt: skip
def test_dropping_a_cycle_after_its_day_hides_nothing(shop, dropped_on, standing):
    cycle = predict(shop)  # by May 29
    make_entries(shop.measure, shop.member, 2, 2, 2)
    with clock.fixed(datetime.combine(dropped_on, NOON.timetz())):
        cycles.drop_cycle(cycle, reason="Nobody came", row_version=cycle.row_version, by_id=shop.member.id)
    db.session.commit()
    assert standings(shop)[0] == {1: standing}


def test_the_page_says_in_words_how_well_a_team_predicts(site, shop, as_person):
    path = f"{shop.url}/predictions"
    as_person(shop.staff)
    assert "Nothing was predicted yet" in site.get(path).text
    for _number in range(4):
        predict(shop)
    make_entries(shop.measure, shop.member, 2, 2, 2)
    page = site.get(path).text
    assert "1 more judged prediction is needed" in page
    assert "Brier" not in page
    assert "<svg" not in page.split("<main", 1)[1].split("</main>")[0].replace('<svg class="icon', "")
    predict(shop)
    predict(shop)
    page = site.get(path).text
    assert "More sure than right: on average you said 70 percent, and 0 percent came true." in page
    assert "Brier score 0.49" in page
    assert "said 70 percent, came true 0 of 6" in page
    assert site.get(f"{path}?lang=es").status_code == 200
    as_person(shop.stranger)
    site.get(path, status=404)


def test_the_page_costs_the_same_with_many_predictions(site, shop, as_person):
    as_person(shop.staff)
    path = f"{shop.url}/predictions"

    def cost():
        site.get(path)
        with counted_statements() as seen:
            site.get(path)
        return len(seen)

    predict(shop)
    before = cost()
    other = make_measure(shop.team, shop.member, name="Another")
    for number in range(12):
        make_cycle(shop.team, shop.member, "doing", measure_id=(shop.measure, other)[number % 2].id)
    make_entries(shop.measure, shop.member, 1, 2, 3)
    assert cost() == before <= 12
