"""Longbox below a path of another server: a whole evening, without one request beside the path."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.conftest import PASSWORD, Longbox
from tests.browser.conftest import HARMLESS
from tests.reverse_proxy import PATH, Proxy, below_a_path
from tests.shelf import picture
from tests.trial import PATIENCE, wait_for


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """In front of a Longbox with a library that was never scanned."""
    saga = tmp_path / "comics" / "Saga"
    saga.mkdir(parents=True)
    for issue in (1, 2):
        with zipfile.ZipFile(saga / f"Saga {issue}.cbz", "w") as archive:
            for page in range(3):
                archive.writestr(f"{page}.jpg", picture())
    with Longbox(tmp_path / "longbox") as longbox:
        longbox.add_library(tmp_path / "comics")
        longbox.start()
        with below_a_path(longbox.port) as proxy:
            yield proxy
        assert proxy.elsewhere in ([], ["/favicon.ico"])


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    wrong: list[str] = []
    with chromium.new_context() as context:
        context.set_default_timeout(PATIENCE * 1000)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
        yield page
    assert not [words for words in wrong if not any(one in words for one in HARMLESS)]


def test_signing_in_scanning_reading_and_reading_offline_work_below_a_path(
    proxy: Proxy, page: Page
) -> None:
    at = proxy.address
    page.goto(f"{at}/progress")
    expect(page).to_have_url(f"{at}/login?next={PATH}/progress")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{at}/progress")
    [session] = [one for one in page.context.cookies() if one["name"] == "session_token"]
    assert session["path"] == PATH

    page.get_by_title("Menu").click()
    page.locator("#menu").get_by_role("button", name="Scan library").click()
    expect(page.locator(".toast")).to_contain_text("The scan has begun.")
    page.locator(".toast").get_by_role("link", name="See progress").click()
    expect(page.locator("[data-phase=end]")).to_have_attribute("data-status", "done")

    page.get_by_label("Longbox, home").click()
    page.get_by_role("link", name="Saga 2 comics").click()
    expect(page.locator("#wall .cover img:not(.arriving)")).to_have_count(2)
    page.locator("#wall .card").first.click()
    page.get_by_role("button", name="Keep offline", exact=True).click()
    expect(page.locator("keep-offline")).to_contain_text("Kept offline,")
    assert page.evaluate(
        "navigator.serviceWorker.ready.then(({ scope }) => new URL(scope).pathname)"
    ) == (f"{PATH}/")
    wait_for(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))

    page.locator("#invitation").click()
    expect(page.locator("#reader[data-ready]")).to_be_attached()
    with page.expect_response(f"{at}/api/progress"):
        page.keyboard.press("ArrowRight")
    comic = page.locator("#reader").get_attribute("data-comic")
    progress = f"fetch('{PATH}/api/progress/{comic}').then((answer) => answer.json())"
    wait_for(lambda: page.evaluate(progress)["page"] == 1)

    page.context.set_offline(True)
    page.goto(f"{at}/read/{comic}")
    expect(page.locator("#reader[data-ready]")).to_be_attached()
    page.goto(f"{at}/series/1")
    expect(page.locator("#no-connection")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#wall")).to_be_visible()  # the page comes by itself
    page.get_by_title("Menu").click()
    page.get_by_role("button", name="Sign out Ada").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(f"{at}/login")
    assert page.evaluate("caches.keys()") == page.evaluate(
        "caches.keys().then((names) => names.filter((one) => one.includes('-shell-')))"
    )
