"""Scans over time, forgetting one, and webhooks, each with its buttons."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from db import users, webhooks
from db.engine import reading
from db.states import Phase
from tests.browser.conftest import OpenPage
from tests.scan_rows import add_errors, add_job, add_library, ended, over


def test_scans_are_compared_taken_along_and_forgotten(
    open_page: OpenPage, admin: users.User, data: Path
) -> None:
    library = add_library("Comics")
    for _ in range(3):
        job = add_job(library, **ended(**over(Phase.INDEX, 100)))
    add_errors(job, library, [b"1.cbz"])
    page = open_page(f"/progress/{job}", admin)
    page.get_by_role("link", name="Scans over time").click()
    expect(page.get_by_role("img", name="How long the last 3 scans took")).to_be_visible()
    expect(page.get_by_role("img", name="Files and folders that failed")).to_be_visible()
    for width in (360, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert len(json.loads(download.value.path().read_text())["jobs"]) == 3

    page.get_by_role("row", name="1 truncated").get_by_role("link").click()
    page.get_by_text("Forget this scan").click()
    page.get_by_role("button", name=f"Forget scan {job}").click()
    page.wait_for_url("**/progress")
    expect(page.locator(f"[href$='/progress/{job}']")).to_have_count(0)


def test_a_webhook_is_added_tried_and_removed(
    open_page: OpenPage, admin: users.User, data: Path
) -> None:
    page = open_page("/webhooks", admin, width=360)
    page.get_by_label("Address").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="Add the webhook").click()
    expect(page.locator("#new-secret")).to_be_visible()
    with reading() as connection:
        [made] = webhooks.listing(connection)
    expect(page.locator("#new-secret")).to_have_value(made.secret)
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("on its way")).to_be_visible()
    expect(page.get_by_text("not sent yet")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is removed")).to_be_visible()
