"""How long jobs are kept: by number and age, summed up, with what still fails handed on."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select

from db import errors, job_history, jobs, retention
from db.engine import reading, writing
from db.job_history import Summary
from db.schema import comics, job_changes, job_errors, job_log, scan_jobs
from db.settings import settings
from db.states import Change, ErrorClass, JobStatus, Phase
from db.times import now
from pipeline import housekeeping
from tests.catalogue_rows import add_comic, add_series
from tests.scan_rows import add_errors, add_job, add_library, change_job, ended, over, take_sample

pytestmark = pytest.mark.usefixtures("data")

DAY = retention.DAY


def add_ended(library_id: int, days_ago: float = 0.0) -> int:
    moment = now() - days_ago * DAY
    return add_job(library_id, **ended(created_at=moment - 60, completed_at=moment))


def kept() -> list[int]:
    with reading() as connection:
        return list(connection.execute(select(scan_jobs.c.id).order_by(scan_jobs.c.id)).scalars())


def due(most: int, days: int) -> list[int]:
    with reading() as connection:
        return retention.due(connection, most, days)


def summaries() -> list[Summary]:
    with reading() as connection:
        return [one for _, one in job_history.stored(connection, 100)]


def open_errors(job_id: int) -> int:
    with reading() as connection:
        listed = len(errors.listing(connection, job_id=job_id))
        query = select(scan_jobs.c.errors_count).where(scan_jobs.c.id == job_id)
        assert connection.execute(query).scalar_one() == listed
    return listed


def test_what_is_beyond_the_number_of_each_library_is_due_and_what_is_older() -> None:
    comics_, manga = add_library("Comics"), add_library("Manga")
    old, *newer = [add_ended(comics_, days_ago) for days_ago in (30, 20, 10, 0)]
    alone = add_ended(manga, 1000)
    assert due(3, 0) == [old]
    assert due(3, 15) == [old, newer[0]]
    assert due(100, 0) == []
    assert alone not in due(1, 1)


def test_a_job_that_has_not_ended_is_never_due() -> None:
    library = add_library()
    waiting = add_job(library, status=JobStatus.PAUSED, created_at=1.0)
    add_ended(add_library("Manga"))
    change_job(waiting, created_at=1.0, updated_at=1.0)
    assert due(1, 1) == []


def test_a_pruned_job_leaves_its_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGBOX_KEEP_JOBS", "1")
    settings.cache_clear()
    library = add_library()
    phases = over(Phase.DISCOVER, 30) | over(Phase.INDEX, 30, failed=2, seconds=4)
    job = add_job(library, **ended(comics_found=30, comics_new=30) | phases)
    take_sample(job, Phase.INDEX, at=now(), processed=30, worked=3.0)
    add_errors(job, library, [b"1.cbz", b"2.cbz"])
    with reading() as connection:
        [before] = job_history.newest(connection, 10)
    newest = add_ended(library)

    housekeeping.prune_jobs()

    assert kept() == [newest]
    [left] = summaries()
    assert left.errors == {ErrorClass.TRUNCATED: 2}
    assert (left.phases[Phase.INDEX].failed, left.rate, left.counters["new"]) == (2, 10.0, 30)
    assert job_history.to_json(left) == job_history.to_json(before)
    assert not left.is_here
    with reading() as connection:
        both = job_history.newest(connection, 10)
    assert [(one.job_id, one.is_here) for one in both] == [(newest, True), (job, False)]


def test_jobs_of_the_same_moment_are_all_told_and_one_that_is_being_pruned_once() -> None:
    library, moment = add_library(), now()
    jobs_ = [add_job(library, **ended(created_at=moment)) for _ in range(3)]
    with writing() as connection:
        half_pruned = job_history.of_job(connection, jobs_[0])
        assert half_pruned is not None
        assert job_history.keep(connection, library, [half_pruned]) == 1
    with reading() as connection:
        told = job_history.newest(connection, 10)
    assert [(one.job_id, one.is_here) for one in told] == [(one, True) for one in jobs_[::-1]]


def test_what_still_fails_goes_on_to_another_job_and_what_is_mended_goes() -> None:
    library = add_library()
    job, heir = add_ended(library), add_ended(library)
    running = add_job(library)
    add_errors(job, library, [b"1.cbz", b"2.cbz", b"3.cbz"])
    with writing() as connection:
        [mended, *_] = errors.listing(connection, job_id=job)
        errors.resolve(connection, [mended.id])
    retention.forget(job)
    assert (open_errors(heir), open_errors(running)) == (2, 0)
    with reading() as connection:
        rows = connection.execute(select(func.count()).select_from(job_errors))
        assert rows.scalar_one() == 2


def test_a_comic_goes_on_naming_the_job_that_added_it_and_nobody_gets_its_number() -> None:
    library = add_library()
    job = add_ended(library)
    comic = add_comic(add_series(library, "Saga"), "1.cbz", added_job_id=job)
    retention.forget(job)
    with reading() as connection:
        query = select(comics.c.added_job_id).where(comics.c.id == comic)
        assert connection.execute(query).scalar_one() == job
    assert add_job(library) > job


def test_a_long_job_is_forgotten_in_many_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROWS", 10)
    monkeypatch.setattr(retention, "BREATH", 0)
    library = add_library()
    job, other = add_ended(library), add_ended(library)
    comic = add_comic(add_series(library, "Saga"), "1.cbz")
    change = {"job_id": job, "comic_id": comic, "change": Change.UPDATED, "detail": ""}
    line = {"job_id": job, "at": 1.0, "level": "info", "message": "It goes on."}
    with writing() as connection:
        connection.execute(insert(job_changes), [change] * 25)
        connection.execute(insert(job_log), [line] * 25)
    add_errors(job, library, [b"%d.cbz" % number for number in range(25)])
    retention.forget(job, summarised=True)
    assert (kept(), open_errors(other)) == ([other], 25)
    assert len(summaries()) == 1


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.PAUSED, JobStatus.HELD])
def test_a_job_that_has_not_ended_is_not_forgotten(status: JobStatus) -> None:
    job = add_job(add_library(), status=status)
    with pytest.raises(jobs.JobStateForbids, match="has not ended"):
        retention.forget(job, summarised=True)
    assert (kept(), summaries()) == ([job], [])


def test_the_oldest_summaries_go_beyond_their_number() -> None:
    library = add_library()
    for days_ago in (3, 2, 1):
        retention.forget(add_ended(library, days_ago), summarised=True)
    with writing() as connection:
        assert job_history.prune(connection, 1) == 2
    [left] = summaries()
    assert left.created_at > now() - 1.5 * DAY
