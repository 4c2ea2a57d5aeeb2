"""The links of staff surveys: derived from ids by a key that lies outside the database, and stored nowhere.

A token is the invite's id and a proof of it. Whoever holds only the database knows the ids and cannot make the proofs,
so neither the links nor the codes under which unfinished answers lie can be tied to an invite.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from uuid import UUID

TOKEN_LENGTH = 43
LONGEST_NONCE = 64
_PROOF_BYTES = 16


def token_of(key: str, invite_id: UUID) -> str:
    """Return the secret of an invite's link, URL-safe, the same each time."""
    return _written(invite_id.bytes + _mac(key, b"invite" + invite_id.bytes)[:_PROOF_BYTES])


def read_token(key: str, token: str) -> UUID | None:
    """Return the id of the invite whose link this is; None for anything that was not made with this key."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=")
    except (binascii.Error, ValueError):
        return None
    invite_id = UUID(bytes=raw[:16])
    # The text itself is compared: a second spelling of the same bytes would lie under another draft key.
    return invite_id if hmac.compare_digest(token, token_of(key, invite_id)) else None


def draft_key(key: str, token: str) -> str:
    """Return under what the unfinished answers of a link lie."""
    return _mac(key, b"draft" + token.encode()).hex()


def poster_token(key: str, round_id: int, salt: str) -> str:
    """Return the secret of a poster; a new salt voids the posters before it."""
    proof = _mac(key, b"poster" + str(round_id).encode() + salt.encode())[:_PROOF_BYTES]
    return f"{round_id}-{_written(proof)}"


def read_poster_round(token: str) -> int | None:
    """Return of which round a poster's secret claims to be; None for what is none."""
    number, dash, _proof = token.partition("-")
    is_number = number.isascii() and number.isdigit() and 0 < len(number) < 10
    return int(number) if dash and is_number else None


def is_poster_token(key: str, token: str, round_id: int, salt: str) -> bool:
    """Say whether a secret is that of the newest poster of a round."""
    return hmac.compare_digest(token.encode(), poster_token(key, round_id, salt).encode())


def invite_by_poster(key: str, round_id: int, nonce: str) -> UUID:
    """Return the id of the invite that one form of a poster makes: the same form sent twice makes one."""
    digest = _mac(key, b"by-poster" + str(round_id).encode() + b"-" + nonce.encode())
    return UUID(bytes=digest[:16], version=4)


def new_nonce() -> str:
    """Return what tells one opened form of a poster from all others."""
    return secrets.token_urlsafe(18)


def new_salt() -> str:
    """Return a salt for new posters."""
    return secrets.token_hex(16)


def _mac(key: str, message: bytes) -> bytes:
    return hmac.new(key.encode(), message, hashlib.sha256).digest()


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
