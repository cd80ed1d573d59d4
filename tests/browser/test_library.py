"""The wall, the menu, the search and the theme, as a person with a browser meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from db import users
from db.engine import reading, writing
from db.schema import scan_jobs, sessions
from db.states import JobStatus, ScanKind
from tests.browser.conftest import OpenPage
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.conftest import PASSWORD
from tests.scan_rows import add_job, change_job
from tests.trial import wait_for

DARK, LIGHT, WHITE = "rgb(15, 13, 11)", "rgb(250, 246, 239)", "rgb(255, 255, 255)"


@pytest.fixture
def library(data: Path) -> int:
    return add_library()


@pytest.fixture
def comic(library: int) -> int:
    """A comic with long names and many words."""
    series = add_series(
        library,
        "The Extraordinarily Long Adventures of Somebody-Or-Other-Without-A-Space (1999)",
        category="A Publisher With a Long Name",
        description="Words and words. " * 40,
    )
    return add_comic(
        series,
        "A file with a very long name indeed " * 5 + ".cbz",
        number="1",
        title="Supercalifragilisticexpialidocious" * 3,
        summary="Words and words. " * 40,
        by=(("writer", "Ada Lovelace"),),
        tagged=(("character", "Somebody-Or-Other-Without-A-Space" * 2, None),),
    )


def fill_wall(library: int, many: int) -> None:
    for number in range(many):
        add_series(library, f"Series {number}", category=f"Category {number % 30}")


def scans() -> list[str]:
    with reading() as connection:
        return list(connection.execute(select(scan_jobs.c.kind)).scalars())


def open_menu(page: Page) -> None:
    page.get_by_title("Menu").click()


def test_the_wall_goes_on_by_itself_as_one_scrolls(
    open_page: OpenPage, reader: users.User, library: int
) -> None:
    fill_wall(library, 130)
    page = open_page("/", reader)
    expect(page.locator(".wall .card")).to_have_count(60)
    address = page.url
    for shown in (120, 130):
        page.locator(".wall .card").last.scroll_into_view_if_needed()
        expect(page.locator(".wall .card")).to_have_count(shown)
    expect(page.locator(".more")).to_have_count(0)
    assert page.url == address
    names = page.locator(".wall .card-name").all_text_contents()
    assert names == [f"Series {number}" for number in range(130)]


def test_a_series_and_a_comic_are_a_click_away_and_back_leads_back(
    open_page: OpenPage, reader: users.User, library: int
) -> None:
    series = add_series(library, "Saga (2012)", category="Image")
    add_comic(series, "1.cbz", number="1", title="Chapter One")
    page = open_page("/", reader)
    page.locator(".wall .card", has_text="Saga").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saga 2012")
    page.locator(".wall .card", has_text="Chapter One").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("#1 Chapter One")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saga 2012")


def test_the_search_box_finds(open_page: OpenPage, reader: users.User, comic: int) -> None:
    page = open_page("/", reader)
    page.get_by_role("searchbox").fill("lovelace")
    page.keyboard.press("Enter")
    expect(page.locator(".wall .card")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("lovelace")


def test_the_menu_works_with_the_keyboard_alone(
    open_page: OpenPage, reader: users.User, library: int
) -> None:
    page = open_page("/", reader)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    menu = page.get_by_role("navigation", name="Main")
    expect(menu).to_be_visible()
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="Home")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.locator("#menu summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recently added")


def test_only_an_admin_can_ask_for_a_scan_in_the_menu(
    open_page: OpenPage, admin: users.User, reader: users.User, library: int
) -> None:
    page = open_page("/", reader)
    open_menu(page)
    expect(page.get_by_role("link", name="Progress")).to_be_visible()
    expect(page.locator("#menu").get_by_text("Scan library")).to_have_count(0)

    page = open_page("/", admin)
    open_menu(page)
    page.locator("#menu").get_by_role("button", name="Scan library").click()
    expect(page.locator(".toast")).to_contain_text("The scan has begun.")
    assert scans() == [ScanKind.QUICK]


def test_a_second_scan_is_refused_with_the_way_to_the_first(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    add_job(library)
    page = open_page("/recent", admin, errors=[409])
    with page.expect_response("**/api/scan") as answer:
        open_menu(page)
        page.locator("#menu").get_by_role("button", name="Scan library").click()
    assert answer.value.status == 409
    expect(page.locator(".toast")).to_contain_text("already under way")
    page.get_by_role("link", name="See progress").click()
    page.wait_for_url("**/progress")


def test_shift_asks_before_everything_is_scanned_again(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/recent", admin)
    scan = page.locator("#menu").get_by_role("button", name="Scan library")
    dialog = page.get_by_role("dialog")
    open_menu(page)
    scan.click(modifiers=["Shift"])
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert scans() == []
    open_menu(page)
    scan.click(modifiers=["Shift"])
    dialog.get_by_role("button", name="Full rescan").click()
    expect(page.locator(".toast")).to_contain_text("The scan has begun.")
    assert scans() == [ScanKind.FULL]


def test_a_session_that_has_ended_is_renewed_over_the_page(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/recent", admin, errors=[401])
    with writing() as connection:
        connection.execute(sessions.delete())
    open_menu(page)
    page.locator("#menu").get_by_role("button", name="Scan library").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(admin.name)
    dialog.get_by_label("Password").fill("wrong")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not right")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.locator(".toast")).to_contain_text("The scan has begun.")
    assert page.url.endswith("/recent")
    assert scans() == [ScanKind.QUICK]


def test_what_one_person_asked_for_is_not_sent_as_another_who_signs_in_over_the_page(
    open_page: OpenPage, admin: users.User, reader: users.User, library: int
) -> None:
    page = open_page("/recent", admin, errors=[401])
    with writing() as connection:
        connection.execute(sessions.delete())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/api/")[2]))
    open_menu(page)
    page.locator("#menu").get_by_role("button", name="Scan library").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(reader.name)
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/")
    expect(page.locator(f"meta[name=longbox-user][content='{reader.id}']")).to_be_attached()
    assert asked.count("scan") == 1  # by the admin, whose session had ended


def test_the_theme_changes_at_once_and_stays_wherever_one_signs_in(
    open_page: OpenPage, reader: users.User, library: int
) -> None:
    page = open_page("/", reader)
    ground = page.locator("body")
    expect(ground).to_have_css("background-color", DARK)
    open_menu(page)
    with page.expect_response("**/api/preferences"):
        page.get_by_label("Light", exact=True).check()
    expect(ground).to_have_css("background-color", LIGHT)
    page.reload()
    expect(ground).to_have_css("background-color", LIGHT)
    open_menu(page)
    page.get_by_label("As device").check()
    page.emulate_media(color_scheme="dark")
    expect(ground).to_have_css("background-color", DARK)
    page.emulate_media(color_scheme="light")
    expect(ground).to_have_css("background-color", LIGHT)
    with page.expect_response("**/api/preferences"):
        page.get_by_label("E-ink").check()
    expect(ground).to_have_css("background-color", WHITE)
    elsewhere = open_page("/", reader)
    expect(elsewhere.locator("body")).to_have_css("background-color", WHITE)


def test_the_wall_fills_while_a_scan_finds_comics(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    job = add_job(library, discover_done=1)
    page = open_page("/", admin)
    expect(page.get_by_text("Your library is on its way")).to_be_visible()
    add_comic(add_series(library, "Saga"), "1.cbz", number="1")
    card = page.locator(".wall .card")
    expect(card).to_contain_text("1 comic")
    card.evaluate("card => { card.seen = true }")
    add_series(library, "Later")
    expect(card).to_have_count(2)
    assert card.filter(has_text="Saga").evaluate("card => card.seen")  # it did not flicker
    change_job(job, status=JobStatus.COMPLETED, completed_at=1.0)
    expect(page.get_by_text("Comics appear here")).to_have_count(0)


def test_an_empty_library_is_scanned_from_where_it_says_so(
    open_page: OpenPage, admin: users.User, library: int
) -> None:
    page = open_page("/", admin)
    page.locator("main").get_by_role("button", name="Scan library").click()
    expect(page.get_by_text("Your library is on its way")).to_be_visible()
    assert scans() == [ScanKind.QUICK]


def test_no_page_is_wider_than_the_screen(
    open_page: OpenPage, admin: users.User, library: int, comic: int
) -> None:
    fill_wall(library, 40)
    page = open_page("/", admin, errors=[404])
    for path in (
        "/",
        "/?category=A+Publisher+With+a+Long+Name",
        "/recent",
        "/series/1",
        f"/comic/{comic}",
        "/search?q=words",
        "/search?q=lovelace",
        "/comic/123456",
    ):
        page.goto(path)
        assert_fits(page, path)
        open_menu(page)
        assert_fits(page, f"{path} with its menu")


def assert_fits(page: Page, what: str) -> None:
    for width in (360, 390, 768, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        fits = f"document.documentElement.scrollWidth <= {width}"
        wait_for(lambda fits=fits: page.evaluate(fits), f"that {what} fits into {width} pixels")
