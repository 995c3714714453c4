"""The scripts that a page around us loads: the element's, and the one that gives an iframe its height.

`v1.js` never changes what it means; `v1.0.0.js` never changes a byte, so that a page may name its hash.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from flask import Response, request

from finder.errors import ListingMissing
from finder.web.compression import asked_coding, packed_once, put
from finder.web.embed.blueprint import blueprint
from finder.web.static_files import script as parts_of

# Raised with every change of the scripts that was released; `scripts/build_embed` then keeps what they were.
VERSION = "1.0.0"
RELEASED = Path(__file__).parent / "released"
MAJOR = VERSION.partition(".")[0]
NAMES = ("", "frame-")
_SHORT = ",".join(f"'{name}v{MAJOR}'" for name in NAMES)


def made(name: str) -> bytes:
    """Return today's script: "" is the element's, "frame-" the iframe's."""
    if name:
        return parts_of("frame")
    return b"// Specialist finder " + VERSION.encode() + b"\n(() => {\n" + parts_of("form", "element") + b"})();\n"


def integrity(name: str) -> str:
    """Return the hash of the script of this version, as a page names it."""
    return "sha384-" + base64.b64encode(hashlib.sha384(_bodies()[f"{name}v{VERSION}.js"]).digest()).decode()


@blueprint.get(f"/<any({_SHORT}):script_name>.js")
def script(script_name: str) -> Response:
    """Answer with the newest script of a first number."""
    return _answer(f"{script_name}.js")


@blueprint.get("/<script_name>.js")
def released_script(script_name: str) -> Response:
    """Answer with a script by all three numbers."""
    return _answer(f"{script_name}.js")


def _answer(file: str) -> Response:
    body = _bodies().get(file)
    if body is None:
        raise ListingMissing("page_missing")
    reply = Response(body, mimetype="text/javascript")
    reply.set_etag(hashlib.blake2b(body, digest_size=12).hexdigest())
    if coding := asked_coding():
        put(reply, _packed(file, coding), coding)
    reply.make_conditional(request)
    return reply


@cache
def _bodies() -> dict[str, bytes]:
    """Return every script by the end of its address: all released ones, and the newest by its first number."""
    found = {path.name: path.read_bytes() for path in RELEASED.glob("*.js")}
    return found | {f"{name}v{MAJOR}.js": found[f"{name}v{VERSION}.js"] for name in NAMES}


@cache
def _packed(name: str, coding: str) -> bytes:
    return packed_once(_bodies()[name], coding)
