"""Duplicates and shared pages in a browser, and reading without the pages that are hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db import hidden_pages, users
from db.engine import reading, writing
from db.reading import progress
from db.schema import comic_pages
from tests.browser.conftest import OpenPage
from tests.copies import survey, surveyed
from tests.trial import Trial, wait_for


@pytest.fixture
def trial(data: Path, tmp_path: Path, made_library: Path) -> Trial:
    return surveyed(tmp_path / "Comics", made_library)


def fits(page: Page, width: int) -> bool:
    return int(page.evaluate("document.documentElement.scrollWidth")) <= width


def pictures_are_there(page: Page) -> None:
    there = "[...document.images].every((one) => one.loading === 'lazy' || one.naturalWidth)"
    wait_for(lambda: page.evaluate(there))


@pytest.mark.parametrize("width", [360, 1440])
def test_copies_are_compared_and_the_files_to_remove_are_copied(
    trial: Trial, open_page: OpenPage, admin: users.User, width: int
) -> None:
    page = open_page("/duplicates", admin, width=width)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Same issue").click()
    pictures_are_there(page)
    assert fits(page, width)
    keep = page.get_by_label("Keep")
    expect(keep.nth(0)).to_be_checked()
    keep.nth(1).check()
    page.get_by_role("button", name="Copy the files").click()
    expect(page.get_by_text("The path of 1 file is copied.")).to_be_visible()
    kept = f"{trial.root / 'Saga (2012)/Saga 003.cbz'}\n"
    assert page.evaluate("navigator.clipboard.readText()") == kept
    page.get_by_role("link", name="Compare pages").click()
    expect(page.get_by_text("40 × 60 pixels")).to_be_visible()
    expect(page.get_by_text("20 × 30 pixels")).to_be_visible()
    assert fits(page, width)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Page 2 of 3")).to_be_visible()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("This copy ends on page 2.")).to_be_visible()
    pictures_are_there(page)
    page.get_by_role("button", name="Not duplicates").click()
    expect(page.get_by_role("link", name="Same issue")).to_contain_text("0")


def test_a_survey_under_way_is_followed(
    trial: Trial, open_page: OpenPage, admin: users.User
) -> None:
    page = open_page("/duplicates", admin)
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("[data-survey]")).to_be_visible()
    survey()
    expect(page.locator("[data-survey]")).to_have_count(0)
    expect(page.get_by_role("button", name="Look again")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1440])
def test_a_shared_page_is_hidden_and_shown_again(
    trial: Trial, open_page: OpenPage, admin: users.User, width: int
) -> None:
    page = open_page("/shared-pages", admin, width=width)
    pictures_are_there(page)
    assert fits(page, width)
    page.get_by_text("Where").click()
    expect(page.get_by_text("page 3 of 3").first).to_be_visible()
    page.get_by_label("Choose the page in 6 comics").check()
    page.get_by_role("button", name="Hide the chosen").click()
    expect(page.get_by_text("1 page is left out of reading")).to_be_visible()
    page.get_by_role("link", name="Hidden").click()
    expect(page.get_by_role("button", name="Hide the chosen")).to_have_count(0)
    page.get_by_label("Choose the page in 6 comics").check()
    page.get_by_role("button", name="Show again").click()
    expect(page.get_by_text("1 page is shown again.")).to_be_visible()
    expect(page.get_by_text("No page is hidden")).to_be_visible()


@pytest.mark.parametrize("layout", ["single", "double", "vertical", "horizontal"])
def test_hidden_pages_are_passed_over_in_reading(
    trial: Trial, open_page: OpenPage, reader: users.User, layout: str
) -> None:
    """Of the Lobo the first and the last page are hidden."""
    lobo = trial.comic("Lobo/Lobo 001.cbz").id
    with writing() as connection:
        query = comic_pages.select().where(comic_pages.c.comic_id == lobo)
        hidden_pages.hide(connection, [connection.execute(query).one().sums[:8]], "Ada")
    page = open_page(f"/read/{lobo}", reader)
    shown = page.locator("#reader")
    expect(shown).to_have_attribute("data-ready", "")
    page.request.put(f"/api/series/{series_of(trial)}/reader", data={"layout": layout})
    page.goto(f"/read/{lobo}")
    expect(shown).to_have_attribute("data-ready", "")
    expect(shown).to_have_attribute("data-page", "1")
    page.keyboard.press("End")
    wait_for(lambda: is_read(reader, lobo), "the comic counts as read")
    page.keyboard.press("Home")
    page.keyboard.press("g")
    expect(page.locator(".grid-cell")).to_have_count(2)


def series_of(trial: Trial) -> int:
    return int(trial.comic("Lobo/Lobo 001.cbz").series_id)


def is_read(user: users.User, comic_id: int) -> bool:
    with reading() as connection:
        found = progress.find(connection, user.id, comic_id)
    return found is not None and found.completed
