"""The finder beneath a web site's key: who may show it, in which face, and what its web team is given."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from finder.desk.sites import SiteWish, add_site, change_site
from finder.search import PARAMETERS
from finder.web.embed import scripts
from finder.web.embed.tree import tree_of
from tests.conftest import Databases
from tests.web.conftest import MakeApp, directory_of

ORIGIN, OTHER = "https://www.quillmoor.example", "https://evil.example"
QUESTION = "specialists?zip=23220&condition=labral-tear"
PHONE = "+18045550144"


@dataclass
class Shown:
    """An app that a web site shows, and its key."""

    client: FlaskClient
    key: str
    engine: Engine

    def get(self, face: str, path: str = "", **headers: str) -> Any:
        return self.client.get(f"/embed/{face}/{self.key}/{path}", headers=headers)


@pytest.fixture(scope="module")
def demo_with_site(databases: Databases) -> Iterator[tuple[Engine, str]]:
    from finder.db.dialect import open_engine

    engine = open_engine(databases.fresh(demo=True))
    wish = SiteWish(
        "Quillmoor Health", [ORIGIN], phone="804-555-0144", condition="labral-tear", stage="treated",
        look={"brand": "#6a1b4d"},
    )  # fmt: skip
    yield engine, add_site(engine, wish, "test").key
    engine.dispose()


@pytest.fixture
def shown(demo_with_site: tuple[Engine, str], make_app: MakeApp) -> Shown:
    engine, key = demo_with_site
    return Shown(make_app(engine, FINDER_PHONE="+18045550199", FINDER_API_PER_MINUTE="1200").test_client(), key, engine)


def test_each_face_has_its_row(shown: Shown) -> None:
    page, frame, part = (shown.get(face, QUESTION, Origin=ORIGIN).headers for face in ("page", "frame", "part"))
    ancestors = {
        name: re.search(r"frame-ancestors ([^;]+)", headers["Content-Security-Policy"])[1]  # type: ignore[index]
        for name, headers in (("page", page), ("frame", frame), ("part", part))
    }
    assert ancestors == {"page": "'none'", "frame": f"'self' {ORIGIN}", "part": "'none'"}
    assert {headers["Cache-Control"] for headers in (page, frame, part)} == {"no-store"}
    assert part["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in part["Vary"]
    assert "Access-Control-Allow-Origin" not in page
    assert "Access-Control-Allow-Origin" not in frame
    assert "RateLimit" in part
    assert "RateLimit" not in frame
    assert frame["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert frame["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("face", ["page", "frame", "frame-auto"])
def test_every_address_of_a_page_stays_beneath_the_key_or_leaves_the_frame(shown: Shown, face: str) -> None:
    found = re.findall(r"<(?:a|form|link|script|img)\b[^>]*>", shown.get(face, QUESTION).text)
    ours = [re.search(r'(?:href|action|src)="(/[^"]*)"', one) for one in found]
    beneath = [one[1] for one in ours if one]
    assert len(beneath) > 30
    allowed = (f"/embed/{face}/{shown.key}/", f"/embed/page/{shown.key}/")
    assert [one for one in beneath if not one.startswith(allowed)] == []
    leaving = [one for one in found if 'href="http' in one and "rel=" in one and "stylesheet" not in one]
    assert leaving
    assert all(('target="_blank"' in one) is (face != "page") for one in leaving if "alternate" not in one)


def test_a_page_has_a_way_back_and_a_frame_has_no_frame_of_ours(shown: Shown) -> None:
    page, frame = shown.get("page", QUESTION).text, shown.get("frame", QUESTION).text
    assert f'<a href="{ORIGIN}/" rel="noreferrer">Back to Quillmoor Health</a>' in page
    assert "noindex" in page
    for part in ('class="top"', 'class="foot"', 'class="skip"', "Hip problems</a>"):
        assert part in page
        assert part not in frame
    assert '<html lang="en" class="inside light">' in frame
    assert '<html lang="en" class="inside">' in shown.get("frame-auto", QUESTION).text


def test_what_the_site_says_is_shown_under_its_key_only(shown: Shown) -> None:
    home = shown.get("frame").text
    assert '<option value="labral-tear" selected>' in home
    assert '<input type="hidden" name="stage" value="treated">' in home
    assert f'href="tel:{PHONE}"' in home
    assert "--accent:#6a1b4d" in shown.get("frame", "theme.css").text
    plain = shown.client.get("/").text
    assert "selected" not in plain
    assert 'name="stage"' not in plain
    assert "tel:+18045550199" in plain
    assert shown.client.get("/theme.css").status_code == 404
    assert '<option value="hip-dysplasia" selected>' in shown.get("frame", "?condition=hip-dysplasia").text
    assert "selected" not in shown.get("frame", "?condition=nothing").text


def test_an_emergency_comes_first_in_every_face(shown: Shown) -> None:
    asked = "specialists?zip=23220&q=fell+and+can%27t+get+up"
    for face in ("page", "frame"):
        text = shown.get(face, asked).text
        assert "Call 911" in text[: text.index("<main")]
    part = shown.get("part", asked).get_json()
    assert "Call 911" in json.dumps(part["nodes"][0])
    told = shown.get("part", "specialists?zip=1&q=fell+and+can%27t+get+up")
    assert told.status_code == 400
    assert "Call 911" in json.dumps(told.get_json()["nodes"][0])


@pytest.mark.parametrize("face", ["frame", "part"])
def test_a_page_of_another_origin_is_told_why_and_shown_nothing(shown: Shown, face: str) -> None:
    header = {"Origin": OTHER} if face == "part" else {"Referer": f"{OTHER}/hips?zip=1"}
    reply = shown.get(face, QUESTION, **header)
    assert reply.status_code == 403
    assert OTHER in reply.text
    assert f"finder site set {shown.key} --add-origin {OTHER}" in reply.text
    assert "Amberwhistle" not in reply.text
    if face == "part":
        assert reply.get_json()["code"] == "site_origin_refused"
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
    else:
        # Its own words are shown there, so that its web team sees them.
        assert "frame-ancestors *;" in reply.headers["Content-Security-Policy"]
        # What patients need comes first; what a web team needs is small print.
        assert "<h1>The finder cannot be shown here</h1>" in reply.text
        assert f"tel:{PHONE}" in reply.text
        assert f'href="/embed/page/{shown.key}/"' in reply.text
        assert shown.get(face, QUESTION, Referer=f"{ORIGIN}/x").status_code == 200


def test_what_is_no_page_for_patients_is_not_beneath_a_key(shown: Shown) -> None:
    for path in ("docs/", "healthz", "api/v1/specialists?zip=23220", "robots.txt/x", "embed/doctor", "nothing"):
        assert shown.get("page", path).status_code == 404, path
    assert shown.get("page", "api/v1/suggest?q=torn+labrum").status_code == 200
    assert shown.get("page", "static/style.css").status_code == 200


def test_a_key_that_nobody_has_and_one_that_is_switched_off_say_so(demo_engine: Engine, make_app: MakeApp) -> None:
    key = add_site(demo_engine, SiteWish("Fern", [ORIGIN]), "test").key
    client = make_app(demo_engine).test_client()
    directory = directory_of(client.application)  # type: ignore[arg-type]
    for face in ("page", "frame", "part"):
        unknown = client.get(f"/embed/{face}/nobody-4711/specialists?zip=23220")
        assert (unknown.status_code, "nobody-4711" in unknown.text) == (404, True)
        assert ("frame-ancestors *" in unknown.headers["Content-Security-Policy"]) is (face == "frame")
        assert (unknown.mimetype == "application/problem+json") is (face == "part")
    assert client.get("/embed/snippets/nobody-4711").status_code == 404
    assert client.get(f"/embed/page/{key}/").status_code == 200
    change_site(demo_engine, key, SiteWish(enabled=False), "test")
    assert directory._refresh()
    assert client.get(f"/embed/page/{key}/").status_code == 404


@pytest.mark.parametrize("how", ["post", "get"])
def test_a_form_of_the_site_may_be_sent_either_way(
    demo_with_site: tuple[Engine, str], make_app: MakeApp, how: str
) -> None:
    engine, key = demo_with_site
    client = make_app(engine, FINDER_PRIVATE_SEARCH=how).test_client()
    fields = {"zip": "23220", "condition": "labral-tear"}
    for face in ("page", "frame", "part"):
        path = f"/embed/{face}/{key}/specialists"
        for origin in (ORIGIN, "null"):
            sent = client.post(path, data=fields, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
            assert sent.status_code == (403 if (face, origin) == ("part", "null") else 200), (face, origin)
        assert (
            client.post(path, data=fields, headers={"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}).status_code == 403
        )
    assert f'method="{how}"' in client.get(f"/embed/snippets/{key}").text.replace("&#34;", '"')


# ---- parts


class Outline(HTMLParser):
    """What a page shows: its texts, and every tag with its class, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self._in_body = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._in_body:
            plain = {"main": "div", "aside": "div", "footer": "div"}.get(tag, tag)
            plain = "div" if dict(attrs).get("class") == "demo" else plain
            classes = (dict(attrs).get("class") or "").split() + [tag] * (tag == "main")
            self.seen.append(f"<{re.sub('^h[1-6]$', 'h', plain)} {' '.join(classes)}>")
        self._in_body |= tag == "body"

    def handle_endtag(self, tag: str) -> None:
        self._in_body &= tag != "body"

    def handle_data(self, data: str) -> None:
        if self._in_body and data.strip():
            self.seen.append(" ".join(data.split()))


def outline(nodes: list[Any]) -> list[str]:
    found = []
    for node in nodes:
        if isinstance(node, str):
            if node.strip():
                found.append(" ".join(node.split()))
            continue
        tag, *rest = node
        told = rest.pop(0) if rest and isinstance(rest[0], dict) else {}
        classes = [one for one in told.get("class", "").split() if not re.fullmatch("h[1-6]", one)]
        found += [f"<{re.sub('^h[1-6]$', 'h', tag)} {' '.join(classes)}>", *outline(rest)]
    return found


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize(
    "path",
    [
        "?", f"{QUESTION}&", "specialists?zip=23220&condition=hip-dislocation&", "places?zip=23220&condition=hip-osteoarthritis&",
        "specialists?zip=2322&q=torn+labrum&", "specialists?zip=springfield&", "specialist/npi:2025200009?zip=23220&",
        "place/place:demo:lark-hip?", "wrong/npi:2025200009?", "problem/hip-dislocation?", "problems?", "privacy?",
    ],
)  # fmt: skip
def test_a_part_is_the_page_as_a_tree(shown: Shown, path: str, lang: str) -> None:
    """The same texts in the same elements, but for the landmarks, which are those of the page around."""
    part = shown.get("part", f"{path}lang={lang}", Origin=ORIGIN)
    page = Outline()
    page.feed(shown.get("frame", f"{path}lang={lang}").text)
    told = part.get_json()
    assert told["language"] == lang
    assert outline(told["nodes"]) == page.seen
    text = json.dumps(told)
    assert "/embed/part/" not in text
    assert '"style":' not in text
    assert not re.search(r'"on[a-z]+":', text)


def test_headings_begin_where_the_page_around_says() -> None:
    page = '<html lang="en"><title>T</title><body><h1 id="a">One</h1><h2>Two</h2><h3 class="x">Three</h3></body></html>'
    for first, levels in ((1, "123"), (2, "234"), (3, "345"), (5, "566"), (6, "666")):
        nodes = tree_of(page, first)["nodes"]
        assert [node[0] for node in nodes] == [f"h{level}" for level in levels]
        assert [node[1]["class"] for node in nodes] == ["h1", "h2", "x h3"]


def test_the_level_is_asked_for_in_the_address(shown: Shown) -> None:
    for asked, tag in (("", "h2"), ("&heading=3", "h3"), ("&heading=9", "h2"), ("&heading=x", "h2")):
        found = json.dumps(shown.get("part", f"{QUESTION}{asked}").get_json()["nodes"])
        assert f'["{tag}", {{"class": "h1"' in found


def test_what_is_wrong_with_a_part_is_told_as_a_problem(shown: Shown) -> None:
    gone = shown.get("part", "specialist/npi:1", Origin=ORIGIN)
    assert (gone.status_code, gone.get_json()["code"]) == (404, "listing_missing")
    assert gone.headers["Access-Control-Allow-Origin"] == ORIGIN


# ---- scripts


def test_the_scripts_of_this_version_are_kept_as_they_are_made() -> None:
    """Where this fails a released script would change: raise VERSION in scripts.py and run scripts/build_embed."""
    for name in scripts.NAMES:
        assert (scripts.RELEASED / f"{name}v{scripts.VERSION}.js").read_bytes() == scripts.made(name)


def test_a_script_is_small_and_asked_for_by_one_number_or_three(shown: Shown) -> None:
    for name in scripts.NAMES:
        newest, released = (
            shown.client.get(f"/embed/{name}v{version}.js", headers={"Accept-Encoding": "br"})
            for version in (scripts.MAJOR, scripts.VERSION)
        )
        assert newest.data == released.data
        assert len(newest.data) < 10_000
        assert newest.headers["Cache-Control"] == "public, max-age=3600"
        assert "immutable" in released.headers["Cache-Control"]
        assert newest.mimetype == "text/javascript"
    assert shown.client.get("/embed/v9.js").status_code == 404
    assert shown.client.get("/embed/v1.0.99.js").status_code == 404


def test_the_element_takes_every_parameter_of_a_search() -> None:
    source = scripts.made("").decode()
    told = re.search(r"const NAMES = \[([^\]]*)\]", source)
    assert told
    assert re.findall(r'"(\w+)"', told[1]) == [one.name for one in PARAMETERS if one.name != "lang"]


# ---- what a web team is given


def test_the_snippets_say_what_was_chosen(shown: Shown) -> None:
    reply = shown.client.get(
        f"/embed/snippets/{shown.key}?condition=hip-dysplasia&stage=&look=auto&language=es&pinned=yes"
    )
    codes = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", reply.text, re.DOTALL)
    link, frame, shortcode, element = (html.unescape(one) for one in codes)
    assert "Llame al 911" in link
    assert f'href="tel:{PHONE}"' in frame
    assert "style=" not in frame
    assert 'referrerpolicy="no-referrer"' in element
    base = f"http://localhost/embed/page/{shown.key}/"
    assert f'<form action="{base}specialists" method="get">' in link
    assert f'href="{base}?condition=hip-dysplasia&amp;lang=es"' in link
    assert f'href="tel:{PHONE}"' in link
    assert 'name="stage"' not in link
    assert f'src="http://localhost/embed/frame-auto/{shown.key}/?condition=hip-dysplasia' in frame
    assert 'title="Encuentre un especialista' in frame
    assert 'integrity="sha384-' in frame
    assert shortcode == '[specialist_finder condition="hip-dysplasia" lang="es"]'
    assert f'<specialist-finder site="{shown.key}" condition="hip-dysplasia" lang="es" scheme="auto">' in element
    assert all(line.strip() in element for line in link.splitlines()[1:])
    assert scripts.integrity("") in element
    for asked in ("condition=nothing", "stage=x", "look=%3Cb%3E", "language=fr"):
        assert shown.client.get(f"/embed/snippets/{shown.key}?{asked}").status_code == 200


def test_the_doctor_reads_what_is_pasted_and_keeps_to_what_a_form_may_hold(shown: Shown) -> None:
    assert shown.client.get("/embed/doctor").status_code == 200
    sent = shown.client.post(
        "/embed/doctor", data={"pasted": "Content-Security-Policy: default-src 'self'", "page": ORIGIN}
    )
    assert sent.status_code == 200
    assert "connect-src &#39;self&#39; http://localhost" in sent.text
    assert "Something must change" in sent.text
    markup = shown.client.post("/embed/doctor", data={"pasted": "<script>alert(1)</script>", "page": "<b>"})
    assert "<script>alert" not in markup.text
    assert "is no address" in markup.text
    nothing = shown.client.post("/embed/doctor", data={"pasted": "hello world"})
    assert "Nothing could be read" in nothing.text
    assert "nothing must change" not in nothing.text
    whole = shown.client.post("/embed/doctor", data={"pasted": "<p>x</p>" * 120_000})
    assert whole.status_code == 200
    much = shown.client.post("/embed/doctor", data={"pasted": "x" * 13_000_000})
    assert much.status_code == 413
    assert "more than we can read" in much.text


# ---- reports of mistakes


@pytest.mark.parametrize(
    ("face", "headers", "taken"),
    [
        ("part", {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, True),
        ("part", {"Origin": OTHER, "Sec-Fetch-Site": "cross-site"}, False),
        ("part", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ("frame", {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, True),
        ("page", {"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ("frame", {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, False),
        ("page", {"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
        ("page", {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_a_report_is_taken_from_our_own_pages_and_the_element_alone(
    shown: Shown, face: str, headers: dict[str, str], taken: bool
) -> None:
    path = f"/embed/{face}/{shown.key}/wrong/npi:2025200009?heading=3"
    reply = shown.client.post(path, data={"kind": "phone"}, headers=headers)
    assert reply.status_code == (303 if taken else 403)
    if taken:
        at = reply.headers["Location"]
        assert at.startswith(f"/embed/{face}/{shown.key}/wrong/npi:2025200009/thanks")
        assert ("heading=3" in at) is (face == "part")
        thanks = shown.client.get(at, headers={"Origin": ORIGIN} if face == "part" else {})
        assert "Thank you" in thanks.text
