"""Erasing a person: every slice lets go of what it holds, then the account is emptied. It stays so after a restore."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from lms import audit, clock, jobs, links, signals
from lms.accounts.erasure_ledger import Erased
from lms.accounts.models import AccountExport, Erasure, Person, PersonState
from lms.accounts.services import merging
from lms.db import db, insert_once
from lms.errors import Conflict

KEEP_LEDGER = "accounts-keep-erasures"
MAIL_PURPOSE = "erased-address"


def erase_person(person_id: int, *, by_id: int | None, site_key: str) -> None:
    """Erase somebody; Conflict for the last administrator and for an account that was emptied before.

    The caller has seen to it that whatever needs somebody (an organization its lead) has somebody else.
    `by_id` None: erased again after a restore.
    """
    person = db.session.get_one(Person, person_id, populate_existing=True, with_for_update=True)
    if person.is_former:
        raise Conflict(_("This account was emptied before."))
    if by_id is not None and person.is_administrator:
        _refuse_last_administrator(person_id)
    address, created_at = person.email, person.created_at
    signals.person_erased.send(None, person_id=person_id)
    copies = select(AccountExport.file_name).where(
        AccountExport.person_id == person_id, AccountExport.file_name.is_not(None)
    )
    files = sorted(name for name in db.session.scalars(copies) if name is not None)
    merging.empty_account(person_id)
    db.session.expire(person)
    insert_once(Erasure, person_id=person_id, account_created_at=created_at, erased_at=clock.now())
    # The address itself is kept nowhere: whoever looks for mail to it compares what they find.
    mark = links.derive_secret(site_key, MAIL_PURPOSE, address) if address else None
    jobs.ask(KEEP_LEDGER, {"address_mark": mark, "files": files})
    said = {"is_own": by_id == person_id, "is_again": by_id is None}
    audit.record(by_id, "erased a person", audit.Subject("person", person_id), said)


def list_erased() -> list[Erased]:
    """Return everybody who was erased, as the ledger says it."""
    return [
        Erased(row.person_id, row.account_created_at.isoformat(), row.erased_at.isoformat())
        for row in db.session.scalars(select(Erasure).order_by(Erasure.erased_at, Erasure.person_id))
    ]


def erase_again(ledger: Iterable[Erased], *, site_key: str) -> int:
    """Erase whom a restored backup brought back; return how many. A number alone names nobody: the day must fit too."""
    wanted = {each.person_id: each.account_created_at for each in ledger}
    if not wanted:
        return 0
    back = select(Person).where(Person.id.in_(sorted(wanted))).order_by(Person.id)
    n_erased = 0
    for person in db.session.scalars(back).all():
        if not person.is_former and person.created_at.isoformat() == wanted[person.id]:
            erase_person(person.id, by_id=None, site_key=site_key)
            n_erased += 1
    return n_erased


def _refuse_last_administrator(person_id: int) -> None:
    administrators = select(Person.id).where(Person.is_administrator, Person.state == PersonState.ACTIVE)
    if set(db.session.scalars(administrators.order_by(Person.id).with_for_update())) <= {person_id}:
        raise Conflict(_("This is the last administrator. Make somebody else an administrator first."))
