"""Secrets in links: derived from a nonce under the site's key, which stands outside the database and its backups.

The database holds the nonce and the hash of the secret; neither is enough to make the link.
"""

import base64
import hashlib
import hmac
import secrets


def new_nonce() -> str:
    """Return 160 random bits."""
    return secrets.token_hex(20)


def derive_secret(site_key: str, purpose: str, nonce: str) -> str:
    """Return the 160-bit secret of a link, URL-safe, the same each time."""
    digest = hmac.new(site_key.encode(), f"{purpose}\0{nonce}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode().lower()


def hash_secret(secret: str) -> str:
    """Return the hash by which a secret is looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()
