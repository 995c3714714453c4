"""Small directories for tests of the search."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.search.small_directory import Load, loader


@pytest.fixture
def load(engine: Engine, tmp_path: Path) -> Load:
    """Import rows as sections of a source and put them in force."""
    return loader(engine, tmp_path)
