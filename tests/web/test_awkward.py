"""The README's table of awkward questions: each gets what stands there."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

README = Path(__file__).parents[2] / "README.md"
_ROW = re.compile(r'\| `([^`]+)` \| .*?"([^"]+)".*\|')


def rows() -> list[tuple[str, str]]:
    """Return (address, what the page must say) of every row."""
    return _ROW.findall(README.read_text(encoding="utf-8"))


def test_the_table_is_there() -> None:
    assert len(rows()) >= 15


@pytest.mark.parametrize(("address", "said"), rows())
def test_an_awkward_question_gets_its_answer(client: FlaskClient, address: str, said: str) -> None:
    reply = client.get(address, headers={"Accept-Language": "en"})
    shown = " ".join(re.sub(r"<[^>]+>", " ", html.unescape(reply.get_data(as_text=True))).split())
    assert reply.status_code in (200, 400)
    assert said in shown
