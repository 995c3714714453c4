"""The documentation says what the code does: settings, columns, parameters, codes and commands, and the README."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

from finder.cli.group import finder
from finder.config import SETTINGS
from finder.db.catalogue import shipped_entries
from finder.errors import CODES
from finder.importers.templates import SECTIONS
from finder.search.query import PARAMETERS
from finder.site import check_condition_pages, read_site
from finder.site.keys import KEYS, tables

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "finder" / "docs"


def test_every_made_page_is_as_the_code_makes_it() -> None:
    checked = subprocess.run([ROOT / "scripts" / "build_docs", "--check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_nothing_is_undocumented() -> None:
    def page(name: str) -> str:
        return (DOCS / f"{name}.md").read_text(encoding="utf-8")

    assert all(f"`{one.variable}`" in page("settings") for one in SETTINGS)
    assert all(f"| `{one.name}` | {one.expected} | {one.meaning} |" in page("site") for one in KEYS)
    assert all(f"[{table}]" in page("site") for table in tables())
    assert all(f"`{column.name}`" in page("columns") for one in SECTIONS.values() for column in one.columns)
    assert all(f"`{one.name}`" in page("parameters") for one in PARAMETERS)
    assert all(f"`{code}`" in page("codes") for code in CODES)
    assert all(f"## finder {name}\n" in page("commands") for name in finder.commands)


def test_the_site_that_is_shown_as_an_example_can_be_used_and_has_every_key(tmp_path: Path) -> None:
    text = (DOCS / "site.md").read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    site = read_site(path, "", "")
    assert site.theme is not None
    assert site.theme.doubts == ()
    check_condition_pages(site, [key for _kind, key, _body in shipped_entries(ROOT / "data" / "catalogue.json")])
    shown = {name for table in tomllib.loads(text).values() for one in ([table] if isinstance(table, dict) else table) for name in one}  # fmt: skip
    assert {one.name for one in KEYS} - shown == {"logo", "font", "band_night"}


def test_every_setting_that_the_code_reads_is_declared() -> None:
    declared = {one.variable for one in SETTINGS}
    read = {
        name
        for path in (ROOT / "finder").rglob("*.py")
        for name in re.findall(r"\bFINDER_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert read <= declared


def test_every_code_that_the_code_gives_is_declared() -> None:
    raised = re.compile(r"(?:Error|Refused|Missing|NotReady|\badd|\btell)\(\s*\"([a-z_0-9]+)\"")
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in (ROOT / "finder").rglob("*.py")
        if path.name not in ("codes.py", "desk_codes.py", "sentences.py", "desk_sentences.py")
    }
    given = {code for text in texts.values() for code in raised.findall(text)}
    assert len(given) > 40
    assert given <= CODES.keys()
    assert [code for code in CODES if not any(f'"{code}"' in text for text in texts.values())] == []


def test_readme_begins_with_the_two_commands_and_links_to_what_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first_screen = "\n".join(readme.splitlines()[:25])
    assert "scripts/serve" in first_screen
    assert "scripts/test" in first_screen
    for link in re.findall(r"\]\(([^)#]+)\)", readme):
        assert (ROOT / link).exists(), link


def test_each_fault_names_a_trial_that_there_is() -> None:
    page = (DOCS / "faults.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith("| fault |")]
    assert len(rows) > 12
    for row in rows:
        trials = re.findall(r"`(tests/[\w/]+\.py)`", row.split("|")[-2])
        assert trials, row
        assert all((ROOT / trial).exists() for trial in trials), row
    assert set(re.findall(r"`((?:storage|database)_\w+)`", page)) <= CODES.keys()
