"""The small world in which permissions are tried: two coalitions, three organizations, eight people who ask.

`build_world` fills an empty database and returns the ids behind each target of the expected verdicts.
"""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from lms import clock, links
from lms.accounts.models import AccountExport, LinkPurpose, OneUseLink, Person, SignInSession
from lms.accounts.queries import hash_key
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.models import CoalitionRole
from lms.db import db
from lms.home.services import publish_pages
from lms.jobs import Job
from lms.leases import WorkState
from lms.notifications.models import Notice
from lms.notifications.words import NoticeKind
from lms.organizations.models import Invitation, InvitationKind, JobRole, Location, Organization
from lms.outbox import OutboxKind, OutboxRow
from lms.publications import ContentKind, find_newest
from lms.training.models import Attempt, Certificate, Enrollment
from lms.training.queries.published import get_newest
from lms.training.services.publishing import publish_courses
from tests.factories.people import make_coalition, make_coalition_role, make_membership, make_organization, make_person
from tests.house.sources import ROOT
from tests.lms.world_of_work import build_work

COURSE = "overdose-response"
PERSONAS = ("staff", "member", "lead", "lead2", "expert", "coordinator", "admin", "outsider")
HOLDERS = ("staff", "lead2", "outsider")  # whose sessions, attempts and certificates are asked for
ORGANIZATIONS = ("a", "b", "x")
TOKEN = "a-known-token"
EXPORT_FILE = "a-known-copy.zip"
SERIALS = {"staff": "STAF-F000-0000-0001", "lead2": "HEAD-B000-0000-0002", "outsider": "0VTS-1DER-0000-0003"}

World = dict[str, dict[str, int]]


def session_key(persona: str) -> str:
    return f"session-of-{persona}"


def build_world() -> World:
    publish_courses(ROOT / "content")
    publish_pages(ROOT / "content" / "pages")
    db.session.commit()
    organizations = {name: make_organization(f"Organization {name.upper()}") for name in ORGANIZATIONS}
    coalitions = {
        "own": make_coalition("Own", organizations["a"], organizations["b"]),
        "other": make_coalition("Other", organizations["x"]),
    }
    people = {name: _persona(name) for name in PERSONAS}
    _give_standing(people, organizations)
    for role in CoalitionRoleKind:
        holder = people["coordinator" if role is CoalitionRoleKind.COORDINATOR else "expert"]
        make_coalition_role(holder, coalitions["own"], role)
    world: World = {
        "organization": {name: row.id for name, row in organizations.items()},
        "coalition": {name: row.id for name, row in coalitions.items()},
        "person": {name: row.id for name, row in people.items()},
        "role": {name: _spare_expert(coalition).id for name, coalition in coalitions.items()},
    }
    world |= _children(organizations)
    world |= _learning(people)
    world |= _site_rows(people["staff"])
    world |= build_work(people, organizations, coalitions)
    world["notice_id"] = {"staff": _added(_notice(people["staff"])).id}
    db.session.commit()
    return world


def _persona(name: str) -> Person:
    person = make_person(f"The {name}", email=f"{name}@example.org", is_administrator=name == "admin")
    db.session.add(_session(person, session_key(name)))
    return person


def _session(person: Person, key: str) -> SignInSession:
    return SignInSession(
        person_id=person.id,
        key_hash=hash_key(key),
        csrf_nonce=key,
        device="test",
        created_at=clock.now(),
        last_seen_at=clock.now(),
        expires_at=clock.now() + timedelta(days=1),
    )


def _give_standing(people: dict[str, Person], organizations: dict[str, Organization]) -> None:
    make_membership(people["staff"], organizations["a"])
    make_membership(people["member"], organizations["a"])
    make_membership(people["lead"], organizations["a"], MembershipRole.LEAD)
    make_membership(people["lead2"], organizations["b"], MembershipRole.LEAD)
    make_membership(people["outsider"], organizations["x"], MembershipRole.LEAD)
    for organization in organizations.values():
        make_membership(make_person("A second lead"), organization, MembershipRole.LEAD)


def _spare_expert(coalition: Any) -> CoalitionRole:
    return make_coalition_role(make_person("A second expert"), coalition, CoalitionRoleKind.TA_EXPERT)


def _children(organizations: dict[str, Organization]) -> World:
    rows: dict[str, dict[str, Any]] = {"membership": {}, "location": {}, "job_role": {}, "invitation": {}}
    for name, organization in organizations.items():
        rows["membership"][name] = make_membership(make_person("", alias=f"heron-{name}"), organization)
        rows["location"][name] = _added(Location(organization_id=organization.id, name="Main street"))
        rows["job_role"][name] = _added(JobRole(organization_id=organization.id, name="Outreach worker"))
        rows["invitation"][name] = _added(_invitation(organization, TOKEN if name == "a" else f"token-{name}"))
    return {kind: {name: row.id for name, row in named.items()} for kind, named in rows.items()}


def _invitation(organization: Organization, token: str) -> Invitation:
    return Invitation(
        organization_id=organization.id,
        kind=InvitationKind.OPEN_LINK,
        role=MembershipRole.STAFF,
        nonce=links.new_nonce(),
        secret_hash=links.hash_secret(token),
        max_uses=5,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=7),
    )


def _learning(people: dict[str, Person]) -> World:
    version = find_newest(ContentKind.COURSE, COURSE)
    rows: World = {"session": {}, "attempt": {}, "certificate": {}}
    for name, person in people.items():
        enrollment = _added(_enrollment(person, version.id))
        if name in HOLDERS:
            rows["session"][name] = _added(_session(person, f"second-{name}")).id
            rows["attempt"][name] = _added(_attempt(enrollment)).id
            finished = _added(_enrollment(person, version.id, finished_at=clock.now()))
            rows["certificate"][name] = _added(_certificate(finished, SERIALS[name])).id
    return rows


def _enrollment(person: Person, version_id: int, **values: Any) -> Enrollment:
    now = clock.now()
    return Enrollment(
        person_id=person.id, course_slug=COURSE, version_id=version_id, started_at=now, last_event_at=now, **values
    )


def _attempt(enrollment: Enrollment) -> Attempt:
    bank = get_newest(COURSE).course.bank
    questions = [
        {"question": question.slug, "options": [option.slug for option in question.options]}
        for question in bank.graded_questions[:2]
    ]
    return Attempt(
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        lesson_slug="check",
        number=1,
        questions=questions,
        n_questions=len(questions),
        started_at=clock.now(),
    )


def _certificate(enrollment: Enrollment, serial: str) -> Certificate:
    return Certificate(
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        course_slug=COURSE,
        version_id=enrollment.version_id,
        serial=serial,
        name_shown="Ana Ruiz",
        language="en",
        n_correct=9,
        n_questions=10,
        issued_on=date(2026, 1, 5),
    )


def _notice(person: Person) -> Notice:
    kind = NoticeKind.COURSE_ASSIGNED
    return Notice(person_id=person.id, kind=kind, title="A course", path="/learn", created_at=clock.now())


def _site_rows(staff: Person) -> World:
    now = clock.now()
    reset = OneUseLink(
        person_id=staff.id,
        purpose=LinkPurpose.PASSWORD_RESET,
        nonce=links.new_nonce(),
        secret_hash=links.hash_secret(TOKEN),
        address=staff.email,
        created_at=now,
        expires_at=now + timedelta(hours=1),
    )
    _added(reset)
    job = _added(Job(kind="search-rebuild", payload={}, created_at=now, available_at=now, state=WorkState.PARKED))
    mail = OutboxRow(
        kind=OutboxKind.MAIL,
        topic="accounts/password-reset",
        payload={},
        dedupe_key=str(uuid4()),
        created_at=now,
        available_at=now,
        state=WorkState.PARKED,
    )
    version = find_newest(ContentKind.COURSE, COURSE)
    week = timedelta(days=7)
    export = AccountExport(
        person_id=staff.id,
        job_id=job.id,
        file_name=EXPORT_FILE,
        n_bytes=0,
        asked_at=now,
        made_at=now,
        expires_at=now + week,
    )
    return {
        "job": {"any": job.id},
        "outbox": {"any": _added(mail).id},
        "version": {"any": version.id},
        "export": {"staff": _added(export).id},
    }


def _added(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
