"""Stages make room while people wait for pages, say so, and take the machine back."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import shards
from db.engine import reading
from db.latency import RECENT, Meter, RequestKind
from db.schema import job_log
from db.settings import settings
from pipeline import yielding
from pipeline.runner import Runner
from pipeline.yielding import CALM, FASTER, SLOWER, STEP, Yielding
from tests.gates import Gates
from tests.trial import Trial


@pytest.fixture
def web(data: Path) -> Iterator[Meter]:
    """What a web process tells of its requests."""
    meter = Meter(settings().run)
    yield meter
    meter.close()


def answer(web: Meter, seconds: float, many: int = RECENT) -> None:
    for _ in range(many):
        web.note(RequestKind.PAGE, seconds)


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_stage_less_runs_with_each_step_while_people_wait_and_one_more_when_they_do_not(
    web: Meter,
) -> None:
    runner, clock = Runner("test.1", allowed=3), Seconds()
    yields = Yielding(runner, clock)
    answer(web, 0.5)
    allowed = []
    for _ in range(4):
        yields.pass_by()
        allowed.append(runner.allowed)
        clock.now += STEP
    assert allowed == [3, 2, 1, 1], "being nice comes first"
    answer(web, 0.01)
    for _ in range(3):
        clock.now += CALM
        yields.pass_by()
        allowed.append(runner.allowed)
    assert allowed[4:] == [2, 3, 3]


def test_what_was_slow_before_a_step_does_not_lead_to_the_next_one(web: Meter) -> None:
    answer(web, 0.5)
    assert yielding.people_wait()
    assert not yielding.people_wait(seconds=0)


def test_one_slow_answer_among_ten_makes_nobody_yield(web: Meter) -> None:
    answer(web, 0.01, many=9)
    answer(web, 0.5, many=1)
    assert not yielding.people_wait()
    answer(web, 0.5, many=1)
    assert yielding.people_wait()


def test_a_sign_in_makes_nobody_yield(web: Meter) -> None:
    answer(web, 0.5, many=1)
    answer(web, 0.01, many=yielding.FEWEST)
    assert not yielding.people_wait()


def test_few_requests_make_nobody_yield(web: Meter) -> None:
    answer(web, 0.5, many=yielding.FEWEST - 1)
    assert not yielding.people_wait()


def test_who_wants_no_yielding_gets_none(web: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(web, 0.5)
    assert yielding.people_wait()
    monkeypatch.setenv("LONGBOX_YIELD_ABOVE_MS", "0")
    settings.cache_clear()
    assert not yielding.people_wait()


def test_a_stage_at_work_is_lowered_and_the_job_says_so(
    web: Meter, tmp_path: Path, gates: Gates
) -> None:
    gates.shut("discover")  # it stays while we look
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz")
    trial.request()
    runner, clock = Runner("test.1", allowed=1), Seconds()
    yields = Yielding(runner, clock)
    with reading() as connection:
        [first] = shards.queued(connection)
    thread = threading.Thread(target=runner.run, args=[first])
    thread.start()
    gates.waiting("discover")
    [stage] = runner.stages.values()
    answer(web, 0.5)
    yields.pass_by()
    assert os.getpriority(os.PRIO_PROCESS, stage.process.pid) == yielding.NICE
    answer(web, 0.01)
    clock.now += CALM
    yields.pass_by()
    assert os.getpriority(os.PRIO_PROCESS, stage.process.pid) == yielding.NICE, "some still read"
    for told in settings().run.glob("latency.*"):
        told.unlink()
    clock.now += CALM
    yields.pass_by()
    gates.open("discover")
    thread.join()
    said = [row.message for row in trial.rows(job_log)]
    assert [one for one in said if one in (SLOWER, FASTER)] == [SLOWER, FASTER]
