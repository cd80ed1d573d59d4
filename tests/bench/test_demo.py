"""The demo library: complete metadata and pages that can be looked at."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from bench import demo
from bench.artwork.palettes import PALETTES
from bench.artwork.scenes import SCENES


def test_forty_eight_comics_in_eight_series_of_four_publishers() -> None:
    assert sum(len(series.titles) for series in demo.DEMO) == 48
    assert len(demo.DEMO) == 8
    assert len({series.publisher for series in demo.DEMO}) == 4


@pytest.mark.parametrize("series", demo.DEMO, ids=lambda series: series.name)
def test_every_series_has_its_own_scene_and_colours(series: demo.Series) -> None:
    assert series.scene in SCENES
    assert series.scene in PALETTES
    assert sum(other.scene == series.scene for other in demo.DEMO) == 1


def test_an_issue_is_a_comic_with_a_cover_and_pages(tmp_path: Path) -> None:
    demo.write_issue(tmp_path, (demo.DEMO[0], 1))
    (comic,) = tmp_path.rglob("*.cbz")
    with zipfile.ZipFile(comic) as archive:
        names = archive.namelist()
        pages = [Image.open(io.BytesIO(archive.read(name))).size for name in names[:-1]]
    assert pages == [demo.SIZE] * demo.PAGES
    assert names[-1] == "ComicInfo.xml"


def test_the_series_file_reads_as_taggers_write_it(tmp_path: Path) -> None:
    series = demo.DEMO[0]
    demo.write_issue(tmp_path, (series, 1))
    demo.write_series_json(tmp_path, series)
    (path,) = tmp_path.rglob("series.json")
    assert json.loads(path.read_text())["metadata"]["name"] == series.name
