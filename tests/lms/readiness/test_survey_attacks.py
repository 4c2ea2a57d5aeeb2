"""Ways to learn who answered what, or a number that is hidden: each was tried by hand once, and stays shut."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import inspect, text

from lms import clock
from lms.coalitions.models import CoalitionOrganization
from lms.db import db
from lms.organizations.models import Membership, Organization
from lms.readiness.models import Campaign, CampaignOffer, Comparison, Draft, Invite, Round, SurveyResponse, Via
from lms.readiness.queries import answering, campaigns, surveys
from lms.readiness.queries.campaigns import HeldCampaign
from lms.readiness.queries.survey_reports import get_snapshot
from lms.readiness.services import campaigns as campaign_services
from lms.readiness.services import comparing
from lms.readiness.services import surveys as closing
from lms.readiness.survey_text import mask
from tests.factories import surveys as made
from tests.factories.people import make_membership, make_organization
from tests.lms.readiness.conftest import Place

TODAY = clock.today
SMALL = (("nurse", "Nurses", 8), ("doctor", "Doctors", 1), ("peer", "Peer workers", None))


def close(survey: Round) -> None:
    closing.close_survey(survey, today=TODAY(), by_id=None)
    db.session.commit()


def take_late(survey: Round, by: int, *answers: Any) -> None:
    closing.reopen_survey(survey, TODAY() + timedelta(days=2), today=TODAY(), by_id=by)
    made.make_responses(survey, *answers)
    closing.end_reopening(survey, today=TODAY(), by_id=by)
    db.session.commit()


def compared_cell(place: Place, organization: Organization, area_key: str) -> Any:
    comparing.compare_anew(place.coalition.id, made.INSTRUMENT)
    db.session.commit()
    document = db.session.query(Comparison).populate_existing().one().document
    at = [each["organization_id"] for each in document["organizations"]].index(organization.id)
    return document["columns"][area_key]["cells"][at]


def first_area(slug: str = made.INSTRUMENT) -> str:
    return made.survey_instrument(slug).areas[0].key


# ---------------------------------------------------------------- what others see


def test_a_comparison_keeps_the_higher_minimum_that_was_promised(place: Place):
    survey = made.make_survey(place.organization, headcount=30, minimum=20)
    made.make_responses(survey, *[3, 4, 2] * 4)
    close(survey)
    assert get_snapshot(survey.id).document["n"] is None
    cell = compared_cell(place, place.organization, first_area())
    assert (cell["n"], cell["mean"]) == (None, None)


def test_a_comparison_never_measures_a_change_from_fewer_than_were_promised(place: Place):
    for n, minimum, days in ((12, 20, 200), (24, 5, 0)):
        survey = made.make_survey(place.organization, headcount=30, minimum=minimum)
        made.make_responses(survey, *[1 if n == 12 else 5, 3, 2, 4] * (n // 4))
        close(survey)
        survey.closed_at = clock.now() - timedelta(days=days)
        db.session.commit()
    cell = compared_cell(place, place.organization, first_area())
    assert cell["n"] == 24
    assert cell["change"] is None


def test_a_comparison_never_takes_in_late_answers_that_the_report_holds_back(place: Place):
    """Five late ones who all say the same would follow from the means before and after."""
    survey = made.make_survey(place.organization, headcount=30)
    made.make_responses(survey, 2, 3, 2, 4, 3, 2, 3, 2, 4, 3)
    close(survey)
    keys = [area.key for area in made.survey_instrument().areas]
    before = [compared_cell(place, place.organization, key) for key in keys]
    take_late(survey, place.lead.id, 5, 5, 5, 5, 5)
    assert not all(line["is_renewable"] for line in get_snapshot(survey.id).document["areas"])
    assert [compared_cell(place, place.organization, key) for key in keys] == before


def test_the_word_for_a_change_never_moves_by_answers_that_the_report_holds_back(place: Place):
    earlier = made.make_survey(place.organization, headcount=30)
    made.make_responses(earlier, *[2, 3, 2, 3, 2, 3, 2, 3, 2, 3])
    close(earlier)
    earlier.closed_at = clock.now() - timedelta(days=200)
    survey = made.make_survey(place.organization, headcount=30)
    made.make_responses(survey, *[2, 3, 2, 3, 2, 3, 2, 3, 3, 3])
    close(survey)
    before = {line["key"]: line for line in get_snapshot(survey.id).document["areas"]}
    take_late(survey, place.lead.id, *[5] * 10)
    held_back = [line for line in get_snapshot(survey.id).document["areas"] if not line["is_renewable"]]
    assert held_back
    for line in held_back:
        assert line["certainty"] == before[line["key"]]["certainty"]
        assert line["earlier_mean"] == before[line["key"]]["earlier_mean"]


def test_a_comparison_takes_in_the_answers_with_which_a_report_first_told_something(place: Place):
    survey = made.make_survey(place.organization, headcount=30)
    made.make_responses(survey, 2, 3, 2)
    close(survey)
    take_late(survey, place.lead.id, 3, 4, 2, 3, 4)
    assert compared_cell(place, place.organization, first_area())["n"] == 8


def close_campaign(place: Place, *small: tuple[int, tuple[int, ...]]) -> Campaign:
    """A round across organizations of so many people, each with its minimum and its answers."""
    today = TODAY()
    campaign = Campaign(
        event_uuid="one",
        coalition_id=place.coalition.id,
        version_id=made.get_newest("trauma-informed").id,
        closes_on=today,
        results_on=today,
        started_at=clock.now(),
    )
    db.session.add(campaign)
    db.session.flush()
    for number, (minimum, answers) in enumerate(small):
        organization = make_organization(f"Small {number}")
        db.session.add(
            CoalitionOrganization(
                coalition_id=place.coalition.id, organization_id=organization.id, joined_at=clock.now()
            )
        )
        survey = made.make_survey(
            organization, slug="trauma-informed", change_name=None, headcount=7, is_pooled=True, minimum=minimum
        )
        made.make_responses(survey, *answers)
        close(survey)
        db.session.add(CampaignOffer(campaign_id=campaign.id, organization_id=organization.id, round_id=survey.id))
    db.session.commit()
    held = HeldCampaign(campaign, place.coalition, made.survey_instrument("trauma-informed"))
    campaign_services.close_campaign(held, today=today, by_id=place.lead.id)
    db.session.commit()
    return campaign


def test_a_pooled_report_keeps_the_highest_minimum_that_was_promised(place: Place):
    campaign = close_campaign(place, (5, (2, 3, 4)), (5, (3, 3, 4)), (20, (2, 4, 3)))
    assert campaign.pooled["n"] is None
    assert campaign.pooled["areas"] == []


# ---------------------------------------------------------------- what a lead sees


def test_late_answers_are_told_in_steps_of_their_own(place: Place):
    """Twelve are known from the report: "15 or more" would tell that three late ones have come."""
    survey = made.make_survey(place.organization, headcount=30)
    made.make_responses(survey, *[3, 4] * 6)
    close(survey)
    closing.reopen_survey(survey, TODAY(), today=TODAY(), by_id=place.lead.id)
    told = []
    for _ in range(6):
        made.make_response(survey, 3)
        told.append(surveys.count_known(survey.id, TODAY()).step_answered)
        assert surveys.list_standings([survey.id])[survey.id].step_answered == told[-1]
    assert told == [10, 10, 10, 10, 15, 15]


def test_a_coordinator_is_told_late_answers_in_steps_of_their_own(place: Place):
    campaign = close_campaign(place, (5, (2, 3, 4, 4)))
    survey = db.session.get_one(Round, campaigns.list_offers(campaign.id)[0].round_id)
    made.make_response(survey, 3)
    assert campaigns.list_offers(campaign.id)[0].step_answered == 0


# ---------------------------------------------------------------- what lies in the database


def group_keys(survey: Round) -> list[str | None]:
    db.session.expire_all()
    keys = [each.group_key for each in db.session.query(SurveyResponse).filter_by(round_id=survey.id)]
    return sorted(keys, key=str)


def test_who_is_alone_in_a_group_is_not_named_by_it(place: Place):
    """There is one doctor: an answer with that word beside it would be signed."""
    survey = made.make_survey(place.organization, groups=SMALL)
    for group in ("nurse", "doctor", "peer"):
        made.answer_by_link(place.client, made.token_of(made.make_invite(survey)), group=group)
    assert group_keys(survey) == [None, "nurse", "peer"]


def test_groups_too_small_to_be_shown_are_forgotten_at_the_close(place: Place):
    survey = made.make_survey(place.organization, headcount=30, groups=made.ROLES)
    made.make_responses(survey, *[3, 4] * 4, group_key="nurse")
    made.make_responses(survey, 2, 3, group_key="peer")
    made.make_responses(survey, 2, 3, 4)
    close(survey)
    shown = {row["key"]: row["n"] for row in get_snapshot(survey.id).document["groups"]}
    assert shown == {"nurse": 8, "peer": None}
    assert group_keys(survey) == [None] * 5 + ["nurse"] * 8


def test_groups_are_forgotten_when_nothing_of_a_survey_is_shown(place: Place):
    survey = made.make_survey(place.organization, groups=made.ROLES)
    made.make_responses(survey, 3, 4, group_key="nurse")
    close(survey)
    assert group_keys(survey) == [None, None]


def test_late_answers_keep_only_the_groups_that_were_renewed(place: Place):
    survey = made.make_survey(place.organization, headcount=30, groups=made.ROLES)
    made.make_responses(survey, *[3, 4] * 4, group_key="nurse")
    made.make_responses(survey, 2, 3, 2, 4, 3, group_key="peer")
    close(survey)
    closing.reopen_survey(survey, TODAY(), today=TODAY(), by_id=place.lead.id)
    made.make_responses(survey, 2, 3, 4, 3, 2, 4, group_key="nurse")
    made.make_response(survey, 2, group_key="peer")
    closing.end_reopening(survey, today=TODAY(), by_id=place.lead.id)
    db.session.commit()
    rows = {row["key"]: row["is_renewable"] for row in get_snapshot(survey.id).document["groups"]}
    assert not all(rows.values())
    kept = set(group_keys(survey)) - {None}
    assert kept == {key for key, is_renewable in rows.items() if is_renewable}


# ---------------------------------------------------------------- what arrives by a link


def dumped() -> list[tuple[Any, ...]]:
    db.session.rollback()
    names = sorted(inspect(db.engine).get_table_names())
    rows = [(name, *row) for name in names for row in db.session.execute(text(f'SELECT * FROM "{name}"'))]  # noqa: S608  # our own names
    db.session.rollback()
    return rows


def test_opening_links_changes_nothing(place: Place):
    """Scanners of mail and previews of links open all of them."""
    survey = made.make_survey(place.organization, groups=made.ROLES)
    token, poster = made.token_of(made.make_invite(survey)), made.poster_token_of(survey)
    before = dumped()
    for path in ("", "/group", "/1", "/2", "/review", "/thanks", "?lang=es", "?promise=1"):
        for ask in (place.client.get, place.client.head):
            assert ask(f"/survey/{token}{path}").status_code in {200, 303}
    assert place.client.get(f"/survey/poster/{poster}").status_code == 200
    assert place.client.head(f"/survey/poster/{poster}").status_code == 200
    assert dumped() == before


def test_nothing_of_a_page_names_another_host_or_is_kept(place: Place):
    token = made.token_of(made.make_invite(made.make_survey(place.organization), via=Via.POSTER))
    page = place.client.get(f"/survey/{token}", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in page.text
    assert f"http://localhost/survey/{token}" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page.headers
    assert place.client.get(f"/survey/{token}", headers={"Host": "evil.example"}).status_code == 400


def test_the_link_of_somebody_who_left_opens_nothing(place: Place):
    make_membership(place.member, place.other)
    survey = made.make_survey(place.organization)
    token = made.token_of(made.make_invite(survey, person=place.member))
    assert place.client.get(f"/survey/{token}").status_code == 200
    assert answering.list_own_invites(place.member.id, made.survey_key())
    held = db.session.query(Membership).filter_by(person_id=place.member.id, organization_id=place.organization.id)
    held.one().ended_at = clock.now()
    db.session.commit()
    assert answering.list_own_invites(place.member.id, made.survey_key()) == []
    assert place.client.get(f"/survey/{token}").status_code == 404
    assert place.client.post(f"/survey/{token}/1", data={"answer-effort": "4"}).status_code == 404
    assert place.client.post(f"/survey/{token}/save", json={"answers": {"effort": "4"}}).status_code == 404
    assert db.session.query(Draft).count() == 0


HOSTILE = [
    {"answers": {"effort": "6"}},
    {"answers": {"effort": "0"}},
    {"answers": {"effort": "-1"}},
    {"answers": {"effort": "٣"}},
    {"answers": {"effort": "skipped"}},
    {"answers": {"effort": "4\0"}},
    {"answers": {"no-such-item": "4"}},
    {"answers": {"\ud800": "4"}},
    {"answers": {"effort": 4}},
    {"answers": {"effort": None}},
    {"answers": {"effort": ["4"]}},
    {"answers": {}},
    {"answers": {f"item-{n}": "4" for n in range(51)}},
    {"answers": {"effort": "4"}, "row_version": "1"},
    {"answers": {"effort": "4"}, "group": "nurse"},
    {"answers": {"effort": "4" * 10_000}},
    [],
    "4",
    None,
]


@pytest.mark.parametrize("sent", HOSTILE)
def test_taps_that_are_none_are_refused_and_leave_nothing(place: Place, sent: Any):
    token = made.token_of(made.make_invite(made.make_survey(place.organization)))
    before = dumped()
    assert place.client.post(f"/survey/{token}/save", json=sent).status_code in {400, 422}
    assert dumped() == before


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"answers":' * 10_000, b"\xff\xfe", b'{"answers": {"effort": 1e999}}']
)
def test_json_that_never_ends_is_refused(place: Place, body: bytes):
    token = made.token_of(made.make_invite(made.make_survey(place.organization)))
    sent = place.client.post(f"/survey/{token}/save", data=body, content_type="application/json")
    assert sent.status_code in {400, 413, 422}


@pytest.mark.parametrize("group", ["manager", "doctor ", "nurse\0nurse", "١", "x" * 10_000])
def test_groups_of_other_surveys_are_refused(place: Place, group: str):
    other = made.make_survey(place.other, groups=(("manager", "Managers", 5), ("rest", "All others", 7)))
    assert made.poster_token_of(other)
    token = made.token_of(made.make_invite(made.make_survey(place.organization, groups=SMALL)))
    assert place.client.post(f"/survey/{token}/group", data={"group": group}).status_code == 422


def test_long_and_strange_comments_are_refused_or_kept_as_text(place: Place):
    survey = made.make_survey(place.organization)
    token = made.token_of(made.make_invite(survey))
    path = f"/survey/{token}/review"
    assert place.client.post(path, data={"comment": "x" * 10_000, "go": "preview"}).status_code == 422
    odd = "<script>alert(1)</script> \u202egnp.exe \0 \u200b 👩\u200d👩\u200d👧 {{ 7*7 }} ﷽"
    assert place.client.post(path, data={"comment": odd, "go": "preview"}).status_code == 303
    page = place.client.get(path).text
    assert "<script>alert(1)" not in page
    assert "49" not in page.split("alert(1)")[1][:60]


def test_the_link_of_one_opens_nothing_of_another(place: Place):
    survey = made.make_survey(place.organization)
    first, second = (made.token_of(made.make_invite(survey)) for _ in range(2))
    place.client.post(f"/survey/{first}/1", data={"answer-effort": "4"})
    assert place.client.get(f"/survey/{second}").status_code == 200, "it has not begun"
    mixed = [first[:22] + second[22:], first[:-1] + ("A" if first[-1] != "A" else "B"), first + "=", first[:-1]]
    for guess in mixed:
        assert place.client.get(f"/survey/{guess}").status_code == 404
    assert db.session.query(Invite).count() == 2


@pytest.mark.parametrize(
    ("typed", "masked"),
    [
        ("Mail k.lee＠example.org", "Mail [address]"),
        ("Ask Ka\u200bren", "Ask [name]"),
        ("Ask Ka\u00adren", "Ask [name]"),
        ("ｋａｒｅｎ shouts", "[name] shouts"),
        ("begon\u0303a shouts", "[name] shouts"),
        ("Call ５５５-０１０-７７８８", "Call [number]"),
        ("Call 555\u2011010\u20117788", "Call [number]"),
        ("Call 555\u200b010\u200b7788", "Call [number]"),
        ("See \u202ewww.facebook.com/lee\u202c", "See [address]"),
    ],
)
def test_other_spellings_are_masked_too(typed: str, masked: str):
    assert mask(typed, ["Begoña Jones"]) == masked
