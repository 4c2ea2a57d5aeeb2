"""What a cycle said at any time, and the difference between any two times, word by word."""

import re

from lms.improvement.queries import get_cycle
from lms.improvement.versions import Saved, changes_from_to, fields_at
from tests.factories.improvement import make_cycle
from tests.statements import counted_statements

SAVED = [
    Saved(
        3, [{"field": "title", "before": "Call", "after": "Visit"}, {"field": "plan_who", "before": "We", "after": ""}]
    ),
    Saved(1, [{"field": "title", "before": "", "after": "Call"}]),
    Saved(2, [{"field": "plan_who", "before": "", "after": "We"}]),
]


def test_a_version_is_put_together_from_its_changes():
    assert fields_at(1, SAVED) == {"title": "Call", "plan_who": ""}
    assert fields_at(2, SAVED) == {"title": "Call", "plan_who": "We"}
    assert fields_at(3, SAVED) == {"title": "Visit", "plan_who": ""}


def test_any_two_versions_are_compared():
    assert changes_from_to(1, 3, SAVED) == [{"field": "title", "before": "Call", "after": "Visit"}]
    assert changes_from_to(2, 2, SAVED) == []
    assert [change["field"] for change in changes_from_to(2, 3, SAVED)] == ["title", "plan_who"]


def test_a_field_whose_beginning_is_lost_says_what_the_next_change_found():
    assert fields_at(1, SAVED[:1]) == {"title": "Call", "plan_who": "We"}


def changed(site, cycle, as_person, shop, *plans):
    as_person(shop.member)
    url = f"/improve/cycles/{cycle.id}"
    fields = {"title": cycle.title, "objective": "Do more come?", "plan_who": "We", "plan_when": "Now", "words": "All"}
    for version, what in enumerate(plans, cycle.row_version):
        site.post(f"{url}/plan", {**fields, "plan_what": what, "row_version": str(version)}, status=303)
    return f"{url}/history"


def test_the_page_compares_two_versions_word_by_word(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    path = changed(site, cycle, as_person, shop, "Call each person", "Call each new person <b>twice</b>")
    page = site.get(path).text
    assert "Compare two versions" in page
    assert "&lt;b&gt;" in page
    page = site.get(f"{path}?from=3&to=4").text
    compared = page.split("From version 3 to version 4", 1)[1].split('id="versions"', 1)[0]
    added = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in re.findall(r"<ins>(.*?)</ins>", compared)]
    assert any("new" in part for part in added)
    assert "What exactly will you do?" in compared
    assert "Who does it?" not in compared
    assert "From version 2 to version 4" in site.get(f"{path}?from=4&to=2").text
    assert "Both say the same" in site.get(f"{path}?from=3&to=3").text
    for odd in ("from=1", "from=1&to=99", "from=-1&to=2", "from=x&to=y", "from=1&to=2222222222222"):
        assert "Every version, newest first" in site.get(f"{path}?{odd}").text
    assert site.get(f"{path}?from=1&to=4&lang=es").status_code == 200


def test_the_history_costs_the_same_with_many_versions(site, shop, as_person):
    cycle = make_cycle(shop.team, shop.member, "planned")
    path = changed(site, cycle, as_person, shop, "Call each person")

    def cost():
        site.get(path)
        with counted_statements() as seen:
            site.get(f"{path}?from=1&to=2")
        return len(seen)

    before = cost()
    for number in range(5):
        version = str(get_cycle(cycle.id).row_version)
        fields = {"title": f"Version {number}", "plan_what": "Call", "row_version": version}
        site.post(f"/improve/cycles/{cycle.id}/plan", fields, status=303)
    assert cost() == before <= 12
