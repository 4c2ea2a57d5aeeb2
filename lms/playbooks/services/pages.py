"""What the pages of a playbook say: every change is a new revision, and edits that meet are merged or both shown."""

from dataclasses import dataclass, replace
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from lms import audit, clock, prose, signals
from lms.accounts.models import Language
from lms.db import db
from lms.errors import Conflict, Invalid
from lms.playbooks import queries
from lms.playbooks.merge import Clash, merge, merge_line
from lms.playbooks.models import PageRevision, Playbook, PlaybookPage
from lms.playbooks.rules import MOST_PAGES, RevisionKind, clean_text, due_on, flaw_of, markdown_of


class EditsMeet(Conflict):
    """Two people changed the same lines. `theirs` is the newest revision, which the next try begins from.

    `text` is where that try begins: my lines where we clash, and everything else as they left it.
    """

    def __init__(self, theirs: PageRevision, text: str, clashes: tuple[Clash, ...]) -> None:
        super().__init__(_("Somebody else changed the same lines while you were writing."))
        self.theirs = theirs
        self.text = text
        self.clashes = clashes


@dataclass(frozen=True)
class Saved:
    """What became of an edit: the newest revision, and whether it holds somebody else's edit too."""

    number: int
    is_new: bool
    is_merged: bool = False


@dataclass(frozen=True)
class Draft:
    """What a new revision is to say."""

    kind: RevisionKind
    base_number: int | None
    title: str
    text: str
    language: Language
    note: str | None = None


def add_page(
    playbook_id: int,
    *,
    title: str,
    text: str,
    language: Language,
    by_id: int | None,
    note: str | None = None,
    cycle_id: int | None = None,
    review_every_days: int | None = None,
) -> PlaybookPage:
    """Add a page at the end of a playbook; Invalid when the playbook is full or the text cannot be a page."""
    text = _checked(text)
    playbook = lock_playbook(playbook_id)
    places = db.session.execute(
        select(func.count(), func.max(PlaybookPage.position)).where(PlaybookPage.playbook_id == playbook_id)
    ).one()
    if places[0] >= MOST_PAGES:
        raise Invalid("Full.", {"title": _("This playbook has %(most)s pages. Start another one.", most=MOST_PAGES)})
    page = PlaybookPage(
        playbook_id=playbook_id,
        position=(places[1] or 0) + 1,
        title=title,
        cycle_id=cycle_id,
        review_every_days=review_every_days,
        due_on=due_on(clock.today(), review_every_days),
        created_at=clock.now(),
    )
    db.session.add(page)
    db.session.flush()  # its first revision needs the id
    _add_revision(page, 1, Draft(RevisionKind.EDIT, None, title, text, language, note), by_id)
    _record(by_id, "added a playbook page", page, playbook)
    _tell(page, is_care_changed=True)
    return page


def save_page(
    page_id: int,
    *,
    base_number: int,
    title: str,
    text: str,
    note: str | None,
    by_id: int,
    confirmed_on: date | None = None,
) -> Saved:
    """Save an edit that began from a revision; EditsMeet when it clashes with what somebody else saved meanwhile.

    confirmed_on: the day, when the author says that all of the page is correct. Saying what the page says already makes
    no revision.
    """
    text = _checked(text)
    page = lock_page(page_id)
    theirs = queries.get_revision(page_id, page.current_number)
    draft = Draft(RevisionKind.EDIT, base_number, title, text, theirs.language, note)
    if base_number != page.current_number:
        draft = _merged(page, draft, theirs)
    if confirmed_on is not None:
        _confirm(page, confirmed_on)
    is_new = (draft.title, draft.text) != (theirs.title, theirs.text)
    if is_new:
        _write(page, draft, by_id, "edited a playbook page", is_care_changed=confirmed_on is not None)
    elif confirmed_on is not None:
        _tell(page, is_care_changed=True)
    return Saved(page.current_number, is_new, is_merged=draft.kind is RevisionKind.MERGE and is_new)


def restore_revision(page_id: int, number: int, *, by_id: int) -> Saved:
    """Let a page say again what an earlier revision said: as a new revision."""
    page = lock_page(page_id)
    now, then = queries.get_revision(page_id, page.current_number), queries.get_revision(page_id, number)
    if (now.title, now.text) == (then.title, then.text):
        return Saved(page.current_number, is_new=False)
    _write(page, Draft(RevisionKind.RESTORE, number, then.title, then.text, then.language), by_id, "restored a page")
    return Saved(page.current_number, is_new=True)


def confirm_page(page_id: int, *, seen_number: int, today: date, by_id: int) -> Saved:
    """Note that somebody read a page and that all of it is correct; Conflict when it says something else by now."""
    page = lock_page(page_id)
    now, seen = queries.get_revision(page_id, page.current_number), queries.find_revision(page_id, seen_number)
    if seen is None or (seen.title, seen.text) != (now.title, now.text):
        raise Conflict(_("This page changed while you were reading it. Read it once more, then confirm it."))
    if now.kind is RevisionKind.CONFIRM and now.author_id == by_id and page.reviewed_on == today:
        return Saved(page.current_number, is_new=False)
    _confirm(page, today)
    draft = Draft(RevisionKind.CONFIRM, now.number, now.title, now.text, now.language)
    _write(page, draft, by_id, "confirmed a playbook page", is_care_changed=True)
    return Saved(page.current_number, is_new=True)


def move_page(page: PlaybookPage, *, is_up: bool, by_id: int) -> bool:
    """Let a page change places with the open one before or after it; False when there is none."""
    playbook = lock_playbook(page.playbook_id)
    in_order = [each for each in queries.list_pages(page.playbook_id) if each.closed_at is None]
    places = [each.id for each in in_order]
    at = places.index(page.id) if page.id in places else -1
    other = at - 1 if is_up else at + 1
    if at < 0 or not 0 <= other < len(in_order):
        return False
    in_order[at], in_order[other] = in_order[other], in_order[at]
    for position, each in enumerate(in_order, start=1):
        each.position = position
    _record(by_id, "moved a playbook page", page, playbook)
    _tell(page)
    return True


def set_page_closed(page: PlaybookPage, *, is_closed: bool, by_id: int) -> None:
    """Take a page out of its playbook, or put it back at the end. Its revisions stay."""
    playbook = lock_playbook(page.playbook_id)
    last = db.session.scalar(select(func.max(PlaybookPage.position)).where(PlaybookPage.playbook_id == playbook.id))
    is_open = PlaybookPage.closed_at.is_(None) if is_closed else PlaybookPage.closed_at.is_not(None)
    changed = (
        update(PlaybookPage)
        .where(PlaybookPage.id == page.id, is_open)
        .values(closed_at=clock.now() if is_closed else None, position=page.position if is_closed else (last or 0) + 1)
        .returning(PlaybookPage.id)
    )
    if db.session.execute(changed).first() is None:
        return
    db.session.refresh(page)
    _record(by_id, "closed a playbook page" if is_closed else "opened a playbook page again", page, playbook)
    _tell(page, is_care_changed=True)


def lock_playbook(playbook_id: int) -> Playbook:
    """Return a playbook whose pages nobody else adds or moves until this transaction ends (one statement)."""
    locked = select(Playbook).where(Playbook.id == playbook_id).with_for_update(key_share=True)
    return db.session.scalars(locked.execution_options(populate_existing=True)).one()


def lock_page(page_id: int) -> PlaybookPage:
    """Return an open page that nobody else changes until this transaction ends (one statement)."""
    locked = select(PlaybookPage).where(PlaybookPage.id == page_id).with_for_update(key_share=True)
    page = db.session.scalars(locked.execution_options(populate_existing=True)).one()
    if page.closed_at is not None:
        raise Conflict(_("Somebody closed this page meanwhile. Open it again first; nothing of it is lost."))
    return page


def _merged(page: PlaybookPage, mine: Draft, theirs: PageRevision) -> Draft:
    """Merge an edit with what was saved since it began; what never was a base counts as having clashed."""
    base = queries.find_revision(page.id, mine.base_number or 0)
    if base is None:
        raise EditsMeet(theirs, mine.text, (Clash("", mine.text, theirs.text),))
    merged, title = merge(base.text, mine.text, theirs.text), merge_line(base.title, mine.title, theirs.title)
    if flaw_of(merged.mine):  # each alone is a page, both together are not
        raise EditsMeet(theirs, mine.text, (Clash(base.text, mine.text, theirs.text),))
    if title is None or not merged.is_clean:
        clashes = (Clash(base.title, mine.title, theirs.title),) if title is None else ()
        raise EditsMeet(theirs, merged.mine, (*clashes, *merged.conflicts))
    is_as_before = (base.title, base.text) == (theirs.title, theirs.text)
    return replace(mine, kind=RevisionKind.EDIT if is_as_before else RevisionKind.MERGE, title=title, text=merged.text)


def _write(page: PlaybookPage, draft: Draft, by_id: int, verb: str, *, is_care_changed: bool = False) -> None:
    """Add the next revision. The page is locked; the unique number would refuse a second one of the same."""
    number = page.current_number + 1
    _add_revision(page, number, draft, by_id)
    page.current_number, page.title = number, draft.title
    db.session.flush()  # receivers read it
    _record(by_id, verb, page, db.session.get_one(Playbook, page.playbook_id))
    _tell(page, is_care_changed=is_care_changed)


def _add_revision(page: PlaybookPage, number: int, draft: Draft, by_id: int | None) -> None:
    db.session.add(
        PageRevision(
            page_id=page.id,
            number=number,
            base_number=draft.base_number,
            kind=draft.kind,
            title=draft.title,
            text=draft.text,
            html=prose.render_prose(markdown_of(draft.text), language=draft.language.value),
            renderer=prose.RENDERER_VERSION,
            language=draft.language,
            note=draft.note,
            author_id=by_id,
            written_at=clock.now(),
        )
    )


def _confirm(page: PlaybookPage, today: date) -> None:
    page.reviewed_on, page.due_on = today, due_on(today, page.review_every_days)


def _checked(text: str) -> str:
    """Return a text as it is kept; Invalid when it cannot be a page."""
    text = clean_text(text)
    if flaw_of(text) is not None:
        raise Invalid("Not a page.", {"text": _("This text cannot be a page.")})
    return text


def _record(by_id: int | None, verb: str, page: PlaybookPage, playbook: Playbook) -> None:
    changes = {"playbook": playbook.id, "number": page.current_number}
    subject = audit.Subject("playbook-page", page.id)
    audit.record(by_id, verb, subject, changes, coalition_id=playbook.coalition_id)


def _tell(page: PlaybookPage, *, is_care_changed: bool = False) -> None:
    signals.playbook_page_saved.send(None, page=page)
    if is_care_changed:
        signals.page_needs_owner.send(None, page=page)
