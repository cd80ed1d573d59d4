"""In which order the comics of a series stand, from their files to the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import catalogue
from db.engine import reading
from db.schema import series
from tests.trial import Trial

IN_ORDER = [
    "Harbour #-1 (1997).cbz",
    "Harbour 000.cbz",
    "Harbour ½.cbz",
    "Harbour 1.cbz",
    "Harbour 001.MU.cbz",
    "Harbour 1.5.cbz",
    "Harbour 002-005.cbz",
    "Harbour 6.cbz",
    "Harbour 10.cbz",
    "Harbour 10A.cbz",
    "Harbour Annual 01.cbz",
    "Harbour Annual 2.cbz",
    "Harbour Annual 10.cbz",
]


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def test_issues_come_by_their_numbers_and_annuals_behind_them(trial: Trial) -> None:
    trial.add(*(f"Harbour/{name}" for name in reversed(IN_ORDER)))
    trial.scan(thumbnails="none")
    series_id = trial.rows(series)[0].id
    with reading() as connection:
        page = catalogue.comics_page(connection, "number", series_id=series_id, limit=50)
        assert [comic.file_name.decode() for comic in page.items] == IN_ORDER


def test_before_they_are_indexed_their_names_say_the_order(trial: Trial) -> None:
    trial.add(*(f"Harbour/{name}" for name in reversed(IN_ORDER)))
    trial.discover()
    series_id = trial.rows(series)[0].id
    with reading() as connection:
        page = catalogue.comics_page(connection, "number", series_id=series_id, limit=50)
        assert [comic.file_name.decode() for comic in page.items] == IN_ORDER
