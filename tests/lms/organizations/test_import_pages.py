import html as markup
import io
import re

import pytest
from sqlalchemy import func, select

from lms.db import db
from lms.organizations.models import Invitation
from lms.organizations.services.invitations import Offer, invite_person
from lms.outbox import OutboxRow


@pytest.fixture
def page(house, as_person):
    as_person(house.lead)
    return f"{house.url}/invitations/import"


def n_rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def carried_text(html):
    return markup.unescape(re.search(r'<textarea name="text"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL)[1])


def upload(site, page, data, name="people.csv"):
    fields = site.hidden_fields(page) | {"file": (io.BytesIO(data), name), "text": ""}
    return site.client.post(page, data=fields, content_type="multipart/form-data")


def test_a_list_is_shown_first_and_then_invited_whole(site, page):
    text = "email;name;role\nana@example.org;Ana;lead\nben@example.org;Ben;\n"
    preview = site.post(page, {"text": text}, status=200)
    assert "Invite 2 people?" in preview.text
    assert n_rows(Invitation) == 0
    site.post(page, {"text": carried_text(preview.text), "action": "invite"}, status=303)
    assert (n_rows(Invitation), n_rows(OutboxRow)) == (2, 2)


def test_looking_again_is_no_second_sending(site, page):
    fields = site.hidden_fields(page) | {"text": "email\nana@example.org\n"}
    for _ in range(2):
        assert site.client.post(page, data=fields).status_code == 200
    fields["action"] = "invite"
    for _ in range(2):
        assert site.client.post(page, data=fields).status_code == 303
    assert (n_rows(Invitation), n_rows(OutboxRow)) == (1, 1)


def test_a_file_may_be_sent_instead(site, page):
    response = upload(site, page, "email,name\nana@example.org,Señora Ruiz\n".encode("utf-8-sig"))
    assert response.status_code == 200
    assert "Señora Ruiz" in response.text
    assert "not saved as UTF-8" not in response.text


def test_a_file_of_an_older_program_is_read_with_a_warning(site, page):
    response = upload(site, page, "email,name\nana@example.org,José\n".encode("cp1252"))
    assert "José" in response.text
    assert "not saved as UTF-8" in response.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04\0\0\0", "not a list as text"),
        (b"", "nobody on this list yet"),
        (b"email\n" + b"x" * 300_000, "too big"),
        ("email\na@example.org".encode("utf-16"), "not a list as text"),
    ],
)
def test_files_that_are_no_list_are_refused_with_words(site, page, data, words):
    response = upload(site, page, data)
    assert response.status_code == 422
    assert words in response.text


def test_every_bad_row_is_named_and_nobody_is_invited(site, page):
    text = "email,role\nana@example.org,\nben,\ncy@example.org,boss\n"
    for action in ("", "invite"):
        response = site.post(page, {"text": text, "action": action}, status=422)
        assert "2 things on this list need another look" in response.text
        assert "is not a complete e-mail address" in response.text
        assert "is no role" in response.text
        assert "ana@example.org" in response.text
    assert (n_rows(Invitation), n_rows(OutboxRow)) == (0, 0)


def test_people_who_are_here_or_invited_are_named_and_left_out(site, house, page, settings):
    invite_person(
        house.harbor.id,
        email="waiting@example.org",
        name=None,
        offer=Offer(),
        by_id=house.lead.id,
        site_key=settings.secret_key,
    )
    db.session.commit()
    text = f"email\nnew@example.org\nwaiting@example.org\n{house.staff.email.upper()}\n"
    preview = site.post(page, {"text": text}, status=200).text
    assert "Invite one person?" in preview
    assert "already belong to your organization" in preview
    assert "have an open invitation" in preview
    site.post(page, {"text": text, "action": "invite"}, status=303)
    assert n_rows(Invitation) == 2


def test_when_nobody_is_left_there_is_nothing_to_press(site, house, page):
    html = site.post(page, {"text": f"email\n{house.staff.email}\n"}, status=200).text
    assert "Nobody is left to invite" in html
    assert 'value="invite"' not in html


def test_job_roles_and_locations_are_found_by_name(site, house, page):
    text = "email,job_role,location\nana@example.org,OUTREACH worker,main street\n"
    assert "Outreach worker" in site.post(page, {"text": text}, status=200).text
    site.post(page, {"text": text, "action": "invite"}, status=303)
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.job_role_id, invitation.location_id) == (house.job_role.id, house.location.id)


def test_places_of_another_organization_are_unknown(site, page):
    response = site.post(page, {"text": "email,location\nana@example.org,Far Street\n"}, status=422)
    assert "has no location" in response.text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "</textarea><script>", "=cmd()|calc", "😀", "\u202eevil"]
)
def test_strange_cells_are_only_text(site, page, name):
    preview = site.post(page, {"text": f'email,name\nana@example.org,"{name}"\n'}, status=200).text
    assert "<script>" not in preview.replace('<script type="module"', "")
    assert name in carried_text(preview)


def test_an_empty_list_can_be_taken_along(site, page):
    response = site.client.get(f"{page}?view=template")
    assert response.mimetype == "text/csv"
    assert response.text == "email,name,role,job_role,location,language\r\n"
    assert "attachment" in response.headers["Content-Disposition"]


def test_five_hundred_people_are_invited_at_once(site, page):
    text = "email\n" + "\n".join(f"p{number}@example.org" for number in range(500))
    site.post(page, {"text": text, "action": "invite"}, status=303)
    assert (n_rows(Invitation), n_rows(OutboxRow)) == (500, 500)
