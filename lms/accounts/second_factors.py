"""Codes of the second step at sign-in: six digits from an app, or one of ten codes on paper.

The app's secret is derived from a nonce under the site's key, so that neither the database nor a backup holds it, and
codes on paper are hashed under the same key: 60 bits are then enough.
"""

import hmac
import secrets
from datetime import datetime

import pyotp

from lms import links
from lms.accounts.recovery_codes import ALPHABET, GROUP, LOOK_ALIKES

STEP_SECONDS = 30  # RFC 6238, and what every app expects
STEPS_EITHER_WAY = 1  # clocks differ
N_CODES = 10
N_GROUPS = 3


def secret_of(site_key: str, person_id: int, nonce: str) -> str:
    """Return the secret of one person's app: 160 bits in base 32, the same each time.

    >>> len(secret_of("a key", 7, "a nonce")), secret_of("a key", 8, "a nonce") == secret_of("a key", 7, "a nonce")
    (32, False)
    """
    return links.derive_secret(site_key, f"second-factor/{person_id}", nonce).upper()


def in_groups(secret: str) -> str:
    """Return a secret as people type it off a page.

    >>> in_groups("ABCDEFGH")
    'ABCD EFGH'
    """
    return " ".join(secret[start : start + GROUP] for start in range(0, len(secret), GROUP))


def app_link(secret: str, *, account: str, site_name: str) -> str:
    """Return the link that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=site_name.replace(":", " "))


def code_at(secret: str, moment: datetime) -> str:
    """Return the code that the app shows at a moment."""
    return pyotp.TOTP(secret).generate_otp(step_of(moment))


def step_of(moment: datetime) -> int:
    """Return the number of the half minute."""
    return int(moment.timestamp()) // STEP_SECONDS


def find_step(secret: str, typed: str, now: datetime) -> int | None:
    """Return the half minute whose code was typed, or None: the present one, the one before, the one after."""
    code = "".join(typed.split())
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    totp, present = pyotp.TOTP(secret), step_of(now)
    steps = range(present - STEPS_EITHER_WAY, present + STEPS_EITHER_WAY + 1)
    fitting = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return max(fitting, default=None)


def new_codes() -> list[str]:
    """Return ten new codes for paper.

    >>> len(new_codes()), len(new_codes()[0])
    (10, 14)
    """
    return ["-".join(_group() for _ in range(N_GROUPS)) for _ in range(N_CODES)]


def hash_code(site_key: str, person_id: int, typed: str) -> str:
    """Return the hash by which a code on paper is looked up; what cannot be one has a hash too, which fits nothing."""
    code = "".join(typed[:100].upper().split()).replace("-", "").translate(LOOK_ALIKES)
    is_fit = len(code) == N_GROUPS * GROUP and all(character in ALPHABET for character in code)
    return links.hash_secret(links.derive_secret(site_key, f"second-factor-code/{person_id}", code if is_fit else ""))


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))
