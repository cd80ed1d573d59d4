"""What a program costs, by /proc."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.processes import PROC, Peak, cpu_seconds, family, memory

pytestmark = pytest.mark.skipif(not PROC.exists(), reason="there is no /proc here")

# The child is that of a thread, and tells its number when it runs.
CHILD = "import os; print(os.getpid(), flush=True); input()"
PARENT = f"""
import subprocess, sys, threading

def start():
    with subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE) as child:
        input()
        child.communicate(b"\\n")

threading.Thread(target=start).start()
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.communicate("\n")


def test_a_child_belongs_to_the_family(parent: subprocess.Popen[str]) -> None:
    child = int(parent.stdout.readline())
    assert family(parent.pid) == [parent.pid, child]


def test_memory_is_told_for_each_process(parent: subprocess.Popen[str]) -> None:
    parent.stdout.readline()
    sizes = memory(parent.pid)
    assert len(sizes) == 2
    assert all(megabytes > 1 for megabytes in sizes.values())


def test_cpu_time_grows_with_work() -> None:
    before = cpu_seconds(os.getpid())
    while cpu_seconds(os.getpid()) == before:
        sum(range(10_000))


def test_the_peak_is_what_was_seen_last_at_the_latest() -> None:
    peak = Peak(os.getpid(), every=0.001)
    peak.start()
    while not peak.megabytes:
        pass
    assert peak.stop() > 1


def test_a_process_that_has_ended_costs_nothing() -> None:
    process = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    pid = int(process.stdout)
    assert memory(pid) == {}
    assert cpu_seconds(pid) == 0
