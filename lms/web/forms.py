"""The base of all forms: CSRF by WTForms' own session class, and a key that makes a second click harmless."""

from typing import Any
from uuid import UUID, uuid4

from flask import current_app, g, request, session
from flask_babel import get_locale
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import Form as PlainForm
from wtforms import HiddenField
from wtforms.csrf.core import CSRFTokenField
from wtforms.csrf.session import SessionCSRF

from lms.web import access

CSRF_HEADER = "X-CSRF-Token"


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
            signed_in = access.current_session()
            return {"csrf": signed_in.csrf_nonce} if signed_in else session

        @property
        def locales(self) -> list[str]:
            return [str(get_locale() or "en")]

    csrf_token: CSRFTokenField
    form_key = HiddenField(default=lambda: str(uuid4()))


def form_data() -> MultiDict[str, str] | None:
    """Return what was sent when this is a writing request, else None (the form shows its defaults).

    NUL characters are left out: nobody types them and PostgreSQL holds none.
    """
    if request.method != "POST":
        return None
    return MultiDict((name, value.replace("\0", "")) for name, value in request.form.items(multi=True))


def csrf_field() -> Markup:
    """Return the hidden inputs of a small form that has no class of its own."""
    form = Form()
    return Markup("{}{}").format(form.csrf_token(id=None), form.form_key(id=None))


def csrf_token() -> str:
    """Return the token for requests made by the pages' own scripts."""
    return str(Form().csrf_token.current_token)


def is_csrf_valid() -> bool:
    """Check the token of the current writing request, from its form or from the header."""
    sent = request.headers.get(CSRF_HEADER) or request.form.get("csrf_token", "")
    form = Form(MultiDict({"csrf_token": sent}))
    return form.validate()


def sent_form_key() -> UUID | None:
    """Return the key that the sent form carries, or None when it has none or a broken one."""
    try:
        return UUID(request.form.get("form_key", ""))
    except ValueError:
        return None


def add_errors(form: PlainForm, fields: dict[str, str]) -> None:
    """Put a service's refusals beside their fields."""
    for name, sentence in fields.items():
        if name in form:
            form[name].errors = (*form[name].errors, sentence)
    g.form_failed = True
