"""Driver diagrams: what may hang on what, how it is drawn, and the pages that draw and change it."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from lms.db import db
from lms.improvement.driver_pictures import draw_columns, draw_tree, width_of, wrap
from lms.improvement.drivers import (
    Box,
    Diagram,
    Flaw,
    IdeaStatus,
    as_document,
    closed_with,
    flaw_of_link,
    flaw_of_parting,
    from_document,
    status_of,
)
from lms.improvement.models import ChangeIdea, Driver, DriverLink, DriverRevision
from lms.improvement.queries.drivers import load_board
from lms.improvement.rules import CycleState, Decision
from lms.improvement.services import drivers
from lms.improvement.services.cycles import Act, save_act
from lms.improvement.services.teams import AimWords, write_aim
from tests.factories.improvement import TODAY, make_cycle, make_measure, make_team
from tests.statements import counted_statements

LONG = "A name that goes on and on until nobody knows any more where it began " * 2


def box(key, *parents, idea=False, position=None):
    return Box(key, f"Box {key}", position or key, parents, idea_id=key if idea else None)


def diagram(*boxes):
    return Diagram("Aim", {each.id: each for each in boxes})


TREE = diagram(box(1), box(2), box(3, 1), box(4, 3, 2, idea=True), box(5, 1, idea=True))


@pytest.mark.parametrize(
    ("parent", "child", "flaw"),
    [
        (1, 1, Flaw.ITSELF),
        (3, 1, Flaw.CIRCLE),
        (1, 3, Flaw.ALREADY_THERE),
        (2, 1, Flaw.TOO_DEEP),
        (4, 2, Flaw.UNDER_IDEA),
        (9, 2, Flaw.UNKNOWN),
        (2, 3, None),
        (2, 5, None),
        (1, 2, None),
    ],
)
def test_what_cannot_hang_under_what(parent, child, flaw):
    assert flaw_of_link(TREE, parent, child) is flaw


def test_a_new_driver_goes_under_a_primary_one_and_an_idea_under_any():
    assert [each.id for each in TREE.parents_for(is_idea=False)] == [1, 2]
    assert [each.id for each in TREE.parents_for(is_idea=True)] == [1, 3, 2]


def test_an_idea_keeps_a_driver():
    assert flaw_of_parting(TREE, 1, 5) is Flaw.NEEDS_DRIVER
    assert flaw_of_parting(TREE, 2, 4) is None
    assert flaw_of_parting(TREE, 1, 3) is None
    assert flaw_of_parting(TREE, 2, 5) is Flaw.UNKNOWN


def test_what_hangs_on_nothing_else_goes_with_it():
    assert sorted(closed_with(TREE, 1)) == [1, 3, 5]
    later_parent = diagram(box(1), box(4, 1, 3, idea=True, position=1), box(3, 1, position=2))
    assert sorted(closed_with(later_parent, 1)) == [1, 3, 4]


@pytest.mark.parametrize(
    ("tests", "status"),
    [
        ([], IdeaStatus.NOT_TESTED),
        ([(CycleState.PLANNED, None)], IdeaStatus.NOT_TESTED),
        ([(CycleState.NOT_RUN, None)], IdeaStatus.NOT_TESTED),
        ([(CycleState.ACTED, Decision.ABANDON), (CycleState.REVIEWED, Decision.ADOPT)], IdeaStatus.ADOPTED),
        ([(CycleState.REVIEWED, Decision.ADOPT), (CycleState.ACTED, Decision.ABANDON)], IdeaStatus.ABANDONED),
        ([(CycleState.REVIEWED, Decision.ADAPT), (CycleState.STUDYING, None)], IdeaStatus.TESTING),
    ],
)
def test_how_far_an_idea_is(tests, status):
    assert status_of(tests) is status


def test_what_is_kept_reads_back_the_same():
    kept = from_document(as_document(TREE))
    assert as_document(kept) == as_document(TREE)


# ---------------------------------------------------------------- pictures


@st.composite
def diagrams(draw):
    """Any diagram that the rules let somebody draw."""
    made = diagram()
    names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=160)
    for key in range(1, draw(st.integers(1, 14)) + 1):
        is_idea = draw(st.booleans())
        parents = [each.id for each in made.parents_for(is_idea=is_idea)]
        chosen = draw(st.lists(st.sampled_from(parents), max_size=3, unique=True)) if parents else []
        if is_idea and not chosen:
            continue
        new = Box(key, draw(names), key, tuple(chosen), idea_id=key if is_idea else None, status=IdeaStatus.NOT_TESTED)
        made = diagram(*made.boxes.values(), new)
    return made


def _overlap(first, second):
    return (
        first.x < second.x + second.width
        and second.x < first.x + first.width
        and first.y < second.y + second.height
        and second.y < first.y + first.height
    )


@settings(max_examples=60, deadline=None)
@given(diagrams())
def test_boxes_never_overlap_and_lines_never_cross_them(made):
    drawn = draw_columns(made, aim="Aim", has_actions=True)
    for n, first in enumerate(drawn.shapes):
        assert 0 <= first.x <= drawn.width - first.width + 0.2
        assert 0 <= first.y <= drawn.height - first.height
        assert not any(_overlap(first, second) for second in drawn.shapes[n + 1 :])
    for line in drawn.lines:
        for (x1, y1), (x2, y2) in pairwise(line.points):
            for shape in drawn.shapes:  # a bent line stays between its ends from left to right
                is_beside = x2 <= shape.x + 0.2 or x1 >= shape.x + shape.width - 0.2
                is_past = y1 == y2 and not shape.y < y1 < shape.y + shape.height
                assert is_beside or is_past


@settings(max_examples=60, deadline=None)
@given(diagrams())
def test_a_tree_names_every_box_and_its_lines_stay_left_of_the_words(made):
    drawn = draw_tree(made, aim="Aim", has_actions=True)
    assert {shape.box.id for shape in drawn.shapes if shape.box and not shape.is_again} == set(made.boxes)
    for line in drawn.lines:
        (stem, top), (_, y), _end = line.points
        between = [shape for shape in drawn.shapes if shape.y < y and shape.y + shape.height > top + 0.2]
        assert all(shape.x > stem for shape in between)


@given(st.text(max_size=200), st.sampled_from([90.0, 200.0]))
def test_no_line_of_a_name_is_wider_than_its_box(text, width):
    assert all(width_of(line.removesuffix(" …")) <= width + 17 for line in wrap(text, width))


def test_a_column_that_nobody_uses_is_left_out():
    assert [heading.column for heading in draw_columns(diagram(box(1), box(2, 1, idea=True)), aim="A").headings] == [
        0,
        1,
        3,
    ]


# ---------------------------------------------------------------- pages


@pytest.fixture
def drawn(shop):
    """A primary driver with a secondary one and an idea below it."""
    write_aim(shop.team.id, AimWords("Start the same day", "Share", "70", TODAY, "All"), n_versions=0, by_id=None)
    by_id = shop.member.id
    shop.first = drivers.add_driver(shop.team.id, name="Visits are free today", parent_id=None, by_id=by_id)
    shop.second = drivers.add_driver(shop.team.id, name="Slots are held", parent_id=shop.first, by_id=by_id)
    shop.leaf = drivers.add_idea(shop.team.id, parent_id=shop.second, title="Two slots at ten", by_id=by_id)
    db.session.commit()
    shop.drivers, shop.edit = f"{shop.url}/drivers", f"{shop.url}/drivers/edit"
    return shop


def boxes_of(shop):
    db.session.expire_all()
    return load_board(shop.team.id).diagram.boxes


def act(site, shop, driver_id, action, status=303, **fields):
    box = boxes_of(shop).get(driver_id)
    sent = {"row_version": box.row_version if box else 1, **fields, "action": action, "driver": driver_id}
    return site.post(shop.edit, sent, status=status)


def test_a_diagram_begins_on_an_empty_page(site, shop, as_person):
    as_person(shop.member)
    assert "Add the first driver" in site.get(f"{shop.url}/drivers").text
    edit = f"{shop.url}/drivers/edit"
    made = site.post(edit, {"action": "add", "driver_name": "People know the number"}, status=303)
    idea = {"action": "idea", "idea_title": "A card", "idea_parent": re.search(r"driver=(\d+)", made.location)[1]}
    site.post(edit, idea, status=303)
    html = site.get(f"{shop.url}/drivers").text
    assert "People know the number" in html
    assert "Start a test" in html
    assert "Not tested" in html


def test_each_box_leads_where_its_work_is(site, drawn, as_person):
    as_person(drawn.member)
    html = site.get(drawn.drivers).text
    idea = db.session.scalars(select(ChangeIdea)).one()
    start = f"/improve/teams/{drawn.team.id}/cycles/new?idea={idea.id}"
    assert start in html
    assert f"{drawn.edit}?driver={drawn.first}" in html
    form = site.get(start).text
    assert 'value="Two slots at ten"' in form
    assert f'<option selected value="{idea.id}">' in form


def test_an_idea_says_how_far_it_is(site, drawn, as_person):
    idea = db.session.scalars(select(ChangeIdea)).one()
    make_cycle(drawn.team, drawn.member, "acted", change_idea_id=idea.id)
    as_person(drawn.staff)
    html = site.get(drawn.drivers).text
    assert "Adapted · 1 test" in html
    assert "driver-mark-adapted" in html
    assert "Start a test" not in html
    assert drawn.edit not in html


def test_circles_twins_and_depth_are_refused_beside_the_field(site, drawn, as_person):
    as_person(drawn.member)
    other = drivers.add_driver(drawn.team.id, name="Other", parent_id=None, by_id=None)
    db.session.commit()
    for child, parent, said in (
        (drawn.first, drawn.second, "make a circle"),
        (drawn.second, drawn.first, "there already"),
        (drawn.first, other, "too deep"),
        (drawn.first, drawn.first, "serve itself"),
    ):
        page = act(site, drawn, child, "connect", 422, other_parent=parent).text
        assert said in page
        assert "needs another look" in page
    act(site, drawn, drawn.leaf, "connect", other_parent=other)
    assert set(boxes_of(drawn)[drawn.leaf].parent_ids) == {drawn.second, other}
    assert "the same as above" in site.get(drawn.drivers).text
    act(site, drawn, drawn.leaf, "part", parent=other)
    act(site, drawn, drawn.leaf, "part", 409, parent=drawn.second)


def test_boxes_move_are_measured_closed_and_put_back(site, drawn, as_person):
    as_person(drawn.member)
    other = drivers.add_driver(drawn.team.id, name="Other", parent_id=None, by_id=None)
    db.session.commit()
    act(site, drawn, other, "up")
    assert [each.name for each in load_board(drawn.team.id).diagram.roots] == ["Other", "Visits are free today"]
    act(site, drawn, other, "up")
    act(site, drawn, drawn.first, "measures", measures=[str(drawn.measure.id)])
    assert "First dose within 24 hours" in site.get(drawn.drivers).text
    act(site, drawn, drawn.first, "measures", 422, measures=["99999"])
    act(site, drawn, drawn.first, "close")
    assert set(boxes_of(drawn)) == {other}
    act(site, drawn, 0, "put-back", closed_driver=drawn.second, back_parent=other)
    assert boxes_of(drawn)[drawn.second].parent_ids == (other,)
    idea = db.session.scalars(select(ChangeIdea)).one()
    act(site, drawn, 0, "idea", idea=idea.id, idea_parent=drawn.second)
    assert boxes_of(drawn)[drawn.leaf].parent_ids == (drawn.second,)
    act(site, drawn, 0, "idea", 422, idea=idea.id, idea_parent=other)
    assert len(db.session.scalars(select(Driver)).all()) == 4


def test_edits_that_meet_are_both_shown(site, drawn, as_person):
    as_person(drawn.member)
    version = boxes_of(drawn)[drawn.first].row_version
    act(site, drawn, drawn.first, "rename", new_name="Theirs")
    page = act(site, drawn, drawn.first, "rename", 409, new_name="Mine", row_version=version).text
    assert "Theirs" in page
    assert 'value="Mine"' in page
    page = act(site, drawn, drawn.first, "close", 409, row_version=version).text
    assert "Nothing was overwritten" in page
    act(site, drawn, drawn.first, "rename", new_name="Mine")
    assert boxes_of(drawn)[drawn.first].name == "Mine"


def test_what_somebody_closed_meanwhile_is_said(site, drawn, as_person):
    as_person(drawn.member)
    drivers.close_driver(drawn.team.id, drawn.first, row_version=1, by_id=drawn.member.id)
    db.session.commit()
    for action in ("up", "close", "rename", "connect", "part", "measures"):
        page = site.client.post(
            drawn.edit, data={**site.hidden_fields(drawn.edit), "action": action, "driver": drawn.first}
        )
        assert page.status_code == 409
        assert "no longer in the diagram" in page.text
    site.post(drawn.edit, {"action": "nonsense"}, status=422)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "=cmd()|'/C calc'!A0", "😀 \u202eevil\u202c", LONG])
def test_hostile_and_long_names_are_shown_as_text(site, drawn, as_person, name):
    as_person(drawn.member)
    act(site, drawn, drawn.first, "rename", new_name=name.strip()[:160])
    html = site.get(drawn.drivers).text
    assert "<script>alert" not in html
    assert boxes_of(drawn)[drawn.first].name == " ".join(name.split())[:160].strip()


def test_names_are_asked_for_and_bounded(site, drawn, as_person):
    as_person(drawn.member)
    assert "Write a name" in act(site, drawn, drawn.first, "rename", 422, new_name="  ").text
    assert "160 characters or fewer" in act(site, drawn, drawn.first, "rename", 422, new_name="x" * 10_000).text
    assert "Write a name" in act(site, drawn, 0, "add", 422, driver_name="").text
    both = act(site, drawn, 0, "idea", 422, idea_title="", idea_parent=drawn.first).text
    assert "or write a new one" in both


def test_a_second_click_adds_one_driver(site, drawn, as_person):
    as_person(drawn.member)
    fields = {**site.hidden_fields(drawn.edit), "action": "add", "driver_name": "Once"}
    first, second = (site.client.post(drawn.edit, data=fields) for _ in range(2))
    assert first.location == second.location
    assert len(db.session.scalars(select(Driver).where(Driver.name == "Once")).all()) == 1


def test_the_diagram_of_last_spring_can_be_seen(site, drawn, as_person):
    as_person(drawn.member)
    act(site, drawn, drawn.first, "rename", new_name="A newer name")
    act(site, drawn, drawn.second, "close")
    number = db.session.scalars(select(DriverRevision.number).order_by(DriverRevision.number)).all()
    assert number == [1, 2, 3, 4, 5]
    old = site.get(f"{drawn.drivers}?as=3").text
    assert "Visits are free today" in old
    assert "Two slots at ten" in old
    assert "Start a test" not in old
    assert "Slots are held" not in re.sub(r'<ol class="history">.*', "", site.get(drawn.drivers).text, flags=re.DOTALL)
    site.get(f"{drawn.drivers}?as=99", status=404)
    assert "A newer name" in site.get(f"{drawn.drivers}?as=x").text


def test_an_earlier_diagram_says_how_far_its_ideas_were_then(site, drawn, as_person):
    idea_id = boxes_of(drawn)[drawn.leaf].idea_id
    make_cycle(drawn.team, drawn.member, "doing", change_idea_id=idea_id)
    as_person(drawn.member)
    act(site, drawn, drawn.first, "rename", new_name="While it was tested")
    cycle = make_cycle(drawn.team, drawn.member, "studied", change_idea_id=idea_id)
    save_act(cycle, Act(Decision.ADOPT, "It works", "Go on"), row_version=cycle.row_version, by_id=drawn.member.id)
    db.session.commit()
    pages = [site.get(f"{drawn.drivers}?as={number}").text for number in (3, 4)]
    assert "Not tested · no tests" in pages[0]
    assert "Being tested · 1 test" in pages[1]
    assert "2 tests" in site.get(drawn.drivers).text
    document = db.session.scalars(select(DriverRevision.document).where(DriverRevision.number == 3)).one()
    for box in document["boxes"]:
        del box["status"], box["tests"]  # as the first ones were kept
    assert {box.status for box in from_document(document).boxes.values()} == {None}


@pytest.mark.parametrize(
    ("who", "statuses"),
    [("lead", (200, 200)), ("member", (200, 200)), ("staff", (200, 403)), ("expert", (200, 403)),
     ("coordinator", (200, 403)), ("admin", (200, 200)), ("neighbor", (404, 404)), ("stranger", (404, 404))],
)  # fmt: skip
def test_who_sees_and_changes_a_diagram(site, drawn, as_person, who, statuses):
    as_person(getattr(drawn, who))
    site.get(drawn.drivers, status=statuses[0])
    site.get(drawn.edit, status=statuses[1])


def test_nothing_of_another_team_can_be_drawn_in(site, drawn, as_person):
    as_person(drawn.member)
    foreign = make_team(drawn.river, drawn.neighbor, name="River")
    theirs = drivers.add_driver(foreign.id, name="Theirs", parent_id=None, by_id=None)
    idea_box = drivers.add_idea(foreign.id, parent_id=theirs, title="Secret idea", by_id=None)
    measure = make_measure(foreign, drawn.neighbor)
    db.session.commit()
    act(site, drawn, theirs, "rename", 409, new_name="Mine")
    act(site, drawn, drawn.first, "connect", 422, other_parent=theirs)
    act(site, drawn, drawn.first, "measures", 422, measures=[str(measure.id)])
    idea_id = db.session.scalar(select(Driver.change_idea_id).where(Driver.id == idea_box))
    act(site, drawn, 0, "idea", 422, idea=idea_id, idea_parent=drawn.first)
    assert "Secret idea" not in site.get(drawn.edit).text
    assert len(db.session.scalars(select(DriverLink).where(DriverLink.parent_id == drawn.first)).all()) == 1


def test_pages_cost_the_same_however_large_the_diagram(site, drawn, as_person):
    as_person(drawn.member)

    def cost(path):
        site.get(path)
        with counted_statements() as seen:
            site.get(path)
        return len(seen)

    paths = drawn.drivers, f"{drawn.edit}?driver={drawn.first}"
    before = [cost(path) for path in paths]
    for number in range(6):
        parent = drivers.add_driver(drawn.team.id, name=f"Driver {number}", parent_id=None, by_id=None)
        leaf = drivers.add_idea(drawn.team.id, parent_id=parent, title=f"Idea {number}", by_id=drawn.member.id)
        idea_id = db.session.scalar(select(Driver.change_idea_id).where(Driver.id == leaf))
        make_cycle(drawn.team, drawn.member, "acted", change_idea_id=idea_id)
    db.session.commit()
    assert [cost(path) for path in paths] == before
    assert max(before) <= 12
