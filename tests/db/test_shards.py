"""The shard: claimed once, held by a fence, counted, buried; and the phases it moves on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from db import errors, jobs, shards, worklists
from db.engine import reading, writing
from db.scan_options import ScanOptions, Thumbnails
from db.schema import comics, scan_jobs
from db.schema import shards as shards_table
from db.settings import settings
from db.shards import Claim
from db.states import ErrorClass, HeldReason, JobStatus, Phase, ScanKind, ShardStatus, WorkState
from tests.shelf import Shelf


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def request(shelf: Shelf, **options: Any) -> int:
    with writing() as connection:
        return jobs.request_scan(connection, shelf.library_id, ScanKind.QUICK, options, "Ada")


def queued() -> list[int]:
    with reading() as connection:
        return shards.queued(connection)


def claim(shard_id: int | None = None) -> Claim | None:
    with writing() as connection:
        return shards.claim(connection, shard_id or queued()[0], "worker.1", "here")


def claimed() -> Claim:
    one = claim()
    assert one
    return one


def finish(one: Claim) -> None:
    with writing() as connection:
        shards.finish(connection, one)


def bury(one: Claim, in_hand: bytes | None = None, reason: str = "killed") -> bool:
    with writing() as connection:
        return shards.bury(connection, one.shard_id, reason, fence=one.fence, in_hand=in_hand)


def job(job_id: int) -> Any:
    with reading() as connection:
        return connection.execute(select(scan_jobs).where(scan_jobs.c.id == job_id)).one()


def shard(shard_id: int) -> Any:
    with reading() as connection:
        return connection.execute(select(shards_table).where(shards_table.c.id == shard_id)).one()


def add_unread(shelf: Shelf, many: int) -> None:
    """Comics that wait to be indexed; there are no files behind them."""
    row = shelf.look(shelf.add("model.cbz", index_state=WorkState.PENDING))._asdict()
    others = [row | {"id": row["id"] + n, "file_name": b"%d.cbz" % n} for n in range(1, many)]
    with writing() as connection:
        connection.execute(insert(comics), others)


# ---- claiming and holding ----


def test_a_claim_tells_what_is_to_be_done_and_starts_the_job(shelf: Shelf) -> None:
    job_id = request(shelf, thumbnails="all")
    one = claimed()
    assert (one.job_id, one.library_id, one.phase) == (job_id, shelf.library_id, Phase.DISCOVER)
    assert one.options == ScanOptions(thumbnails=Thumbnails.ALL)
    row = job(job_id)
    assert row.status == JobStatus.RUNNING
    assert row.started_at is not None
    assert row.discover_started_at is not None


def test_a_shard_is_claimed_once(shelf: Shelf) -> None:
    request(shelf)
    one = claimed()
    assert claim(one.shard_id) is None
    assert shard(one.shard_id).attempt == 1


def test_of_many_who_claim_at_once_one_gets_the_shard(shelf: Shelf) -> None:
    request(shelf)
    [waiting] = queued()
    together = Barrier(8)

    def try_it() -> Claim | None:
        together.wait()
        return claim(waiting)

    with ThreadPoolExecutor(8) as pool:
        got = [one.result() for one in [pool.submit(try_it) for _ in range(8)]]
    assert sum(one is not None for one in got) == 1


@pytest.mark.parametrize("status", [JobStatus.PAUSED, JobStatus.HELD])
def test_a_shard_of_a_job_that_waits_is_not_to_be_had(shelf: Shelf, status: JobStatus) -> None:
    job_id = request(shelf)
    [waiting] = queued()
    with writing() as connection:
        connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(status=status))
    assert queued() == []
    assert claim(waiting) is None


def test_whoever_lost_the_fence_can_neither_write_nor_finish(shelf: Shelf) -> None:
    request(shelf)
    old = claimed()
    assert bury(old)
    new = claimed()
    assert new.fence != old.fence
    for use in (shards.hold, shards.finish):
        with pytest.raises(shards.FenceLostError), writing() as connection:
            use(connection, old)
    with pytest.raises(shards.FenceLostError), writing() as connection:
        shards.load(connection, old.shard_id, old.fence)
    assert not bury(old)
    with writing() as connection:
        assert not shards.hand_back(connection, old.shard_id, old.fence)
        shards.hold(connection, new)
    assert shard(new.shard_id).status == ShardStatus.RUNNING


def test_a_cancelled_jobs_shards_are_taken_from_everybody(shelf: Shelf) -> None:
    job_id = request(shelf)
    one = claimed()
    with writing() as connection:
        jobs.cancel(connection, job_id)
    with pytest.raises(shards.FenceLostError), writing() as connection:
        shards.hold(connection, one)
    assert not bury(one)
    assert shard(one.shard_id).status == ShardStatus.CANCELLED


def test_a_shard_that_is_handed_back_is_queued_without_a_strike(shelf: Shelf) -> None:
    request(shelf)
    one = claimed()
    with writing() as connection:
        assert shards.hand_back(connection, one.shard_id, one.fence)
    row = shard(one.shard_id)
    assert (row.status, row.strikes, row.exit_code, row.fence) == (ShardStatus.QUEUED, 0, 75, None)


# ---- counting ----


@pytest.fixture
def indexing(shelf: Shelf) -> tuple[Shelf, int, Claim]:
    """Three comics that wait for the index stage, which has claimed them."""
    for number in range(3):
        shelf.add(f"{number}.cbz", index_state=WorkState.PENDING)
    job_id = request(shelf, thumbnails="none")
    finish(claimed())
    return shelf, job_id, claimed()


def test_batches_add_up_in_the_shard_and_in_its_job(indexing: tuple[Shelf, int, Claim]) -> None:
    _shelf, job_id, one = indexing
    for done, failed in ((2, 0), (0, 1)):
        with writing() as connection:
            shards.count(connection, one, done=done, failed=failed, current=b"Saga/caf\xe9")
    row = job(job_id)
    assert (row.index_total, row.index_done, row.index_failed) == (3, 2, 1)
    assert row.current_operation == "Saga/caf\ufffd"
    assert (shard(one.shard_id).done, shard(one.shard_id).failed) == (2, 1)


def test_progress_wipes_the_strikes_out(indexing: tuple[Shelf, int, Claim]) -> None:
    _shelf, job_id, one = indexing
    for _ in range(settings().strikes * 2):
        with writing() as connection:
            shards.count(connection, one, done=0, failed=0, current=b"")
        bury(one)
        one = claimed()
    assert job(job_id).status == JobStatus.RUNNING


# ---- dying ----


def test_too_many_deaths_without_progress_fail_the_job_with_the_reason(
    indexing: tuple[Shelf, int, Claim],
) -> None:
    _shelf, job_id, one = indexing
    for number in range(1, settings().strikes):
        assert bury(one)
        assert shard(one.shard_id).strikes == number
        one = claimed()
    assert bury(one, reason="killed by signal 9 (SIGKILL)")
    row = job(job_id)
    assert (row.status, row.phase) == (JobStatus.FAILED, Phase.INDEX)
    assert "killed by signal 9 (SIGKILL)" in row.last_error
    assert queued() == []


def test_when_a_shard_fails_its_job_the_others_lose_their_fences(shelf: Shelf) -> None:
    add_unread(shelf, 500)
    job_id = request(shelf)
    finish(claimed())
    first, second = claimed(), claimed()
    for _ in range(settings().strikes):
        bury(first)
        first = claim(first.shard_id) or first
    assert job(job_id).status == JobStatus.FAILED
    with pytest.raises(shards.FenceLostError), writing() as connection:
        shards.hold(connection, second)


def test_the_file_of_two_deaths_is_named_and_costs_no_strike(
    indexing: tuple[Shelf, int, Claim],
) -> None:
    _shelf, job_id, one = indexing
    bury(one, b"Saga/1.cbz")
    assert shard(one.shard_id).strikes == 1
    bury(claimed(), b"Saga/1.cbz")
    assert shard(one.shard_id).strikes == 0
    with reading() as connection:
        [error] = errors.listing(connection, job_id=job_id)
        left = worklists.next_items(connection, Phase.INDEX, job_id, 0, 2**31, 10)
    assert (error.path, error.error_class) == (b"Saga/1.cbz", ErrorClass.CRASHED)
    assert error.comic_id is not None
    assert [item.path for item in left] == [b"Saga/0.cbz", b"Saga/2.cbz"]
    row = job(job_id)
    assert (row.index_failed, row.errors_count) == (1, 1)
    assert shard(one.shard_id).failed == 1


def test_two_deaths_of_different_files_name_neither(
    indexing: tuple[Shelf, int, Claim],
) -> None:
    _shelf, job_id, one = indexing
    bury(one, b"Saga/0.cbz")
    bury(claimed(), b"Saga/1.cbz")
    assert job(job_id).errors_count == 0
    assert shard(one.shard_id).strikes == 2


def test_a_folder_of_two_deaths_is_named_too(shelf: Shelf) -> None:
    job_id = request(shelf)
    bury(claimed(), b"Saga")
    bury(claimed(), b"Saga")
    with reading() as connection:
        [error] = errors.listing(connection, job_id=job_id)
    assert (error.path, error.phase, error.comic_id) == (b"Saga", Phase.DISCOVER, None)
    assert len(queued()) == 1


# ---- from phase to phase ----


def test_phases_that_have_nothing_to_do_are_passed_over(shelf: Shelf) -> None:
    job_id = request(shelf, thumbnails="none")
    finish(claimed())
    row = job(job_id)
    assert (row.status, row.phase) == (JobStatus.COMPLETED, Phase.THUMBNAIL)
    for phase in Phase:
        assert getattr(row, f"{phase}_started_at") is not None
        assert getattr(row, f"{phase}_completed_at") is not None
    assert row.completed_at is not None


def test_a_phase_ends_with_its_last_shard_whoever_is_last(shelf: Shelf) -> None:
    add_unread(shelf, 900)
    job_id = request(shelf, thumbnails="none")
    finish(claimed())
    waiting = queued()
    assert len(waiting) > 1
    claims = [one for one in map(claim, waiting) if one]
    slices = sorted((one.first, one.last) for one in claims)
    assert slices[0][0] == 1
    assert slices[-1][1] == 900
    together = Barrier(len(claims))

    def end(one: Claim) -> None:
        together.wait()
        finish(one)

    with ThreadPoolExecutor(len(claims)) as pool:
        list(pool.map(end, claims))
    row = job(job_id)
    assert row.index_completed_at is not None
    assert row.phase == Phase.THUMBNAIL
    assert row.status == JobStatus.COMPLETED


def test_a_held_job_waits_and_goes_on_with_a_walk_of_its_own(shelf: Shelf) -> None:
    job_id = request(shelf)
    one = claimed()
    with writing() as connection:
        shards.hold_job(connection, one, HeldReason.MANY_GONE, "Is the disk connected?", 12)
    assert (job(job_id).status, job(job_id).last_error) == (
        JobStatus.HELD,
        "Is the disk connected?",
    )
    assert queued() == []
    with writing() as connection:
        jobs.resume(connection, job_id)
    claimed()
    with reading() as connection:
        assert jobs.get(connection, job_id).options == {"confirm_missing": True}
    assert shard(one.shard_id).status == ShardStatus.DONE


def test_covers_are_asked_for_as_the_options_say(shelf: Shelf) -> None:
    ids = [shelf.add(f"{number}.cbz") for number in range(4)]
    shelf.change(ids[3], index_state=WorkState.FAILED)
    with writing() as connection:
        connection.exec_driver_sql(f"UPDATE series SET cover_comic_id = {ids[1]}")
    for option, many in (("none", 0), ("series", 1), ("all", 3)):
        job_id = request(shelf, thumbnails=option)
        with writing() as connection:
            assert worklists.count(connection, Phase.THUMBNAIL, job_id) == many
            jobs.cancel(connection, job_id)
