"""Publications of large directories: ordered by a request, done by a process of their own, which may be watched.

To prepare 100,000 people for searching takes ten seconds, which is longer than anyone should look at a white page.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from finder.db.datasets import Dataset, Source
from finder.db.dialect import writing
from finder.db.directory import Location, PractitionerRole
from finder.db.publications import OrderState, PublicationOrder
from finder.desk.guards import Attested
from finder.desk.publish import activate
from finder.desk.versions import find_version
from finder.errors import DeskRefused, FinderError
from finder.search.hosting import NOBODY
from finder.search.organizations import Host

# More rows than this take longer than a request should.
MOST_AT_ONCE = 15_000
BEAT, SILENT = dt.timedelta(seconds=5), dt.timedelta(seconds=60)


def takes_long(connection: Connection, source: str, version: int) -> bool:
    """Return whether the edition with a version in force is too large to be made while somebody waits."""
    wanted = find_version(connection, source, version)
    others = select(Dataset.id).join(Source, Source.id == Dataset.source_id).where(
        Dataset.active, Dataset.source_id != wanted.source_id, ~Source.is_demo
    )  # fmt: skip
    ids = [wanted.id, *connection.scalars(others)]
    rows = 0
    for table in (PractitionerRole, Location):
        rows += connection.scalar(select(func.count()).where(table.dataset_id.in_(ids))) or 0
    return rows > MOST_AT_ONCE


def place_order(engine: Engine, source: str, version: int, actor: str, confirmed: Mapping[str, Any]) -> int:
    """Write down that a version is wanted in force; return the order's number. `confirmed` is as `activate` takes it.

    Dates are ISO dates. Whoever places an order sees that `carry_out` is done.
    """
    now = dt.datetime.now(dt.UTC)
    with engine.connect() as connection:
        wanted = find_version(connection, source, version)
    with writing(engine) as connection:
        return connection.execute(
            insert(PublicationOrder)
            .values(
                source=source, version=wanted.version, actor=actor, confirmed=dict(confirmed), state=OrderState.WORKING,
                asked_at=now, heartbeat_at=now, params={},
            )
            .returning(PublicationOrder.id)
        ).scalar_one()  # fmt: skip


def carry_out(engine: Engine, number: int, host: Host = NOBODY) -> int:
    """Publish what an order wants, and write down what came of it; return the edition.

    Raises what `activate` raises, after that was written down; DeskRefused (order_missing, order_done).
    """
    order = find_order(engine, number)
    if order.state is not OrderState.WORKING:
        raise DeskRefused("order_done", value=number)
    try:
        with _beating(engine, number):
            edition = activate(engine, order.source, order.version, order.actor, **wishes(order.confirmed), host=host)
    except FinderError as refusal:
        told = {name: value if isinstance(value, int | list) else str(value) for name, value in refusal.params.items()}
        _write(engine, number, state=OrderState.REFUSED, code=refusal.code, params=told)
        raise
    except BaseException:
        with suppress(FinderError):
            _write(engine, number, state=OrderState.ABANDONED)
        raise
    _write(engine, number, state=OrderState.DONE, edition=edition)
    return edition


def give_up(engine: Engine, number: int) -> None:
    """Write down that nobody works on an order any longer."""
    _write(engine, number, state=OrderState.ABANDONED)


def find_order(engine: Engine, number: int) -> Row[Any]:
    """Return an order; one whose process fell silent is abandoned. Raises DeskRefused (order_missing)."""
    one = PublicationOrder
    with engine.connect() as connection:
        row = connection.execute(select(one.__table__).where(one.id == number)).one_or_none()
    if row is None:
        raise DeskRefused("order_missing", value=number)
    # A beat from the future is of before the clock was set back.
    if row.state is OrderState.WORKING and abs(dt.datetime.now(dt.UTC) - row.heartbeat_at) > SILENT:
        give_up(engine, number)
        return find_order(engine, number)
    return row


def wishes(confirmed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `activate` is told, of what an order keeps."""
    told = {name: value for name, value in confirmed.items() if name not in ("checked_on", "checked_by")}
    if confirmed.get("checked_on"):
        told["attested"] = Attested(dt.date.fromisoformat(confirmed["checked_on"]), confirmed.get("checked_by", ""))
    return told


def _write(engine: Engine, number: int, **values: Any) -> None:
    one = PublicationOrder
    with writing(engine) as connection:
        connection.execute(
            update(one).where(one.id == number, one.state == OrderState.WORKING)
            .values(heartbeat_at=dt.datetime.now(dt.UTC), **values)
        )  # fmt: skip


@contextmanager
def _beating(engine: Engine, number: int) -> Iterator[None]:
    """Say again and again that the order is being worked on."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT.total_seconds()):
            # While the database is away nothing can be said; a later beat may do.
            with suppress(FinderError):
                _write(engine, number)

    thread = threading.Thread(target=beat, name="finder-publication", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
