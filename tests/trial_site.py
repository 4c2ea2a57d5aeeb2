"""The site with one more door, for proofs that kill it: `POST /trial/<key>` writes a key and asks for a job about it.

Both leave an entry in the audit record, so that what was lost or done twice can be counted afterwards.
"""

import time
from dataclasses import replace
from datetime import datetime

import click
from flask import Blueprint, Response

from lms import audit, create_app, jobs
from lms.audit import Subject
from lms.jobs import Job
from lms.operations import server
from lms.settings import Settings, read_settings
from lms.web import forms
from lms.web.access import public
from lms.web.site import Site

WRITTEN, WORKED = "trial written", "trial worked"
KIND = "trial/work"

bp = Blueprint("trial", __name__)


@bp.get("/trial")
@public
def show_token() -> str:
    return forms.csrf_token()


@bp.post("/trial/<key>")
@public
def write_key(key: str) -> Response:
    audit.record(None, WRITTEN, Subject("trial", key))
    jobs.ask(KIND, {"key": key})
    return Response(status=204)


@bp.post("/trial/<key>/slowly/<int:tenths>")
@public
def write_slowly(key: str, tenths: int) -> Response:
    time.sleep(tenths / 10)
    audit.record(None, WRITTEN, Subject("trial", key))
    return Response(status=204)


def work_on_key(job: Job, _now: datetime) -> str:
    audit.record(None, WORKED, Subject("trial", job.payload["key"]))
    return "worked"


def build(settings: Settings, *, busy_timeout_ms: int = 2_500) -> Site:
    site = create_app(settings, busy_timeout_ms=busy_timeout_ms)
    site.register_blueprint(bp)
    workshop = site.extensions["commons.workshop"]
    site.extensions["commons.workshop"] = replace(workshop, handlers={**workshop.handlers, KIND: work_on_key})
    return site


def build_for_worker(settings: Settings) -> Site:
    return build(settings, busy_timeout_ms=15_000)


if __name__ == "__main__":
    doors = server.Doors(web=build, worker=build_for_worker)
    server.run(read_settings(), click.echo, started_at=time.monotonic(), doors=doors)
