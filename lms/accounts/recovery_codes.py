"""Recovery codes: five groups of four letters and digits that cannot be mistaken for each other (100 bits)."""

import secrets

from lms import links

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
N_GROUPS = 5
GROUP = 4
LOOK_ALIKES = str.maketrans("ILO", "110")


def new_code() -> str:
    """Return a new random code, as people write it down.

    >>> len(new_code())
    24
    """
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(N_GROUPS))


def normal_code(typed: str) -> str | None:
    """Return a typed code as it is hashed, or None when it cannot be one.

    >>> normal_code("abcd efgh-jkmn pqrs-tvwi")
    'ABCDEFGHJKMNPQRSTVW1'
    """
    code = "".join(typed[:100].upper().split()).replace("-", "").translate(LOOK_ALIKES)
    is_fit = len(code) == N_GROUPS * GROUP and all(character in ALPHABET for character in code)
    return code if is_fit else None


def hash_code(typed: str) -> str:
    """Return the hash by which a code is looked up; what cannot be a code has a hash too, which fits nothing."""
    return links.hash_secret(normal_code(typed) or "")
