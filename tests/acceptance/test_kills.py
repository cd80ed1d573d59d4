"""Processes are killed in the middle of a scan; what comes of it is what would have come anyway."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import Longbox
from tests.gates import Gates

START = Callable[..., Longbox]

PHASES = ["discover", "index", "thumbnail"]


@pytest.fixture
def scanning(start: START, comics: Path, gates: Gates) -> tuple[Longbox, int]:
    """A Longbox with a scan that has just been asked for, and that waits in each phase."""
    gates.shut(*PHASES)
    longbox = start()
    longbox.add_library(comics)
    return longbox, longbox.scan()


def kill_in(longbox: Longbox, gates: Gates, phase: str, words: str) -> None:
    """Kill processes when something has come of a phase already, and it is not at its end."""
    gates.waiting(phase)
    longbox.kill(words)
    gates.open(phase)


def test_a_stage_that_is_killed_at_its_work_in_each_phase_leaves_no_trace(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        kill_in(longbox, gates, phase, f"stages.{phase} ")
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed
    assert longbox.said().count("SIGKILL") >= len(PHASES)


def test_a_worker_that_is_killed_in_each_phase_goes_on_when_it_is_started_again(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        kill_in(longbox, gates, phase, "main() worker")
        longbox.wait_until_down()  # one process that ends stops all
        longbox.start()
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_after_honcho_was_killed_in_each_phase_the_next_one_goes_on(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        kill_in(longbox, gates, phase, "-m honcho")
        longbox.start()  # while the processes of the one before are on their way out
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_everything_killed_at_once_as_by_a_power_cut_goes_on_afterwards(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        kill_in(longbox, gates, phase, "")
        longbox.start()
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_a_restart_in_each_phase_costs_no_strike(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    for phase in PHASES:
        gates.waiting(phase)
        gates.open(phase)
        longbox.stop()
        longbox.wait_until_down()
        assert longbox.value("SELECT max(strikes) FROM shards") == 0
        assert longbox.value("SELECT count(*) FROM shards WHERE status = 'running'") == 0
        longbox.start()
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_a_killed_web_process_takes_nothing_with_it(
    scanning: tuple[Longbox, int], gates: Gates, undisturbed: dict[str, list[Any]]
) -> None:
    longbox, job_id = scanning
    gates.open("discover")
    kill_in(longbox, gates, "index", "main() web")
    longbox.wait_until_down()
    gates.open("thumbnail")
    longbox.start()
    assert longbox.wait_until_ended(job_id)["status"] == "completed"
    assert longbox.catalogue() == undisturbed


def test_processes_leave_when_honcho_is_killed(scanning: tuple[Longbox, int], gates: Gates) -> None:
    longbox, _job_id = scanning
    gates.open("discover")
    kill_in(longbox, gates, "index", "-m honcho")
    longbox.wait_until_down()
    assert longbox.value("SELECT status FROM scan_jobs") == "running"
