"""Recovery: whose shards come back, whose do not, and that lost bells are rung again."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, update

from db import jobs, shards
from db.engine import reading, writing
from db.schema import shards as shards_table
from db.settings import settings
from db.shards import Claim
from db.silence import Silence
from db.states import JobStatus, ShardStatus
from db.times import now
from pipeline import tasks
from pipeline.queue import mend
from pipeline.recovery import EVERY
from pipeline.recovery import recover as look
from pipeline.runner import Runner
from tests.trial import Trial, wait_for

HOLD = "from pipeline import slots; print(slots.take('worker'), flush=True); input()"


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz")
    return trial


@pytest.fixture
def runner(trial: Trial) -> Runner:
    mend(tasks.stages_huey)
    return Runner("test.1")


@pytest.fixture
def other_worker(data: Path) -> Iterator[str]:
    """The slot of another worker that is alive."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


class Watcher:
    """Looks every second, by a clock that does not keep the test waiting."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.silence: Silence[str] = Silence(longest=2 * EVERY, clock=lambda: self.seconds)

    def recover(self, runner: Runner, *, looks: int = 1, every: float = EVERY) -> None:
        for _ in range(looks):
            self.seconds += every
            look(runner, self.silence)


def recover(runner: Runner) -> None:
    """The first look of a worker."""
    look(runner, Silence(longest=EVERY))


Claimer = Callable[..., Claim]


@pytest.fixture
def claim(trial: Trial, runner: Runner) -> Claimer:
    """Claims the shard of a new scan for a worker."""

    def claim(worker: str, host: str = runner.host) -> Claim:
        trial.request()
        with writing() as connection:
            claimed = shards.claim(connection, shards.queued(connection)[0], worker, host)
            assert claimed
        return claimed

    return claim


def shard(trial: Trial) -> Row[Any]:
    return trial.rows(shards_table)[-1]


def test_a_shard_that_gives_no_sign_of_life_comes_back_with_a_strike(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    claim("worker.9", "another machine")
    watcher = Watcher()
    watcher.recover(runner, looks=31)
    assert shard(trial).status == ShardStatus.RUNNING
    watcher.recover(runner)
    row = shard(trial)
    assert (row.status, row.strikes, row.fence) == (ShardStatus.QUEUED, 1, None)
    assert "no sign of life for 31 seconds" in row.message
    assert tasks.stages_huey.pending_count() == 1


def beat(claimed: Claim) -> None:
    with writing() as connection:
        shards.hold(connection, claimed)


@pytest.mark.parametrize("step", [-86_400.0, -40.0, 40.0, 86_400.0])
def test_a_clock_that_jumps_neither_ends_the_living_nor_hides_the_dead(
    trial: Trial, runner: Runner, claim: Claimer, step: float
) -> None:
    claim("worker.9", "another machine")
    watcher = Watcher()
    watcher.recover(runner, looks=20)
    with writing() as connection:  # the clock is elsewhere now: as if the beat had been then
        connection.execute(update(shards_table).values(heartbeat_at=now() - step))
    watcher.recover(runner, looks=31)
    assert shard(trial).status == ShardStatus.RUNNING
    watcher.recover(runner)
    assert shard(trial).status == ShardStatus.QUEUED


def test_a_machine_that_slept_takes_nobody_for_dead(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    claimed = claim("worker.9", "another machine")
    watcher = Watcher()
    watcher.recover(runner)
    watcher.recover(runner, every=8 * 3600.0)
    assert shard(trial).status == ShardStatus.RUNNING
    beat(claimed)
    watcher.recover(runner, looks=20)
    assert shard(trial).status == ShardStatus.RUNNING


def test_shards_of_a_dead_worker_come_back_at_once(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    claim("worker.9")
    recover(runner)
    assert shard(trial).status == ShardStatus.QUEUED
    assert "worker.9 was ended" in shard(trial).message


def test_shards_of_a_living_worker_are_left_alone(
    trial: Trial, runner: Runner, claim: Claimer, other_worker: str
) -> None:
    claim(other_worker)
    recover(runner)
    assert shard(trial).status == ShardStatus.RUNNING


def test_what_this_workers_predecessor_held_comes_back(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    claim(runner.worker)
    recover(runner)
    assert shard(trial).status == ShardStatus.QUEUED


def test_a_shard_that_was_claimed_a_moment_ago_is_not_taken_for_dead(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    runner.taking.append(claim(runner.worker).shard_id)
    recover(runner)
    assert shard(trial).status == ShardStatus.RUNNING


def test_the_process_that_was_taken_for_dead_can_write_nothing_any_more(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    claimed = claim("worker.9")
    recover(runner)
    with pytest.raises(shards.FenceLostError), writing() as connection:
        shards.hold(connection, claimed)
    assert trial.run(claimed) == 75


def test_a_job_whose_shard_goes_silent_too_often_fails_with_the_reason(
    trial: Trial, runner: Runner, claim: Claimer
) -> None:
    claim("worker.9")
    recover(runner)
    for _ in range(settings().strikes - 1):
        with writing() as connection:
            [queued] = shards.queued(connection)
            shards.claim(connection, queued, "worker.9", runner.host)
        recover(runner)
    [job] = trial.rows(jobs.scan_jobs)
    assert job.status == JobStatus.FAILED
    assert "worker.9 was ended" in job.last_error
    with writing() as connection:
        jobs.retry(connection, job.id)
    with reading() as connection:
        assert len(shards.queued(connection)) == 1


def test_a_lost_bell_is_rung_again(trial: Trial, runner: Runner) -> None:
    trial.request()
    assert tasks.stages_huey.pending_count() == 0
    recover(runner)
    assert tasks.stages_huey.pending_count() == 1
    recover(runner)
    assert tasks.stages_huey.pending_count() == 1


def test_nothing_is_rung_for_a_job_that_was_held_or_cancelled(trial: Trial, runner: Runner) -> None:
    job_id = trial.request()
    with writing() as connection:
        jobs.cancel(connection, job_id)
    recover(runner)
    assert tasks.stages_huey.pending_count() == 0


def test_a_stage_whose_job_was_cancelled_is_ended(trial: Trial, runner: Runner) -> None:
    job_id = trial.request()
    with reading() as connection:
        [first] = shards.queued(connection)
    thread = threading.Thread(target=runner.run, args=[first])
    thread.start()
    wait_for(lambda: runner.stages, "a running stage")
    with writing() as connection:  # until the end of this the stage cannot write
        jobs.cancel(connection, job_id)
    recover(runner)
    thread.join()
    assert runner.stages == {}
    assert trial.job(job_id).status == JobStatus.CANCELLED
    assert shard(trial).status == ShardStatus.CANCELLED


def test_a_queue_that_is_damaged_in_its_place_is_made_anew_and_rung(
    trial: Trial, runner: Runner, data: Path
) -> None:
    trial.request()
    tasks.ring()
    for file in data.glob("queue.db*"):
        file.write_bytes(b"neither a queue nor a database " * 1000)
    recover(runner)
    recover(runner)
    assert tasks.stages_huey.pending_count() == 1


def test_a_queue_that_was_deleted_is_made_anew_and_rung(
    trial: Trial, runner: Runner, data: Path
) -> None:
    trial.request()
    tasks.ring()
    for file in data.glob("queue.db*"):
        file.unlink()
    recover(runner)
    assert (data / "queue.db").exists()
    assert tasks.stages_huey.pending_count() == 1
