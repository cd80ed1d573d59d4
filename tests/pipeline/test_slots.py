"""Worker slots: whose turn it is, told by the kernel's locks, held by real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import slots
from tests.trial import wait_for

HOLD = "from pipeline import slots; print(slots.take('worker'), flush=True); input()"
Holder = subprocess.Popen[str]


@pytest.fixture
def hold(data: Path) -> Iterator[Callable[..., Holder]]:
    """Starts processes that hold a slot until they end."""
    started: list[Holder] = []

    def start(**environment: str) -> Holder:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout
        assert process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_slot_is_held_as_long_as_its_process_lives(hold: Callable[..., Holder]) -> None:
    assert not slots.is_held("worker.1")
    process = hold()
    assert slots.is_held("worker.1")
    assert slots.any_held("worker")
    assert not slots.any_held("covers")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not slots.is_held("worker.1")
    assert not slots.any_held("worker")


def test_a_second_process_of_the_slot_is_refused_and_told_why(
    hold: Callable[..., Holder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "PATIENCE", 0.2)
    hold()
    with pytest.raises(slots.SlotTakenError, match=r"worker\.1 of .* Stop it"):
        slots.take("worker")


def test_a_second_process_gets_the_slot_when_the_first_one_leaves_in_time(
    hold: Callable[..., Holder],
) -> None:
    first = hold()
    code = (
        "from pipeline import slots; slots.PATIENCE = 120;"
        "print('waits', flush=True); slots.take('worker')"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as second:
        assert second.stdout
        assert second.stdout.readline()
        assert second.poll() is None
        first.kill()
        assert second.wait() == 0


def test_slots_are_named_as_honcho_names_its_processes(hold: Callable[..., Holder]) -> None:
    hold(HONCHO_PROCESS_NAME="worker.2")
    assert slots.is_held("worker.2")
    assert not slots.is_held("worker.1")
    hold()
    assert slots.is_held("worker.1")


def test_looking_at_a_slot_does_not_take_it(hold: Callable[..., Holder]) -> None:
    first = hold()
    first.kill()
    wait_for(lambda: not slots.is_held("worker.1"), "the free slot")
    hold()
    assert slots.is_held("worker.1")
