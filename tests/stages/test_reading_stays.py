"""Whatever becomes of the files: what people have read stays the same, row for row."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db import purges, users
from db.engine import writing
from db.schema import reading_journal
from db.states import JobStatus, ScanKind
from tests.reading_rows import count, everything
from tests.reading_traces import Place, leave_traces
from tests.trial import Trial, age


@pytest.fixture
def trial(data: Path, tmp_path: Path, reader: users.User, admin: users.User) -> Trial:
    """A library in which two people have left traces of every kind."""
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz", "Saga/2.cbz", "Bone/1.cbz", "Bone/2.cbz", "Bone/3.cbz")
    age(trial.root)
    trial.scan()
    first, second, other = (
        trial.comic(path) for path in ("Saga/1.cbz", "Saga/2.cbz", "Bone/1.cbz")
    )
    numbers = (first.id, second.id, other.id)
    place = Place(trial.library_id, first.series_id, other.series_id, numbers, other.id)
    leave_traces(reader, place, page=1)
    leave_traces(admin, place, page=0)
    return trial


@contextmanager
def untouched() -> Iterator[None]:
    before, lines = everything(), count(reading_journal)
    assert all(before.values())
    yield
    assert everything() == before
    assert count(reading_journal) == lines


def test_what_people_have_read_outlasts_all_that_scans_find(trial: Trial, tmp_path: Path) -> None:
    with untouched():
        trial.scan(ScanKind.FULL)
    with untouched():
        (trial.root / "Saga").rename(trial.root / "Saga (2012)")
        trial.scan()
        assert "Saga (2012)/1.cbz" in trial.paths()
    with untouched():  # by a disk that goes and comes back
        shutil.move(trial.root, tmp_path / "elsewhere")
        trial.root.mkdir()
        assert trial.scan().status == JobStatus.HELD
        trial.root.rmdir()
        shutil.move(tmp_path / "elsewhere", trial.root)
        assert trial.scan().status == JobStatus.COMPLETED
    with untouched():
        (trial.root / "Saga (2012)" / "1.cbz").unlink()
        trial.scan()
        assert trial.paths("missing") == {"Saga (2012)/1.cbz"}
    with untouched(), writing() as connection:
        purges.forget_comics(connection, [trial.comic("Bone/3.cbz").id])
