"""What the report of an instrument looks like, with made-up answers that say so."""

from flask_babel import format_decimal

from lms.authz import Actor, Permission, Scope
from lms.errors import NotFound
from lms.readiness import survey_report
from lms.readiness.queries import instruments
from lms.readiness.sample_answers import sample_document
from lms.readiness.survey_document import AreaLine
from lms.readiness.views.blueprint import bp, own_today, page_language
from lms.readiness.views.surveys import STAFF_ONLY
from lms.web import pages
from lms.web.access import requires
from readiness.instruments import Instrument


class Sampled:
    """An instrument of which somebody wants to see a report; open to whoever is signed in."""

    def __init__(self, instrument: Instrument, person_id: int) -> None:
        self.instrument = instrument
        self.scope = Scope(person_id=person_id)


def get_sampled_for(actor: Actor, slug: str) -> Sampled:
    """Return an instrument that staff answer, of the site or of the actor's own organizations (one statement each)."""
    here = actor.current_organization_id
    places = [None, *sorted(actor.organization_ids, key=lambda each: each != here)]
    for organization_id in places:
        for version, instrument in instruments.list_offered(organization_id, STAFF_ONLY):
            if version.slug == slug:
                return Sampled(instrument, actor.person_id)
    raise NotFound("sample")


@bp.get("/readiness/samples/<slug>")
@requires(Permission.SITE_USE, on=get_sampled_for)
def show_sample(sampled: Sampled) -> str:
    """Show a sample of a staff survey's report."""
    instrument, language = sampled.instrument, page_language()
    document = sample_document(instrument, language, today=own_today())
    found = survey_report.read(document)
    actions = survey_report.choose_actions(instrument, document, tried={})
    return pages.render(
        "readiness/show_sample.html",
        instrument=instrument,
        report=found,
        bars=[_bar(line, instrument, language) for line in found.areas if line.mean is not None],
        actions=[(each, instrument.get_area(each.area_key)) for each in actions],
        one_decimal=one_decimal,
    )


def one_decimal(value: float | None) -> str:
    """Write a mean as people read it."""
    return "" if value is None else str(format_decimal(value, format="0.0"))


def _bar(line: AreaLine, instrument: Instrument, language: str) -> dict[str, object]:
    area, about = instrument.get_area(line.key), one_decimal(line.mean)
    if line.lower is not None and line.upper is not None:
        about = f"{about} ({one_decimal(line.lower)}–{one_decimal(line.upper)})"
    return {"label": area.name[language], "value": line.mean, "text": about}
