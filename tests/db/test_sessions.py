"""Sessions: whose they are, how long they last, and that a stolen database opens none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db import schema, sessions, users
from db.engine import reading, writing
from db.times import now

AddUser = Callable[..., users.User]
DAY = 86_400


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the time that sessions are judged by, in days from now."""

    def set_days(days: float) -> None:
        moment = now() + days * DAY
        monkeypatch.setattr(sessions, "now", lambda: moment)

    return set_days


def test_the_token_is_not_in_the_database(add_user: AddUser, data: Path) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        token = sessions.begin(connection, rita.id, "")
    stored = b"".join(file.read_bytes() for file in data.glob("library.db*"))
    assert token.encode() not in stored
    assert sessions.hash_of(token).encode() in stored


def test_a_session_lasts_thirty_days(add_user: AddUser, clock: Callable[[float], None]) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        token = sessions.begin(connection, rita.id, "")
    with reading() as connection:
        clock(29.9)
        assert sessions.visitor(connection, token) is not None
        clock(30.1)
        assert sessions.visitor(connection, token) is None
        assert sessions.of_user(connection, rita.id) == []


def test_sessions_that_are_over_are_cleared_away(
    add_user: AddUser, clock: Callable[[float], None]
) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        sessions.begin(connection, rita.id, "")
        clock(31)
        sessions.begin(connection, rita.id, "")
        count = select(func.count()).select_from(schema.sessions)
        assert connection.execute(count).scalar_one() == 1


def test_a_visitor_is_who_signed_in(add_user: AddUser) -> None:
    ada, rita = add_user("Ada", is_admin=True), add_user("Rita")
    with writing() as connection:
        tokens = {user: sessions.begin(connection, user.id, "") for user in (ada, rita)}
        for user, token in tokens.items():
            visitor = sessions.visitor(connection, token)
            assert visitor is not None
            assert (visitor.user_id, visitor.name, visitor.is_admin) == (
                user.id,
                user.name,
                user.is_admin,
            )
        assert sessions.visitor(connection, "x" * 43) is None
        assert sessions.visitor(connection, "") is None


def test_seeing_a_session_is_noted_once_an_hour(
    add_user: AddUser, clock: Callable[[float], None]
) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        token = sessions.begin(connection, rita.id, "")
        visitor = sessions.visitor(connection, token)
        assert visitor is not None
        assert not visitor.is_due
        clock(2 / 24)
        assert visitor.is_due
        sessions.seen(connection, visitor)
        visitor = sessions.visitor(connection, token)
        assert visitor is not None
        assert not visitor.is_due
        assert users.get(connection, rita.id).last_seen_at == visitor.seen_at


def test_an_endless_agent_is_cut(add_user: AddUser) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        sessions.begin(connection, rita.id, "x" * 100_000)
        [session] = sessions.of_user(connection, rita.id)
    assert len(session.agent) == sessions.LONGEST_AGENT
