"""Style sheet, script, font and icon: read and packed once, at addresses that change with what they hold."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from finder.errors import ListingMissing
from finder.web.compression import asked_coding, packed_once, packs, put

_FOLDER = Path(__file__).parent / "static"
_VERSION = re.compile(r"[0-9a-f]{12}/")
# Of these a machine's own tables may say otherwise, or nothing.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class StaticFiles:
    """The files of a folder in memory, some 50 kB. `version` is of all of them, so that one may name another."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._bodies = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        told = hashlib.blake2b(digest_size=6)
        for name, body in self._bodies.items():
            told.update(f"{name} {len(body)} ".encode() + body)
        self.version = told.hexdigest()
        self._packed = lru_cache(maxsize=None)(self._pack)

    def answer(self, filename: str) -> Response:
        """Return a file. Raises ListingMissing where there is none."""
        body = self._bodies.get(filename)
        if body is None:
            raise ListingMissing("page_missing")
        suffix = Path(filename).suffix
        kind = _TYPES.get(suffix) or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        reply = Response(body, mimetype=kind)
        reply.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
        coding = asked_coding()
        if coding and packs(reply.mimetype or ""):
            put(reply, self._packed(filename, coding), coding)
        reply.make_conditional(request)
        return reply

    def _pack(self, filename: str, coding: str) -> bytes:
        return packed_once(self._bodies[filename], coding)


def install(app: Flask) -> None:
    """Answer for static files: `url_for("static")` names the version in force; other addresses do for a day.

    A page that a browser has kept may name the version before.
    """
    files = StaticFiles(_FOLDER)
    app.add_url_rule(f"/static/{files.version}/<path:filename>", "static", files.answer)
    app.add_url_rule(
        "/static/<path:filename>", "static.named", lambda filename: files.answer(_VERSION.sub("", filename, count=1))
    )
