"""Small charts and lines of lists are kept by the version of their data, and never show what is no longer so."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from lms import clock
from lms.accounts.models import Language
from lms.db import db
from lms.improvement.chart_spec import ChartPlan
from lms.improvement.queries.measures import get_measure_whole
from lms.improvement.rules import MissingReason
from lms.improvement.services.charts import save_plan
from lms.improvement.services.measures import Entry, enter_observation, set_measure_closed
from lms.improvement.services.teams import AimWords, write_aim
from lms.improvement.spc import Kind
from lms.improvement.verdicts import RuleSet
from lms.operations import translations
from tests.factories.improvement import NOON, TODAY, make_cycle, make_entries, make_measure
from tests.statements import counted_statements

SIX = (5, 7, 6, 4, 8, 5)


@pytest.fixture
def show(shop, site, as_person):
    """The team page of a member whose measure has six weeks of numbers."""
    make_entries(shop.measure, shop.member, *SIX)
    as_person(shop.member)
    return lambda: site.get(shop.url).text


def chart_of(html, measure):
    begun = html.index(f'id="measure-{measure.id}"')
    return html[begun : html.index("</figure>", begun)]


def enter(shop, period_on, numerator, **values):
    measure = get_measure_whole(shop.measure.id)
    entry = Entry(period_on=period_on, numerator=numerator, denominator=None if numerator is None else 20, **values)
    assert enter_observation(measure, entry, event_uuid=uuid4(), by_id=shop.member.id, today=TODAY)
    db.session.commit()


def test_an_unchanged_page_reads_no_numbers_and_says_the_same(shop, show):
    first = show()
    with counted_statements() as seen:
        again = show()
    assert chart_of(again, shop.measure) == chart_of(first, shop.measure)
    assert len(seen) <= 8
    assert not any("FROM observation JOIN" in each or "observation.numerator" in each for each in seen)


@pytest.mark.parametrize("what", ["number", "note", "reason", "setting", "cycle", "measure", "closed"])
def test_whatever_changes_a_chart_is_seen_at_once(shop, show, what):
    before = show()
    newest = date(2026, 5, 25)
    if what == "number":
        enter(shop, newest, 19)
    elif what == "note":
        enter(shop, newest, 5, note="The flood")
    elif what == "reason":
        enter(shop, newest, None, missing_reason=MissingReason.CLOSED)
    elif what == "setting":
        plan = ChartPlan(kind=Kind.P, rules=RuleSet.ANHOEJ_AND_LIMITS)
        save_plan(get_measure_whole(shop.measure.id), plan, version=0, may_propose=False, by_id=shop.member.id)
    elif what == "cycle":
        make_cycle(shop.team, shop.member, "doing")
    elif what == "measure":
        make_measure(shop.team, shop.member, name="Waiting")
    else:
        set_measure_closed(get_measure_whole(shop.measure.id), is_closed=True, by_id=shop.member.id)
    db.session.commit()
    after = show()
    if what == "measure":
        assert "Waiting" in after
    elif what == "closed":
        assert f'id="measure-{shop.measure.id}"' not in after
    else:
        assert chart_of(after, shop.measure) != chart_of(before, shop.measure)


def test_a_week_later_a_number_is_missing(shop, show, as_person):
    write_aim(shop.team.id, AimWords("What", "Measure", "Much", TODAY, "All"), n_versions=0, by_id=shop.member.id)
    db.session.commit()
    assert "Enter a number: First dose" not in show()
    with clock.fixed(NOON + timedelta(days=8)):
        as_person(shop.member)
        assert "Enter a number: First dose" in show()


def test_each_language_has_its_own(shop, show):
    translations.compile_stale()
    english = chart_of(show(), shop.measure)
    shop.member.language = Language.SPANISH
    db.session.merge(shop.member)
    db.session.commit()
    spanish = chart_of(show(), shop.measure)
    assert "median" in english
    assert "mediana" in spanish
    assert chart_of(show(), shop.measure) == spanish


def test_who_only_reads_gets_no_way_to_enter(shop, show, site, as_person):
    assert "/observations" in show()
    as_person(shop.staff)
    assert "/observations" not in site.get(shop.url).text
