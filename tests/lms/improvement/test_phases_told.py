"""Who hears that phases of a chart wait for a yes, and where it stands until somebody decides."""

import pytest
from sqlalchemy import select

from lms.accounts.models import Language
from lms.authz import CoalitionRoleKind
from lms.db import db
from lms.notifications.models import Notice, Todo
from lms.notifications.words import NoticeKind, TodoKind
from lms.operations import translations
from tests.factories.improvement import make_entries
from tests.factories.people import make_coalition_role, make_membership, make_person
from tests.statements import counted_statements

STEADY = [5, 7, 6, 4, 8, 5, 7, 4, 8, 6, 5, 7, 6]
BETTER = [15, 16, 14, 15, 17, 16, 15, 14, 16]
PHASE = {"kind": "run", "rules": "usual", "row_version": "0", "phase_1_first_on": "2026-03-30"}


@pytest.fixture
def counted(shop):
    """The last nine weeks of the shop's measure are better."""
    make_entries(shop.measure, shop.member, *STEADY, *BETTER)
    shop.chart = f"/improve/measures/{shop.measure.id}/chart"
    shop.charts = f"/improve/measures/{shop.measure.id}/charts"
    return shop


def propose(site, shop, as_person, reason="The door is open on Mondays", version="0"):
    as_person(shop.lead)
    site.post(shop.chart, {**PHASE, "phase_1_reason": reason, "row_version": version}, status=303)


def waiting():
    db.session.rollback()
    open_todos = select(Todo.person_id).where(Todo.kind == TodoKind.DECIDE_PHASES, Todo.closed_at.is_(None))
    return list(db.session.scalars(open_todos.order_by(Todo.id)))


def told():
    db.session.rollback()
    notices = select(Notice.person_id, Notice.path, Notice.title).where(Notice.kind == NoticeKind.PHASES_PROPOSED)
    return [tuple(row) for row in db.session.execute(notices.order_by(Notice.id))]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            Language.ENGLISH,
            ("Chart phases that wait for a yes", "New phases: First dose", "New phases of a chart wait"),
        ),
        (Language.SPANISH, ("Fases de gráficos que esperan", "Nuevas fases: First dose", "Las nuevas fases de un")),
    ],
)
def test_an_expert_finds_proposed_phases_in_the_queue_on_home_and_among_notices(
    site, counted, as_person, language, said
):
    translations.compile_stale()
    counted.expert.language = language
    db.session.merge(counted.expert)
    db.session.commit()
    as_person(counted.expert)
    assert counted.charts not in site.get("/assistance").text
    propose(site, counted, as_person)
    assert waiting() == [counted.expert.id]
    assert told() == [(counted.expert.id, counted.charts, "First dose within 24 hours")]
    as_person(counted.expert)
    queue = site.get("/assistance").text
    assert all(each in queue for each in (*said[:2], "Harbor House"))
    assert counted.charts in queue
    assert counted.charts in site.get("/").text
    assert said[2] in site.get("/notices").text


@pytest.mark.parametrize("answer", ["accept", "decline", "withdraw"])
def test_it_waits_no_longer_once_it_is_settled(site, counted, as_person, answer):
    propose(site, counted, as_person)
    if answer == "withdraw":
        site.post(counted.chart, {"action": "withdraw", "row_version": "1"}, status=303)
    else:
        as_person(counted.expert)
        fields = {"row_version": "1", "action": answer, "note": "Look at it again in May"}
        site.post(f"{counted.chart}/decision", fields, page=counted.charts, status=303)
    assert not waiting()
    as_person(counted.expert)
    assert counted.charts not in site.get("/assistance").text


def test_a_second_proposal_waits_once_and_stands_once_in_the_queue(site, counted, as_person):
    propose(site, counted, as_person)
    propose(site, counted, as_person, reason="A nurse answers the door", version="1")
    assert waiting() == [counted.expert.id]
    as_person(counted.expert)
    assert site.get("/assistance").text.count(counted.charts) == 1


def test_experts_of_the_same_organization_and_closed_measures_are_left_out(site, counted, as_person):
    inside = make_person("Ines Inside")
    make_coalition_role(inside, counted.coalition, CoalitionRoleKind.TA_EXPERT)
    make_membership(inside, counted.harbor)
    propose(site, counted, as_person)
    assert waiting() == [counted.expert.id]
    as_person(inside)
    assert counted.charts not in site.get("/assistance").text
    counted.measure.closed_at = counted.measure.created_at
    db.session.merge(counted.measure)
    db.session.commit()
    as_person(counted.expert)
    assert counted.charts not in site.get("/assistance").text


def test_the_queue_costs_one_statement_more_for_all_proposals(site, counted, as_person):
    propose(site, counted, as_person)
    as_person(counted.expert)
    site.get("/assistance")
    with counted_statements() as seen:
        site.get("/assistance")
    assert len(seen) <= 12
