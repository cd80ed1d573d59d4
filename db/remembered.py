"""Answers of the database that are asked for with every request, kept until anybody writes.

SQLite counts, for each connection, what others have committed; as long as the count stands still,
an answer is what it was. Nothing here guesses with a time to live, and nothing has to be told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sqlalchemy import Connection

from db import engine

MOST = 1_000  # answers to one question

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class Remembered(Generic[Key, Answer]):
    """One question, asked once for each key and state of the database.

    `ask` may depend on nothing but the database and the key.
    """

    def __init__(self, ask: Callable[[Connection, Key], Answer]) -> None:
        self._ask = ask
        self._known: tuple[engine.State, dict[Key, Answer]] | None = None

    def __call__(self, key: Key) -> Answer:
        # Looked at before asking: what is written meanwhile makes the answer old, never the
        # old answer new.
        state = engine.state()
        known = self._known
        if known is None or known[0] != state:
            self._known = known = (state, {})
        answers = known[1]
        try:
            return answers[key]
        except KeyError:
            with engine.reading() as connection:
                answer = self._ask(connection, key)
        if len(answers) < MOST:
            answers[key] = answer
        return answer
