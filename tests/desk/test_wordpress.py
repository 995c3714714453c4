"""The plugin for WordPress: what is in the zip, that its versions agree, and that nothing is left behind in it."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from finder.db.reference import DATA
from finder.desk.wordpress import PLUGIN_FILE, plugin_version, plugin_zip

ROOT = Path(__file__).resolve().parents[2]
NAME = "specialist-finder"
SOURCES = DATA / "wordpress" / NAME


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The files of the zip by their names in the plugin's folder."""
    with zipfile.ZipFile(io.BytesIO(plugin_zip())) as plugin:
        assert plugin.testzip() is None
        return {name.removeprefix(f"{NAME}/"): plugin.read(name).decode() for name in plugin.namelist()}


def test_all_of_it_is_there_in_one_folder(files: dict[str, str]) -> None:
    with zipfile.ZipFile(io.BytesIO(plugin_zip())) as plugin:
        assert all(name.startswith(f"{NAME}/") for name in plugin.namelist())
        # Folders list their files in any order.
        assert plugin.namelist() == sorted(plugin.namelist())
    sources = {path.relative_to(SOURCES).as_posix(): path.read_text() for path in SOURCES.rglob("*") if path.is_file()}
    made = {"LICENSE", f"languages/{NAME}.pot"}
    assert files.keys() == sources.keys() | made
    assert {name: files[name] for name in sources} == sources
    assert files["LICENSE"] == (ROOT / "LICENSE").read_text()
    assert {
        "specialist-finder.php",
        "uninstall.php",
        "readme.txt",
        "block/block.json",
        "block/editor.js",
    } <= files.keys()


def test_the_same_sources_make_the_same_bytes_and_the_script_writes_them(tmp_path: Path) -> None:
    code = "import sys; from finder.desk.wordpress import plugin_zip; sys.stdout.buffer.write(plugin_zip())"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == plugin_zip()
    script = ROOT / "scripts" / "build_wordpress"
    told = subprocess.run([script], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert told.startswith(f"Wrote {PLUGIN_FILE}: version {plugin_version()}, ")
    assert (tmp_path / PLUGIN_FILE).read_bytes() == plugin_zip()


def test_versions_names_and_licence_agree(files: dict[str, str]) -> None:
    main, readme, block = files[f"{NAME}.php"], files["readme.txt"], json.loads(files["block/block.json"])
    version = plugin_version()
    assert f"define( 'SPECIALIST_FINDER_VERSION', '{version}' );" in main
    assert f"Stable tag: {version}\n" in readme
    assert f"= {version} =" in readme
    assert block["version"] == version
    for asked in ("Requires at least", "Requires PHP", "License", "License URI"):
        (one,) = re.findall(rf"^ \* {asked}: +(.+)$", main, re.MULTILINE)
        assert f"\n{asked}: {one}\n" in readme
    assert f"Text Domain:       {NAME}" in main
    assert block["textdomain"] == NAME
    assert "compatible with version 3 of the GNU" in readme
    # A block of the editor has the fields of the shortcode that the readme shows.
    shown = re.search(r"\[specialist_finder ([^\]]+)\]", readme)
    assert shown is not None
    assert set(re.findall(r"(\w+)=", shown[1])) == block["attributes"].keys()
    assert all(f"'{name}'" in files["block/editor.js"] for name in block["attributes"])


def test_nothing_is_left_behind_and_no_file_runs_alone(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert not re.search(r"var_dump|print_r|error_log|console\.|debugger|localhost|eval\(|innerHTML", text), name
        if name.endswith(".php"):
            assert re.search(r"^defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) \|\| exit;$", text, re.MULTILINE), name
            assert text.startswith("<?php\n")
            # It asks no server, and reads no request: WordPress checks the nonce of the settings.
            assert not re.search(r"wp_remote|curl_|file_get_contents|\$_(?:GET|POST|REQUEST|COOKIE|SERVER)\b", text), (
                name
            )


def test_all_that_staff_read_can_be_translated(files: dict[str, str]) -> None:
    told = files[f"languages/{NAME}.pot"]
    called = [text for name, text in files.items() if name.endswith((".php", ".js"))]
    calls = sum(len(re.findall(r"\b(?:__|_e|esc_html__|esc_html_e|esc_attr__|esc_attr_e)\(", text)) for text in called)
    domains = sum(len(re.findall(r"', 'specialist-finder'(?: \)|\n)", text)) for text in called)
    assert calls > 20
    assert calls <= domains
    assert 'msgid "Site key"' in told
    assert 'msgid "The reader\'s own"' in told
    assert 'msgid "Write [specialist_finder condition=\\"labral-tear\\"] into a page, or add the block Specialist Finder."' in told  # fmt: skip
    assert len(re.findall(r"^msgid", told, re.MULTILINE)) > 20


def test_the_php_is_of_7_4(files: dict[str, str]) -> None:
    """What came later would be an error where the plugin says it can run."""
    later = r"\b(?:match\s*\(|str_contains|str_starts_with|str_ends_with|enum\s|readonly\s|array_is_list)|\?->|#\[|fn\s*\([^)]*\)\s*:\s*never"
    for name, text in files.items():
        if name.endswith(".php"):
            assert not re.search(later, text), name
