"""Making accounts, and what people or administrators change about them."""

from flask_babel import gettext as _
from sqlalchemy import select, update

from lms import audit, clock, signals
from lms.accounts import rules
from lms.accounts.models import Language, Person, PersonState, Theme
from lms.accounts.services import sessions
from lms.db import db, insert_once
from lms.errors import Conflict, Invalid


def create_person(
    *,
    password_hash: str,
    email: str | None = None,
    alias: str | None = None,
    name: str | None = None,
    language: Language = Language.ENGLISH,
    is_administrator: bool = False,
    by_id: int | None = None,
) -> Person:
    """Make an account; raise Invalid beside `email` or `alias` when that is unfit or taken.

    The hash comes from `passwords.hash_password`, made outside any transaction. `by_id`: who made it; None when
    a person came in by an invitation or a command did it.
    """
    address, known_as = _checked_email(email), _checked_alias(alias)
    if address is None and known_as is None:
        raise Invalid(_("Enter an e-mail address or an alias."), {"email": _("Enter an e-mail address or an alias.")})
    is_new = insert_once(
        Person,
        email=address,
        alias=known_as,
        name=rules.clean_line(name or "")[: rules.MAX_NAME] or None,
        password_hash=password_hash,
        language=Language(language),
        is_administrator=is_administrator,
        created_at=clock.now(),
    )
    if not is_new:
        raise _taken(address, known_as)
    held = Person.email == address if address is not None else Person.alias == known_as
    person = db.session.scalars(select(Person).where(held)).one()
    changes = {"by_alias": known_as is not None, "is_administrator": is_administrator}
    audit.record(by_id, "made an account", _subject(person.id), changes)
    return person


def edit_profile(person_id: int, *, name: str | None, language: Language, theme: Theme) -> None:
    """Change how a person is named and how pages look to them."""
    _update(person_id, name=name, language=language, theme=theme)
    audit.record(person_id, "changed their profile", _subject(person_id), {"language": language, "theme": theme})


def choose_language(person_id: int, language: Language) -> None:
    """Change the language of a person's pages and mail."""
    _update(person_id, language=language)
    audit.record(person_id, "chose a language", _subject(person_id), {"language": language})


def choose_theme(person_id: int, theme: Theme) -> None:
    """Change the colours of a person's pages."""
    _update(person_id, theme=theme)
    audit.record(person_id, "chose colors", _subject(person_id), {"theme": theme})


def suspend_person(person_id: int, *, by_id: int) -> bool:
    """Suspend an account and end its sessions; False when it was suspended already. The last administrator stays."""
    if person_id == by_id:
        raise Conflict(_("You cannot suspend your own account. Ask another administrator."))
    administrators = select(Person.id).where(Person.is_administrator, Person.state == PersonState.ACTIVE)
    # Locked, so that two administrators who suspend each other in the same second do not both succeed.
    if set(db.session.scalars(administrators.order_by(Person.id).with_for_update())) == {person_id}:
        raise Conflict(_("This is the last administrator. Make somebody else an administrator first."))
    if not _move(person_id, PersonState.ACTIVE, PersonState.SUSPENDED):
        return False
    n_sessions = sessions.end_all(person_id)
    audit.record(by_id, "suspended an account", _subject(person_id), {"n_sessions": n_sessions})
    signals.person_suspended.send(None, person_id=person_id)
    return True


def reactivate_person(person_id: int, *, by_id: int) -> bool:
    """Let a suspended account sign in again; False when it was active already. An emptied one stays as it is."""
    if db.session.get_one(Person, person_id).is_former:
        raise Conflict(_("This account was emptied. Nobody can use it again."))
    if not _move(person_id, PersonState.SUSPENDED, PersonState.ACTIVE):
        return False
    audit.record(by_id, "reactivated an account", _subject(person_id))
    return True


def _checked_email(typed: str | None) -> str | None:
    if not typed:
        return None
    address = rules.normal_email(typed)
    if address is None or len(address) > rules.MAX_EMAIL:
        sentence = _("This is not a complete e-mail address. It looks like name@example.org.")
        raise Invalid(sentence, {"email": sentence})
    return address


def _checked_alias(typed: str | None) -> str | None:
    if not typed:
        return None
    if rules.find_alias_problem(typed) is not None:
        sentence = _("An alias has 3 to 40 letters, digits, dots, hyphens or underlines, and no blanks.")
        raise Invalid(sentence, {"alias": sentence})
    return rules.normal_name(typed)


def _taken(address: str | None, alias: str | None) -> Invalid:
    by_alias = alias is not None and db.session.scalar(select(Person.id).where(Person.alias == alias)) is not None
    if by_alias or address is None:
        sentence = _("Somebody already uses this alias. Choose another one.")
        return Invalid(sentence, {"alias": sentence})
    sentence = _("There is already an account with this e-mail address. Sign in with it instead.")
    return Invalid(sentence, {"email": sentence})


def _move(person_id: int, before: PersonState, after: PersonState) -> bool:
    moved = update(Person).where(Person.id == person_id, Person.state == before).values(state=after)
    return bool(db.session.execute(moved).rowcount)  # type: ignore[attr-defined]  # DML returns a CursorResult


def _update(person_id: int, **values: object) -> None:
    db.session.execute(update(Person).where(Person.id == person_id).values(**values))


def _subject(person_id: int) -> audit.Subject:
    return audit.Subject("person", person_id)
