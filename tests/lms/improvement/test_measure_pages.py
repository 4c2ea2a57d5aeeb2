import csv
import io
import re
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from lms.db import db
from lms.errors import Invalid
from lms.improvement.models import Measure, MeasureDefinition, Observation
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.rules import MeasureKind, Unit
from lms.improvement.services.measures import Definition, Upkeep, add_measure
from tests.factories.improvement import make_entries, make_measure
from tests.statements import counted_statements

FORM = {
    "name": "Waiting time",
    "kind": "outcome",
    "unit": "days",
    "numerator_text": "median days from asking to the first visit",
    "cadence": "month",
    "direction": "down",
    "chart_kind": "run",
}


def url_of(measure):
    return f"/improve/measures/{measure.id}"


def entry_url(measure):
    return f"{url_of(measure)}/observations"


def n_entries():
    return db.session.scalar(select(func.count()).select_from(Observation))


def test_a_member_adds_a_measure_and_enters_its_first_number(site, shop, as_person):
    as_person(shop.member)
    response = site.post(f"{shop.url}/measures/new", {**FORM, "target": "7,5"}, status=303)
    measure = db.session.scalars(select(Measure).order_by(Measure.id.desc())).first()
    assert response.location == entry_url(measure)
    assert "May 2026" in site.get(response.location).text
    fields = {"period_on": "2026-05-01", "numerator": "12,5", "event_uuid": str(uuid4())}
    site.post(entry_url(measure), fields, status=303)
    page = site.get(url_of(measure)).text
    assert "12.5" in page
    assert "Too early to say" in page
    assert get_measure_whole(measure.id).definition.target == 7.5


@pytest.mark.parametrize("broken", [
    {"unit": "percent"}, {"unit": "rate", "denominator_text": "bed days"}, {"name": ""}, {"cadence": "hour"},
    {"owner": "987654"}, {"target": "1.234"}, {"unit": "percent", "denominator_text": "all", "target": "120"},
    {"chart_kind": "p"}, {"name": "x" * 10_000},
])  # fmt: skip
def test_a_measure_with_gaps_is_given_back(site, shop, as_person, broken):
    as_person(shop.member)
    assert "median days" in site.post(f"{shop.url}/measures/new", {**FORM, **broken}, status=422).text


def test_the_next_missing_period_is_proposed(site, shop, as_person):
    make_entries(shop.measure, shop.member, 8, 9)  # the weeks of May 18 and 25
    as_person(shop.member)
    first = {"period_on": "2026-05-04", "numerator": "7", "denominator": "20"}
    response = site.post(entry_url(shop.measure), first, status=303)
    assert response.location == entry_url(shop.measure)  # the week of May 11 is missing now
    assert "May 11" in site.get(entry_url(shop.measure)).text
    last = {"period_on": "2026-05-11", "numerator": "7", "denominator": "20"}
    assert site.post(entry_url(shop.measure), last, status=303).location == url_of(shop.measure)


@pytest.mark.parametrize(("fields", "sentence"), [
    ({"numerator": "5", "denominator": "0"}, "no share"),
    ({"numerator": "21", "denominator": "20"}, "more than all"),
    ({"numerator": "2.5", "denominator": "20"}, "whole number"),
    ({"numerator": "-1", "denominator": "20"}, "less than zero"),
    ({"numerator": "five", "denominator": "20"}, "not a number"),
    ({"numerator": "1,234", "denominator": "20"}, "thousands or decimals"),
    ({"numerator": "NaN", "denominator": "20"}, "not a number"),
    ({"numerator": "1e9", "denominator": "20"}, "not a number"),
    ({"numerator": "99999999999999", "denominator": "20"}, "too large"),
    ({"numerator": "٣", "denominator": "20"}, "not a number"),
    ({"numerator": "", "denominator": ""}, "say why there is none"),
    ({"numerator": "5", "denominator": ""}, "say why there is none"),
    ({"numerator": "5", "denominator": "9", "missing_reason": "closed"}, "wrote a number too"),
    ({"numerator": "5", "denominator": "9", "period_on": "2026-06-08"}, "Not a valid choice"),
    ({"numerator": "5", "denominator": "9", "period_on": "<script>"}, "Not a valid choice"),
])  # fmt: skip
def test_a_number_that_cannot_be_is_refused_in_words(site, shop, as_person, fields, sentence):
    as_person(shop.member)
    page = site.post(entry_url(shop.measure), {"period_on": "2026-05-25", **fields}, status=422).text
    assert sentence in page
    assert n_entries() == 0


def test_a_period_without_a_number_needs_a_reason_and_is_no_zero(site, shop, as_person):
    as_person(shop.member)
    site.post(entry_url(shop.measure), {"period_on": "2026-05-25", "missing_reason": "no-cases"}, status=303)
    entry = db.session.scalars(select(Observation)).one()
    assert entry.numerator is None
    assert "There was nobody to count" in site.get(url_of(shop.measure)).text


def test_the_same_number_sent_twice_is_one_entry(site, shop, as_person):
    as_person(shop.member)
    fields = {"period_on": "2026-05-25", "numerator": "7", "denominator": "20", "event_uuid": str(uuid4())}
    for _try in range(2):  # two forms, as a phone sends them again after a lost answer
        site.post(entry_url(shop.measure), fields, status=303)
    assert n_entries() == 1


def test_a_correction_is_a_revision(site, shop, as_person):
    as_person(shop.member)
    for number in ("7", "9"):
        site.post(
            entry_url(shop.measure), {"period_on": "2026-05-25", "numerator": number, "denominator": "20"}, status=303
        )
    assert n_entries() == 2
    page = site.get(url_of(shop.measure)).text
    assert "Replaced" in page
    assert "45%" in page or "45" in page
    assert "What you enter now replaces it" in site.get(f"{entry_url(shop.measure)}?period=2026-05-25").text


@pytest.mark.parametrize(("who", "reads", "writes"), [
    ("lead", 200, 200), ("staff", 200, 403), ("expert", 200, 403), ("coordinator", 200, 403), ("stranger", 404, 404),
])  # fmt: skip
def test_who_reads_and_writes_a_measure(site, shop, as_person, who, reads, writes):  # noqa: PLR0917
    as_person(getattr(shop, who))
    for path in (url_of(shop.measure), f"{url_of(shop.measure)}.csv"):
        site.get(path, status=reads)
    for path in (entry_url(shop.measure), f"{url_of(shop.measure)}/edit"):
        site.get(path, status=writes)


def test_something_else_that_is_counted_begins_a_phase(site, shop, as_person):
    make_entries(shop.measure, shop.member, *range(5, 13))
    as_person(shop.member)
    changed = {
        "name": "First dose within 24 hours", "kind": "process", "unit": "percent",
        "numerator_text": "people who got it", "denominator_text": "people who asked by phone or in person",
        "cadence": "week", "direction": "up",
        "chart_kind": "run", "row_version": "1",
    }  # fmt: skip
    assert "Choose from which day" in site.post(f"{url_of(shop.measure)}/edit", changed, status=422).text
    site.post(f"{url_of(shop.measure)}/edit", {**changed, "holds_from_on": "2026-05-04"}, status=303)
    assert len(db.session.scalars(select(MeasureDefinition)).all()) == 2
    page = site.get(url_of(shop.measure)).text
    assert "chart-break" in page
    assert "What was counted before" in page
    other_unit = {**changed, "unit": "count", "row_version": "2", "holds_from_on": "2026-05-04"}
    assert "would not fit" in site.post(f"{url_of(shop.measure)}/edit", other_unit, status=422).text
    stale = {**changed, "name": "Mine", "row_version": "1", "holds_from_on": "2026-05-04"}
    assert "Mine" in site.post(f"{url_of(shop.measure)}/edit", stale, status=409).text


def test_a_target_needs_no_phase(site, shop, as_person):
    as_person(shop.member)
    changed = {
        "name": "First dose", "kind": "process", "unit": "percent", "numerator_text": "people who got it",
        "denominator_text": "people who asked", "cadence": "week", "direction": "up", "target": "75",
        "row_version": "1",
    }  # fmt: skip
    site.post(f"{url_of(shop.measure)}/edit", changed, status=303)
    assert get_measure_whole(shop.measure.id).definition.holds_from_on is None


def test_a_stopped_measure_leaves_the_team_page(site, shop, as_person):
    as_person(shop.member)
    site.post(f"{url_of(shop.measure)}/edit", {"action": "close"}, status=303)
    assert "First dose" not in site.get(shop.url).text
    assert "Stopped" in site.get(url_of(shop.measure)).text


@pytest.mark.parametrize("note", ["=cmd()|'/C calc'!A0", "+1", "@SUM(A1)", " -2", "<script>alert(1)</script>"])
def test_a_download_holds_no_formula(site, shop, as_person, note):
    as_person(shop.member)
    fields = {"period_on": "2026-05-25", "numerator": "7", "denominator": "20", "note": note}
    site.post(entry_url(shop.measure), fields, status=303)
    response = site.get(f"{url_of(shop.measure)}.csv")
    assert response.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert rows[0]["value"] == "35"
    assert not rows[0]["note"].lstrip().startswith(("=", "+", "-", "@"))
    assert "<script>" not in site.get(url_of(shop.measure)).text.replace("<script src", "")


def test_a_count_and_a_rate_are_entered(site, shop, as_person):
    as_person(shop.member)
    count = make_measure(shop.team, shop.member, name="Kits", unit=Unit.COUNT, denominator_text="")
    rate = make_measure(shop.team, shop.member, name="Falls", unit=Unit.RATE, rate_per=1000)
    assert "Out of" not in site.get(entry_url(count)).text
    site.post(entry_url(count), {"period_on": "2026-05-25", "numerator": "14"}, status=303)
    site.post(entry_url(rate), {"period_on": "2026-05-25", "numerator": "3", "denominator": "250,5"}, status=303)
    assert "12" in site.get(url_of(rate)).text


def test_a_measure_page_costs_the_same_with_many_numbers(site, shop, as_person):
    make_entries(shop.measure, shop.member, 5)
    as_person(shop.member)

    def cost(path):
        site.get(path)
        with counted_statements() as seen:
            site.get(path)
        return len(seen)

    paths = (url_of(shop.measure), entry_url(shop.measure))
    before = [cost(path) for path in paths]
    make_entries(shop.measure, shop.staff, *range(1, 20))
    assert [cost(path) for path in paths] == before
    assert max(before) <= 12


def test_a_percentage_is_no_count(site, shop, as_person):
    as_person(shop.member)
    fields = {"period_on": "2026-05-25", "numerator": "35%", "denominator": "200"}
    assert "without a percent sign" in site.post(entry_url(shop.measure), fields, status=422).text
    assert n_entries() == 0


def test_a_number_that_came_while_the_form_was_open_is_shown_first(site, shop, as_person):
    as_person(shop.member)
    page = site.get(f"{entry_url(shop.measure)}?period=2026-05-25").text
    seen = re.search(r'name="seen" type="hidden" value="([^"]*)"', page)[1]
    make_entries(shop.measure, shop.lead, 9)
    fields = {"period_on": "2026-05-25", "numerator": "7", "denominator": "20", "seen": seen}
    page = site.post(entry_url(shop.measure), fields, status=422).text
    assert "while you had the form open" in page
    assert "For this period it says: 9 of 20." in page
    fields["seen"] = re.search(r'name="seen" type="hidden" value="([^"]*)"', page)[1]
    site.post(entry_url(shop.measure), fields, status=303)
    assert n_entries() == 2


def test_only_who_may_write_is_offered_and_taken_as_owner(shop, site, as_person):
    as_person(shop.member)
    page = site.get(f"{shop.url}/measures/new").text
    offered = page[page.index('id="owner"') :]
    offered = offered[: offered.index("</select>")]
    assert "Mo Member" in offered
    assert "Lea Lead" in offered
    assert "Sam Staff" not in offered
    fields = {"name": "Calls", "kind": "process", "unit": "count", "cadence": "week", "direction": "up"}
    fields |= {"numerator_text": "calls made", "owner": str(shop.member.id)}
    for name in ("owner", "backup_owner"):
        sent = {**fields, name: str(shop.staff.id)}
        refused = site.post(f"{shop.url}/measures/new", sent, status=422).text
        assert f'href="#{name}"' in refused
    site.post(f"{shop.url}/measures/new", {**fields, "backup_owner": str(shop.lead.id)}, status=303)
    upkeep = Upkeep(kind=MeasureKind.PROCESS, owner_id=shop.staff.id)
    measure = get_measure_whole(shop.measure.id)
    with pytest.raises(Invalid):
        add_measure(shop.team.id, shop.harbor.id, as_defined(measure), upkeep, by_id=shop.member.id)


def as_defined(measure):
    names = Definition.__dataclass_fields__
    return Definition(**{name: getattr(measure.definition, name) for name in names})
