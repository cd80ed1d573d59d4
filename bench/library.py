"""Draws the libraries that the benchmarks scan: the same bytes for the same arguments, everywhere.

    python -m bench.library DEST [--series 2000 --comics 60000 --pages 8]
    python -m bench.library DEST --series 20 --comics 600 --covers real

Comics lie in CATEGORY/[SUBCATEGORY/]SERIES (YEAR)/SERIES NNN (YEAR).cbz with a ComicInfo.xml of
some twenty fields and pages that are real pictures, each different. Pages are thumbnail-sized; with
`--covers real` the first one is a busy JPEG of 1988x3056, as a scan is.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import struct
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import Pool
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

from PIL import Image

from bench.artwork.covers import scan

SMALLEST, LARGEST = 1, 200  # comics in a series
WRITTEN = 1_600_000_000  # the time that every file and folder bears; seconds since the epoch
MANY_SIZE = (120, 184)
REAL_SIZE = (1988, 3056)

Covers = Literal["small", "real"]

PUBLISHERS = (
    "Meridian Comics", "Lantern Press", "Orbital", "Northlight", "Petit Atelier", "Kestrel House",
    "Ironwood", "Blue Harbour", "Second Sun", "Quarto & Sons", "Paper Tiger Books", "Hollow Tree",
)  # fmt: skip
IMPRINTS = ("Afterdark", "Little Meridian", "Atlas Line", "Vagrant")
ADJECTIVES = (
    "Amber", "Ashen", "Black", "Blind", "Bright", "Broken", "Burning", "Clockwork", "Cold",
    "Crimson", "Distant", "Drowned", "Electric", "Endless", "Fallen", "First", "Forgotten",
    "Gilded", "Glass", "Hidden", "Hollow", "Iron", "Ivory", "Last", "Lonely", "Lost", "Midnight",
    "Northern", "Pale", "Paper", "Quiet", "Red", "Restless", "Savage", "Scarlet", "Silent",
    "Silver", "Stolen", "Velvet", "Wandering",
)  # fmt: skip
NOUNS = (
    "Agents", "Almanac", "Archive", "Armada", "Atlas", "Avenue", "Brigade", "Cathedral",
    "Chronicle", "Circus", "City", "Comet", "Compass", "Court", "Crossing", "Crown", "Daughters",
    "Detectives", "Dragon", "Empire", "Engine", "Expedition", "Forest", "Garden", "Giants",
    "Guardian", "Harbour", "Horizon", "House", "Hunters", "Island", "Knights", "Lantern", "League",
    "Machine", "Mask", "Masters", "Moon", "Orchard", "Patrol", "Queen", "Raven", "River", "Signal",
    "Sisters", "Squadron", "Station", "Storm", "Sword", "Wolves",
)  # fmt: skip
FIRST_NAMES = (
    "Ada", "Akira", "Ana", "Anton", "Bea", "Carl", "Chiara", "Dana", "Emeka", "Eva", "Farid",
    "Gwen", "Hana", "Ian", "Ines", "Jack", "Jae", "June", "Kofi", "Lars", "Leila", "Lucia", "Maja",
    "Marco", "Mina", "Nadia", "Noor", "Olga", "Omar", "Paul", "Petra", "Ravi", "Rosa", "Sam",
    "Sofia", "Tessa", "Tom", "Uma", "Viktor", "Yuki",
)  # fmt: skip
LAST_NAMES = (
    "Adeyemi", "Ahlberg", "Baker", "Bianchi", "Calder", "Castillo", "Chen", "Costa", "Dufour",
    "Eriksen", "Farkas", "Ferreira", "Fischer", "Grant", "Haddad", "Hale", "Hayashi", "Ibarra",
    "Ito", "Jansen", "Kane", "Kaplan", "Keller", "Kim", "Kowalski", "Lindqvist", "Lopez",
    "Marchetti", "Mbeki", "Moreau", "Nakamura", "Novak", "O'Dell", "Okafor", "Park", "Quinn",
    "Rahman", "Reyes", "Sato", "Silva", "Singh", "Sorensen", "Tanaka", "Vance", "Vargas", "Weber",
    "Wright", "Yamada", "Zhang", "Zielinski",
)  # fmt: skip
GENRES = (
    "Superhero", "Adventure", "Crime", "Science Fiction", "Fantasy", "Horror", "Mystery",
    "Romance", "Slice of Life", "War", "Western", "Humor",
)  # fmt: skip
SENTENCES = (
    "A letter arrives that nobody in town admits to having written.",
    "The crew finds the station abandoned and the lights still on.",
    "Old friends meet on the wrong side of a locked door.",
    "What was buried under the orchard is not where it was left.",
    "An honest thief makes one last promise and keeps it.",
    "The map is right, and that is the trouble.",
    "Nobody wins the race, but someone has to come in last.",
    "A storm keeps everyone indoors with the one guest who lied.",
    "She has until morning to learn who rang the bell.",
    "The machine answers a question that was never asked.",
    "Two brothers cross the river; three reach the other bank.",
    "The trial begins without the accused, the judge or the crime.",
)
AGE_RATINGS = ("Everyone", "Everyone 10+", "Teen", "Teen", "Mature 17+")


@dataclass(frozen=True, slots=True)
class Series:
    """One folder of comics to draw; `index` is its place in the plan and the seed of its luck."""

    index: int
    name: str
    year: int
    publisher: str
    imprint: str
    size: int

    @property
    def folder(self) -> Path:
        """Where it lies below the library: the publisher, the imprint if any, the series."""
        return Path(self.publisher, self.imprint, f"{self.name} ({self.year})")


def plan(series: int, comics: int) -> list[Series]:
    """The library's series, their sizes uneven and adding up to `comics` exactly.

    Raises ValueError when so many comics do not fit in so many series.
    """
    if not series * SMALLEST <= comics <= series * LARGEST:
        raise ValueError(f"{comics} comics do not fit in {series} series of 1 to {LARGEST}")
    luck = random.Random(f"plan {series} {comics}")
    names = [f"{adjective} {noun}" for adjective in ADJECTIVES for noun in NOUNS]
    luck.shuffle(names)
    return [
        _series(index, names[index % len(names)], index // len(names), size)
        for index, size in enumerate(_sizes(series, comics, luck))
    ]


def _series(index: int, name: str, generation: int, size: int) -> Series:
    luck = random.Random(f"series {index}")
    return Series(
        index=index,
        name=name if generation == 0 else f"{name} {generation + 1}",
        year=luck.randrange(1961, 2021),
        publisher=luck.choice(PUBLISHERS),
        imprint=luck.choice(IMPRINTS) if luck.random() < 0.15 else "",
        size=size,
    )


def _sizes(series: int, comics: int, luck: random.Random) -> list[int]:
    """Many short series and few long ones, then nudged one by one until the sum is right."""
    mean = comics / series
    sizes = [
        min(max(round(mean * luck.lognormvariate(-0.5, 1)), SMALLEST), LARGEST)
        for _ in range(series)
    ]
    step = 1 if sum(sizes) < comics else -1
    while (missing := abs(comics - sum(sizes))) > 0:
        movable = [i for i, size in enumerate(sizes) if SMALLEST <= size + step <= LARGEST]
        for index in luck.sample(movable, min(missing, len(movable))):
            sizes[index] += step
    return sizes


def comic_info(series: Series, number: int, pages: int) -> str:
    """The ComicInfo.xml of one comic."""
    cast = random.Random(f"cast {series.index}")
    people = [f"{cast.choice(FIRST_NAMES)} {cast.choice(LAST_NAMES)}" for _ in range(12)]
    heroes = [f"{cast.choice(ADJECTIVES)} {cast.choice(FIRST_NAMES)}" for _ in range(8)]
    luck = random.Random(f"comic {series.index} {number}")
    month = (series.index + number) % 12
    fields = {
        "Title": f"The {luck.choice(ADJECTIVES)} {luck.choice(NOUNS)}",
        "Series": series.name,
        "Number": number,
        "Count": series.size,
        "Volume": series.year,
        "Summary": " ".join(luck.sample(SENTENCES, 4)),
        "Year": series.year + number // 12,
        "Month": month + 1,
        "Day": luck.randrange(1, 29),
        "Writer": ", ".join(luck.sample(people[:4], luck.randrange(1, 3))),
        "Penciller": luck.choice(people[4:7]),
        "Inker": luck.choice(people[5:8]),
        "Colorist": luck.choice(people[8:10]),
        "Letterer": people[10],
        "CoverArtist": luck.choice(people[4:7]),
        "Editor": people[11],
        "Publisher": series.publisher,
        "Imprint": series.imprint,
        "Genre": ", ".join(cast.sample(GENRES, 2)),
        "Web": f"https://comics.example/{series.index}/{number}",
        "PageCount": pages,
        "LanguageISO": "en",
        "AgeRating": cast.choice(AGE_RATINGS),
        "Characters": ", ".join(luck.sample(heroes, 3)),
        "StoryArc": f"{cast.choice(NOUNS)} of the {cast.choice(NOUNS)} {number // 6 + 1}",
    }
    body = "".join(
        f"  <{name}>{escape(str(value))}</{name}>\n" for name, value in fields.items() if value
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<ComicInfo>\n{body}</ComicInfo>\n'


@cache
def _small_page(hue: int) -> bytes:
    """A page-shaped JPEG of a few hundred bytes."""
    picture = Image.linear_gradient("L").resize(MANY_SIZE)
    back = Image.new("HSV", MANY_SIZE, (hue, 170, 90)).convert("RGB")
    picture = Image.composite(
        Image.new("HSV", MANY_SIZE, (hue, 120, 230)).convert("RGB"), back, picture
    )
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=40, optimize=True)
    return stream.getvalue()


def _signed(jpeg: bytes, *numbers: int) -> bytes:
    """The same picture as other bytes: a JPEG comment holds the numbers."""
    comment = struct.pack(f">{len(numbers)}I", *numbers)
    return jpeg[:2] + struct.pack(">2sH", b"\xff\xfe", len(comment) + 2) + comment + jpeg[2:]


def _page(series: Series, number: int, page: int, covers: Covers) -> bytes:
    if covers == "real" and page == 0:
        return scan(series.name, number, series.index, REAL_SIZE)
    return _signed(_small_page(series.index * 7 % 256), series.index, number, page)


def write_comic(path: Path, series: Series, number: int, pages: int, covers: Covers) -> None:
    """Write one archive, its pages stored as they are."""
    with zipfile.ZipFile(path, "w") as archive:
        for page in range(pages):
            name = f"{series.name} {number:03d}-{page:03d}.jpg"
            archive.writestr(zipfile.ZipInfo(name), _page(series, number, page, covers))
        info = zipfile.ZipInfo("ComicInfo.xml")
        archive.writestr(info, comic_info(series, number, pages), zipfile.ZIP_DEFLATED)
    os.utime(path, (WRITTEN, WRITTEN))


def _write_series(destination: Path, pages: int, covers: Covers, series: Series) -> int:
    folder = destination / series.folder
    folder.mkdir(parents=True)
    for number in range(1, series.size + 1):
        name = f"{series.name} {number:03d} ({series.year}).cbz"
        write_comic(folder / name, series, number, pages, covers)
    os.utime(folder, (WRITTEN, WRITTEN))
    return series.size


def write_library(
    destination: Path, series: Sequence[Series], pages: int = 8, covers: Covers = "small"
) -> int:
    """Write all series below a folder that is not there yet, a process for each processor.

    Returns how many comics were written. Raises FileExistsError when the folder is there.
    """
    destination.mkdir(parents=True)
    with Pool(os.cpu_count()) as pool:
        work = partial(_write_series, destination, pages, covers)
        written = sum(pool.imap_unordered(work, series, chunksize=4))
    for folder in sorted(destination.rglob("*/"), reverse=True):
        os.utime(folder, (WRITTEN, WRITTEN))
    return written


def main() -> None:
    """Write the library that the command line asks for."""
    parser = argparse.ArgumentParser(prog="bench.library", description=__doc__.split("\n")[0])
    parser.add_argument("destination", type=Path)
    parser.add_argument("--series", type=int, default=2000)
    parser.add_argument("--comics", type=int, default=60_000)
    parser.add_argument("--pages", type=int, default=8)
    parser.add_argument("--covers", choices=("small", "real"), default="small")
    options = parser.parse_args()
    started = time.perf_counter()
    series = plan(options.series, options.comics)
    written = write_library(options.destination, series, options.pages, options.covers)
    print(
        f"{written:,} comics in {len(series):,} series, {time.perf_counter() - started:.0f} seconds"
    )


if __name__ == "__main__":
    main()
