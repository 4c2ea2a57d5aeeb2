"""The coverage map, role cards, and who may see and change them."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.audit import AuditEntry
from lms.authz import MembershipRole
from lms.db import db
from lms.succession.models import CriticalRole, EvidenceKind, PositionKind, RoleEvidence, RolePosition
from tests.factories.people import make_membership, make_organization, make_person, sign_in
from tests.factories.succession import make_evidence, make_position, make_role, share
from tests.statements import counted_statements


def words_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def card_of(**changes):
    return {
        "name": "Naloxone stock",
        "purpose": "Naloxone is there when it is needed.",
        "criticality": "life-safety",
        "max_gap_days": "3",
        "holders": "",
        "backups": "",
    } | changes


@pytest.fixture
def role(house):
    role = make_role(house.organization)
    make_position(role, house.ana)
    make_position(role, house.ben, PositionKind.BACKUP)
    return role


@pytest.fixture
def card_url(role):
    return f"/succession/roles/{role.id}"


# ---- the map


def test_what_has_nobody_comes_first(site, house, as_person, role):
    as_person(house.lead)
    make_role(house.organization, "Vacant role", max_gap_days=30)
    alone = make_role(house.organization, "Lonely role")
    make_position(alone, house.cai)
    page = words_of(site.get(house.url))
    assert "2 of 3 roles have nobody, or one person only." in page
    places = [page.index(name) for name in ("Vacant role", "Lonely role", "Naloxone stock")]
    assert places == sorted(places)
    assert "Cai Wong : one role would have nobody" in page


def test_an_empty_map_says_what_to_do(site, house, as_person):
    as_person(house.lead)
    assert "Add the first role" in site.get(house.url).text
    as_person(house.coordinator)
    assert "Add the first role" in site.get(house.coalition_url).text


def test_twenty_roles_cost_as_many_statements_as_one(site, house, as_person):
    as_person(house.lead)
    counts = []
    for n_roles in (1, 19):
        for number in range(n_roles):
            role = make_role(house.organization, f"Role {number} of {n_roles}")
            make_position(role, house.ana)
            make_position(role, house.ben, PositionKind.BACKUP)
            make_evidence(role, house.ben, EvidenceKind.TRAINED, clock.today())
        counts.append([])
        for path in (house.url, f"/succession/roles/{role.id}", f"/succession/roles/{role.id}/edit"):
            site.get(path)
            with counted_statements() as seen:
                site.get(path)
            counts[-1].append(len(seen))
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 8, counts[1]


def test_many_roles_are_shown_by_pages(site, house, as_person):
    as_person(house.lead)
    for number in range(30):
        make_role(house.organization, f"Role {number:02}")
    assert "Role 29" not in site.get(house.url).text
    for query in ("page=2", "page=999", "page=%00"):
        site.get(f"{house.url}?{query}")
    assert "Role 29" in site.get(f"{house.url}?page=2").text


# ---- adding and changing


def test_lead_adds_a_role_with_its_people(site, house, as_person):
    as_person(house.lead)
    sent = card_of(holders=[str(house.ana.id), ""], backups=["", str(house.ben.id)], vault_name="Bitwarden, shelf A")
    answer = site.post(f"{house.url}/new", sent, status=303, page=f"{house.url}/new")
    card = words_of(site.get(answer.location))
    assert "Somebody is named to step in" in card
    assert "Bitwarden, shelf A" in card
    assert {each.verb for each in db.session.scalars(select(AuditEntry))} == {"added a critical role"}


def test_the_same_form_sent_twice_adds_one_role(site, house, as_person):
    as_person(house.lead)
    sent = site.hidden_fields(f"{house.url}/new") | card_of()
    assert len({site.client.post(f"{house.url}/new", data=sent).location for _ in range(2)}) == 1
    assert db.session.query(CriticalRole).count() == 1


def test_coordinator_names_experts_and_leads_in_a_coalition_role(site, house, as_person):
    as_person(house.coordinator)
    form = site.get(f"{house.coalition_url}/new").text
    assert "Eve Expert" in form
    assert "Lee Lead" in form
    assert "Ana Ruiz" not in form
    answer = site.post(
        f"{house.coalition_url}/new",
        card_of(holders=[str(house.expert.id)]),
        status=303,
        page=f"{house.coalition_url}/new",
    )
    assert "Eve Expert" in site.get(answer.location).text
    as_person(house.expert)
    site.get(answer.location)
    site.get(f"{answer.location}/edit", status=403)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Write the name of the role."),
        ({"name": "N" * 10_000}, "Use 120 characters or fewer."),
        ({"purpose": "💥" * 10_000}, "Use 600 characters or fewer."),
        ({"criticality": "world-peace"}, "another look"),
        ({"max_gap_days": "-1"}, "from 0 to 365"),
        ({"max_gap_days": "1e9"}, "another look"),
        ({"max_gap_days": "9" * 400}, "another look"),
        ({"holders": ["999999"]}, "another look"),
        ({"holders": ["x"]}, "another look"),
        ({"vault_name": "password: tulip22"}, "This looks like a password."),
        ({"vault_name": "Tr0ub4dor&3"}, "This looks like a password."),
        ({"documents": "Drive\nLa contraseña es tulipán9"}, "This looks like a password."),
    ],
)
def test_what_cannot_be_kept_is_said_in_words(site, house, as_person, changes, sentence):
    as_person(house.lead)
    answer = site.post(f"{house.url}/new", card_of(**changes), status=422, page=f"{house.url}/new")
    assert sentence in words_of(answer)
    assert db.session.query(CriticalRole).count() == 0


def test_hostile_text_is_shown_as_text(site, house, as_person):
    as_person(house.lead)
    sent = card_of(name="<script>alert(1)</script>", purpose="=cmd()|' /C calc'!A0", documents="\u202eevil\0")
    page = site.get(site.post(f"{house.url}/new", sent, status=303, page=house.url).location)
    assert "<script>alert" not in page.text
    assert "<script>alert" not in site.get(house.url).text


def test_holder_and_backup_are_two_people(site, house, as_person):
    as_person(house.lead)
    sent = card_of(holders=[str(house.ana.id)], backups=[str(house.ana.id)])
    answer = site.post(f"{house.url}/new", sent, status=422, page=f"{house.url}/new")
    assert "cannot be the backup as well" in words_of(answer)


def test_history_keeps_who_held_it(site, house, as_person, role, card_url):
    as_person(house.lead)
    sent = card_of(row_version="1", holders=[str(house.ben.id)], backups=[str(house.cai.id)])
    site.post(f"{card_url}/edit", sent, status=303, page=f"{card_url}/edit")
    card = words_of(site.get(card_url))
    assert "Ana Ruiz, holder" in card
    assert "Ben Cole, backup" in card
    held = select(RolePosition).where(RolePosition.role_id == role.id, RolePosition.ended_at.is_(None))
    assert {(each.person_id, each.kind.value) for each in db.session.scalars(held)} == {
        (house.ben.id, "holder"),
        (house.cai.id, "backup"),
    }
    assert "Who held it before" in card


def test_two_edits_that_meet_are_both_shown(site, house, as_person, role, card_url):
    as_person(house.lead)
    people = {"holders": [str(house.ana.id)], "backups": [str(house.ben.id)]}
    edit = f"{card_url}/edit"
    site.post(edit, card_of(row_version="1", purpose="Theirs.", **people), status=303, page=edit)
    answer = site.post(
        f"{card_url}/edit", card_of(row_version="1", purpose="Mine.", **people), status=409, page=f"{card_url}/edit"
    )
    assert "Theirs." in answer.text
    assert "Mine." in answer.text
    assert db.session.get(CriticalRole, role.id, populate_existing=True).purpose == "Theirs."
    for broken in ("", "x", "-1", "9" * 30):
        site.post(f"{card_url}/edit", card_of(row_version=broken, **people), status=409, page=f"{card_url}/edit")


# ---- evidence


def note(site, card_url, who, what, **changes):
    yesterday = clock.today() - timedelta(days=1)  # over, wherever the coalition is
    sent = {"person": str(who.id), "kind": what, "happened_on": str(yesterday), "how": "With Rosa."} | changes
    return site.post(f"{card_url}/evidence", sent, page=card_url)


def test_training_shadowing_and_rehearsal_raise_the_level(site, house, as_person, card_url):
    as_person(house.lead)
    for kind, word in (("trained", "Backup named"), ("shadowed", "Backup trained"), ("rehearsed", "Rehearsed")):
        assert note(site, card_url, house.ben, kind).status_code == 303
        assert word in words_of(site.get(house.url))
    evidence = db.session.scalars(select(RoleEvidence).where(RoleEvidence.kind == EvidenceKind.SHADOWED)).one()
    for _ in range(2):
        site.post(f"{card_url}/evidence", {"take_back": str(evidence.id)}, status=303, page=card_url)
    assert "taken back on" in words_of(site.get(card_url))
    assert "Backup named" in words_of(site.get(house.url))


@pytest.mark.parametrize(
    "changes",
    [
        {"happened_on": str(clock.today() + timedelta(days=9))},
        {"happened_on": "x" * 9_999},
        {"how": ""},
        {"how": "password: tulip"},
        {"kind": "guessed"},
        {"person": "999999"},
        {"person": "💥"},
    ],
)
def test_evidence_that_cannot_be_is_refused(site, house, as_person, card_url, changes):
    as_person(house.lead)
    assert note(site, card_url, house.ben, "trained", **changes).status_code == 422
    assert note(site, card_url, house.cai, "trained").status_code == 422
    assert db.session.query(RoleEvidence).count() == 0


def test_evidence_of_another_role_cannot_be_taken_back_here(site, house, as_person, card_url):
    as_person(house.lead)
    theirs = make_evidence(make_role(make_organization("Another")), house.ben, EvidenceKind.TRAINED, clock.today())
    for sent in (str(theirs.id), "x", "9" * 40):
        site.post(f"{card_url}/evidence", {"take_back": sent}, status=404, page=card_url)
    assert db.session.get(RoleEvidence, theirs.id, populate_existing=True).taken_back_at is None


# ---- closing


def test_a_closed_role_keeps_its_card_and_takes_no_more(site, house, as_person, card_url):
    as_person(house.lead)
    assert "Close “Naloxone stock”?" in words_of(site.get(f"{card_url}?step=close"))
    for _ in range(2):
        site.post(f"{card_url}/close", status=303, page=card_url)
    assert "This role was closed on" in words_of(site.get(card_url))
    assert "One closed role" in words_of(site.get(house.url))
    site.get(f"{card_url}/edit", status=409)
    assert note(site, card_url, house.ben, "trained").status_code in {409, 422}
    as_person(house.ana)
    site.get(card_url, status=404)


# ---- who may


READ, KEEP_OUT, HIDDEN = 200, 403, 404


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("lead", (READ, READ, READ)),
        ("ana", (KEEP_OUT, READ, KEEP_OUT)),
        ("ben", (KEEP_OUT, READ, KEEP_OUT)),
        ("cai", (KEEP_OUT, HIDDEN, HIDDEN)),
        ("expert", (KEEP_OUT, HIDDEN, HIDDEN)),
        ("coordinator", (KEEP_OUT, HIDDEN, HIDDEN)),
    ],
)
def test_an_organizations_roles_are_its_leads_and_those_named(site, house, card_url, who, statuses):
    map_status, card_status, manage_status = statuses
    sign_in(site.client, getattr(house, who))
    site.get(house.url, status=map_status)
    site.get(f"{house.url}/new", status=map_status)
    site.get(card_url, status=card_status)
    site.get(f"{card_url}/edit", status=manage_status)
    if who != "lead":
        for path in (f"{card_url}/evidence", f"{card_url}/close"):
            site.post(path, status=manage_status)
        site.post(f"{house.url}/share", {"is_shared": "yes"}, status=map_status)


def test_strangers_learn_nothing_and_administrators_see_all(site, house, as_person, card_url):
    stranger = make_person("Stranger")
    make_membership(stranger, make_organization("Another"), MembershipRole.LEAD)
    as_person(stranger)
    for path in (
        house.url,
        f"{house.url}/new",
        card_url,
        f"{card_url}/edit",
        house.coalition_url,
        "/succession/roles/999999",
    ):
        site.get(path, status=404)
    as_person(make_person("Root", is_administrator=True))
    for path in (house.url, f"{house.url}/new", card_url, f"{card_url}/edit", house.coalition_url):
        site.get(path)


def test_experts_read_what_is_shared_with_them_until_it_is_not(site, house, as_person, card_url):
    as_person(house.lead)
    for _ in range(2):
        site.post(f"{house.url}/share", {"is_shared": "yes"}, status=303, page=house.url)
    as_person(house.expert)
    assert "Please keep them to yourself." in words_of(site.get(house.url))
    site.get(card_url)
    site.get(f"{card_url}/edit", status=403)
    site.post(f"{card_url}/close", status=403)
    assert house.url in site.get(f"/organizations/{house.organization.id}").text
    as_person(house.coordinator)
    site.get(card_url, status=404)
    as_person(house.lead)
    site.post(f"{house.url}/share", {"is_shared": "no"}, status=303, page=house.url)
    as_person(house.expert)
    site.get(house.url, status=403)
    site.get(card_url, status=404)


def test_a_coalitions_roles_are_its_coordinators_and_those_named(site, house, as_person):
    role = make_role(house.coalition, "Convene the coalition")
    make_position(role, house.coordinator)
    make_position(role, house.lead, PositionKind.BACKUP)
    card = f"/succession/roles/{role.id}"
    share(house.organization)
    for person, on_map, on_card in (
        (house.coordinator, READ, READ),
        (house.lead, KEEP_OUT, READ),
        (house.expert, KEEP_OUT, HIDDEN),
        (house.ana, KEEP_OUT, HIDDEN),
    ):
        as_person(person)
        site.get(house.coalition_url, status=on_map)
        site.get(f"{house.coalition_url}/new", status=on_map)
        site.get(card, status=on_card)


def test_people_find_their_own_roles_under_more(site, house, as_person, card_url):
    as_person(house.ana)
    more = site.get("/more").text
    assert card_url in more
    assert "You hold this role." in more
    as_person(house.cai)
    assert card_url not in site.get("/more").text
    as_person(house.lead)
    assert house.url in site.get("/more").text
    assert house.url in site.get(f"/organizations/{house.organization.id}/people").text
    as_person(house.coordinator)
    assert house.coalition_url in site.get(f"/coalitions/{house.coalition.id}").text
