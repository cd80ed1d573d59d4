"""The watchman: has libraries watched, and what has changed in them scanned.

The watching is done by one `python -m stages.watch` for all of them, which is there as long as a
library is watched. One that ends is replaced.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from db import watches
from db.engine import reading, writing
from db.states import WatchMode
from db.times import now
from db.watches import Watched
from pipeline import tasks

BEGIN_AGAIN_AFTER = 10.0  # seconds

log = logging.getLogger(__name__)


class Watchman:
    """The process that watches for this worker, and the libraries that it knows of."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._told: list[Watched] = []
        self._began_at = 0.0

    def pass_by(self) -> None:
        """See to it that those libraries are watched that are to be, and no others."""
        with reading() as connection:
            wanted = watches.wanted(connection)
        if self._process is not None and self._process.poll() is not None:
            log.warning("The watch over the libraries ended; it begins again")
            self._end()
        if not wanted:
            self._end()
        elif self._process is None:
            if abs(now() - self._began_at) >= BEGIN_AGAIN_AFTER:
                self._begin()
                self._tell(wanted)
        elif wanted != self._told:
            self._tell(wanted)

    def _begin(self) -> None:
        self._began_at = now()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stages.watch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        threading.Thread(target=_listen, args=(self._process,), name="watch", daemon=True).start()

    def _tell(self, wanted: list[Watched]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        order = [
            {
                "library": one.library_id,
                "root": os.fsdecode(one.root),
                "ignore_patterns": one.ignore_patterns,
            }
            for one in wanted
        ]
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it has ended, which is seen to the next time
        self._told = wanted

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            # A dead disk holds even what was killed; that one ends some day.
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(1)
            if self._process.stdin:
                self._process.stdin.close()
            self._process, self._told = None, []


def _listen(process: subprocess.Popen[bytes]) -> None:
    """Do what the watch says, until it ends.

    It says everything once. When that cannot be done it is ended, as the next one begins with all
    that may have changed.
    """
    assert process.stdout is not None
    with process.stdout as said:
        for line in said:
            try:
                _do(json.loads(line))
            except Exception:
                log.exception("What the watch said could not be done; the watch is ended")
                process.kill()
                return


def _do(said: dict[str, Any]) -> None:
    library_id = said["library"]
    job_id = None
    with writing() as connection:
        if "folders" in said:
            folders = [os.fsencode(one) for one in said["folders"]]
            job_id = watches.request(connection, library_id, folders)
        else:
            watches.tell(connection, library_id, WatchMode(said["mode"]), said["reason"])
    if job_id is not None:
        tasks.ring(job_id)
