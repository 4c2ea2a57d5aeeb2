"""Pages for those who develop: the mailbox and the living page of components. They do not exist in production."""

from pathlib import Path

from flask import Blueprint, current_app

from lms.errors import NotFound
from lms.notifications import mailbox
from lms.settings import Settings
from lms.web import pages
from lms.web.access import public

bp = Blueprint("dev", __name__, url_prefix="/dev")


@bp.get("/mail")
@public
def list_mail() -> str:
    """List what was sent, newest first."""
    return pages.render("dev/list_mail.html", messages=mailbox.list_messages(_folder()))


@bp.get("/mail/<name>")
@public
def show_mail(name: str) -> str:
    """Show one message."""
    message = mailbox.find_message(_folder(), name)
    if message is None:
        raise NotFound("message")
    return pages.render("dev/show_mail.html", message=message)


@bp.get("/components")
@public
def show_components() -> str:
    """Show every component in every state."""
    return pages.render("dev/components.html")


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.data_dir / "mail"
