"""The long trial: a hundred processes killed while they import and publish, on each database."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.desk.kills import STEPS, Trial

pytestmark = pytest.mark.proof

_SEED = int(os.environ.get("FINDER_PROOF_SEED") or 20261122)
_MINUTES = os.environ.get("FINDER_PROOF_MINUTES", "")
_KILLS = 100
# Of the minutes given, what the trial may take on one database; and so many places that each section takes two slices.
_SHARE, _PLACES = 0.1, 1100


def test_a_hundred_killed_imports_and_activations_change_all_or_nothing(engine: Engine, tmp_path: Path) -> None:
    """Whole, each step is met by some of the kills; given minutes, it ends with its share of them."""
    trial = Trial(engine, tmp_path, _PLACES, _SEED)
    trial.run(_KILLS, float(_MINUTES or "inf") * 60 * _SHARE)
    by_step = ", ".join(f"{trial.kills[step]} in {step!r}" for step in ("ready", *STEPS))
    print(
        f"\n{engine.dialect.name}: {trial.kills.total()} of {_KILLS} kills, last heard {by_step}; "
        f"{trial.landed} of them had been published whole; 0 answers mixed, 0 references broken, 0 imports failed after"
    )
    assert trial.kills.total() == _KILLS or _MINUTES
    assert trial.kills.total() > 0
    if trial.kills.total() == _KILLS:
        assert all(trial.kills[step] for step in STEPS), trial.kills
