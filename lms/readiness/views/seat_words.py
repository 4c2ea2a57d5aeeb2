"""Words for seats and for what they say."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.readiness.models import AnswerState, Seat
from lms.readiness.queries.seats import SeatStanding
from lms.readiness.seating import NEVER, Counted, SeatSaid
from lms.readiness.views.words import say_when
from lms.web import pages
from readiness.facts import Extent
from readiness.instruments import AnswerKind, PlatformFact

SEAT_LABELS = {Seat.LEAD: _l("Lead"), Seat.CO_CHAIR: _l("Co-chair"), Seat.EXPERT: _l("TA expert")}


def say_seat_answer(said: SeatSaid, kind: AnswerKind = AnswerKind.RATING) -> str:
    """Word an answer of one seat."""
    if said.state is AnswerState.VALUE:
        return str(said.value) if said.fact is None else say_fact(kind, said.fact)
    words = {AnswerState.NOT_APPLICABLE: _("not applicable here"), AnswerState.DONT_KNOW: _("don't know")}
    return str(words.get(said.state) or _("no answer"))


def say_fact(kind: AnswerKind, fact: str) -> str:
    """Word a fact as it was given."""
    if kind is AnswerKind.DATE:
        return str(_("Never yet")) if fact == NEVER else pages.day(date.fromisoformat(fact))
    if kind is AnswerKind.SHARE:
        return str(_("%(percent)s percent", percent=fact))
    words = {Extent.YES.value: _("Yes"), Extent.PARTLY.value: _("Partly"), Extent.NO.value: _("No")}
    return str(words.get(fact, fact))


def say_seat_line(standing: SeatStanding | None, zone: str) -> str:
    """Say who answered an item last, and when."""
    if standing is None:
        return ""
    about = {"name": standing.by_name or _("A former member"), "when": say_when(standing.at, zone)}
    return str(_("Last: %(name)s, %(when)s", **about))


def say_counted(kind: PlatformFact, counted: Counted) -> str:
    """Say what this site counts about an item."""
    about = {"n": counted.n, "all": counted.n_of}
    if kind is PlatformFact.OWNED_PLAYBOOKS:
        return str(
            _("Pages in your playbooks with an owner and a backup: %(n)d of %(all)d.", **about)
            if counted.n_of
            else _("Your playbooks have no page on this site yet.")
        )
    if kind is PlatformFact.REVIEWED_PAGES:
        return str(
            _("Pages in your playbooks that were read through in the last 180 days: %(n)d of %(all)d.", **about)
            if counted.n_of
            else _("Your playbooks have no page on this site yet.")
        )
    if kind is PlatformFact.ROLES_WITH_DEPUTY:
        return str(
            _("Critical roles with a backup: %(n)d of %(all)d.", **about)
            if counted.n_of
            else _("No critical role is written down on this site.")
        )
    return str(
        _("Your newest cycles that more than one person wrote: %(n)d of %(all)d.", **about)
        if counted.n_of
        else _("Your teams have no cycle on this site yet.")
    )
