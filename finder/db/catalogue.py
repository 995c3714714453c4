"""The catalogue: conditions, procedures, profiles, words and urgency. Shipped rows, a hospital's own, who signed them.

A row is one version of one entry; its content is never changed. What is in force is the newest version of each entry,
and the hospital's before the shipped one.
"""

from __future__ import annotations

import datetime as dt
import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, UniqueConstraint, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from finder.db.base import Base, Numbered, choice
from finder.db.conditions import Condition
from finder.db.directory import TargetKind
from finder.db.profiles import Profile
from finder.errors import StorageFailed

# Sections of the shipped file that are maps of id to entry, lists of entries, or loose words; the rest of the
# file (examples, sources, how it was checked) is for those who review it and is not loaded.
_MAPS = ("cards", "role_groups", "taxonomy_sets", "taxonomies", "word_groups", "procedures")
_LISTS = ("red_flags", "context_rules", "conditions", "profiles")
_WORDS = ("negations", "negations_after", "not_a_negation", "follow_up_words", "now_words")


class Origin(enum.Enum):
    """Who wrote a catalogue row."""

    SHIPPED = "shipped"
    HOSPITAL = "hospital"


class CatalogueRow(Numbered, Base):
    """One version of one entry, as JSON. `superseded_at` is empty in the newest version."""

    __tablename__ = "catalogue_row"
    __table_args__ = (UniqueConstraint("kind", "key", "origin", "version"),)

    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(80))
    origin: Mapped[Origin] = mapped_column(choice(Origin, "origin"))
    version: Mapped[int]
    position: Mapped[int]
    body: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    based_on_hash: Mapped[str | None] = mapped_column(String(64))
    written_at: Mapped[dt.datetime]
    superseded_at: Mapped[dt.datetime | None]


class SignOff(Numbered, Base):
    """A reviewer's approval of one catalogue row in one language; it holds while the hash is that of the row."""

    __tablename__ = "sign_off"
    __table_args__ = (Index("ix_sign_off_row", "kind", "key", "language"),)

    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(2))
    content_hash: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    signed_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]


class Catalogue:
    """The entries in force, by kind and id, in their order."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self.entries = entries
        childrens = frozenset(entries.get("taxonomy_set", {}).get("children", {"codes": ()})["codes"])
        self.conditions = {key: Condition(key, body, childrens) for key, body in entries["condition"].items()}
        self._groups = {
            code: group for group, body in reversed(list(entries["role_group"].items())) for code in body["taxonomies"]
        }

    @classmethod
    def read(cls, connection: Connection) -> Catalogue:
        """Read what is in force: the hospital's row where there is one, else the shipped.

        Raises StorageFailed (storage_damaged) where a row is not what its hash says, so that nothing is made of it.
        """
        rows = connection.execute(
            select(
                CatalogueRow.kind, CatalogueRow.key, CatalogueRow.origin, CatalogueRow.body, CatalogueRow.content_hash
            )
            .where(CatalogueRow.superseded_at.is_(None))
            .order_by(CatalogueRow.kind, CatalogueRow.position, CatalogueRow.key)
        ).all()
        entries: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        for row in rows:
            if content_hash(row.body) != row.content_hash:
                raise StorageFailed("storage_damaged", database=f"catalogue row {row.kind} {row.key}")
            if row.origin is Origin.HOSPITAL or row.key not in entries[row.kind]:
                entries[row.kind][row.key] = row.body
        return cls(entries)

    def with_entry(self, kind: str, key: str, body: dict[str, Any] | None) -> Catalogue:
        """Return a catalogue in which one entry is another, or is gone (None)."""
        entries = {name: dict(of_kind) for name, of_kind in self.entries.items()}
        if body is None:
            entries[kind].pop(key, None)
        else:
            entries[kind][key] = body
        return Catalogue(entries)

    @property
    def role_groups(self) -> Mapping[str, Any]:
        """Role groups in order: surgeon, non_surgical_doctor, therapist, advanced_practice."""
        return self.entries["role_group"]

    @property
    def specialties(self) -> Mapping[str, Any]:
        """NUCC codes with their names in patients' words."""
        return self.entries["taxonomy"]

    @cached_property
    def target_kinds(self) -> Mapping[str, TargetKind]:
        """Every id that work can be stated of: conditions, then procedures."""
        procedures = dict.fromkeys(self.entries["procedure"], TargetKind.PROCEDURE)
        return dict.fromkeys(self.conditions, TargetKind.CONDITION) | procedures

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Words that stand for several stated capabilities. A snapshot of an earlier version has none."""
        rows = self.entries.get("profile", {})
        return {key: Profile.of(key, body, self.target_kinds) for key, body in rows.items()}

    def group_of(self, specialties: Iterable[str]) -> str | None:
        """Return the role group of the first specialty that has one."""
        return next((self._groups[code] for code in specialties if code in self._groups), None)


KINDS = {
    "card": "cards",
    "role_group": "role_groups",
    "taxonomy_set": "taxonomy_sets",
    "taxonomy": "taxonomies",
    "word_group": "word_groups",
    "procedure": "procedures",
    "red_flag": "red_flags",
    "context_rule": "context_rules",
    "condition": "conditions",
    "words": "",
    "profile": "profiles",
}


def shipped_entries(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (kind, key, body) of every entry of the shipped catalogue file, in the file's order."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    entries: list[tuple[str, str, dict[str, Any]]] = []
    for kind, section in KINDS.items():
        if section in _MAPS:
            wrapped = {key: body if isinstance(body, dict) else {"codes": body} for key, body in whole[section].items()}
            entries += [(kind, key, body) for key, body in wrapped.items()]
        elif section in _LISTS:
            entries += [(kind, body["id"], body) for body in whole[section]]
        else:
            entries += [(kind, key, whole[key]) for key in _WORDS]
    return entries


@dataclass(frozen=True)
class _Differing:
    """What of the shipped entries is otherwise than stored: rows to write, (id, position) to move, ids to retire."""

    new: list[dict[str, Any]]
    moved: list[tuple[int, int]]
    superseded: list[int]
    number: int


def shipped_differs(connection: Connection, entries: Iterable[tuple[str, str, dict[str, Any]]]) -> bool:
    """Tell, without writing, whether `write_shipped` would change anything."""
    return bool(_differing(connection, entries).number)


def write_shipped(connection: Connection, entries: Iterable[tuple[str, str, dict[str, Any]]], now: dt.datetime) -> int:
    """Store the shipped entries that are new or changed, and retire those that are gone; return how many differ.

    Only shipped rows are touched, so that nothing a hospital wrote or signed is changed by an upgrade. An entry that
    only moved keeps its version, since its content is as it was signed.
    """
    row, found = CatalogueRow, _differing(connection, entries)
    if found.superseded:
        connection.execute(update(row).where(row.id.in_(found.superseded)).values(superseded_at=now))
    for row_id, position in found.moved:
        connection.execute(update(row).where(row.id == row_id).values(position=position))
    if found.new:
        connection.execute(insert(row).values(written_at=now), found.new)
    return found.number


def _differing(connection: Connection, entries: Iterable[tuple[str, str, dict[str, Any]]]) -> _Differing:
    row = CatalogueRow
    known = connection.execute(
        select(row.id, row.kind, row.key, row.version, row.position, row.content_hash, row.superseded_at)
        .where(row.origin == Origin.SHIPPED)
        .order_by(row.version)
    ).all()
    newest = {(one.kind, one.key): one for one in known}
    in_force = {entry: one for entry, one in newest.items() if one.superseded_at is None}
    new: list[dict[str, Any]] = []
    moved: list[tuple[int, int]] = []
    superseded = set(in_force)
    for position, (kind, key, body) in enumerate(entries):
        entry, fingerprint = (kind, key), content_hash(body)
        if entry in in_force and in_force[entry].content_hash == fingerprint:
            superseded.discard(entry)
            if in_force[entry].position != position:
                moved.append((in_force[entry].id, position))
            continue
        new.append(
            {
                "kind": kind, "key": key, "origin": Origin.SHIPPED, "position": position, "body": body,
                "content_hash": fingerprint,
                "version": newest[entry].version + 1 if entry in newest else 1,
            }
        )  # fmt: skip
    number = len(superseded | {(one["kind"], one["key"]) for one in new}) + len(moved)
    return _Differing(new, moved, [in_force[entry].id for entry in superseded], number)


def content_hash(body: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an entry, the same whatever the order of its fields."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
