"""Made-up requests to every operation of the API: no fault, and no answer that the description does not have.

Half of them hold to the description and half break it. They go to the real server: Werkzeug's client leaves out of a
form what it cannot write. ZIP codes and ids are real ones half of the time, since made-up ones hardly ever are: what
comes after them would not be tried.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance

from finder.web.api import blueprint
from tests.web.server import Server
from tests.web.test_chromium import server

__all__ = ("server",)
_SEED = int(os.environ.get("FINDER_PROOF_SEED") or 20261122)
_MINUTES = os.environ.get("FINDER_PROOF_MINUTES", "")
# Of the minutes given, what these requests may take.
_SHARE = 0.1
_EXAMPLES, _MANY = 25, 500
DESCRIPTION = "/api/v1/openapi.json"
OPERATIONS = [
    (path, method)
    for path, item in blueprint.paths.items()
    for method in ("get", "post")
    if getattr(item, method) is not None
]
# What a schema cannot say: which ZIP codes, towns and ids there are, which texts have a letter in them, and that a
# search needs a ZIP code or a point, and one for a child an age.
_BEYOND_SCHEMAS = {
    "zip_missing", "zip_malformed", "zip_not_digits", "zip_other_digits", "zip_canadian", "zip_british",
    "zip_zero_lost", "zip_unknown", "zip_prefix_wide", "zip_military", "town_unknown", "town_ambiguous",
    "near_outside", "age_missing", "words_missing", "condition_unknown", "procedure_unknown",
}  # fmt: skip
_BEYOND_PATTERNS = {"near", "name", "plan"}
_REAL = {
    "zip": ("23220", "Roanoke, VA", "59244"),
    "near": ("37.55,-77.46", "61.2,-149.9", "21.3,-157.86"),
    "condition": ("labral-tear", "hip-dislocation", "ddh-infant"),
    "procedure": ("pelvic-osteotomy", "total-hip-replacement", "joint-injection"),
    "zip_code": ("23220", "10118", "99723-0001"),
    "specialists": ("npi:2025200009", "person:demo:leocadia-umbertassel", "npi:1999999999"),
    "locations": ("place:demo:lark-univ", "place:demo:lark-hip", "place:demo:nowhere"),
    "listings": ("npi:2025200009", "place:demo:lark-univ", "npi:%00"),
}


def requests_of(server: Server, path: str, method: str, examples: int, until: float = float("inf")) -> Counter[int]:
    """Make requests to one operation, as many as asked for or until a moment; return how often which status came."""
    statuses: Counter[int] = Counter()
    schema = schemathesis.openapi.from_url(server.address + DESCRIPTION)
    operation = schema[path][method.upper()]
    modes = [operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]

    @seed(_SEED)
    @settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(case=st.one_of(modes), real=st.sampled_from([0, 1, 2, None, None, None]))
    def asked(case: Any, real: int | None) -> None:
        if time.monotonic() > until:
            return
        if real is not None:
            if any(one.name == "zip" for one in operation.query):
                found = {name: _REAL[name][real] for name in case.query or () if name in _REAL}
                case.query = {**(case.query or {}), **found, "zip": _REAL["zip"][real]}
            for name in case.path_parameters or ():
                values = _REAL[path.split("/")[3] if name == "public_id" else name]
                case.path_parameters = {name: values[real]}
        reply = case.call()
        statuses[reply.status_code] += 1
        problem = reply.json() if reply.status_code == 400 else {}
        beyond = problem.get("code") in _BEYOND_SCHEMAS or problem.get("parameter") in _BEYOND_PATTERNS
        left_out: list[CheckFunction] = [positive_data_acceptance] if beyond else []
        case.validate_response(reply, excluded_checks=left_out)

    asked()
    return statuses


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_to_what_is_made_up_is_described(server: Server, path: str, method: str) -> None:
    statuses = requests_of(server, path, method, _EXAMPLES)
    assert statuses.total() >= _EXAMPLES
    # Else only refusals would be tried.
    assert statuses[200] >= _EXAMPLES / 10


@pytest.mark.proof
def test_many_made_up_requests_are_answered_as_described(server: Server) -> None:
    ends = time.monotonic() + 60 * float(_MINUTES or "inf") * _SHARE
    wanted = list(OPERATIONS)
    random.Random(_SEED).shuffle(wanted)
    counts: Counter[int] = Counter()
    tried = 0
    for path, method in wanted:
        if tried and time.monotonic() > ends:
            break
        counts += requests_of(server, path, method, _MANY, ends if _MINUTES else float("inf"))
        tried += 1
    told = ", ".join(f"{number} x {status}" for status, number in sorted(counts.items()))
    print(
        f"\nThe API: {tried} of {len(OPERATIONS)} operations, {counts.total()} made-up requests ({told}), 0 failures."
    )
    assert counts.total() > 0
