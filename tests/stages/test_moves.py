"""A comic is its content: wherever its file turns up, it keeps its id and what hangs on it.

Each case plays in a folder of its own and yields when it wants to be scanned. All of them share
the scans, so that whatever can be done to files is done at once.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable, Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

import db.engine
from db import cover_files, dialect, jobs, shards
from db.engine import reading, writing
from db.schema import (
    comic_credits,
    comic_tags,
    comics,
    folders,
    job_changes,
    libraries,
    people,
    reading_progress,
    series,
    tags,
    users,
)
from db.settings import settings
from db.states import Change, JobStatus, ScanKind, WorkState
from tests.trial import LONG_AGO, PATIENCE, Trial, wait_for, write_comic

TOLD = (Change.UPDATED, Change.MOVED, Change.MISSING, Change.BACK)
moments = count(LONG_AGO)


def info(title: str) -> str:
    return (
        f"<ComicInfo><Title>{title}</Title><Writer>{word(title)}</Writer>"
        f"<Genre>Genre of {title}</Genre></ComicInfo>"
    )


def word(title: str) -> str:
    """A word by which the comic of that title is found, and no other."""
    return "".join(re.findall(r"\w", title)) + "sWriter"


class Place:
    """A folder in which a case plays; paths are below it, and a comic's title is its first path."""

    def __init__(self, trial: Trial, name: str) -> None:
        self.trial = trial
        self.name = name
        self.folder = trial.root / name
        self.job: Any = None

    # ---- doing

    def put(self, *paths: str) -> None:
        for path in paths:
            write_comic(self.folder / path, info(f"{self.name} {path}"))
            self.touch(path)

    def touch(self, path: str) -> None:
        moment = next(moments)
        os.utime(self.folder / path, (moment, moment))

    def move(self, path: str, to: str) -> None:
        (self.folder / to).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).rename(self.folder / to)

    def copy(self, path: str, to: str) -> None:
        """As `cp` does: the copy has a time stamp of its own."""
        (self.folder / to).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.folder / path, self.folder / to)
        self.touch(to)

    def rename(self, names: dict[str, str]) -> None:
        """Rename files all at once."""
        for name in names:
            self.move(name, f"{name}.away")
        for name, other in names.items():
            self.move(f"{name}.away", other)

    def remove(self, path: str) -> bytes:
        content = (self.folder / path).read_bytes()
        (self.folder / path).unlink()
        return content

    def write(self, path: str, content: bytes) -> None:
        (self.folder / path).write_bytes(content)
        self.touch(path)

    def retag(self, path: str) -> None:
        """Add metadata to a comic; its pages stay the same."""
        with zipfile.ZipFile(self.folder / path, "a") as archive:
            archive.writestr("MetronInfo.xml", "<MetronInfo/>")
        self.touch(path)

    # ---- looking

    def ids(self, state: str = "present") -> dict[str, int]:
        """The comics here: path → id."""
        query = select(folders.c.path, comics.c.file_name, comics.c.id).join(
            comics, comics.c.folder_id == folders.c.id
        )
        with reading() as connection:
            rows = connection.execute(query.where(comics.c.state == state)).all()
        found = {os.path.join(folder, name).decode(): one for folder, name, one in rows}
        here = f"{self.name}/"
        return {path[len(here) :]: one for path, one in found.items() if path.startswith(here)}

    def gone(self) -> dict[str, int]:
        return self.ids("missing")

    def row(self, path: str) -> Any:
        return self.trial.comic(f"{self.name}/{path}")

    def series(self) -> dict[str, int]:
        """The series here: the folder's path → id."""
        query = select(folders.c.path, series.c.id).join(series, series.c.folder_id == folders.c.id)
        with reading() as connection:
            rows = connection.execute(query).all()
        found = {path.decode(): one for path, one in rows}
        here = f"{self.name}/"
        return {path[len(here) :]: one for path, one in found.items() if path.startswith(here)}

    def told(self) -> dict[str, int]:
        """What the last scan's summary says of the comics here."""
        ids = {*self.ids().values(), *self.gone().values()}
        told = {"new": sum(self.trial_row(one).added_job_id == self.job.id for one in ids)}
        for row in self.changes(ids):
            told[row.change] = told.get(row.change, 0) + 1
        return {name: many for name, many in told.items() if many}

    def details(self) -> set[str]:
        ids = {*self.ids().values(), *self.gone().values()}
        return {row.detail.replace(f"{self.name}/", "") for row in self.changes(ids) if row.detail}

    def changes(self, ids: set[int]) -> list[Any]:
        rows = self.trial.rows(job_changes)
        return [row for row in rows if row.job_id == self.job.id and row.comic_id in ids]

    def trial_row(self, comic_id: int) -> Any:
        with reading() as connection:
            return connection.execute(select(comics).where(comics.c.id == comic_id)).one()


Case = Callable[[Place], Generator[None, None, None]]
CASES: list[Case] = []


def case(play: Case) -> Case:
    CASES.append(play)
    return play


# ---- files that are moved and renamed ----


@case
def a_comic_with_another_name_is_the_same_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/The first.cbz")
    yield
    assert here.ids() == {
        "Saga/The first.cbz": before["Saga/1.cbz"],
        "Saga/2.cbz": before["Saga/2.cbz"],
    }
    assert here.gone() == {}
    assert here.told() == {"moved": 1}
    assert here.details() == {"Saga/1.cbz → Saga/The first.cbz"}
    yield
    assert here.told() == {}


@case
def a_comic_in_another_series_is_the_same_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Chew/1.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.move("Saga/1.cbz", "Chew/0.cbz")
    yield
    assert here.ids()["Chew/0.cbz"] == before["Saga/1.cbz"]
    assert here.series() == shelves
    assert here.told() == {"moved": 1}


@case
def a_series_in_another_folder_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.move("Saga", "Saga (2012)")
    yield
    assert here.ids() == {f"Saga (2012)/{n}.cbz": before[f"Saga/{n}.cbz"] for n in (1, 2)}
    assert here.series() == {"Saga (2012)": shelves["Saga"]}
    assert here.told() == {"moved": 2}
    with reading() as connection:
        row = connection.execute(select(series).where(series.c.id == shelves["Saga"])).one()
        found = dialect.search(connection, "series_search", "Saga 2012", limit=9, by_rank=True)
    assert (row.name, row.year, row.comic_count) == ("Saga (2012)", 2012, 2)
    assert row.id in found


@case
def a_category_with_another_name_keeps_all_that_is_in_it(here: Place) -> Iterator[None]:
    here.put(*(f"Image/{name}/{n}.cbz" for name in ("Saga", "Chew") for n in range(3)))
    yield
    before, shelves = here.ids(), here.series()
    here.move("Image", "Image Comics")
    yield
    assert here.ids() == {path.replace("Image", "Image Comics"): before[path] for path in before}
    assert here.series() == {
        path.replace("Image", "Image Comics"): shelves[path] for path in shelves
    }
    assert here.told() == {"moved": 6}


@case
def a_missing_comic_goes_with_its_series(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    content = here.remove("Saga/2.cbz")
    yield
    here.move("Saga", "Saga (2012)")
    yield
    assert here.gone() == {"Saga (2012)/2.cbz": before["Saga/2.cbz"]}
    here.write("Saga (2012)/2.cbz", content)
    yield
    assert here.ids()["Saga (2012)/2.cbz"] == before["Saga/2.cbz"]
    assert here.told() == {"back": 1, "updated": 1}


@case
def a_new_issue_in_a_renamed_series_is_new_in_it(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    shelves = here.series()
    here.move("Saga", "Saga (2012)")
    here.put("Saga (2012)/3.cbz")
    yield
    assert here.told() == {"new": 1, "moved": 2}
    assert here.series() == {"Saga (2012)": shelves["Saga"]}


@case
def of_a_series_in_two_parts_the_larger_one_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz")
    yield
    saga = here.series()["Saga"]
    here.move("Saga/1.cbz", "Early/1.cbz")
    here.move("Saga", "Late")
    yield
    assert here.told() == {"moved": 3}
    assert here.series()["Late"] == saga
    assert here.series().keys() == {"Early", "Late"}


@case
def a_series_that_goes_into_another_leaves_nothing_empty_behind(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Chew/2.cbz")
    yield
    shelves = here.series()
    here.move("Saga/1.cbz", "Chew/1.cbz")
    yield
    assert here.told() == {"moved": 1}
    assert here.series() == {"Chew": shelves["Chew"]}


@case
def two_series_whose_folders_swap_names_keep_their_ids(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz", "Chew/1.cbz", "Chew/2.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.rename({"Saga": "Chew", "Chew": "Saga"})
    yield
    other = {"Saga": "Chew", "Chew": "Saga"}
    swapped = {re.sub("Saga|Chew", lambda found: other[found[0]], path): path for path in before}
    assert here.ids() == {path: before[old] for path, old in swapped.items()}
    assert here.series() == {name: shelves[other[name]] for name in shelves}
    assert here.told() == {"moved": 5}


# ---- files that take each other's places ----


def changing_places(names: dict[int, int]) -> Case:
    def play(here: Place) -> Iterator[None]:
        here.put(*(f"Saga/{number}.cbz" for number in range(1, 6)))
        yield
        before = here.ids()
        paths = {f"Saga/{old}.cbz": f"Saga/{new}.cbz" for old, new in names.items()}
        here.rename(paths)
        yield
        assert here.ids() == {paths.get(path, path): one for path, one in before.items()}
        assert here.gone() == {}
        assert here.told() == {"moved": len(names)}

    return play


for name, names in {
    "a_swap_of_two_names": {1: 2, 2: 1},
    "a_circle_of_three": {1: 2, 2: 3, 3: 1},
    "a_swap_beside_a_circle": {1: 2, 2: 1, 3: 5, 4: 3, 5: 4},
    "a_chain": {3: 4, 4: 5, 5: 6},
}.items():
    play = changing_places(names)
    play.__name__ = name
    case(play)


@case
def a_new_comic_at_the_head_of_a_chain_is_new(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    here.move("Saga/2.cbz", "Saga/3.cbz")
    here.move("Saga/1.cbz", "Saga/2.cbz")
    here.put("Saga/1.cbz")
    here.retag("Saga/1.cbz")
    with zipfile.ZipFile(here.folder / "Saga/1.cbz", "a") as archive:
        archive.writestr("another page.jpg", b"\xff\xd8\xff another")
    here.touch("Saga/1.cbz")
    yield
    assert (here.ids()["Saga/2.cbz"], here.ids()["Saga/3.cbz"]) == tuple(before.values())
    assert here.ids()["Saga/1.cbz"] not in before.values()
    assert here.told() == {"new": 1, "moved": 2}


@case
def a_comic_that_is_overwritten_by_another_is_missing_until_it_is_back(
    here: Place,
) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    content = (here.folder / "Saga/2.cbz").read_bytes()
    here.move("Saga/1.cbz", "Saga/2.cbz")
    yield
    assert here.ids() == {"Saga/2.cbz": before["Saga/1.cbz"]}
    assert here.gone() == {"Saga/2.cbz/": before["Saga/2.cbz"]}
    assert here.told() == {"moved": 1, "missing": 1}
    assert "Saga/2.cbz is now what was Saga/1.cbz" in here.details()
    here.move("Saga/2.cbz", "Saga/1.cbz")
    here.write("Saga/2.cbz", content)
    yield
    assert here.ids() == before
    assert here.gone() == {}
    assert here.told() == {"moved": 1, "back": 1}


@case
def what_comes_to_the_place_of_one_that_overwrote_another_is_neither(
    here: Place,
) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz", "Chew/3.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/2.cbz")
    here.write("Saga/1.cbz", (here.folder / "Chew/3.cbz").read_bytes())
    yield
    assert here.ids()["Saga/2.cbz"] == before["Saga/1.cbz"]
    assert here.ids()["Saga/1.cbz"] not in before.values()
    assert here.told() == {"new": 1, "moved": 1, "missing": 1}


@case
def a_comic_that_somebody_reads_does_not_go_for_one_that_nobody_does(
    here: Place,
) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before = here.ids()
    read(before["Saga/2.cbz"])
    here.move("Saga/1.cbz", "Saga/2.cbz")
    yield
    assert here.ids() == {"Saga/2.cbz": before["Saga/2.cbz"]}
    assert here.gone() == {"Saga/1.cbz": before["Saga/1.cbz"]}
    assert here.told() == {"updated": 1, "missing": 1}


def read(comic_id: int) -> None:
    """Somebody reads a comic."""
    with writing() as connection:
        user_id = connection.execute(
            insert(users)
            .values(
                name=f"{comic_id}",
                name_key=f"{comic_id}",
                password_hash="",
                is_admin=False,
                created_at=1.0,
            )
            .returning(users.c.id)
        ).scalar_one()
        required = {
            column.name: 1
            for column in reading_progress.c
            if not column.nullable and column.server_default is None
        }
        connection.execute(
            insert(reading_progress).values(
                required | {"user_id": user_id, "comic_id": comic_id, "page": 3, "started_at": 1.0}
            )
        )


# ---- copies ----


@case
def while_another_copy_stays_the_one_that_moves_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Chew/1.cbz")
    here.copy("Saga/1.cbz", "Chew/copy.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/elsewhere.cbz")
    yield
    assert here.ids()["Saga/elsewhere.cbz"] == before["Saga/1.cbz"]
    assert here.ids()["Chew/copy.cbz"] == before["Chew/copy.cbz"]
    assert here.told() == {"moved": 1}


@case
def a_copy_beside_the_original_is_new(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Saga/copy.cbz")
    yield
    assert here.ids().items() > before.items()
    assert here.told() == {"new": 1}
    here.remove("Saga/1.cbz")
    yield
    assert here.gone() == before
    assert here.told() == {"missing": 1}


@case
def a_comic_that_is_copied_and_deleted_has_moved(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/1 copied.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.ids() == {"Chew/1 copied.cbz": before["Saga/1.cbz"]}
    assert here.told() == {"moved": 1}


@case
def of_two_copies_none_is_taken_when_nothing_tells_them_apart(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/a.cbz")
    here.copy("Saga/1.cbz", "Chew/b.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.gone() == before
    assert here.told() == {"new": 2, "missing": 1, "ambiguous": 1}
    assert here.details() == {
        "Its pages turned up in 2 files, and nothing tells which it became: "
        "“Chew/a.cbz” and “Chew/b.cbz”."
    }


@case
def of_two_copies_the_one_with_the_same_time_stamp_is_the_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/1.cbz")
    here.move("Saga/1.cbz", "Chew/a.cbz")
    yield
    assert here.ids()["Chew/a.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1, "moved": 1}


@case
def of_two_copies_the_one_with_the_same_name_is_the_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/a.cbz")
    here.copy("Saga/1.cbz", "Chew/1.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.ids()["Chew/1.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1, "moved": 1}


@case
def of_two_copies_the_one_that_was_not_retagged_is_the_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.copy("Saga/1.cbz", "Chew/a.cbz")
    here.copy("Saga/1.cbz", "Chew/b.cbz")
    here.retag("Chew/a.cbz")
    here.remove("Saga/1.cbz")
    yield
    assert here.ids()["Chew/b.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1, "moved": 1}


@case
def copies_that_move_together_are_told_apart_by_their_folders(here: Place) -> Iterator[None]:
    here.put("Image/Saga/1.cbz")
    here.copy("Image/Saga/1.cbz", "Image/Old/Saga/1.cbz")
    here.copy("Image/Saga/1.cbz", "Image/Best of/1.cbz")
    yield
    before = here.ids()
    here.move("Image", "Image Comics")
    for path in before:
        here.touch(path.replace("Image", "Image Comics"))
    yield
    assert here.ids() == {path.replace("Image", "Image Comics"): before[path] for path in before}
    assert here.told() == {"moved": 3}


# ---- files that change ----


@case
def a_retagged_comic_is_changed_and_nothing_else(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before, version = here.ids(), here.row("Saga/1.cbz").version
    here.retag("Saga/1.cbz")
    yield
    assert here.ids() == before
    assert here.told() == {"updated": 1}
    assert here.row("Saga/1.cbz").version != version


@case
def a_comic_with_other_pages_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    with zipfile.ZipFile(here.folder / "Saga/1.cbz", "a") as archive:
        archive.writestr("one more.jpg", b"\xff\xd8\xff one more")
    here.touch("Saga/1.cbz")
    yield
    assert here.ids() == before
    assert here.told() == {"updated": 1}


@case
def a_comic_moved_and_retagged_in_one_go_keeps_its_id_and_its_cover(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    row = here.row("Saga/1.cbz")
    cover = cover_files.cover_file(row.id, row.version)
    cover.parent.mkdir(parents=True, exist_ok=True)
    cover.write_bytes(b"a cover")
    here.move("Saga/1.cbz", "Chew/Saga.cbz")
    here.retag("Chew/Saga.cbz")
    yield
    after = here.row("Chew/Saga.cbz")
    assert (after.id, after.thumbnail_state) == (row.id, WorkState.DONE)
    assert after.version != row.version
    assert cover_files.cover_file(after.id, after.version).read_bytes() == b"a cover"
    assert here.told() == {"moved": 1}


@case
def a_moved_comic_that_cannot_be_read_at_first_is_known_when_it_can(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    content = here.remove("Saga/1.cbz")
    (here.folder / "Chew").mkdir()
    here.write("Chew/1.cbz", b"")
    yield
    assert here.told() == {"new": 1, "missing": 1}
    here.write("Chew/1.cbz", content)
    yield
    assert here.ids() == {"Chew/1.cbz": before["Saga/1.cbz"]}
    assert here.told() == {"moved": 1}


@case
def a_comic_that_moved_from_a_file_that_is_broken_now_keeps_its_id(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/2.cbz")
    here.write("Saga/1.cbz", b"")
    yield
    assert here.ids()["Saga/2.cbz"] == before["Saga/1.cbz"]
    assert here.row("Saga/1.cbz").index_state == WorkState.FAILED
    assert here.told() == {"new": 1, "moved": 1}
    here.remove("Saga/1.cbz")
    yield
    assert here.told() == {"missing": 1}


# ---- away and back ----


@case
def a_comic_that_moves_there_and_back_again_is_one_comic(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz", "Saga/2.cbz")
    yield
    before, shelves = here.ids(), here.series()
    here.move("Saga", "elsewhere")
    yield
    here.move("elsewhere", "Saga")
    yield
    assert (here.ids(), here.series()) == (before, shelves)
    assert here.told() == {"moved": 2}


@case
def a_copy_at_the_old_place_of_a_moved_comic_is_new(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    here.move("Saga/1.cbz", "Saga/moved.cbz")
    yield
    here.copy("Saga/moved.cbz", "Saga/1.cbz")
    yield
    assert here.ids()["Saga/moved.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"new": 1}


@case
def a_missing_comic_is_known_again_scans_later(here: Place) -> Iterator[None]:
    here.put("Saga/1.cbz")
    yield
    before = here.ids()
    content = here.remove("Saga/1.cbz")
    yield
    assert here.told() == {"missing": 1}
    here.put("Saga/2.cbz")
    yield
    here.write("Saga/found.cbz", content)
    yield
    assert here.ids()["Saga/found.cbz"] == before["Saga/1.cbz"]
    assert here.told() == {"moved": 1}


# ---- all of them ----


def scan(trial: Trial, kind: ScanKind = ScanKind.QUICK) -> Any:
    job = trial.scan(kind, thumbnails="none")
    assert job.status == JobStatus.COMPLETED
    check(trial, job)
    return job


def check(trial: Trial, job: Any) -> None:
    """Nothing is lost and nothing doubled: rows, names, searches and counters agree."""
    on_disk = {
        os.path.relpath(os.path.join(where, name), trial.root)
        for where, _, files in os.walk(trial.root)
        for name in files
    }
    assert trial.paths() == on_disk
    with reading() as connection:
        by_title: dict[str, set[int]] = {}
        for row in connection.execute(select(comics).where(comics.c.title.is_not(None))):
            by_title.setdefault(row.title, set()).add(row.id)
        for title, ids in by_title.items():
            found = dialect.search(connection, "comic_search", word(title), limit=99, by_rank=True)
            assert set(found) == ids, title
            for table, named, other in (
                (comic_credits, people, "person_id"),
                (comic_tags, tags, "tag_id"),
            ):
                names = select(named.c.name).join(table, table.c[other] == named.c.id)
                for one in ids:
                    [name] = connection.execute(names.where(table.c.comic_id == one)).scalars()
                    assert name in (word(title), f"Genre of {title}")
        strays = (
            "SELECT count(*) FROM comic_search WHERE rowid NOT IN (SELECT id FROM comics)",
            "SELECT count(*) FROM comics WHERE id NOT IN (SELECT rowid FROM comic_search)",
            "SELECT count(*) FROM comics JOIN series ON series.id = comics.series_id "
            "WHERE series.folder_id != comics.folder_id",
            "SELECT count(*) FROM series WHERE comic_count != (SELECT count(*) FROM comics "
            "WHERE series_id = series.id AND state = 'present')",
            "SELECT count(*) FROM series WHERE id NOT IN (SELECT series_id FROM comics)",
        )
        for query in strays:
            assert connection.execute(text(query)).scalar_one() == 0, query
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        told = select(job_changes.c.change, func.count()).where(job_changes.c.job_id == job.id)
        counted = dict(map(tuple, connection.execute(told.group_by(job_changes.c.change))))
        new = select(func.count()).where(comics.c.added_job_id == job.id)
        assert job.comics_new == connection.execute(new).scalar_one()
    assert {one: getattr(job, f"comics_{one}") for one in TOLD} == {
        one: counted.get(one, 0) for one in TOLD
    }


@pytest.fixture(scope="module")
def outcomes(
    prepared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Exception | None]]:
    """What became of each case: the first thing that was wrong, if any was."""
    folder = tmp_path_factory.mktemp("moves")
    shutil.copytree(prepared_data, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGBOX_DATA", str(folder / "data"))
        patch.setenv("LONGBOX_MISSING_SHARE", "1")
        db.engine.close()
        settings.cache_clear()
        trial = Trial(folder / "comics")
        places = {play.__name__: Place(trial, play.__name__) for play in CASES}
        found: dict[str, Exception | None] = dict.fromkeys(places)
        playing = {play.__name__: play(places[play.__name__]) for play in CASES}
        while playing:
            for name in list(playing):
                try:
                    next(playing[name])
                except StopIteration:
                    del playing[name]
                except Exception as error:
                    found[name] = error
                    del playing[name]
            if playing:
                job = scan(trial, ScanKind.FULL)
                for place in places.values():
                    place.job = job
        yield found
    db.engine.close()
    settings.cache_clear()


@pytest.mark.parametrize("name", [play.__name__ for play in CASES])
def test_a_comic_is_its_content(outcomes: dict[str, Exception | None], name: str) -> None:
    if error := outcomes[name]:
        raise error


# ---- whole libraries ----


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def filled(trial: Trial, category: str, many: int) -> dict[str, int]:
    """Comics of ten to a series in a category, all known; answers path → id."""
    here = Place(trial, category)
    here.put(*(f"Series {number // 10}/{number}.cbz" for number in range(many)))
    scan(trial)
    return here.ids()


def test_a_large_part_with_another_name_is_no_loss_to_ask_about(trial: Trial) -> None:
    before = filled(trial, "Image", 20)
    (trial.root / "Image").rename(trial.root / "Image Comics")
    job = scan(trial)
    assert job.comics_moved == 20
    assert Place(trial, "Image Comics").ids() == before


def test_a_library_that_was_away_comes_back_as_it_was(trial: Trial) -> None:
    before = filled(trial, "Image", 10)
    away = trial.root.with_name("away")
    trial.root.rename(away)
    trial.root.mkdir()
    assert trial.scan().status == JobStatus.HELD
    trial.root.rmdir()
    away.rename(trial.root)
    job = scan(trial)
    assert (job.comics_new, job.comics_moved, job.comics_back) == (0, 0, 0)
    assert Place(trial, "Image").ids() == before


def test_a_comic_that_moves_to_another_library_keeps_its_id(trial: Trial) -> None:
    filled(trial, "Image", 2)
    before = trial.comic("Image/Series 0/1.cbz").id
    with writing() as connection:
        columns = {"name": "Others", "path": os.fsencode(trial.root.with_name("others"))}
        other_id = connection.execute(
            insert(libraries).values(columns | {"created_at": 1.0}).returning(libraries.c.id)
        ).scalar_one()
    (trial.root.with_name("others") / "Saga").mkdir(parents=True)
    (trial.root / "Image/Series 0/1.cbz").rename(trial.root.with_name("others") / "Saga/1.cbz")
    assert trial.scan(thumbnails="none", confirm_missing=True).status == JobStatus.HELD
    with writing() as connection:
        jobs.confirm(connection, max(trial.active()))
    trial.go_on(max(trial.active()))
    trial.library_id = other_id
    job = trial.scan(thumbnails="none")
    row = trial.comic("Saga/1.cbz")
    assert (row.id, row.library_id) == (before, other_id)
    assert (job.comics_moved, job.comics_new) == (1, 0)
    assert {row.detail for row in trial.rows(job_changes) if row.detail} == {
        "Comics: Image/Series 0/1.cbz → Others: Saga/1.cbz"
    }


def test_a_settlement_that_is_killed_again_and_again_is_gone_on_with(trial: Trial) -> None:
    before = filled(trial, "Image", 250)
    shelves = Place(trial, "Image").series()
    (trial.root / "Image").rename(trial.root / "Image Comics")
    job_id = trial.discover(thumbnails="none").id
    settled = 0
    while settled < 250:
        claimed = trial.claim()
        with trial.stage(claimed) as stage:

            def something_is_settled(stage: Any = stage, so_far: int = settled) -> bool:
                return stage.poll() is not None or trial.job(job_id).comics_moved > so_far

            wait_for(something_is_settled)
            stage.kill()
            stage.wait(PATIENCE)
        settled = trial.job(job_id).comics_moved
        with writing() as connection:
            shards.bury(connection, claimed.shard_id, "killed", fence=claimed.fence)
    job = trial.go_on(job_id)
    assert job.status == JobStatus.COMPLETED
    check(trial, job)
    assert (Place(trial, "Image Comics").ids(), Place(trial, "Image Comics").series()) == (
        before,
        shelves,
    )
    assert (job.comics_moved, job.index_total, job.index_done) == (250, 250, 250)
