"""What is asked for with every request is asked of the database once, until somebody writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from db import engine, registration
from db.remembered import MOST, Remembered

OPEN_IN_ANOTHER_PROCESS = """
from db import registration
from db.engine import writing

with writing() as connection:
    registration.set_open(connection, True)
"""


class Asked:
    """A question that counts how often it is put to the database."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, connection: Connection, key: str) -> tuple[str, bool]:
        self.count += 1
        return key, registration.is_open(connection)


@pytest.fixture
def asked(data: Path) -> Asked:
    return Asked()


@pytest.fixture
def statements(data: Path) -> Iterator[list[str]]:
    """What the reading engine sends to the database through SQLAlchemy."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine.reader(), "before_cursor_execute", note)
    yield sent
    event.remove(engine.reader(), "before_cursor_execute", note)


def test_an_answer_is_not_asked_for_twice(asked: Asked, statements: list[str]) -> None:
    answer = Remembered(asked)
    assert {answer("a") for _ in range(5)} == {("a", False)}
    assert answer("b") == ("b", False)
    assert asked.count == 2
    assert sum("SELECT" in statement for statement in statements) == 2


def test_a_change_by_this_process_is_seen_at_once(asked: Asked) -> None:
    answer = Remembered(asked)
    for is_open in (True, False, True):
        with engine.writing() as connection:
            registration.set_open(connection, is_open)
        assert answer("a") == ("a", is_open)


def test_a_change_by_another_process_is_seen_at_once(asked: Asked) -> None:
    answer = Remembered(asked)
    assert answer("a") == ("a", False)
    subprocess.run([sys.executable, "-c", OPEN_IN_ANOTHER_PROCESS], check=True)
    assert answer("a") == ("a", True)


def test_what_was_rolled_back_changes_nothing(asked: Asked) -> None:
    answer = Remembered(asked)
    answer("a")
    with engine.writing() as connection:
        registration.set_open(connection, True)
        connection.rollback()
    assert answer("a") == ("a", False)


def test_a_change_while_it_is_asked_makes_the_answer_old(data: Path) -> None:
    def ask(connection: Connection, _key: str) -> bool:
        is_open = registration.is_open(connection)
        if not is_open:
            with engine.writing() as other:
                registration.set_open(other, True)
        return is_open

    answer = Remembered(ask)
    assert [answer("a"), answer("a")] == [False, True]


def test_a_database_that_is_opened_afresh_is_asked_afresh(asked: Asked) -> None:
    answer = Remembered(asked)
    answer("a")
    engine.close()
    answer("a")
    assert asked.count == 2


def test_no_more_is_remembered_than_there_is_room_for(asked: Asked) -> None:
    answer = Remembered(asked)
    for number in range(MOST + 10):
        answer(str(number))
    answer("0")
    assert asked.count == MOST + 10
    answer(str(MOST + 5))
    assert asked.count == MOST + 11
