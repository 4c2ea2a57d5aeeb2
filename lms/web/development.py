"""Pages for those who develop: the mailbox and the living page of components. They do not exist in production."""

from pathlib import Path

import wtforms
from flask import Blueprint, current_app
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its type stubs
from wtforms.validators import InputRequired

from lms.errors import NotFound
from lms.notifications import mailbox
from lms.settings import Settings
from lms.web import pages
from lms.web.access import public
from lms.web.forms import Form

bp = Blueprint("dev", __name__, url_prefix="/dev")


class SampleForm(Form):
    """One field of each kind, for the page of components."""

    name = wtforms.StringField("Name", [InputRequired("Write a name.")])
    email = wtforms.EmailField("E-mail", description="We send nothing but what you ask for.")
    password = wtforms.PasswordField("New password", [InputRequired("Choose a password.")])
    seats = wtforms.IntegerField("How many people?")
    role = wtforms.SelectField(
        "Job role", choices=[SelectChoice("peer", "Peer specialist"), SelectChoice("nurse", "Nurse")]
    )
    note = wtforms.TextAreaField("What should we know?")
    file = wtforms.FileField("List of people (CSV)")
    way = wtforms.RadioField(
        "How should we remind you?",
        [InputRequired("Choose one.")],
        choices=[SelectChoice("mail", "By e-mail"), SelectChoice("page", "Only here")],
    )
    days = wtforms.SelectMultipleField(
        "On which days?", choices=[SelectChoice("mon", "Monday"), SelectChoice("thu", "Thursday")]
    )
    agree = wtforms.BooleanField("I will not enter data about clients", description="Counts are fine.")


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
    form = SampleForm(data={"seats": 12, "days": ["thu"]})
    form.name.errors = ["Write a name."]
    form.way.errors = ["Choose one."]
    return pages.render("dev/components.html", form=form)


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.data_dir / "mail"
