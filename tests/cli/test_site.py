"""What `finder` says of a site's file at start: a mistake in one sentence, and colours that are hard to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.run import run_forked
from tests.web.server import FINDER, environment


@pytest.mark.parametrize("command", ["setup", "serve"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[site]\nnam = 'X'", "site.nam means nothing. Here may stand: name, organization, home_page, logo. Did you mean name?"),
        ("[colours]\nbrand = '#7ab87a'", "colours.brand cannot be #7ab87a: with colours.paper (#fdfaf4) its contrast is 2.24 to 1"),
        ("[condition_pages]\nlabral-taer = 'https://x.example.org'", "Did you mean labral-tear?"),
    ],
)  # fmt: skip
def test_a_mistake_ends_the_start_with_one_sentence(tmp_path: Path, command: str, text: str, told: str) -> None:
    (tmp_path / "site.toml").write_text(text)
    settings = environment(tmp_path / "home", FINDER_SITE="site.toml", FINDER_DEMO="no")
    done = run_forked([str(FINDER), command], tmp_path, settings)
    assert done.code == 2
    assert told in done.err
    assert done.err.startswith("In site.toml, ")
    assert done.err.count("\n") == 1
    assert "answers at" not in done.out


def test_colours_that_not_everybody_can_read_are_told_of_and_taken(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[colours]\nbrand = '#4a6a50'")
    settings = environment(tmp_path / "home", FINDER_SITE="site.toml", FINDER_DEMO="no")
    done = run_forked([str(FINDER), "setup"], tmp_path, settings)
    assert done.code == 0
    assert "site.toml: colours.brand with colours.paper has a contrast of 5.8 to 1." in done.err
