"""What the site's small scripts promise: nothing typed is lost, nothing is sent twice, steps wait for a signal."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import chromium, stage

KEPT = "We kept what you typed."


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return chromium.launch_arguments()


@pytest.fixture
def site() -> Iterator[stage.Stage]:
    with stage.playing() as playing:
        yield playing


def fill(page: Page, site: stage.Stage) -> None:
    page.goto(f"{site.url}/form")
    page.get_by_label("Name").fill("Ana")
    page.get_by_label("Password", exact=True).fill("hidden-words")
    page.get_by_label("Tuesday").check()
    page.wait_for_function("localStorage.length > 0")


def device(page: Page) -> str:
    return str(page.evaluate("JSON.stringify(localStorage)"))


def test_a_draft_survives_a_reload_but_a_password_is_never_kept(page: Page, site: stage.Stage) -> None:
    fill(page, site)
    page.reload()
    expect(page.get_by_text(KEPT)).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ana")
    expect(page.get_by_label("Tuesday")).to_be_checked()
    expect(page.get_by_label("Monday")).not_to_be_checked()
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    assert "hidden-words" not in device(page)


def test_a_draft_can_be_discarded(page: Page, site: stage.Stage) -> None:
    fill(page, site)
    page.reload()
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Name")).to_have_value("")
    expect(page.get_by_text(KEPT)).to_have_count(0)
    assert device(page) == "{}"


def test_a_form_that_was_taken_leaves_no_draft_and_shows_the_next_page(page: Page, site: stage.Stage) -> None:
    fill(page, site)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/")
    expect(page.get_by_text("The name was saved.")).to_be_visible()
    assert device(page) == "{}"
    assert [form["way"] for form in site.forms] == ["save"]
    page.go_back(wait_until="commit")
    expect(page.get_by_role("heading", name="Form")).to_be_visible()


def test_without_a_connection_the_form_stays_and_can_be_sent_again(page: Page, site: stage.Stage) -> None:
    fill(page, site)
    page.context.set_offline(True)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("there is no connection")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Ana")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url(f"{site.url}/")
    assert len(site.forms) == 1


def test_a_failure_on_our_side_keeps_the_form_and_its_draft(page: Page, site: stage.Stage) -> None:
    site.answer = "503"
    fill(page, site)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Something went wrong on our side")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("Ana")


def test_mistakes_come_back_with_the_summary_focused(page: Page, site: stage.Stage) -> None:
    site.answer = "422"
    fill(page, site)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Ana")
    page.get_by_role("link", name="Write another name.").click()
    expect(page.get_by_label("Name")).to_be_focused()


def test_a_session_that_ended_keeps_the_draft_for_its_author(page: Page, site: stage.Stage) -> None:
    site.answer = "signed-out"
    fill(page, site)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(f"{site.url}/sign-in")
    page.goto(f"{site.url}/form")
    expect(page.get_by_label("Name")).to_have_value("Ana")


def test_an_error_page_keeps_the_draft_and_back_leads_to_the_form(page: Page, site: stage.Stage) -> None:
    site.answer = "409"
    fill(page, site)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Something changed")
    page.go_back(wait_until="commit")
    expect(page.get_by_label("Name")).to_have_value("Ana")


def test_a_double_click_sends_once(page: Page, site: stage.Stage) -> None:
    fill(page, site)
    page.get_by_role("button", name="Save").dblclick()
    page.wait_for_url(f"{site.url}/")
    assert len(site.forms) == 1


def test_the_next_screen_comes_at_once_and_its_step_is_saved(page: Page, site: stage.Stage) -> None:
    page.goto(f"{site.url}/lesson")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Screen 2")).to_be_focused()
    expect(page.get_by_text("Saved")).to_be_visible()
    expect(page.locator(".focus-top .progress-text")).to_have_text("Screen 2 of 3")
    assert page.url.endswith("?step=2")
    assert site.steps == [1]


def test_steps_wait_for_a_signal_and_then_arrive(page: Page, site: stage.Stage) -> None:
    page.goto(f"{site.url}/lesson")
    page.context.set_offline(True)
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Screen 3")).to_be_visible()
    expect(page.get_by_text("Kept on this phone")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Saved")).to_be_visible()
    assert site.steps == [1, 2]
    assert device(page) == "{}"


def test_the_last_screen_is_left_only_when_its_step_has_arrived(page: Page, site: stage.Stage) -> None:
    page.goto(f"{site.url}/lesson?step=3")
    page.context.set_offline(True)
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Kept on this phone")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Saved")).to_be_visible()
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url(f"{site.url}/")
    assert set(site.steps) == {3}


def test_steps_of_someone_signed_out_stay_and_go_with_the_next_page(page: Page, site: stage.Stage) -> None:
    site.steps_status = 401
    page.goto(f"{site.url}/lesson")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("You were signed out: sign in to send it.")).to_be_visible()
    site.steps_status = 204
    page.goto(f"{site.url}/")
    page.wait_for_function("localStorage.length === 0")
    assert site.steps == [1]


def test_signing_out_asks_first_when_steps_are_only_on_this_phone(page: Page, site: stage.Stage) -> None:
    site.steps_status = 503
    page.goto(f"{site.url}/lesson")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Kept on this phone")).to_be_visible()
    page.goto(f"{site.url}/")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert site.sign_outs == 0
    page.get_by_role("button", name="Sign out and lose them").click()
    page.wait_for_url(f"{site.url}/sign-in")
    assert site.sign_outs == 1
    assert device(page) == "{}"


def test_signing_out_forgets_drafts_but_not_the_steps_of_another_person(page: Page, site: stage.Stage) -> None:
    fill(page, site)
    page.evaluate("localStorage.setItem('commons:outbox:99:x', '{}')")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site.url}/sign-in")
    assert page.evaluate("Object.keys(localStorage)") == ["commons:outbox:99:x"]


def test_a_slash_leads_to_search(page: Page, site: stage.Stage) -> None:
    page.goto(f"{site.url}/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_a_lesson_can_be_read_without_scripts(page: Page, site: stage.Stage) -> None:
    page.goto(f"{site.url}/lesson")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Screen 2")).to_be_visible()
    assert page.url.endswith("?step=2")
