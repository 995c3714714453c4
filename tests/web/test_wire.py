"""What goes over the wire: packed where that is asked for, kept for long where it never changes."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask.testing import FlaskClient

from tests.web.pages import Page

RESULTS = "/specialists?zip=23220&condition=labral-tear"
SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


def stylesheet(client: FlaskClient) -> str:
    return Page(client.get("/").text).one("link", rel="stylesheet")["href"]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"), ("gzip, deflate, br, zstd", "br"), ("br;q=0.5, gzip", "gzip"), ("gzip", "gzip"),
        ("GZIP", "gzip"), ("*", "br"), ("*, br;q=0", "gzip"),
        ("", None), ("identity", None), ("gzip;q=0", None), ("br;q=0, gzip;q=0", None), ("deflate", None),
        ("identity, gzip;q=0.5", None), ("zstd", None), ("gzip;q=x", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [RESULTS, SEARCH, "/", "/docs/codes", "/api/v1/openapi.json"])
def test_an_answer_is_packed_as_asked(client: FlaskClient, path: str, accepted: str, coding: str | None) -> None:
    plain = client.get(path)
    assert "Content-Encoding" not in plain.headers
    reply = client.get(path, headers={"Accept-Encoding": accepted})
    assert reply.headers.get("Content-Encoding") == coding
    assert "Accept-Encoding" in reply.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    body = UNPACK[coding](reply.data) if coding else reply.data
    assert body == plain.data
    assert reply.content_length == len(reply.data)
    assert reply.headers["Cache-Control"] == plain.headers["Cache-Control"]
    assert coding is None or len(reply.data) < len(plain.data) * 0.45


@pytest.mark.parametrize(("path", "status"), [("/specialists?zip=1", 400), ("/nothing", 404)])
def test_refusals_are_packed_too(client: FlaskClient, path: str, status: int) -> None:
    reply = client.get(path, headers={"Accept-Encoding": "br"})
    assert (reply.status_code, reply.headers["Content-Encoding"]) == (status, "br")
    assert b"<h1>" in brotli.decompress(reply.data)


def test_what_is_small_or_packed_already_is_left(client: FlaskClient) -> None:
    font = stylesheet(client).replace("style.css", "vendor/hyperlegible.woff2")
    for path in ("/healthz", font):
        reply = client.get(path, headers={"Accept-Encoding": "br, gzip"})
        assert reply.status_code == 200
        assert "Content-Encoding" not in reply.headers


@pytest.mark.parametrize("coding", ["", "br", "gzip"])
def test_an_answer_that_has_not_changed_is_not_sent_again(client: FlaskClient, coding: str) -> None:
    for path in (SEARCH, stylesheet(client)):
        first = client.get(path, headers={"Accept-Encoding": coding})
        assert first.headers["ETag"].startswith("W/") is bool(coding)
        again = client.get(path, headers={"Accept-Encoding": coding, "If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert "Content-Encoding" not in again.headers or not again.data


def test_static_files_have_addresses_of_their_own_and_name_each_other(client: FlaskClient) -> None:
    page = Page(client.get("/").text)
    own = [one for one in page.loaded() if one]
    folder, _, _ = stylesheet(client).rpartition("/")
    assert len(own) >= 4
    assert all(one.startswith(f"{folder}/") for one in own)
    sheet = client.get(stylesheet(client), headers={"Accept-Encoding": "br"})
    assert brotli.decompress(sheet.data) == client.get("/static/style.css").data
    assert b"url(vendor/hyperlegible.woff2)" in brotli.decompress(sheet.data)
    kinds = {client.get(one).mimetype for one in own}
    assert kinds == {"text/css", "text/javascript", "font/woff2", "image/svg+xml"}


@pytest.mark.parametrize(
    "path", ["/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/static/", "/static/vendor", "/static/0123456789ab/"]
)
def test_nothing_else_is_static(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
