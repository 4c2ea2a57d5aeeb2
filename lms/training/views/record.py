"""What a person learned, for the person; what a coalition learned, as counts, for those who run it."""

from flask import Response, make_response

from lms import clock
from lms.authz import Permission
from lms.coalitions import queries as coalitions
from lms.coalitions.models import Coalition
from lms.training.certificate_document import LAST_ZONE
from lms.training.queries import coalition_learning, record
from lms.training.views import bp
from lms.training.views.certificates import STATES
from lms.web import access, pages
from lms.web.access import requires


@bp.get("/record")
@requires(Permission.LEARNING_READ)
def show_record() -> str:
    """Show one's own transcript."""
    actor = access.signed_in_actor()
    today = clock.today(actor.time_zone)
    return pages.render(
        "training/show_record.html",
        record=record.get_record(actor.person_id, zone=actor.time_zone, today=today, checked_on=clock.today(LAST_ZONE)),
        states=STATES,
        today=today,
    )


@bp.get("/coalitions/<int:coalition_id>/learning")
@requires(Permission.COALITION_COUNT_LEARNING, on=coalitions.get_coalition_for)
def show_coalition_learning(coalition: Coalition) -> Response:
    """Show how many people of the coalition finished each course."""
    page = pages.render(
        "training/show_coalition_learning.html",
        coalition=coalition,
        counts=coalition_learning.list_course_counts(coalition.id),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
