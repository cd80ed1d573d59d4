"""How long a page takes from the key press to the screen, in Chromium, measured in the page.

A frame ends with the browser's own report of it (Event Timing), or with the frame behind it where
the turn was too quick to be reported. What is painted is looked at as well: the colour in the
middle of the screen must be that of the page that was turned to.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from PIL import Image

from bench.figures import Figure, median, percentile
from bench.server import Server

TURNS = 100
WIDTH, HEIGHT = 1440, 900
READY = "document.querySelector('.view.on-screen img.there') !== null"
PRELOADED = "number => document.querySelector(`.view img.there[data-page='${number}']`) !== null"

# From the key press, which the browser stamps, to the frame behind the one that shows the turn; and
# what the browser reports of frames that took longer than it thinks quick.
WATCH = """
window.turns = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const turn = window.turns.find((one) => one.at === entry.startTime);
    if (turn && entry.name === "keydown") turn.took = Math.max(turn.took, entry.duration);
  }
}).observe({ type: "event", durationThreshold: 16 });
addEventListener("keydown", (event) => {
  const turn = { at: event.timeStamp, took: 0 };
  window.turns.push(turn);
  requestAnimationFrame(() => requestAnimationFrame((moment) => {
    turn.took = Math.max(turn.took, performance.now() - turn.at);
    turn.done = true;
  }));
}, { capture: true });
"""

Colour = tuple[int, int, int]


def figures(server: Server, comic: int, colour: Callable[[int], Colour]) -> list[Figure]:
    """Turn a comic's pages; none where there is no Chromium or nothing to drive it."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None or find_spec("playwright") is None:
        print("There is no Chromium, or no Playwright: page turns are not measured.", flush=True)
        return []
    from playwright.sync_api import sync_playwright

    address = f"http://127.0.0.1:{server.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        context = browser.new_context(
            base_url=address,
            viewport={"width": WIDTH, "height": HEIGHT},
            reduced_motion="reduce",
            service_workers="block",
            bypass_csp=True,  # for what is measured in the page
        )
        name, _, value = server.client().cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": address}])
        page = context.new_page()
        opened = _open(page, comic)
        turns = _turn(page, colour)
        nothing = _press(page)
        browser.close()
    return [
        Figure("a 300 MB ZIP in Chromium, from the address to its first page", "ms", opened),
        Figure("key press to painted page of 2 MB, p50", "ms", median(turns), median(nothing)),
        Figure(
            "key press to painted page of 2 MB, p95",
            "ms",
            percentile(turns, 95),
            percentile(nothing, 95),
            limit=50,
        ),
    ]


def _open(page: Any, comic: int) -> float:
    """Milliseconds from asking for the reader to its first page, decoded."""
    page.goto(f"/read/{comic}?page=1")
    page.wait_for_function(READY)
    page.goto("about:blank")  # the program is in the browser's cache now, as it usually is
    page.goto(f"/read/{comic}?page={TURNS}")
    page.wait_for_function(READY, polling=5)
    elapsed: float = page.evaluate("performance.now()")
    return elapsed


def _turn(page: Any, colour: Callable[[int], Colour]) -> list[float]:
    """Milliseconds of each turn to a page that was fetched before."""
    page.goto("/read/" + page.url.partition("/read/")[2].partition("?")[0] + "?page=1")
    page.wait_for_function(READY)
    page.evaluate(WATCH)
    for number in range(1, TURNS + 1):
        page.wait_for_function(PRELOADED, arg=number)
        page.keyboard.press("ArrowRight")
        page.wait_for_function("turns.at(-1).done === true")
        _look(page, colour(number))
    times: list[float] = page.evaluate("turns.map((turn) => turn.took)")
    return times


def _press(page: Any) -> list[float]:
    """The same of a key that means nothing: the browser's own way from a key press to a frame."""
    page.evaluate("turns.length = 0")
    for _ in range(TURNS):
        page.keyboard.press("q")
        page.wait_for_function("turns.at(-1)?.done === true")
    times: list[float] = page.evaluate("turns.map((turn) => turn.took)")
    return times


def _look(page: Any, wanted: Colour) -> None:
    """Raise when the middle of the screen is not of that colour."""
    middle = {"x": WIDTH // 2, "y": HEIGHT // 2, "width": 1, "height": 1}
    with Image.open(io.BytesIO(page.screenshot(clip=middle))) as image:
        seen = image.convert("RGB").tobytes()
    if max(abs(one - other) for one, other in zip(seen, wanted, strict=True)) > 12:
        raise RuntimeError(f"The screen shows {tuple(seen)} where the page has {wanted}")
