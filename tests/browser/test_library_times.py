"""When a library is scanned by itself: the form on its page, in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from db import folders, users, watches
from db.engine import writing
from db.states import WatchMode
from tests.browser.conftest import OpenPage
from tests.catalogue_rows import add_library


@pytest.mark.parametrize("width", [360, 1440])
def test_an_admin_says_when_a_library_is_scanned(
    open_page: OpenPage, data: object, admin: users.User, width: int
) -> None:
    library = add_library()
    page = open_page(f"/libraries/{library}", admin, width=width, errors=[422])
    page.get_by_label("Look at every file").fill("some day")
    page.get_by_label("Quiet hours").fill("22:00–07:00")
    page.get_by_label("Watch for changes").check()
    page.get_by_role("button", name="Keep the times").click()
    expect(page.get_by_role("alert")).to_contain_text("cannot tell when “some day” is")
    expect(page.get_by_label("Watch for changes")).to_be_checked()
    page.get_by_label("Look at every file").fill("sunday 04:00")
    page.get_by_role("button", name="Keep the times").click()
    expect(page.get_by_text("The times are kept.")).to_be_visible()
    expect(page.get_by_text("Next: Sun")).to_be_visible()
    expect(page.get_by_label("Quiet hours")).to_have_value("22:00-07:00")
    with writing() as connection:
        watches.tell(connection, library, WatchMode.POLLING, "it lies on a network file system")
        folders.doubt_stamps(connection, library, b"Saga")
    page.reload()
    expect(page.get_by_text("Looked at every 5 minutes, as it lies on")).to_be_visible()
    assert int(page.evaluate("document.documentElement.scrollWidth")) <= width
    page.get_by_role("button", name="Rely on them again").click()
    expect(page.get_by_role("heading", name="Time stamps of folders")).to_have_count(0)
