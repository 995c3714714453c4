"""Style sheet, script, font and icon: read and packed once, at addresses that change with what they hold."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from finder.errors import ListingMissing
from finder.web.compression import asked_coding, packed_once, packs, put
from finder.web.embed_sheet import embed_sheet

_FOLDER, _SCRIPTS = Path(__file__).parent / "static", Path(__file__).parent / "scripts"
_VERSION = re.compile(r"[0-9a-f]{12}/")
# Of these a machine's own tables may say otherwise, or nothing.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class StaticFiles:
    """The files of a folder in memory, some 50 kB, and those that are made of others.

    `version` is of all of them, so that one may name another.
    """

    def __init__(self, folder: Path, made: Mapping[str, bytes]) -> None:
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self._bodies = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths} | dict(made)
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


def script(*parts: str) -> bytes:
    """Return a script made of parts: our own pages and the element have the form's in common."""
    return b"\n".join((_SCRIPTS / f"{part}.js").read_bytes() for part in parts)


def page_sheet() -> str:
    """Return the style sheet of our pages."""
    return (_FOLDER / "style.css").read_text(encoding="utf-8")


def files() -> StaticFiles:
    """Return the static files, those of the folder and those made of others."""
    sheet = page_sheet()
    made = {
        "finder.js": script("form", "page"),
        **{f"{name}.js": script(name) for name in ("snippets", "desk-keys", "phone", "check")},
        "embed.css": embed_sheet(sheet).encode(),
    }  # fmt: skip
    return StaticFiles(_FOLDER, made)


def install(app: Flask) -> None:
    """Answer for static files: `url_for("static")` names the version in force; other addresses do for a day.

    A page that a browser has kept may name the version before.
    """
    found = files()
    app.add_url_rule(f"/static/{found.version}/<path:filename>", "static", found.answer)
    app.add_url_rule(
        "/static/<path:filename>", "static.named", lambda filename: found.answer(_VERSION.sub("", filename, count=1))
    )
