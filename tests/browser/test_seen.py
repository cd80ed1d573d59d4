"""Who is at work, what needs one and what is ready, in a browser that looks on."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Request, expect
from sqlalchemy import update

from db import notices, users
from db.engine import writing
from db.in_hand import InHand
from db.schema import shards
from db.states import JobStatus, Phase, ShardStatus
from tests.browser.conftest import OpenPage
from tests.scan_rows import add_job, add_library, add_shard, change_job, over, under_way
from tests.trial import wait_for

FOUND = over(Phase.DISCOVER, 60_000) | {"comics_found": 60_000, "comics_new": 60_000}


@pytest.fixture
def library(data: object) -> int:
    return add_library("Comics")


def test_who_is_at_work_is_seen_by_one_request_at_a_time_and_the_focus_stays(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, **FOUND, **under_way(Phase.INDEX, 24_000, 60_000))
    first = add_shard(job, Phase.INDEX, total=30_000, done=12_000)
    hand = InHand(first)
    hand.take(b"Saga/Saga 1.cbz")
    page = open_page("/progress", admin)
    link = page.get_by_role("link", name="Shard 1")
    expect(page.locator(".shard .current")).to_have_text("Saga/Saga 1.cbz")
    link.focus()
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(urlsplit(request.url).path)

    page.on("request", hear)
    hand.take(b"Saga/Saga 2.cbz")
    second = add_shard(job, Phase.INDEX, number=2, worker="stages.2", attempt=2, total=30_000)
    expect(page.locator(".shard")).to_have_count(2)
    expect(page.locator(".shard .current").first).to_have_text("Saga/Saga 2.cbz")
    expect(page.locator(".shard").nth(1)).to_contain_text("attempt 2")
    hand.take(b"")  # between two files: the last one stays on the screen
    with writing() as connection:
        ended = update(shards).where(shards.c.id == second)
        connection.execute(ended.values(status=ShardStatus.DONE))
    expect(page.locator(".shard")).to_have_count(1)
    expect(page.locator(".shard .current")).to_have_text("Saga/Saga 2.cbz")
    expect(link).to_be_focused()
    assert set(asked) == {"/progress/live"}
    hand.close()


def test_a_library_that_is_ready_is_told_where_one_is_and_waved_away_for_good(
    open_page: OpenPage, reader: users.User, library: int
) -> None:
    job = add_job(library, discover_done=100)
    page = open_page("/account", reader)
    expect(page.locator("#scan-pill a")).to_contain_text("Discover")
    change_job(job, **FOUND, **under_way(Phase.INDEX, 0, 60_000))
    with writing() as connection:
        notices.library_is_ready(connection, job)
    notice = page.locator("[data-notice]")
    expect(notice).to_contain_text("Your library is ready: 60,000 comics.")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)
    wait_for(lambda: not notices.of_user(reader.id), "the server knows")
    page.reload()
    expect(page.locator("#scan-pill a")).to_contain_text("Index")
    expect(notice).to_have_count(0)


def test_an_admin_sees_on_any_page_that_a_scan_needs_them(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, **FOUND)
    page = open_page("/account", admin)
    pill = page.locator("#scan-pill a")
    expect(pill).to_contain_text("Discover")
    change_job(job, status=JobStatus.HELD, last_error="9 of 10 comics are gone from /srv/Comics.")
    expect(pill).to_have_text("Needs you")
    pill.click()
    expect(page).to_have_url(f"/progress/{job}")
    expect(page.locator("[data-show=sentence]")).to_contain_text("9 of 10 comics are gone")
