"""How quick the pages are: the real server with demo data beside a bare Flask "hello" on the same server settings.

Each page is asked for by the kind of person who uses it; which report, team or playbook it is, the lists of the
demonstration say. Both are driven in turn, round by round, over one kept connection each, so that the machine's mood
touches both alike.
A page's p50 is given in "hellos": as a multiple of the hello's p50 of the same rounds.
"""

import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

from tools.many_surveys import SurveyLedger
from tools.many_teams import Ledger
from tools.survey_bench import time_scoring

ROOT = Path(__file__).parent.parent
ROUNDS = 30
REQUESTS_A_ROUND = 10
PASSWORD = "only-for-the-benchmark-0"
COURSE = "overdose-response"
DOMAIN = "commons.test"
START_SECONDS = 300  # the port is open while the demonstration is being filled: the first page waits for it
CHART_POINTS = 36
CHART_TRIES = 200
MOST_ANALYSIS_MS = 5
HELLO = """
import sys
from flask import Flask
from waitress import serve
app = Flask("hello")
app.get("/")(lambda: "hello")
serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=8, ident=None)
"""


@dataclass
class Browser:
    """One signed-in visitor on one kept connection."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send one request; return its status and body, as compressed as it came."""
        sent = {"Accept-Encoding": "br, gzip", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        try:
            self._connection.request(method, path, body, sent | headers)
            response = self._connection.getresponse()
        except http.client.RemoteDisconnected:  # who waited long for their turn finds the line closed
            self._connection.close()
            self._connection.request(method, path, body, sent | headers)
            response = self._connection.getresponse()
        content = response.read()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return response.status, content

    def page(self, path: str) -> str:
        """Return a page as text."""
        return self.ask("GET", path, None, **{"Accept-Encoding": "identity"})[1].decode()

    def send_form(self, path: str, page: str, **fields: str) -> int:
        """Send a form with the hidden fields of the page it stands on."""
        html = self.page(page)
        hidden = {name: hidden_value(html, name) for name in ("csrf_token", "form_key")}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(hidden | fields).encode(), **kind)[0]


@dataclass(frozen=True)
class Kind:
    """One kind of page, with what it may cost and who asks for it."""

    name: str
    ask: Callable[[Browser], tuple[int, bytes]]
    most_hellos: float
    most_statements: int | None
    path: str | None = None
    who: str = "staff"
    prepare: Callable[[], object] | None = None


class Visitors:
    """Everybody who is signed in, each in a browser of their own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._browsers: dict[str, Browser] = {}

    def browser_of(self, who: str) -> Browser:
        """Return somebody's browser; sign in first when it is new."""
        if who not in self._browsers:
            browser = Browser(self._port)
            if browser.send_form("/sign-in", "/sign-in", name=f"{who}@{DOMAIN}", password=PASSWORD) >= 400:
                sys.exit(f"{who}@{DOMAIN} cannot sign in: the demonstration has no such person.")
            self._browsers[who] = browser
        return self._browsers[who]

    def find(self, who: str, path: str, *links: str) -> str:
        """Follow the first link of each kind from a list page on; return the address it ends at."""
        browser = self.browser_of(who)
        for link in links:
            found = re.search(rf'href="({link})"', browser.page(path))
            if found is None:
                sys.exit(f"The demonstration has no page like {link} for {who}@{DOMAIN}: {path} does not lead to one.")
            path = found[1]
        return path


def hidden_value(html: str, name: str) -> str:
    """Return the value of a hidden input."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
    value = re.search(r'value="([^"]*)"', tag[0]) if tag else None
    return value[1] if value else ""


def page_kind(name: str, path: str, most_hellos: float, most_statements: int | None, who: str = "staff") -> Kind:
    """A kind that is one GET."""
    return Kind(name, lambda browser: browser.ask("GET", path), most_hellos, most_statements, path, who)


def charts_afresh(team: str, who: str, change_numbers: Callable[[], object]) -> Kind:
    """A team page whose charts were all made of other numbers before; to change them takes no time of it."""
    return replace(page_kind("6 charts afresh", team, 40, 12, who), prepare=change_numbers)


def save_kind(token: str) -> Kind:
    """A saved step: a new event each time, durable before it is acknowledged."""
    path = f"/learn/{COURSE}/recognise/steps"

    def save(browser: Browser) -> tuple[int, bytes]:
        event = {"event_uuid": str(uuid4()), "step": 1, "occurred_at": "2026-01-05T10:00:00Z"}
        headers = {"Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": token}
        return browser.ask("POST", path, json.dumps({"events": [event]}).encode(), **headers)

    return Kind("save of an answer", save, 10, None)


def submit_kind(ledger: SurveyLedger) -> Kind:
    """A whole survey sent in and thanked for; a new link each time, made and answered before the time counts."""
    links: list[str] = []

    def send(browser: Browser) -> tuple[int, bytes]:
        link = links.pop() if links else ledger.answered_link()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        browser.ask("POST", f"/survey/{link}/review", b"go=send", **form)
        return browser.ask("GET", f"/survey/{link}/thanks")

    return Kind("survey sent", send, 14, None, prepare=lambda: links.append(ledger.answered_link()))


def kinds(visitors: Visitors, ledger: Ledger, surveys: SurveyLedger) -> list[Kind]:
    """The pages measured, with their bounds."""
    staff = visitors.browser_of("staff")  # once the demonstration is there
    many, surveyed = ledger.fill(DOMAIN, "member"), surveys.fill(DOMAIN, "member")
    staff.send_form(f"/learn/{COURSE}/start", f"/learn/{COURSE}")
    token = hidden_value(staff.page(f"/learn/{COURSE}/recognise"), "csrf_token")
    report = visitors.find("lead", "/readiness", r"/readiness/rounds/\d+/report")
    team = visitors.find("member", "/improve", r"/improve/teams/\d+")
    measure_page = visitors.find("member", team, r"/improve/measures/\d+")
    cycle_page = visitors.find("member", team, r"/improve/cycles/\d+")
    coalition = visitors.find("expert", "/more", r"/coalitions/\d+")
    playbook_page = visitors.find("coordinator", "/playbooks", r"/playbooks/\d+", r"/playbooks/\d+/pages/\d+")
    return [
        page_kind("lesson", f"/learn/{COURSE}/recognise", 8, 6),
        page_kind("course", f"/learn/{COURSE}", 10, 6),
        page_kind("home", "/", 12, 8),
        page_kind("search", "/search?q=naloxone", 12, None),
        save_kind(token),
        page_kind("overdose now", "/overdose-now", 8, None),
        page_kind("readiness report", report, 10, 12, "lead"),
        page_kind("40-item view", report.replace("/report", "/items"), 12, 12, "lead"),
        page_kind("team page", team, 12, 12, "member"),
        page_kind("measure page", measure_page, 12, 12, "member"),
        page_kind("cycle page", cycle_page, 40, 16, "member"),
        page_kind("teams of a coalition", f"{coalition}/improvement", 40, 12, "expert"),
        page_kind("200 teams", many.overview, 40, 12, many.expert),
        page_kind("6 charts", many.team, 12, 12, many.member),
        charts_afresh(many.team, many.member, lambda: ledger.change_numbers(many.team_id)),
        page_kind("survey page", surveyed.survey_page, 12, 6),
        submit_kind(surveys),
        page_kind("survey report", surveyed.report, 10, 12, surveyed.lead),
        page_kind("30 organizations", surveyed.comparison, 20, 10, surveyed.expert),
        page_kind("assistance queue", "/assistance", 12, 12, "expert"),
        page_kind("playbook page", playbook_page, 6, 9, "coordinator"),
    ]


@contextmanager
def server(command: list[str], port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, process)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"The server on port {port} ended with {process.returncode}.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"The server on port {port} did not start.")


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def timed(ask: Callable[[], tuple[int, bytes]]) -> tuple[float, int]:
    """Return how many milliseconds one request takes, and its bytes."""
    begun = time.perf_counter()
    status, content = ask()
    taken = (time.perf_counter() - begun) * 1000
    if status >= 400:
        sys.exit(f"A page answered {status}: {content[:300]!r}")
    return taken, len(content)


def measure(kind: Kind, browser: Browser, hello: Browser) -> tuple[list[float], list[float], int]:
    """Drive one kind and the hello in turn; return both lists of milliseconds and the page's bytes."""
    pages, hellos, size = [], [], 0
    for _ in range(REQUESTS_A_ROUND):
        kind.ask(browser)
    for _ in range(ROUNDS):
        hellos += [timed(lambda: hello.ask("GET", "/"))[0] for _ in range(REQUESTS_A_ROUND)]
        for _ in range(REQUESTS_A_ROUND):
            if kind.prepare is not None:
                kind.prepare()
            taken, size = timed(lambda: kind.ask(browser))
            pages.append(taken)
    return pages, hellos, size


def count_statements(environment: dict[str, str], asked: list[Kind], visitors: Visitors) -> dict[str, int]:
    """Count the statements of each page, in this process, on the same data, for who asks for it."""
    from sqlalchemy import event  # noqa: PLC0415  # the server's own process does not need this one's

    from lms import create_app  # noqa: PLC0415
    from lms.db import db  # noqa: PLC0415
    from lms.settings import read_settings  # noqa: PLC0415

    site = create_app(read_settings(environment))
    seen: list[str] = []
    counted = {}
    with site.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
        for kind in asked:
            if kind.path is None:
                continue
            client = site.test_client()
            for name, value in visitors.browser_of(kind.who).cookies.items():
                client.set_cookie(name, value)
            client.get(kind.path)
            if kind.prepare is not None:
                kind.prepare()
            seen.clear()
            client.get(kind.path)
            counted[kind.name] = len([each for each in seen if not each.startswith(("BEGIN", "PRAGMA"))])
    return counted


def report(kind: Kind, pages: list[float], hellos: list[float], size: int, statements: int | None) -> bool:
    """Print one line of the table; return whether the page keeps its bounds."""
    p50, p99 = statistics.median(pages), statistics.quantiles(pages, n=100)[98]
    multiple = p50 / statistics.median(hellos)
    is_kept = multiple <= kind.most_hellos and (
        statements is None or kind.most_statements is None or statements <= kind.most_statements
    )
    print(
        f"{kind.name:<18} {1000 / statistics.mean(pages):>7.0f} {p50:>8.2f} {p99:>8.2f} "
        f"{'-' if statements is None else statements:>10} {size:>7} {multiple:>7.1f} {kind.most_hellos:>6.0f}"
        f"  {'' if is_kept else 'over'}"
    )
    return is_kept


def time_chart(environment: dict[str, str]) -> bool:
    """Time the analysis and the drawing of one chart of 36 points, in this process; print and say if it is quick."""
    from flask import get_template_attribute  # noqa: PLC0415  # the server's own process does not need this one's

    from lms import create_app  # noqa: PLC0415
    from lms.improvement import pictures, spc  # noqa: PLC0415
    from lms.improvement.verdicts import judge  # noqa: PLC0415
    from lms.settings import read_settings  # noqa: PLC0415

    counts, people = [(7 * i) % 23 for i in range(CHART_POINTS)], [40 + i for i in range(CHART_POINTS)]
    labels, tries = [f"Week {i}" for i in range(CHART_POINTS)], count()

    def analyse() -> spc.Chart:
        chart = spc.chart(spc.Kind.P, counts, people, settings=spc.Settings(freeze=20, exclude=(5,), multiply=100))
        judge(chart, wanted=spc.Wanted.UP)
        return chart

    def place() -> pictures.Picture:
        return pictures.draw(analyse(), labels=labels, wanted=spc.Wanted.UP, target=40)

    with create_app(read_settings(environment)).test_request_context():
        write, picture = get_template_attribute("macros/run_chart.html", "run_chart"), place()
        taken = {
            "analysis": median_ms(analyse),
            "with its geometry": median_ms(place),
            "its SVG and table": median_ms(lambda: write(picture, title=f"Chart {next(tries)}")),  # never a kept one
        }
    print(f"\none chart of {CHART_POINTS} points: " + ", ".join(f"{name} {ms:.2f} ms" for name, ms in taken.items()))
    return taken["analysis"] < MOST_ANALYSIS_MS


def median_ms(work: Callable[[], object]) -> float:
    """Return how many milliseconds a piece of work takes, the middle of many tries."""
    tries = []
    for _ in range(CHART_TRIES):
        begun = time.perf_counter()
        work()
        tries.append((time.perf_counter() - begun) * 1000)
    return statistics.median(tries)


def main() -> None:
    """Measure every kind and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        port, hello_port = free_port(), free_port()
        environment = {"DATA_DIR": folder, "PORT": str(port), "DEMO_PASSWORD": PASSWORD, "MODE": "demo"}
        commons = [str(ROOT / ".venv" / "bin" / "commons"), "run"]
        with (
            server(commons, port, environment),
            server([sys.executable, "-c", HELLO, str(hello_port)], hello_port, {}),
        ):
            visitors, hello = Visitors(port), Browser(hello_port)
            asked = kinds(visitors, Ledger(environment), SurveyLedger(environment))
            measured = [(kind, *measure(kind, visitors.browser_of(kind.who), hello)) for kind in asked]
            counted = count_statements(environment, asked, visitors)
            is_chart_quick = time_chart(environment)
            is_scoring_quick = time_scoring()
    heads = ("req/s", "p50 ms", "p99 ms", "statements", "bytes", "hellos", "bound")
    widths = (7, 8, 8, 10, 7, 7, 6)
    print(f"{'page':<18} " + " ".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    kept = [report(kind, pages, hellos, size, counted.get(kind.name)) for kind, pages, hellos, size in measured]
    if not all(kept) or not is_chart_quick or not is_scoring_quick:
        sys.exit(1)


if __name__ == "__main__":
    main()
