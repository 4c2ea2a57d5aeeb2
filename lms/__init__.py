"""The site. `create_app` is the roof: it alone knows every slice, and only here imports stand inside functions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lms.jobs import Workshop
    from lms.search.engines import Engine
    from lms.settings import Settings
    from lms.web.site import Site

BUSY_TIMEOUT_MS = 2_500  # a page that cannot write within this time says so: 503 within three seconds


def create_app(settings: "Settings | None" = None, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> "Site":
    """Build the site; refuse to start when an endpoint declares no permission."""
    from lms.db import db, prepare_engine
    from lms.settings import read_settings
    from lms.web import access, compression, csp, failures, languages, pages, static_files
    from lms.web.site import Site

    settings = settings or read_settings()
    app = Site("lms", template_folder="../templates", static_folder=None)
    app.config.update(_configuration(settings))
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, busy_timeout_ms)
    static = static_files.open_static_files()
    access.prepare_login(app, settings)
    languages.prepare_languages(app, settings.default_language)
    pages.prepare_pages(app, settings, static)
    failures.prepare_failures(app)
    app.after_request(compression.pack)
    app.after_request(lambda response: csp.add_headers(response, is_https=settings.is_https))
    _register(app, settings)
    access.refuse_undeclared(app)
    app.extensions["commons.search"] = _search_engine(settings)
    app.extensions["commons.workshop"] = _workshop(settings, app.extensions["commons.search"])
    app.wsgi_app = static.serve(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way to wrap
    return app


def _configuration(settings: "Settings") -> dict[str, object]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SESSION_COOKIE_NAME": "__Host-visit" if settings.is_https else "visit",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": _engine_options(settings),
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "MAX_CONTENT_LENGTH": settings.max_body_bytes,
        "MAX_FORM_MEMORY_SIZE": settings.max_body_bytes,
        "MAX_FORM_PARTS": 500,
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _engine_options(settings: "Settings") -> dict[str, object]:
    # Values stay out of errors, and so out of the log: they name people. Every statement of the site stays compiled.
    common = {"hide_parameters": True, "query_cache_size": 5_000}
    if settings.is_sqlite:
        return common | {"connect_args": {"timeout": 0}}  # the busy timeout is set on connect
    return common | {"pool_pre_ping": True, "pool_timeout": 2, "connect_args": {"connect_timeout": 2}}


def _register(app: "Site", settings: "Settings") -> None:
    from lms.accounts import receivers as account_receivers
    from lms.accounts import views as accounts
    from lms.admin import views as admin
    from lms.assistance import receivers as assistance_receivers
    from lms.assistance import views as assistance
    from lms.coalitions import receivers as coalition_receivers
    from lms.coalitions import views as coalitions
    from lms.collaboratives import views as collaboratives
    from lms.home import views as home
    from lms.improvement import receivers as improvement_receivers
    from lms.improvement import views as improvement
    from lms.notifications import receivers as notification_receivers
    from lms.notifications import views as notifications
    from lms.organizations import receivers as organization_receivers
    from lms.organizations import views as organizations
    from lms.playbooks import receivers as playbook_receivers
    from lms.playbooks import views as playbooks
    from lms.readiness import receivers as readiness_receivers
    from lms.readiness import views as readiness
    from lms.readiness.views import survey_pages
    from lms.search import receivers as search_receivers
    from lms.search import views as search
    from lms.succession import receivers as succession_receivers
    from lms.succession import views as succession
    from lms.training import receivers as training_receivers
    from lms.training import views as training
    from lms.web import development, health

    for slice_views in (
        home,
        accounts,
        organizations,
        coalitions,
        training,
        readiness,
        survey_pages,
        collaboratives,
        assistance,
        improvement,
        playbooks,
        succession,
        search,
        admin,
        notifications,
        health,
    ):
        app.register_blueprint(slice_views.bp)
    if settings.is_demo:
        app.register_blueprint(development.bp)
    account_receivers.connect()
    assistance_receivers.connect()
    coalition_receivers.connect()
    improvement_receivers.connect()
    notification_receivers.connect()
    organization_receivers.connect()
    playbook_receivers.connect()
    readiness_receivers.connect()
    search_receivers.connect()
    succession_receivers.connect()
    training_receivers.connect()


def _search_engine(settings: "Settings") -> "Engine":
    from lms.search.engines import open_engine

    return open_engine("sqlite" if settings.is_sqlite else "postgresql", settings.data_dir / "search")


def _workshop(settings: "Settings", engine: "Engine") -> "Workshop":
    from lms.accounts import jobs as accounts
    from lms.accounts import notifications as account_messages
    from lms.admin import jobs as admin
    from lms.admin import notifications as admin_messages
    from lms.jobs import Workshop
    from lms.notifications import jobs as notifications
    from lms.notifications import notifications as notices
    from lms.operations import jobs as operations
    from lms.organizations import notifications as organization_messages
    from lms.outbox import OutboxKind
    from lms.readiness import jobs as readiness
    from lms.readiness import notifications as readiness_messages
    from lms.search import jobs as search
    from lms.training import jobs as training
    from lms.training import notifications as training_messages

    composers = {
        **account_messages.MESSAGES,
        **admin_messages.MESSAGES,
        **organization_messages.MESSAGES,
        **readiness_messages.MESSAGES,
        **training_messages.MESSAGES,
        **notices.MESSAGES,
    }
    return Workshop(
        handlers={
            **accounts.handlers(settings),
            **admin.handlers(settings),
            **search.handlers(engine),
            **training.HANDLERS,
            **readiness.handlers(settings),
            **notifications.HANDLERS,
            **operations.handlers(settings),
        },
        deliveries={
            OutboxKind.MAIL: notifications.mail_delivery(composers, settings),
            OutboxKind.INDEX: search.index_delivery(engine),
        },
        rounds=(
            *accounts.ROUNDS,
            *search.ROUNDS,
            *training.ROUNDS,
            *readiness.ROUNDS,
            *notifications.ROUNDS,
            *operations.ROUNDS,
        ),
    )
