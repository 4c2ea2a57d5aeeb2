"""One's own data: a copy of everything, and erasing the account."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.accounts import export_files, queries
from lms.accounts.models import AccountExport
from lms.accounts.services import exports
from lms.accounts.views import browser
from lms.accounts.views.blueprint import bp
from lms.admin import services
from lms.authz import Actor, Permission
from lms.coalitions.queries import list_coordinated_alone
from lms.errors import Invalid, NotFound
from lms.organizations.queries import life
from lms.web import access, forms, pages, site
from lms.web.access import asks_password_again, requires
from lms.web.erasing import erase_form


@bp.route("/account/export", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE)
@asks_password_again
def export_data() -> ResponseReturnValue:
    """Ask for a copy of everything about me, and see how far it is."""
    person_id = access.signed_in_actor().person_id
    if request.method == "POST":
        if not exports.ask_for_export(person_id):
            flash(_("A copy is being made already."), "info")
        return site.see(url_for("accounts.export_data"))
    asked = queries.list_exports(person_id, clock.now())
    return pages.render("accounts/export_data.html", asked=asked, days=exports.DAYS_KEPT)


def find_own_export(actor: Actor, export_id: int) -> AccountExport:
    """Load one of the actor's own copies; anybody else's does not exist."""
    return queries.get_export_of(actor.person_id, export_id, clock.now())


@bp.get("/account/export/<int:export_id>")
@requires(Permission.ACCOUNT_MANAGE, on=find_own_export)
@asks_password_again
def download_export(export: AccountExport) -> Response:
    """Fetch a copy, for its person only."""
    path = browser.settings().data_dir / export_files.EXPORTS / (export.file_name or "")
    if not path.is_file():  # a restored database speaks of files that are not in a backup
        raise NotFound("copy")
    response = Response(path.read_bytes(), mimetype="application/zip")
    response.headers["Content-Disposition"] = "attachment; filename=my-data.zip"
    response.headers["Cache-Control"] = "no-store"
    export_id, person_id = export.id, export.person_id
    site.afterwards(lambda: exports.note_fetched(export_id, person_id))
    return response


@bp.route("/account/erase", methods=["GET", "POST"])
@requires(Permission.ACCOUNT_MANAGE)
@asks_password_again
def erase_account() -> ResponseReturnValue:
    """Erase my account, after naming who leads what I alone led."""
    person_id, template = access.signed_in_actor().person_id, "accounts/erase_account.html"
    led_alone = [(each, life.list_successors(each.id, person_id)) for each in life.list_led_alone(person_id)]
    form = erase_form(forms.form_data(), led_alone)
    context = {
        "form": form,
        "stuck": [organization for organization, people in led_alone if not people],
        "coordinated": list_coordinated_alone(person_id),
    }
    if request.method != "POST":
        return pages.render(template, **context)
    if not form.validate():
        return pages.invalid(template, **context)
    try:
        services.erase_person(
            person_id,
            form.successors,
            by_id=person_id,
            may_end_last_coordinator=False,
            site_key=browser.settings().secret_key,
        )
    except Invalid as invalid:
        forms.add_errors(form, invalid.fields)
        return pages.invalid(template, **context)
    return browser.leave(_("Your account is erased. Thank you for what you did here."))
