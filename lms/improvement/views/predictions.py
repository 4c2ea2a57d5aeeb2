"""The page of all that a team predicted, and how well its confidence fits what came true."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from lms.authz import Permission
from lms.improvement import calibration, queries
from lms.improvement.models import Team
from lms.improvement.queries.calibration import Standing, judged_of, list_predictions
from lms.improvement.views.blueprint import bp, plain_figure, work_of
from lms.web import pages
from lms.web.access import requires

STANDING_LABELS = {
    Standing.COUNTS: lazy_gettext("Counts"),
    Standing.NOT_BEGUN: lazy_gettext("The test has not begun"),
    Standing.WAITING: lazy_gettext("Waits for its number"),
    Standing.NO_DATA: lazy_gettext("No number was entered"),
    Standing.IN_WORDS: lazy_gettext("In words only"),
    Standing.NOT_RUN: lazy_gettext("The cycle was not run"),
    Standing.LATE: lazy_gettext("Written after the test began"),
    Standing.KNOWN: lazy_gettext("Its number was known before"),
    Standing.UNSURE: lazy_gettext("Nobody said how sure"),
}


@bp.get("/improve/teams/<int:team_id>/predictions")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_team_for)
def show_predictions(team: Team) -> str:
    """List a team's predictions and hold its confidence against what came true."""
    rows = list_predictions(work_of(team.id), team.id)
    held = calibration.calibrate(judged_of(rows))
    return pages.render(
        "improvement/show_predictions.html",
        team=team,
        predictions=pages.page_of(len(rows), lambda limit, offset: rows[offset : offset + limit]),
        held=held,
        picture=calibration.draw(held),
        standing_labels=STANDING_LABELS,
        score=plain_figure(held.score) if held.score is not None else _("none"),
    )
