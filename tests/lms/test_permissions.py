"""Every endpoint, asked by every persona, gives the verdict that the documents expect.

The verdicts stand in `permission_matrix.toml`, written from the documents; here they are only tried.
"""

import re
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import current_app, url_for
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms import create_app
from lms.db import db
from lms.home.catalog import read_page
from lms.notifications import mailbox
from lms.settings import read_settings
from lms.web import access
from lms.web.site import Site
from tests.conftest import ENGINES, IS_THOROUGH
from tests.house.sources import ROOT
from tests.lms.world import COURSE, EXPORT_FILE, PERSONAS, SERIALS, TOKEN, World, build_world, session_key
from tests.pages import check_page, hidden_value
from tests.postgres import PostgresServer, database_name

ROWS = tomllib.loads((Path(__file__).parent / "permission_matrix.toml").read_text("utf-8"))["rows"]
COLUMNS = ("anonymous", *PERSONAS)
NOBODY = 999_999
READING, SCENARIO, CHECK = "recognise", "library-night", "check"
# Slices, and single endpoints of others, whose targets are what organizations work on.
WORK = {
    "collaboratives",
    "improvement",
    "assistance",
    "playbooks",
    "succession",
    "notifications",
    "list_assignments",
    "assign",
    "show_assigned_course",
    "nudge",
    "withdraw_assignment",
    "pass_on_work",
    "appoint_lead",
    "show_week",
}
OWN = {"collaborative_id": "own", "coalition_id": "own", "campaign_id": "own"}
OTHER = {"session_id": "other", "team_id": "other", "area_key": "unknown", "course_slug": "none", "membership_id": "b"}
KINDS_OF_THINGS = {
    "answer_question": "attempt",
    "download_export": "export",
    "end_session": "session",
    "show_attempt": "attempt",
}
# Rounds in which somebody rates alone, and the seat that a target names.
SEATS = {
    "a-lead-seat": ("a-leader", "lead"),
    "a-chair-seat": ("a-leader", "co-chair"),
    "a-fact-seat": ("a-facts", "lead"),
    "a-expert-seat": ("a", "expert"),
    "x-lead-seat": ("x-leader", "lead"),
    "mismatched": ("a", "co-chair"),
}
LESSONS = {
    "training.record_step": READING,
    "training.answer_practice": READING,
    "training.show_lesson": READING,
    "training.choose_in_scenario": SCENARIO,
    "training.restart_scenario": SCENARIO,
    "training.start_attempt": CHECK,
}


class Worlds:
    """Hands out the site on a fresh copy of the world; a copy is used until something was changed in it."""

    def __init__(self, site: Site, world: World, renew_database: Callable[[], None]) -> None:
        self.site, self.world = site, world
        self._renew_database = renew_database

    def renew(self) -> None:
        with self.site.app_context():
            db.engine.dispose()
        self._renew_database()


def _environment(url: str, folder: Path) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": "for tests only, not a secret",
        "SITE_URL": "http://localhost",
    }


@pytest.fixture(scope="session")
def sqlite_worlds(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    folder = tmp_path_factory.mktemp("world")
    original, copy = folder / "original.sqlite3", folder / "copy.sqlite3"
    shutil.copyfile(sqlite_template, original)
    world = _fill(f"sqlite:///{original}", folder)

    def renew_database() -> None:
        for ending in ("", "-wal", "-shm"):
            copy.with_name(copy.name + ending).unlink(missing_ok=True)
        shutil.copyfile(original, copy)

    with _opened(f"sqlite:///{copy}", folder, world, renew_database) as worlds:
        yield worlds


@pytest.fixture(scope="session")
def postgresql_worlds(
    postgres: PostgresServer, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worlds]:
    folder = tmp_path_factory.mktemp("world")
    original = postgres.clone(postgresql_template)
    world = _fill(original, folder)
    copy = postgres.clone(database_name(original))
    with _opened(copy, folder, world, lambda: postgres.renew(copy, database_name(original))) as worlds:
        yield worlds
    postgres.drop(copy)


@pytest.fixture
def worlds(engine: str, request: pytest.FixtureRequest) -> Worlds:
    """The worlds of an engine; each engine's are made once, however often the engines take turns."""
    made: Worlds = request.getfixturevalue(f"{engine}_worlds")
    return made


@contextmanager
def _opened(url: str, folder: Path, world: World, renew_database: Callable[[], None]) -> Iterator[Worlds]:
    renew_database()
    made = Worlds(create_app(read_settings(_environment(url, folder))), world, renew_database)
    yield made
    with made.site.app_context():
        db.engine.dispose()


def _fill(url: str, folder: Path) -> World:
    site = create_app(read_settings(_environment(url, folder)))
    with site.app_context():
        world = build_world()
        db.session.remove()
        if url.startswith("sqlite"):
            with db.engine.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    mailbox.keep_message(folder / "mail", "known", _message())
    (folder / "exports").mkdir()
    (folder / "exports" / EXPORT_FILE).write_bytes(b"")
    return world


def _message() -> Any:
    from email.message import EmailMessage  # noqa: PLC0415

    message = EmailMessage()
    message["To"], message["Subject"], message["Date"] = "ana@example.org", "Hello", "Mon, 05 Jan 2026 10:00:00 +0000"
    message.set_content("Hello")
    return message


SAMPLE = 6  # of so many rows one is asked on PostgreSQL as well; `make trust` asks all
ASKED = [
    pytest.param(engine, row, id=f"{engine}-{row}")
    for number, row in enumerate(ROWS)
    for engine in ENGINES
    if engine == ENGINES[0] or IS_THOROUGH or number % SAMPLE == 0
]


@pytest.mark.parametrize(("engine", "row"), ASKED, indirect=["engine"])
def test_every_persona_gets_the_expected_verdict(row: str, worlds: Worlds) -> None:
    endpoint, method, target = row.split()
    expected = dict(zip(COLUMNS, ROWS[row].split(), strict=True))
    if endpoint.startswith("survey."):
        worlds.renew()  # links that lead nowhere are counted
    seen = {persona: _verdict_for(worlds, persona, endpoint, method, target) for persona in COLUMNS}
    assert seen == expected


def _verdict_for(worlds: Worlds, persona: str, endpoint: str, method: str, target: str) -> str:
    client = worlds.site.test_client()
    if persona != "anonymous":
        client.set_cookie(access.cookie_name(worlds.site.config["SETTINGS"]), session_key(persona))
    with worlds.site.test_request_context():
        path = url_for(endpoint, **values_for(endpoint, target, worlds.world))
    response = _ask(client, method, path, persona, is_json=endpoint in {"training.record_step", "survey.save_tap"})
    if method == "POST" and response.status_code < 400:
        worlds.renew()
    return _verdict(response)


def _ask(client: FlaskClient, method: str, path: str, persona: str, *, is_json: bool) -> TestResponse:
    if method == "GET":
        response = client.get(path)
        check_page(response)
        return response
    token = _token(client, persona)
    if is_json:
        headers = {"X-CSRF-Token": token, "Accept": "application/json"}
        return client.post(path, json={"events": []}, headers=headers)
    return client.post(path, data={"csrf_token": token})


TOKENS: dict[str, str] = {}


def _token(client: FlaskClient, persona: str) -> str:
    """The token of a session is the same in every copy of the world; who is signed out has a new one each visit."""
    if persona not in TOKENS or persona == "anonymous":
        TOKENS[persona] = hidden_value(client.get("/overdose-now").text, "csrf_token")
    return TOKENS[persona]


def _verdict(response: TestResponse) -> str:
    if response.status_code in {302, 303} and response.location.startswith("/sign-in"):
        return "sign-in"
    words = {401: "401", 403: "forbidden", 404: "not-found"}
    if response.status_code in words:
        return words[response.status_code]
    assert response.status_code in {200, 204, 303, 409, 422}, f"{response.status_code}: {response.text[:500]}"
    return "ok"


def values_for(endpoint: str, target: str, world: World) -> dict[str, Any]:
    """Return the values of the URL for one target."""
    place, name = endpoint.split(".")
    if target == "-":
        return {}
    if endpoint in LESSONS:
        return _lesson_values(endpoint, target)
    if place == "survey":
        return _survey_values(name, target, world)
    if place == "readiness":
        return _readiness_values(endpoint, target, world)
    if place in WORK or name in WORK:
        return _work_values(endpoint, target, world)
    values_of = _other_values
    if place == "admin":
        values_of = _admin_values
    elif place == "organizations" and name != "accept_invitation":
        values_of = _organization_values
    elif "coalition" in place or name == "show_coalition_learning":
        values_of = _coalition_values
    return values_of(name, target, world)


def trial_arguments(endpoint: str) -> list[str]:
    """Return the arguments of an endpoint's address, in their order."""
    rule = next(current_app.url_map.iter_rules(endpoint))
    return re.findall(r"<(?:[^<>:]+:)?(\w+)>", rule.rule)


def _work_values(endpoint: str, target: str, world: World) -> dict[str, Any]:
    """Where a target names things that do not belong together, the first argument is A's or the coalition's own."""
    name_of_view = endpoint.partition(".")[2]
    arguments = trial_arguments(endpoint)
    is_about_closed = "action_id" in arguments or name_of_view in {"show_report", "share_report"}
    values = {}
    for number, argument in enumerate(arguments):
        name = target
        if target == "mismatched":
            name = OWN.get(argument, "a") if number == 0 else OTHER.get(argument, "x")
        if argument == "round_id" and target == "x" and is_about_closed:
            name = "x-closed"
        values[argument] = _work_value(argument, name, endpoint, world)
    return values


def _survey_values(name: str, target: str, world: World) -> dict[str, Any]:
    token = world["poster_token" if name == "open_poster" else "survey_token"].get(target, "no-such-token")
    return {"token": token, "number": 1} if name == "answer_page" else {"token": token}


def _readiness_values(endpoint: str, target: str, world: World) -> dict[str, Any]:
    """Targets may name a seat of a round, and the kind of a file."""
    target, _dot, kind = target.partition(".")
    arguments = trial_arguments(endpoint)
    seat = "lead"
    if "seat" in arguments and target in SEATS:
        target, seat = SEATS[target]
    values = _work_values(endpoint, target, world)
    if "code" in arguments and target == "mismatched":
        values["round_id"] = world["round_id"]["a-survey"]
    words = {"seat": seat, "kind": kind or "csv"}
    return values | {name: word for name, word in words.items() if name in arguments}


def _work_value(argument: str, name: str, endpoint: str, world: World) -> Any:
    place = endpoint.partition(".")[0]
    if argument == "course_slug":
        return "no-such-course" if name in {"none", "x-course"} else COURSE
    if argument in {"area_key", "code", "slug"}:
        return world.get(argument, {}).get(name, f"no-such-{argument}")
    if argument in {"seat", "kind"}:
        return ""
    key = {"organization_id": "organization", "coalition_id": "coalition", "membership_id": "membership"}.get(argument)
    if argument == "role_id" and place == "succession":
        key = "critical_role_id"
    if argument == "cycle_id" and (place == "assistance" or endpoint.endswith("_story")):
        key = "acted_cycle_id"
    named = world[key or argument]
    if argument == "organization_id" and name in {"own", "other"}:
        name = {"own": "a", "other": "x"}[name]
    return named.get(name, NOBODY)


def _lesson_values(endpoint: str, target: str) -> dict[str, str]:
    lesson = LESSONS[endpoint] if target == "known" else "no-such-lesson"
    return {"course_slug": "no-such-course" if target == "none" else COURSE, "lesson_slug": lesson}


def _admin_values(name: str, target: str, world: World) -> dict[str, Any]:
    if name == "close_organization":
        return {"organization_id": world["organization"].get(target, NOBODY)}
    if name == "sign_off_content":
        return {"version_id": world["version"].get(target, NOBODY), "language": "en"}
    kind = {"retry_job": "job", "retry_mail": "outbox"}.get(name)
    if kind:
        return {f"{kind}_id": world[kind].get(target, NOBODY)}
    return {"person_id": world["person"]["staff"] if target == "any" else NOBODY}


def _organization_values(name: str, target: str, world: World) -> dict[str, int]:
    parent, child = ("a", "b") if target == "mismatched" else (target, target)
    values = {"organization_id": world["organization"].get(parent, NOBODY)}
    kinds = {
        "edit_membership": "membership",
        "end_membership": "membership",
        "reissue_recovery_code": "membership",
        "edit_location": "location",
        "edit_job_role": "job_role",
        "show_invitation": "invitation",
        "revoke_invitation": "invitation",
    }
    if name in kinds:
        values[f"{kinds[name]}_id"] = world[kinds[name]].get(child, NOBODY)
    return values


def _coalition_values(name: str, target: str, world: World) -> dict[str, Any]:
    parent, child = ("own", "other") if target == "mismatched" else (target, target)
    values: dict[str, Any] = {"coalition_id": world["coalition"].get(parent, NOBODY)}
    if name == "edit_fact":
        values["fact_key"] = "poison-line"
    if name == "end_role":
        values["role_id"] = world["role"].get(child, NOBODY)
    if name == "remove_organization":
        values["organization_id"] = world["organization"].get({"own": "b", "other": "x"}.get(child, ""), NOBODY)
    return values


def _other_values(name: str, target: str, world: World) -> dict[str, Any]:
    is_known = target == "known"
    if name in {"show_course", "start_course"}:
        return {"course_slug": COURSE if is_known else "no-such-course"}
    if name in {"show_help_page", "show_help_picture"}:
        return _help_values(name, is_known=is_known)
    if name == "verify_certificate":
        return {"serial": SERIALS["staff"] if is_known else "0000-0000-0000-0000"}
    if name in {"reset_password", "accept_invitation"}:
        return {"token": TOKEN if is_known else "no-such-token"}
    if name == "show_mail":
        return {"name": "known" if is_known else "no-such-mail"}
    kind = KINDS_OF_THINGS.get(name, "certificate")
    return {f"{kind}_id": world[kind].get(target, NOBODY)}


def _help_values(name: str, *, is_known: bool) -> dict[str, str]:
    slug = "leads" if is_known else "no-such-page"
    if name == "show_help_page":
        return {"slug": slug}
    return {"slug": slug, "address": read_page(ROOT / "content" / "pages" / "leads.md").pictures["en"][0].address}
