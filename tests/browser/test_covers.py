"""Covers coming to the cards on a page, seen in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from db import cover_files, users
from tests.shelf import Shelf, picture
from tests.trial import wait_for

OpenPage = Callable[..., Page]
COMMAND = "from pipeline.cli import main; main()"
ARRIVED = ".cover img:not(.arriving)"


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


@contextmanager
def covers_process() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", COMMAND, "covers"], env=os.environ) as process:
        yield
        process.terminate()


def asked_for(page: Page) -> list[list[int]]:
    """The comics in each question for covers that the page has sent, as it sends them."""
    questions: list[list[int]] = []

    def hear(address: str) -> None:
        parts = urlsplit(address)
        if parts.path == "/api/covers":
            questions.append([int(one) for one in parse_qs(parts.query)["ids"][0].split(",")])

    page.on("request", lambda request: hear(request.url))
    return questions


def test_covers_take_the_place_of_their_cards_without_a_reload(
    open_page: OpenPage, reader: users.User, shelf: Shelf
) -> None:
    comics = [shelf.add(f"{number}.cbz", picture()) for number in range(12)]
    page = open_page(f"/series/{shelf.series_id}", reader)
    questions = asked_for(page)
    cards = page.locator("#wall .cover")
    expect(cards).to_have_count(12)
    expect(cards.locator("img")).to_have_count(0)
    with covers_process():
        expect(page.locator(f"#wall {ARRIVED}")).to_have_count(12)
    assert questions
    assert set().union(*questions) <= set(comics)
    assert page.locator("#wall .cover[data-comic]").count() == 0


def test_only_what_is_on_screen_is_asked_for(
    open_page: OpenPage, reader: users.User, shelf: Shelf
) -> None:
    comics = [shelf.add(f"{number:03d}.cbz", sort_number=number) for number in range(40)]
    page = open_page(f"/series/{shelf.series_id}", reader, width=390, height=600)
    questions = asked_for(page)
    wait_for(lambda: page.wait_for_timeout(50) or questions)
    assert comics[0] in questions[0]
    assert comics[-1] not in questions[0]
    page.locator(f'.cover[data-comic="{comics[-1]}"]').scroll_into_view_if_needed()
    wait_for(lambda: page.wait_for_timeout(50) or comics[-1] in questions[-1])
    assert comics[0] not in questions[-1]


def test_a_card_whose_cover_failed_says_why(
    open_page: OpenPage, reader: users.User, shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", b"no picture")
    page = open_page(f"/series/{shelf.series_id}", reader)
    with covers_process():
        card = page.locator("#wall .cover")
        expect(card).to_have_class("cover tone-1 no-cover")
    failure = cover_files.read_failure(comic, 7)
    assert failure is not None
    expect(card).to_have_attribute("title", f"No cover: {failure.message}")
