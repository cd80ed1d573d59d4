"""Pictures beside comics, from the disk to what stands for a series: real scans of real files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Row, select

from db import artwork, cover_choices, jobs, kept_pictures, libraries, shards
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
    trial.add("Fables/1.cbz", "Sandman/1.cbz")
    names = ("thumb.jpg", "poster.png", "folder (2).jpg", "Folder.jpg", "cover.webp")
    for folder, of_them in (("Saga", 2), ("Fables", 4), ("Sandman", 5)):
        for number, name in enumerate(names[:of_them]):
            put(trial, f"{folder}/{name}", picture(40 + number, 60))
    look(trial)
    for folder, best in (("Saga", "poster.png"), ("Fables", "Folder.jpg"), ("Sandman", names[4])):
        assert of_series(trial, folder) == sha((trial.root / folder / best).read_bytes())


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


def test_pictures_of_any_format_are_kept_and_of_very_large_ones_a_smaller(trial: Trial) -> None:
    for number, name in enumerate(("webp", "gif", "bmp", "tiff", "avif")):
        trial.add(f"{name}/1.cbz")
        Image.new("RGB", (40, 60), (number * 40, 0, 0)).save(trial.root / name / f"cover.{name}")
    large = put(trial, "Saga/backdrop.jpg", picture(4000, 3000)).read_bytes()
    look(trial)
    assert {row.media_type for row in trial.rows(pictures)} == {
        "image/webp",
        "image/gif",
        "image/bmp",
        "image/jpeg",  # for browsers show no TIFF
        "image/avif",
    }
    assert all(kept_pictures.cover_file(row.sha256).exists() for row in trial.rows(pictures))
    [row] = [row for row in trial.rows(pictures) if row.sha256 == sha(large)]
    assert (row.width, row.height) == (2000, 1500)
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


def test_what_somebody_removed_from_the_data_folder_a_full_scan_keeps_anew(trial: Trial) -> None:
    content = put(trial, "Saga/cover.jpg").read_bytes()
    look(trial)
    kept_pictures.cover_file(sha(content)).unlink()
    look(trial, ScanKind.FULL)
    assert kept_pictures.cover_file(sha(content)).exists()
    assert of_series(trial) == sha(content)


def test_pictures_that_changed_or_are_gone_are_shown_no_longer(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    gone = put(trial, "Saga/Saga 002.jpg", colour="green")
    look(trial)
    changed = put(trial, "Saga/cover.jpg", colour="blue")
    gone.unlink()
    look(trial, ScanKind.FULL)  # what is written in its place leaves the folder's stamp as it is
    assert of_series(trial) == sha(changed.read_bytes())
    assert of_comic(trial, "Saga/Saga 002.cbz") is None
    changed.unlink()
    look(trial)
    assert of_series(trial) is None
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
    while (claimed := trial.claim()).phase != "thumbnail":
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


def test_a_picture_that_ends_its_stage_is_the_one_in_the_list(trial: Trial) -> None:
    put(trial, "Saga/cover.jpg")
    put(trial, "Saga/poster.jpg", colour="blue")
    job_id = trial.request(thumbnails="none")
    while (claimed := trial.claim()).phase != "thumbnail":
        assert trial.run(claimed) == 0
    with writing() as connection:
        shards.bury(
            connection, claimed.shard_id, "SIGXCPU", in_hand=b"Saga/cover.jpg", certain=True
        )
    job = trial.go_on(job_id)
    assert trial.errors() == {"Saga/cover.jpg": "crashed"}
    assert (job.thumbnail_total, job.thumbnail_done, job.thumbnail_failed) == (2, 1, 1)
    assert of_series(trial) == sha((trial.root / "Saga/poster.jpg").read_bytes())


def test_beside_folders_of_pictures_it_is_the_same(trial: Trial) -> None:
    with writing() as connection:
        libraries.set_loose_folders(connection, trial.library_id, True)
    for name in ("1.jpg", "2.jpg", "poster.jpg"):
        put(trial, f"One Piece/Chapter 1.5/{name}", colour="green")
    cover = put(trial, "One Piece/cover.jpg")
    own = put(trial, "One Piece/chapter 1.5.png", colour="blue")
    look(trial)
    assert of_series(trial, "One Piece") == sha(cover.read_bytes())
    assert of_comic(trial, "One Piece/Chapter 1.5") == sha(own.read_bytes())
    assert trial.count(artwork_files) == 2


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
        with reading() as connection:
            assert artwork.unnamed(connection) == []
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
