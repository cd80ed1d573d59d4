"""Backups are whole or not there, and what is restored takes the place of the old in one step."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

import db.engine
from db import artwork, backups, in_use, kept_pictures, migrate, restoring, soundness, webhooks
from db.backups import BackupUnusable
from db.engine import DatabaseUnusable, reading, writing
from db.kept_pictures import Picture
from db.restoring import restore
from db.schema import SCHEMA_VERSION, artwork_files, folders, series, webhook_messages
from db.settings import settings
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.kills import killed_at

SHA = "ab" * 32


def add(name: str) -> None:
    with reading() as connection:
        shelf = connection.execute(select(series.c.id)).scalar()
    add_comic(shelf or add_series(add_library(), "Saga"), f"{name}.cbz", title=name)


def keep_picture() -> None:
    """A kept picture that stands for the series."""
    kept_pictures.put(kept_pictures.picture_file(SHA, "image/png"), b"a picture")
    kept_pictures.put(kept_pictures.cover_file(SHA), b"a small picture")
    with writing() as connection:
        artwork_id = artwork.keep(connection, Picture(SHA, "image/png", 10, 10, 9))
        connection.execute(series.update().values(cover_artwork_id=artwork_id, cover_chosen=True))


def titles() -> list[str]:
    """What the database that is there now knows; it is sound."""
    db.engine.close()
    file = settings().library_file
    assert soundness.complaints(file) == []
    with closing(sqlite3.connect(file)) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM comics ORDER BY id")]


def bring_back(file: Path) -> restoring.Restored:
    db.engine.close()
    return restore(file, settings())


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    """A backup with one comic and one picture; the data folder has got another comic since."""
    add("old")
    keep_picture()
    file = tmp_path / "backup.zip"
    backups.make(file)
    add("new")
    return file


def test_a_backup_has_the_database_the_pictures_and_what_it_says_of_them(backup: Path) -> None:
    with zipfile.ZipFile(backup) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        said = json.loads(archive.read("manifest.json"))
    pictures = {f"artwork/ab/{SHA}.png", f"artwork/ab/{SHA}-cover.jpg"}
    assert names == {"library.db", "manifest.json", *pictures}
    assert (said["longbox_backup"], said["schema"], said["comics"]) == (1, SCHEMA_VERSION, 1)
    assert set(said["files"]) == names - {"manifest.json"}
    assert backup.stat().st_mode & 0o077 == 0


def test_what_is_restored_is_what_was_backed_up(backup: Path, data: Path) -> None:
    shutil.rmtree(data / "artwork")
    done = bring_back(backup)
    assert (done.migrated, done.before) == (False, data / "library-before-restore.db")
    assert titles() == ["old"]
    assert kept_pictures.picture_file(SHA, "image/png").read_bytes() == b"a picture"
    assert kept_pictures.cover_file(SHA).read_bytes() == b"a small picture"
    with closing(sqlite3.connect(data / "library-before-restore.db")) as connection:
        assert connection.execute("SELECT count(*) FROM comics").fetchone() == (2,)
    migrate.check()


def test_a_backup_is_restored_where_nothing_was(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db.engine.close()
    monkeypatch.setenv("LONGBOX_DATA", str(tmp_path / "elsewhere"))
    settings.cache_clear()
    assert bring_back(backup).before is None
    assert settings().library_file.stat().st_mode & 0o077 == 0
    assert titles() == ["old"]
    assert kept_pictures.are_there(SHA, "image/png")


def test_messages_that_waited_in_a_backup_are_not_sent_again(data: Path, tmp_path: Path) -> None:
    with writing() as connection:
        receiver = webhooks.add(connection, "http://127.0.0.1:9/")
        webhooks.write_test(connection, receiver.id)
        [before] = webhooks.due(connection, 9)
    backups.make(tmp_path / "backup.zip")
    bring_back(tmp_path / "backup.zip")
    with writing() as connection:
        assert webhooks.due(connection, 9) == []
        [message] = webhooks.messages(connection, receiver.id, 9)
        connection.execute(delete(webhook_messages))
        connection.exec_driver_sql("DELETE FROM sqlite_sequence")  # as of a backup made earlier
        webhooks.write_test(connection, receiver.id)
        [after] = webhooks.due(connection, 9)
    assert message.answer == "not sent: it waited in a backup"
    assert before.id == after.id
    assert before.name != after.name


def test_a_damaged_database_gives_way_to_the_backup(backup: Path, data: Path) -> None:
    db.engine.close()
    ruins = b"no database " * 1000
    (data / "library.db").write_bytes(ruins)
    (data / "library.db-wal").write_bytes(ruins)
    with pytest.raises(DatabaseUnusable, match="longbox restore"):
        migrate.check()
    done = bring_back(backup)
    assert done.before
    assert done.before.read_bytes() == ruins
    assert titles() == ["old"]
    migrate.check()


def test_a_damaged_database_is_not_backed_up(backup: Path, data: Path, tmp_path: Path) -> None:
    db.engine.close()
    with (data / "library.db").open("r+b") as file:
        file.seek(40 * 4096)
        file.write(b"\xee" * 40 * 4096)
    with pytest.raises(BackupUnusable, match="damaged"):
        backups.make(tmp_path / "another.zip")
    assert {file.name for file in tmp_path.iterdir()} == {"data", "backup.zip"}


def test_an_older_backup_is_replaced_and_any_other_file_is_not(
    backup: Path, tmp_path: Path
) -> None:
    backups.make(backup)
    bring_back(backup)
    assert titles() == ["old", "new"]
    (tmp_path / "letter.txt").write_text("Dear Ada")
    with pytest.raises(BackupUnusable, match="no backup"):
        backups.make(tmp_path / "letter.txt")
    assert (tmp_path / "letter.txt").read_text() == "Dear Ada"


def test_a_picture_that_is_gone_is_counted(backup: Path) -> None:
    kept_pictures.cover_file(SHA).unlink()
    assert backups.make(backup).lost == 1


def test_nothing_is_restored_while_longbox_is_at_work(backup: Path) -> None:
    with reading(), pytest.raises(in_use.InUse, match="Stop it first"):
        restore(backup, settings())
    assert titles() == ["old", "new"]


def test_nobody_begins_while_the_data_folder_is_restored(backup: Path) -> None:
    db.engine.close()
    with in_use.alone(settings().data, settings().run):
        with pytest.raises(in_use.InUse, match="Try again"):
            migrate.check()
        with pytest.raises(in_use.InUse, match="Try again"):
            migrate.prepare(settings())


def test_nothing_is_restored_under_another_program_that_has_the_database(
    backup: Path, data: Path
) -> None:
    db.engine.close()
    with closing(sqlite3.connect(data / "library.db")) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT * FROM comics").fetchone()
        with pytest.raises(in_use.InUse, match="Does a program use it"):
            restore(backup, settings())
    assert titles() == ["old", "new"]


# ---- files that are refused


def changed(backup: Path, **said: Any) -> None:
    """Write a backup anew with another manifest."""
    with zipfile.ZipFile(backup) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content.pop("manifest.json")) | said
    with zipfile.ZipFile(backup, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))


def cut(backup: Path) -> None:
    os.truncate(backup, backup.stat().st_size // 2)


def flip(backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 3] ^= 0xFF
    backup.write_bytes(content)


def empty(backup: Path) -> None:
    backup.write_bytes(b"")


def other_zip(backup: Path) -> None:
    with zipfile.ZipFile(backup, "w") as archive:
        archive.writestr("000.jpg", b"a page")


def escape(backup: Path) -> None:
    changed(
        backup, files={"library.db": {"size": 1, "sha256": ""}, "../x": {"size": 1, "sha256": ""}}
    )


def swap_database(backup: Path) -> None:
    changed(backup, files={"library.db": {"size": 3, "sha256": "00"}})


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (empty, "no backup of Longbox, or one that is cut off"),
        (cut, "cut off or damaged"),
        (flip, "damaged"),
        (other_zip, "no backup of Longbox"),
        (escape, "other files in it"),
        (swap_database, r"damaged: library\.db"),
        (lambda file: changed(file, schema="9999"), "newer Longbox"),
        (lambda file: changed(file, longbox_backup=2), "newer Longbox"),
        (lambda file: changed(file, schema="0001"), "not the one that its manifest tells of"),
        (lambda file: changed(file, files=[]), "no backup of Longbox"),
    ],
)
def test_a_file_that_is_no_whole_backup_of_ours_changes_nothing(
    backup: Path, data: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(backup)
    with pytest.raises(BackupUnusable, match=sentence):
        bring_back(backup)
    assert titles() == ["old", "new"]
    assert not list(data.glob("*restor*"))


def test_a_backup_of_an_older_longbox_is_brought_to_this_version(
    environment: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        made = older_database(connection)
    file = tmp_path / "backup.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(old, "library.db")
        sha256 = hashlib.sha256(old.read_bytes()).hexdigest()
        said = {
            "longbox_backup": 1,
            "schema": made,
            "made_at": "2026-01-01T00:00:00Z",
            "comics": 0,
            "files": {"library.db": {"size": old.stat().st_size, "sha256": sha256}},
        }
        archive.writestr("manifest.json", json.dumps(said))
    assert bring_back(file).migrated
    migrate.check()
    with reading() as connection:
        assert connection.execute(select(folders.c.path)).scalars().all() == [b"S"]
        assert connection.execute(select(artwork_files.c.id)).all() == []


def older_database(connection: sqlite3.Connection) -> str:
    """A database of the first schema with a folder in it; answers its version."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    config = Config()
    config.set_main_option("script_location", "db:migrations")
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.begin() as begun:
        config.attributes["connection"] = begun
        command.upgrade(config, "0001")
        begun.exec_driver_sql(
            "INSERT INTO libraries (id, name, path, created_at) VALUES (1, 'Comics', x'2f63', 1)"
        )
        begun.exec_driver_sql("INSERT INTO folders (id, library_id, path) VALUES (1, 1, x'53')")
    return "0001"


# ---- killed at any moment


def test_a_restore_that_is_killed_anywhere_leaves_the_old_or_the_new(
    backup: Path, data: Path, tmp_path: Path
) -> None:
    db.engine.close()
    shutil.copytree(data, tmp_path / "before")
    outcomes = []
    for number in itertools.count(1):
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "before", data)
        was_killed = killed_at(number, lambda: restore(backup, settings()))
        outcomes.append(titles())
        migrate.check()
        if not was_killed:
            break
    changes_at = outcomes.index(["old"])
    assert outcomes[:changes_at] == [["old", "new"]] * changes_at
    assert outcomes[changes_at:] == [["old"]] * (len(outcomes) - changes_at)
    assert changes_at > 10
    restoring.sweep(settings())
    assert {file.name for file in data.glob("*restor*")} == {"library-before-restore.db"}


def test_a_restore_that_was_killed_loses_no_damaged_database_either(
    backup: Path, data: Path, tmp_path: Path
) -> None:
    db.engine.close()
    for name in ("library.db", "library.db-wal"):
        (data / name).write_bytes(b"no database " * 1000)
    shutil.copytree(data, tmp_path / "before")
    for number in itertools.count(1, 4):
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "before", data)
        was_killed = killed_at(number, lambda: restore(backup, settings()))
        kept = [file.read_bytes() for file in data.glob("library*.db")]
        assert any(content.startswith(b"no database") for content in kept)
        assert bring_back(backup)
        assert titles() == ["old"]
        if not was_killed:
            break


def test_a_backup_that_is_killed_anywhere_leaves_the_one_before(
    backup: Path, tmp_path: Path
) -> None:
    shutil.copy(backup, tmp_path / "first.zip")
    outcomes = []
    for number in itertools.count(1):
        shutil.copy(tmp_path / "first.zip", backup)
        was_killed = killed_at(number, lambda: backups.make(backup))
        with backups.opened(backup) as (archive, manifest):
            assert archive.testzip() is None
            outcomes.append(manifest.comics)
        if not was_killed:
            break
    assert len(outcomes) > 10
    assert outcomes == sorted(outcomes)
    assert (outcomes[0], outcomes[-1]) == (1, 2)
    assert {file.name for file in tmp_path.iterdir()} == {"data", "backup.zip", "first.zip"}
