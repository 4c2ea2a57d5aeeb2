"""Playbooks with their pages, revisions and those who look after them."""

from dataclasses import dataclass, field

from lms import clock
from lms.accounts.models import Language
from lms.errors import CommonsError
from lms.playbooks import queries
from lms.playbooks.catalog import shipped_templates
from lms.playbooks.queries import OpenPage
from lms.playbooks.rules import Place
from lms.playbooks.services import care, pages, playbooks
from lms.seeds.maker import Maker
from lms.seeds.story import PageEdit, PagePlan, PlaybookPlan


@dataclass
class _Held:
    """A playbook and its pages, once they are there, by the title they began with."""

    id: int = 0
    page_ids: dict[str, int] = field(default_factory=dict)


def plan(maker: Maker) -> None:
    """Put every playbook, page and edit on the calendar."""
    for told in maker.story.playbooks.playbooks:
        held = _Held()
        maker.later(told.started, _start, maker, told, held)
        for page in told.pages:
            _plan_page(maker, told, page, held)


def _plan_page(maker: Maker, told: PlaybookPlan, page: PagePlan, held: _Held) -> None:
    if page.added is not None:
        maker.later(page.added, _add, maker, told, page, held, hour=16)
    cared_on = page.cared_on or page.added or told.started
    if page.owner is not None:
        maker.later(cared_on, _care, maker, told, page, held, hour=17)
    for edit in page.edits:
        maker.later(edit.on, _edit, maker, page, edit, held, hour=18)


def _start(maker: Maker, told: PlaybookPlan, held: _Held) -> None:
    organization_id = maker.organizations[told.organization].id if told.organization else None
    by_id = maker.people[told.by]
    playbook = playbooks.start_playbook(
        Place(organization_id, None if organization_id else maker.coalition_id),
        title=told.title,
        language=Language.ENGLISH,
        shared=told.shared,
        template=shipped_templates()[told.template] if told.template else None,
        by_id=by_id,
    )
    held.id = playbook.id
    held.page_ids = {page.title: page.id for page in queries.list_pages(playbook.id)}
    if told.editors:
        editor_ids = [maker.people[key] for key in told.editors]
        playbooks.edit_playbook(
            playbook, row_version=1, title=told.title, shared=told.shared, editor_ids=editor_ids, by_id=by_id
        )
    if told.from_action is not None:
        playbooks.tell_opened(playbook, maker.actions[told.from_action], maker.actor(told.by))


def _add(maker: Maker, told: PlaybookPlan, page: PagePlan, held: _Held) -> None:
    made = pages.add_page(
        held.id,
        title=page.title,
        text=page.text or "",
        language=Language.ENGLISH,
        by_id=maker.people[page.by or told.by],
        cycle_id=maker.cycles[page.cycle] if page.cycle else None,
        review_every_days=page.every_days,
    )
    held.page_ids[page.title] = made.id


def _page(maker: Maker, by: str, held: _Held, page: PagePlan) -> OpenPage:
    """Return a page with its playbook, which the receivers of its signals look at."""
    return queries.get_page_for(maker.actor(by), held.id, held.page_ids[page.title])


def _care(maker: Maker, told: PlaybookPlan, page: PagePlan, held: _Held) -> None:
    opened = _page(maker, told.by, held, page)
    row = opened.page
    care.set_care(
        row,
        row_version=row.row_version,
        owner_id=maker.people[page.owner] if page.owner else None,
        backup_owner_id=maker.people[page.backup] if page.backup else None,
        review_every_days=page.every_days or row.review_every_days,
        by_id=maker.people[told.by],
    )


def _edit(maker: Maker, page: PagePlan, edit: PageEdit, held: _Held) -> None:
    opened = _page(maker, edit.by, held, page)
    row, by_id, today = opened.page, maker.people[edit.by], clock.today(maker.zone)
    if edit.restores is not None:
        pages.restore_revision(row.id, edit.restores, by_id=by_id)
        return
    if not edit.swaps:
        pages.confirm_page(row.id, seen_number=row.current_number, today=today, by_id=by_id)
        return
    text = queries.get_revision(row.id, row.current_number).text
    for swap in edit.swaps:
        if swap.old not in text:
            raise CommonsError(f"playbooks.toml: {page.title!r} does not say {swap.old!r}.")
        text = text.replace(swap.old, swap.new, 1)
    pages.save_page(
        row.id,
        base_number=row.current_number,
        title=row.title,
        text=text,
        note=edit.note,
        by_id=by_id,
        confirmed_on=today if edit.confirms else None,
    )
