"""Jobs and the delivery of mail."""

from functools import partial

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from lms.admin import forms as filters
from lms.admin import services
from lms.admin.queries import work
from lms.admin.queries.reach import Administered, get_job_for, get_mail_for, get_site_for
from lms.admin.views.blueprint import bp
from lms.authz import Actor, Permission
from lms.jobs import Job
from lms.leases import WorkState
from lms.outbox import OutboxRow
from lms.web import access, pages
from lms.web.access import requires
from lms.web.site import see


@bp.get("/jobs")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_jobs(_site: Administered[Actor]) -> str:
    """List the background work, newest first."""
    state = filters.asked_word(request.args, "state", WorkState)
    jobs = pages.page_of(work.count_jobs(state), partial(work.list_jobs, state))
    return pages.render("admin/list_jobs.html", jobs=jobs, state=state, labels=filters.WORK_STATE_LABELS)


@bp.post("/jobs/<int:job_id>/retry")
@requires(Permission.SITE_ADMINISTER, on=get_job_for)
def retry_job(job: Administered[Job]) -> Response:
    """Let a failed job be tried again."""
    return _retry(job.thing, url_for("admin.list_jobs"))


@bp.get("/mail")
@requires(Permission.SITE_ADMINISTER, on=get_site_for)
def list_mail(_site: Administered[Actor]) -> str:
    """List the delivery of mail, newest first; never what a mail says."""
    state = filters.asked_word(request.args, "state", WorkState)
    mail = pages.page_of(work.count_mail(state), partial(work.list_mail, state))
    return pages.render("admin/list_mail.html", mail=mail, state=state, labels=filters.WORK_STATE_LABELS)


@bp.post("/mail/<int:outbox_id>/retry")
@requires(Permission.SITE_ADMINISTER, on=get_mail_for)
def retry_mail(row: Administered[OutboxRow]) -> Response:
    """Let a failed delivery be tried again."""
    return _retry(row.thing, url_for("admin.list_mail"))


def _retry(row: Job | OutboxRow, back: str) -> Response:
    services.retry_work(row, by_id=access.signed_in_actor().person_id)
    flash(_("It is tried again within a minute."), "success")
    return see(back)
