"""Parents whose children do the work: what ends or hangs is replaced, and nobody outlives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.processes import family
from pipeline import slots
from tests.trial import PATIENCE, wait_for

PARENT = "from pipeline.cli import main; main()"

ASKED_LATE = """
import os, signal, sys, threading
from pipeline.supervisor import Supervisor

class Stdout:
    def flush(self):  # the last thing but one before a child begins
        sys.stdout = sys.__stdout__
        os.kill(os.getpid(), signal.SIGTERM)

sys.stdout = Stdout()
sys.exit(Supervisor("test", 1, lambda number: threading.Event().wait()).run())
"""


@pytest.fixture
def start(data: Path, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `longbox worker`; returns when all its children are in their slots."""
    started: list[subprocess.Popen[bytes]] = []

    def start(count: int, **environment: str) -> subprocess.Popen[bytes]:
        settings = {"LONGBOX_WORKER_PROCESSES": str(count), **environment}
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", PARENT, "worker"],
                env=os.environ | settings,
                stdout=log,
                stderr=log,
            )
        started.append(process)
        wait_for(lambda: len(in_slots()) == count, "workers in their slots")
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def in_slots() -> set[str]:
    return {name for name in ("worker.1", "worker.1.2") if slots.is_held(name)}


def children(parent: subprocess.Popen[bytes]) -> list[int]:
    return family(parent.pid)[1:]


def test_a_child_that_is_killed_is_replaced_while_the_other_works_on(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    parent = start(2)
    killed, other = children(parent)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in children(parent) and len(children(parent)) == 2, "another one")
    wait_for(lambda: in_slots() == {"worker.1", "worker.1.2"}, "both slots to be held")
    assert other in children(parent)


def test_a_child_that_hangs_is_killed_and_replaced(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    parent = start(1, LONGBOX_HEARTBEAT="0.2", LONGBOX_STALE_AFTER="2")
    [hung] = children(parent)
    os.kill(hung, signal.SIGSTOP)
    wait_for(lambda: children(parent) and hung not in children(parent), "another one")
    assert "gave no sign of life" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_children_end_with_their_parent(
    start: Callable[..., subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    parent = start(1)
    [child] = children(parent)
    parent.send_signal(number)
    assert parent.wait(PATIENCE) == (-number if number is signal.SIGKILL else 0)
    wait_for(lambda: not in_slots(), "the end of the child")
    wait_for(lambda: not Path(f"/proc/{child}/cmdline").exists(), "the end of the child")


def test_who_is_asked_to_stop_on_the_way_to_a_child_begins_none(data: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ASKED_LATE], timeout=PATIENCE)
    assert done.returncode == 0


def test_a_second_worker_of_a_slot_says_so_and_leaves(
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    start(1)
    soon = f"from pipeline import slots; slots.PATIENCE = 0.2; {PARENT}"
    done = subprocess.run(
        [sys.executable, "-c", soon, "worker"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 1
    assert "Another Longbox process already holds the slot worker.1" in done.stderr
