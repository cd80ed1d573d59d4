"""Covers over HTTP: the picture, a card in its place while it is being made, and news for many.

A cover that is not there is rung for; the covers process makes it. What is served under an address
that names the version may be kept for ever, a card in its place never.
"""

from __future__ import annotations

import os
import textwrap
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from db import cover_files, covers
from db.cover_files import CoverFailure
from db.covers import Wanted
from db.engine import reading, writing
from db.settings import settings
from db.states import ErrorClass, WorkState
from pipeline import tasks
from webui import artwork
from webui.errors import Problem
from webui.listings import LARGEST_ID

MOST_AT_ONCE = 120  # covers in one question: a screen of 5K has fewer
RING_AGAIN_AFTER = 5.0  # seconds; a bell may be lost, or drowned by newer ones

FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"

blueprint = Blueprint("covers", __name__)


class Bell:
    """Rings for covers, though not again and again, and knows how many requests wait for one."""

    def __init__(self, seats: int) -> None:
        self._seats = threading.BoundedSemaphore(seats)
        self._lock = threading.Lock()
        self._rung: dict[int, float] = {}

    def ring(self, comic_ids: Iterable[int]) -> None:
        """Have covers made, unless that was asked for a moment ago."""
        moment = time.monotonic()
        with self._lock:
            if len(self._rung) > 10_000:
                self._rung = {one: at for one, at in self._rung.items() if self._recent(at, moment)}
            due = [one for one in comic_ids if not self._recent(self._rung.get(one), moment)]
            self._rung.update(dict.fromkeys(due, moment))
        if due:
            tasks.ask_for_covers(due)

    def forget(self, comic_id: int) -> None:
        """Let the next ring for this cover sound, whenever the last one was."""
        with self._lock:
            self._rung.pop(comic_id, None)

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """Whether one more request may wait: others need the threads, too."""
        seated = self._seats.acquire(blocking=False)
        try:
            yield seated
        finally:
            if seated:
                self._seats.release()

    @staticmethod
    def _recent(at: float | None, moment: float) -> bool:
        return at is not None and moment - at < RING_AGAIN_AFTER


@blueprint.record_once
def _hang_bell(state: BlueprintSetupState) -> None:
    state.app.extensions["covers"] = Bell(seats=max(1, settings().web_threads // 2))


@blueprint.get(f"/api/cover/<int(max={LARGEST_ID}):comic_id>")
def picture(comic_id: int) -> ResponseReturnValue:
    """The cover; or, when it is not made within `?wait=` seconds, a card in its place.

    A picture that stands in its place is the answer where no version is asked for.
    """
    version = request.args.get("v", type=int)
    if version is not None and (answer := _picture(comic_id, version, FOR_EVER)):
        return answer
    wanted = _wanted(comic_id)
    if version is None and (answer := _in_its_place(wanted)):
        return answer
    caching = FOR_EVER if version == wanted.version else ASK_AGAIN
    if answer := _picture(comic_id, wanted.version, caching):
        return answer
    failure = _failure(wanted)
    if failure is None:
        _wait(wanted, request.args.get("wait", settings().cover_wait, type=float))
        if answer := _picture(comic_id, wanted.version, caching):
            return answer
        failure = cover_files.read_failure(comic_id, wanted.version)
    return _card(wanted, failure)


@blueprint.get("/api/covers")
def news() -> ResponseReturnValue:
    """Which covers of `?ids=1,2,…` are ready, which failed, which are still to come."""
    ids = _ids(request.args.get("ids", ""))
    with reading() as connection:
        found = covers.wanted(connection, ids)
    ready: dict[int, str] = {}
    failed: dict[int, dict[str, str]] = {}
    pending: list[int] = []
    unsaid: list[int] = []  # made by a process that was killed before it wrote so down
    for one in (found[comic_id] for comic_id in ids if comic_id in found):
        if one.artwork_id is not None:
            ready[one.comic_id] = artwork.address(one.artwork_id)
        elif os.path.exists(cover_files.cover_file(one.comic_id, one.version)):
            ready[one.comic_id] = address(one.comic_id, one.version)
            if one.state is not WorkState.DONE:
                unsaid.append(one.comic_id)
        elif failure := _failure(one):
            failed[one.comic_id] = {"class": failure.error_class, "message": failure.message}
        else:
            pending.append(one.comic_id)
    _bell().ring(pending + unsaid)
    response = jsonify(ready=ready, failed=failed, pending=pending)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(f"/api/cover/<int(max={LARGEST_ID}):comic_id>/retry")
def retry(comic_id: int) -> ResponseReturnValue:
    """Try a cover again that failed."""
    wanted = _wanted(comic_id)
    if wanted.missing:
        raise Problem(409, "missing", "The file is not there now. Scan again when it is back.")
    with writing() as connection:
        covers.try_again(connection, comic_id)
    cover_files.forget_failure(comic_id, wanted.version)
    _bell().forget(comic_id)
    _bell().ring([comic_id])
    return jsonify(pending=[comic_id]), 202


def address(comic_id: int, version: int) -> str:
    """Where that version's cover is for ever."""
    return url_for("covers.picture", comic_id=comic_id, v=version)


def _bell() -> Bell:
    bell: Bell = current_app.extensions["covers"]
    return bell


def _wanted(comic_id: int) -> Wanted:
    with reading() as connection:
        found = covers.wanted(connection, [comic_id])
    if comic_id not in found:
        abort(404, "There is no such comic (any more).")
    return found[comic_id]


def _ids(text: str) -> list[int]:
    """The ids in `1,2,…`, each once; raises Problem for anything else, or too many."""
    words = dict.fromkeys(text.split(","))
    if not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        raise Problem(422, "invalid", "Ask with the comics' numbers: ids=1,2,3")
    if len(words) > MOST_AT_ONCE:
        raise Problem(422, "too_many", f"Ask for {MOST_AT_ONCE} covers at once, not more.")
    return [int(word) for word in words]


def _in_its_place(wanted: Wanted) -> Response | None:
    """The picture that stands in the cover's place, if one does."""
    if wanted.artwork_id is None:
        return None
    return artwork.handed_out(wanted.artwork_id, ASK_AGAIN)


def _picture(comic_id: int, version: int, caching: str) -> Response | None:
    """The cover's file as an answer; None when it is not there."""
    if not 0 <= version <= LARGEST_ID:
        return None
    try:
        content = cover_files.read(comic_id, version)
    except OSError:  # not there, or not to be had: the covers process says why in its log
        return None
    response = Response(content, mimetype="image/jpeg")
    response.set_etag(f"{comic_id}-{version}")
    response.headers["Cache-Control"] = caching
    response.make_conditional(request)
    return response


def _failure(wanted: Wanted) -> CoverFailure | None:
    """Why there will be no cover; None when there may be one.

    A marker counts only while the comic's state says so; otherwise it is to be tried again.
    """
    if wanted.missing:
        return CoverFailure(
            ErrorClass.VANISHED, "The comic's file is not there now; its cover was never made."
        )
    if wanted.state is WorkState.FAILED:
        return cover_files.read_failure(wanted.comic_id, wanted.version)
    cover_files.forget_failure(wanted.comic_id, wanted.version)
    return None


def _wait(wanted: Wanted, seconds: float) -> None:
    """Ring, and wait until the cover is there, has failed, or the time is up."""
    bell = _bell()
    bell.ring([wanted.comic_id])
    outcomes = [
        named(wanted.comic_id, wanted.version)
        for named in (cover_files.cover_file, cover_files.marker_file)
    ]
    until = time.monotonic() + min(seconds, settings().cover_wait)
    pause = 0.005
    with bell.seat() as seated:
        while seated and time.monotonic() < until:
            time.sleep(pause)
            if any(map(os.path.exists, outcomes)):
                return
            bell.ring([wanted.comic_id])
            pause = min(pause * 1.1, 0.05)


def _card(wanted: Wanted, failure: CoverFailure | None) -> Response:
    """A picture to stand in the cover's place; nobody may keep it."""
    title = _printable(wanted.series)
    card = render_template(
        "covers/card.svg",
        title=title,
        lines=textwrap.wrap(title, 16, max_lines=5, placeholder=" …"),
        number=_printable(wanted.number or "")[:9],
        series_id=wanted.series_id,
        failed=failure is not None,
    )
    response = Response(card, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Cover"] = "failed" if failure else "pending"
    return response


def _printable(text: str) -> str:
    """Without what XML has no place for."""
    return "".join(character for character in text if character.isprintable())
