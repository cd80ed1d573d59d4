"""How a stage's end is written down, whatever the end was; the stages are real ones."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from db import jobs, shards
from db.dialect import SEARCH_TABLES
from db.engine import reading, writing
from db.schema import shards as shards_table
from db.states import JobStatus, ShardStatus
from pipeline.runner import Runner
from tests.gates import Gates
from tests.trial import Trial, wait_for


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz", "Saga/2.cbz")
    return trial


@pytest.fixture
def runner() -> Runner:
    return Runner("test.1")


def queued() -> list[int]:
    with reading() as connection:
        return shards.queued(connection)


def shard(trial: Trial, shard_id: int) -> Row[Any]:
    return next(row for row in trial.rows(shards_table) if row.id == shard_id)


@contextmanager
def at_work(runner: Runner, shard_id: int, gates: Gates) -> Iterator[int]:
    """A thread that runs the shard; its stage, by its pid, goes on behind the block."""
    gates.shut("discover")
    thread = threading.Thread(target=runner.run, args=[shard_id])
    thread.start()
    yield gates.waiting("discover")
    gates.open("discover")
    thread.join()


def test_a_stage_that_does_its_work_ends_its_shard_and_the_next_is_queued(
    trial: Trial, runner: Runner
) -> None:
    trial.request()
    [first] = queued()
    runner.run(first)
    row = shard(trial, first)
    assert (row.status, row.exit_code, row.attempt, row.strikes) == (ShardStatus.DONE, 0, 1, 0)
    assert row.pid is not None
    assert row.fence is None
    assert runner.stages == {}
    assert len(queued()) == 1


def test_a_shard_that_is_not_to_be_had_is_not_run(trial: Trial, runner: Runner) -> None:
    job_id = trial.request()
    [first] = queued()
    with writing() as connection:
        jobs.cancel(connection, job_id)
    runner.run(first)
    runner.run(12345)
    assert shard(trial, first).attempt == 0


def test_a_bell_that_rings_twice_runs_one_stage(trial: Trial, runner: Runner) -> None:
    trial.request()
    [first] = queued()
    threads = [threading.Thread(target=runner.run, args=[first]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shard(trial, first).attempt == 1
    assert shard(trial, first).status == ShardStatus.DONE


def test_a_stage_that_is_killed_is_recorded_with_the_signal_and_queued_again(
    trial: Trial, runner: Runner, gates: Gates
) -> None:
    trial.request()
    [first] = queued()
    with at_work(runner, first, gates) as pid:
        os.kill(pid, signal.SIGKILL)
    row = shard(trial, first)
    assert (row.status, row.exit_code, row.strikes) == (ShardStatus.QUEUED, -9, 1)
    assert row.message == "killed by signal 9 (SIGKILL)"
    assert row.fence is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stage_that_is_asked_to_stop_is_queued_again_without_a_strike(
    trial: Trial, runner: Runner, gates: Gates, number: signal.Signals
) -> None:
    """Ctrl-C reaches the whole group: the stage, at whatever it is, and the worker that stops."""
    gates.shut("discover")
    trial.request()
    [first] = queued()
    thread = threading.Thread(target=runner.run, args=[first])
    thread.start()
    [stage] = wait_for(lambda: [*runner.stages.values()], "a stage that has only just begun")
    runner.stopping = number is signal.SIGINT
    stage.process.send_signal(number)
    gates.open("discover")
    thread.join()
    row = shard(trial, first)
    assert row.strikes == 0
    assert row.status in (ShardStatus.QUEUED, ShardStatus.DONE)


def test_a_stage_that_fails_says_why_and_fails_its_job_in_the_end(
    trial: Trial, runner: Runner
) -> None:
    job_id = trial.request()
    runner.run(queued()[0])
    with writing() as connection:
        connection.exec_driver_sql("DROP TABLE comic_search")
    [second] = queued()
    runner.run(second)
    row = shard(trial, second)
    assert (row.status, row.exit_code, row.strikes) == (ShardStatus.QUEUED, 1, 1)
    assert "comic_search" in row.message
    runner.run(second)
    runner.run(second)
    job = trial.job(job_id)
    assert shard(trial, second).status == ShardStatus.FAILED
    assert (job.status, job.phase) == (JobStatus.FAILED, "index")
    assert "3 times without progress" in job.last_error
    assert "comic_search" in job.last_error
    assert trial.errors() == {}

    with writing() as connection:
        connection.exec_driver_sql(SEARCH_TABLES[0])
        jobs.retry(connection, job_id)
    assert trial.go_on(job_id).status == JobStatus.COMPLETED


def test_when_asked_to_stop_a_runner_stops_its_stages_and_starts_no_other(
    trial: Trial, runner: Runner, gates: Gates
) -> None:
    trial.request()
    [first] = queued()
    with at_work(runner, first, gates):
        runner.stop()
    row = shard(trial, first)
    assert (row.status, row.exit_code, row.strikes) == (ShardStatus.QUEUED, 75, 0)
    runner.run(first)
    assert shard(trial, first).attempt == 1
