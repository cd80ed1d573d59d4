"""Stages without the start of an interpreter: forked from a process that has everything loaded.

Hundreds of tests run a stage to its end, and most of what that takes is Python's beginning. What
runs is the same program in a process of its own, with a pipe from its parent on standard input.
`python -m tests.forked` is the process that forks.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import select
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
STAGES = ("stages.discover", "stages.index", "stages.thumbnail")


def run(program: str, *arguments: str, seconds: float) -> int:
    """Run a stage to its end, in the environment of this process; answers how it left. Fails when
    that takes longer than so many seconds."""
    forker = _forker()
    assert forker.stdin is not None
    assert forker.stdout is not None
    order = {"program": program, "arguments": arguments, "environment": dict(os.environ)}
    forker.stdin.write(json.dumps(order) + "\n")
    forker.stdin.flush()
    assert select.select([forker.stdout], [], [], seconds)[0], f"{program} does not come to its end"
    return int(forker.stdout.readline())


@cache
def _forker() -> subprocess.Popen[str]:
    """The process that forks for this one; it ends with its input."""
    forker = subprocess.Popen(
        [sys.executable, "-m", "tests.forked"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(forker.communicate)
    return forker


def _load() -> None:
    """Import what stages import, and not know them themselves, which are programs."""
    for name in STAGES:
        __import__(name)
    for name in ("stages.artwork", "stages.prefill"):
        __import__(name)
    for name in STAGES:
        del sys.modules[name]


def _serve() -> None:
    answers = os.dup(1)  # what stages say goes where errors go
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        ours, theirs = os.pipe()
        if (pid := os.fork()) == 0:
            os.dup2(ours, 0)
            for handle in (ours, theirs, answers):
                os.close(handle)
            _become(order["program"], order["arguments"], order["environment"])
        os.close(ours)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(theirs)
        os.write(answers, b"%d\n" % code)


def _become(program: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Be that program, in a child; never returns."""
    try:
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [program, *arguments]
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as left:
        os._exit(left.code if isinstance(left.code, int) else 1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    os._exit(1)


if __name__ == "__main__":
    _load()
    _serve()
