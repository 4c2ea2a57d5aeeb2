from datetime import date

import pytest
from sqlalchemy import func, select

from lms.authz import MembershipRole
from lms.coalitions.services import leave_coalition
from lms.collaboratives import services
from lms.collaboratives.models import Collaborative, CollaborativeSession, SessionAttendance
from lms.collaboratives.rules import Phase
from lms.collaboratives.services import Charter
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.improvement.models import Team
from lms.improvement.queries import get_team
from lms.improvement.rules import Direction, Unit
from lms.organizations.models import Membership
from tests.factories.collaboratives import make_collaborative, make_session, team_of
from tests.factories.improvement import make_cycle, make_entries, make_measure, make_team
from tests.factories.people import make_membership, make_organization, make_person
from tests.statements import counted_statements

HOSTILE = ["<script>alert(1)</script>", "=cmd()", "العربية \u202e 🙂", "{{ 7 * 191191 }}", "'; DROP TABLE person; --"]
SAID = {
    "name": "Naloxone everywhere",
    "aim": "Everybody leaves with naloxone.",
    "charter": "We share.\nWe meet.",
    "starts_on": "2026-03-02",
    "ends_on": "2026-09-30",
    "phase": "prework",
}
MEETING = {"title": "Kick-off", "kind": "learning", "held_on": "2026-03-09", "place": "Town hall", "notes": ""}
MANAGED = ["/edit", "/sessions/new", "/teams/new"]


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def cost(client, path):
    client.get(path)
    with counted_statements() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


def give_work(team, by, *, n_cycles=1):
    """A chart of twenty weeks that gets better, and cycles."""
    whole = get_team(team.id)
    measure = make_measure(whole, by)
    make_entries(measure, by, *([8, 10, 9, 11, 8, 10] * 2), *([15] * 8))
    for _number in range(n_cycles):
        make_cycle(whole, by, "acted", measure_id=measure.id)
    return measure


# Reading


@pytest.mark.parametrize("who", ["staff", "lead", "expert", "coordinator", "admin"])
def test_who_takes_part_or_helps_reads_the_collaborative(cohort, site, as_person, who):
    as_person(getattr(cohort, who))
    page = site.get(cohort.url)
    assert "Half of all people start medication" in page.text
    assert all(name in page.text for name in ("Harbor House", "River Clinic", "Oak Library"))
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("who", ["neighbor", "outsider"])
@pytest.mark.parametrize("path", ["", *MANAGED])
def test_who_takes_no_part_finds_nothing(cohort, site, as_person, who, path):
    as_person(getattr(cohort, who))
    site.get(cohort.url + path, status=404)


@pytest.mark.parametrize("who", ["staff", "lead", "expert"])
@pytest.mark.parametrize("path", MANAGED)
def test_only_coordinators_run_it(cohort, site, as_person, who, path):
    as_person(getattr(cohort, who))
    site.get(cohort.url + path, status=403)
    site.post(cohort.url + path, status=403)
    page = site.get(cohort.url).text
    assert f"{cohort.url}{path}" not in page


def test_a_team_that_left_no_longer_reads_along(cohort, site, as_person):
    as_person(cohort.coordinator)
    site.post(f"{cohort.url}/teams/{cohort.team.id}/remove", status=303)
    as_person(cohort.staff)
    site.get(cohort.url, status=404)


def test_a_person_who_left_the_organization_no_longer_reads_along(cohort, site, as_person):
    as_person(cohort.staff)
    site.get(cohort.url)
    membership = db.session.scalars(select(Membership).where(Membership.person_id == cohort.staff.id)).one()
    membership.ended_at = membership.started_at
    db.session.commit()
    site.get(cohort.url, status=404)


def test_a_neighbor_sees_the_name_in_the_list_and_no_link(cohort, site, as_person):
    as_person(cohort.neighbor)
    page = site.get(cohort.list_url).text
    assert "Same-day start" in page
    assert f'href="{cohort.url}"' not in page
    as_person(cohort.staff)
    assert f'href="{cohort.url}"' in site.get(cohort.list_url).text


def test_a_child_of_another_collaborative_is_not_found(cohort, site, as_person):
    as_person(cohort.admin)
    site.get(f"{cohort.url}/sessions/{cohort.far_session.id}", status=404)
    site.post(f"{cohort.url}/teams/{cohort.far_team.id}/remove", status=404)


# The page


def test_teams_stand_side_by_side_with_their_charts_and_cycles(cohort, site, as_person):
    for organization in (cohort.harbor, cohort.river, cohort.oak):
        give_work(team_of(cohort.collaborative, organization), _lead_of(organization, cohort))
    as_person(cohort.coordinator)
    page = site.get(cohort.url).text
    assert page.count('class="chart run-chart run-chart-small"') == 3
    assert page.count("Better:") >= 3
    assert "Newest cycle: 1, Call the day before" in page
    assert "All four stages are written" in page
    assert "3 of 3" in page
    assert "71 of 100" in page


def test_a_team_without_aim_or_measure_says_so(cohort, site, as_person):
    as_person(cohort.lead)
    page = site.get(cohort.url).text
    assert "No aim written yet." in page
    assert "No measure yet, so there is no chart." in page
    assert "No cycle yet." in page
    assert "How cycles are run here" not in page


def test_the_page_costs_the_same_with_one_team_and_with_many(cohort, client, as_person):
    give_work(cohort.team, cohort.lead)
    make_session(cohort.collaborative, title="Two")
    as_person(cohort.coordinator)
    few = cost(client, cohort.url)
    for number in range(6):
        organization = make_organization(f"Organization {number}")
        person = make_person(f"Lead {number}")
        _join(person, organization)
        team = make_team(organization, person, collaborative_id=cohort.collaborative.id)
        give_work(team, person, n_cycles=2)
        make_session(cohort.collaborative, title=f"Session {number}")
    assert cost(client, cohort.url) == few <= 12


def test_the_list_costs_the_same_with_one_and_with_twenty(cohort, client, as_person):
    as_person(cohort.coordinator)
    few = cost(client, cohort.list_url)
    for number in range(20):
        make_collaborative(cohort.own, cohort.elm, name=f"Cohort {number}")
    assert cost(client, cohort.list_url) == few <= 8


def test_hostile_text_stays_text(cohort, site, as_person):
    as_person(cohort.coordinator)
    for version, text in enumerate([*HOSTILE, "long " * 380], 1):
        said = {**SAID, "aim": text, "charter": text, "row_version": str(version)}
        site.post(f"{cohort.url}/edit", said, status=303)
        site.post(f"{cohort.url}/sessions/new", {**MEETING, "title": text[:150], "notes": text}, status=303)
        page = site.get(cohort.url).text
        assert "<script>alert" not in page
        assert str(7 * 191191) not in page


# Starting and changing


def test_a_coordinator_starts_a_collaborative(cohort, site, as_person):
    as_person(cohort.coordinator)
    response = site.post(f"{cohort.list_url}/new", SAID, status=303)
    page = site.get(response.headers["Location"]).text
    assert "Naloxone everywhere" in page
    assert "No team yet" in page
    made = db.session.scalars(select(Collaborative).where(Collaborative.name == "Naloxone everywhere")).one()
    assert (made.coalition_id, made.phase, made.created_by_id) == (cohort.own.id, Phase.PREWORK, cohort.coordinator.id)


@pytest.mark.parametrize("who", ["staff", "lead", "neighbor", "expert"])
def test_nobody_else_starts_one(cohort, site, as_person, who):
    as_person(getattr(cohort, who))
    site.get(f"{cohort.list_url}/new", status=403)
    site.post(f"{cohort.list_url}/new", SAID, status=403)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Write a name."),
        ({"name": "same-day START"}, "already has a collaborative with this name"),
        ({"aim": " "}, "Write what you want to reach together."),
        ({"starts_on": ""}, "Choose the first day."),
        ({"starts_on": "soon"}, "Not a valid date"),
        ({"ends_on": "2025-01-01"}, "Choose a day after the first day."),
        ({"phase": "over"}, "Not a valid choice"),
        ({"name": "x" * 10_000}, "Use 120 characters or fewer."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(cohort, site, as_person, wrong, sentence):
    as_person(cohort.coordinator)
    n_before = count(Collaborative)
    page = site.post(f"{cohort.list_url}/new", {**SAID, **wrong}, status=422).text
    assert sentence in page
    assert count(Collaborative) == n_before


def test_a_double_click_starts_one_collaborative(cohort, client, site, as_person):
    as_person(cohort.coordinator)
    n_before = count(Collaborative)
    fields = {**site.hidden_fields(f"{cohort.list_url}/new"), **SAID}
    first, second = (client.post(f"{cohort.list_url}/new", data=fields) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert count(Collaborative) == n_before + 1


def test_a_stale_edit_shows_both_texts_and_can_be_saved_after(cohort, site, as_person):
    as_person(cohort.coordinator)
    edited = {**SAID, "name": "Same-day start", "aim": "Theirs", "row_version": "1"}
    site.post(f"{cohort.url}/edit", edited, status=303)
    page = site.post(f"{cohort.url}/edit", {**edited, "aim": "Mine"}, status=409).text
    assert "Theirs" in page
    assert "Mine" in page
    site.post(f"{cohort.url}/edit", {**edited, "aim": "Mine", "row_version": "2"}, status=303)
    assert "Mine" in site.get(cohort.url).text


def test_services_refuse_what_the_form_would(cohort):
    charter = {"name": "Other", "aim": "x", "charter": "", "phase": Phase.ACTION, "starts_on": date(2026, 2, 1)}
    with pytest.raises(Invalid):
        services.start_collaborative(cohort.own.id, Charter(**charter, ends_on=date(2026, 1, 1)), by_id=None)
    said = Charter(**charter, ends_on=None)
    with pytest.raises(Conflict):
        services.edit_collaborative(cohort.collaborative, said, row_version=7, by_id=cohort.coordinator.id)


# Sessions


def test_a_session_is_added_and_attendance_marked(cohort, site, as_person):
    as_person(cohort.coordinator)
    site.post(f"{cohort.url}/sessions/new", MEETING, status=303)
    made = db.session.scalars(select(CollaborativeSession).where(CollaborativeSession.title == "Kick-off")).one()
    address = f"{cohort.url}/sessions/{made.id}"
    came = [str(cohort.team.id), str(team_of(cohort.collaborative, cohort.oak).id)]
    site.post(address, {**MEETING, "teams": came, "row_version": "1"}, status=303)
    assert "2 of 3" in site.get(cohort.url).text
    site.post(address, {**MEETING, "teams": came[:1], "row_version": "2"}, status=303)
    assert "1 of 3" in site.get(cohort.url).text


def test_a_team_that_left_stays_marked_as_present(cohort, site, as_person):
    as_person(cohort.coordinator)
    address = f"{cohort.url}/sessions/{cohort.session.id}"
    site.post(address, {**MEETING, "teams": [str(cohort.team.id)], "row_version": "1"}, status=303)
    site.post(f"{cohort.url}/teams/{cohort.team.id}/remove", status=303)
    site.post(address, {**MEETING, "title": "Renamed", "row_version": "2"}, status=303)
    assert count(SessionAttendance) == 1
    assert "1 of 3" in site.get(cohort.url).text


def test_a_team_of_another_collaborative_cannot_have_come(cohort, site, as_person):
    as_person(cohort.coordinator)
    address = f"{cohort.url}/sessions/{cohort.session.id}"
    site.post(address, {**MEETING, "teams": [str(cohort.far_team.id)], "row_version": "1"}, status=422)
    assert count(SessionAttendance) == 0


def test_a_stale_session_is_not_overwritten(cohort, site, as_person):
    as_person(cohort.coordinator)
    address = f"{cohort.url}/sessions/{cohort.session.id}"
    site.post(address, {**MEETING, "row_version": "1"}, status=303)
    page = site.post(address, {**MEETING, "title": "Mine", "row_version": "1"}, status=409).text
    assert "Kick-off" in page
    assert "Mine" in page


# Teams


def test_an_organization_is_invited_with_a_new_team(cohort, site, as_person):
    as_person(cohort.coordinator)
    assert "Elm Jail" in site.get(f"{cohort.url}/teams/new").text
    site.post(f"{cohort.url}/teams/new", {"team": f"organization-{cohort.elm.id}"}, status=303)
    assert team_of(cohort.collaborative, cohort.elm).name == "Same-day start"
    as_person(cohort.neighbor)
    assert "Elm Jail" in site.get(cohort.url).text


def test_a_team_that_works_already_can_join_and_come_back(cohort, site, as_person):
    team = make_team(cohort.elm, cohort.neighbor, name="Jail to care")
    as_person(cohort.coordinator)
    site.post(f"{cohort.url}/teams/new", {"team": f"team-{team.id}"}, status=303)
    assert "Jail to care" in site.get(cohort.url).text
    site.post(f"{cohort.url}/teams/{team.id}/remove", status=303)
    assert "Jail to care" not in site.get(cohort.url).text
    site.post(f"{cohort.url}/teams/new", {"team": f"team-{team.id}"}, status=303)
    assert "Jail to care" in site.get(cohort.url).text


def test_only_organizations_that_take_no_part_can_be_invited(cohort, site, as_person):
    as_person(cohort.coordinator)
    n_before = count(Team)
    for chosen in ("", "organization-x", f"organization-{cohort.harbor.id}", f"organization-{cohort.far.id}"):
        site.post(f"{cohort.url}/teams/new", {"team": chosen}, status=422)
    site.post(f"{cohort.url}/teams/new", {"team": f"team-{cohort.far_team.id}"}, status=422)
    assert count(Team) == n_before


def test_when_all_take_part_the_page_says_so(cohort, site, as_person):
    as_person(cohort.coordinator)
    site.post(f"{cohort.url}/teams/new", {"team": f"organization-{cohort.elm.id}"}, status=303)
    assert "Every organization takes part already" in site.get(f"{cohort.url}/teams/new").text


def test_an_unwanted_direction_is_named_in_the_small_chart(cohort, site, as_person):
    lead = cohort.lead
    measure = make_measure(
        get_team(cohort.team.id), lead, unit=Unit.DAYS, direction=Direction.DOWN, denominator_text=""
    )
    make_entries(measure, lead, *([3, 4] * 6), *([9] * 8), out_of=None)
    as_person(cohort.coordinator)
    assert "Worse:" in site.get(cohort.url).text


def _lead_of(organization, cohort):
    if organization is cohort.harbor:
        return cohort.lead
    person = make_person(f"Lead of {organization.name}")
    _join(person, organization)
    return person


def _join(person, organization):
    make_membership(person, organization, MembershipRole.LEAD)


def test_an_organization_that_leaves_the_coalition_reads_along_no_longer(site, cohort, as_person):
    foreign = team_of(cohort.collaborative, cohort.river)
    as_person(cohort.staff)
    site.get(f"/improve/teams/{foreign.id}")
    leave_coalition(cohort.own.id, cohort.harbor.id, by_id=cohort.coordinator.id)
    db.session.commit()
    site.get(f"/improve/teams/{foreign.id}", status=404)
    site.get(cohort.url, status=404)
    site.get(f"/improve/teams/{cohort.team.id}")
    assert get_team(foreign.id).collaborative_id == cohort.collaborative.id
    assert get_team(cohort.far_team.id).collaborative_id == cohort.elsewhere.id
