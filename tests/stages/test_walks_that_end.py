"""Walks that are stopped, killed or kept waiting, and what goes on after them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from db import in_hand, jobs, shards
from db.engine import reading, writing
from db.schema import comics, folders, job_changes, job_errors, metadata, series
from db.schema import shards as shard_table
from db.states import ErrorClass, JobStatus, ScanKind, ShardStatus
from tests.gates import Gates
from tests.trial import PATIENCE, Trial, age


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def told(row: Row[Any], *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def catalogue() -> dict[str, set[Any]]:
    """Every row of the tables that discover writes, but for the job's."""
    with reading() as connection:
        return {
            table.name: {tuple(row) for row in connection.execute(select(table))}
            for table in (folders, series, comics, job_changes)
        }


# ---- stopping, dying, going on ----


@pytest.fixture
def gates(gates: Gates) -> Gates:
    gates.shut("discover")
    return gates


@pytest.fixture
def large(trial: Trial) -> Trial:
    """Enough empty files that a walk takes several commits."""
    for number in range(200):
        folder = trial.root / f"Category {number % 7}" / f"Series {number}"
        folder.mkdir(parents=True)
        for comic in range(40):
            (folder / f"{comic:02d}.cbz").touch()
    age(trial.root)
    return trial


def without_moments(rows: set[Any]) -> set[Any]:
    return {tuple(value for value in row if not isinstance(value, float)) for row in rows}


def names_in_catalogue(trial: Trial) -> set[Any]:
    with reading() as connection:
        rows = connection.execute(
            select(
                folders.c.path,
                folders.c.mtime_ns,
                comics.c.file_name,
                comics.c.size,
                comics.c.version,
                comics.c.sort_key,
                series.c.name,
                series.c.comic_count,
            )
            .join(comics, comics.c.folder_id == folders.c.id)
            .join(series, series.c.id == comics.c.series_id)
        )
        return {tuple(row) for row in rows}


def test_a_walk_that_is_killed_and_begun_again_counts_nothing_twice(
    large: Trial, gates: Gates
) -> None:
    job_id = large.request()
    claimed = large.claim()
    with large.stage(claimed):
        gates.waiting("discover")
    gates.open("discover")
    assert 0 < large.count(comics) < 8000
    with writing() as connection:
        assert shards.bury(connection, claimed.shard_id, "killed")
    assert large.run(large.claim()) == 0
    job = large.job(job_id)
    assert told(job, "comics_found", "comics_new", "discover_done", "discover_total") == {
        "comics_found": 8000,
        "comics_new": 8000,
        "discover_done": 8000,
        "discover_total": 8000,
    }
    assert large.count(comics) == 8000
    assert len(large.shelves()) == 200


def test_a_walk_that_is_asked_to_stop_commits_and_leaves_with_75(
    large: Trial, gates: Gates
) -> None:
    large.request()
    claimed = large.claim()
    with large.stage(claimed) as stage:
        gates.waiting("discover")
        stage.terminate()
        gates.open("discover")
        assert stage.wait(PATIENCE) == 75
    assert 0 < large.count(comics) < 8000
    with writing() as connection:
        assert shards.hand_back(connection, claimed.shard_id, claimed.fence)
    assert large.run(large.claim()) == 0
    assert large.count(comics) == 8000


def test_a_walk_ends_with_the_process_that_started_it(large: Trial, gates: Gates) -> None:
    large.request()
    with large.stage(large.claim()) as stage:
        gates.waiting("discover")
        stage.stdin.close()  # type: ignore[union-attr]
        assert stage.wait(PATIENCE) == 75
    assert large.count(comics) < 8000


def test_a_walk_whose_job_is_cancelled_stops_and_writes_no_more(large: Trial, gates: Gates) -> None:
    job_id = large.request()
    with large.stage(large.claim()) as stage:
        gates.waiting("discover")
        with writing() as connection:
            jobs.cancel(connection, job_id)
        many = large.count(comics)
        assert stage.wait(PATIENCE) == 75
    assert large.count(comics) == many < 8000
    assert large.job(job_id).status == JobStatus.CANCELLED
    assert {row.status for row in large.rows(metadata.tables["shards"])} == {ShardStatus.CANCELLED}


def test_the_error_of_a_folder_counts_its_attempts(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "2.cbz").symlink_to("nowhere.cbz")
    for kind in (ScanKind.FULL, ScanKind.FULL, ScanKind.FULL):
        trial.discover(kind)
    [error] = trial.rows(job_errors)
    assert error.attempts == 3
    assert error.first_seen_at < error.last_seen_at


# ---- what does not answer ----


def test_a_walk_that_gets_no_answer_is_given_up_with_the_folder_it_waits_for(
    large: Trial, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_HEARTBEAT", "0.2")
    monkeypatch.setenv("LONGBOX_FILE_TIMEOUT", "1")
    gates.shut("Series 150")
    large.request()
    claimed = large.claim()
    assert large.run(claimed) == 1
    waited_for = in_hand.read(claimed.shard_id)
    with reading() as connection:
        shard = connection.execute(select(shard_table)).one()
    assert (shard.status, shard.strikes) == (ShardStatus.QUEUED, 1)
    assert shard.suspect == waited_for is not None
    assert "no answer for" in shard.message


def test_a_folder_given_up_for_the_second_time_is_an_error_and_left_out(large: Trial) -> None:
    job_id = large.request()
    for _ in range(2):
        claimed = large.claim()
        with writing() as connection:
            assert shards.bury(
                connection,
                claimed.shard_id,
                "no answer for 120 seconds",
                in_hand=b"Category 3",
                error_class=ErrorClass.TIMEOUT,
            )
    assert large.run(large.claim()) == 0
    assert large.errors() == {"Category 3": "timeout"}
    assert 0 < large.job(job_id).comics_found < 8000
