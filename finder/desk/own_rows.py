"""A hospital's own row, written by a reviewer: what would change, whose signature would lapse, and then saved."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from finder.db import profiles
from finder.db.catalogue import Catalogue, content_hash
from finder.desk.catalogue import reviewer_id, withdraw_hospital_row, write_hospital_row
from finder.desk.review import REVIEWED, Change, ReviewRow, changes, new_row, review_row, shipped_body
from finder.desk.row_fields import FIELDS, faults
from finder.errors import CatalogueRefused
from finder.search.lexicon import Lexicon
from finder.search.work import works

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
# Of these a hospital may have rows that the product does not ship; cards are known to the finder by their names.
_MAY_BE_NEW = ("condition", "procedure", "red_flag", "context_rule", "profile")


@dataclass(frozen=True)
class Draft:
    """A row that is not saved: against the row in force, against the shipped one, and whose signatures would lapse.

    `lapsing` are (language, reviewer). `catalogue` is what would be in force.
    """

    row: ReviewRow
    body: Mapping[str, Any]
    content_hash: str
    changed: tuple[Change, ...]
    from_shipped: tuple[Change, ...]
    lapsing: tuple[tuple[str, str], ...]
    catalogue: Catalogue


def draft_of(connection: Connection, kind: str, key: str, body: Mapping[str, Any], now: dt.datetime) -> Draft:
    """Return what a row would be. Raises CatalogueRefused: catalogue_fields_missing, catalogue_row_faulty."""
    row = row_or_new(connection, kind, key, now)
    shipped = shipped_body(connection, kind, key)
    catalogue = Catalogue.read(connection)
    _check(catalogue, kind, key, body, shipped)
    return Draft(
        row, body, content_hash(body), changes(row.body, body), changes(shipped, body) if shipped else (),
        tuple(
            (one.language, signature.reviewer) for one in row.reviews.values() for signature in one.signatures
        ) if content_hash(body) != row.content_hash else (),
        catalogue.with_entry(kind, key, dict(body)),
    )  # fmt: skip


def row_or_new(connection: Connection, kind: str, key: str, now: dt.datetime, like: str = "") -> ReviewRow:
    """Return a row, or where there is none a new one: empty, or `like` another, without its phrases.

    Raises CatalogueRefused where there is none and can be none of this kind or key.
    """
    try:
        return review_row(connection, kind, key, now)
    except CatalogueRefused as refusal:
        if refusal.code != "catalogue_row_unknown" or kind not in _MAY_BE_NEW or not _KEY.fullmatch(key):
            raise
    if not like:
        return new_row(kind, key)
    body = dict(review_row(connection, kind, like, now).body)
    lists: dict[str, Any] = {one.path: [] for one in FIELDS[kind] if one.look == "lines" and one.path in body}
    return new_row(kind, key, body | lists | ({"id": key} if "id" in body else {}))


def save_own_row(
    engine: Engine, kind: str, key: str, body: Mapping[str, Any], reviewer: str, *, seen: str | None = None
) -> int:
    """Put a row into force as the hospital's own; return the edition.

    Raises CatalogueRefused as `draft_of`, and for someone who may not sign, a row without any change, or one that is
    not the one seen any more.
    """
    with engine.connect() as connection:
        reviewer_id(connection, reviewer)
        draft = draft_of(connection, kind, key, body, dt.datetime.now(dt.UTC))
    # Whose row was changed in between is told that, and not that nothing changed.
    if seen is not None and draft.row.content_hash != seen:
        raise CatalogueRefused("catalogue_row_moved", kind=kind, key=key)
    if not draft.changed:
        raise CatalogueRefused("catalogue_row_same", key=key)
    return write_hospital_row(engine, kind, key, body, reviewer, seen=seen or draft.row.content_hash)


def back_to_shipped(engine: Engine, kind: str, key: str, reviewer: str) -> int:
    """Put the shipped row into force again; return the edition.

    One that does not ship is gone then. Raises CatalogueRefused for someone who may not sign, where there is no row of
    the hospital's own, and (catalogue_row_faulty) where other rows name one that would be gone.
    """
    with engine.connect() as connection:
        reviewer_id(connection, reviewer)
        if kind in REVIEWED and shipped_body(connection, kind, key) is None:
            left = Catalogue.read(connection).with_entry(kind, key, None)
            rows = [(one, name, body) for one in REVIEWED for name, body in left.entries[one].items()]
            named = [f"{name} names it" for one, name, body in rows if any(key in fault for fault in faults(left, one, name, body))]  # fmt: skip
            if named:
                raise CatalogueRefused("catalogue_row_faulty", key=key, faults=named)
    return withdraw_hospital_row(engine, kind, key, reviewer)


def _check(
    catalogue: Catalogue, kind: str, key: str, body: Mapping[str, Any], shipped: Mapping[str, Any] | None
) -> None:
    # A new row needs what all others of its kind have.
    all_have = set.intersection(*(set(one) for one in catalogue.entries[kind].values())) if shipped is None else ()
    missing = sorted({*(shipped or all_have), *(profiles.FIELDS if kind == "profile" else ())} - set(body))
    if missing:
        raise CatalogueRefused("catalogue_fields_missing", key=key, fields=missing)
    twin = {"condition": "procedure", "procedure": "condition"}.get(kind, "")
    if key in catalogue.entries.get(twin, {}):
        raise CatalogueRefused("catalogue_row_faulty", key=key, faults=[f"there is a {twin} of this key"])
    if found := faults(catalogue, kind, key, body):
        raise CatalogueRefused("catalogue_row_faulty", key=key, faults=found)
    if kind == "profile" and (lines := profiles.Profile.of(key, body, catalogue.target_kinds).faults):
        raise CatalogueRefused("profile_lines_unknown", key=key, lines=list(lines))
    try:
        made = catalogue.with_entry(kind, key, dict(body))
        works(made)
        Lexicon(made)
        for condition in made.conditions.values():
            condition.opens_first()
            _ = condition.variants
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        # Whatever the checks above do not know: what cannot be worked with is not let in.
        raise CatalogueRefused("catalogue_row_faulty", key=key, faults=[f"it lacks {broken}"]) from None
