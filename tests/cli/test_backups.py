"""The commands about backups and other databases, as people type them."""

from __future__ import annotations

import shutil

from tests.cli.run import Terminal


def test_a_backup_is_taken_kept_and_restored_elsewhere(on_each_demo: Terminal) -> None:
    first = on_each_demo.good("backup")
    folder = on_each_demo.home / "var" / "backups"
    taken = sorted(folder.glob("finder-*.zip"))
    assert [str(one) for one in taken] == [first.partition(": ")[0]]
    assert "edition 1 of 20" in first
    for number in range(3):
        shutil.copy(taken[0], folder / f"finder-2020010{number}T000000Z.zip")
    on_each_demo.good("backup", "--keep", "2")
    assert len(list(folder.glob("finder-*.zip"))) == 2
    named = on_each_demo.home / "mine.zip"
    on_each_demo.good("backup", str(named))
    again = on_each_demo.run("backup", str(named))
    assert (again.code, "mine.zip" in again.err) == (2, True)
    elsewhere = Terminal(on_each_demo.home / "elsewhere", f"sqlite:///{on_each_demo.home}/elsewhere.db")
    elsewhere.home.mkdir()
    assert "Restored: edition 1 of 20" in elsewhere.good("restore", str(named))
    assert elsewhere.good("search", "23220", "--condition", "labral-tear") == on_each_demo.good(
        "search", "23220", "--condition", "labral-tear"
    )
    refused = elsewhere.run("restore", str(named))
    assert (refused.code, "has tables already" in refused.err) == (2, True)


def test_a_directory_moves_to_another_database(on_each_demo: Terminal) -> None:
    target = f"sqlite:///{on_each_demo.home}/moved.db"
    assert "Copied, and every row compared: edition 1" in on_each_demo.good("copy", "--to", target)
    moved = Terminal(on_each_demo.home, target)
    assert moved.good("search", "23220", "--condition", "hip-dysplasia") == on_each_demo.good(
        "search", "23220", "--condition", "hip-dysplasia"
    )
    assert "has tables already" in on_each_demo.run("copy", "--to", target).err
    nobody = on_each_demo.run("copy", "--to", "postgresql://ada:secret@127.0.0.1:9/none")
    assert nobody.code == 2
    assert "secret" not in nobody.err
    assert "127.0.0.1/none does not answer" in nobody.err
