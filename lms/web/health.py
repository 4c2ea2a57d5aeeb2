"""What an outsider may know of the site's health: ok or not."""

from flask import Blueprint, Response
from sqlalchemy import text

from lms.db import db
from lms.web.access import public

bp = Blueprint("site", __name__)


@bp.get("/healthz")
@public
def show_health() -> Response:
    """Answer ok when the database answers."""
    db.session.execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})
