"""Tables of accounts: people, their secrets and their sessions."""

from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts import rules
from lms.authz import Scope
from lms.db import Model, UtcDateTime, word_column


class PersonState(StrEnum):
    """Whether an account can be used."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Language(StrEnum):
    """Languages of the site."""

    ENGLISH = "en"
    SPANISH = "es"


class Theme(StrEnum):
    """How pages are coloured."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


FORMER_MEMBER = "former-member/"  # before the number of an emptied account; no alias one can choose has a slash


class Person(Model):
    """One account. `email` and `alias` are kept in lower case; one of them is always there."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("email"),
        UniqueConstraint("alias"),
        CheckConstraint("email IS NOT NULL OR alias IS NOT NULL", name="reachable"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254))
    alias: Mapped[str | None] = mapped_column(String(40))
    name: Mapped[str | None] = mapped_column(String(120), comment="as the person writes it; alias people may have none")
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[Language] = mapped_column(word_column(Language, "language"), default=Language.ENGLISH)
    theme: Mapped[Theme] = mapped_column(word_column(Theme, "theme"), default=Theme.AUTO)
    state: Mapped[PersonState] = mapped_column(word_column(PersonState, "state"), default=PersonState.ACTIVE)
    is_administrator: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    second_factor: Mapped["SecondFactor | None"] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def display_name(self) -> str:
        """The name others see: the name, else the alias, else what stands before the @."""
        return shown_name(self.name, self.alias, self.email)

    @property
    def is_former(self) -> bool:
        """Whether the account was emptied: its person was erased, or goes on under another account."""
        return is_former(self.alias)

    @property
    def scope(self) -> Scope:
        """An account belongs to its person."""
        return Scope(person_id=self.id)


def is_former(alias: str | None) -> bool:
    """Say by the alias whether an account was emptied."""
    return alias is not None and alias.startswith(FORMER_MEMBER)


def shown_name(name: str | None, alias: str | None, email: str | None) -> str:
    """Return the name others see, from the columns of a person."""
    return str(_("Former member")) if is_former(alias) else rules.display_name(name, alias, email)


class RecoveryCode(Model):
    """The code with which an alias person gets back in. A newer one voids the older."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInSession(Model):
    """One signed-in browser. The cookie holds a random key; only its hash is kept."""

    __tablename__ = "sign_in_session"
    __table_args__ = (UniqueConstraint("key_hash"), Index("ix_sign_in_session_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64))
    csrf_nonce: Mapped[str] = mapped_column(String(40))
    device: Mapped[str] = mapped_column(String(80), comment="kind of browser and system, for the person's own list")
    organization_id: Mapped[int | None] = mapped_column(comment="the organization the person acts in")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="raise_on_sql")

    @property
    def scope(self) -> Scope:
        """A session belongs to its person."""
        return Scope(person_id=self.person_id)


class LinkPurpose(StrEnum):
    """What a one-use link is for."""

    PASSWORD_RESET = "password-reset"


class OneUseLink(Model):
    """A link sent by mail: one purpose, one use, short life, bound to the address. The secret itself is not stored."""

    __tablename__ = "one_use_link"
    __table_args__ = (UniqueConstraint("secret_hash"), Index("ix_one_use_link_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    purpose: Mapped[LinkPurpose] = mapped_column(word_column(LinkPurpose, "purpose"))
    nonce: Mapped[str] = mapped_column(String(40), comment="the secret is an HMAC of it under the site's key")
    secret_hash: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Model):
    """The app with which a person confirms who they are; one per person, there only once it was confirmed.

    The app's secret is not stored: it is an HMAC of the nonce and the person under the site's key, which stands outside
    the database and its backups.
    """

    __tablename__ = "second_factor"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(40))
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_step: Mapped[int] = mapped_column(BigInteger, comment="half minutes since 1970: a code works once")


class SecondFactorRecoveryCode(Model):
    """One code on paper that stands in for the app once. Hashed under the site's key."""

    __tablename__ = "second_factor_recovery_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class HalfSignIn(Model):
    """A browser whose person gave the right password and not yet a code. It can do nothing but give the code."""

    __tablename__ = "half_sign_in"
    __table_args__ = (UniqueConstraint("key_hash"), Index("ix_half_sign_in_person_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    session_id: Mapped[int | None] = mapped_column(
        ForeignKey("sign_in_session.id", ondelete="CASCADE"), comment="the session it became"
    )
    code_hash: Mapped[str | None] = mapped_column(String(64), comment="of the code that ended it, for a second click")


class PasswordConfirmation(Model):
    """When the password was given once more in a session, before something that matters."""

    __tablename__ = "password_confirmation"

    session_id: Mapped[int] = mapped_column(ForeignKey("sign_in_session.id", ondelete="CASCADE"), primary_key=True)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccountExport(Model):
    """A copy of everything about a person, asked for by that person. The file lies in the data folder for a while."""

    __tablename__ = "account_export"
    __table_args__ = (Index("ix_account_export_person_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    job_id: Mapped[int] = mapped_column(comment="the job that makes it; jobs are forgotten sooner")
    file_name: Mapped[str | None] = mapped_column(String(80))
    n_bytes: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def scope(self) -> Scope:
        """A copy is its person's own."""
        return Scope(person_id=self.person_id)


class Erasure(Model):
    """That the person of an account was erased. Also kept in a file beside the backups, which outlives a restore."""

    __tablename__ = "erasure"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    account_created_at: Mapped[datetime] = mapped_column(UtcDateTime, comment="with the number it names the account")
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)
