"""A finished cycle told on one page and as a PDF: nobody named, failures as plain as successes."""

import re

import pytest

from lms.db import db
from lms.improvement.models import Cycle, CycleFlag
from lms.improvement.queries import get_cycle
from lms.improvement.rules import Decision, FlagKind
from lms.improvement.services import mark_reviewed
from lms.improvement.services.teams import AimWords, write_aim
from tests.factories.improvement import NOON, TODAY, make_cycle, make_entries
from tests.statements import counted_statements


def url_of(cycle):
    return f"/improve/cycles/{cycle.id}/story"


def words_of(page):
    """Return what a reader sees of the story."""
    main = page.split("<article", 1)[1].split("</article>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def told(cycle, **values):
    for name, value in values.items():
        setattr(db.session.get(Cycle, cycle.id), name, value)
    db.session.commit()
    return get_cycle(cycle.id)


@pytest.fixture
def story(shop):
    """A cycle that was predicted, done, studied and decided, on a chart."""
    aim = AimWords("People start on the day they ask", "Share started", "From 40 to 75 percent", TODAY, "all who ask")
    write_aim(shop.team.id, aim, n_versions=0, by_id=shop.member.id)
    make_entries(shop.measure, shop.member, 8, 9, 10, 11, 14, 15)
    return make_cycle(shop.team, shop.member, "acted", measure_id=shop.measure.id)


def test_the_story_says_all_that_happened_and_names_nobody(site, shop, as_person, story):
    as_person(shop.staff)
    assert "Read it as a one-page story" in site.get(f"/improve/cycles/{story.id}").text
    page = site.get(url_of(story)).text
    for text in (
        "Same-day start, Harbor House", "People start on the day they ask", "From 40 to 75 percent",
        "Call each person the day before the visit", "Eight of ten people will come", "How sure: 70 percent",
        "at least 60 percent", "We called six people, five came", "Calls help", "What we decided: Adapt",
        "It works for most people", "Begin with what was changed", "Call ten people next week",
        "No TA expert has reviewed this cycle yet", "First dose within 24 hours", "6 people",
    ):  # fmt: skip
        assert text in words_of(page), text
    for person in (shop.member, shop.lead, shop.expert):
        assert person.display_name not in words_of(page)
    assert "front desk" not in words_of(page).casefold()
    assert "As predicted: the number was" in words_of(page)


def test_a_failure_is_told_as_plainly(site, shop, as_person, story):
    told(
        story, decision=Decision.ABANDON, stop_reason="It costs too much", next_step="", has_harm=True,
        surprises="Nobody picks up at noon",
    )  # fmt: skip
    db.session.add(CycleFlag(cycle_id=story.id, kind=FlagKind.BEGIN_BACKDATED, noted_at=NOON))
    assert mark_reviewed(get_cycle(story.id), by_id=shop.expert.id)
    db.session.commit()
    as_person(shop.member)
    page = words_of(site.get(url_of(story)).text)
    for text in (
        "Somebody was harmed, or nearly, in this test.", "What surprised us: Nobody picks up at noon",
        "It did not work here, and that saves you the test.", "Why it stopped: It costs too much",
        "A TA expert reviewed this cycle on", "The test began before its plan was written.",
    ):  # fmt: skip
        assert text in page, text


@pytest.mark.parametrize("upto", ["draft", "planned", "doing", "studying", "studied"])
def test_what_goes_on_has_no_story(site, shop, as_person, upto):
    cycle = make_cycle(shop.team, shop.member, upto)
    as_person(shop.member)
    site.get(url_of(cycle), status=404)
    site.get(f"{url_of(cycle)}.pdf", status=404)


def test_strangers_get_no_story(site, shop, as_person, story):
    as_person(shop.stranger)
    site.get(url_of(story), status=404)
    site.get(f"{url_of(story)}.pdf", status=404)


@pytest.mark.parametrize("text", [
    "Five of six came", "Sterk 🧪👩‍⚕️ gut <b>#strong[x]</b> $x$ \\ ~ _*_", "x" * 3000,
    "Line one\nline two", "=1+1 \u202eabc",
])  # fmt: skip
def test_the_pdf_holds_what_people_write(site, shop, as_person, story, text):
    told(story, what_happened=text, title=text[:160], learned=text)
    as_person(shop.member)
    response = site.get(f"{url_of(story)}.pdf")
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF-")
    assert response.headers["Cache-Control"] == "no-store"


def test_the_pdf_comes_in_spanish_and_without_a_chart(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "acted")
    as_person(shop.member)
    assert site.get(f"{url_of(cycle)}.pdf?lang=es").data.startswith(b"%PDF-")


def test_letters_that_our_fonts_lack_send_to_the_page(site, shop, as_person, story):
    told(story, learned="有效")
    as_person(shop.member)
    assert "Open its page and print" in site.get(f"{url_of(story)}.pdf", status=422).text
    assert "有效" in site.get(url_of(story)).text


def test_a_story_costs_the_same_with_much_work(site, shop, as_person, story):
    as_person(shop.staff)

    def cost():
        site.get(url_of(story))
        with counted_statements() as seen:
            site.get(url_of(story))
        return len(seen)

    before = cost()
    for _number in range(5):
        make_cycle(shop.team, shop.member, "acted", measure_id=shop.measure.id)
    assert cost() == before <= 12
