"""Certificates: issued once, shown to the right people, the same on page and paper, checked by anyone."""

import html
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
import segno
from pypdf import PdfReader
from sqlalchemy import func, select

from lms import clock
from lms.accounts.models import Language
from lms.audit import AuditEntry
from lms.authz import CoalitionRoleKind, MembershipRole
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import Conflict, Invalid, NotFound
from lms.limits import LimitCount
from lms.publications import ContentKind, ContentSignOff, find_newest
from lms.training.certificate_document import clean_name
from lms.training.models import Certificate
from lms.training.queries import certificates as queries
from lms.training.queries import published
from lms.training.services.certificates import change_name, issue_certificate
from lms.web.qr import draw_qr
from tests.factories.certificates import make_attempt, make_certificate, make_enrollment
from tests.factories.learning import CHECK_PAGE, COURSE, answer_all, open_check
from tests.factories.people import (
    make_coalition,
    make_coalition_role,
    make_membership,
    make_organization,
    make_person,
    sign_in,
)
from tests.statements import counted_statements

HOSTILE_NAMES = {
    "a script": "<script>alert(1)</script>",
    "right to left": "سارة علي",
    "Chinese": "王小明",
    "picture": "Ana 💊",
    "formula": "=cmd()",
    "one long word": "W" * 120,
    "typst": "#panic() $x$ *bold* @ref \\ [",
}


@pytest.fixture
def certificate(learner):
    return make_certificate(learner)


def page_of(certificate):
    return f"/certificates/{certificate.id}"


def name_of(certificate):
    db.session.expire_all()
    return db.session.get(Certificate, certificate.id).name_shown


def verbs():
    return list(db.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def issue(enrollment, attempt, **changed):
    values = {"name": "Ana Ruiz", "language": Language.SPANISH, "issued_on": date(2026, 1, 31)}
    values |= {"random_bytes": bytes(range(10))} | changed
    return issue_certificate(enrollment, attempt, published.get_newest(COURSE).course, **values)


# ---------------------------------------------------------------- issuing


def test_passing_the_check_issues_a_certificate(site, learner):
    open_check(learner)
    attempt_page = site.post(f"{CHECK_PAGE}/attempts", page=CHECK_PAGE, status=303).location
    answer_all(site, attempt_page)
    held = db.session.scalars(select(Certificate)).one()
    assert (held.name_shown, held.language, held.person_id) == ("Ana Ruiz", Language.ENGLISH, learner.id)
    assert (held.n_correct, held.n_questions) == (2, 2)
    assert held.expires_on.year == held.issued_on.year + 2
    assert "Ana Ruiz" in site.get(page_of(held)).text


def test_certificate_is_issued_once_and_audited_without_the_name(content):
    enrollment = make_enrollment(make_person(), finished_at=clock.now())
    attempt = make_attempt(enrollment)
    first = issue(enrollment, attempt)
    second = issue(enrollment, attempt, random_bytes=b"\xff" * 10, name="Somebody else")
    db.session.commit()
    assert first.id == second.id
    assert (first.serial, first.name_shown) == ("000G-40R4-0M30-E209", "Ana Ruiz")
    assert (first.issued_on, first.expires_on) == (date(2026, 1, 31), date(2028, 1, 31))
    entries = list(db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "issued certificate")))
    assert len(entries) == 1
    assert "Ana" not in str(entries[0].changes)


def test_certificate_of_an_alias_person_bears_the_alias(site, content, client):
    person = make_person("", alias="heron")
    person.name = None
    db.session.commit()
    sign_in(client, person)
    open_check(person)
    answer_all(site, site.post(f"{CHECK_PAGE}/attempts", page=CHECK_PAGE, status=303).location)
    held = db.session.scalars(select(Certificate)).one()
    assert held.name_shown == "heron"
    assert "H.</dd>" in site.get(f"/verify/{held.serial}").text.replace(" ", "").replace("\n", "")


# ---------------------------------------------------------------- who sees it


def test_holder_sees_everything_the_certificate_says(site, certificate):
    text = html.unescape(site.get(page_of(certificate)).text)
    for words in ("Ana Ruiz", "Small course", "January 5, 2026", "January 5, 2128", "9 of 10 right", "1.0.0"):
        assert words in text
    assert certificate.serial in text
    assert "Knowledge." in text
    assert "Skill." in text
    assert draw_qr(f"http://localhost/verify/{certificate.serial}").path in text
    assert "localhost/verify" in text


def test_certificate_speaks_the_language_of_the_page(site, certificate):
    text = html.unescape(site.get(f"{page_of(certificate)}?lang=es").text)
    assert "Curso pequeño" in text
    assert "5 de enero de 2026" in text
    assert f"/certificates/{certificate.id}.pdf?lang=es" in text


def test_lead_sees_the_certificate_and_may_not_change_its_name(site, client, certificate, learner):
    organization = make_organization()
    make_membership(learner, organization)
    lead = make_person("Lena Lead")
    make_membership(lead, organization, MembershipRole.LEAD)
    sign_in(client, lead)
    response = site.get(page_of(certificate))
    assert response.headers["Cache-Control"] == "no-store"
    assert "Change the name" not in response.text
    assert site.client.get(f"{page_of(certificate)}.pdf").headers["Cache-Control"] == "no-store"
    assert site.post(f"{page_of(certificate)}/name", {"name_shown": "Mallory"}, page="/").status_code == 403
    assert name_of(certificate) == "Ana Ruiz"


def test_lead_no_longer_sees_the_certificate_of_a_person_who_left(site, client, certificate, learner):
    organization = make_organization()
    membership = make_membership(learner, organization)
    lead = make_person("Lena Lead")
    make_membership(lead, organization, MembershipRole.LEAD)
    sign_in(client, lead)
    site.get(page_of(certificate))
    membership.ended_at = clock.now()
    db.session.commit()
    site.get(page_of(certificate), status=404)
    site.get(f"{page_of(certificate)}.pdf", status=404)


def test_strangers_colleagues_and_coordinators_find_nothing(site, client, certificate, learner):
    organization = make_organization()
    make_membership(learner, organization)
    colleague, coordinator, other_lead = make_person("C"), make_person("D"), make_person("E")
    make_membership(colleague, organization)
    make_coalition_role(coordinator, make_coalition("All", organization), CoalitionRoleKind.COORDINATOR)
    make_membership(other_lead, make_organization("Elsewhere"), MembershipRole.LEAD)
    for person in (colleague, coordinator, other_lead):
        sign_in(client, person)
        site.get(page_of(certificate), status=404)
        assert site.post(f"{page_of(certificate)}/name", {"name_shown": "X"}, page="/").status_code == 404


def test_administrator_sees_all(site, client, certificate):
    sign_in(client, make_person("Ada Admin", is_administrator=True))
    assert "Ana Ruiz" in site.get(page_of(certificate)).text


def test_loading_a_certificate_takes_one_statement_however_many_organizations_lead_there(certificate, learner):
    lead = make_person("Lena Lead")
    organizations = [make_organization(f"Place {number}") for number in range(6)]
    for organization in organizations:
        make_membership(learner, organization)
        make_membership(lead, organization, MembershipRole.LEAD)
    actor, certificate_id = load_actor(lead), certificate.id
    queries.get_certificate_for(actor, certificate_id)
    with counted_statements() as statements:
        held = queries.get_certificate_for(actor, certificate_id)
    assert len(statements) == 1
    assert held.certificate.organization_ids == {each.id for each in organizations}
    with pytest.raises(NotFound):
        queries.get_certificate_for(load_actor(make_person("Stranger")), certificate_id)


# ---------------------------------------------------------------- what it is worth


def test_text_that_no_clinician_signed_is_named(site, certificate):
    assert "No clinician has signed" in site.get(page_of(certificate)).text
    hashes = find_newest(ContentKind.COURSE, COURSE).language_hashes
    for language in ("es", "en"):
        signed = ContentSignOff(
            text_hash=hashes[language],
            language=language,
            signer_name="Dr. May",
            signer_credential="MD",
            reviewed_on=date(2026, 1, 1),
            recorded_by_id=1,
            recorded_at=clock.now(),
        )
        db.session.add(signed)
        db.session.commit()
        is_named = "No clinician has signed" in site.get(page_of(certificate)).text
        assert is_named == (language == "es")


def test_expired_and_revoked_certificates_say_so(site, learner):
    expired = make_certificate(learner, expires_on=date(2020, 1, 1))
    revoked = make_certificate(learner, revoked_at=clock.now())
    assert "The last day of this certificate is over." in site.get(page_of(expired)).text
    assert "This certificate was revoked." in site.get(page_of(revoked)).text
    assert "revoked" in pdf_of(site, revoked).pages[0].extract_text()


def test_certificate_is_valid_through_its_last_day_everywhere_in_the_country(site, learner):
    held = make_certificate(learner, expires_on=date(2026, 3, 1))
    path = f"/verify/{held.serial}"
    with clock.fixed(datetime(2026, 3, 2, 10, 30, tzinfo=UTC)):
        assert "real and valid" in site.get(path).text
    with clock.fixed(datetime(2026, 3, 2, 11, 30, tzinfo=UTC)):
        assert "its time is over" in site.get(path).text


# ---------------------------------------------------------------- the name


def test_holder_changes_the_name_and_the_audit_does_not_say_it(site, certificate):
    response = site.post(
        f"{page_of(certificate)}/name", {"name_shown": "  Ana\nMaría  Ruiz\u202e "}, page=page_of(certificate)
    )
    assert (response.status_code, response.location) == (303, page_of(certificate))
    assert name_of(certificate) == "Ana María Ruiz"
    assert "The name on your certificate is changed." in site.get(page_of(certificate)).text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.verb == "changed certificate name")).one()
    assert entry.changes == {}


def test_the_same_form_sent_twice_changes_the_name_once(site, certificate):
    fields = {**site.hidden_fields(page_of(certificate)), "name_shown": "Ana R."}
    answers = [site.client.post(f"{page_of(certificate)}/name", data=fields) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert verbs().count("changed certificate name") == 1


def test_the_same_name_is_no_change(certificate):
    change_name(certificate, " Ana  Ruiz")
    db.session.commit()
    assert "changed certificate name" not in verbs()


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u200d", "\x00\x07", "A" * 121, "é" * 10_000])
def test_a_name_that_cannot_be_is_refused_beside_its_field(site, certificate, typed):
    response = site.post(f"{page_of(certificate)}/name", {"name_shown": typed}, status=422, page=page_of(certificate))
    assert 'id="name_shown-error"' in response.text
    assert name_of(certificate) == "Ana Ruiz"
    with pytest.raises(Invalid):
        change_name(certificate, typed)


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_any_script_and_any_sign_stands_on_page_and_paper(site, certificate, name):
    site.post(f"{page_of(certificate)}/name", {"name_shown": name}, status=303, page=page_of(certificate))
    assert f"<bdi>{html.escape(name)}</bdi>" in site.get(page_of(certificate)).text
    site.get(f"/verify/{certificate.serial}")
    assert len(pdf_of(site, certificate).pages) == 1


def test_the_name_on_a_revoked_certificate_stays(site, learner):
    held = make_certificate(learner, revoked_at=clock.now())
    with pytest.raises(Conflict):
        change_name(held, "Another")
    assert site.post(f"{page_of(held)}/name", {"name_shown": "Another"}, page=page_of(held)).status_code == 409


def test_names_become_one_visible_line():
    assert clean_name(" Ana\r\n\tMaría\u2028Ruiz ") == "Ana María Ruiz"
    assert clean_name("a\u202eb\u2066c\x00") == "abc"
    assert clean_name("e\u0301") == "é"
    assert clean_name(None) == ""
    assert clean_name("می\u200cخواهم") == "می\u200cخواهم"  # a sign that some scripts need


# ---------------------------------------------------------------- the PDF


def pdf_of(site, certificate, language="en"):
    response = site.client.get(f"{page_of(certificate)}.pdf?lang={language}")
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    return PdfReader(BytesIO(response.data))


def tags_in(reader):
    """Return (tag, alternative text) of every element of the tag tree."""
    found, waiting = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop().get_object()
        kids = node.get("/K", []) if hasattr(node, "get") else []
        if hasattr(node, "get") and "/S" in node:
            found.append((node["/S"], node.get("/Alt")))
        waiting += kids if isinstance(kids, list) else [kids] if hasattr(kids, "get_object") else []
    return found


def test_pdf_says_what_the_page_says(site, certificate):
    reader = pdf_of(site, certificate)
    text = " ".join(reader.pages[0].extract_text().split())
    facts = ("Small course", "Issued on January 5, 2026", "January 5, 2128", "9 of 10 right", "1.0.0")
    for words in ("Certificate of completion", "Ana Ruiz", *facts, certificate.serial, "Knowledge.", "Skill."):
        assert words in text
    assert "No clinician has signed" in text
    assert reader.metadata.title == "Certificate of completion: Small course"


def test_pdf_is_tagged_and_its_code_has_words(site, certificate):
    reader = pdf_of(site, certificate)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    tags = tags_in(reader)
    assert [tag for tag, _alt in tags].count("/H1") == 1
    assert [tag for tag, _alt in tags].count("/H2") == 2
    (figure,) = [alt for tag, alt in tags if tag == "/Figure"]
    assert f"http://localhost/verify/{certificate.serial}" in figure


def test_pdf_speaks_the_language_asked_for(site, certificate):
    reader = pdf_of(site, certificate, "es")
    assert reader.trailer["/Root"]["/Lang"] == "es"
    assert "Curso pequeño" in reader.pages[0].extract_text()
    assert "5 de enero de 2026" in reader.pages[0].extract_text()


@pytest.mark.parametrize("name", ["王小明", "Ana 💊"])
def test_pdf_points_to_the_page_for_letters_our_fonts_lack(site, learner, name):
    held = make_certificate(learner, name_shown=name)
    text = pdf_of(site, held).pages[0].extract_text()
    assert "Name: see the web page of this certificate" in text
    assert f"http://localhost/certificates/{held.id}" in text


def test_pdf_that_cannot_be_set_at_all_says_so_in_words(site, client, certificate):
    client.application.config["SETTINGS"] = _renamed(client.application.config["SETTINGS"], "公会")
    response = site.get(f"{page_of(certificate)}.pdf", status=422)
    assert "Open its page and print that instead." in response.text


def _renamed(settings, site_name):
    from dataclasses import replace  # noqa: PLC0415

    return replace(settings, site_name=site_name)


def test_pdf_is_named_after_the_serial(site, certificate):
    disposition = site.client.get(f"{page_of(certificate)}.pdf").headers["Content-Disposition"]
    assert disposition == f'attachment; filename="certificate-{certificate.serial}.pdf"'


# ---------------------------------------------------------------- checking


def test_anyone_checks_a_serial_and_sees_initials_only(site, client, certificate):
    client.delete_cookie("commons")
    response = site.get(f"/verify/{certificate.serial}")
    text = html.unescape(response.text)
    for words in ("This certificate is real and valid.", "A. R.", "Small course", "January 5, 2026", "Knowledge."):
        assert words in text
    assert "Ruiz" not in text
    assert "9 of 10" not in text
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]


def test_checked_serials_are_read_as_people_type_them(site, certificate):
    typed = f" {certificate.serial.lower().replace('-', ' ').replace('0', 'o')} "
    assert "real and valid" in site.get(f"/verify/{typed}").text
    response = site.client.get("/verify", query_string={"serial": typed})
    assert (response.status_code, response.location) == (303, f"/verify/{certificate.serial}")


def test_expired_and_revoked_are_told_apart(site, learner):
    expired = make_certificate(learner, expires_on=date(2020, 1, 1))
    revoked = make_certificate(learner, revoked_at=datetime(2026, 2, 3, 12, tzinfo=UTC))
    endless = make_certificate(learner, expires_on=None)
    assert "Expired" in site.get(f"/verify/{expired.serial}").text
    assert "Revoked on" in (text := site.get(f"/verify/{revoked.serial}").text)
    assert "February 3, 2026" in text
    assert "It does not expire" in site.get(f"/verify/{endless.serial}").text


def test_revoked_counts_at_once_in_every_zone(site, learner):
    with clock.fixed(datetime(2026, 3, 2, 5, tzinfo=UTC)):  # still the day before in the last zone
        held = make_certificate(learner, revoked_at=clock.now())
        assert "This certificate was revoked." in site.get(f"/verify/{held.serial}").text


@pytest.mark.parametrize("serial", ["0000-0000-0000-0000", "nope", "<script>", "王" * 30, "%00", "=cmd()", "A" * 1000])
def test_an_unknown_serial_gets_kind_words(site, content, serial):
    response = site.get(f"/verify/{serial}", status=404)
    assert "We know no certificate with this serial number" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]


def test_a_malformed_serial_gets_its_message_beside_the_field(site, content):
    response = site.get("/verify?serial=%3Cscript%3E", status=422)
    assert 'id="serial-error"' in response.text
    assert "<script>" not in response.text
    assert 'id="serial-error"' in site.get("/verify?serial=", status=422).text
    assert 'id="serial-error"' not in site.get("/verify").text
    site.get("/verify", query_string={"serial": "A" * 10_000}, status=422)


def test_guessing_serials_ends_after_sixty_tries_and_known_ones_do_not_count(site, certificate):
    with clock.fixed(datetime(2026, 3, 2, 5, tzinfo=UTC)):
        for _ in range(3):
            site.get(f"/verify/{certificate.serial}")
        assert db.session.scalar(select(func.count()).select_from(LimitCount)) == 0
        db.session.rollback()
        for number in range(60):
            site.get(f"/verify/ZZZZ{number:012d}", status=404)
        response = site.get(f"/verify/{certificate.serial}", status=429)
        assert int(response.headers["Retry-After"]) > 0
        elsewhere = {"REMOTE_ADDR": "203.0.113.7"}
        site.get(f"/verify/{certificate.serial}", environ_overrides=elsewhere)
    with clock.fixed(datetime(2026, 3, 2, 5, 11, tzinfo=UTC)):
        site.get(f"/verify/{certificate.serial}")


def test_checking_costs_the_same_however_many_certificates_there_are(site, client, learner):
    held = make_certificate(learner)
    client.delete_cookie("commons")
    costs = []
    for n_more in (0, 20):
        for _ in range(n_more):
            make_certificate(learner)
        site.get(f"/verify/{held.serial}")
        with counted_statements() as statements:
            site.get(f"/verify/{held.serial}")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 3


# ---------------------------------------------------------------- the code


def test_the_code_drawn_is_the_code_of_the_link():
    link = "https://commons.example.org/verify/4K7M-Q2XA-9T3V-B6HD"
    code, wanted = draw_qr(link), segno.make_qr(link, error="m")
    dark = set()
    for run in code.path.split("M")[1:]:
        place, length = run.split("h")[0], int(run.split("h")[1].split("v")[0])
        left, top = map(int, place.split())
        dark |= {(left + step, top) for step in range(length)}
    border = (code.size - len(wanted.matrix)) // 2
    assert border == 4
    assert dark == {
        (left + border, top + border)
        for top, row in enumerate(wanted.matrix)
        for left, is_dark in enumerate(row)
        if is_dark
    }
