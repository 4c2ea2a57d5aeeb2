"""The mailbox of demonstrations: messages as files, shown as text only."""

from email.message import EmailMessage

import pytest

from lms import create_app
from lms.notifications import mailbox
from lms.settings import read_settings


def keep(folder, name="00000001", subject="Welcome", text="Open http://localhost/join/abc now.\n", html="<p>Hi</p>"):
    message = EmailMessage()
    message["To"], message["Subject"], message["Date"] = "ana@example.org", subject, "Mon, 05 Jan 2026 08:00:00 +0000"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    mailbox.keep_message(folder, name, message)


@pytest.fixture
def folder(settings):
    return settings.data_dir / "mail"


def test_an_empty_mailbox_says_how_it_fills(app, site):
    assert "No messages yet" in site.get("/dev/mail").text


def test_messages_are_listed_newest_first(app, site, folder):
    for number in (1, 2):
        keep(folder, f"0000000{number}", subject=f"Message {number}")
    page = site.get("/dev/mail").text
    assert page.index("Message 2") < page.index("Message 1")
    assert "2 messages" in page


def test_links_in_the_text_can_be_followed_and_tell_nobody_where_from(app, site, folder):
    keep(folder)
    page = site.get("/dev/mail/00000001").text
    assert '<a href="http://localhost/join/abc" rel="nofollow noopener noreferrer">' in page


def test_html_is_shown_as_text_and_never_run(app, site, folder):
    keep(folder, html="<script>alert(1)</script><img src=x>", text="<script>alert(2)</script>", subject="<b>bold</b>")
    for path in ("/dev/mail", "/dev/mail/00000001"):
        page = site.get(path).text
        assert "<script>alert" not in page
        assert "<b>bold" not in page
    assert "&lt;script&gt;alert(1)" in site.get("/dev/mail/00000001").text


@pytest.mark.parametrize("name", ["nothing", "..", "..%2F..%2Fsecret", "00000001.eml", "%00", "x" * 300])
def test_only_messages_can_be_read(app, site, folder, name):
    keep(folder)
    (folder.parent / "secret.eml").write_text("secret")
    assert site.client.get(f"/dev/mail/{name}").status_code == 404


def test_a_message_delivered_twice_shows_once(folder):
    keep(folder)
    keep(folder)
    assert len(mailbox.list_messages(folder)) == 1


def test_a_message_half_written_is_none(folder):
    keep(folder)
    (folder / ".00000002.part").write_bytes(b"To: x")
    assert [message.name for message in mailbox.list_messages(folder)] == ["00000001"]


def test_in_production_the_mailbox_does_not_exist(settings, tmp_path):
    site = create_app(
        read_settings(
            {
                "MODE": "production",
                "DATA_DIR": str(tmp_path),
                "DATABASE_URL": settings.database_url,
                "SECRET_KEY": "for tests only, not a secret, and long enough",
                "SITE_URL": "https://commons.example.org",
            }
        )
    )
    assert not [rule for rule in site.url_map.iter_rules() if rule.rule.startswith("/dev")]
