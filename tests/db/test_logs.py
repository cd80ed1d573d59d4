"""The log file: lines of JSON about jobs, written and rotated by several processes at once."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from db import logs
from db.settings import Settings, settings
from tests.trial import Trial, wait_for

WRITER = """
import logging, sys
from db import logs
from db.settings import settings
logs.begin(sys.argv[1], settings())
logs.bind(job=int(sys.argv[1]))
for number in range(int(sys.argv[2])):
    logging.getLogger("test").info("line %d of %s é", number, sys.argv[1])
"""


def lines(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob(f"{logs.NAME}*"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


@contextmanager
def logger(of: Settings) -> Iterator[logging.Logger]:
    found = logging.getLogger("a test's")
    found.propagate = False
    handler = logs.LogFile(of, "worker")
    found.addHandler(handler)
    found.setLevel(logging.INFO)
    yield found
    found.removeHandler(handler)
    handler.close()


def test_a_line_says_when_who_and_about_which_job(data: Path) -> None:
    with logger(settings()) as log:
        with logs.about(job=3, shard=14):
            log.warning("The stage ended: %s", "killed\nby signal 9")
        log.info("Job %d begins", 4, extra={"job": 4})
        log.debug("Not worth a line")
    ended, begun = lines(settings().logs)
    assert (ended["job"], ended["shard"], ended["level"]) == (3, 14, "warning")
    assert (ended["process"], ended["message"]) == (
        "worker",
        "The stage ended: killed\nby signal 9",
    )
    assert ended["at"].endswith("Z")
    assert (begun["job"], "shard" in begun) == (4, False)


def test_what_stages_do_is_told_with_the_job_and_the_shard(data: Path, tmp_path: Path) -> None:
    trial = Trial(tmp_path / "comics")
    trial.add("Saga/1.cbz")
    job = trial.scan()
    found = [line for line in lines(settings().logs) if line["process"] == "discover"]
    assert found
    assert all(line["job"] == job.id and line["shard"] for line in found)


def test_an_exception_is_on_the_line_with_its_traceback(data: Path) -> None:
    with logger(settings()) as log:
        try:
            raise OSError("The disk is gone")
        except OSError:
            log.exception("It could not be read")
    [line] = lines(settings().logs)
    assert line["traceback"].endswith("OSError: The disk is gone\n")


def test_several_processes_write_and_rotate_one_file_and_no_line_is_lost(
    data: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("LONGBOX_LOG_MB", "1")
    monkeypatch.setenv("LONGBOX_LOG_FILES", "9")
    many = 6_000
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(job), str(many)], stderr=subprocess.PIPE
        )
        for job in (1, 2)
    ]
    for writer in writers:
        assert len(writer.communicate()[1].splitlines()) == many  # for people, at the terminal
    folder = settings().logs
    assert len(list(folder.glob(f"{logs.NAME}*"))) > 1
    found = {(one["job"], one["message"]) for one in lines(folder)}
    assert len(found) == 2 * many


def test_the_oldest_file_goes(data: Path) -> None:
    small = replace(settings(), log_bytes=200, log_files=3)
    with logger(small) as log:
        for number in range(50):
            log.info("%d", number)
    names = {file.name for file in small.logs.glob(f"{logs.NAME}*")}
    assert names == {logs.NAME, f"{logs.NAME}.1", f"{logs.NAME}.2"}
    assert "49" in {line["message"] for line in lines(small.logs)}


def test_a_log_that_cannot_be_written_holds_nothing_up(data: Path) -> None:
    settings().logs.write_text("A file where the folder should be.")
    with logger(settings()) as log:
        log.info("It goes on")
    assert settings().logs.is_file()


def test_a_line_is_kept_while_another_process_rotates(data: Path) -> None:
    small = replace(settings(), log_bytes=200, log_files=3)
    with logger(small) as log:
        log.info("x" * 200)
        with (small.logs / ".lock").open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            late = threading.Thread(target=log.info, args=("late",))
            late.start()
            wait_for(is_waiting_for_a_lock, "the line that waits")
            (small.logs / logs.NAME).rename(small.logs / f"{logs.NAME}.1")
        late.join()
    assert [one["message"] for one in lines(small.logs)] == ["late", "x" * 200]


def is_waiting_for_a_lock() -> bool:
    """Whether a thread of this process waits for one that another has."""
    held = Path("/proc/locks").read_text().splitlines()
    return any("->" in lock and f" {os.getpid()} " in lock for lock in held)
