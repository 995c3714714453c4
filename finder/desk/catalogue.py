"""The catalogue at the desk: a hospital's own rows, clinical sign-offs, and what changed beneath them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from finder.db import profiles
from finder.db.catalogue import KINDS, Catalogue, CatalogueRow, Origin, SignOff, content_hash
from finder.db.staff import Staff, StaffRole
from finder.desk.audit import record
from finder.desk.publish import publish, publish_beside
from finder.errors import CatalogueRefused

_REVIEWERS = (StaffRole.CLINICAL_REVIEWER, StaffRole.ADMINISTRATOR)
# Red flags decide who is sent to an emergency room, so one person's word is not enough.
SIGNERS_NEEDED: Mapping[str, int] = defaultdict(lambda: 1, red_flag=2)
LANGUAGES = ("en", "es")
_LAST = 1_000_000


@dataclass(frozen=True)
class Changed:
    """A hospital's row whose shipped row is no longer the one that it was written from."""

    kind: str
    key: str
    fields: tuple[str, ...]


def write_hospital_row(
    engine: Engine, kind: str, key: str, body: Mapping[str, Any], actor: str, *, seen: str | None = None
) -> int:
    """Store a hospital's own version of an entry, new or changed, and put it in force; return the edition.

    The row remembers the shipped row beneath it. Raises CatalogueRefused for a kind that there is not, a body that
    lacks fields of the shipped row, or, where `seen` is given, a row in force whose hash is another by now. A profile
    must have all its fields, and lines that the catalogue knows, since an import takes it at its word.
    """
    if kind not in KINDS:
        raise CatalogueRefused("catalogue_kind_unknown", kind=kind, known=list(KINDS))
    with engine.connect() as connection:
        shipped = _in_force(connection, kind, key, Origin.SHIPPED)
        targets = Catalogue.read(connection).target_kinds if kind == "profile" else {}
    needed = {*(shipped["body"] if shipped else ()), *(profiles.FIELDS if kind == "profile" else ())}
    missing = sorted(needed - set(body))
    if missing:
        raise CatalogueRefused("catalogue_fields_missing", key=key, fields=missing)
    faults = profiles.Profile.of(key, body, targets).faults if kind == "profile" else ()
    if faults:
        raise CatalogueRefused("profile_lines_unknown", key=key, lines=list(faults))
    row = CatalogueRow

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        _refuse_moved(connection, kind, key, seen)
        _supersede(connection, kind, key, now)
        newest = connection.scalar(
            select(func.max(row.version)).where(row.kind == kind, row.key == key, row.origin == Origin.HOSPITAL)
        )
        connection.execute(
            insert(row).values(
                kind=kind, key=key, origin=Origin.HOSPITAL, version=(newest or 0) + 1, body=dict(body),
                position=shipped["position"] if shipped else _LAST, content_hash=content_hash(body),
                written_at=now, based_on_hash=shipped["content_hash"] if shipped else None,
            )
        )  # fmt: skip
        record(connection, now, actor, "write_catalogue_row", f"{kind}:{key}", edition=edition)

    return publish(engine, {}, flip, revise=lambda catalogue: catalogue.with_entry(kind, key, dict(body)))


def withdraw_hospital_row(engine: Engine, kind: str, key: str, actor: str) -> int:
    """Go back to the shipped row; return the edition. Raises CatalogueRefused where there is no hospital's row."""
    with engine.connect() as connection:
        mine = _in_force(connection, kind, key)
        shipped = _in_force(connection, kind, key, Origin.SHIPPED)
    if mine is None or mine["origin"] is not Origin.HOSPITAL:
        raise CatalogueRefused("catalogue_row_unknown", kind=kind, key=key)

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        _supersede(connection, kind, key, now)
        record(connection, now, actor, "withdraw_catalogue_row", f"{kind}:{key}", edition=edition)

    body = shipped["body"] if shipped else None
    return publish(engine, {}, flip, revise=lambda catalogue: catalogue.with_entry(kind, key, body))


def changed_beneath(connection: Connection) -> list[Changed]:
    """Return the hospital's rows whose shipped row has changed since they were written, with the fields that differ."""
    row = CatalogueRow
    mine = connection.execute(
        select(row.kind, row.key, row.based_on_hash).where(row.origin == Origin.HOSPITAL, row.superseded_at.is_(None))
    ).all()
    found = []
    for one in mine:
        shipped = _in_force(connection, one.kind, one.key, Origin.SHIPPED)
        if (shipped["content_hash"] if shipped else None) == one.based_on_hash:
            continue
        before = connection.scalar(
            select(row.body).where(
                row.kind == one.kind, row.key == one.key, row.origin == Origin.SHIPPED,
                row.content_hash == one.based_on_hash,
            )
        )  # fmt: skip
        found.append(Changed(one.kind, one.key, differing_fields(before or {}, shipped["body"] if shipped else {})))
    return sorted(found, key=lambda change: (change.kind, change.key))


def differing_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the fields in which two versions of an entry differ."""
    return tuple(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))


def sign_off(
    engine: Engine,
    kind: str,
    key: str,
    language: str,
    reviewer: str,
    *,
    expires_at: dt.datetime | None = None,
    seen: str | None = None,
) -> str:
    """Record that a clinical reviewer approves the row in force, in one language; return the hash approved.

    The hash covers the whole row, so that any later change of it voids the sign-off. What is signed changes what
    patients read, so the edition is raised. Raises CatalogueRefused for a row on hold, a row that is not there, someone
    who may not sign, or, where `seen` (the hash that was shown) is given, a row that is another by now.
    """
    approved: list[str] = []

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        staff_id = reviewer_id(connection, reviewer)
        row = _in_force(connection, kind, key)
        if row is None or language not in LANGUAGES:
            raise CatalogueRefused("catalogue_row_unknown", kind=kind, key=key)
        _refuse_moved(connection, kind, key, seen)
        if row["body"].get("status") == "hold":
            raise CatalogueRefused("catalogue_row_on_hold", key=key)
        values = {
            "kind": kind, "key": key, "language": language, "content_hash": row["content_hash"],
            "staff_id": staff_id, "signed_at": now, "expires_at": expires_at,
        }  # fmt: skip
        connection.execute(insert(SignOff).values(**values))
        approved.append(str(row["content_hash"]))
        record(
            connection, now, reviewer, "sign_off", f"{kind}:{key}", language=language, hash=row["content_hash"],
            expires_at=expires_at.isoformat() if expires_at else None, edition=edition,
        )  # fmt: skip

    publish_beside(engine, flip)
    return approved[-1]


def withdraw_sign_off(
    engine: Engine, kind: str, key: str, language: str, reviewer: str, actor: str | None = None
) -> int:
    """Take back what a reviewer signed of a row in one language; return the edition.

    `actor` is who takes it back, where that is another one: only a reviewer may. Raises CatalogueRefused for someone
    who may not, and (sign_off_missing) where the reviewer has signed nothing that could be taken back.
    """
    by = actor or reviewer

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        reviewer_id(connection, by)
        whose = select(Staff.id).where(Staff.name == reviewer).scalar_subquery()
        taken = connection.execute(
            update(SignOff)
            .where(
                SignOff.kind == kind, SignOff.key == key, SignOff.language == language, SignOff.staff_id == whose,
                SignOff.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )  # fmt: skip
        if not taken.rowcount:
            raise CatalogueRefused("sign_off_missing", reviewer=reviewer, kind=kind, key=key)
        record(
            connection, now, by, "withdraw_sign_off", f"{kind}:{key}", language=language, reviewer=reviewer,
            edition=edition,
        )  # fmt: skip

    return publish_beside(engine, flip)


def reviewer_id(connection: Connection, name: str) -> int:
    """Return the number of an account that may sign. Raises CatalogueRefused (reviewer_refused) for any other name."""
    staff = connection.execute(
        select(Staff.id, Staff.role).where(Staff.name == name, Staff.disabled_at.is_(None))
    ).first()
    if staff is None or staff.role not in _REVIEWERS:
        raise CatalogueRefused("reviewer_refused", reviewer=name)
    return int(staff.id)


def is_signed(connection: Connection, kind: str, key: str, language: str, now: dt.datetime) -> bool:
    """Return whether the row in force is approved in a language: by two people for a red flag, else by one."""
    row = _in_force(connection, kind, key)
    if row is None:
        return False
    signers = connection.scalar(
        select(func.count(SignOff.staff_id.distinct())).where(
            SignOff.kind == kind, SignOff.key == key, SignOff.language == language,
            SignOff.content_hash == row["content_hash"], SignOff.withdrawn_at.is_(None),
            (SignOff.expires_at.is_(None)) | (SignOff.expires_at > now),
        )
    )  # fmt: skip
    return (signers or 0) >= SIGNERS_NEEDED[kind]


def _in_force(connection: Connection, kind: str, key: str, origin: Origin | None = None) -> Mapping[str, Any] | None:
    """Return the row in force: the hospital's where there is one, else the shipped; or that of one origin."""
    row = CatalogueRow
    wanted = select(row).where(row.kind == kind, row.key == key, row.superseded_at.is_(None))
    if origin is not None:
        wanted = wanted.where(row.origin == origin)
    found = {one["origin"]: one for one in connection.execute(wanted).mappings()}
    chosen = found.get(Origin.HOSPITAL) or found.get(Origin.SHIPPED)
    return dict(chosen) if chosen is not None else None


def _refuse_moved(connection: Connection, kind: str, key: str, seen: str | None) -> None:
    """Raise CatalogueRefused where the row in force is not the one that was seen."""
    row = _in_force(connection, kind, key)
    if seen is not None and (row["content_hash"] if row else "") != seen:
        raise CatalogueRefused("catalogue_row_moved", kind=kind, key=key)


def _supersede(connection: Connection, kind: str, key: str, now: dt.datetime) -> None:
    row = CatalogueRow
    connection.execute(
        update(row)
        .where(row.kind == kind, row.key == key, row.origin == Origin.HOSPITAL, row.superseded_at.is_(None))
        .values(superseded_at=now)
    )
