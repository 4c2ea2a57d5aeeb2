"""The overview of a coalition's teams."""

from datetime import timedelta

from lms import clock
from lms.authz import Permission
from lms.coalitions.models import Coalition
from lms.coalitions.queries import get_coalition_for
from lms.improvement.queries import overview
from lms.improvement.views.blueprint import bp
from lms.web import pages
from lms.web.access import requires

QUIET_DAYS = 30
TEAMS_ON_A_PAGE = 50


@bp.get("/coalitions/<int:coalition_id>/improvement")
@requires(Permission.IMPROVEMENT_READ, on=get_coalition_for)
def show_overview(coalition: Coalition) -> str:
    """Show all teams of a coalition, first those who may need somebody (nine statements at most)."""
    now = clock.now()
    quiet_since = now - timedelta(days=QUIET_DAYS)

    def fetch(limit: int, offset: int) -> list[overview.TeamLine]:
        return overview.list_teams_in(
            coalition.id,
            quiet_since=quiet_since,
            zone=coalition.time_zone,
            today=clock.today(coalition.time_zone),
            limit=limit,
            offset=offset,
        )

    page = pages.page_of(overview.count_teams_in(coalition.id), fetch, TEAMS_ON_A_PAGE)
    return pages.render(
        "improvement/show_overview.html",
        coalition=coalition,
        page=page,
        rows_key=tuple(page.rows),
        quiet_days=QUIET_DAYS,
    )
