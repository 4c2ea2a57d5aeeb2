"""What people were told, and how they want to hear of things."""

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _

from lms.authz import Permission
from lms.notifications import forms, queries, rules, services
from lms.notifications.models import Notice
from lms.notifications.notifications import WORDS
from lms.web import access, pages
from lms.web.access import requires
from lms.web.forms import form_data
from lms.web.site import see

bp = Blueprint("notifications", __name__)


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    """Notices tell of other people's work, and what one may hear of changes."""
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/notices")
@requires(Permission.SITE_USE)
def list_notices() -> str:
    """List what a person was told, newest first."""
    actor = access.signed_in_actor()
    notices = pages.page_of(
        queries.count_notices(actor), lambda limit, offset: queries.list_notices(actor, limit=limit, offset=offset)
    )
    return pages.render(
        "notifications/list_notices.html", notices=notices, words=WORDS, n_unread=queries.count_unread(actor)
    )


@bp.post("/notices/<int:notice_id>/open")
@requires(Permission.ACCOUNT_MANAGE, on=queries.get_notice_for)
def open_notice(notice: Notice) -> Response:
    """Note that a notice was opened, and go where it leads."""
    services.open_notice(notice)
    return see(notice.path)


@bp.post("/notices/read-all")
@requires(Permission.SITE_USE)
def read_all() -> Response:
    """Note that all notices were seen."""
    services.read_all(access.signed_in_actor().person_id)
    return see(url_for("notifications.list_notices"))


@bp.get("/account/notifications")
@bp.post("/account/notifications")
@requires(Permission.ACCOUNT_MANAGE)
def edit_preferences() -> Response | str | tuple[str, int]:
    """Choose how to hear of each kind of notice."""
    person_id = access.signed_in_actor().person_id
    form = forms.PreferencesForm(form_data(), queries.list_choices(person_id))
    if request.method == "POST":
        if not form.validate():
            return pages.invalid("notifications/edit_preferences.html", form=form, always=_always())
        services.choose_mail(person_id, form.choices)
        flash(_("Your choices are saved."), "success")
        return see(url_for("notifications.edit_preferences"))
    return pages.render("notifications/edit_preferences.html", form=form, always=_always())


def _always() -> list[dict[str, str]]:
    """Name what nobody can put off, as lines of a page."""
    text = str(_("This mail always comes at once. It cannot be put off or turned off."))
    return [{"label": str(WORDS[kind]), "value": text} for kind in rules.ALWAYS_AT_ONCE]
