"""The record of what was changed. Who reads it is recorded too."""

from functools import partial

from flask import request

from lms import audit
from lms.accounts.queries import find_person_by_name
from lms.admin import forms as filters
from lms.admin.queries import people, record
from lms.admin.queries.reach import Administered, get_site_for
from lms.admin.views.blueprint import bp
from lms.authz import Actor, Permission
from lms.coalitions.queries import list_coalitions
from lms.web import pages
from lms.web.access import requires
from lms.web.site import LARGEST_ID, afterwards

FILTERS = ("actor", "verb", "about", "from", "to")


@bp.get("/audit")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_audit(site: Administered[Actor]) -> str:
    """List what was changed, newest first."""
    typed = {name: filters.asked_text(request.args, name) for name in FILTERS}
    wanted = filters.record_filter(request.args, _actor_id(typed["actor"]))
    entries = pages.page_of(record.count_entries(wanted), partial(record.list_entries, wanted))
    page = pages.render(
        "admin/list_audit.html",
        entries=entries,
        names=people.name_people(record.people_in(entries.rows)),
        coalition_names={coalition.id: coalition.name for coalition in list_coalitions()},
        typed=typed,
        is_filtered=wanted.is_set,
    )
    reader_id, said = (
        site.thing.person_id,
        {"page": entries.number, "filters": [name for name in FILTERS if typed[name]]},
    )
    afterwards(lambda: audit.record(reader_id, "read the record", audit.Subject("audit", None), said))
    return page


def _note_reading(reader: Actor, page_number: int, filters_used: list[str]) -> None:
    said = {"page": page_number, "filters": filters_used}
    afterwards(lambda: audit.record(reader.person_id, "read the record", audit.Subject("audit", None), said))


def _actor_id(typed: str) -> int | None:
    """Return whose acts are asked for: None for everybody's, 0 for somebody there is not."""
    if not typed:
        return None
    if typed.isascii() and typed.isdigit():
        return int(typed) if len(typed) < 12 and int(typed) <= LARGEST_ID else 0
    person = find_person_by_name(typed)
    return person.id if person else 0
