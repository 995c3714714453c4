"""Terminals over databases of every kind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.run import Terminal
from tests.conftest import Databases


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in an empty folder, without any database yet."""
    return Terminal(tmp_path)


@pytest.fixture
def on_each(databases: Databases, tmp_path: Path) -> Terminal:
    """A terminal over an empty database of each backend."""
    return Terminal(tmp_path, databases.empty())


@pytest.fixture
def on_each_demo(databases: Databases, tmp_path: Path) -> Terminal:
    """A terminal over a database with the demo, of each backend."""
    return Terminal(tmp_path, databases.fresh(demo=True))


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `finder setup` was done."""
    home = tmp_path_factory.mktemp("demo")
    Terminal(home).good("setup")
    return home


@pytest.fixture
def over_demo(demo_home: Path, tmp_path: Path) -> Terminal:
    """A terminal in a folder in which `finder setup` was done."""
    shutil.copytree(demo_home / "var", tmp_path / "var")
    return Terminal(tmp_path)
