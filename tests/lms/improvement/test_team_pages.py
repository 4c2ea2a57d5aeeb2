import pytest
from sqlalchemy import select

from lms.coalitions.queries import load_actor
from lms.db import db
from lms.improvement.models import AimVersion, ChangeIdea, Team, TeamMember
from lms.improvement.queries.teams import list_readable_team_ids
from lms.organizations.services.memberships import end_membership
from tests.factories.improvement import make_cycle, make_entries, make_measure, make_team
from tests.factories.people import make_membership, make_person
from tests.statements import counted_statements

HOSTILE = ["<script>alert(1)</script>", "=cmd()|'/C calc'!A0", "😀 \u202eevil\u202c", "O'Brien \" -- ;"]
AIM = {
    "what": "People start medication the same day",
    "measure_text": "Share with a dose within 24 hours",
    "how_much": "from 40 to 75 percent",
    "by_when_on": "2026-12-01",
    "for_whom": "Adults at the walk-in clinic",
}


def test_a_lead_starts_a_team_and_lands_on_it(site, shop, as_person):
    as_person(shop.lead)
    form = {"name": "Night calls", "members": [str(shop.member.id), str(shop.staff.id)]}
    response = site.post(f"/organizations/{shop.harbor.id}/teams/new", form, status=303)
    html = site.get(response.location).text
    assert "Night calls" in html
    assert "Mo Member" in html
    assert "Write the aim" in site.get(response.location).text or "Add a measure" in html


def test_a_second_click_starts_one_team(site, shop, as_person):
    as_person(shop.lead)
    path = f"/organizations/{shop.harbor.id}/teams/new"
    fields = {**site.hidden_fields(path), "name": "Night calls"}
    first, second = (site.client.post(path, data=fields) for _ in range(2))
    assert first.location == second.location
    assert len(db.session.scalars(select(Team).where(Team.name == "Night calls")).all()) == 1


@pytest.mark.parametrize(("who", "status"), [("member", 403), ("staff", 403), ("expert", 403), ("stranger", 404)])
def test_only_leads_start_and_edit_teams(site, shop, as_person, who, status):
    as_person(getattr(shop, who))
    site.get(f"/organizations/{shop.harbor.id}/teams/new", status=status)
    site.get(f"{shop.url}/edit", status=status)


@pytest.mark.parametrize(
    ("who", "status"),
    [("lead", 200), ("member", 200), ("staff", 200), ("expert", 200), ("coordinator", 200), ("admin", 200),
     ("neighbor", 404), ("stranger", 404)],
)  # fmt: skip
def test_who_reads_a_team(site, shop, as_person, who, status):
    as_person(getattr(shop, who))
    site.get(shop.url, status=status)
    assert (shop.team.id in list_readable_team_ids(load_actor(getattr(shop, who)))) is (status == 200)


@pytest.mark.parametrize("who", ["staff", "expert", "coordinator"])
def test_readers_do_not_write(site, shop, as_person, who):
    as_person(getattr(shop, who))
    for path in ("aim", "measures/new", "ideas/new", "cycles/new"):
        site.get(f"{shop.url}/{path}", status=403)
    assert "Your next step" not in site.get(shop.url).text


def test_a_taken_name_or_an_outsider_is_refused_beside_the_field(site, shop, as_person):
    as_person(shop.lead)
    path = f"/organizations/{shop.harbor.id}/teams/new"
    assert "already have a team" in site.post(path, {"name": "SAME-day start"}, status=422).text
    site.post(path, {"name": "New", "members": [str(shop.neighbor.id)]}, status=422)


def test_two_leads_who_edit_a_team_see_both_versions(site, shop, as_person):
    as_person(shop.lead)
    stale = {**site.hidden_fields(f"{shop.url}/edit"), "row_version": "1", "members": [str(shop.member.id)]}
    site.post(f"{shop.url}/edit", {"row_version": "1", "name": "Theirs", "members": [str(shop.staff.id)]}, status=303)
    response = site.client.post(f"{shop.url}/edit", data={**stale, "name": "Mine"})
    assert response.status_code == 409
    for text in ("Theirs", "Mine", "Sam Staff", "Nothing was overwritten"):
        assert text in response.text


def test_a_team_is_closed_and_opened_again(site, shop, as_person):
    as_person(shop.lead)
    site.post(f"{shop.url}/edit", {"action": "close"}, status=303)
    assert "Closed" in site.get(shop.url).text
    assert "same-day start" not in site.get("/improve").text.lower()
    site.post(f"{shop.url}/edit", {"action": "open"}, status=303)
    assert "Same-day start" in site.get("/improve").text


def test_an_aim_keeps_each_wording(site, shop, as_person):
    as_person(shop.member)
    site.post(f"{shop.url}/aim", {**AIM, "row_version": "0"}, status=303)
    site.post(
        f"{shop.url}/aim", {**AIM, "what": "People start the same day, also at night", "row_version": "1"}, status=303
    )
    assert "also at night" in site.get(shop.url).text
    versions = db.session.scalars(select(AimVersion).order_by(AimVersion.number)).all()
    assert [version.number for version in versions] == [1, 2]
    assert AIM["what"] in site.get(f"{shop.url}/aim").text


def test_aims_that_meet_are_both_shown(site, shop, as_person):
    as_person(shop.member)
    site.post(f"{shop.url}/aim", {**AIM, "row_version": "0"}, status=303)
    page = site.post(f"{shop.url}/aim", {**AIM, "how_much": "to 90 percent", "row_version": "0"}, status=409).text
    assert "to 90 percent" in page
    assert "from 40 to 75 percent" in page


def test_an_aim_that_meets_somebody_elses_shows_who_wrote_it(site, shop, as_person):
    as_person(shop.lead)
    site.post(f"{shop.url}/aim", {**AIM, "row_version": "0"}, status=303)
    as_person(shop.member)
    db.session.expunge_all()  # as in a request of its own: nobody has read who wrote it
    page = site.post(f"{shop.url}/aim", {**AIM, "how_much": "to 90 percent", "row_version": "0"}, status=409).text
    assert "to 90 percent" in page
    assert AIM["how_much"] in page
    assert "Lea Lead" in page


def test_an_aim_without_answers_is_refused(site, shop, as_person):
    as_person(shop.member)
    page = site.post(f"{shop.url}/aim", {"row_version": "0"}, status=422).text
    assert "Write what you want to be better." in page
    assert "Choose a day." in page


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_it_was_typed(site, shop, as_person, text):
    as_person(shop.member)
    site.post(f"{shop.url}/ideas/new", {"title": text, "description": text * 50}, status=303)
    html = site.get(shop.url).text
    assert "<script>alert" not in html
    assert db.session.scalar(select(ChangeIdea.title)) == text


def test_long_text_is_refused(site, shop, as_person):
    as_person(shop.member)
    assert "characters or fewer" in site.post(f"{shop.url}/ideas/new", {"title": "x" * 10_000}, status=422).text


def test_ideas_are_edited_put_aside_and_met_edits_shown(site, shop, as_person):
    as_person(shop.member)
    site.post(f"{shop.url}/ideas/new", {"title": "Call people"}, status=303)
    idea = db.session.scalars(select(ChangeIdea)).one()
    url = f"/improve/ideas/{idea.id}"
    site.post(url, {"title": "Call people twice", "row_version": "1"}, status=303)
    stale = site.post(url, {"title": "Text people", "row_version": "1"}, status=409).text
    assert "Call people twice" in stale
    assert "Text people" in stale
    site.post(url, {"action": "close"}, status=303)
    assert "Put aside" in site.get(shop.url).text


def test_who_leaves_the_organization_leaves_the_team_at_once(site, shop, as_person):
    end_membership(shop.member_membership, by_id=shop.lead.id)
    db.session.commit()
    assert db.session.scalar(select(TeamMember.left_at)) is not None
    as_person(shop.member)
    site.get(shop.url, status=404)


def test_the_list_names_own_teams_and_others(site, shop, as_person):
    as_person(shop.expert)
    assert "Teams you can read" in site.get("/improve").text
    as_person(shop.member)
    assert "Your teams" in site.get("/improve").text
    as_person(shop.stranger)
    assert "No team yet" in site.get("/improve").text
    as_person(make_person("Lone"))
    assert "not on a team yet" in site.get("/improve").text


def test_pages_cost_the_same_with_much_work(site, shop, as_person):
    as_person(shop.member)

    def cost(path):
        site.get(path)
        with counted_statements() as seen:
            site.get(path)
        return len(seen)

    before = cost(shop.url), cost("/improve")
    for number in range(6):
        measure = make_measure(shop.team, shop.member, name=f"Measure {number}")
        make_entries(measure, shop.member, *range(1, 15))
        make_cycle(shop.team, shop.member, "acted", measure_id=measure.id)
        make_team(shop.harbor, shop.member, name=f"Team {number}")
        make_membership(make_person(f"Person {number}"), shop.harbor)
    after = cost(shop.url), cost("/improve")
    assert after == before
    assert after[0] <= 12
    assert after[1] <= 8
