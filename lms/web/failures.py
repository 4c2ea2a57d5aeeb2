"""What people see when something does not work: what happened, what was kept, what to do next."""

import logging
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, SecurityError

from lms import audit, errors
from lms.db import db, reading
from lms.web import access
from lms.web.site import afterwards, is_database_away

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
_LAST_RESORT = """<!doctype html><html lang="en"><title>Something went wrong</title><h1>Something went wrong</h1>
<p>Nothing was changed. Please go back and try again. If it happens again, tell who runs this site: {reference}.</p>
<p lang="es">Algo salió mal. No se cambió nada. Vuelva atrás e inténtelo de nuevo.</p></html>"""


def prepare_failures(app: Flask) -> None:
    """Answer each kind of failure with its page, or with JSON where JSON was asked for.

    Whoever has to sign in first is sent there by the accounts.
    """
    app.register_error_handler(errors.CommonsError, _answer_known)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(SQLAlchemyError, _answer_database)
    app.register_error_handler(Exception, _answer_unexpected)


def wants_json() -> bool:
    """Say whether the asker is a script of our pages."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def error_page(status: HTTPStatus, *, message: str | None = None, retry_after: int | None = None) -> Response:
    """Draw the page of one failure."""
    reference = audit.request_reference.get()
    if wants_json():
        response = jsonify(error=status.phrase, message=message, reference=reference)
    else:
        response = make_response(_drawn(status, message, reference))
    response.status_code = status.value
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _drawn(status: HTTPStatus, message: str | None, reference: str | None) -> str:
    """Draw the page; when even that fails, say the least that helps."""
    try:
        with reading():
            return render_template("errors/error.html", status=status.value, message=message, reference=reference)
    except Exception:
        log.exception("error page failed request=%s", reference)
        return _LAST_RESORT.format(reference=reference)


def _answer_known(error: errors.CommonsError) -> Response:
    status = errors.status_of(error)
    if isinstance(error, errors.Forbidden):
        _note_denial()
    retry_after = error.retry_after if isinstance(error, errors.TooMany) else None
    own_words = error if isinstance(error, errors.Conflict | errors.Invalid) else None
    return error_page(status, message=str(own_words) if own_words else None, retry_after=retry_after)


def _answer_http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    if isinstance(error, SecurityError):
        return _unknown_host()
    return error_page(HTTPStatus(error.code or 500))


def _unknown_host() -> Response:
    """Answer a request for a name that is not this site's: no page can be drawn, for its links would have no home."""
    response = make_response("This site is not known under this name.\n", HTTPStatus.BAD_REQUEST)
    response.mimetype = "text/plain"
    return response


def _answer_database(error: SQLAlchemyError) -> Response:
    db.session.rollback()
    if is_database_away(error):
        log.warning("database away kind=%s request=%s", type(error).__name__, audit.request_reference.get())
        return error_page(HTTPStatus.SERVICE_UNAVAILABLE, retry_after=RETRY_AFTER_SECONDS)
    return _answer_unexpected(error)


def _answer_unexpected(error: Exception) -> Response:
    db.session.rollback()
    # The rule, not the path: a path may hold the secret of a link.
    log.error("unexpected error request=%s rule=%s", audit.request_reference.get(), request.url_rule, exc_info=error)
    return error_page(HTTPStatus.INTERNAL_SERVER_ERROR)


def _note_denial() -> None:
    actor = access.current_actor()
    actor_id = actor.person_id if actor else None
    changes = {"permission": str(g.get("refused", "")), "endpoint": request.endpoint}
    afterwards(lambda: audit.record(actor_id, "access denied", audit.Subject("endpoint", request.endpoint), changes))
