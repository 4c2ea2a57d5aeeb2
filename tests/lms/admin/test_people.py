from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.accounts.models import PersonState, SignInSession
from lms.accounts.queries import find_second_factor
from lms.admin.queries import people
from lms.admin.queries.people import PeopleFilter
from lms.db import db
from tests.factories.people import make_membership, make_organization, make_person, sign_in
from tests.factories.second_factors import give_second_factor
from tests.statements import counted_statements

HOSTILE = ["%", "_", "<script>alert(1)</script>", "'; DROP TABLE person; --", "🙂", "x" * 10_000, "\0", "\u202e"]


def cost(client, path):
    db.session.rollback()  # what this test has read does not count
    with counted_statements() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


def state_of(person):
    db.session.expire_all()
    return db.session.get(type(person), person.id).state


@pytest.mark.parametrize("words", ["ana r", "ANA@EXAMPLE.ORG", "heron"])
def test_people_are_found_by_name_address_and_alias(house, words):
    make_person("", alias="heron")
    wanted = PeopleFilter(words=words)
    assert len(people.list_people(wanted, limit=9)) == 1 == people.count_people(wanted)


def test_people_are_listed_by_name_with_where_they_belong(house):
    rows = people.list_people(PeopleFilter(), limit=9)
    counts = [(row.person.name, row.n_organizations) for row in rows]
    assert counts == [("Alba Site", 0), ("Ana Ruiz", 1), ("Cora Lee", 0)]


def test_filters_leave_others_out(house, client):
    sign_in(client, house.ana)
    old = sign_in(client, house.cora)
    old.last_seen_at = clock.now() - timedelta(days=31)
    house.cora.state = PersonState.SUSPENDED
    db.session.commit()

    def names(**wanted):
        return [row.person.name for row in people.list_people(PeopleFilter(**wanted), limit=9)]

    assert names(state=PersonState.SUSPENDED) == ["Cora Lee"]
    assert names(is_recent=True) == ["Ana Ruiz"]
    assert names(is_administrator=True) == ["Alba Site"]


def test_a_search_nobody_fits_says_what_to_do(as_admin, site):
    assert "Nobody fits" in site.get("/admin/people?q=zebra").text


@pytest.mark.parametrize("words", HOSTILE)
def test_any_words_are_taken_as_words(as_admin, site, words):
    response = site.client.get("/admin/people", query_string={"q": words, "state": words, "show": words, "page": words})
    assert response.status_code == 200
    assert "<script>alert" not in response.text


def test_thirty_people_cost_as_much_as_three(house, as_admin, client):
    few = cost(client, "/admin/people")
    for number in range(30):
        make_membership(make_person(f"Person {number}"), house.harbor)
    assert cost(client, "/admin/people") == few <= 8


def test_the_page_of_a_person_costs_the_same_for_many_memberships(house, as_admin, client):
    path = f"/admin/people/{house.ana.id}"
    few = cost(client, path)
    for number in range(9):
        make_membership(house.ana, make_organization(f"Place {number}"))
    assert cost(client, path) == few <= 8


def test_a_long_list_has_pages(house, as_admin, site):
    for number in range(30):
        make_person(f"Person {number:02}")
    assert "Person 29" not in site.get("/admin/people").text
    assert "Person 29" in site.get("/admin/people?page=2").text


def test_the_page_of_a_person_says_where_they_belong(house, as_admin, site):
    page = site.get(f"/admin/people/{house.ana.id}").text
    assert "Harbor House" in page
    assert "ana@example.org" in page
    assert house.ana.password_hash not in page
    assert "Tri-County" in site.get(f"/admin/people/{house.cora.id}").text


def test_a_hostile_name_stays_text(as_admin, site):
    person = make_person("<script>alert(1)</script>")
    assert "<script>alert" not in site.get(f"/admin/people/{person.id}").text
    assert "<script>alert" not in site.get("/admin/people").text


def test_a_person_is_suspended_signed_out_and_let_in_again(house, as_admin, site):
    path = f"/admin/people/{house.ana.id}"
    session = SignInSession(
        person_id=house.ana.id,
        key_hash="a",
        csrf_nonce="a",
        device="",
        created_at=clock.now(),
        last_seen_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )
    db.session.add(session)
    db.session.commit()
    assert "in one browser" in site.get(path).text
    site.post(f"{path}/suspend", page=path, status=303)
    assert state_of(house.ana) is PersonState.SUSPENDED
    assert db.session.scalars(select(SignInSession.ended_at).where(SignInSession.person_id == house.ana.id)).one()
    site.post(f"{path}/suspend", page=path, status=409)
    site.post(f"{path}/reactivate", page=path, status=303)
    site.post(f"{path}/reactivate", page=path, status=409)
    assert state_of(house.ana) is PersonState.ACTIVE


def test_a_double_click_suspends_once_and_shows_the_same_page(house, as_admin, site):
    path = f"/admin/people/{house.ana.id}"
    fields = site.hidden_fields(path)
    first, second = (site.client.post(f"{path}/suspend", data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, path)


def test_nobody_suspends_their_own_account(house, as_admin, site):
    path = f"/admin/people/{house.alba.id}"
    assert "Suspend this account" not in site.get(path).text
    site.post(f"{path}/suspend", page=path, status=409)
    assert state_of(house.alba) is PersonState.ACTIVE


def test_another_administrator_can_be_suspended(house, as_admin, site):
    other = make_person("Other", is_administrator=True)
    path = f"/admin/people/{other.id}"
    site.post(f"{path}/suspend", page=path, status=303)
    assert state_of(other) is PersonState.SUSPENDED


def test_signing_oneself_out_everywhere_keeps_this_browser(house, as_admin, site):
    path = f"/admin/people/{house.alba.id}"
    site.post(f"{path}/end-sessions", page=path, status=303)
    site.get(path)


# ---- a lost second step


def test_an_administrator_takes_a_lost_second_step_away(house, as_admin, site):
    give_second_factor(house.ana)
    path = f"/admin/people/{house.ana.id}"
    assert "Take the second step away" in site.get(path).text
    site.post(f"{path}/end-sessions", {"action": "reset-second-factor"}, page=path, status=303)
    assert find_second_factor(house.ana.id) is None
    site.post(f"{path}/end-sessions", {"action": "reset-second-factor"}, page=path, status=409)


def test_not_from_their_own_account_and_not_without_the_password(house, as_admin, site):
    give_second_factor(house.ana)
    give_second_factor(house.alba)
    session, own = sign_in(site.client, house.alba), f"/admin/people/{house.alba.id}"
    assert "Take the second step away" not in site.get(own).text
    site.post(f"{own}/end-sessions", {"action": "reset-second-factor"}, page=own, status=409)
    session.created_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    path = f"/admin/people/{house.ana.id}"
    response = site.post(f"{path}/end-sessions", {"action": "reset-second-factor"}, page=path, status=303)
    assert response.location == f"/account/confirm?next={path}"
    assert find_second_factor(house.ana.id) is not None
