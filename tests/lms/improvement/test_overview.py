import re
from datetime import timedelta

import pytest

from lms import clock
from lms.db import db
from lms.improvement.sparklines import sparkline
from tests.factories.improvement import NOON, make_entries, make_measure, make_team
from tests.statements import counted_statements

FALLING = (18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7)


def address(shop, page=""):
    return f"/coalitions/{shop.coalition.id}/improvement{page}"


def names_in(html):
    return re.findall(r'href="/improve/teams/\d+">([^<]+)</a>', html)


def test_every_team_of_the_coalition_stands_there_with_its_main_measure(shop, site, as_person):
    make_entries(shop.measure, shop.member, *FALLING)
    make_team(shop.river, shop.neighbor, name="Warm hand-off")
    make_team(shop.far, shop.stranger, name="Elsewhere")
    as_person(shop.expert)
    html = site.get(address(shop)).text
    assert names_in(html) == ["Same-day start", "Warm hand-off"]
    assert "First dose within 24 hours" in html
    assert "No measure yet" in html
    assert re.search(r'<path d="M0 2L', html)


def test_teams_that_wrote_nothing_for_long_come_first(shop, site, as_person):
    with clock.fixed(NOON - timedelta(days=40)):
        make_team(shop.river, shop.neighbor, name="Warm hand-off")
    as_person(shop.coordinator)
    html = site.get(address(shop)).text
    assert names_in(html) == ["Warm hand-off", "Same-day start"]
    assert html.count("Quiet</span>") == 1


def test_without_teams_the_page_says_what_comes(shop, site, as_person):
    shop.team.closed_at = clock.now()
    db.session.merge(shop.team)
    db.session.commit()
    as_person(shop.coordinator)
    assert "No team yet" in site.get(address(shop)).text


def test_the_coalition_leads_there_only_whom_it_concerns(shop, site, as_person):
    as_person(shop.staff)
    assert address(shop) not in site.get(f"/coalitions/{shop.coalition.id}").text
    as_person(shop.expert)
    assert address(shop) in site.get(f"/coalitions/{shop.coalition.id}").text


def test_many_teams_cost_as_many_statements_as_one(shop, site, as_person):
    as_person(shop.expert)
    make_entries(shop.measure, shop.member, *FALLING)
    site.get(address(shop))
    with counted_statements() as few:
        site.get(address(shop))
    for number in range(52):
        team = make_team(shop.harbor, shop.member, name=f"Team {number:02}")
        if number % 10 == 0:
            make_entries(make_measure(team, shop.member), shop.member, *FALLING)
    with counted_statements() as new:
        site.get(address(shop))
    assert len(new) <= 12
    with counted_statements() as many:
        html = site.get(address(shop)).text
    assert len(many) == len(few) == len(new) - 3  # what is known is read again in no measure and no number
    assert len(names_in(html)) == 50
    assert names_in(site.get(address(shop, "?page=2")).text) == ["Team 49", "Team 50", "Team 51"]


@pytest.mark.parametrize(("values", "path"), [
    ([], ""), ([None, 3], ""), ([2, 2], "M0 12L100 12"), ([0, 10], "M0 22L100 2"), ([0, None, 10], "M0 22h0M100 2h0"),
])  # fmt: skip
def test_a_line_of_a_words_size(values, path):
    assert sparkline(values) == path
