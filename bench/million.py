"""Fills a database with comics that no disk holds, to see what a page costs among a million.

    LONGBOX_DATA=DEST python -m bench.million [--series 33000 --comics 1000000]

The rows go in through the functions that the stages write with.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select

from bench import library
from bench.library import Series
from db import folders, indexing, jobs, libraries, migrate, shards
from db.engine import reading, writing
from db.indexing import Indexed
from db.schema import comics
from db.schema import folders as folder_table
from db.settings import settings
from db.states import ScanKind
from stages.formats.natural import natural_key

SERIES_A_BATCH = 50
PAGES = 24  # of a comic


def fill(plan: Sequence[Series]) -> None:
    """Write a library of all these series into the database of the settings."""
    root = settings().data.with_name("nowhere")
    root.mkdir(exist_ok=True)
    with writing() as connection:
        added = libraries.add(connection, bytes(root))
        job_id = jobs.request_scan(connection, added.id, ScanKind.QUICK, {}, "bench")
        (shard_id,) = shards.queued(connection, job_id)
        claim = shards.claim(connection, shard_id, "bench", "bench")
    assert claim
    index, last = indexing.Index(), 0
    for start in range(0, len(plan), SERIES_A_BATCH):
        batch = plan[start : start + SERIES_A_BATCH]
        listings = {bytes(series.folder): series for series in batch}
        with writing() as connection:
            folders.store(connection, claim, [_listing(series) for series in batch], {})
        with reading() as connection:
            rows = connection.execute(
                select(comics.c.id, comics.c.file_name, folder_table.c.path)
                .join(folder_table, folder_table.c.id == comics.c.folder_id)
                .where(comics.c.id > last)
            ).all()
        last = max(row.id for row in rows)
        read = [_indexed(row.id, listings[row.path], row.file_name) for row in rows]
        index.learn(writing, read)
        with writing() as connection:
            index.store(connection, read)
    with writing() as connection:
        jobs.cancel(connection, job_id)


def _listing(series: Series) -> folders.Listing:
    return folders.Listing(
        path=bytes(series.folder),
        mtime_ns=0,
        name=series.name,
        sort_name=natural_key(series.name),
        year=series.year,
        category=series.publisher,
        subcategory=series.imprint,
        files=list(_files(series)),
    )


def _files(series: Series) -> Iterator[folders.FoundFile]:
    for number in range(1, series.size + 1):
        stem = f"{series.name} {number:03d} ({series.year})"
        yield folders.FoundFile(f"{stem}.cbz".encode(), natural_key(stem), 30_000_000 + number, 0)


def _indexed(comic_id: int, series: Series, file_name: bytes) -> Indexed:
    luck = random.Random(comic_id)
    number = int(file_name.decode().rpartition(" (")[0].rpartition(" ")[2])
    title = f"The {luck.choice(library.ADJECTIVES)} {luck.choice(library.NOUNS)}"
    said: dict[str, Any] = {
        "title": title,
        "series_title": series.name,
        "number": str(number),
        "sort_number": float(number),
        "summary": " ".join(luck.sample(library.SENTENCES, 4)),
        "release_date": f"{series.year + number // 12}-{number % 12 + 1:02d}",
        "language": "en",
        "right_to_left": False,
    }
    names = [
        f"{luck.choice(library.FIRST_NAMES)} {luck.choice(library.LAST_NAMES)}" for _ in range(5)
    ]
    return Indexed(
        comic_id=comic_id,
        again=False,
        container="zip",
        page_count=PAGES,
        cover_page=0,
        fingerprint=comic_id.to_bytes(16),
        full_fingerprint=comic_id.to_bytes(16),
        page_sums=b"".join((comic_id * PAGES + page).to_bytes(8) for page in range(PAGES)),
        sources="comicinfo",
        fields=tuple(said.get(name) for name in indexing.FIELDS),
        publisher=series.publisher,
        imprint=series.imprint or None,
        credits=list(
            zip(("writer", "penciller", "inker", "colorist", "letterer"), names, strict=True)
        ),
        tags=[("genre", luck.choice(library.GENRES))],
        arc_numbers={},
        search=(series.name, title, str(number)),
    )


def main() -> None:
    """Fill a fresh data folder."""
    parser = argparse.ArgumentParser(prog="bench.million", description="Fill a database.")
    parser.add_argument("--series", type=int, default=33_000)
    parser.add_argument("--comics", type=int, default=1_000_000)
    options = parser.parse_args()
    migrate.prepare(settings())
    fill(library.plan(options.series, options.comics))


if __name__ == "__main__":
    main()
