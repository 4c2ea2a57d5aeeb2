"""The pages of playbooks, as people read and send them."""

from datetime import date

import pytest
from sqlalchemy import func, select

from lms.audit import AuditEntry
from lms.db import db
from lms.playbooks import queries
from lms.playbooks.models import PageRevision, Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.rules import LONGEST_TEXT, RevisionKind, Shared
from lms.readiness.models import RecommendedAction
from tests.factories import readiness
from tests.factories.improvement import make_cycle, make_team
from tests.factories.playbooks import TEXT, make_editor, make_page, make_playbook
from tests.pages import hidden_value
from tests.statements import counted_statements


def address(page, end=""):
    return f"/playbooks/{page.playbook_id}/pages/{page.id}{end}"


def page_now(page):
    return db.session.get(PlaybookPage, page.id, populate_existing=True)


def text_now(page):
    now = page_now(page)
    return queries.get_revision(now.id, now.current_number)


def edit(site, page, text, *, base=1, **fields):
    sent = {"base_version": base, "title": "Naloxone stock", "text": text, **fields}
    return site.post(address(page, "/edit"), sent)


def test_a_lead_starts_a_playbook_from_the_template(site, house, as_person):
    as_person(house.lead)
    start = f"/playbooks/new?owner=organization-{house.harbor.id}"
    assert "Succession playbook" in site.get(start).text
    choice = {"owner": f"organization-{house.harbor.id}", "template": "succession", "language": "es", "title": ""}
    site.post(start, {**choice, "shared": "organization"}, status=303)
    book = db.session.scalars(select(Playbook)).one()
    assert (book.title, book.template_version, book.shared) == ("Guía operativa de sucesión", "1.0.0", "organization")
    pages = queries.list_pages(book.id)
    assert [each.position for each in pages] == list(range(1, 10))
    shown = site.get(address(pages[0])).text
    assert "Las primeras 24 horas" in shown
    assert '<th scope="col">Función</th>' in shown


def test_an_empty_playbook_needs_a_title(site, house, as_person):
    as_person(house.coordinator)
    choice = {"owner": f"coalition-{house.own.id}", "template": "none", "language": "en", "shared": "coalition"}
    assert "Write a title." in site.post("/playbooks/new", {**choice, "title": " "}, status=422).text
    site.post("/playbooks/new", {**choice, "title": "Coalition handbook"}, status=303)
    assert site.get("/playbooks").text.count("Coalition handbook") == 1


def test_a_coalition_does_not_share_with_an_organization(site, house, as_person):
    as_person(house.coordinator)
    choice = {"owner": f"coalition-{house.own.id}", "template": "none", "language": "en", "title": "X"}
    site.post("/playbooks/new", {**choice, "shared": "organization"}, status=422)


@pytest.mark.parametrize(
    ("who", "status"), [("staff", 403), ("expert", 403), ("coordinator", 403), ("neighbor", 404), ("lead", 200)]
)
def test_only_who_runs_the_place_starts_its_playbook(site, house, as_person, who, status):
    as_person(house.people[who])
    site.get(f"/playbooks/new?owner=organization-{house.harbor.id}", status=status)


def test_a_place_one_does_not_run_cannot_be_sent(site, house, as_person):
    as_person(house.lead)
    choice = {"template": "none", "language": "en", "shared": "nobody", "title": "X"}
    site.post("/playbooks/new", {**choice, "owner": f"organization-{house.river.id}"}, status=422)
    assert db.session.scalar(select(func.count()).select_from(Playbook)) == 0


def test_broken_owners_are_not_found(site, house, as_person):
    as_person(house.lead)
    for key in ("organization-", "organization-x", "planet-1", "organization-99999999999", "coalition-²", "%00"):
        site.get(f"/playbooks/new?owner={key}", status=404)
    site.get("/playbooks/new?action=987654", status=404)


def test_a_stranger_meets_nothing_of_a_playbook(site, house, stock, as_person):
    as_person(house.neighbor)
    book = f"/playbooks/{stock.playbook_id}"
    for path in (book, f"{book}.md", f"{book}/print", f"{book}/edit", f"{book}/pages/new", address(stock)):
        site.get(path, status=404)
    for end in ("/edit", "/revisions", "/revisions/1"):
        site.get(address(stock, end), status=404)
    for end in ("/confirm", "/move", "/close", "/revisions/1/restore"):
        site.post(address(stock, end), status=404)
    assert "How we work" not in site.get("/playbooks").text


def test_a_reader_reads_and_changes_nothing(site, house, book, stock, as_person):
    book.shared = Shared.ORGANIZATION
    db.session.commit()
    as_person(house.staff)
    shown = site.get(address(stock)).text
    assert "Change this stock" not in shown
    assert "Still correct" not in shown
    assert "/edit" not in site.get(f"/playbooks/{book.id}").text
    site.get(address(stock, "/revisions/1"))
    site.get(address(stock, "/edit"), status=403)
    site.get(f"/playbooks/{book.id}/edit", status=403)
    for end in ("/confirm", "/move", "/close", "/revisions/1/restore"):
        site.post(address(stock, end), status=403)
    assert page_now(stock).current_number == 1


def test_an_editor_writes_a_page_and_the_revision_is_kept(site, house, book, stock, as_person):
    make_editor(book, house.writer)
    as_person(house.writer)
    form = site.get(address(stock, "/edit")).text
    assert hidden_value(form, "base_version") == "1"
    edit(site, stock, TEXT.replace("Monday", "**Tuesday**"), note="New day")
    assert "<strong>Tuesday</strong>" in site.get(address(stock)).text
    revision = text_now(stock)
    assert (revision.number, revision.base_number, revision.kind) == (2, 1, RevisionKind.EDIT)
    assert (revision.author_id, revision.note) == (house.writer.id, "New day")
    assert site.get(address(stock, "/revisions")).text.count("Revision ") >= 2
    diff = site.get(address(stock, "/revisions/2")).text
    assert "<ins>" in diff
    assert "Added:" in diff
    assert "Taken out:" in diff


def test_a_preview_saves_nothing_and_keeps_what_was_typed(site, house, stock, as_person):
    as_person(house.lead)
    typed = {"base_version": "1", "title": "Stock", "text": "## New\n\n<script>x</script> text", "way": "preview"}
    for _ in range(2):
        shown = site.post(address(stock, "/edit"), typed, status=200).text
        assert "not saved yet" in shown
        assert "<h2>New</h2>" in shown
        assert "&lt;script&gt;x&lt;/script&gt; text" in shown.split("<textarea")[1]
        assert 'data-page-kind="error"' in shown  # so that the script keeps the draft
    new = f"/playbooks/{stock.playbook_id}/pages/new"
    assert "<h2>New</h2>" in site.post(new, typed, status=200).text
    assert page_now(stock).current_number == 1
    assert db.session.scalar(select(func.count()).select_from(PlaybookPage)) == 1


def test_edits_of_different_lines_are_merged_and_the_person_is_told(site, house, stock, as_person):
    as_person(house.lead)
    edit(site, stock, TEXT.replace("Monday", "Tuesday"))
    as_person(house.admin)
    edit(site, stock, TEXT.replace("county nurse", "state nurse"))
    revision = text_now(stock)
    assert (revision.number, revision.base_number, revision.kind) == (3, 1, RevisionKind.MERGE)
    assert "Tuesday" in revision.text
    assert "state nurse" in revision.text
    assert "Both changes are kept" in site.get(address(stock)).text


def test_edits_of_one_line_are_both_shown_and_nothing_is_overwritten(site, house, stock, as_person):
    as_person(house.lead)
    edit(site, stock, TEXT.replace("Monday", "Tuesday").replace("ten", "twelve"))
    as_person(house.admin)
    mine = TEXT.replace("Monday", "Friday")
    shown = edit(site, stock, mine)
    assert shown.status_code == 409
    assert "Count the kits on Friday." in shown.text
    assert "Count the kits on Tuesday." in shown.text
    form = shown.text.split("<textarea")[1]
    assert "Friday" in form
    assert "twelve" in form  # what did not clash is already in the text
    assert hidden_value(shown.text, "base_version") == "2"
    assert page_now(stock).current_number == 2
    edit(site, stock, mine.replace("ten", "twelve"), base=2)
    assert "Friday" in text_now(stock).text
    assert text_now(stock).kind is RevisionKind.EDIT


def test_titles_that_meet_are_shown_too(site, house, stock, as_person):
    as_person(house.lead)
    edit(site, stock, TEXT, title="Kits")
    shown = edit(site, stock, TEXT, title="Sprays")
    assert shown.status_code == 409
    assert "Kits" in shown.text
    assert 'value="Sprays"' in shown.text


@pytest.mark.parametrize("base", ["", "-1", "0", "99", "x", "9" * 30])
def test_an_edit_that_began_nowhere_overwrites_nothing(site, house, stock, as_person, base):
    as_person(house.lead)
    assert edit(site, stock, "Something else.", base=base).status_code == 409
    assert text_now(stock).text == TEXT


def test_one_form_sent_twice_makes_one_revision(site, client, house, stock, as_person):
    as_person(house.lead)
    sent = {**site.hidden_fields(address(stock, "/edit")), "base_version": "1", "title": "Stock", "text": "New text"}
    for _ in range(2):
        assert client.post(address(stock, "/edit"), data=sent).status_code == 303
    assert page_now(stock).current_number == 2
    edit(site, stock, "New text", base=1, title="Stock")  # from another tab
    assert page_now(stock).current_number == 2
    assert "Nothing changed" in site.get(address(stock)).text


def test_one_new_page_sent_twice_is_one_page(site, client, house, book, as_person):
    as_person(house.lead)
    new = f"/playbooks/{book.id}/pages/new"
    sent = {**site.hidden_fields(new), "base_version": "0", "title": "Calls", "text": "Call."}
    answers = [client.post(new, data=sent) for _ in range(2)]
    assert answers[0].location == answers[1].location
    assert [each.title for each in queries.list_pages(book.id)] == ["Calls"]


def test_an_earlier_text_is_brought_back_as_a_new_revision(site, house, stock, as_person):
    as_person(house.lead)
    edit(site, stock, "Gone wrong.")
    site.post(address(stock, "/revisions/1/restore"), status=303, page=address(stock, "/revisions/1"))
    revision = text_now(stock)
    assert (revision.number, revision.base_number, revision.kind, revision.text) == (3, 1, RevisionKind.RESTORE, TEXT)
    site.post(address(stock, "/revisions/1/restore"), status=303, page=address(stock, "/revisions/1"))
    assert page_now(stock).current_number == 3


def test_a_page_is_confirmed_and_due_again(site, house, stock, as_person):
    as_person(house.lead)
    site.post(
        address(stock, "/edit"), {"part": "care", "row_version": 1, "owner": house.staff.id, "review_every_days": 90}
    )
    page_now(stock).due_on = date(2020, 1, 1)
    db.session.commit()
    assert "it may be out of date" in site.get(address(stock)).text
    assert "One page to read again" in site.get(f"/playbooks/{stock.playbook_id}").text
    as_person(house.staff)
    for _ in range(2):
        site.post(
            address(stock, "/confirm"), {"number": page_now(stock).current_number}, status=303, page=address(stock)
        )
    now = page_now(stock)
    assert (now.due_on - now.reviewed_on).days == 90
    assert text_now(stock).kind is RevisionKind.CONFIRM
    assert now.current_number == 2
    assert "it may be out of date" not in site.get(address(stock)).text


def test_a_text_that_changed_meanwhile_is_not_confirmed_unread(site, house, stock, as_person):
    as_person(house.lead)
    edit(site, stock, "Other text.")
    site.post(address(stock, "/confirm"), {"number": 1}, status=409, page=address(stock))
    site.post(address(stock, "/confirm"), {"number": "x"}, status=409, page=address(stock))
    assert page_now(stock).reviewed_on is None


def test_only_people_of_the_place_look_after_a_page(site, house, stock, as_person):
    as_person(house.lead)
    care = {"part": "care", "row_version": 1, "review_every_days": 30}
    assert "Outsider" not in site.get(address(stock, "/edit?part=care")).text
    for wrong in ({"owner": house.outsider.id}, {"backup_owner": house.staff.id}, {"owner": "x"}):
        site.post(address(stock, "/edit"), {**care, **wrong}, status=422, page=address(stock, "/edit?part=care"))
    twice = {"owner": house.staff.id, "backup_owner": house.staff.id}
    site.post(address(stock, "/edit"), {**care, **twice}, status=422)
    good = {"owner": house.staff.id, "backup_owner": house.coordinator.id}
    site.post(address(stock, "/edit"), {**care, **good}, status=303)
    assert site.post(address(stock, "/edit"), {**care, "owner": house.lead.id}).status_code == 409
    assert page_now(stock).owner_id == house.staff.id


def test_pages_are_moved_and_closed_and_put_back(site, house, book, as_person):
    one, two, three = (make_page(book, title) for title in ("One", "Two", "Three"))
    as_person(house.lead)
    url = f"/playbooks/{book.id}"

    def order():
        return [each.title for each in queries.list_pages(book.id) if each.closed_at is None]

    site.post(address(three, "/move"), {"way": "up"}, status=303, page=url)
    assert order() == ["One", "Three", "Two"]
    site.post(address(one, "/move"), {"way": "up"}, status=303, page=url)
    assert order() == ["One", "Three", "Two"]
    site.post(address(one, "/close"), status=303, page=address(one))
    assert order() == ["Three", "Two"]
    assert "This page is closed" in site.get(address(one)).text
    edit(site, one, "New.")
    assert text_now(one).text == TEXT
    site.post(address(one, "/close"), {"way": "open"}, status=303, page=address(one))
    assert order() == ["Three", "Two", "One"]
    assert two.id


def test_the_whole_playbook_is_printed_and_downloaded(site, client, house, book, as_person):
    make_page(book, "Stock & kits", "# Top\n\n## Part\n\nText.\n", owner_id=house.staff.id)
    make_page(book, "Calls", "Call.\n")
    make_page(book, "Old", "Old.\n", closed_at=book.created_at)
    as_person(house.lead)
    printed = site.get(f"/playbooks/{book.id}/print").text
    assert "<h3>Part</h3>" in printed
    assert "Looks after it: Staff" in printed
    assert "Old" not in printed
    answer = client.get(f"/playbooks/{book.id}.md")
    assert answer.mimetype == "text/markdown"
    assert 'filename="how-we-work.md"' in answer.headers["Content-Disposition"]
    assert "# How we work\n" in answer.text
    assert "## Stock & kits\n\n### Top\n\n### Part\n\nText.\n\n## Calls" in answer.text


def test_readers_and_editors_are_chosen(site, house, book, as_person):
    as_person(house.lead)
    url = f"/playbooks/{book.id}/edit"
    named = {"row_version": 1, "title": "Ours", "shared": "coalition", "new_editor": house.writer.id}
    site.post(url, named, status=303)
    assert site.post(url, {**named, "title": "Mine"}).status_code == 409
    outside = {**named, "row_version": 2, "new_editor": house.outsider.id}
    site.post(url, outside, status=422)
    site.post(url, {**named, "row_version": 2, "editors": house.writer.id, "new_editor": house.expert.id}, status=303)
    assert {person.id for person in queries.list_editors(book.id)} == {house.writer.id, house.expert.id}
    site.post(url, {**named, "row_version": 3, "new_editor": ""}, status=303)
    assert db.session.scalars(select(PlaybookEditor)).all() == []
    site.post(url, {"action": "close"}, status=303)
    assert "closed" in site.get(f"/playbooks/{book.id}").text
    site.post(url, {"action": "open"}, status=303)


HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) <a href="//evil.test">b</a>\n\n'
    '<div onclick="x" class="admonition evil" id="main" style="x">c</div> ![i](https://evil.test/i.png)\n\n'
    "<iframe src=https://evil.test></iframe> {{fact:crisis-line}} {{ 7*7 }} \u202eRTL 👩‍🚒 [own] [@x]"
)


def test_hostile_markdown_is_harmless_everywhere(site, house, book, as_person):
    as_person(house.lead)
    page = make_page(book, '<b>"Title"</b>', HOSTILE)
    edit(site, page, HOSTILE + "\n\n</ins><script>2</script>", title='<i>"T"</i>')
    book = f"/playbooks/{book.id}"
    paths = [book, f"{book}/print", *(address(page, end) for end in ("", "/edit", "/revisions", "/revisions/2"))]
    for path in paths:
        html = site.get(path).text
        for bad in ("<script>alert", "<script>2", 'href="javascript', "<iframe", 'href="//', "<img"):
            assert bad not in html, (path, bad)
        assert "<b>" not in html
        assert "<i>" not in html


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_TEXT + 1), "[" * 400, "<a " * 400])
def test_a_text_that_cannot_be_a_page_comes_back_with_words(site, house, stock, as_person, text):
    as_person(house.lead)
    answer = edit(site, stock, text)
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert page_now(stock).current_number == 1


def test_long_and_odd_titles(site, house, stock, as_person):
    as_person(house.lead)
    assert edit(site, stock, TEXT, title="x" * 161).status_code == 422
    assert edit(site, stock, TEXT, title="  ").status_code == 422
    assert edit(site, stock, TEXT, note="x" * 301).status_code == 422
    assert edit(site, stock, TEXT, title="👩‍🚒\u202eabc =cmd()").status_code == 303


def test_the_number_of_statements_does_not_grow(site, house, as_person):
    small, large = make_playbook(house.harbor, "Small"), make_playbook(house.harbor, "Large")
    one = make_page(small)
    many = [make_page(large, f"Page {number}", owner_id=house.staff.id) for number in range(12)]
    for person in house.people.values():
        make_editor(large, person)
    as_person(house.lead)
    for number in range(12):
        edit(site, many[0], f"Text {number}", base=number + 1)
    pairs = [
        (address(one), address(many[0])),
        (f"/playbooks/{small.id}", f"/playbooks/{large.id}"),
        (f"/playbooks/{small.id}/print", f"/playbooks/{large.id}/print"),
        (address(one, "/revisions"), address(many[0], "/revisions")),
        (address(one, "/revisions/1"), address(many[0], "/revisions/9")),
    ]
    for few, lots in pairs:
        counts = []
        for path in (few, lots):
            site.get(path)
            with counted_statements() as statements:
                site.get(path)
            counts.append(len(statements))
        assert counts[0] == counts[1] or "/revisions/" in few, (few, counts)
        assert max(counts) <= 6, (lots, counts)
    with counted_statements() as statements:
        site.get("/playbooks")
    assert len(statements) <= 6


def test_each_change_is_recorded_once(site, house, stock, as_person):
    as_person(house.lead)
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    edit(site, stock, "New text.")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id).offset(before)).all()
    assert [entry.verb for entry in entries] == ["edited a playbook page"]
    assert "New text" not in str(entries[0].changes)


def test_an_older_renderer_is_not_trusted(site, house, stock, as_person):
    revision = text_now(stock)
    revision.html, revision.renderer = "<p>from long ago</p>", 0
    db.session.commit()
    as_person(house.lead)
    assert "from long ago" not in site.get(address(stock)).text
    assert db.session.scalars(select(PageRevision)).one().renderer == 0


def test_a_page_begins_from_a_cycle_and_leads_back_to_it(site, house, book, as_person):
    team = make_team(house.harbor, house.staff)
    cycle = make_cycle(team, house.staff, "acted")
    book.shared = Shared.COALITION
    db.session.commit()
    as_person(house.lead)
    new = f"/playbooks/{book.id}/pages/new?cycle={cycle.id}"
    form = site.get(new).text
    assert "## How we do it" in form
    assert f"?cycle={cycle.id}" in form
    site.post(new, {"base_version": 0, "title": "Kept", "text": "Do it so."}, status=303)
    [stock] = queries.list_pages(book.id)
    assert stock.cycle_id == cycle.id
    path = f"/improve/cycles/{cycle.id}"
    assert path in site.get(address(stock)).text
    with counted_statements() as statements:
        site.get(address(stock))
    assert len(statements) <= 9
    as_person(house.neighbor)  # reads the page, and not the cycle
    assert path not in site.get(address(stock)).text


def test_a_cycle_one_may_not_read_fills_no_page(site, house, as_person):
    cycle = make_cycle(make_team(house.harbor, house.staff), house.staff)
    other = make_playbook(house.river)
    make_editor(other, house.neighbor)
    as_person(house.neighbor)
    for asked in (cycle.id, 98_765, "x", "-1", "9" * 30):
        site.get(f"/playbooks/{other.id}/pages/new?cycle={asked}", status=404)


def test_a_playbook_opened_from_an_action_is_known_to_it(site, house, as_person):
    readiness.publish()
    a_round = readiness.make_round(house.harbor, house.lead)
    readiness.rate_all(a_round, house.lead, 1)
    readiness.close(a_round, house.lead)
    action = db.session.scalars(select(RecommendedAction).order_by(RecommendedAction.id)).first()
    start = f"/playbooks/new?owner=organization-{house.harbor.id}&action={action.id}"
    choice = {"owner": f"organization-{house.harbor.id}", "template": "none", "language": "en", "title": "X"}
    as_person(house.outsider)
    site.get(f"/playbooks/new?action={action.id}", status=404)
    as_person(house.lead)
    site.post(start, {**choice, "shared": "nobody"}, status=303)
    book = db.session.scalars(select(Playbook)).one()
    assert db.session.get(RecommendedAction, action.id, populate_existing=True).opened_path == f"/playbooks/{book.id}"
