"""Every page there is to read, by who reads it, and what each of them owes its reader."""

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.conftest import IS_THOROUGH
from tests.journeys.devices import DESK, PHONE
from tests.journeys.town import Town
from tests.lms.world import SERIALS, TOKEN

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
NARROWEST = {"width": 320, "height": 640}
# What a reader downloads, what only machines ask for, and what only a password just given leads to.
NO_PAGES = {
    "accounts.confirm_second_factor",
    "accounts.download_export",
    "home.download_pocket_card",
    "home.show_help_picture",
    "improvement.download_chart",
    "improvement.download_measure",
    "improvement.download_story",
    "improvement.download_workbook",
    "playbooks.download_playbook",
    "readiness.download_instrument",
    "readiness.download_poster",
    "readiness.download_report",
    "readiness.download_responses",
    "training.download_certificate",
    "site.show_health",
}
COURSE = "/learn/overdose-response"
PAGES: Mapping[str, tuple[str, ...]] = {
    "anonymous": (
        "/",
        "/overdose-now",
        "/overdose-now/card",
        "/help",
        "/help/about",
        "/verify",
        "/verify?serial=wrong",
        f"/verify/{SERIALS['staff']}",
        "/verify/0000-0000-0000-0000",
        "/sign-in",
        "/password/forgot",
        f"/password/reset/{TOKEN}",
        "/password/reset/gone",
        "/recover",
        f"/join/{TOKEN}",
        f"/join/{TOKEN}?way=alias",
        "/join/gone",
        "/survey/{survey}",
        "/survey/{survey}/group",
        "/survey/{survey}/1",
        "/survey/{survey}/3",
        "/survey/{survey}/review",
        "/survey/{survey}/thanks",
        "/survey/{closed_survey}",
        "/survey/poster/{poster}",
        "/survey/gone",
        "/dev/mail",
        "/dev/mail/known",
        "/dev/components",
        "/no/such/page",
    ),
    "staff": (
        "/",
        "/more",
        "/account",
        "/account/profile",
        "/account/password",
        "/account/recovery-code",
        "/organizations",
        "/organizations/{a}",
        "/organizations/{a}/people",
        "/organizations/{a}/leave",
        "/coalitions/{own}",
        "/coalitions/{own}/facts",
        "/search",
        "/search?q=naloxone",
        "/search?q=zzzz",
        "/learn",
        COURSE,
        f"{COURSE}/recognise",
        f"{COURSE}/recognise?step={{practice}}",
        f"{COURSE}/recognise?done=1",
        f"{COURSE}/library-night",
        f"{COURSE}/library-night?begin=1",
        f"{COURSE}/check",
        "/attempts/{attempt}",
        "/record",
        "/certificates/{certificate}",
        "/help",
        "/help/privacy",
        "/notices",
        "/account/notifications",
        "/assistance",
        "/playbooks",
    ),
    "member": (
        "/readiness",
        "/readiness/rounds/{open_round}",
        "/readiness/rounds/{open_round}/areas/{area}",
        "/improve",
        "/improve/teams/{team}",
        "/improve/teams/{team}/aim",
        "/improve/teams/{team}/measures/new",
        "/improve/teams/{team}/ideas/new",
        "/improve/teams/{team}/cycles/new",
        "/improve/teams/{team}/cycles/quick",
        "/improve/teams/{team}/predictions",
        "/improve/teams/{team}/drivers",
        "/improve/teams/{team}/drivers/edit",
        "/improve/due",
        "/improve/changes",
        "/improve/changes/{idea}",
        "/improve/ideas/{idea}",
        "/improve/measures/{measure}",
        "/improve/measures/{measure}/edit",
        "/improve/measures/{measure}/observations",
        "/improve/measures/{measure}/import",
        "/improve/measures/{measure}/chart",
        "/improve/measures/{measure}/charts",
        "/improve/measures/{measure}/charts/1",
        "/improve/cycles/{cycle}",
        "/improve/cycles/{cycle}/plan",
        "/improve/cycles/{cycle}/not-run",
        "/improve/cycles/{cycle}/tasks",
        "/improve/cycles/{acted_cycle}",
        "/improve/cycles/{acted_cycle}/do",
        "/improve/cycles/{acted_cycle}/study",
        "/improve/cycles/{acted_cycle}/act",
        "/improve/cycles/{acted_cycle}/history",
        "/improve/cycles/{acted_cycle}/ramp",
        "/improve/cycles/{acted_cycle}/story",
        "/account/export",
        "/account/erase",
    ),
    "outsider": ("/", "/record", "/coalitions/{other}"),
    "lead": (
        "/",
        "/organizations/{a}",
        "/organizations/{a}/edit",
        "/organizations/{a}/people",
        "/organizations/{a}/people?q=zzzz",
        "/organizations/{a}/people/{membership}",
        "/organizations/{a}/people/{membership}?step=end",
        "/organizations/{a}/people/{membership}?step=recovery-code",
        "/organizations/{a}/leave",
        "/organizations/{a}/locations/new",
        "/organizations/{a}/locations/{location}",
        "/organizations/{a}/job-roles/new",
        "/organizations/{a}/job-roles/{job_role}",
        "/organizations/{a}/invitations",
        "/organizations/{a}/invitations/new",
        "/organizations/{a}/invitations/new?kind=open-link",
        "/organizations/{a}/invitations/{invitation}",
        "/organizations/{a}/invitations/{invitation}?view=poster",
        "/organizations/{a}/invitations/{invitation}?view=withdraw",
        "/organizations/{a}/invitations/import",
        f"/join/{TOKEN}",
        "/organizations/{a}/people/{membership}/pass-on",
        "/organizations/{a}/assignments",
        "/organizations/{a}/assignments/new",
        "/organizations/{a}/assignments/overdose-response",
        "/organizations/{a}/readiness",
        "/organizations/{a}/readiness/new",
        "/readiness/rounds/{open_round}/edit",
        "/readiness/rounds/{closed_round}/report",
        "/readiness/rounds/{closed_round}/items",
        "/improve/from-action/{action}",
        "/readiness/samples/staff-survey",
        "/organizations/{a}/readiness/surveys/new",
        "/readiness/surveys/{open_survey}",
        "/readiness/surveys/{open_survey}/share",
        "/readiness/surveys/{open_survey}/edit",
        "/readiness/surveys/{open_survey}/paper",
        "/readiness/surveys/{open_survey}/paper/enter",
        "/readiness/surveys/{open_survey}/paper/{sheet}",
        "/readiness/surveys/{asked_round}/reopen",
        "/readiness/rounds/{asked_round}/report",
        "/readiness/rounds/{asked_round}/guide",
        "/readiness/rounds/{asked_round}/slides",
        "/readiness/rounds/{asked_round}/position",
        "/readiness/rounds/{closed_round}/position",
        "/readiness/rounds/{closed_round}/guide",
        "/readiness/rounds/{closed_round}/slides",
        "/readiness/rounds/{open_round}/projector/{area}",
        "/readiness/rounds/{open_round}/import",
        "/organizations/{a}/readiness/records/new",
        "/readiness/rounds/{leaders}/seats/lead",
        "/readiness/rounds/{facts}/seats/lead",
        "/readiness/rounds/{leaders_closed}/seats",
        "/readiness/rounds/{leaders_closed}/report",
        "/readiness/rounds/{facts_closed}/report",
        "/readiness/campaigns/{campaign}/organizations/{a}",
        "/organizations/{a}/readiness/instruments",
        "/organizations/{a}/readiness/instruments/import",
        "/readiness/own-instruments/{own_instrument}",
        "/organizations/{a}/teams/new",
        "/improve/teams/{team}/edit",
        "/organizations/{a}/help",
        "/organizations/{a}/help/new",
        "/organizations/{a}/encounters",
        "/playbooks/new",
        "/playbooks/{playbook}",
        "/playbooks/{playbook}/edit",
        "/playbooks/{playbook}/print",
        "/playbooks/{playbook}/pages/new",
        "/playbooks/{playbook}/pages/{playbook_page}",
        "/playbooks/{playbook}/pages/{playbook_page}/edit",
        "/playbooks/{playbook}/pages/{playbook_page}/edit?part=care",
        "/playbooks/{playbook}/pages/{playbook_page}/revisions",
        "/playbooks/{playbook}/pages/{playbook_page}/revisions/1",
        "/organizations/{a}/roles",
        "/organizations/{a}/roles/new",
        "/succession/roles/{critical_role}",
        "/succession/roles/{critical_role}?step=close",
        "/succession/roles/{critical_role}/edit",
    ),
    "expert": (
        "/",
        "/organizations",
        "/organizations/{b}",
        "/coalitions/{own}",
        "/coalitions/{own}/improvement",
        "/coalitions/{own}/facts",
        "/learn",
        "/assistance",
        "/coalitions/{own}/readiness",
        "/readiness/rounds/{open_round}/seats/expert",
        "/assistance/cycles/{acted_cycle}/review",
        "/assistance/requests/{request}",
        "/assistance/requests/{request}/close",
        "/assistance/encounters/new",
    ),
    "coordinator": (
        "/",
        "/coalitions/{own}",
        "/coalitions/{own}?remove={b}",
        "/coalitions/{own}/edit",
        "/coalitions/{own}/facts",
        "/coalitions/{own}/facts/poison-line",
        "/coalitions/{own}/facts/good-samaritan-law",
        "/coalitions/{own}/organizations/new",
        "/coalitions/{own}/roles",
        "/coalitions/{own}/roles?end={role}",
        "/coalitions/{own}/roles/new",
        "/coalitions/{own}/learning",
        f"/join/{TOKEN}",
        "/coalitions/{own}/readiness",
        "/coalitions/{own}/readiness/rounds/new",
        "/readiness/campaigns/{campaign}",
        "/coalitions/{own}/week",
        "/coalitions/{own}/collaboratives",
        "/coalitions/{own}/collaboratives/new",
        "/collaboratives/{collaborative}",
        "/collaboratives/{collaborative}/edit",
        "/collaboratives/{collaborative}/teams/new",
        "/collaboratives/{collaborative}/sessions/new",
        "/collaboratives/{collaborative}/sessions/{session}",
        "/coalitions/{own}/critical-roles",
        "/coalitions/{own}/critical-roles/new",
        "/coalitions/{own}/organizations/{b}/lead",
    ),
    "admin": (
        "/",
        "/more",
        "/admin",
        "/admin/people",
        "/admin/people?q=zzzz",
        "/admin/people/{person}",
        "/admin/organizations",
        "/admin/organizations/new",
        "/admin/coalitions",
        "/admin/coalitions/new",
        "/admin/audit",
        "/admin/audit?verb=zzzz",
        "/admin/jobs",
        "/admin/mail",
        "/admin/settings",
        "/admin/content",
        "/admin/content/{version}/sign-off/en",
        "/coalitions/{own}/organizations/new",
        "/coalitions/{other}/readiness/session?area=Find",
        "/admin/setup",
        "/admin/people/{person}/move",
        "/account/second-factor",
        "/account/confirm",
        "/account/second-factor/set-up",
        "/admin/people/{person}/merge",
        "/admin/people/{person}/erase",
    ),
}


def addresses(persona: str, town: Town) -> list[str]:
    """Return the pages of one reader, with the ids of this town."""
    world, lessons = town.world, town.course.lessons
    practice = next(n for n, screen in enumerate(lessons[0].screens, start=1) if screen.practice_slug)
    ids = {
        **world["organization"],
        **world["coalition"],
        **{kind: world[kind]["a"] for kind in ("membership", "location", "job_role", "invitation")},
        "role": world["role"]["own"],
        "attempt": world["attempt"]["staff"],
        "certificate": world["certificate"]["staff"],
        "person": world["person"]["staff"],
        "version": world["version"]["any"],
        "practice": practice,
        "open_round": world["round_id"]["a"],
        "closed_round": world["round_id"]["a-closed"],
        "action": world["action_id"]["a-closed"],
        "area": world["area_key"]["a"],
        "survey": world["survey_token"]["known"],
        "closed_survey": world["survey_token"]["closed"],
        "poster": world["poster_token"]["known"],
        "open_survey": world["round_id"]["a-survey"],
        "asked_round": world["round_id"]["a-survey-closed"],
        "sheet": world["code"]["a-survey"],
        "leaders": world["round_id"]["a-leader"],
        "leaders_closed": world["round_id"]["a-leader-done"],
        "facts": world["round_id"]["a-facts"],
        "facts_closed": world["round_id"]["a-facts-closed"],
        "campaign": world["campaign_id"]["own"],
        "own_instrument": world["own_id"]["a"],
        "team": world["team_id"]["a"],
        "playbook": world["playbook_id"]["a"],
        "playbook_page": world["page_id"]["a"],
        "collaborative": world["collaborative_id"]["own"],
        "session": world["session_id"]["own"],
        **{
            kind: world[f"{kind}_id"]["a"]
            for kind in ("idea", "measure", "cycle", "acted_cycle", "request", "critical_role")
        },
    }
    return [path.format(**ids) for path in PAGES[persona]]


def faults_of(page: Page, address: str) -> Iterator[str]:
    """Look at one page in English, small and light, or in Spanish, large and dark: `make trust` takes both looks."""
    is_small = zlib.crc32(address.encode()) % 2 == 0
    if is_small or IS_THOROUGH:
        yield from _small_and_light(page, address)
    if not is_small or IS_THOROUGH:
        yield from _large_and_dark(page, address)


def _small_and_light(page: Page, address: str) -> Iterator[str]:
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    yield from _faults(page, address, "en")


def _large_and_dark(page: Page, address: str) -> Iterator[str]:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(DESK)
    yield from _faults(page, f"{address}{'&' if '?' in address else '?'}lang=es", "es")


def _faults(page: Page, address: str, language: str) -> Iterator[str]:
    answer = page.goto(address)
    if answer is None or answer.status not in expected(address):
        yield f"answers {answer and answer.status}"
    seen = page.evaluate(LOOK)
    if seen["language"] != language and "view=poster" not in address:  # a poster speaks as its readers do
        yield f"says it speaks {seen['language']}, not {language}"
    if seen["headings"] != 1:
        yield f"has {seen['headings']} main headings"
    yield from (f"({language}) {fault}" for fault in axe(page))
    yield from _overflow(page, language)


def expected(address: str) -> set[int]:
    """Return what a page may answer: some are about something that is not there, or not for this reader."""
    if any(part in address for part in ("/no/such", "/gone", "0000-0000-0000-0000")):
        return {404, 410}
    if "serial=wrong" in address:
        return {422}
    return {200, 403}


LOOK = """() => ({
  language: document.documentElement.lang,
  headings: document.querySelectorAll("h1").length,
})"""


def axe(page: Page) -> list[str]:
    """Let axe judge the page as it stands."""
    page.evaluate(AXE_SCRIPT)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {violation['help']} at {', '.join(str(node['target']) for node in violation['nodes'][:4])}"
        for violation in found["violations"]
    ]


WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return "";
  const isWide = (e) => e.getBoundingClientRect().right > width + 1;
  const wide = Array.from(document.body.querySelectorAll("*")).filter(isWide);
  return wide.slice(-3).map((e) => e.tagName + "." + e.className).join(" ") || "something";
}"""


def _overflow(page: Page, language: str) -> Iterator[str]:
    before = page.viewport_size
    for size in (before, NARROWEST):
        page.set_viewport_size(size)
        wide = page.evaluate(WIDER)
        if wide:
            yield f"({language}) scrolls sideways at {size['width']}: {wide}"
