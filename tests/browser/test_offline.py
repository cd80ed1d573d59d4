"""Comics kept in the browser and read without a connection, in Chromium with its service worker."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from db import sessions, users
from db.engine import reading, writing
from db.reading import bookmarks, notes
from tests.browser.conftest import OpenPage
from tests.browser.test_reader import TALL, add, at, file_of, note_file, told
from tests.conftest import PASSWORD
from tests.shelf import Shelf
from tests.trial import wait_for

Visit = Callable[..., Page]

CACHES = "() => caches.keys().then((names) => names.filter((one) => one.includes('-kept-')))"


INSECURE = """
  delete Navigator.prototype.serviceWorker;
  delete window.caches;
  Object.defineProperty(window, "isSecureContext", { value: false });
"""

INTERRUPT = """async (id) => {
  const name = (await caches.keys()).find((one) => one.endsWith(`-${id}`));
  const cache = await caches.open(name);
  const last = (await cache.keys()).find(({ url }) => url.includes("/pages/5?"));
  await cache.delete(last);
  const record = await (await cache.match("/offline/record")).json();
  record.state = "wanted";
  await cache.put("/offline/record", new Response(JSON.stringify(record)));
}"""


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


@pytest.fixture
def comic(shelf: Shelf) -> int:
    return add(shelf, "Saga 001.cbz", *TALL, number="1", sort_number=1.0)


@pytest.fixture
def visit(open_page: OpenPage, reader: users.User) -> Visit:
    """Opens a page and waits until Longbox can be had without a connection."""

    def visit_(path: str, user: users.User = reader, **how: object) -> Page:
        page = open_page(path, user, offline=True, **how)
        page.evaluate("() => navigator.serviceWorker.ready")
        wait_for(lambda: page.evaluate("navigator.serviceWorker.controller !== null"))
        return page

    return visit_


def keep(page: Page) -> None:
    """Press the button and wait until the whole comic is here."""
    page.get_by_role("button", name="Keep offline", exact=True).click()
    expect(page.locator("keep-offline")).to_contain_text("Kept offline,")


def marked(user: users.User, comic: int) -> list[int]:
    with reading() as connection:
        return [one.page for one in bookmarks.of_comic(connection, user.id, comic)]


def noted(user: users.User, comic: int) -> list[str]:
    with reading() as connection:
        return [one.text for one in notes.of_comic(connection, user.id, comic)]


def become(page: Page, token: str) -> None:
    """Somebody else's session is this browser's from now on."""
    [cookie] = [one for one in page.context.cookies() if one["name"] == "session_token"]
    page.context.add_cookies([{**cookie, "value": token}])  # type: ignore[typeddict-item]


def picture_of_noise(seed: int) -> bytes:
    """A page of some hundred KB."""
    file = io.BytesIO()
    grains = random.Random(seed).randbytes(400 * 600 * 3)
    Image.frombytes("RGB", (400, 600), grains).save(file, "JPEG", quality=95)
    return file.getvalue()


def ready(page: Page) -> None:
    expect(page.locator("#reader[data-ready]")).to_be_attached()


def test_a_kept_comic_is_read_without_a_connection_and_told_afterwards(
    visit: Visit, comic: int, reader: users.User
) -> None:
    page = visit(f"/comic/{comic}")
    keep(page)
    page.context.set_offline(True)
    page.goto(f"/read/{comic}")
    ready(page)
    expect(page).to_have_title(re.compile("Saga #1"))
    page.keyboard.press("b")
    page.keyboard.press("n")
    page.get_by_label("A new note on page 1").fill("The lantern, again.")
    page.get_by_role("button", name="Keep it").click()
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    at(page, 5)
    page.keyboard.press("ArrowLeft")
    at(page, 4)
    page.goto(f"/read/{comic}")  # opened again, it goes on where one was
    at(page, 4)
    page.keyboard.press("Home")
    expect(page.locator("#reader.is-bookmarked.is-noted")).to_be_attached()
    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.context.set_offline(False)
    told(reader, comic, 1)
    wait_for(lambda: marked(reader, comic) == [0], "the bookmark")
    wait_for(lambda: noted(reader, comic) == ["The lantern, again."], "the note")


def test_a_session_that_ended_meanwhile_loses_nothing(
    visit: Visit, comic: int, reader: users.User
) -> None:
    page = visit(f"/comic/{comic}", errors=[401])
    keep(page)
    page.context.set_offline(True)
    page.goto(f"/read/{comic}")
    ready(page)
    with writing() as connection:
        sessions.end_all(connection, reader.id)
    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.context.set_offline(False)
    dialog = page.get_by_role("dialog", name="Please sign in again")
    page.get_by_label("Name").fill("Rita")
    page.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    told(reader, comic, 1)


def test_what_waits_is_sent_by_whichever_page_is_open(
    visit: Visit, comic: int, reader: users.User
) -> None:
    page = visit("/")
    report = {
        "book": comic,
        "page": 3,
        "page_count": 6,
        "at": "2026-01-02T03:04:05Z",
        "session": "train",
        "sequence": 1,
    }
    box = {"reports": {"train": report}, "changes": {}}
    page.evaluate(
        "([key, box]) => localStorage.setItem(key, JSON.stringify(box))",
        [f"longbox:outbox:{reader.id}:", box],
    )
    page.goto("/recent")
    told(reader, comic, 3)
    sent = "key => JSON.parse(localStorage.getItem(key)).reports.train === undefined"
    wait_for(lambda: page.evaluate(sent, f"longbox:outbox:{reader.id}:"))


def test_signing_out_takes_away_what_is_kept_and_nobody_else_ever_sees_it(
    visit: Visit, comic: int, reader: users.User, admin: users.User
) -> None:
    page = visit(f"/comic/{comic}")
    keep(page)
    with writing() as connection:  # another person signs in at this browser, without a sign-out
        token = sessions.begin(connection, admin.id, "a test's Chromium")
    become(page, token)
    page.goto("/offline")
    expect(page.get_by_text("Nothing is kept in this browser")).to_be_visible()
    page.context.set_offline(True)
    page.goto(f"/read/{comic}")
    expect(page.get_by_text("This comic is not kept in this browser")).to_be_visible()
    page.context.set_offline(False)
    ready(page)  # the page looks again by itself
    with writing() as connection:
        token = sessions.begin(connection, reader.id, "a test's Chromium")
    become(page, token)
    page.goto("/offline")
    expect(page.locator(".kept-comic")).to_have_count(1)
    page.locator("#menu summary").click()
    page.get_by_role("button", name="Sign out Rita").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The comic you keep offline in this browser")
    dialog.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    assert page.evaluate(CACHES) == []
    page.context.set_offline(True)
    page.goto(f"/read/{comic}")
    expect(page.get_by_role("heading", name="No connection to Longbox")).to_be_visible()


def test_a_full_browser_says_so_and_goes_on_when_there_is_room(visit: Visit, shelf: Shelf) -> None:
    noise = [picture_of_noise(number) for number in range(4)]
    comic = add(shelf, "Noise.cbz", *noise)
    page = visit(f"/comic/{comic}")
    browser = page.context.new_cdp_session(page)
    origin = page.evaluate("location.origin")
    used = page.evaluate("navigator.storage.estimate().then(({usage}) => usage)")
    quota = {"origin": origin, "quotaSize": used + len(noise[0]) * 5 // 2}
    browser.send("Storage.overrideQuotaForOrigin", quota)
    page.get_by_role("button", name="Keep offline", exact=True).click()
    expect(page.locator("keep-offline")).to_contain_text("no more room in this browser")
    browser.send("Storage.overrideQuotaForOrigin", {"origin": origin})
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("keep-offline")).to_contain_text("Kept offline,")


def test_keeping_waits_for_the_connection_and_can_be_cancelled(visit: Visit, comic: int) -> None:
    page = visit(f"/comic/{comic}")
    page.context.set_offline(True)
    page.get_by_role("button", name="Keep offline", exact=True).click()
    kept = page.locator("keep-offline")
    expect(kept).to_contain_text("Waiting for the connection")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Keep offline", exact=True)).to_be_focused()
    page.get_by_role("button", name="Keep offline", exact=True).click()
    expect(kept).to_contain_text("Waiting for the connection")
    page.goto("/offline")  # whichever page is open goes on with it
    page.context.set_offline(False)
    expect(page.locator(".kept-comic")).to_contain_text("6 pages ·")


def test_after_an_interruption_only_what_lacks_is_fetched(visit: Visit, comic: int) -> None:
    page = visit(f"/comic/{comic}")
    keep(page)
    page.evaluate(INTERRUPT, comic)
    page.goto("/offline")
    expect(page.locator(".kept-comic")).to_contain_text("6 pages ·")
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').map(({name}) => name.match(/pages.\\d+/)?.[0])"
    )
    assert [one for one in fetched if one] == ["pages/5"]


def test_a_damaged_page_is_kept_as_the_server_tells_it(visit: Visit, shelf: Shelf) -> None:
    comic = add(shelf, "Broken.cbz", TALL[0], b"this is no picture", TALL[2])
    page = visit(f"/comic/{comic}", errors=[422])
    keep(page)
    page.context.set_offline(True)
    page.goto(f"/read/{comic}?page=2")
    at(page, 1)
    page.keyboard.press("ArrowRight")
    at(page, 2)


def test_a_comic_that_was_replaced_since_can_be_kept_anew(
    visit: Visit, shelf: Shelf, comic: int
) -> None:
    page = visit(f"/comic/{comic}")
    keep(page)
    with zipfile.ZipFile(file_of(shelf, comic), "w") as archive:
        for number in range(2):
            archive.writestr(f"{number}.jpg", TALL[number + 3])
    note_file(shelf, comic, 2)
    page.reload()
    expect(page.locator("keep-offline")).to_contain_text("The file is another since")
    page.get_by_role("button", name="Keep the new one").click()
    expect(page.locator("keep-offline")).to_contain_text("Kept offline,")
    page.context.set_offline(True)
    page.goto(f"/read/{comic}?page=9")
    at(page, 1)


def test_the_next_unread_comics_of_a_series_are_kept(visit: Visit, shelf: Shelf) -> None:
    for number in range(1, 8):
        name = f"Saga {number:03}.cbz"
        add(shelf, name, TALL[0], number=str(number), sort_number=float(number))
    page = visit(f"/series/{shelf.series_id}")
    page.get_by_role("button", name="Keep the next 5 unread offline").click()
    expect(page.locator("#toasts")).to_contain_text("The next 5 are being kept.")
    page.goto("/offline")
    expect(page.locator(".kept-comic", has_text="1 page ·")).to_have_count(5)
    expect(page.locator(".kept-name").last).to_have_text("Saga #5")


def test_what_is_kept_is_listed_without_a_connection_and_can_be_removed(
    visit: Visit, comic: int
) -> None:
    page = visit(f"/comic/{comic}")
    keep(page)
    page.context.set_offline(True)
    page.goto("/recent")
    expect(page.get_by_role("heading", name="No connection to Longbox")).to_be_visible()
    row = page.locator(".kept-comic")
    expect(row).to_contain_text("Saga #1")
    expect(row).to_contain_text("6 pages ·")
    expect(page.locator("#room-words")).to_contain_text("that this browser gives Longbox")
    row.get_by_role("link", name="Read Saga #1").press("Enter")
    ready(page)
    page.go_back()
    page.get_by_role("button", name="Remove Saga #1").click()
    expect(page.get_by_text("Nothing is kept in this browser")).to_be_visible()
    assert page.evaluate(CACHES) == []


def test_without_https_the_button_says_what_is_lacking(
    open_page: OpenPage, comic: int, reader: users.User
) -> None:
    page = open_page("/", reader)
    # What a browser leaves out of a page that came over plain HTTP from another machine.
    page.add_init_script(INSECURE)
    page.goto(f"/comic/{comic}")
    page.get_by_role("button", name="Keep offline", exact=True).click()
    expect(page.locator("keep-offline")).to_contain_text(
        "only for sites that they reach over HTTPS"
    )
    page.goto("/offline")
    expect(page.get_by_role("heading", name="Not over plain HTTP")).to_be_visible()
    page.goto(f"/read/{comic}")
    ready(page)
    page.keyboard.press("ArrowRight")
    told(reader, comic, 1)


def test_online_every_page_is_the_servers_own(visit: Visit, comic: int, shelf: Shelf) -> None:
    page = visit(f"/comic/{comic}")
    shelf.change(comic, title="A new title")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A new title")
