"""Change what patients see of one listing, without a file: each change is an edition, and survives every import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select, update

from finder.db.amendable import OWN_FIELDS, POSITION
from finder.db.edition import load_snapshot
from finder.db.reference import zip_points
from finder.db.staff import Amendment
from finder.desk.audit import record
from finder.desk.listings import StaffListing, staff_listing
from finder.desk.publish import publish
from finder.errors import DeskRefused
from finder.importers.amending import Checked, check
from finder.importers.listings import as_cell
from finder.importers.vocabulary import Vocabulary
from finder.search.amended import Written, now_called
from finder.search.snapshot import LAYOUT, Snapshot
from finder.search.sources import sources_in_force

# Where nobody knows a clock: the last of the country to end a day (Samoa Standard Time).
_LAST_CLOCK = ZoneInfo("Etc/GMT+11")
# Who makes the edition in which a change has ended.
THE_CLOCK = "the end of an amendment"


@dataclass(frozen=True)
class AmendmentTold:
    """One change as staff see it; `before` is what the file said when it was written."""

    id: int
    public_id: str
    field: str
    value: str
    before: str
    made_by: str
    made_at: dt.datetime
    ends_at: dt.datetime | None
    withdrawn_at: dt.datetime | None

    def state(self, now: dt.datetime) -> str:
        """Return whether it holds, has ended, or was withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "ended" if self.ends_at is not None and self.ends_at <= now else "in force"


class _EndedAlready(Exception):
    """Another process was first to make the edition in which a change has ended."""


def checked(connection: Connection, found: StaffListing, changes: Mapping[str, Any]) -> Checked:
    """Return what changes of a listing come to, changing nothing. Raises DeskRefused as `amend` does."""
    made = check(found.public_id, found.shown, changes, Vocabulary.read(connection))
    english = made.values.get("notice_en", found.changes.get("notice_en"))
    if made.values.get("notice_es") and not english:
        raise DeskRefused("notice_without_english")
    if "notice_en" in made.values and english is None and found.changes.get("notice_es"):
        # Nobody is told in Spanish what nobody is told in English.
        made.values["notice_es"] = None
    return made


def amend(
    engine: Engine,
    public_id: str,
    changes: Mapping[str, Any],
    actor: str,
    *,
    ends_at: dt.datetime | None = None,
    seen: Mapping[str, str] | None = None,
) -> int:
    """Change fields of a listing until a moment (None: until withdrawn); return the new edition.

    Fields are columns of import files (`finder.db.amendable`) or hidden, notice_en, notice_es, verified_on; values are
    cells, or what cells are read as. A field that is given what its file says, and an empty notice or day, is given
    back to the file. `seen` is what stood in fields when whoever changes them looked; where something else does by now,
    nothing is changed. Raises ListingMissing, and DeskRefused: amendment_field_unknown, amendment_refused (with every
    problem), amendment_nothing, amendment_end_past, amendment_outdated, notice_without_english.
    """
    now = dt.datetime.now(dt.UTC)
    if ends_at is not None and ends_at <= now:
        raise DeskRefused("amendment_end_past", until=f"{ends_at:%Y-%m-%d %H:%M} UTC")
    with engine.connect() as connection:
        found = staff_listing(connection, public_id, now)
        _still(connection, found, seen or {})
        values = dict(checked(connection, found, changes).values)
        for field, value in values.items():
            # Where the file's pin does not count any longer, saying it again is saying something.
            is_own = field in OWN_FIELDS or (field in POSITION and found.laid)
            if not is_own and as_cell(value) == found.cells.get(field, ""):
                values[field] = None
        values = {
            field: value for field, value in values.items() if value is not None or field in found.changes
        }  # fmt: skip
        same = ends_at is None and all(found.changes.get(name) == one for name, one in values.items())
        if same and not any(_ends(connection, found.public_id, name) for name in values):
            raise DeskRefused("amendment_nothing", public_id=found.public_id)
        ids = _known_as(connection, found.public_id)
    return _put(engine, found, ids, values, actor, ends_at, "amend", seen or {})


def withdraw(engine: Engine, public_id: str, field: str, actor: str) -> int:
    """Give a field back to its file, or take down a notice; return the new edition.

    Raises ListingMissing, and DeskRefused (amendment_missing) where nothing holds over the field.
    """
    with engine.connect() as connection:
        found = staff_listing(connection, public_id)
        ids = _known_as(connection, found.public_id)
    # A pin is one thing.
    fields = ("latitude", "longitude") if field in ("latitude", "longitude") else (field,)
    fields = ("notice_en", "notice_es") if field == "notice_en" else fields
    values = dict.fromkeys(name for name in fields if name in found.changes)
    if not values:
        raise DeskRefused("amendment_missing", public_id=found.public_id, field=field[:40])
    return _put(engine, found, ids, values, actor, None, "withdraw_amendment")


def amendments_of(connection: Connection, public_id: str | None = None, *, every: bool = False) -> list[AmendmentTold]:
    """Return changes that hold or have ended, of one listing (by any of its ids) or all; the newest first.

    `every` has those among them that were withdrawn.
    """
    a = Amendment
    wanted = select(
        a.id, a.public_id, a.field, a.value, a.imported_value, a.made_by, a.made_at, a.ends_at, a.withdrawn_at
    ).order_by(a.made_at.desc(), a.id.desc())
    if public_id is not None:
        called = now_called(connection, sources_in_force(connection, {}), [public_id])[public_id]
        wanted = wanted.where(a.public_id.in_(_known_as(connection, called)))
    if not every:
        wanted = wanted.where(a.withdrawn_at.is_(None))
    return [
        AmendmentTold(row.id, row.public_id, row.field, _told(row.value), as_cell(row.imported_value), *row[5:])
        for row in connection.execute(wanted)
    ]


def end_of(day: dt.date, zip_code: str = "") -> dt.datetime:
    """Return the moment at which a day ends by the clock of a ZIP code, by the last in the country where none is."""
    point = zip_points().get(zip_code[:5])
    zone = ZoneInfo(point.time_zone) if point and point.time_zone else _LAST_CLOCK
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, zone).astimezone(dt.UTC)


def last_day_of(ends_at: dt.datetime, zip_code: str = "") -> dt.date:
    """Return the day that somebody named as the last one, by the same clock as `end_of`."""
    point = zip_points().get(zip_code[:5])
    zone = ZoneInfo(point.time_zone) if point and point.time_zone else _LAST_CLOCK
    return (ends_at - dt.timedelta(seconds=1)).astimezone(zone).date()


def end_due(engine: Engine, now: dt.datetime | None = None) -> int | None:
    """Make the edition in which changes whose end has come no longer hold; None where none is due.

    Whoever follows the edition calls this at the moment that the snapshot names. Of several who do so at once one
    makes it.
    """
    now = now or dt.datetime.now(dt.UTC)
    stored = load_snapshot(engine, LAYOUT)
    if stored is None:
        return None
    due = Snapshot.from_bytes(stored[1]).changes_until
    if due is None or due > now:
        return None

    def flip(connection: Connection, at: dt.datetime, edition: int) -> None:
        if edition != stored[0] + 1:
            raise _EndedAlready
        record(connection, at, THE_CLOCK, "end_amendments", str(edition), due=due.isoformat())

    try:
        return publish(engine, {}, flip, now=now)
    except _EndedAlready:
        return None


def _put(
    engine: Engine,
    found: StaffListing,
    ids: Sequence[str],
    values: Mapping[str, Any],
    actor: str,
    ends_at: dt.datetime | None,
    action: str,
    seen: Mapping[str, str] | None = None,
) -> int:
    """Put values of a listing (None: the file's again) in force, and write down who did."""

    def laid(written: Iterable[Written]) -> list[Written]:
        kept = [one for one in written if one.public_id not in ids or one.field not in values]
        # Later than whatever stands there.
        last = max([dt.datetime.now(dt.UTC), *(one.made_at for one in kept)])
        new = ((field, value) for field, value in values.items() if value is not None)
        return kept + [Written(found.public_id, field, value, last, ends_at) for field, value in new]

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        a = Amendment
        at_last = staff_listing(connection, found.public_id, now)
        _still(connection, at_last, seen or {})
        cells = at_last.cells
        connection.execute(
            update(a)
            .where(a.public_id.in_(ids), a.field.in_(list(values)), a.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )
        for field, value in values.items():
            if value is not None:
                replaced = "" if field in OWN_FIELDS else cells.get(field, "")
                connection.execute(
                    insert(a).values(
                        public_id=found.public_id, field=field, value=value, imported_value=replaced, made_by=actor,
                        made_at=now, ends_at=ends_at,
                    )
                )  # fmt: skip
        told = {field: [found.shown.get(field, ""), as_cell(value)] for field, value in values.items()}
        until = ends_at.isoformat() if ends_at else None
        record(connection, now, actor, action, found.public_id, fields=told, until=until, edition=edition)

    return publish(engine, {}, flip, amend=laid)


def _still(connection: Connection, found: StaffListing, seen: Mapping[str, str]) -> None:
    """See that fields of a listing say what they said. Raises DeskRefused (amendment_outdated) where one does not."""
    for field, stood in seen.items():
        if found.stands(field) != stood:
            last = next((one for one in amendments_of(connection, found.public_id) if one.field == field), None)
            by = last.made_by if last and field in found.changes else found.source.name
            raise DeskRefused("amendment_outdated", field=field, value=found.stands(field), name=by)


def _known_as(connection: Connection, public_id: str) -> list[str]:
    """Return the public ids, in use or old, under which changes of a listing are kept, its own among them."""
    a = Amendment
    ids = set(connection.scalars(select(a.public_id).distinct()))
    called = now_called(connection, sources_in_force(connection, {}), ids)
    return sorted({public_id, *(one for one, now in called.items() if now == public_id)})


def _ends(connection: Connection, public_id: str, field: str) -> bool:
    """Return whether a change of a field that holds has an end."""
    return any(one.field == field and one.ends_at is not None for one in amendments_of(connection, public_id))


def _told(value: Any) -> str:
    return "yes" if value is True else as_cell(value)
