"""Folders in which files are moved about, and what must hold of the catalogue after any scan."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from itertools import count
from typing import Any

from sqlalchemy import func, select, text

from db import dialect
from db.engine import reading
from db.schema import comic_credits, comic_tags, comics, folders, job_changes, people, series, tags
from db.states import Change, JobStatus, ScanKind
from tests.trial import LONG_AGO, Trial, write_comic

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
