"""Run a command beside a private PostgreSQL and a browser, installing them first where that is possible.

    testbed.py COMMAND [ARGUMENT ...]

The command finds FINDER_TEST_POSTGRES (address of an empty database with PostGIS, as its superuser) and
FINDER_TEST_CHROMIUM (path of a browser) in its environment; either may be preset to use one's own. A server that is
removed with all it holds is told of by FINDER_TEST_POSTGRES_ENDS=true. Where one
cannot be had it is empty, and a line says what to install; with CI=true that is an error.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DATABASE = "finder_test"
STARTS = 5
WORKING_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def find_postgres() -> Path | None:
    """Return the newest PostgreSQL's folder of programs that also has PostGIS, or None."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    folders.sort(key=lambda folder: int(folder.parent.name), reverse=True)
    for program in ("pg_config", "initdb"):
        if found := shutil.which(program):
            folders.append(Path(found).resolve().parent)
    for folder in folders:
        shares = {Path("/usr/share/postgresql") / folder.parent.name}
        if (config := folder / "pg_config").exists():
            shares.add(Path(subprocess.check_output([config, "--sharedir"], text=True).strip()))
        has_postgis = any((share / "extension/postgis.control").exists() for share in shares)
        if has_postgis and (folder / "initdb").exists():
            return folder
    return None


def find_browser() -> Path | None:
    """Return a Chromium that starts, or None; Ubuntu's `chromium-browser` is often only a notice."""
    candidates = [Path(found) for name in BROWSERS if (found := shutil.which(name))]
    caches = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    for cache in caches:
        candidates += sorted(cache.glob("chromium-*/chrome-*/**/chrome"), reverse=True)
        candidates += sorted(cache.glob("chromium-*/chrome-*/**/MacOS/*"), reverse=True)
    for candidate in candidates:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run([candidate, "--version"], check=True, capture_output=True, timeout=30)
            return candidate
    return None


def distribution() -> str:
    """Return `debian`, `ubuntu`, another distribution's id, or an empty string."""
    with contextlib.suppress(OSError):
        found = re.search(r'^ID="?(\w+)', Path("/etc/os-release").read_text(), re.MULTILINE)
        return found[1] if found else ""
    return ""


def postgres_packages() -> list[str]:
    """Return the packages of this system's own PostgreSQL and its PostGIS."""
    ask = ["apt-cache", "depends", "postgresql"]
    depends = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
    found = re.search(r"Depends: postgresql-(\d+)\b", depends)
    return ["postgresql", f"postgresql-{found[1]}-postgis-3" if found else "postgresql-postgis"]


def install_missing(want_postgres: bool, want_browser: bool) -> None:
    """Install what is wanted with apt, as root on Debian or Ubuntu; do nothing elsewhere."""
    system = distribution()
    want_browser = want_browser and system == "debian"  # Ubuntu has it only as a snap
    if not (WORKING_ROOT and system in ("debian", "ubuntu") and (want_postgres or want_browser)):
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-y", "-o", "Dpkg::Options::=--force-confold"]
    subprocess.run([*apt, "update"], env=environment, check=False)
    packages = [*(postgres_packages() if want_postgres else []), *(["chromium"] if want_browser else [])]
    print(f"Installing {', '.join(packages)} ...", flush=True)
    if want_postgres:
        keep_system_cluster_away()
    install = [*apt, "--no-install-recommends", "install", *packages]
    subprocess.run(install, env=environment, check=False, stdout=subprocess.DEVNULL)


def keep_system_cluster_away() -> None:
    """Tell Debian's package not to make and start a server of its own."""
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("create_main_cluster = false\n")


def advice(no_postgres: bool, no_browser: bool) -> str:
    """Return what to install, in one line."""
    wanted = []
    if no_postgres:
        with_apt = shutil.which("apt-cache") is not None
        how = f"apt install {' '.join(postgres_packages())}" if with_apt else "from your package manager"
        wanted.append(f"PostgreSQL with PostGIS ({how})")
    if no_browser:
        playwright = ".venv/bin/playwright install --with-deps chromium"
        how = "apt install chromium" if distribution() == "debian" else playwright
        wanted.append(f"Chromium ({how})")
    return f"Not here: {' and '.join(wanted)}."


def free_port() -> int:
    """Return a port of the loopback address that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cluster:
    """A PostgreSQL of one's own. `stop` takes how: fast, or immediate as by a power cut; `start` waits until it is up.

    `process` gives the number of its main process.
    """

    address: str
    process: Callable[[], int]
    stop: Callable[[str], None]
    start: Callable[[], None]


@contextlib.contextmanager
def postgres(programs: Path) -> Iterator[Cluster]:
    """Give a new PostgreSQL with PostGIS; on leaving, stop and remove it."""
    # In /tmp, since the server's user must reach it and the address of its socket must be short.
    home = Path(tempfile.mkdtemp(prefix="finder-test-", dir="/tmp"))
    password_file, data, log = home / "password", home / "data", home / "log"
    password = secrets.token_hex(16)
    password_file.write_text(password)
    as_user: list[str] = []
    if WORKING_ROOT:  # PostgreSQL refuses to be root
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(home, "postgres")
        shutil.chown(password_file, "postgres")

    def run(program: str, *arguments: object, environment: dict[str, str] | None = None) -> bool:
        command = [*as_user, str(programs / program), *map(str, arguments)]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, env={**os.environ, **(environment or {})},
        )  # fmt: skip
        if done.returncode:
            print(done.stdout, file=sys.stderr)
        return done.returncode == 0

    try:
        initdb = ("-D", data, "-U", "finder", "--pwfile", password_file, "--auth=scram-sha-256")
        if not run("initdb", *initdb, "--encoding=UTF8", "--locale=C", "--no-sync"):
            raise SystemExit("PostgreSQL could not make its files (see above).")
        for _ in range(STARTS):  # another program may take the port first
            port = free_port()
            options = (
                f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
                " -c synchronous_commit=off -c full_page_writes=off -c jit=off -c timezone=UTC -c max_connections=120"
            )
            begin = ("start", "-D", data, "-l", log, "-w", "-t", "60", "-o", options)
            if run("pg_ctl", *begin):
                break
        else:
            raise SystemExit(f"PostgreSQL could not be started:\n{log.read_text() if log.exists() else ''}")
        reach = ("-h", "127.0.0.1", "-p", port, "-U", "finder", "-q", "-X", "-v", "ON_ERROR_STOP=1")
        for database, sql in (
            ("postgres", f"CREATE DATABASE {DATABASE}"),
            (DATABASE, "CREATE EXTENSION postgis"),
        ):
            if not run("psql", *reach, "-d", database, "-c", sql, environment={"PGPASSWORD": password}):
                raise SystemExit(f"PostgreSQL refused: {sql}")

        def must(*arguments: object) -> None:
            if not run("pg_ctl", *arguments):
                raise SystemExit(f"PostgreSQL refused: pg_ctl {arguments[0]}")

        yield Cluster(
            f"postgresql://finder:{password}@127.0.0.1:{port}/{DATABASE}",
            process=lambda: int((data / "postmaster.pid").read_text().split()[0]),
            stop=lambda how: must("stop", "-D", data, "-m", how, "-w"),
            start=lambda: must(*begin),
        )
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "stop", "-D", data, "-m", "immediate", "-w")
        shutil.rmtree(home, ignore_errors=True)


def run_command(command: list[str], environment: dict[str, str]) -> int:
    """Run the command to its end, passing on a request to stop; return its exit status."""
    # The terminal sends Ctrl-C to the command as well, so here it must only not end this program first.
    signal.signal(signal.SIGINT, lambda *_: None)
    child = subprocess.Popen(command, env=environment)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: child.send_signal(signal.SIGINT))
    status = child.wait()
    return status if status >= 0 else 128 - status


def stop(*_: object) -> None:
    """End this program on a signal by way of its clean-up."""
    raise SystemExit(143)


def main() -> int:
    """Find, install and start what the tests need, then run the command."""
    command = sys.argv[1:]
    if not command or command[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if command else 2
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    address = os.environ.get("FINDER_TEST_POSTGRES", "")
    browser = os.environ.get("FINDER_TEST_CHROMIUM", "")
    programs = None if address else find_postgres()
    browser = browser or str(find_browser() or "")
    if not (address or programs) or not browser:
        install_missing(not (address or programs), not browser)
        programs = programs or (None if address else find_postgres())
        browser = browser or str(find_browser() or "")
    if not (address or programs) or not browser:
        print(advice(not (address or programs), not browser), file=sys.stderr)
        if os.environ.get("CI") == "true":
            return 1
    with contextlib.ExitStack() as running:
        if programs:
            address = running.enter_context(postgres(programs)).address
        environment = {
            **os.environ, "FINDER_TEST_POSTGRES": address, "FINDER_TEST_CHROMIUM": browser,
            "FINDER_TEST_POSTGRES_ENDS": "true" if programs else "",
        }  # fmt: skip
        return run_command(command, environment)


if __name__ == "__main__":
    sys.exit(main())
