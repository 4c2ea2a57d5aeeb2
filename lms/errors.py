"""What can go wrong, in one family, and which status each answer bears."""

from collections.abc import Mapping
from http import HTTPStatus


class CommonsError(Exception):
    """Root of all errors this site raises on purpose. The message is a sentence for the reader."""


class NotFound(CommonsError):
    """The thing does not exist, or this person may not know that it does: the answer is the same."""

    def __init__(self, kind: str = "page") -> None:
        super().__init__(f"No such {kind}.")
        self.kind = kind


class Forbidden(CommonsError):
    """The person sees the thing and may not do this to it."""


class SignInNeeded(CommonsError):
    """Nobody is signed in and the page is not public."""


class PasswordNeeded(CommonsError):
    """The person is signed in, and gives the password once more before this."""


class Conflict(CommonsError):
    """Somebody else was first, or the thing has changed since the form was opened."""


class Invalid(CommonsError):
    """The input cannot be accepted. `fields` maps a field's name to a sentence for the reader."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class CsrfFailed(CommonsError):
    """The form does not belong to this session: it was open for too long, or it is not ours."""


class TooMany(CommonsError):
    """A limit was reached; `retry_after` says in how many seconds to try again."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many tries.")
        self.retry_after = retry_after


class Busy(CommonsError):
    """The database cannot answer now; nothing was changed."""


STATUS: Mapping[type[CommonsError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Forbidden: HTTPStatus.FORBIDDEN,
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    PasswordNeeded: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    CsrfFailed: HTTPStatus.BAD_REQUEST,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    Busy: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(error: CommonsError) -> HTTPStatus:
    """Return the status for an error by the nearest class in the table."""
    for cls in type(error).__mro__:
        if cls in STATUS:
            return STATUS[cls]
    return HTTPStatus.INTERNAL_SERVER_ERROR
