"""The buttons of one's own reading, pressed with a pointer and from the keyboard."""

from __future__ import annotations

from playwright.sync_api import expect

from db import users
from db.engine import reading, writing
from db.reading import marks, progress
from db.reading.journal import Cause, Deed
from db.reading.marks import Of
from db.reading.progress import Report
from tests.browser.conftest import OpenPage
from tests.reading_traces import make_place


def test_marks_are_set_in_place_and_the_keyboard_stays_where_it_was(
    open_page: OpenPage, reader: users.User
) -> None:
    place = make_place()
    comic = place.numbers[1]
    page = open_page(f"/comic/{comic}", reader)
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="4 stars").click()
    expect(page.get_by_role("group", name="Your rating: 4 of 5 stars")).to_be_visible()
    expect(page.get_by_role("button", name="4 stars")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Your rating: 5 of 5 stars")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    favourite = page.get_by_role("button", name="Favourite")
    expect(favourite).to_have_attribute("aria-pressed", "true")
    expect(favourite).to_be_focused()
    page.keyboard.press("Space")
    expect(favourite).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Mark read").click()
    expect(page.get_by_role("link", name="Read again")).to_be_visible()
    assert page.evaluate("window.stayed")
    with reading() as connection:
        assert marks.one(connection, reader.id, Of.COMICS, comic).stars == 5


def test_what_is_marked_in_a_series_is_on_its_cards(
    open_page: OpenPage, reader: users.User
) -> None:
    place = make_place()
    page = open_page(f"/series/{place.saga}", reader, width=390, height=844)
    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_text("You have read it all")).to_be_visible()
    expect(page.locator(".wall .tick")).to_have_count(3)
    page.get_by_text("More …").click()
    page.get_by_role("button", name="Mark all unread").click()
    expect(page.locator(".wall .tick")).to_have_count(0)


def test_none_of_ones_own_pages_is_wider_than_a_small_phone(
    open_page: OpenPage, reader: users.User
) -> None:
    place = make_place()
    with writing() as connection:
        report = Report(place.numbers[0], 4, 1_795_000_000.0, session="s", sequence=1, seconds=60)
        progress.report(connection, Deed(reader.id, Cause.READ, "a phone"), [report])
    page = open_page("/", reader, width=360, height=740)
    for address in (
        "/",
        f"/comic/{place.numbers[0]}",
        "/reading",
        "/bookmarks",
        "/lists",
        "/history",
        "/statistics",
        "/journal",
        "/account",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_a_session_that_has_ended_is_begun_again_over_the_page(
    open_page: OpenPage, reader: users.User
) -> None:
    place = make_place()
    page = open_page(f"/comic/{place.lone}", reader, errors=[401])
    page.context.clear_cookies()
    # Whatever the page asks by itself may find the session ended first, and open the dialog.
    page.get_by_role("button", name="Want to read").dispatch_event("click")
    page.get_by_label("Name").fill("Rita")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    wanted = page.get_by_role("button", name="Want to read")
    expect(wanted).to_have_attribute("aria-pressed", "true")
