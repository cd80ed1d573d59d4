"""How fast a phase goes and when it ends, made of samples; and how samples are taken."""

from __future__ import annotations

import pytest

from db import jobs, pace, phases, progress, report, samples, shards
from db.engine import reading, writing
from db.samples import Sample
from db.settings import settings
from db.states import JobStatus, Phase
from db.times import now
from tests.scan_rows import (
    add_job,
    add_library,
    add_shard,
    change_job,
    over,
    take_sample,
    under_way,
)


def steady(rate: float, seconds: int, begin: Sample | None = None) -> list[Sample]:
    """A sample a second at one rate, from nothing or behind another sample."""
    at, done, worked = (begin.at, begin.processed, begin.worked) if begin else (0.0, 0, 0.0)
    return [Sample(at + one, done + round(rate * one), worked + one) for one in range(seconds + 1)]


def test_a_steady_pace_is_told_without_a_spread_to_speak_of() -> None:
    found = pace.lately(steady(10, 60))
    assert found is not None
    assert (found.rate, found.slow, found.fast) == (
        pytest.approx(10),
        pytest.approx(10),
        pytest.approx(10),
    )


def test_the_rate_is_that_of_the_work_lately_done() -> None:
    slow = steady(1, 100)
    found = pace.lately([*slow, *steady(50, 60, slow[-1])[1:]])
    assert found is not None
    assert found.rate == pytest.approx(50)


def test_the_spread_tells_the_slower_and_the_faster_stretches() -> None:
    first = steady(20, 15)
    found = pace.lately([*first, *steady(10, 15, first[-1])[1:]])
    assert found is not None
    assert found.slow is not None
    assert found.fast is not None
    assert found.slow == pytest.approx(10)
    assert found.rate == pytest.approx(15, rel=0.05)
    assert found.fast == pytest.approx(20)


def test_the_time_in_which_stages_load_says_nothing_of_the_rate() -> None:
    loading = [Sample(0.0, 0, 0.0), Sample(6.0, 10, 6.0)]
    found = pace.lately([*loading, *steady(10, 5, loading[-1])[1:]])
    assert found is not None
    assert found.rate == pytest.approx(10)
    only_batch = pace.lately(loading)
    assert only_batch is not None
    assert only_batch.rate == pytest.approx(10 / 6)


def test_a_break_is_no_work() -> None:
    before = steady(10, 20)
    after = Sample(before[-1].at + 3_600, before[-1].processed, before[-1].worked)
    found = pace.lately([*before, *steady(10, 20, after)])
    assert found is not None
    assert found.rate == pytest.approx(10)


def test_a_walk_that_counts_anew_has_undone_nothing() -> None:
    before = steady(10, 20)
    again = Sample(before[-1].at + 1, 0, before[-1].worked + 1)
    found = pace.lately([*before, *steady(10, 20, again)])
    assert found is not None
    assert 9 < found.rate <= 10


def test_too_little_tells_nothing() -> None:
    assert pace.lately([]) is None
    assert pace.lately([Sample(0.0, 0, 0.0), Sample(0.2, 500, 0.2)]) is None
    begun = pace.lately(steady(10, 2))
    assert begun is not None
    assert begun.slow is None


def test_over_time_a_break_is_seen_and_a_short_phase_too() -> None:
    before = steady(10, 10)
    after = Sample(30.0, before[-1].processed, before[-1].worked)
    rates = pace.over_time([*before, *steady(20, 10, after)], 0.0, 40.0, 4)
    assert rates == [pytest.approx(10), None, None, pytest.approx(20)]
    assert pace.over_time(steady(5, 1), 0.0, 1_000.0, 10)[0] == pytest.approx(5)


# ---- samples of a job


@pytest.fixture
def job(data: object) -> int:
    return add_job(add_library(), **over(Phase.DISCOVER, 100), **under_way(Phase.INDEX, 0, 100))


def of_index(job_id: int) -> list[Sample]:
    with reading() as connection:
        return samples.of_job(connection, job_id)[Phase.INDEX]


def test_samples_are_not_taken_closer_than_a_second(job: int) -> None:
    with writing() as connection:
        for _ in range(5):
            samples.take(connection, job, Phase.INDEX)
    assert len(of_index(job)) == 1


def test_the_longer_a_phase_the_sparser_its_samples(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() - 60, processed=10, worked=10_000.0)
    with writing() as connection:
        samples.take(connection, job, Phase.INDEX)
    assert len(of_index(job)) == 1
    take_sample(job, Phase.INDEX, at=now() - 60, processed=10, worked=1_000.0, number=1)
    with writing() as connection:
        samples.take(connection, job, Phase.INDEX)
    assert len(of_index(job)) == 3


def test_time_in_which_nobody_was_at_it_is_no_work(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() - 3_600, processed=10, worked=7.0)
    first = add_shard(job, Phase.INDEX)
    with writing() as connection:
        samples.begin(connection, job, Phase.INDEX, first)
    assert of_index(job)[-1].worked == 7.0

    take_sample(job, Phase.INDEX, at=now() - 5, processed=10, worked=7.0, number=2)
    second = add_shard(job, Phase.INDEX, number=2)  # while the first one is at it
    with writing() as connection:
        samples.begin(connection, job, Phase.INDEX, second)
        samples.end(connection, job, Phase.INDEX)
    assert of_index(job)[-1].worked == pytest.approx(12, abs=1)


def test_a_clock_that_was_set_back_makes_no_work_of_it(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() + 3_600, processed=10, worked=7.0)
    with writing() as connection:
        samples.take(connection, job, Phase.INDEX)
    assert [one.worked for one in of_index(job)] == [7.0, 7.0]


def test_a_clock_that_was_set_forward_makes_little_work_of_it(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() - 86_400, processed=10, worked=100.0)
    with writing() as connection:
        samples.take(connection, job, Phase.INDEX)
    assert of_index(job)[-1].worked == pytest.approx(100 + 2 + settings().file_timeout)


def test_a_retry_that_has_nothing_to_do_in_a_phase_adds_nothing_to_it(job: int) -> None:
    take_sample(job, Phase.THUMBNAIL, at=now() - 3_600, processed=10, worked=7.0)
    with writing() as connection:
        phases.enter(connection, job, Phase.INDEX)
    with reading() as connection:
        found = samples.of_job(connection, job)[Phase.THUMBNAIL]
    assert found[-1].worked == pytest.approx(7, abs=5)


def test_what_was_worked_until_a_shard_is_given_up_counts(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() - 3, processed=0, worked=0.0)
    first = add_shard(job, Phase.INDEX)
    with writing() as connection:
        shards.hand_back(connection, first)
    assert of_index(job)[-1].worked >= 3

    take_sample(job, Phase.INDEX, at=now() - 3, processed=0, worked=6.0, number=2)
    add_shard(job, Phase.INDEX, number=2)
    with writing() as connection:
        jobs.cancel(connection, job)
    assert of_index(job)[-1].worked >= 9


def test_a_phase_that_nobody_has_begun_again_counts_nothing(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() - 60, processed=0, worked=0.0)
    change_job(job, updated_at=now())
    with reading() as connection:
        found = progress.get(connection, job).here
    assert (found.status, found.elapsed) == ("running", 0.0)


def test_rates_and_remaining_times_survive_a_night_without_power(job: int) -> None:
    night = now() - 10 * 3_600
    for number in range(41):
        at = (night if number < 20 else now() - 40) + number
        take_sample(job, Phase.INDEX, at=at, processed=number, worked=float(number), number=number)
    change_job(job, index_done=40, updated_at=now())
    with reading() as connection:
        found = progress.get(connection, job).here
    assert found.rate == pytest.approx(1, rel=0.1)
    assert found.eta_seconds == pytest.approx(60, rel=0.1)
    assert found.elapsed == pytest.approx(40, abs=2)
    assert found.eta_low_seconds <= found.eta_seconds <= found.eta_high_seconds


def test_what_stands_still_has_no_rate_and_no_end(job: int) -> None:
    for number in range(10):
        at = now() - 600 + number
        take_sample(job, Phase.INDEX, at=at, processed=number, worked=float(number), number=number)
    change_job(job, index_done=9, updated_at=now() - 590)
    with reading() as connection:
        found = progress.get(connection, job)
    assert (found.here.rate, found.here.eta_seconds) == (None, None)
    assert "Nothing has moved" in report.note(found)


def test_a_pause_stops_the_rate_and_keeps_what_was_worked(job: int) -> None:
    take_sample(job, Phase.INDEX, at=now() - 600, processed=0, worked=0.0)
    take_sample(job, Phase.INDEX, at=now() - 540, processed=30, worked=60.0, number=1)
    change_job(job, status=JobStatus.PAUSED, index_done=30, started_at=now() - 600)
    with reading() as connection:
        found = progress.get(connection, job)
    assert (found.here.rate, found.here.eta_seconds, found.here.elapsed) == (None, None, 60.0)
    assert report.phase_pace(found.here) == "worked for 1 min 0 s"
    assert "1 min 10 s of work over 10 min" in report.elapsed_words(found)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (170, 190, "about 3 minutes left"),
        (130, 290, "about 3 minutes left (2 to 5 minutes)"),
        (80, 290, "about 3 minutes left (80 seconds to 5 minutes)"),
        (None, None, "about 3 minutes left"),
    ],
)
def test_the_spread_is_told_as_one_would_say_it(
    low: int | None, high: int | None, words: str
) -> None:
    phase = progress.PhaseProgress(
        Phase.INDEX, progress.PhaseStatus.RUNNING, 9, 1, 0, 1.0, 180, 0.0, None, 9.0, low, high
    )
    assert report.remaining(phase) == words
