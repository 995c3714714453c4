"""`finder reports`: what patients say is wrong, listed and marked as done."""

from __future__ import annotations

import datetime as dt
import json

from finder.db.dialect import open_engine
from finder.db.reports import Mistake
from finder.desk.reports import file_report
from tests.cli.run import Terminal

DAY = dt.date(2026, 11, 22)
PERSON = "npi:2025200009"


def test_reports_are_listed_by_name_and_done(on_each_demo: Terminal) -> None:
    assert on_each_demo.good("reports", "list") == "No open reports.\n"
    assert on_each_demo.good("reports", "list", "--json") == "[]\n"
    engine = open_engine(on_each_demo.database_url)
    file_report(engine, PERSON, [Mistake.PHONE, Mistake.PLAN], 1, DAY)
    file_report(engine, PERSON, [Mistake.PHONE], 1, DAY + dt.timedelta(days=2))
    file_report(engine, "place:demo:gone", [Mistake.CLOSED], 1, DAY)
    engine.dispose()
    assert on_each_demo.good("reports", "list").splitlines() == [
        f"{PERSON}  Isaura Marmalade Amberwhistle",
        "    2 reports, 2026-11-22 to 2026-11-24",
        "    2 x The phone number is wrong",
        "    1 x My insurance plan is not taken",
        "place:demo:gone  not listed any more",
        "    1 report, 2026-11-22",
        "    1 x This place has closed",
        "When one is put right: finder reports done PUBLIC_ID",
    ]
    first, second = json.loads(on_each_demo.good("reports", "list", "--json"))
    assert (first["public_id"], first["reports"], first["kinds"]) == (PERSON, 2, {"phone": 2, "plan": 1})
    assert second["name"] is None
    assert on_each_demo.good("reports", "done", PERSON) == f"2 reports of {PERSON} done.\n"
    assert PERSON not in on_each_demo.good("reports", "list")
    sentence = on_each_demo.refused("reports", "done", PERSON)
    assert sentence.startswith(f"Nothing is open for {PERSON}.")
    assert "place:demo:gone" in sentence
