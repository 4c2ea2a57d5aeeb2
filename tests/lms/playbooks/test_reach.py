"""Who may know of a playbook, and who may change it."""

import pytest

from lms import clock
from lms.authz import Permission, can
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import NotFound
from lms.playbooks import queries
from lms.playbooks.rules import Place, Shared
from tests.factories.people import make_person
from tests.factories.playbooks import make_editor, make_page, make_playbook
from tests.statements import counted_statements

READ, EDIT, MANAGE = Permission.PLAYBOOK_READ, Permission.PLAYBOOK_EDIT, Permission.PLAYBOOK_MANAGE
EVERYBODY = {"staff", "writer", "lead", "neighbor", "expert", "coordinator", "outsider", "admin"}
HARBOR, AROUND = {"staff", "writer", "lead"}, {"neighbor", "expert", "coordinator"}


def verdicts(house, playbook, permission):
    db.session.commit()
    allowed = set()
    for name, person in house.people.items():
        actor = load_actor(person)
        try:
            opened = queries.get_playbook_for(actor, playbook.id)
        except NotFound:
            continue
        if can(actor, permission, opened.scope):
            allowed.add(name)
    return allowed


@pytest.mark.parametrize(
    ("shared", "readers"),
    [
        (Shared.NOBODY, {"lead", "writer", "admin"}),
        (Shared.ORGANIZATION, HARBOR | {"admin"}),
        (Shared.COALITION, HARBOR | AROUND | {"admin"}),
        (Shared.PUBLIC, EVERYBODY),
    ],
)
def test_an_organizations_playbook_is_read_as_it_is_shared(house, book, shared, readers):
    book.shared = shared
    make_editor(book, house.writer)
    assert verdicts(house, book, READ) == readers
    assert verdicts(house, book, EDIT) == {"lead", "writer", "admin"}
    assert verdicts(house, book, MANAGE) == {"lead", "admin"}


@pytest.mark.parametrize(
    ("shared", "readers"),
    [
        (Shared.NOBODY, {"coordinator", "neighbor", "admin"}),
        (Shared.COALITION, HARBOR | AROUND | {"admin"}),
        (Shared.PUBLIC, EVERYBODY),
    ],
)
def test_a_coalitions_playbook_is_read_as_it_is_shared(house, shared, readers):
    book = make_playbook(house.own, shared=shared)
    make_editor(book, house.neighbor)
    assert verdicts(house, book, READ) == readers
    assert verdicts(house, book, EDIT) == {"coordinator", "neighbor", "admin"}
    assert verdicts(house, book, MANAGE) == {"coordinator", "admin"}


def test_who_looks_after_a_page_may_change_the_playbook(house, book):
    make_page(book, owner_id=house.staff.id)
    assert verdicts(house, book, EDIT) == {"lead", "staff", "admin"}


def test_who_leaves_the_organization_stops_writing_at_once(house, book):
    make_editor(book, house.writer)
    make_page(book, owner_id=house.writer.id)
    house.memberships["writer"].ended_at = clock.now()
    assert verdicts(house, book, READ) == {"lead", "admin"}


def test_the_lists_say_the_same_as_each_playbook(house):
    books = [make_playbook(house.harbor, shared=shared) for shared in Shared]
    books += [make_playbook(house.own, shared=s) for s in (Shared.NOBODY, Shared.COALITION, Shared.PUBLIC)]
    make_editor(books[0], house.writer)
    make_editor(books[0], house.outsider)
    make_page(books[4], backup_owner_id=house.neighbor.id, owner_id=house.staff.id)
    house.people["stranger"] = make_person("Stranger")
    readers = {book.id: verdicts(house, book, READ) for book in books}
    for name, person in house.people.items():
        actor = load_actor(person)
        listed = queries.list_readable_playbook_ids(actor)
        assert listed == [book.id for book in books if name in readers[book.id]], name
        assert queries.count_playbooks(actor) == len(listed)
        assert {row.id for row in queries.list_playbooks(actor, clock.today(), limit=99)} == set(listed)


def test_a_page_of_another_playbook_is_not_found(house, book, stock):
    other = make_playbook(house.harbor, "Other")
    with pytest.raises(NotFound):
        queries.get_page_for(load_actor(house.lead), other.id, stock.id)


def test_a_playbook_is_loaded_with_one_statement(house, book):
    actor, book_id = load_actor(house.staff), book.id
    book.shared = Shared.COALITION
    db.session.commit()
    with counted_statements() as statements:
        queries.get_playbook_for(actor, book_id)
    assert len(statements) == 1


def test_days_are_counted_where_the_playbook_belongs(house, book):
    coalition_book = make_playbook(house.own)
    house.own.time_zone = "Pacific/Guam"
    db.session.commit()
    actor = load_actor(house.admin)
    assert queries.get_playbook_for(actor, book.id).time_zone == "Pacific/Guam"
    assert queries.get_playbook_for(actor, coalition_book.id).time_zone == "Pacific/Guam"


def test_a_coalition_is_offered_only_people_whom_its_coordinators_know_by_name(house):
    offered = {person.id for person in queries.list_candidates(Place(coalition_id=house.own.id))}
    assert offered == {house.lead.id, house.expert.id, house.coordinator.id}
    assert queries.list_belonging_ids(Place(coalition_id=house.own.id), [house.staff.id, house.lead.id]) == {
        house.lead.id
    }
    own = {person.id for person in queries.list_candidates(Place(organization_id=house.harbor.id))}
    assert {house.staff.id, house.writer.id, house.lead.id} <= own


def test_pages_are_offered_only_where_one_may_write(house):
    of_house, of_coalition = make_playbook(house.harbor, "B"), make_playbook(house.own, "A")
    make_editor(of_house, house.writer)
    for person, expected in (
        (house.lead, [of_house.id]),
        (house.writer, [of_house.id]),
        (house.coordinator, [of_coalition.id]),
        (house.staff, []),
    ):
        offered = {each for each, _title in queries.list_writable_playbooks(load_actor(person))}
        assert offered & {of_house.id, of_coalition.id} == set(expected)
