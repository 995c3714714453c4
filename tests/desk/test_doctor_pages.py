"""What the doctor finds in pages: trackers and recorders, WordPress, and finders that are there already."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from finder.db.reference import DATA
from finder.desk.doctor import Finding, Seen, examine
from finder.desk.doctor.watchers import KINDS, watchers
from tests.desk.test_doctor_policies import FINDER, codes, report

FRAME = f'<iframe src="{FINDER}/embed/frame/juniper-web/?condition=labral-tear" title="Find a hip specialist" allow="geolocation"></iframe>'
FRAME_SCRIPT = f'<script src="{FINDER}/embed/frame-v1.js" async></script>'
ELEMENT = (
    '<specialist-finder site="juniper-web" condition="labral-tear" lang="en"><a href="#">x</a></specialist-finder>'
)
ELEMENT_SCRIPT = f'<script src="{FINDER}/embed/v1.js" async></script>'


def seen(text: str) -> dict[str, Seen]:
    return {one.name: one for one in examine(text, FINDER).watchers}


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("<script async src='https://www.googletagmanager.com/gtag/js?id=G-1'></script>", {"Google Analytics"}),
        ("<script>(function(w,d,s,l,i){w[l].push({'gtm.start':1});j.src='https://www.googletagmanager.com/gtm.js?id='+i})()</script>", {"Google Tag Manager"}),
        ("<noscript><iframe src='https://www.googletagmanager.com/ns.html?id=GTM-1'></iframe></noscript>", {"Google Tag Manager"}),
        ("<script>gtag('config', 'AW-1')</script>", {"Google Ads"}),
        ("<script>!function(f){}(window,'https://connect.facebook.net/en_US/fbevents.js');fbq('init','1')</script>", {"Meta Pixel"}),
        ("<img src='https://www.facebook.com/tr?id=1&ev=PageView'>", {"Meta Pixel"}),
        ("<script>(function(h){h._hjSettings={hjid:1};r.src='https:\\/\\/static.hotjar.com\\/c\\/hotjar-'})(window)</script>", {"Hotjar"}),
        ("<script>(function(c){t.src='https://www.clarity.ms/tag/'+i})(window)</script>", {"Microsoft Clarity"}),
        ("<script src=//cdn.mouseflow.com/projects/1.js></script>", {"Mouseflow"}),
        ("<link rel=preconnect href=https://edge.fullstory.com>", {"FullStory"}),
        ("<script>_linkedin_partner_id='1'</script>", {"LinkedIn Insight"}),
        ("<script>var _paq = window._paq || []; _paq.push(['trackPageView'])</script>", {"Matomo"}),
        ("<script src='/js/matomo.js'></script>", {"Matomo"}),
        ("<script type='text/plain' data-src='https://bat.bing.com/bat.js'></script>", {"Microsoft Advertising (Bing UET)"}),
        ("<script src='https://assets.adobedtm.com/launch-1.min.js'></script>", {"Adobe Launch (Tags)"}),
        ("<script src='https://js.hs-scripts.com/1.js'></script><script src='https://cdn.cookielaw.org/otSDKStub.js'></script>", {"HubSpot", "OneTrust"}),
        # What loads nothing, or only looks like it.
        ("<a href='https://www.facebook.com/ourhospital'>us</a>", set()),
        ("<a href='https://www.hotjar.com/privacy'>privacy</a>", set()),
        ("<script src='https://nothotjar.com/x.js'></script>", set()),
        ("<script src='https://hotjar.com.example.org/x.js'></script>", set()),
        ("<p>We use Hotjar and fbq('init')</p>", set()),
        ("<script src='/app.js'></script>", set()),
    ],
)  # fmt: skip
def test_trackers_are_known_by_address_or_call(page: str, names: set[str]) -> None:
    assert seen(f"<!doctype html><title>x</title>{page}").keys() == names


def test_each_known_one_is_found_by_each_address_and_mark() -> None:
    for one in watchers():
        for address in one.addresses:
            assert one.name in seen(f'<script src="https://{address}"></script>'), address
        for mark in one.marks:
            assert one.name in seen(f"<script>{mark}</script>"), mark


def test_the_list_is_in_order() -> None:
    listed = json.loads((DATA / "embed" / "watchers.json").read_text(encoding="utf-8"))
    names = [one["name"] for one in listed]
    assert names == sorted(set(names), key=str.lower)
    assert len(names) >= 100
    assert Counter(one["kind"] for one in listed).keys() == set(KINDS)
    for one in listed:
        assert one.keys() == {"name", "kind", "addresses", "marks"}
        assert one["addresses"] or one["marks"]
        assert all(address == address.lower() or "/" in address for address in one["addresses"])


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "consent"])
def test_who_could_read_the_element_is_named_and_the_frame_recommended(kind: str) -> None:
    one = next(one for one in watchers() if one.kind == kind and one.addresses)
    found = examine(f'<html><script src="https://{one.addresses[0]}"></script>', FINDER)
    (told,) = (each for each in found.notes if each.code == f"{kind}_seen")
    assert one.name in told.means
    assert found.recommended == "iframe"
    assert one.name in _means(report(found, "element").findings, "element_read")
    assert one.name in _means(report(found, "link").findings, "form_read")
    assert "read" not in " ".join(codes(report(found, "iframe").findings))
    # A frame of the same origin is open to the page's scripts.
    same = examine(f'<html><script src="https://{one.addresses[0]}"></script>', FINDER, page=FINDER)
    assert same.recommended == "link"
    assert one.name in _means(report(same, "iframe").findings, "frame_read")


def _means(findings: tuple[Finding, ...], code: str) -> str:
    (one,) = (one for one in findings if one.code == code)
    return one.means


def test_what_a_policy_allows_is_told_as_that() -> None:
    found = examine("script-src 'self' https://*.hotjar.com www.googletagmanager.com https://www.google.com", FINDER)
    assert {one.name: one.in_policy for one in found.watchers} == {"Hotjar": True, "Google Tag Manager": True}
    assert "watchers_allowed" in codes(found.notes)
    assert "element_read" not in codes(report(found, "element").findings)


@pytest.mark.parametrize(
    "text",
    [
        '<link rel="stylesheet" href="/wp-content/themes/x/style.css">',
        '<meta name="generator" content="WordPress 6.4">',
        'HTTP/1.1 200 OK\nlink: <https://www.example.org/wp-json/>; rel="https://api.w.org/"',
        "x-pingback: https://www.example.org/xmlrpc.php",
    ],
)
def test_wordpress_gets_the_plugin(text: str) -> None:
    found = examine(text, FINDER)
    assert found.recommended == "wordpress"
    assert "wordpress_seen" in codes(found.notes)


def test_without_anything_in_the_way_the_frame_is_best_and_with_a_policy_the_link() -> None:
    assert examine("<p>x</p>", FINDER).recommended == "iframe"
    assert examine("frame-src 'self'", FINDER).recommended == "link"
    assert examine("frame-src 'self'; form-action 'self'", FINDER).recommended == "iframe"


@pytest.mark.parametrize(
    ("page", "variant", "wanted"),
    [
        (FRAME + FRAME_SCRIPT, "iframe", {"embed_seen"}),
        (FRAME, "iframe", {"embed_seen", "frame_script_lacks"}),
        (FRAME_SCRIPT, "iframe", {"frame_gone"}),
        (FRAME.replace(' title="Find a hip specialist"', "") + FRAME_SCRIPT, "iframe", {"embed_seen", "frame_title_lacks"}),
        (FRAME.replace(' allow="geolocation"', "") + FRAME_SCRIPT, "iframe", {"embed_seen", "frame_location_lacks"}),
        (FRAME.replace(" allow", " sandbox='allow-scripts' allow") + FRAME_SCRIPT, "iframe", {"embed_seen", "frame_sandboxed"}),
        (FRAME.replace(FINDER, "https://old.example.org") + FRAME_SCRIPT, "iframe", {"embed_seen", "embed_elsewhere"}),
        (FRAME.replace(" src", " data-src") + FRAME_SCRIPT, "iframe", {"embed_seen"}),
        (FRAME + FRAME_SCRIPT.replace("<script", "<script type='text/plain'"), "iframe", {"embed_seen", "script_put_off"}),
        (FRAME + FRAME_SCRIPT.replace("src", "data-rocket-src"), "iframe", {"embed_seen", "script_put_off"}),
        (ELEMENT + ELEMENT_SCRIPT, "element", {"embed_seen"}),
        (ELEMENT, "element", {"embed_seen", "element_script_lacks"}),
        (f"<!-- {ELEMENT_SCRIPT} -->{ELEMENT}", "element", {"embed_seen", "element_script_lacks"}),
        (ELEMENT_SCRIPT, "element", {"element_gone"}),
        (ELEMENT.replace("juniper-web", "J W!") + ELEMENT_SCRIPT, "element", {"element_key_lacks"}),
        (ELEMENT + ELEMENT_SCRIPT.replace(FINDER, "http://finder.example.org"), "element", {"embed_seen", "embed_elsewhere"}),
        (ELEMENT + ELEMENT_SCRIPT.replace("https:", ""), "element", {"embed_seen"}),
        (ELEMENT + ELEMENT_SCRIPT.replace("v1", "v1.0.12"), "element", {"embed_seen"}),
        (FRAME.replace("frame/", "frame-auto/") + FRAME_SCRIPT.replace("v1", "v1.2.0"), "iframe", {"embed_seen"}),
    ],
)  # fmt: skip
def test_a_finder_that_is_there_is_looked_at(page: str, variant: str, wanted: set[str]) -> None:
    found = examine(f"<html><body>{page}</body></html>", FINDER)
    assert codes(report(found, variant).findings) == wanted
    other = "element" if variant == "iframe" else "iframe"
    assert codes(report(found, other).findings) == set()
    if "embed_seen" in wanted:
        assert found.site_keys == ("juniper-web",)


def test_a_snippet_that_visitors_read_is_noticed() -> None:
    page = '<p>&lt;specialist-finder site="juniper-web"&gt;</p>'
    assert "embed_escaped" in codes(examine(page, FINDER).notes)
    assert not examine(page, FINDER).works


def test_the_answer_is_plain_json_with_its_sentences() -> None:
    found = examine(FRAME + "<meta http-equiv=content-security-policy content=\"frame-src 'none'\">", FINDER)
    told = json.loads(json.dumps(found.as_json()))
    assert [one["variant"] for one in told["variants"]] == ["link", "iframe", "wordpress", "element"]
    assert told["variants"][1]["works"] is True  # a meta element in the body has no effect
    assert all(one["means"] and one["code"] and one["weight"] for one in told["notes"])
