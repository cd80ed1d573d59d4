"""What a scan leaves behind for those who look at it: samples, its log, what was slow, a notice."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path

import pytest

from db import job_log, notices, samples, shards, slowest, users
from db.engine import reading, writing
from db.states import Phase
from stages.log_lines import MOST as LINES_KEPT
from stages.log_lines import LogLines
from stages.stopwatch import SWIFT_FILE, Stopwatch
from tests.trial import JPEG, Trial


@pytest.fixture
def trial(data: object, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


def lines(job_id: int) -> list[str]:
    with reading() as connection:
        return [one.message for one in reversed(job_log.listing(connection, job_id, limit=100))]


def test_a_scan_leaves_its_samples_its_log_and_a_notice(trial: Trial) -> None:
    with writing() as connection:
        reader = users.add(connection, "Rita", "no hash", is_admin=False)
    trial.add("Saga/Saga 1.cbz", "Saga/Saga 2.cbz")
    job = trial.scan()
    with reading() as connection:
        found = samples.of_job(connection, job.id)
    for phase, processed in ((Phase.DISCOVER, 2), (Phase.INDEX, 2), (Phase.THUMBNAIL, 1)):
        assert (found[phase][0].processed, found[phase][-1].processed) == (0, processed)
        assert found[phase][-1].worked > 0
    assert lines(job.id)[0].startswith("Begun by test.1 on ")
    assert lines(job.id)[-2:] == ["Done.", "Completed."]
    [notice] = notices.of_user(reader.id)
    assert (notice.library, notice.comics, notice.is_going_on) == ("Comics", 2, False)

    trial.add("Saga/Saga 3.cbz")
    trial.scan()
    assert notices.of_user(reader.id) == [notice]
    with writing() as connection:
        notices.wave_away(connection, reader.id, notice.id)
    assert notices.of_user(reader.id) == []


def test_a_stage_that_dies_is_in_the_log_with_its_file(trial: Trial) -> None:
    job_id = trial.request()
    claimed = trial.claim()
    with writing() as connection:
        shards.bury(connection, claimed.shard_id, "killed by signal 9", in_hand=b"Saga/Saga 1.cbz")
    with reading() as connection:
        [line, _begun] = job_log.listing(connection, job_id, shard_id=claimed.shard_id, limit=9)
    assert line.level is job_log.LogLevel.WARNING
    assert "killed by signal 9" in line.message
    assert line.display_path == "Saga/Saga 1.cbz"
    trial.claim()
    assert lines(job_id)[-1] == "Begun by test.1 on here, attempt 2."


def test_what_a_stage_says_is_kept_with_the_path_in_hand() -> None:
    said = LogLines(lambda: b"Saga/Saga 1.cbz")
    log = logging.Logger("a stage")
    log.addHandler(said)
    log.info("Nothing to speak of")
    log.warning("The picture %s is odd", "a")
    for _ in range(LINES_KEPT):
        log.error("Again")
    told = said.told()
    assert told[0] == ("The picture a is odd", b"Saga/Saga 1.cbz")
    assert len(told) == LINES_KEPT
    assert said.told() == []


# ---- what was slow


def test_slow_files_and_their_folders_are_told_once() -> None:
    watch = Stopwatch()
    paths = (b"A/1.cbz", b"A/2.cbz", b"A/3.cbz", b"B/1.cbz", b"")
    for path, moment in zip(paths, (0.0, 0.001, 3.0, 3.001, 3.2), strict=True):
        watch.take(path, moment)
    told = {(one.path, one.is_folder): (round(one.seconds, 3), one.files) for one in watch.told()}
    assert told == {
        (b"A/2.cbz", False): (2.999, 1),
        (b"B/1.cbz", False): (0.199, 1),
        (b"A", True): (3.001, 3),
        (b"B", True): (0.199, 1),
    }
    assert watch.told() == []


def test_the_slowest_are_kept_and_folders_add_up(trial: Trial) -> None:
    trial.add("Saga/Saga 1.cbz")
    job = trial.discover()
    with writing() as connection:
        for start in (0, 50):
            slowest.store(
                connection,
                job.id,
                Phase.INDEX,
                [slowest.Slow(b"%d.cbz" % n, n / 10) for n in range(start + 1, start + 51)]
                + [slowest.Slow(b"Saga", 2.0, True, 10), slowest.Slow(b"Saga/Saga 1.cbz", 99.0)],
            )
    with reading() as connection:
        files = slowest.listing(connection, job.id, is_folder=False)
        [folder] = slowest.listing(connection, job.id, is_folder=True)
    assert [one.path for one in files[:3]] == ["Saga/Saga 1.cbz", "100.cbz", "99.cbz"]
    assert len(files) == slowest.SHOWN
    assert files[0].comic_id == trial.comic("Saga/Saga 1.cbz").id
    assert (folder.path, folder.seconds, folder.files) == ("Saga", 4.0, 20)


def test_a_slow_comic_is_named_by_its_stage(trial: Trial) -> None:
    trial.add("Saga/Saga 1.cbz")
    with zipfile.ZipFile(trial.root / "Saga/Large.cbz", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20_000):
            archive.writestr(f"{number:05d}.jpg", JPEG)
    job = trial.scan()
    with reading() as connection:
        found = slowest.listing(connection, job.id, is_folder=False, phase=Phase.INDEX)
    [large] = [one for one in found if one.path == "Saga/Large.cbz"]
    assert large.seconds > SWIFT_FILE
