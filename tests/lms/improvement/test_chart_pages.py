"""How a measure is drawn, its picture to take away, and charts that were kept: through the pages."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from lms.db import db
from lms.improvement.chart_spec import ChartPlan, KeptReason, SettingState
from lms.improvement.models import ChartSetting, KeptChart
from lms.improvement.queries.kept_charts import list_settings
from lms.improvement.rules import Decision, Unit
from lms.improvement.services.cycles import Act, save_act
from lms.improvement.spc import Kind
from lms.improvement.verdicts import RuleSet
from tests.factories.improvement import make_cycle, make_entries, make_measure
from tests.statements import counted_statements

STEADY = [5, 7, 6, 4, 8, 5, 7, 4, 8, 6, 5, 7, 6]
BETTER = [15, 16, 14, 15, 17, 16, 15, 14, 16]
FORM = {"kind": "run", "rules": "usual", "row_version": "0"}


def url_of(measure):
    return f"/improve/measures/{measure.id}"


def drawing(page):
    return re.search(r'<svg class="chart-svg.*?</svg>(?=\s*<p)', page, re.DOTALL).group()


@pytest.fixture
def counted(shop):
    """The shop's measure has 22 weeks of numbers, the last nine better: the first week is that of December 29, 2025."""
    make_entries(shop.measure, shop.member, *STEADY, *BETTER)
    return shop


def newest():
    return db.session.scalars(select(ChartSetting).order_by(ChartSetting.id.desc())).first()


def test_a_member_chooses_a_control_chart_and_the_page_explains_which_fits(site, counted, as_person):
    as_person(counted.member)
    page = site.get(f"{url_of(counted.measure)}/chart").text
    assert "Control chart for shares (P)" in page
    assert "makes room for small periods" in page
    assert "Control chart for counts" not in page
    site.post(f"{url_of(counted.measure)}/chart", {**FORM, "kind": "p"}, status=303)
    shown = site.get(url_of(counted.measure)).text
    assert "chart-band" in shown
    assert "3 sigma" in shown
    assert newest().plan == ChartPlan(kind=Kind.P, rules=RuleSet.ANHOEJ_AND_LIMITS)
    assert "chart-band" in site.get(counted.url).text  # the team page draws it the same way


def test_a_baseline_and_numbers_left_out_are_drawn_and_said(site, counted, as_person):
    as_person(counted.member)
    fields = {**FORM, "freeze_on": "2026-03-30", "exclusion_1_period_on": "2026-01-12",
              "exclusion_1_reason": "A snow week <script>"}  # fmt: skip
    site.post(f"{url_of(counted.measure)}/chart", fields, status=303)
    page = site.get(url_of(counted.measure)).text
    assert "baseline" in page
    assert "chart-cross" in page
    assert "A snow week &lt;script&gt;" in page
    assert "above the old middle line" in page


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"kind": "u"}, "This chart is for rates"),
    ({"kind": "c"}, "This chart is for counts"),
    ({"kind": "t"}, "times between events"),
    ({"kind": "xbar"}, "Choose a kind of chart"),
    ({"kind": "<script>"}, "Choose a kind of chart"),
    ({"rules": "anhoej-and-limits"}, "A run chart has no limits"),
    ({"kind": "p", "rules": "plot-the-dots"}, "Plot the dots reads"),
    ({"kind": "mr", "rules": "anhoej"}, "have no runs"),
    ({"freeze_on": "2026-12-28"}, "no number that late"),
    ({"freeze_on": "never"}, "no number that late"),
    ({"freeze_on": "2026-02-02"}, "at least 12 numbers"),
    ({"freeze_on": "2026-03-30", "phase_1_first_on": "2026-03-30", "phase_1_reason": "x"}, "do not go together"),
    ({"phase_1_first_on": "2026-03-30"}, "Say why"),
    ({"phase_1_reason": "We moved"}, "Choose the period"),
    ({"phase_1_first_on": "2027-03-30", "phase_1_reason": "x"}, "no number that late"),
    ({"phase_1_first_on": "2025-12-29", "phase_1_reason": "x"}, "first phase begins with the first number"),
    ({"phase_1_first_on": "2026-05-11", "phase_1_reason": "x"}, "at least 8 numbers stand behind"),
    ({"phase_1_first_on": "2026-03-30", "phase_1_reason": "x", "phase_2_first_on": "2026-03-30",
      "phase_2_reason": "y"}, "overlaps"),
    ({"phase_1_first_on": "2026-03-30", "phase_1_reason": "x", "phase_2_first_on": "2026-03-02",
      "phase_2_reason": "y"}, "overlaps"),
    ({"phase_1_first_on": "2026-02-02", "phase_1_reason": "x"}, "no change here that lasts"),
    ({"exclusion_1_period_on": "2026-12-28", "exclusion_1_reason": "x"}, "has no number"),
    ({"exclusion_1_period_on": "2026-01-12"}, "Say why"),
    ({"exclusion_1_reason": "Snow"}, "Choose the period"),
    ({"exclusion_1_period_on": "2026-01-12", "exclusion_1_reason": "x", "exclusion_2_period_on": "2026-01-12",
      "exclusion_2_reason": "y"}, "stands here twice"),
    ({"exclusion_1_period_on": "2026-01-12", "exclusion_1_reason": "y" * 10_000}, "300 characters"),
    ({"centre": "many"}, "not a number"),
    ({"centre": "120"}, "between 0 and 100"),
    ({"centre": "-3"}, "less than zero"),
    ({"centre": "1,234"}, "thousands or decimals"),
    ({"is_screened": "y"}, "nothing to screen"),
])  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_nothing_is_lost(site, counted, as_person, fields, sentence):
    as_person(counted.lead)
    page = site.post(f"{url_of(counted.measure)}/chart", {**FORM, **fields}, status=422).text
    assert sentence in page
    assert "error-summary" in page
    for name in ("phase_1_reason", "exclusion_1_reason", "centre"):
        if name in fields and "<" not in fields[name]:
            assert fields[name] in page
    assert newest() is None


def test_a_kind_that_needs_denominators_is_refused_for_a_measure_without(site, shop, as_person):
    kits = make_measure(shop.team, shop.member, name="Kits", unit=Unit.COUNT, denominator_text="")
    make_entries(kits, shop.member, *STEADY, out_of=None)
    as_person(shop.member)
    for kind in ("p", "up", "ip"):
        page = site.post(f"{url_of(kits)}/chart", {**FORM, "kind": kind}, status=422).text
        assert "needs two numbers a period" in page


@pytest.mark.parametrize("kind", ["run", "p", "pp", "ip", "i", "mr"])
def test_every_kind_of_a_share_is_drawn_with_everything_on_it(site, counted, as_person, kind):
    as_person(counted.member)
    fields = {**FORM, "kind": kind, "exclusion_1_period_on": "2026-01-12", "exclusion_1_reason": "Snow"}
    site.post(f"{url_of(counted.measure)}/chart", fields, status=303)
    page = site.get(url_of(counted.measure)).text
    assert "chart-centre" in page
    assert ("chart-limit" in page) == (kind != "run")
    assert "100 charts" in page or "has not been measured" in page


def test_a_look_before_saving_saves_nothing(site, counted, as_person):
    as_person(counted.member)
    fields = {**FORM, "kind": "i", "rules": "plot-the-dots"}
    page = site.post(f"{url_of(counted.measure)}/chart", {**fields, "action": "preview"}, status=200).text
    assert "Nothing is saved yet" in page
    assert "plot-the-dots" in page
    assert newest() is None
    keys = re.findall(r'name="form_key"[^>]*value="([^"]+)"', page)
    again = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in ("csrf_token", "row_version")}
    counted_form = site.client.post(f"{url_of(counted.measure)}/chart", data={**fields, **again, "form_key": keys[0]})
    assert counted_form.status_code == 303
    assert newest().rules is RuleSet.DOTS


def propose(site, shop, as_person, **more):
    as_person(shop.lead)
    fields = {**FORM, "phase_1_first_on": "2026-03-30", "phase_1_reason": "Calls began", **more}
    return site.post(f"{url_of(shop.measure)}/chart", fields, status=303)


def test_a_lead_proposes_phases_and_a_ta_expert_accepts_them(site, counted, as_person):
    as_person(counted.lead)
    page = site.get(f"{url_of(counted.measure)}/chart").text
    assert "A suggestion" in page
    link = re.search(r'href="([^"]*\?phase=2026-03-30)#phases"', page)[1]
    assert '<option selected value="2026-03-30">' in site.get(link).text
    before = drawing(site.get(url_of(counted.measure)).text)
    response = propose(site, counted, as_person)
    assert response.location.endswith("/charts")
    assert "A TA expert who does not belong" in site.get(response.location).text
    assert drawing(site.get(url_of(counted.measure)).text) == before  # it waits
    assert newest().state is SettingState.PROPOSED
    as_person(counted.expert)
    page = site.get(response.location).text
    assert "As it is proposed" in page
    decision = f"{url_of(counted.measure)}/chart/decision"
    version = {"row_version": "1"}
    site.post(decision, {**version, "action": "accept", "note": "Well seen"}, page=response.location, status=303)
    assert newest().state is SettingState.ACCEPTED
    as_person(counted.member)
    page = site.get(url_of(counted.measure)).text
    assert "chart-break" in page
    assert "Calls began" in page
    kept = db.session.scalars(select(KeptChart)).one()
    assert kept.why is KeptReason.REPHASED
    assert "Better" in site.get(response.location).text  # what it said before stays on record
    assert drawing(site.get(f"{response.location}/{kept.number}").text).count("chart-centre") == before.count(
        "chart-centre"
    )


def test_phases_that_are_declined_need_a_reason_and_never_hold(site, counted, as_person):
    page = propose(site, counted, as_person).location
    as_person(counted.expert)
    decision = f"{url_of(counted.measure)}/chart/decision"
    assert "Say why" in site.post(decision, {"row_version": "1", "action": "decline"}, page=page, status=422).text
    fields = {"row_version": "1", "action": "decline", "note": "Wait for summer"}
    site.post(decision, fields, page=page, status=303)
    assert newest().state is SettingState.DECLINED
    assert list_settings(counted.measure.id).proposal is None
    site.post(decision, {**fields, "row_version": "2"}, page=page, status=303)  # decided already: said, not done twice
    assert newest().number == 2
    assert "Wait for summer" in site.get(page).text
    assert "chart-break" not in site.get(url_of(counted.measure)).text


def test_other_settings_hold_at_once_while_phases_wait(site, counted, as_person):
    propose(site, counted, as_person, kind="p")
    rows = list_settings(counted.measure.id).rows
    assert [row.state for row in rows] == [SettingState.ACCEPTED, SettingState.PROPOSED]
    assert rows[0].phases == []
    assert rows[0].kind is Kind.P
    site.post(f"{url_of(counted.measure)}/chart", {"action": "withdraw"}, status=303)
    assert list_settings(counted.measure.id).proposal is None


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("lead", 403), ("coordinator", 403), ("stranger", 404)])
def test_only_a_ta_expert_decides_about_phases(site, counted, as_person, who, status):
    page = propose(site, counted, as_person).location
    as_person(getattr(counted, who))
    fields = {"row_version": "1", "action": "accept"}
    site.post(f"{url_of(counted.measure)}/chart/decision", fields, page=page, status=status)
    assert newest().state is SettingState.PROPOSED


def test_a_member_who_is_no_lead_cannot_smuggle_phases_in(site, counted, as_person):
    as_person(counted.member)
    assert "Only a lead" in site.get(f"{url_of(counted.measure)}/chart").text
    fields = {**FORM, "phase_1_first_on": "2026-03-30", "phase_1_reason": "x", "kind": "p"}
    site.post(f"{url_of(counted.measure)}/chart", fields, status=303)
    assert [row.state for row in list_settings(counted.measure.id).rows] == [SettingState.ACCEPTED]
    assert newest().phases == []


def test_two_edits_that_meet_overwrite_nothing(site, counted, as_person):
    as_person(counted.member)
    site.post(f"{url_of(counted.measure)}/chart", {**FORM, "kind": "p"}, status=303)
    page = site.post(f"{url_of(counted.measure)}/chart", {**FORM, "kind": "i"}, status=409).text
    assert "Somebody else changed this chart" in page
    assert newest().kind is Kind.P


@pytest.mark.parametrize(("who", "reads", "writes"), [
    ("lead", 200, 200), ("staff", 200, 403), ("expert", 200, 403), ("coordinator", 200, 403), ("stranger", 404, 404),
])  # fmt: skip
def test_who_reads_and_changes_charts(site, counted, as_person, who, reads, writes):  # noqa: PLR0917
    as_person(getattr(counted, who))
    site.get(f"{url_of(counted.measure)}/charts", status=reads)
    site.get(f"{url_of(counted.measure)}.png", status=reads)
    site.get(f"{url_of(counted.measure)}/chart", status=writes)
    site.post(f"{url_of(counted.measure)}/charts", {"note": "x"}, status=303 if writes == 200 else writes)
    site.get(f"{url_of(counted.measure)}/charts/99", status=404)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_chart_can_be_taken_away_as_a_picture(site, shop, as_person, language):
    name = "=cmd() <b>Ünïcode</b> 😀 " + "x" * 120
    measure = make_measure(shop.team, shop.member, name=name, source_text="The book", target=40)
    as_person(shop.member)
    assert site.get(f"{url_of(measure)}.png?lang={language}").data.startswith(b"\x89PNG")  # without a number, too
    make_entries(measure, shop.member, *STEADY, *BETTER)
    response = site.get(f"{url_of(measure)}.png?lang={language}")
    assert response.mimetype == "image/png"
    assert int.from_bytes(response.data[16:20]) == 1600  # two pixels a point
    assert len(response.data) > 30_000


def test_a_kept_chart_is_drawn_again_to_the_byte_whatever_comes_later(site, counted, as_person):
    as_person(counted.member)
    keep = {"note": "For the congress", "event_uuid": str(uuid4())}
    kept = site.post(f"{url_of(counted.measure)}/charts", keep, page=f"{url_of(counted.measure)}/charts", status=303)
    before = site.get(kept.location).text
    make_entries(counted.measure, counted.member, *([1] * 22))  # every number is corrected
    site.post(f"{url_of(counted.measure)}/chart", {**FORM, "kind": "p", "freeze_on": "2026-03-30"}, status=303)
    changed = {
        "name": "Renamed", "kind": "process", "unit": "percent", "numerator_text": "others",
        "denominator_text": "all others", "cadence": "week", "direction": "down", "target": "3",
        "holds_from_on": "2026-05-04", "row_version": "1",
    }  # fmt: skip
    site.post(f"{url_of(counted.measure)}/edit", changed, status=303)
    after = site.get(kept.location).text
    assert drawing(after) == drawing(before)
    assert "First dose within 24 hours" in after
    assert drawing(site.get(url_of(counted.measure)).text) != drawing(before)
    assert "For the congress" in site.get(f"{url_of(counted.measure)}/charts").text


def test_a_chart_kept_twice_by_one_click_is_kept_once(site, counted, as_person):
    as_person(counted.member)
    keep = {"note": "", "event_uuid": str(uuid4())}
    page = f"{url_of(counted.measure)}/charts"
    places = [site.post(page, keep, page=page, status=303).location for _try in range(2)]
    assert places[0] == places[1]
    assert "300 characters" in site.post(page, {"note": "n" * 10_000}, page=page, status=422).text


def test_the_chart_of_the_day_is_kept_when_a_cycle_is_finished(site, counted, as_person):
    other = make_measure(counted.team, counted.member, name="Other")
    make_entries(other, counted.member, 5, 6)
    cycle = make_cycle(counted.team, counted.member, "studied", measure_id=counted.measure.id)
    act = Act(Decision.ADOPT, "It works", "Go on", "")
    save_act(cycle, act, row_version=cycle.row_version, by_id=counted.member.id)
    db.session.commit()
    kept = db.session.scalars(select(KeptChart)).one()
    assert (kept.measure_id, kept.cycle_id, kept.why) == (counted.measure.id, cycle.id, KeptReason.CYCLE_ACTED)
    assert kept.said.finding == "better"
    as_person(counted.member)
    assert f"Cycle {cycle.number}" in site.get(f"{url_of(counted.measure)}/charts/{kept.number}").text


def test_an_adopted_cycle_is_a_reason_for_a_phase(site, counted, as_person):
    cycle = make_cycle(counted.team, counted.member, "studied", measure_id=counted.measure.id)
    save_act(cycle, Act(Decision.ADOPT, "It works", "Go on", ""), row_version=cycle.row_version, by_id=counted.lead.id)
    db.session.commit()
    page = propose(site, counted, as_person, phase_1_reason="", phase_1_cycle_id=str(cycle.id)).location
    assert "was adopted" in site.get(page).text
    assert newest().plan.phases[0].cycle_number == cycle.number


def test_a_chart_that_cannot_be_drawn_as_chosen_says_so(site, shop, as_person):
    waits = make_measure(shop.team, shop.member, name="Days", unit=Unit.DAYS, denominator_text="")
    make_entries(waits, shop.member, *STEADY, out_of=None)
    as_person(shop.member)
    site.post(f"{url_of(waits)}/chart", {**FORM, "kind": "t"}, status=303)
    assert "chart-band" in site.get(url_of(waits)).text
    make_entries(waits, shop.member, 0, out_of=None)  # the newest week is corrected to zero
    assert "cannot be drawn from these numbers" in site.get(url_of(waits)).text
    page = site.post(f"{url_of(waits)}/chart", {**FORM, "kind": "t", "row_version": "1"}, status=422).text
    assert "times above zero" in page


def test_pages_of_charts_cost_the_same_with_many_rows(site, counted, as_person):
    as_person(counted.lead)
    page = f"{url_of(counted.measure)}/charts"
    site.post(page, {"note": "one"}, page=page, status=303)

    def cost(path):
        site.get(path)
        with counted_statements() as seen:
            site.get(path)
        return len(seen)

    paths = (url_of(counted.measure), f"{url_of(counted.measure)}/chart", page, f"{page}/1", counted.url)
    before = [cost(path) for path in paths]
    for number, kind in enumerate(("p", "i", "run", "p", "i")):
        fields = {**FORM, "kind": kind, "row_version": str(number)}
        site.post(f"{url_of(counted.measure)}/chart", fields, status=303)
        site.post(page, {"note": kind}, page=page, status=303)
    assert [cost(path) for path in paths] == before
    assert max(before) <= 12
