"""What the report of a staff survey looks like, with made-up answers that say so, drawn as every real one is."""

from dataclasses import dataclass

from lms.authz import Actor, Permission, Scope
from lms.errors import NotFound
from lms.readiness import survey_report
from lms.readiness.queries import instruments
from lms.readiness.queries.survey_reports import Snapshot
from lms.readiness.sample_answers import sample_document
from lms.readiness.views.blueprint import bp, own_today, page_language
from lms.readiness.views.survey_views import SurveyView
from lms.readiness.views.surveys import STAFF_ONLY
from lms.web import pages
from lms.web.access import requires
from readiness.instruments import Instrument


@dataclass(frozen=True)
class Sampled:
    """An instrument of which somebody wants to see a report; open to whoever is signed in."""

    instrument: Instrument
    person_id: int

    @property
    def scope(self) -> Scope:
        """Nobody's: whoever looks at it."""
        return Scope(person_id=self.person_id)


def get_sampled_for(actor: Actor, slug: str) -> Sampled:
    """Return a survey of the site or of the actor's own organizations (one statement for each of these)."""
    for organization_id in (None, *sorted(actor.organization_ids)):
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
    actions = survey_report.choose_actions(instrument, document, tried={})
    return pages.render(
        "readiness/show_sample.html",
        instrument=instrument,
        report=SurveyView(Snapshot(1, document), instrument, language),
        steps=[(each, instrument.get_area(each.area_key)) for each in actions],
    )
