"""The progress page and the pill, in a browser: they follow the job's row by themselves."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from db import jobs, users
from db.engine import reading
from db.states import ErrorClass, JobStatus, Phase
from tests.browser.conftest import OpenPage
from tests.scan_rows import add_errors, add_job, add_library, change_job, ended, over, under_way

FOUND = over(Phase.DISCOVER, 60_000) | {"comics_found": 60_000, "comics_new": 60_000}


@pytest.fixture
def library(data: object) -> int:
    return add_library("Comics")


def test_the_phases_change_while_one_looks(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, discover_done=12_400, discover_started_at=0)
    page = open_page("/progress", admin)
    expect(page.locator("[data-show=sentence]")).to_have_text(
        "Looking for comics: 12,400 comics found so far"
    )
    bar = page.locator(".whole progress")
    assert bar.get_attribute("value") is None

    change_job(job, **FOUND, **under_way(Phase.INDEX, 24_012, 60_000, seconds=120))
    expect(page.locator("[data-phase=index]")).to_have_attribute("data-status", "running")
    expect(page.locator("[data-phase=discover]")).to_have_attribute("data-status", "done")
    expect(page.locator("[data-show=sentence]")).to_contain_text("Reading 24,012 of 60,000 comics")
    expect(page.locator("[data-show=note]")).to_have_text(
        "Your library is ready; details are still being filled in."
    )
    expect(page.locator("[data-count=found]")).to_have_text("60,000")
    expect(bar).to_have_attribute("value", "30.0")
    expect(page.locator("#announcement")).to_contain_text("Reading 24,012 of 60,000 comics")

    change_job(job, **over(Phase.INDEX, 60_000), **ended())
    expect(page.locator("[data-phase=end]")).to_have_attribute("data-status", "done")
    expect(page.get_by_role("button", name="Scan now")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the scan")).to_have_count(0)


def test_a_connection_that_is_lost_between_two_requests_is_waited_out(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, discover_done=12_400)
    page = open_page("/progress", admin)
    page.route("**/progress", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        change_job(job, **FOUND, **under_way(Phase.INDEX, 24_012, 60_000))
    page.unroute("**/progress")
    expect(page.locator("[data-phase=index]")).to_have_attribute("data-status", "running")


def test_a_look_that_takes_long_is_joined_by_no_other(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    add_job(library, discover_done=12_400)
    page = open_page("/progress", admin)
    held: list[Route] = []
    page.route("**/progress/live*", lambda route: held.append(route))
    with page.expect_request("**/progress/live*"):
        pass
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.evaluate("fetch('/healthz')")  # what was asked before it is known by now
    assert len(held) == 1
    held[0].continue_()


def test_a_page_that_was_open_before_the_first_scan_shows_it(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/progress", admin)
    page.get_by_role("button", name="Scan now").click()
    expect(page.locator("[data-job='1']")).to_be_visible()


def test_cancelling_keeps_one_on_the_page(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library)
    page = open_page("/progress", admin)
    page.get_by_role("button", name="Cancel the scan").click()
    expect(page.get_by_role("button", name="Go on from there")).to_be_visible()
    assert page.url.endswith("/progress")
    with reading() as connection:
        assert jobs.get(connection, job).status is JobStatus.CANCELLED


def test_one_file_is_retried_with_its_own_button(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, **ended(**over(Phase.DISCOVER, 2)))
    add_errors(job, library, [b"Locked [2020]", b"Other"], ErrorClass.DENIED, Phase.DISCOVER)
    page = open_page(f"/progress/{job}", admin)
    page.get_by_role("button", name="Retry Locked [2020]").click()
    expect(page.locator("[data-phase=discover]")).to_have_attribute("data-status", "running")
    expect(page.locator(".path")).to_have_text(["Other"])


def test_the_pill_follows_a_scan_on_every_page(
    open_page: OpenPage, reader: users.User, library: int
) -> None:
    job = add_job(library, **FOUND, **under_way(Phase.INDEX, 30_000, 60_000))
    page = open_page("/", reader)
    pill = page.locator("#scan-pill a")
    expect(pill).to_have_text("Index 35 %")
    change_job(job, **over(Phase.INDEX, 60_000), **under_way(Phase.THUMBNAIL, 1_000, 2_000))
    expect(pill).to_have_text("Covers 80 %")
    pill.click()
    expect(page).to_have_url("/progress")
    change_job(job, **ended())
    expect(pill).to_have_count(0)


def test_nothing_is_wider_than_the_screen(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, **FOUND, **under_way(Phase.INDEX, 30_000, 60_000))
    add_errors(job, library, [b"A" * 200 + b".cbz"])
    page = open_page("/progress", admin)
    expect(page.locator("#scan-pill a")).to_be_visible()
    for width in (360, 390, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
