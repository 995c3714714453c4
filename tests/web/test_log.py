"""The log: events and keys of lists; a fault can be found again by its reference, and tells nothing else."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from finder import logs
from finder.web.patients import results
from tests.web.conftest import MakeApp

CANARY = "zqx hip 4711"
SEARCH = f"/specialists?zip=23220&q={CANARY}"
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ROOT = Path(logs.__file__).parent


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    """Return what was logged as JSON since."""
    before = logging.getLogger().handlers, logging.getLogger().level
    logs.write("json", logging.INFO)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logging.getLogger().handlers, level = before
    logging.getLogger().setLevel(level)


def test_what_stands_on_no_list_is_dropped(lines) -> None:  # type: ignore[no-untyped-def]
    logs.log.info("serving", workers=2, zip=CANARY, words=CANARY, address=CANARY)
    logs.log.warning(CANARY, code="x")
    try:
        raise ValueError(CANARY) from DBAPIError("SELECT :q", {"q": CANARY}, Exception(CANARY))
    except ValueError:
        logs.log.error("fault", exc_info=True, code="fault\nfinder")
        logging.getLogger("sqlalchemy.engine").exception("failed for %s", CANARY)
        logging.getLogger("werkzeug").error(CANARY)
    logging.getLogger("_granian").error("Unexpected exit from worker-1")
    logging.getLogger("_granian").error("GET /specialists?zip=23220-9137")
    found = lines()
    for one in found:
        assert one.keys() <= logs.KEYS.keys()
        assert one["event"] in logs.EVENTS
        assert list(one)[:3] == ["time", "level", "event"]
    assert "zqx" not in json.dumps(found)
    assert "9137" not in json.dumps(found)
    assert found[0]["workers"] == 2
    assert found[1]["event"] == "foreign"
    assert found[2]["kind"] == found[3]["kind"] == "ValueError < DBAPIError"
    assert "test_log.py:" in found[2]["where"]
    assert found[2]["code"] == "fault finder"
    assert [one["logger"] for one in found[3:5]] == ["sqlalchemy.engine", "werkzeug"]
    assert found[5]["told"] == "Unexpected exit from worker-1"
    assert "told" not in found[6]


def test_every_event_and_key_of_the_code_is_on_the_lists() -> None:
    events, keys = set(), set()
    for path in ROOT.rglob("*.py"):
        for call in re.findall(
            r"\blog\.(?:info|warning|error)\(\s*(.*?)\)\n", path.read_text(encoding="utf-8"), re.DOTALL
        ):
            events.add(re.match(r'"([a-z_]+)"', call)[1])  # type: ignore[index]
            keys |= set(re.findall(r"[,(]\s*([a-z_]+)=", call))
    assert events <= logs.EVENTS.keys()
    assert logs.EVENTS.keys() - events == {"server", "foreign"}
    assert keys - {"exc_info"} <= logs.KEYS.keys()


@pytest.mark.parametrize(
    ("proxies", "sent", "is_taken"),
    [
        ("1", UUID, True),
        ("1", "a" * 32, True),
        ("1", "23220-9137", False),
        ("1", "zqx-4711", False),
        ("0", UUID, False),
    ],
)
def test_a_fault_is_found_again_by_its_reference(  # type: ignore[no-untyped-def]
    shared_demo: Engine, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, lines, proxies: str, sent: str, is_taken: bool,
) -> None:  # fmt: skip
    def broken(*_: object, **__: object) -> None:
        raise ValueError(CANARY)

    client = make_app(shared_demo, FINDER_TRUSTED_PROXIES=proxies).test_client()
    assert client.get("/specialists?zip=1", headers={"X-Request-ID": sent}).headers.get("X-Request-ID") is None
    monkeypatch.setattr(results, "search", broken)
    reply = client.get(SEARCH, headers={"X-Request-ID": sent})
    assert reply.status_code == 500
    (fault,) = [one for one in lines() if one["event"] == "fault"]
    reference = fault["request"]
    assert (reference == sent) is is_taken
    assert reply.headers["X-Request-ID"] == reference
    assert f"name the reference {reference}." in reply.text
    assert (fault["endpoint"], fault["code"], fault["kind"]) == ("patients.specialists", "fault", "ValueError")
    assert "zqx" not in json.dumps(fault)
