"""What a scan is told: the stages do that and no more, and leave the rest for the next scan."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from db import jobs, scan_options, scan_profiles, scan_requests, shards, workers
from db.engine import reading, writing
from db.scan_options import BadOption, ScanOptions, Thumbnails
from db.schema import artwork_files, scan_jobs
from db.settings import settings
from db.states import ScanKind
from tests.gates import Gates
from tests.shelf import picture
from tests.trial import PATIENCE, Trial, age


@pytest.fixture
def library(data: Path, tmp_path: Path) -> Trial:
    """Two series of two comics each, with real pictures, and a cover beside one of them."""
    library = Trial(tmp_path / "comics")
    page = picture(40, 60)
    for path in ("Hellboy/1.cbz", "Hellboy/2.cbz", "Saga/1.cbz", "Saga/2.cbz"):
        (library.root / path).parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(library.root / path, "w") as archive:
            archive.writestr("1.jpg", page)
    (library.root / "Saga/cover.jpg").write_bytes(page)
    age(library.root)
    return library


def work(job: Row[Any]) -> tuple[int, int, int]:
    """How many comics were found and opened, and how many covers and pictures made."""
    return job.comics_found, job.index_done, job.thumbnail_done


def test_each_kind_and_each_option_leaves_the_rest_for_the_next_scan(
    library: Trial, data: Path
) -> None:
    assert work(library.scan(skip_metadata=True, skip_assets=True)) == (4, 0, 0)
    assert library.count(artwork_files) == 0
    assert work(library.scan(thumbnails="none")) == (4, 4, 1)  # the picture beside the comics
    assert library.count(artwork_files) == 1
    assert work(library.scan(ScanKind.METADATA)) == (4, 4, 0)
    assert work(library.scan(ScanKind.COVERS, thumbnails="series")) == (4, 0, 2)
    assert work(library.scan(ScanKind.COVERS)) == (4, 0, 2)
    drawn = sorted((data / "covers").rglob("*.jpg"))
    assert len(drawn) == 4
    drawn[0].unlink()
    assert work(library.scan(ScanKind.COVERS)) == (4, 0, 1)
    assert sorted((data / "covers").rglob("*.jpg")) == drawn


def test_a_limit_of_folders_goes_on_behind_where_it_was(library: Trial) -> None:
    job = library.discover(max_folders=2)  # the root, which has no comics, is one
    assert (job.comics_found, job.comics_new) == (2, 2)
    job = library.discover(max_folders=1)
    assert (job.comics_found, job.comics_new, job.comics_missing) == (4, 2, 0)
    job = library.discover(ScanKind.FULL, max_folders=1)
    assert (job.comics_found, job.comics_new, job.comics_missing) == (4, 0, 0)


def test_names_that_one_scan_passes_over_stay_as_they_are(library: Trial) -> None:
    library.add(*(f"Batman/{number}.cbz" for number in range(6)))  # else the scan would ask
    library.discover()
    (library.root / "Saga/1.cbz").unlink()
    (library.root / "Hellboy/2.cbz").unlink()
    library.add("Saga/3.cbz", "Hellboy/3.cbz")
    job = library.discover(ignore=["Saga", "2.*"])
    assert (job.comics_new, job.comics_missing) == (1, 0)
    job = library.discover()
    assert (job.comics_new, job.comics_missing) == (1, 2)
    assert library.paths("missing") == {"Saga/1.cbz", "Hellboy/2.cbz"}


def test_no_more_processes_work_at_a_scan_than_it_may_have(
    library: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.scan(skip_metadata=True, thumbnails="none")
    monkeypatch.setattr("db.phases.SMALLEST_SHARD", 1)
    monkeypatch.setenv("LONGBOX_WORKERS", "4")
    settings.cache_clear()
    for most in (1, 3):
        library.request(workers=most)
        walk = library.claim()
        with writing() as connection:
            shards.finish(connection, walk)  # four shards of the index come behind it
        claimed = [library.claim() for _ in range(most)]
        with writing() as connection:
            assert shards.queued(connection) == []
            shards.hand_back(connection, claimed[0].shard_id)
            assert len(shards.queued(connection)) == 4 - most + 1


def test_a_phase_is_cut_for_the_stages_that_the_worker_chose(
    library: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.scan(skip_metadata=True, thumbnails="none")
    monkeypatch.setattr("db.phases.SMALLEST_SHARD", 1)
    monkeypatch.setenv("LONGBOX_WORKERS", "1")  # of the process that cuts it
    settings.cache_clear()
    library.request()
    walk = library.claim()
    with writing() as connection:
        workers.keep(connection, 3)
        shards.finish(connection, walk)
        assert len(shards.queued(connection)) == 3


def test_a_stage_and_its_walk_are_as_nice_as_they_are_told(library: Trial, gates: Gates) -> None:
    gates.shut("Saga")
    library.request(nice=7)
    with library.stage(library.claim()) as stage:
        for pid in (stage.pid, gates.waiting("Saga")):
            assert os.getpriority(os.PRIO_PROCESS, pid) == os.nice(0) + 7
        gates.open("Saga")
        assert stage.wait(PATIENCE) == 0


def test_what_is_left_open_comes_from_the_profile_and_then_from_the_library(
    library: Trial,
) -> None:
    with writing() as connection:
        scan_profiles.set_of_library(
            connection, library.library_id, {"thumbnails": "all", "nice": 5}
        )
        scan_profiles.keep(connection, "Nightly", {"kind": "full", "thumbnails": "none"})
        [answer] = scan_requests.request(connection, "Comics", {"workers": 1}, "Ada", "Nightly")
        job = jobs.get(connection, answer.job_id)
    assert (job.kind, job.options) == ("full", {"thumbnails": "none", "workers": 1, "nice": 5})
    with reading() as connection:
        options = scan_requests.options(connection, library.library_id, {})
    assert options == ScanOptions(thumbnails=Thumbnails.ALL, nice=5)
    assert library.count(scan_jobs) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"colour": "red"},
        {"kind": "slow"},
        {"thumbnails": "some"},
        {"max_folders": 0},
        {"max_folders": True},
        {"workers": "2"},
        {"nice": 20},
        {"skip_assets": 1},
        {"ignore": "*.tmp"},
        {"ignore": ["a\nb"]},
        {"kind": "covers", "thumbnails": "none"},
        {"kind": "metadata", "skip_metadata": True},
    ],
)
def test_what_a_scan_cannot_be_told_is_refused_in_words(said: dict[str, Any]) -> None:
    with pytest.raises(BadOption, match=r"[a-z].*\.$"):
        scan_options.merged(said)
