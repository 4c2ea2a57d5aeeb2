"""The numbers that wait for the person who looks."""

from lms.authz import Permission
from lms.improvement.queries.due import list_due as find_due
from lms.improvement.views.blueprint import bp, here
from lms.improvement.views.measures import period_in_words
from lms.web import access, pages
from lms.web.access import requires

MOST_LINKS = 6  # of one measure; the rest comes when these are entered, or by pasting


@bp.get("/improve/due")
@requires(Permission.SITE_USE)
def list_due() -> str:
    """List the person's own measures whose numbers wait, each with a way straight to its field (six statements)."""
    due = find_due(access.signed_in_actor(), here().today)
    return pages.render(
        "improvement/list_due.html",
        due=due,
        n_waiting=sum(len(each.periods_on) for each in due),
        most_links=MOST_LINKS,
        period_in_words=period_in_words,
    )
