"""Reports of mistakes at the desk: what is open, and that whoever marks one as done is on record."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select

from finder.db.reports import Mistake, MistakeReport
from finder.db.staff import AuditEntry
from finder.desk import reports
from finder.desk.audit import first_broken
from finder.desk.reports import file_report, mark_done, open_reports
from finder.errors import DirectoryRefused, ReportRefused

DAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def test_what_most_people_told_of_comes_first(engine: Engine) -> None:
    file_report(engine, "npi:1", [Mistake.PHONE], 3, DAY)
    file_report(engine, "npi:2", [Mistake.PLAN, Mistake.PHONE, Mistake.PLAN], 3, DAY + dt.timedelta(days=1))
    file_report(engine, "npi:2", [Mistake.PHONE], 4, DAY)
    first, second = open_reports(engine)
    assert (first.public_id, first.reports, first.kinds) == ("npi:2", 2, {Mistake.PHONE: 2, Mistake.PLAN: 1})
    assert (first.first_on, first.last_on) == (DAY, DAY + dt.timedelta(days=1))
    assert second.public_id == "npi:1"


def test_done_is_recorded_and_what_comes_after_is_open(engine: Engine) -> None:
    file_report(engine, "npi:1", [Mistake.PHONE], 3, DAY)
    file_report(engine, "npi:1", [Mistake.PHONE, Mistake.OTHER], 3, DAY)
    file_report(engine, "npi:2", [Mistake.OTHER], 3, DAY)
    assert mark_done(engine, "npi:1", "fern", NOW) == 2
    assert [one.public_id for one in open_reports(engine)] == ["npi:2"]
    file_report(engine, "npi:1", [Mistake.NAME], 3, DAY)
    assert {one.public_id: one.reports for one in open_reports(engine)} == {"npi:1": 1, "npi:2": 1}
    with engine.connect() as connection:
        entry = connection.execute(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).mappings().one()
        assert (entry["actor"], entry["action"], entry["subject"]) == ("fern", "handle_reports", "npi:1")
        assert entry["detail"] == {"reports": 2, "kinds": {"phone": 2, "other": 1}}
        assert first_broken(connection) is None
        rows = connection.execute(
            select(MistakeReport.handled_by, MistakeReport.handled_at).order_by(MistakeReport.id)
        ).all()
    assert [row.handled_by for row in rows] == ["fern", "fern", None, None]
    assert rows[0].handled_at == NOW


def test_what_is_not_open_cannot_be_done(engine: Engine) -> None:
    file_report(engine, "npi:2", [Mistake.OTHER], 3, DAY)
    with pytest.raises(DirectoryRefused) as refused:
        mark_done(engine, "npi:1", "fern", NOW)
    assert refused.value.code == "report_unknown"
    assert refused.value.params["known"] == ["npi:2"]


def test_a_day_brings_only_so_many(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_OF_A_LISTING", 2)
    monkeypatch.setattr(reports, "MOST_OF_A_DAY", 3)
    for public_id in ("npi:1", "npi:1", "npi:2"):
        file_report(engine, public_id, [Mistake.OTHER], 3, DAY)
    for public_id in ("npi:1", "npi:3"):
        with pytest.raises(ReportRefused, match="report_enough"):
            file_report(engine, public_id, [Mistake.OTHER], 3, DAY)
    file_report(engine, "npi:1", [Mistake.OTHER], 3, DAY + dt.timedelta(days=1))


def test_nothing_wrong_is_no_report(engine: Engine) -> None:
    with pytest.raises(ReportRefused, match="report_nothing"):
        file_report(engine, "npi:1", [], 3, DAY)
    assert open_reports(engine) == []
