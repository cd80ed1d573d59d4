"""A held scan and the trash, in a browser: the answers, the boxes, the page that asks first."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from db import held, jobs, purges, users
from db.engine import reading, writing
from db.states import ComicState, HeldReason, JobStatus
from tests.browser.conftest import OpenPage
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.scan_rows import add_job

MISSING: dict[str, Any] = {"state": ComicState.MISSING, "missing_since": 1_700_000_000.0}


def fits(page: Page, width: int) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth")) <= width


@pytest.fixture
def job(data: object) -> int:
    """A held job that would mark 10 of 12 series' comics missing."""
    library = add_library()
    gone = [add_comic(add_series(library, f"Series {number}"), "1.cbz") for number in range(12)]
    job = add_job(
        library,
        status=JobStatus.HELD,
        last_error="10 of 12 comics are gone from /srv/comics. Is the disk connected?",
        held_reason=HeldReason.MANY_GONE,
        held_comics=10,
    )
    with writing() as connection:
        held.record(connection, job, gone[:10])
    return job


@pytest.fixture
def trash(data: object) -> None:
    """Ninety missing comics in three series."""
    library = add_library()
    for name in ("Chew", "Lobo", "Saga"):
        its = add_series(library, name)
        for number in range(30):
            add_comic(its, f"{name} {number:02d}.cbz", **MISSING)


@pytest.mark.parametrize("width", [360, 1440])
def test_a_held_scan_is_looked_through_and_confirmed(
    open_page: OpenPage, admin: users.User, job: int, width: int
) -> None:
    page = open_page("/", admin, width=width)
    expect(page.locator("#scan-pill a")).to_have_text("Needs you")
    page.get_by_role("link", name="Decide what happens").click()
    page.get_by_role("link", name="See everything").click()
    expect(page.locator(".losses li")).to_have_count(10)
    assert fits(page, width)
    page.get_by_role("link", name="Back to the scan").click()
    page.get_by_role("button", name="Mark 10 comics missing").click()
    expect(page.locator("[data-job]")).to_have_attribute("data-state", "running")
    with reading() as connection:
        assert jobs.get(connection, job).options == {held.CONFIRMED: True}


def test_a_held_scan_is_discarded_and_the_page_stays(
    open_page: OpenPage, admin: users.User, job: int
) -> None:
    page = open_page("/progress", admin)
    page.get_by_role("button", name="Discard this scan").click()
    expect(page.locator("[data-job]")).to_have_attribute("data-state", "cancelled")
    expect(page.get_by_role("button", name="Look again")).to_have_count(0)
    assert page.url.endswith("/progress")


def test_readers_are_not_bothered(open_page: OpenPage, reader: users.User, job: int) -> None:
    page = open_page("/", reader)
    with page.expect_response("**/api/scan/status"):
        page.reload()
    expect(page.locator("#scan-pill a")).to_have_count(0)
    expect(page.get_by_text("/srv/comics")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.usefixtures("trash")
def test_chosen_comics_are_purged_after_a_page_that_says_what_is_lost(
    open_page: OpenPage, admin: users.User, width: int
) -> None:
    page = open_page("/trash", admin, width=width)
    expect(page.locator(".trash-list li")).to_have_count(3)
    assert fits(page, width)
    page.get_by_role("link", name="Saga").click()
    page.get_by_label("Choose all on this page").check()
    page.get_by_label("Saga 00.cbz").uncheck()
    expect(page.get_by_label("Choose all on this page")).not_to_be_checked()
    page.get_by_role("button", name="Purge the chosen").click()
    expect(page.get_by_role("heading", name="Purge 29 comics?")).to_be_visible()
    assert fits(page, width)
    page.get_by_role("button", name="Purge 29 comics").click()
    expect(page.get_by_role("status").filter(has_text="29 comics are forgotten.")).to_be_visible()
    expect(page.get_by_text("61 comics")).to_be_visible()
    page.get_by_role("link", name="Chew").click()
    page.get_by_label("Chew 00.cbz").check()
    page.get_by_role("button", name="Purge these 30").click()  # whatever is chosen
    expect(page.get_by_role("heading", name="Purge 30 comics?")).to_be_visible()


@pytest.mark.usefixtures("trash")
def test_a_purge_under_way_is_followed_until_it_is_through(
    open_page: OpenPage, admin: users.User
) -> None:
    with writing() as connection:
        wish = purges.ask(connection, purges.Choice(series_ids=(1, 2)), "Ada")
    page = open_page(f"/trash?purge={wish}", admin)
    expect(page.locator("[data-purge]")).to_contain_text("0 of 60 comics")
    with writing() as connection:
        purges.purge_some(connection, purges.get(connection, wish), purges.START)
        purges.finish(connection, wish)
    expect(page.get_by_role("status").filter(has_text="60 comics are forgotten.")).to_be_visible()
