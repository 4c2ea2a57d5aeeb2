"""The page of a ramp: how a change grew from test to test."""

from lms.authz import Permission
from lms.improvement import queries
from lms.improvement.models import Cycle
from lms.improvement.queries.ramps import list_steps
from lms.improvement.ramps import chain_of, draw
from lms.improvement.views.blueprint import bp
from lms.web import pages
from lms.web.access import requires


@bp.get("/improve/cycles/<int:cycle_id>/ramp")
@requires(Permission.IMPROVEMENT_READ, on=queries.get_cycle_for)
def show_ramp(cycle: Cycle) -> str:
    """Draw the cycles before and after a cycle as a ramp, branches too."""
    ramp = draw(chain_of(cycle.id, list_steps(cycle.team_id)), here_id=cycle.id)
    return pages.render("improvement/show_ramp.html", cycle=cycle, ramp=ramp)
