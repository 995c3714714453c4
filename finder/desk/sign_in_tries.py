"""How long to wait after sign-ins that failed: counted by name in the database, for all workers and machines.

Addresses do not matter, so that no header of a request can change them. A device that an account was signed in from
before counts for itself, so that strangers who try a name do not keep its owner out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from finder.db.dialect import write_lock
from finder.db.staff import SignInTries
from finder.errors import DeskRefused

_FREE_TRIES = 5
_FIRST_WAIT, _LONGEST_WAIT = 5, 900  # seconds; each failure doubles it
_KEPT = dt.timedelta(days=1)


def take_a_try(engine: Engine, name: str, device: str, now: dt.datetime) -> str:
    """Count a try of a name before it is judged; return under what it was counted.

    Raises DeskRefused (sign_in_wait) where too many failed of late; such a try is not counted.
    """
    key = hashlib.sha256(f"{name.strip().lower()}\n{device}".encode()).hexdigest()
    tries = SignInTries
    with write_lock(engine) as connection:
        # What was counted while a clock was ahead would keep its owner out until that day comes.
        ahead = now + dt.timedelta(seconds=_LONGEST_WAIT)
        connection.execute(delete(tries).where(or_(tries.last_at < now - _KEPT, tries.last_at > ahead)))
        row = connection.execute(select(tries.failed, tries.locked_until).where(tries.key_hash == key)).first()
        if row and row.locked_until and now < row.locked_until <= ahead:
            raise DeskRefused("sign_in_wait", seconds=math.ceil((row.locked_until - now).total_seconds()))
        count = (row.failed if row else 0) + 1
        values = {"failed": count, "last_at": now, "locked_until": _locked_until(count, now)}
        if row:
            connection.execute(update(tries).where(tries.key_hash == key).values(**values))
        else:
            connection.execute(insert(tries).values(key_hash=key, **values))
    return key


def forget(connection: Connection, key: str) -> None:
    """Forget what was counted, once a try was right."""
    connection.execute(delete(SignInTries).where(SignInTries.key_hash == key))


def _locked_until(count: int, now: dt.datetime) -> dt.datetime | None:
    if count < _FREE_TRIES:
        return None
    return now + dt.timedelta(seconds=min(_FIRST_WAIT * 2 ** min(count - _FREE_TRIES, 20), _LONGEST_WAIT))
