"""What the trials stand on: PostgreSQL, web hosts, and nginx in front as finder/docs/deploy/nginx.conf has it."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from page_tools import install_programs
from testbed import Cluster, advice, find_postgres, free_port, install_missing, postgres

from tests.web.server import Server, serving

NAME = "finder.example.org"
_DOCUMENTED = Path(__file__).resolve().parents[1] / "finder" / "docs" / "deploy" / "nginx.conf"
_SYSTEM_FOLDER = "/usr/sbin"
_NGINX_STARTS_SECONDS = 20


def programs() -> Path:
    """Return the folder of PostgreSQL's programs, after seeing that all is there. Ends with what is to be installed."""
    os.environ["PATH"] += f":{_SYSTEM_FOLDER}"
    if missing := [one for one in ("nginx", "openssl") if not shutil.which(one)]:
        install_programs(missing)
    if not find_postgres():
        install_missing(want_postgres=True, want_browser=False)
    if missing := [one for one in ("nginx", "openssl") if not shutil.which(one)]:
        raise SystemExit(f"Not here: {' and '.join(missing)}. Install what is named so from your package manager.")
    found = find_postgres()
    if found is None:
        raise SystemExit(advice(no_postgres=True, no_browser=False))
    return found


@contextmanager
def database() -> Iterator[Cluster]:
    """Run a PostgreSQL of the trial's own; SIGTERM ends the trial by way of its clean-up."""

    def stop(*_: object) -> None:
        raise SystemExit(143)

    signal.signal(signal.SIGTERM, stop)
    with postgres(programs()) as cluster:
        yield cluster


@contextmanager
def standstill(cluster: Cluster) -> Iterator[None]:
    """Let all processes of a PostgreSQL stand still."""
    main = cluster.process()
    processes = [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
    for one in processes:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in processes:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)


@dataclass
class WebHost:
    """One web host: `finder serve` with a home of its own; it can be killed, its workers too, and started again."""

    home: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)
    _server: Server | None = None

    @property
    def server(self) -> Server:
        """The server that runs."""
        if self._server is None:
            raise RuntimeError("the host was not started")
        return self._server

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        self._running = ExitStack()
        self._server = self._running.enter_context(serving(self.home, port=str(self.port), **self.settings))

    def kill(self) -> None:
        """Kill it as by kill -9, the main process and its workers at once."""
        os.killpg(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        self._running.close()

    def workers(self) -> list[int]:
        """Return its worker processes."""
        main = self.server.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        return [int(one) for one in children if figures(int(one))[0] > 50]


def figures(process: int) -> tuple[float, int]:
    """Return the memory of a process, in MB, and how many descriptors it has open; zeros of one that has ended."""
    try:
        found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
        return (int(found[1]) / 1000 if found else 0.0), len(list(Path(f"/proc/{process}/fd").iterdir()))
    except OSError:
        return 0.0, 0


@contextmanager
def web_hosts(folder: Path, database_url: str, count: int) -> Iterator[list[WebHost]]:
    """Run so many web hosts on one database, set as the documented nginx wants them."""
    settings = {
        "FINDER_DATABASE_URL": database_url, "FINDER_SECRET_KEY": "one key for all hosts of this trial",
        "FINDER_HOSTS": f"{NAME},127.0.0.1", "FINDER_TRUSTED_PROXIES": "1", "FINDER_DEMO": "no",
    }  # fmt: skip
    hosts = [WebHost(folder / f"host-{number}", settings) for number in range(1, count + 1)]
    with ExitStack() as stack:
        for one in hosts:
            one.start()
            stack.callback(one.stop)
        yield hosts


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[int]:
    """Run nginx in front of hosts as it is documented; give the port that it answers at, over TLS.

    Only what a reader must change is changed: ports, hosts, certificate, and where its log is.
    """
    folder.mkdir()
    port, plain = free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
         "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = _DOCUMENTED.read_text()
    servers = "\n".join(f"    server 127.0.0.1:{one} max_fails=0;" for one in ports)
    for was, becomes in (
        (r"^ *server 127\.0\.0\.1:8000 max_fails=0;", servers),
        (r"^ *listen \[::\]:\d+.*;\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{plain};"),
        (r"listen 443", f"listen 127.0.0.1:{port}"),
        (r"/etc/ssl/certs/finder\.pem", str(folder / "cert.pem")),
        (r"/etc/ssl/private/finder\.key", str(folder / "key.pem")),
        (r"/var/log/nginx", str(folder)),
    ):
        text, count = re.subn(was, becomes, text, flags=re.MULTILINE)
        if not count:
            raise SystemExit(f"{_DOCUMENTED} no longer has {was}")
    (folder / "finder.conf").write_text(text)
    as_root = "user root;" if os.geteuid() == 0 else ""
    paths = "".join(f"{one}_temp_path {folder}/{one};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"{as_root} daemon off; worker_processes 2; pid {folder}/pid; error_log {folder}/errors;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{ {paths}\ninclude {folder}/finder.conf; }}\n"
    )
    with (folder / "output").open("wb") as output:
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _NGINX_STARTS_SECONDS
        while not answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"nginx does not start: {(folder / 'output').read_text()}{_tail(folder / 'errors')}")
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _tail(path: Path) -> str:
    return path.read_text()[-2000:] if path.exists() else ""


def answers(port: int) -> bool:
    """Return whether nginx answers at a port."""
    try:
        with connection(port, tls=True) as asked:
            asked.request("GET", "/healthz")
            return asked.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def connection(port: int, *, tls: bool, timeout: float = 30) -> Iterator[http.client.HTTPConnection]:
    """Give a connection to a host, or to nginx over TLS; it is opened when it is first used."""
    made = Connection(port, timeout=timeout) if tls else http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        yield made
    finally:
        made.close()


class Connection(http.client.HTTPSConnection):
    """A connection to nginx under the name of its certificate, which is the trial's own and so not asked for."""

    def __init__(self, port: int, timeout: float) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        super().__init__("127.0.0.1", port, timeout=timeout, context=context)

    def putheader(self, header: str | bytes, *values: Any) -> None:
        """Send a header; the host is the site's name."""
        super().putheader(header, *([NAME] if header == "Host" else values))
