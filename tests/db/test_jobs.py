"""The scan job: that there is one a library, and what `retry` opens again."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from db import engine, errors, job_folders, job_log, jobs, shards, status, worklists
from db.engine import reading, writing
from db.errors import Failure
from db.schema import comics, folders, job_errors, libraries, scan_jobs
from db.states import ACTIVE, ErrorClass, JobStatus, Phase, ScanKind, WorkState
from tests.shelf import Shelf


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def request(shelf: Shelf, kind: ScanKind = ScanKind.QUICK) -> int:
    with writing() as connection:
        return jobs.request_scan(connection, shelf.library_id, kind, {}, "Ada")


def look(job_id: int) -> Any:
    with reading() as connection:
        return connection.execute(select(scan_jobs).where(scan_jobs.c.id == job_id)).one()


def put(job_id: int, **values: Any) -> None:
    with writing() as connection:
        connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(values))


def queued(job_id: int) -> list[int]:
    with reading() as connection:
        return shards.queued(connection, job_id)


@pytest.mark.parametrize("do", [jobs.cancel, jobs.pause, jobs.resume, jobs.retry, jobs.delete])
def test_a_job_that_is_not_there_is_told_by_its_number(data: Path, do: Any) -> None:
    with pytest.raises(jobs.NoSuchJob, match="no job 4711"), writing() as connection:
        do(connection, 4711)


# ---- one scan a library ----


def test_a_second_scan_is_refused_and_the_first_one_named(shelf: Shelf) -> None:
    first = request(shelf)
    with pytest.raises(jobs.ScanAlreadyRunning, match="Comics is already") as refusal:
        request(shelf)
    assert refusal.value.job_id == first
    with reading() as connection:
        assert jobs.active_ids(connection) == [first]
        assert shards.queued(connection) == queued(first)


@pytest.mark.parametrize("before", sorted(ACTIVE))
def test_a_scan_is_refused_however_far_the_other_one_is(shelf: Shelf, before: JobStatus) -> None:
    put(shelf.job_id, status=before)
    with pytest.raises(jobs.ScanAlreadyRunning):
        request(shelf)


def test_of_two_requests_at_once_exactly_one_becomes_a_job(shelf: Shelf) -> None:
    together = Barrier(2)

    def ask() -> int | None:
        together.wait()
        try:
            return request(shelf)
        except jobs.ScanAlreadyRunning as refusal:
            refused.append(refusal.job_id)
            return None

    refused: list[int] = []
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 21):
            both = [one.result() for one in (pool.submit(ask), pool.submit(ask))]
            [begun] = [one for one in both if one is not None]
            assert len(refused) == number
            assert refused[-1] == begun
            with writing() as connection:
                jobs.cancel(connection, begun)


def test_two_libraries_are_scanned_at_the_same_time(shelf: Shelf) -> None:
    with writing() as connection:
        other = connection.execute(
            insert(libraries).values(name="Manga", path=b"/manga", created_at=1.0)
        ).inserted_primary_key[0]
        jobs.request_scan(connection, other, ScanKind.FULL, {}, "Ada")
    request(shelf)
    with reading() as connection:
        assert len(jobs.active_ids(connection)) == 2


def test_a_jobs_number_is_never_given_twice(shelf: Shelf) -> None:
    first = request(shelf)
    with writing() as connection:
        jobs.cancel(connection, first)
        jobs.delete(connection, first)
    assert request(shelf) > first


def test_the_newest_job_is_the_one_asked_for_last(shelf: Shelf) -> None:
    job_id = request(shelf)
    with reading() as connection:
        newest = jobs.newest(connection, shelf.library_id)
    assert newest
    assert (newest.id, newest.library, newest.requested_by) == (job_id, "Comics", "Ada")


# ---- retry ----


@pytest.fixture
def failed(shelf: Shelf) -> dict[str, int]:
    """Comics that failed in the shelf's job, by name; the job itself is completed."""
    kinds = {
        "a.cbz": (Phase.INDEX, ErrorClass.TRUNCATED),
        "b.cbz": (Phase.INDEX, ErrorClass.EMPTY),
        "c [draft].cbz": (Phase.INDEX, ErrorClass.EMPTY),
        "d.cbz": (Phase.THUMBNAIL, ErrorClass.DAMAGED),
    }
    made = {}
    for name, (phase, error_class) in kinds.items():
        made[name] = shelf.add(name)
        failure = Failure(f"Saga/{name}".encode(), error_class, "It is bad.", made[name])
        with writing() as connection:
            worklists.give_up(connection, phase, [made[name]])
            errors.report(connection, shelf.job_id, shelf.library_id, phase, [failure])
    put(shelf.job_id, index_done=10, index_failed=3, thumbnail_failed=1)
    return made


def retry(job_id: int, **filters: Any) -> int:
    with writing() as connection:
        return jobs.retry(connection, job_id, **filters)


def pending(column: Any) -> set[int]:
    with reading() as connection:
        return set(
            connection.execute(select(comics.c.id).where(column == WorkState.PENDING)).scalars()
        )


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"error_class": ErrorClass.EMPTY}, ["b.cbz", "c [draft].cbz"]),
        ({"phase": Phase.INDEX}, ["a.cbz", "b.cbz", "c [draft].cbz"]),
        ({"path_glob": "Saga/a*"}, ["a.cbz"]),
        ({"path_glob": "*[[]draft]*"}, ["c [draft].cbz"]),
        ({"error_class": ErrorClass.EMPTY, "path_glob": "*/b.*"}, ["b.cbz"]),
    ],
)
def test_a_retry_opens_what_its_filters_fit(
    shelf: Shelf, failed: dict[str, int], filters: dict[str, Any], names: list[str]
) -> None:
    assert retry(shelf.job_id, **filters) == len(names)
    assert pending(comics.c.index_state) == {failed[name] for name in names}
    row = look(shelf.job_id)
    assert (row.status, row.phase, row.completed_at) == (JobStatus.RUNNING, Phase.INDEX, None)
    assert (row.index_failed, row.index_done) == (3 - len(names), 10)
    assert row.index_total == 13
    assert len(queued(shelf.job_id)) == 1


def test_a_retry_of_one_comic_opens_that_comic(shelf: Shelf, failed: dict[str, int]) -> None:
    assert retry(shelf.job_id, comic_id=failed["b.cbz"]) == 1
    assert pending(comics.c.index_state) == {failed["b.cbz"]}


def test_a_retry_without_a_filter_opens_everything_that_failed(
    shelf: Shelf, failed: dict[str, int]
) -> None:
    assert retry(shelf.job_id) == 4
    assert len(pending(comics.c.index_state)) == 3
    assert failed["d.cbz"] in pending(comics.c.thumbnail_state)


def test_an_error_stays_open_until_its_file_succeeds(shelf: Shelf, failed: dict[str, int]) -> None:
    retry(shelf.job_id)
    with reading() as connection:
        assert len(errors.listing(connection, job_id=shelf.job_id)) == 4


@pytest.mark.parametrize("before", sorted(set(JobStatus) - ACTIVE))
def test_a_retry_that_fits_nothing_is_refused(
    shelf: Shelf, failed: dict[str, int], before: JobStatus
) -> None:
    put(shelf.job_id, status=before)
    with pytest.raises(status.JobStateForbids, match="nothing to retry"):
        retry(shelf.job_id, error_class=ErrorClass.ENCRYPTED)
    assert look(shelf.job_id).status == before


def test_a_retry_is_refused_while_another_scan_runs(shelf: Shelf, failed: dict[str, int]) -> None:
    other = request(shelf)
    with pytest.raises(jobs.ScanAlreadyRunning) as refusal:
        retry(shelf.job_id)
    assert refusal.value.job_id == other
    assert look(shelf.job_id).status == JobStatus.COMPLETED
    assert pending(comics.c.index_state) == set()


@pytest.mark.parametrize("before", [JobStatus.FAILED, JobStatus.CANCELLED])
@pytest.mark.parametrize("phase", Phase)
def test_a_retry_of_an_unfinished_job_goes_on_at_its_phase(
    shelf: Shelf, before: JobStatus, phase: Phase
) -> None:
    for number in range(3):
        shelf.add(f"{number}.cbz", index_state=WorkState.PENDING)
    shelf.add("indexed.cbz")
    shelf.change(shelf.add("cover.cbz"), thumbnail_state=WorkState.PENDING)
    put(shelf.job_id, status=before, phase=phase, options='{"thumbnails": "all"}')
    assert retry(shelf.job_id) == 0
    assert look(shelf.job_id).status == JobStatus.RUNNING
    assert look(shelf.job_id).phase == phase
    [shard] = queued(shelf.job_id)
    with writing() as connection:
        claimed = shards.claim(connection, shard, "test.1", "here")
    assert claimed
    assert claimed.phase == phase


def test_a_retry_of_a_folder_makes_the_next_walk_list_it(shelf: Shelf) -> None:
    with writing() as connection:
        connection.execute(update(folders).values(mtime_ns=5))
        link = Failure(b"Saga/link.cbz", ErrorClass.BROKEN_LINK, "It points to nothing.")
        errors.report(connection, shelf.job_id, shelf.library_id, Phase.DISCOVER, [link])
    assert retry(shelf.job_id, path_glob="*link*") == 1
    assert look(shelf.job_id).phase == Phase.DISCOVER
    with reading() as connection:
        assert connection.execute(select(folders.c.mtime_ns)).scalar() is None


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the writer sends meanwhile."""
    sent: list[str] = []

    def hear(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(engine.writer(), "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(engine.writer(), "before_cursor_execute", hear)


def walks(job_id: int) -> set[bytes]:
    with reading() as connection:
        return set(job_folders.listing(connection, job_id))


def test_a_retry_of_many_folders_takes_no_more_statements_than_one_of_few(shelf: Shelf) -> None:
    sent = []
    put(shelf.job_id, discover_completed_at=1.0)
    for many in (3, 300):
        failures = [
            Failure(b"Saga/%d/link.cbz" % number, ErrorClass.BROKEN_LINK, "It points to nothing.")
            for number in range(many)
        ]
        with writing() as connection:
            errors.report(connection, shelf.job_id, shelf.library_id, Phase.DISCOVER, failures)
        with counted() as statements:
            assert retry(shelf.job_id) == many
        sent.append(len(statements))
        assert walks(shelf.job_id) == {b"Saga/%d" % number for number in range(many)}
        put(shelf.job_id, status=JobStatus.COMPLETED)
    assert sent[1] <= sent[0]


def test_many_folders_are_asked_for_with_as_many_statements_as_few_and_in_one_line(
    shelf: Shelf,
) -> None:
    put(shelf.job_id, status=JobStatus.RUNNING, discover_completed_at=1.0)
    sent = []
    for many in (2, 300):
        asked = [b"%d/%d" % (many, number) for number in range(many)]
        with counted() as statements, writing() as connection:
            jobs.request_folders(connection, shelf.library_id, asked, "Mylar")
        sent.append(len(statements))
    assert len(walks(shelf.job_id)) == 302
    assert sent[1] <= sent[0]
    with reading() as connection:
        lines = job_log.listing(connection, shelf.job_id, limit=9)
    assert [line.message for line in lines] == [
        "Mylar has asked for 300 folders as well.",
        "Mylar has asked for 2 folders as well.",
    ]


def test_of_folders_that_are_asked_for_those_in_others_are_walked_with_them(shelf: Shelf) -> None:
    asked = [b"DC/Batman/Extras", b"DC/Batman", b"DC/Batman 2", b"DC"]
    for paths in ([b"DC/Batman"], asked, [b"DC/Superman"], [b"Image"]):
        with writing() as connection:
            job_id, _ = jobs.request_folders(connection, shelf.library_id, paths, "Mylar")
    assert walks(job_id) == {b"DC/Batman", b"DC", b"Image"}


def test_a_retry_of_more_files_than_a_statement_has_room_for_opens_them_all(
    shelf: Shelf,
) -> None:
    many = 3_000
    values = {
        "library_id": shelf.library_id,
        "folder_id": shelf.folder_id,
        "series_id": shelf.series_id,
        "size": 1,
        "mtime_ns": 1,
        "version": 1,
        "added_job_id": shelf.job_id,
        "changed_job_id": shelf.job_id,
        "added_at": 1.0,
        "index_state": WorkState.FAILED,
    }
    names = [b"%d.cbz" % number for number in range(many)]
    with writing() as connection:
        connection.execute(
            insert(comics),
            [values | {"file_name": name, "sort_key": name.decode()} for name in names],
        )
        ids = connection.execute(select(comics.c.id)).scalars().all()
        failures = [
            Failure(b"Saga/%d" % one, ErrorClass.DENIED, "Longbox may not read it.", one)
            for one in ids
        ]
        errors.report(connection, shelf.job_id, shelf.library_id, Phase.INDEX, failures)
        connection.connection.setlimit(9, 2_900)  # SQLITE_LIMIT_VARIABLE_NUMBER
        assert jobs.retry(connection, shelf.job_id) == many
        connection.connection.setlimit(9, 250_000)
    assert len(pending(comics.c.index_state)) == many


# ---- errors ----


def test_an_error_that_comes_again_is_counted_and_belongs_to_the_later_job(shelf: Shelf) -> None:
    failure = Failure(b"Saga/1.cbz", ErrorClass.EMPTY, "It is empty.")
    later = request(shelf)
    with writing() as connection:
        for job_id in (shelf.job_id, later):
            errors.report(connection, job_id, shelf.library_id, Phase.INDEX, [failure])
    with reading() as connection:
        [row] = connection.execute(select(job_errors)).all()
    assert (row.job_id, row.attempts) == (later, 2)
    assert look(later).errors_count == 1
    assert look(later).last_error == "Saga/1.cbz: It is empty."


def test_one_path_can_fail_in_two_phases(shelf: Shelf) -> None:
    failure = Failure(b"Saga/1.cbz", ErrorClass.DAMAGED, "It is damaged.")
    with writing() as connection:
        for phase in (Phase.INDEX, Phase.THUMBNAIL):
            errors.report(connection, shelf.job_id, shelf.library_id, phase, [failure])
        assert errors.counts_by_class(connection, shelf.job_id) == {ErrorClass.DAMAGED: 2}


def test_every_error_class_has_one_sentence_of_advice() -> None:
    assert set(errors.ADVICE) == set(ErrorClass)
    for advice in errors.ADVICE.values():
        assert advice.endswith(".")
        assert advice.count(". ") == 0
