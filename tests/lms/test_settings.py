import stat
from pathlib import Path

import pytest

from lms.settings import SECRET_FILE, SITE_FILE, SURVEY_KEY_FILE, BadSetting, Mode, Settings, read_settings


def read(tmp_path: Path, **environ: str) -> Settings:
    return read_settings({"DATA_DIR": str(tmp_path), **environ})


def test_without_any_setting_it_is_a_demo_on_this_machine(tmp_path: Path):
    settings = read(tmp_path)
    assert settings.mode is Mode.DEMO
    assert settings.site_url == "http://127.0.0.1:8000"
    assert settings.database_url == f"sqlite:///{tmp_path}/commons.sqlite3"
    assert settings.trusted_hosts == ("127.0.0.1", "localhost")
    assert not settings.is_https


def test_a_production_site_answers_to_its_own_name_only(tmp_path: Path):
    settings = read(tmp_path, MODE="production", SITE_URL="https://commons.example.org/")
    assert settings.trusted_hosts == ("commons.example.org",)
    assert settings.site_url == "https://commons.example.org"
    assert settings.is_https


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "٨٠"),
        ("THREADS", "0"),
        ("MODE", "test"),
        ("SMTP_STARTTLS", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("DEFAULT_LANGUAGE", "fr"),
        ("DATABASE_URL", "mysql://localhost/commons"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("SITE_URL", "commons.example.org"),
        ("SITE_URL", "https://"),
        ("SITE_URL", "https://user@commons.example.org"),
        ("SITE_URL", "https://commons.example.org/path"),
        ("SITE_URL", "https://commons.example.org:99999"),
        ("SECRET_KEY_FILE", "/no/such/file"),
    ],
)
def test_a_bad_value_is_refused_by_name(tmp_path: Path, name: str, value: str):
    with pytest.raises(BadSetting, match=name):
        read(tmp_path, **{name: value})


def test_an_empty_value_counts_as_none(tmp_path: Path):
    assert read(tmp_path, PORT="", SMTP_HOST=" ").smtp_host is None


@pytest.mark.parametrize("given", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg://h/d"])
def test_postgresql_gets_its_driver(tmp_path: Path, given: str):
    assert read(tmp_path, DATABASE_URL=given).database_url == "postgresql+psycopg://h/d"


def test_a_database_file_is_named_from_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert read(tmp_path, DATABASE_URL="sqlite:///here.sqlite3").database_url == f"sqlite:///{tmp_path}/here.sqlite3"


def test_an_address_of_the_newer_kind_stands_in_brackets(tmp_path: Path):
    assert read(tmp_path, HOST="::1").site_url == "http://[::1]:8000"


def test_a_secret_may_come_from_a_file(tmp_path: Path):
    (tmp_path / "password").write_text("from a file\n")
    assert read(tmp_path, SMTP_PASSWORD_FILE=str(tmp_path / "password")).smtp_password == "from a file"


def test_the_secret_key_is_made_once_at_random_and_for_its_owner_only(tmp_path: Path):
    first = read(tmp_path).secret_key
    assert len(first) == 64
    assert read(tmp_path).secret_key == first
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {SECRET_FILE, SURVEY_KEY_FILE}
    assert read(tmp_path / "another").secret_key != first


def test_an_empty_secret_key_is_refused(tmp_path: Path):
    (tmp_path / SECRET_FILE).write_text("")
    with pytest.raises(BadSetting, match="empty"):
        read(tmp_path)


def test_the_site_file_speaks_where_the_environment_is_silent(tmp_path: Path):
    (tmp_path / SITE_FILE).write_text(
        'mode = "production"\nsite_name = "Tri-County"\nsite_url = "https://tri.example"\n'
    )
    settings = read(tmp_path, SITE_NAME="Another name")
    assert (settings.mode, settings.site_name, settings.site_url) == (
        Mode.PRODUCTION,
        "Another name",
        "https://tri.example",
    )


def test_a_broken_site_file_is_refused(tmp_path: Path):
    (tmp_path / SITE_FILE).write_text("mode = ")
    with pytest.raises(BadSetting, match=SITE_FILE):
        read(tmp_path)
