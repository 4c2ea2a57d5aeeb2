"""What other slices tell and ask, and what playbooks do and answer."""

from typing import Any

from flask_babel import gettext as _

from lms import signals
from lms.authz import Actor
from lms.playbooks import queries
from lms.playbooks.services import care


def connect() -> None:
    """Listen to the signals about people who leave, are erased or become one; connecting twice changes nothing."""
    signals.work_owned_asked.connect(_list_owned)
    signals.person_left_work.connect(_pass_on)
    signals.person_data_asked.connect(_list_written)
    signals.person_erased.connect(_forget)
    signals.people_merged.connect(_move)


def _list_owned(_sender: None, *, person_id: int, organization_id: int) -> list[tuple[str, str, str]]:
    owned = queries.list_owned_pages(person_id, organization_id)
    word = _("Playbook page")
    return [(word, each.page.title, f"/playbooks/{each.page.playbook_id}/pages/{each.page.id}") for each in owned]


def _pass_on(
    _sender: None, *, person_id: int, successor_id: int | None, organization_id: int, actor: Actor | None = None
) -> dict[str, int]:
    del actor  # who passes it on stands in the record of the slice that asks
    n_passed = care.pass_on_pages(person_id, successor_id, organization_id)
    return {_("Playbook pages"): n_passed} if n_passed else {}


def _list_written(_sender: None, *, person_id: int) -> list[tuple[str, list[dict[str, Any]]]]:
    rows = [
        {
            "playbook": playbook_title,
            "page": revision.title,
            "number": revision.number,
            "kind": revision.kind.value,
            "written_at": revision.written_at.isoformat(),
            "note": revision.note,
            "text": revision.text,
        }
        for revision, playbook_title in queries.list_written(person_id)
    ]
    return [("playbook revisions", rows)]


def _forget(_sender: None, *, person_id: int) -> None:
    care.forget_person(person_id)


def _move(_sender: None, *, kept_id: int, gone_id: int) -> None:
    care.move_person(kept_id, gone_id)
