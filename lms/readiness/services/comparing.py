"""Setting a coalition's organizations side by side anew, after one of them closed a round."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from lms import clock, jobs
from lms.coalitions.queries import lock_coalition
from lms.db import db
from lms.jobs import Job
from lms.readiness import comparison
from lms.readiness.models import Comparison
from lms.readiness.queries import comparing as queries
from lms.readiness.queries.comparing import ComparedRound
from lms.readiness.rules import OWN_PREFIX
from readiness.instruments import Instrument, Mode

COMPARE = "readiness.compare"


def ask_anew(organization_id: int, slug: str) -> None:
    """Let each coalition of an organization be compared anew, later (two statements and one for each coalition)."""
    for coalition_id in queries.list_coalition_ids(organization_id):
        jobs.ask(COMPARE, {"coalition_id": coalition_id, "slug": slug})


def run(job: Job, _now: datetime) -> str:
    """Do what was asked."""
    n_organizations = compare_anew(job.payload["coalition_id"], job.payload["slug"])
    return f"compared {n_organizations} organizations"


def compare_anew(coalition_id: int, slug: str) -> int:
    """Compute the comparison of one instrument in a coalition; return how many organizations it holds.

    Seven statements whatever the number of organizations, more for versions that this process reads first.
    """
    lock_coalition(coalition_id)
    if slug.startswith(OWN_PREFIX):
        return 0  # an instrument of one organization: there is nobody beside it
    organization_ids = [each.id for each in queries.list_compared(coalition_id)]
    by_organization = queries.list_last_rounds(organization_ids, slug, n_each=2)
    latest = [rounds[0] for rounds in by_organization.values()]
    instrument = queries.find_newest_instrument(latest)
    db.session.execute(
        delete(Comparison).where(Comparison.coalition_id == coalition_id, Comparison.instrument_slug == slug)
    )
    if instrument is None:
        return 0
    document = _document(instrument, latest, [rounds[1] for rounds in by_organization.values() if len(rounds) > 1])
    db.session.add(
        Comparison(coalition_id=coalition_id, instrument_slug=slug, document=document, computed_at=clock.now())
    )
    return len(document["organizations"])


def _document(instrument: Instrument, latest: list[ComparedRound], earlier: list[ComparedRound]) -> dict[str, Any]:
    if instrument.mode is not Mode.STAFF:
        return comparison.build_of_ratings(instrument, queries.list_rated(latest))
    surveyed = queries.list_surveyed([*latest, *earlier])
    before = {each.organization_id: surveyed[each.id] for each in earlier}
    return comparison.build_of_surveys(instrument, [surveyed[each.id] for each in latest], before)
