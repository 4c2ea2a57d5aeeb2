"""The exact words of the mail of accounts."""

from datetime import UTC, datetime, timedelta

import pytest

from lms import clock, links
from lms.accounts import notifications
from lms.accounts.models import Language, LinkPurpose, OneUseLink, PersonState
from lms.accounts.services import passwords
from lms.db import db
from lms.jobs import work_once
from lms.notifications import mailbox
from lms.outbox import OutboxRow

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)

RESET_TEXT = """Hello Ana Ruiz,

Somebody, probably you, asked for a new password for Coalition Commons. Open this link to choose one:

http://localhost/password/reset/{secret}

The link works once, until Jan 5, 2026, 11:00:00\u202fAM UTC. \
If you did not ask for it, do nothing: your password stays as it is.

--
Coalition Commons
You get this message because you use Coalition Commons. If you did not expect it, you can ignore it.
"""

CHANGED_TEXT = """Hello Ana Ruiz,

Your password for Coalition Commons was changed on Jan 5, 2026, 10:00:00\u202fAM UTC.

Was it you? Then there is nothing to do. If not, choose a new password now and tell the people who run this site:

http://localhost/password/forgot

--
Coalition Commons
You get this message because you use Coalition Commons. If you did not expect it, you can ignore it.
"""


@pytest.fixture
def asked(ana, settings):
    """Ask for a link at ten o'clock; return the outbox payload and the secret."""
    with clock.fixed(NOW):
        passwords.ask_for_reset("ana@example.org", site_key=settings.secret_key)
        db.session.commit()
    (link,) = db.session.scalars(db.select(OneUseLink))
    return {"link_id": link.id}, links.derive_secret(settings.secret_key, LinkPurpose.PASSWORD_RESET, link.nonce)


def test_the_mail_with_the_link_reads_like_this(asked, settings):
    payload, secret = asked
    message = notifications.compose_password_reset(payload, NOW, settings)
    assert (message.to, message.subject) == ("ana@example.org", "Choose a new password")
    assert message.text == RESET_TEXT.format(secret=secret)
    assert f'href="http://localhost/password/reset/{secret}"' in message.html
    assert message.html.count("<title>Choose a new password</title>") == 1


def test_the_mail_about_a_changed_password_reads_like_this(ana, settings):
    payload = {"person_id": ana.id, "changed_at": NOW.isoformat()}
    message = notifications.compose_password_changed(payload, NOW, settings)
    assert (message.to, message.subject) == ("ana@example.org", "Your password was changed")
    assert message.text == CHANGED_TEXT


def test_mail_speaks_the_readers_language(asked, ana, settings):
    ana.language = Language.SPANISH
    db.session.commit()
    message = notifications.compose_password_reset(asked[0], NOW, settings)
    assert '<html lang="es">' in message.html
    assert "5 ene 2026" in message.text


def test_no_line_break_and_no_markup_comes_in_through_a_name(asked, ana, settings):
    ana.name = "Ana</a>\nBcc: all@example.org"
    db.session.commit()
    message = notifications.compose_password_reset(asked[0], NOW, settings)
    assert message.subject == "Choose a new password"
    assert "Ana</a>" not in message.html


@pytest.mark.parametrize("change", ["used", "late", "address", "suspended"])
def test_a_link_that_can_no_longer_be_used_is_not_sent(asked, ana, settings, change):
    (link,) = db.session.scalars(db.select(OneUseLink))
    if change == "used":
        link.used_at = NOW
    if change == "address":
        ana.email = "other@example.org"
    if change == "suspended":
        ana.state = PersonState.SUSPENDED
    db.session.commit()
    now = NOW + timedelta(minutes=61 if change == "late" else 1)
    assert notifications.compose_password_reset(asked[0], now, settings) is None


@pytest.mark.parametrize("payload", [{}, {"link_id": None}, {"link_id": 999_999}])
def test_nothing_is_sent_to_names_that_nobody_has(app, settings, payload):
    assert notifications.compose_password_reset(payload, NOW, settings) is None


def test_nothing_is_sent_to_people_without_address(heron, settings):
    payload = {"person_id": heron.id, "changed_at": NOW.isoformat()}
    assert notifications.compose_password_changed(payload, NOW, settings) is None


def test_the_worker_delivers_the_link_and_it_opens(site, ana, app, settings):
    site.post("/password/forgot", {"name": "ana@example.org"}, status=303)
    work_once(app.extensions["commons.workshop"])
    (message,) = mailbox.list_messages(settings.data_dir / "mail")
    path = next(line for line in message.text.splitlines() if "/password/reset/" in line).removeprefix(
        "http://localhost"
    )
    site.get(path.strip())
    assert db.session.scalars(db.select(OutboxRow.state)).all() == ["done"]


def test_the_address_in_the_mail_is_the_pages_own(app):
    with app.test_request_context():
        from flask import url_for  # noqa: PLC0415

        assert url_for("accounts.reset_password", token="x") == f"{notifications.RESET_PATH}/x"


@pytest.mark.parametrize(
    ("change", "subject", "words"),
    [
        ("set-up", "The second step at sign-in is on", "was set up for your account"),
        ("removed", "The second step at sign-in is off", "The password alone is enough now."),
        ("reset", "The second step at sign-in was taken away", "so that you can set it up anew"),
        ("code-used", "A code on paper was used to sign in", "with one of your codes on paper"),
        ("codes-renewed", "New codes for paper were made", "Older ones no longer work."),
    ],
)
def test_the_mail_about_the_second_step_says_what_changed(ana, settings, change, subject, words):
    payload = {"person_id": ana.id, "change": change, "changed_at": NOW.isoformat()}
    message = notifications.compose_second_factor_changed(payload, NOW, settings)
    assert message.subject == subject
    assert message.text.startswith("Hello Ana Ruiz,\n\nOn Jan 5, 2026")
    assert words in message.text
    assert "http://localhost/account/second-factor" in message.text
    ana.state = PersonState.SUSPENDED
    assert notifications.compose_second_factor_changed(payload, NOW, settings) is None
