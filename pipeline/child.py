"""A long-lived helper process that answers one JSON line with another, as its one user sees it.

It is started when it is first needed, killed when it hangs, replaced when it died, and ended when
it has had nothing to do for a while. What it is asked, and why, is its user's business.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

IDLE_SECONDS = 60.0  # it costs 20 MB to keep, and 0.1 s to start


class ChildHung(Exception):
    """The child did not answer in time and was killed."""


class ChildDied(Exception):
    """The child ended without an answer; the message says how."""


class Child:
    """One `python -m …` that serves, for one request at a time."""

    def __init__(self, *arguments: object) -> None:
        self._command = [sys.executable, "-m", *map(str, arguments)]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used = 0.0

    @property
    def pid(self) -> int | None:
        """The process, when there is one."""
        return self._process.pid if self._process else None

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """The child's answer; raises ChildHung or ChildDied, behind which the next is a new child.

        What both sides say is described in the program that serves.
        """
        with self._lock:
            if self._process is None:
                self._process = _start(self._command)
            self._used = time.monotonic()
            try:
                return _ask(self._process, request, seconds)
            except BaseException:
                self._process.kill()
                self._end()
                raise

    def end_if_idle(self) -> None:
        """End the child if it has had nothing to do for long enough."""
        if self._process and time.monotonic() - self._used > IDLE_SECONDS:
            with self._lock:
                self._end()

    def end(self) -> None:
        """End the child, when nothing is to be asked any more."""
        with self._lock:
            self._end()

    def kill(self) -> None:
        """Kill the child, whatever it is doing; who waits for its answer gets ChildDied."""
        if process := self._process:
            process.kill()

    def _end(self) -> None:
        """Let go of the process: it ends with its input."""
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        # A dead disk holds even what was killed; that one ends some day.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._process = None


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def _ask(
    process: subprocess.Popen[bytes], request: dict[str, Any], seconds: float
) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
    except BrokenPipeError:
        raise ChildDied(_how_it_ended(process)) from None
    deadline = time.monotonic() + seconds
    poller = select.poll()
    poller.register(process.stdout, select.POLLIN)
    answer = b""
    while not answer.endswith(b"\n"):
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise ChildHung
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            raise ChildDied(_how_it_ended(process))
        answer += piece
    parsed: dict[str, Any] = json.loads(answer)
    return parsed


def _how_it_ended(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit status {code}"
