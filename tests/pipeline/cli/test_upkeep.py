"""`longbox check` and `longbox vacuum`, and what everybody says of a database that is damaged."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

import db.engine
from db import soundness
from db.engine import DatabaseDamaged, reading
from db.schema import comics
from db.settings import settings
from pipeline import tasks
from pipeline.cli import main
from pipeline.queue import mend
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.trial import wait_for

RESTORE = "longbox restore FILE"


def longbox(*words: str, status: int = 0) -> str:
    """What a command prints; this process has no database open beside it."""
    db.engine.close()
    for huey in (tasks.stages_huey, tasks.covers_huey):
        huey.storage.close()
    result = CliRunner().invoke(main, words)
    assert result.exit_code == status, result.output
    return result.output


def page_of(file: Path, table: str) -> int:
    """Where in the file the first page of a table or index is, in bytes."""
    with closing(sqlite3.connect(file)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        return int((connection.execute(query, [table]).fetchone()[0] - 1) * size)


def spoil(file: Path, table: str) -> None:
    """Damage a table behind everybody's back, where opening the database does not show it."""
    db.engine.close()
    place = page_of(file, table)
    with file.open("r+b") as opened:
        opened.seek(place)
        opened.write(b"\xee" * 4096)


def lose_entries(file: Path) -> None:
    """Damage an index: what is in the table changes while the index looks away."""
    db.engine.close()
    schema = "UPDATE sqlite_master SET sql = ? WHERE name = 'ix_comics_added_job_id_id'"
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT sql FROM sqlite_master WHERE name = 'ix_comics_added_job_id_id'"
        (sql,) = connection.execute(query).fetchone()
    for statement, parameters in (
        (schema, [f"{sql} WHERE id < 0"]),
        ("UPDATE comics SET added_job_id = 99 WHERE id = ?", [1]),
        (schema, [sql]),
    ):
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(statement, parameters)


@pytest.fixture
def shelf(data: Path) -> Path:
    """The file of a database with some comics."""
    series_id = add_series(add_library(), "Saga")
    for number in range(5):
        add_comic(series_id, f"{number}.cbz", title="The Will")
    return data / "library.db"


def test_a_sound_database_is_called_so(shelf: Path) -> None:
    assert longbox("check") == "library.db is sound.\n"
    assert json.loads(longbox("check", "--json"))["complaints"] == []


def test_beside_a_running_longbox_what_can_be_seen_is_checked(shelf: Path) -> None:
    with reading():
        result = CliRunner().invoke(main, ["check"])
    assert result.output == "library.db is sound, as far as can be seen now.\n"


def test_damage_is_told_and_from_then_on_every_process_says_what_to_do(shelf: Path) -> None:
    spoil(shelf, "comics")
    assert "file library.db is damaged" in " ".join(longbox("doctor", status=1).split())
    assert "is damaged" in longbox("check", status=1)
    for words in (["jobs"], ["init"], ["scan"], ["library", "list"], ["worker"], ["covers"]):
        assert RESTORE in longbox(*words, status=1)
    web = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import main; main()", "web"],
        capture_output=True,
        text=True,
        env=os.environ | {"PORT": "1"},
    )
    assert (web.returncode, RESTORE in web.stderr) == (1, True)


def test_whoever_comes_upon_damage_tells_those_who_start_later(shelf: Path) -> None:
    spoil(shelf, "comics")
    with pytest.raises(DatabaseDamaged, match=r"library\.db is damaged"), reading() as connection:
        connection.execute(select(comics.c.title)).all()
    assert RESTORE in longbox("jobs", status=1)


def test_a_database_that_is_cut_off_is_recognised_at_the_start(shelf: Path) -> None:
    db.engine.close()
    os.truncate(shelf, shelf.stat().st_size // 2)
    assert RESTORE in longbox("jobs", status=1)


def test_a_page_says_what_to_do_when_the_database_is_damaged_under_it(
    shelf: Path, admin_client: FlaskClient
) -> None:
    spoil(shelf, "sessions")
    answer = admin_client.get("/api/series")
    assert answer.status_code == 503
    assert RESTORE in answer.json["error"]["message"]
    page = admin_client.get("/")
    assert page.status_code == 503
    assert "longbox restore" in page.text


def test_the_note_is_of_the_file_that_was_damaged(shelf: Path, data: Path) -> None:
    db.engine.close()
    shutil.copy(shelf, data / "copy")
    spoil(shelf, "comics")
    longbox("check", status=1)
    assert soundness.is_noted(settings())
    (data / "copy").rename(shelf)
    assert not soundness.is_noted(settings())
    longbox("jobs")


def test_damaged_indexes_are_mended(shelf: Path) -> None:
    lose_entries(shelf)
    assert "missing from index" in longbox("check", status=1)
    assert "sound" in longbox("check", "--mend")


def test_a_damaged_search_is_found_and_mended(shelf: Path, data: Path) -> None:
    db.engine.close()
    with closing(sqlite3.connect(shelf)) as connection, connection:
        connection.execute("DELETE FROM comic_search_data WHERE id > 10")
    assert "comic_search" in longbox("check", status=1)
    assert "sound" in longbox("check", "--mend")


def test_what_is_more_than_indexes_is_not_mended(shelf: Path) -> None:
    spoil(shelf, "comics")
    assert "cannot be mended" in longbox("check", "--mend", status=1)


def test_mending_and_packing_wait_until_nothing_runs(shelf: Path) -> None:
    for words in (["check", "--mend"], ["vacuum"]):
        with reading():
            result = CliRunner().invoke(main, words)
        assert result.exit_code == 1
        assert "Stop it first" in result.output


def test_packing_gives_back_what_is_empty(shelf: Path) -> None:
    db.engine.close()
    with closing(sqlite3.connect(shelf)) as connection, connection:
        connection.execute("CREATE TABLE gap AS SELECT randomblob(12000000)")
        connection.execute("DROP TABLE gap")
    before = shelf.stat().st_size
    assert "% is empty: `longbox vacuum`" in " ".join(longbox("doctor", status=1).split())
    assert "library.db" in longbox("vacuum")
    assert shelf.stat().st_size < before - 11_000_000
    assert titles() == ["The Will"] * 5
    assert longbox("check") == "library.db is sound.\n"


def test_a_packing_that_is_killed_leaves_the_database_sound(shelf: Path, data: Path) -> None:
    db.engine.close()
    with closing(sqlite3.connect(shelf)) as connection, connection:
        connection.execute("CREATE TABLE much AS SELECT randomblob(8000000) AS it")
    program = [sys.executable, "-c", "from pipeline.cli import main; main()", "vacuum"]
    for size in (1, 3_000_000):
        with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:
            wait_for(lambda size=size: _wal(data) > size or process.poll() is not None)
            process.kill()
        assert soundness.complaints(shelf) == []
    assert titles() == ["The Will"] * 5


def titles() -> list[str | None]:
    with reading() as connection:
        return list(connection.execute(select(comics.c.title)).scalars())


def _wal(data: Path) -> int:
    try:
        return (data / "library.db-wal").stat().st_size
    except FileNotFoundError:
        return 0


def test_a_queue_in_which_only_the_bells_are_damaged_is_made_anew(shelf: Path, data: Path) -> None:
    mend(tasks.stages_huey)
    tasks.ask_for_covers(list(range(500)))
    longbox("check")
    with closing(sqlite3.connect(data / "queue.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoil(data / "queue.db", "task")
    assert "queue.db was damaged" in longbox("check")
    tasks.ask_for_covers([1])
    assert tasks.covers_huey.pending_count() == 1
