"""Whoever makes the pages that are not read here: children of this process, `stages/pages.py`.

A page is asked for once however many wait for it, and is there when its file is (`db/page_cache`).
A child that dies over a file takes nothing else with it.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db import page_cache
from db.page_cache import Budget, PageFailure
from db.settings import settings
from db.states import ErrorClass
from pipeline.child import Child, ChildDied, ChildHung

log = logging.getLogger(__name__)

# What may be otherwise the next time; all else is so until the file is another.
PASSING = {
    ErrorClass.VANISHED,
    ErrorClass.BROKEN_LINK,
    ErrorClass.DENIED,
    ErrorClass.UNREADABLE,
    ErrorClass.INTERNAL,
}
REMEMBERED = 4096  # failures
REMEMBERED_SECONDS = 600.0  # what took too long may have been the disk's fault
TRIES = 2  # a child may die of what is not this page's doing
SPARE = 2  # children beside the usual ones: some may be at comics that must be unpacked as a whole


@dataclass(frozen=True, slots=True)
class Wish:
    """A page to be made, for the folder of its comic's version."""

    comic: bytes
    folder: Path
    page: int
    width: int | None

    @property
    def file(self) -> Path:
        return page_cache.page_file(self.folder, self.page, self.width)


@dataclass(slots=True)
class Order:
    """A wish that a child is at, or will be; `failure` is told when it is done."""

    wish: Wish
    done: threading.Event = field(default_factory=threading.Event)
    failure: PageFailure | None = None


class PageMakers:
    """A few children, each in the hands of a thread; started with the first wish."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: dict[Wish, Order] = {}
        self._failures: OrderedDict[Wish, tuple[float, PageFailure]] = OrderedDict()
        self._queue: queue.LifoQueue[Order] = queue.LifoQueue()  # who asked last still looks
        self._threads: list[threading.Thread] = []
        self._budget = Budget()

    def order(self, wish: Wish) -> Order:
        """Have a page made; the same order for everybody who wants it.

        What has failed of this version of the comic has failed already when it is asked for again.
        """
        with self._lock:
            order = self._orders.get(wish) or self._failed(wish)
            if order is None:
                order = self._orders[wish] = Order(wish)
                self._queue.put(order)
                self._hire()
            return order

    def _failed(self, wish: Wish) -> Order | None:
        until, failure = self._failures.get(wish, (0.0, None))
        if time.monotonic() > until:
            return None
        order = Order(wish, failure=failure)
        order.done.set()
        return order

    def _remember(self, wish: Wish, failure: PageFailure) -> None:
        self._failures[wish] = time.monotonic() + REMEMBERED_SECONDS, failure
        self._failures.move_to_end(wish)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def _hire(self) -> None:
        if len(self._threads) < min(len(self._orders), settings().workers + SPARE):
            number = len(self._threads) + 1
            thread = threading.Thread(target=self._work, name=f"pages-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        child = Child("stages.pages")
        while True:
            try:
                order = self._queue.get(timeout=5)
            except queue.Empty:
                child.end_if_idle()
                self._budget.settle()
                continue
            try:
                order.failure = self._made(child, order.wish)
            except Exception:
                log.exception("A page of %s could not be made", os.fsdecode(order.wish.comic))
                order.failure = PageFailure(
                    ErrorClass.INTERNAL, "Longbox failed over this page. The log has more."
                )
            finally:
                with self._lock:
                    del self._orders[order.wish]
                    if order.failure and order.failure.error_class not in PASSING:
                        self._remember(order.wish, order.failure)
                order.done.set()

    def _made(self, child: Child, wish: Wish) -> PageFailure | None:
        answer = _ask(child, wish)
        if "unwritable" in answer:
            log.error("Pages cannot be written: %s", answer["unwritable"])
            page_cache.prune(0)  # what is read needs the disk more than what can be made again
            sentence = "Longbox cannot write to its data folder. Is its disk full?"
            return PageFailure(ErrorClass.INTERNAL, sentence)
        if "error_class" in answer:
            return PageFailure(ErrorClass(answer["error_class"]), answer["message"])
        if answer["added"]:
            self._budget.spend(answer["added"])
        return None


def _ask(child: Child, wish: Wish) -> dict[str, Any]:
    request = {
        "comic": os.fsdecode(wish.comic),
        "folder": str(wish.folder),
        "page": wish.page,
        "width": wish.width,
    }
    limit = settings().file_timeout
    for _ in range(TRIES):
        try:
            return child.ask(request, limit)
        except ChildHung:
            message = f"The page was not unpacked within {limit:g} seconds."
            return {"error_class": ErrorClass.TIMEOUT, "message": message}
        except ChildDied as death:
            log.warning("The child that unpacked %s died (%s).", request["comic"], death)
            message = f"Unpacking the page ended the program {TRIES} times ({death})."
    return {"error_class": ErrorClass.CRASHED, "message": message}
