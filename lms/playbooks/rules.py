"""Decisions about playbooks on plain values: who meets them how, when a page is due, what a text may hold."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lms.authz import Actor, Scope

MOST_PAGES = 200  # of one playbook: it is read and printed as a whole
LONGEST_TEXT = 20_000  # characters of Markdown on one page: about eight printed pages
MOST_BRACKETS = 300  # the parser takes seconds for thousands of them, whatever the length

_HEADING = re.compile(r"^(#{1,5})(?=[ \t])", re.MULTILINE)
_TITLE_HEADING = re.compile(r"^#(?=[ \t])", re.MULTILINE)


class Shared(StrEnum):
    """Who may read a playbook beside those who run and write it."""

    NOBODY = "nobody"
    ORGANIZATION = "organization"
    COALITION = "coalition"
    PUBLIC = "public"


class RevisionKind(StrEnum):
    """How a revision came about."""

    EDIT = "edit"
    MERGE = "merge"  # somebody else had saved meanwhile, and the lines did not clash
    RESTORE = "restore"
    CONFIRM = "confirm"  # nothing changed: somebody read the page and says that it is still correct


class TextFlaw(StrEnum):
    """Why a text cannot be a page."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    TOO_MANY_BRACKETS = "too-many-brackets"


class CareState(StrEnum):
    """How well a page is looked after."""

    NOBODY = "nobody"  # nobody looks after it
    DUE = "due"
    UNCONFIRMED = "unconfirmed"  # nobody has said yet that it is correct
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Place:
    """To whom a playbook belongs: one organization or one coalition."""

    organization_id: int | None = None
    coalition_id: int | None = None

    @property
    def scope(self) -> Scope:
        """Who runs the place runs its playbooks. An organization's are its own: the coalition does not reach in."""
        if self.organization_id is not None:
            return Scope(private_organization_ids=frozenset({self.organization_id}))
        return Scope(coalition_ids=frozenset({self.coalition_id} - {None}))  # type: ignore[arg-type]  # None is out


def scope_for(actor: Actor, place: Place, shared: Shared, *, is_named: bool, is_neighbor: bool) -> Scope:
    """Return where a playbook belongs, as far as it matters to one actor.

    is_named: the actor is an editor, or looks after a page. is_neighbor: a coalition of the actor has the playbook's
    organization in it. Being named counts only while the actor belongs there: who leaves stops writing at once.
    """
    organization_ids, coalition_ids = actor.organization_ids, actor.coalition_ids
    if shared is not Shared.PUBLIC:
        organization_ids &= frozenset({place.organization_id}) if shared is not Shared.NOBODY else frozenset()
        if shared is not Shared.COALITION or (place.organization_id is not None and not is_neighbor):
            coalition_ids = frozenset()
        elif place.coalition_id is not None:
            coalition_ids &= frozenset({place.coalition_id})
    named = frozenset({actor.person_id}) if is_named and belongs(actor, place) else frozenset()
    own = place.scope
    return Scope(
        private_organization_ids=own.private_organization_ids,
        coalition_ids=own.coalition_ids,
        named_person_ids=named,
        reader_organization_ids=organization_ids,
        reader_coalition_ids=coalition_ids,
    )


def belongs(actor: Actor, place: Place) -> bool:
    """Say whether the actor belongs to a place, or serves it in a role of the coalition."""
    return place.organization_id in actor.seen_organization_ids or place.coalition_id in actor.coalition_ids


def due_on(read_on: date, review_every_days: int | None) -> date | None:
    """Return the day by which a page is to be read again; None when no interval was set."""
    return None if review_every_days is None else read_on + timedelta(days=review_every_days)


def care_state(*, owner_id: int | None, due: date | None, reviewed_on: date | None, today: date) -> CareState:
    """Say how well a page is looked after: what is most urgent."""
    if due is not None and due <= today:
        return CareState.DUE
    if owner_id is None:
        return CareState.NOBODY
    return CareState.UNCONFIRMED if reviewed_on is None else CareState.CONFIRMED


def clean_text(text: str) -> str:
    r"""Return a text as it is kept: line feeds only, nothing but one line feed at its end.

    >>> clean_text("One\r\nTwo  \r\n\r\n")
    'One\nTwo\n'
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()
    return f"{kept}\n" if kept else ""


def flaw_of(text: str) -> TextFlaw | None:
    """Return why a text cannot be a page, or None when it can."""
    if not text.strip():
        return TextFlaw.EMPTY
    if len(text) > LONGEST_TEXT:
        return TextFlaw.TOO_LONG
    is_slow = max(text.count("["), text.count("<")) > MOST_BRACKETS
    return TextFlaw.TOO_MANY_BRACKETS if is_slow else None


def markdown_of(text: str) -> str:
    """Return the text as it is rendered: the page's title is the only heading of the first level."""
    return _TITLE_HEADING.sub("##", text)


def markdown_below(text: str) -> str:
    """Return the text as it stands below its page's title in one long document: each heading one level down.

    >>> markdown_below("## Stock")
    '### Stock'
    """
    return _HEADING.sub(r"\1#", markdown_of(text))


def html_below(html: str) -> str:
    """Do the same with a page that is rendered and cleaned already."""
    for level in (3, 2):
        html = html.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    return html


def html_with_scrolling_tables(html: str, label: str) -> str:
    """Let each table of a cleaned page scroll within itself, so that a wide one does not move the page on a phone.

    label: escaped; what a screen reader calls the place that scrolls.
    """
    begun = f'<div class="playbook-table" role="group" tabindex="0" aria-label="{label}"><table>'
    return html.replace("<table>", begun).replace("</table>", "</table></div>")
