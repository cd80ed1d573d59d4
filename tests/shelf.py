"""A library for tests that need comics in the catalogue without a scan: real files, real rows."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import insert, select, update

from db.engine import reading, writing
from db.schema import comics, folders, libraries, scan_jobs, series
from db.states import JobStatus, Phase, ScanKind, WorkState


def picture(width: int = 400, height: int = 600, colour: str = "teal") -> bytes:
    """A JPEG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, "JPEG")
    return file.getvalue()


class Shelf:
    """A library with one series, "Saga", and a job that found its comics."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "Saga").mkdir(parents=True)
        with writing() as connection:

            def add(table: Any, **values: Any) -> int:
                return int(connection.execute(insert(table).values(values)).inserted_primary_key[0])

            self.library_id = add(
                libraries, name="Comics", path=os.fsencode(folder), created_at=1.0
            )
            self.folder_id = add(folders, library_id=self.library_id, path=b"Saga")
            self.series_id = add(
                series,
                library_id=self.library_id,
                folder_id=self.folder_id,
                name="Saga",
                sort_name="saga",
                added_at=1.0,
            )
            self.job_id = add(
                scan_jobs,
                library_id=self.library_id,
                kind=ScanKind.QUICK,
                status=JobStatus.COMPLETED,
                phase=Phase.THUMBNAIL,
                created_at=1.0,
                updated_at=1.0,
            )

    def add(self, name: str | bytes, *pages: bytes, info: str = "", **columns: Any) -> int:
        """A comic with these pages, as indexed; returns its id."""
        file = os.fsencode(name)
        path = os.fsencode(self.folder) + b"/Saga/" + file
        with open(path, "wb") as opened, zipfile.ZipFile(opened, "w") as archive:
            for number, page in enumerate(pages or [picture()]):
                archive.writestr(f"{number:03d}.jpg", page)
            if info:
                archive.writestr("ComicInfo.xml", info)
        values = {
            "library_id": self.library_id,
            "folder_id": self.folder_id,
            "series_id": self.series_id,
            "file_name": file,
            "sort_key": file.decode("utf-8", "replace"),
            "size": 1,
            "mtime_ns": 1,
            "version": 7,
            "added_job_id": self.job_id,
            "changed_job_id": self.job_id,
            "added_at": 1.0,
            "index_state": WorkState.DONE,
        }
        with writing() as connection:
            row = connection.execute(insert(comics).values(values | columns))
            return int(row.inserted_primary_key[0])

    def change(self, comic_id: int, **columns: Any) -> None:
        with writing() as connection:
            connection.execute(update(comics).where(comics.c.id == comic_id).values(columns))

    def look(self, comic_id: int) -> Any:
        """The comic's row."""
        with reading() as connection:
            return connection.execute(select(comics).where(comics.c.id == comic_id)).one()
