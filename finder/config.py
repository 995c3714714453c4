"""Read the settings from the environment; only `cli` and `web` import this, the rest gets arguments."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


def _secret(text: str) -> str:
    if text and len(text) < 32:
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
    """One environment variable: how it is read, what it is when unset, and what it does."""

    variable: str
    field: str
    read: Callable[[str], Any]
    default: str
    expected: str
    meaning: str


SETTINGS: tuple[Setting, ...] = (
    Setting("FINDER_HOME", "home", _home, "", "a folder", "Folder of the database and its backups. Unset: `var` beside the code, from wherever a command is run."),
    Setting("FINDER_DATABASE_URL", "database_url", str, "", "a database address", "Where the data are: `sqlite:////path/finder.db` or `postgresql://user:password@host/name`. Unset: `finder.db` in `FINDER_HOME`."),
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
    Setting("FINDER_SECRET_KEY", "secret_key", _secret, "", "32 characters or more that nobody can guess", "What cookies and links of the desk are signed with. Unset: a key that is made once and kept in `FINDER_HOME/keys`. Set it, to the same, where several machines serve one database."),
    Setting("FINDER_UPLOAD_LIMIT_MB", "upload_limit_mb", _positive, "200", "megabytes", "Largest file that is taken."),
    Setting("FINDER_WORKBOOK_LIMIT_CELLS", "workbook_limit_cells", _positive, "3000000", "a whole number above 0", "Most cells of a workbook that `finder import` takes; CSV files have no such limit."),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """All settings, read and checked; fields are described in `SETTINGS`.

    `site_name` and `phone` are those of `site`.
    """

    home: Path
    database_url: str
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

    @property
    def on_loopback(self) -> bool:
        """True where only this machine can reach the server."""
        return self.host in ("localhost", "::1", "[::1]") or self.host.startswith("127.")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read every setting from `environment` (the process's own when None).

    Raises SettingError naming the variable, its value and what it takes, or the key of the site's file.
    """
    given = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        text = given.get(setting.variable) or setting.default
        try:
            values[setting.field] = setting.read(text)
        except (ValueError, KeyError):
            raise SettingError(
                "setting_malformed", name=setting.variable, value=text, expected=setting.expected
            ) from None
    if not values["database_url"]:
        values["database_url"] = f"sqlite:///{(values['home'] / 'finder.db').absolute()}"
    site = read_site(values["site"], values["site_name"], values["phone"])
    return Settings(**values | {"site": site, "site_name": site.site_name, "phone": site.phone})
