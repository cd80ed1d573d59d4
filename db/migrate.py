"""Bringing a database to the schema of this program, once, under a lock and with a backup.

Only `longbox init` migrates. Every other process calls `check`, which says what to run when the
database is older or newer than the program.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError

from db import in_use, soundness
from db.engine import DatabaseDamaged, DatabaseUnusable, is_sqlite, reading
from db.schema import SCHEMA_VERSION
from db.settings import Settings, settings


def prepare(settings: Settings) -> bool:
    """Make the data folder and the database, or migrate them; True if anything changed.

    Raises DatabaseUnusable when the folder cannot be written, or the database is damaged or newer
    than this program, and InUse while a backup is restored.
    """
    try:
        for folder in (settings.data, settings.covers, settings.run):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(
            f"The data folder {settings.data} cannot be made: {error.strerror}. "
            "Set LONGBOX_DATA to a folder that you may write."
        ) from None
    with in_use.together(settings.run), _one_at_a_time(settings.run / "init.lock"):
        return _migrate(settings)


def check() -> None:
    """Raise DatabaseUnusable unless the database has this program's schema."""
    version = _stored_version()
    if version is None:
        raise DatabaseUnusable("There is no Longbox database here yet. Run `longbox init` first.")
    if version < SCHEMA_VERSION:
        raise DatabaseUnusable(
            "The database is of an older Longbox. Stop Longbox and run `longbox init`."
        )
    if version > SCHEMA_VERSION:
        raise DatabaseUnusable(
            f"The database is of a newer Longbox (schema {version}, this one knows "
            f"{SCHEMA_VERSION}). Install the newer version, or restore an older backup."
        )


def _stored_version() -> str | None:
    if soundness.is_noted(settings()):
        raise DatabaseDamaged
    try:
        with reading() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except OperationalError as error:
        if "no such table" in str(error.orig) or not settings().library_file.exists():
            return None
        raise DatabaseUnusable(
            f"The database library.db cannot be opened ({error.orig}). See to it that Longbox may "
            f"read and write {settings().data} and the files in it."
        ) from None


def _migrate(settings: Settings) -> bool:
    file = settings.library_file
    if file.is_file():
        version = _stored_version()
        if version == SCHEMA_VERSION:
            return False
        if version is not None and version > SCHEMA_VERSION:
            check()
        if version is not None:
            _back_up(file, version)
    bring_up(settings.library_url)
    return True


def bring_up(url: str) -> None:
    """Bring the database at an address to this program's schema, from none or an older one.

    Killed, or refused by DatabaseUnusable, it is as it was.
    """
    engine = create_engine(url)
    if is_sqlite(engine):
        # The driver begins no transaction for DDL; we do, so that a kill leaves all or nothing.
        event.listen(engine, "connect", _leave_transactions_to_us)
    with engine.connect() as connection:
        if is_sqlite(connection):
            # Before any BEGIN: batch migrations drop and copy tables, and with foreign keys on
            # that would delete what refers to them.
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        _upgrade(connection)
        _verify(connection)
        connection.commit()
    engine.dispose()


def _leave_transactions_to_us(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _verify(connection: Connection) -> None:
    if is_sqlite(connection):
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise DatabaseUnusable(
                f"The migration would leave {len(broken)} rows without what they refer to, so "
                "nothing was changed. Please report this."
            )


def _back_up(file: Path, version: str) -> None:
    """A copy beside the database, made through SQLite so that the WAL is in it."""
    target = file.with_name(f"library-before-migration-from-{version}.db")
    partial = target.with_suffix(".part")
    with sqlite3.connect(file) as source, sqlite3.connect(partial) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    shutil.move(partial, target)


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    handle = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
