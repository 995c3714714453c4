"""The picture on pages: with the list's numbers, in words, without styles of its own, and quietly in a browser."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import Date, Engine, bindparam, text

from tests.web.conftest import LANGUAGES, TODAY
from tests.web.pages import Page
from tests.web.server import Server
from tests.web.test_chromium import browser, server

__all__ = ("browser", "server")

RESULTS = (
    "/specialists?zip=23220&condition=labral-tear",
    "/specialists?zip=23220&condition=hip-osteoarthritis&radius=50&limit=50",
    "/specialists?zip=23220&condition=hip-osteoarthritis&offset=10",
    "/places?zip=20001&condition=hip-osteoarthritis&radius=100&limit=50",
    "/specialists?zip=96913&condition=hip-osteoarthritis",
    "/specialists?zip=23220&condition=hip-dislocation",
)
# Who has no place on the map, or is not listed on the day, is no dot.
COUNT = """
SELECT count(DISTINCT practitioner_key), count(DISTINCT location_key) FROM practitioner_role AS role
JOIN location ON location.dataset_id = role.dataset_id AND location.key = role.location_key
WHERE location.latitude IS NOT NULL
AND coalesce(role.listed_from, :today) <= :today AND coalesce(role.listed_until, :today) >= :today
AND coalesce(location.listed_from, :today) <= :today AND coalesce(location.listed_until, :today) >= :today
"""
# What of a picture touches what, by the boxes and the font of the browser.
TOUCHING = """() => {
  const box = one => { const b = one.getBoundingClientRect(); return {l: b.left, t: b.top, r: b.right, b: b.bottom, x: one.textContent} };
  const all = name => [...document.querySelectorAll(name)].map(box);
  const touch = (a, b) => a.l < b.r - .5 && b.l < a.r - .5 && a.t < b.b - .5 && b.t < a.b - .5;
  const within = (a, b) => a.l >= b.l && a.r <= b.r && a.t >= b.t - 2 && a.b <= b.b + 2;
  const pills = all('.map .m-p rect'), numbers = all('.map .m-n text'), words = all('.map .m-t text').map(
    one => ({...one, t: one.t + (one.b - one.t) * .2, b: one.b - (one.b - one.t) * .2}));
  const [map] = all('.map > svg'), found = [];
  const things = [...pills, ...words];
  things.forEach((a, n) => things.slice(n + 1).forEach(b => { if (touch(a, b)) found.push([a, b]) }));
  numbers.forEach(a => { if (!pills.some(b => within(a, b))) found.push(['outside its pill', a]) });
  things.forEach(a => { if (!within(a, map)) found.push(['outside the map', a]) });
  return {found, pills: pills.length};
}"""


def numbers_on(page: Page) -> list[int]:
    """Return the numbers of the pills, those between too where only ends are said."""
    found: list[int] = []
    for group in page.all("g", class_="m-n"):
        for part in (part for one in page.within(group, "text") for part in one.text.split("\u00b7")):
            first, _, last = part.partition("\u2013")
            found += range(int(first), int(last or first) + 1)
    return sorted(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", RESULTS)
def test_the_numbers_of_the_picture_are_those_of_the_list(client: FlaskClient, path: str, language: str) -> None:
    found = Page(client.get(f"{path}&lang={language}").text)
    (figure,) = found.all("figure", id="map")
    numbers = numbers_on(found)
    assert numbers
    assert len(numbers) == len(set(numbers))
    listed = {int(one.text.rstrip(". ")) for one in found.all("span", class_="number")}
    assert set(numbers) <= listed
    (caption,) = found.within(figure, "figcaption")
    assert caption.text
    (svg,) = [one for one in found.within(figure, "svg") if one["role"] == "img"]
    (title,) = [one for one in found.elements if one.tag == "title" and svg in one.inside]
    assert title["id"] == svg["aria-labelledby"]
    ids = [one["id"] for one in found.elements if one["id"]]
    assert len(ids) == len(set(ids))
    assert not found.within(figure, "a")
    assert not [one for one in found.elements if one["style"]]


@pytest.mark.parametrize(
    "path", ["/specialists?zip=23220&q=hip+hop+class", "/specialists?zip=1", "/specialists?zip=23220&name=Zzyzx"]
)
def test_where_nobody_is_listed_there_is_no_picture(client: FlaskClient, path: str) -> None:
    assert not Page(client.get(path).text).all("figure")


@pytest.mark.parametrize(("language", "told"), [("en", "{} specialists at {} places."), ("es", "{} especialistas en {} lugares.")])  # fmt: skip
def test_the_start_page_counts_whom_the_directory_has(
    client: FlaskClient, shared_demo: Engine, language: str, told: str
) -> None:
    with shared_demo.connect() as connection:
        people, places = connection.execute(text(COUNT).bindparams(bindparam("today", TODAY, Date))).one()
    assert Page(client.get(f"/?lang={language}").text).one("figcaption").text == told.format(people, places)
    assert len(re.findall(r"M\d+ \d+h0", client.get("/").text)) <= 2 * 400


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", RESULTS)
def test_in_a_browser_nothing_on_it_touches(server: Server, browser: Browser, path: str, width: int) -> None:
    """By the font that patients read, whatever the program that drew it thinks of widths."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(server.address + path)
    page.evaluate("document.fonts.ready")
    told = page.evaluate(TOUCHING)
    page.close()
    assert told["pills"]
    assert told["found"] == []
    assert not said
