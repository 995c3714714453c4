"""What guards the finder, on trial: Google's CSP evaluator, and a worker that is asked ten thousand times."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from finder.web.security import AUDIENCES
from tests.web.server import Server, serving
from tests.web.states import STATES
from tests.web.test_proof_pages import TOOLS, needed
from tests.web.test_security import ROWS, asked_by

pytestmark = pytest.mark.proof

EVALUATOR = TOOLS / "csp_evaluator" / "dist"
_EVALUATE = f"""
const {{ CspEvaluator }} = require({json.dumps(str(EVALUATOR / "evaluator.js"))});
const {{ CspParser }} = require({json.dumps(str(EVALUATOR / "parser.js"))});
const policies = JSON.parse(require("fs").readFileSync(0));
console.log(JSON.stringify(policies.map(one => new CspEvaluator(new CspParser(one).csp).evaluate())));
"""
# Its scale: HIGH 10, SYNTAX 20, MEDIUM 30, HIGH_MAYBE 40, STRICT_CSP 45, MEDIUM_MAYBE 50, INFO 60.
_LEAST = 50
# What it says of pages holds for sites that serve scripts of others, or callbacks by name; we serve files of our own.
_KNOWN = "'self' can be problematic if you host JSONP, AngularJS or user uploaded files."


def evaluated(policies: list[str]) -> list[list[tuple[int, str]]]:
    """Return what Google's CSP evaluator finds in policies, each finding with its severity."""
    done = subprocess.run(
        ["node", "-e", _EVALUATE], input=json.dumps(policies), capture_output=True, text=True, check=True, timeout=60
    )
    return [[(one["severity"], one["description"]) for one in found] for found in json.loads(done.stdout)]


def test_the_csp_evaluator_finds_nothing_in_what_any_audience_gets(client: FlaskClient) -> None:
    """In the headers as they are sent, of every endpoint."""
    needed("node", EVALUATOR)
    policies: dict[str, str] = {}
    # The desk has no rows there, since all of it is behind the sign-in: its door gets what its pages get.
    for method, path in (*(asked_by(row[0]) for row in ROWS), ("GET", "/admin/sign-in")):
        with client.open(path, method=method) as reply:
            policies.setdefault(reply.headers["Content-Security-Policy"], path)
    found = dict(zip(policies, evaluated([*policies]), strict=True))
    print(f"\nCSP evaluator: {len(ROWS)} endpoints, {len(policies)} policies, findings {[*found.values()]}")
    assert {row.policy for row in AUDIENCES.values()} <= set(policies)
    for policy, told in found.items():
        assert not [one for one in told if one[0] < _LEAST], (policies[policy], told)
        assert {description for _, description in told} <= {_KNOWN}, policies[policy]


def test_the_csp_evaluator_would_find_a_hole() -> None:
    needed("node", EVALUATOR)
    page = AUDIENCES["patients"].policy
    holes = {"script-src 'self'": "script-src 'self' 'unsafe-inline'", "default-src 'none'; ": "", "'self';": "https:;"}
    for part, hole in holes.items():
        spoilt = page.replace(part, hole, 1)
        assert spoilt != page
        assert min(severity for severity, _ in evaluated([spoilt])[0]) < _LEAST, spoilt


# ---- a worker that is asked for long

WARM_UP, ASKED, MOST_GROWTH = 2_000, 10_000, 0.03
_CLIENTS, _SEED = 8, 20261130
_PLACES = ("23220", "Roanoke, VA", "59244", "02115", "1", "K1A 0B1", "Springfield", "00000")
_WORDS = ("torn labrum", "cadera", "chest pain", "hip hop class", "zqx hip 4711", "fell and can't get up", "x" * 400)


def asked(seed: int, count: int) -> Iterator[tuple[str, dict[str, str] | None, dict[str, str]]]:
    """Yield requests of all kinds: path, fields of a form or None, headers."""
    draw = random.Random(seed)
    fixed = [state.path for state in STATES if not state.path.startswith("/static")]
    for number in range(count):
        place, words = quote(draw.choice(_PLACES)), draw.choice(_WORDS)
        choices: list[tuple[str, dict[str, str] | None]] = [
            (draw.choice(fixed), None),
            (f"/specialists?zip={place}&q={quote(words)}&lang={draw.choice(('en', 'es'))}", None),
            (f"/api/v1/specialists?zip={place}&q={quote(words)}", None),
            (
                f"/api/v1/locations?zip={place}&condition=hip-osteoarthritis&radius={draw.choice(('10', '25', 'x'))}",
                None,
            ),
            ("/api/v1/suggest", {"q": words[: draw.randrange(1, 30)]}),
            (f"/specialist/npi:{draw.randrange(2025200000, 2025200400)}", None),
            (f"/nothing/{number}", None),
            (draw.choice(("/healthz", "/readyz", "/static/style.css", "/api/v1/conditions", "/docs/codes")), None),
        ]
        coding = draw.choice(("br", "gzip", "identity"))
        yield (
            *draw.choice(choices),
            {"Accept-Encoding": coding, "Accept-Language": draw.choice(("en", "es", f"l{number}"))},
        )


def ask(server: Server, seed: int, count: int) -> Counter[int]:
    """Ask a server, several at a time, and count what it answers."""
    with ThreadPoolExecutor(_CLIENTS) as pool:
        return Counter(pool.map(lambda one: server.get(one[0], fields=one[1], **one[2]).status, asked(seed, count)))


def worker_of(server: Server) -> Path:
    """Return the folder in /proc of the only worker of a server: of the processes that it started, the largest."""
    main = server.process.pid
    found = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return Path("/proc") / max(found, key=lambda one: resident(Path("/proc") / one))


def resident(process: Path) -> int:
    """Return the kilobytes of memory that a process has."""
    line = next(one for one in (process / "status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1])


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells what a process has open")
def test_ten_thousand_requests_leave_nothing_open_and_take_no_memory(tmp_path: Path) -> None:
    with serving(tmp_path / "home", FINDER_WORKERS="1", FINDER_API_PER_MINUTE="1000000") as server:
        worker = worker_of(server)
        told = ask(server, _SEED, WARM_UP)
        before = len([*(worker / "fd").iterdir()]), resident(worker)
        told += ask(server, _SEED + 1, ASKED)
        after = len([*(worker / "fd").iterdir()]), resident(worker)
        assert worker_of(server) == worker
    growth = after[1] / before[1] - 1
    print(
        f"\none worker after {WARM_UP:,} and after {ASKED:,} more requests: {before[0]} and {after[0]} open files, "
        f"{before[1] / 1024:.1f} and {after[1] / 1024:.1f} MB resident ({growth:+.1%}); answers {dict(sorted(told.items()))}"
    )
    assert after[0] <= before[0]
    assert growth <= MOST_GROWTH
    assert not [status for status in told if status >= 500]
    assert told.total() == WARM_UP + ASKED
