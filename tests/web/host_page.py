"""A hospital's page on an origin of its own, as hostile to what stands in it as real ones are, and a server for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What a host's rules do to a widget: nothing is left as browsers have it, letters are tiny, all reads from the right.
STYLE = """
html { font-size: 10px; }
* { all: unset; display: block !important; font: italic 9px/1 fantasy !important; letter-spacing: .2em !important; }
head, head *, script { display: none !important; }
body { direction: rtl; color: #113; }
nav { position: fixed !important; z-index: 2147483647 !important; inset: 0 0 auto auto; width: 60px; height: 20px; }
a, button, input, h1, h2, h3, .card { background: #bada55 !important; border-radius: 50% !important; }
.card, form.search, .main, .body { display: none !important; }
specialist-finder { float: left !important; position: absolute !important; width: 40px !important; }
"""


def policy(finder: str) -> str:
    """Return a strict policy that allows the finder what docs/embed.md says, and nothing else."""
    return (
        f"default-src 'none'; style-src 'self'; script-src {finder}; connect-src {finder}; frame-src {finder}; "
        f"form-action {finder}; base-uri 'none'; object-src 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )


def page(body: str) -> str:
    """Return the host's page around a snippet."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hip labral tears</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/host.css">'
        f"</head><body><main><h1>Hip labral tears</h1><h2>Find a specialist</h2>{body}</main></body></html>"
    )


class Host:
    """The host's server. `pages` are by path; `headers` go with each."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://localhost:{port}"
        self.pages: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.style = STYLE


@contextmanager
def hosting(headers: Mapping[str, str] | None = None) -> Iterator[Host]:
    """Serve a host's pages at another origin than the finder's, on this machine."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_style = self.path == "/host.css"
            text = host.style if is_style else host.pages.get(self.path.partition("?")[0])
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Type", "text/css" if is_style else "text/html; charset=utf-8")
            for name, value in host.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write((text or "").encode())

        def log_message(self, *_told: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    host = Host(server.server_address[1])
    host.headers.update(headers or {})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
