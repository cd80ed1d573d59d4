"""Housekeeping as the worker does it: killed in the middle, and beside a scan."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from db import libraries, purges
from db.engine import reading, writing
from db.schema import comics, folders, series
from db.schema import libraries as library_table
from db.settings import settings
from db.states import ComicState, JobStatus
from db.trash import Choice
from tests.trial import Trial, wait_for, write_comic

WORKER = [sys.executable, "-c", "from pipeline.cli import main; main()", "worker"]
MANY = 600


@pytest.fixture
def start(data: Path, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            started.append(subprocess.Popen(WORKER, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def add_missing(trial: Trial, many: int) -> None:
    """Missing comics, thirty to a series."""
    with writing() as connection:
        for number in range(-(-many // 30)):
            folder_id = connection.execute(
                insert(folders)
                .values(library_id=trial.library_id, path=b"%d" % number)
                .returning(folders.c.id)
            ).scalar_one()
            series_id = connection.execute(
                insert(series)
                .values(
                    library_id=trial.library_id,
                    folder_id=folder_id,
                    name=str(number),
                    sort_name=str(number),
                    added_at=1.0,
                )
                .returning(series.c.id)
            ).scalar_one()
            row = {
                "library_id": trial.library_id,
                "folder_id": folder_id,
                "series_id": series_id,
                "size": 1,
                "mtime_ns": 1,
                "version": 1,
                "state": ComicState.MISSING,
                "missing_since": 1.0,
                "added_job_id": 1,
                "changed_job_id": 1,
                "added_at": 1.0,
            }
            names = [f"{one}.cbz" for one in range(30)]
            connection.execute(
                insert(comics),
                [row | {"file_name": name.encode(), "sort_key": name} for name in names],
            )


def left() -> int:
    with reading() as connection:
        return connection.execute(select(func.count()).select_from(comics)).scalar_one()


def purge_everything() -> int:
    with writing() as connection:
        return purges.ask(connection, Choice(), "a test")


def look(purge_id: int) -> purges.Purge:
    with reading() as connection:
        return purges.get(connection, purge_id)


def test_a_purge_that_is_killed_goes_on_with_the_next_worker(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    add_missing(trial, MANY)
    (settings().covers / "01").mkdir(parents=True)
    cover = settings().covers / "01" / "1-1.jpg"
    cover.touch()
    wish = purge_everything()
    with writing() as connection:  # behind its first part it comes no further
        connection.exec_driver_sql(
            "CREATE TRIGGER so_far BEFORE DELETE ON comics"
            " WHEN (SELECT purged FROM purges) > 0 BEGIN SELECT RAISE(ABORT, 'so far'); END"
        )
    worker = start()
    wait_for(lambda: look(wish).purged > 0, "the first part of the purge")
    worker.kill()
    worker.wait()
    with writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER so_far")
    between = look(wish)
    assert 0 < left() < MANY
    assert between.purged + left() == MANY
    assert between.completed_at is None
    start()
    wait_for(lambda: look(wish).completed_at, "the end of the purge")
    assert (left(), look(wish).purged) == (0, MANY)
    assert trial.count(series) == 0
    assert not cover.exists()


def test_a_removed_library_is_forgotten_by_the_worker(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    add_missing(trial, 600)
    with writing() as connection:
        libraries.ask_removal(connection, trial.library_id)
    start()
    wait_for(lambda: trial.count(library_table) == 0, "the end of the library")
    assert left() == 0


def test_purging_beside_scans_loses_no_file_that_comes_back(
    trial: Trial, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """Files come back in the very scans beside which their comics are purged: each is one comic."""
    trial.add(*(f"Stays/{number}.cbz" for number in range(10)))
    add_missing(trial, 180)
    start()
    for number in range(6):
        for one in range(30):
            write_comic(trial.root / str(number) / f"{one}.cbz", pages=1)
        job_id = trial.request()
        if number == 2:
            wish = purge_everything()
        wait_for(lambda job_id=job_id: trial.job(job_id).status != JobStatus.QUEUED, "a scan")
    wait_for(lambda: trial.job(job_id).status == JobStatus.COMPLETED, "the last scan")
    assert left() == 190
    assert len(trial.paths()) == 190
    wait_for(lambda: look(wish).completed_at, "the end of the purge")
    assert len(trial.paths()) == 190


def test_a_purged_comic_whose_file_comes_back_is_a_new_one(trial: Trial) -> None:
    trial.add(*(f"Saga/{number}.cbz" for number in range(8)))
    trial.scan(thumbnails="none")
    before = trial.comic("Saga/3.cbz").id
    content = (trial.root / "Saga" / "3.cbz").read_bytes()
    (trial.root / "Saga" / "3.cbz").unlink()
    trial.scan(thumbnails="none")
    with writing() as connection:
        wish = purges.get(connection, purges.ask(connection, Choice(), "a test"))
        assert purges.purge_some(connection, wish, purges.START)
    (trial.root / "Saga" / "3.cbz").write_bytes(content)
    job = trial.scan(thumbnails="none")
    assert (job.comics_new, job.comics_back) == (1, 0)
    assert trial.comic("Saga/3.cbz").id > before
