"""Covers drawn by real processes: by the server that others ask, and by the stage on its shard."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from db import cover_files, errors, jobs, shards
from db.cover_files import CoverFailure
from db.engine import reading, writing
from db.states import ErrorClass, JobStatus, Phase, ScanKind, WorkState
from stages import cover
from stages.formats import FormatError
from tests.shelf import Shelf, picture

SERVER = [sys.executable, "-m", "stages.thumbnail", "--serve"]


class Server:
    """A process that draws covers."""

    def __init__(self, memory_mb: int = 1024) -> None:
        self.process = subprocess.Popen(
            [*SERVER, "30"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "LONGBOX_MAX_MEMORY_MB": str(memory_mb)},
        )

    def ask(self, comic: bytes, target: Path, page: int | None = 0) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        request = {"comic": os.fsdecode(comic), "cover": str(target), "page": page}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    assert server.end() == 0


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def path_of(shelf: Shelf, name: str) -> bytes:
    return bytes(shelf.folder / "Saga" / name)


def colour_of(target: Path) -> tuple[int, ...]:
    with Image.open(target) as image:
        colour = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(colour, tuple)
    return tuple(round(value / 85) for value in colour)


RED, GREEN, BLUE = (3, 0, 0), (0, 3, 0), (0, 0, 3)


def red() -> bytes:
    return picture(colour="#ff0000")


def green() -> bytes:
    return picture(colour="#00ff00")


def blue() -> bytes:
    return picture(colour="#0000ff")


# ---- one cover ----


def test_a_cover_fits_its_box_and_leaves_nothing_else_behind(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz", picture(1988, 3056))
    target = tmp_path / "01" / "1-7.jpg"
    assert cover.make(path_of(shelf, "1.cbz"), target, 0)
    with Image.open(target) as image:
        assert image.size == (293, 450)
    assert list(target.parent.iterdir()) == [target]


def test_the_page_that_is_asked_for_is_the_cover(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz", red(), green())
    cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", 1)
    assert colour_of(tmp_path / "1.jpg") == GREEN


def test_a_page_beyond_the_end_is_the_first(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz", red(), green())
    cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", 2)
    assert colour_of(tmp_path / "1.jpg") == RED


def test_the_first_readable_page_stands_in_for_a_broken_one(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz", b"no picture", green(), blue())
    cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", 0)
    assert colour_of(tmp_path / "1.jpg") == GREEN


def test_a_comic_that_was_not_indexed_is_asked_for_its_cover_itself(
    shelf: Shelf, tmp_path: Path
) -> None:
    info = '<ComicInfo><Pages><Page Image="1" Type="FrontCover"/></Pages></ComicInfo>'
    shelf.add("1.cbz", red(), green(), info=info)
    cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", None)
    assert colour_of(tmp_path / "1.jpg") == GREEN


def test_a_comic_without_a_readable_page_says_why(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz", b"no picture", b"nor this")
    with pytest.raises(FormatError) as failure:
        cover.make(path_of(shelf, "1.cbz"), tmp_path / "01" / "1.jpg", 0)
    assert failure.value.error_class == ErrorClass.DAMAGED
    assert list((tmp_path / "01").iterdir()) == []


def test_a_cover_that_is_there_is_not_drawn_again(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"as it was")
    shelf.add("1.cbz")
    assert not cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", 0)
    assert (tmp_path / "1.jpg").read_bytes() == b"as it was"


def test_a_cover_that_another_process_draws_is_left_to_it(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz")
    with open(tmp_path / "1.part", "wb") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        assert not cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", 0)
        assert (tmp_path / "1.part").exists()
    assert not (tmp_path / "1.jpg").exists()


def test_what_a_killed_process_left_is_written_over(shelf: Shelf, tmp_path: Path) -> None:
    shelf.add("1.cbz", red())
    (tmp_path / "1.part").write_bytes(b"x" * 1_000_000)
    assert cover.make(path_of(shelf, "1.cbz"), tmp_path / "1.jpg", 0)
    assert (tmp_path / "1.jpg").stat().st_size < 100_000
    assert colour_of(tmp_path / "1.jpg") == RED


# ---- the server ----


def test_the_server_draws_one_cover_after_the_other(
    server: Server, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add("1.cbz", red())
    shelf.add("2.cbz", blue())
    assert server.ask(path_of(shelf, "1.cbz"), tmp_path / "1.jpg") == {"made": True}
    assert server.ask(path_of(shelf, "2.cbz"), tmp_path / "2.jpg") == {"made": True}
    assert server.ask(path_of(shelf, "2.cbz"), tmp_path / "2.jpg") == {"made": False}
    assert colour_of(tmp_path / "2.jpg") == BLUE


def test_the_server_takes_names_that_are_not_utf_8(
    server: Server, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add(b"caf\xe9.cbz")
    comic = bytes(shelf.folder) + b"/Saga/caf\xe9.cbz"
    assert server.ask(comic, tmp_path / "1.jpg") == {"made": True}


def test_the_server_outlives_what_it_cannot_read(
    server: Server, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add("1.cbz", b"no picture")
    shelf.add("2.cbz")
    answer = server.ask(path_of(shelf, "1.cbz"), tmp_path / "1.jpg")
    assert answer["error_class"] == "damaged"
    assert server.ask(path_of(shelf, "none.cbz"), tmp_path / "0.jpg")["error_class"] == "vanished"
    assert server.ask(path_of(shelf, "2.cbz"), tmp_path / "2.jpg") == {"made": True}


def test_the_server_says_when_a_cover_has_no_place_to_go(
    server: Server, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add("1.cbz")
    (tmp_path / "full").write_bytes(b"a file where the folder should be")
    answer = server.ask(path_of(shelf, "1.cbz"), tmp_path / "full" / "1.jpg")
    assert set(answer) == {"unwritable"}


def test_a_picture_beyond_the_servers_memory_is_an_error_and_no_more(
    shelf: Shelf, tmp_path: Path
) -> None:
    file = tmp_path / "large.png"
    Image.new("RGB", (9_000, 9_000)).save(file)
    shelf.add("1.cbz", file.read_bytes())
    shelf.add("2.cbz")
    server = Server(memory_mb=200)
    answer = server.ask(path_of(shelf, "1.cbz"), tmp_path / "1.jpg")
    assert answer["error_class"] == "too_large"
    assert server.ask(path_of(shelf, "2.cbz"), tmp_path / "2.jpg") == {"made": True}
    assert server.end() == 0


def test_the_server_leaves_stopping_to_its_parent(
    server: Server, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.add("1.cbz")
    shelf.add("2.cbz")
    server.ask(path_of(shelf, "1.cbz"), tmp_path / "1.jpg")
    server.process.send_signal(signal.SIGTERM)
    assert server.ask(path_of(shelf, "2.cbz"), tmp_path / "2.jpg") == {"made": True}


def test_the_server_knows_no_database() -> None:
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", *SERVER[1:], "30"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
        text=True,
    ).stderr
    assert "stages.cover" in imported
    assert "sqlalchemy" not in imported


def test_two_servers_draw_no_cover_twice(shelf: Shelf, tmp_path: Path) -> None:
    names = [f"{number}.cbz" for number in range(30)]
    for name in names:
        shelf.add(name, picture(1000, 1500))
    servers = [Server(), Server()]
    answers: list[bool] = []

    def draw_all(server: Server) -> None:
        answers.extend(
            server.ask(path_of(shelf, name), tmp_path / f"{name}.jpg")["made"] for name in names
        )

    threads = [threading.Thread(target=draw_all, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(True) == len(names)
    assert [server.end() for server in servers] == [0, 0]


# ---- the stage ----


def run_stage(shelf: Shelf, thumbnails: str = "all") -> int:
    """A job at its thumbnail phase, and its one shard run as a program; returns the job's id."""
    with writing() as connection:
        job = jobs.request_scan(
            connection, shelf.library_id, ScanKind.QUICK, {"thumbnails": thumbnails}, "a test"
        )
        [discover] = shards.queued(connection, job)
        claim = shards.claim(connection, discover, "worker", "host")
        assert claim is not None
        shards.finish(connection, claim)
        [shard] = shards.queued(connection, job)
        claim = shards.claim(connection, shard, "worker", "host")
        assert claim is not None
        assert claim.phase is Phase.THUMBNAIL
    stage = [sys.executable, "-m", "stages.thumbnail", str(shard), claim.fence]
    with subprocess.Popen(stage, stdin=subprocess.PIPE) as process:
        assert process.wait() == 0
    return job


def test_the_stage_draws_the_covers_of_its_shard(shelf: Shelf) -> None:
    comics = [shelf.add(f"{number}.cbz") for number in range(3)]
    job = run_stage(shelf)
    files = [cover_files.cover_file(comic, 7) for comic in comics]
    assert {file.stat().st_mtime for file in files} == {0}  # nobody has looked at them
    assert {shelf.look(comic).thumbnail_state for comic in comics} == {WorkState.DONE}
    with reading() as connection:
        assert jobs.get(connection, job).status is JobStatus.COMPLETED


def test_a_cover_that_fails_stops_neither_the_stage_nor_the_job(shelf: Shelf) -> None:
    bad, good = shelf.add("1.cbz", b"no picture"), shelf.add("2.cbz")
    job = run_stage(shelf)
    assert cover_files.cover_file(good, 7).exists()
    failure = cover_files.read_failure(bad, 7)
    assert failure is not None
    assert failure.error_class is ErrorClass.DAMAGED
    with reading() as connection:
        assert jobs.get(connection, job).status is JobStatus.COMPLETED
        [error] = errors.listing(connection, job_id=job)
    assert error.comic_id == bad
    assert error.message == failure.message


def test_a_retried_cover_forgets_that_it_failed(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    cover_files.mark_failed(comic, 7, CoverFailure(ErrorClass.CRASHED, "It crashed."))
    run_stage(shelf)
    assert cover_files.cover_file(comic, 7).exists()
    assert cover_files.read_failure(comic, 7) is None


def test_the_covers_of_older_versions_go_when_the_new_one_is_there(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz", version=8, changed_job_id=shelf.job_id + 1)
    old = cover_files.cover_file(comic, 7)
    old.parent.mkdir()
    old.write_bytes(b"old")
    run_stage(shelf)
    assert cover_files.cover_file(comic, 8).exists()
    assert not old.exists()
