"""The patients' pages over the demo, as a browser without scripts gets them, in both languages."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from finder.formats.wording import wording
from tests.web.conftest import LANGUAGES
from tests.web.pages import Page

RESULTS = "/specialists?zip=23220&condition=labral-tear"
EMERGENCY = "/specialists?zip=23220&condition=hip-dislocation"
FINE = (
    "/",
    RESULTS,
    "/specialists?zip=23220",
    "/places?zip=23220&condition=labral-tear",
    "/places?zip=99723&condition=ddh-infant",
    EMERGENCY,
    f"{EMERGENCY}&stage=now",
    "/places?zip=00601&condition=scfe",
    "/specialists?zip=23220&condition=hip-osteoarthritis&offset=150",
    "/specialist/npi:2025200009",
    "/specialist/person:demo:leocadia-umbertassel",
    "/place/place:demo:lark-univ",
    "/place/place:demo:lark-hip",
    "/specialist/npi:2025200009?zip=23220&condition=labral-tear",
    "/place/place:demo:lark-hip?zip=23220&list=places",
    "/wrong/npi:2025200009",
    "/wrong/place:demo:lark-hip",
    "/wrong/npi:2025200009/thanks",
    "/specialists/print?zip=23220&condition=labral-tear",
    "/places/print?zip=23220&condition=hip-dislocation",
    "/specialists?zip=23220&q=fell+and+can%27t+get+up",
    "/places?zip=23220&q=fell+yesterday%2C+hip+hurts%2C+still+walking",
    "/specialists?zip=23220&q=hip+hop+class",
    "/docs/",
    "/problems",
    "/problem/labral-tear",
    "/problem/hip-dislocation",
    "/problem/hip-dislocation?stage=treated",
    "/how-we-order",
    "/about-the-data",
    "/privacy",
    "/accessibility",
)
WRONG = (
    "/specialists?zip=1",
    "/specialists/print?zip=1",
    "/specialists?zip=23220&radius=NaN",
    "/places?zip=23220&condition=x",
)
MISSING = (
    "/wrong/npi:1",
    "/wrong/npi:1/thanks",
    "/nothing",
    "/specialist/npi:1",
    "/place/npi:2025200009",
    "/specialist/place:demo:lark-hip",
)


def page(client: FlaskClient, path: str, status: int = 200, language: str = "") -> Page:
    """Return a page, which is HTML with the status."""
    reply = client.get(path, headers={"Accept-Language": language} if language else {})
    assert (reply.status_code, reply.mimetype) == (status, "text/html"), path
    return Page(reply.text)


def in_language(path: str, language: str) -> str:
    """Return an address with a language."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "status"),
    [(path, 200) for path in FINE] + [(path, 400) for path in WRONG] + [(path, 404) for path in MISSING],
)
def test_every_page_is_sound(client: FlaskClient, path: str, status: int, language: str) -> None:
    found = page(client, in_language(path, language), status)
    assert found.one("html")["lang"] == language
    assert len(found.all("h1")) == 1
    assert found.one("h1").text
    assert found.one("title").text.endswith((" - Hip specialist finder", " - Buscador de especialistas de cadera"))
    assert found.one("main")["id"] == "main"
    assert found.all("a")[0]["href"] == "#main"
    # One script, which waits until the page is there (a module does), and nothing within.
    script = found.one("script", type="module")
    assert re.fullmatch(r"/static/[0-9a-f]{12}/finder\.js", script["src"])
    assert script.text == ""
    assert not any(name.startswith("on") for one in found.elements for name in one.attributes)
    assert not any(one["style"] for one in found.elements)
    ids = [one["id"] for one in found.elements if one["id"]]
    assert len(set(ids)) == len(ids)
    for control in (one for one in found.elements if one.tag in ("input", "select", "textarea")):
        if control["type"] != "hidden":
            around = [one for one in control.inside if one.tag == "label"]
            assert (around[0] if around else found.one("label", **{"for": control["id"]})).text
        assert all(reference in ids for reference in control["aria-describedby"].split())
    for link in found.all("a"):
        assert link.text, path
        assert not link["href"].startswith("#") or link["href"][1:] in ids
        assert urlsplit(link["href"]).scheme in ("", "https", "tel")
    loaded = list(found.loaded())
    assert loaded
    assert all(re.match(r"/static/[\w/.-]+$", address) for address in loaded)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*FINE, *WRONG])
def test_the_demo_says_so_and_is_not_indexed(client: FlaskClient, path: str, language: str) -> None:
    if path == "/docs/":
        return
    found = page(client, in_language(path, language), 400 if path in WRONG else 200)
    assert found.one("meta", name="robots")["content"] == "noindex"
    assert found.one("section", class_="demo").text.startswith(wording(language)("This is a demo."))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [*(path for path in FINE if "zip=" in path), "/", *WRONG, *MISSING])
def test_when_to_call_911_always_stands(client: FlaskClient, path: str, language: str) -> None:
    status = 400 if path in WRONG else 404 if path in MISSING else 200
    text = page(client, in_language(path, language), status).one("body").text
    assert wording(language).standing_line() in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_emergency_comes_before_all_else(client: FlaskClient, language: str) -> None:
    html = client.get(in_language(EMERGENCY, language)).data
    body = html.index(b"<body>") + len(b"<body>")
    first = html[body : body + 2500].decode(errors="ignore")
    assert 'href="tel:911"' in first
    card = first[: first.index("</section>")]
    assert "<h1>" in card
    assert "stage=now" in card
    assert "stage=treated" in card
    assert not re.search("<(ol|ul|form|table)\\b", card)
    found = Page(html.decode())
    assert found.one("h1").inside[-1]["class"] == "stop"
    assert found.one("title").text.startswith(found.one("h1").text)
    assert "911" in found.one("h1").text


def test_now_and_treated_are_two_links(client: FlaskClient) -> None:
    found = page(client, EMERGENCY)
    now = page(client, found.link("Yes, now"))
    assert now.one("a", href="tel:911").text == "Call 911"
    assert "stage=now" not in {urlsplit(one["href"]).query for one in now.all("a", class_="button")}
    treated = page(client, found.link("No, it was already treated"))
    assert not treated.all("section", class_="stop")
    assert not treated.all("a", href="tel:911")
    assert treated.one("h1").text == "Specialists near 23220: Dislocated hip (injury)"
    assert treated.all("ol")


def test_emergency_rooms_come_before_clinics_and_are_stated(client: FlaskClient) -> None:
    found = page(client, EMERGENCY)
    headings = [one.text for one in found.all("h2")]
    assert headings[0] == "Hospitals near 23220 that say they have an emergency room"
    assert headings[1] == "Later: follow-up care near 23220"
    hospitals = found.all("ol")[0]
    assert "Emergency room" in hospitals.text
    assert "Clinic" not in hospitals.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", ["1", "99999", "09001", "2139", "abcde", ""])
def test_a_wrong_zip_is_kept_and_explained_at_its_field(client: FlaskClient, typed: str, language: str) -> None:
    reply = client.get(f"/specialists?zip={typed}&condition=labral-tear&lang={language}")
    found = Page(reply.text)
    assert reply.status_code == 400
    assert found.one("title").text.startswith("Error: ")
    field = found.one("input", name="zip")
    assert field["value"] == typed
    assert field["aria-invalid"] == "true"
    assert "zip-wrong" in field["aria-describedby"].split()
    sentence = found.one("p", id="zip-wrong").text
    linked = found.one("a", href="#zip")
    assert linked.text == sentence
    assert linked.inside[-2]["role"] == "alert"
    assert "labral-tear" in [one["value"] for one in found.all("option") if "selected" in one.attributes]
    assert found.one("input", name="lang")["value"] == language
    other = Page(client.get(f"/specialists?zip={typed}&lang={'es' if language == 'en' else 'en'}").text)
    assert other.one("p", id="zip-wrong").text != sentence


def test_a_search_that_looked_further_says_so(client: FlaskClient) -> None:
    found = page(client, "/specialists?zip=99723&condition=labral-tear&radius=10")
    further, line = (one.text for one in found.all("div", class_="note"))
    assert further.startswith("We looked further for you. No one is within 10 miles.")
    assert line.startswith("There are few near you. Hip specialist finder can tell you where else to ask.")
    assert "Call (804) 555-0199" in line
    assert found.all("li", class_="card")
    assert not page(client, RESULTS).all("div", class_="note")
    # Below it stand some of whom that is not known, and they may be nearer.
    further = page(client, "/specialists?zip=24458&condition=labral-tear&radius=50").all("div", class_="note")[0].text
    assert "Within 50 miles no one says they treat this, or is of the kind that usually does." in further


def ranks(found: Page) -> list[int]:
    """Return the numbers of the listings of the first list."""
    first = found.all("ol")[0]
    return [int(one.text.rstrip(". ")) for one in found.within(first, "span") if one["class"] == "number"]


def test_pages_of_results_lead_to_each_other(client: FlaskClient) -> None:
    common = "/specialists?zip=23220&condition=hip-osteoarthritis"
    first = page(client, common)
    assert ranks(first) == list(range(1, 11))
    assert not first.all("a", rel="prev")
    second = page(client, first.one("a", rel="next")["href"])
    assert ranks(second) == list(range(11, 21))
    back = page(client, second.one("a", rel="prev")["href"])
    assert ranks(back) == ranks(first)
    assert "ends here" in page(client, f"{common}&offset=150").one("main").text


@pytest.mark.parametrize("condition", ["labral-tear", "hip-osteoarthritis", "ddh-infant"])
def test_the_pages_together_show_everyone_once(client: FlaskClient, condition: str) -> None:
    question = f"/specialists?zip=23220&condition={condition}&radius=50"
    body = client.get(f"/api/v1{question}&limit=50").json
    lists = [body, *(body[name] for name in ("usual", "may_help", "call_first") if body[name])]
    assert all(one["count"] <= 50 for one in lists)
    wanted = [one["practitioner"]["id"] for found in lists for one in found["results"]]
    shown: list[str] = []
    path = question
    while path:
        found = page(client, path)
        assert "ends here" not in found.one("main").text
        assert not found.all("div", class_="note")
        names = [one["href"] for one in found.all("a") if one.inside[-1].tag == "h3"]
        shown += [urlsplit(one).path.removeprefix("/specialist/") for one in names]
        path = next((one["href"] for one in found.all("a", rel="next")), "")
    assert sorted(shown) == sorted(wanted)


def test_each_kind_of_help_is_a_link_apart(client: FlaskClient) -> None:
    first = page(client, f"{RESULTS}&offset=10")
    tabs = first.within(first.one("ul", class_="groups"))
    assert [one.text for one in tabs if one["aria-current"]] == ["Surgeons and doctors who do not operate"]
    asked = [parse_qs(urlsplit(one["href"]).query) for one in tabs]
    assert all({**one, "group": 0} == {"zip": ["23220"], "condition": ["labral-tear"], "group": 0} for one in asked)
    assert [one.get("group") for one in asked] == [None, ["therapist"], ["advanced_practice"], ["all"]]
    for tab, group in zip(tabs, asked, strict=True):
        there = page(client, tab["href"])
        assert [one.text for one in there.within(there.one("ul", class_="groups")) if one["aria-current"]] == [tab.text]
        if "group" in group and group["group"] != ["all"]:
            assert {one["practitioner"]["group"] for one in people(client, f"group={group['group'][0]}")} <= set(
                group["group"]
            )
    alone = page(client, f"{RESULTS}&group=surgeon")
    assert "Surgeons" in [one.text for one in alone.within(alone.one("ul", class_="groups")) if one["aria-current"]]
    groups = [one["group"] for one in (found["practitioner"] for found in people(client, "group=all"))]
    assert "therapist" in groups
    assert {one["practitioner"]["group"] for one in people(client, "")} == {"surgeon", "non_surgical_doctor"}


def test_a_listing_is_led_to_with_the_question_but_never_the_words(client: FlaskClient) -> None:
    found = page(client, "/specialists?zip=23220&q=torn+labrum+in+my+hip&lang=en&age=30")
    names = [one for one in found.all("a") if one.inside[-1].tag == "h3"]
    assert names
    for one in names:
        kept = {"zip": ["23220"], "condition": ["labral-tear"], "age": ["30"], "lang": ["en"]}
        assert parse_qs(urlsplit(one["href"]).query) == kept


@pytest.mark.parametrize("question", ["zip=23220&condition=labral-tear", "zip=23220&condition=hip-osteoarthritis"])
def test_what_else_can_be_asked_is_counted(client: FlaskClient, question: str) -> None:
    """A choice says how many say so; whoever asks for it is told the same number."""
    found = page(client, f"/specialists?{question}&radius=100")
    (panel,) = (one for one in found.all("form") if "panel" in one["class"])
    ticks = [one for one in found.within(panel, "label") if "(" in one.text]
    assert len(ticks) > 3
    hidden = {one["name"]: one["value"] for one in found.within(panel, "input") if one["type"] == "hidden"}
    for tick in ticks:
        (box,) = found.within(tick, "input")
        count = int(tick.text.rpartition("(")[2].rstrip(")"))
        answer = client.get(
            "/api/v1/specialists", query_string={**hidden, "radius": "100", box["name"]: box["value"]}
        ).json
        lists = [answer, *filter(None, (answer["usual"],))]
        assert count == sum(one["stated"] for one in lists), tick.text


def test_a_child_is_asked_the_age_of(client: FlaskClient) -> None:
    refused = page(client, f"{RESULTS}&who=child", 400)
    assert "Type the child's age in years." in refused.one("div", role="alert").text
    assert refused.one("input", name="age")["aria-invalid"] == "true"
    assert [one["value"] for one in refused.all("input", name="who") if "checked" in one.attributes] == ["child"]
    assert client.get("/api/v1/specialists?zip=23220&who=child").json["parameter"] == "age"
    page(client, f"{RESULTS}&who=child&age=12")
    page(client, f"{RESULTS}&who=me")


def test_what_is_urgent_but_no_emergency_leads_with_walk_in_clinics(client: FlaskClient) -> None:
    found = page(client, "/specialists?zip=23220&condition=hip-stress-fracture")
    soon = found.one("section", class_="soon")
    assert "walk-in clinics with X-ray" in found.within(soon, "h2")[0].text
    # It is Sunday noon in Virginia; each says by its own clock when one can come.
    hours = [one.text for one in found.within(soon, "p") if one["class"] == "said"][1:]
    told = "Hours today: call to ask. The next hours that we know of begin tomorrow at 7:30 AM."
    assert hours == [f"Larkspindle Campus Clinics: {told}"]
    body = client.get("/api/v1/specialists?zip=23220&condition=hip-stress-fracture").json
    assert body["walk_in"]
    assert all(
        {one["service"]: one["offered"] for one in match["location"]["services"]}["walk_in_xray"] == "yes"
        for match in body["walk_in"]
    )
    for calm in ("condition=labral-tear", "condition=hip-dislocation", "condition=hip-stress-fracture&stage=treated"):
        assert client.get(f"/api/v1/specialists?zip=23220&{calm}").json["walk_in"] == []


def people(client: FlaskClient, more: str) -> list[dict[str, Any]]:
    """Return the people of an answer's lists."""
    body = client.get(f"/api/v1{RESULTS}&limit=50&{more}").json
    return [*body["results"], *(body["usual"] or {"results": []})["results"], *body["may_help"]["results"]]


def test_views_and_language_keep_the_question(client: FlaskClient) -> None:
    found = page(client, f"{RESULTS}&lang=es&radius=25")
    views = [urlsplit(one["href"]) for one in found.within(found.one("ul", class_="views"))]
    assert [one.path for one in views] == ["/specialists", "/places"]
    for one in views:
        wanted = {"zip": ["23220"], "condition": ["labral-tear"], "radius": ["25"], "lang": ["es"]}
        assert parse_qs(one.query) == wanted
    english = page(client, found.link("English"))
    assert english.one("html")["lang"] == "en"
    assert english.one("h1").text == "Specialists near 23220: Hip labral tear"
    for link in found.all("a"):
        if link["href"].startswith(("/specialist/", "/place/")) or link["class"] == "brand":
            assert "lang=es" in link["href"]


@pytest.mark.parametrize("path", FINE)
def test_the_browser_decides_the_language_where_nobody_asked(client: FlaskClient, path: str) -> None:
    found = page(client, path, language="es-MX,es;q=0.9,en;q=0.1")
    assert found.one("html")["lang"] == "es"
    assert "lang=" not in "".join(one["href"] for one in found.all("a") if one["hreflang"] != "en")


def test_the_form_asks_what_the_page_answers(client: FlaskClient) -> None:
    found = page(client, RESULTS)
    assert {one["action"] for one in found.all("form")} == {"/specialists"}
    assert {one["method"] for one in found.all("form")} == {"get"}
    assert found.one("input", id="zip")["value"] == "23220"
    chosen = [one["value"] for one in found.all("option") if "selected" in one.attributes]
    assert chosen == ["labral-tear"]
    body = client.get("/api/v1/conditions").json
    offered = [one["value"] for one in found.within(found.one("select", name="condition"), "option")]
    assert offered == ["", *(one["id"] for one in body["conditions"])]


def test_a_listing_shows_people_at_their_places_and_back(client: FlaskClient) -> None:
    person = page(client, "/specialist/npi:2025200009")
    assert person.one("h1").text == "Isaura Marmalade Amberwhistle, MD"
    places = ["1. Larkspindle Hip Pavilion", "2. Larkspindle University Hospital"]
    assert [one.text for one in person.all("h3") if one.inside[-1]["class"] == "stop-over"] == places
    place = page(client, person.link("Larkspindle University Hospital"))
    assert place.one("h1").text == "Larkspindle University Hospital"
    assert place.link("Isaura Marmalade Amberwhistle, MD") == "/specialist/npi:2025200009"
    assert person.one("link", rel="canonical")["href"] == "https://example.org/people/isaura-amberwhistle"


def test_what_others_hang_on_a_link_does_no_harm(client: FlaskClient) -> None:
    """Newsletters and networks add parameters of their own; pages pass over them, the API names them."""
    plain = page(client, RESULTS)
    assert page(client, f"{RESULTS}&utm_source=mail&fbclid=abc&utm_source=x").one("h1").text == plain.one("h1").text
    assert client.get(f"/api/v1{RESULTS}&utm_source=mail").status_code == 400


def test_no_emergency_room_is_offered_that_is_no_help(client: FlaskClient) -> None:
    """From Adak, Alaska, none is within a hundred miles; the card stands all the same."""
    found = client.get("/specialists?zip=99546&condition=hip-dislocation").text
    assert "tel:911" in found
    assert "If you cannot call" not in found
    here = client.get(f"{EMERGENCY}&stage=now").text
    assert "<details open><summary>If you cannot call" in here


def test_each_listing_says_when_to_call_911(client: FlaskClient) -> None:
    for path in ("/specialist/npi:2025200009", "/place/place:demo:lark-univ"):
        assert "911" in page(client, path).one("main").text


@pytest.mark.parametrize("path", ["/about-the-data", "/privacy", "/accessibility", "/how-we-order", "/problems"])
def test_every_page_says_when_to_call_911(client: FlaskClient, path: str) -> None:
    for language in LANGUAGES:
        assert wording(language).standing_line() in page(client, f"{path}?lang={language}").one("main").text
