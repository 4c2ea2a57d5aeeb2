"""The chain of cycles as a ramp: who belongs to it, where it is drawn, and its page."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.improvement import ramps
from lms.improvement.ramps import Mark, Size, Step
from lms.improvement.rules import CycleState, Decision
from tests.factories.improvement import make_cycle
from tests.statements import counted_statements


def step(number, before=None, **more):
    return Step(
        cycle_id=number,
        number=number,
        title=f"Cycle {number}",
        predecessor_id=before,
        **{"state": CycleState.DOING, **more},
    )


def numbers(chain):
    return [each.number for each in chain]


def test_a_chain_holds_what_came_before_what_comes_after_and_branches():
    steps = [step(1), step(2, 1), step(3), step(4, 2), step(5, 2), step(6, 3), step(7, 5)]
    for number in (1, 2, 4, 5, 7):
        assert numbers(ramps.chain_of(number, steps)) == [1, 2, 4, 5, 7]
    assert numbers(ramps.chain_of(6, steps)) == [3, 6]
    assert ramps.chain_of(99, steps) == ()


def test_links_in_a_circle_and_to_nowhere_end():
    assert numbers(ramps.chain_of(1, [step(1, 2), step(2, 1)])) == [1, 2]
    assert numbers(ramps.chain_of(2, [step(2, 77)])) == [2]
    assert ramps.draw([step(1, 1)]).links == ()


def test_time_goes_up_and_size_to_the_right():
    ramp = ramps.draw([step(1, scale_people=1), step(2, 1, scale_people=5), step(3, 2, scale_people=50)], here_id=2)
    assert [node.step.number for node in ramp.nodes] == [3, 2, 1]
    assert [node.y for node in ramp.nodes] == sorted(node.y for node in ramp.nodes)
    assert [node.x for node in ramp.nodes] == sorted((node.x for node in ramp.nodes), reverse=True)
    assert [node.is_here for node in ramp.nodes] == [False, True, False]
    assert (ramp.first_size, ramp.largest_size, ramp.size) == (1, 50, Size.PEOPLE)
    assert ramp.slope[0] == (ramp.nodes[-1].x, ramp.nodes[-1].y)


def test_a_size_that_nobody_said_stands_where_the_one_before_stands():
    ramp = ramps.draw([step(1, scale_people=9), step(2, 1), step(3, 2, scale_people=3)])
    newest, middle, first = ramp.nodes
    assert middle.x == first.x > newest.x
    assert [node.is_size_known for node in (first, middle, newest)] == [True, False, True]


def test_locations_are_drawn_when_nobody_names_people():
    ramp = ramps.draw([step(1, scale_sites=1), step(2, 1, scale_sites=4)])
    assert (ramp.size, ramp.largest_size) == (Size.SITES, 4)
    assert ramps.draw([step(1)]).largest_size is None
    assert ramps.draw([]).nodes == ()


def test_a_decision_is_a_mark_and_a_branch_is_told_apart():
    steps = [
        step(1, decision=Decision.ADAPT, state=CycleState.ACTED),
        step(2, 1, decision=Decision.ABANDON, state=CycleState.REVIEWED),
        step(3, 1, decision=Decision.ADOPT, state=CycleState.ACTED),
        step(4, 3, state=CycleState.NOT_RUN),
        step(5, 3),
    ]
    ramp = ramps.draw(steps)
    assert [node.step.mark for node in ramp.nodes] == [Mark.OPEN, Mark.NOT_RUN, Mark.ADOPT, Mark.ABANDON, Mark.ADAPT]
    assert [link.is_branch for link in ramp.links] == [False, True, False, True]


@settings(max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault
@given(st.lists(st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 10**9))), max_size=12))
def test_everything_stays_inside_the_picture(told):
    steps = [step(n, before or None, scale_people=people) for n, (before, people) in enumerate(told, 1)]
    ramp = ramps.draw(ramps.chain_of(1, steps))
    for node in ramp.nodes:
        assert 0 <= node.x <= 100
        assert 0 <= node.top < node.y < ramp.height
    assert all(link.y1 > link.y2 for link in ramp.links)
    assert len({node.y for node in ramp.nodes}) == len(ramp.nodes)


@pytest.fixture
def ramp(shop):
    """Three cycles in a row, and a branch."""
    first = make_cycle(shop.team, shop.member, "acted", title="Call five people <b>", scale_people=5)
    second = make_cycle(shop.team, shop.member, "acted", predecessor_id=first.id, carried="Calls help", scale_people=20)
    branch = make_cycle(shop.team, shop.member, "planned", predecessor_id=first.id, title="Send a letter instead")
    return first, second, branch


def test_the_page_draws_the_ramp_and_lists_it(site, shop, as_person, ramp):
    first, _second, branch = ramp
    as_person(shop.neighbor)
    site.get(f"/improve/cycles/{first.id}/ramp", status=404)
    as_person(shop.staff)
    page = site.get(f"/improve/cycles/{branch.id}/ramp").text
    assert "From 5 people to 20 people in 3 cycles." in page
    assert "Send a letter instead" in page
    assert "Call five people &lt;b&gt;" in page
    assert "size not said" not in page
    assert page.count('class="ramp-step"') == 3
    assert page.count('class="ramp-branch"') == 1
    assert "Adapt" in page
    assert "See the whole ramp" in site.get(f"/improve/cycles/{first.id}").text
    site.get(f"/improve/cycles/{first.id}/ramp?lang=es")


def test_one_cycle_is_no_ramp_yet_and_the_page_says_so(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member)
    as_person(shop.member)
    assert "One cycle so far" in site.get(f"/improve/cycles/{cycle.id}/ramp").text


def test_the_page_costs_the_same_for_a_long_ramp(site, shop, as_person, ramp):
    as_person(shop.staff)
    path = f"/improve/cycles/{ramp[0].id}/ramp"

    def cost():
        site.get(path)
        with counted_statements() as seen:
            site.get(path)
        return len(seen)

    before = cost()
    last = ramp[1]
    for _number in range(6):
        last = make_cycle(shop.team, shop.member, predecessor_id=last.id)
    assert cost() == before <= 8
