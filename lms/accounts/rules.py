"""Decisions about names and passwords, on plain values."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from enum import StrEnum

from email_validator import EmailNotValidError, validate_email

from lms.authz import Actor

MIN_PASSWORD = 8
MAX_PASSWORD = 200
MIN_ALIAS = 3
MAX_ALIAS = 40
MAX_NAME = 120
MAX_EMAIL = 254

# Words that anybody who knows what this place is about would try.
LOCAL_WORDS = frozenset(
    "admin administrator bienvenida bienvenido clinic clinica coalicion coalition commons comunidad community "
    "contrasena craft harm health learn learning login methadone metadona naloxona naloxone narcan opioid opioide "
    "overdose password pdsa peer playbook readiness recovery recuperacion reduccion reduction salud secret secreto "
    "shelter sobredosis training welcome".split()
)
MIN_OWN_WORD = 3  # shorter pieces of a name occur in too many good passwords


MINUTES_OF_TRUST = 15  # how long a password that was given once more counts


def needs_second_factor(actor: Actor) -> bool:
    """Say whether somebody does so much here that a password alone is too little: leads, and whoever runs something."""
    return actor.is_administrator or bool(actor.led_organization_ids) or bool(actor.coalition_roles)


class PasswordProblem(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    COMMON = "common"
    LOCAL = "local"


class AliasProblem(StrEnum):
    """Why an alias is refused."""

    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    CHARACTERS = "characters"


def normal_password(typed: str) -> str:
    """Return a password as it is hashed: the same letters give the same bytes on every keyboard.

    >>> normal_password("contrasen\u0303a") == normal_password("contrase\u00f1a")
    True
    """
    return unicodedata.normalize("NFKC", typed)


def find_password_problem(
    typed: str, *, common: Collection[str], local_words: Iterable[str] = ()
) -> PasswordProblem | None:
    """Return why a password is refused, or None. Nothing is said about kinds of characters: any will do.

    common: known passwords in lower case. local_words: what an acquaintance would try (names, the site's name).

    >>> find_password_problem("Ruiz-2024!", common=(), local_words=local_words_of("Ana Ruiz"))
    <PasswordProblem.LOCAL: 'local'>
    """
    password = normal_password(typed)
    if len(password) < MIN_PASSWORD:
        return PasswordProblem.TOO_SHORT
    if len(password) > MAX_PASSWORD:
        return PasswordProblem.TOO_LONG
    folded = password.casefold()
    if folded in common or len(set(folded)) <= 2:
        return PasswordProblem.COMMON
    words = LOCAL_WORDS.union(local_words)
    return PasswordProblem.LOCAL if _is_made_of(_letters(password), words) else None


def local_words_of(*texts: str | None) -> frozenset[str]:
    """Return the words of names, addresses and titles, as they are compared with a password.

    >>> sorted(local_words_of("Ana Ruiz", "ana.ruiz@harbor.example", None))
    ['ana', 'example', 'harbor', 'ruiz']
    """
    words = (_letters(word) for text in texts if text for word in re.split(r"[\W\d_]+", text))
    return frozenset(word for word in words if len(word) >= MIN_OWN_WORD)


def normal_name(typed: str) -> str:
    """Return an alias or an address as it is stored and looked up.

    >>> normal_name("  Night.Heron ")
    'night.heron'
    """
    return clean_line(unicodedata.normalize("NFKC", typed)).casefold()


def normal_email(typed: str) -> str | None:
    """Return an e-mail address as it is stored and looked up, or None when it is none.

    >>> normal_email(" Ana@Harbor.EXAMPLE.org"), normal_email("ana@"), normal_email("ana")
    ('ana@harbor.example.org', None, None)
    """
    try:
        # test_environment lets the names of demonstrations end in .test, which nobody can register.
        checked = validate_email(typed.strip()[: 2 * MAX_EMAIL], check_deliverability=False, test_environment=True)
        address = normal_name(checked.normalized)
    except EmailNotValidError:
        return None
    return address if len(address) <= MAX_EMAIL else None  # some letters become several in lower case


def find_alias_problem(typed: str) -> AliasProblem | None:
    """Return why an alias is refused, or None: 3 to 40 Latin letters, digits, dots, hyphens and underlines.

    Only Latin letters, so that nobody can pass for somebody else with a letter that looks the same.

    >>> find_alias_problem("night.heron-7"), find_alias_problem("a@b")
    (None, <AliasProblem.CHARACTERS: 'characters'>)
    """
    alias = normal_name(typed)
    if len(alias) < MIN_ALIAS:
        return AliasProblem.TOO_SHORT
    if len(alias) > MAX_ALIAS:
        return AliasProblem.TOO_LONG
    is_fit = all(_fits_alias(character) for character in alias) and any(c.isalnum() for c in alias)
    return None if is_fit else AliasProblem.CHARACTERS


def clean_line(typed: str) -> str:
    """Return a typed line without control characters and doubled blanks.

    >>> clean_line(" Ana\\x00 \\t Ruiz\\n")
    'Ana Ruiz'
    """
    visible = (" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in typed)
    return " ".join("".join(visible).split())


def _fits_alias(character: str) -> bool:
    if character in ".-_" or character in "0123456789":
        return True
    return character.isalpha() and unicodedata.name(character, "").startswith("LATIN ")


def _letters(text: str) -> str:
    """Letters only, without accents and in lower case."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalpha())


def _is_made_of(letters: str, words: Collection[str]) -> bool:
    """Whether letters are nothing but words from a list, one after the other."""
    reached = {0}
    for start in range(len(letters)):
        if start in reached:
            reached.update(start + len(word) for word in words if letters.startswith(word, start))
    return bool(letters) and len(letters) in reached


def display_name(name: str | None, alias: str | None, email: str | None) -> str:
    """Return the name others see: the name, else the alias, else what stands before the @."""
    return name or alias or (email or "").split("@")[0]
