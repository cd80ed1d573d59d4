"""Files that others write while Longbox reads them: rewritten, renamed over, half copied."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from db.file_versions import version_of
from db.states import JobStatus, ScanKind, WorkState
from stages import cover, motion
from stages.formats import ErrorClass, FormatError
from tests.shelf import picture
from tests.stages.formats.archives import zip_of
from tests.trial import LONG_AGO, Trial, age, wait_for, write_comic

# A tagger at work: content n has the title n and, where it is renamed into place, the time stamp
# 1,600,000,000 + n; in place, the file is cut and written in two goes.
TAGGER = """
import io, itertools, os, sys, time, zipfile
path, how, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
for n in itertools.count(1):
    comic = io.BytesIO()
    with zipfile.ZipFile(comic, "w") as archive:
        archive.writestr("1.jpg", b"\\xff\\xd8\\xff" + bytes(5000))
        archive.writestr("ComicInfo.xml", f"<ComicInfo><Title>{n}</Title></ComicInfo>")
    if how == "rename":
        with open(path + ".tmp", "wb") as file:
            file.write(comic.getvalue())
        os.utime(path + ".tmp", (1_600_000_000 + n, 1_600_000_000 + n))
        os.rename(path + ".tmp", path)
    else:
        with open(path, "r+b") as file:
            file.truncate(0)
            file.write(comic.getvalue()[:3000])
            file.flush()
            file.write(comic.getvalue()[3000:])
    time.sleep(pause)
"""


@contextmanager
def tagger(path: Path, how: str, pause: float) -> Iterator[None]:
    """A program that writes a comic again and again, from before the block to its end."""
    before = motion.stamp(bytes(path))
    process = subprocess.Popen([sys.executable, "-c", TAGGER, str(path), how, str(pause)])
    try:
        wait_for(lambda: motion.stamp(bytes(path)) != before, "the tagger's first writing")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz", "Saga/2.cbz", "Saga/3.cbz")
    age(trial.root)
    return trial


def is_as_on_disk(trial: Trial, path: str) -> bool:
    row, status = trial.comic(path), (trial.root / path).stat()
    return bool(
        (row.size, row.mtime_ns) == (status.st_size, status.st_mtime_ns)
        and row.version == version_of(row.size, row.mtime_ns)
    )


# ---- one file ----


def test_what_was_read_of_a_file_that_changed_meanwhile_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "1.cbz"
    contents = [b"one", b"two two", b"three three three"]
    file.write_bytes(b"")
    read = []

    def written_while_read() -> bytes:
        if contents:
            file.write_bytes(contents.pop(0))
            os.utime(file, (LONG_AGO, LONG_AGO + len(contents)))
        read.append(file.read_bytes())
        return read[-1]

    assert motion.at_rest(bytes(file), written_while_read) == b"three three three"
    assert len(read) == 4


def test_a_file_that_is_never_left_alone_is_given_up_as_just_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion, "PAUSES", (0.0, 0.0, 0.0))
    file = tmp_path / "1.cbz"

    def damaged() -> None:
        file.write_bytes(os.urandom(10))
        raise FormatError(ErrorClass.DAMAGED, "Half of it is missing.")

    with pytest.raises(FormatError) as caught:
        motion.at_rest(bytes(file), damaged)
    assert caught.value.error_class is ErrorClass.CHANGING


def test_a_file_that_vanishes_and_comes_back_is_read(tmp_path: Path) -> None:
    file = tmp_path / "1.cbz"

    def back_after_the_first_look() -> bytes:
        if not file.exists():
            file.write_bytes(b"back")
            os.utime(file, (LONG_AGO, LONG_AGO))
            raise FormatError(ErrorClass.VANISHED, "It is no longer there.")
        return file.read_bytes()

    assert motion.at_rest(bytes(file), back_after_the_first_look) == b"back"


def test_a_broken_file_that_nobody_writes_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "1.cbz"
    file.write_bytes(b"broken")
    os.utime(file, (LONG_AGO, LONG_AGO))
    looks = []

    def damaged() -> None:
        looks.append(time.monotonic())
        raise FormatError(ErrorClass.DAMAGED, "It is broken.")

    with pytest.raises(FormatError, match="broken"):
        motion.at_rest(bytes(file), damaged)
    assert len(looks) == 1
    monkeypatch.setattr(motion, "FRESH_NS", 60_000_000_000)  # however long we take to look
    file.touch()  # it may have been written just now, and is looked at once more
    with pytest.raises(FormatError, match="broken"):
        motion.at_rest(bytes(file), damaged)
    assert len(looks) == 3


def test_a_cover_is_made_of_one_content_and_not_of_two(tmp_path: Path) -> None:
    zip_of(tmp_path / "1.cbz", {"1.jpg": picture()})
    with tagger(tmp_path / "1.cbz", "in place", 0.0), pytest.raises(FormatError) as caught:
        cover.make(bytes(tmp_path / "1.cbz"), tmp_path / "cover.jpg", 0)
    # Its page is no picture: that is all that may be said of it when it happens to be whole; and
    # a tagger that is held up in the middle leaves a file that is torn.
    assert caught.value.error_class in (
        ErrorClass.CHANGING,
        ErrorClass.DAMAGED,
        ErrorClass.EMPTY,
        ErrorClass.TRUNCATED,
    )
    assert not (tmp_path / "cover.jpg").exists()


# ---- a scan ----


def test_a_comic_that_changed_since_it_was_found_is_stored_as_what_was_read(trial: Trial) -> None:
    job_id = trial.discover(thumbnails="none").id
    write_comic(trial.root / "Saga" / "2.cbz", "<ComicInfo><Title>New</Title></ComicInfo>", pages=7)
    age(trial.root)
    job = trial.go_on(job_id)
    row = trial.comic("Saga/2.cbz")
    assert (job.index_done, row.title, row.page_count) == (3, "New", 7)
    assert is_as_on_disk(trial, "Saga/2.cbz")
    again = trial.scan(ScanKind.FULL, thumbnails="none")
    assert (again.comics_updated, again.index_total) == (0, 0)


@pytest.mark.parametrize("pause", [0.5, 0.0])
def test_a_comic_that_is_renamed_over_again_and_again_is_never_stored_under_a_wrong_version(
    trial: Trial, pause: float
) -> None:
    with tagger(trial.root / "Saga" / "2.cbz", "rename", pause):
        job = trial.scan(thumbnails="none")
    assert job.status == JobStatus.COMPLETED
    row = trial.comic("Saga/2.cbz")
    if row.index_state == WorkState.DONE:
        assert row.mtime_ns == (LONG_AGO + int(row.title)) * 10**9
    else:
        assert trial.errors() == {"Saga/2.cbz": "changing"}
    trial.scan(thumbnails="none")
    row = trial.comic("Saga/2.cbz")
    assert row.mtime_ns == (LONG_AGO + int(row.title)) * 10**9
    assert is_as_on_disk(trial, "Saga/2.cbz")
    assert trial.errors() == {}


def test_a_comic_that_is_written_in_place_is_left_to_the_next_scan_and_not_called_damaged(
    trial: Trial,
) -> None:
    with tagger(trial.root / "Saga" / "2.cbz", "in place", 0.0):
        job = trial.scan(thumbnails="none")
    assert job.status == JobStatus.COMPLETED
    assert trial.comic("Saga/1.cbz").index_state == WorkState.DONE
    assert trial.comic("Saga/3.cbz").index_state == WorkState.DONE
    assert set(trial.errors().values()) <= {"changing"}
    write_comic(trial.root / "Saga" / "2.cbz", "<ComicInfo><Title>Last</Title></ComicInfo>")
    trial.scan(thumbnails="none")
    assert trial.comic("Saga/2.cbz").title == "Last"
    assert is_as_on_disk(trial, "Saga/2.cbz")
    assert trial.errors() == {}


def test_a_comic_that_was_only_half_copied_is_read_when_it_is_whole(trial: Trial) -> None:
    comic = trial.root / "Saga" / "2.cbz"
    whole = comic.read_bytes()
    comic.write_bytes(whole[:100])
    os.utime(comic.parent, (LONG_AGO, LONG_AGO))
    trial.scan(thumbnails="none")
    assert trial.errors() == {"Saga/2.cbz": "truncated"}
    comic.write_bytes(whole)  # in place, which the folder's time stamp says nothing of
    os.utime(comic.parent, (LONG_AGO, LONG_AGO))
    trial.scan(thumbnails="none")
    assert trial.errors() == {}
    assert trial.comic("Saga/2.cbz").index_state == WorkState.DONE
