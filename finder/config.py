"""Read the settings from the environment; only `cli` and `web` import this, the rest gets arguments."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from finder.environment import Given, given, unknown
from finder.errors import SettingError
from finder.site import Site, read_site
from finder.site.values import phone


def _home(text: str) -> Path:
    if text:
        return Path(text)
    # A command that is run from another folder means the same data; an installed package has no folder beside it.
    beside = Path(__file__).resolve().parents[1]
    return (beside if (beside / "pyproject.toml").exists() else Path()) / "var"


def _phone(text: str) -> str:
    return phone(text) if text else ""


def _site(text: str) -> Path | None:
    return Path(text) if text else None


def _organization(text: str) -> str:
    if text and not re.fullmatch(r"[a-z0-9-]{1,80}", text):
        raise ValueError(text)
    return text


def _own(text: str) -> str:
    if text not in ("all", "first", "only"):
        raise ValueError(text)
    return text


def _private_search(text: str) -> str:
    if text not in ("get", "post"):
        raise ValueError(text)
    return text


def _engine(text: str) -> str:
    if text not in ("auto", "index", "postgis"):
        raise ValueError(text)
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(text)
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)*", name):
            raise ValueError(name)
    return names


def _geocoder(text: str) -> str:
    if text not in ("", "nominatim", "photon", "pelias"):
        raise ValueError(text)
    return text


def _geocoder_url(text: str) -> str:
    """Read where a geocoder is: https, or http on this machine alone."""
    if not text:
        return ""
    parts = urlsplit(text)
    own = parts.hostname in ("localhost", "::1") or (parts.hostname or "").startswith("127.")
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment or parts.port == 0:
        raise ValueError(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and own):
        raise ValueError(text)
    return text


def _contact(text: str) -> str:
    if text and not re.fullmatch(r"[\x21-\x7e]{1,120}", text):
        raise ValueError(text)
    return text


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 3600:
        raise ValueError(text)
    return seconds


def _proxy(text: str) -> str:
    if text and not re.fullmatch(r"(?:[a-z0-9.-]+|\[[0-9a-f:]+\]):[0-9]{1,5}", text, re.IGNORECASE):
        raise ValueError(text)
    return text


def _secret(text: str) -> str:
    if text and len(text) < 32:
        raise ValueError(text)
    return text


def _metrics(text: str) -> str:
    if text not in ("off", "loopback", "token"):
        raise ValueError(text)
    return text


def _log(text: str) -> str:
    if text not in ("text", "json"):
        raise ValueError(text)
    return text


def _switch(text: str) -> bool:
    known = {
        "1": True,
        "yes": True,
        "true": True,
        "on": True,
        "0": False,
        "no": False,
        "false": False,
        "off": False,
    }
    return known[text.strip().lower()]


@dataclass(frozen=True)
class Setting:
    """One environment variable: how it is read, what it is when unset, and what it does.

    A secret is never shown, and may stand in a file instead.
    """

    variable: str
    field: str
    read: Callable[[str], Any]
    default: str
    expected: str
    meaning: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("FINDER_HOME", "home", _home, "", "a folder", "Folder of the database and its backups. Unset: `var` beside the code, from wherever a command is run."),
    Setting("FINDER_DATABASE_URL", "database_url", str, "", "a database address", "Where the data are: `sqlite:////path/finder.db` or `postgresql://user:password@host/name`. Unset: `finder.db` in `FINDER_HOME`.", secret=True),
    Setting("FINDER_DATABASE_PASSWORD", "database_password", str, "", "a password", "Password of the database's user, where the address has none: so that the address need not be secret.", secret=True),
    Setting("FINDER_ENGINE", "engine", _engine, "auto", "auto, index or postgis", "What searches the directory: `index`, a tree that every worker holds in memory; `postgis`, the database, which needs PostgreSQL with PostGIS; `auto`, the index until the directory passes 8 million people at places, then PostGIS where there is one. It takes effect with the next start, in every command and worker alike. See [scale](scale.md)."),
    Setting("FINDER_HOST", "host", str, "127.0.0.1", "an address", "Address to serve on. Off loopback the demo alone is refused."),
    Setting("FINDER_PORT", "port", _port, "8000", "a port from 1 to 65535", "Port to serve on."),
    Setting("FINDER_HOSTS", "hosts", _hosts, "", "names with commas between them, such as finder.example.org,.example.net, without https:// and port", "Names under which the finder answers; one with a dot in front stands for all beneath it. Other names get a refusal (400), except from `/healthz` and `/readyz`. Unset: any name."),
    Setting("FINDER_TRUSTED_PROXIES", "trusted_proxies", _whole, "0", "a whole number", "How many proxies stand in front, one behind the other. From so many, and no more, the client's address, scheme and host are believed, as `X-Forwarded-For`, `-Proto` and `-Host` name them: each proxy must set these three. See [security](security.md)."),
    Setting("FINDER_API_PER_MINUTE", "api_per_minute", _whole, "1200", "a whole number", "How many requests a minute one client may send to the API: one IPv4 address, or the /64 of an IPv6 one, all workers of a machine together. 0: no limit."),
    Setting("FINDER_WORKERS", "workers", _positive, "2", "a whole number above 0", "Worker processes of the server."),
    Setting("FINDER_DEMO", "demo", _switch, "yes", "yes or no", "Whether an empty database gets the fictional demo directory."),
    Setting("FINDER_SITE", "site", _site, "", "the name of a TOML file", "File that says whose finder it is: names, logo, line, links, colours. Its keys are in [site](site.md); what it says goes before `FINDER_SITE_NAME` and `FINDER_PHONE`."),
    Setting("FINDER_SITE_NAME", "site_name", str, "Hip specialist finder", "a name", "Name of the finder, shown at the top of each page."),
    Setting("FINDER_PHONE", "phone", _phone, "", "a phone number", "The organization's phone line, offered wherever a search may not be enough."),
    Setting("FINDER_ORGANIZATION", "organization", _organization, "", "the short name of an organization, such as alder-health", "Your own organization, as `finder organization list` names it."),
    Setting("FINDER_OWN", "own", _own, "all", "all, first or only", "How your own organization is listed: like `all` others, `first` before all others within the radius (at most 100 miles), or `only` it. Patients are told."),
    Setting("FINDER_PRIVATE_SEARCH", "private_search", _private_search, "get", "get or post", "How pages send what patients ask: `get` in the address, so that results can be shared and kept as bookmarks, or `post` in forms, so that no ZIP code and no words stand in any address, history or log of a server on the way. Links with a question in their address, such as a hospital's own, are answered either way."),
    Setting("FINDER_SECRET_KEY", "secret_key", _secret, "", "32 characters or more that nobody can guess", "What cookies and links of the desk are signed with. Unset: a key that is made once and kept in `FINDER_HOME/keys`. Set it, to the same, where several machines serve one database.", secret=True),
    Setting("FINDER_UPLOAD_LIMIT_MB", "upload_limit_mb", _positive, "200", "megabytes", "Largest file that is taken."),
    Setting("FINDER_WORKBOOK_LIMIT_CELLS", "workbook_limit_cells", _positive, "3000000", "a whole number above 0", "Most cells of a workbook that `finder import` takes; CSV files have no such limit."),
    Setting("FINDER_GEOCODER", "geocoder", _geocoder, "", "nominatim, photon or pelias", "Kind of the geocoder that `finder geocode` asks for positions of places. Unset: nobody is asked. Only that command asks, never a page. See [places](places.md)."),
    Setting("FINDER_GEOCODER_URL", "geocoder_url", _geocoder_url, "", "an address with https://, or with http:// on this machine, such as https://nominatim.example.org", "Where the geocoder is. Nothing else is asked, and no redirect followed."),
    Setting("FINDER_GEOCODER_CONTACT", "geocoder_contact", _contact, "", "an e-mail address or a page, without spaces", "How whoever runs the geocoder reaches you: it stands in `User-Agent`. Needed for a geocoder that is not on this machine."),
    Setting("FINDER_GEOCODER_KEY", "geocoder_key", _contact, "", "a key without spaces", "The key of a Pelias that wants one.", secret=True),
    Setting("FINDER_GEOCODER_SECONDS", "geocoder_seconds", _seconds, "1", "seconds from 0 to 3600", "Least time between two questions to the geocoder; under 1 only where its owner allows that, as on a server of your own."),
    Setting("FINDER_GEOCODER_PROXY", "geocoder_proxy", _proxy, "", "host:port", "Proxy that questions to the geocoder go through. Proxies that the environment names otherwise are not used."),
    Setting("FINDER_METRICS", "metrics", _metrics, "loopback", "off, loopback or token", "Who may read `/metrics`: nobody (`off`), programs of this machine that ask without a proxy (`loopback`), or whoever sends `FINDER_METRICS_TOKEN` (`token`). All others get what a page that does not exist gets (404). See [operations](operations.md)."),
    Setting("FINDER_METRICS_TOKEN", "metrics_token", _secret, "", "32 characters or more that nobody can guess", "What those who may read `/metrics` send, as `Authorization: Bearer ...`.", secret=True),
    Setting("FINDER_LOG", "log", _log, "text", "text or json", "How lines of the log are written, on standard error: for people, or one JSON object a line."),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All settings, read and checked; fields are described in `SETTINGS`.

    `site_name` and `phone` are those of `site`.
    """

    home: Path
    database_url: str
    engine: str
    host: str
    port: int
    hosts: tuple[str, ...]
    trusted_proxies: int
    api_per_minute: int
    workers: int
    demo: bool
    site: Site
    site_name: str
    phone: str
    organization: str
    own: str
    private_search: str
    secret_key: str
    upload_limit_mb: int
    workbook_limit_cells: int
    geocoder: str
    geocoder_url: str
    geocoder_contact: str
    geocoder_key: str
    geocoder_seconds: float
    geocoder_proxy: str
    metrics: str
    metrics_token: str
    log: str
    database_password: str

    @property
    def on_loopback(self) -> bool:
        """True where only this machine can reach the server."""
        return self.host in ("localhost", "::1", "[::1]") or self.host.startswith("127.")


@dataclass(frozen=True)
class Reading:
    """The environment as it was read: the settings that can be used, where each came from, and all mistakes."""

    values: dict[str, Any]
    given: dict[str, Given]
    mistakes: list[SettingError]
    unknown: list[tuple[str, str]]


def read(environment: Mapping[str, str] | None = None) -> Reading:
    """Read every setting from `environment` (the process's own when None), and go on after a mistake.

    `given` has those that are not left as they are when unset; `unknown` the variables that look like ours, with the
    nearest of ours. What is but a letter or two from one of ours is a mistake.
    """
    told = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    origins: dict[str, Given] = {}
    mistakes: list[SettingError] = []
    for setting in SETTINGS:
        text = setting.default
        try:
            if found := given(told, setting.variable, secret=setting.secret):
                origins[setting.field], text = found, found.text
            values[setting.field] = setting.read(text)
        except SettingError as refusal:
            mistakes.append(refusal)
        except (ValueError, KeyError):
            shown = "..." if setting.secret else text
            mistakes.append(
                SettingError("setting_malformed", name=setting.variable, value=shown, expected=setting.expected)
            )
    secrets = [one.variable for one in SETTINGS if one.secret]
    others = unknown(told, [one.variable for one in SETTINGS], secrets)
    mistakes += [SettingError("setting_unknown", name=name, suggestion=near) for name, near, slip in others if slip]
    if values.get("metrics") == "token" and values.get("metrics_token") == "":
        mistakes.append(SettingError("setting_needs", name="FINDER_METRICS=token", other="FINDER_METRICS_TOKEN"))
    _find_database(values, mistakes)
    return Reading(values, origins, mistakes, [(name, near) for name, near, slip in others if not slip])


def _find_database(values: dict[str, Any], mistakes: list[SettingError]) -> None:
    """Make the address whole, as far as what it is made of could be read."""
    address, password = values.get("database_url"), values.get("database_password")
    if address == "" and "home" in values:
        values["database_url"] = f"sqlite:///{(values['home'] / 'finder.db').absolute()}"
    if not address:
        return
    kind, separator, _ = address.partition(":")
    if not separator or kind not in ("sqlite", "postgres", "postgresql", "postgresql+psycopg"):
        mistakes.append(SettingError("database_kind", name="FINDER_DATABASE_URL", value=kind[:20]))
        del values["database_url"]
    elif password and kind != "sqlite":
        user, at, rest = address.partition("//")[2].rpartition("@")
        if at and ":" in user:
            return
        if not at:
            mistakes.append(SettingError("setting_needs", name="FINDER_DATABASE_PASSWORD", other="FINDER_DATABASE_URL=postgresql://USER@HOST/NAME"))  # fmt: skip
        else:
            values["database_url"] = f"{kind}://{user}:{quote(password, safe='')}@{rest}"


def environment_of_children(settings: Settings) -> dict[str, str]:
    """Return the environment in which a command that we start works over the same home and database.

    It has the process's own, but for what would name the database twice.
    """
    named = {one.variable for one in SETTINGS if one.field.startswith("database_")}
    kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in named}
    return {**kept, "FINDER_DATABASE_URL": settings.database_url, "FINDER_HOME": str(settings.home.absolute())}


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read every setting from `environment` (the process's own when None).

    Raises SettingError naming the variable, its value and what it takes, or the key of the site's file; all further
    mistakes are its `others`.
    """
    found = read(environment)
    values, mistakes = found.values, found.mistakes
    try:
        if {"site", "site_name", "phone"} <= values.keys():
            site = read_site(values["site"], values["site_name"], values["phone"])
            values |= {"site": site, "site_name": site.site_name, "phone": site.phone}
    except SettingError as refusal:
        mistakes.append(refusal)
    if mistakes:
        mistakes[0].others = mistakes[1:]
        raise mistakes[0]
    return Settings(**values)
