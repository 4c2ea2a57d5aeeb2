"""The report of a staff survey as its readers meet it: page, files, guide and slides say the same."""

import csv
import io
import json
import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock
from lms.db import db
from lms.readiness.models import Cut, RecommendedAction, SurveySnapshot
from lms.readiness.queries import survey_reports
from lms.readiness.services import actions, rounds
from lms.readiness.services.surveys import close_survey
from lms.readiness.survey_document import read
from tests.factories.readiness import close, make_round, rate_all
from tests.factories.surveys import make_comment, make_response, make_survey, survey_instrument
from tests.statements import counted_statements

GROUPS = (("nurse", "Nurses", 8), ("peer", "Peer workers", 8), ("desk", "Front desk", 4))
MOST_STATEMENTS = 10


def answer(a_round, n, *, low=1.5, high=3.8, seed=1, groups=()):
    """People who differ, as people do."""
    chance = random.Random(seed)
    for number in range(n):
        base = chance.uniform(low, high)
        said = {
            item.key: 6 - value if item.is_reversed else value
            for item in survey_instrument().items
            for value in [min(5, max(1, round(chance.gauss(base, 0.7))))]
        }
        make_response(a_round, said, group_key=groups[number % len(groups)] if groups else None)


def close_it(a_round, place):
    close_survey(a_round, today=clock.today(), by_id=place.lead.id)
    db.session.commit()
    return a_round


@pytest.fixture
def closed(place):
    a_round = make_survey(place.organization, by=place.lead, headcount=20, groups=GROUPS, cut=Cut.JOB_ROLE)
    answer(a_round, 14, groups=("nurse", "peer"))
    make_comment(a_round, "More time for hand-offs, please.")
    return close_it(a_round, place)


@pytest.fixture
def small(place):
    a_round = make_survey(place.organization, by=place.lead, headcount=8)
    answer(a_round, 6)
    return close_it(a_round, place)


@pytest.fixture
def tiny(place):
    a_round = make_survey(place.organization, by=place.lead, headcount=8)
    answer(a_round, 4)
    return close_it(a_round, place)


def path(a_round, rest="report"):
    return f"/readiness/rounds/{a_round.id}/{rest}"


def document_of(a_round):
    return survey_reports.get_snapshot(a_round.id).document


# ---------------------------------------------------------------- page


def test_the_first_page_says_three_sentences_a_picture_and_the_steps(site, place, closed):
    place.be(place.lead)
    page = site.get(path(closed))
    report = read(document_of(closed))
    assert "14 of 20 people answered" in page.text
    sentences = re.search(r'<div class="report-sentences">(.*?)</div>', page.text, re.DOTALL).group(1)
    assert sentences.count("<p>") == 3
    assert page.text.count('class="readiness-dot"') == len(report.areas)
    assert 1 <= page.text.count('<article class="card action-card"') <= 3
    assert "More time for hand-offs, please." in page.text


def test_fewer_than_ten_see_no_item_no_comment_and_one_decimal(site, place, small):
    make_comment(small, "Only ten or more may read this.")
    place.be(place.lead)
    page = site.get(path(small)).text
    assert "Only ten or more may read this." not in page
    assert "Single items and comments are shown from ten answers on." in page
    assert document_of(small)["items"] == []
    assert all(area["mean"] == round(area["mean"], 1) for area in document_of(small)["areas"])


def test_fewer_than_five_see_nothing_but_that(site, place, tiny):
    place.be(place.lead)
    page = site.get(path(tiny))
    assert "Fewer than 5 people answered" in page.text
    assert "readiness-dot" not in page.text
    document = json.dumps(document_of(tiny))
    assert document_of(tiny)["n"] is None
    assert not re.search(r'"mean"', document)
    assert site.get(path(tiny, "guide")).status_code == 200
    assert site.get(path(tiny, "slides")).status_code == 200


def test_a_hidden_group_is_named_without_a_number(site, place):
    a_round = make_survey(place.organization, by=place.lead, headcount=30, groups=GROUPS, cut=Cut.JOB_ROLE)
    answer(a_round, 20, groups=("nurse", "peer"))
    answer(a_round, 3, groups=("desk",), seed=2)
    close_it(a_round, place)
    place.be(place.lead)
    page = site.get(path(a_round)).text
    assert "These groups are not shown, so that nobody can be found out" in page
    hidden = [group for group in document_of(a_round)["groups"] if group["n"] is None]
    assert {group["name"] for group in hidden} >= {"Front desk"}
    assert all(cell is None for group in hidden for cell in group["areas"].values())


def test_everybody_reads_the_same_snapshot_and_staff_once_it_is_shared(site, place, closed):
    for person in (place.lead, place.expert):
        place.be(person)
        assert "14 of 20 people answered" in site.get(path(closed)).text
    for person in (place.staff, place.outsider):
        place.be(person)
        for rest in ("report", "report.pdf", "report.csv", "report.json", "guide", "slides"):
            site.get(path(closed, rest), status=404)
    place.be(place.lead)
    site.post(path(closed, "share"), {"share": "on"}, status=303)
    place.be(place.staff)
    assert "14 of 20 people answered" in site.get(path(closed)).text
    assert "Share it with staff" not in site.get(path(closed)).text


def test_a_round_before_and_what_became_of_its_steps_live_on(site, place, closed):
    first = db.session.scalars(select(RecommendedAction).filter_by(round_id=closed.id)).first()
    first.round = closed
    actions.decline_action(first, reason="We do this already.", by_id=place.lead.id)
    db.session.commit()
    clock_days_later(closed, 200)
    later = make_survey(place.organization, by=place.lead, headcount=20)
    answer(later, 15, low=3, high=5, seed=3)
    close_it(later, place)
    place.be(place.lead)
    page = site.get(path(later)).text
    assert "What became of the steps of the round before" in page
    assert "We do this already." in page
    assert document_of(later)["is_change_shown"]
    assert re.search(r"clear change|possible change|cannot tell yet", page)
    assert "↑" not in page
    assert "↓" not in page


def test_the_steps_of_a_named_round_live_on_too(site, place):
    earlier = make_round(place.organization, place.member, by=place.lead)
    rate_all(earlier, place.member, 2)
    close(earlier, place.lead)
    step = db.session.scalars(select(RecommendedAction).filter_by(round_id=earlier.id)).first()
    step.round = earlier
    actions.decline_action(step, reason="Not this year.", by_id=place.lead.id)
    db.session.commit()
    clock_days_later(earlier, 200)
    later = make_round(place.organization, place.member, by=place.lead)
    rate_all(later, place.member, 3)
    close(later, place.lead)
    place.be(place.lead)
    assert "Not this year." in site.get(path(later)).text


def test_accepting_a_step_from_a_survey_opens_a_cycle_with_where_it_starts(site, place, closed):
    place.be(place.lead)
    step = db.session.scalars(
        select(RecommendedAction).filter_by(round_id=closed.id).where(RecommendedAction.item_key.is_not(None))
    ).first()
    if step is None:
        step = db.session.scalars(select(RecommendedAction).filter_by(round_id=closed.id)).first()
    fields = {"decision": "accept", "owner": str(place.staff.id), "due_on": str(clock.today() + timedelta(days=30))}
    site.post(path(closed, f"actions/{step.id}"), fields, status=303)
    page = site.get(f"/improve/from-action/{step.id}")
    assert page.status_code == 200
    assert "of 5" in page.text
    assert "gree with: “" in page.text


def test_a_step_sent_without_an_owner_keeps_the_page(site, place, closed):
    place.be(place.lead)
    step = db.session.scalars(select(RecommendedAction).filter_by(round_id=closed.id)).first()
    page = site.post(path(closed, f"actions/{step.id}"), {"decision": "accept", "owner": "", "due_on": ""}, status=422)
    assert "14 of 20 people answered" in page.text


def test_the_page_costs_few_statements(site, place, closed):
    place.be(place.lead)
    site.get(path(closed))
    with counted_statements() as statements:
        site.get(path(closed))
    assert len(statements) <= MOST_STATEMENTS, statements


# ---------------------------------------------------------------- files


def test_the_table_and_the_file_for_programs_come_from_the_snapshot(site, place, closed):
    place.be(place.lead)
    document = document_of(closed)
    told = json.loads(site.get(path(closed, "report.json")).data)
    assert told["document"] == json.loads(json.dumps(document))
    rows = list(csv.DictReader(io.StringIO(site.get(path(closed, "report.csv")).data.decode("utf-8-sig"))))
    means = {
        row["area_key"]: float(row["value"])
        for row in rows
        if row["figure"] == "mean" and row["area_key"] and not row["item_key"] and not row["group"]
    }
    assert means == {area["key"]: area["mean"] for area in document["areas"]}
    shown = {row["group"]: row["value"] for row in rows if row["figure"] == "n" and row["group"]}
    assert shown == {group["name"]: str(group["n"] or "") for group in document["groups"]}


def test_a_name_that_is_a_formula_stays_text(site, place):
    groups = (("a", "=cmd()", 8), ("b", "+1", 8))
    a_round = make_survey(place.organization, by=place.lead, headcount=20, groups=groups, cut=Cut.JOB_ROLE)
    answer(a_round, 14, groups=("a", "b"))
    close_it(a_round, place)
    place.be(place.lead)
    table = site.get(path(a_round, "report.csv")).data.decode("utf-8-sig")
    assert "'=cmd()" in table
    assert ",=cmd()" not in table


def test_the_pdf_is_drawn_for_all_modes(site, place, closed):
    named = make_round(place.organization, place.member, by=place.lead)
    rate_all(named, place.member, 2)
    close(named, place.lead)
    place.be(place.lead)
    for a_round in (closed, named):
        answered = site.get(path(a_round, "report.pdf"))
        assert answered.mimetype == "application/pdf"
        assert answered.data.startswith(b"%PDF")


def test_scores_of_a_named_round_leave_without_what_was_written(site, place):
    named = make_round(place.organization, place.member, by=place.lead)
    rate_all(named, place.member, 2)
    close(named, place.lead)
    rounds.share_report(named, is_shared=True, by_id=place.lead.id)
    db.session.commit()
    place.be(place.staff)
    told = json.loads(site.get(path(named, "report.json")).data)
    assert "said" not in told
    assert [area["score"] for area in told["areas"]] == [2.0] * 8
    assert site.get(path(named, "report.csv")).status_code == 200


def test_guide_and_slides_speak_of_this_report(site, place, closed):
    named = make_round(place.organization, place.member, by=place.lead)
    rate_all(named, place.member, 2)
    close(named, place.lead)
    place.be(place.lead)
    for a_round in (closed, named):
        guide = site.get(path(a_round, "guide"))
        assert "Thirty minutes with your report" in guide.text
        assert guide.text.count("guide-step") == 5
        slides = site.get(path(a_round, "slides"))
        assert slides.text.count('<section class="slide') >= 6
    assert "not about who said what" in site.get(path(closed, "guide")).text


def test_an_open_round_has_no_report_to_take_along(site, place):
    a_round = make_survey(place.organization, by=place.lead, headcount=20)
    answer(a_round, 12)
    place.be(place.lead)
    for rest in ("report.pdf", "report.csv", "report.json", "guide", "slides"):
        site.get(path(a_round, rest), status=303)
    assert db.session.scalars(select(SurveySnapshot)).first() is None


def test_everything_speaks_spanish(site, place, closed):
    place.be(place.lead)
    for rest in ("report", "guide", "slides", "report.pdf"):
        assert site.get(path(closed, f"{rest}?lang=es")).status_code == 200


def clock_days_later(a_round, days):
    """Let a round have been closed some time ago."""
    a_round.opened_at -= timedelta(days=days)
    a_round.closed_at -= timedelta(days=days)
    snapshot = db.session.get(SurveySnapshot, (a_round.id, 1))
    if snapshot is not None:
        earlier = clock.today() - timedelta(days=days)
        snapshot.document = {**snapshot.document, "closed_on": earlier.isoformat()}
    db.session.commit()
