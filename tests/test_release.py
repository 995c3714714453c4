"""What operators install: the wheel has all that runs, the same each time; a release installs without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.web.server import ROOT, Server, environment, free_port

BUILD = ROOT / "scripts" / "build_release"


def build(to: Path, *options: str, **settings: str) -> Path:
    """Make a release, or its wheel, of what is here; return the folder that it is in."""
    done = subprocess.run(
        [BUILD, "--dirty", "--to", to, *options], env={**os.environ, **settings}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return to


def test_the_wheel_has_all_that_runs_and_is_the_same_each_time(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        one = next(build(tmp_path / "one", "--wheel", TZ="Asia/Tokyo").glob("*.whl"))
    finally:
        os.umask(before)
    other = next(build(tmp_path / "other", "--wheel").glob("*.whl"))
    assert one.read_bytes() == other.read_bytes()
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "finder", "data"]
    known = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    wanted = {
        re.sub("^data/", "finder/data/", name) for name in known if name != "finder/data" and (ROOT / name).exists()
    }
    with zipfile.ZipFile(one) as wheel:
        there = {name for name in wheel.namelist() if ".dist-info/" not in name}
        assert there == wanted
        assert wheel.read("finder/data/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_asks_for_what_is_locked() -> None:
    """What the lock does not hold could not be installed without a network."""
    lock = (ROOT / "requirements.lock").read_text()
    dependencies = re.findall(r'^  "([\w-]+)', re.findall(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)[0], re.MULTILINE)  # fmt: skip
    assert [one for one in dependencies if not re.search(rf"^{one}(\[\w+\])?==", lock, re.MULTILINE)] == []


@pytest.mark.proof
@pytest.mark.undivided
def test_a_release_installs_without_a_network_and_answers_without_its_sources(tmp_path: Path) -> None:
    folder = next(path for path in build(tmp_path / "dist").iterdir() if path.is_dir())
    archive = folder.with_name(f"{folder.name}.tar")
    subprocess.run(["sha256sum", "--check", "--strict", f"{archive.name}.sha256"], cwd=archive.parent, check=True)
    away = tmp_path / "away"
    away.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", away], check=True)
    shutil.rmtree(folder.parent)
    folder = away / folder.name
    # A network of its own that leads nowhere, where that is allowed; else an index that does not answer.
    alone = ["unshare", "--net"] if os.geteuid() == 0 and shutil.which("unshare") else []
    settings = environment(tmp_path / "home", PIP_INDEX_URL="http://127.0.0.1:9/", PIP_CONFIG_FILE=os.devnull)
    settings.pop("PYTHONPATH", None)

    def install(to: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*alone, folder / "install", to], cwd="/", env=settings, capture_output=True, text=True, check=False)  # fmt: skip

    # A wheel that is not the one of the release is not installed.
    wheel = next((folder / "wheels").glob("click-*.whl"))
    as_it_was = wheel.read_bytes()
    wheel.write_bytes(as_it_was + b"\0")
    refused = install(away / "never")
    assert refused.returncode == 1
    assert "not what was released" in refused.stderr
    assert not (away / "never").exists()
    wheel.write_bytes(as_it_was)

    installed = install(away / "installed")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    finder = away / "installed" / "bin" / "finder"
    again = install(away / "installed")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    where = subprocess.check_output([finder.with_name("python"), "-c", "import finder; print(finder.__file__)"], cwd=away, env=settings, text=True)  # fmt: skip
    assert where.startswith(str(away))

    def run(*arguments: str) -> str:
        return subprocess.check_output([finder, *arguments], cwd=away, env=settings, text=True)

    assert "The catalogue" in run("setup")
    assert "Amberwhistle" in run("search", "23220", "--condition", "labral-tear")
    run("template", "all", "--output", "finder.xlsx")
    port = free_port()
    with (away / "output").open("wb") as output:
        process = subprocess.Popen([finder, "serve"], cwd=away, env=settings | {"FINDER_PORT": str(port)}, stdout=output, stderr=output)  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, away / "output")
    try:
        server.wait()
        page = server.get("/specialists?zip=23220&q=torn+labrum").body.decode()
        # Whatever the page names is there: style sheet, scripts, pictures.
        files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
        assert len(files) >= 2
        others = (
            "/docs/running",
            "/docs/codes",
            "/docs/api",
            "/embed/doctor",
            "/admin/",
            "/",
            "/specialists?zip=23220&lang=es",
        )
        assert [path for path in (*files, *others) if server.get(path).status != 200] == []
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    text = (folder / "sbom.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    pinned = dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==(\S+)", (folder / "requirements.txt").read_text(), re.MULTILINE))
    parts = [*told["components"], told["metadata"]["component"]]
    assert {one["purl"] for one in parts} == {f"pkg:pypi/{name}@{version}" for name, version in pinned.items()}
    assert all(one["licenses"] and one["hashes"] for one in parts)
    print(f"{len(parts)} parts, each with licence and checksum")
