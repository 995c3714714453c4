"""Load the edition in force, for the engine that is to search it."""

from __future__ import annotations

from sqlalchemy import Engine

from finder.db.edition import load_snapshot
from finder.logs import log
from finder.search.index import Index
from finder.search.postgis import PostgisIndex, search_engine
from finder.search.postgis_rows import choice_of, load_small
from finder.search.snapshot import LAYOUT, Snapshot


def load_edition(engine: Engine, before: Index | None = None) -> Index | None:
    """Return what answers questions about the edition in force; None where it has no snapshot of this layout.

    That is PostGIS where the edition's rows are there and the setting does not want the index. What is the same as
    `before` is not read anew.
    """
    snapshot, choice = before.snapshot if before else None, choice_of(engine)
    if choice != "index" and engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            stored = load_small(connection, snapshot)
        if stored is not None:
            edition, name, small = stored
            searching = before.searching if isinstance(before, PostgisIndex) else search_engine(engine)
            found = PostgisIndex(small, edition, name, searching)
            found.loaded_bytes = found.bytes
            return found
        if choice == "postgis":
            log.warning("rows_missing")
    whole = load_snapshot(engine, LAYOUT)
    if whole is None:
        return None
    index = Index(Snapshot.from_bytes(whole[1], snapshot), whole[0])
    index.loaded_bytes = len(whole[1])
    return index
