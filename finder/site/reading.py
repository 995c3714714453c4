"""Read a site's file: each mistake is one sentence that names the file, the key, and what to write."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from finder.errors import SettingError
from finder.site.identity import Link, Money, Site
from finder.site.keys import CONDITION_PAGES, KEYS, MOST_LINKS, REPEATED, Key, tables
from finder.site.pictures import read_logo
from finder.site.theme import SHAPES, theme_of

_LARGEST_BYTES = 64 * 1024


def read_site(path: Path | None, name: str, phone: str) -> Site:
    """Return the site that a file describes; `name` and `phone` hold where it does not say (or is None).

    Raises SettingError naming the file and the key.
    """
    if path is None:
        return Site(name, phone=phone)
    file = str(path)
    given = _read(path, file)
    site, line, colours = (given.get(table, {}) for table in ("site", "line", "colours"))
    logo = None
    if "logo" in site:
        try:
            logo = read_logo(path.parent, site["logo"])
        except ValueError:
            raise _malformed(file, "site.logo", site["logo"], tables()["site"]["logo"]) from None
    return Site(
        site.get("name", name), site.get("organization", ""), site.get("home_page", ""), line.get("phone", phone),
        logo, theme_of(file, colours) if colours else None, Money(**given.get("money", {})),
        {language: line[f"hours_{language}"] for language in ("en", "es") if f"hours_{language}" in line},
        tuple(Link(**one) for one in given.get("links", ())), given.get(CONDITION_PAGES.table, {}), file,
    )  # fmt: skip


def read_colours(path: Path) -> dict[str, Any]:
    """Return the values of the table [colours] of a site's file, by key. Raises SettingError as `read_site` does."""
    found: dict[str, Any] = _read(path, str(path)).get("colours", {})
    return found


def colours_of(kept: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a table [colours] that was kept as texts; what a version does not know is left out."""
    keys = tables()["colours"]
    return {name: value if name in SHAPES else keys[name].read(value) for name, value in kept.items() if name in keys}


def check_condition_pages(site: Site, conditions: Iterable[str]) -> None:
    """Raise SettingError where a page belongs to a problem that the catalogue does not have."""
    known = list(conditions)
    for key in site.condition_pages:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise SettingError(
                "site_condition_unknown", name=site.file, key=f"{CONDITION_PAGES.table}.{key}", nearest="".join(near)
            )


def _read(path: Path, file: str) -> dict[str, Any]:
    """Return the values of the file, read, by table and key."""
    found = _parsed(path, file)
    known = tables()
    values: dict[str, Any] = {}
    for table, content in found.items():
        if table not in known:
            raise _unknown(file, table, [f"[{name}]" for name in known], difflib.get_close_matches(table, known, n=1))
        if table in REPEATED:
            if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
                raise SettingError("site_table_malformed", name=file, key=table, suggestion=f"[[{table}]]")
            if len(content) > MOST_LINKS:
                raise SettingError("site_links_many", name=file, limit=MOST_LINKS)
            values[table] = [_table(file, table, known[table], one) for one in content]
        elif not isinstance(content, dict):
            raise SettingError("site_table_malformed", name=file, key=table, suggestion=f"[{table}]")
        else:
            values[table] = _table(file, table, known[table], content)
    return values


def _table(file: str, table: str, keys: Mapping[str, Key], content: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for name, value in content.items():
        key = CONDITION_PAGES if table == CONDITION_PAGES.table else keys.get(name)
        if key is None:
            # It may stand in the wrong table.
            near = difflib.get_close_matches(name, keys, n=1) or [f"{one.table}.{one.name}" for one in KEYS if one.name == name]  # fmt: skip
            raise _unknown(file, f"{table}.{name}", list(keys), near)
        whole = isinstance(value, int) and not isinstance(value, bool)
        try:
            if not isinstance(value, str) and not whole:
                raise ValueError(name)
            values[name] = key.read(str(value))
        except ValueError:
            raise _malformed(file, f"{table}.{name}", value, key) from None
    for name in values:
        lacking = [other for other in (keys[name].together if name in keys else ()) if other not in values]
        if lacking:
            raise SettingError("site_key_lacking", name=file, key=f"{table}.{name}", columns=lacking)
    if table in REPEATED and not values:
        raise SettingError("site_key_lacking", name=file, key=f"[[{table}]]", columns=list(keys))
    return values


def _parsed(path: Path, file: str) -> dict[str, Any]:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST_BYTES + 1)
    except (OSError, ValueError):
        raise SettingError("site_file_missing", name=file) from None
    if len(content) > _LARGEST_BYTES:
        raise SettingError("site_file_large", name=file, limit=_LARGEST_BYTES // 1024)
    try:
        # An editor of Windows may have put a mark before the first letter.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as wrong:
        row = content[: wrong.start].count(b"\n") + 1
    except tomllib.TOMLDecodeError as wrong:
        at = re.search(r"line ([0-9]+)", str(wrong))
        row = int(at[1]) if at else len(content.splitlines()) or 1
    raise SettingError("site_not_toml", name=file, row=row)


def _malformed(file: str, key: str, value: Any, of: Key) -> SettingError:
    return SettingError("site_value_malformed", name=file, key=key, value=str(value)[:80], expected=of.expected)


def _unknown(file: str, key: str, known: list[str], near: list[str]) -> SettingError:
    return SettingError("site_key_unknown", name=file, key=key, known=known, nearest="".join(near[:1]))
