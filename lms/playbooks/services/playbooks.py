"""Playbooks as wholes: starting one, saying who may read and write it, closing it."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import delete, update

from lms import audit, clock, signals
from lms.accounts.models import Language
from lms.authz import Actor
from lms.db import db, insert_new
from lms.errors import Conflict, Invalid
from lms.playbooks import queries
from lms.playbooks.catalog import Template
from lms.playbooks.models import Playbook, PlaybookEditor
from lms.playbooks.rules import Place, Shared
from lms.playbooks.services.pages import add_page
from lms.readiness.models import ActionKind


class StaleEdit(Conflict):
    """Somebody changed the playbook while this form was open."""


def start_playbook(
    place: Place, *, title: str, language: Language, shared: Shared, template: Template | None, by_id: int | None
) -> Playbook:
    """Start a playbook: empty, or with a copy of each page of a template in one language."""
    refuse_sharing(place, shared)
    playbook = Playbook(
        organization_id=place.organization_id,
        coalition_id=place.coalition_id,
        title=title,
        language=language,
        shared=shared,
        template_slug=template.slug if template else None,
        template_version=template.provenance.version if template else None,
        created_at=clock.now(),
        created_by_id=by_id,
    )
    db.session.add(playbook)
    db.session.flush()  # its pages need the id
    changes = {"organization": place.organization_id, "shared": shared.value, "template": playbook.template_slug}
    audit.record(by_id, "started a playbook", _subject(playbook), changes, coalition_id=place.coalition_id)
    for page in template.pages if template else ():
        add_page(
            playbook.id,
            title=page.title[language.value],
            text=page.markdown[language.value],
            language=language,
            review_every_days=page.review_every_days,
            by_id=by_id,
        )
    return playbook


def tell_opened(playbook: Playbook, action_id: int, actor: Actor) -> None:
    """Tell readiness that a playbook was started from one of its actions."""
    path = f"/playbooks/{playbook.id}"
    signals.work_opened.send(None, action_id=action_id, kind=ActionKind.PLAYBOOK, path=path, actor=actor)


def edit_playbook(
    playbook: Playbook, *, row_version: int, title: str, shared: Shared, editor_ids: Sequence[int], by_id: int
) -> None:
    """Change title, readers and editors; StaleEdit, with the playbook read anew, when somebody did meanwhile.

    Who is an editor already may stay; only who belongs to the place may be added.
    """
    refuse_sharing(playbook.place, shared)
    edited = (
        update(Playbook)
        .where(Playbook.id == playbook.id, Playbook.row_version == row_version)
        .values(title=title, shared=shared, row_version=row_version + 1)
        .returning(Playbook.id)
    )
    if db.session.execute(edited).first() is None:
        db.session.refresh(playbook)
        raise StaleEdit(_("Somebody else changed this playbook while you had the form open."))
    _set_editors(playbook, set(editor_ids))
    db.session.refresh(playbook)
    changes = {"shared": shared.value, "editors": sorted(set(editor_ids)), "row_version": row_version + 1}
    audit.record(by_id, "edited a playbook", _subject(playbook), changes, coalition_id=playbook.coalition_id)


def set_playbook_closed(playbook: Playbook, *, is_closed: bool, by_id: int) -> None:
    """Close a playbook that is no longer used, or open it again. Nothing of it is lost."""
    is_open = Playbook.closed_at.is_(None) if is_closed else Playbook.closed_at.is_not(None)
    changed = update(Playbook).where(Playbook.id == playbook.id, is_open)
    now = clock.now() if is_closed else None
    done = changed.values(closed_at=now, row_version=Playbook.row_version + 1).returning(Playbook.id)
    if db.session.execute(done).first() is None:
        return
    db.session.refresh(playbook)
    verb = "closed a playbook" if is_closed else "opened a playbook again"
    audit.record(by_id, verb, _subject(playbook), coalition_id=playbook.coalition_id)


def refuse_sharing(place: Place, shared: Shared) -> None:
    """A coalition has no organization to share a playbook with."""
    if place.organization_id is None and shared is Shared.ORGANIZATION:
        raise Invalid("Not shared so.", {"shared": _("Choose one from the list.")})


def _set_editors(playbook: Playbook, wanted_ids: set[int]) -> None:
    held_ids = {person.id for person in queries.list_editors(playbook.id)}
    new_ids = sorted(wanted_ids - held_ids)
    if new_ids and queries.list_belonging_ids(playbook.place, new_ids) != set(new_ids):
        raise Invalid("Not one of them.", {"new_editor": _("Choose one from the list.")})
    gone = delete(PlaybookEditor).where(
        PlaybookEditor.playbook_id == playbook.id, PlaybookEditor.person_id.not_in(wanted_ids)
    )
    db.session.execute(gone)
    if new_ids:
        rows = [{"playbook_id": playbook.id, "person_id": each, "added_at": clock.now()} for each in new_ids]
        insert_new(PlaybookEditor, rows)


def _subject(playbook: Playbook) -> audit.Subject:
    return audit.Subject("playbook", playbook.id)
