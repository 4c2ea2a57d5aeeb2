"""Recovery codes: the way back for people without e-mail."""

from datetime import UTC, datetime

import pytest

from lms import clock
from lms.accounts.models import PersonState, RecoveryCode
from lms.accounts.services import doors
from lms.accounts.services.recovery import issue_recovery_code
from lms.db import db
from tests.factories.people import PASSWORD, sign_in
from tests.lms.accounts.conftest import live_sessions, verbs
from tests.pages import hidden_value

NEW = "a river of quiet lamps"


@pytest.fixture
def code(heron):
    issued = issue_recovery_code(heron.id, by_id=heron.id)
    db.session.commit()
    return issued


def shown_code(page):
    return page.split('class="paper-code"', 1)[1].split("<strong>", 1)[1].split("</strong>", 1)[0]


def recover(site, code, name="night.heron", password=NEW):
    return site.post("/recover", {"name": name, "recovery_code": code, "new_password": password})


def test_a_code_sets_a_new_password_and_gives_the_next_code(door, heron, code):
    sign_in(door.client, heron)
    response = recover(door.site, code.lower().replace("-", " "))
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert live_sessions() == []
    assert door.sign_in("night.heron", NEW).status_code == 303
    assert recover(door.site, shown_code(response.text), password="another river of lamps").status_code == 200


def test_only_the_hash_of_a_code_is_stored(code):
    (row,) = db.session.scalars(db.select(RecoveryCode))
    assert len(row.code_hash) == 64
    assert code.replace("-", "") not in row.code_hash


def test_a_code_works_once(site, code):
    assert recover(site, code).status_code == 200
    assert recover(site, code).status_code == 422


def test_a_newer_code_voids_the_older(site, heron, code):
    newer = issue_recovery_code(heron.id, by_id=heron.id)
    db.session.commit()
    assert recover(site, code).status_code == 422
    assert recover(site, newer).status_code == 200


def test_one_answer_for_wrong_codes_unknown_names_and_suspended_people(site, ana, heron, code):
    answers = [
        recover(site, "0000-0000-0000-0000-0000"),
        recover(site, code, name="nobody"),
        recover(site, code, name="ana@example.org"),
        recover(site, "no code at all 🦉"),
    ]
    heron.state = PersonState.SUSPENDED
    db.session.commit()
    answers.append(recover(site, code))
    assert {response.status_code for response in answers} == {422}
    assert all("do not go together" in response.text for response in answers)
    assert verbs().count("recovery failed") == 5


def test_a_refused_form_keeps_name_and_code_and_not_the_password(site, heron):
    page = recover(site, "0000-0000-0000-0000-0000").text
    assert 'value="night.heron"' in page
    assert 'value="0000-0000-0000-0000-0000"' in page
    assert NEW not in page


def test_a_weak_password_does_not_use_the_code_up(site, code):
    assert recover(site, code, password="night-heron-1").status_code == 422
    assert recover(site, code).status_code == 200


def test_a_double_click_recovers_once_and_says_how_to_go_on(site, code):
    fields = {"name": "night.heron", "recovery_code": code, "new_password": NEW, **site.hidden_fields("/recover")}
    first, second = (site.client.post("/recover", data=fields) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert "cannot be shown a second time" in second.text
    assert verbs().count("recovered their account") == 1


def test_guessing_codes_is_limited(site, code):
    with clock.fixed(datetime(2026, 1, 5, 10, 1, tzinfo=UTC)):
        statuses = [recover(site, "0000-0000-0000-0000-0000").status_code for _ in range(6)]
        assert statuses == [422] * doors.RECOVER.by_name.n_tries + [429]
        assert recover(site, code).status_code == 429


def test_an_empty_form_names_each_missing_field(site):
    page = site.post("/recover", {}, status=422).text
    assert "Enter your e-mail address or your alias." in page
    assert "Enter your recovery code." in page
    assert "Enter a new password." in page


# ---- making a new one in the account


def test_a_person_makes_a_new_code_with_the_password(site, heron, code):
    sign_in(site.client, heron)
    assert "You have a code from" in site.get("/account/recovery-code").text
    response = site.post("/account/recovery-code", {"current_password": PASSWORD}, status=200)
    assert response.headers["Cache-Control"] == "no-store"
    assert recover(site, code).status_code == 422
    assert recover(site, shown_code(response.text)).status_code == 200


def test_without_the_right_password_no_code_is_made(site, heron):
    sign_in(site.client, heron)
    page = site.post("/account/recovery-code", {"current_password": "wrong"}, status=422).text
    assert "This is not your current password." in page
    assert db.session.scalars(db.select(RecoveryCode)).all() == []
    assert verbs() == ["password confirmation failed"]


def test_a_double_click_makes_one_code_and_offers_another(site, heron):
    sign_in(site.client, heron)
    page = site.get("/account/recovery-code").text
    form = page[page.index('action="/account/recovery-code"') :]
    fields = {name: hidden_value(form, name) for name in ("csrf_token", "form_key")}
    answers = [
        site.client.post("/account/recovery-code", data={"current_password": PASSWORD, **fields}) for _ in range(2)
    ]
    assert [response.status_code for response in answers] == [200, 200]
    assert "This form was sent twice" in answers[1].text
    assert verbs().count("issued a recovery code") == 1
    again = hidden_value(answers[1].text[answers[1].text.index('action="/account/recovery-code"') :], "form_key")
    assert again != fields["form_key"]


def test_trying_passwords_at_an_open_device_is_limited(site, heron):
    sign_in(site.client, heron)
    with clock.fixed(clock.now().replace(minute=1)):
        statuses = [site.post("/account/recovery-code", {"current_password": "wrong"}).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
