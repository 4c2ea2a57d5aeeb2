"""Who looks after pages: what is told to others, and what happens when people leave, are erased or become one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from sqlalchemy import select

from lms import signals
from lms.accounts.models import Language
from lms.coalitions.queries import load_actor
from lms.db import db
from lms.errors import CommonsError
from lms.playbooks import queries, services
from lms.playbooks.models import PageRevision, Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.rules import CareState, Place, RevisionKind, Shared, care_state, due_on
from tests.factories.people import make_person
from tests.factories.playbooks import TEXT, make_editor, make_page, make_playbook

DAY = date(2026, 3, 2)


@pytest.fixture
def told():
    """Collect what playbooks tell."""
    heard = []

    def saved(_sender, *, page):
        heard.append(("saved", page.id))

    def needs_owner(_sender, *, page):
        heard.append(("care", page.id, page.owner_id))

    signals.playbook_page_saved.connect(saved)
    signals.page_needs_owner.connect(needs_owner)
    yield heard
    heard.append(saved)  # signals hold their receivers weakly: they live as long as the test


@pytest.mark.parametrize(
    ("owner_id", "due", "reviewed_on", "state"),
    [
        (1, None, None, CareState.UNCONFIRMED),
        (None, None, DAY, CareState.NOBODY),
        (1, DAY, date(2026, 1, 1), CareState.DUE),
        (None, DAY, None, CareState.DUE),
        (1, date(2026, 3, 3), DAY, CareState.CONFIRMED),
    ],
)
def test_what_is_most_urgent_is_said(owner_id, due, reviewed_on, state):
    assert care_state(owner_id=owner_id, due=due, reviewed_on=reviewed_on, today=DAY) is state
    assert due_on(DAY, None) is None


def test_each_change_is_told(house, stock, told):
    by_id = house.lead.id
    services.save_page(stock.id, base_number=1, title="A", text="B", note=None, by_id=by_id)
    assert told == [("saved", stock.id)]
    told.clear()
    row = {"row_version": 1, "owner_id": by_id, "backup_owner_id": None, "review_every_days": 30}
    services.set_care(stock, **row, by_id=by_id)
    assert told == [("care", stock.id, by_id)]
    told.clear()
    services.confirm_page(stock.id, seen_number=2, today=DAY, by_id=by_id)
    assert told == [("saved", stock.id), ("care", stock.id, by_id)]
    assert db.session.get(PlaybookPage, stock.id).due_on == date(2026, 4, 1)
    told.clear()
    services.set_page_closed(stock, is_closed=True, by_id=by_id)
    assert told == [("saved", stock.id), ("care", stock.id, by_id)]


def test_saving_a_page_may_confirm_it(house, stock):
    services.save_page(
        stock.id, base_number=1, title="Naloxone stock", text=TEXT, note=None, by_id=house.lead.id, confirmed_on=DAY
    )
    assert (stock.reviewed_on, stock.current_number) == (DAY, 1)


def test_work_opened_from_an_action_is_told(house, told):
    heard = []

    def opened(_sender, **words):
        heard.append((words["action_id"], str(words["kind"]), words["path"]))

    signals.work_opened.connect(opened)
    book = make_playbook(house.harbor)
    services.tell_opened(book, 12_345, load_actor(house.lead))
    assert heard == [(12_345, "playbook", f"/playbooks/{book.id}")]


def test_due_pages_leave_out_what_is_closed(house, book):
    due = make_page(book, "Due", due_on=DAY)
    make_page(book, "Later", due_on=date(2026, 3, 3))
    make_page(book, "Closed", due_on=DAY, closed_at=due.created_at)
    shut = make_playbook(house.harbor, closed_at=due.created_at)
    make_page(shut, due_on=DAY)
    assert [page.id for page in queries.list_due_pages(DAY)] == [due.id]


def test_a_leavers_pages_are_listed_and_pass_to_a_successor(house, book, told):
    own = make_page(book, "Own", owner_id=house.staff.id, backup_owner_id=house.writer.id)
    backup = make_page(book, "Backup", owner_id=house.lead.id, backup_owner_id=house.staff.id)
    elsewhere = make_page(make_playbook(house.own, shared=Shared.COALITION), "Elsewhere", owner_id=house.staff.id)
    make_editor(book, house.staff)
    asked = {"person_id": house.staff.id, "organization_id": house.harbor.id}
    answers = [answer for _receiver, answer in signals.work_owned_asked.send(None, **asked) if answer]
    listed = [each[1:] for answer in answers for each in answer if each[2].startswith("/playbooks/")]
    url = f"/playbooks/{book.id}/pages"
    assert listed == [("Own", f"{url}/{own.id}"), ("Backup", f"{url}/{backup.id}")]
    told.clear()
    signals.person_left_work.send(None, **asked, successor_id=house.writer.id, actor=load_actor(house.lead))
    db.session.flush()
    assert (own.owner_id, own.backup_owner_id) == (house.writer.id, None)
    assert (backup.owner_id, backup.backup_owner_id) == (house.lead.id, house.writer.id)
    assert elsewhere.owner_id == house.staff.id
    assert [person.id for person in queries.list_editors(book.id)] == [house.writer.id]
    assert {each[1] for each in told} == {own.id, backup.id}


def test_without_a_successor_the_backup_moves_up(house, book):
    own = make_page(book, "Own", owner_id=house.staff.id, backup_owner_id=house.writer.id)
    services_of_leaving = {"person_id": house.staff.id, "successor_id": None, "organization_id": house.harbor.id}
    signals.person_left_work.send(None, **services_of_leaving, actor=load_actor(house.lead))
    assert (own.owner_id, own.backup_owner_id) == (house.writer.id, None)


def test_an_erased_author_is_a_former_member(house, book, stock):
    services.save_page(stock.id, base_number=1, title="A", text="B", note=None, by_id=house.staff.id)
    own = make_page(book, "Own", owner_id=house.staff.id)
    make_editor(book, house.staff)
    [rows] = [
        rows
        for _receiver, answer in signals.person_data_asked.send(None, person_id=house.staff.id)
        for section, rows in answer or ()
        if section == "playbook revisions"
    ]
    assert [(row["page"], row["text"]) for row in rows] == [("A", "B\n")]
    signals.person_erased.send(None, person_id=house.staff.id)
    db.session.commit()
    assert {revision.author_id for revision in db.session.scalars(select(PageRevision))} == {None}
    assert own.owner_id is None
    assert queries.list_editors(book.id) == []


def test_two_accounts_of_one_person_become_one(house, book, stock):
    gone, kept = make_person("Gone"), house.staff
    services.save_page(stock.id, base_number=1, title="A", text="B", note=None, by_id=gone.id)
    page = make_page(book, "Own", owner_id=gone.id, backup_owner_id=kept.id)
    make_editor(book, gone)
    make_editor(book, kept)
    signals.people_merged.send(None, kept_id=kept.id, gone_id=gone.id)
    db.session.commit()
    assert (page.owner_id, page.backup_owner_id) == (kept.id, None)
    assert [editor.person_id for editor in db.session.scalars(select(PlaybookEditor))] == [kept.id]
    assert queries.get_revision(stock.id, 2).author_id == kept.id


@pytest.fixture
def at_once(app):
    """Run jobs at the same time, each in a transaction of its own; return what each gave, or the refusal."""

    def run(jobs):
        barrier = Barrier(len(jobs))

        def one(job):
            with app.app_context():
                barrier.wait()
                try:
                    result = job()
                    db.session.commit()
                except CommonsError as refusal:
                    db.session.rollback()
                    return refusal
                return result

        db.session.commit()
        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(one, jobs))

    return run


def test_of_many_who_write_at_once_nobody_is_lost(house, book, at_once):
    text = "\n\n".join(f"Line {number}" for number in range(6)) + "\n"
    page_id, by_id = make_page(book, "Lines", text).id, house.lead.id

    def write(number):
        mine = text.replace(f"Line {number}", f"Changed {number}")
        return lambda: services.save_page(page_id, base_number=1, title="Lines", text=mine, note=None, by_id=by_id)

    saved = at_once([write(number) for number in range(6)])
    assert sorted(each.number for each in saved) == [2, 3, 4, 5, 6, 7]
    now = queries.get_revision(page_id, 7)
    assert all(f"Changed {number}" in now.text for number in range(6))
    kinds = [queries.get_revision(page_id, number).kind for number in range(2, 8)]
    assert kinds == [RevisionKind.EDIT, *[RevisionKind.MERGE] * 5]


def test_of_many_who_change_one_line_at_once_one_is_kept(house, stock, at_once):
    page_id, by_id = stock.id, house.lead.id

    def write(number):
        mine = TEXT.replace("Monday", f"day {number}")
        return lambda: services.save_page(page_id, base_number=1, title="X", text=mine, note=None, by_id=by_id)

    results = at_once([write(number) for number in range(4)])
    assert sum(isinstance(each, services.EditsMeet) for each in results) == 3
    assert len(db.session.scalars(select(PageRevision)).all()) == 2


def test_pages_added_at_once_have_places_of_their_own(house, book, at_once):
    book_id, said = book.id, {"text": "Text.", "language": Language.ENGLISH, "by_id": house.lead.id}
    at_once([lambda: services.add_page(book_id, title="X", **said).id for _ in range(4)])
    assert [page.position for page in queries.list_pages(book_id)] == [1, 2, 3, 4]


def test_a_seed_may_start_a_playbook_for_nobody(house):
    book = services.start_playbook(
        Place(coalition_id=house.own.id),
        title="T",
        language=Language.ENGLISH,
        shared=Shared.NOBODY,
        template=None,
        by_id=None,
    )
    assert db.session.scalars(select(Playbook)).one() is book
