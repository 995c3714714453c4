"""What the page for compliance says of answers: what each audience is sent, and whether anybody else is asked.

The app is asked as a browser asks it, page after page, each with what it refers to. Nothing of it is counted or kept.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask, Response, request
from flask.testing import FlaskClient

from finder.config import Settings
from finder.desk.compliance import Line, Section, Standing
from finder.web import create_app
from finder.web.context import Directory
from finder.web.security import AUDIENCES, FACES, Audience, name_of_audience

_MOST_PAGES, _MOST_OF_A_KIND, _MOST_SECONDS = 1500, 2, 120.0
_ADDRESS = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")
# What a browser fetches by itself, without anybody pressing anything.
_FETCHED = {"src", "srcset", "poster", "data", "background", "imagesrcset"}
_FETCHED_LINKS = {
    "stylesheet",
    "icon",
    "preload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "modulepreload",
    "manifest",
}
# Sources that a policy may name: ourselves and nobody.
_OWN_SOURCES = {"'self'", "'none'", "'unsafe-inline'"}
_ASKED = (
    "/", "/specialists?zip={zip}", "/places?zip={zip}", "/specialists?zip={zip}&q=my+hip+hurts", "/specialists?zip=1",
    "/specialists?zip={zip}&q=fell+and+can%27t+get+up", "/specialists?zip=00000", "/nothing", "/docs/", "/docs/api",
    "/api/v1/specialists?zip={zip}", "/api/v1/nothing", "/embed/doctor", "/embed/v1.js", "/admin/", "/admin/sign-in",
    "/confirm/nothing", "/healthz", "/readyz", "/robots.txt", "/sitemap.xml", "/theme.css", "/logo", "/static/style.css",
)  # fmt: skip


class _Markup(HTMLParser):
    """What a page fetches by itself, and what it leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note the addresses of an element."""
        told = {name: value or "" for name, value in attributes}
        for name, value in told.items():
            if name in _FETCHED and tag not in ("form",):
                self.fetched += [part.split()[0] for part in value.split(",") if part.strip()] if "srcset" in name else [value]  # fmt: skip
            elif name == "style":
                self.fetched += addresses_of(value)
        if tag == "link" and _FETCHED_LINKS & set(told.get("rel", "").split()):
            self.fetched.append(told.get("href", ""))
        elif tag in ("a", "form"):
            self.links.append(told.get("href") or told.get("action") or "")
        elif tag == "meta" and told.get("http-equiv", "").lower() == "refresh":
            self.fetched.append(told.get("content", "").partition("=")[2])
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        """Note the addresses in a style sheet within the page."""
        if self._in_style:
            self.fetched += addresses_of(data)


def addresses_of(css: str) -> list[str]:
    """Return the addresses that a style sheet fetches."""
    return [one or other for one, other in _ADDRESS.findall(css)]


@dataclass
class Seen:
    """What a walk through the app met."""

    pages: int = 0
    files: int = 0
    whole: bool = True
    fetched_elsewhere: Counter[str] = field(default_factory=Counter)
    allowed_elsewhere: Counter[str] = field(default_factory=Counter)
    linked: Counter[str] = field(default_factory=Counter)
    cookies: Counter[str] = field(default_factory=Counter)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    differ: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    lead_nowhere: list[str] = field(default_factory=list)
    audience: str = ""


def of_answers(settings: Settings) -> Iterator[Section]:
    """Tell of what the app answers under these settings."""
    app = create_app(replace(settings, metrics="off", api_per_minute=0, secret_key=secrets.token_hex(32)))
    found: Directory = app.extensions["finder"].directory
    try:
        seen = walk(app, settings, begins_of(found))
    finally:
        found.stop()
    yield _requests(seen)
    yield _cookies(seen)
    yield _headers(seen)


def begins_of(found: Directory) -> list[str]:
    """Return where a walk begins: answers of each audience, in both languages and in the look of each web site."""
    begins = [path.format(zip="23220") for path in _ASKED]
    begins += [f"/{page}{'&' if '?' in page else '?'}lang=es" for page in ("", "specialists?zip=23220", "nothing")]
    for key in found.sites:
        for face in ("page", "frame", "part"):
            begins += [f"/embed/{face}/{key}/{page}" for page in ("", "specialists?zip=23220")]
        begins.append(f"/embed/snippets/{key}")
    return begins


def walk(app: Flask, settings: Settings, begins: Sequence[str]) -> Seen:
    """Ask for some addresses and for all that answers lead to, two of each kind."""
    host = settings.hosts[0].lstrip(".") if settings.hosts else "localhost"
    root, seen, kinds = f"https://{host}", Seen(), Counter[tuple[object, ...]]()
    waiting, known = deque(begins), set(begins)

    def notice(reply: Response) -> Response:
        seen.audience = name_of_audience(request)
        return reply

    app.after_request(notice)
    client, until = app.test_client(), time.monotonic() + _MOST_SECONDS
    while waiting:
        if seen.pages + seen.files >= _MOST_PAGES or time.monotonic() > until:
            seen.whole = False
            break
        path = waiting.popleft()
        status, addresses = _ask(client, root, path, seen)
        if status == 404 and path not in begins:
            seen.lead_nowhere.append(path)
        for told in addresses:
            parts = urlsplit(urljoin(f"{root}{path}", told))
            if f"{parts.scheme}://{parts.netloc}" != root or not parts.path:
                continue
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            kind = _kind(app, host, parts.path, parts.query)
            if address not in known and kinds[kind] < _MOST_OF_A_KIND:
                kinds[kind] += 1
                known.add(address)
                waiting.append(address)
    return seen


def _kind(app: Flask, host: str, path: str, query: str) -> tuple[object, ...]:
    """Return what makes pages alike: the same answer, asked with the same parameters, inside the same site."""
    beneath = re.match(r"/embed/[a-z-]+/[^/]+(?=/)", path)
    inner = path[beneath.end() :] if beneath else path
    try:
        endpoint = app.url_map.bind(host).match(inner)[0]
    except Exception:
        endpoint = "none"
    return endpoint, beneath.group() if beneath else "", frozenset(name for name, _ in parse_qsl(query))


def _ask(client: FlaskClient, root: str, path: str, seen: Seen) -> tuple[int, list[str]]:
    """Ask for one address; note what came, and return its status and the addresses in it."""
    with client.get(path, base_url=root) as reply:
        headers, kind, body = dict(reply.headers), reply.mimetype, reply.get_data()
        if reply.status_code >= 500 and path != "/readyz":
            seen.failed.append(f"{path}: {reply.status_code}")
        status, name = reply.status_code, seen.audience
    if "Set-Cookie" in headers:
        seen.cookies[name] += 1
    row = FACES.get(name) or AUDIENCES[name]
    seen.headers.setdefault(name, {header: headers[header] for header in sorted(headers) if header in _shown(row)})
    for header, value in row.headers().items():
        if header != "Content-Security-Policy" and headers.get(header) != value:
            seen.differ[name].append(f"{path}: {header}")
    policy = headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy:
        seen.allowed_elsewhere[f"{path}: no policy that begins with nothing"] += 1
    for directive in policy.split(";"):
        what, *sources = directive.split()
        if what.endswith("-src"):
            seen.allowed_elsewhere.update(one for one in sources if one not in _OWN_SOURCES)
    if kind == "text/html":
        seen.pages += 1
        markup = _Markup()
        markup.feed(body.decode())
        fetched, links = markup.fetched, markup.links
    else:
        seen.files += 1
        fetched, links = (addresses_of(body.decode()), []) if kind == "text/css" else ([], [])
    own = urlsplit(root).netloc
    for told, counter in (*((one, seen.fetched_elsewhere) for one in fetched), *((one, seen.linked) for one in links)):
        parts = urlsplit(urljoin(f"{root}{path}", told))
        if parts.scheme in ("http", "https") and parts.netloc != own:
            counter[parts.netloc] += 1
    return status, [*fetched, *links]


def _shown(row: Audience) -> set[str]:
    return {*row.headers(), "Cache-Control", "Strict-Transport-Security", "Access-Control-Allow-Origin"}


def _requests(seen: Seen) -> Section:
    how = (
        f"The finder was asked for {seen.pages} pages and {seen.files} other answers, from the start page on and through every "
        f"link, at most {_MOST_OF_A_KIND} of a kind, in both languages and in the look of each web site. In each, every address "
        "that a browser fetches by itself was compared with the finder's own; so were the style sheets, and the policies, which "
        "let browsers fetch nothing from elsewhere, scripts included."
    )
    none = Standing.WELL if seen.whole else Standing.LOOK
    lines = [
        Line("Requests that pages make to others", _told(seen.fetched_elsewhere) or "0", Standing.WRONG if seen.fetched_elsewhere else none),
        Line("Others from which the policies allow anything", _told(seen.allowed_elsewhere) or "0", Standing.WRONG if seen.allowed_elsewhere else none),
        Line("Links that a reader may press", _told(seen.linked) or "none to others"),
        Line("Links of ours that lead nowhere", "; ".join(seen.lead_nowhere[:20]) or "0", Standing.LOOK if seen.lead_nowhere else Standing.WELL),
        Line("Answers that failed", "; ".join(seen.failed[:20]) or "0", Standing.WRONG if seen.failed else Standing.WELL),
    ]  # fmt: skip
    if not seen.whole:
        lines.append(Line("Not all was asked", f"after {_MOST_PAGES} answers or {_MOST_SECONDS:.0f} seconds it stopped", Standing.LOOK))  # fmt: skip
    return Section("Requests to others", how, tuple(lines))


def _cookies(seen: Seen) -> Section:
    lines = tuple(
        Line(_named(name), f"{seen.cookies[name]} answers set one" if name in seen.cookies else "none", Standing.WELL if name not in seen.cookies or (FACES.get(name) or AUDIENCES[name]).cookies else Standing.WRONG)
        for name in seen.headers
    )  # fmt: skip
    return Section(
        "Cookies", "The same answers were looked at. Only the desk, where staff sign in, may set one.", lines
    )


def _headers(seen: Seen) -> Section:
    lines = []
    for name, headers in seen.headers.items():
        if seen.differ[name]:
            lines.append(Line(_named(name), f"not as the table says: {'; '.join(seen.differ[name][:5])}", Standing.WRONG))  # fmt: skip
        else:
            lines.append(Line(_named(name), "\n".join(f"{one}: {value}" for one, value in headers.items()), Standing.WELL))  # fmt: skip
    asked = "Of each audience the headers of one answer over TLS, as it was sent by the finder itself, before any proxy; all others were compared with the table of finder/docs/security.md."
    return Section("Headers that each audience is sent", asked, tuple(lines))


def _named(name: str) -> str:
    return (FACES.get(name) or AUDIENCES[name]).what


def _told(counter: Counter[str]) -> str:
    return ", ".join(f"{name} ({number})" for name, number in sorted(counter.items()))
