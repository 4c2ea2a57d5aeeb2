"""What a leaver looked after passes to somebody else, in one step."""

import pytest

from lms import signals
from lms.accounts.models import PersonState
from lms.db import db
from lms.organizations.models import Membership
from tests.factories.people import make_membership, make_person, sign_in
from tests.lms.accounts.conftest import verbs


@pytest.fixture
def supervised(house):
    """Sam supervises two people."""
    others = [make_membership(make_person(name), house.harbor) for name in ("Uma One", "Vic Two")]
    for membership in [*others, house.heron_membership]:
        membership.supervisor_id = house.staff.id
    db.session.commit()
    return others


@pytest.fixture
def page(house):
    return f"{house.url}/people/{house.staff_membership.id}/pass-on"


def supervisors(*memberships):
    db.session.expire_all()
    return [db.session.get(Membership, each.id).supervisor_id for each in memberships]


def test_a_lead_sees_what_somebody_looks_after_and_passes_it_on(house, supervised, page, as_person, site):
    as_person(house.lead)
    text = site.get(page).text
    assert "Uma One" in text
    assert "3 things" in text
    assert (
        "3 things here are in their hands" in site.get(f"{house.url}/people/{house.staff_membership.id}?step=end").text
    )
    response = site.post(page, {"successor": house.lead.id}, status=303)
    assert supervisors(*supervised) == [house.lead.id] * 2
    assert "Lea Lead takes over. people to supervise: 3." in site.get(response.location).text
    assert verbs()[-1] == "passed on work"
    assert "Nothing is in their hands" in site.get(page).text


def test_nobody_comes_to_supervise_themself(house, supervised, page, as_person, site):
    as_person(house.lead)
    site.post(page, {"successor": house.heron.id}, status=303)
    assert supervisors(*supervised, house.heron_membership) == [house.heron.id, house.heron.id, None]


def test_every_slice_is_asked_and_counts_are_told_together(house, page, as_person, site):
    told = []

    def listed(_sender, *, person_id, organization_id):
        return [("Cycle", "<b>Door</b>", "/improve/cycles/1")] if person_id == house.staff.id else []

    def passed(_sender, **said):
        told.append(said)
        return {"cycles": 1}

    signals.work_owned_asked.connect(listed)
    signals.person_left_work.connect(passed)
    as_person(house.lead)
    assert "&lt;b&gt;Door&lt;/b&gt;" in site.get(page).text
    response = site.post(page, {"successor": house.lead.id}, status=303)
    assert "takes over. cycles: 1." in site.get(response.location).text
    (said,) = told
    assert (said["person_id"], said["successor_id"], said["organization_id"]) == (
        house.staff.id,
        house.lead.id,
        house.harbor.id,
    )


def test_a_second_click_passes_on_once(house, supervised, page, as_person, site):
    as_person(house.lead)
    fields = {"successor": house.lead.id, **site.hidden_fields(page)}
    first, second = (site.client.post(page, data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert verbs().count("passed on work") == 1


@pytest.mark.parametrize("successor", ["", "0", "999999", "x", "stranger", "leaver", "suspended", "<script>"])
def test_only_people_of_the_organization_who_can_sign_in_take_over(house, page, supervised, site, successor):
    chosen = {"stranger": house.stranger.id, "leaver": house.staff.id, "suspended": house.heron.id}
    house.heron.state = PersonState.SUSPENDED
    db.session.commit()
    sign_in(site.client, house.lead)
    site.post(page, {"successor": chosen.get(successor, successor)}, status=422)
    assert supervisors(*supervised) == [house.staff.id] * 2


def test_what_somebody_left_behind_can_be_passed_on_later(house, page, as_person, site):
    as_person(house.lead)
    house.staff_membership.ended_at = house.staff_membership.started_at
    db.session.commit()
    site.get(page)


def test_others_may_not(house, page, as_person, site):
    for person, status in ((house.staff, 403), (house.coordinator, 403), (house.expert, 403), (house.stranger, 404)):
        as_person(person)
        site.get(page, status=status)
        site.post(page, {"successor": house.lead.id}, status=status)
    other = f"/organizations/{house.far.id}/people/{house.staff_membership.id}/pass-on"
    as_person(house.stranger)
    site.get(other, status=404)
