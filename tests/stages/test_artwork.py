"""Pictures beside comics, from the disk to what stands for a series: real scans of real files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Row, select

from db import artwork, cover_choices, jobs, kept_pictures, shards
from db.artwork import Setting
from db.engine import reading, writing
from db.schema import artwork as pictures
from db.schema import artwork_files, comics, folders, series
from db.states import JobStatus, ScanKind, WorkState
from stages.artwork import keep
from tests.shelf import picture
from tests.trial import PATIENCE, Trial, age, wait_for


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/Saga 001.cbz", "Saga/Saga 002.cbz")
    return trial


def put(trial: Trial, path: str, content: bytes | None = None, colour: str = "red") -> Path:
    """A picture at a path below the root."""
    file = trial.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture(colour=colour) if content is None else content)
    return file


def scan(trial: Trial, kind: ScanKind = ScanKind.QUICK) -> Row[Any]:
    return trial.scan(kind, thumbnails="none")


def look(trial: Trial, kind: ScanKind = ScanKind.QUICK) -> Row[Any]:
    """Discover, and keep what there is to be kept, without the other stages."""
    job = trial.discover(kind)
    with reading() as connection:
        files = artwork.next_files(connection, trial.library_id, 0, 100)
    kept = [(one, keep(bytes(trial.root) + b"/" + one.path)) for one in files]
    with writing() as connection:
        artwork.record(connection, job.id, trial.library_id, kept, [])
    return job


def of_series(trial: Trial, folder: str = "Saga") -> str | None:
    """The SHA-256 of the picture that stands for a series."""
    with reading() as connection:
        return connection.execute(
            select(pictures.c.sha256)
            .join(series, series.c.cover_artwork_id == pictures.c.id)
            .join(folders, folders.c.id == series.c.folder_id)
            .where(folders.c.path == os.fsencode(folder))
        ).scalar()


def of_comic(trial: Trial, path: str) -> str | None:
    """The SHA-256 of the picture that stands for a comic."""
    shown = trial.comic(path).cover_artwork_id
    with reading() as connection:
        query = select(pictures.c.sha256).where(pictures.c.id == shown)
        return connection.execute(query).scalar()


def series_id(folder: str = "Saga") -> int:
    with reading() as connection:
        query = select(series.c.id).join(folders, folders.c.id == series.c.folder_id)
        return connection.execute(query.where(folders.c.path == os.fsencode(folder))).scalar_one()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_picture_beside_the_comics_stands_for_the_series(trial: Trial) -> None:
    file = put(trial, "Saga/Cover.JPG")
    job = scan(trial)
    assert of_series(trial) == sha(file.read_bytes())
    assert (job.thumbnail_total, job.thumbnail_done, job.thumbnail_failed) == (1, 1, 0)
    assert job.status == JobStatus.COMPLETED
    kept = kept_pictures.picture_file(sha(file.read_bytes()), "image/jpeg")
    assert kept.read_bytes() == file.read_bytes()
    with Image.open(kept_pictures.cover_file(sha(file.read_bytes()))) as small:
        assert small.size == (300, 450)


def test_the_name_decides_between_several(trial: Trial) -> None:
    poster = put(trial, "Saga/poster.png")
    look(trial)
    assert of_series(trial) == sha(poster.read_bytes())
    folder = put(trial, "Saga/folder.jpg", colour="green")
    put(trial, "Saga/folder (2).jpg", colour="black")
    look(trial)
    assert of_series(trial) == sha(folder.read_bytes())
    cover = put(trial, "Saga/cover.jpg", colour="blue")
    look(trial)
    assert of_series(trial) == sha(cover.read_bytes())


def test_a_picture_with_a_comics_name_stands_for_it_and_for_no_other(trial: Trial) -> None:
    file = put(trial, "Saga/saga 001.png", colour="green")
    look(trial)
    assert of_comic(trial, "Saga/Saga 001.cbz") == sha(file.read_bytes())
    assert of_comic(trial, "Saga/Saga 002.cbz") is None
    assert of_series(trial) is None  # whose first comic is shown with it


def test_banner_backdrop_and_logo_are_the_series_and_no_cover(trial: Trial) -> None:
    for name in ("banner.jpg", "fanart.jpg", "logo.png"):
        put(trial, f"Saga/{name}", colour=f"#{len(name):02x}0000")
    look(trial)
    assert of_series(trial) is None
    with reading() as connection:
        around = artwork.around_series(connection, series_id())
    assert None not in (around.banner, around.backdrop, around.logo)
    assert around != Setting(1, 1, 1)


def test_a_picture_is_kept_once_however_many_folders_hold_it(trial: Trial) -> None:
    trial.add("Fables/Fables 001.cbz")
    put(trial, "Saga/cover.jpg")
    put(trial, "Fables/folder.jpg")
    look(trial)
    assert trial.count(pictures) == 1
    assert trial.count(artwork_files) == 2
    assert of_series(trial) == of_series(trial, "Fables")


def test_pictures_are_kept_in_any_format(trial: Trial) -> None:
    for number, name in enumerate(("webp", "gif", "bmp", "tiff", "avif")):
        trial.add(f"{name}/1.cbz")
        Image.new("RGB", (40, 60), (number * 40, 0, 0)).save(trial.root / name / f"cover.{name}")
    look(trial)
    assert {row.media_type for row in trial.rows(pictures)} == {
        "image/webp",
        "image/gif",
        "image/bmp",
        "image/jpeg",  # for browsers show no TIFF
        "image/avif",
    }
    assert all(kept_pictures.cover_file(row.sha256).exists() for row in trial.rows(pictures))


def test_of_a_picture_that_is_very_large_a_smaller_one_is_kept(trial: Trial) -> None:
    content = picture(4000, 3000)
    put(trial, "Saga/backdrop.jpg", content)
    look(trial)
    [row] = trial.rows(pictures)
    assert (row.sha256, row.width, row.height) == (sha(content), 2000, 1500)
    assert row.size == kept_pictures.picture_file(row.sha256, "image/jpeg").stat().st_size


def test_names_that_say_nothing_are_not_looked_at(trial: Trial) -> None:
    put(trial, "Saga/scan.jpg", b"whatever")
    put(trial, "Saga/._cover.jpg", b"whatever")
    put(trial, "No comics here/cover.jpg")
    job = look(trial)
    assert trial.rows(artwork_files) == []
    assert job.errors_count == 0


def test_an_unchanged_rescan_changes_nothing(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    put(trial, "Saga/Saga 001.jpg", colour="green")
    age(trial.root)
    look(trial)
    tables = (artwork_files, pictures, series, comics)
    before = [trial.rows(table) for table in tables]
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        job = look(trial, kind)
        assert job.comics_updated == 0
    assert [trial.rows(table) for table in tables] == before


def test_a_picture_that_changed_is_shown_as_it_is_now(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    look(trial)
    file = put(trial, "Saga/cover.jpg", colour="blue")
    look(trial, ScanKind.FULL)  # what is written in its place leaves the folder's stamp as it is
    assert of_series(trial) == sha(file.read_bytes())


def test_what_somebody_removed_from_the_data_folder_a_full_scan_keeps_anew(trial: Trial) -> None:
    content = put(trial, "Saga/cover.jpg").read_bytes()
    look(trial)
    kept_pictures.cover_file(sha(content)).unlink()
    look(trial, ScanKind.FULL)
    assert kept_pictures.cover_file(sha(content)).exists()
    assert of_series(trial) == sha(content)


def test_without_the_picture_the_first_comics_cover_is_back(trial: Trial) -> None:
    files = [put(trial, "Saga/cover.jpg"), put(trial, "Saga/Saga 002.jpg", colour="blue")]
    look(trial)
    for file in files:
        file.unlink()
    look(trial)
    assert of_series(trial) is None
    assert of_comic(trial, "Saga/Saga 002.cbz") is None
    assert trial.rows(artwork_files) == []


def test_a_broken_picture_is_an_error_until_there_is_another(trial: Trial) -> None:
    broken = {"empty": b"", "html": b"<html>404</html>", "torn": picture()[:300]}
    for name, content in broken.items():
        trial.add(f"{name}/1.cbz")
        os.utime(put(trial, f"{name}/cover.jpg", content), (1, 1))  # else it is looked at again
    job = scan(trial)
    assert trial.errors() == {
        "empty/cover.jpg": "empty",
        "html/cover.jpg": "damaged",
        "torn/cover.jpg": "damaged",
    }
    assert (job.thumbnail_done, job.thumbnail_failed, job.errors_count) == (0, 3, 3)
    assert of_series(trial, "torn") is None
    put(trial, "torn/cover.jpg")
    (trial.root / "html/cover.jpg").unlink()
    scan(trial, ScanKind.FULL)
    assert trial.errors() == {"empty/cover.jpg": "empty"}
    assert of_series(trial, "torn") is not None


def test_a_picture_that_failed_can_be_retried(trial: Trial, unprivileged: tuple[str, ...]) -> None:
    file = put(trial, "Saga/cover.jpg")
    os.utime(file, (1, 1))
    file.chmod(0)
    job_id = trial.request(thumbnails="none")
    while trial._queued(job_id):
        with trial.stage(trial.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    assert trial.errors() == {"Saga/cover.jpg": "denied"}
    file.chmod(0o644)
    with writing() as connection:
        jobs.retry(connection, job_id)
    job = trial.go_on(job_id)
    assert trial.errors() == {}
    assert (job.thumbnail_total, job.thumbnail_done, job.thumbnail_failed) == (1, 1, 0)


def test_a_stage_that_is_killed_loses_and_doubles_nothing(trial: Trial) -> None:
    names = [f"cover {number}.jpg" for number in range(150)]
    for number, name in enumerate(names):
        put(trial, f"Saga/{name}", picture(100 + number, 60))
    job_id = trial.request(thumbnails="none")
    while True:
        claimed = trial.claim()
        if claimed.phase == "thumbnail":
            break
        assert trial.run(claimed) == 0
    with trial.stage(claimed) as stage:
        wait_for(lambda: trial.count(pictures), "the first pictures")
        stage.kill()
        stage.wait()
    with writing() as connection:
        shards.bury(connection, claimed.shard_id, "killed by a test")
    job = trial.go_on(job_id)
    assert (job.thumbnail_total, job.thumbnail_done, job.thumbnail_failed) == (150, 150, 0)
    assert trial.count(pictures) == 150
    assert {row.state for row in trial.rows(artwork_files)} == {WorkState.DONE}


# ---- choices


def test_a_persons_choice_outlives_rescans_and_the_end_of_the_file(trial: Trial) -> None:
    poster = put(trial, "Saga/poster.jpg")
    put(trial, "Saga/cover.jpg", colour="blue")
    look(trial)
    chosen = sha(poster.read_bytes())
    [artwork_id] = [row.id for row in trial.rows(pictures) if row.sha256 == chosen]
    comic = trial.comic("Saga/Saga 001.cbz")
    with writing() as connection:
        cover_choices.choose_artwork(connection, artwork_id=artwork_id, series_id=comic.series_id)
        cover_choices.choose_artwork(connection, artwork_id=artwork_id, comic_id=comic.id)
    poster.unlink()
    put(trial, "Saga/Saga 001.jpg", colour="green")
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        look(trial, kind)
        with writing() as connection:
            assert artwork.forget_unnamed(connection) == 0
        assert of_series(trial) == of_comic(trial, "Saga/Saga 001.cbz") == chosen
    with writing() as connection:
        cover_choices.reset(connection, series_id=comic.series_id)
        cover_choices.reset(connection, comic_id=comic.id)
    assert of_series(trial) == sha((trial.root / "Saga/cover.jpg").read_bytes())
    shown = of_comic(trial, "Saga/Saga 001.cbz")
    assert shown == sha((trial.root / "Saga/Saga 001.jpg").read_bytes())


def test_the_comic_that_a_person_chose_stays_the_series_cover(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    look(trial)
    second = trial.comic("Saga/Saga 002.cbz")
    with writing() as connection:
        cover_choices.choose_comic(connection, second.series_id, second.id)
    trial.add("Saga/Saga 000.cbz")
    look(trial)
    with reading() as connection:
        shown = cover_choices.of_series(connection, second.series_id)
    assert shown == cover_choices.Shown(None, second.id, chosen=True)
    with writing() as connection:
        cover_choices.reset(connection, series_id=second.series_id)
    assert of_series(trial) is not None


def test_what_a_person_chose_goes_along_when_a_comic_moves(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    put(trial, "Saga/Saga 002.jpg", colour="green")
    scan(trial)
    first, second = (trial.comic(f"Saga/Saga 00{number}.cbz") for number in (1, 2))
    series_cover = of_series(trial)
    [artwork_id] = [row.id for row in trial.rows(pictures) if row.sha256 == series_cover]
    with writing() as connection:
        cover_choices.choose_artwork(connection, artwork_id=artwork_id, comic_id=first.id)
    for name in ("Saga 001.cbz", "Saga 002.cbz"):
        (trial.root / "Saga" / name).rename(trial.root / "Saga" / f"Old {name}")
    scan(trial)
    moved = trial.comic("Saga/Old Saga 001.cbz")
    assert (moved.id, moved.cover_artwork_id) == (first.id, artwork_id)
    left_behind = trial.comic("Saga/Old Saga 002.cbz")
    assert (left_behind.id, left_behind.cover_artwork_id) == (second.id, None)


def test_a_series_that_moves_takes_its_pictures_and_its_choice_along(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    put(trial, "Saga/Saga 001.jpg", colour="green")
    scan(trial)
    before = (of_series(trial), of_comic(trial, "Saga/Saga 001.cbz"))
    (trial.root / "Saga").rename(trial.root / "Image Saga")
    scan(trial)
    after = (of_series(trial, "Image Saga"), of_comic(trial, "Image Saga/Saga 001.cbz"))
    assert after == before
    assert None not in before


def test_a_choice_of_what_is_not_there_is_refused(trial: Trial) -> None:
    trial.add("Fables/Fables 001.cbz")
    look(trial)
    with writing() as connection, pytest.raises(cover_choices.CannotChoose):
        cover_choices.choose_artwork(connection, artwork_id=99, series_id=series_id())
    stranger = trial.comic("Fables/Fables 001.cbz").id
    with writing() as connection, pytest.raises(cover_choices.CannotChoose):
        cover_choices.choose_comic(connection, series_id(), stranger)
