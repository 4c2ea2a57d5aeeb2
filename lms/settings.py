"""The only reader of the environment: every setting, its type, its default, and what is refused."""

import contextlib
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from lms.errors import CommonsError

SITE_FILE = "site.toml"
SECRET_FILE = "secret.key"
SURVEY_KEY_FILE = "survey.key"  # apart from the database and its backups: it ties a survey's links to its invites


class BadSetting(CommonsError):
    """A setting has a value that cannot be used; the message names both."""


class Mode(StrEnum):
    """Demo has sample data and developer pages; production has neither."""

    DEMO = "demo"
    PRODUCTION = "production"


@dataclass(frozen=True)
class Settings:
    """All settings of one running site. `docs/settings.md` lists each by its environment name."""

    mode: Mode
    host: str
    port: int
    data_dir: Path
    database_url: str = field(repr=False)
    site_name: str
    site_url: str
    trusted_hosts: tuple[str, ...]
    trusted_proxy: str | None
    secret_key: str = field(repr=False)
    survey_key: str = field(repr=False)
    workers: int
    threads: int
    session_idle_minutes: int
    session_days: int
    require_second_factor: bool
    max_body_bytes: int
    smtp_host: str | None
    smtp_port: int
    smtp_user: str | None
    smtp_password: str | None = field(repr=False)
    smtp_starttls: bool
    mail_from: str
    demo_password: str | None = field(repr=False)
    audit_head_file: Path | None
    default_language: str
    log_level: str

    @property
    def is_https(self) -> bool:
        """Whether people reach the site over HTTPS, by its configured address."""
        return self.site_url.startswith("https://")

    @property
    def is_demo(self) -> bool:
        """Whether this is a demo site."""
        return self.mode is Mode.DEMO

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def read_settings(environ: Mapping[str, str] | None = None, *, makes_secret: bool = True) -> Settings:
    """Read settings from the environment and from the data folder's `site.toml`; fail loudly on a bad value.

    `makes_secret`: make the secret key of a new site. What only looks leaves it empty.
    """
    env = _Reader(os.environ if environ is None else environ)
    data_dir = Path(env.text("DATA_DIR", "data")).resolve()
    env.site = _read_site_file(data_dir / SITE_FILE)
    mode = env.word("MODE", Mode, env.site.get("mode", Mode.DEMO.value))
    host, port = env.text("HOST", "127.0.0.1"), env.number("PORT", 8000, 0, 65535)
    given_url = env.text("SITE_URL", env.site.get("site_url", ""))
    site_url = checked_url(given_url) if given_url else _own_url(host, port)
    return Settings(
        mode=mode,
        host=host,
        port=port,
        data_dir=data_dir,
        database_url=_database_url(env.text("DATABASE_URL", f"sqlite:///{data_dir / 'commons.sqlite3'}")),
        site_name=env.text("SITE_NAME", env.site.get("site_name", "Coalition Commons")),
        site_url=site_url,
        trusted_hosts=env.words("TRUSTED_HOSTS", _own_hosts(site_url, mode)),
        trusted_proxy=env.optional("TRUSTED_PROXY"),
        secret_key=env.secret("SECRET_KEY") or _kept_secret(data_dir / SECRET_FILE, makes_secret=makes_secret),
        survey_key=env.secret("SURVEY_KEY") or _kept_secret(data_dir / SURVEY_KEY_FILE, makes_secret=makes_secret),
        workers=env.number("WORKERS", 0, 0, 64),
        threads=env.number("THREADS", 8, 1, 128),
        session_idle_minutes=env.number("SESSION_IDLE_MINUTES", 720, 5, 43200),
        session_days=env.number("SESSION_DAYS", 30, 1, 365),
        require_second_factor=env.switch("REQUIRE_SECOND_FACTOR", default=mode is Mode.PRODUCTION),
        max_body_bytes=env.number("MAX_BODY_BYTES", 1_048_576, 65_536, 104_857_600),
        smtp_host=env.optional("SMTP_HOST"),
        smtp_port=env.number("SMTP_PORT", 587, 1, 65535),
        smtp_user=env.optional("SMTP_USER"),
        smtp_password=env.secret("SMTP_PASSWORD"),
        smtp_starttls=env.switch("SMTP_STARTTLS", default=True),
        mail_from=env.text("MAIL_FROM", "Coalition Commons <no-reply@localhost>"),
        demo_password=env.secret("DEMO_PASSWORD"),
        audit_head_file=Path(path).resolve() if (path := env.optional("AUDIT_HEAD_FILE")) else None,
        default_language=env.choice("DEFAULT_LANGUAGE", ("en", "es"), "en"),
        log_level=env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    )


class _Reader:
    """Typed parsers over one environment; an empty value counts as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.site: Mapping[str, str] = {}

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def words(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        given = self.optional(name)
        return tuple(word.strip() for word in given.split(",") if word.strip()) if given else default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        given = self.optional(name)
        if given is None:
            return default
        if not given.isascii() or not given.isdigit() or not low <= int(given) <= high:
            raise BadSetting(f"{name} must be a whole number from {low} to {high}, not {given!r}.")
        return int(given)

    def switch(self, name: str, *, default: bool) -> bool:
        given = (self.optional(name) or ("yes" if default else "no")).lower()
        if given in {"yes", "true", "1", "on"}:
            return True
        if given in {"no", "false", "0", "off"}:
            return False
        raise BadSetting(f"{name} must be yes or no, not {given!r}.")

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        given = self.text(name, default)
        if given not in allowed:
            raise BadSetting(f"{name} must be one of {', '.join(allowed)}, not {given!r}.")
        return given

    def word(self, name: str, enum: type[Mode], default: str) -> Mode:
        return enum(self.choice(name, tuple(member.value for member in enum), default))

    def secret(self, name: str) -> str | None:
        path = self.optional(f"{name}_FILE")
        if path is None:
            return self.optional(name)
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except OSError as error:
            raise BadSetting(f"{name}_FILE cannot be read: {error.strerror}.") from error


def _read_site_file(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    try:
        return {key: str(value) for key, value in tomllib.loads(path.read_text(encoding="utf-8")).items()}
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"{SITE_FILE} in the data folder cannot be read: {error}.") from error


def checked_url(url: str) -> str:
    """Return a site's address without a slash at its end; raises BadSetting for more than scheme, host and port."""
    try:
        parts = urlsplit(url)
        is_fit = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        is_fit = False
    if not is_fit or parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise BadSetting(f"SITE_URL must look like https://commons.example.org, not {url!r}.")
    return url.rstrip("/")


def _own_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _own_hosts(site_url: str, mode: Mode) -> tuple[str, ...]:
    own = urlsplit(site_url).hostname or ""
    return tuple(dict.fromkeys((own, "localhost", "127.0.0.1"))) if mode is Mode.DEMO else (own,)


def _database_url(url: str) -> str:
    """Name the driver of PostgreSQL; name SQLite's file from the root, so that every program finds the same one."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if url.startswith("sqlite:///"):
        file = url.removeprefix("sqlite:///")
        if not file or file.startswith(":") or "?" in file:
            raise BadSetting("DATABASE_URL must name a file: sqlite:////var/lib/commons/commons.sqlite3.")
        return f"sqlite:///{Path(file).resolve()}"
    if not url.startswith("postgresql+psycopg://"):
        raise BadSetting("DATABASE_URL must begin with sqlite:/// or postgresql://.")
    return url


def _kept_secret(path: Path, *, makes_secret: bool) -> str:
    """Return the secret kept beside the database, made at random on the first start, readable by its owner only."""
    if not path.exists():
        if not makes_secret:
            return ""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_secret(path)
    kept = path.read_text(encoding="utf-8").strip()
    if not kept:
        raise BadSetting(f"The file {path} is empty: put the secret back from its copy, or delete the file.")
    return kept


def _make_secret(path: Path) -> None:
    """Write a new secret whole or not at all; the first of two processes wins."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(scratch, path)
    scratch.unlink()
