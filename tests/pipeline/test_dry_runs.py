"""The dry run: it tells what the scan then does, and leaves everything as it was."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from db import changes
from db.engine import reading
from db.scan_options import BadOption, ScanOptions
from db.states import Change, JobStatus, ScanKind
from pipeline import dry_runs
from pipeline.dry_runs import Wanted
from tests.gates import Gates
from tests.trial import Trial, age, wait_for, write_comic

FATES = [Change.NEW, Change.UPDATED, Change.MOVED, Change.BACK, Change.MISSING]


@pytest.fixture
def library(data: Path, tmp_path: Path) -> Trial:
    library = Trial(tmp_path / "comics")
    library.add(*(f"DC/Batman/{number}.cbz" for number in range(1, 6)), "Image/Saga/1.cbz")
    library.add("Image/Saga/away.cbz", "Image/Hellboy/1.cbz", "Image/Hellboy/2.cbz")
    age(library.root)
    library.scan(thumbnails="none")
    return library


def lose_one(library: Trial) -> None:
    (library.root / "Image/Saga/away.cbz").rename(library.root.parent / "away.cbz")
    library.discover()
    assert library.paths("missing") == {"Image/Saga/away.cbz"}


def change_everything(library: Trial) -> None:
    root = library.root
    library.add("DC/Superman/1.cbz")  # new
    write_comic(root / "DC/Batman/1.cbz", pages=3)  # changed
    (root / "DC/Batman/2.cbz").rename(root / "DC/Batman/2 (1940).cbz")  # moved
    (root / "Image/Hellboy").rename(root / "Hellboy")  # moved, with all in it
    if (away := root.parent / "away.cbz").exists():
        away.rename(root / "Image/Saga/away.cbz")  # back
    (root / "DC/Batman/5.cbz").unlink()  # missing


def longbox(*words: str) -> str:
    program = "from pipeline.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
    )
    return done.stdout


def everything_kept(data: Path) -> tuple[list[str], set[Path]]:
    """All that stands in the database, and every file of the data folder but SQLite's own."""
    with closing(sqlite3.connect(data / "library.db")) as database:
        rows = list(database.iterdump())
    return rows, {one for one in data.rglob("*") if ".db" not in one.name}


def told(changes_of: dict[str, Any]) -> dict[str, set[str]]:
    """What becomes of which comics: their paths, of those that moved where they are then."""
    found: dict[str, set[str]] = {}
    for fate, groups in changes_of.items():
        found[fate] = {
            one[1] if isinstance(one, list) else os.path.join(group["folder"], one)
            for group in groups
            for one in group["comics"]
        }
    return found


def test_it_tells_what_the_scan_then_does_and_writes_nothing(library: Trial, data: Path) -> None:
    lose_one(library)
    change_everything(library)
    before = everything_kept(data)
    [result] = json.loads(longbox("scan", "--dry-run", "--json"))["libraries"]
    lines = longbox("scan", "Comics", "--dry-run").splitlines()
    assert everything_kept(data) == before

    job = library.scan(thumbnails="none")
    assert job.status == JobStatus.COMPLETED
    with reading() as connection:
        done = {
            one.change.value: {comic.path for comic in one.page.items}
            for one in changes.first_of_each(connection, job.id, 50)
        }
    assert told(result["changes"]) == {fate: done.get(fate, set()) for fate in FATES}
    assert [result[fate] for fate in FATES] == [1, 1, 3, 1, 1]
    assert result["held"] is None
    moved = [pair for group in result["changes"]["moved"] for pair in group["comics"]]
    assert ["Image/Hellboy/2.cbz", "Hellboy/2.cbz"] in moved
    assert "+ DC/Superman/1.cbz" in lines
    assert "> DC/Batman/2.cbz → DC/Batman/2 (1940).cbz" in lines
    assert "- DC/Batman/5.cbz" in lines
    assert lines[-1].startswith("Comics: 1 comic new, 1 comic changed, 3 comics moved")


def test_one_in_the_background_is_looked_at_by_anybody_and_goes_with_its_file(
    library: Trial,
) -> None:
    change_everything(library)
    name = dry_runs.begin([Wanted(library.library_id, ScanOptions())], {"by": "Ada"})
    wait_for(lambda: not dry_runs.look(name).is_running, "the end of the dry run")
    seen = dry_runs.look(name)
    assert (seen.is_whole, seen.about, seen.results[0]["moved"]) == (True, {"by": "Ada"}, 3)
    first, after = dry_runs.groups(name, Change.MOVED, 0, 1)
    second, end = dry_runs.groups(name, Change.MOVED, after or 0, 1)
    assert [one["folder"] for one in first + second] == ["DC/Batman", "Hellboy"]
    assert end is None
    dry_runs.stop(name)
    with pytest.raises(dry_runs.NoSuchDryRun):
        dry_runs.look(name)

    shutil.rmtree(library.root / "DC")  # so much that the scan would ask, but for one of a folder
    library.add("Image/Saga/2.cbz")
    whole = Wanted(library.library_id, ScanOptions())
    part = Wanted(library.library_id, ScanOptions(), [b"Image/Saga"])
    answers = list(dry_runs.answers([whole, part]))
    results = [one["result"] for one in answers if "result" in one]
    assert [(one["missing"], one["held"]) for one in results] == [(5, "many_gone"), (0, None)]

    covers = [Wanted(library.library_id, ScanOptions(kind=ScanKind.COVERS))]
    with pytest.raises(BadOption):
        dry_runs.begin(covers, {})


def test_of_those_who_begin_one_at_the_same_moment_one_does(library: Trial, gates: Gates) -> None:
    gates.shut("Image")  # it has not ended when the last one comes
    many = 8
    together = threading.Barrier(many)

    def begin(_: int) -> str:
        together.wait()
        try:
            return dry_runs.begin([Wanted(library.library_id, ScanOptions())], {})
        except dry_runs.DryRunUnderWay:
            return ""

    with ThreadPoolExecutor(many) as people:
        begun = [name for name in people.map(begin, range(many)) if name]
        gates.waiting("Image")
        list(people.map(dry_runs.stop, begun))
    assert len(begun) == 1
