"""A headless Chromium and a Longbox that it looks at, both real.

Without a Chromium these tests are skipped and say so; LONGBOX_REQUIRE_BROWSER makes that an error.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from db import sessions, users
from db.engine import writing
from db.settings import settings
from tests.databases import fill_database
from tests.ports import free_port
from tests.trial import PATIENCE, wait_for

ROOT = Path(__file__).parents[2]
REQUIRED = bool(os.environ.get("LONGBOX_REQUIRE_BROWSER"))
# What the browser itself says of a server that is stopped, or cannot be reached.
HARMLESS = (
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_INTERNET_DISCONNECTED",
    "net::ERR_FAILED",  # the same, as a service worker passes it on
    "Service Worker registration blocked by Playwright",
)

# What Playwright switches off, since of two such lists Chromium heeds the last; and what puts a
# page of Chromium's own behind every window's address bar, which takes longer to open than ours.
SWITCHED_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
)

OpenPage = Callable[..., Page]

expect.set_options(timeout=PATIENCE * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        if REQUIRED:
            pytest.fail("There is no Chromium on the PATH.")
        pytest.skip("There is no Chromium on the PATH: apt install chromium")
    with sync_playwright() as playwright:
        off = f"--disable-features={','.join(SWITCHED_OFF)}"
        browser = playwright.chromium.launch(executable_path=program, args=[off])
        yield browser
        browser.close()


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The address of a Longbox that serves a data folder."""
    port = free_port()
    program = "from pipeline.cli import main; main()"
    environment = os.environ | {"LONGBOX_DATA": str(data), "PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-c", program, "web"], cwd=ROOT, env=environment
    ) as server:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(address), "the web process")
        yield address
        server.terminate()


class Standing(NamedTuple):
    """A Longbox that stays up for many tests."""

    data: Path
    address: str
    ids: Iterator[int]  # where a test's comics begin: no late word on another's is taken for them


@pytest.fixture(scope="session")
def standing(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    """Started once: what the tests need of the server is that it is there."""
    data = tmp_path_factory.mktemp("standing") / "data"
    shutil.copytree(prepared_data, data)
    with served(data) as address:
        yield Standing(data, address, count(1000, 1000))


@pytest.fixture
def data(
    environment: Path, standing: Standing, prepared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The standing Longbox's data folder, its database as empty as a new one's."""
    fill_database(standing.data / "library.db", prepared_data / "library.db")
    with closing(sqlite3.connect(standing.data / "library.db")) as used, used:
        used.execute("INSERT INTO sqlite_sequence VALUES ('comics', ?)", [next(standing.ids)])
    monkeypatch.setenv("LONGBOX_DATA", str(standing.data))
    settings.cache_clear()
    return standing.data


@pytest.fixture
def site(standing: Standing, data: Path) -> str:
    """The address of the Longbox that serves this test's data folder."""
    return standing.address


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[OpenPage]:
    """Opens an address in a browser of its own: `open_page("/progress", admin)`.

    What went wrong in the page (an exception, an error in the console, something that the Content
    Security Policy refused) fails the test at its end. So does an answer that is an error, but for
    the statuses in `errors`, which the test means to meet. Only with `offline` there is a service
    worker, which keeps the whole of Longbox in the browser first.
    """
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def listener(harmless: Sequence[str]) -> Callable[[ConsoleMessage], None]:
        def hear(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not any(
                words in message.text for words in harmless
            ):
                wrong.append(message.text)

        return hear

    def open_(
        path: str,
        user: users.User,
        *,
        width: int = 1440,
        height: int = 900,
        errors: Sequence[int] = (),
        offline: bool = False,
    ) -> Page:
        with writing() as connection:
            token = sessions.begin(connection, user.id, "a test's Chromium")
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            service_workers="allow" if offline else "block",
        )
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        context.add_cookies([{"name": "session_token", "value": token, "url": site}])
        page = context.new_page()
        harmless = (*HARMLESS, *(f"responded with a status of {status}" for status in errors))
        page.on("console", listener(harmless))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not wrong
