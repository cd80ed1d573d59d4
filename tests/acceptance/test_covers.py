"""Many people look at covers that were never made before, and things are killed meanwhile."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db import sessions, users
from db.engine import writing
from tests.live import Answer, Live
from tests.shelf import Shelf, picture
from tests.trial import wait_for

CLIENTS = 8


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


@pytest.fixture
def live(data: Path, tmp_path: Path) -> Iterator[Live]:
    with Live(tmp_path / "log") as running:
        yield running


@pytest.fixture
def token(add_user: Callable[..., users.User]) -> str:
    reader = add_user("Rita")
    with writing() as connection:
        return sessions.begin(connection, reader.id, "a test's browser")


def look_at_all(live: Live, token: str, comics: list[int]) -> list[Answer]:
    """Every client asks for every cover, each beginning elsewhere."""

    def look(client: int) -> list[Answer]:
        start = client * len(comics) // CLIENTS
        turned = comics[start:] + comics[:start]
        return [live.get(f"/api/cover/{comic}?v=7", token) for comic in turned]

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [answer for answers in pool.map(look, range(CLIENTS)) for answer in answers]


def assert_nobody_keeps_a_card(live: Live, answers: list[Answer]) -> None:
    assert {answer.status for answer in answers} == {200}, live.said()
    for answer in answers:
        if answer.headers["Content-Type"] == "image/jpeg":
            assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        else:
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["X-Cover"] == "pending"


def test_eight_people_look_at_two_hundred_new_covers_and_each_is_drawn_once(
    live: Live, token: str, shelf: Shelf
) -> None:
    comics = [shelf.add(f"{number}.cbz", picture(600, 900)) for number in range(200)]
    answers = look_at_all(live, token, comics)
    assert len(answers) == CLIENTS * len(comics)
    assert_nobody_keeps_a_card(live, answers)
    assert sorted(live.covers_made()) == comics


def test_covers_are_made_although_their_children_are_killed(
    live: Live, token: str, shelf: Shelf
) -> None:
    comics = [shelf.add(f"{number}.cbz", picture(600, 900)) for number in range(60)]
    killed: set[int] = set()

    def kill_one() -> None:
        child = wait_for(lambda: [one for one in live.children("covers") if one not in killed])[0]
        os.kill(child, signal.SIGKILL)
        killed.add(child)

    with ThreadPoolExecutor(1) as other:
        answers = other.submit(look_at_all, live, token, comics)
        for share in (10, 25):  # fewer than the deaths that are held against a comic
            wait_for(lambda share=share: len(live.covers_made()) >= share)
            kill_one()
        assert_nobody_keeps_a_card(live, answers.result())
    assert all(
        live.get(f"/api/cover/{comic}", token).headers["Content-Type"] == "image/jpeg"
        for comic in comics
    )


def test_covers_are_made_after_their_process_was_killed_and_started_again(
    live: Live, token: str, shelf: Shelf
) -> None:
    comics = [shelf.add(f"{number}.cbz", picture(600, 900)) for number in range(60)]
    with ThreadPoolExecutor(1) as other:
        answers = other.submit(look_at_all, live, token, comics)
        wait_for(lambda: len(live.covers_made()) >= 10)
        live.kill("covers")
        live.start("covers")
        assert_nobody_keeps_a_card(live, answers.result())
    assert all(
        live.get(f"/api/cover/{comic}", token).headers["Content-Type"] == "image/jpeg"
        for comic in comics
    )
