"""The overview, and the settings in force."""

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.engine import make_url

from lms.admin.queries.overview import read_overview
from lms.admin.queries.reach import Administered, get_site_for
from lms.admin.queries.setup import read_setup
from lms.admin.views.blueprint import bp
from lms.authz import Actor, Permission
from lms.operations.release import release
from lms.settings import Settings
from lms.web import pages
from lms.web.access import requires


@bp.get("")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def show_overview(_site: Administered[Actor]) -> str:
    """Show how the site stands and what waits for an administrator."""
    settings: Settings = current_app.config["SETTINGS"]
    setup = read_setup(settings)
    return pages.render("admin/show_overview.html", overview=read_overview(), setup=setup)


@bp.get("/settings")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def show_settings(_site: Administered[Actor]) -> str:
    """Show the settings in force. No secret is shown, only whether it is set."""
    settings: Settings = current_app.config["SETTINGS"]
    groups = [
        (_("Site"), _about_site(settings)),
        (_("Server"), _about_server(settings)),
        (_("Mail"), _about_mail(settings)),
    ]
    return pages.render("admin/show_settings.html", groups=groups)


def _about_site(settings: Settings) -> list[dict[str, object]]:
    return _rows(
        (_("Release"), release()),
        (_("Mode"), settings.mode.value),
        (_("Name"), settings.site_name),
        (_("Address"), settings.site_url),
        (_("Trusted hosts"), ", ".join(settings.trusted_hosts)),
        (_("Default language"), settings.default_language),
        (_("Sign-in ends after"), _("%(num)d minutes without use", num=settings.session_idle_minutes)),
        (_("Sign-in lasts at most"), _("%(num)d days", num=settings.session_days)),
        (
            _("Second step at sign-in"),
            _("required of leads and above") if settings.require_second_factor else _("by choice"),
        ),
        (_("Secret key"), _is_set(settings.secret_key)),
        (_("Key of surveys"), _is_set(settings.survey_key)),
        (_("Demo password"), _is_set(settings.demo_password)),
    )


def _about_server(settings: Settings) -> list[dict[str, object]]:
    database = make_url(settings.database_url).set(query={}).render_as_string(hide_password=True)
    return _rows(
        (_("Listens on"), f"{settings.host}:{settings.port}"),
        (_("Behind a proxy"), settings.trusted_proxy or _("no")),
        (_("Worker processes"), settings.workers or _("chosen by the site")),
        (_("Threads in each"), settings.threads),
        (_("Largest request"), _("%(num)d bytes", num=settings.max_body_bytes)),
        (_("Data folder"), settings.data_dir),
        (_("Database"), database),
        (_("Copy of the ends of the record"), settings.audit_head_file or _("not set")),
        (_("Log level"), settings.log_level),
    )


def _about_mail(settings: Settings) -> list[dict[str, object]]:
    sender = (_("Sender"), settings.mail_from)
    if settings.smtp_host is None:
        return _rows((_("Mail server"), _("not set: messages are kept in the data folder")), sender)
    return _rows(
        (_("Mail server"), f"{settings.smtp_host}:{settings.smtp_port}"),
        (_("Encrypted with STARTTLS"), _("yes") if settings.smtp_starttls else _("no")),
        (_("User"), _is_set(settings.smtp_user)),
        (_("Password"), _is_set(settings.smtp_password)),
        sender,
    )


def _rows(*rows: tuple[str, object]) -> list[dict[str, object]]:
    return [{"label": label, "value": value} for label, value in rows]


def _is_set(secret: str | None) -> str:
    return str(_("set") if secret else _("not set"))
