"""What the discover stage finds and what it makes of it; each walk is a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, select

from db import in_hand, jobs, libraries, shards
from db.engine import reading, writing
from db.schema import comics, folders, job_changes, job_errors, metadata, series
from db.schema import shards as shard_table
from db.states import ErrorClass, JobStatus, Phase, ScanKind, ShardStatus
from tests.trial import LONG_AGO, PATIENCE, Trial, age, wait_for, write_comic

# A stage that a test interrupts yields to the test, which would else come too late.
PATIENTLY = ("nice", "-n", "19")

NOBODY_MAY_READ = 0o000


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


# ---- what a path says ----


def test_category_subcategory_and_series_come_from_the_path(trial: Trial) -> None:
    trial.add(
        "Saga/1.cbz",
        "Image/Chew/1.cbz",
        "Marvel/Ultimate/Spider-Man/1.cbz",
        "Marvel/Ultimate/Classics/X-Men/1.cbz",
        "Marvel/Ultimate/Classics/X-Men/2.CBR",
    )
    job = trial.discover()
    assert trial.shelves() == {
        ("", "", "Saga", 1),
        ("Image", "", "Chew", 1),
        ("Marvel", "Ultimate", "Spider-Man", 1),
        ("Marvel", "Ultimate / Classics", "X-Men", 2),
    }
    assert told(job, "comics_found", "comics_new", "discover_done", "folders_found") == {
        "comics_found": 5,
        "comics_new": 5,
        "discover_done": 5,
        "folders_found": 9,
    }


def test_loose_files_at_the_root_are_a_series_of_the_librarys_name(trial: Trial) -> None:
    trial.add("one shot.cbz", "another.zip")
    trial.discover()
    assert trial.shelves() == {("", "", "Comics", 2)}


def test_two_series_of_one_name_in_different_folders_stay_two(trial: Trial) -> None:
    trial.add("Marvel/Annual/1.cbz", "DC/Annual/1.cbz")
    trial.discover()
    assert trial.shelves() == {("Marvel", "", "Annual", 1), ("DC", "", "Annual", 1)}


def test_a_series_may_lie_inside_another(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Saga/Extras/1.cbz")
    trial.discover()
    assert trial.shelves() == {("", "", "Saga", 1), ("Saga", "", "Extras", 1)}


def test_an_article_at_the_front_does_not_count_when_series_are_sorted(trial: Trial) -> None:
    trial.add("The Boys/1.cbz", "A Contract with God/1.cbz", "Bone/1.cbz", "The/1.cbz")
    trial.discover()
    ordered = sorted(trial.rows(series), key=lambda row: row.sort_name)
    assert [row.name for row in ordered] == ["Bone", "The Boys", "A Contract with God", "The"]


def test_comics_are_sorted_by_their_numbers_and_the_first_is_the_cover(trial: Trial) -> None:
    trial.add("Saga/Saga 10.cbz", "Saga/Saga 9.cbz", "Saga/Saga 100.cbz")
    trial.discover()
    ordered = sorted(trial.rows(comics), key=lambda row: row.sort_key)
    assert [row.file_name for row in ordered] == [b"Saga 9.cbz", b"Saga 10.cbz", b"Saga 100.cbz"]
    assert trial.rows(series)[0].cover_comic_id == trial.comic("Saga/Saga 9.cbz").id


# ---- what is passed over ----


def test_what_is_hidden_and_what_systems_leave_behind_is_passed_over(trial: Trial) -> None:
    trial.add(
        "Saga/1.cbz",
        "Saga/._1.cbz",
        "Saga/@eaDir/1.cbz",
        "Saga/__MACOSX/1.cbz",
        ".stfolder/1.cbz",
        ".Trash-1000/1.cbz",
        "#recycle/1.cbz",
    )
    (trial.root / "Saga" / "notes.txt").write_text("not a comic")
    job = trial.discover()
    assert trial.paths() == {"Saga/1.cbz"}
    assert told(job, "folders_ignored", "comics_ignored") == {
        "folders_ignored": 5,
        "comics_ignored": 1,
    }
    assert trial.errors() == {}


def test_of_an_archive_in_several_files_the_first_alone_is_a_comic(trial: Trial) -> None:
    trial.add("Saga/1.part1.rar", "Saga/1.part2.rar", "Saga/1.part3.rar", "Saga/2.part2.cbr")
    trial.discover()
    assert {row.file_name for row in trial.rows(comics)} == {b"1.part1.rar", b"2.part2.cbr"}


def test_patterns_leave_out_folders_and_files_by_name_and_by_path(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Saga/1 (preview).cbz", "Samples/1.cbz", "Image/Chew/1.cbz")
    with writing() as connection:
        patterns = ["*(preview)*", "samples", "image/ch*"]
        libraries.set_ignore_patterns(connection, trial.library_id, patterns)
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz"}


def test_a_new_pattern_takes_comics_out_though_no_folder_changed(trial: Trial) -> None:
    trial.add(*(f"Saga/{number}.cbz" for number in range(9)), "Samples/1.cbz")
    age(trial.root)
    trial.discover()
    with writing() as connection:
        libraries.set_ignore_patterns(connection, trial.library_id, ["Samples"])
    trial.discover()
    assert trial.paths("missing") == {"Samples/1.cbz"}


# ---- series.json ----

SERIES_JSON: dict[str, Any] = {
    "type": "comicSeries",
    "name": "Saga",
    "publisher": "Image",
    "imprint": None,
    "comicid": 48399,
    "year": 2012,
    "description_text": "Two soldiers from opposite sides.",
    "booktype": "Print",
    "total_issues": 66,
    "status": "Continuing",
}
SERIES_COLUMNS = {
    "publisher": "Image",
    "imprint": None,
    "comicvine_id": "48399",
    "year": 2012,
    "description": "Two soldiers from opposite sides.",
    "booktype": "Print",
    "total_issues": 66,
    "status": "Continuing",
}


@pytest.mark.parametrize("content", [SERIES_JSON, {"version": "1.0.2", "metadata": SERIES_JSON}])
def test_a_series_json_is_read_flat_and_as_mylar_writes_it(trial: Trial, content: Any) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "series.json").write_text(json.dumps(content))
    trial.discover()
    assert told(trial.rows(series)[0], *SERIES_COLUMNS) == SERIES_COLUMNS
    assert trial.errors() == {}


def test_a_series_json_that_is_no_good_is_an_error_and_nothing_more(trial: Trial) -> None:
    contents = {
        "A list": b"[]",
        "Garbage": b"\xff\xfe\x00{",
        "Half": b'{"metadata": {',
        "Deep": b"[" * 100_000,
        "Large": b" " * (50 << 20) + b"{}",
    }
    for name, content in contents.items():
        trial.add(f"{name}/1.cbz")
        (trial.root / name / "series.json").write_bytes(content)
    (trial.root / "Folder" / "series.json").mkdir(parents=True)
    trial.add("Folder/1.cbz", "Fine/1.cbz")
    (trial.root / "Fine" / "series.json").write_text(json.dumps(SERIES_JSON))
    job = trial.discover()
    assert trial.errors() == {
        "A list/series.json": "metadata_invalid",
        "Garbage/series.json": "metadata_invalid",
        "Half/series.json": "metadata_invalid",
        "Deep/series.json": "metadata_invalid",
        "Large/series.json": "too_large",
    }
    assert job.errors_count == 5
    assert job.comics_found == 7


def test_values_of_the_wrong_kind_in_a_series_json_are_left_out(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    odd = {"publisher": ["Image"], "year": "MMXII", "status": True, "total_issues": 10**30}
    (trial.root / "Saga" / "series.json").write_text(json.dumps(odd | {"comicid": "\ud800"}))
    trial.discover()
    row = trial.rows(series)[0]
    assert told(row, "publisher", "year", "status", "total_issues") == {
        "publisher": None,
        "year": None,
        "status": None,
        "total_issues": None,
    }


def test_a_series_json_that_is_mended_closes_its_error(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    file = trial.root / "Saga" / "series.json"
    file.write_text("[]")
    trial.discover()
    file.write_text(json.dumps(SERIES_JSON))
    job = trial.discover()
    assert trial.errors() == {}
    assert job.errors_count == 0
    assert trial.rows(series)[0].publisher == "Image"


# ---- odd trees ----


def test_a_name_that_is_not_utf_8_is_kept_as_it_is(trial: Trial) -> None:
    folder = os.fsencode(trial.root) + b"/Ast\xe9rix"
    os.mkdir(folder)
    file = folder + b"/caf\xe9 1.cbz"
    write_comic(Path(os.fsdecode(file)))
    trial.discover()
    row = trial.rows(comics)[0]
    assert row.file_name == b"caf\xe9 1.cbz"
    assert trial.rows(series)[0].name == "Ast\ufffdrix"
    assert trial.errors() == {}


def test_a_link_that_leads_back_to_a_folder_above_is_an_error(trial: Trial) -> None:
    trial.add("Image/Saga/1.cbz")
    (trial.root / "Image" / "Saga" / "back").symlink_to(trial.root)
    (trial.root / "Image" / "Saga" / "here").symlink_to(".")
    trial.discover()
    assert trial.errors() == {"Image/Saga/back": "link_loop", "Image/Saga/here": "link_loop"}
    assert trial.paths() == {"Image/Saga/1.cbz"}


def test_links_that_lead_to_each_other_hide_nothing_beside_them(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "a").symlink_to("b")
    (trial.root / "Saga" / "b").symlink_to("a")
    (trial.root / "Saga" / "2.cbz").symlink_to("2.cbz")
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz"}
    assert trial.errors() == {
        "Saga/a": "link_loop",
        "Saga/b": "link_loop",
        "Saga/2.cbz": "link_loop",
    }


def test_a_link_to_a_folder_elsewhere_is_followed(trial: Trial, tmp_path: Path) -> None:
    write_comic(tmp_path / "elsewhere" / "1.cbz")
    (trial.root / "Saga").symlink_to(tmp_path / "elsewhere")
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz"}


def test_a_broken_link_is_an_error_beside_comics_that_are_fine(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "2.cbz").symlink_to("nowhere.cbz")
    (trial.root / "Gone").symlink_to("/nowhere/at/all")
    trial.discover()
    assert trial.errors() == {"Saga/2.cbz": "broken_link", "Gone": "broken_link"}
    assert trial.paths() == {"Saga/1.cbz"}


def test_a_pipe_and_a_folder_with_a_comics_name_are_not_waited_for(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Saga/folder.cbz/1.cbz")
    os.mkfifo(trial.root / "Saga" / "2.cbz")
    os.mkfifo(trial.root / "Saga" / "series.json")
    trial.discover()
    assert trial.paths() >= {"Saga/1.cbz", "Saga/folder.cbz/1.cbz"}


def test_a_link_that_is_mended_is_found_by_a_quick_scan(trial: Trial, tmp_path: Path) -> None:
    trial.add("Saga/1.cbz")
    (trial.root / "Saga" / "2.cbz").symlink_to(tmp_path / "disk" / "2.cbz")
    age(trial.root)
    trial.discover()
    write_comic(tmp_path / "disk" / "2.cbz")
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz", "Saga/2.cbz"}
    assert trial.errors() == {}


def test_a_folder_that_may_not_be_read_protects_what_lies_below_it(
    trial: Trial, unprivileged: tuple[str, ...]
) -> None:
    trial.add("Image/Saga/1.cbz", "Image/Chew/1.cbz", "DC/Lobo/1.cbz")
    trial.discover()
    shutil.rmtree(trial.root / "Image" / "Chew")
    (trial.root / "Image").chmod(NOBODY_MAY_READ)
    (trial.root / "DC" / "Lobo" / "2.cbz").write_bytes(b"new")
    try:
        job_id = trial.request()
        with trial.stage(trial.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    finally:
        (trial.root / "Image").chmod(0o755)
    assert trial.errors() == {"Image": "denied"}
    assert trial.paths("missing") == set()
    assert trial.job(job_id).comics_new == 1


def test_a_folder_that_may_be_read_again_is_found_by_a_quick_scan(
    trial: Trial, unprivileged: tuple[str, ...]
) -> None:
    trial.add("Image/Saga/1.cbz", "DC/Lobo/1.cbz")
    age(trial.root)
    (trial.root / "Image").chmod(NOBODY_MAY_READ)
    try:
        trial.request()
        with trial.stage(trial.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    finally:
        (trial.root / "Image").chmod(0o755)
    assert trial.paths() == {"DC/Lobo/1.cbz"}
    trial.discover()
    assert trial.paths() == {"DC/Lobo/1.cbz", "Image/Saga/1.cbz"}
    assert trial.errors() == {}


def test_folders_that_come_and_go_during_the_walk_stop_nothing(trial: Trial) -> None:
    trial.add(*(f"Stays {number}/1.cbz" for number in range(300)))
    trial.request()
    with trial.stage(trial.claim()) as stage:
        while stage.poll() is None:
            for number in range(40):
                write_comic(trial.root / f"Goes {number}" / "in" / "1.cbz")
            for number in range(40):
                shutil.rmtree(trial.root / f"Goes {number}")
        assert stage.returncode == 0
    assert {f"Stays {number}/1.cbz" for number in range(300)} <= trial.paths()
    assert set(trial.errors().values()) <= {"vanished"}
    trial.discover(ScanKind.FULL)
    assert trial.errors() == {}


def test_an_error_is_closed_when_its_folder_is_gone(trial: Trial) -> None:
    trial.add("Image/Saga/1.cbz", "Image/Chew/1.cbz")
    (trial.root / "Image" / "Saga" / "2.cbz").symlink_to("nowhere.cbz")
    trial.discover()
    shutil.move(trial.root / "Image" / "Saga", trial.root / "Saga")
    (trial.root / "Saga" / "2.cbz").unlink()
    trial.discover()
    assert trial.errors() == {}


# ---- quick and full ----


def test_an_unchanged_rescan_changes_no_row_of_the_catalogue(trial: Trial) -> None:
    trial.add("Image/Saga/1.cbz", "Image/Saga/2.cbz", "DC/Lobo/1.cbz")
    age(trial.root)
    trial.discover()
    before = catalogue()
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        job = trial.discover(kind)
        assert catalogue() == before
        assert told(job, "comics_found", "comics_new", "comics_updated", "comics_missing") == {
            "comics_found": 3,
            "comics_new": 0,
            "comics_updated": 0,
            "comics_missing": 0,
        }


def test_a_quick_rescan_of_what_did_not_change_hardly_writes(trial: Trial, data: Path) -> None:
    trial.add(*(f"Series {number}/{comic}.cbz" for number in range(50) for comic in range(10)))
    age(trial.root)
    trial.discover()
    wal = data / "library.db-wal"  # our own connections stay open, so that nobody tidies it up
    with closing(sqlite3.connect(data / "library.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = wal.stat().st_size
    trial.discover()
    pages = (wal.stat().st_size - before) / 4096
    assert pages < 60  # the job's own rows, transaction by transaction; 500 comics are not in it


def test_a_quick_scan_trusts_a_folders_time_stamp_and_a_full_one_does_not(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    age(trial.root)
    trial.discover()
    (trial.root / "Saga" / "1.cbz").write_bytes(b"longer than a moment ago, in the same place")
    assert trial.discover().comics_updated == 0
    assert trial.discover(ScanKind.FULL).comics_updated == 1


def test_a_young_time_stamp_is_not_trusted(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    trial.discover()
    folder = trial.root / "Saga"
    stamp = folder.stat().st_mtime_ns
    trial.add("Saga/2.cbz")
    os.utime(folder, ns=(stamp, stamp))  # as where the clock of the disk is too coarse to tell
    trial.discover()
    assert trial.paths() == {"Saga/1.cbz", "Saga/2.cbz"}


def test_new_comics_in_a_known_folder_are_found_by_a_quick_scan(trial: Trial) -> None:
    trial.add("Saga/1.cbz", "Chew/1.cbz")
    age(trial.root)
    trial.discover()
    trial.add("Saga/2.cbz", "Deep/down/here/1.cbz")
    job = trial.discover()
    assert told(job, "comics_new", "comics_found") == {"comics_new": 2, "comics_found": 4}


def test_a_changed_file_gets_another_version_and_is_read_again(trial: Trial) -> None:
    trial.add("Saga/1.cbz")
    first = trial.discover()
    before = trial.comic("Saga/1.cbz")
    trial.add("Saga/1.cbz", info="<ComicInfo/>")
    second = trial.discover(ScanKind.FULL)
    after = trial.comic("Saga/1.cbz")
    assert after.version != before.version
    assert after.id == before.id
    assert (after.added_job_id, after.changed_job_id) == (first.id, second.id)
    assert after.index_state == "pending"


# ---- what is gone ----


@pytest.fixture
def shelf(trial: Trial) -> Trial:
    """Ten comics in two series, all of them known, with trusted time stamps."""
    trial.add(*(f"Saga/{number}.cbz" for number in range(8)), "Chew/1.cbz", "Chew/2.cbz")
    age(trial.root)
    trial.discover()
    return trial


def test_a_comic_that_is_gone_is_missing_and_keeps_its_row(shelf: Trial) -> None:
    before = shelf.comic("Saga/3.cbz")
    (shelf.root / "Saga" / "3.cbz").unlink()
    job = shelf.discover()
    after = shelf.comic("Saga/3.cbz")
    assert (after.id, after.state, after.changed_job_id) == (before.id, "missing", job.id)
    assert after.missing_since is not None
    assert job.comics_missing == 1
    assert ("", "", "Saga", 7) in shelf.shelves()
    changes = [tuple(row)[1:4] for row in shelf.rows(job_changes)]
    assert changes == [(job.id, before.id, "missing")]


def test_a_comic_that_is_back_is_the_same_comic(shelf: Trial) -> None:
    before = shelf.comic("Saga/3.cbz")
    away = shelf.root.parent / "3.cbz"
    shutil.move(shelf.root / "Saga" / "3.cbz", away)
    shelf.discover()
    shutil.move(away, shelf.root / "Saga" / "3.cbz")
    age(shelf.root)
    job = shelf.discover()
    after = shelf.comic("Saga/3.cbz")
    assert (after.id, after.state, after.missing_since) == (before.id, "present", None)
    assert job.comics_back == 1
    assert job.comics_new == 0
    assert ("", "", "Saga", 8) in shelf.shelves()
    assert [row.change for row in shelf.rows(job_changes)] == ["missing", "back"]


def test_a_missing_comic_is_marked_once(shelf: Trial) -> None:
    (shelf.root / "Saga" / "3.cbz").unlink()
    shelf.discover()
    since = shelf.comic("Saga/3.cbz").missing_since
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        assert shelf.discover(kind).comics_missing == 0
    assert shelf.comic("Saga/3.cbz").missing_since == since
    assert shelf.count(job_changes) == 1


def test_a_folder_that_is_gone_is_no_error_ever_after(shelf: Trial) -> None:
    shutil.rmtree(shelf.root / "Chew")
    age(shelf.root)
    os.utime(shelf.root, (LONG_AGO + 1, LONG_AGO + 1))
    shelf.discover()
    assert shelf.paths("missing") == {"Chew/1.cbz", "Chew/2.cbz"}
    for kind in (ScanKind.QUICK, ScanKind.QUICK, ScanKind.FULL):
        shelf.discover(kind)
        assert shelf.errors() == {}


def test_an_empty_root_marks_nothing_and_asks(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    shelf.root.mkdir()
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        job = shelf.discover(kind)
        assert job.status == JobStatus.HELD
        assert "10 of 10 comics are gone" in job.last_error
        assert shelf.paths("missing") == set()


def test_a_root_that_is_not_there_marks_nothing_and_says_so(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    job = shelf.discover()
    assert job.status == JobStatus.HELD
    assert str(shelf.root) in job.last_error
    assert shelf.paths("missing") == set()


def test_a_word_given_for_a_root_that_is_not_there_still_marks_nothing(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    job = shelf.discover()
    with writing() as connection:
        jobs.resume(connection, job.id)
    assert shelf.run(shelf.claim()) == 0
    assert shelf.job(job.id).status == JobStatus.HELD
    assert shelf.paths("missing") == set()


def test_the_first_scan_of_a_root_that_is_not_there_fails_and_says_why(trial: Trial) -> None:
    trial.root.rmdir()
    job = trial.discover()
    assert job.status == JobStatus.FAILED
    assert str(trial.root) in job.last_error


def test_a_root_that_is_a_file_marks_nothing(shelf: Trial) -> None:
    shutil.move(shelf.root, shelf.root.with_name("unmounted"))
    shelf.root.write_text("what a failed mount left behind")
    assert shelf.discover().status == JobStatus.HELD
    assert shelf.paths("missing") == set()


def test_a_loss_beyond_the_share_is_marked_only_when_a_person_says_so(shelf: Trial) -> None:
    for number in range(3):
        (shelf.root / "Saga" / f"{number}.cbz").unlink()
    job = shelf.discover()
    assert job.status == JobStatus.HELD
    assert "3 of 10 comics are gone" in job.last_error
    assert shelf.paths("missing") == set()
    with writing() as connection:
        jobs.resume(connection, job.id)
    assert shelf.run(shelf.claim()) == 0
    assert shelf.paths("missing") == {f"Saga/{number}.cbz" for number in range(3)}
    assert shelf.job(job.id).status == JobStatus.RUNNING
    assert shelf.job(job.id).phase == Phase.INDEX


def test_a_held_scan_that_is_cancelled_marks_nothing_and_frees_the_library(shelf: Trial) -> None:
    shutil.rmtree(shelf.root / "Saga")
    job = shelf.discover()
    with writing() as connection:
        jobs.cancel(connection, job.id)
    assert shelf.job(job.id).status == JobStatus.CANCELLED
    assert shelf.paths("missing") == set()
    assert shelf.active() == []


def test_a_loss_within_the_share_is_marked_at_once(shelf: Trial) -> None:
    shutil.rmtree(shelf.root / "Chew")
    job = shelf.discover()
    assert job.status == JobStatus.RUNNING
    assert shelf.paths("missing") == {"Chew/1.cbz", "Chew/2.cbz"}


def test_another_disk_in_the_roots_place_asks_about_a_single_comic(shelf: Trial) -> None:
    assert shelf.discover().status == JobStatus.RUNNING
    with writing() as connection:
        connection.execute(libraries.libraries.update().values(root_device=1))
    (shelf.root / "Saga" / "3.cbz").unlink()
    assert shelf.discover().status == JobStatus.HELD
    assert shelf.paths("missing") == set()


# ---- stopping, dying, going on ----


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


def test_a_walk_that_is_killed_and_begun_again_counts_nothing_twice(large: Trial) -> None:
    job_id = large.request()
    claimed = large.claim()
    with large.stage(claimed, PATIENTLY) as stage:
        wait_for(lambda: large.count(comics), "the first commit")
        stage.kill()
        stage.wait(PATIENCE)
    assert large.count(comics) > 0
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


def test_a_walk_that_is_asked_to_stop_commits_and_leaves_with_75(large: Trial) -> None:
    large.request()
    claimed = large.claim()
    with large.stage(claimed, PATIENTLY) as stage:
        wait_for(lambda: large.count(comics), "the first commit")
        stage.terminate()
        assert stage.wait(PATIENCE) == 75
    assert 0 < large.count(comics) < 8000
    with writing() as connection:
        assert shards.hand_back(connection, claimed.shard_id, claimed.fence)
    assert large.run(large.claim()) == 0
    assert large.count(comics) == 8000


def test_a_walk_ends_with_the_process_that_started_it(large: Trial) -> None:
    large.request()
    with large.stage(large.claim(), PATIENTLY) as stage:
        wait_for(lambda: large.count(comics), "the first commit")
        stage.stdin.close()  # type: ignore[union-attr]
        assert stage.wait(PATIENCE) == 75
    assert large.count(comics) < 8000


def test_a_walk_whose_job_is_cancelled_stops_and_writes_no_more(large: Trial) -> None:
    job_id = large.request()

    def cancelled_behind_the_first_commit() -> bool:
        with writing() as connection:  # the stage cannot come to its end meanwhile
            begun = connection.execute(select(func.count()).select_from(comics)).scalar_one() > 0
            if begun:
                jobs.cancel(connection, job_id)
        return begun

    with large.stage(large.claim(), PATIENTLY) as stage:
        wait_for(cancelled_behind_the_first_commit, "the first commit")
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


def child_of(stage: subprocess.Popen[bytes]) -> int | None:
    """The pid of the walk that a discover stage has started."""
    tasks = Path(f"/proc/{stage.pid}/task").glob("*/children")
    return next((int(pid) for task in tasks for pid in task.read_text().split()), None)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc here")
def test_a_walk_that_gets_no_answer_is_given_up_with_the_folder_it_waits_for(
    large: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_HEARTBEAT", "0.2")
    monkeypatch.setenv("LONGBOX_FILE_TIMEOUT", "1")
    large.request()
    claimed = large.claim()
    with large.stage(claimed, PATIENTLY) as stage:
        wait_for(lambda: in_hand.read(claimed.shard_id), "a folder in hand")
        walk = child_of(stage)
        assert walk is not None
        os.kill(walk, signal.SIGSTOP)
        waited_for = in_hand.read(claimed.shard_id)
        assert stage.wait(PATIENCE) == 1
        os.kill(walk, signal.SIGKILL)
    with reading() as connection:
        shard = connection.execute(select(shard_table)).one()
    assert (shard.status, shard.strikes, shard.suspect) == (ShardStatus.QUEUED, 1, waited_for)
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
