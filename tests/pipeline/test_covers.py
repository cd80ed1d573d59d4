"""The covers process as its users know it: a process of its own, rung for, killed, replaced."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.processes import stages
from db import cover_files, covers
from db.cover_files import CoverFailure
from db.engine import writing
from db.settings import settings
from db.states import ErrorClass, WorkState
from pipeline import tasks
from tests.shelf import Shelf, picture
from tests.trial import wait_for

COMMAND = "from pipeline.cli import main; main()"


class CoversProcess:
    """`longbox covers`, and what it says."""

    def __init__(self, log: Path, **environment: str) -> None:
        self._log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "covers"],
                env=os.environ | environment,
                stderr=output,
            )

    def children(self) -> list[int]:
        """The processes that draw for it."""
        return stages(self.process.pid)

    def renders(self) -> list[int]:
        """The comics whose covers it has made, in that order."""
        return [int(one) for one in re.findall(r"^cover (\d+) made", self.said(), re.MULTILINE)]

    def said(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait()


@pytest.fixture
def start(data: Path, tmp_path: Path) -> Iterator[Callable[..., CoversProcess]]:
    """Starts `longbox covers` with environment variables."""
    started: list[CoversProcess] = []

    def start(**environment: str) -> CoversProcess:
        started.append(CoversProcess(tmp_path / "log", **environment))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def has_cover(comic: int, version: int = 7) -> bool:
    return cover_files.cover_file(comic, version).exists()


def failure_of(comic: int) -> CoverFailure | None:
    return cover_files.read_failure(comic, 7)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_cover_that_is_asked_for_is_made_and_written_down(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    start()
    tasks.ask_for_covers([comic])
    wait_for(lambda: has_cover(comic))
    wait_for(lambda: shelf.look(comic).thumbnail_state == WorkState.DONE)


def test_what_was_asked_for_last_is_made_first(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    first, second, third = (shelf.add(f"{number}.cbz") for number in range(3))
    tasks.ask_for_covers([first])
    second_of_asking = int(time.time())
    wait_for(lambda: int(time.time()) > second_of_asking)
    tasks.ask_for_covers([second, third])
    process = start(LONGBOX_WORKERS="1")
    wait_for(lambda: has_cover(first))
    wait_for(lambda: len(process.renders()) == 3)
    assert process.renders() == [second, third, first]


def test_a_cover_is_drawn_once_however_often_it_is_asked_for(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comics = [shelf.add(f"{number}.cbz", picture(1000, 1500)) for number in range(20)]
    for _ in range(5):
        tasks.ask_for_covers(comics)
    process = start()
    wait_for(lambda: all(map(has_cover, comics)))
    wait_for(lambda: tasks.covers_huey.storage.queue_size() == 0)
    assert process.stop() == 0
    assert sorted(process.renders()) == comics


def test_a_comic_that_is_no_more_is_passed_over(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    tasks.ask_for_covers([999, comic])
    start()
    wait_for(lambda: has_cover(comic))


def test_a_comic_that_cannot_be_read_leaves_a_marker_that_says_why(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", b"no picture")
    tasks.ask_for_covers([comic])
    start()
    failure = wait_for(lambda: failure_of(comic))
    assert failure.error_class is ErrorClass.DAMAGED
    wait_for(lambda: shelf.look(comic).thumbnail_state == WorkState.FAILED)


def test_a_cover_that_failed_is_tried_again_only_when_somebody_asks(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic, other = shelf.add("1.cbz"), shelf.add("2.cbz")
    failed = CoverFailure(ErrorClass.DAMAGED, "It was damaged.")
    with writing() as connection:
        covers.record(connection, [], [covers.Failed(comic, 7, failed)])
    cover_files.mark_failed(comic, 7, failed)
    process = start(LONGBOX_WORKERS="1")
    tasks.ask_for_covers([comic, other])
    wait_for(lambda: has_cover(other))
    assert not has_cover(comic)
    with writing() as connection:
        covers.try_again(connection, comic)
    tasks.ask_for_covers([comic])
    wait_for(lambda: has_cover(comic))
    assert failure_of(comic) is None
    wait_for(lambda: shelf.look(comic).thumbnail_state == WorkState.DONE)
    assert process.renders() == [other, comic]


def test_a_cover_whose_maker_was_killed_before_it_said_so_is_written_down(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    cover = cover_files.cover_file(comic, 7)
    cover.parent.mkdir()
    cover.write_bytes(b"a cover")
    process = start()
    tasks.ask_for_covers([comic])
    wait_for(lambda: shelf.look(comic).thumbnail_state == WorkState.DONE)
    assert process.renders() == []


def test_the_cover_of_an_older_version_goes_when_the_new_one_is_there(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz", version=8, changed_job_id=shelf.job_id + 1)
    old = cover_files.cover_file(comic, 7)
    old.parent.mkdir()
    old.write_bytes(b"a cover")
    start()
    tasks.ask_for_covers([comic])
    wait_for(lambda: has_cover(comic, 8))
    wait_for(lambda: not old.exists())


def test_a_child_that_was_killed_is_replaced(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    first, second = shelf.add("1.cbz"), shelf.add("2.cbz")
    process = start(LONGBOX_WORKERS="1")
    tasks.ask_for_covers([first])
    wait_for(lambda: has_cover(first))
    [child] = process.children()
    os.kill(child, signal.SIGKILL)
    tasks.ask_for_covers([second])
    wait_for(lambda: has_cover(second))
    [successor] = process.children()
    assert successor != child
    assert failure_of(second) is None


def test_a_child_that_hangs_is_killed_and_its_comic_named(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    first, second, third = (shelf.add(f"{number}.cbz") for number in range(3))
    process = start(LONGBOX_WORKERS="1", LONGBOX_COVER_TIMEOUT="6")  # enough for one that works
    tasks.ask_for_covers([first])
    wait_for(lambda: has_cover(first))
    [child] = process.children()
    os.kill(child, signal.SIGSTOP)
    tasks.ask_for_covers([second])
    failure = wait_for(lambda: failure_of(second))
    assert failure.error_class is ErrorClass.TIMEOUT
    wait_for(lambda: not is_running(child))
    tasks.ask_for_covers([third])
    wait_for(lambda: has_cover(third))


def test_a_comic_over_which_one_child_after_the_other_dies_is_given_up(
    start: Callable[..., CoversProcess], shelf: Shelf, tmp_path: Path
) -> None:
    # A child that dies whatever it is given, as one does over a picture that breaks a decoder.
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nif b'--serve' in open('/proc/self/cmdline', 'rb').read():\n    os.abort()\n"
    )
    comic = shelf.add("1.cbz")
    start(PYTHONPATH=os.pathsep.join([str(tmp_path), os.getcwd()]))
    tasks.ask_for_covers([comic])
    failure = wait_for(lambda: failure_of(comic))
    assert failure.error_class is ErrorClass.CRASHED
    assert "3 times" in failure.message
    assert "SIGABRT" in failure.message


def test_nothing_is_held_against_a_comic_whose_cover_has_no_place_to_go(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    cover_files.cover_file(comic, 7).parent.write_bytes(b"a file where the folder should be")
    process = start()
    tasks.ask_for_covers([comic])
    wait_for(lambda: "Covers cannot be written" in process.said())
    assert shelf.look(comic).thumbnail_state == WorkState.PENDING


def test_a_queue_that_was_deleted_is_made_anew(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    first, second = shelf.add("1.cbz"), shelf.add("2.cbz")
    start()
    tasks.ask_for_covers([first])
    wait_for(lambda: has_cover(first))
    for file in settings().data.glob("queue.db*"):
        file.unlink()
    tasks.ask_for_covers([second])
    wait_for(lambda: has_cover(second))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_children_end_with_their_process(
    start: Callable[..., CoversProcess], shelf: Shelf, how: signal.Signals
) -> None:
    comic = shelf.add("1.cbz")
    process = start()
    tasks.ask_for_covers([comic])
    wait_for(lambda: has_cover(comic))
    children = process.children()
    assert children
    process.process.send_signal(how)
    process.process.wait()
    wait_for(lambda: not any(map(is_running, children)))


def test_what_was_made_is_written_down_before_the_process_ends(
    start: Callable[..., CoversProcess], shelf: Shelf
) -> None:
    comic = shelf.add("1.cbz")
    process = start()
    tasks.ask_for_covers([comic])
    wait_for(process.renders)
    assert process.stop() == 0
    assert shelf.look(comic).thumbnail_state == WorkState.DONE
