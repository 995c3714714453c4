"""The commands about accounts, as people type them."""

from __future__ import annotations

import json
import subprocess

from tests.cli.run import Terminal
from tests.web.server import FINDER, environment

PASSWORD = "three brown teapots"


def typed(terminal: Terminal, *arguments: str, told: str) -> subprocess.CompletedProcess[str]:
    """Run a command that is told something on its standard input."""
    given = {"FINDER_DATABASE_URL": terminal.database_url, "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(FINDER), *arguments], cwd=terminal.home, env=environment(terminal.home / "var", **given), input=told,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_an_account_is_made_changed_and_switched_off(on_each: Terminal) -> None:
    assert "No account yet" in on_each.good("staff", "list")
    made = typed(on_each, "staff", "add", "Ada Fern", "--role", "administrator", "--password-stdin", told=PASSWORD)
    assert (made.returncode, made.stdout) == (0, "Ada Fern (administrator) can sign in at /admin/.\n")
    assert typed(on_each, "staff", "add", "Bo Oak", "--password-stdin", told=PASSWORD + "\n").returncode == 0
    assert "Bo Oak    viewer" in on_each.good("staff", "list")
    assert "Bo Oak is editor now" in on_each.good("staff", "role", "Bo Oak", "editor")
    changed = typed(on_each, "staff", "password", "Bo Oak", "--password-stdin", told="four green kettles\n")
    assert "Bo Oak has another password" in changed.stdout
    assert "switched off" in on_each.good("staff", "disable", "Bo Oak")
    assert "(switched off)" in on_each.good("staff", "list")
    assert "can sign in again" in on_each.good("staff", "enable", "Bo Oak")
    assert "signed out everywhere" in on_each.good("staff", "sign-out", "Bo Oak")
    listed = json.loads(on_each.good("staff", "list", "--json"))
    assert [(one["name"], one["role"], one["disabled_at"]) for one in listed] == [
        ("Ada Fern", "administrator", None), ("Bo Oak", "editor", None),
    ]  # fmt: skip


def test_what_cannot_be_done_says_how_to_mend_it(on_each: Terminal) -> None:
    assert (
        typed(
            on_each, "staff", "add", "Ada Fern", "--role", "administrator", "--password-stdin", told=PASSWORD
        ).returncode
        == 0
    )
    for arguments, given, told in (
        (("add", "ada fern", "--password-stdin"), PASSWORD, "There is an account ada fern already"),
        (("add", "-x-", "--password-stdin"), PASSWORD, "No such option"),
        (("add", "<b>", "--password-stdin"), PASSWORD, "cannot be called <b>"),
        (("add", "Bo", "--password-stdin"), "short", "too easy to guess"),
        (("add", "Bo", "--password-stdin"), "aaaaaaaaaaaaaaaa", "too easy to guess"),
        (("add", "three brown teapots", "--password-stdin"), PASSWORD, "too easy to guess"),
        (("role", "Ada", "viewer"), "", "There is no account Ada. Known: Ada Fern."),
        (("role", "Ada Fern", "viewer"), "", "the last administrator"),
        (("disable", "Ada Fern"), "", "the last administrator"),
        (("role", "Ada Fern", "king"), "", "'king' is not one of"),
    ):
        done = typed(on_each, "staff", *arguments, told=given)
        assert done.returncode == 2, arguments
        assert told in done.stderr, (arguments, done.stderr)
        assert "Traceback" not in done.stderr
