"""The same thing asked at the same time: it is done once, and nobody gets past a limit of one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from lms import links
from lms.accounts.models import LinkPurpose, OneUseLink, Person, PersonState
from lms.accounts.services import passwords, people, recovery
from lms.db import db
from lms.errors import CommonsError
from tests.factories.people import PASSWORD, PASSWORD_HASH, make_person, sign_in
from tests.lms.accounts.conftest import live_sessions, verbs
from tests.pages import Site

NEW = "a river of quiet lamps"
N = 5  # fewer than may wait in line for a hash, so that none is sent away


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Do all works at the same moment, each in a thread of its own."""
    start = Barrier(len(works))
    db.session.remove()

    def begin(work: Callable[[], object]) -> object:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(begin, works))


def poster(app, path, fields, cookies=()):
    """A browser ready to send a form."""
    client = app.test_client()
    for name, value in cookies:
        client.set_cookie(name, value)
    return lambda: client.post(path, data=fields).status_code


@pytest.fixture
def reset_path(app, ana, settings):
    passwords.ask_for_reset("ana@example.org", site_key=settings.secret_key)
    db.session.commit()
    (link,) = db.session.scalars(db.select(OneUseLink))
    return f"/password/reset/{links.derive_secret(settings.secret_key, LinkPurpose.PASSWORD_RESET, link.nonce)}"


def test_one_form_sent_many_times_resets_once_and_every_answer_is_the_same(app, site, reset_path):
    fields = {"new_password": NEW, **site.hidden_fields(reset_path)}
    cookies = [("visit", site.client.get_cookie("visit").value)]
    assert at_once([poster(app, reset_path, fields, cookies) for _ in range(N)]) == [303] * N
    assert verbs().count("reset their password") == 1


def test_one_link_in_many_browsers_works_in_one(app, reset_path):
    works = []
    for _ in range(N):
        browser = Site(app.test_client())
        fields = {"new_password": NEW, **browser.hidden_fields(reset_path)}
        works.append(poster(app, reset_path, fields, [("visit", browser.client.get_cookie("visit").value)]))
    assert sorted(at_once(works)) == [303] + [404] * (N - 1)
    assert verbs().count("reset their password") == 1


def test_one_recovery_code_in_many_browsers_works_in_one(app, heron):
    code, works = recovery.issue_recovery_code(heron.id, by_id=heron.id), []
    db.session.commit()
    for _ in range(N):
        browser = Site(app.test_client())
        fields = {"name": "night.heron", "recovery_code": code, "new_password": NEW}
        fields |= browser.hidden_fields("/recover")
        works.append(poster(app, "/recover", fields, [("visit", browser.client.get_cookie("visit").value)]))
    assert sorted(at_once(works)) == [200] + [422] * (N - 1)


def test_one_form_sent_many_times_changes_the_password_once(app, site, ana):
    sign_in(site.client, ana)
    fields = {"current_password": PASSWORD, "new_password": NEW, **site.hidden_fields("/account/password")}
    cookies = [("commons", site.client.get_cookie("commons").value)]
    assert at_once([poster(app, "/account/password", fields, cookies) for _ in range(N)]) == [303] * N
    assert verbs().count("changed their password") == 1


def test_a_storm_at_the_door_lets_people_in_or_asks_them_to_wait(app, ana):
    works = []
    for _ in range(16):
        browser = Site(app.test_client())
        fields = {"name": "ana@example.org", "password": PASSWORD, **browser.hidden_fields("/sign-in")}
        works.append(poster(app, "/sign-in", fields, [("visit", browser.client.get_cookie("visit").value)]))
    statuses = at_once(works)
    assert set(statuses) <= {303, 503}
    assert statuses.count(303) == len(live_sessions()) >= 1


def in_site(app, work):
    """Do a service's work in a transaction of its own; say whether it was done."""

    def run() -> bool:
        with app.app_context():
            try:
                work()
                db.session.commit()
            except CommonsError:
                db.session.rollback()
                return False
            finally:
                db.session.remove()
        return True

    return run


def test_one_alias_goes_to_one_person(app):
    makers = [
        in_site(app, lambda: people.create_person(alias="night.heron", password_hash=PASSWORD_HASH)) for _ in range(N)
    ]
    assert sorted(at_once(makers)) == [False] * (N - 1) + [True]
    assert db.session.scalar(db.select(db.func.count()).select_from(Person)) == 1


def test_two_administrators_who_suspend_each_other_do_not_both_succeed(app):
    first, second = (make_person(name, is_administrator=True).id for name in ("First", "Second"))
    done = at_once(
        [
            in_site(app, lambda: people.suspend_person(second, by_id=first)),
            in_site(app, lambda: people.suspend_person(first, by_id=second)),
        ]
    )
    assert sorted(done) == [False, True]
    assert db.session.scalars(db.select(Person.state)).all().count(PersonState.ACTIVE) == 1
