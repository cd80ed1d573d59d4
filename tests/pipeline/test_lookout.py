"""The lookout: held jobs go on by themselves when their files are back, and only then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from db import held, jobs
from db.engine import reading, writing
from db.held import Held
from db.schema import libraries
from db.states import JobStatus
from pipeline import lookout
from pipeline.lookout import Lookout, looks_well
from tests.trial import Trial, wait_for

pytestmark = pytest.mark.usefixtures("data")

WORKER = [sys.executable, "-c", "from pipeline.cli import main; main()", "worker"]


@pytest.fixture
def shelf(tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add(*(f"Saga/{number}.cbz" for number in range(6)))
    trial.add(*(f"Chew/{number}.cbz" for number in range(4)))
    trial.discover()
    return trial


def watched(shelf: Trial) -> Held:
    with reading() as connection:
        [found] = held.waiting(connection)
    assert found.root == bytes(shelf.root)
    return found


def is_well(shelf: Trial) -> bool:
    one = watched(shelf)
    with reading() as connection:
        return looks_well(one, held.sample(connection, one, lookout.FILES))


def away(shelf: Trial) -> Path:
    return shelf.root.parent / "away"


@pytest.fixture
def hold(shelf: Trial) -> int:
    """A job that is held because Saga, 6 of 10 comics, is gone."""
    shutil.move(shelf.root / "Saga", away(shelf))
    job = shelf.discover()
    assert job.status == JobStatus.HELD
    return int(job.id)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Lookout:
    """A lookout that looks each time that it passes by."""
    monkeypatch.setattr(lookout, "FIRST", 0.0)
    return Lookout()


def pass_by(watcher: Lookout, job_id: int) -> None:
    """Pass by a held job, and wait for the end of the look."""
    watcher.pass_by()
    wait_for(lambda: not watcher._watches[job_id].is_looking, "the end of a look")


def test_nothing_looks_well_while_the_files_are_away(shelf: Trial, hold: int) -> None:
    assert not is_well(shelf)
    (shelf.root / "Lobo").mkdir()
    assert not is_well(shelf)


def test_all_looks_well_when_the_files_are_back(shelf: Trial, hold: int) -> None:
    shutil.move(away(shelf), shelf.root / "Saga")
    assert is_well(shelf)


def test_some_files_back_are_enough_when_the_rest_is_within_the_share(
    shelf: Trial, hold: int
) -> None:
    (shelf.root / "Saga").mkdir()
    for number, enough in ((0, False), (1, False), (2, False), (3, True)):
        shutil.copy(away(shelf) / f"{number}.cbz", shelf.root / "Saga")
        assert is_well(shelf) is enough


def test_on_another_disk_all_of_them_must_be_back(shelf: Trial, hold: int) -> None:
    with writing() as connection:
        connection.execute(update(libraries).values(root_device=1))
    (shelf.root / "Saga").mkdir()
    for number in range(5):
        shutil.copy(away(shelf) / f"{number}.cbz", shelf.root / "Saga")
    assert not is_well(shelf)
    shutil.copy(away(shelf) / "5.cbz", shelf.root / "Saga")
    assert is_well(shelf)


def test_a_root_that_is_there_again_but_empty_looks_no_better(shelf: Trial) -> None:
    shelf.root.rename(away(shelf))
    assert shelf.discover().status == JobStatus.HELD
    assert not is_well(shelf)
    shelf.root.mkdir()
    assert not is_well(shelf)
    shelf.root.rmdir()
    away(shelf).rename(shelf.root)
    assert is_well(shelf)


def test_a_look_takes_files_from_all_over_the_list(shelf: Trial) -> None:
    shutil.move(shelf.root, away(shelf))
    shelf.discover()
    with reading() as connection:
        files = held.sample(connection, watched(shelf), 4)
    assert len(files) == 4
    assert {path.split(b"/")[-2] for path in files} == {b"Saga", b"Chew"}


def test_a_job_goes_on_without_a_word_when_its_files_are_back(
    shelf: Trial, hold: int, eager: Lookout
) -> None:
    pass_by(eager, hold)
    assert shelf.job(hold).status == JobStatus.HELD
    shutil.move(away(shelf), shelf.root / "Saga")
    eager._watches[hold].due = 0.0
    pass_by(eager, hold)
    job = shelf.job(hold)
    assert (job.status, job.held_reason) == (JobStatus.RUNNING, None)
    assert shelf.go_on(hold).comics_missing == 0
    assert shelf.paths("missing") == set()


def test_a_job_that_is_held_again_waits_longer_each_time(
    shelf: Trial, hold: int, eager: Lookout
) -> None:
    waits = []
    for _ in range(3):
        shutil.copytree(away(shelf), shelf.root / "Saga")
        if hold in eager._watches:
            eager._watches[hold].due = 0.0
        pass_by(eager, hold)
        assert shelf.job(hold).status == JobStatus.RUNNING
        shutil.rmtree(shelf.root / "Saga")  # gone again before the walk comes to it
        assert shelf.run(shelf.claim()) == 0
        assert shelf.job(hold).status == JobStatus.HELD
        eager.pass_by()
        waits.append(eager._watches[hold].wait)
    assert waits == [60.0, 120.0, 240.0]


def test_who_is_answered_meanwhile_is_left_alone(shelf: Trial, hold: int, eager: Lookout) -> None:
    pass_by(eager, hold)
    shutil.move(away(shelf), shelf.root / "Saga")
    with writing() as connection:
        jobs.discard(connection, hold)
    eager._lift(eager._watches[hold])
    assert shelf.job(hold).status == JobStatus.CANCELLED
    eager.pass_by()
    assert eager._watches == {}


@pytest.fixture
def worker(data: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (
        (tmp_path / "log").open("ab") as log,
        subprocess.Popen(WORKER, stdout=log, stderr=log) as process,
    ):
        yield process
        process.terminate()


@pytest.mark.usefixtures("worker")
def test_a_running_worker_lifts_a_hold_by_itself(shelf: Trial) -> None:
    shelf.root.rename(away(shelf))
    job_id = shelf.request()
    wait_for(lambda: shelf.job(job_id).status == JobStatus.HELD, "the hold")
    away(shelf).rename(shelf.root)
    wait_for(lambda: shelf.job(job_id).status == JobStatus.COMPLETED, "the end of the scan")
    assert len(shelf.paths()) == 10
    assert shelf.paths("missing") == set()
