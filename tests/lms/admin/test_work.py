import pytest
from sqlalchemy import select

from lms.admin import services
from lms.audit import AuditEntry
from lms.db import db
from lms.errors import Conflict
from lms.leases import WorkState
from lms.outbox import OutboxKind
from tests.lms.admin.work import make_job, make_mail
from tests.statements import counted_statements


def cost(client, path):
    db.session.rollback()  # what this test has read does not count
    with counted_statements() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


@pytest.mark.parametrize("state", list(WorkState))
def test_jobs_of_every_state_are_shown(as_admin, site, state):
    make_job(state, n_done=3, n_total=12, last_error="ValueError", outcome="12 rows")
    page = site.get(f"/admin/jobs?state={state.value}").text
    assert "search/rebuild" in page
    assert ("3 of 12" in page) is (state is not WorkState.DONE)
    assert ("/retry" in page) is (state is WorkState.PARKED)


def test_mail_is_shown_without_what_it_says(house, as_admin, site):
    make_mail(payload={"person_id": house.ana.id, "invitation_id": 7, "note": "private"})
    make_mail(kind=OutboxKind.INDEX, topic="search/update")
    page = site.get("/admin/mail").text
    assert "accounts/password-reset" in page
    assert f"person {house.ana.id}" in page
    assert "invitation</span> 7" in page
    assert "private" not in page
    assert "search/update" not in page


def test_nothing_to_do_is_said(as_admin, site):
    assert "No jobs here" in site.get("/admin/jobs").text
    assert "No messages here" in site.get("/admin/mail?state=parked").text


@pytest.mark.parametrize(("make", "path"), [(make_job, "/admin/jobs"), (make_mail, "/admin/mail")])
def test_thirty_rows_cost_as_much_as_one(as_admin, client, make, path):
    make()
    few = cost(client, path)
    for _ in range(30):
        make()
    assert cost(client, path) == few <= 8


@pytest.mark.parametrize(("make", "path"), [(make_job, "/admin/jobs"), (make_mail, "/admin/mail")])
def test_parked_work_is_tried_again_once(house, as_admin, site, make, path):
    row = make()
    row_id = row.id
    site.post(f"{path}/{row_id}/retry", page=path, status=303)
    db.session.expire_all()
    assert (row.state, row.attempts) == (WorkState.WAITING, 0)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "asked for another try")).one()
    assert (entry.actor_id, entry.subject_id) == (house.alba.id, str(row_id))
    site.post(f"{path}/{row_id}/retry", page=path, status=409)


@pytest.mark.parametrize("state", [WorkState.WAITING, WorkState.WORKING, WorkState.DONE])
def test_work_that_is_not_parked_is_left_alone(house, state):
    job = make_job(state)
    with pytest.raises(Conflict):
        services.retry_work(job, by_id=house.alba.id)


@pytest.mark.parametrize("text", ["\0", "x" * 10_000, "<script>alert(1)</script>", "PARKED"])
def test_any_state_in_the_address_gives_a_page(as_admin, client, text):
    for path in ("/admin/jobs", "/admin/mail"):
        assert client.get(path, query_string={"state": text, "page": text}).status_code == 200


def test_the_overview_counts_and_leads_to_the_lists(house, as_admin, site):
    make_job()
    make_mail()
    make_mail(WorkState.DONE)
    page = site.get("/admin").text
    assert '<span class="number-value">2</span>' in page
    assert "/admin/jobs?state=parked" in page
    assert "/admin/mail?state=parked" in page


def test_the_overview_of_a_quiet_site_says_so(house, as_admin, site):
    page = site.get("/admin").text
    assert "Nothing waits for you." in page
    assert '<span class="number-value">1</span>' in page
    assert "There is no backup in the data folder yet." in page


def test_the_overview_names_the_newest_backup(house, as_admin, site, settings):
    folder = settings.data_dir / "backups"
    folder.mkdir(exist_ok=True)
    (folder / "commons-1.zip").write_bytes(b"")
    assert "The newest backup in the data folder is from" in site.get("/admin").text


def test_the_overview_costs_little(house, as_admin, client):
    assert cost(client, "/admin") <= 8
