"""The reader in Chromium: every layout, direction, key and gesture, and what may go wrong."""

from __future__ import annotations

import io
import os
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, Request, expect

from db import errors, sessions, users
from db.engine import reading, writing
from db.errors import Failure
from db.file_versions import version_of
from db.reading import preferences, progress
from db.reading.journal import Cause, Deed
from db.states import ErrorClass, Phase, WorkState
from tests.browser.conftest import OpenPage
from tests.shelf import Shelf, picture
from tests.trial import wait_for

TALL = [picture(400, 600, colour) for colour in ("teal", "navy", "gold", "coral", "olive", "plum")]
WIDE = picture(1200, 600, "crimson")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def add(shelf: Shelf, name: str, *pages: bytes, **columns: object) -> int:
    """A comic as a scan would have found and indexed it."""
    comic_id = shelf.add(name, *pages, **columns)
    note_file(shelf, comic_id, len(pages))
    return comic_id


def note_file(shelf: Shelf, comic_id: int, pages: int) -> None:
    status = file_of(shelf, comic_id).stat()
    shelf.change(
        comic_id,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        version=version_of(status.st_size, status.st_mtime_ns),
        page_count=pages,
    )


def file_of(shelf: Shelf, comic_id: int) -> Path:
    return shelf.folder / "Saga" / os.fsdecode(shelf.look(comic_id).file_name)


@pytest.fixture
def comic(shelf: Shelf) -> int:
    return add(shelf, "Saga 001.cbz", *TALL, number="1", sort_number=1.0)


Reading = Callable[..., Page]


@pytest.fixture
def read(open_page: OpenPage, reader: users.User) -> Reading:
    """Opens a comic: `read(comic, "?page=2", width=390)`."""

    def open_(comic: int, query: str = "", **how: object) -> Page:
        page = open_page(f"/read/{comic}{query}", reader, **how)
        expect(page.locator("#reader[data-ready]")).to_be_attached()
        return page

    return open_


def at(page: Page, *numbers: int) -> None:
    """Expect these pages on screen, painted, in this order of reading."""
    shown = page.locator(".view.on-screen img.there")
    expect(shown).to_have_count(len(numbers))
    for place, number in enumerate(numbers):
        expect(shown.nth(place)).to_have_attribute("data-page", str(number))


def layout(page: Page, key: str) -> None:
    page.keyboard.press(key)


# ---- one page, two pages ----


def test_a_comic_opens_at_its_cover_and_turns(read: Reading, comic: int) -> None:
    page = read(comic)
    at(page, 0)
    for key, number in (
        ("ArrowRight", 1),
        ("d", 2),
        (" ", 3),
        ("ArrowLeft", 2),
        ("a", 1),
        ("Shift+Space", 0),
        ("End", 5),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        at(page, number)
    expect(page).to_have_url(re.compile(r"\?page=1$"))


def test_from_right_to_left_the_keys_turn_round(read: Reading, shelf: Shelf) -> None:
    comic = add(shelf, "Manga 01.cbz", *TALL, right_to_left=True)
    page = read(comic)
    for key, number in (("ArrowLeft", 1), ("a", 2), (" ", 3), ("ArrowRight", 2), ("d", 1)):
        page.keyboard.press(key)
        at(page, number)


def test_two_pages_stand_beside_each_other_behind_the_cover(read: Reading, comic: int) -> None:
    page = read(comic)
    layout(page, "2")
    at(page, 0)
    page.keyboard.press("ArrowRight")
    at(page, 1, 2)
    left, right = (page.locator(f".on-screen img[data-page='{n}']").bounding_box() for n in (1, 2))
    assert left is not None
    assert right is not None
    assert left["x"] < right["x"]
    assert left["height"] == pytest.approx(right["height"])


def test_two_pages_of_a_manga_are_read_from_the_right(read: Reading, shelf: Shelf) -> None:
    page = read(add(shelf, "Manga 01.cbz", *TALL, right_to_left=True))
    layout(page, "2")
    page.keyboard.press("ArrowLeft")
    at(page, 1, 2)
    first, second = (
        page.locator(f".on-screen img[data-page='{n}']").bounding_box() for n in (1, 2)
    )
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]


def test_a_spread_stands_alone_and_the_pairs_go_on_behind_it(read: Reading, shelf: Shelf) -> None:
    page = read(add(shelf, "Saga 002.cbz", TALL[0], TALL[1], TALL[2], WIDE, TALL[3], TALL[4]))
    layout(page, "2")
    for numbers in ((1, 2), (3,), (4, 5)):
        page.keyboard.press("ArrowRight")
        at(page, *numbers)


def test_the_pairs_can_be_shifted_by_one(read: Reading, comic: int) -> None:
    page = read(comic)
    layout(page, "2")
    page.keyboard.press("s")
    page.get_by_text("Shift the pairs by one").click()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.keyboard.press("ArrowRight")
    at(page, 2, 3)


# ---- strips ----


def test_a_long_strip_scrolls_and_knows_its_page(read: Reading, comic: int) -> None:
    page = read(comic)
    layout(page, "3")
    expect(page.locator(".strip-reader.is-vertical")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#reader")).to_have_attribute("data-page", "1")
    page.mouse.move(700, 400)
    page.mouse.wheel(0, 30_000)
    expect(page.locator("#reader")).to_have_attribute("data-page", "5")


def test_of_a_strip_only_what_is_near_is_there(read: Reading, shelf: Shelf) -> None:
    page = read(add(shelf, "Long.cbz", *(TALL * 50)))
    layout(page, "3")
    expect(page.locator(".strip-place img.there").first).to_be_visible()
    assert page.locator(".strip-place").count() < 12
    page.keyboard.press("End")
    expect(page.locator(".strip-place[data-page='299'] img.there")).to_be_visible()
    assert page.locator(".strip-place").count() < 12
    expect(page.locator("#place")).to_have_text("300 of 300")


def test_the_pages_of_a_strip_touch_without_gaps(read: Reading, comic: int) -> None:
    page = read(comic)
    layout(page, "3")
    page.keyboard.press("s")
    for expected in (12, 0):
        assert round(edges(page, 1)["top"] - edges(page, 0)["bottom"]) == expected
        page.get_by_text("Gaps between the pages").click()


def edges(page: Page, number: int) -> dict[str, float]:
    """Where a page of a strip is on the screen."""
    place = page.locator(f".strip-place[data-page='{number}']")
    return dict(place.evaluate("place => place.getBoundingClientRect().toJSON()"))


def test_a_strip_that_is_looked_at_closer_keeps_its_place(read: Reading, comic: int) -> None:
    page = read(comic, "?page=3")
    layout(page, "3")
    before = edges(page, 2)
    point = before["top"] + before["height"] / 4
    page.mouse.move(720, point)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    wait_for(lambda: edges(page, 2)["height"] > before["height"] * 1.5, "a larger page")
    after = edges(page, 2)
    assert after["top"] + after["height"] / 4 == pytest.approx(point, abs=2)


def test_a_strip_sideways_begins_at_the_side_where_reading_begins(
    read: Reading, shelf: Shelf
) -> None:
    page = read(add(shelf, "Manga 01.cbz", *TALL, right_to_left=True))
    layout(page, "4")
    first = page.locator(".strip-place[data-page='0']").bounding_box()
    second = page.locator(".strip-place[data-page='1']").bounding_box()
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#reader")).to_have_attribute("data-page", "1")


# ---- size, zoom, colours ----


@pytest.mark.parametrize(
    ("fit", "width", "height"),
    [("width", 1440, 2160), ("height", 600, 900), ("original", 400, 600), ("smart", 600, 900)],
)
def test_pages_fit_as_they_are_told(
    read: Reading, comic: int, fit: str, width: int, height: int
) -> None:
    page = read(comic)
    page.keyboard.press("s")
    page.locator(f"#settings input[name='fit'][value='{fit}']").check(force=True)
    page.keyboard.press("Escape")
    image = page.locator(".on-screen img")
    expect(image).to_have_css("width", f"{width}px")
    expect(image).to_have_css("height", f"{height}px")


def test_a_page_larger_than_the_screen_is_read_before_it_is_turned(
    read: Reading, comic: int
) -> None:
    page = read(comic)
    page.keyboard.press("s")
    page.locator("#settings input[name='fit'][value='width']").check(force=True)
    page.keyboard.press("Escape")
    expect(page.locator(".on-screen img")).to_have_css("height", "2160px")
    page.keyboard.press(" ")
    at(page, 0)
    page.keyboard.press(" ")
    page.keyboard.press(" ")
    at(page, 1)


def test_z_the_wheel_and_a_double_tap_look_closer(read: Reading, comic: int) -> None:
    page = read(comic)
    at(page, 0)
    close = page.locator(".stage.is-close")
    page.keyboard.press("z")
    expect(close).to_be_visible()
    page.keyboard.press("Escape")
    expect(close).to_be_hidden()
    page.mouse.move(720, 450)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    expect(close).to_be_visible()
    page.keyboard.press("0")
    page.mouse.dblclick(720, 450)
    expect(close).to_be_visible()


def test_what_is_close_follows_the_pointer_and_no_further_than_its_edge(
    read: Reading, comic: int
) -> None:
    page = read(comic)
    page.keyboard.press("z")
    for _ in range(3):
        page.mouse.move(720, 100)
        page.mouse.down()
        page.mouse.move(720, 890, steps=4)
        page.mouse.up()
    box = page.locator(".on-screen .sheet").bounding_box()
    assert box is not None
    assert round(box["y"]) == 0
    at(page, 0)


def test_colours_can_be_set(read: Reading, comic: int) -> None:
    page = read(comic)
    page.keyboard.press("s")
    page.locator("#settings input[name='brightness']").fill("70")
    page.get_by_text("Invert").click()
    style = "getComputedStyle(document.querySelector('#stage')).filter"
    wait_for(lambda: page.evaluate(style).startswith("brightness(0.7)"), "less light")
    wait_for(lambda: "invert(1)" in page.evaluate(style), "the negative")
    page.get_by_role("button", name="Reset").click()
    wait_for(lambda: page.evaluate(style) == "none", "the page as it was")


# ---- fingers ----


def touch(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    return session


def drag(fingers: CDPSession, *paths: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Fingers that go down, move from one point to another together, and are lifted."""
    steps = 6
    for step in range(steps + 1):
        points = [
            {
                "x": start[0] + (end[0] - start[0]) * step / steps,
                "y": start[1] + (end[1] - start[1]) * step / steps,
                "id": number,
            }
            for number, (start, end) in enumerate(paths)
        ]
        kind = "touchStart" if step == 0 else "touchMove"
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("right_to_left", [False, True])
def test_a_swipe_turns_in_the_direction_of_reading(
    read: Reading, shelf: Shelf, right_to_left: bool
) -> None:
    page = read(add(shelf, "1.cbz", *TALL, right_to_left=right_to_left), **PHONE)
    at(page, 0)
    fingers = touch(page)
    there, back = ((300, 400), (60, 410)), ((60, 400), (300, 390))
    if right_to_left:
        there, back = back, there
    drag(fingers, there)
    at(page, 1)
    drag(fingers, there)
    at(page, 2)
    drag(fingers, back)
    at(page, 1)


def test_a_pinch_looks_closer(read: Reading, comic: int) -> None:
    page = read(comic, **PHONE)
    at(page, 0)
    drag(touch(page), ((180, 420), (60, 420)), ((210, 420), (330, 420)))
    expect(page.locator(".stage.is-close")).to_be_visible()
    at(page, 0)


@pytest.mark.parametrize("right_to_left", [False, True])
def test_the_sides_turn_and_the_middle_opens_the_bars(
    read: Reading, shelf: Shelf, right_to_left: bool
) -> None:
    page = read(add(shelf, "1.cbz", *TALL, right_to_left=right_to_left), **PHONE)
    on, back = (30, 360)[:: 1 if right_to_left else -1]
    page.mouse.click(on, 400)
    at(page, 1)
    page.mouse.click(back, 400)
    at(page, 0)
    bars = page.locator(".bar-top")
    expect(bars).to_be_hidden()  # by itself, a moment after the start
    before = page.locator(".on-screen img").bounding_box()
    page.mouse.click(195, 420)
    expect(bars).to_be_visible()
    assert page.locator(".on-screen img").bounding_box() == before  # nothing jumps
    page.mouse.click(195, 420)
    expect(bars).to_be_hidden()


# ---- the bars ----


def test_the_scrubber_shows_a_page_and_goes_there(read: Reading, comic: int) -> None:
    page = read(comic)
    scrubber = page.locator("#scrub")
    scrubber.focus()
    page.keyboard.press("ArrowRight")
    at(page, 1)
    expect(page.locator("#place")).to_have_text("2 of 6")


def test_all_pages_are_a_grid_that_leads_to_each(read: Reading, comic: int) -> None:
    page = read(comic)
    page.keyboard.press("g")
    cells = page.locator(".grid-cell")
    expect(cells).to_have_count(6)
    expect(page.locator(".grid-cell[aria-current]")).to_contain_text("1")
    cells.nth(3).click()
    expect(page.locator("#grid")).to_be_hidden()
    at(page, 3)


def test_of_very_many_pages_a_part_is_drawn_at_once(read: Reading, shelf: Shelf) -> None:
    page = read(add(shelf, "Long.cbz", *(TALL[:1] * 1002)), "?page=1002")
    page.keyboard.press("g")
    expect(page.locator(".grid-cell")).to_have_count(2)
    expect(page.locator(".grid-cell[aria-current]")).to_contain_text("1002")
    page.get_by_role("button", name="Earlier pages").click()
    expect(page.locator(".grid-cell")).to_have_count(1000)
    page.locator(".grid-cell").first.click()
    at(page, 0)


def test_what_is_hidden_is_there_for_the_keyboard(read: Reading, comic: int) -> None:
    page = read(comic)
    expect(page.locator(".bar-top")).to_be_hidden()
    page.keyboard.press("Tab")  # to what skips to the content
    expect(page.locator(".bar-top")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("[data-bar] :focus")).to_be_attached()


def test_bookmarks_are_seen_on_the_slider_and_among_all_pages(read: Reading, comic: int) -> None:
    page = read(comic, "?page=3")
    page.keyboard.press("b")
    expect(page.locator("#toasts")).to_contain_text("Page 3 is bookmarked")
    expect(page.locator(".tick-bookmark")).to_have_count(1)
    page.keyboard.press("g")
    expect(page.get_by_label("Page 3, bookmarked")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.locator(".tick-bookmark")).to_have_count(0)


def test_notes_are_written_changed_and_removed(read: Reading, comic: int) -> None:
    page = read(comic, "?page=2")
    page.keyboard.press("n")
    field = page.get_by_label("A new note on page 2")
    field.fill("The lantern, again.")
    page.get_by_role("button", name="Keep it").click()
    note = page.locator(".note-list li")
    expect(note).to_contain_text("The lantern, again.")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Change the note on page 2").fill("Twice now.")
    page.get_by_role("button", name="Keep it").click()
    expect(note).to_contain_text("Twice now.")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator(".reader-root.is-noted")).to_be_attached()
    expect(page.locator(".tick-note")).to_have_count(1)
    page.keyboard.press("n")
    page.get_by_role("button", name="Remove").click()
    expect(note).to_have_count(0)
    expect(page.locator(".reader-root.is-noted")).not_to_be_attached()


def test_chapters_are_on_the_slider_and_among_all_pages(read: Reading, shelf: Shelf) -> None:
    info = '<ComicInfo><Pages><Page Image="3" Bookmark="The storm"/></Pages></ComicInfo>'
    page = read(add(shelf, "Saga 009.cbz", *TALL, info=info))
    expect(page.locator(".tick-chapter")).to_have_count(1)
    page.keyboard.press("g")
    expect(page.get_by_role("heading", name="The storm")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("End")
    expect(page.locator("#chapter")).to_have_text("The storm")


def test_the_keys_are_shown_and_closed_again(read: Reading, comic: int) -> None:
    page = read(comic)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("bookmark this page")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    at(page, 0)


def test_pages_turn_by_themselves_until_told_otherwise(read: Reading, comic: int) -> None:
    page = read(comic)
    page.clock.install()
    page.keyboard.press("p")
    page.clock.run_for(10_100)
    at(page, 1)
    page.keyboard.press("Escape")
    page.clock.run_for(30_000)
    at(page, 1)


def test_the_whole_screen_is_taken_and_given_back(read: Reading, comic: int) -> None:
    page = read(comic)
    page.keyboard.press("f")
    wait_for(lambda: page.evaluate("document.fullscreenElement !== null"))
    page.keyboard.press("f")
    wait_for(lambda: page.evaluate("document.fullscreenElement === null"))


# ---- from issue to issue ----


@pytest.fixture
def two(shelf: Shelf, comic: int) -> tuple[int, int]:
    return comic, add(shelf, "Saga 002.cbz", *TALL[:2], number="2", sort_number=2.0)


def test_behind_the_last_page_comes_the_next_issue(read: Reading, two: tuple[int, int]) -> None:
    page = read(two[0], "?page=6")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#end")).to_contain_text("Next: Saga #2")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/read/{two[1]}*")


def test_a_key_held_down_stops_at_the_last_page(read: Reading, two: tuple[int, int]) -> None:
    page = read(two[0])
    for _ in range(12):
        page.keyboard.down("ArrowRight")  # each behind the first is a repetition
    expect(page.locator("#end")).to_be_visible()
    at(page, 5)
    page.keyboard.up("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/read/{two[1]}*")


def test_shift_and_an_arrow_go_to_the_other_issue(read: Reading, two: tuple[int, int]) -> None:
    page = read(two[0])
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url(f"**/read/{two[1]}*")
    expect(page.locator("#reader[data-ready]")).to_be_attached()
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_url(f"**/read/{two[0]}*")


def test_the_last_issue_ends_with_a_word(read: Reading, comic: int) -> None:
    page = read(comic, "?page=6")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#end")).to_contain_text("That was the last page")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#end")).to_be_hidden()


# ---- what may go wrong ----


def progress_of(user: users.User, comic: int) -> progress.Progress | None:
    with reading() as connection:
        return progress.find(connection, user.id, comic)


def told(user: users.User, comic: int, number: int) -> None:
    """Wait until the server knows that this page was reached."""
    wait_for(lambda: (known := progress_of(user, comic)) and known.page == number, f"page {number}")


def test_a_reload_in_the_middle_stays_there(read: Reading, comic: int, reader: users.User) -> None:
    page = read(comic)
    for number in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        at(page, number)
    page.reload()
    at(page, 3)
    told(reader, comic, 3)
    fresh = read(comic)
    at(fresh, 3)


def test_two_devices_read_the_same_comic(read: Reading, comic: int, reader: users.User) -> None:
    tablet, phone = read(comic), read(comic, **PHONE)
    tablet.keyboard.press("End")
    tablet.keyboard.press("ArrowLeft")
    told(reader, comic, 4)
    phone.keyboard.press("ArrowRight")
    told(reader, comic, 1)
    at(read(comic), 1)


def test_where_one_is_on_another_device_is_told_there_and_not_here(
    read: Reading, comic: int, reader: users.User
) -> None:
    page = read(comic, "?page=3")
    page.keyboard.press("ArrowRight")
    told(reader, comic, 3)
    page.goto(f"/read/{comic}?page=1")
    at(page, 0)
    other = read(comic, "?page=1")
    at(other, 0)
    expect(other.locator("#toasts")).to_contain_text("You were on page 4 on Chrome on Linux")
    expect(page.locator("#toasts")).to_be_empty()


def test_a_comic_that_is_not_whole_says_so_once(read: Reading, shelf: Shelf, comic: int) -> None:
    sentence = "The end of the archive is missing: 6 pages are whole."
    failure = Failure(b"Saga/Saga 001.cbz", ErrorClass.TRUNCATED, sentence, comic)
    with writing() as connection:
        errors.report(connection, shelf.job_id, shelf.library_id, Phase.INDEX, [failure])
    page = read(comic)
    expect(page.locator("#toasts")).to_contain_text(sentence)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#toasts")).to_be_empty()
    page.keyboard.press("ArrowLeft")
    page.reload()
    at(page, 0)
    expect(page.locator("#toasts")).to_be_empty()


def test_an_expired_session_is_renewed_over_the_page(
    read: Reading, comic: int, reader: users.User
) -> None:
    page = read(comic, errors=[401])
    at(page, 0)
    with writing() as connection:
        sessions.end_all(connection, reader.id)
    page.keyboard.press("ArrowRight")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Please sign in again")
    page.get_by_label("Name").fill("Rita")
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Sign in").click()
    expect(dialog).to_be_hidden()
    page.keyboard.press("ArrowRight")
    at(page, 2)
    told(reader, comic, 2)


def test_a_lost_connection_is_waited_out(read: Reading, shelf: Shelf, reader: users.User) -> None:
    comic = add(shelf, "Long.cbz", *(TALL * 4))
    page = read(comic, errors=[0])
    at(page, 0)
    page.context.set_offline(True)
    page.keyboard.press("End")
    expect(page.locator(".on-screen img.waiting")).to_be_attached()
    page.context.set_offline(False)
    at(page, 23)
    told(reader, comic, 23)


def test_a_comic_that_is_replaced_while_it_is_read_is_read_on(read: Reading, shelf: Shelf) -> None:
    comic = add(shelf, "Long.cbz", *(TALL * 4))
    page = read(comic, errors=[404])
    at(page, 0)
    other = shelf.add("other.cbz", *TALL[:3])
    file_of(shelf, other).rename(file_of(shelf, comic))
    page.keyboard.press("End")
    expect(page.locator("#toasts")).to_contain_text("replaced on the disk")
    expect(page.locator("#place")).to_contain_text("of 3")
    at(page, 2)


def test_leafing_through_leaves_no_requests_behind(read: Reading, shelf: Shelf) -> None:
    """Whoever leafs quickly sees the page they stop at, whatever they passed over."""
    page = read(add(shelf, "Long.cbz", *(TALL * 10)))
    at(page, 0)
    ended: list[Request] = []
    page.on("requestfailed", lambda request: ended.append(request))
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    for _ in range(20):
        page.keyboard.down("ArrowRight")
    page.keyboard.up("ArrowRight")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    at(page, 17)
    held = page.locator(".view img").evaluate_all("all => all.map(one => one.dataset.page)")
    assert set(map(int, held)) <= {16, 17, 18, 19}
    assert len(ended) > 5


def test_a_comic_that_nobody_has_looked_into_opens_as_soon_as_it_is(
    shelf: Shelf, open_page: OpenPage, reader: users.User
) -> None:
    comic = add(shelf, "Packed.cbt")
    file_of(shelf, comic).write_bytes(tar_of(*TALL))
    note_file(shelf, comic, len(TALL))
    shelf.change(comic, page_count=None, index_state=WorkState.PENDING)
    page = open_page(f"/read/{comic}", reader, errors=[503])
    expect(page.locator("#stage-note")).to_contain_text("opens by itself")
    note_file(shelf, comic, len(TALL))
    shelf.change(comic, index_state=WorkState.DONE)
    at(page, 0)
    expect(page.locator("#stage-note")).to_be_hidden()
    page.keyboard.press("End")
    at(page, 5)


def tar_of(*pages: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for number, page in enumerate(pages):
            entry = tarfile.TarInfo(f"{number:03d}.jpg")
            entry.size = len(page)
            archive.addfile(entry, io.BytesIO(page))
    return file.getvalue()


def test_a_screen_that_is_turned_shows_the_same_page(read: Reading, comic: int) -> None:
    page = read(comic, "?page=3", **PHONE)
    at(page, 2)
    page.keyboard.press("z")
    page.set_viewport_size({"width": 844, "height": 390})
    expect(page.locator(".stage.is-close")).not_to_be_attached()
    at(page, 2)
    box = page.locator(".on-screen img").bounding_box()
    assert box is not None
    assert round(box["height"]) == 390
    layout(page, "3")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator("#reader")).to_have_attribute("data-page", "2")


def test_on_e_ink_nothing_moves_and_pages_stand_on_white(
    read: Reading, comic: int, reader: users.User
) -> None:
    with writing() as connection:
        preferences.change(connection, Deed(reader.id, Cause.PERSON), {"theme": "contrast"})
    page = read(comic)
    at(page, 0)
    style = "name => getComputedStyle(document.querySelector('.reader-root'))[name]"
    assert page.evaluate(style, "backgroundColor") == "rgb(255, 255, 255)"
    moving = page.evaluate("document.getAnimations().length")
    page.keyboard.press("m")
    page.keyboard.press("m")
    assert moving == page.evaluate("document.getAnimations().length") == 0


def test_a_comic_of_one_page_is_its_first_and_its_last(read: Reading, shelf: Shelf) -> None:
    page = read(add(shelf, "One.cbz", TALL[0]))
    at(page, 0)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#end")).to_contain_text("the last issue here")
    page.keyboard.press("Escape")
    layout(page, "3")
    expect(page.locator(".strip-place img.there")).to_be_visible()
    expect(page.locator("#place")).to_have_text("1 of 1")


def test_on_a_processor_four_times_slower_every_turn_arrives(read: Reading, comic: int) -> None:
    page = read(comic)
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    at(page, 5)


def test_a_damaged_page_says_so_and_reading_goes_on(read: Reading, shelf: Shelf) -> None:
    comic = add(shelf, "Torn.cbz", *TALL)
    file = file_of(shelf, comic)
    content = bytearray(file.read_bytes())
    content[content.index(TALL[1]) + 300] ^= 0xFF
    file.write_bytes(content)
    note_file(shelf, comic, len(TALL))
    page = read(comic, errors=[422])
    page.keyboard.press("ArrowRight")
    at(page, 1)
    drawn = page.locator(".on-screen img").evaluate("image => fetch(image.src).then(a => a.status)")
    assert drawn == 422
    page.keyboard.press("ArrowRight")
    at(page, 2)


def test_a_comic_that_is_gone_says_so(
    read: Reading, shelf: Shelf, comic: int, open_page: OpenPage, reader: users.User
) -> None:
    file_of(shelf, comic).unlink()
    page = open_page(f"/read/{comic}", reader, errors=[410])
    expect(page.locator("#stage-note")).to_contain_text("Is its disk mounted?")
    expect(page.locator("#stage-note").get_by_role("heading")).to_be_visible()


def test_without_javascript_there_is_a_page_and_its_neighbours(
    open_page: OpenPage, reader: users.User, comic: int
) -> None:
    page = open_page(f"/read/{comic}", reader)
    plain = page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, storage_state=page.context.storage_state()
    )
    tab = plain.new_page()
    tab.goto(page.url.partition("?")[0] + "?page=2")
    expect(tab.get_by_alt_text("Page 2")).to_be_visible()
    tab.locator("a[rel=next]").click()
    expect(tab.get_by_alt_text("Page 3")).to_be_visible()
    plain.close()
