"""What the doctor says of policies, held against a real browser: what is blocked, and what helps."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from finder.desk.doctor import Diagnosis, examine
from tests.web.test_chromium import browser

__all__ = ("browser",)

FRAME, HEIGHT, SCRIPT, PART, FORM = "/embed/frame/abcd/", "/embed/frame-v1.js", "/embed/v1.js", "/embed/part/abcd/", "/embed/page/abcd/specialists"  # fmt: skip
EVERY = {FRAME, HEIGHT, SCRIPT, PART, FORM}
# By what the doctor calls each need.
PATHS = {
    "for the frame": FRAME,
    "for the script that sets the frame's height; without it the frame scrolls by itself": HEIGHT,
    "for the script": SCRIPT,
    "for what the script asks the finder": PART,
    "for the form; a link alone needs nothing": FORM,
}
POLICIES = (
    "img-src *",
    "default-src 'self'; form-action 'self'",
    "default-src 'none'",
    "frame-src 'none'; form-action 'none'",
    "child-src 'self'; script-src-elem 'self'; script-src *",
    "default-src *; frame-src 'self'; connect-src 'self'",
    "default-src {finder}; frame-src {finder}/embed/frame; script-src {finder}/embed/v1.js",
    "default-src http://127.0.0.1; script-src http://127.0.0.1:*",
    "frame-src *, frame-src 'self', form-action 'self'",
    "script-src 'nonce-a1'; connect-src 'none'",
    "script-src 'strict-dynamic' 'nonce-a1' http: https:",
    "script-src 'strict-dynamic' 'sha256-AAAA'",
    "sandbox allow-scripts allow-same-origin",
)


class Served:
    """A server of one host: what it answers by path, and which paths were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, tuple[str, str, dict[str, str]]] = {}
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                served.asked.append(path)
                kind, body, headers = served.answers.get(path, ("text/html", "<!doctype html><title>x</title>", {}))
                self.send_response(200)
                for name, value in {"Content-Type": kind, "Access-Control-Allow-Origin": "*", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def served() -> Iterator[Served]:
    """Serve until the end of the block."""
    one = Served()
    thread = threading.Thread(target=one.server.serve_forever, daemon=True)
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join()


def blocked(found: Diagnosis) -> set[str]:
    """Return what the doctor takes to be blocked."""
    lacking = {PATHS[one.why] for variant in found.variants for one in variant.directives if one.why in PATHS}
    for variant in found.variants:
        codes = {one.code for one in variant.findings}
        lacking |= {SCRIPT} if codes & {"script_needs_nonce", "script_needs_hash"} else set()
        lacking |= {HEIGHT} if codes & {"height_needs_nonce", "height_needs_hash"} else set()
        lacking |= {FORM} if "sandbox_link" in codes else set()
    return lacking | ({PART} if SCRIPT in lacking else set())


def mended(policy: str, found: Diagnosis) -> str:
    """Return the policy with all that the doctor says written into it."""
    parts = [{name: sources for name, *sources in map(str.split, one.split(";"))} for one in policy.split(",")]
    for one in (directive for variant in found.variants for directive in variant.directives):
        name, *sources = one.written.split()
        # What two ways to show the finder need of one directive, a page that shows both needs together.
        there = parts[one.policy - 1]
        kept = [each for each in there.get(name, []) if each != "'none'"]
        there[name] = list(dict.fromkeys([*kept, *sources]))
    if sandbox := [one.write for variant in found.variants for one in variant.findings if one.code == "sandbox_iframe"]:
        parts[0] = {"sandbox": sandbox[0].split()[1:]}
    return ", ".join("; ".join(" ".join((name, *sources)) for name, sources in one.items()) for one in parts)


def test_browser_and_doctor_agree_before_and_after(browser: Browser) -> None:
    with served() as finder, served() as host:
        script = f"fetch('{finder.address}{PART}')"
        finder.answers[SCRIPT] = ("text/javascript", script, {})
        finder.answers[HEIGHT] = ("text/javascript", "1", {})
        pinned = {
            way: (path[7:], _integrity(finder.answers[path][1]))
            for way, path in (("element", SCRIPT), ("iframe", HEIGHT))
        }
        for template in POLICIES:
            policy = template.format(finder=finder.address)
            found = examine(policy, finder.address, page=host.address, pinned=pinned)
            wanted = EVERY - blocked(found)
            assert _reached(browser, host, finder, policy, ("", ""), wanted) == wanted, policy
            marks = ("", "")
            if "nonce-a1" in policy:
                marks = (' nonce="a1"',) * 2
            elif "strict-dynamic" in policy:
                marks = tuple(f' integrity="{known}" crossorigin="anonymous"' for _file, known in pinned.values())
            after = _reached(browser, host, finder, mended(policy, found), marks, EVERY)
            assert after == EVERY, mended(policy, found)


def _reached(
    browser: Browser, host: Served, finder: Served, policy: str, marks: tuple[str, ...], wanted: set[str]
) -> set[str]:
    """Return which of the finder's addresses a browser asks for, in a page under a policy; `wanted` are waited for."""
    body = (
        f'<!doctype html><title>x</title><iframe src="{finder.address}{FRAME}"></iframe>'
        f'<form action="{finder.address}{FORM}"><button>Find</button></form>'
        f'<script src="{finder.address}{SCRIPT}"{marks[0]} async></script>'
        f'<script src="{finder.address}{HEIGHT}"{marks[1]} async></script>'
    )
    host.answers["/page"] = ("text/html", body, {"Content-Security-Policy": policy})
    finder.asked.clear()
    page = browser.new_page()
    page.goto(f"{host.address}/page")
    _wait(page, finder, wanted - {FORM})
    page.click("button", no_wait_after=True)
    _wait(page, finder, wanted)
    # What should be blocked never comes, so that there is nothing to wait for but time.
    page.wait_for_timeout(150)
    page.close()
    return set(finder.asked) & EVERY


def _wait(page: Page, finder: Served, wanted: set[str]) -> None:
    until = time.monotonic() + 10
    while not wanted <= set(finder.asked) and time.monotonic() < until:
        page.wait_for_timeout(20)


def _integrity(text: str) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


@pytest.mark.parametrize(
    ("permission", "allowed"), [("geolocation=()", False), ("geolocation=(self)", False), ("", True)]
)
def test_the_place_in_a_frame(browser: Browser, permission: str, allowed: bool) -> None:
    with served() as finder, served() as host:
        headers = {"Permissions-Policy": permission} if permission else {}
        frame = f'<!doctype html><title>x</title><iframe src="{finder.address}{FRAME}" allow="geolocation"></iframe>'
        context = browser.new_context()
        page = context.new_page()

        def may_locate(sent: dict[str, str]) -> bool:
            host.answers["/page"] = ("text/html", frame, sent)
            page.goto(f"{host.address}/page")
            inner = page.frame(url=f"{finder.address}{FRAME}")
            assert inner is not None
            return bool(inner.evaluate("() => document.featurePolicy.allowsFeature('geolocation')"))

        assert may_locate(headers) == allowed
        told = examine(f"server: x\npermissions-policy: {permission}", finder.address, page=host.address)
        advice = [one.write for variant in told.variants for one in variant.findings if one.code == "geolocation_frame"]
        assert bool(advice) == (not allowed)
        if advice:
            name, _, value = advice[0].partition(": ")
            assert may_locate({name: value})
        context.close()
