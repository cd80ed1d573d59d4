"""The scan with options in a browser: the dialog, and the dry run that it begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from db import jobs, scan_profiles, users
from db.engine import reading, writing
from tests.browser.conftest import OpenPage
from tests.scan_rows import add_library
from tests.trial import write_comic


@pytest.fixture
def library(data: Path, tmp_path: Path) -> int:
    for number in range(1, 13):
        write_comic(tmp_path / "comics" / "Saga" / f"{number}.cbz")
    write_comic(tmp_path / "comics" / "Hellboy" / "1.cbz")
    with writing() as connection:
        scan_profiles.keep(connection, "Gentle", {"kind": "full", "nice": 12})
    return add_library("Comics", bytes(tmp_path / "comics"))


def test_the_dialog_is_filled_in_by_a_profile_and_scans(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/progress", admin)
    page.get_by_role("link", name="Scan with options").click()
    dialog = page.get_by_role("dialog", name="Scan with options")
    expect(dialog.get_by_label("Quick scan")).to_be_checked()
    dialog.get_by_label("Profile").select_option("Gentle")
    expect(dialog.get_by_label("Full scan")).to_be_checked()
    expect(dialog.get_by_label("Nice level")).to_have_value("12")
    expect(dialog.get_by_label("Profile")).to_be_focused()
    dialog.get_by_label("Covers drawn ahead").select_option("all")
    dialog.get_by_role("button", name="Scan").click()
    expect(page.locator("[data-job='1']")).to_be_visible()
    with reading() as connection:
        job = jobs.get(connection, 1)
    assert (job.kind, job.options) == ("full", {"thumbnails": "all", "nice": 12})


def test_who_clicks_twice_gets_one_dialog(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/progress", admin)
    held: list[Route] = []
    page.route("**/progress/new", lambda route: held.append(route))
    page.get_by_role("link", name="Scan with options").dblclick()
    page.evaluate("fetch('/healthz')")  # what was asked before it is known by now
    dialog = page.get_by_role("dialog", name="Scan with options")
    for route in held:
        with page.expect_response("**/progress/new") as answer:
            route.continue_()
        answer.value.finished()
        expect(dialog.first).to_be_visible()
    assert len(held) == 2
    page.evaluate("fetch('/healthz')")
    expect(dialog).to_have_count(1)


def test_what_somebody_chose_outlasts_another_profile_and_library(
    open_page: OpenPage, admin: users.User, library: int, tmp_path: Path
) -> None:
    add_library("Others", bytes(tmp_path / "others"))
    page = open_page("/progress/new", admin)
    on_their_way: list[Route] = []
    page.route("**/progress/new", lambda route: on_their_way.append(route), times=1)
    with page.expect_request("**/progress/new"):
        page.get_by_role("combobox", name="Profile").select_option("Gentle")
    page.get_by_label("Metadata scan").check()
    page.get_by_text("More options").click()
    page.get_by_label("Processes at most").fill("1")
    on_their_way[0].continue_()
    expect(page.get_by_label("Nice level")).to_have_value("12")
    with page.expect_response("**/progress/new"):
        page.get_by_role("combobox", name="Library").select_option("Comics")
    page.get_by_role("combobox", name="Profile").select_option("None")
    expect(page.get_by_label("Nice level")).to_have_value("")
    expect(page.get_by_label("Metadata scan")).to_be_checked()
    expect(page.get_by_label("Processes at most")).to_have_value("1")
    page.get_by_role("button", name="Scan", exact=True).click()
    expect(page.locator("[data-job='1']")).to_be_visible()
    with reading() as connection:
        job = jobs.get(connection, 1)
    assert (job.library_id, job.kind, job.options) == (library, "metadata", {"workers": 1})


def test_a_dry_run_shows_folder_by_folder_what_a_scan_would_do_and_then_scans(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/progress", admin, width=390)
    page.get_by_role("link", name="Scan with options").click()
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("A scan would change 13 comics")).to_be_visible()
    expect(page.locator("[data-fate=new]")).to_have_text("13")
    page.locator("summary", has_text="Saga").click()
    expect(page.get_by_text("12.cbz")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with reading() as connection:
        assert jobs.newest(connection) is None
    page.get_by_role("button", name="Scan", exact=True).click()
    expect(page.locator("[data-job='1']")).to_be_visible()
