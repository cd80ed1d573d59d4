"""What Longbox does by the clock and by itself: schedules, quiet hours, watching; every process as
it really runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from tests.acceptance.conftest import FOUND, Longbox
from tests.gates import Gates
from tests.trial import age, wait_for, write_comic

START = Callable[..., Longbox]

BY_SCHEDULE = "SELECT count(*) FROM scan_jobs WHERE requested_by = 'the schedule'"


def make_due(longbox: Longbox) -> None:
    """Have the next run have been a minute ago."""
    with longbox.writing() as connection:
        connection.execute("UPDATE schedules SET next_at = ?", (time.time() - 60,))


def around_now() -> str:
    """Quiet hours that it is now, of two hours."""
    hour = timedelta(hours=1)
    now = datetime.now().astimezone()
    return f"{now - hour:%H:%M}-{now + hour:%H:%M}"


def test_a_scan_begins_by_the_schedule_and_one_that_was_missed_is_made_once(
    start: START, tmp_path: Path
) -> None:
    for number in range(4):
        write_comic(tmp_path / "comics" / "Saga" / f"{number}.cbz")
    longbox = start()
    longbox.add_library(tmp_path / "comics")
    assert "scan of Comics begins at" in longbox.command(
        "library", "schedule", "Comics", "daily", "03:00"
    )
    make_due(longbox)
    wait_for(lambda: longbox.value(BY_SCHEDULE), "the scheduled scan")
    assert longbox.wait_until_ended(1)["found"] == 4
    longbox.stop()
    longbox.wait_until_down()
    make_due(longbox)  # while nobody is there
    longbox.start()
    wait_for(lambda: longbox.value(BY_SCHEDULE) == 2, "the run that was missed")
    assert longbox.wait_until_ended(2)["status"] == "completed"
    assert longbox.value("SELECT next_at FROM schedules") > time.time()
    assert longbox.value(BY_SCHEDULE) == 2


def test_quiet_hours_pause_a_scan_which_goes_on_behind_them(
    start: START, comics: Path, gates: Gates
) -> None:
    gates.shut("discover")
    longbox = start()
    longbox.add_library(comics)
    job_id = longbox.scan()
    gates.waiting("discover")
    assert "pause from" in longbox.command("library", "quiet", "--all", around_now())
    wait_for(lambda: longbox.status(job_id)["status"] == "paused", "the pause")
    assert longbox.status(job_id)["job"]["paused"] == "quiet_hours"
    wait_for(lambda: not longbox.processes("stages.discover"), "the end of the stage")
    gates.open("discover")
    assert "pause never" in longbox.command("library", "quiet", "Comics", "never")
    job = longbox.wait_until_ended(job_id)
    assert (job["status"], job["found"]) == ("completed", FOUND)


def test_a_watched_library_follows_what_happens_in_its_folders(
    start: START, tmp_path: Path
) -> None:
    saga = tmp_path / "comics" / "Saga"
    for number in range(8):
        write_comic(saga / f"{number}.cbz")
    age(tmp_path / "comics")
    longbox = start(LONGBOX_WATCH_STILLNESS="0.3")
    longbox.add_library(tmp_path / "comics")
    assert "is watched from now on" in longbox.command("library", "watch", "Comics", "on")

    def state(name: str) -> list[tuple[int, str]]:
        rows = longbox.rows("SELECT id, state, CAST(file_name AS TEXT) FROM comics")
        return [(comic_id, state) for comic_id, state, file in rows if file == name]

    def is_quiet() -> bool:
        running = "SELECT count(*) FROM scan_jobs WHERE status IN ('queued', 'running')"
        return bool(longbox.value("SELECT count(*) FROM scan_jobs")) and not longbox.value(running)

    wait_for(lambda: state("7.cbz") and is_quiet(), "what was there before")
    assert "Watched: what changes is scanned" in longbox.command("library", "list")
    write_comic(saga / "8.cbz")
    wait_for(lambda: state("8.cbz") and is_quiet(), "the comic that came")
    [(known, _)] = state("8.cbz")
    (saga / "8.cbz").rename(saga / "Saga 008.cbz")
    wait_for(lambda: state("Saga 008.cbz") == [(known, "present")], "the comic's new name")
    wait_for(is_quiet)
    (saga / "Saga 008.cbz").unlink()
    wait_for(lambda: state("Saga 008.cbz") == [(known, "missing")], "the comic that went")
    longbox.kill("stages.watch")
    write_comic(saga / "9.cbz")
    wait_for(lambda: state("9.cbz"), "a comic that came while nobody watched")
    longbox.command("library", "watch", "Comics", "off")
    wait_for(lambda: not longbox.processes("stages.watch"), "the end of the watch")
