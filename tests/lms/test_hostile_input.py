"""Whatever is sent to whichever address by whomever: the site answers with a page of its own, and never with 500.

The values are the same each time. Each form is first read as its sender would read it, then sent with strange values.
"""

import itertools
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, quote_from_bytes
from uuid import uuid4

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from lms.web import access
from tests.conftest import ENGINES, IS_THOROUGH
from tests.lms.test_permissions import COLUMNS, NOBODY, ROWS, values_for
from tests.lms.world import World, build_world, session_key
from tests.pages import hidden_value

PERSONAS = ("lead2", "admin")
# What the first persona holds, and the second sees; then what only the second sees.
TARGETS = ("known", "b", "own", "any", "lead2", "a", "a-closed", "staff")
STRANGE = (
    "",
    " ",
    "a\0b",
    "\x1b[31m\x7f\x85\u2028\t\r\nSet-Cookie: a=b",
    "\u202e\u2066gnp.exe\u200b",
    "🦩" * 130,
    "ﷺ" * 40,  # 18 characters each once they are made comparable
    "ß" * 120,
    "ΐ" * 60 + "@" + "ΐ" * 60 + ".example",
    "İI" * 60,
    "x" * 10_000,
    "9" * 5_000,
    "-1",
    "2147483648",
    "9223372036854775808",
    "1e999",
    "0001-01-01",
    "9999-12-31",
    "'; DROP TABLE person; --",
    '"><script>alert(1)</script>',
    "{{ 7 * 7 }} %(name)s %s {0}",
    "=cmd|' /C calc'!A1",
    "../../../etc/passwd",
    "//elsewhere.example/\\",
    "http://[",
    "& | ! ( ) : * <-> _ ² ٣*",
)
ADMIN = COLUMNS.index("admin")
STRANGE_BYTES = (
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"%",
    b"%zz",
    b"a;b=c&&=&&&",
    b"[]",
    b"{",
    b'{"events": ' + b"[" * 100_000,
)
FIELDS = (
    "q page role state job_role location show verb about actor from to step question again done begin kind way view "
    "lang serial next sent remove end close name email event_uuid option choice number language theme action"
).split()
# What comes last, in this order: the stages of a cycle, what closes something, and what signs somebody out.
ENDINGS = """improvement.plan_cycle improvement.begin_cycle improvement.do_cycle improvement.study_cycle
improvement.act_cycle improvement.resubmit_cycle improvement.drop_cycle survey.review readiness.finish_seat
readiness.close_round readiness.close_record readiness.close_survey readiness.close_campaign
readiness.retire_instrument playbooks.close_page
succession.close_role assistance.take_request assistance.close_request assistance.withdraw_request
collaboratives.remove_team organizations.revoke_invitation organizations.end_membership coalitions.end_role
coalitions.remove_organization admin.end_person_sessions admin.suspend_person admin.close_organization
organizations.leave_organization accounts.end_other_sessions accounts.end_session accounts.sign_out"""


@pytest.fixture
def world(app: Flask) -> World:
    return build_world()


@pytest.fixture
def asked(app: Flask, client: FlaskClient, world: World) -> Iterator["Asker"]:
    asker = Asker(app, client, world)
    yield asker
    assert asker.failures == []


class Asker:
    """Asks as somebody, and notes every answer that admits a fault of ours."""

    def __init__(self, app: Flask, client: FlaskClient, world: World) -> None:
        self.app, self.client, self.world = app, client, world
        self.token, self.failures = "", []
        self.strange = itertools.cycle(STRANGE)

    def be(self, persona: str) -> None:
        self.client.set_cookie(access.cookie_name(self.app.config["SETTINGS"]), session_key(persona))
        self.token = hidden_value(self.client.get("/overdose-now").text, "csrf_token")

    def ask(self, method: str, path: str, note: object = "", **sent: Any) -> TestResponse:
        response = self.client.open(path, method=method, **sent)
        if response.status_code >= 500 or b"<h1>Something went wrong</h1>" in response.data:
            self.failures.append(f"{response.status_code} {method} {path[:120]} {str(note)[:120]}")
        return response

    def rules(self, method: str) -> list[Rule]:
        found = [rule for rule in self.app.url_map.iter_rules() if method in (rule.methods or ())]
        return sorted(found, key=lambda rule: (ENDINGS.find(rule.endpoint), rule.endpoint))

    def path_of(self, rule: Rule) -> str:
        targets = targets_of(rule.endpoint)
        found = (values_for(rule.endpoint, target, self.world) for target in targets) if rule.arguments else iter([{}])
        values = next(each for each in found if is_whole(each))
        with self.app.test_request_context():
            return url_for(rule.endpoint, **values)


PLAUSIBLE = {
    "email": "ana@example.org",
    "date": "2026-01-05",
    "number": "3",
    "numeric": "3",
    "decimal": "3",
    "password": "four tall quiet herons",
}


def targets_of(endpoint: str) -> Sequence[str]:
    """What to name in an address. Most pages of rounds are for one kind: what its second reader sees."""
    if not endpoint.startswith("readiness."):
        return TARGETS
    seen = [row.split()[2] for row, said in ROWS.items() if row.split()[0] == endpoint and said.split()[ADMIN] == "ok"]
    return sorted(seen, key=lambda target: (target not in TARGETS, target))


def is_whole(values: dict[str, Any]) -> bool:
    return not any(value == NOBODY or str(value).startswith(("no-such", "0000-")) for value in values.values())


class Fields(HTMLParser):
    """The fields of the fullest form on a page, as a browser would send them, and which of them are typed into."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._forms: list[tuple[dict[str, str], dict[str, str]]] = [({}, {})]
        self._select = ""
        self.feed(html.rpartition("<main")[2])
        self.sent, self.typed = max(self._forms, key=lambda form: (len(form[1]), len(form[0])))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said, (sent, typed) = {name: value or "" for name, value in attrs}, self._forms[-1]
        name, kind = said.get("name", ""), said.get("type", "text")
        if tag == "form":
            self._forms.append(({}, {}))
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in said or sent.get(self._select, "") == ""):
            sent[self._select] = said.get("value", "")
        elif tag in {"input", "textarea"} and name and kind != "file":
            if kind in {"radio", "checkbox"} and name in sent and "checked" not in said:
                return
            sent[name] = said.get("value", "on")
            if kind not in {"hidden", "radio", "checkbox", "submit"}:
                typed[name] = PLAUSIBLE.get(said.get("inputmode", kind), "Ana Ruiz 1")


def on_engines(personas: Sequence[str], sample: str) -> list[tuple[str, str]]:
    """Everybody on the first engine, one of them on the other as well; `make trust` tries all on both."""
    return [
        (engine, persona)
        for engine in ENGINES
        for persona in personas
        if engine == ENGINES[0] or IS_THOROUGH or persona == sample
    ]


@pytest.mark.parametrize(("engine", "persona"), on_engines(PERSONAS, "lead2"), indirect=["engine"])
def test_no_address_breaks_the_site(asked: Asker, persona: str) -> None:
    asked.be(persona)
    for rule in asked.rules("GET"):
        plain = asked.path_of(rule)
        query = "&".join(f"{name}={quote(next(asked.strange))[:4000]}" for name in FIELDS if name != "lang")
        asked.ask("GET", f"{plain}?{query}", query)
        for name in rule.arguments:
            for value in ("a\0b", "9" * 30, "🦩" * 80, "../.."):
                changed = plain.rstrip("/").rsplit("/", 1)[0] + "/" + quote(value) if name else plain
                asked.ask("GET", changed)


@pytest.mark.parametrize(("engine", "persona"), on_engines([*PERSONAS, "expert"], "lead2"), indirect=["engine"])
def test_no_form_breaks_the_site(asked: Asker, persona: str) -> None:
    asked.be(persona)
    with_page = {rule.endpoint for rule in asked.rules("GET")}
    for rule in asked.rules("POST"):
        if persona == "expert" and not rule.endpoint.startswith("assistance."):
            continue
        path = asked.path_of(rule)
        fields = Fields(asked.ask("GET", path).text if rule.endpoint in with_page else "")
        plain = (fields.sent or dict.fromkeys(FIELDS, "1")) | fields.typed
        for name, value in zip(itertools.cycle(fields.typed or plain), itertools.islice(asked.strange, 6)):
            if (
                _send(asked, path, plain | {name: value}, value).status_code == HTTPStatus.SEE_OTHER
                and "row_version" in plain
            ):
                plain |= {"row_version": Fields(asked.ask("GET", path).text).sent.get("row_version", "1")}
        for value in itertools.islice(asked.strange, 1):
            _send(asked, path, dict.fromkeys(plain, value), value)
        _send(asked, path, {name: [value, value, "x"] for name, value in plain.items()}, "all twice")
        _send(asked, path, {}, "nothing")


def _send(asked: Asker, path: str, fields: dict[str, Any], note: str) -> TestResponse:
    sent = {**fields, "csrf_token": asked.token, "form_key": str(uuid4())}
    return asked.ask("POST", path, note, data=sent)


def _path_of_steps(asked: Asker) -> str:
    return next(asked.path_of(rule) for rule in asked.rules("POST") if rule.endpoint == "training.record_step")


KINDS = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json", "ä")


def test_no_body_breaks_the_site(asked: Asker) -> None:
    asked.be("lead2")
    paths = (_path_of_steps(asked), "/sign-in", "/account/profile", "/language")
    for path, kind, body in itertools.product(paths, KINDS, STRANGE_BYTES):
        asked.ask("POST", path, body, data=body, content_type=kind, headers={"X-CSRF-Token": asked.token})


STEPS = (
    None,
    [],
    "x",
    {"events": {}},
    {"events": [None, 1]},
    {"events": [{"event_uuid": "\ud800", "step": 1}]},
    {"events": [{"event_uuid": 7, "step": 1}]},
    {"events": [{"event_uuid": str(uuid4()), "step": 10**400}]},
    {"events": [{"event_uuid": str(uuid4()), "step": 1.5}]},
    {"events": [{"event_uuid": str(uuid4()), "step": 1, "occurred_at": "\ud800"}]},
    {"events": [{"event_uuid": str(uuid4()), "step": 1, "occurred_at": "0001-01-01T00:00:00+23:59"}]},
    {"events": [{"event_uuid": str(uuid4()), "step": 2, "occurred_at": "9999-12-31T23:59:59-23:59"}]},
    {"events": [{"event_uuid": str(uuid4()), "step": 1}] * 51},
)


def test_no_list_of_steps_breaks_the_site(asked: Asker) -> None:
    asked.be("staff")
    path = _path_of_steps(asked)
    for steps in STEPS:
        asked.ask("POST", path, steps, json=steps, headers={"X-CSRF-Token": asked.token})


HEADERS = (
    {"Cookie": "commons=\xff; language=\xff; theme=\xff; visit=\xff"},
    {"Cookie": "remember_token=1|\xe9"},
    {"Cookie": 'remember_token=1|x; commons="\\777"; visit=.eJw'},
    {"Accept": "\xff;q=x, */*;q=1e999"},
    {"Accept-Encoding": "\xff;q=,gzip;q=nan"},
    {"Accept-Language": "\xff-\xff;q=nan,*,-"},
    {"Referer": "http://[", "User-Agent": "\xff" * 3_000},
    {"Referer": "//\xff@[::1"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "multipart/form-data; boundary=\xff"},
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-7"},
    {"X-CSRF-Token": "##\xff##"},
    {"If-None-Match": "\xff", "If-Modified-Since": "\xff", "Range": "bytes=9-1,-,x"},
    {"Authorization": "Basic \xff", "X-Forwarded-For": "\xff", "X-HTTP-Method-Override": "DELETE"},
)


def test_no_header_breaks_the_site(app: Flask, asked: Asker) -> None:
    asked.client = app.test_client(use_cookies=False)  # a jar would send its own
    paths = ("/", "/sign-in", "/account/profile", "/no-such-page")
    for headers, method, path in itertools.product(HEADERS, ("GET", "POST"), paths):
        asked.ask(method, path, headers, headers=headers)


def test_no_raw_bytes_in_an_address_break_the_site(asked: Asker) -> None:
    for raw, path in itertools.product(STRANGE_BYTES[:5], ("/", "/search", "/help/x", "/no-such-page")):
        written = raw.decode("latin-1")
        asked.ask("GET", path, raw, environ_overrides={"QUERY_STRING": f"lang={written}&q={written}"})
        asked.ask("GET", path, raw, environ_overrides={"PATH_INFO": path + written})
        asked.ask("GET", f"{path}?q={quote_from_bytes(raw)}", raw)


def test_no_method_breaks_the_site(asked: Asker) -> None:
    asked.be("admin")
    methods = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW")
    for method, rule in itertools.product(methods, asked.rules("GET")[::9]):
        asked.ask(method, asked.path_of(rule))


def test_a_cookie_of_a_neighboring_site_signs_nobody_out(asked: Asker) -> None:
    asked.be("staff")
    asked.client.set_cookie("remember_token", "7|0123")
    assert asked.client.get("/account").status_code == HTTPStatus.OK
