"""The walls of the design, and that each is noticed when somebody goes through it."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}


def tracked() -> list[Path]:
    """Return the files that belong to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the code, to be spoilt."""
    shutil.copytree(ROOT / "finder", tmp_path / "finder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def plant(path: Path, statement: str) -> None:
    """Put an import after a module's first import, used so that nothing but the wall is broken."""
    lines = path.read_text().splitlines()
    at = lines.index("from __future__ import annotations") + 1
    path.write_text("\n".join([*lines[:at], "", statement, *lines[at:], ""]))


def lint_imports(folder: Path) -> tuple[int, str]:
    """Check the floors of a folder; return exit code and report."""
    # The folder's own copy must be found before the project that is installed.
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); from importlinter.cli import lint_imports_command as run; run(prog_name='lint-imports')"  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def ruff(folder: Path) -> tuple[int, str]:
    """Check the style of a folder; return exit code and report."""
    done = subprocess.run(
        [BIN / "ruff", "check", "--no-cache", "--output-format=concise", "."],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_walls_stand(copy: Path) -> None:
    code, report = lint_imports(copy)
    assert code == 0, report
    assert " 0 broken" in report
    assert ruff(copy)[0] == 0


@pytest.mark.parametrize(
    ("module", "statement", "check", "told"),
    [
        ("db/edition.py", "import finder.search.query", lint_imports, "finder.db.edition -> finder.search.query"),
        ("search/query.py", "import finder.importers.rows", lint_imports, "finder.search.query -> finder.importers"),
        ("importers/rows.py", "import finder.desk.publish", lint_imports, "finder.importers.rows -> finder.desk"),
        ("formats/api_v1.py", "import finder.web.context", lint_imports, "finder.formats.api_v1 -> finder.web"),
        ("search/query.py", "import flask", lint_imports, "finder.search.query -> flask"),
        ("desk/publish.py", "import werkzeug", lint_imports, "finder.desk.publish -> werkzeug"),
        ("web/patients/page.py", "import shapely", lint_imports, "finder.web.patients.page -> shapely"),
        ("search/index.py", "import scipy.spatial", lint_imports, "finder.search.index -> scipy"),
        ("web/patients/page.py", "import finder.web.api", lint_imports, "finder.web.patients.page -> finder.web.api"),
        ("desk/publish.py", "import finder.config", lint_imports, "finder.desk.publish -> finder.config"),
        ("db/edition.py", "import sqlalchemy.dialects.sqlite", ruff, "TID251 `sqlalchemy.dialects"),
        ("search/index.py", "from sqlalchemy.dialects import postgresql", ruff, "TID251"),
    ],
    ids=lambda value: value if isinstance(value, str) and "import" in value else "",
)
def test_a_planted_fault_is_caught(
    copy: Path, module: str, statement: str, check: Callable[[Path], tuple[int, str]], told: str
) -> None:
    plant(copy / "finder" / module, statement)
    code, report = check(copy)
    assert code != 0
    assert told in report


def test_a_new_floor_must_be_given_its_place(copy: Path) -> None:
    (copy / "finder" / "attic.py").write_text('"""Something new."""\n')
    code, report = lint_imports(copy)
    assert code != 0
    assert "attic" in report


def test_no_file_is_too_long_or_vague() -> None:
    found = [path for path in tracked() if path.suffix == ".py" or path.parent.name == "scripts"]
    assert len(found) > 80
    assert [path.name for path in found if path.read_text().count("\n") > 400] == []
    assert [path for path in found if VAGUE & set(re.split(r"[_.\W]", path.stem.lower()))] == []


def texts() -> dict[str, str]:
    """Return the text of every file of the repository that is text."""
    found = {}
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8000]:
            found[str(path.relative_to(ROOT))] = content.decode("utf-8")
    return found


def test_nothing_is_left_to_be_done_later() -> None:
    later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    # Among patients' phrases it is the Spanish for "all".
    ours = {name: text for name, text in texts().items() if not name.startswith("data/phrases/")}
    assert [name for name, text in ours.items() if later.search(text)] == []


def test_no_file_names_a_registry_or_this_machine() -> None:
    hosts = re.compile(r"pypi\.|pythonhosted|file:///|\bartifactory\b|\bnexus\b|https?://[\w.-]*(?:mirror|proxy)", re.IGNORECASE)  # fmt: skip
    here = {str(ROOT), str(Path.home()) + "/", str(ROOT.parent / "shared"), socket.gethostname()}
    assert len(here) >= 3
    for name, text in texts().items():
        if name == "tests/test_architecture.py" or name.startswith("data/"):
            continue
        assert not hosts.search(text), (name, hosts.findall(text))
        assert not [one for one in here if one in text and len(one) > 6], name
