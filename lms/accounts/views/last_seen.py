"""Noting that a session is in use, after the answer and at most every five minutes."""

from flask import Response, g

from lms import clock
from lms.accounts.services import sessions
from lms.accounts.views.blueprint import bp
from lms.web.site import afterwards


@bp.after_app_request
def note_last_seen(response: Response) -> Response:
    """Keep a used session alive. Nothing is read for it: what was found at the start of the request is enough."""
    seen, now = g.get("last_seen"), clock.now()
    if seen is not None and now - seen.at >= sessions.LAST_SEEN_STEP:
        afterwards(lambda: sessions.note_last_seen(seen.session_id, now))
    return response
