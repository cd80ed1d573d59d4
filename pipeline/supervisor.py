"""Keeps processes of a kind at work: `longbox worker` and `longbox covers` are such parents.

The children do the work. One that ends is started again, one that shows no sign of life any more is
killed and started again, and all end with their parent. What they do is their own business.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from types import FrameType

from db import engine
from db.settings import settings
from db.silence import Silence
from pipeline.slots import SlotTakenError

LOOK = 0.5  # seconds between looks, and between signs of life
SHORT_LIFE = 10.0  # seconds; who lives no longer is started again after a wait
LONGEST_WAIT = 30.0
IN_VAIN = 3  # the exit status of a child that is of no use, and has said why

log = logging.getLogger(__name__)

Serve = Callable[[int], None]


@dataclass(slots=True)
class Place:
    """What one child after the other takes; moments are of the monotonic clock."""

    number: int  # from 1
    pid: int = 0  # 0 while nobody is there
    started_at: float = 0.0
    due: float = 0.0
    wait: float = LOOK


class Supervisor:
    """So many processes that each run `serve(number)`, until SIGTERM or SIGINT."""

    def __init__(self, kind: str, count: int, serve: Serve) -> None:
        self._kind = kind
        self._serve = serve
        self._places = [Place(number) for number in range(1, count + 1)]
        self._signs = mmap(-1, 8 * count)  # shared with the children: how often each has beaten
        self._silence: Silence[int] = Silence(longest=2 * LOOK)
        self._stopping = False
        # Nobody ever writes into it; its reading end tells the children that we are gone.
        self._lifeline = os.pipe()

    def run(self) -> int:
        """Supervise; answers the exit status."""
        engine.close()  # connections must not be shared
        gc.collect()
        gc.freeze()  # what is there stays, in memory that the children share
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        status = 0
        while not self._stopping or any(place.pid for place in self._places):
            for place in self._places:
                status = max(status, self._tend(place))
            self._kill_silent()
            time.sleep(LOOK if not self._stopping else LOOK / 10)
        return status

    def _ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for place in self._places:
            if place.pid:
                os.kill(place.pid, signal.SIGTERM)

    def _tend(self, place: Place) -> int:
        """See whether a place's child is there, and start another; answers the status to leave
        with, if that is to be."""
        if place.pid:
            pid, how = os.waitpid(place.pid, os.WNOHANG)
            if not pid:
                return 0
            place.pid = 0
            code = os.waitstatus_to_exitcode(how)
            if code == IN_VAIN:
                self._ask_to_stop(signal.SIGTERM, None)
                return 1
            self._mourn(place, code)
        if not self._stopping and time.monotonic() >= place.due:
            self._start(place)
        return 0

    def _mourn(self, place: Place, code: int) -> None:
        if self._stopping:
            return
        lived = time.monotonic() - place.started_at
        place.wait = min(place.wait * 2, LONGEST_WAIT) if lived < SHORT_LIFE else LOOK
        place.due = time.monotonic() + place.wait
        how = f"killed by signal {-code}" if code < 0 else f"exit status {code}"
        log.warning("A %s process ended (%s); another one takes its place.", self._kind, how)

    def _start(self, place: Place) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        place.started_at = time.monotonic()
        # Signals wait until either side knows who it is.
        waiting = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, waiting)
        try:
            if self._stopping:  # it was heard just now, for nobody
                return
            place.pid = os.fork()
            if not place.pid:
                self._be_child(place, waiting)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, waiting)

    def _be_child(self, place: Place, waiting: set[signal.Signals]) -> None:
        """What a child does; never returns."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, waiting)
        os.close(self._lifeline[1])
        threading.Thread(target=self._live, args=(place,), name="heart", daemon=True).start()
        status = 1
        try:
            self._serve(place.number)
            status = 0
        except SlotTakenError as error:
            print(f"Error: {error}", file=sys.stderr)
            status = IN_VAIN
        except BaseException:
            log.exception("A %s process failed", self._kind)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _live(self, place: Place) -> None:
        """Show signs of life; end with the parent."""
        poller = select.poll()
        poller.register(self._lifeline[0], select.POLLIN | select.POLLHUP)
        beats = 0
        while not poller.poll(LOOK * 1000):
            beats += 1
            struct.pack_into("Q", self._signs, 8 * (place.number - 1), beats)
        os._exit(1)

    def _kill_silent(self) -> None:
        there = {place.pid: place for place in self._places if place.pid}
        signs = {
            pid: struct.unpack_from("Q", self._signs, 8 * (place.number - 1))
            for pid, place in there.items()
        }
        for pid, silent in self._silence.look(signs).items():
            if silent > settings().stale_after:
                log.error(
                    "A %s process gave no sign of life for %.0f seconds; it is killed.",
                    self._kind,
                    silent,
                )
                os.kill(pid, signal.SIGKILL)
