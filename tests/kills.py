"""Killing a process at each thing that it does with files, one after the other."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import warnings
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

import db.engine

# What a program does with files, as the interpreter announces it: enough to be killed between.
MOMENTS = frozenset({"open", "os.rename", "os.link", "os.remove", "os.mkdir", "sqlite3.connect"})


def killed_at(number: int, work: Callable[[], Any], moments: Collection[str] = MOMENTS) -> bool:
    """Do some work in a process that is killed just before the so-many-th of its moments; answers
    whether it came to that."""
    db.engine.close()
    with warnings.catch_warnings():
        # Newer Pythons warn of forks beside threads; those of the tests' runner only wait.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        seen = itertools.count(1)

        def look(event: str, _: Any) -> None:
            if event in moments and next(seen) == number:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)
        with suppress(BaseException):
            work()
        os._exit(0)
    return os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGKILL
