"""Setting a new site up: mail, backups, its address, and the second step of those who run it."""

from flask import Response, current_app, flash, url_for
from flask_babel import gettext as _

from lms import audit
from lms.admin import services
from lms.admin.queries import setup as queries
from lms.admin.queries.reach import Administered, get_site_for
from lms.admin.views.blueprint import bp
from lms.authz import Actor, Permission
from lms.leases import WorkState
from lms.web import pages
from lms.web.access import requires
from lms.web.site import afterwards, see


@bp.get("/setup")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def show_setup(site: Administered[Actor]) -> str:
    """Show what is set up and what is still to be done."""
    found = queries.read_setup(current_app.config["SETTINGS"])
    tested, reader_id = found.test_mail, site.thing.person_id
    if tested is not None and tested.state is WorkState.DONE and not found.is_mail_recorded:
        # Delivered mail is forgotten after a month; that it once arrived is not.
        row_id = tested.id
        afterwards(lambda: audit.record(reader_id, queries.MAIL_ARRIVED, audit.Subject("outbox", row_id)))
    return pages.render("admin/show_setup.html", setup=found, open_steps=found.open_steps, own_id=reader_id)


@bp.post("/setup/mail")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def send_test_mail(site: Administered[Actor]) -> Response:
    """Send a mail to the administrator who asks."""
    address = services.send_test_mail(site.thing.person_id)
    flash(_("A test mail to %(email)s is on its way. Look again in a minute.", email=address), "success")
    return see(url_for("admin.show_setup"))


@bp.post("/setup/backup")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def make_backup(site: Administered[Actor]) -> Response:
    """Make a backup in the background."""
    if services.ask_for_backup(site.thing.person_id):
        flash(_("A backup is being made. Look again in a minute."), "success")
    else:
        flash(_("A backup is being made already."), "info")
    return see(url_for("admin.show_setup"))
