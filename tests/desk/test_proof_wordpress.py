"""The plugin's PHP, run against stand-ins for the functions of WordPress: what it writes, keeps and refuses."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from finder.desk.wordpress import plugin_zip

pytestmark = pytest.mark.proof

_STAND_IN = Path(__file__).with_name("wordpress") / "stand_in.php"
FINDER = "https://finder.example.org"
SETTINGS = {"address": FINDER, "key": "juniper-web", "phone": "+18045550100", "variant": "iframe", "posts": False}
# As the finder's page for web teams shows them.
ALWAYS = "Call 911 if you can't stand or walk after a fall or crash, or the hip is out of its socket. Go to a hospital emergency room today if your hip hurts and you have a fever."
ASKED = "?condition=labral-tear&amp;stage=treated&amp;lang=en"
CALL = '<p>Or call <a href="tel:+18045550100">(804) 555-0100</a></p>'
FRAME = f"""<iframe src="{FINDER}/embed/frame/juniper-web/{ASKED}" title="Find a hip specialist near you" width="100%" height="760"
  frameborder="0" allow="geolocation" loading="lazy" referrerpolicy="strict-origin"></iframe>
<p><a href="{FINDER}/embed/page/juniper-web/{ASKED}">Open the finder on a page of its own</a></p>
{CALL}"""
LINK = f"""<p>{ALWAYS}</p>
<p><a href="{FINDER}/embed/page/juniper-web/{ASKED}">Find a hip specialist near you</a></p>
<form action="{FINDER}/embed/page/juniper-web/specialists" method="get">
  <input type="hidden" name="condition" value="labral-tear">
  <input type="hidden" name="stage" value="treated">
  <input type="hidden" name="lang" value="en">
  <label>Your ZIP code or town <input name="zip" autocomplete="postal-code" maxlength="60" required></label>
  <button>Find specialists</button>
</form>
<p>Or call <a href="tel:+18045550100">(804) 555-0100</a></p>"""
ELEMENT = f'<specialist-finder site="juniper-web" condition="labral-tear" stage="treated" lang="en">{LINK}</specialist-finder>'
GIVEN = {"condition": "labral-tear", "stage": "treated", "lang": "en"}
NASTY = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\x00\n[x] $1 \\1 {0} %s"


class Read(HTMLParser):
    """What a browser makes of HTML: tags with attributes, and words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Any] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if words := " ".join(data.split()):
            self.found.append(words)

    @property
    def tags(self) -> list[str]:
        return [one[0] for one in self.found if isinstance(one, tuple)]


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin, unpacked as WordPress does."""
    if not shutil.which("php"):
        message = "not here: php; run scripts/proof, which installs it"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    folder = tmp_path_factory.mktemp("plugins")
    with zipfile.ZipFile(io.BytesIO(plugin_zip())) as packed:
        packed.extractall(folder)
    return folder / "specialist-finder"


def ask(plugin: Path, do: str, given: Any = None, **more: Any) -> dict[str, Any]:
    """Run the plugin once, with an option unless another is named."""
    question = {"do": do, "given": given, "option": SETTINGS, **more}
    done = subprocess.run(
        ["php", "-d", "display_errors=stderr", _STAND_IN, plugin], input=json.dumps(question), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(
    ("variant", "html", "script"),
    [("iframe", FRAME, "frame-v1.js"), ("element", ELEMENT, "v1.js"), ("link", LINK, "")],
)
@pytest.mark.parametrize("by", ["shortcode", "block"])
def test_it_writes_what_the_snippet_says(plugin: Path, variant: str, html: str, script: str, by: str) -> None:
    told = ask(plugin, by, {**GIVEN, "variant": variant, "title": ""})
    around = [("div", {"class": "wp-block-specialist-finder-finder"})], ["/div"]
    found = Read(told["html"]).found
    if by == "block":
        assert (found[:1], found[-1:]) == around
        found = found[1:-1]
    assert found == Read(html).found
    # The script is loaded where it is needed, and nowhere else.
    assert [told["scripts"][one] for one in told["enqueued"]] == ([f"{FINDER}/embed/{script}"] if script else [])


def test_php_can_parse_each_file(plugin: Path) -> None:
    files = sorted(plugin.rglob("*.php"))
    assert len(files) > 4
    for path in files:
        done = subprocess.run(["php", "-l", path], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_settings_decide_where_the_shortcode_does_not(plugin: Path) -> None:
    for given in ("", [], {"variant": "other"}):
        assert Read(ask(plugin, "shortcode", given)["html"]).tags[0] == "iframe"
    told = ask(
        plugin, "shortcode", "", option={**SETTINGS, "variant": "element", "phone": "", "posts": True}, locale="es_MX"
    )
    assert told["enqueued"] == ["specialist-finder-element"]
    assert 'method="post"' in told["html"]
    assert "Su código ZIP o ciudad" in told["html"]
    assert "tel:" not in told["html"]
    assert "Your ZIP" in ask(plugin, "shortcode", {"lang": "en", "variant": "link"}, locale="es_MX")["html"]
    assert 'title="Ask &quot;us&quot;"' in ask(plugin, "shortcode", {"title": 'Ask "us"'})["html"]
    told = ask(plugin, "shortcode", {"title": 'Hips & "knees" >', "variant": "link"})
    assert 'Hips & "knees" >' in Read(told["html"]).found
    assert ">Hips &amp; &quot;knees&quot; &gt;<" in told["html"]
    beneath = ask(plugin, "shortcode", "", option={**SETTINGS, "address": "https://www.example.org/hip/"})
    assert Read(beneath["html"]).found[0][1]["src"] == "https://www.example.org/hip/embed/frame/juniper-web/"


def test_without_settings_visitors_see_nothing_and_editors_are_told(plugin: Path) -> None:
    for option in (False, "x", {}, {"address": FINDER}, {"key": "juniper-web"}, {"address": ["x"], "key": {"a": 1}}):
        told = ask(plugin, "block", {}, option=option)
        assert (told["html"], told["enqueued"]) == ("", [])
        assert "needs its address" in ask(plugin, "shortcode", {}, option=option, can=["edit_posts"])["html"]


@pytest.mark.parametrize("variant", ["iframe", "element", "link"])
@pytest.mark.parametrize("by", ["shortcode", "block"])
def test_nothing_that_is_given_becomes_markup(plugin: Path, variant: str, by: str) -> None:
    plain = ask(plugin, by, {"variant": variant})
    for name in ("condition", "stage", "lang", "title"):
        told = ask(plugin, by, {"variant": variant, name: NASTY})
        assert Read(told["html"]).tags == Read(plain["html"]).tags, name
        assert "onerror" not in told["html"] or name == "title"
        assert not any("onerror" in one[1] for one in Read(told["html"]).found if isinstance(one, tuple))
    # Nor what something else wrote into the option; a value that cannot be used counts as none.
    for name in ("phone", "variant", "posts"):
        told = ask(plugin, by, {"variant": variant}, option={**SETTINGS, name: NASTY})
        assert "alert(1)" not in told["html"]
    for name in ("address", "key"):
        assert ask(plugin, by, {"variant": variant}, option={**SETTINGS, name: NASTY})["html"] == ""
    for given in ({"title": ["x"]}, {"condition": {"a": 1}}, {"stage": None}):
        assert Read(ask(plugin, by, {"variant": variant, **given})["html"]).tags == Read(plain["html"]).tags


def test_what_cannot_be_used_is_not_saved_and_told(plugin: Path) -> None:
    good = {
        "address": "https://f.example.org/",
        "key": "abcd",
        "phone": "(804) 555-0199",
        "variant": "link",
        "posts": "1",
    }
    told = ask(plugin, "save", good)
    assert told["saved"] == {"address": "https://f.example.org", "key": "abcd", "phone": "+18045550199", "variant": "link", "posts": True}  # fmt: skip
    assert told["errors"] == []
    bad = {"address": "javascript:alert(1)", "key": "A b", "phone": "12", "variant": "x", "more": "y"}
    told = ask(plugin, "save", bad)
    assert told["saved"] == {**SETTINGS, "variant": "iframe"}
    assert len(told["errors"]) == 3
    for address in (
        "http://a b",
        "https://",
        "https://a/<b>",
        "https://a\n",
        "ftp://a",
        "https://user@a",
        "https://a/?q=1",
        "//a",
    ):
        assert ask(plugin, "save", {"address": address}, option={})["saved"]["address"] == ("https://a" if address == "https://a\n" else "")  # fmt: skip
    for given in (None, "x", [], {"address": ["x"]}):
        assert ask(plugin, "save", given, option={})["saved"]["key"] == ""
    # All can be emptied.
    assert ask(plugin, "save", {})["saved"]["address"] == ""


def test_the_page_of_settings_is_for_those_who_may(plugin: Path) -> None:
    refused = ask(plugin, "page")
    assert refused["died"]
    assert refused["printed"].strip() == ""
    told = ask(plugin, "page", can=["manage_options"])
    assert told["page"][0] == "manage_options"
    found = Read(told["printed"])
    fields = {one[1].get("name"): one[1] for one in found.found if isinstance(one, tuple) and one[0] == "input"}
    assert {"option_page", "_wpnonce", *(f"specialist_finder[{name}]" for name in SETTINGS)} <= fields.keys()
    assert fields["specialist_finder[address]"]["value"] == FINDER
    labels = {one[1].get("for") for one in found.found if isinstance(one, tuple) and one[0] == "label"}
    assert {fields[f"specialist_finder[{name}]"]["id"] for name in ("address", "key", "phone")} <= labels
    assert "options-general.php?page=specialist-finder" in ask(plugin, "links")["html"]


def test_scripts_load_beside_the_page_and_others_are_left_alone(plugin: Path) -> None:
    tag = "<script src='https://finder.example.org/embed/v1.js' id='specialist-finder-element-js'></script>"
    told = ask(plugin, "tag", [tag, "specialist-finder-element"])["html"]
    assert Read(told).found[0][1] == {
        "async": None,
        "src": f"{FINDER}/embed/v1.js",
        "id": "specialist-finder-element-js",
    }
    assert ask(plugin, "tag", [tag, "jquery"])["html"] == tag
    assert ask(plugin, "tag", [told, "specialist-finder-element"])["html"] == told


def test_what_it_loads_and_where_its_languages_are(plugin: Path) -> None:
    told = ask(plugin, "shortcode", "")
    assert told["scripts"]["specialist-finder-editor"] == "https://www.example.org/wp-content/plugins/specialist-finder/block/editor.js"  # fmt: skip
    assert told["languages"] == "specialist-finder/languages"
    assert told["blocks"] == ["specialist-finder/finder"]
    assert "specialist-finder-iframe" not in ask(plugin, "links", option={})["scripts"]


def test_nothing_stays_when_it_is_taken_away(plugin: Path) -> None:
    assert ask(plugin, "uninstall")["deleted"] == ["specialist_finder"]
    assert ask(plugin, "uninstall", sites=[1, 2])["deleted"] == [1, "specialist_finder", 2, "specialist_finder"]


_EDITOR = r"""
const made = [], element = (kind, props, ...inside) => ({ kind: kind.name ?? kind, props, inside: inside.flat() });
const component = name => ({ name });
global.window = { wp: {
  blocks: { registerBlockType: (name, told) => made.push([name, told]) },
  element: { createElement: element }, i18n: { __: text => text },
  blockEditor: { useBlockProps: () => ({ class: "block" }), InspectorControls: component("InspectorControls") },
  components: Object.fromEntries(["TextControl", "SelectControl", "PanelBody", "Placeholder"].map(name => [name, component(name)])),
} };
require(process.argv[1]);
const [[name, told]] = made, changed = [];
const given = { condition: "labral-tear", stage: "", lang: "es", variant: "", title: "" };
const shown = told.edit({ attributes: given, setAttributes: one => changed.push(one) });
const fields = shown.inside[0].inside[0].inside;
for (const one of fields) one.props.onChange("new");
console.log(JSON.stringify({ name, saved: told.save(), changed, fields: fields.map(one => [one.kind, one.props]) }));
"""


def test_the_block_can_be_edited(plugin: Path) -> None:
    if not shutil.which("node"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "not here: node; run scripts/proof, which installs it"
        )
    done = subprocess.run(
        ["node", "-e", _EDITOR, plugin / "block" / "editor.js"], capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    block = json.loads((plugin / "block" / "block.json").read_text())
    assert told["name"] == block["name"]
    assert told["saved"] is None
    assert told["changed"] == [{name: "new"} for name in block["attributes"]]
    by_name = {
        next(iter(changed)): props for changed, (_kind, props) in zip(told["changed"], told["fields"], strict=True)
    }
    assert (by_name["condition"]["value"], by_name["lang"]["value"]) == ("labral-tear", "es")
    assert all(one["label"] for one in by_name.values())
    # What can be chosen is what the plugin lets through.
    for name in ("stage", "lang", "variant"):
        for value in (one["value"] for one in by_name[name]["options"] if one["value"]):
            html = ask(plugin, "block", {"variant": "element", name: value}, option={**SETTINGS, "variant": "link"})[
                "html"
            ]
            assert (f'{name}="{value}"' in html) == (name != "variant")
            assert ("<iframe" in html, "<specialist-finder" in html) == {
                "iframe": (True, False), "link": (False, False)
            }.get(value, (False, True))  # fmt: skip
