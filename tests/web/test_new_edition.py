"""The first list of one's own is in every worker within three seconds, and the demo is gone from all of them."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from sqlalchemy import Engine

from finder.db.catalogue import Catalogue
from finder.desk.catalogue import write_hospital_row
from finder.desk.publish import activate
from finder.importers.pipeline import import_files
from tests.sample_files import marked_directory
from tests.web.server import Server, serving, url_of

SEARCH = "/api/v1/specialists?zip=23220&condition=labral-tear"
SEEN_WITHIN_SECONDS = 3.0


Told = list[tuple[float, int, set[bool]]]


def ask_without_pause(server: Server, stop: threading.Event, told: Told) -> None:
    """Ask again and again; keep when that was, the edition, and whether its people are the new ones."""
    while not stop.is_set():
        began = time.monotonic()
        body = json.loads(server.get(SEARCH).body)
        named_newly = {one["practitioner"]["name"].endswith("Newly") for one in body["results"]}
        told.append((began, body["edition"], named_newly))


def test_every_worker_sees_a_new_edition_within_three_seconds(demo_engine: Engine, tmp_path: Path) -> None:
    files = marked_directory(tmp_path / "files", "Newly")
    import_files(demo_engine, files, "hospital")
    with serving(tmp_path / "home", FINDER_DATABASE_URL=url_of(demo_engine), FINDER_WORKERS="2") as server:
        old = json.loads(server.get(SEARCH).body)["edition"]
        told: Told = []
        stop = threading.Event()
        askers = [threading.Thread(target=ask_without_pause, args=(server, stop, told)) for _ in range(2)]
        for asker in askers:
            asker.start()
        time.sleep(0.3)
        new = activate(demo_engine, "hospital", None, "test")
        published = time.monotonic()
        time.sleep(SEEN_WITHIN_SECONDS + 1)
        stop.set()
        for asker in askers:
            asker.join()
    assert new == old + 1
    assert len(told) > 50
    assert {edition for _, edition, _ in told} == {old, new}
    assert {edition for began, edition, _ in told if began > published + SEEN_WITHIN_SECONDS} == {new}
    # Each answer was wholly of its edition.
    assert all(named_newly == {edition == new} for _, edition, named_newly in told)


def test_a_phrase_of_the_hospitals_own_is_understood_in_every_worker(demo_engine: Engine, tmp_path: Path) -> None:
    phrase = "the quillmoor wobble"
    path = "/api/v1/suggest?q=" + phrase.replace(" ", "+")
    with serving(tmp_path / "home", FINDER_DATABASE_URL=url_of(demo_engine), FINDER_WORKERS="2") as server:
        assert json.loads(server.get(path).body)["understanding"] != "clear"
        with demo_engine.connect() as connection:
            row = dict(Catalogue.read(connection).entries["condition"]["perthes"])
        row["synonyms_en"] = [*row["synonyms_en"], phrase]
        write_hospital_row(demo_engine, "condition", "perthes", row, "Ada")
        time.sleep(SEEN_WITHIN_SECONDS)
        # As many questions as no worker of two is likely to be left out of.
        told = [json.loads(server.get(path).body) for _ in range(40)]
    assert {(one["understanding"], one["matches"][0]["condition"]) for one in told} == {("clear", "perthes")}
