"""What is done before the site opens: database up to date, translations compiled, content published, demo filled.

Each step may be killed and is simply done again.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from lms import prose, schema
from lms.accounts.models import Person
from lms.db import db
from lms.front_matter import ContentError
from lms.operations import backup, translations
from lms.operations.command import opened_site
from lms.operations.database import exists, opened
from lms.operations.erasures import erase_again
from lms.operations.folder import BACKUPS, PASSWORD_FILE, write_durably
from lms.publications import ContentVersion
from lms.settings import Settings
from lms.training.cli import SHIPPED, load_content
from lms.web.site import Site

CONTENT_STAMP = "content-stamp"
PASSWORD_BYTES = 6
SEEDS = "lms.seeds"

Say = Callable[[str], None]


def prepare_database(settings: Settings, say: Say) -> None:
    """Bring the database up to date, after a backup when there is something to lose."""
    with opened(settings, say, makes_database=True) as engine:
        schema.refuse_foreign(engine)
        migrate(settings, engine, say)


def pending_migrations(settings: Settings, say: Say) -> list[str]:
    """Return what `prepare_database` would run, without writing."""
    if not exists(settings):
        return schema.pending_revisions(None)
    with opened(settings, say) as engine:
        schema.refuse_foreign(engine)
        return schema.pending_revisions(schema.current_revision(engine))


def migrate(settings: Settings, engine: Engine, say: Say) -> list[str]:
    """Run the pending migrations; return them. An existing database is backed up first."""
    current = schema.current_revision(engine)
    pending = schema.pending_revisions(current)
    if not pending:
        return []
    if current is not None:
        made = backup.create(settings, engine, settings.data_dir / BACKUPS)
        say(f"Backed up the database to {made.path} before changing it.")
    schema.upgrade(engine)
    say(f"Brought the database from {current or 'nothing'} to {pending[-1]}.")
    return pending


def prepare_site(build: Callable[[Settings], Site], settings: Settings, say: Say) -> None:
    """Erase again whom a restore brought back, publish the content of this release, and fill an empty demo."""
    for language in translations.compile_stale():
        say(f"Compiled the translation {language}.")
    with opened_site(settings, build):
        erased = erase_again(settings)
        if erased:
            say(f"Erased {erased} people again, who came back with a restored backup.")
        publish_content(settings, say)
        if settings.is_demo:
            fill_demo(settings, say)


def publish_content(settings: Settings, say: Say, folder: Path = SHIPPED) -> None:
    """Publish what is new in the content folder; a look at the files' dates is enough when nothing changed."""
    stamp_file = settings.data_dir / CONTENT_STAMP
    if stamp_file.exists() and stamp_file.read_text(encoding="utf-8") == _content_stamp(folder):
        return
    try:
        published = load_content(folder)
        db.session.commit()
    except ContentError as error:
        db.session.rollback()
        say(f"The content could not be published and stays as it was. {error}")
        return
    if published:
        say(f"Published {', '.join(published)}.")
    write_durably(stamp_file, _content_stamp(folder).encode())


def fill_demo(settings: Settings, say: Say) -> None:
    """Fill a demo that nobody has used yet, in one transaction: it is there whole, or not at all."""
    if find_spec(SEEDS) is None or db.session.scalars(select(Person.id).limit(1)).first() is not None:
        db.session.rollback()
        return
    db.session.rollback()
    say("Filling the demonstration: this happens once.")
    import_module(SEEDS).seed_demo(password=demo_password(settings), say=say)
    db.session.commit()


def demo_password(settings: Settings) -> str:
    """Return the password of all demo people: the configured one, else one made at random and kept for the owner."""
    path = settings.data_dir / PASSWORD_FILE
    if settings.demo_password:
        return settings.demo_password
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    made = "-".join(secrets.token_hex(2) for _ in range(PASSWORD_BYTES // 2))
    write_durably(path, made.encode() + b"\n")
    return made


def demo_sign_ins() -> Iterable[tuple[str, str]]:
    """Return (who, sign-in name) of the demo people worth trying."""
    if find_spec(SEEDS) is None:
        return ()
    people: Iterable[tuple[str, str]] = import_module(SEEDS).SIGN_INS
    return people


def _content_stamp(folder: Path) -> str:
    """Describe the files and the newest version in the database: if both are as before, nothing is to be published."""
    newest = select(ContentVersion.id, ContentVersion.published_at).order_by(ContentVersion.id.desc()).limit(1)
    version = db.session.execute(newest).first()
    db.session.rollback()
    facts: list[Any] = [prose.RENDERER_VERSION, [str(part) for part in version or ()]]
    for path in sorted(folder.rglob("*")):
        about = path.stat()
        facts.append((path.relative_to(folder).as_posix(), about.st_size, about.st_mtime_ns))
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()
