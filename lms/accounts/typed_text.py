"""What a person had typed when their session ended: carried through the sign-in page, signed, for them alone.

Nothing is stored on the server. Secrets and files are never carried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from itsdangerous import BadData, URLSafeSerializer

MAX_SEALED = 60 * 1024  # characters in the page, after packing
MAX_AGE_SECONDS = 24 * 60 * 60
_MACHINERY = frozenset({"csrf_token", "form_key", "next", "kept"})
_SECRETS = ("password", "recovery_code", "secret", "token")
_SALT = "typed-text"


@dataclass(frozen=True)
class TypedText:
    """One form that could not be taken because nobody was signed in any more."""

    person_id: int
    path: str
    page: str
    form_key: str
    fields: Sequence[tuple[str, str]]
    typed_at: int

    @property
    def readable(self) -> Sequence[tuple[str, str]]:
        """The fields a person would recognise: a name in words, and what was typed.

        >>> TypedText(1, "/notes", "/notes", "", [("what_changed", "Less waiting"), ("row_version", "3")], 0).readable
        [('What changed', 'Less waiting')]
        """
        named = ((name.replace("_", " ").replace("-", " ").capitalize(), name, value) for name, value in self.fields)
        return [
            (words, value) for words, name, value in named if value.strip() and not name.endswith(("_id", "version"))
        ]


def gather(sent: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the fields of a form that may be carried.

    >>> gather([("note", "Ana called"), ("csrf_token", "x"), ("current_password", "y")])
    [('note', 'Ana called')]
    """
    return [
        (name, value)
        for name, value in sent
        if name not in _MACHINERY and not any(secret in name.lower() for secret in _SECRETS)
    ]


def is_worth_keeping(fields: Iterable[tuple[str, str]]) -> bool:
    """Say whether anything was typed or chosen at all."""
    return any(value.strip() for _, value in fields)


def seal(text: TypedText, site_key: str) -> str | None:
    """Return the text packed and signed, or None when it is too long to be carried."""
    sealed = str(_serializer(site_key).dumps(asdict(text)))
    return sealed if len(sealed) <= MAX_SEALED else None


def unseal(sealed: str, site_key: str, now: int) -> TypedText | None:
    """Return what was sealed within the last day, or None for anything else.

    now: seconds since 1970.
    """
    if len(sealed) > MAX_SEALED:
        return None
    try:
        loaded = _serializer(site_key).loads(sealed)
    except BadData:
        return None
    text = TypedText(**{**loaded, "fields": [(name, value) for name, value in loaded["fields"]]})
    return text if 0 <= now - text.typed_at <= MAX_AGE_SECONDS else None


def _serializer(site_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(site_key, salt=_SALT)
