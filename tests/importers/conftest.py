"""What tests of the import share."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from finder.importers.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary(shared_demo: Engine) -> Vocabulary:
    with shared_demo.connect() as connection:
        return Vocabulary.read(connection)
