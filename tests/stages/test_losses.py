"""The circuit breaker: what would go missing is shown, and waits for a word or for the files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, select

from db import held, jobs, shards, users
from db.engine import reading, writing
from db.reading import marks
from db.reading.journal import Cause, Deed
from db.reading.marks import Of
from db.schema import comics, folders, job_losses
from db.settings import settings
from db.states import ComicState, HeldReason, JobStatus, ScanKind
from db.status import JobStateForbids
from tests.trial import LONG_AGO, PATIENCE, Trial, age, write_comic

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def shelf(tmp_path: Path) -> Trial:
    """Ten comics of three series whose folders' stamps a scan trusts, known from a scan before."""
    trial = Trial(tmp_path / "comics")
    trial.add(*(f"DC/Lobo/{number}.cbz" for number in range(5)))
    trial.add(*(f"Image/Saga/{number}.cbz" for number in range(4)), "Image/Chew/1.cbz")
    age(trial.root)
    assert trial.discover().status == JobStatus.RUNNING
    return trial


def lose(shelf: Trial, *paths: str) -> Path:
    """Take comics or folders away; answers the folder that they are in now."""
    away = shelf.root.parent / "away"
    for path in paths:
        (away / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(shelf.root / path, away / path)
        # As if it had happened long ago: the stamp is another one than before, and trusted.
        os.utime((shelf.root / path).parent, (LONG_AGO + 1, LONG_AGO + 1))
    return away


def find_again(shelf: Trial) -> None:
    shutil.copytree(shelf.root.parent / "away", shelf.root, dirs_exist_ok=True)


def asked(job: Row[Any]) -> dict[str, tuple[int, int]]:
    """What a held job asks about: series' name → how many would go missing, of how many."""
    with reading() as connection:
        page = held.series_page(connection, job.id, limit=100)
    return {one.name: (one.gone, one.known) for one in page.items}


def answer(deed: Any, job: Row[Any], shelf: Trial) -> Row[Any]:
    """Do something to a held job, and run its discover stage when that queues one."""
    with writing() as connection:
        deed(connection, job.id)
    with reading() as connection:
        waiting = shards.queued(connection, job.id)
    if waiting and shelf.job(job.id).phase == "discover":
        assert shelf.run(shelf.claim()) == 0
    return shelf.job(job.id)


def test_what_would_go_missing_is_shown_by_series_and_by_comic(shelf: Trial) -> None:
    lose(shelf, "Image/Saga/0.cbz", "Image/Saga/1.cbz", "Image/Chew")
    job = shelf.discover()
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.MANY_GONE)
    assert job.held_comics == 3
    assert asked(job) == {"Chew": (1, 1), "Saga": (2, 4)}
    assert shelf.paths("missing") == set()
    saga = shelf.comic("Image/Saga/0.cbz").series_id
    with reading() as connection:
        page = held.comics_page(connection, job.id, saga, limit=1)
        rest = held.comics_page(connection, job.id, saga, limit=1, cursor=page.next)
    assert [one.path for one in (*page.items, *rest.items)] == [
        "Image/Saga/0.cbz",
        "Image/Saga/1.cbz",
    ]
    assert rest.next is None


def test_a_word_marks_what_was_shown_also_in_folders_that_have_not_changed_since(
    shelf: Trial,
) -> None:
    lose(shelf, "Image/Saga/0.cbz", "Image/Saga/1.cbz", "Image/Chew")
    job = answer(jobs.confirm, shelf.discover(), shelf)
    assert shelf.paths("missing") == {"Image/Saga/0.cbz", "Image/Saga/1.cbz", "Image/Chew/1.cbz"}
    assert job.comics_missing == 3
    assert (job.held_reason, job.held_comics) == (None, 0)
    assert shelf.count(job_losses) == 0


def test_a_word_does_not_cover_what_is_lost_after_it(shelf: Trial) -> None:
    lose(shelf, "Image")
    job = shelf.discover()
    assert asked(job) == {"Chew": (1, 1), "Saga": (4, 4)}
    shutil.rmtree(shelf.root)
    shelf.root.mkdir()
    job = answer(jobs.confirm, job, shelf)
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.ROOT_EMPTY)
    assert asked(job) == {"Chew": (1, 1), "Saga": (4, 4), "Lobo": (5, 5)}
    assert shelf.paths("missing") == set()
    answer(jobs.confirm, job, shelf)
    assert len(shelf.paths("missing")) == 10


def test_a_little_more_than_was_confirmed_is_marked_with_it(shelf: Trial) -> None:
    lose(shelf, "Image")
    job = shelf.discover()
    (shelf.root / "DC" / "Lobo" / "3.cbz").unlink()
    answer(jobs.confirm, job, shelf)
    assert len(shelf.paths("missing")) == 6


def test_what_turned_up_elsewhere_is_not_asked_about(shelf: Trial) -> None:
    (shelf.root / "DC" / "Lobo").rename(shelf.root / "DC" / "Lobo (1990)")
    lose(shelf, "Image/Saga")
    job = shelf.discover()
    assert asked(job) == {"Saga": (4, 4)}
    assert job.last_error.startswith("4 of 10 comics are gone")


def test_errors_in_folders_that_may_come_back_stay_open(shelf: Trial) -> None:
    (shelf.root / "Image" / "Saga" / "link.cbz").symlink_to("nowhere.cbz")
    shelf.discover()
    assert shelf.errors() == {"Image/Saga/link.cbz": "broken_link"}
    lose(shelf, "Image")
    job = shelf.discover()
    assert shelf.errors() == {"Image/Saga/link.cbz": "broken_link"}
    answer(jobs.confirm, job, shelf)
    assert shelf.errors() == {}


def test_a_discarded_scan_marks_nothing_and_forgets_what_it_asked(shelf: Trial) -> None:
    lose(shelf, "Image")
    job = answer(jobs.discard, shelf.discover(), shelf)
    assert job.status == JobStatus.CANCELLED
    assert shelf.paths("missing") == set()
    assert shelf.count(job_losses) == 0


def test_a_discarded_scan_that_is_retried_asks_again(shelf: Trial) -> None:
    lose(shelf, "Image")
    job = answer(jobs.discard, shelf.discover(), shelf)
    job = answer(jobs.retry, job, shelf)
    assert job.status == JobStatus.HELD
    assert sum(gone for gone, _ in asked(job).values()) == 5


def test_looking_again_finds_what_is_back_without_a_word(shelf: Trial) -> None:
    lose(shelf, "Image")
    job = shelf.discover()
    find_again(shelf)
    job = answer(jobs.look_again, job, shelf)
    assert (job.status, job.comics_missing, job.comics_new) == (JobStatus.RUNNING, 0, 0)
    assert len(shelf.paths()) == 10


def test_looking_again_in_vain_asks_again_and_confirms_nothing(shelf: Trial) -> None:
    lose(shelf, "Image")
    job = shelf.discover()
    for _ in range(2):
        job = answer(jobs.look_again, job, shelf)
        assert (job.status, job.held_comics) == (JobStatus.HELD, 5)
    assert shelf.paths("missing") == set()


def test_what_was_only_written_down_when_the_stage_died_is_not_confirmed(shelf: Trial) -> None:
    lose(shelf, "Image")
    job_id = shelf.request()
    with reading() as connection:
        everything = list(connection.execute(select(comics.c.id)).scalars())
    with writing() as connection:
        held.record(connection, job_id, everything)
    assert shelf.run(shelf.claim()) == 0
    assert shelf.job(job_id).status == JobStatus.HELD
    assert sum(gone for gone, _ in asked(shelf.job(job_id)).values()) == 5


@pytest.mark.parametrize(("percent", "status"), [(49, "held"), (50, "running")])
def test_exactly_the_set_share_needs_no_word(
    shelf: Trial, monkeypatch: pytest.MonkeyPatch, percent: int, status: str
) -> None:
    monkeypatch.setenv("LONGBOX_MISSING_PERCENT", str(percent))
    settings.cache_clear()
    lose(shelf, "Image")
    assert shelf.discover().status == status


def test_a_share_that_no_binary_fraction_is_counts_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_MISSING_PERCENT", "29")
    settings.cache_clear()
    trial = Trial(tmp_path / "comics")
    (trial.root / "Saga").mkdir()
    for number in range(100):
        (trial.root / "Saga" / f"{number}.cbz").touch()
    trial.discover()
    for number in range(29):
        (trial.root / "Saga" / f"{number}.cbz").unlink()
    assert trial.discover().status == JobStatus.RUNNING
    assert len(trial.paths("missing")) == 29


@pytest.mark.parametrize("kind", [ScanKind.QUICK, ScanKind.FULL, ScanKind.METADATA])
def test_an_emptied_root_asks_about_everything(shelf: Trial, kind: ScanKind) -> None:
    lose(shelf, "DC", "Image")
    job = shelf.discover(kind)
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.ROOT_EMPTY)
    assert (job.held_comics, sum(gone for gone, _ in asked(job).values())) == (10, 10)
    assert "Is the disk mounted?" in job.last_error


def test_a_root_that_vanished_shows_what_is_out_of_reach_and_takes_no_word(shelf: Trial) -> None:
    shelf.root.rename(shelf.root.with_name("unmounted"))
    job = shelf.discover()
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.ROOT_UNREADABLE)
    assert job.held_comics == 10
    with pytest.raises(JobStateForbids, match="nothing to confirm"), writing() as connection:
        jobs.confirm(connection, job.id)
    assert shelf.job(job.id).status == JobStatus.HELD


def test_to_resume_while_the_root_is_away_never_confirms_what_is_found_later(shelf: Trial) -> None:
    shelf.root.rename(shelf.root.with_name("unmounted"))
    job = shelf.discover()
    with writing() as connection:
        assert jobs.resume(connection, job.id) is jobs.Resumed.LOOKS_AGAIN
    shelf.root.mkdir()  # the mount point, with nothing mounted
    assert shelf.run(shelf.claim()) == 0
    job = shelf.job(job.id)
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.ROOT_EMPTY)
    assert shelf.paths("missing") == set()


def test_a_scan_that_is_asked_for_meanwhile_is_told_what_it_waits_for(shelf: Trial) -> None:
    lose(shelf, "Image")
    shelf.discover()
    refused = pytest.raises(jobs.ScanAlreadyRunning, match="waits for an administrator's word")
    with refused, writing() as connection:
        jobs.request_scan(connection, shelf.library_id, ScanKind.QUICK, {}, "a test")


def test_the_stamp_of_a_folder_with_a_loss_is_not_trusted_until_it_is_settled(
    shelf: Trial,
) -> None:
    lose(shelf, "DC/Lobo/0.cbz", "DC/Lobo/1.cbz", "DC/Lobo/2.cbz")
    assert shelf.discover().status == JobStatus.HELD
    with reading() as connection:
        rows = connection.execute(select(folders.c.path, folders.c.mtime_ns))
        stamps = {row.path: row.mtime_ns for row in rows}
    assert stamps[b"DC/Lobo"] is None
    assert stamps[b"Image/Saga"] is not None


# ---- another disk


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, as far as we may mount one."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True)
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)


def test_an_unmounted_disk_marks_nothing_whatever_its_mount_point_holds(mounted: Path) -> None:
    trial = Trial(mounted)
    trial.add(*(f"Saga/{number}.cbz" for number in range(10)))
    trial.discover()
    subprocess.run(["umount", mounted], check=True)
    job = trial.discover()
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.ROOT_EMPTY)
    # What somebody put into the mount point meanwhile makes it no less the wrong disk.
    trial.add(*(f"Saga/{number}.cbz" for number in range(9)))
    job = trial.discover()
    assert (job.status, job.held_reason) == (JobStatus.HELD, HeldReason.ANOTHER_DISK)
    assert trial.paths("missing") == set()
    assert answer(jobs.confirm, job, trial).status == JobStatus.RUNNING
    assert trial.paths("missing") == {"Saga/9.cbz"}


# ---- folders that cannot be listed


def test_a_denied_folder_protects_what_lies_below_it_and_holds_up_nothing_else(
    tmp_path: Path, unprivileged: tuple[str, ...]
) -> None:
    trial = Trial(tmp_path / "comics")
    trial.add(*(f"Image/Saga/{number}.cbz" for number in range(8)), "DC/Lobo/1.cbz")
    trial.add(*(f"DC/Hitman/{number}.cbz" for number in range(3)))
    trial.discover()
    shutil.rmtree(trial.root / "DC" / "Lobo")
    write_comic(trial.root / "DC" / "Hitman" / "new.cbz")
    (trial.root / "Image" / "Saga").chmod(0)
    try:
        job_id = trial.request(ScanKind.FULL)
        with trial.stage(trial.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    finally:
        (trial.root / "Image" / "Saga").chmod(0o755)
    job = trial.job(job_id)
    assert (job.status, job.comics_new) == (JobStatus.RUNNING, 1)
    assert trial.errors() == {"Image/Saga": "denied"}
    assert trial.paths("missing") == {"DC/Lobo/1.cbz"}
    with reading() as connection:
        left = select(func.count()).where(comics.c.state == "present")
        assert connection.execute(left).scalar_one() == 12


def test_files_that_were_gone_before_anybody_read_them_leave_nothing_but_what_somebody_wants(
    tmp_path: Path, reader: users.User
) -> None:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz")
    job = trial.discover()
    wanted = trial.comic("Saga/2.cbz").id
    with writing() as connection:
        marks.want(connection, Deed(reader.id, Cause.PERSON), Of.COMICS, wanted, True)
    for name in ("1", "2"):  # while the scan runs
        (trial.root / f"Saga/{name}.cbz").rename(trial.root / f"Saga/0{name}.cbz")
    assert trial.go_on(job.id).errors_count > 0
    again = trial.scan()
    assert (again.comics_new, again.comics_missing) == (2, 1)
    assert trial.job(job.id).comics_new == 2
    left = {row.file_name: row.state for row in trial.rows(comics)}
    gone = {name for name, state in left.items() if state == ComicState.MISSING}
    assert (gone, left.keys() - gone) == ({b"2.cbz"}, {b"01.cbz", b"02.cbz", b"3.cbz"})
    assert "Saga/1.cbz" not in trial.errors()


def test_comics_that_no_scan_was_to_read_go_missing_like_all_others(tmp_path: Path) -> None:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz", "Saga/4.cbz", "Saga/5.cbz")
    trial.scan(skip_metadata=True)
    (trial.root / "Saga/1.cbz").unlink()
    assert trial.scan(skip_metadata=True).comics_missing == 1
    assert trial.paths("missing") == {"Saga/1.cbz"}
    assert trial.scan().comics_missing == 0
    assert trial.paths("missing") == {"Saga/1.cbz"}
