"""The files of a check on their way into the database and out: hashed, compressed, and never whole in memory."""

from __future__ import annotations

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, delete, insert, select

from finder.db.checks import CheckedFile, FilePiece, FileRole
from finder.errors import DeskRefused, FileRefused
from finder.importers.encodings import refuse_at_sight
from finder.importers.problems import visible
from finder.importers.remembered import inserted

_CHUNK, _PIECE = 2**18, 2**20
_QUICK = 1  # of nine degrees of compression; the others take five times as long for a tenth less
_LONGEST_NAME_BYTES = 200
_LOOKED_AT = 4096


@dataclass(frozen=True)
class PackedFile:
    """A file that is to be stored: `packed` is a file on disk that holds it compressed."""

    name: str
    sha256: str
    size_bytes: int
    packed: IO[bytes]


@dataclass(frozen=True)
class FileOfCheck:
    """A stored file, without its content; `is_kept` tells whether that is still there."""

    id: int
    role: FileRole
    name: str
    sha256: str
    size_bytes: int
    is_kept: bool


@contextmanager
def packed(name: str, content: IO[bytes], limit_mb: int | None = None) -> Iterator[PackedFile]:
    """Compress and hash a file into another one on disk, a little at a time; that one is gone when the block ends.

    Raises FileRefused where it is empty, larger than `limit_mb` million bytes, or plainly no table (when limited).
    """
    name = named(name)
    with tempfile.TemporaryFile(prefix="finder-") as out:
        pack, digest, size = zlib.compressobj(_QUICK), hashlib.sha256(), 0
        while chunk := content.read(_CHUNK):
            if limit_mb is not None and not size:
                refuse_at_sight(name, chunk[:_LOOKED_AT])
            size += len(chunk)
            if limit_mb is not None and size > limit_mb * 1_000_000:
                size += sum(map(len, iter(lambda: content.read(_CHUNK), b"")))
                raise FileRefused("file_too_large", name=name, size_mb=round(size / 1_000_000), limit_mb=limit_mb)
            digest.update(chunk)
            out.write(pack.compress(chunk))
        if not size and limit_mb is not None:
            raise FileRefused("file_empty", name=name)
        out.write(pack.flush())
        yield PackedFile(name, digest.hexdigest(), size, out)


def store(connection: Connection, check_id: int, role: FileRole, file: PackedFile) -> int:
    """Write a file's row and its pieces; return its number."""
    values = {"name": file.name, "sha256": file.sha256, "size_bytes": file.size_bytes}
    file_id = inserted(connection, insert(CheckedFile).values(check_id=check_id, role=role, **values))
    file.packed.seek(0)
    for number, piece in enumerate(iter(lambda: file.packed.read(_PIECE), b"")):
        connection.execute(insert(FilePiece).values(file_id=file_id, number=number, content=piece))
    return file_id


def files_of(connection: Connection, check_id: int) -> list[FileOfCheck]:
    """Return the files of a check, those received first, in the order in which they came."""
    one = CheckedFile
    is_kept = select(FilePiece.id).where(FilePiece.file_id == one.id).exists()
    asked = select(one.id, one.role, one.name, one.sha256, one.size_bytes, is_kept).where(one.check_id == check_id)
    return [FileOfCheck(*row) for row in connection.execute(asked.order_by(one.id))]


def content_of(engine: Engine, file_id: int) -> Iterator[bytes]:
    """Yield the content of a file. Raises DeskRefused (check_file_gone) where it is not kept any more."""
    unpack, number = zlib.decompressobj(), 0
    while not unpack.eof:
        # A short look for each piece, so that a slow reader holds no connection.
        with engine.connect() as connection:
            one = FilePiece
            piece = connection.scalar(select(one.content).where(one.file_id == file_id, one.number == number))
        if piece is None:
            raise DeskRefused("check_file_gone")
        # What was received may be one letter, a hundred million times.
        while out := unpack.decompress(piece, _PIECE):
            yield out
            piece = unpack.unconsumed_tail
        number += 1


def write_out(engine: Engine, check_id: int, folder: Path) -> list[Path]:
    """Write the received files of a check into a folder under their names; return their paths in order."""
    with engine.connect() as connection:
        received = [one for one in files_of(connection, check_id) if one.role is FileRole.RECEIVED]
    paths = []
    for number, file in enumerate(received):
        # Each in a folder of its own, since two may have one name.
        path = folder / str(number) / file.name
        path.parent.mkdir()
        with open(path, "wb") as out:
            out.writelines(content_of(engine, file.id))
        paths.append(path)
    return paths


def remove_contents(connection: Connection, check_id: int, *roles: FileRole) -> None:
    """Remove the content of a check's files; made ones lose their row too, what was received stays on record."""
    of_check = select(CheckedFile.id).where(CheckedFile.check_id == check_id, CheckedFile.role.in_(roles))
    connection.execute(delete(FilePiece).where(FilePiece.file_id.in_(of_check)))
    made = [role for role in roles if role is not FileRole.RECEIVED]
    connection.execute(delete(CheckedFile).where(CheckedFile.check_id == check_id, CheckedFile.role.in_(made)))


def named(name: str) -> str:
    """Return a file's name as it may stand in a folder and on a page: no path, nothing unseen, not too long."""
    bare = visible(name.replace("\\", "/").rstrip("/").rpartition("/")[2]).strip()
    bare = bare.encode(errors="replace").decode()
    stem, dot, ending = bare.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and len(ending) <= 8 else (bare, "")
    room = _LONGEST_NAME_BYTES - len(ending.encode())
    short = stem.encode()[:room].decode(errors="ignore").strip()
    return f"{short}{ending}" if short.strip(".") else "file"
