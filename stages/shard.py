"""The frame that every stage program runs in: its claim, its heart, its end.

A stage is started as `python -m stages.NAME SHARD FENCE` with a pipe from its parent on standard
input, and leaves with one of `db.states.Exit`.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from db import in_hand, job_log, logs, samples, shards, slowest, worklists
from db.engine import DatabaseUnusable, reading, writing, writing_in_bulk
from db.in_hand import InHand
from db.settings import settings
from db.silence import Silence
from db.states import ErrorClass, Exit
from stages import jail
from stages.log_lines import LogLines
from stages.stopwatch import Stopwatch

PATIENCE = 3.0  # seconds from SIGTERM to leaving, whatever is in hand; honcho kills after 5
LISTENS = 0.4  # seconds between looks at whether the job is cancelled or paused
HURRY = 1.2  # seconds to leaving then: with the look before it, less than two

log = logging.getLogger(__name__)


class Stopped(Exception):
    """The stage was asked to stop: commit what is done and leave."""


class Shard:
    """A stage's hold on its shard: the claim, the library's root and the file in hand."""

    def __init__(self, claim: shards.Claim, root: bytes) -> None:
        self.claim = claim
        self.root = root
        self._stop_by: float | None = None
        self._in_hand: InHand | None = None
        self._stopwatch = Stopwatch()
        self.log_lines = LogLines(lambda: self._stopwatch.path)
        self._sampled_at = time.monotonic()
        self._silence: Silence[None] = Silence(longest=2 * settings().heartbeat)

    @contextmanager
    def transaction(self, *, in_bulk: bool = False) -> Iterator[Connection]:
        """A write transaction of this shard, perhaps one of `engine.writing_in_bulk`; raises
        FenceLostError when it is not ours any more."""
        if self._in_hand:
            self._in_hand.take(b"")  # no file is to blame for what happens while we write
        self._stopwatch.take(b"", time.monotonic())
        jail.next_item()
        with writing_in_bulk() if in_bulk else writing() as connection:
            shards.hold(connection, self.claim)
            yield connection
            self._tell(connection)

    def _tell(self, connection: Connection) -> None:
        """Write down how far the phase is, now and then, what was slow, and what was said."""
        claim = self.claim
        moment = time.monotonic()
        if moment - self._sampled_at >= samples.CLOSEST:
            self._sampled_at = moment
            samples.take(connection, claim.job_id, claim.phase)
        slowest.store(connection, claim.job_id, claim.phase, self._stopwatch.told())
        for message, path in self.log_lines.told():
            job_log.of_shard(
                connection, claim.shard_id, message, path=path, level=job_log.LogLevel.WARNING
            )

    def take_in_hand(self, path: bytes) -> None:
        """Say which path (below the root) is about to be opened; see `db/in_hand.py`."""
        if self._in_hand is None:
            self._in_hand = InHand(self.claim.shard_id)
        self._in_hand.take(path)
        self._stopwatch.take(path, time.monotonic())
        jail.next_item()

    @property
    def stopping(self) -> bool:
        """Whether a SIGTERM has come: commit what is done, then `stop_if_asked`."""
        return self._stop_by is not None

    def stop_if_asked(self) -> None:
        if self.stopping:
            raise Stopped

    def ask_to_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop_within(PATIENCE)

    def _stop_within(self, seconds: float) -> None:
        by = time.monotonic() + seconds  # who asks again gets no more time by it
        self._stop_by = by if self._stop_by is None else min(by, self._stop_by)

    def live(self) -> None:
        """Beat until the process ends; end it when the parent dies or the shard is taken away."""
        poller = select.poll()
        poller.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
        beaten = listened = time.monotonic()
        while True:
            if poller.poll(200) and not os.read(sys.stdin.fileno(), 64):
                os._exit(Exit.STOPPED)  # the parent is dead
            moment = time.monotonic()
            if self._stop_by is not None and moment > self._stop_by:
                os._exit(Exit.STOPPED)  # what is in hand does not end; the batch before it is safe
            if moment - listened >= LISTENS:
                self._listen()
                listened = moment
            if moment - beaten >= settings().heartbeat:
                self._beat()
                self._watch()
                beaten = moment

    def _listen(self) -> None:
        """Stop when the job is paused or has gone back; leave at once when it is cancelled."""
        try:
            with reading() as connection:
                if not shards.is_wanted(connection, self.claim):
                    self._stop_within(HURRY)
        except shards.FenceLostError:
            os._exit(Exit.STOPPED)
        except Exception:
            log.exception("It could not be read whether the job goes on")

    def _beat(self) -> None:
        try:
            with writing() as connection:
                shards.hold(connection, self.claim)
        except shards.FenceLostError:
            os._exit(Exit.STOPPED)
        except Exception:
            log.exception("A heartbeat could not be written")

    def _watch(self) -> None:
        """Leave when one file, or whatever else, takes longer than anything should."""
        path = in_hand.read(self.claim.shard_id)  # of a discovery it is its walk that says it
        silent = self._silence.look({None: (path, self._stopwatch.since)})[None]
        if path and silent > settings().file_timeout:
            self._give_up(f"no answer for {silent:.0f} seconds", path)
        elif silent > settings().stall_timeout:
            self._give_up(f"it came no further for {silent:.0f} seconds", path)

    def _give_up(self, reason: str, path: bytes | None) -> None:
        self.bury(reason, ErrorClass.TIMEOUT, path)
        os._exit(Exit.FAILED)

    def bury(self, reason: str, error_class: ErrorClass, path: bytes | None) -> None:
        """Write down why this stage fails, and which path (below the root) was in hand."""
        with writing() as connection:
            shards.bury(
                connection,
                self.claim.shard_id,
                reason,
                fence=self.claim.fence,
                exit_code=Exit.FAILED,
                in_hand=path,
                error_class=error_class,
            )

    def close(self) -> None:
        if self._in_hand:
            self._in_hand.close()


def run(work: Callable[[Shard], None]) -> None:
    """Run a stage program: `work` does the shard and ends with `shards.finish`. Never returns."""
    jail.enter()
    gc.freeze()  # what the imports made stays; looking through it again and again is for nothing
    gc.set_threshold(100_000)
    shard_id, fence = int(sys.argv[1]), sys.argv[2]
    try:
        with reading() as connection:
            claim = shards.load(connection, shard_id, fence)
            root = worklists.library_root(connection, claim.job_id)
    except shards.FenceLostError:
        sys.exit(Exit.STOPPED)
    os.nice(claim.options.nice)
    logs.begin(claim.phase, settings())
    logs.bind(job=claim.job_id, shard=claim.shard_id)
    shard = Shard(claim, root)
    logging.getLogger().addHandler(shard.log_lines)
    signal.signal(signal.SIGTERM, shard.ask_to_stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; honcho says TERM
    threading.Thread(target=shard.live, name="heart", daemon=True).start()
    _leave(shard, _outcome(work, shard))


def _outcome(work: Callable[[Shard], None], shard: Shard) -> Exit:
    try:
        work(shard)
        return Exit.DONE
    except (Stopped, shards.FenceLostError):
        return Exit.STOPPED
    except Exception as error:
        log.exception("%s shard %s failed", shard.claim.phase, shard.claim.shard_id)
        reason = f"{type(error).__name__}: {error}"
        # The database's troubles are not those of the file that happened to be open.
        is_its_own = isinstance(error, DBAPIError | DatabaseUnusable)
        path = None if is_its_own else in_hand.read(shard.claim.shard_id)
        shard.bury(reason, ErrorClass.CRASHED, path)
        return Exit.FAILED


def _leave(shard: Shard, code: Exit) -> None:
    """End at once: there is nothing left to tidy up that the kernel does not do faster."""
    shard.close()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
