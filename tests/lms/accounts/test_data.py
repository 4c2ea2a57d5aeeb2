"""One's own data: a copy of everything, and being erased for good."""

import json
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from sqlalchemy import LargeBinary, func, select

from lms import clock, signals
from lms.accounts import erasure_ledger, queries
from lms.accounts.erasure_ledger import Erased
from lms.accounts.models import AccountExport, Erasure, Person, PersonState, SignInSession
from lms.accounts.services import erasure
from lms.accounts.services.recovery import issue_recovery_code
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.db import Base, db
from lms.errors import Conflict
from lms.jobs import Job, work_once
from lms.leases import WorkState
from lms.notifications import mailbox
from lms.operations.erasures import erase_again
from lms.organizations.models import Invitation, Membership
from lms.organizations.services.invitations import Offer, invite_person
from lms.organizations.services.joining import accept_invitation
from lms.training.models import Certificate, Enrollment
from tests.factories.learning import begin, publish_small_course, read_through
from tests.factories.people import make_coalition, make_coalition_role, make_membership, make_organization, make_person
from tests.factories.people import sign_in as signed_in
from tests.factories.second_factors import give_second_factor
from tests.lms.accounts.conftest import verbs

EXPORT = "/account/export"
ERASE = "/account/erase"
SECRETS = ("password_hash", "key_hash", "code_hash", "secret_hash", "nonce", "csrf")
UNUSUAL = "Zorabelle Quistgaard"


def work(app):
    work_once(app.extensions["commons.workshop"])
    db.session.expire_all()


@pytest.fixture
def life(app, tmp_path):
    """Zora has a place, a role, courses, a certificate, a recovery code, an invitation, a second step."""
    publish_small_course(tmp_path)
    zora = make_person(UNUSUAL, email="zorabelle@quistgaard.example", is_administrator=False)
    lead, harbor = make_person("Lea Lead"), make_organization("Harbor House")
    coalition = make_coalition("Tri-County", harbor)
    make_membership(lead, harbor, MembershipRole.LEAD)
    invitation = invite_person(
        harbor.id, email=zora.email, name=UNUSUAL, offer=Offer(), by_id=lead.id, site_key="for tests only, not a secret"
    )
    db.session.commit()
    accept_invitation(invitation.id, zora.id)
    make_coalition_role(zora, coalition, CoalitionRoleKind.TA_EXPERT)
    actor = begin(zora)
    read_through(actor, "recognise")
    now, version_id = clock.now(), db.session.scalars(select(Enrollment.version_id)).first()
    finished = Enrollment(
        person_id=zora.id,
        course_slug="older",
        version_id=version_id,
        started_at=now,
        last_event_at=now,
        finished_at=now,
    )
    db.session.add(finished)
    db.session.flush()
    db.session.add(
        Certificate(
            enrollment_id=finished.id,
            person_id=zora.id,
            course_slug="older",
            version_id=version_id,
            serial="STAF-F000-0000-0001",
            name_shown=UNUSUAL,
            language="en",
            n_correct=1,
            n_questions=1,
            issued_on=date(2026, 1, 5),
        )
    )
    issue_recovery_code(zora.id, by_id=zora.id)
    give_second_factor(zora)
    return SimpleNamespace(zora=zora, lead=lead, harbor=harbor, coalition=coalition)


# ---- a copy of everything


def test_a_copy_is_asked_for_made_and_fetched(life, site, app):
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    assert "Being made since" in site.get(EXPORT).text
    work(app)
    page = site.get(EXPORT).text
    assert "Download" in page
    (export,) = db.session.scalars(select(AccountExport))
    response = site.client.get(f"{EXPORT}/{export.id}")
    assert response.headers["Content-Disposition"] == "attachment; filename=my-data.zip"
    assert response.headers["Cache-Control"] == "no-store"
    archive = zipfile.ZipFile(BytesIO(response.data))
    said = json.loads(archive.read("data.json"))["sections"]
    assert said["account"][0]["email"] == "zorabelle@quistgaard.example"
    assert said["memberships"][0]["organization"] == "Harbor House"
    assert said["roles in coalitions"][0]["role"] == "ta-expert"
    assert {row["course_slug"] for row in said["courses"]} == {"small", "older"}
    assert said["certificates"][0]["serial"] == "STAF-F000-0000-0001"
    assert said["learning events"]
    assert "everything that Coalition Commons keeps about you" in archive.read("about.txt").decode()
    assert verbs()[-1] == "fetched a copy of their data"


def test_no_secret_and_nobody_else_is_in_a_copy(life, site, app):
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    work(app)
    (export,) = db.session.scalars(select(AccountExport))
    text = zipfile.ZipFile(BytesIO(site.client.get(f"{EXPORT}/{export.id}").data)).read("data.json").decode()
    assert not any(secret in text for secret in SECRETS)
    assert life.zora.password_hash not in text
    assert life.lead.email not in text


def test_progress_is_seen_while_a_copy_is_made(life, site, app):
    seen = []

    def look(_sender, *, person_id):
        (row,) = queries.list_exports(person_id, clock.now())
        seen.append((row.job.state, row.export.made_at))
        return [("odd things", [{"when": clock.now(), "what": {1, 2}}])]

    signals.person_data_asked.connect(look)
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    work(app)
    assert seen == [(WorkState.WORKING, None)]
    (job,) = db.session.scalars(select(Job).where(Job.kind == "accounts-export-data"))
    assert job.n_done == job.n_total == len(list(signals.person_data_asked.receivers_for(None)))


def test_only_their_person_fetches_a_copy_and_only_for_a_while(life, site, app):
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    work(app)
    (export,) = db.session.scalars(select(AccountExport))
    for other in (life.lead, make_person("Root", is_administrator=True)):
        signed_in(site.client, other)
        site.get(f"{EXPORT}/{export.id}", status=404)
    signed_in(site.client, life.zora)
    export.expires_at = clock.now() - timedelta(seconds=1)
    db.session.commit()
    site.get(f"{EXPORT}/{export.id}", status=404)


def test_a_copy_that_is_not_there_is_not_found(life, site, app, settings):
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    (export,) = db.session.scalars(select(AccountExport))
    site.get(f"{EXPORT}/{export.id}", status=404)
    work(app)
    for path in (settings.data_dir / "exports").iterdir():
        path.unlink()
    site.get(f"{EXPORT}/{export.id}", status=404)


def test_copies_go_after_a_week_with_their_files(life, site, app, settings):
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    work(app)
    folder = settings.data_dir / "exports"
    assert len(list(folder.iterdir())) == 1
    (job,) = db.session.scalars(select(Job).where(Job.kind == "accounts-sweep-exports"))
    with clock.fixed(clock.now() + timedelta(days=8)):
        handler = app.extensions["commons.workshop"].handlers["accounts-sweep-exports"]
        assert handler(job, clock.now()) == "1 copies, 1 files"
    assert list(folder.iterdir()) == []


def test_one_copy_is_made_at_a_time_and_five_a_day(life, site, app):
    signed_in(site.client, life.zora)
    for _ in range(2):
        site.post(EXPORT, status=303)
    assert db.session.scalar(select(func.count()).select_from(AccountExport)) == 1
    for _ in range(4):
        work(app)
        site.post(EXPORT, status=303)
    work(app)
    assert site.post(EXPORT).status_code == 429


def test_it_asks_for_the_password_first(life, site):
    signed_in(site.client, life.zora).created_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    for path in (EXPORT, ERASE):
        assert site.get(path, status=303).location == f"/account/confirm?next={path}"
        assert site.post(path, status=303).location.startswith("/account/confirm")
    assert db.session.scalar(select(func.count()).select_from(AccountExport)) == 0


# ---- being erased


def erase(site, status=303, **fields):
    return site.post(ERASE, {"is_meant": "y", **fields}, status=status)


def text_of_the_database():
    """Every text in every column of every table, with its place."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if not isinstance(column.type, LargeBinary)]
        for row in db.session.execute(select(*columns)):
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str | dict | list):
                    yield f"{table.name}.{column.name}", json.dumps(value, default=str).lower()


def places_with(*words):
    return {place for place, text in text_of_the_database() if any(word in text for word in words)}


def test_an_erased_person_appears_nowhere(life, site, app, settings):
    signed_in(site.client, life.zora)
    site.post(EXPORT, status=303)
    work(app)
    words = ("zorabelle", "quistgaard")
    assert {"person.name", "person.email", "invitation.email", "certificate.name_shown"} <= places_with(*words)
    response = erase(site)
    assert response.location == "/"
    work(app)
    assert places_with(*words) == set()
    assert list((settings.data_dir / "exports").iterdir()) == []
    assert db.session.scalars(select(AccountExport)).all() == []
    assert site.client.get("/account").status_code == 303
    assert "erased a person" in verbs()


def test_what_counts_stays_without_a_name(life, site):
    signed_in(site.client, life.zora)
    erase(site)
    db.session.expire_all()
    person = db.session.get(Person, life.zora.id)
    assert (person.display_name, person.state, person.is_former) == ("Former member", PersonState.SUSPENDED, True)
    assert [each.course_slug for each in db.session.scalars(select(Enrollment))] == ["older"]
    assert db.session.scalars(select(Certificate.name_shown)).all() == ["—"]
    assert "real and valid" in site.client.get("/verify/STAF-F000-0000-0001").text
    held = db.session.scalars(select(Membership).where(Membership.person_id == life.zora.id)).all()
    assert all(each.ended_at for each in held)
    (invitation,) = db.session.scalars(select(Invitation))
    assert (invitation.name, invitation.email) == (None, f"erased-{life.zora.id}@erased.invalid")
    assert db.session.scalars(select(SignInSession)).all() == []


def test_the_page_says_what_goes_and_what_stays_and_offers_a_copy(life, site):
    signed_in(site.client, life.zora)
    page = site.get(ERASE).text
    assert "former member" in page
    assert 'href="/account/export"' in page
    response = site.post(ERASE, {}, status=422)
    assert "Confirm that you know this." in response.text
    assert "Erase your account" in site.get("/account").text


def test_a_sole_lead_names_who_leads_next(life, site, app):
    staff = make_person("Sam Staff")
    make_membership(staff, life.harbor)
    theirs = app.test_client()
    signed_in(theirs, staff)
    signed_in(site.client, life.lead)
    field = f"successor_{life.harbor.id}"
    assert field in site.get(ERASE).text
    erase(site, status=422)
    for broken in ("0", "x", str(life.lead.id), "999999"):
        erase(site, status=422, **{field: broken})
    erase(site, **{field: staff.id})
    db.session.expire_all()
    led = select(Membership.person_id).where(Membership.role == MembershipRole.LEAD, Membership.ended_at.is_(None))
    assert db.session.scalars(led).all() == [staff.id]
    assert theirs.get("/account").status_code == 303


def test_a_lead_without_anybody_else_cannot_go_yet(life, site):
    alone, lead = make_organization("Far Shelter"), make_person("Lone Lead")
    make_membership(lead, alone, MembershipRole.LEAD)
    signed_in(site.client, lead)
    assert "Somebody has to go on first" in site.get(ERASE).text
    site.post(ERASE, {"is_meant": "y"}, status=422)
    assert not db.session.get(Person, lead.id).is_former


def test_a_sole_coordinator_cannot_go_yet(life, site):
    cora = make_person("Cora Lee")
    make_coalition_role(cora, life.coalition, CoalitionRoleKind.COORDINATOR)
    signed_in(site.client, cora)
    assert "the only coordinator" in site.get(ERASE).text
    erase(site, status=409)
    assert not db.session.get(Person, cora.id).is_former


def test_the_last_administrator_cannot_go(life, site):
    root = make_person("Root", is_administrator=True)
    signed_in(site.client, root)
    erase(site, status=409)
    make_person("Other", is_administrator=True)
    erase(site)


def test_an_administrator_erases_for_somebody_else(life, site):
    root = make_person("Root", is_administrator=True)
    signed_in(site.client, root)
    path = f"/admin/people/{life.zora.id}/erase"
    assert "Only when the person asks for it" in site.get(path).text
    site.post(path, {}, status=422)
    fields = {"is_meant": "y", **site.hidden_fields(path)}
    first, second = (site.client.post(path, data=fields) for _ in range(2))
    assert (first.status_code, first.location) == (second.status_code, second.location) == (303, "/admin/people")
    assert verbs().count("erased a person") == 1
    assert "This account was emptied before." in site.get(path).text
    assert "cannot be erased here" in site.get(f"/admin/people/{root.id}/erase").text
    site.post(f"/admin/people/{root.id}/erase", {"is_meant": "y"}, status=422)
    assert "Former member" in site.get(f"/admin/people/{life.zora.id}").text
    site.get("/admin/audit")


def test_nobody_else_erases(life, site):
    path = f"/admin/people/{life.zora.id}/erase"
    for person in (life.lead, life.zora):
        signed_in(site.client, person)
        site.get(path, status=404)
        site.post(path, {"is_meant": "y"}, status=404)


def test_nobody_signs_in_as_a_former_member_and_nobody_is_erased_twice(life, site, app):
    signed_in(site.client, life.zora)
    erase(site)
    for name in (f"former-member/{life.zora.id}", "zorabelle@quistgaard.example"):
        assert site.post("/sign-in", {"name": name, "password": "!"}).status_code == 422
    with pytest.raises(Conflict):
        erasure.erase_person(life.zora.id, by_id=None, site_key="x")


def test_mail_in_the_data_folder_goes_too(life, site, app, settings):
    signed_in(site.client, life.zora)
    work(app)
    folder = settings.data_dir / "mail"
    assert any("zorabelle" in each.to for each in mailbox.list_messages(folder))
    n_others = sum("zorabelle" not in each.to for each in mailbox.list_messages(folder))
    erase(site)
    work(app)
    left = mailbox.list_messages(folder)
    assert not any("zorabelle" in each.to for each in left)
    assert len(left) == n_others


# ---- after a restore


def test_who_was_erased_is_erased_again_after_a_restore(life, site, app, settings):
    kept = {name: getattr(life.zora, name) for name in ("name", "email", "alias", "password_hash", "created_at")}
    signed_in(site.client, life.zora)
    erase(site)
    work(app)
    path = settings.data_dir / "backups" / erasure_ledger.LEDGER_FILE
    assert [each.person_id for each in erasure_ledger.read(path)] == [life.zora.id]
    assert "quistgaard" not in path.read_text()
    # As an older backup brings the account back:
    db.session.delete(db.session.get(Erasure, life.zora.id))
    person = db.session.get(Person, life.zora.id)
    for name, value in kept.items():
        setattr(person, name, value)
    person.state = PersonState.ACTIVE
    db.session.commit()
    make_membership(person, make_organization("Lone Place"), MembershipRole.LEAD)
    assert erase_again(settings) == 1
    assert erase_again(settings) == 0
    db.session.expire_all()
    assert places_with("zorabelle", "quistgaard") == set()


def test_another_account_with_the_same_number_is_left_alone(life, settings):
    path = settings.data_dir / "backups" / erasure_ledger.LEDGER_FILE
    erasure_ledger.add(path, [Erased(life.zora.id, datetime(2020, 1, 1).astimezone().isoformat(), "2021-01-01")])
    assert erase_again(settings) == 0
    assert not db.session.get(Person, life.zora.id).is_former


def test_the_ledger_beside_a_backup_from_elsewhere_counts_and_is_taken_over(life, settings, tmp_path):
    elsewhere = tmp_path / "copy"
    said = Erased(life.zora.id, life.zora.created_at.isoformat(), "2026-01-01T00:00:00+00:00")
    erasure_ledger.add(elsewhere / erasure_ledger.LEDGER_FILE, [said])
    assert erase_again(settings, beside=elsewhere / "commons-1.zip") == 1
    assert erasure_ledger.read(settings.data_dir / "backups" / erasure_ledger.LEDGER_FILE) == [said]


def test_a_torn_or_strange_line_spoils_no_other(tmp_path):
    path = tmp_path / erasure_ledger.LEDGER_FILE
    first, second = (Erased(number, "2026-01-01T00:00:00+00:00", "2026-02-01") for number in (1, 2))
    assert erasure_ledger.add(path, [first]) == 1
    with path.open("a") as file:
        file.write('[]\n{"person_id": "x"}\n{"person_id": 3, "acc')
    assert erasure_ledger.add(path, [first, second]) == 1
    assert erasure_ledger.read(path) == [first, second]
