"""What the pages of a playbook say, and said."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import joinedload, undefer

from lms import prose
from lms.db import db, read_columns
from lms.errors import NotFound
from lms.playbooks.models import PageRevision, Playbook, PlaybookPage
from lms.playbooks.rules import CareState, care_state, markdown_of


def care_of(page: PlaybookPage, today: date) -> CareState:
    """Say how well a page is looked after."""
    return care_state(owner_id=page.owner_id, due=page.due_on, reviewed_on=page.reviewed_on, today=today)


def get_revision(page_id: int, number: int) -> PageRevision:
    """Return one revision with its author and its rendered text (one statement)."""
    revision = find_revision(page_id, number)
    if revision is None:
        raise NotFound("revision")
    return revision


def find_revision(page_id: int, number: int) -> PageRevision | None:
    """Return one revision, or None (one statement)."""
    found: PageRevision | None = db.session.scalars(_numbered(), {"page_id": page_id, "number": number}).one_or_none()
    return found


def html_of(revision: PageRevision) -> str:
    """Return a revision as clean HTML: as it was rendered when it was saved, or anew after a change of the renderer."""
    if revision.renderer == prose.RENDERER_VERSION:
        return revision.html
    return prose.render_prose(markdown_of(revision.text), language=revision.language.value)


@dataclass(frozen=True)
class PageTitle:
    """One line of a playbook's contents."""

    id: int
    title: str


def list_titles(playbook_id: int) -> tuple[PageTitle, ...]:
    """Return the titles of a playbook's open pages, in order (one statement)."""
    return tuple(PageTitle(*row) for row in read_columns(_titles(), {"playbook_id": playbook_id}))


def list_pages(playbook_id: int) -> list[PlaybookPage]:
    """Return the pages of a playbook in order, closed ones last, with who looks after them (one statement)."""
    return list(db.session.scalars(_pages(), {"playbook_id": playbook_id}))


def list_texts(playbook_id: int) -> list[PageRevision]:
    """Return what the open pages of a playbook say now, in order, with page and who looks after it (one statement)."""
    texts = (
        _whole_revision()
        .join(PageRevision.page)
        .where(
            PlaybookPage.playbook_id == playbook_id,
            PlaybookPage.closed_at.is_(None),
            PageRevision.number == PlaybookPage.current_number,
        )
        .options(
            joinedload(PageRevision.page).joinedload(PlaybookPage.owner),
            joinedload(PageRevision.page).joinedload(PlaybookPage.backup_owner),
        )
        .order_by(PlaybookPage.position, PlaybookPage.id)
    )
    return list(db.session.scalars(texts))


def count_revisions(page_id: int) -> int:
    """Return how many revisions a page has (one statement)."""
    return db.session.scalar(select(func.count()).where(PageRevision.page_id == page_id)) or 0


def list_revisions(page_id: int, *, limit: int, offset: int = 0) -> list[PageRevision]:
    """Return the revisions of a page with their authors, newest first (one statement)."""
    kept = select(PageRevision).where(PageRevision.page_id == page_id).options(joinedload(PageRevision.author))
    return list(db.session.scalars(kept.order_by(PageRevision.number.desc()).limit(limit).offset(offset)))


def list_due_pages(today: date) -> list[PlaybookPage]:
    """Return the open pages of open playbooks that are to be read again by today, with playbooks (one statement)."""
    due = (
        select(PlaybookPage)
        .join(PlaybookPage.playbook)
        .where(PlaybookPage.due_on <= today, PlaybookPage.closed_at.is_(None), Playbook.closed_at.is_(None))
        .options(joinedload(PlaybookPage.playbook))
    )
    return list(db.session.scalars(due.order_by(PlaybookPage.due_on, PlaybookPage.id)))


def _whole_revision() -> Select[PageRevision]:
    return select(PageRevision).options(joinedload(PageRevision.author), undefer(PageRevision.html))


@cache  # these are built once: putting them together takes longer than running them
def _numbered() -> Any:
    return _whole_revision().where(
        PageRevision.page_id == bindparam("page_id"), PageRevision.number == bindparam("number")
    )


@cache
def _titles() -> Any:
    is_open = (PlaybookPage.playbook_id == bindparam("playbook_id"), PlaybookPage.closed_at.is_(None))
    titles = select(PlaybookPage.id, PlaybookPage.title).where(*is_open)
    return titles.order_by(PlaybookPage.position, PlaybookPage.id)


@cache
def _pages() -> Any:
    pages = (
        select(PlaybookPage)
        .where(PlaybookPage.playbook_id == bindparam("playbook_id"))
        .options(joinedload(PlaybookPage.owner), joinedload(PlaybookPage.backup_owner))
        .order_by(PlaybookPage.closed_at.is_not(None), PlaybookPage.position, PlaybookPage.id)
    )
    return pages.execution_options(populate_existing=True)
