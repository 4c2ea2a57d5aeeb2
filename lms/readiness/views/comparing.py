"""Organizations of a coalition side by side, for those who serve them: who needs help, not who is best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request, url_for
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.authz import Permission
from lms.collaboratives.queries import list_collaboratives
from lms.collaboratives.rules import Phase
from lms.errors import NotFound
from lms.readiness import comparison
from lms.readiness.comparison import Comparison, PooledReliability
from lms.readiness.models import Round
from lms.readiness.queries import comparing as queries
from lms.readiness.queries import instruments, rounds
from lms.readiness.queries.comparing import ComparedPlace
from lms.readiness.views.blueprint import Answer, bp, may, own_today, page_language
from lms.web import pages
from lms.web.access import requires
from lms.web.site import see
from readiness.change import Certainty
from readiness.comparing import Band, Cell, Column, Place, band_of
from readiness.fields import Localized
from readiness.instruments import Area, Instrument, Mode
from readiness.release import Bound
from readiness.scoring import Level

MOST_COLLABORATIVES = 50
FRIDAY, DAYS_TO_SESSION = 4, 28
"""Time enough to invite people; the day is proposed and can be changed."""

PLACE_LABELS = {
    Place.LOWER: _l("clearly lower than the others"),
    Place.HIGHER: _l("clearly higher than the others"),
    Place.ALIKE: _l("cannot be told apart from the others"),
}
CHANGE_LABELS = {
    (Certainty.CLEAR, True): _l("clearly up"),
    (Certainty.CLEAR, False): _l("clearly down"),
    (Certainty.POSSIBLE, True): _l("perhaps up"),
    (Certainty.POSSIBLE, False): _l("perhaps down"),
}
BAND_LABELS = {
    Band.LOWER_QUARTER: _l("in the lower quarter"),
    Band.MIDDLE_HALF: _l("in the middle half"),
    Band.UPPER_QUARTER: _l("in the upper quarter"),
}


@dataclass(frozen=True)
class CellView:
    """One cell in words."""

    level: Level | None
    score: str
    interval: str
    place: Place | None
    place_words: str
    brackets: str
    change: str


@dataclass(frozen=True)
class RowView:
    """One organization of the list."""

    name: str
    url: str
    closed_on: date | None
    report_url: str | None
    n_stalled: int
    cells: Sequence[CellView]


@dataclass(frozen=True)
class GapView:
    """An area that is low in half of the organizations or more."""

    name: str
    n_shown: int
    session_url: str | None


@bp.get("/coalitions/<int:coalition_id>/readiness")
@requires(Permission.READINESS_COMPARE, on=queries.get_place_for)
def compare_organizations(place: ComparedPlace) -> Answer:
    """Set the organizations of a coalition side by side, one instrument at a time, by name."""
    found = queries.list_comparisons(place.coalition.id)
    offered = {version.slug: instrument for version, instrument in instruments.list_offered(modes=tuple(Mode))}
    # What most organizations looked at comes first.
    slugs = sorted(
        (slug for slug in offered if slug in found), key=lambda slug: -len(found[slug].compared.organizations)
    )
    slug = request.args.get("instrument") or next(iter(slugs), None)
    if slug is not None and slug not in slugs:
        raise NotFound("instrument")
    organizations = queries.list_compared(place.coalition.id)
    context = {"coalition": place.coalition, "n_organizations": len(organizations), "chosen": slug}
    if slug is None:
        return pages.render("readiness/compare_organizations.html", **context, rows=[], choices=[], gaps=[], areas=[])
    kept, areas = found[slug], offered[slug].areas
    compared = kept.compared
    stalled = queries.count_stalled([each.id for each in organizations], own_today())
    return pages.render(
        "readiness/compare_organizations.html",
        **context,
        compared=compared,
        areas=[area.name[page_language()] for area in areas],
        rows=lambda: [_row(each.id, each.name, compared, areas, stalled.get(each.id, 0)) for each in organizations],
        drawn_from=(
            place.coalition.id,
            slug,
            kept.computed_at,
            tuple((each.id, each.name, stalled.get(each.id, 0)) for each in organizations),
        ),
        gaps=list(_gaps(place, compared.columns, areas)),
        reliability=[
            (area.name[page_language()], _reliability(compared.reliability[area.key]))
            for area in areas
            if area.key in compared.reliability
        ],
        choices=_choices(place, slugs, offered, slug),
        n_stalled=sum(stalled.values()),
    )


@bp.get("/coalitions/<int:coalition_id>/readiness/session")
@requires(Permission.COLLABORATIVE_MANAGE, on=queries.get_place_for)
def plan_session(place: ComparedPlace) -> Answer:
    """Lead from a shared gap to a learning session: straight there when there is one collaborative at work."""
    title = _("Learning session: %(area)s", area=request.args.get("area", "")[:100].strip() or _("a shared gap"))
    day = _working_day(own_today() + timedelta(days=DAYS_TO_SESSION))
    listed = list_collaboratives(place.coalition.id, limit=MOST_COLLABORATIVES)
    at_work = [each for each in listed if each.phase is not Phase.CLOSED]
    links = [
        (each.name, url_for("collaboratives.add_session", collaborative_id=each.id, title=title, day=day))
        for each in at_work
    ]
    if len(links) == 1:
        return see(links[0][1])
    return pages.render("readiness/plan_session.html", coalition=place.coalition, title=title, links=links)


def _working_day(day: date) -> date:
    """Return the day, or the Monday after a weekend."""
    return day + timedelta(days=7 - day.weekday() if day.weekday() > FRIDAY else 0)


@bp.get("/readiness/rounds/<int:round_id>/position")
@requires(Permission.READINESS_READ, on=rounds.get_round_for)
def show_position(a_round: Round) -> Answer:
    """Show an organization where it lies among its peers, as a band and never as a rank."""
    if a_round.is_open:
        raise NotFound("report")
    instrument = instruments.read_version(a_round.version)
    compared = queries.find_comparison_with(a_round)
    cells = compared.cells_of(a_round.organization_id) if compared else None
    bands = [
        (area.name[page_language()], _band(cells.get(area.key), compared.columns[area.key]))
        for area in instrument.areas
        if cells and compared and area.key in compared.columns
    ]
    return pages.render(
        "readiness/show_position.html",
        round=a_round,
        organization=a_round.organization,
        title=instrument.title[page_language()],
        bands=[(name, band) for name, band in bands if band],
        n_peers=max((column.n_shown for column in compared.columns.values()), default=0) if compared else 0,
    )


def _band(cell: Cell | None, column: Column) -> str | None:
    if cell is None or cell.mean is None:
        return None
    band = band_of(cell.mean, column.quartiles)
    return None if band is None else str(BAND_LABELS[band])


def _row(organization_id: int, name: str, compared: Comparison, areas: Sequence[Area], n_stalled: int) -> RowView:
    cells = compared.cells_of(organization_id)
    latest = compared.find(organization_id)
    return RowView(
        name,
        url_for("readiness.list_rounds", organization_id=organization_id),
        latest.closed_on if latest else None,
        url_for("readiness.show_report", round_id=latest.round_id) if latest else None,
        n_stalled,
        [] if cells is None else [_cell(cells.get(area.key)) for area in areas],
    )


def _cell(cell: Cell | None) -> CellView:
    if cell is None or cell.mean is None:
        return CellView(None, "", "", None, "", "", "")
    has_interval = cell.lower is not None and cell.upper is not None and cell.bound is None
    return CellView(
        comparison.level_in(cell),
        _bounded(cell.mean, cell.bound) if cell.bound or cell.adjusted is None else _number(cell.adjusted),
        _("%(low)s to %(high)s", low=_number(cell.lower), high=_number(cell.upper)) if has_interval else "",
        cell.place,
        str(PLACE_LABELS[cell.place]) if cell.place else "",
        " ".join(_letter(number) for number in cell.brackets),
        _change(cell),
    )


def _change(cell: Cell) -> str:
    if cell.change is None or cell.is_up is None:
        return ""
    return str(CHANGE_LABELS.get((cell.change, cell.is_up), _("no change can be told")))


def _reliability(found: PooledReliability) -> dict[str, object]:
    alpha = _decimals(found.alpha)
    if found.lower is not None and found.upper is not None:
        alpha = _(
            "%(alpha)s (%(low)s to %(high)s)", alpha=alpha, low=_decimals(found.lower), high=_decimals(found.upper)
        )
    return {"n": found.n, "alpha": alpha, "omega": _decimals(found.omega)}


def _decimals(value: float | None) -> str:
    return "–" if value is None else str(format_decimal(value, format="0.00"))


def _letter(number: int) -> str:
    """Name a bracket: a, b, ... z, then a2, b2."""
    rounds_of, place = divmod(number - 1, 26)
    return chr(ord("a") + place) + (str(rounds_of + 1) if rounds_of else "")


def _bounded(score: float, bound: Bound | None) -> str:
    if bound is None:
        return _number(score)
    words = _("%(score)s or more") if bound is Bound.OR_MORE else _("%(score)s or less")
    return str(words % {"score": _number(score)})


def _number(value: float | None) -> str:
    return "" if value is None else str(format_decimal(value, format="0.0"))


def _gaps(place: ComparedPlace, columns: Mapping[str, Column], areas: Sequence[Area]) -> Sequence[GapView]:
    may_plan = may(Permission.COLLABORATIVE_MANAGE, place)
    shared = [(area.name[page_language()], columns[area.key]) for area in areas if area.key in columns]
    return [
        GapView(
            name,
            column.n_shown,
            url_for("readiness.plan_session", coalition_id=place.coalition.id, area=name) if may_plan else None,
        )
        for name, column in shared
        if column.is_shared_gap and column.n_shown > 1
    ]


def _choices(
    place: ComparedPlace, slugs: Sequence[str], offered: Mapping[str, Instrument], chosen: str
) -> list[dict[str, object]]:
    def title(text: Localized) -> str:
        return text[page_language()]

    return [
        {
            "label": title(offered[slug].title),
            "url": url_for("readiness.compare_organizations", coalition_id=place.coalition.id, instrument=slug),
            "is_current": slug == chosen,
        }
        for slug in slugs
    ]
