"""The covers process: draws the cover that somebody is waiting for, in a child of each worker.

`make` is what the Huey task does; it runs in the consumer's threads. What became of a cover is
written down in batches behind their backs: the file is the truth, the database has a hint.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from math import ceil
from typing import Any

from db import cover_files, covers
from db.cover_files import CoverFailure
from db.engine import reading, writing
from db.settings import settings
from db.states import ErrorClass, WorkState
from pipeline import slots, tasks
from pipeline.child import Child, ChildDied, ChildHung
from pipeline.consumer import Consumer
from pipeline.queue import tend

log = logging.getLogger(__name__)

KEEP_EVERY = 0.5  # seconds

_mine = threading.local()  # .child: the child of this thread
_children: list[Child] = []
_made: queue.SimpleQueue[covers.Made] = queue.SimpleQueue()


def make(comic_id: int) -> None:
    """Make a comic's cover, unless it is there, or has failed and nobody asked to try again."""
    with reading() as connection:
        source = covers.source(connection, comic_id)
    if source is None:
        return
    made = covers.Made(comic_id, source.version)
    if cover_files.cover_file(comic_id, source.version).exists():
        if source.state is not WorkState.DONE:  # whoever made it was killed before it said so
            _made.put(made)
        return
    if cover_files.read_failure(comic_id, source.version):
        if source.state is WorkState.FAILED:
            return
        cover_files.forget_failure(comic_id, source.version)
    _draw(source)


def serve(number: int = 1) -> None:
    """Draw covers as they are asked for, until SIGTERM or SIGINT; raises SlotTakenError."""
    slots.take("covers", number)
    logging.getLogger("huey").setLevel(logging.WARNING)  # it has two lines for every task
    with keeping():
        Consumer(
            tasks.covers_huey,
            workers=settings().workers,
            periodic=False,
            initial_delay=0.005,
            max_delay=0.02,
            scheduler_interval=60,  # nothing is ever scheduled
            shutdown_timeout=3,
            graceful_signal="TERM",
        ).run()


@contextmanager
def keeping() -> Iterator[None]:
    """What goes on beside the drawing, until it ends: then nothing that was made is forgotten."""
    tend(tasks.covers_huey)
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(stop,), name="keeper")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()
        for child in _children:
            child.kill()
        _write_hints()


def _keep(stop: threading.Event) -> None:
    """What goes on beside the drawing: hints, children nobody needs, a queue that disappeared."""
    while not stop.wait(KEEP_EVERY):
        try:
            tend(tasks.covers_huey)
            _write_hints()
        except Exception:
            log.exception("The covers process could not keep house; it tries again.")
        for child in _children:
            child.end_if_idle()


def _write_hints() -> None:
    """Write down which covers were made since the last time."""
    made: set[covers.Made] = set()
    with suppress(queue.Empty):
        while True:
            made.add(_made.get_nowait())
    if made:
        with writing() as connection:
            covers.record(connection, made, [])
            changed = covers.of_changed_comics(connection, made)
        for one in changed:
            cover_files.remove_others(one.comic_id, one.version)


def _draw(source: covers.Source) -> None:
    started = time.monotonic()
    answer = _answer(source)
    milliseconds = round((time.monotonic() - started) * 1000)
    if answer.get("made"):
        log.info("cover %d made in %d ms", source.comic_id, milliseconds)
        _made.put(covers.Made(source.comic_id, source.version))
    elif answer.get("error_class") == ErrorClass.CHANGING:
        log.info("cover %d waits until its comic is written", source.comic_id)
    elif "error_class" in answer:
        failure = CoverFailure(ErrorClass(answer["error_class"]), answer["message"])
        log.info("cover %d failed in %d ms: %s", source.comic_id, milliseconds, failure.message)
        _fail(covers.Failed(source.comic_id, source.version, failure))
    elif "unwritable" in answer:
        log.error("Covers cannot be written: %s", answer["unwritable"])


def _answer(source: covers.Source) -> dict[str, Any]:
    request = {
        "comic": os.fsdecode(source.path),
        "cover": str(cover_files.cover_file(source.comic_id, source.version)),
        "page": source.page,
    }
    deaths = 0
    while True:
        try:
            return _child().ask(request, settings().cover_timeout)
        except ChildHung:
            return asdict(cover_files.took_too_long())
        except ChildDied as death:
            log.warning("The child that drew cover %d died (%s).", source.comic_id, death)
            deaths += 1  # it may have been killed for what is not this comic's doing
            if deaths >= settings().strikes:
                message = f"Making its cover ended the program {deaths} times ({death})."
                return {"error_class": ErrorClass.CRASHED, "message": message}


def _fail(failed: covers.Failed) -> None:
    # The row comes first: a marker counts only for a comic whose state says that it failed.
    try:
        with writing() as connection:
            covers.record(connection, [], [failed])
    finally:
        cover_files.mark_failed(failed.comic_id, failed.version, failed.failure)


def _child() -> Child:
    if not hasattr(_mine, "child"):
        # Its own limit of time is for a child whose parent is dead.
        seconds = ceil(settings().cover_timeout) + 2
        _mine.child = Child("stages.thumbnail", "--serve", seconds)
        _children.append(_mine.child)
    child: Child = _mine.child
    return child
