"""Clinical review and coverage on the command line: whoever signs says who they are, and proves it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
from typing import Any

from tests.cli.run import Done, Terminal
from tests.web.server import FINDER, environment

PASSWORD = "three brown teapots"
ROW = ("condition", "labral-tear")


def typed(terminal: Terminal, *arguments: str, password: str = PASSWORD) -> Done:
    """Run a command that reads a password from its input."""
    given = {"FINDER_DATABASE_URL": terminal.database_url, "LANG": "C.UTF-8"}
    done = subprocess.run(
        [str(FINDER), *arguments, "--password-stdin"], cwd=terminal.home, capture_output=True, check=False,
        input=f"{password}\n".encode(), env=environment(terminal.home / "var", **given),
    )  # fmt: skip
    assert b"Traceback" not in done.stdout + done.stderr, done.stderr
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def hire(terminal: Terminal, name: str, role: str) -> None:
    assert typed(terminal, "staff", "add", name, "--role", role).code == 0


def rows(terminal: Terminal, *more: str) -> dict[str, Any]:
    found = json.loads(terminal.good("clinical", "list", "--json", *more))
    return {f"{one['kind']} {one['key']}": one for one in found}


def test_a_row_is_signed_changed_lapses_and_the_shipped_one_comes_back(on_each_demo: Terminal) -> None:
    terminal = on_each_demo
    hire(terminal, "Dr. Fern", "clinical_reviewer")
    row = rows(terminal)["condition labral-tear"]
    assert {one["state"] for one in row["reviews"].values()} == {"never"}
    about = ("clinical", "sign", *ROW, "en", "--as", "Dr. Fern", "--hash", row["hash"])
    assert "Tick that you read all" in typed(terminal, *about).err
    assert "cannot end on 2020-01-01" in typed(terminal, *about, "--read", "--until", "2020-01-01").err
    signed = typed(terminal, *about, "--read")
    assert (signed.code, signed.out.startswith("Signed by Dr. Fern")) == (0, True), signed
    assert rows(terminal, "--state", "signed").keys() == {"condition labral-tear"}
    assert terminal.good("clinical", "lapsed").strip() == "Nothing lapsed."

    body = json.loads(terminal.good("clinical", "show", *ROW, "--json"))
    message = body["urgency"]["message_en"]
    body["urgency"]["message_en"] = message.replace("a", "o", 1)
    file = terminal.home / "row.json"
    file.write_text(json.dumps(body))
    edit = ("clinical", "edit", *ROW, str(file), "--as", "Dr. Fern")
    looked = typed(terminal, *edit).out
    assert "would lapse" in looked
    assert "urgency.message_en" in looked
    assert rows(terminal)["condition labral-tear"]["reviews"]["en"]["state"] == "signed"
    assert "lapses" in typed(terminal, *edit, "--save").out
    told = terminal.good("clinical", "lapsed")
    assert "condition labral-tear (en): signed by Dr. Fern" in told
    assert f"- {message}" in told
    assert [one["why"] for one in json.loads(terminal.good("clinical", "lapsed", "--json"))] == ["changed"]
    assert "was changed while you read it" in typed(terminal, *about, "--read").err
    file.write_text("[1]")
    assert "not JSON" in typed(terminal, *edit).err
    assert typed(terminal, "clinical", "shipped", *ROW, "--as", "Dr. Fern").code == 0
    assert rows(terminal)["condition labral-tear"]["reviews"]["en"]["state"] == "signed"
    assert typed(terminal, "clinical", "withdraw", *ROW, "en", "--as", "Dr. Fern").code == 0
    assert rows(terminal)["condition labral-tear"]["reviews"]["en"]["state"] == "lapsed"
    assert "has signed nothing" in typed(terminal, "clinical", "withdraw", *ROW, "en", "--as", "Dr. Fern").err


def test_nobody_signs_without_being_a_reviewer_or_without_the_password(over_demo: Terminal) -> None:
    terminal = over_demo
    for name, role in (("Edna", "editor"), ("Vic", "viewer"), ("Dr. Fern", "clinical_reviewer")):
        hire(terminal, name, role)
    file = terminal.home / "row.json"
    body = json.loads(terminal.good("clinical", "show", *ROW, "--json")) | {"name_en": "Ours"}
    file.write_text(json.dumps(body))
    seen = rows(terminal)["condition labral-tear"]["hash"]
    deeds = (
        ("sign", *ROW, "en", "--hash", seen, "--read"), ("withdraw", *ROW, "en"), ("edit", *ROW, str(file), "--save"), ("shipped", *ROW),
    )  # fmt: skip
    before = terminal.rows()
    for deed in deeds:
        for name in ("Edna", "Vic") if deed is deeds[0] else ("Edna",):
            refused = typed(terminal, "clinical", *deed, "--as", name)
            assert (refused.code, refused.out, name in refused.err) == (2, "", True), refused
    for deed in deeds[:1]:
        refused = typed(terminal, "clinical", *deed, "--as", "Dr. Fern", password="not that one at all")
        assert (refused.code, "not right" in refused.err) == (2, True), refused
        refused = typed(terminal, "clinical", *deed, "--as", "Nobody")
        assert (refused.code, "not right" in refused.err) == (2, True), refused
    # Where nobody can be asked for a password, nothing is done.
    assert terminal.run("clinical", *deeds[0], "--as", "Dr. Fern").code == 1
    assert terminal.run("clinical", *deeds[0]).code == 2
    after = terminal.rows()
    assert after["sign_off"] == before["sign_off"] == []
    assert after["catalogue_row"] == before["catalogue_row"]
    assert after["edition"] == before["edition"]


def test_a_sheet_and_a_trial_are_told(over_demo: Terminal) -> None:
    told = over_demo.good("clinical", "show", "red_flag", "trauma-cannot-bear-weight", "--language", "es")
    assert "me caí y no puedo caminar" in told
    assert "Never signed. 2 more people have to sign." in told
    assert "Esto puede ser una emergencia" in told
    tried = over_demo.good("clinical", "try", "fell and can't get up", "--zip", "23220")
    assert tried.startswith("CALL 911 NOW")
    assert re.search(r"\d+%  trauma-cannot-bear-weight: emergency", tried)
    assert "no such row" not in told
    assert "has no condition no-such" in over_demo.refused("clinical", "show", "condition", "no-such")
    assert "No row is like that." in over_demo.good("clinical", "list", "--state", "partly")


def test_coverage_is_told_as_words_csv_and_json(over_demo: Terminal) -> None:
    told = over_demo.good("coverage", "total-hip-replacement", "VA")
    assert "For half of the ZIP codes it is at most" in told
    found = json.loads(over_demo.good("coverage", "total-hip-replacement", "VA", "--json"))
    lines = list(csv.DictReader(io.StringIO(over_demo.good("coverage", "total-hip-replacement", "VA", "--csv"))))
    assert len(lines) == found["zip_codes"] == len(found["zips"])
    assert lines[0]["zip_code"] == found["zips"][0]["zip_code"]
    assert {one["state"] for one in lines} == {"VA"}
    as_if = json.loads(over_demo.good("coverage", "total-hip-replacement", "VA", "--source", "demo", "--json"))
    assert as_if["zips"] == found["zips"]
    assert as_if["of"].startswith("version 1 of demo")
    for arguments, words in (
        (("total-hip-replacment", "VA"), "Did you mean total-hip-replacement?"), (("labral-tear", "ZZ"), "ZZ is no area"),
        (("labral-tear", "VA", "--edition", "99"), "Edition 99 is not kept"), (("labral-tear", "VA", "--source", "none"), "none"),
    ):  # fmt: skip
        assert words in over_demo.refused("coverage", *arguments)
    assert over_demo.run("coverage", "labral-tear", "VA", "--version", "1").code == 2
    assert os.sep not in told
