"""What is stored is what is meant: the file that has the name now, whole, and JSON that can be read."""

from __future__ import annotations

import errno
import json
import os
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

from finder.errors import StorageFailed

_FILE_TROUBLE = {
    errno.ENOSPC: "storage_full",
    errno.EDQUOT: "storage_full",
    errno.EROFS: "storage_read_only",
    errno.EACCES: "storage_read_only",
    errno.EPERM: "storage_read_only",
    errno.EIO: "storage_failed",
}


def file_trouble(failure: OSError) -> str:
    """Return the code of what a disk refused."""
    return _FILE_TROUBLE.get(failure.errno or 0, "storage_failed")


def is_of_the_disk(failure: BaseException) -> bool:
    """Return whether a failure is one of a disk: no room, no right to write, or broken."""
    return isinstance(failure, OSError) and failure.errno in _FILE_TROUBLE


def read_json(text: str) -> Any:
    """Read what a column of ours holds; what cannot be read was damaged, since nothing else is ever written.

    Raises StorageFailed (storage_damaged).
    """
    try:
        return json.loads(text)
    except ValueError as failure:
        raise StorageFailed("storage_damaged", database="a row of the database") from failure


def keep_to_the_file(engine: Engine, shown: str, *, must_exist: bool) -> None:
    """Let a SQLite engine's connections be to the file that has the name now; `shown` is what to call it.

    SQLite goes on with a file that was moved away or deleted, and so would lose what is written to it; and where there
    is none it makes an empty one, which would stand in the way of the one that is put back.
    """
    path = str(engine.url.database)

    def identity() -> tuple[int, int] | None:
        try:
            found = os.stat(path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def refuse_to_make(_dialect: Any, _record: Any, _args: Any, _words: Any) -> None:
        if must_exist and identity() is None:
            raise StorageFailed("storage_gone", database=shown)

    def remember(_connection: Any, record: Any) -> None:
        record.info["file"] = identity()

    def compare(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.get("file") != identity():
            raise DisconnectionError("another file has the name now")

    event.listen(engine, "do_connect", refuse_to_make)
    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", compare)


def damage(connection: Connection) -> list[str]:
    """Return what SQLite finds wrong in its file, page by page, a line each; PostgreSQL looks at its pages as it reads.

    It takes some seconds for a million rows.
    """
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check(20)")]
    return [] if found == ["ok"] else found
