"""The documentation says what the code does: settings, columns, parameters, codes and commands, and the README."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from finder.cli.group import finder
from finder.config import SETTINGS
from finder.errors import CODES
from finder.importers.templates import SECTIONS
from finder.search.query import PARAMETERS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "finder" / "docs"


def test_every_made_page_is_as_the_code_makes_it() -> None:
    checked = subprocess.run([ROOT / "scripts" / "build_docs", "--check"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_nothing_is_undocumented() -> None:
    def page(name: str) -> str:
        return (DOCS / f"{name}.md").read_text(encoding="utf-8")

    assert all(f"`{one.variable}`" in page("settings") for one in SETTINGS)
    assert all(f"`{column.name}`" in page("columns") for one in SECTIONS.values() for column in one.columns)
    assert all(f"`{one.name}`" in page("parameters") for one in PARAMETERS)
    assert all(f"`{code}`" in page("codes") for code in CODES)
    assert all(f"## finder {name}\n" in page("commands") for name in finder.commands)


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
        if path.name not in ("errors.py", "sentences.py")
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
