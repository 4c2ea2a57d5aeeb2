"""The base of all forms: CSRF by WTForms' own session class, and a key that makes a second click harmless."""

import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hmac import compare_digest
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import current_app, g, request, session
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict
from wtforms import Form as PlainForm
from wtforms import HiddenField, IntegerField
from wtforms.csrf.core import CSRFTokenField
from wtforms.csrf.session import SessionCSRF

from lms.accounts.models import SignInSession
from lms.web import access

CSRF_HEADER = "X-CSRF-Token"
MOST_DIGITS = 9
# Written out: a page has a dozen of these, and drawing each by a form object costs as much as its queries.
_HIDDEN = '<input name="csrf_token" type="hidden" value="{}"><input name="form_key" type="hidden" value="{}">'
_FORM_PLACE, _KEY_PLACE = (f"\ue000{secrets.token_hex(8)}" for _ in range(2))  # drawn by lot: nobody can write them
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_PLACES = re.compile(f"({_FORM_PLACE}|{_KEY_PLACE})")
_MACHINERY = frozenset({"csrf_token", "form_key", "next", "kept"})  # not what somebody typed or chose


class Form(PlainForm):
    """A writing form. Pass choices through the constructor; read clean values from the fields."""

    class Meta:
        """Bound to the signed-in session, or to the visit before signing in."""

        csrf = True
        csrf_class = SessionCSRF
        csrf_time_limit = None

        @property
        def csrf_secret(self) -> bytes:
            return current_app.secret_key.encode()  # type: ignore[union-attr]

        @property
        def csrf_context(self) -> Any:
            if "csrf_context" in g:
                return g.csrf_context
            signed_in = access.current_session()
            return {"csrf": signed_in.csrf_nonce} if signed_in else session

        @property
        def locales(self) -> list[str]:
            return [str(get_locale() or "en")]

    csrf_token: CSRFTokenField
    form_key = HiddenField(default=lambda: str(uuid4()))


class WholeNumberField(IntegerField):
    """A whole number that people type. One of very many digits is no number here: comparing it would fail."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number of few digits."""
        if valuelist and len(valuelist[0].strip()) > MOST_DIGITS:
            self.data = None
            raise ValueError(gettext("This number is too large."))
        super().process_formdata(valuelist)


def form_data() -> MultiDict[str, str] | None:
    """Return what was sent when this is a writing request, else None (the form shows its defaults).

    NUL characters are left out: nobody types them and PostgreSQL holds none.
    """
    if request.method != "POST":
        return None
    return MultiDict((name, value.replace("\0", "")) for name, value in request.form.items(multi=True))


def csrf_field() -> Markup:
    """Return the hidden inputs of a small form that has no class of its own."""
    if leaves_tokens_out():
        return Markup(_FORM_PLACE)  # noqa: S704  # our own letters
    return Markup(_HIDDEN.format(escape(csrf_token()), uuid4()))  # noqa: S704  # escaped here


def event_key() -> str:
    """Return a key for what a form records, so that a second click records nothing more."""
    return _KEY_PLACE if leaves_tokens_out() else str(uuid4())


def leaves_tokens_out() -> bool:
    """Whether what is drawn now is kept for other readers too."""
    return bool(g.get("leaves_tokens_out", False))


@contextmanager
def tokens_left_out() -> Iterator[None]:
    """Draw forms without their hidden inputs: what is drawn here is kept for other readers too."""
    before = leaves_tokens_out()
    g.leaves_tokens_out = True
    try:
        yield
    finally:
        g.leaves_tokens_out = before


def cut_at_tokens(part: str) -> tuple[str, ...]:
    """Take a kept part apart: what stands between the places for tokens, and the places."""
    return tuple(_PLACES.split(part))


def put_tokens_in(pieces: Sequence[str]) -> str:
    """Give each form of a kept part, which was cut before, this reader's token, and keys of its own."""
    places = range(1, len(pieces), 2)
    if not places:
        return pieces[0]
    filled, token = list(pieces), escape(csrf_token())
    drawn = os.urandom(16 * len(places)).hex()  # one draw for the dozens of a lesson
    for number, place in enumerate(places):
        key = _key_from(drawn[32 * number : 32 * (number + 1)])
        filled[place] = _HIDDEN.format(token, key) if pieces[place] == _FORM_PLACE else key
    return "".join(filled)


def _key_from(drawn: str) -> str:
    """Write 32 random hexadecimal digits as a random UUID (RFC 9562, version 4)."""
    variant = _VARIANTS[drawn[16]]
    return f"{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{variant}{drawn[17:20]}-{drawn[20:]}"


def csrf_token() -> str:
    """Return the token for requests made by the pages' own scripts."""
    if "csrf_token" not in g:
        g.csrf_token = _token_now()
    return str(g.csrf_token)


def _token_now() -> str:
    maker = SessionCSRF()
    maker.form_meta = Form.Meta()  # type: ignore[assignment]  # all it asks of a form; a whole one costs as a query
    return str(maker.generate_csrf_token(None))  # type: ignore[arg-type]  # it never looks at the field


def is_csrf_valid(*, is_public: bool = False) -> bool:
    """Check the token of the current writing request, from its form or from the header.

    A public form that was opened before signing in in another tab is still good: its token belongs to the same visit.
    """
    if _fits():
        return True
    if not is_public or access.current_session() is None or "csrf" not in session:
        return False
    g.csrf_context = session
    if _fits():
        return True
    del g.csrf_context
    return False


def is_csrf_valid_for(ended: SignInSession) -> bool:
    """Check the token of the current writing request against a session that has ended."""
    g.csrf_context = {"csrf": ended.csrf_nonce}
    try:
        return _fits()
    finally:
        del g.csrf_context


def _fits() -> bool:
    sent = request.headers.get(CSRF_HEADER) or request.form.get("csrf_token", "")
    return compare_digest(sent.encode(errors="replace"), _token_now().encode())


def sent_form_key() -> UUID | None:
    """Return the key that the sent form carries, or None when it has none or a broken one."""
    try:
        return UUID(request.form.get("form_key", ""))
    except ValueError:
        return None


def submission_key() -> UUID | None:
    """Return the key under which what was sent is taken once: the form's own, together with what the form holds.

    Whoever goes back, changes something and sends the same page again means something new.
    """
    own = sent_form_key()
    if own is None:
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in _MACHINERY]
    return uuid5(own, json.dumps(fields))


def add_errors(form: PlainForm, fields: dict[str, str]) -> None:
    """Put a service's refusals beside their fields."""
    for name, sentence in fields.items():
        if name in form:
            form[name].errors = (*form[name].errors, sentence)
    g.form_failed = True
