"""kill -9 at every page of a staff survey, and within the work that looks after it: nothing acknowledged is lost,
nobody answers twice, every link goes on where it stood, and a report is computed once."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest

from lms import create_app
from lms.db import db
from lms.readiness import survey_links
from lms.readiness.models import Draft, Invite, Round, RoundState, Survey, SurveyComment, SurveyResponse, SurveySnapshot
from lms.readiness.survey_answers import SurveyPage
from lms.settings import Settings
from lms.web.site import Site
from tests.factories import surveys
from tests.factories.people import make_coalition, make_organization
from tests.factories.readiness import publish
from tests.killing import moments, run_until_killed, seconds_needed
from tests.running_site import RunningSite

N_KILLS = 8
N_COPIES = 20
LONGEST = 0.03  # a page takes about so long
TAKEN = frozenset({200, 303})

LOOK_AFTER = (
    "from datetime import timedelta\n"
    "from lms import clock, create_app, jobs\n"
    "from lms.db import db\n"
    "from lms.jobs import Job\n"
    "from lms.readiness.jobs import SURVEY_UPKEEP, handlers\n"
    "from lms.settings import read_settings\n"
    "settings = read_settings({{'DATA_DIR': {data_dir!r}, 'DATABASE_URL': {url!r}}})\n"
    "site = create_app(settings)\n"
    "with site.app_context():\n"
    "    job = jobs.ask(SURVEY_UPKEEP); db.session.commit()\n"
    "    look_after = handlers(settings)[SURVEY_UPKEEP]; db.session.get_one(Job, job.id)\n"
    "    print('go', flush=True)\n"
    "    look_after(db.session.get_one(Job, job.id), clock.now() + timedelta(days={days})); db.session.commit()\n"
)


@pytest.fixture
def office(site_settings: Settings) -> Iterator[Site]:
    """The database of the site, to lay a survey in and to look at afterwards."""
    site = create_app(replace(site_settings, trusted_hosts=("localhost",)))
    with site.app_context():
        yield site
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def survey(office: Site) -> Round:
    organization = make_organization()
    make_coalition("Tri-County", organization)
    publish()
    return surveys.make_survey(organization, headcount=500, groups=surveys.ROLES)


@contextmanager
def standing(settings: Settings, data_dir: Path) -> Iterator[RunningSite]:
    db.session.remove()
    with RunningSite(data_dir, {"DATABASE_URL": settings.database_url}) as site:
        yield site


@dataclass
class Respondent:
    """One phone that walks through a survey and remembers what the site said it has."""

    token: str
    site: RunningSite
    pages: tuple[SurveyPage, ...]
    number: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)

    def steps(self) -> Iterator[tuple[str, str, dict[str, str] | None]]:
        """Name, address and form of each step; None where a page is only looked at."""
        yield "promise", "", None
        yield "group", "/group", {"group": "peer"}
        for page in self.pages:
            fields = {f"answer-{item.key}": str(1 + place % 5) for place, item in enumerate(page.items, page.number)}
            yield f"page {page.number}", f"/{page.number}", fields
        yield "review", "/review", {"comment": f"I said {self.number}", "go": "preview"}
        yield "submit", "/review", {"comment": f"I said {self.number}", "go": "send"}
        yield "thanks", "/thanks", None

    def ask(self, path: str, fields: dict[str, str] | None, *, hears: bool = True) -> tuple[int, str]:
        """Send one step; `hears` False: leave at once, as a phone does that lost its network."""
        connection = http.client.HTTPConnection(urlsplit(self.site.url).netloc, timeout=20)
        sent = ("GET", None) if fields is None else ("POST", urlencode(fields))
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        connection.request(sent[0], f"/survey/{self.token}{path}", sent[1], headers)
        if not hears:
            connection.close()
            return 0, ""
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers["Location"] or ""

    def insist(self, path: str, fields: dict[str, str] | None) -> str:
        """Send one step again until somebody takes it."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                status, location = self.ask(path, fields)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if status in TAKEN:
                self.note(fields)
                return location
            assert status == 503, f"the site answered {status}"
        raise AssertionError("nobody answers any more")

    def note(self, fields: dict[str, str] | None) -> None:
        self.acknowledged |= {name.removeprefix("answer-"): said for name, said in (fields or {}).items()}


@contextmanager
def looking() -> Iterator[None]:
    """Look at the database without standing in the way of the site."""
    db.session.rollback()
    try:
        yield
    finally:
        db.session.rollback()


def stands(token: str) -> dict[str, str]:
    """What the site holds for a link that has not sent its answers in."""
    with looking():
        draft = db.session.get(Draft, survey_links.draft_key(surveys.survey_key(), token), populate_existing=True)
        if draft is None or draft.answers is None:
            return {}
        return {**draft.answers["items"], "group": draft.answers["group"], "comment": draft.answers["comment"]}


def check_nothing_lost(phone: Respondent, name: str) -> None:
    kept = {key: said for key, said in phone.acknowledged.items() if key != "go"}
    held = stands(phone.token)
    with looking():
        n = db.session.query(SurveyResponse).count()
    assert n == (phone.acknowledged.get("go") == "send") or (n == 1 and name == "submit"), f"lost or doubled at {name}"
    assert n or {key: held.get(key) for key in kept} == kept, f"acknowledged and lost at {name}"


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_killing_the_site_at_every_page_loses_and_doubles_nothing(
    survey: Round, site_settings: Settings, data_dir: Path, moment: str
):
    """before: the site is gone when the form comes. within: it goes while it answers. after: the answer was heard."""
    rng = Random(moment)
    token, pages = surveys.token_of(surveys.make_invite(survey)), pages_asked()
    with standing(site_settings, data_dir) as site:
        phone = Respondent(token, site, pages)
        for name, path, fields in phone.steps():
            if moment == "before":
                site.kill_all()
                with pytest.raises((OSError, http.client.HTTPException)):
                    phone.ask(path, fields)
            elif moment == "within":
                sender = threading.Thread(target=phone.ask, args=(path, fields), kwargs={"hears": False})
                sender.start()
                time.sleep(rng.uniform(0, LONGEST))
                site.kill_all()
                sender.join()
            else:
                phone.insist(path, fields)
                site.kill_all()
            check_nothing_lost(phone, name)
            site.start()
            if phone.acknowledged:
                assert phone.insist("", None), "the link goes on where it stood"
            phone.insist(path, fields)
        assert phone.insist("", None).endswith("/thanks")
        assert site.stop() == 0
    check_one_answer(phone)


def pages_asked() -> tuple[SurveyPage, ...]:
    with looking():
        return surveys.pages_of(surveys.survey_instrument())


def check_one_answer(phone: Respondent) -> None:
    db.session.rollback()
    response = db.session.query(SurveyResponse).populate_existing().one()
    sent = {key: said for key, said in phone.acknowledged.items() if key not in {"go", "group", "comment"}}
    assert {key: str(said) for key, said in response.answers.items()} == sent
    assert response.group_key == "peer"
    assert db.session.query(SurveyComment).count() == 1
    assert db.session.query(Draft).filter_by(is_spent=False).count() == 0


def test_twenty_phones_walk_on_while_the_web_processes_are_killed(
    survey: Round, site_settings: Settings, data_dir: Path
):
    rng = Random(4)
    tokens, pages = [surveys.token_of(surveys.make_invite(survey)) for _ in range(N_COPIES)], pages_asked()
    failures: list[BaseException] = []

    def walk(phone: Respondent) -> None:
        try:
            for _name, path, fields in phone.steps():
                phone.insist(path, fields)
        except BaseException as error:  # noqa: BLE001  # told below, in the test's own thread
            failures.append(error)

    with standing(site_settings, data_dir) as site:
        phones = [Respondent(token, site, pages, number) for number, token in enumerate(tokens)]
        threads = [threading.Thread(target=walk, args=(phone,)) for phone in phones]
        for thread in threads:
            thread.start()
        n_killed = 0
        while n_killed < N_KILLS and any(thread.is_alive() for thread in threads):
            time.sleep(rng.uniform(0.05, 0.4))
            n_killed += site.kill(rng.choice(sorted(site.pids())))
        for thread in threads:
            thread.join(120)
        assert not failures, failures
        assert n_killed > 1
        assert site.stop() == 0
    db.session.rollback()
    assert db.session.query(SurveyResponse).count() == N_COPIES
    comments = sorted(each.text for each in db.session.query(SurveyComment))
    assert len(set(comments)) == N_COPIES


def test_twenty_copies_of_every_form_do_each_once(survey: Round, site_settings: Settings, data_dir: Path):
    """Two devices on one link, double clicks, a phone that resends: all at the same moment."""
    token, pages = surveys.token_of(surveys.make_invite(survey)), pages_asked()
    with standing(site_settings, data_dir) as site:
        phone = Respondent(token, site, pages)
        for name, path, fields in phone.steps():
            copies = [
                threading.Thread(target=Respondent(token, site, pages).insist, args=(path, fields))
                for _ in range(N_COPIES)
            ]
            for each in copies:
                each.start()
            for each in copies:
                each.join(60)
            phone.insist(path, fields)
            check_nothing_lost(phone, name)
        assert site.stop() == 0
    check_one_answer(phone)


# ---------------------------------------------------------------- the work that looks after surveys


def look_after(code: str, seconds: float = 60) -> bool:
    """Do it in a process of its own, killed so long after it began; say whether it came to its end."""
    with looking():
        return run_until_killed(code, seconds)


def answer_many(survey: Round, office: Site, n: int, first: int = 0) -> None:
    client = office.test_client()
    for number in range(first, first + n):
        token = surveys.token_of(surveys.make_invite(survey))
        surveys.answer_by_link(client, token, number % 5 + 1, group="peer", comment=f"I said {number}")


def held() -> dict[UUID, Any]:
    db.session.rollback()
    rows = db.session.query(SurveyResponse).populate_existing()
    return {each.id: (each.answers, each.answered_on) for each in rows}


def said() -> list[tuple[str, str]]:
    return sorted((str(each.id), each.text) for each in db.session.query(SurveyComment).populate_existing())


def used_links(survey: Round) -> int:
    db.session.rollback()
    done = {surveys.draft_key_of(each) for each in db.session.query(Invite).filter_by(is_done=True)}
    spent = {each.key for each in db.session.query(Draft).filter_by(is_spent=True)}
    return len(done | spent | set(db.session.get_one(Survey, survey.id, populate_existing=True).used_keys))


def test_a_worker_killed_while_it_looks_after_a_survey_loses_nothing(
    survey: Round, office: Site, site_settings: Settings, data_dir: Path
):
    surveys.make_responses(survey, *[3, 4, 2, 5] * 75)
    code = LOOK_AFTER.format(data_dir=str(data_dir), url=site_settings.database_url, days=0)
    answer_many(survey, office, 6)
    with looking():
        longest, n, n_killed = seconds_needed(code), 6, 0
    for seconds in moments(7, longest, N_KILLS):
        answer_many(survey, office, 5, first=n)
        n += 5
        before, comments = held(), said()
        n_killed += not look_after(code, seconds)
        assert (held(), said()) == (before, comments)
        assert used_links(survey) == n
        n_done = db.session.query(Invite).filter_by(is_done=True).count()
        assert n - n_done == 0 or n - n_done >= 5
    assert n_killed
    assert look_after(code)
    assert db.session.query(Invite).filter_by(is_done=True).count() == n
    assert db.session.query(Draft).count() == 0
    assert len(held()) == 300 + n


def test_a_worker_killed_while_it_closes_surveys_takes_each_snapshot_once(
    survey: Round, office: Site, site_settings: Settings, data_dir: Path
):
    code = LOOK_AFTER.format(data_dir=str(data_dir), url=site_settings.database_url, days=40)
    surveys.make_responses(survey, *[3, 4, 2, 5] * 25)
    with looking():
        longest, n_killed = seconds_needed(code), 0
    for number, seconds in enumerate(moments(11, longest, N_KILLS)):
        another = surveys.make_survey(make_organization(f"House {number}"), headcount=500, groups=surveys.ROLES)
        surveys.make_responses(another, *[3, 4, 2, 5] * 25)
        answer_many(another, office, 3, first=number * 10)
        n_killed += not look_after(code, seconds)
        check_closed_once()
    assert n_killed
    assert look_after(code)
    check_closed_once()
    assert db.session.query(Round).filter_by(state=RoundState.OPEN).count() == 0
    assert db.session.query(SurveySnapshot).count() == db.session.query(Survey).count() == N_KILLS + 1


def check_closed_once() -> None:
    db.session.rollback()
    for each in db.session.query(Round).populate_existing():
        is_closed = each.state is RoundState.CLOSED
        assert db.session.query(SurveySnapshot).filter_by(round_id=each.id).count() == is_closed
        numbers = {row.snapshot_number for row in db.session.query(SurveyResponse).filter_by(round_id=each.id)}
        assert numbers == ({1} if is_closed else {None})
        if is_closed:
            assert db.session.query(Draft).filter_by(round_id=each.id).count() == 0
