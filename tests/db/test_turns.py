"""Whose turn it is to write: one after the other, and nobody is told that the database is busy."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from db import engine
from db.settings import settings


@pytest.fixture(params=[False, True], ids=["now and then", "often"])
def tries(request: pytest.FixtureRequest, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_tries_often", False)
    engine.close()
    if request.param:
        engine.try_often()


@pytest.mark.usefixtures("tries")
def test_who_wants_to_write_waits_for_the_end_of_anothers_turn() -> None:
    waits, is_in = threading.Event(), threading.Event()

    def write() -> None:
        waits.set()
        with engine.writing():
            is_in.set()

    with closing(sqlite3.connect(settings().data / "library.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=write)
        thread.start()
        assert waits.wait(60)
        assert not is_in.wait(0.02)
        other.execute("COMMIT")
    assert is_in.wait(60)
    thread.join()
