"""People at the door."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from lms import create_app
from lms.accounts.models import Person, SignInSession
from lms.audit import AuditEntry
from lms.db import db
from lms.settings import Settings
from lms.web.site import Site as WholeSite
from tests.factories.people import PASSWORD, make_person
from tests.pages import Site


class Door:
    """What the tests of accounts do again and again."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client = site.client

    def sign_in(self, name: str, password: str = PASSWORD, **fields: str):
        return self.site.post("/sign-in", {"name": name, "password": password, **fields})

    def is_signed_in(self) -> bool:
        return self.client.get("/account").status_code == 200

    def cookie(self, name: str = "commons") -> str | None:
        kept = self.client.get_cookie(name)
        return kept.value if kept else None


def verbs() -> list[str]:
    """What the audit says was done, in order."""
    return list(db.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


def live_sessions() -> list[SignInSession]:
    return list(db.session.scalars(select(SignInSession).where(SignInSession.ended_at.is_(None))))


@pytest.fixture
def door(site: Site) -> Door:
    return Door(site)


@pytest.fixture
def make_site(app: object) -> Iterator[Callable[[Settings], WholeSite]]:
    """Start the site once more, as another process would."""
    made: list[WholeSite] = []

    def make(settings: Settings) -> WholeSite:
        made.append(create_app(settings))
        return made[-1]

    yield make
    for site in made:
        with site.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def ana(app: object) -> Person:
    return make_person("Ana Ruiz", email="ana@example.org")


@pytest.fixture
def heron(app: object) -> Person:
    return make_person("", alias="night.heron")
