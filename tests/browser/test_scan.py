"""The first evening with Longbox, every process as it really runs: sign in, scan, watch, look."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.conftest import PASSWORD, Longbox
from tests.gates import Gates
from tests.shelf import picture
from tests.trial import PATIENCE

SERIES = 30  # each with a cover of its own to be drawn
ARRIVED = "#wall .cover img:not(.arriving)"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    root = tmp_path / "comics"
    page = picture()
    comics = [f"Image/Series {number}/1.cbz" for number in range(SERIES)]
    comics += [f"Image/Many/{number}.cbz" for number in range(1, 13)]
    for path in comics:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(root / path, "w") as archive:
            archive.writestr("1.jpg", page)
    return root


def test_a_person_signs_in_scans_watches_the_phases_and_sees_the_covers_come(
    chromium: Browser, tmp_path: Path, library: Path, gates: Gates
) -> None:
    gates.shut("thumbnail")  # no faster than a look
    with Longbox(tmp_path / "longbox") as longbox:
        longbox.add_library(library)
        longbox.start()
        with chromium.new_context(
            base_url=f"http://127.0.0.1:{longbox.port}", viewport={"width": 1440, "height": 1800}
        ) as context:
            context.set_default_timeout(PATIENCE * 1000)
            page = context.new_page()
            page.goto("/")
            page.get_by_label("Name").fill("Ada")
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")

            page.get_by_title("Menu").click()
            page.locator("#menu").get_by_role("button", name="Scan library").click()
            expect(page.locator(".toast")).to_contain_text("The scan has begun.")

            page.goto("/progress")
            page.evaluate("window.notReloaded = true")
            for phase, status in (
                ("discover", "done"),
                ("index", "done"),
                ("thumbnail", "running"),
            ):
                cell = page.locator(f"[data-phase={phase}]")
                expect(cell).to_have_attribute("data-status", status)
            expect(page.locator("[data-show=sentence]")).to_contain_text(f"of {SERIES + 1} covers")
            gates.open("thumbnail")
            end = page.locator("[data-phase=end]")
            expect(end).to_have_attribute("data-status", "done")
            notice = page.locator("[data-notice]")
            expect(notice).to_contain_text("Your library is ready")
            notice.get_by_role("button", name="Close").click()
            expect(notice).to_have_count(0)
            assert page.evaluate("window.notReloaded")

            series = longbox_series(longbox, "Many")
            page.goto(f"/series/{series}")
            expect(page.locator(ARRIVED)).to_have_count(12)
            expect(page.locator("#wall .cover[data-comic]")).to_have_count(0)


def longbox_series(longbox: Longbox, name: str) -> int:
    longbox.sign_in()
    return int(longbox.get(f"/api/search?q={name}")["series"][0]["id"])
