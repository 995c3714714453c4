"""The web sites that may show the finder inside their pages: read as staff write them, kept, and shown at once."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, delete, insert, update

from finder.db.catalogue import Catalogue
from finder.db.sites import EmbedSite, Sites, embed_sites
from finder.desk.audit import record
from finder.desk.organizations import find_organization
from finder.desk.publish import publish_beside
from finder.errors import DirectoryRefused
from finder.importers import cells
from finder.importers.cells import CellError, Mended

MOST_ORIGINS, NAME_LONGEST = 20, 120
OWN = ("all", "first", "only")
# What can be cleared, by the option's name, and the field that it is.
CLEARED = {"organization": "organization_key", "own": "own", "phone": "phone", "look": "theme", "condition": "default_condition", "stage": "default_stage", "back": "back_url"}  # fmt: skip
_EXPECTED = {
    "name": f"words on one line, {NAME_LONGEST} letters at most",
    "origin": "the beginning of an https address, like https://www.example.org, without a wildcard; http will do for localhost alone",
    "origins": f"{MOST_ORIGINS} origins at most",
    "phone": "a phone number like 804-555-0100",
    "back": "an address that begins with https:// and one of the site's origins",
}
_ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class SiteWish:
    """What is to be said of a site, as staff write it; None for what is to stay. `origins` replace all before.

    `more_origins` are added to those before. `look` holds colours and shapes by their keys in a site's file, checked.
    """

    name: str | None = None
    origins: Sequence[str] = ()
    more_origins: Sequence[str] = ()
    organization: str | None = None
    own: str | None = None
    phone: str | None = None
    look: Mapping[str, str] | None = None
    condition: str | None = None
    stage: str | None = None
    back: str | None = None
    enabled: bool | None = None
    clear: Collection[str] = ()


@dataclass(frozen=True)
class SiteSaid:
    """What came of a wish: the site's key, and the edition from which on it holds."""

    key: str
    edition: int


def find_site(connection: Connection, key: str) -> dict[str, Any]:
    """Return one site by its key or name. Raises DirectoryRefused (site_missing) naming the nearest there is."""
    known = embed_sites(connection)
    by_name = {one["name"].casefold(): one for one in known.values()}
    found = known.get(key) or by_name.get(key.casefold())
    if found is None:
        near = difflib.get_close_matches(key.casefold(), [*known, *by_name], n=1)
        nearest = by_name[near[0]]["public_key"] if near and near[0] in by_name else "".join(near)
        raise DirectoryRefused("site_missing", value=key[:80], nearest=nearest)
    return found


def add_site(engine: Engine, wish: SiteWish, actor: str) -> SiteSaid:
    """Let a web site show the finder; a name and an origin are needed.

    Raises DirectoryRefused: site_repeated, option_malformed, organization_missing, condition_unknown.
    """
    with engine.connect() as connection:
        change = _read(connection, wish, {})
        known = embed_sites(connection)
    same = next((one for one in known.values() if one["name"].casefold() == change["name"].casefold()), None)
    if same:
        raise DirectoryRefused("site_repeated", name=change["name"], value=same["public_key"])
    key = _key(change["name"], known)

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        row = {"enabled": True, **change, "public_key": key, "created_at": now}
        connection.execute(insert(EmbedSite).values(**row))
        record(connection, now, actor, "site_added", key, edition=edition, **change)

    return SiteSaid(key, publish_beside(engine, flip))


def change_site(engine: Engine, key: str, wish: SiteWish, actor: str) -> SiteSaid:
    """Say something else of a site; what is not named stays. Raises as `add_site` does, and site_missing."""
    with engine.connect() as connection:
        before = find_site(connection, key)
        change = _read(connection, wish, before)
    key = before["public_key"]

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        connection.execute(update(EmbedSite).where(EmbedSite.public_key == key).values(**change))
        record(connection, now, actor, "site_changed", key, edition=edition, **change)

    return SiteSaid(key, publish_beside(engine, flip))


def remove_site(engine: Engine, key: str, actor: str) -> SiteSaid:
    """Take a site off for good; to switch it off is kinder to pages that still name its key. Raises site_missing."""
    with engine.connect() as connection:
        key = find_site(connection, key)["public_key"]

    def flip(connection: Connection, now: dt.datetime, edition: int) -> None:
        connection.execute(delete(EmbedSite).where(EmbedSite.public_key == key))
        record(connection, now, actor, "site_removed", key, edition=edition)

    return SiteSaid(key, publish_beside(engine, flip))


def origin_of(written: str) -> str:
    """Return the origin of an address: scheme, host and port, as browsers write it. Raises ValueError.

    Only https does, but for this machine, where pages are tried out.
    """
    parts = urlsplit(written.strip() if "//" in written else f"https://{written.strip()}")
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(written) from None
    local = host in _ON_THIS_MACHINE
    fine = parts.scheme == "https" or (parts.scheme == "http" and local)
    named = local or re.fullmatch(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", host)
    if not fine or not named or "@" in parts.netloc:
        raise ValueError(written)
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _read(connection: Connection, wish: SiteWish, before: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that change."""
    change: dict[str, Any] = {CLEARED[name]: None for name in wish.clear}
    if wish.name is not None or not before:
        change["name"] = _value("name", wish.name or "", _name)
    if wish.origins or wish.more_origins or not before:
        kept = [] if wish.origins or not before else before["origins"]
        written = [*(wish.origins or ([] if before else [""])), *wish.more_origins]
        change["origins"] = list(dict.fromkeys([*kept, *(_value("origin", one, origin_of) for one in written)]))
        if len(change["origins"]) > MOST_ORIGINS:
            raise _malformed("origins", str(len(change["origins"])))
    if wish.organization is not None:
        change["organization_key"] = find_organization(connection, wish.organization).key
    if wish.phone is not None:
        change["phone"] = _value("phone", wish.phone, cells.phone)
    if wish.look is not None:
        change["theme"] = dict(wish.look)
    if wish.condition is not None:
        known = Catalogue.read(connection).conditions
        if wish.condition not in known:
            near = difflib.get_close_matches(wish.condition, known, n=1)
            raise DirectoryRefused("condition_unknown", value=wish.condition[:80], nearest="".join(near))
        change["default_condition"] = wish.condition
    if wish.back is not None:
        change["back_url"] = _value("back", wish.back, _address)
    if change.get("back_url") or (change.get("origins") and before.get("back_url") and "back_url" not in change):
        back = change.get("back_url") or before["back_url"]
        if origin_of(back) not in (change.get("origins") or before["origins"]):
            raise _malformed("back", back)
    given = {"own": wish.own, "default_stage": wish.stage, "enabled": wish.enabled}
    return change | {name: value for name, value in given.items() if value is not None}


def _name(written: str) -> str:
    words = " ".join(written.split())
    if not 0 < len(words) <= NAME_LONGEST or not words.isprintable():
        raise ValueError(written)
    return words


def _address(written: str) -> str:
    found = cells.url(written)
    if not isinstance(found, str) or not found.startswith("https://"):
        raise ValueError(written)
    return found


def _value(name: str, written: str, read: Callable[[str], Any]) -> Any:
    try:
        found = read(written.strip())
        return found.value if isinstance(found, Mended) else found
    except (ValueError, CellError):
        raise _malformed(name, written) from None


def _malformed(name: str, value: str) -> DirectoryRefused:
    return DirectoryRefused("option_malformed", name=f"--{name}", value=value[:80], expected=_EXPECTED[name])


def _key(name: str, known: Sites) -> str:
    """Return a new key that people can tell apart: a part of the name, and six letters nobody chose."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:24].strip("-")
    while True:
        key = f"{plain or 'site'}-{secrets.token_hex(3)}"
        if key not in known:
            return key
