"""A site's file: all of it, a part of it, none of it, and each mistake in one sentence that says what to write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from finder.config import read_settings
from finder.errors import SettingError
from finder.formats.wording import LANGUAGES, wording
from finder.site import Site, check_condition_pages, read_site

WHOLE = """
[site]
name = "Find hip care"
organization = "Juniper Valley"
home_page = "https://juniper.example.org"
logo = "logo.svg"
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
price_url = "https://juniper.example.org/prices"
phone = "804-555-0101"
[colours]
brand = "#1f4d2b"
radius = 0
font = "Georgia, 'Times New Roman', serif"
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><style>path{fill:red}</style><path d="M0 0h1"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str | bytes], Site]:
    """Read a site of a text, in a folder that has a logo."""
    (tmp_path / "logo.svg").write_text(SVG)

    def reading(text: str | bytes) -> Site:
        path = tmp_path / "site.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_site(path, "Hip specialist finder", "+18045550199")

    return reading


def test_all_that_may_be_written_is_read(read: Callable[[str], Site]) -> None:
    site = read(WHOLE)
    assert (site.site_name, site.organization_name, site.title) == ("Find hip care", "Juniper Valley", "Juniper Valley")
    assert (site.home_page, site.phone) == ("https://juniper.example.org", "+18045550100")
    assert [site.hours(language) for language in LANGUAGES] == ["Monday to Friday", "De lunes a viernes"]
    assert site.links("es") == (("Otros", "https://juniper.example.org/others"),)
    assert site.links("en")[0][0] == "Others"
    assert site.condition_page("labral-tear") == "https://juniper.example.org/labrum"
    assert site.condition_page("perthes") == ""
    assert (site.money.price_url, site.money.help_url, site.money.phone) == ("https://juniper.example.org/prices", "", "+18045550101")  # fmt: skip
    assert site.logo is not None
    assert site.logo.mimetype == "image/svg+xml"
    assert site.theme is not None
    assert "--radius:0px;" in site.theme.css
    assert '--font:"Georgia", "Times New Roman", serif, ' in site.theme.css
    assert "--accent:#1f4d2b;" in site.theme.css
    assert site.theme.has_font


@pytest.mark.parametrize("text", ["", "\ufeff# nothing\n", "[site]\n[colours]\n"])
def test_what_is_not_written_is_as_before(read: Callable[[str], Site], text: str) -> None:
    site = read(text)
    assert (site.site_name, site.phone) == ("Hip specialist finder", "+18045550199")
    assert (site.title, site.hours("en"), site.links("en"), site.theme, site.logo) == ("Hip specialist finder", "", (), None, None)  # fmt: skip


def test_the_file_wins_over_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('[site]\nname = "Of the file"\n')
    given = {"FINDER_SITE": str(path), "FINDER_SITE_NAME": "Of the environment", "FINDER_PHONE": "804 555 0142"}
    settings = read_settings(given)
    assert (settings.site_name, settings.phone) == ("Of the file", "+18045550142")
    assert settings.site.site_name == "Of the file"
    settings = read_settings({**given, "FINDER_SITE": ""})
    assert (settings.site.site_name, settings.site.phone) == ("Of the environment", "+18045550142")


MISTAKES = [
    ("[site]\norganisation = 'X'", "site_key_unknown", "site.organisation", "Did you mean organization?"),
    ("[sight]\nname = 'X'", "site_key_unknown", "sight", "Did you mean site?"),
    ("[site]\nphone = '804-555-0100'", "site_key_unknown", "site.phone", "Did you mean line.phone?"),
    ("name = 'X'", "site_key_unknown", "name", "[site], [line], [links]"),
    ("[site]\nname = ''", "site_value_malformed", "site.name", "words on one line"),
    ("[site]\nname = true", "site_value_malformed", "site.name", "words on one line"),
    ("[site]\nhome_page = 'http://x.example.org'", "site_value_malformed", "site.home_page", "begins with https://"),
    ("[site]\nhome_page = 'javascript:alert(1)'", "site_value_malformed", "site.home_page", "begins with https://"),
    ("[site]\nhome_page = 'https://me@x.example.org'", "site_value_malformed", "site.home_page", "https://"),
    ("[site]\nhome_page = 'https://x.example.org:99999'", "site_value_malformed", "site.home_page", "https://"),
    ("[site]\nlogo = 'nothing.svg'", "site_value_malformed", "site.logo", "SVG or PNG"),
    ("[line]\nphone = '555'", "site_value_malformed", "line.phone", "a phone number"),
    ("[line]\nhours_en = 'always'", "site_key_lacking", "line.hours_en", "hours_es"),
    ("[[links]]\nlabel_en = 'X'", "site_key_lacking", "links.label_en", "label_es, url"),
    ("[[links]]", "site_key_lacking", "[[links]]", "label_en, label_es, url"),
    ("[links]\nurl = 'https://x.example.org'", "site_table_malformed", "links", "[[links]]"),
    ("[[site]]\nname = 'X'", "site_table_malformed", "site", "[site]"),
    ("site = 'X'", "site_table_malformed", "site", "[site]"),
    ("[[links]]\nlabel_en='a'\nlabel_es='a'\nurl='https://x.example.org'\n" * 13, "site_links_many", "", "12"),
    ("[condition_pages]\nlabral-tear = 'x'", "site_value_malformed", "condition_pages.labral-tear", "https://"),
    ("[colours]\nbrand = 'green'", "site_value_malformed", "colours.brand", "#1f4d2b"),
    ("[colours]\ncolor = '#fff'", "site_key_unknown", "colours.color", "brand, on_brand"),
    ("[colours]\nradius = '99px'", "site_value_malformed", "colours.radius", "0.45em"),
    ("[colours]\nfont = 'x;} body{display:none'", "site_value_malformed", "colours.font", "commas between"),
    ("[colours]\nbrand = '#7ab87a'", "site_contrast_low", "colours.brand", "colours.paper (#fdfaf4)"),
    ("[colours]\non_brand = '#345'", "site_contrast_low", "colours.on_brand", "colours.brand (#0b4f63)"),
    ("[colours]\nbrand_night = '#246'", "site_contrast_low", "colours.brand_night", "colours.paper_night"),
    ("[colours]\npaper = '#444'", "site_ground_unreadable", "colours.paper", "The nearest"),
    ("[colours]\npaper_night = '#eee'", "site_ground_unreadable", "colours.paper_night", "The nearest"),
    ("[site]\nname = “X”", "site_not_toml", "", "line 2"),
    ("[site]\nname = 'X'\n[site]", "site_not_toml", "", "line 3"),
    (b"[site]\nname = '\xff'", "site_not_toml", "", "line 2"),
    ("#" * 70_000, "site_file_large", "", "64 kB"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "key", "told"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_in_one_sentence(
    read: Callable[[str | bytes], Site], text: str | bytes, code: str, key: str, told: str
) -> None:
    with pytest.raises(SettingError) as refused:
        read(text)
    assert refused.value.code == code
    said = wording("en").error(refused.value)
    assert "site.toml" in said
    assert key in said
    assert told in said


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.toml", tmp_path, Path("a\0b")):
        with pytest.raises(SettingError, match="site_file_missing"):
            read_site(path, "", "")


def test_a_page_of_an_unknown_problem_is_refused_with_the_nearest(read: Callable[[str], Site]) -> None:
    site = read("[condition_pages]\nlabral-taer = 'https://x.example.org'")
    with pytest.raises(SettingError) as refused:
        check_condition_pages(site, ["labral-tear", "perthes"])
    said = wording("en").error(refused.value)
    assert "condition_pages.labral-taer" in said
    assert said.endswith("Did you mean labral-tear?")
    check_condition_pages(site, ["labral-taer"])


@pytest.mark.parametrize(
    ("name", "content", "fine"),
    [
        ("a.svg", SVG, True),
        ("a.png", PNG, True),
        ("a.svg", '<svg xmlns:xlink="x"><use xlink:href="#a"/><image href="data:image/png;base64,AA=="/></svg>', True),
        ("a.png", SVG, False),
        ("a.svg", PNG, False),
        ("a.gif", "GIF89a", False),
        ("a.svg", "<html/>", False),
        ("a.svg", "<svg><script>alert(1)</script></svg>", False),
        ("a.svg", "<svg onload='alert(1)'/>", False),
        ("a.svg", "<svg><a href='javascript:alert(1)'/></svg>", False),
        ("a.svg", "<svg><image href='https://x.example.org/a.png'/></svg>", False),
        ("a.svg", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg>&a;</svg>', False),
        ("a.svg", "<svg>", False),
        ("a.svg", "", False),
        ("a.svg", f"<svg>{' ' * 103_000}</svg>", False),
        ("../a.svg", SVG, False),
    ],
)
def test_a_logo_is_a_small_still_picture_beside_the_file(
    tmp_path: Path, name: str, content: str | bytes, fine: bool
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    path = folder / "site.toml"
    path.write_text(f"[site]\nlogo = '{name}'\n")
    if fine:
        assert read_site(path, "", "").logo is not None
    else:
        with pytest.raises(SettingError, match="site_value_malformed"):
            read_site(path, "", "")
