"""Who looks after the pages: naming them, passing pages on, and what happens when people leave or become one."""

from datetime import date

from flask_babel import gettext as _
from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.sql.dml import Update

from lms import audit, signals
from lms.db import db, insert_new
from lms.errors import Invalid
from lms.playbooks import queries
from lms.playbooks.models import PageRevision, Playbook, PlaybookEditor, PlaybookPage
from lms.playbooks.rules import due_on
from lms.playbooks.services.playbooks import StaleEdit


def set_care(
    page: PlaybookPage,
    *,
    row_version: int,
    owner_id: int | None,
    backup_owner_id: int | None,
    review_every_days: int | None,
    by_id: int,
) -> None:
    """Say who looks after a page and how often it is read again; StaleEdit when somebody said so meanwhile."""
    playbook = db.session.get_one(Playbook, page.playbook_id)
    _refuse_strangers(page, playbook, owner_id, backup_owner_id)
    changed = (
        update(PlaybookPage)
        .where(PlaybookPage.id == page.id, PlaybookPage.row_version == row_version)
        .values(
            owner_id=owner_id,
            backup_owner_id=backup_owner_id,
            review_every_days=review_every_days,
            due_on=due_on(_read_on(page), review_every_days),
            row_version=row_version + 1,
        )
        .returning(PlaybookPage.id)
    )
    if db.session.execute(changed).first() is None:
        raise StaleEdit(_("Somebody else changed who looks after this page while you had the form open."))
    db.session.refresh(page)
    changes = {"owner": owner_id, "backup": backup_owner_id, "review_every_days": review_every_days}
    subject = audit.Subject("playbook-page", page.id)
    audit.record(by_id, "changed who looks after a page", subject, changes, coalition_id=playbook.coalition_id)
    signals.page_needs_owner.send(None, page=page)


def pass_on_pages(person_id: int, successor_id: int | None, organization_id: int) -> int:
    """Let a successor look after somebody's pages in an organization, or nobody; return how many pages."""
    owned = queries.list_owned_pages(person_id, organization_id)
    for each in owned:
        _replace(each.page, person_id, successor_id)
    _pass_on_editing(person_id, successor_id, organization_id)
    _tell([each.page for each in owned])
    return len(owned)


def forget_person(person_id: int) -> None:
    """Unlink somebody who is erased: what they wrote stays, by a former member."""
    pages = _pages_of(person_id)
    for page in pages:
        _replace(page, person_id, None)
    db.session.execute(delete(PlaybookEditor).where(PlaybookEditor.person_id == person_id))
    db.session.execute(_authored(person_id).values(author_id=None))
    db.session.execute(update(Playbook).where(Playbook.created_by_id == person_id).values(created_by_id=None))
    _tell(pages)


def move_person(kept_id: int, gone_id: int) -> None:
    """Let one account hold what two accounts of one person held."""
    pages = _pages_of(gone_id)
    for page in pages:
        _replace(page, gone_id, kept_id)
    for playbook_id in db.session.scalars(
        select(PlaybookEditor.playbook_id).where(PlaybookEditor.person_id == gone_id)
    ).all():
        _hand_editing(playbook_id, gone_id, kept_id)
    db.session.execute(_authored(gone_id).values(author_id=kept_id))
    db.session.execute(update(Playbook).where(Playbook.created_by_id == gone_id).values(created_by_id=kept_id))
    _tell(pages)


def _refuse_strangers(page: PlaybookPage, playbook: Playbook, owner_id: int | None, backup_id: int | None) -> None:
    """Only who belongs to the place can be named; who is named already may stay."""
    if backup_id is not None and owner_id is None:
        raise Invalid("No owner.", {"owner": _("Choose who looks after the page first.")})
    if backup_id is not None and backup_id == owner_id:
        raise Invalid("Twice.", {"backup_owner": _("Choose somebody else than the owner.")})
    named = {"owner": owner_id, "backup_owner": backup_id}
    new = {name: each for name, each in named.items() if each not in {None, page.owner_id, page.backup_owner_id}}
    belonging = queries.list_belonging_ids(playbook.place, [each for each in new.values() if each]) if new else set()
    strangers = {name: _("Choose one from the list.") for name, each in new.items() if each not in belonging}
    if strangers:
        raise Invalid("Not one of them.", strangers)


def _read_on(page: PlaybookPage) -> date:
    return page.reviewed_on or page.created_at.date()


def _replace(page: PlaybookPage, person_id: int, successor_id: int | None) -> None:
    """Put a successor in somebody's place; a backup moves up where no one is left to look after the page."""
    owner_id = successor_id if page.owner_id == person_id else page.owner_id
    backup_id = successor_id if page.backup_owner_id == person_id else page.backup_owner_id
    if owner_id is None:
        owner_id, backup_id = backup_id, None
    page.owner_id, page.backup_owner_id = owner_id, None if backup_id == owner_id else backup_id
    page.row_version += 1


def _pages_of(person_id: int) -> list[PlaybookPage]:
    is_named = or_(PlaybookPage.owner_id == person_id, PlaybookPage.backup_owner_id == person_id)
    return list(db.session.scalars(select(PlaybookPage).where(is_named).order_by(PlaybookPage.id)))


def _pass_on_editing(person_id: int, successor_id: int | None, organization_id: int) -> None:
    edited = (
        select(PlaybookEditor.playbook_id)
        .join(Playbook, Playbook.id == PlaybookEditor.playbook_id)
        .where(PlaybookEditor.person_id == person_id, Playbook.organization_id == organization_id)
    )
    for playbook_id in db.session.scalars(edited).all():
        _hand_editing(playbook_id, person_id, successor_id)


def _hand_editing(playbook_id: int, person_id: int, successor_id: int | None) -> None:
    held = and_(PlaybookEditor.playbook_id == playbook_id, PlaybookEditor.person_id == person_id)
    added_at = db.session.scalar(select(PlaybookEditor.added_at).where(held))
    db.session.execute(delete(PlaybookEditor).where(held))
    if successor_id is not None:
        insert_new(PlaybookEditor, [{"playbook_id": playbook_id, "person_id": successor_id, "added_at": added_at}])


def _authored(person_id: int) -> Update:
    return update(PageRevision).where(PageRevision.author_id == person_id)


def _tell(pages: list[PlaybookPage]) -> None:
    db.session.flush()  # receivers read who looks after them now
    for page in pages:
        signals.page_needs_owner.send(None, page=page)
