from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.accounts.models import Language
from lms.admin import services
from lms.admin.queries.content import list_versions
from lms.audit import AuditEntry
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.publications import ContentKind, ContentSignOff
from tests.lms.admin.work import make_text
from tests.statements import counted_statements

SIGNED = {"signer_name": "Dr. Lee", "signer_credential": "MD", "reviewed_on": "2026-01-05", "is_confirmed": "y"}


def sign(text_hash="h", language=Language.ENGLISH, day=None):
    day = day or clock.today() - timedelta(days=1)
    services.sign_off(text_hash, language, signer_name="Dr. Lee", signer_credential="MD", reviewed_on=day, by_id=1)


def count_sign_offs():
    return db.session.scalar(select(func.count()).select_from(ContentSignOff))


def test_only_the_newest_version_of_each_text_is_listed(house):
    make_text(words="Wait")
    make_text(words="Wait longer")
    make_text("overdose-now", "Now", kind=ContentKind.PAGE)
    with counted_statements() as statements:
        versions = list_versions("es")
    assert [(each.title, each.version.number, sorted(each.texts)) for each in versions] == [
        ("Wait longer (es)", 2, ["en", "es"]),
        ("Now (es)", 1, ["en", "es"]),
    ]
    assert len(statements) == 2


def test_many_texts_cost_as_much_as_one(as_admin, client):
    def cost():
        db.session.rollback()  # what this test has read does not count
        with counted_statements() as statements:
            assert client.get("/admin/content").status_code == 200
        return len(statements)

    make_text()
    few = cost()
    for number in range(20):
        make_text(f"course-{number}")
    assert cost() == few <= 8


def test_an_empty_site_says_how_to_publish(as_admin, site):
    assert "Nothing is published yet" in site.get("/admin/content").text


def test_a_clinician_stands_behind_one_language_of_one_text(house, as_admin, site):
    version = make_text()
    path = f"/admin/content/{version.id}/sign-off/en"
    assert "Wait (en)" in site.get(path).text
    site.post(path, SIGNED, status=303)
    sign_off = db.session.scalars(select(ContentSignOff)).one()
    assert (sign_off.text_hash, sign_off.language) == (version.language_hashes["en"], "en")
    assert (sign_off.signer_name, sign_off.recorded_by_id) == ("Dr. Lee", house.alba.id)
    page = site.get("/admin/content").text
    assert "Dr. Lee, Mon, Jan 5, 2026" in page
    assert "Not yet" in page  # the other language
    assert "Signed by Dr. Lee, MD" in site.get(path).text


def test_audit_names_the_text_and_no_person(house):
    sign()
    db.session.commit()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.verb, entry.subject_id) == ("recorded a clinical sign-off", "h")
    assert "Lee" not in str(entry.changes)


def test_a_new_wording_asks_for_a_new_sign_off(house, as_admin, site):
    version = make_text(words="Wait")
    site.post(f"/admin/content/{version.id}/sign-off/en", SIGNED, status=303)
    newer = make_text(words="Wait longer")
    assert "Dr. Lee" not in site.get("/admin/content").text
    assert "This is not the newest version." in site.get(f"/admin/content/{version.id}/sign-off/es").text
    site.post(f"/admin/content/{newer.id}/sign-off/en", SIGNED, status=303)


def test_a_text_is_signed_once(house, as_admin, site):
    version = make_text()
    path = f"/admin/content/{version.id}/sign-off/en"
    unsigned = site.hidden_fields(path)
    site.post(path, SIGNED, status=303)
    again = site.client.post(path, data={**SIGNED, **unsigned, "form_key": "0b5ad9a1-9e4c-4b5e-8f43-2f35b6d4a0aa"})
    assert again.status_code == 409
    assert count_sign_offs() == 1


def test_signing_twice_at_once_is_a_conflict(house):
    sign()
    with pytest.raises(Conflict):
        sign()
    sign(language=Language.SPANISH)


@pytest.mark.parametrize("field", sorted(SIGNED))
def test_nothing_may_be_left_out(house, as_admin, site, field):
    version = make_text()
    fields = {name: value for name, value in SIGNED.items() if name != field}
    page = site.post(f"/admin/content/{version.id}/sign-off/en", fields, status=422)
    assert ("Dr. Lee" in page.text) is (field != "signer_name")
    assert count_sign_offs() == 0


def test_a_review_of_tomorrow_is_refused(house):
    with pytest.raises(Invalid) as refused:
        sign(day=clock.today() + timedelta(days=2))
    assert set(refused.value.fields) == {"reviewed_on"}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd()", "العربية 🙂", "x" * 10_000])
def test_a_hostile_name_stays_text_or_is_refused(as_admin, site, name):
    version = make_text()
    response = site.post(f"/admin/content/{version.id}/sign-off/en", {**SIGNED, "signer_name": name})
    assert response.status_code == (422 if len(name) > 120 else 303)
    assert "<script>alert" not in site.get("/admin/content").text


@pytest.mark.parametrize(
    ("slug", "kind"),
    [("overdose-response", ContentKind.COURSE), ("overdose-now", ContentKind.PAGE), ("help-start", ContentKind.PAGE)],
)
def test_the_text_can_be_read_before_it_is_signed(as_admin, site, slug, kind):
    version = make_text(slug, kind=kind)
    assert "Read it" in site.get(f"/admin/content/{version.id}/sign-off/es").text
