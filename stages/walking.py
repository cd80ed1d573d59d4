"""A walk under way, as those see it who have sent it out: discover, and the dry run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from stages import walk


class RootUnreadableError(Exception):
    """The library's root cannot be listed; the message says why."""


@contextmanager
def walking(order: dict[str, Any]) -> Iterator[Iterator[walk.Report]]:
    """The reports of a walk; it ends when the context is left. `order` is what `walk.Order` has.

    Raises RootUnreadableError while the reports are read.
    """
    program = [sys.executable, "-m", "stages.walk"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as walker:
        assert walker.stdin is not None
        assert walker.stdout is not None
        try:
            walk.send(walker.stdin, order)
            yield _reports(walker.stdout)
        finally:
            walker.kill()


def _reports(answers: IO[bytes]) -> Iterator[walk.Report]:
    while True:
        try:
            answer = walk.receive(answers)
        except EOFError:
            raise RuntimeError("the walk over the folders ended before its time") from None
        if "root_unreadable" in answer:
            raise RootUnreadableError(answer["root_unreadable"])
        report = walk.Report(**answer)
        yield report
        if report.last:
            return
