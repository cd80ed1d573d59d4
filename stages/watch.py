"""The watch over libraries: tells which folders have changed, when the files in them are still.

A program of its own (`python -m stages.watch`), which the worker starts when a library is watched.
It reads orders from standard input, a JSON line each with all libraries that are to be watched, and
says on standard output, likewise, how it watches each and what has changed. It knows nothing of the
database, and ends with its parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import Any

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from db import file_systems
from db.paths import join
from db.settings import settings
from db.states import WatchMode
from stages import folder_look
from stages.formats.container import has_comic_name
from stages.formats.entry_names import is_page_name
from stages.passed_over import passed_over
from stages.settling import EVERYTHING, Settling

LOOK_EVERY = 3600.0  # seconds; where the system tells, what it may have failed to tell is found so
TRY_AGAIN_AFTER = 5.0
GATHER_MS, STEP_MS, WAIT_MS = 400, 200, 400  # as RustNotify.watch has them
POLLED_IS_STILL = 6  # times as long: over a network, what is known of a file may be seconds old

LOST = "the system’s events were lost, as when a file’s name is not UTF-8"
MODIFIED, DELETED = 2, 3  # the kinds of changes, as RustNotify numbers them

Tell = Callable[[dict[str, Any]], None]

_telling = threading.Lock()


class EventsLostError(Exception):
    """The system's events cannot be followed any further; what changed since is not known."""


@dataclass(frozen=True, slots=True)
class Order:
    """A library that is to be watched."""

    library: int
    root: bytes
    ignore_patterns: tuple[str, ...]


class Watch:
    """One library's watch, in a thread of its own: its disk may not answer."""

    def __init__(self, order: Order, tell: Tell) -> None:
        self.order = order
        self.ended = threading.Event()
        self._tell = tell
        self._passed_over = passed_over(order.ignore_patterns)
        self._folders: folder_look.Look = {}
        self._loses_events = False
        threading.Thread(target=self._run, name=f"watch {order.library}", daemon=True).start()

    def _run(self) -> None:
        while not self.ended.is_set():
            try:
                self._watch()
            except EventsLostError:
                self._loses_events = True  # and would again, and have everything scanned each time
            except OSError as error:
                said = error.strerror or _said(error)
                self._say_how(WatchMode.WAITING, f"its folder cannot be looked at ({said})")
            except Exception as error:
                self._say_how(WatchMode.WAITING, f"watching it failed ({_said(error)})")
            self.ended.wait(TRY_AGAIN_AFTER)

    def _watch(self) -> None:
        """Watch until told to end, or until another folder, or none, is where the root was."""
        root = self.order.root
        identity = _identity(root)
        events, reason = (None, LOST) if self._loses_events else _events_of(root)
        mode, every, stillness = WatchMode.EVENTS, LOOK_EVERY, settings().watch_stillness
        if events is None:
            mode, every = WatchMode.POLLING, settings().poll_every
            stillness *= POLLED_IS_STILL
        self._settling = Settling(root, stillness)
        with closing(events) if events else nullcontext():
            self._say_how(mode, reason)
            self._folders = folder_look.look(root, self._passed_over)
            self._tell_changed([EVERYTHING])  # what happened while nobody watched
            look_at = time.monotonic() + every
            while not self.ended.is_set() and _identity(root) == identity:
                if events:
                    self._hear(events)
                else:
                    self.ended.wait(WAIT_MS / 1_000)
                if time.monotonic() >= look_at:
                    self._look()
                    look_at = time.monotonic() + every
                self._tell_still()

    def _hear(self, events: RustNotify) -> None:
        """Take note of what the system tells; returns within half a second."""
        try:
            heard = events.watch(GATHER_MS, STEP_MS, WAIT_MS, self.ended)
        except WatchfilesRustInternalError as error:
            raise EventsLostError from error  # as with a name that is not UTF-8
        if isinstance(heard, set):
            for change, path in heard:
                self._note(change, os.fsencode(path))

    def _note(self, change: int, absolute: bytes) -> None:
        """Have what changed settle, if it may concern comics."""
        root = self.order.root.rstrip(b"/") + b"/"
        path = absolute.removeprefix(root)
        if path == absolute or self._is_passed_over(path):
            return
        folder, _, name = path.rpartition(b"/")
        if path in self._folders or (change != DELETED and os.path.isdir(absolute)):
            if change == DELETED:
                self._settling.touch(folder)
            elif change != MODIFIED:
                self._settling.touch(path)
        elif _is_of_interest(name):
            self._settling.touch(folder)

    def _is_passed_over(self, path: bytes) -> bool:
        parts = path.split(b"/")
        return any(
            self._passed_over(name, join(b"/".join(parts[:depth]), b""))
            for depth, name in enumerate(parts)
        )

    def _look(self) -> None:
        """Look at all folders, for what has changed since the last look."""
        found = folder_look.look(self.order.root, self._passed_over)
        for folder in folder_look.changed(self._folders, found):
            self._settling.touch(folder)
        self._folders = found

    def _tell_still(self) -> None:
        if still := self._settling.still():
            for folder in still:
                self._look_again(folder)
            self._tell_changed(still)

    def _look_again(self, folder: bytes) -> None:
        """Remember a folder and what is below it as it is now, which is told now."""
        prefix = join(folder, b"")
        for path in [one for one in self._folders if one == folder or one.startswith(prefix)]:
            del self._folders[path]
        self._folders |= folder_look.look(self.order.root, self._passed_over, folder)

    def _tell_changed(self, folders: list[bytes]) -> None:
        named = [os.fsdecode(one) for one in folders]
        self._tell({"library": self.order.library, "folders": named})

    def _say_how(self, mode: WatchMode, reason: str | None) -> None:
        self._tell({"library": self.order.library, "mode": mode.value, "reason": reason})


class Watches:
    """The watches that are kept, by their library."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._kept: dict[int, Watch] = {}

    def obey(self, orders: list[Order]) -> None:
        """Keep a watch for each of these, and no other."""
        wanted = {one.library: one for one in orders}
        for library, watch in list(self._kept.items()):
            if wanted.get(library) != watch.order:
                watch.ended.set()
                del self._kept[library]
        for library, order in wanted.items():
            if library not in self._kept:
                self._kept[library] = Watch(order, self._tell)


def _events_of(root: bytes) -> tuple[RustNotify | None, str | None]:
    """The system's events of all that changes below a folder, or why there are none."""
    if reason := file_systems.why_no_events(root):
        return None, reason
    try:
        return RustNotify([root.decode()], False, False, 0, True, False), None
    except UnicodeDecodeError:
        return None, "its path is not UTF-8, which the system’s events need"
    except PermissionError as error:
        return None, f"Longbox may not look into a folder in it ({_said(error)})"
    except FileNotFoundError:
        raise
    except (OSError, WatchfilesRustInternalError) as error:
        return None, _limit(_said(error))


def _limit(said: str) -> str:
    """What a refusal to tell of changes means, and what to do about it."""
    if "limit" in said:
        return (
            "the system watches no more folders: raise fs.inotify.max_user_watches "
            "(on the machine itself, with sysctl)"
        )
    if "os error 24" in said:
        return (
            "the system keeps no more watches: raise fs.inotify.max_user_instances "
            "(on the machine itself, with sysctl)"
        )
    return f"the system does not tell what changes ({said})"


def _said(error: Exception) -> str:
    return str(error.args[0] if error.args else error)


def _is_of_interest(name: bytes) -> bool:
    """Whether a file of this name is a comic, a page of one, or tells of one."""
    return has_comic_name(name) or is_page_name(name) or name.lower().endswith((b".xml", b".json"))


def _identity(root: bytes) -> tuple[int, int]:
    status = os.stat(root)
    return status.st_dev, status.st_ino


def _tell(said: dict[str, Any]) -> None:
    """Write a line for the parent, which may have ended."""
    try:
        with _telling:
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):  # it ends with its parent, and not before
        signal.signal(number, signal.SIG_IGN)
    watches = Watches(_tell)
    for line in sys.stdin:
        watches.obey(
            [
                Order(one["library"], os.fsencode(one["root"]), tuple(one["ignore_patterns"]))
                for one in json.loads(line)
            ]
        )
    os._exit(0)  # the parent has ended; threads may wait for a disk that does not answer


if __name__ == "__main__":
    main()
