"""Bringing a database to the schema of this program, and refusing one that it does not know."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from db import migrate
from db.engine import DatabaseUnusable, reading
from db.schema import SCHEMA_VERSION, metadata
from db.settings import settings

INIT = "from db import migrate, settings; print(migrate.prepare(settings.settings()))"


def start_init(program: str = INIT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def objects_in(file: Path) -> int:
    """How many tables and indexes somebody else sees in a database."""
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def shape(connection: Connection) -> dict[str, Any]:
    """What SQLite says of its tables and indexes, but for the order of columns."""
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%_search%' AND name != 'alembic_version'"
    ).all()
    indexes = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
    ).all()
    return {
        name: {
            "columns": {
                tuple(column)[1:]
                for column in connection.exec_driver_sql(f"PRAGMA table_xinfo({name})")
            },
            "references": {
                tuple(key)[2:]
                for key in connection.exec_driver_sql(f"PRAGMA foreign_key_list({name})")
            },
            "unique": set(re.findall(r"UNIQUE \(.*?\)", sql)),
            "ids are never given twice": "AUTOINCREMENT" in sql,
            "without rowid": "WITHOUT ROWID" in sql,
        }
        for name, sql in rows
    } | {index.name: index.sql for index in indexes}


def test_the_migrations_make_what_the_metadata_says(data: Path) -> None:
    with reading() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or "_search" not in name}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == SCHEMA_VERSION
        migrated = shape(connection)
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        assert migrated == shape(connection)
    engine.dispose()


def test_preparing_makes_the_folders_and_the_database_once(environment: Path) -> None:
    assert migrate.prepare(settings())
    assert {entry.name for entry in environment.iterdir()} >= {"library.db", "covers", "run"}
    migrate.check()
    assert not migrate.prepare(settings())


def database_of_0001(folder: Path) -> Path:
    """A database as the first schema had it, with a series and a comic that was indexed."""
    folder.mkdir(parents=True)
    file = folder / "library.db"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        config = Config()
        config.set_main_option("script_location", "db:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            "DROP TABLE comic_search",
            "CREATE VIRTUAL TABLE comic_search USING fts5(series, title, number, people)",
            "INSERT INTO comic_search (rowid, series, title) VALUES (1, 'Saga', 'The Will')",
            "INSERT INTO libraries (id, name, path, created_at) VALUES (1, 'Comics', x'2f63', 1)",
            "INSERT INTO folders (id, library_id, path) VALUES (1, 1, x'53')",
            "INSERT INTO series (id, library_id, folder_id, name, sort_name, added_at, year)"
            " VALUES (1, 1, 1, 'Saga (2012)', 'saga', 1, 2012)",
            "INSERT INTO comics (id, library_id, folder_id, series_id, file_name, sort_key, size,"
            " mtime_ns, version, added_job_id, changed_job_id, added_at, index_state)"
            " VALUES (1, 1, 1, 1, x'31', '1', 1, 1, 1, 1, 1, 1, 'done')",
        ):
            connection.exec_driver_sql(statement)
    return file


def test_what_was_known_before_stays_and_comics_are_read_once_more(environment: Path) -> None:
    file = database_of_0001(environment)
    migrate.prepare(settings())
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute("SELECT rowid, names FROM comic_search('will')").fetchall()
        comics = connection.execute("SELECT index_state, sources FROM comics").fetchall()
        series = connection.execute("SELECT year, year_from_name FROM series").fetchall()
    assert found == [(1, None)]
    assert comics == [("pending", None)]
    assert series == [(2012, 1)]


def test_two_who_prepare_at_once_both_end_well(environment: Path) -> None:
    both = [start_init(), start_init()]
    answers = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert sorted(out.strip() for out, _ in answers) == ["False", "True"]
    migrate.check()


def test_nobody_ever_sees_half_a_schema(environment: Path) -> None:
    environment.mkdir()
    file = environment / "library.db"
    seen = set()
    process = start_init()
    while process.poll() is None:
        seen.add(objects_in(file))
    assert process.communicate()[1] == ""
    assert seen <= {0, objects_in(file)}


def test_a_preparation_that_is_killed_can_be_done_again(environment: Path) -> None:
    dying = """
import os, signal
from db import migrate, settings
migrate._verify = lambda connection: os.kill(os.getpid(), signal.SIGKILL)
migrate.prepare(settings.settings())
"""
    process = start_init(dying)
    process.communicate()
    assert process.returncode == -9
    assert migrate.prepare(settings())
    migrate.check()


def test_without_a_database_the_user_is_told_what_to_run(environment: Path) -> None:
    environment.mkdir()
    with pytest.raises(DatabaseUnusable, match="longbox init"):
        migrate.check()


@pytest.mark.parametrize(
    ("version", "sentence"), [("0000", "older Longbox.*longbox init"), ("9999", "newer Longbox")]
)
def test_a_database_of_another_version_is_refused(data: Path, version: str, sentence: str) -> None:
    with closing(sqlite3.connect(data / "library.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    with pytest.raises(DatabaseUnusable, match=sentence):
        migrate.check()


def test_preparing_leaves_a_newer_database_alone(data: Path) -> None:
    file = data / "library.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusable, match="newer Longbox"):
        migrate.prepare(settings())
    assert [entry.name for entry in data.glob("*.db")] == ["library.db"]


def test_a_database_that_cannot_be_opened_is_not_taken_for_none(data: Path) -> None:
    (data / "library.db").unlink()
    (data / "library.db").mkdir()
    with pytest.raises(DatabaseUnusable, match=r"library\.db cannot be opened.*read and write"):
        migrate.check()


@pytest.mark.parametrize("keep", [0, 100])
def test_a_damaged_database_is_refused_in_words_and_left_alone(data: Path, keep: int) -> None:
    file = data / "library.db"
    damaged = file.read_bytes()[:keep] + os.urandom(20_000)
    file.write_bytes(damaged)
    for use in (migrate.check, lambda: migrate.prepare(settings())):
        with pytest.raises(DatabaseUnusable, match=r"library\.db is damaged.*backup"):
            use()
    assert file.read_bytes() == damaged


def test_a_data_folder_that_cannot_be_made_is_told_in_words(
    environment: Path, tmp_path: Path
) -> None:
    environment.write_text("a file is in the way")
    with pytest.raises(DatabaseUnusable, match=r"data folder .+ cannot be made"):
        migrate.prepare(settings())
