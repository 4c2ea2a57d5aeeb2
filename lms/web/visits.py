"""The signed cookie of a visit: what is noted before signing in, and sentences for the next page.

Flask's own, with two things kept: what signs, which follows from the secret of the site, and which values this process
has found signed. Whether they are too old is asked each time.
"""

from functools import lru_cache

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature, TimestampSigner, URLSafeTimedSerializer

MOST_KEPT = 512


class Visits(SecureCookieSessionInterface):
    """The visits of one site. Its secret stays as long as the site."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None
        self._signed = lru_cache(maxsize=MOST_KEPT)(_what_was_signed)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs and reads."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """Return what the cookie says if this site signed it and it is not too old, else an empty visit."""
        serializer, value = self.get_signing_serializer(app), request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not value:
            return self.session_class()
        try:
            payload, signed_at, signer = self._signed(serializer, value)
            is_young = 0 <= signer.get_timestamp() - signed_at <= app.permanent_session_lifetime.total_seconds()
            return self.session_class(serializer.load_payload(payload) if is_young else None)
        except BadSignature:
            return self.session_class()


def _what_was_signed(serializer: URLSafeTimedSerializer, value: str) -> tuple[bytes, int, TimestampSigner]:
    """Return what was signed, when, and by what; raises BadSignature, which is not kept."""
    signer = next(serializer.iter_unsigners())
    payload, signed_at = signer.unsign(value, return_timestamp=True)
    return payload, int(signed_at.timestamp()), signer
