"""Under which names the finder answers, and whom it believes about who asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.config import read_settings
from finder.errors import SettingError
from finder.formats.wording import wording
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.pages import Page
from tests.web.server import serving

NAMES = "finder.example.org, .juniper.example,127.0.0.1"
BAD = "<script>alert(1)</script>"


@pytest.fixture
def named(demo_engine: Engine, make_app: MakeApp) -> FlaskClient:
    """An app that has names."""
    return make_app(demo_engine, FINDER_HOSTS=NAMES).test_client()


@pytest.mark.parametrize(
    "host",
    ["finder.example.org", "FINDER.Example.org:8443", "juniper.example", "hips.juniper.example", "127.0.0.1:8000"],
)
def test_it_answers_under_its_names(named: FlaskClient, host: str) -> None:
    for path in ("/", "/api/v1/conditions", "/static/style.css", "/healthz"):
        with named.get(path, headers={"Host": host}) as reply:
            assert reply.status_code == 200, path


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "host", ["other.example", "finder.example.org.evil.example", "xfinder.example.org", "evil.example:80", BAD, "", "[::1]", "a b"]
)  # fmt: skip
def test_other_names_are_refused_in_the_form_of_the_reader(named: FlaskClient, host: str, language: str) -> None:
    sentence = wording(language).code("host_refused", {"host": host[:253]})
    problem = named.get(f"/api/v1/conditions?lang={language}", headers={"Host": host})
    assert (problem.status_code, problem.mimetype) == (400, "application/problem+json")
    assert (problem.json["code"], problem.json["detail"]) == ("host_refused", sentence)
    assert problem.json["params"] == {"host": host[:253]}
    assert "FINDER_HOSTS" in sentence
    page = named.get(f"/?lang={language}", headers={"Host": host})
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert Page(page.text).one("h1").text == " ".join(sentence.split())
    assert BAD not in page.text
    for path in ("/static/style.css", "/nothing", "/specialists?zip=23220"):
        assert named.get(path, headers={"Host": host}).status_code == 400


def test_whoever_looks_whether_a_worker_lives_may_ask_by_any_name(named: FlaskClient) -> None:
    for host in ("10.0.0.7:8000", "localhost", "[::1]:8000"):
        for path in ("/healthz", "/readyz"):
            reply = named.get(path, headers={"Host": host})
            assert reply.status_code == 200
            assert host not in reply.text + str(reply.headers)


@pytest.mark.parametrize("path", ["/", "/api/v1/conditions", "/static/style.css", "/healthz", "/nothing"])
def test_a_name_that_none_can_have_is_refused_whatever_is_set(
    client: FlaskClient, named: FlaskClient, path: str
) -> None:
    for one in (client, named):
        for host in ("x" * 64, "x" * 5000, "a..b"):
            reply = one.get(path, headers={"Host": host})
            assert reply.status_code == 400
            assert host[:253] in reply.text


def test_unset_any_name_will_do(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "other.example"}).status_code == 200


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FINDER_HOSTS", "https://finder.example.org"), ("FINDER_HOSTS", "finder.example.org:443"),
        ("FINDER_HOSTS", "finder example.org"), ("FINDER_HOSTS", "*.example.org"), ("FINDER_HOSTS", "finder..org"),
        ("FINDER_TRUSTED_PROXIES", "-1"), ("FINDER_TRUSTED_PROXIES", "all"), ("FINDER_API_PER_MINUTE", "1.5"),
        ("FINDER_API_PER_MINUTE", "-1"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_refused_by_name(variable: str, value: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_settings({variable: value})
    assert refused.value.params["name"] == variable
    assert refused.value.params["value"] == value


def test_only_as_many_proxies_as_stated_are_believed(demo_engine: Engine, make_app: MakeApp) -> None:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "finder.example.org"}
    direct, behind = (
        make_app(demo_engine).test_client(),
        make_app(demo_engine, FINDER_TRUSTED_PROXIES="1").test_client(),
    )
    for client, secure in ((direct, False), (behind, True)):
        reply = client.get("/", headers=told)
        assert ("Strict-Transport-Security" in reply.headers) is secure
    twice = {"X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "evil.example, finder.example.org"}
    assert "Strict-Transport-Security" not in behind.get("/", headers=twice).headers
    limited = make_app(demo_engine, FINDER_TRUSTED_PROXIES="1", FINDER_HOSTS="finder.example.org").test_client()
    assert limited.get("/", headers=twice).status_code == 200
    assert limited.get("/", headers={"X-Forwarded-Host": "finder.example.org, evil.example"}).status_code == 400


@pytest.mark.parametrize(("host", "names", "warned"), [("0.0.0.0", "", True), ("0.0.0.0", "a.example,127.0.0.1", False), ("127.0.0.1", "", False)])  # fmt: skip
def test_at_start_it_says_that_names_are_missing_where_others_can_reach_it(
    tmp_path: Path, host: str, names: str, warned: bool
) -> None:
    with serving(
        tmp_path / "home", FINDER_HOST=host, FINDER_HOSTS=names, FINDER_DEMO="no", FINDER_WORKERS="1"
    ) as server:
        assert ("FINDER_HOSTS is not set" in server.output.read_text()) is warned
        assert server.get("/", Host="other.example").status == (400 if names else 200)
