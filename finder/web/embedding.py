"""Inside whose pages a request is shown, and how: the finder under a web site's key, in one of its faces.

Beneath /embed/FACE/KEY stand the same pages as everywhere, in another frame: what WSGI calls the script's name says
under which key, so that every address that a page makes stays beneath it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import request
from sqlalchemy import Connection

from finder.db.sites import SITE_KEY, embed_sites
from finder.errors import SettingError
from finder.logs import log
from finder.site import Site, Theme, colours_of, theme_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# A page of its own; inside an iframe, light or as the reader's device is; and as parts that the element draws.
FACES = ("page", "frame", "frame-auto", "part")
_ENVIRON = "finder.embedding"
_PATH = re.compile(rf"/embed/({'|'.join(FACES)})/({SITE_KEY})(/.*)?")


@dataclass(frozen=True)
class HostSite:
    """A web site that shows the finder. `own` and `phone` are "" where the finder's own settings hold."""

    key: str
    name: str
    origins: tuple[str, ...]
    organization: str
    own: str
    phone: str
    theme: Theme | None
    condition: str
    stage: str
    back_url: str

    def dress(self, site: Site) -> Site:
        """Return what pages know of the hospital, with what this site says of itself in place."""
        return replace(site, theme=self.theme or site.theme, phone=self.phone or site.phone)


@dataclass(frozen=True)
class Embedding:
    """The face that a request asks for, and the site whose page shows it."""

    face: str
    site: HostSite

    @property
    def is_framed(self) -> bool:
        """True inside an iframe."""
        return self.face.startswith("frame")


def embedding() -> Embedding | None:
    """Return inside whose pages this request is shown, None on the finder's own."""
    found: Embedding | None = request.environ.get(_ENVIRON)
    return found


def face() -> str:
    """Return the face of this request, "" on the finder's own pages."""
    found = embedding()
    return found.face if found else ""


def own_page(address: str) -> str:
    """Return the address of the same in a page of its own, for what is printed, shared or opened beside."""
    found = embedding()
    return address.replace(f"/embed/{found.face}/", "/embed/page/", 1) if found else address


def host_sites(connection: Connection) -> dict[str, HostSite]:
    """Return the sites that may show the finder now, by key."""
    return {key: _host_site(one) for key, one in embed_sites(connection).items() if one["enabled"]}


def _host_site(row: Mapping[str, Any]) -> HostSite:
    theme = None
    try:
        theme = theme_of(row["public_key"], colours_of(row["theme"])) if row["theme"] else None
    except (SettingError, ValueError):
        # A later version may ask more of colours than the one that took them.
        log.warning("site_look", site=row["public_key"])
    return HostSite(
        row["public_key"], row["name"], tuple(row["origins"]), row["organization_key"] or "", row["own"] or "",
        row["phone"] or "", theme, row["default_condition"] or "", row["default_stage"] or "",
        row["back_url"] or f"{row['origins'][0]}/",
    )  # fmt: skip


class Mount:
    """The app, found beneath the address of each face of each site as well.

    An address with a key that nobody has is left as it is, and has a page of its own that says so.
    """

    def __init__(self, app: WSGIApplication, sites: Callable[[], Mapping[str, HostSite]]) -> None:
        self._app, self._sites = app, sites

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as WSGI has it."""
        path = environ.get("PATH_INFO", "")
        if path.startswith("/embed/") and (found := _PATH.fullmatch(path)):
            site = self._sites().get(found[2])
            if site is not None:
                rest = found[3] or "/"
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + path[: found.end(2)]
                environ["PATH_INFO"] = rest
                environ[_ENVIRON] = Embedding(found[1], site)
        return self._app(environ, start_response)
