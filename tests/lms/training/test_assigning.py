"""Pages where leads ask people to finish courses, and who may use them."""

import html
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from lms import clock, signals
from lms.accounts.models import PersonState
from lms.authz import Capability, CoalitionRoleKind, MembershipRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.notifications.models import Todo
from lms.organizations.models import JobRole, Location, MembershipCapability, Organization
from lms.outbox import OutboxRow
from lms.training.assigning import Audience, AudienceKind
from lms.training.models import Assignment, TrainingNudge
from lms.training.notifications import MESSAGES
from lms.training.queries import assignments as queries
from lms.training.services import assignments as services
from lms.training.services.assignments import assign_course
from tests.factories.certificates import make_assignment, make_certificate, make_enrollment
from tests.factories.learning import COURSE
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.statements import counted_statements


def soon(days: int = 20) -> date:
    return clock.today() + timedelta(days=days)


@pytest.fixture
def organization(content):
    return make_organization("Harbor House")


@pytest.fixture
def lead(organization, client):
    person = make_person("Lee Lead")
    make_membership(person, organization, MembershipRole.LEAD)
    sign_in(client, person)
    return person


@pytest.fixture
def people(organization, lead):
    named = [make_person(name) for name in ("Ana Ruiz", "Ben Cole", "Cai Wong")]
    for person in named:
        make_membership(person, organization)
    return named


@pytest.fixture
def url(organization):
    return f"/organizations/{organization.id}/assignments"


def words_of(response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def asked(person):
    return db.session.scalars(select(Assignment).where(Assignment.person_id == person.id).order_by(Assignment.id)).all()


def ask(site, url, **fields):
    return site.post(f"{url}/new", {"course": COURSE, "due": soon().isoformat(), "to": "everybody"} | fields, page=url)


# ---- asking


def test_lead_asks_everybody_after_a_look_at_who_it_would_be(site, lead, people, url):
    assert "No course is assigned yet" in site.get(url).text
    site.get(f"{url}/new")
    check = site.get(f"{url}/new?course={COURSE}&due={soon()}&to=everybody")
    assert "4 people will be asked" in check.text
    assert all(person.name in check.text for person in people)
    assert db.session.query(Assignment).count() == 0
    answer = ask(site, url)
    assert answer.status_code == 303
    assert answer.location == f"{url}/{COURSE}"
    assert "4 people are asked now." in site.get(answer.location).text
    assert db.session.query(Assignment).count() == 4
    assert db.session.query(Todo).count() == 4


def test_job_roles_and_locations_choose_people(site, lead, people, organization, url):
    role = JobRole(organization_id=organization.id, name="Nurse")
    place = Location(organization_id=organization.id, name="North")
    db.session.add_all([role, place])
    db.session.flush()
    for person, values in zip(people, ({"job_role_id": role.id}, {"location_id": place.id}, {}), strict=True):
        membership = queries.db.session.scalars(select(services.Membership).filter_by(person_id=person.id)).one()
        for name, value in values.items():
            setattr(membership, name, value)
    db.session.commit()
    start = f"{url}/new?course={COURSE}&due={soon()}"
    assert "Nurse" in site.get(f"{start}&to=job-roles").text
    check = site.get(f"{start}&to=job-roles&chosen={role.id}&step=check").text
    assert "One person will be asked" in check
    assert "Ana Ruiz" in check
    assert "Ben Cole" not in check
    check = site.get(f"{start}&to=locations&chosen={place.id}&step=check").text
    assert "Ben Cole" in check
    assert "Ana Ruiz" not in check
    assert "Mark at least one." in site.get(f"{start}&to=people&step=check").text
    ask(site, url, to="people", chosen=[people[2].id])
    assert [len(asked(person)) for person in people] == [0, 0, 1]


def test_who_holds_a_valid_certificate_is_named_and_left_out_unless_wanted(site, lead, people, url):
    make_certificate(people[0])
    make_certificate(people[1], expires_on=date(2020, 1, 1))
    check = words_of(site.get(f"{url}/new?course={COURSE}&due={soon()}&to=everybody"))
    assert "3 people will be asked" in check
    assert "One person already holds a valid certificate" in check
    ask(site, url)
    assert asked(people[0]) == []
    assert len(asked(people[1])) == 1
    ask(site, url, to="people", chosen=[people[0].id], includes_certified="y")
    assert len(asked(people[0])) == 1


def test_suspended_accounts_are_left_out(site, lead, people, url):
    people[0].state = PersonState.SUSPENDED
    db.session.commit()
    assert (
        "One account is suspended and is left out"
        in site.get(f"{url}/new?course={COURSE}&due={soon()}&to=everybody").text
    )
    ask(site, url)
    assert asked(people[0]) == []


def test_a_new_day_takes_the_place_of_the_old_one_and_keeps_since_when(site, lead, people, organization, url):
    first = clock.now() - timedelta(days=40)
    with clock.fixed(first):
        assign_course(organization.id, [people[0].id], COURSE, soon(50), by=lead.id)
        db.session.commit()
    check = words_of(site.get(f"{url}/new?course={COURSE}&due={soon(90)}&to=people&chosen={people[0].id}&step=check"))
    assert "One of them was asked for another day" in check
    ask(site, url, to="people", chosen=[people[0].id], due=soon(90).isoformat())
    old, new = asked(people[0])
    assert old.withdrawn_at
    assert not new.withdrawn_at
    assert new.assigned_at.date() == first.date()
    todo = db.session.scalars(select(Todo).where(Todo.person_id == people[0].id, Todo.closed_at.is_(None))).one()
    assert todo.due_on == soon(90)


def test_the_same_form_sent_twice_asks_once(site, lead, people, url):
    fields = site.hidden_fields(url) | {"course": COURSE, "due": soon().isoformat(), "to": "everybody"}
    locations = [site.client.post(f"{url}/new", data=fields).location for _ in range(2)]
    assert locations[0] == locations[1]
    assert db.session.query(Assignment).count() == 4
    ask(site, url)
    assert db.session.query(Assignment).count() == 4


@pytest.mark.parametrize(
    "query",
    [
        "to=everybody",
        "course=never&due=2031-01-01&to=everybody",
        f"course={COURSE}&due=2001-01-01&to=everybody",
        f"course={COURSE}&due=9999-12-31&to=everybody",
        f"course={COURSE}&due=31.12.2030&to=everybody",
        f"course={COURSE}&due=2031-01-01&to=the-moon",
        f"course={COURSE}&due={'9' * 10_000}&to=everybody",
        "course=%00&due=%00&to=%00&chosen=%00",
    ],
)
def test_what_cannot_be_asked_is_said_in_words(site, lead, url, query):
    assert "another look" in site.get(f"{url}/new?{query}", status=422).text


def test_ids_that_are_no_ids_choose_nobody(site, lead, people, url):
    stranger = make_person("Stranger")
    for chosen in ("x", "-1", "9" * 30, "💥", "", str(stranger.id)):
        answer = ask(site, url, to="people", chosen=[chosen])
        assert answer.status_code in {200, 422}
    assert db.session.query(Assignment).count() == 0


@pytest.mark.usefixtures("lead", "people")
def test_a_page_that_came_from_a_report_tells_it_what_was_opened(site, url, monkeypatch, organization):
    where = SimpleNamespace(organization_id=organization.id)
    said = "Train everybody in overdose response"
    action = SimpleNamespace(id=7, kind="course", due_on=soon(5), round=where, title_in=lambda _language: said)
    monkeypatch.setattr("lms.training.views.assignments.get_action_for", lambda _actor, _action_id: action)
    start = site.get(f"{url}/new?action=7").text
    assert "Train everybody in overdose response" in start
    assert soon(5).isoformat() in start
    told = []
    with signals.work_opened.connected_to(lambda _sender, **said: told.append((said["action_id"], said["path"]))):
        ask(site, url, action="7")
    assert told == [(7, f"{url}/{COURSE}")]
    where.organization_id += 1
    assert "Train everybody" not in site.get(f"{url}/new?action=7").text


# ---- who is done and who is not


def test_the_overview_counts_each_person_once(site, lead, people, organization, url):
    done, begun, late = people
    make_assignment(done, organization, soon(), done_at=clock.now())
    make_assignment(begun, organization, soon())
    make_enrollment(begun)
    make_assignment(late, organization, soon(-3))
    make_assignment(late, organization, soon(10))
    gone = make_person("Gone")
    make_membership(gone, organization, ended_at=clock.now())
    make_assignment(gone, organization, soon())
    (progress,) = queries.list_course_progress(organization.id, clock.today())
    assert (progress.n_done, progress.n_under_way, progress.n_not_started, progress.n_overdue) == (1, 1, 1, 1)
    page = words_of(site.get(url))
    assert "1 of 3 people" in page
    not_done = site.get(f"{url}/{COURSE}").text
    assert "Ben Cole" in not_done
    assert "Cai Wong" in not_done
    assert "Ana Ruiz" not in not_done
    assert "Gone" not in not_done
    assert "Ben Cole" not in site.get(f"{url}/{COURSE}?state=overdue").text
    assert "Ana Ruiz" in site.get(f"{url}/{COURSE}?state=done").text
    assert "Nobody fits this filter" in site.get(f"{url}/{COURSE}?q=zzz%00").text
    for query in ("state=all", "page=99999", "state=%F0%9F%92%A5", "q=" + "x" * 5000):
        site.get(f"{url}/{COURSE}?{query}")


def test_names_are_shown_as_text(site, lead, organization, url):
    for name in ("<script>alert(1)</script>", "=cmd()", "\u202eevil", "N" * 120):
        person = make_person(name)
        make_membership(person, organization)
        make_assignment(person, organization, soon())
    assert "<script>alert" not in site.get(f"{url}/{COURSE}").text
    assert "<script>alert" not in site.get(f"{url}/new?course={COURSE}&due={soon()}&to=people").text


def test_twenty_people_cost_as_many_statements_as_one(site, lead, organization, url):
    pages = [url, f"{url}/{COURSE}", f"{url}/new?course={COURSE}&due={soon()}&to=everybody"]
    counts = []
    for n_people in (1, 19):
        for number in range(n_people):
            person = make_person(f"Person {number} of {n_people}")
            make_membership(person, organization)
            make_assignment(person, organization, soon(-1))
            make_enrollment(person)
        for page in pages:
            site.get(page)
        counts.append([])
        for page in pages:
            with counted_statements() as seen:
                site.get(page)
            counts[-1].append(len(seen))
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 8, counts[1]


# ---- reminding


def test_each_person_is_reminded_at_most_once_in_three_days(site, lead, people, organization, url):
    for person in people:
        make_assignment(person, organization, soon(-2))
    site.post(f"{url}/{COURSE}/nudge", {"person": [people[0].id]}, page=f"{url}/{COURSE}")
    answer = site.post(f"{url}/{COURSE}/nudge", {"who": "all"}, page=f"{url}/{COURSE}")
    page = words_of(site.get(answer.location))
    assert "2 reminders are on their way by e-mail: Ben Cole, Cai Wong." in page
    assert "One person was reminded less than 3 days ago and gets no second reminder yet: Ana Ruiz." in page
    assert db.session.query(OutboxRow).filter_by(topic="training/nudge").count() == 3
    later = clock.now() + timedelta(days=3)
    nudged = services.nudge(organization.id, COURSE, None, now=later, by_id=lead.id)
    assert len(nudged.mailed) == 3
    assert {each.n_nudges for each in db.session.scalars(select(TrainingNudge))} == {2}


def test_who_cannot_be_reached_is_named(site, lead, organization, url):
    heron, sus = make_person("", alias="night.heron"), make_person("Sue Spended", state=PersonState.SUSPENDED)
    for person in (heron, sus):
        make_membership(person, organization)
        make_assignment(person, organization, soon())
    page = words_of(site.get(site.post(f"{url}/{COURSE}/nudge", {"who": "all"}, page=url).location))
    assert "One person has no e-mail address and finds the course on the home page: night.heron." in page
    assert "One account is suspended, so no reminder was sent: Sue Spended." in page
    assert db.session.query(OutboxRow).filter_by(topic="training/nudge").count() == 0
    page = words_of(site.get(site.post(f"{url}/{COURSE}/nudge", page=url).location))
    assert "Nobody was chosen, so nobody was reminded." in page


def test_only_who_is_asked_here_and_not_done_can_be_reminded(site, lead, people, organization, url):
    make_assignment(people[0], organization, soon(), done_at=clock.now())
    make_assignment(people[1], organization, soon(), withdrawn_at=clock.now())
    other = make_organization("Another")
    stranger = make_person("Stranger")
    make_membership(stranger, other)
    make_assignment(stranger, other, soon())
    ids = [people[0].id, people[1].id, stranger.id, "x", "9" * 40]
    page = words_of(site.get(site.post(f"{url}/{COURSE}/nudge", {"person": ids}, page=url).location))
    assert "Stranger" not in page
    assert "Some of the people are done by now, or are no longer asked." in page
    assert db.session.query(TrainingNudge).count() == 0


def test_the_mail_names_what_waits_and_is_dropped_when_nothing_does(app, lead, people, organization):
    person, settings = people[0], app.config["SETTINGS"]
    assignment = make_assignment(person, organization, soon(-5))
    payload = {"organization_id": organization.id, "person_id": person.id}
    message = MESSAGES["training/nudge"](payload, clock.now(), settings)
    assert message.to == person.email
    assert message.subject == "A course waits for you"
    assert "Small course" in message.text
    assert f"{settings.site_url}/learn/{COURSE}" in message.html
    assert "The day it was due is over" in message.text
    assignment.done_at = clock.now()
    db.session.commit()
    assert MESSAGES["training/nudge"](payload, clock.now(), settings) is None


# ---- asking no longer


def test_a_course_that_is_asked_no_longer_leaves_the_home_page(site, lead, people, organization, url):
    other = make_organization("Another")
    make_membership(people[1], other)
    for person in people[:2]:
        assign_course(organization.id, [person.id], COURSE, soon(5), by=lead.id)
    assign_course(other.id, [people[1].id], COURSE, soon(30), by=None)
    db.session.commit()
    answer = site.post(f"{url}/{COURSE}/withdraw", {"person": [each.id for each in people]}, page=f"{url}/{COURSE}")
    assert "2 people are no longer asked to finish this course." in words_of(site.get(answer.location))
    db.session.expire_all()
    (todo,) = db.session.scalars(select(Todo).where(Todo.closed_at.is_(None))).all()
    assert (todo.person_id, todo.due_on) == (people[1].id, soon(30))
    again = site.post(f"{url}/{COURSE}/withdraw", {"person": [people[0].id]}, page=f"{url}/{COURSE}")
    assert "nothing changed" in site.get(again.location).text
    assert assign_course(organization.id, [people[0].id], COURSE, soon(5), by=lead.id) == 1
    assert [each.withdrawn_at for each in asked(people[0])] == [None]


# ---- who may


def standing(kind, organization):
    person = make_person("Somebody")
    if kind == "staff":
        make_membership(person, organization)
    elif kind == "training-manager":
        membership = make_membership(person, organization)
        db.session.add(MembershipCapability(membership_id=membership.id, capability=Capability.TRAINING_MANAGER))
        db.session.commit()
    elif kind in {"coordinator", "ta-expert"}:
        make_coalition_role(person, make_coalition("Ours", organization), CoalitionRoleKind(kind))
    elif kind == "other-lead":
        make_membership(person, make_organization("Another"), MembershipRole.LEAD)
    elif kind == "former-lead":
        make_membership(person, organization, MembershipRole.LEAD, ended_at=clock.now())
    elif kind == "administrator":
        person.is_administrator = True
        db.session.commit()
    return person


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("staff", 403),
        ("training-manager", 200),
        ("coordinator", 403),
        ("ta-expert", 403),
        ("other-lead", 404),
        ("former-lead", 404),
        ("administrator", 200),
    ],
)
def test_leads_training_managers_and_administrators_assign_and_nobody_else(site, people, url, kind, status):
    organization = db.session.get(Organization, int(url.split("/")[2]))
    assign_course(organization.id, [people[0].id], COURSE, soon(), by=None)
    person = standing(kind, organization)
    sign_in(site.client, person)
    assert load_actor(person)
    for page in (url, f"{url}/new", f"{url}/{COURSE}"):
        site.get(page, status=status)
    posted = 303 if status == 200 else status
    site.post(f"{url}/{COURSE}/nudge", {"who": "all"}, status=posted)
    site.post(f"{url}/{COURSE}/withdraw", {"person": [people[0].id]}, status=posted)
    ask(site, url) if status == 200 else site.post(f"{url}/new", {"to": "everybody"}, status=status)
    site.get(f"{url}/never", status=404)


def test_an_audience_reaches_no_other_organization(lead, people, organization):
    other = make_organization("Another")
    role = JobRole(organization_id=other.id, name="Nurse")
    db.session.add(role)
    stranger = make_person("Stranger")
    make_membership(stranger, other)
    db.session.commit()
    for audience in (
        Audience(AudienceKind.PEOPLE, frozenset({stranger.id})),
        Audience(AudienceKind.JOB_ROLES, frozenset({role.id})),
    ):
        assert queries.list_candidates(organization.id, COURSE, audience, clock.today()) == []


def test_reminders_follow_accounts_that_become_one_and_go_with_an_erased_one(lead, people, organization):
    ana, ben, cai = people
    other = make_organization("Another")
    for person, place in ((ana, organization), (ben, organization), (ben, other), (cai, other)):
        db.session.add(
            TrainingNudge(
                person_id=person.id, organization_id=place.id, course_slug=COURSE, nudged_at=clock.now(), n_nudges=1
            )
        )
    db.session.commit()
    signals.people_merged.send(None, kept_id=ana.id, gone_id=ben.id)
    signals.person_erased.send(None, person_id=cai.id)
    db.session.commit()
    left = {(each.person_id, each.organization_id) for each in db.session.scalars(select(TrainingNudge))}
    assert left == {(ana.id, organization.id), (ana.id, other.id)}
