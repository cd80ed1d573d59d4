"""The process that makes the pages which the web process does not read itself.

Those are the pages of every container but plain ZIP, pictures that browsers do not show, and
smaller versions of any page: whatever needs a decoder that a bad file may bring down. It reads one
JSON line for each page, `{"comic", "folder", "page", "width"}` (paths as `os.fsdecode` has them,
`width` in pixels or null), writes the file `page` or `page-width` into the folder, and answers with
a line: `{"added": bytes}`, `{"error_class", "message"}` or `{"unwritable": …}`. Where a page cannot
be had without those before it, all of the comic is unpacked, each page there as soon as it is; one
that is broken leaves `page.failed`. `{"check": comic}` has a comic read through; the answer is
`{"whole": true}` or the error of the first page that is not. It ends with its input, which its
parent holds open.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stages import jail
from stages.formats import Comic, ErrorClass, FormatError, open_comic, pictures
from stages.formats.picture_kinds import BROWSERS_SHOW, page_media_type

log = logging.getLogger(__name__)

Identity = tuple[int, int, int]


class Reader:
    """The comic that was read last stays open: whoever reads wants its next page."""

    def __init__(self) -> None:
        self._comic: Comic | None = None
        self._key: tuple[bytes, Identity] | None = None

    def open(self, path: bytes) -> Comic:
        """The comic at that path as it is now."""
        key = path, _identity(path)
        if self._comic is None or self._key != key:
            if self._comic:
                self._comic.close()
            self._comic = None
            self._comic, self._key = open_comic(path), key
        return self._comic

    def make(self, path: bytes, folder: Path, number: int, width: int | None) -> int:
        """Write a page's file, or those of all pages; answers how many bytes were added."""
        target = folder / (f"{number}-{width}" if width else f"{number}")
        if target.exists():
            return 0
        comic = self.open(path)
        if not 0 <= number < comic.page_count:
            raise FormatError(ErrorClass.VANISHED, f"The comic has no page {number + 1}.")
        folder.mkdir(parents=True, exist_ok=True)
        if comic.is_solid:
            added = _unpack(comic, folder)
            return added + (_scale(folder, number, target, width) if width else 0)
        return _write(target, _page(comic, number, width))

    def check(self, path: bytes) -> None:
        """Read every page of a comic; raises FormatError for the first that cannot be had."""
        for _page, data in self.open(path).unpack_all():
            jail.next_item()
            if isinstance(data, FormatError):
                raise data


def _identity(path: bytes) -> Identity:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0)  # opening it says why
    return status.st_size, status.st_mtime_ns, status.st_ino


def _page(comic: Comic, number: int, width: int | None) -> bytes:
    page = comic.pages[number]
    if width is None:
        return _for_browsers(comic.read(page))
    render: Callable[..., bytes] | None = getattr(comic, "render", None)
    return render(page, width) if render else pictures.scaled(comic.read(page), width)[0]


def _scale(folder: Path, number: int, target: Path, width: int) -> int:
    """A smaller version of a page that was just unpacked."""
    whole = folder / f"{number}"
    return _write(target, pictures.scaled(whole.read_bytes(), width)[0]) if whole.exists() else 0


def _for_browsers(data: bytes) -> bytes:
    return data if page_media_type(data) in BROWSERS_SHOW else pictures.as_browser_picture(data)[0]


def _unpack(comic: Comic, folder: Path) -> int:
    """Unpack every page in one go; answers the bytes, none when another process is at it."""
    with open(folder / ".unpacking", "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        numbers = {page.entry: number for number, page in enumerate(comic.pages)}
        added = 0
        for page, data in comic.unpack_all():
            number = numbers[page.entry]
            try:
                if isinstance(data, FormatError):
                    raise data
                added += _write(folder / f"{number}", _for_browsers(data))
            except FormatError as error:
                said = {"error_class": error.error_class, "message": str(error)}
                _write(folder / f"{number}.failed", json.dumps(said).encode())
        return added


def _write(target: Path, data: bytes) -> int:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return len(data)


def serve() -> None:
    """Make pages until the input ends."""
    jail.enter()
    for number in (signal.SIGTERM, signal.SIGINT):  # they reach the whole group; the parent decides
        signal.signal(number, lambda *_: None)
    reader = Reader()
    for line in sys.stdin.buffer:
        jail.next_item()
        sys.stdout.write(json.dumps(_answer(reader, json.loads(line))) + "\n")
        sys.stdout.flush()


def _answer(reader: Reader, request: dict[str, Any]) -> dict[str, Any]:
    try:
        if "check" in request:
            reader.check(os.fsencode(request["check"]))
            return {"whole": True}
        comic, folder = os.fsencode(request["comic"]), Path(request["folder"])
        return {"added": reader.make(comic, folder, request["page"], request["width"])}
    except FormatError as error:
        return {"error_class": error.error_class, "message": str(error)}
    except OSError as error:
        return {"unwritable": str(error)}
    except MemoryError:
        sentence = "The page takes more memory than a page may."
        return {"error_class": ErrorClass.TOO_LARGE, "message": sentence}
    except Exception as error:
        log.exception("No page: %s", request)
        sentence = f"Longbox failed over this page ({type(error).__name__}). The log has more."
        return {"error_class": ErrorClass.INTERNAL, "message": sentence}


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    serve()
