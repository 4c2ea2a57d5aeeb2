"""Setting up a production site: its name, its address, its first administrator. Safe to run again after a kill."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sqlalchemy import select

from lms.accounts import catalog, passwords, rules
from lms.accounts.models import Person
from lms.accounts.services import people
from lms.db import db
from lms.errors import CommonsError
from lms.operations.command import opened_site
from lms.operations.database import exists, opened
from lms.operations.folder import prepare_folder, refuse_other_mode, write_durably
from lms.operations.preparation import prepare_database
from lms.schema import refuse_foreign
from lms.settings import SITE_FILE, Mode, Settings, checked_url

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_SITE_NAME = 80

Say = Callable[[str], None]


class SetupRefused(CommonsError):
    """The site cannot be set up like this; the sentence says why."""


@dataclass(frozen=True)
class Plan:
    """What the one who sets up the site decides."""

    site_name: str
    site_url: str
    admin_email: str
    admin_name: str
    admin_password: str


def check(settings: Settings, plan: Plan) -> Settings:
    """Return the settings of the site to be; raise a CommonsError for anything that cannot be."""
    if not plan.site_name.strip() or len(plan.site_name) > MAX_SITE_NAME or not plan.site_name.isprintable():
        raise SetupRefused(f"The name of the site must have 1 to {MAX_SITE_NAME} letters, on one line.")
    url = checked_url(plan.site_url)
    host = urlsplit(url).hostname or ""
    if not url.startswith("https://") and host not in LOCAL_HOSTS:
        raise SetupRefused("The address of a production site must begin with https://.")
    if rules.normal_email(plan.admin_email) is None:
        raise SetupRefused("The administrator's e-mail address is not complete. It looks like name@example.org.")
    words = rules.local_words_of(plan.admin_email, plan.admin_name, plan.site_name)
    if rules.find_password_problem(plan.admin_password, common=catalog.common_passwords(), local_words=words):
        raise SetupRefused("The administrator's password is too short, too common, or made of names. Choose another.")
    future = replace(
        settings, mode=Mode.PRODUCTION, site_name=plan.site_name.strip(), site_url=url, trusted_hosts=(host,)
    )
    _refuse_done(future)
    return future


def set_up(settings: Settings, plan: Plan, say: Say) -> None:
    """Make the data folder, the database and the first administrator; write down name and address last."""
    future = check(settings, plan)
    prepare_folder(future)
    prepare_database(future, say)
    with opened_site(future):
        _make_administrator(plan, say)
    write_durably(future.data_dir / SITE_FILE, _site_file(future).encode())


def refuse_used_database(settings: Settings) -> None:
    """Refuse a database that belongs to something else, without changing it."""
    if exists(settings):
        with opened(settings) as engine:
            refuse_foreign(engine)


def _refuse_done(future: Settings) -> None:
    refuse_other_mode(future)
    if (future.data_dir / SITE_FILE).exists():
        raise SetupRefused(f"This site is set up already: there is a {SITE_FILE} in {future.data_dir}.")


def _make_administrator(plan: Plan, say: Say) -> None:
    address = rules.normal_email(plan.admin_email)
    found = db.session.execute(select(Person.email, Person.is_administrator).limit(2)).all()
    db.session.rollback()
    if [tuple(row) for row in found] == [(address, True)]:
        say("The administrator's account was made by an earlier try and is kept, with its password.")
        return
    if found:
        raise SetupRefused("The database holds accounts already. Use an empty database for a new site.")
    password_hash = passwords.hash_password(plan.admin_password)
    people.create_person(password_hash=password_hash, email=address, name=plan.admin_name, is_administrator=True)
    db.session.commit()


def _site_file(settings: Settings) -> str:
    """Write TOML; its strings are JSON's as long as nothing needs an escape beyond quotes."""
    facts = {"mode": settings.mode.value, "site_name": settings.site_name, "site_url": settings.site_url}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in facts.items()]
    return "".join(["# Written by `commons init`. Settings in the environment win over these.\n", *lines])
