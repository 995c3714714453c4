"""Whose finder it is, on every page and for search engines: frame, colours, logo, robots, sitemap, structured data."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from finder.web import security
from tests.web.conftest import LANGUAGES, MakeApp
from tests.web.pages import Page
from tests.web.test_patients import in_language, page

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
SITE = """
[site]
name = "Find hip care"
organization = "Juniper <b>Valley</b>"
home_page = "https://juniper.example.org"
[line]
phone = "804-555-0100"
hours_en = "Monday to Friday"
hours_es = "De lunes a viernes"
[[links]]
label_en = "Others"
label_es = "Otros"
url = "https://juniper.example.org/others"
[condition_pages]
labral-tear = "https://juniper.example.org/labrum"
[money]
help_url = "https://juniper.example.org/help"
phone = "804-555-0101"
[colours]
brand = "#1f4d2b"
"""
ABOUT = ("/problems", "/problem/labral-tear", "/how-we-order", "/about-the-data", "/privacy", "/accessibility")
OTHERS = ("/", "/specialists?zip=23220", "/specialists?zip=1", "/nothing", "/docs/", "/specialist/npi:2025200009")
MakeSite = Callable[[str], FlaskClient]


@pytest.fixture
def of_site(shared_demo: Engine, make_app: MakeApp, tmp_path: Path) -> MakeSite:
    """Make a client of the demo under a site's file."""

    def making(text: str) -> FlaskClient:
        (tmp_path / "logo.svg").write_text(SVG)
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return make_app(shared_demo, FINDER_SITE=str(path)).test_client()

    return making


@pytest.fixture
def real(engine: Engine, make_app: MakeApp, tmp_path: Path) -> FlaskClient:
    """An app over a small directory that is no demo."""
    rows = {
        "locations": "location_id,name,organization,kind,address,city,state,zip_code,phone,latitude,longitude\n"
        "p1,Juniper Hip,Juniper Health,clinic,1 Elm St,Richmond,VA,23220,804 555 0100,37.55,-77.46\n"
        "p2,Juniper Hospital,,hospital,2 Elm St,Richmond,VA,23220,,,\n",
        "practitioners": "person_id,location_id,npi,given_name,family_name,credentials,specialties,accepting_new_patients,languages\n"
        "a1,p1,2025200009,Ada,Fern,MD,207XX0005X,no,en; es\na1,p2,2025200009,Ada,Fern,MD,207XX0005X,,en; es\n"
        "a2,p1,,Bo,Reed,DPT,225100000X,yes,\n",
    }  # fmt: skip
    for name, text in rows.items():
        (tmp_path / f"{name}.csv").write_text(text)
    import_files(engine, [tmp_path / f"{name}.csv" for name in rows], "hospital")
    activate(engine, "hospital", None, "test")
    return make_app(engine).test_client()


# ---- the frame


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_whose_it_is_and_leads_everywhere(of_site: MakeSite, language: str) -> None:
    client = of_site(SITE)
    for path in (*ABOUT, *OTHERS):
        found = Page(client.get(in_language(path, language)).text)
        assert found.one("a", class_="brand").text == "Find hip care Juniper <b>Valley</b>"
        assert found.one("title").text.endswith(" - Juniper <b>Valley</b>")
        foot = found.one("footer")
        assert ("Monday to Friday" if language == "en" else "De lunes a viernes") in foot.text
        links = {one["href"].partition("?")[0]: one.text for one in found.within(foot)}
        assert links["https://juniper.example.org/others"] == ("Others" if language == "en" else "Otros")
        assert "tel:+18045550100" in links
        assert "https://juniper.example.org" in links
        assert {"/privacy", "/accessibility", "/about-the-data", "/how-we-order"} <= set(links)
        (top, _foot) = found.all("nav")[0], found.all("nav")[-1]
        assert [one["href"].partition("?")[0] for one in found.within(top)] == ["/", "/problems", "/about-the-data"]
        assert "/theme.css" in set(found.loaded())
        # The language that was chosen goes along.
        ours = [one["href"] for one in found.within(top) + found.within(foot) if one["href"].startswith("/")]
        assert all(f"lang={language}" in href for href in ours), path


@pytest.mark.parametrize("path", ABOUT)
def test_pages_about_the_finder_switch_language_where_they_are(of_site: MakeSite, path: str) -> None:
    found = Page(of_site(SITE).get(path).text)
    assert found.link("Español") == f"{path}?lang=es"


def test_a_page_marks_where_one_is(of_site: MakeSite) -> None:
    client = of_site("")
    marked = {}
    for path in ("/", "/problems", "/problem/perthes", "/about-the-data", "/privacy"):
        found = Page(client.get(path).text)
        marked[path] = [(one.text, one["aria-current"]) for one in found.within(found.all("nav")[0]) if one["aria-current"]]  # fmt: skip
    assert marked == {
        "/": [("Find", "page")], "/problems": [("Hip problems", "page")], "/problem/perthes": [("Hip problems", "true")],
        "/about-the-data": [("About the data", "page")], "/privacy": [],
    }  # fmt: skip


def test_without_a_file_nothing_is_linked_that_is_not_there(client: FlaskClient) -> None:
    found = page(client, "/problem/labral-tear")
    assert "/theme.css" not in set(found.loaded())
    assert not found.all("img")
    assert "What it may cost" not in found.one("main").text
    assert "Back to" not in found.one("footer").text
    assert client.get("/theme.css").status_code == client.get("/logo").status_code == 404


def test_money_and_own_pages_stand_on_the_pages_of_problems(of_site: MakeSite) -> None:
    client = of_site(SITE)
    found = Page(client.get("/problem/labral-tear").text)
    assert found.link("Help to pay") == "https://juniper.example.org/help"
    assert found.one("a", href="tel:+18045550101").text == "(804) 555-0101"
    assert found.link("More about this from Juniper <b>Valley</b>") == "https://juniper.example.org/labrum"
    other = Page(client.get("/problem/perthes").text)
    assert not [one for one in other.all("a") if one["href"].endswith("/labrum")]


# ---- colours and logo


def test_the_theme_is_asked_for_again_only_when_it_changed(of_site: MakeSite) -> None:
    client = of_site(SITE)
    first = client.get("/theme.css")
    assert (first.status_code, first.mimetype) == (200, "text/css")
    assert "--accent:#1f4d2b;" in first.text
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = client.get("/theme.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = of_site(SITE.replace("#1f4d2b", "#6a1b4d")).get(
        "/theme.css", headers={"If-None-Match": first.headers["ETag"]}
    )
    assert other.status_code == 200


def test_the_logo_is_served_so_that_nothing_in_it_can_run(of_site: MakeSite) -> None:
    client = of_site("[site]\nlogo = 'logo.svg'\norganization = 'Juniper'")
    reply = client.get("/logo")
    assert (reply.status_code, reply.mimetype, reply.text) == (200, "image/svg+xml", SVG)
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "script-src" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/logo", headers={"If-None-Match": reply.headers["ETag"]}).status_code == 304
    found = Page(client.get("/").text)
    assert (found.one("img")["src"], found.one("img")["alt"]) == ("/logo", "Juniper")
    assert found.one("a", class_="brand").text == "Hip specialist finder"


def test_what_can_be_better_is_logged_at_start(of_site: MakeSite, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        of_site("[colours]\nbrand = '#4a6a50'\n[condition_pages]\nlabral-taer = 'https://x.example.org'")
    told = [one.msg for one in caplog.records if isinstance(one.msg, dict) and one.msg["event"].startswith("site_")]
    assert len(told) == 4
    assert all("site.toml" in one["file"] for one in told)
    assert (told[0]["key"], told[0]["other"]) == ("colours.brand", "colours.paper")
    assert told[-1]["key"] == "condition_pages.labral-taer"


# ---- search engines


def test_robots_are_sent_away_from_the_demo(client: FlaskClient) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert client.get("/sitemap.xml").status_code == 404
    assert not page(client, "/problems").all("link", rel="alternate")


def test_robots_get_the_pages_that_are_for_everybody(real: FlaskClient) -> None:
    told = real.get("/robots.txt", base_url="https://find.example.org").text
    assert "Disallow: /\n" not in told
    assert {"Disallow: /specialists", "Disallow: /places", "Disallow: /api/"} <= set(told.splitlines())
    assert told.endswith("Sitemap: https://find.example.org/sitemap.xml\n")
    reply = real.get("/sitemap.xml", base_url="https://find.example.org")
    assert reply.mimetype == "application/xml"
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    urls = ElementTree.fromstring(reply.text).findall("s:url", spaces)
    listed = [one.findtext("s:loc", namespaces=spaces) or "" for one in urls]
    assert len(listed) == len(set(listed)) > 80
    assert all(one.startswith("https://find.example.org/") for one in listed)
    assert not [one for one in listed if re.search("/specialists|/places|zip=", one)]
    for one in urls:
        links = [link.attrib for link in one.findall("x:link", spaces)]
        assert [link["hreflang"] for link in links] == list(LANGUAGES)
        assert (one.findtext("s:loc", namespaces=spaces) or "") in [link["href"] for link in links]
    for address in listed:
        path = address.removeprefix("https://find.example.org")
        found = page(real, path)
        assert not found.all("meta", name="robots"), path
        said = found.one("meta", name="description")["content"]
        assert 30 < len(said) < 250, said
        assert said.startswith(found.one("title").text.rpartition(" - ")[0]), said
        alternates = {link["hreflang"]: link["href"] for link in found.all("link", rel="alternate")}
        assert set(alternates) == {*LANGUAGES, "x-default"}
        assert alternates[path[-2:]] == f"http://localhost{path}"


def test_results_stay_out_of_search_engines(real: FlaskClient) -> None:
    for path in ("/specialists?zip=23220", "/places?zip=23220", "/problem/hip-dislocation?stage=now", "/nothing"):
        found = Page(real.get(path).text)
        assert found.one("meta", name="robots")["content"] == "noindex", path
        assert not found.all("link", rel="alternate")
        assert not found.all("meta", name="description")


def described(client: FlaskClient, path: str) -> dict[str, object]:
    """Return what a page says of itself for search engines."""
    element = page(client, path).one("script", type="application/ld+json")
    found: dict[str, object] = json.loads("".join(element.texts))
    return found


def test_people_and_places_are_described_by_what_is_stated(real: FlaskClient) -> None:
    doctor = described(real, "/specialist/npi:2025200009")
    assert (doctor["@type"], doctor["name"], doctor["usNPI"]) == ("Physician", "Ada Fern, MD", "2025200009")
    assert doctor["url"] == "http://localhost/specialist/npi:2025200009"
    # Not taking any at one place, and not stated at the other.
    assert "isAcceptingNewPatients" not in doctor
    first, second = doctor["location"]  # type: ignore[misc]
    assert (first["@type"], second["@type"]) == ("MedicalClinic", "Hospital")
    assert first["telephone"] == "+18045550100"
    assert "telephone" not in second
    assert first["geo"]["latitude"] == pytest.approx(37.55)
    assert "geo" not in second  # known only by its ZIP code
    therapist = described(real, "/specialist/person:hospital:a2?lang=es")
    assert (therapist["@type"], therapist["honorificSuffix"]) == ("Person", "DPT")
    assert therapist["jobTitle"] == "Fisioterapeuta"
    place = described(real, "/place/place:hospital:p1")
    assert (place["@type"], place["name"]) == ("MedicalClinic", "Juniper Hip")
    assert place["parentOrganization"] == {"@type": "Organization", "name": "Juniper Health"}
    assert place["address"]["postalCode"] == "23220"  # type: ignore[index]
    assert [one["name"] for one in place["member"]] == ["Ada Fern, MD", "Bo Reed"]  # type: ignore[attr-defined]


def test_nobody_who_is_invented_is_described(client: FlaskClient) -> None:
    for path in ("/specialist/npi:2025200009", "/place/place:demo:lark-hip"):
        assert [one["type"] for one in page(client, path).all("script")] == ["module"]


def test_no_page_may_run_a_script_of_others(real: FlaskClient) -> None:
    policy = real.get("/specialist/npi:2025200009").headers["Content-Security-Policy"]
    assert policy == security.AUDIENCES["patients"].policy
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
