"""The web process is killed while somebody reads: whatever was answered is there afterwards.

Three times here; `make chaos-reading` does it two hundred times.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from db import sessions, users
from db.engine import reading, writing
from db.reading import bookmarks, journal, progress
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.live import COMMAND
from tests.ports import free_port
from tests.trial import wait_for

KILLS = int(os.environ.get("READING_KILLS", "3"))
COMICS = 4
PAGES = 1_000


@dataclass(slots=True)
class Device:
    """A reader that turns pages as fast as it is answered, and tries again what was not."""

    port: int
    token: str
    comics: list[int]
    luck: random.Random = field(default_factory=lambda: random.Random(7))
    turned: dict[int, tuple[int, int]] = field(default_factory=dict)  # comic → (sequence, page)
    marked: set[tuple[int, int]] = field(default_factory=set)  # (comic, page)
    answers: int = 0
    wrong: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def read_on(self) -> None:
        sequence = 0
        while not self.stop.is_set():
            sequence += 1
            comic, page = self.luck.choice(self.comics), self.luck.randrange(PAGES - 1)
            report = {"page": page, "session": "s", "sequence": sequence, "seconds": sequence}
            if self.insist(f"/api/progress/{comic}", report):
                self.turned[comic] = (sequence, page)
            if sequence % 5 == 0 and self.insist(f"/api/bookmarks/{comic}/{page}", {}):
                self.marked.add((comic, page))

    def insist(self, address: str, body: dict[str, object]) -> bool:
        """Send until there is an answer; False when the reading is over before one comes."""
        while not self.stop.is_set():
            with (
                suppress(OSError, http.client.HTTPException),
                closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as web,
            ):
                headers = {"Cookie": f"session_token={self.token}"}
                web.request("PUT", address, json.dumps(body), headers)
                answer = web.getresponse()
                answer.read()
                if answer.status != 200:
                    self.wrong.append(f"{address}: {answer.status}")
                self.answers += 1
                return True
            self.stop.wait(0.02)
        return False


def start_web(port: int, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-c", COMMAND, "web"],
            env=os.environ | {"PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill(web: subprocess.Popen[bytes]) -> None:
    """All of it at once, as when the machine's memory is full."""
    os.killpg(web.pid, signal.SIGKILL)
    web.wait()


def test_not_one_change_that_was_answered_is_lost(
    data: Path, tmp_path: Path, reader: users.User
) -> None:
    series = add_series(add_library(), "Saga")
    comics = [add_comic(series, f"{one}.cbz", page_count=PAGES) for one in range(COMICS)]
    with writing() as connection:
        token = sessions.begin(connection, reader.id, "a test's browser")
    device = Device(free_port(), token, comics)
    web = start_web(device.port, tmp_path / "web.log")
    thread = threading.Thread(target=device.read_on)
    thread.start()
    luck = random.Random(11)
    try:
        for _ in range(KILLS):
            enough = device.answers + luck.randint(1, 60)
            wait_for(lambda enough=enough: device.answers >= enough, "answers")
            kill(web)
            nothing_is_lost(device, reader)
            web = start_web(device.port, tmp_path / "web.log")
    finally:
        device.stop.set()
        thread.join()
        kill(web)
    nothing_is_lost(device, reader)
    assert not device.wrong


def nothing_is_lost(device: Device, reader: users.User) -> None:
    turned, marked = dict(device.turned), set(device.marked)
    with reading() as connection:
        known = progress.of_comics(connection, reader.id, device.comics)
        kept = {
            (comic, one.page)
            for comic in device.comics
            for one in bookmarks.of_comic(connection, reader.id, comic)
        }
        noted = {
            (line.change.entry.comic_id, int(line.change.entry.name))
            for line in journal.lines(connection, reader.id)
            if line.change.entry.kind == "bookmark"
        }
    for comic, (sequence, page) in turned.items():
        stands = known[comic]
        assert stands.sequence >= sequence
        assert stands.sequence > sequence or stands.page == page
        assert stands.seconds_read >= sequence
    assert marked <= kept
    assert kept == noted
