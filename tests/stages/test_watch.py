"""The watch over libraries: a real process, which is told where to look and tells what changed."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.settling import MOST, Settling
from tests.trial import PATIENCE, age, wait_for, write_comic

pytestmark = pytest.mark.usefixtures("data")

PROGRAM = [sys.executable, "-m", "stages.watch"]
FEWER = 'echo 1 > /proc/sys/user/max_inotify_{}; exec "$0" "$@"'


class Watching:
    """A watch over one folder, and what it has said."""

    def __init__(self, root: Path, *wrapper: str, patterns: tuple[str, ...] = ()) -> None:
        self.root = root
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._touched: set[str] = set()
        self.process = subprocess.Popen(
            [*wrapper, *PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        order = {"library": 7, "root": str(root), "ignore_patterns": patterns}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([order]).encode() + b"\n")
        self.process.stdin.flush()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._said.put(json.loads(line))

    def next(self) -> dict[str, Any]:
        said = self._said.get(timeout=PATIENCE)
        assert said.pop("library") == 7
        return said

    def begin(self) -> dict[str, Any]:
        """How it watches, once it does."""
        how = self.next()
        assert self.next() == {"folders": [""]}  # what changed before anybody watched
        return how

    def tells_of(self, folder: str) -> None:
        """Wait until it tells of a folder; of those before it may tell again, since who writes may
        have been held up in the middle."""
        self._touched.add(folder)
        told: list[str] = []
        while folder not in told:
            told = self.next()["folders"]
            assert {*told} <= self._touched

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._listener.join()
        assert self.process.stdin is not None
        self.process.stdin.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    root = tmp_path / "comics"
    for name in ("Saga/1.cbz", "Saga/2.cbz", "Chew/1.cbz", "Chew/Extras/1.cbz"):
        write_comic(root / name)
    age(root)
    return root


@pytest.fixture
def watch(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watching]]:
    """Begins a watch over the shelf that thinks files still after 0.3 s and polls each 0.1 s."""
    monkeypatch.setenv("LONGBOX_WATCH_STILLNESS", "0.3")
    monkeypatch.setenv("LONGBOX_POLL_EVERY", "0.1")
    begun: list[Watching] = []

    def begin(*wrapper: str, **said: Any) -> Watching:
        begun.append(Watching(shelf, *wrapper, **said))
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def with_fewer(what: str) -> tuple[str, ...]:
    """A wrapper under which the kernel keeps no more than one of something of inotify's."""
    wrapper = ("unshare", "-Ur", "sh", "-c", FEWER.format(what))
    if shutil.which("unshare") is None or subprocess.run([*wrapper, "true"]).returncode:
        pytest.skip("this system lets nobody make a namespace with limits of its own")
    return wrapper


def change_everything(watching: Watching) -> None:
    """What comes, changes its name, moves and goes is told of by its folders."""
    root = watching.root
    write_comic(root / "Saga" / "3.cbz")
    watching.tells_of("Saga")
    (root / "Chew" / "1.cbz").rename(root / "Chew" / "001.cbz")
    watching.tells_of("Chew")
    (root / "Chew" / "Extras" / "1.cbz").unlink()
    watching.tells_of("Chew/Extras")
    shutil.rmtree(root / "Saga")
    watching.tells_of("")


def test_what_the_system_tells_of_is_told(watch: Callable[..., Watching], shelf: Path) -> None:
    watching = watch()
    assert watching.begin() == {"mode": "events", "reason": None}
    change_everything(watching)
    (shelf / "New" / "Deep").mkdir(parents=True)
    write_comic(shelf / "New" / "Deep" / "1.cbz")
    while not {*watching.next()["folders"]} & {"New", "New/Deep"}:
        pass
    write_comic(shelf / "New" / "Deep" / "2.cbz")  # a folder that came is watched itself
    while "New/Deep" not in watching.next()["folders"]:
        pass


def test_a_file_that_is_being_written_waits_until_it_is_still(tmp_path: Path) -> None:
    (tmp_path / "Saga").mkdir()
    settling = Settling(bytes(tmp_path), 0.0)
    settling.touch(b"Saga")
    with (tmp_path / "Saga" / "3.cbz").open("wb") as file:
        for _ in range(8):
            file.write(b"another part")
            file.flush()
            assert settling.still() == []
    assert settling.still() == [b"Saga"]


def test_what_is_of_no_interest_is_not_told_of(watch: Callable[..., Watching], shelf: Path) -> None:
    watching = watch(patterns=("Drafts", "*.tmp.cbz"))
    watching.begin()
    (shelf / "Saga" / "notes.txt").touch()
    (shelf / "Saga" / "4.cbz.part").touch()
    (shelf / "Saga" / "4.tmp.cbz").touch()
    (shelf / ".hidden").mkdir()
    write_comic(shelf / "Drafts" / "1.cbz")
    (shelf / "Saga" / "1.cbz").read_bytes()
    write_comic(shelf / "Chew" / "2.cbz")
    watching.tells_of("Chew")


def test_where_names_that_are_not_utf_8_are_written_the_library_is_polled(
    watch: Callable[..., Watching], shelf: Path
) -> None:
    watching = watch()
    watching.begin()
    write_comic(shelf / "Saga" / os.fsdecode(b"caf\xe9.cbz"))
    how = watching.begin()  # all is scanned again, once
    assert how["mode"] == "polling"
    assert "not UTF-8" in how["reason"]
    write_comic(shelf / "Saga" / os.fsdecode(b"caf\xe9 2.cbz"))
    watching.tells_of("Saga")


@pytest.mark.parametrize(
    ("what", "setting"),
    [("watches", "fs.inotify.max_user_watches"), ("instances", "fs.inotify.max_user_instances")],
)
def test_where_the_system_watches_no_more_folders_the_library_is_polled(
    watch: Callable[..., Watching], what: str, setting: str
) -> None:
    wrapper = with_fewer(what)
    if what == "instances":  # the shell has none of its own
        wrapper = tuple(word.replace("echo 1", "echo 0") for word in wrapper)
    watching = watch(*wrapper)
    how = watching.begin()
    assert how["mode"] == "polling"
    assert setting in how["reason"]
    if what == "watches":
        change_everything(watching)


def test_a_folder_that_is_gone_is_waited_for(watch: Callable[..., Watching], shelf: Path) -> None:
    shelf.rename(shelf.with_name("away"))
    watching = watch()
    how = watching.next()
    assert how["mode"] == "waiting"
    assert "No such file or directory" in how["reason"]


def test_the_watch_ends_with_its_parent(watch: Callable[..., Watching]) -> None:
    watching = watch()
    watching.begin()
    assert watching.process.stdin is not None
    watching.process.stdin.close()
    assert watching.process.wait(PATIENCE) == 0


def test_of_very_many_folders_the_whole_library_is_told(tmp_path: Path) -> None:
    settling = Settling(bytes(tmp_path), 0.0)
    for number in range(MOST + 1):
        settling.touch(b"%d" % number)
    assert wait_for(settling.still) == [b""]
