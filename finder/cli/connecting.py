"""Why a database cannot be opened, as far as it tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from finder.db.dialect import open_engine, why_not
from finder.errors import FinderError, SettingError, StorageFailed

_ANSWERS = "the address of a database that answers"


def of_database(address: str, name: str, *, shown: str = "", expected: str = _ANSWERS) -> Iterator[FinderError]:
    """Say why the database at an address that `name` gave cannot be opened; nothing where it can."""
    malformed = SettingError("setting_malformed", name=name, value=shown or masked(address), expected=expected)
    try:
        engine = open_engine(address)
    except ImportError:
        yield SettingError("database_driver", name=name)
        return
    except (SQLAlchemyError, ValueError, OSError):
        yield malformed
        return
    try:
        engine.connect().close()
    except (SQLAlchemyError, StorageFailed, OSError, ValueError) as failure:
        url, code = engine.url, why_not(failure)
        where = f"{url.database} at {url.host or 'this machine'}"
        if code == "database_login":
            yield SettingError(code, name=name, user=url.username or "this account", database=where)
        elif code == "database_absent":
            yield SettingError(code, name=name, database=url.database or url.username or "")
        else:
            yield failure if isinstance(failure, StorageFailed) else malformed
    finally:
        engine.dispose()


def masked(text: str) -> str:
    """Return an address without what may be a password."""
    return re.sub(r"//[^/]*@", "//...@", text)
