"""A comic's pages over HTTP: the list of them, and each with its true media type.

What stands in the archive as it is is sent from there, and what is deflated is inflated here; all
else is made by children into the page cache. A page's address with `?v=` may be kept for ever, for
the version is another as soon as the file is.
"""

from __future__ import annotations

import io
import os
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR
from typing import IO, Any, cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    render_template,
    request,
    send_file,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wsgi import wrap_file

from db import catalogue, damage, hidden_pages, page_cache, readable
from db.engine import reading, writing
from db.file_versions import version_of
from db.readable import Readable
from db.reading import progress
from db.reading.progress import Progress
from db.remembered import Remembered
from db.settings import settings
from db.states import ErrorClass, WorkState
from db.times import iso
from stages.formats import Comic, FormatError, Page
from stages.formats import ErrorClass as FormatErrorClass
from stages.formats.chapters import chapters_of
from stages.formats.picture_kinds import BROWSERS_SHOW, page_media_type, size_of
from webui import contents as told
from webui import errors
from webui.errors import Problem
from webui.listings import LARGEST_ID, number
from webui.open_comics import OpenComic, OpenComics, identity
from webui.page_makers import PageMakers, Wish

HEAD = 64 << 10  # bytes of a page in which its kind and its size are told
SIZES_SECONDS = 0.15  # spent on looking for the sizes of pages that were never read
WIDEST = 4096  # pixels
SHORT_WAIT = 1.0  # seconds that a request waits where there is no seat left
ASK_AGAIN_SECONDS = 0.5  # until one looks whether who unpacks the page's comic is still at it

FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"

# What to answer when a page cannot be had; any other class is the file's fault.
STATUS = {
    ErrorClass.VANISHED: 410,
    ErrorClass.BROKEN_LINK: 410,
    ErrorClass.DENIED: 503,
    ErrorClass.TIMEOUT: 503,
    ErrorClass.CRASHED: 503,
    ErrorClass.INTERNAL: 503,
}

HEADINGS = {
    ErrorClass.DAMAGED: "This page is damaged",
    ErrorClass.TRUNCATED: "This page is cut off",
    ErrorClass.ENCRYPTED: "This page needs a password",
    ErrorClass.TOO_LARGE: "This page is too large",
    ErrorClass.VANISHED: "This comic is not there now",
}

READ = f"/api/read/<int(max={LARGEST_ID}):comic_id>"

blueprint = Blueprint("pages", __name__)

_book = Remembered(readable.find)


class PageDesk:
    """What a web process keeps to hand pages out: open comics, page makers, seats to wait in.

    Half of its threads may wait for a page, and half of the others for a moment.
    """

    def __init__(self, threads: int) -> None:
        self.comics = OpenComics()
        self.makers = PageMakers()
        self.seats = threading.BoundedSemaphore(max(1, threads // 2))
        self.stools = threading.BoundedSemaphore(max(1, threads // 4))


@dataclass(frozen=True, slots=True)
class Copy:
    """A comic's file as it is now; `version` is the catalogue's unless the file is another."""

    book: Readable
    open: OpenComic
    version: int

    @property
    def cache(self) -> Path:
        """The folder of pages that were made of it."""
        return page_cache.folder(self.book.comic_id, self.version)

    @property
    def caching(self) -> str:
        """How long an answer to this request may be kept."""
        return FOR_EVER if request.args.get("v", type=int) == self.version else ASK_AGAIN


class Section(io.RawIOBase):
    """A part of a file to be read once; the server closes it behind the last byte.

    Its descriptor stands at the part's beginning, where a server that lets the kernel send begins.
    """

    def __init__(self, path: bytes, offset: int, length: int) -> None:
        self._fd = os.open(path, os.O_RDONLY)
        os.lseek(self._fd, offset, os.SEEK_SET)
        self._left = length

    def fileno(self) -> int:
        return self._fd

    def read(self, size: int = -1) -> bytes:
        data = os.read(self._fd, self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the descriptor, as `socket.sendfile` does behind what the kernel has sent."""
        return os.lseek(self._fd, offset, whence)

    def close(self) -> None:
        if not self.closed:
            os.close(self._fd)
        super().close()


@blueprint.record_once
def _set_up_desk(state: BlueprintSetupState) -> None:
    state.app.extensions["pages"] = PageDesk(settings().web_threads)


@blueprint.get(READ)
def contents(comic_id: int) -> ResponseReturnValue:
    """What a reader needs to begin: the pages with what is known of them, where to go on."""
    with reading() as connection:
        details = catalogue.comic_details(connection, comic_id)
        stands_at = progress.find(connection, current_user.id, comic_id)
        hidden = hidden_pages.numbers(connection, comic_id)
        if details is None:
            abort(404, "There is no such comic (any more).")
        neighbours = told.neighbours(connection, details)
        complaint = told.complaint(connection, details)
    with _copy(comic_id) as copy:
        version, count, sizes = copy.version, _page_count(copy), _sizes(copy)
        if copy.open.comic is None:
            _make_early(copy, stands_at.page if stands_at and not stands_at.completed else 0)
        chapters = chapters_of(copy.open.comic) if copy.open.comic else []
        if version != copy.book.version:
            hidden = frozenset()  # which pages these are in another file, nobody has looked yet
            complaint = None
    facts = details.facts
    contents = {
        "id": comic_id,
        "version": version,
        "title": details.comic.title,
        "number": details.comic.number,
        "series": {"id": details.comic.series_id, "name": details.comic.series_name},
        "direction": "rtl" if facts["right_to_left"] else "ltr",
        "progress": _progress(stands_at) if stands_at else None,
        **neighbours,
        "complaint": complaint,
        "chapters": [chapter._asdict() for chapter in chapters],
        "pages": told.page_list(comic_id, version, count, sizes, hidden),
    }
    return told.answer(contents)


@blueprint.get(f"{READ}/pages/<int(max={LARGEST_ID}):page_number>")
def page(comic_id: int, page_number: int) -> ResponseReturnValue:
    """One page, from 0; `?width=` for one of that many pixels' width, where it is wider."""
    width = number("width", 16, WIDEST)
    with _copy(comic_id) as copy:
        comic = copy.open.comic
        if comic is not None:
            if page_number >= comic.page_count:
                abort(404, f"The comic has {comic.page_count} pages.")
            one = comic.pages[page_number]
            if width is None and comic.is_plain(one) and (answer := _plain(copy, comic, one)):
                return answer
        return _made(copy, page_number, width)


def picture_of(comic_id: int, page_number: int, width: int) -> bytes:
    """A page as a picture of that width, or as it is where that is less; raises FormatError or
    Problem."""
    with _copy(comic_id) as copy:
        comic = copy.open.comic
        count = copy.book.page_count if comic is None else comic.page_count
        if count is not None and page_number >= count:
            abort(404, f"The comic has {count} pages.")
        return _waited_for(Wish(copy.book.path, copy.cache, page_number, width)).read_bytes()


@blueprint.errorhandler(FormatError)
def tell(error: FormatError) -> ResponseReturnValue:
    """Why there is no page: a drawn one for a picture's place, JSON for programs."""
    status = STATUS.get(ErrorClass(error.error_class), 422)
    if "image/" not in request.headers.get("Accept", ""):
        return errors.answer(Problem(status, error.error_class, str(error)))
    response = Response(_drawn(error), status, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Page"] = error.error_class
    return response


def _drawn(error: FormatError) -> str:
    """A page that says why the real one cannot be shown."""
    words = "".join(character for character in str(error) if character.isprintable())
    return render_template(
        "pages/failed.svg",
        heading=HEADINGS.get(ErrorClass(error.error_class), "This page cannot be shown"),
        message=words,
        lines=textwrap.wrap(words, 44, max_lines=8, placeholder=" …"),
    )


def _progress(known: Progress) -> dict[str, Any]:
    return {
        "page": known.page,
        "completed": known.completed,
        "read_at": iso(known.read_at),
        "device": known.device,
        "session": known.session,
    }


@contextmanager
def _copy(comic_id: int) -> Iterator[Copy]:
    """The comic's file, open as it is now; raises Problem when there is none."""
    book = _book(comic_id)
    if book is None:
        abort(404, "There is no such comic (any more).")
    try:
        with _desk().comics.borrow(book.path) as opened:
            found = opened.status
            version = book.version
            is_known = (book.size, book.mtime_ns) == (found.st_size, found.st_mtime_ns)
            # A folder's own stamp says nothing of the pictures in it.
            if not is_known and not S_ISDIR(found.st_mode):
                version = version_of(found.st_size, found.st_mtime_ns)
            copy = Copy(book, opened, version)
            try:
                yield copy
            except FormatError as error:
                _note(copy, error)
                raise
    except FormatError as error:
        if error.error_class is not FormatErrorClass.VANISHED:
            raise
        raise Problem(410, "file_missing", f"{error} Is its disk mounted?") from error


def _note(copy: Copy, error: FormatError) -> None:
    """Count a damaged page against its comic, unless the file is not the catalogue's any more."""
    error_class = ErrorClass(error.error_class)
    if error_class not in damage.OF_PAGES or copy.version != copy.book.version:
        return
    with suppress(OSError):
        if identity(os.stat(copy.book.path)) != copy.open.identity:
            return
    with reading() as connection:
        is_known = damage.is_known(connection, copy.book.comic_id)
    if not is_known:
        with writing() as connection:
            damage.note(connection, copy.book.comic_id, copy.version, error_class, str(error))


def _desk() -> PageDesk:
    desk: PageDesk = current_app.extensions["pages"]
    return desk


def _plain(copy: Copy, comic: Comic, one: Page) -> Response | None:
    """The page straight from the archive; None when browsers do not show its kind."""
    etag = f"{one.crc:08x}-{one.size:x}"
    kind = copy.open.sound.get(one.entry)
    if kind and not request.range and (place := comic.place(one)):
        response = _from_archive(copy, place, kind)
    else:
        data = comic.read(one)
        kind = page_media_type(data[:HEAD])
        if kind not in BROWSERS_SHOW:
            return None
        copy.open.sound[one.entry] = kind
        response = Response(data, mimetype=kind)
    return _finished(response, etag, copy.caching, one.size)


def _from_archive(copy: Copy, place: tuple[int, int], kind: str) -> Response:
    """The bytes as they stand in the archive, which the server sends without reading them."""
    section = Section(copy.book.path, *place)
    if identity(os.fstat(section.fileno())) != copy.open.identity:
        section.close()
        raise Problem(503, "changed", "The comic's file was replaced just now. Try again.")
    body = wrap_file(request.environ, cast(IO[bytes], section), 1 << 18)
    response = Response(body, mimetype=kind, direct_passthrough=True)
    response.content_length = place[1]
    return response


def _finished(response: Response, etag: str, caching: str, length: int) -> Response:
    response.set_etag(etag)
    response.headers["Cache-Control"] = caching
    response.make_conditional(request, accept_ranges=True, complete_length=length)
    return response


def _made(copy: Copy, page_number: int, width: int | None) -> Response:
    """The page as a child makes it; raises FormatError, or Problem while it is not done."""
    wish = Wish(copy.book.path, copy.cache, page_number, width)
    etag = f"{copy.version:x}-{page_number}-{width or 0}"
    file = _waited_for(wish)
    page_cache.touch(copy.cache)
    with file.open("rb") as opened:
        kind = page_media_type(opened.read(HEAD))
    response: Response = send_file(file, mimetype=kind, etag=etag, conditional=True)
    response.headers["Cache-Control"] = copy.caching
    return response


def _make_early(copy: Copy, page_number: int) -> None:
    """Have the page made that a reader will ask for first."""
    wish = Wish(copy.book.path, copy.cache, page_number, None)
    if not wish.file.exists():
        _desk().makers.order(wish)


def _waited_for(wish: Wish) -> Path:
    """The file of the page, once a child has written it."""
    pause, ask_at = 0.005, 0.0
    with _patience() as until:
        while not wish.file.exists():
            failure = page_cache.failure(wish.folder, wish.page, wish.width)
            if failure is None and time.monotonic() >= ask_at:
                order = _desk().makers.order(wish)
                if order.done.wait(pause):
                    failure, ask_at = order.failure, time.monotonic() + ASK_AGAIN_SECONDS
            else:
                time.sleep(pause)
            if failure:
                raise FormatError(FormatErrorClass(failure.error_class), failure.message)
            if time.monotonic() > until:
                sentence = "The page is being unpacked. Ask again in a moment."
                raise Problem(503, "pending", sentence, retry_after=1)
            pause = min(pause * 1.1, 0.05)
    return wish.file


@contextmanager
def _patience() -> Iterator[float]:
    """Until when this request may wait: others need the threads, too."""
    desk = _desk()
    for seats, seconds in ((desk.seats, settings().cover_wait), (desk.stools, SHORT_WAIT)):
        if seats.acquire(blocking=False):
            try:
                yield time.monotonic() + seconds
            finally:
                seats.release()
            return
    yield 0.0


def _sizes(copy: Copy) -> dict[int, tuple[int, int]]:
    """Width and height of each page of which they are known, or quickly found out."""
    comic = copy.open.comic
    if comic is None:
        return _sizes_in_cache(copy.cache, _page_count(copy))
    until = time.monotonic() + SIZES_SECONDS
    sizes = {}
    for place, one in enumerate(comic.pages):
        if time.monotonic() > until:
            break
        if comic.is_plain(one) and (size := size_of(comic.head(one, HEAD))):
            sizes[place] = size
    return sizes


def _page_count(copy: Copy) -> int:
    """How many pages the comic has; raises Problem while nobody knows."""
    if copy.open.comic is not None:
        return copy.open.comic.page_count
    book = copy.book
    if book.page_count is not None:
        return book.page_count
    if book.index_state == WorkState.FAILED:
        with reading() as connection:
            raise told.refusal(connection, book.comic_id)
    sentence = "Nobody has looked into this comic yet. It opens by itself as soon as that is done."
    raise Problem(503, "pending", sentence)


def _sizes_in_cache(folder: Path, count: int) -> dict[int, tuple[int, int]]:
    """The sizes of the pages that were unpacked."""
    sizes = {}
    for file in folder.glob("*"):
        if file.name.isdigit() and (number := int(file.name)) < count:
            with suppress(OSError), file.open("rb") as opened:
                if size := size_of(opened.read(HEAD)):
                    sizes[number] = size
    return sizes
