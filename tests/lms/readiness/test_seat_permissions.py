"""Who may sit where: each seat is its own person's, be it in a record of leaders, of facts, or beside a team."""

import pytest

from lms import clock
from lms.authz import Capability, CoalitionRoleKind, MembershipRole
from lms.db import db
from lms.organizations.models import Membership, MembershipCapability
from lms.organizations.services.memberships import end_membership
from lms.readiness.models import Seat, SeatRating
from lms.readiness.services import seats
from tests.factories.people import make_coalition, make_coalition_role, make_membership, make_person
from tests.factories.readiness import make_round
from tests.factories.records import FACTS, LEADERS, instrument_of, open_record, sit

OK, SEE_OTHER, FORBIDDEN, NOT_FOUND = 200, 303, 403, 404
ROUNDS = {"leaders": LEADERS, "facts": FACTS}
# Whoever reads a round and has no seat there is forbidden; to everybody else there is no such round.
MEETS = {
    ("leaders", "lead"): {"lead": OK, "facilitator": OK, "co-chair": FORBIDDEN, "expert": FORBIDDEN},
    ("leaders", "co-chair"): {"lead": FORBIDDEN, "facilitator": FORBIDDEN, "co-chair": OK, "expert": FORBIDDEN},
    ("facts", "lead"): {"lead": OK, "facilitator": OK, "co-chair": FORBIDDEN, "expert": FORBIDDEN},
    ("team", "expert"): {
        "lead": FORBIDDEN,
        "facilitator": FORBIDDEN,
        "co-chair": FORBIDDEN,
        "member": FORBIDDEN,
        "expert": OK,
    },
}
EVERYBODY = ("lead", "facilitator", "co-chair", "member", "staff", "expert", "outsider", "expert elsewhere")


@pytest.fixture
def people(place):
    elsewhere = make_person("Elsewhere")
    make_coalition_role(elsewhere, make_coalition("Other", place.other), CoalitionRoleKind.TA_EXPERT)
    return {
        "lead": place.lead,
        "facilitator": capable(place, Capability.READINESS_FACILITATOR),
        "co-chair": capable(place, Capability.CO_CHAIR),
        "member": place.member,
        "staff": place.staff,
        "expert": place.expert,
        "outsider": place.outsider,
        "expert elsewhere": elsewhere,
    }


def capable(place, *capabilities, role=MembershipRole.STAFF):
    person = make_person("A capable person")
    held = make_membership(person, place.organization, role)
    db.session.add_all(MembershipCapability(membership_id=held.id, capability=each) for each in capabilities)
    db.session.commit()
    return person


def opened(place, kind):
    if kind == "team":
        return make_round(place.organization, place.member, by=place.lead)
    return open_record(place.organization, ROUNDS[kind], place.lead)


def seat_url(a_round, seat):
    return f"/readiness/rounds/{a_round.id}/seats/{seat}"


@pytest.mark.parametrize(("kind", "seat"), MEETS)
def test_a_seat_opens_to_those_who_sit_there(site, place, people, kind, seat):
    a_round, seen, saved = opened(place, kind), {}, {}
    for name, person in people.items():
        place.be(person)
        seen[name] = place.client.get(seat_url(a_round, seat)).status_code
        if seen[name] != OK:
            saved[name] = site.post(f"{seat_url(a_round, seat)}/done", page="/help").status_code
    assert seen == {name: MEETS[kind, seat].get(name, NOT_FOUND) for name in EVERYBODY}
    assert saved == {name: status for name, status in seen.items() if status != OK}


@pytest.mark.parametrize(("kind", "seat"), [("team", "lead"), ("leaders", "expert"), ("facts", "co-chair")])
def test_a_seat_that_a_round_does_not_have_is_nobodys(site, place, people, kind, seat):
    a_round = opened(place, kind)
    for person in people.values():
        place.be(person)
        site.get(seat_url(a_round, seat), status=NOT_FOUND)


@pytest.mark.parametrize("seat", ["lead", "co-chair"])
def test_nobody_writes_in_anothers_seat(site, place, people, seat):
    a_round = opened(place, "leaders")
    key = instrument_of(a_round).items[0].key
    for name, status in MEETS["leaders", seat].items():
        if status == FORBIDDEN:
            place.be(people[name])
            site.post(seat_url(a_round, seat), {f"answer-{key}": "5"}, page="/help", status=FORBIDDEN)
    assert db.session.query(SeatRating).count() == 0


def test_who_is_lead_and_co_chair_sits_in_one_seat(site, place):
    both = capable(place, Capability.CO_CHAIR, role=MembershipRole.LEAD)
    a_round = opened(place, "leaders")
    sit(a_round, Seat.CO_CHAIR, both)
    place.be(both)
    site.get(seat_url(a_round, "co-chair"))
    site.get(seat_url(a_round, "lead"), status=FORBIDDEN)


def test_a_co_chair_who_leaves_loses_the_seat_at_once(site, place, people):
    a_round = opened(place, "leaders")
    chair = place.be(people["co-chair"])
    site.get(seat_url(a_round, "co-chair"))
    held = db.session.query(Membership).filter_by(person_id=chair.id).one()
    end_membership(held, by_id=place.lead.id)
    db.session.commit()
    site.get(seat_url(a_round, "co-chair"), status=NOT_FOUND)


@pytest.mark.parametrize("name", ["lead", "co-chair", "facilitator", "expert"])
def test_neither_is_shown_the_others_ratings_before_both_are_done(site, place, people, name):
    a_round = opened(place, "leaders")
    sit(a_round, Seat.LEAD, place.lead, 1)
    sit(a_round, Seat.CO_CHAIR, people["co-chair"], 5)
    place.be(people[name])
    answer = site.get(f"/readiness/rounds/{a_round.id}/seats", status=SEE_OTHER)
    assert answer.location == f"/readiness/rounds/{a_round.id}"


@pytest.mark.parametrize("name", ["lead", "co-chair", "facilitator", "expert"])
@pytest.mark.parametrize("is_closed", [False, True])
def test_what_a_leader_has_not_finished_is_in_no_file(place, people, name, is_closed):
    a_round = opened(place, "leaders")
    sit(a_round, Seat.CO_CHAIR, people["co-chair"], 5)
    lead_seat = sit(a_round, Seat.LEAD, place.lead, 1)
    if is_closed:
        seats.finish_seat(lead_seat, by_id=place.lead.id)
        seats.close_record(a_round, today=clock.today(), by_id=place.lead.id, is_alone=True)
        db.session.commit()
    place.be(people[name])
    for kind in ("csv", "json"):
        told = place.client.get(f"/readiness/rounds/{a_round.id}/responses.{kind}")
        assert told.status_code == OK
        assert "co-chair" not in told.text
        assert ("lead" in told.text) == is_closed
