"""Accounts of staff: what each role may do, who there is, and signing in."""

from __future__ import annotations

import datetime as dt
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import Connection, Engine, func, insert, select, update

from finder.db.dialect import write_lock
from finder.db.staff import Staff, StaffRole
from finder.desk.audit import record
from finder.desk.sign_in_tries import forget, take_a_try
from finder.errors import DeskRefused

LEAST_CHARACTERS = 12
_NAME = re.compile(r"[^\W_][\w .@'-]{1,59}")
_MOST_CHARACTERS = 500
# Argon2id with the second choice of RFC 9106, as the library has it.
_HASHER = PasswordHasher()


class Deed(enum.Enum):
    """What an account may be needed for."""

    SEE = "see"
    EDIT = "edit"
    PUBLISH = "publish"
    SIGN = "sign"
    MANAGE = "manage"


# Who may do what. A clinician who signs texts has nothing to do with files, and who keeps files signs nothing.
MAY: Mapping[Deed, frozenset[StaffRole]] = {
    Deed.SEE: frozenset(StaffRole),
    Deed.EDIT: frozenset({StaffRole.EDITOR, StaffRole.ADMINISTRATOR}),
    Deed.PUBLISH: frozenset({StaffRole.EDITOR, StaffRole.ADMINISTRATOR}),
    Deed.SIGN: frozenset({StaffRole.CLINICAL_REVIEWER, StaffRole.ADMINISTRATOR}),
    Deed.MANAGE: frozenset({StaffRole.ADMINISTRATOR}),
}


@dataclass(frozen=True)
class Account:
    """Someone who is signed in, or can be. `session_epoch` is that of the sessions that hold now."""

    id: int
    name: str
    role: StaffRole
    session_epoch: int
    created_at: dt.datetime
    last_sign_in_at: dt.datetime | None
    disabled_at: dt.datetime | None

    def may(self, deed: Deed) -> bool:
        """Return whether the account's role may do this."""
        return self.role in MAY[deed]


_COLUMNS = tuple(getattr(Staff, name) for name in Account.__dataclass_fields__)


def accounts(connection: Connection) -> list[Account]:
    """Return all accounts by name, those that are switched off included."""
    return [Account(*row) for row in connection.execute(select(*_COLUMNS).order_by(Staff.name))]


def account_by_id(connection: Connection, staff_id: int) -> Account | None:
    """Return the account with this number, None where there is none or it is switched off."""
    row = connection.execute(select(*_COLUMNS).where(Staff.id == staff_id, Staff.disabled_at.is_(None))).first()
    return Account(*row) if row else None


def find_account(connection: Connection, name: str) -> Account:
    """Return the account of this name. Raises DeskRefused (staff_missing)."""
    known = {one.name: one for one in accounts(connection)}
    if name not in known:
        raise DeskRefused("staff_missing", value=name, known=list(known))
    return known[name]


def add_staff(engine: Engine, name: str, role: StaffRole, password: str, actor: str) -> Account:
    """Make an account. Raises DeskRefused: staff_repeated, staff_name_malformed, password_weak."""
    if not _NAME.fullmatch(name):
        raise DeskRefused("staff_name_malformed", value=name)
    digest, now = _hashed(name, password), dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        if connection.scalar(select(Staff.id).where(func.lower(Staff.name) == name.lower())) is not None:
            raise DeskRefused("staff_repeated", name=name)
        connection.execute(
            insert(Staff).values(
                name=name, role=role, password_hash=digest, session_epoch=0, failed_sign_ins=0, created_at=now
            )
        )
        record(connection, now, actor, "add_staff", name, role=role.value)
        return find_account(connection, name)


def set_role(engine: Engine, name: str, role: StaffRole, actor: str) -> Account:
    """Give an account another role; its sessions end.

    Raises DeskRefused: staff_missing, staff_oneself, staff_last_administrator.
    """
    _refuse_oneself(name, actor)
    return _change(engine, name, actor, "set_staff_role", role=role)


def set_password(engine: Engine, name: str, password: str, actor: str) -> Account:
    """Give an account another password; its sessions end. Raises DeskRefused: staff_missing, password_weak."""
    return _change(engine, name, actor, "set_staff_password", password_hash=_hashed(name, password))


def switch(engine: Engine, name: str, actor: str, *, on: bool) -> Account:
    """Switch an account off, which ends its sessions, or on again.

    What it did keeps its name. Raises DeskRefused: staff_missing, staff_oneself, staff_last_administrator.
    """
    if not on:
        _refuse_oneself(name, actor)
    return _change(
        engine, name, actor, "enable_staff" if on else "disable_staff",
        disabled_at=None if on else dt.datetime.now(dt.UTC),
    )  # fmt: skip


def sign_in(engine: Engine, name: str, password: str, device: str = "") -> Account:
    """Return whose name and password these are; `device` names one that the account was signed in from before.

    Each try counts before it is judged, so that many at once gain nothing. A name that nobody has takes as long, and
    waits as long. Raises DeskRefused: sign_in_refused, or sign_in_wait after too many.
    """
    now = dt.datetime.now(dt.UTC)
    tries = take_a_try(engine, name, device, now)
    with engine.connect() as connection:
        row = connection.execute(
            select(*_COLUMNS, Staff.password_hash).where(Staff.name == name, Staff.disabled_at.is_(None))
        ).first()
    if not _is_right(row.password_hash if row else _nobodys_hash(), password) or row is None:
        raise DeskRefused("sign_in_refused")
    account = Account(*row[:-1])
    with write_lock(engine) as connection:
        forget(connection, tries)
        values: dict[str, object] = {"last_sign_in_at": now}
        if _HASHER.check_needs_rehash(row.password_hash):
            values["password_hash"] = _HASHER.hash(password)
        connection.execute(update(Staff).where(Staff.id == account.id).values(**values))
        record(connection, now, account.name, "sign_in", account.name)
    return account


def sign_out(engine: Engine, account: Account, actor: str) -> None:
    """End every session of an account, wherever its cookie was copied to."""
    now = dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        connection.execute(update(Staff).where(Staff.id == account.id).values(session_epoch=Staff.session_epoch + 1))
        record(connection, now, actor, "sign_out", account.name)


def _change(engine: Engine, name: str, actor: str, action: str, **values: object) -> Account:
    now = dt.datetime.now(dt.UTC)
    with write_lock(engine) as connection:
        before = find_account(connection, name)
        connection.execute(
            update(Staff).where(Staff.id == before.id).values(session_epoch=Staff.session_epoch + 1, **values)
        )
        after = find_account(connection, name)
        managers = [one for one in accounts(connection) if one.may(Deed.MANAGE) and one.disabled_at is None]
        if before.may(Deed.MANAGE) and before.disabled_at is None and not managers:
            raise DeskRefused("staff_last_administrator", name=name)
        record(connection, now, actor, action, name, role=after.role.value)
    return after


def _refuse_oneself(name: str, actor: str) -> None:
    # Whoever sits at the command line is no account, and can undo a slip.
    if name == actor:
        raise DeskRefused("staff_oneself", name=name)


def _hashed(name: str, password: str) -> str:
    too_easy = len(set(password)) < 3 or password.strip().lower() == name.lower()
    if not LEAST_CHARACTERS <= len(password) <= _MOST_CHARACTERS or too_easy:
        raise DeskRefused("password_weak", least=LEAST_CHARACTERS)
    return _HASHER.hash(password)


def _is_right(digest: str, password: str) -> bool:
    try:
        return _HASHER.verify(digest, password[:_MOST_CHARACTERS])
    except Argon2Error:
        return False


_nobodys: list[str] = []


def _nobodys_hash() -> str:
    """Return a hash of no password, so that a name that nobody has takes as long as one that somebody has."""
    if not _nobodys:
        _nobodys.append(_HASHER.hash("of nobody"))
    return _nobodys[0]
