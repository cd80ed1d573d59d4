"""Fixtures that every part's tests share: a data folder, an application, somebody signed in.

Everything is real: a SQLite file brought to the schema by `db.migrate`, sessions in its tables.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import db.engine
from db import migrate, passwords, sessions, users
from db.settings import from_environment, settings
from tests.gates import Gates

# What the many processes of the tests import is compiled once, whatever the environment says.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A shell has what it runs in the background ignore Ctrl-C, and with it all that starts from there.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for processes that they have started."""
    return (os.cpu_count() or 1) + 1


PASSWORD = "correct horse"


@pytest.fixture(scope="session")
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database, made once; tests get copies."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    migrate.prepare(from_environment({"LONGBOX_DATA": str(folder)}))
    db.engine.close()
    return folder


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An environment in which only LONGBOX_DATA is set, to a folder that is not there yet."""
    for name in [*os.environ]:
        if name.startswith("LONGBOX_") or name == "PORT":
            monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("LONGBOX_DATA", str(folder))
    db.engine.close()
    settings.cache_clear()
    yield folder
    db.engine.close()
    settings.cache_clear()


@pytest.fixture
def data(environment: Path, prepared_data: Path) -> Path:
    """A fresh data folder with a database of the present schema; `settings()` points to it."""
    shutil.copytree(prepared_data, environment)
    return environment


@pytest.fixture
def gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gates]:
    """Where stages that are started from here on wait for the test."""
    gates = Gates(tmp_path / "gates")
    for name, value in gates.environment.items():
        monkeypatch.setenv(name, value)
    yield gates
    gates.close()


@pytest.fixture(scope="session")
def made_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first library of `tests/copies.py` is kept for the tests behind it."""
    return tmp_path_factory.mktemp("copies") / "made"


@pytest.fixture
def app(data: Path) -> Flask:
    from webui import create_app

    app = create_app()
    app.testing = True
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture(scope="session")
def password_hash() -> passwords.PasswordHash:
    """The hash of PASSWORD, made once because hashing is slow on purpose."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def add_user(data: Path, password_hash: passwords.PasswordHash) -> Callable[..., users.User]:
    """Makes users, whose password is PASSWORD: `add_user("Ada", is_admin=True)`."""

    def add(name: str, *, is_admin: bool = False) -> users.User:
        with db.engine.writing() as connection:
            return users.add(connection, name, password_hash, is_admin=is_admin)

    return add


@pytest.fixture
def signed_in(app: Flask) -> Callable[[users.User], FlaskClient]:
    """Opens a browser of its own for a user, who is signed in there."""

    def sign_in(user: users.User) -> FlaskClient:
        with db.engine.writing() as connection:
            token = sessions.begin(connection, user.id, "a test's browser")
        client = app.test_client()
        client.set_cookie("session_token", token)
        return client

    return sign_in


@pytest.fixture
def admin(add_user: Callable[..., users.User]) -> users.User:
    return add_user("Ada", is_admin=True)


@pytest.fixture
def reader(add_user: Callable[..., users.User]) -> users.User:
    """A user who is no admin."""
    return add_user("Rita")


@pytest.fixture
def admin_client(admin: users.User, signed_in: Callable[[users.User], FlaskClient]) -> FlaskClient:
    return signed_in(admin)


@pytest.fixture
def reader_client(
    reader: users.User, signed_in: Callable[[users.User], FlaskClient]
) -> FlaskClient:
    return signed_in(reader)
