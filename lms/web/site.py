"""The request cycle: one request, one transaction, ended here and nowhere else.

A response below 400 commits, anything else rolls back. Facts that must outlive a refusal (failed sign-ins, denied
access) are written afterwards, in a transaction of their own.
"""

import logging
import re
import secrets
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit, urlunsplit

from flask import Flask, Request, Response, current_app, g, redirect, request
from flask_babel import gettext as _
from flask_babel import refresh
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map, RequestRedirect, Rule, UnicodeConverter

from lms import audit, errors, submissions
from lms.db import db, reading
from lms.web import access, forms
from lms.web.visits import Visits

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_TRIES = 3
_NEVER_IN_PATH = re.compile(r"[\\\x00-\x1f\x7f]")
LARGEST_ID = 2**31 - 1
Result = TypeVar("Result")
# PostgreSQL: serialization failure, deadlock, and a unique row that somebody else has just written (now it is seen)
_TRY_AGAIN = frozenset({"40001", "40P01", "23505"})


class AlreadyTaken(Exception):  # not an error: the first answer is shown again
    """This form was taken before; `location` is where the first answer led."""

    def __init__(self, location: str | None) -> None:
        super().__init__()
        self.location = location


class RowId(IntegerConverter):
    """A whole number in an address that a key of the database can hold; a longer one names nothing."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **options})


class Word(UnicodeConverter):
    """A part of an address. PostgreSQL holds no NUL characters, so that an address with one names nothing."""

    def to_python(self, value: str) -> str:
        return value.replace("\0", "\ufffd")


class LateRule(Rule):
    """A rule whose way to write addresses is put together when the first is written: all at once delay the start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
        make = super()._compile_builder

        def build(rule: LateRule, **values: Any) -> tuple[str, str]:
            made = make(append_unknown).__get__(rule, None)
            setattr(rule, "_build_unknown" if append_unknown else "_build", made)
            return made(**values)  # type: ignore[no-any-return]  # a bound function of its own making

        return build


class SiteMap(Map):
    """The addresses of the site."""

    default_converters = ImmutableDict({**Map.default_converters, "int": RowId, "default": Word, "string": Word})


class SiteRequest(Request):
    """What was sent. Bytes that are no letters and lists nested without end are answered in words, as all else is."""

    def __init__(self, environ: Any, **options: Any) -> None:
        super().__init__(environ, **options)
        self.query_string = self.query_string.decode("utf-8", "replace").encode()

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: FBT001, FBT002
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError as error:
            return None if silent else self.on_json_loading_failed(ValueError(str(error)))


class Site(Flask):
    """Flask, with one transaction per request."""

    request_class = SiteRequest
    url_map_class = SiteMap
    url_rule_class = LateRule

    def __init__(self, *names: Any, **options: Any) -> None:
        super().__init__(*names, **options)
        self.session_interface = Visits()

    def full_dispatch_request(self) -> Response:
        audit.request_reference.set(secrets.token_hex(6))
        access.forget_actor()  # `g` may be older than this request: tests and commands hold one context for many
        refresh()  # the language too
        with reading() if request.method in SAFE_METHODS else nullcontext():
            response = super().full_dispatch_request()
        self._write_afterwards()
        return response

    def dispatch_request(self) -> Any:
        for tries_left in reversed(range(MAX_TRIES)):
            try:
                return self._dispatch_once()
            except AlreadyTaken as taken:
                db.session.rollback()
                return _shown_again(taken)
            except DBAPIError as error:
                db.session.rollback()
                if not _is_worth_another_try(error) or not tries_left:
                    raise
                access.forget_actor()
            except BaseException:
                db.session.rollback()
                access.forget_actor()  # its rows went with the transaction, and the page of the failure asks for them
                raise
        raise AssertionError("the loop above returns or raises")

    def _dispatch_once(self) -> Response:
        rule = request.url_rule
        view = self.view_functions.get(rule.endpoint) if rule else None
        if request.method not in SAFE_METHODS and view is not None:
            _check_request(view)
        response = self.make_response(super().dispatch_request())
        if response.status_code >= 400:
            db.session.rollback()
        else:
            _complete_submission(response)
            db.session.commit()
        return response

    def _write_afterwards(self) -> None:
        """Write what must outlive a refusal. It never spoils the answer."""
        for write in g.pop("afterwards", ()):
            try:
                write()
                db.session.commit()
            except Exception:
                db.session.rollback()
                log.exception("afterwards failed")


def afterwards(write: Callable[[], object]) -> None:
    """Write something after this request's transaction has ended, in one of its own."""
    g.setdefault("afterwards", []).append(write)


def begin_submission() -> None:
    """Note that this form is being taken; raise AlreadyTaken when it was taken before."""
    key = forms.submission_key()
    if key is None:
        return
    session = access.current_session()
    earlier = submissions.begin(key, session.person_id if session else None, request.path)
    if earlier is not None:
        raise AlreadyTaken(earlier.location)
    g.submission_key = key


def outside_transaction(slow: Callable[[], Result]) -> Result:
    """Do slow work while no transaction is held; what this one has written is dropped.

    Who is signed in is read anew afterwards, and so are rows: take what you need out of them before.
    """
    db.session.rollback()
    result = slow()
    access.forget_actor()
    return result


def safe_path(target: str | None, default: str = "/") -> str:
    """Return a redirect target only if it is a path on this site.

    One slash first, no backslash, no control character, no scheme, no host.
    """
    if not target or not target.startswith("/") or target.startswith("//") or len(target) > 2000:
        return default
    return default if _NEVER_IN_PATH.search(target) else target


def page_address() -> str:
    """Return the page to come back to from here: this one, or the one whose form was sent.

    An answer to a form may stand at an address that only takes forms; the page above it is the next best. An address
    that is a secret is not written into forms, which keep where they lead.
    """
    if access.is_opened_by_secret(current_app.view_functions.get(request.endpoint or "")):
        return "/"
    if request.method in SAFE_METHODS:
        return safe_path(request.full_path.rstrip("?"))
    came_from = _parts_of(request.referrer or "")
    before = [urlunsplit(("", "", came_from.path, came_from.query, ""))] if came_from.netloc == request.host else []
    above = [str(folder) for folder in PurePosixPath(request.path).parents]
    return next((safe_path(each) for each in (*before, request.path, *above) if _is_page(each)), "/")


def _parts_of(address: str) -> SplitResult:
    """Take an address apart; what is none has no parts."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _is_page(address: str) -> bool:
    pages = current_app.create_url_adapter(request)
    try:
        return pages is not None and bool(pages.match(address.partition("?")[0], method="GET"))
    except (HTTPException, RequestRedirect):
        return False


def see(location: str) -> Response:
    """Answer a writing request: go and see that page."""
    return redirect(location, code=303)  # type: ignore[return-value]


def _check_request(view: Callable[..., Any]) -> None:
    if access.is_opened_by_secret(view):
        return
    is_public = getattr(view, access.DECLARED, None) == access.PUBLIC
    if not is_public:
        access.signed_in_actor()
    if not forms.is_csrf_valid(is_public=is_public):
        raise errors.CsrfFailed("The form is no longer valid.")
    if not getattr(view, access.HASHES_PASSWORD, False):
        begin_submission()


def _complete_submission(response: Response) -> None:
    key = g.pop("submission_key", None)
    if key is not None:
        submissions.complete(key, response.location)


def _shown_again(taken: AlreadyTaken) -> Response:
    if taken.location is None:
        raise errors.Conflict(_("This was already done. Nothing was done twice."))
    return see(taken.location)


def _is_worth_another_try(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _TRY_AGAIN


def is_database_away(error: BaseException) -> bool:
    """Say whether an error means that the database is locked, full, stopped or out of connections."""
    return isinstance(error, OperationalError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
