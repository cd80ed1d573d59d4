"""The worker as the system knows it: a process that runs scans, is stopped, is killed."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from bench.processes import family
from db import jobs, shards
from db.engine import reading, writing
from db.schema import job_log
from db.schema import shards as shards_table
from db.states import JobStatus, ShardStatus
from pipeline import slots, tasks
from tests.gates import Gates
from tests.hung_disk import HungDisk
from tests.trial import PATIENCE, Trial, wait_for, write_comic

WORKER = [sys.executable, "-c", "from pipeline.cli import main; main()", "worker"]


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add(*(f"Saga {series}/{number}.cbz" for series in range(4) for number in range(100)))
    return trial


@pytest.fixture
def start(data: Path, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `longbox worker`; returns when it holds its slot."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(WORKER, stdout=log, stderr=log)
        started.append(process)
        wait_for(lambda: slots.is_held("worker.1"), "a worker in its slot")
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def on_hung_disk(data: Path, tmp_path: Path) -> Iterator[Callable[[str], Trial]]:
    """Makes a library of three comics, one of which, or all (""), cannot be read for ever."""
    with ExitStack() as stack:

        def make(hangs: str) -> Trial:
            trial = Trial(tmp_path / "comics")
            comic = write_comic(tmp_path / "whole.cbz").read_bytes()
            names = {f"Saga {number}.cbz": comic for number in range(3)}
            try:
                stack.enter_context(HungDisk(trial.root, names, {hangs}))
            except OSError as error:
                pytest.skip(str(error))
            return trial

        yield make


def running_stage() -> Any:
    with reading() as connection:
        return next((one for one in shards.running(connection) if one.pid), None)


def shard(trial: Trial, shard_id: int) -> Row[Any]:
    return next(row for row in trial.rows(shards_table) if row.id == shard_id)


@contextmanager
def held_up(trial: Trial, gates: Gates) -> Iterator[shards.Running]:
    """A scan whose stage has begun and can write nothing until the block ends."""
    gates.shut("discover")
    tasks.ring(trial.request())
    gates.waiting("discover")
    stage = wait_for(running_stage, "a running stage")
    with writing():
        yield stage
    gates.open("discover")


def wait_until_completed(trial: Trial, job_id: int) -> None:
    """Wait for the job's end, which must be a good one."""
    wait_for(lambda: not JobStatus(trial.job(job_id).status).active, "the end of the scan")
    assert trial.job(job_id).status == JobStatus.COMPLETED, trial.job(job_id).last_error


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_worker_runs_a_scan_to_its_end(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    start()
    job_id = trial.request(thumbnails="none")
    tasks.ring(job_id)
    wait_until_completed(trial, job_id)
    assert trial.job(job_id).index_done == 400


def test_a_worker_that_starts_later_finds_what_was_asked_for(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    job_id = trial.request(thumbnails="none")
    start()
    wait_until_completed(trial, job_id)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_stop_hands_its_shards_back_without_a_strike(
    trial: Trial,
    start: Callable[[], subprocess.Popen[bytes]],
    gates: Gates,
    number: signal.Signals,
) -> None:
    worker = start()
    with held_up(trial, gates) as stage:
        worker.send_signal(number)
    assert worker.wait(PATIENCE) == 0
    assert is_gone(stage.pid)
    row = shard(trial, stage.id)
    assert row.strikes == 0
    assert row.status in (ShardStatus.QUEUED, ShardStatus.DONE)
    assert running_stage() is None


def test_who_is_asked_to_stop_again_and_again_still_waits_for_the_stages(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]], gates: Gates
) -> None:
    """As by honcho, which asks the whole group, and by the parent."""
    gates.shut("discover")
    worker = start()
    tasks.ring(trial.request())
    gates.waiting("discover")
    stage = wait_for(running_stage, "a running stage")
    child = family(worker.pid)[1]
    times = itertools.count(1)
    worker.terminate()

    def has_left_although_asked_again() -> bool:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
        if next(times) == 10:
            gates.open("discover")
        return worker.poll() is not None

    wait_for(has_left_although_asked_again, "the end of the worker")
    assert worker.wait(PATIENCE) == 0
    row = shard(trial, stage.id)
    assert row.strikes == 0
    assert row.status in (ShardStatus.QUEUED, ShardStatus.DONE)  # as far as it came in the end


def test_the_stages_of_a_killed_worker_end_and_the_next_worker_goes_on(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]], gates: Gates
) -> None:
    worker = start()
    with held_up(trial, gates) as stage:
        worker.kill()
        worker.wait()
        wait_for(lambda: is_gone(stage.pid), "the end of the stage")
    assert shard(trial, stage.id).status == ShardStatus.RUNNING
    start()
    job_id = stage.job_id
    wait_until_completed(trial, job_id)
    assert trial.job(job_id).comics_new == 400
    assert trial.job(job_id).index_done == 400


def test_a_cancelled_scan_ends_its_stage(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]], gates: Gates
) -> None:
    gates.shut("discover")
    start()
    tasks.ring(trial.request())
    gates.waiting("discover")
    stage = wait_for(running_stage, "a running stage")
    with writing() as connection:
        jobs.cancel(connection, stage.job_id)
    wait_for(lambda: is_gone(stage.pid), "the end of the stage")
    assert trial.job(stage.job_id).status == JobStatus.CANCELLED
    assert shard(trial, stage.id).status == ShardStatus.CANCELLED


def test_a_stage_that_is_stopped_dead_is_ended_and_its_shard_done_by_another(
    trial: Trial,
    start: Callable[[], subprocess.Popen[bytes]],
    gates: Gates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LONGBOX_HEARTBEAT", "0.2")
    monkeypatch.setenv("LONGBOX_STALE_AFTER", "5")
    start()
    with held_up(trial, gates) as stage:
        os.kill(stage.pid, signal.SIGSTOP)
    job_id = stage.job_id
    wait_until_completed(trial, job_id)
    assert is_gone(stage.pid)
    assert trial.job(job_id).index_done == 400
    assert any("no sign of life" in line.message for line in trial.rows(job_log))


def test_a_file_whose_disk_does_not_answer_is_named_and_keeps_nothing_else_waiting(
    on_hung_disk: Callable[[str], Trial],
    start: Callable[[], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LONGBOX_HEARTBEAT", "0.2")
    monkeypatch.setenv("LONGBOX_FILE_TIMEOUT", "1")
    monkeypatch.setenv("LONGBOX_WORKERS", "1")
    trial = on_hung_disk("Saga 1.cbz")
    start()
    job_id = trial.request(thumbnails="none")
    tasks.ring(job_id)
    wait_until_completed(trial, job_id)
    assert trial.errors() == {"Saga 1.cbz": "timeout"}
    assert (trial.job(job_id).index_done, trial.job(job_id).index_failed) == (2, 1)
    said = " ".join(line.message for line in trial.rows(job_log))
    assert "the disk it reads does not answer" in said


def test_a_library_whose_folder_cannot_be_listed_for_ever_fails_its_scan_with_the_reason(
    on_hung_disk: Callable[[str], Trial],
    start: Callable[[], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LONGBOX_HEARTBEAT", "0.2")
    monkeypatch.setenv("LONGBOX_STALL_TIMEOUT", "1")
    monkeypatch.setenv("LONGBOX_STRIKES", "1")
    trial = on_hung_disk("")
    start()
    job_id = trial.request()
    tasks.ring(job_id)
    wait_for(lambda: not JobStatus(trial.job(job_id).status).active, "the end of the scan")
    assert trial.job(job_id).status == JobStatus.FAILED
    assert "came no further" in trial.job(job_id).last_error
