"""Positions looked up by address: asked once, politely, of one host; doubted where need be; laid over what holds."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from finder.db.addresses import address_hash, house_number, without_suite
from finder.db.directory import PositionKind
from finder.db.edition import current_edition
from finder.db.geocodes import Geocode, GeocodeOutcome
from finder.desk.amendments import amend, withdraw
from finder.desk.geocoder import GeocoderAway, Service, asking, is_safe
from finder.desk.geocoding import Run, drop, look_up, stand
from finder.desk.listings import staff_listing
from finder.desk.quality import look_at, work_list
from finder.errors import DeskRefused
from finder.search.answer import listing
from tests.cli.run import Terminal
from tests.conftest import load_index
from tests.desk.geocoder_server import GeocoderServer, Known, geocoder, made_certificate, send
from tests.search.small_directory import DAY, Load, ask, loader, person, place
from tests.web.server import environment, url_of

CARY = Known(37.5512, -77.4801, "2500")
KNOWN = {
    "2500 W Cary St": [CARY],
    "7 Far St": [Known(40.7, -74.0, "7")],
    "8 Edge St": [Known(37.2710, -79.9414, "8")],
    "9 Street Only": [Known(37.55, -77.47)],
    "10 Other House": [Known(37.55, -77.47, "12"), Known(37.56, -77.48, "10")],
    "11 Wrong House": [Known(37.55, -77.47, "13")],
    "12 At Sea": [Known(0.0, 0.0, "12")],
}
NO_PIN = {"latitude": "", "longitude": ""}
CARY_PLACE = {"address": "2500 West Cary Street, Suite 200", **NO_PIN}


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Import rows and put them in force."""
    return loader(engine, tmp_path)


@pytest.fixture
def server() -> Iterator[GeocoderServer]:
    """A geocoder that answers."""
    with geocoder(KNOWN | {"2500 West Cary Street": [CARY]}) as serving:
        yield serving


def service(server: GeocoderServer, kind: str = "nominatim", **more: Any) -> Service:
    return Service(kind, server.url, "specialist-finder/test (a@b.example)", seconds=more.pop("seconds", 0.0), **more)


def run(engine: Engine, server: GeocoderServer, kind: str = "nominatim", **more: Any) -> Run:
    return look_up(engine, asking(service(server, kind)), "test", "ada", **more)


def seen(engine: Engine, public_id: str) -> Any:
    with engine.connect() as connection:
        return listing(load_index(engine), connection, public_id, DAY).location


def outcomes(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {
            one: f"{answer.outcome.value} {answer.doubt}".strip() if answer else "not asked"
            for address, answer in stand(connection).addresses
            for one in (listed.rpartition(":")[2] for listed in address.listings)
        }


@pytest.mark.parametrize("kind", ["nominatim", "photon", "pelias"])
def test_each_kind_of_geocoder_is_understood_and_doubted_alike(
    engine: Engine, load: Load, server: GeocoderServer, kind: str
) -> None:
    load(
        locations=[
            place("cary", **CARY_PLACE), place("same", **(CARY_PLACE | {"address": "2500 W. Cary St"})),
            place("pinned", address="1 Main St"), place("box", address="PO Box 12", **NO_PIN),
            place("far", address="7 Far St", **NO_PIN), place("edge", address="8 Edge St", **NO_PIN),
            place("street", address="9 Street Only", **NO_PIN), place("other", address="10 Other House", **NO_PIN),
            place("wrong", address="11 Wrong House", **NO_PIN), place("sea", address="12 At Sea", **NO_PIN),
            place("gone", address="13 Nowhere Rd", **NO_PIN),
        ],
        practitioners=[person("ada", "cary")],
    )  # fmt: skip
    before = seen(engine, "place:ours:cary")
    assert before.position_kind is PositionKind.ZIP
    done = run(engine, server, kind)
    assert outcomes(engine) == {
        "cary": "found", "same": "found", "far": "doubtful outside_state", "edge": "doubtful far_from_zip",
        "street": "doubtful no_house", "other": "found", "wrong": "doubtful other_house",
        "sea": "doubtful outside_country", "gone": "missed",
    }  # fmt: skip
    # One question an address, without the suite; nothing of a box, nothing of a place that has a pin.
    assert done.asked == len(server.asked) == len(set(server.asked)) == 8
    assert "2500 West Cary Street, Richmond, VA 23220" in server.asked
    assert server.agents == {"specialist-finder/test (a@b.example)"}
    with engine.connect() as connection:
        assert stand(connection).without_house == ["place:ours:box"]
        assert done.edition == current_edition(connection)
    after = seen(engine, "place:ours:cary")
    assert (after.latitude, after.longitude, after.position_kind) == (37.5512, -77.4801, PositionKind.GIVEN)
    assert seen(engine, "place:ours:other").latitude == 37.56
    assert seen(engine, "place:ours:far").position_kind is PositionKind.ZIP
    # The distance that patients are told is that of the point.
    (match,) = ask(engine).main.matches
    assert (match.location.latitude, match.location.position_kind) == (37.5512, PositionKind.GIVEN)
    # Asked once, misses too; and with nothing new there is no new edition.
    again = run(engine, server, kind)
    assert (again.asked, again.edition, len(server.asked)) == (0, None, 8)
    assert run(engine, server, kind, again=True, limit=2).asked == 2


def test_a_position_that_was_looked_up_lives_as_long_as_its_address(
    engine: Engine, load: Load, server: GeocoderServer
) -> None:
    rows = [place("cary", **CARY_PLACE), place("pinned", address="1 Main St")]
    load(locations=rows)
    run(engine, server)
    cary = "place:ours:cary"
    assert seen(engine, cary).latitude == 37.5512
    # An import with the address in other words keeps it.
    load(locations=[rows[0] | {"address": "2500 W Cary St Ste 300", "phone": "804-555-0100"}, rows[1]])
    assert seen(engine, cary).latitude == 37.5512
    # Staff give another address: it is gone, and back with the old one.
    amend(engine, cary, {"address": "99 Elsewhere Ave"}, "ada")
    assert seen(engine, cary).position_kind is PositionKind.ZIP
    withdraw(engine, cary, "address", "ada")
    assert seen(engine, cary).latitude == 37.5512
    # So does a file; and a pin of the file goes before.
    load(locations=[rows[0] | {"address": "98 Elsewhere Ave"}, rows[1]])
    assert seen(engine, cary).position_kind is PositionKind.ZIP
    load(locations=[rows[0] | {"latitude": 37.54, "longitude": -77.45}, rows[1]])
    assert (seen(engine, cary).latitude, seen(engine, cary).position_kind) == (37.54, PositionKind.GIVEN)
    load(locations=rows)
    # A pin of staff goes before it, until it is taken back.
    amend(engine, cary, {"latitude": 37.53, "longitude": -77.44}, "ada")
    assert seen(engine, cary).latitude == 37.53
    withdraw(engine, cary, "latitude", "ada")
    assert seen(engine, cary).latitude == 37.5512
    drop(engine, cary, "ada")
    assert seen(engine, cary).position_kind is PositionKind.ZIP
    with pytest.raises(DeskRefused, match="geocode_missing"):
        drop(engine, cary, "ada")
    assert run(engine, server).asked == 0


def test_an_address_that_staff_change_takes_the_files_pin_along(
    engine: Engine, load: Load, server: GeocoderServer
) -> None:
    load(locations=[place("main", address="1 Main Street")], practitioners=[person("ada", "main")])
    main = "place:ours:main"
    # Other words for the same address, and another suite, move nothing.
    amend(engine, main, {"address": "1 Main St, Suite 4"}, "ada")
    assert (seen(engine, main).latitude, seen(engine, main).position_kind) == (37.55, PositionKind.GIVEN)
    amend(engine, main, {"address": "2500 W Cary St"}, "ada")
    moved = seen(engine, main)
    assert moved.position_kind is PositionKind.ZIP
    assert moved.latitude != 37.55
    assert ask(engine).main.matches[0].location.position_kind is PositionKind.ZIP
    with engine.connect() as connection:
        found = staff_listing(connection, main)
        assert found.laid[-1] == "address_changed"
        assert float(found.shown["latitude"]) == moved.latitude
        findings = work_list(look_at(connection, dt.datetime.now(dt.UTC)), "approximate")
        assert [one.subject for one in findings] == [main]
    # Then it is looked up; and whoever says that the file's pin is right for this address too is heard.
    assert run(engine, server).outcomes == {GeocodeOutcome.FOUND: 1}
    assert seen(engine, main).latitude == 37.5512
    amend(engine, main, {"latitude": 37.55, "longitude": -77.46}, "ada")
    assert (seen(engine, main).latitude, seen(engine, main).position_kind) == (37.55, PositionKind.GIVEN)


def _drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _second in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


HOSTILE: dict[str, Any] = {
    "oversize": lambda handler: send(handler, b"[" + b" " * 300_000 + b"]"),
    "html": lambda handler: send(handler, b"<html>hello</html>", Content_Type="text/html"),
    "nan": lambda handler: send(handler, b'[{"lat": NaN, "lon": 1, "display_name": "x"}]'),
    "deep": lambda handler: send(handler, b"[" * 200_000),
    "another shape": lambda handler: send(handler, b'[{"lat": {}, "lon": [], "display_name": 7}]'),
    "a number": lambda handler: send(handler, b"17"),
    "not a place": lambda handler: send(handler, b'[{"lat": "91", "lon": "1e999", "display_name": "x"}]'),
    "bytes": lambda handler: send(handler, b'[{"lat": "\xff\xfe"}]'),
    "fault": lambda handler: send(handler, b"{}", 500),
    "drip": _drip,
    "cut off": lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[]"),
    "no HTTP": lambda handler: handler.wfile.write(b"220 mail.example ESMTP\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["nominatim", "photon", "pelias"])
def test_hostile_answers_are_no_answers(server: GeocoderServer, kind: str) -> None:
    ask_it = asking(service(server, kind, timeout=0.6))
    for name, trouble in HOSTILE.items():
        if name == "not a place" and kind != "nominatim":
            continue
        server.trouble = trouble
        with pytest.raises(GeocoderAway):
            pytest.fail(f"{name}: {ask_it('1 Main St')}")


def test_whoever_redirects_or_refuses_is_left_alone_at_once(engine: Engine, load: Load, server: GeocoderServer) -> None:
    load(locations=[place(f"p{n}", address=f"{n} Main St", **NO_PIN) for n in range(1, 7)])
    with geocoder(KNOWN) as elsewhere:
        for status in (301, 302, 307, 308, 403, 429):
            server.asked.clear()
            server.trouble = lambda handler, status=status: send(handler, b"[]", status, Location=elsewhere.url)
            stopped = run(engine, server).stopped
            assert stopped is not None
            assert (stopped.code, stopped.params["status"]) == ("geocoder_refuses", status)
            assert len(server.asked) == 1
        assert not elsewhere.at
    # What gives no answer is tried three times, is not taken for a miss, and stops nothing that was found.
    server.trouble = HOSTILE["fault"]
    server.asked.clear()
    done = run(engine, server)
    assert done.stopped is not None
    assert (done.stopped.code, done.away, len(server.asked)) == ("geocoder_away", 3, 3)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Geocode)) == 0


def test_only_the_named_host_is_asked_over_tls_and_no_proxy_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: GeocoderServer
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert asking(service(server))("2500 W Cary St") != []
    certificate = made_certificate(tmp_path)
    with geocoder(KNOWN, certificate=certificate) as secure:
        with pytest.raises(GeocoderAway):
            asking(service(secure))("2500 W Cary St")
        assert not secure.asked
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        assert asking(service(secure))("2500 W Cary St")[0][:3] == CARY[:3]
        # Through a proxy that was named, and is not there.
        with pytest.raises(GeocoderAway):
            asking(service(secure, proxy="127.0.0.1:9"))("2500 W Cary St")
    for url in (
        "http://geocoder.example.org", "http://10.0.0.1", "ftp://127.0.0.1", "https://a:b@geocoder.example.org", "https://",
        "http://127.0.0.1.example.org", "http://localhost.example.org", "https://x.example?q=1", "http://[::2]:80",
    ):  # fmt: skip
        assert not is_safe(url), url
        with pytest.raises(DeskRefused, match="geocoder_unsafe"):
            asking(Service("photon", url, "x"))
    assert all(map(is_safe, ("https://x.example/photon", "http://[::1]:8080", "http://localhost:2322")))


def test_questions_keep_their_distance(server: GeocoderServer) -> None:
    ask_it = asking(service(server, seconds=0.3))
    for number in range(4):
        ask_it(f"{number} Main St")
    assert all(later - earlier >= 0.25 for earlier, later in itertools.pairwise(server.at))


def test_who_is_killed_goes_on(engine: Engine, load: Load, tmp_path: Path, server: GeocoderServer) -> None:
    load(locations=[place(f"p{n}", address=f"{n} W Cary St", **NO_PIN) for n in range(1, 13)])
    server.known = {f"{n} W Cary St": [Known(37.55, -77.47 - n / 1000, str(n))] for n in range(1, 13)}
    settings = environment(
        tmp_path, FINDER_DATABASE_URL=url_of(engine), FINDER_GEOCODER="photon", FINDER_GEOCODER_URL=server.url,
        FINDER_GEOCODER_SECONDS="0.1",
    )  # fmt: skip
    command = [sys.executable, "-m", "finder.cli", "geocode"]
    for sign in (signal.SIGKILL, signal.SIGINT):
        asked = len(server.asked)
        child = subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        waited = time.monotonic()
        while len(server.asked) < asked + 3 and time.monotonic() - waited < 60:
            time.sleep(0.01)
        os.kill(child.pid, sign)
        assert child.wait(30) != 0
    assert seen(engine, "place:ours:p1").position_kind is PositionKind.ZIP
    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=100, check=True)
    # At most the one question that was on its way was asked twice, at each kill.
    assert 12 <= len(server.asked) <= 14, server.asked
    assert len(set(server.asked)) == 12
    assert "In force since edition" in done.stdout
    assert all(seen(engine, f"place:ours:p{n}").position_kind is PositionKind.GIVEN for n in range(1, 13))


def test_the_command_says_what_it_does_and_asks_nobody_unless_it_may(
    engine: Engine, load: Load, tmp_path: Path, server: GeocoderServer
) -> None:
    load(locations=[place("cary", **CARY_PLACE), place("far", address="7 Far St", **NO_PIN), place("x", address="5 Gone St", **NO_PIN)])  # fmt: skip
    terminal = Terminal(tmp_path, url_of(engine))
    there = {"FINDER_GEOCODER": "nominatim", "FINDER_GEOCODER_URL": server.url, "FINDER_GEOCODER_SECONDS": "0"}
    assert "FINDER_GEOCODER cannot be 'unset'" in terminal.refused("geocode")
    assert "FINDER_GEOCODER_CONTACT" in terminal.refused("geocode", FINDER_GEOCODER="photon", FINDER_GEOCODER_URL="https://x.example")  # fmt: skip
    assert "FINDER_GEOCODER_URL" in terminal.refused("geocode", FINDER_GEOCODER="photon", FINDER_GEOCODER_URL="http://x.example")  # fmt: skip
    assert "1 or more" in terminal.refused(
        "geocode", FINDER_GEOCODER="nominatim", FINDER_GEOCODER_URL="https://nominatim.openstreetmap.org",
        FINDER_GEOCODER_CONTACT="a@b.example", FINDER_GEOCODER_SECONDS="0.5",
    )  # fmt: skip
    assert "not asked for yet: 3" in terminal.good("geocode", "--dry-run", **there)
    assert not server.asked
    told = terminal.good("geocode", **there)
    assert "Asked for 3 addresses: 1 found, 1 doubtful, 1 not found" in told
    assert "place:ours:far  the point is outside of the state: 40.7, -74.0" in told
    assert '"outcome": "missed"' in terminal.good("geocode", "--dry-run", "--json")
    assert "measured from its ZIP code again" in terminal.good("geocode", "--drop", "place:ours:cary")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = {**there, "FINDER_GEOCODER_URL": f"http://127.0.0.1:{closed.getsockname()[1]}"}
        assert terminal.run("geocode", "--again", **nobody).code == 2


def test_addresses_are_one_however_they_are_written() -> None:
    one = address_hash("2500 West Cary Street, Suite 200", "Richmond", "VA", "23220-1234")
    assert one == address_hash("2500 W. Cary St #4", "RICHMOND", "va", "23220")
    assert one != address_hash("2502 West Cary Street", "Richmond", "VA", "23220")
    assert one != address_hash("2500 West Cary Street", "Richmond", "VA", "23221")
    assert without_suite("1201 E Broad St, Suite 4-B, Box 2") == "1201 E Broad St"
    assert without_suite("10 Unity Way") == "10 Unity Way"
    for text, number in {
        "2500 W Cary St": "2500", "12A Oak": "12a", "12-34 Main St": "12-34", "5th Avenue": "", "PO Box 7": "",
        "P.O. Box 7": "", "Box 7": "", "Main Street": "", "": "", "RR 2 Box 5": "", "HC 64 Box 2": "",
    }.items():  # fmt: skip
        assert house_number(text) == number, text
