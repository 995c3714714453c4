"""The examples of finder/docs/deploy are read by the programs that they are for, and say what the finder says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from finder.cli.group import finder
from finder.config import SETTINGS
from tests.web.server import ROOT

DEPLOY = ROOT / "finder" / "docs" / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
IN_RELEASES = {"wheels", "requirements.txt", "SHA256SUMS", "deploy", "LICENSE", "install", "running.md", "upgrading.md", "sbom.cdx.json"}  # fmt: skip


def text(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def needs(program: str) -> None:
    # scripts/page_tools.py gets them, and with CI=true fails where it cannot.
    if not shutil.which(program):
        pytest.skip(f"{program} is not here")


def test_every_setting_that_an_example_names_is_one() -> None:
    known = {one.variable for one in SETTINGS}
    named = {
        (path.name, re.sub("_FILE$", "", name))
        for path in DEPLOY.iterdir()
        for name in re.findall(r"\bFINDER_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert [one for one in named if one[1] not in known] == []


def test_every_command_that_an_example_runs_is_one() -> None:
    """Also those of the pages that say how to run and to upgrade it."""
    pages = [(DEPLOY.parent / name).read_text(encoding="utf-8") for name in ("running.md", "upgrading.md")]
    scripts = "\n".join(block for page in pages for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    units = "\n".join(path.read_text() for path in UNITS)
    run = {*re.findall(r"^finder ([a-z-]+)", scripts, re.MULTILINE), *re.findall(r"^ExecStart=\S+/finder ([a-z-]+)$", units, re.MULTILINE)}  # fmt: skip
    assert {"setup", "serve", "backup", "check", "restore", "staff", "import"} <= run
    for name in run:
        assert CliRunner().invoke(finder, [name, "--help"]).exit_code == 0, name
    for named in re.findall(r"deploy/([\w.-]+)", scripts.replace(".*", ".service")):
        assert (DEPLOY / named).exists(), named


def test_proxies_log_nothing_of_who_asked_what_and_take_no_header_of_clients() -> None:
    nginx = text("nginx.conf")
    (form,) = re.findall(r"log_format finder (.*?);", nginx, re.DOTALL)
    private = (
        "remote_",
        "binary_remote",
        "request ",
        "request'",
        "$request_uri",
        "$args",
        "query",
        "http_",
        "$uri",
        "realip",
    )
    assert [one for one in private if one in form] == []
    assert set(re.findall(r"access_log (.*);", nginx)) == {"/var/log/nginx/finder.log finder"}
    assert set(re.findall(r"error_log (.*);", nginx)) == {"/var/log/nginx/finder-errors.log emerg"}
    assert "$proxy_add_x_forwarded_for" not in nginx
    for header in ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "X-Forwarded-Host $host"):
        assert f"proxy_set_header {header};" in nginx
    # Set once for all: nginx forgets those of the server in a location that sets one of its own.
    assert len(re.findall("proxy_set_header", nginx)) == len(re.findall("^    proxy_set_header", nginx, re.MULTILINE))
    limit = next(int(one.default) for one in SETTINGS if one.variable == "FINDER_UPLOAD_LIMIT_MB")
    assert f"client_max_body_size {limit + 1}m;" in nginx
    caddy = text("Caddyfile")
    assert f"max_size {limit + 1}MB" in caddy
    assert "request delete" in caddy
    for proxy in (nginx, caddy):
        assert "Call 911" in proxy


def test_the_image_is_made_of_what_a_release_holds() -> None:
    lines = re.sub(r"\\\n", " ", text("Dockerfile")).splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    assert {word for word, _ in steps} <= {"FROM", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}  # fmt: skip
    copied = [rest.split() for word, rest in steps if word == "COPY" and not rest.startswith("--from=installed ")]
    assert {name for *names, _ in copied for name in names} <= IN_RELEASES
    stages = [word for word, _ in steps]
    assert stages.index("USER") > len(stages) - 1 - stages[::-1].index("RUN"), "what runs is not root"
    health = next(rest for word, rest in steps if word == "HEALTHCHECK")
    assert "/readyz" in health
    program = health.split('"-c", "')[1].rsplit('"]', 1)[0]
    compile(program, "HEALTHCHECK", "exec")


def test_the_compose_file_starts_a_database_two_finders_and_nginx() -> None:
    told = yaml.safe_load(text("compose.yaml"))
    services = told["services"]
    assert set(services) == {"database", "finder-1", "finder-2", "nginx"}
    for name in ("finder-1", "finder-2"):
        one = services[name]
        assert one["build"] == {"context": ".", "dockerfile": "deploy/Dockerfile"}
        assert one["depends_on"] == {"database": {"condition": "service_healthy"}}
        assert set(one["secrets"]) <= set(told["secrets"])
        for variable, value in one["environment"].items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in one["secrets"]
    volumes = {mount.split(":")[0] for one in services.values() for mount in one["volumes"] if mount[0] != "."}
    assert volumes == set(told["volumes"])
    assert [m for m in services["nginx"]["volumes"] if m.startswith("./deploy/") and not (DEPLOY.parent / m.split(":")[0]).exists()] == []  # fmt: skip
    # The line of nginx's example that is changed for it is there.
    old, new = re.findall(r"s/(.*?)/(.*?)/'", services["nginx"]["command"][2])[0]
    assert old in text("nginx.conf")
    assert [host for host in re.findall(r"server (\S+):8000", new) if host not in services] == []


def test_the_command_runs_as_the_service_does() -> None:
    path = DEPLOY / "finder-command"
    subprocess.run(["sh", "-n", path], check=True)
    service = text("finder.service")
    for part in ("/etc/finder/finder.env", "/opt/finder/current/bin/finder"):
        assert part in path.read_text()
        assert part in service
    # Both a shell and systemd read it.
    shell = subprocess.check_output(["sh", "-c", f"set -a; . {DEPLOY / 'finder.env'}; env"], text=True)
    for line in text("finder.env").splitlines():
        assert line.startswith("#") or line in shell


@pytest.mark.proof
def test_nginx_takes_its_example(tmp_path: Path) -> None:
    needs("nginx")
    needs("openssl")
    key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=finder.example.org"]
    subprocess.run([*key, "-keyout", tmp_path / "key", "-out", tmp_path / "pem"], check=True, capture_output=True)
    example = text("nginx.conf").replace("/etc/ssl/certs/finder.pem", str(tmp_path / "pem"))
    example = example.replace("/etc/ssl/private/finder.key", str(tmp_path / "key")).replace(
        "/var/log/nginx", str(tmp_path)
    )
    whole = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{example}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


@pytest.mark.proof
def test_caddy_takes_its_example(tmp_path: Path) -> None:
    needs("caddy")
    (tmp_path / "Caddyfile").write_text(text("Caddyfile").replace("/var/log/caddy", str(tmp_path)))
    own = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/bin"}  # fmt: skip
    ask = ["caddy", "validate", "--adapter", "caddyfile", "--config", tmp_path / "Caddyfile"]
    done = subprocess.run(ask, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert '"level":"warn"' not in done.stderr


@pytest.mark.proof
def test_systemd_takes_its_examples(tmp_path: Path) -> None:
    needs("systemd-analyze")
    for unit in UNITS:
        # The program and PostgreSQL are not on this machine.
        told = (
            unit.read_text().replace("/opt/finder/current/bin/finder", "/bin/true").replace(" postgresql.service", "")
        )
        (tmp_path / unit.name).write_text(told.replace("After=postgresql.service\n", ""))
    # Options that it does not know are told of on standard error, with success.
    ask = ["systemd-analyze", "verify", *(tmp_path / unit.name for unit in UNITS)]
    done = subprocess.run(ask, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
