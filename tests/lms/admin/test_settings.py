from dataclasses import replace

SECRETS = {
    "secret_key": "very-secret-key",
    "survey_key": "very-secret-survey",
    "smtp_password": "very-secret-mail",
    "smtp_user": "very-secret-user",
    "demo_password": "very-secret-demo",
}


def test_settings_are_shown_without_a_secret(app, as_admin, site, settings):
    url = "postgresql+psycopg://commons:very-secret-pass@db.example.org/commons?password=very-secret-too"
    app.config["SETTINGS"] = replace(settings, **SECRETS, database_url=url, smtp_host="mail.example.org")
    page = site.get("/admin/settings").text
    assert "very-secret" not in page
    assert "db.example.org" in page
    assert "mail.example.org:587" in page


def test_a_site_that_sends_no_mail_says_so(as_admin, site):
    assert "messages are kept in the data folder" in site.get("/admin/settings").text
