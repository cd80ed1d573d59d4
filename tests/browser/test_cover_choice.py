"""Choosing what stands for a series and a comic, in a browser, on a desk and on a phone."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from db import users
from tests.browser.conftest import OpenPage
from tests.shelf import picture
from tests.trial import Trial, write_comic

WIDTHS = (390, 1440)


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    """Two comics with true pages, a poster and a banner beside them, scanned."""
    trial = Trial(tmp_path / "comics")
    for number in (1, 2):
        path = write_comic(trial.root / f"Saga/Saga 00{number}.cbz", pages=0)
        add_pages(path, "#ff0000", "#00ff00", "#0000ff")
    (trial.root / "Saga/poster.jpg").write_bytes(picture(colour="#ffff00"))
    (trial.root / "Saga/banner.jpg").write_bytes(picture(1000, 185, "#00ffff"))
    trial.scan(thumbnails="all")
    return trial


def add_pages(path: Path, *colours: str) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number, colour in enumerate(colours):
            archive.writestr(f"{number}.jpg", picture(colour=colour))


def colour_of_cover(page: Page) -> str:
    """The colour in the middle of the cover beside the title, as drawn."""
    image = page.locator(".title-cover img")
    expect(image).to_have_js_property("complete", True)
    return str(
        image.evaluate(
            """(image) => {
                const canvas = document.createElement("canvas");
                canvas.width = canvas.height = 1;
                const pen = canvas.getContext("2d");
                pen.drawImage(image, 0, 0, 1, 1);
                const round = (value) => Math.round(value / 255) * 255;
                return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map(round).join();
            }"""
        )
    )


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("width", WIDTHS)
def test_a_series_cover_is_chosen_and_left_to_longbox_again(
    trial: Trial, open_page: OpenPage, admin: users.User, width: int
) -> None:
    comic = trial.comic("Saga/Saga 002.cbz")
    page = open_page(f"/series/{comic.series_id}", admin, width=width)
    assert colour_of_cover(page) == "255,255,0"
    expect(page.locator(".banner img")).to_be_visible()
    assert fits(page)
    page.get_by_role("link", name="Choose the cover").click()
    expect(page.get_by_role("button", name="poster.jpg")).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("button", name="banner.jpg")).to_be_visible()
    assert fits(page)
    second = page.locator(f"button[value=comic-{comic.id}]")
    second.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/series/{comic.series_id}$"))
    assert colour_of_cover(page) == "255,0,0"
    page.get_by_role("link", name="Choose the cover").click()
    expect(second).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Leave it to Longbox").click()
    expect(page).to_have_url(re.compile(f"/series/{comic.series_id}$"))
    assert colour_of_cover(page) == "255,255,0"


def test_a_page_is_chosen_by_its_picture_or_by_its_number(
    trial: Trial, open_page: OpenPage, admin: users.User
) -> None:
    comic = trial.comic("Saga/Saga 001.cbz")
    page = open_page(f"/comic/{comic.id}/cover", admin)
    first = page.get_by_role("button", name="Page 1")
    expect(first).to_have_attribute("aria-current", "true")
    page.get_by_role("button", name="Page 2").click()
    expect(page).to_have_url(re.compile(f"/comic/{comic.id}$"))
    assert colour_of_cover(page) == "0,255,0"
    page.get_by_role("link", name="Choose the cover").click()
    page.get_by_label("Page", exact=True).fill("3")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/comic/{comic.id}$"))
    assert colour_of_cover(page) == "0,0,255"
