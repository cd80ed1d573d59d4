"""What the discover stage finds and what it makes of it; each walk is a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from db import libraries
from db.engine import reading, writing
from db.schema import comics, folders, job_changes, series
from db.states import ScanKind
from tests.trial import Trial, age


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


def test_a_quick_rescan_of_what_did_not_change_hardly_writes(
    trial: Trial, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGBOX_HEARTBEAT", "60")  # which would be written as well
    monkeypatch.setenv("LONGBOX_STALE_AFTER", "120")
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
    folder = trial.root / "Saga"
    young = time.time() + 3600  # however long the walk takes to begin
    os.utime(folder, (young, young))
    trial.discover()
    trial.add("Saga/2.cbz")
    os.utime(folder, (young, young))  # as where the clock of the disk is too coarse to tell
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
