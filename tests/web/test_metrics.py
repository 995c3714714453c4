"""What is counted: by all workers together, whatever became of one, for those alone who may read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from finder.errors import CODES
from finder.web import counts
from finder.web.metrics import METRICS
from finder.web.security import AUDIENCES, FACES
from tests.web.conftest import MakeApp, directory_of
from tests.web.test_editions import away

TOKEN = "zqx-4711-a-token-of-more-than-32-characters"
SEARCH = "/specialists?zip=23220&condition=labral-tear"
OUTCOMES = {"answered", "widened", "started_wide", "outside_area", "nothing_found", "not_hip"}


def samples(client: FlaskClient, **headers: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every number, by name and labels."""
    reply = client.get("/metrics", headers=headers)
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-store"
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(reply.text)
        for one in family.samples
    }


def number(found: dict[tuple[str, frozenset[tuple[str, str]]], float], name: str, **labels: str) -> float:
    """Return one number, 0 where it is not there."""
    return found.get((name, frozenset(labels.items())), 0.0)


def searches(found: dict[tuple[str, frozenset[tuple[str, str]]], float]) -> float:
    """Return how many pages of people were answered."""
    return number(found, "finder_requests_total", endpoint="patients.specialists", audience="patients", status="2xx")


@pytest.fixture
def each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers keep what they count at once, and not when the second is over."""
    taken = counts.Counts.took

    def took_and_kept(self: counts.Counts, *about: object) -> None:
        taken(self, *about)  # type: ignore[arg-type]
        for slots in kept:
            slots.keep()

    kept: list[counts.Slots] = []
    made = counts.Slots.__init__

    def made_and_known(self: counts.Slots, folder: Path, of: counts.Counts) -> None:
        made(self, folder, of)
        kept.append(self)

    monkeypatch.setattr(counts.Slots, "__init__", made_and_known)
    monkeypatch.setattr(counts.Counts, "took", took_and_kept)


@pytest.mark.usefixtures("each_second")
def test_workers_are_added_up_and_the_dead_stay_counted(demo_engine: Engine, make_app: MakeApp) -> None:
    first, second = make_app(demo_engine), make_app(demo_engine)
    for app, times in ((first, 2), (second, 3)):
        for _ in range(times):
            assert app.test_client().get(SEARCH).status_code == 200
    found = samples(first.test_client())
    assert searches(found) == searches(samples(second.test_client())) == 5
    assert number(found, "finder_request_seconds_count", audience="patients") == 5
    assert number(found, "finder_request_seconds_bucket", audience="patients", le="+Inf") == 5
    edition = directory_of(first).index.edition
    for worker in ("1", "2"):
        assert number(found, "finder_edition_loaded", worker=worker) == edition
        assert number(found, "finder_database_answers", worker=worker) == 1
        assert number(found, "finder_roles", worker=worker) > 100
        assert number(found, "finder_resident_bytes", worker=worker) > 1e7
    directory_of(second).stop()
    found = samples(first.test_client())
    assert searches(found) == 5
    assert number(found, "finder_edition_loaded", worker="2") == 0
    # The next one takes the slot that is free, and goes on from there.
    third = make_app(demo_engine)
    third.test_client().get(SEARCH)
    found = samples(first.test_client())
    assert searches(found) == 6
    assert number(found, "finder_edition_loaded", worker="2") == edition


def test_every_label_is_of_a_list_and_every_number_in_the_documentation(demo_engine: Engine, make_app: MakeApp) -> None:
    app = make_app(demo_engine)
    client = app.test_client()
    for path in (
        SEARCH, "/specialists?zip=23220&condition=hip-osteoarthritis", "/specialists?zip=zqx", "/specialists?q=hip+hop+class&zip=23220", "/zqx/4711", "/api/v1/specialists?zip=00000",
        "/specialists?zip=59244&condition=labral-tear", "/places?zip=99723&condition=ddh-infant&radius=10", "/wrong/zqx",
        "/api/v1/specialists?zqx=1",
    ):  # fmt: skip
        client.get(path)
    with away(demo_engine, directory_of(app).engine):
        assert client.get("/specialist/npi:2025200009").status_code == 503
    found = samples(client)
    assert number(found, "finder_faults_total", code="storage_gone") == 1
    assert number(found, "finder_imports_at_work") == 0
    for outcome in ("answered", "widened", "not_hip", "zip_unknown"):
        assert number(found, "finder_search_outcomes_total", outcome=outcome) == 1, outcome
    audiences = {*AUDIENCES, *FACES, "none"}
    known = {
        "endpoint": {*app.view_functions, "none"}, "audience": audiences, "status": {"2xx", "3xx", "4xx", "5xx"},
        "outcome": OUTCOMES | set(CODES), "code": {*CODES, "fault"}, "worker": {"1"},
    }  # fmt: skip
    for name, labels in found:
        bare = re.sub(r"_(total|bucket|count|sum)$", "", name)
        metric = METRICS[bare]
        assert {label for label, _ in labels} - {"le"} == set(metric.labels), name
        for label, value in labels:
            assert label in ("le", "version") or value in known[label], (name, label, value)


@pytest.mark.parametrize(
    ("settings", "asked", "may"),
    [
        ({}, {}, True),
        ({}, {"base_url": "http://[::1]:8000"}, True),
        ({}, {"environ_base": {"REMOTE_ADDR": "10.0.0.5"}}, False),
        ({}, {"base_url": "http://finder.example.org"}, False),
        ({}, {"environ_overrides": {"SERVER_PROTOCOL": "HTTP/1.0"}}, False),
        ({}, {"headers": {"X-Forwarded-For": "127.0.0.1"}}, False),
        ({}, {"headers": {"X-Real-IP": "127.0.0.1"}}, False),
        ({}, {"headers": {"Via": "1.1 proxy"}}, False),
        ({"FINDER_TRUSTED_PROXIES": "1"}, {"headers": {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"}}, False),
        ({"FINDER_TRUSTED_PROXIES": "1"}, {}, True),
        ({"FINDER_METRICS": "off"}, {}, False),
        ({"FINDER_METRICS": "token", "FINDER_METRICS_TOKEN": TOKEN}, {}, False),
        ({"FINDER_METRICS": "token", "FINDER_METRICS_TOKEN": TOKEN}, {"headers": {"Authorization": "Bearer x"}}, False),
        ({"FINDER_METRICS": "token", "FINDER_METRICS_TOKEN": TOKEN}, {"headers": {"Authorization": f"Bearer {TOKEN}"}, "environ_base": {"REMOTE_ADDR": "10.0.0.5"}, "base_url": "https://finder.example.org"}, True),
    ],
)  # fmt: skip
def test_only_those_who_may_read_them(
    shared_demo: Engine, make_app: MakeApp, settings: dict[str, str], asked: dict[str, object], may: bool
) -> None:
    reply = make_app(shared_demo, **settings).test_client().get("/metrics", **asked)
    assert reply.status_code == (200 if may else 404)
    assert ("finder_requests_total" in reply.text) is may
    if not may:
        assert "finder_" not in reply.text


def test_where_nothing_can_be_written_each_shows_its_own(
    demo_engine: Engine, make_app: MakeApp, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "metrics").write_text("no folder")
    client = make_app(demo_engine).test_client()
    assert client.get(SEARCH).status_code == 200
    assert searches(samples(client)) == 1
    assert [one.msg["event"] for one in caplog.records if isinstance(one.msg, dict)].count("metrics_not_kept") == 1


@pytest.mark.parametrize("damage", [b"", b"00000000 {}", b"\xff" * 5000])
def test_a_damaged_slot_counts_as_nothing(
    demo_engine: Engine, make_app: MakeApp, tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / "metrics").mkdir()
    for name in ("worker-1", "worker-9", "worker-x"):
        (tmp_path / "metrics" / name).write_bytes(damage)
    client = make_app(demo_engine).test_client()
    client.get(SEARCH)
    assert searches(samples(client)) == 1
