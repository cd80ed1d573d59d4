"""How far a scan is: numbers, phases, and the sentences about them."""

from __future__ import annotations

from typing import Any

import pytest

from db import jobs, progress, report
from db.engine import reading
from db.progress import PhaseStatus, Progress
from db.states import JobStatus, Phase
from db.times import now
from tests.scan_rows import (
    add_job,
    add_library,
    change_job,
    ended,
    over,
    take_sample,
    under_way,
)

pytestmark = pytest.mark.usefixtures("data")

INDEXING = over(Phase.DISCOVER, 60_000) | {"comics_found": 60_000}


def look(job_id: int) -> Progress:
    with reading() as connection:
        return progress.get(connection, job_id)


def job(**columns: Any) -> Progress:
    return look(add_job(add_library(), **columns))


def statuses(found: Progress) -> list[PhaseStatus]:
    return [phase.status for phase in found.phases]


def test_all_phases_are_listed_from_the_start() -> None:
    found = job(status=JobStatus.QUEUED, started_at=None)
    assert [phase.name for phase in found.phases] == list(Phase)
    assert set(statuses(found)) == {PhaseStatus.WAITING}
    assert found.percent == 0


def test_a_first_scan_counts_what_it_finds_because_it_knows_no_total() -> None:
    found = job(discover_done=12_400, discover_started_at=now() - 2)
    assert found.here.total == 0
    assert found.eta_seconds is None
    assert report.sentence(found) == "Looking for comics: 12,400 comics found so far"


def test_a_later_scan_knows_how_many_there_were() -> None:
    found = job(**under_way(Phase.DISCOVER, 20_000, 60_000, seconds=100))
    assert report.sentence(found) == (
        "Looking through 20,000 of 60,000 comics, 200 a second, about 3 minutes left"
    )


def test_a_phase_under_way_has_a_rate_and_a_remaining_time() -> None:
    found = job(**INDEXING | under_way(Phase.INDEX, 24_012, 60_000, seconds=120))
    assert statuses(found) == [PhaseStatus.DONE, PhaseStatus.RUNNING, PhaseStatus.WAITING]
    assert found.here.rate == pytest.approx(24_012 / 120, rel=0.02)
    assert found.eta_seconds == pytest.approx(180, rel=0.02)
    assert report.sentence(found) == (
        "Reading 24,012 of 60,000 comics, 200 a second, about 3 minutes left"
    )


def test_what_failed_counts_as_processed_but_not_as_done() -> None:
    found = job(**INDEXING | under_way(Phase.INDEX, 90, 200), index_failed=10)
    assert (found.here.done, found.here.failed, found.here.processed) == (90, 10, 100)


def test_a_phase_that_has_only_begun_tells_no_rate() -> None:
    found = job(**INDEXING | under_way(Phase.INDEX, 100, 60_000, seconds=0.1))
    assert found.here.rate is None
    assert report.sentence(found) == "Reading 100 of 60,000 comics"


def test_the_library_is_said_to_be_ready_after_discover() -> None:
    before = job(**under_way(Phase.DISCOVER, 10, 0))
    assert report.note(before) == ""
    change_job(before.id, **INDEXING | under_way(Phase.INDEX, 10, 60_000))
    assert report.note(look(before.id)) == (
        "Your library is ready; details are still being filled in."
    )


def test_percent_never_goes_back_from_phase_to_phase() -> None:
    found = job()
    steps = [
        under_way(Phase.DISCOVER, 30_000, 60_000),
        over(Phase.DISCOVER, 60_000) | under_way(Phase.INDEX, 0, 60_000),
        under_way(Phase.INDEX, 59_999, 60_000),
        over(Phase.INDEX, 60_000) | under_way(Phase.THUMBNAIL, 0, 2_000),
        under_way(Phase.THUMBNAIL, 2_000, 2_000),
        ended(**over(Phase.THUMBNAIL, 2_000)),
    ]
    percents = []
    for step in steps:
        change_job(found.id, **step)
        percents.append(look(found.id).percent)
    assert percents == sorted(percents)
    assert percents[-2] < 100
    assert percents[-1] == 100


def test_a_phase_with_nothing_to_do_is_skipped() -> None:
    phases = over(Phase.DISCOVER, 60_000) | over(Phase.INDEX, 0) | over(Phase.THUMBNAIL, 0)
    found = job(**ended(**phases), comics_found=60_000)
    assert statuses(found) == [PhaseStatus.DONE, PhaseStatus.SKIPPED, PhaseStatus.SKIPPED]
    assert report.sentence(found) == "60,000 comics, nothing has changed"


def test_an_empty_library_is_done_and_not_skipped() -> None:
    assert job(**ended(**over(Phase.DISCOVER, 0))).phases[0].status is PhaseStatus.DONE


def test_the_end_tells_what_changed_and_what_needs_a_look() -> None:
    found = job(**ended(), comics_found=1_204, comics_new=12, comics_missing=1, errors_count=1)
    assert report.sentence(found) == (
        "1,204 comics: 12 new, 1 missing; 1 file or folder needs a look"
    )


def test_a_held_job_says_what_it_asks() -> None:
    question = "1,204 of 1,300 comics are gone from /mnt/x. Is the disk connected?"
    found = job(status=JobStatus.HELD, last_error=question)
    assert report.sentence(found) == question
    assert found.here.status is PhaseStatus.HELD


def test_a_failed_job_says_why_and_what_to_do() -> None:
    found = job(status=JobStatus.FAILED, completed_at=now(), last_error="The disk is full.")
    assert report.sentence(found) == "The disk is full."
    assert "retry" in report.note(found)
    assert statuses(found) == [PhaseStatus.FAILED, PhaseStatus.WAITING, PhaseStatus.WAITING]
    assert found.percent == 0


def test_a_scan_that_stands_still_says_so_and_names_the_file() -> None:
    found = job(
        **INDEXING | under_way(Phase.INDEX, 10, 60_000),
        updated_at=now() - 180,
        current_operation="Saga/Saga 1.cbz",
    )
    assert report.note(found) == (
        "Nothing has moved for 3 minutes. The last file it came to: Saga/Saga 1.cbz."
    )


def test_a_scan_that_waits_long_says_what_that_may_mean() -> None:
    found = job(status=JobStatus.QUEUED, created_at=now() - 120)
    assert "no worker is running" in report.sentence(found)


def test_rates_survive_a_restart_because_they_come_from_the_row() -> None:
    running = INDEXING | under_way(Phase.INDEX, 600, 1_200, seconds=60)
    found = job(**running)
    assert found.here.rate == pytest.approx(10, rel=0.05)
    assert found.eta_seconds == pytest.approx(60, rel=0.05)


def test_the_status_speaks_of_the_newest_job_that_has_not_ended() -> None:
    library, other = add_library("Comics"), add_library("Manga")
    with reading() as connection:
        assert progress.newest(connection) is None
    running = add_job(library)
    newer = add_job(other, **ended())
    with reading() as connection:
        assert [progress.newest(connection).id, progress.newest(connection, other).id] == [
            running,
            newer,
        ]
    change_job(running, **ended())
    with reading() as connection:
        assert progress.newest(connection).id == newer


def test_an_end_is_told_for_an_hour_and_the_job_stays() -> None:
    found = job(**ended(), started_at=now() - 10)
    assert report.status_json(found)["status"] == "completed"
    change_job(found.id, completed_at=now() - 3_601)
    told = report.status_json(look(found.id))
    assert (told["active"], told["status"], told["job"]["id"]) == (False, "idle", found.id)


def test_jobs_are_listed_newest_first_and_paged_by_id() -> None:
    library = add_library()
    ids = [add_job(library, **ended()) for _ in range(5)]
    with reading() as connection:
        first = [one.id for one in progress.listing(connection, 3)]
        rest = [one.id for one in progress.listing(connection, 3, before=first[-1])]
    assert first + rest == ids[::-1]


def test_a_job_that_is_not_there_is_said_not_to_be() -> None:
    with reading() as connection, pytest.raises(jobs.NoSuchJob, match="no job 7"):
        progress.get(connection, 7)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a moment"),
        (19, "19 seconds"),
        (95, "95 seconds"),
        (130, "2 minutes"),
        (3 * 3600, "3 hours"),
        (3 * 86_400, "3 days"),
    ],
)
def test_a_duration_is_told_as_one_would_say_it(seconds: float, words: str) -> None:
    assert report.duration(seconds) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (1_943, "1,900 a second"),
        (993, "990 a second"),
        (45.2, "45 a second"),
        (0.5, "30 a minute"),
        (0.001, "1 a minute"),
    ],
)
def test_a_rate_is_told_in_a_unit_one_can_imagine(rate: float, words: str) -> None:
    assert report.speed(rate) == words


def test_a_list_of_jobs_counts_no_time_in_which_nobody_was_at_work() -> None:
    library = add_library()
    job_id = add_job(library, **ended(**over(Phase.INDEX, 100, seconds=3600)))
    begun = now() - 3600
    take_sample(job_id, Phase.INDEX, at=begun, processed=0, worked=0.0)
    take_sample(job_id, Phase.INDEX, at=begun + 5, processed=60, worked=5.0, number=1)
    take_sample(job_id, Phase.INDEX, at=begun + 3595, processed=60, worked=5.0, number=2)
    take_sample(job_id, Phase.INDEX, at=begun + 3600, processed=100, worked=10.0, number=3)
    with reading() as connection:
        [listed] = progress.listing(connection, 10)
        assert listed.worked == progress.get(connection, job_id).worked == 10.0
    assert listed.phases[1].rate == 10.0
