"""A library with comics that are in it more than once, scanned and surveyed by real processes."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image
from sqlalchemy import update

from db import surveys
from db.engine import reading, writing
from db.schema import libraries
from db.settings import settings
from db.surveys import Survey
from pipeline import surveying
from tests.databases import fill_database
from tests.trial import Trial

AD = "navy"  # the page that the scanner put behind each comic


@cache
def picture(colour: str, width: int = 40) -> bytes:
    """A page of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (width, width * 3 // 2), colour).save(file, "PNG")
    return file.getvalue()


def write(path: Path, colours: Sequence[str], info: str = "", width: int = 40) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, colour in enumerate(colours):
            archive.writestr(f"{number:03d}.png", picture(colour, width))
        if info:
            archive.writestr("ComicInfo.xml", info)


def fill(root: Path) -> None:
    """Saga 1 in two files that are the same, 2 in two that are tagged differently, 3 in two scans;
    Lobo 1; all but one of the scans end with the same page, with which the Lobo begins, too."""
    saga = root / "Saga (2012)"
    write(saga / "Saga 001.cbz", ["red", "blue", AD])
    shutil.copy(saga / "Saga 001.cbz", saga / "saga one.cbz")
    write(saga / "Saga 002.cbz", ["lime", "teal", AD])
    tagged = "<ComicInfo><Series>Saga</Series><Number>2</Number><Title>War</Title></ComicInfo>"
    write(root / "Inbox/s2.cbz", ["lime", "teal", AD], tagged)
    write(saga / "Saga 003.cbz", ["gold", "pink", AD])
    write(saga / "Saga 003 (scan).cbz", ["gold", "pink"], width=20)
    write(root / "Lobo/Lobo 001.cbz", [AD, "black", "white", AD])


def survey() -> Survey:
    """Have a survey made as the worker does; answers what is shown then."""
    with writing() as connection:
        survey_id = surveys.ask(connection, "a test")
    surveying.make(survey_id)
    with reading() as connection:
        newest = surveys.newest(connection)
    assert newest is not None
    assert newest.id == survey_id
    return newest


class Moved(Trial):
    """The one library in the database, whose files are at another root now."""

    def __init__(self, root: Path) -> None:
        self.root = root
        moved = update(libraries).values(path=os.fsencode(root)).returning(libraries.c.id)
        with writing() as connection:
            self.library_id = connection.execute(moved).scalar_one()


def surveyed(root: Path, made: Path) -> Trial:
    """A library of `fill` at `root`, scanned and surveyed; the first one is copied to `made`, from
    where all later ones come."""
    database = settings().data / "library.db"
    if not made.exists():
        trial = Trial(root)
        fill(root)
        trial.scan(thumbnails="none")
        survey()
        shutil.copytree(root, made / "comics")
        fill_database(made / "library.db", database)
        return trial
    fill_database(database, made / "library.db")
    shutil.copytree(made / "comics", root)
    return Moved(root)
