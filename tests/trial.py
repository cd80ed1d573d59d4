"""A library on the disk that real stage processes scan, one after the other, without a queue."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, func, insert, select

from db import jobs, shards
from db.engine import reading, writing
from db.schema import comics, folders, job_errors, libraries, scan_jobs, series
from db.shards import Claim
from db.states import ACTIVE, ScanKind
from pipeline.runner import Runner
from tests import forked

JPEG = b"\xff\xd8\xff\xe0 a page "
LONG_AGO = 1_600_000_000  # seconds since the epoch; a time stamp that a scan trusts
PATIENCE = 120  # seconds that anything may take on a busy machine before a test gives up


def wait_for(condition: Callable[[], Any], what: str = "what the test waits for") -> Any:
    """What the condition answers as soon as it is true; a test that waits in vain fails."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.01)
    return answer


def write_comic(path: Path, info: str | None = None, pages: int = 2) -> Path:
    """A CBZ; its pages have the heads of pictures, and its ComicInfo.xml is `info`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(pages):
            archive.writestr(f"{number:03d}.jpg", JPEG + bytes(path) + bytes([number]))
        if info is not None:
            archive.writestr("ComicInfo.xml", info)
    return path


def age(folder: Path) -> None:
    """Give everything in a folder, and itself, a time stamp of long ago."""
    for where, names, files in os.walk(bytes(folder)):
        for name in (*names, *files):
            os.utime(os.path.join(where, name), (LONG_AGO, LONG_AGO), follow_symlinks=False)
    os.utime(folder, (LONG_AGO, LONG_AGO))


class Trial:
    """A library named "Comics" at `root`, and the stages that look at it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        with writing() as connection:
            self.library_id = connection.execute(
                insert(libraries)
                .values(name="Comics", path=os.fsencode(root), created_at=1.0)
                .returning(libraries.c.id)
            ).scalar_one()

    def add(self, *paths: str, info: str | None = None) -> None:
        """Comics at paths below the root."""
        for path in paths:
            write_comic(self.root / path, info)

    # ---- scanning

    def request(self, kind: ScanKind = ScanKind.QUICK, **options: Any) -> int:
        """Ask for a scan, in the place of one that has not ended; answers the job's id."""
        with writing() as connection:
            for job_id in jobs.active_ids(connection):
                jobs.cancel(connection, job_id)
            return jobs.request_scan(connection, self.library_id, kind, options, "a test")

    def claim(self, job_id: int | None = None) -> Claim:
        """The next queued shard, of a job or of all, taken for a worker of this test's."""
        with writing() as connection:
            [first, *_] = shards.queued(connection, job_id)
            claimed = shards.claim(connection, first, "test.1", "here")
        assert claimed is not None
        return claimed

    @contextmanager
    def stage(
        self, claimed: Claim, wrapper: tuple[str, ...] = ()
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A stage's process at work on a claimed shard; it does not outlive the block."""
        program = [sys.executable, "-m", f"stages.{claimed.phase}"]
        process = subprocess.Popen(
            [*wrapper, *program, str(claimed.shard_id), claimed.fence], stdin=subprocess.PIPE
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def run(self, claimed: Claim) -> int:
        """A stage's exit code, once it has left."""
        program = f"stages.{claimed.phase}"
        return forked.run(program, str(claimed.shard_id), claimed.fence, seconds=PATIENCE)

    def discover(self, kind: ScanKind = ScanKind.QUICK, **options: Any) -> Row[Any]:
        """Ask for a scan and run its discover stage; answers the job's row."""
        job_id = self.request(kind, **options)
        assert self.run(self.claim()) == 0
        return self.job(job_id)

    def scan(self, kind: ScanKind = ScanKind.QUICK, **options: Any) -> Row[Any]:
        """Scan to the job's end as the worker would; answers the job's row."""
        return self.go_on(self.request(kind, **options))

    def go_on(self, job_id: int) -> Row[Any]:
        """Run a job's shards as the worker would, until none is queued."""
        runner = Runner("test.1")
        while self._queued(job_id):
            claimed = self.claim(job_id)
            runner.note_end(claimed, self.run(claimed))
        return self.job(job_id)

    def _queued(self, job_id: int) -> list[int]:
        with reading() as connection:
            return shards.queued(connection, job_id)

    # ---- looking

    def job(self, job_id: int) -> Row[Any]:
        with reading() as connection:
            return connection.execute(select(scan_jobs).where(scan_jobs.c.id == job_id)).one()

    def active(self) -> list[int]:
        with reading() as connection:
            query = select(scan_jobs.c.id).where(scan_jobs.c.status.in_(ACTIVE))
            return list(connection.execute(query).scalars())

    def rows(self, table: Table) -> list[Row[Any]]:
        with reading() as connection:
            return list(connection.execute(select(table)))

    def errors(self) -> dict[str, str]:
        """The open errors: path below the root → class."""
        with reading() as connection:
            rows = connection.execute(
                select(job_errors.c.path, job_errors.c.error_class).where(
                    job_errors.c.resolved_at.is_(None)
                )
            )
            return {os.fsdecode(path): error_class for path, error_class in rows}

    def messages(self) -> dict[str, str]:
        """The open errors: path below the root → sentence."""
        rows = [row for row in self.rows(job_errors) if row.resolved_at is None]
        return {os.fsdecode(row.path): row.message for row in rows}

    def paths(self, state: str = "present") -> set[str]:
        """The comics in a state: their paths below the root."""
        with reading() as connection:
            rows = connection.execute(
                select(folders.c.path, comics.c.file_name)
                .join(comics, comics.c.folder_id == folders.c.id)
                .where(comics.c.state == state)
            ).all()
        return {os.fsdecode(os.path.join(folder, name)) for folder, name in rows}

    def comic(self, path: str) -> Row[Any]:
        """A comic's row."""
        folder, _, name = os.fsencode(path).rpartition(b"/")
        with reading() as connection:
            return connection.execute(
                select(comics)
                .join(folders, comics.c.folder_id == folders.c.id)
                .where(folders.c.path == folder, comics.c.file_name == name)
            ).one()

    def shelves(self) -> set[tuple[str, str, str, int]]:
        """The series that hold comics: category, subcategory, name, how many."""
        with reading() as connection:
            rows = connection.execute(
                select(series.c.category, series.c.subcategory, series.c.name, series.c.comic_count)
            )
            return {tuple(row) for row in rows if row.comic_count}

    def count(self, table: Table) -> int:
        with reading() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()
