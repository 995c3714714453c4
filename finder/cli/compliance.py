"""The page handed to compliance: data, answers, looks, settings, backups and versions, put together as HTML."""

from __future__ import annotations

import datetime as dt
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import Engine

from finder import __version__
from finder.cli.settings import doubts, shown
from finder.config import Settings, read
from finder.db.migrations import head_revision, revision
from finder.db.sites import embed_sites
from finder.desk.audit import Head
from finder.desk.compliance import Line, Section, Standing, of_data
from finder.search.organizations import Host
from finder.site import colours_of, figures, read_colours
from finder.site.colours import Colour
from finder.site.theme import OURS, SET

_BACKUP_OLD_AFTER = dt.timedelta(days=2)
_PACKAGE = "specialist-finder"
_NOT_TESTED = (
    ("Screen readers", "What people with screen readers find has not been tried; rules that programs can check are."),
    ("Clinicians", "What no signature stands under was written from public sources and read by no clinician of yours."),
    ("Words of patients", "Not all that patients write is understood, emergencies included; so a standing line is on every page."),
    ("Your proxy", "All here was asked of the finder itself. What a proxy in front adds, logs or lets through is not seen."),
    ("The machine", "Its disks, accounts, certificates and firewall are not looked at, nor whether a backup can be restored."),
    ("Scripts", "Ours are not run here; that they ask nobody else is by the policies above, which browsers keep."),
    ("Strangers' attacks", "No test by somebody who did not write it stands behind this page."),
)  # fmt: skip
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#17211f;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h1,h2{line-height:1.2}h2{margin-top:2.2rem}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ccc;overflow-wrap:anywhere}"
    "th{width:34%;font-weight:600}td:last-child{width:6rem}td.found{white-space:pre-line}.how{color:#424c49}"
    ".wrong td:last-child{color:#8f1a12;font-weight:700}.look td:last-child{color:#6b4700;font-weight:700}"
    ".well td:last-child{color:#17512b}@media print{body{margin:0;max-width:none;font-size:10pt}tr,h2{break-inside:avoid}"
    "h2{break-after:avoid}}"
)
_WORDS = {Standing.WELL: "well", Standing.LOOK: "look at it", Standing.WRONG: "wrong", Standing.TOLD: ""}


def sections(
    engine: Engine, settings: Settings, host: Host, backups: Path, kept: Head | None, now: dt.datetime
) -> Iterator[Section]:
    """Look at everything; the order is that of the page."""
    from finder.web.compliance import of_answers  # here, since no other command of this floor needs Flask

    yield from of_data(engine, host, now, kept)
    with engine.connect() as connection:
        is_of_this_version = revision(connection) == head_revision()
    if is_of_this_version:
        yield from of_answers(settings)
        yield _looks(engine, settings)
    yield _settings(settings)
    yield _backups(backups, now)
    yield _versions(engine)
    how = "Nothing in this page says anything of these."
    yield Section("What is not tested", how, tuple(Line(one, why, Standing.LOOK) for one, why in _NOT_TESTED))


def _looks(engine: Engine, settings: Settings) -> Section:
    with engine.connect() as connection:
        sites = embed_sites(connection)
    own = read_colours(Path(settings.site.file)) if settings.site.file else {}
    looks = {"The finder's own pages": own}
    looks |= {f"Web site {row['name']} ({key})": colours_of(row["theme"] or {}) or own for key, row in sites.items()}
    lines = []
    for name, look in looks.items():
        found = figures(_whole(look))
        for by_night in (False, True):
            of_light = [one for one in found if one.night is by_night]
            told = "; ".join(f"{one.one} on {one.other} {one.ratio}" for one in of_light)
            standing = Standing.WRONG if any(one.verdict == "bad" for one in of_light) else Standing.WELL
            lines.append(Line(f"{name}, {'dark' if by_night else 'light'}", told, standing))
    return Section("Contrast of each look", "WCAG 2.2, level AA: 4.5 to 1 for words, 3 to 1 for edges of fields.", tuple(lines))  # fmt: skip


def _whole(look: Mapping[str, Any]) -> dict[str, Any]:
    """Return a look with our colours for a light of which it says nothing."""
    whole = dict(look)
    for night, tokens in OURS.items():
        if not any(f"{key}{night}" in look for key in SET):
            whole |= {f"{key}{night}": Colour.read(tokens[token]) for key, token in SET.items()}
    return whole


def _settings(settings: Settings) -> Section:
    found = read()
    lines = [Line(row["setting"], f"{row['value'] or 'unset'} ({row['from']})") for row in shown(found)]
    lines += [Line("To be looked at", one, Standing.LOOK) for one in doubts(settings, found)]
    if settings.on_loopback and not settings.trusted_proxies:
        lines.append(Line("To be looked at", "This finder can be reached from its own machine alone, and trusts no proxy. Where one stands in front, set FINDER_TRUSTED_PROXIES.", Standing.LOOK))  # fmt: skip
    return Section("Settings, names and proxies", "Of the account and the environment that this page was made in. Secrets are not shown.", tuple(lines))  # fmt: skip


def _backups(folder: Path, now: dt.datetime) -> Section:
    files = sorted(folder.glob("finder-*.zip"), key=lambda path: path.stat().st_mtime)
    if not files:
        line = Line("Newest backup", f"none in {folder}", Standing.WRONG)
    else:
        written = dt.datetime.fromtimestamp(files[-1].stat().st_mtime, dt.UTC)
        hours = (now - written).total_seconds() / 3600
        standing = Standing.WELL if now - written <= _BACKUP_OLD_AFTER else Standing.WRONG
        line = Line("Newest backup", f"{files[-1].name}, {hours:.0f} hours old, {files[-1].stat().st_size:,} bytes; {len(files)} in all", standing)  # fmt: skip
    return Section("Backups", f"Files of `finder backup` in {folder}. Older than two days is wrong.", (line,))


def _versions(engine: Engine) -> Section:
    with engine.connect() as connection:
        server = ".".join(map(str, connection.dialect.server_version_info or ()))
    lines = [Line("finder", __version__), Line("Python", platform.python_version()), Line(f"Database: {engine.dialect.name}", server)]  # fmt: skip
    try:
        names = sorted({re.split(r"[^A-Za-z0-9._-]", one)[0] for one in requires(_PACKAGE) or ()})
    except PackageNotFoundError:
        names = []
    for name in names:
        try:
            lines.append(Line(name, version(name)))
        except PackageNotFoundError:
            lines.append(Line(name, "not installed"))
    return Section("Versions", "As they are installed where this page was made.", tuple(lines))


def as_json(found: Sequence[Section], now: dt.datetime) -> dict[str, Any]:
    """Return the page as JSON."""
    return {
        "made_at": now.isoformat(timespec="seconds"), "finder": __version__, "wrong": number_of(found, Standing.WRONG),
        "look": number_of(found, Standing.LOOK),
        "sections": [
            {"title": one.title, "how": one.how, "lines": [
                {"what": line.what, "found": line.found, "standing": line.standing.value} for line in one.lines
            ]}
            for one in found
        ],
    }  # fmt: skip


def number_of(found: Iterable[Section], standing: Standing) -> int:
    """Return how many lines stand so."""
    return sum(line.standing is standing for one in found for line in one.lines)


def as_html(found: Sequence[Section], settings: Settings, now: dt.datetime) -> str:
    """Return the page, complete in itself: no script, and nothing from elsewhere."""
    wrong, look = number_of(found, Standing.WRONG), number_of(found, Standing.LOOK)
    rows = Markup()
    for one in found:
        rows += Markup("<h2>{}</h2><p class=how>{}</p><table>").format(one.title, one.how)
        for line in one.lines:
            rows += Markup("<tr class={}><th scope=row>{}</th><td class=found>{}</td><td>{}</td></tr>").format(
                line.standing.value, line.what, line.found, _WORDS[line.standing]
            )
        rows += Markup("</table>\n")
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f'<meta name="viewport" content="width=device-width"><title>{escape(settings.site_name)}: how it stands</title>'
        f"<style>{_STYLE}</style>\n<h1>{escape(settings.site_name)}: how it stands</h1>\n"
        f"<p>Made {now:%Y-%m-%d %H:%M} UTC by finder {__version__}. <strong>{wrong} wrong, {look} to be looked at.</strong></p>\n"
        f"{rows}</html>\n"
    )
