"""Connections: one engine that reads, one that writes, and SQLite's pragmas in one place.

A reader's transaction is deferred and `query_only`; a writer's opens with `BEGIN IMMEDIATE`, so
that it waits for its turn at the start and never fails half-way. Writers keep their transactions
short (some 50 ms) and open no file inside one.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event

from db import in_use, soundness
from db.settings import settings

BUSY_TIMEOUT_MS = 15_000
OFTEN_MS = 2  # between the tries of a process in which somebody waits

_tries_often = False


class DatabaseUnusable(RuntimeError):
    """The database cannot be opened or is not what Longbox expects; the message says what to do."""


class DatabaseDamaged(DatabaseUnusable):
    """The database's file is broken."""

    def __init__(self) -> None:
        super().__init__(soundness.SENTENCE)


class State(NamedTuple):
    """A state of the database; it equals another one when nobody has written in between."""

    watch: object
    commits: int


def is_sqlite(connection: Connection | Engine) -> bool:
    return connection.dialect.name == "sqlite"


@cache
def reader() -> Engine:
    """The engine for reading; its transactions see one moment and cannot write."""
    return _engine(settings().library_url, _prepare_reader, _begin_deferred)


@cache
def writer() -> Engine:
    """The engine for writing; its transactions hold the write lock from their first statement."""
    return _engine(settings().library_url, _prepare_writer, _begin_immediate)


@cache
def bulk_writer() -> Engine:
    """The engine for writing without a look at references; see `writing_in_bulk`."""
    return _engine(settings().library_url, _prepare_bulk_writer, _begin_immediate)


@contextmanager
def reading() -> Iterator[Connection]:
    """A transaction that only reads."""
    with reader().begin() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction that writes; commits at the end, rolls back when an exception leaves it."""
    with writer().begin() as connection:
        yield connection


@contextmanager
def writing_in_bulk() -> Iterator[Connection]:
    """A transaction for many rows, in which SQLite does not look up what they refer to: that takes
    as long as writing them.

    Who writes makes sure within it that all of that is there, and deletes nothing that others
    refer to.
    """
    with bulk_writer().begin() as connection:
        yield connection


def try_often() -> None:
    """Ask for the turn to write every other millisecond in this process: somebody waits for it.

    SQLite itself tries again after a tenth of a second in the end, when several stages have had
    their turns in between; so who asks more often comes before them.
    """
    global _tries_often
    _tries_often = True
    close()


def state() -> State:
    """The database's state now, for some microseconds. Connections do not have to be told."""
    return _watch().look()


def close() -> None:
    """Close every connection of this process, so that the next use opens afresh."""
    if _watch.cache_info().currsize:
        _watch().close()
    _watch.cache_clear()
    for engine in (reader, writer, bulk_writer):
        if engine.cache_info().currsize:
            engine().dispose()
        engine.cache_clear()
    if _hold.cache_info().currsize and (handle := _hold()) is not None:
        os.close(handle)
    _hold.cache_clear()


class _Watch:
    """A connection that only looks at what others have committed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = reader().raw_connection()
        self._cursor = self._connection.cursor()

    def look(self) -> State:
        with self._lock:
            self._cursor.execute("PRAGMA data_version")
            return State(self, self._cursor.fetchall()[0][0])

    def close(self) -> None:
        self._connection.close()


@cache
def _watch() -> _Watch:
    return _Watch()


@cache
def _hold() -> int | None:
    """This process's hold on the data folder, for as long as it may have the database open."""
    return in_use.hold(settings().run)


def _engine(
    url: str,
    prepare: Callable[[sqlite3.Connection, Any], None],
    begin: Callable[[Connection], None],
) -> Engine:
    _hold()
    engine = create_engine(url, pool_size=32, max_overflow=0)
    if is_sqlite(engine):
        event.listen(engine, "handle_error", _recognise_damage)
        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", begin)
    return engine


def _prepare(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver's own is too late
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


def _prepare_writer(connection: sqlite3.Connection, _record: Any) -> None:
    _prepare(connection)
    connection.execute("PRAGMA cache_size = -32768")
    connection.execute("PRAGMA wal_autocheckpoint = 8000")  # pages; a scan writes tens of MB
    if _tries_often:
        connection.execute(f"PRAGMA busy_timeout = {OFTEN_MS}")  # _begin_immediate tries again


def _prepare_bulk_writer(connection: sqlite3.Connection, record: Any) -> None:
    _prepare_writer(connection, record)
    connection.execute("PRAGMA foreign_keys = OFF")


def _prepare_reader(connection: sqlite3.Connection, _record: Any) -> None:
    _prepare(connection)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -2048")


def _recognise_damage(context: ExceptionContext) -> None:
    """Tell that the file is broken in the words for it, and those who start later as well."""
    error = context.original_exception
    if isinstance(error, sqlite3.DatabaseError) and soundness.says_so(error):
        soundness.note(settings(), str(error))
        raise DatabaseDamaged from error


def _begin_immediate(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while _tries_often and time.monotonic() < until:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                continue
            break
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
