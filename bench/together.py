"""Readers and writers together: people look around and read while stages write without a break.

The worker runs four stages at once, over and over; two web processes answer fifty people, each with
an account, a session and a connection of their own. They are measured twice:

- *at their own pace*: each asks for a library page, looks at it for half a second to one and a
  half, and asks for the next; now and then they report the page of a comic that they have turned
  to. That is fifty requests a second, more than fifty people make.
- *without a pause*: each asks for the next page as soon as the last one is there. How long a page
  takes then follows from how many the machine makes in a second: it is fifty divided by that.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from bench import processes
from bench.client import Answer, Client
from bench.figures import Figure, percentile
from bench.pages import SEARCHES
from bench.server import PROJECT, Server

READERS, STAGES, WEBS = 50, 4, 2
SECONDS = 60.0
CLOSED_SECONDS = 20.0
SCAN_SECONDS = 150.0  # for the first scan; the whole takes five minutes at most
PAUSE = (0.5, 1.5)  # seconds between two requests of a reader
REPORTS = 0.1  # the share of requests that report a page
FAULT = 400  # the first status that is one: nothing is asked for that is not there


@dataclass(slots=True)
class Heard:
    """What the readers were answered, and what went on meanwhile."""

    pages: list[float] = field(default_factory=list)  # seconds
    reports: list[float] = field(default_factory=list)
    faults: int = 0  # also connections that broke
    stages: list[int] = field(default_factory=list)  # at work, every half a second


@dataclass(frozen=True, slots=True)
class Addresses:
    """What readers ask for: kinds of pages, and the comics that they read."""

    pages: Sequence[Sequence[str]]
    books: Sequence[int]


def figures(comics: Path, work: Path) -> list[Figure]:
    """Scan again and again while people read, at their own pace and without a pause."""
    environment = {"LONGBOX_WORKERS": str(STAGES), "LONGBOX_WEB_PROCESSES": str(WEBS)}
    with Server(work / "data", comics, **environment) as server:
        client = server.client()
        started = time.perf_counter()
        client.post("/api/scan")
        server.wait_for_scan(client, started, limit=SCAN_SECONDS)
        addresses = _addresses(client)
        client.close()
        people = [Client(server.port, cookie) for cookie in _cookies(server.data)]
        paced = _together(server, people, addresses, SECONDS, PAUSE)
        closed = _together(server, people, addresses, CLOSED_SECONDS, (0.0, 0.0))
        for one in people:
            one.close()
        locked = sum(
            file.read_text(errors="replace").count("database is locked")
            for file in (server.data / "bench.log", *(server.data / "logs").iterdir())
        )
    among = f"{READERS} readers, {STAGES} stages"
    given = len(closed.pages) / CLOSED_SECONDS
    return [
        Figure(f"a page, {among}, p50", "ms", percentile(paced.pages, 50) * 1000),
        Figure(f"a page, {among}, p95", "ms", percentile(paced.pages, 95) * 1000, limit=100),
        Figure(f"a page turn told, {among}, p95", "ms", percentile(paced.reports, 95) * 1000),
        Figure("pages a second that they ask for", "", len(paced.pages) / SECONDS),
        Figure("stages at work beside them, on average", "", _mean(paced.stages)),
        Figure(f"a page, {among}, no pause, p95", "ms", percentile(closed.pages, 95) * 1000),
        Figure("pages a second that they are given, no pause", "", given),
        Figure("stages at work beside them, no pause, on average", "", _mean(closed.stages)),
        Figure(f"faults, {among}", "", paced.faults + closed.faults, limit=0),
        Figure(f"“database is locked”, {among}", "", locked, limit=0),
    ]


def _cookies(data: Path) -> list[str]:
    """The cookies of new people's sessions."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.people", str(READERS)],
        cwd=PROJECT,
        env=os.environ | {"LONGBOX_DATA": str(data)},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
    )
    return [f"session_token={token}" for token in told.stdout.split()]


def _addresses(client: Client) -> Addresses:
    series = [one["id"] for one in client.page("/api/series?limit=500").json()["items"]]
    books = [one["id"] for one in client.page("/api/books?limit=500").json()["items"]]
    searches = [quote(words) for words in SEARCHES]
    of_series = [f"/series/{one}" for one in series]
    return Addresses(
        [
            ["/", "/?sort=added", "/?sort=count", "/recent"],
            of_series,
            of_series,  # twice as often as the others
            [f"/search?q={words}" for words in searches],
            [
                *("/api/series?limit=60", "/api/books?limit=60"),
                *(f"/api/books?series={one}" for one in series[:4]),
                *(f"/api/search?q={words}&limit=60" for words in searches[:2]),
            ],
        ],
        books,
    )


def _together(
    server: Server,
    people: Sequence[Client],
    addresses: Addresses,
    seconds: float,
    pause: tuple[float, float],
) -> Heard:
    """Have people read and stages write for so many seconds."""
    heard, end = Heard(), threading.Event()
    threads = [
        threading.Thread(target=_read, args=(Reader(number, one, addresses), pause, heard, end))
        for number, one in enumerate(people)
    ]
    threads.append(threading.Thread(target=_write, args=(server, end)))
    threads.append(threading.Thread(target=_watch, args=(server, heard, end)))
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    end.set()
    for thread in threads:
        thread.join()
    return heard


class Reader:
    """One of the people; the same number asks for the same."""

    def __init__(self, number: int, client: Client, addresses: Addresses) -> None:
        self.luck = random.Random(number)
        self._client = client
        self._addresses = addresses
        self._session = f"{number}-{time.time_ns()}"
        self._sequence = 0

    def report(self) -> Answer:
        """Tell of a page turned."""
        self._sequence += 1
        said = {
            "page": self.luck.randrange(8),
            "session": self._session,
            "sequence": self._sequence,
        }
        book = self.luck.choice(self._addresses.books)
        return self._client.put(f"/api/progress/{book}", said)

    def look(self) -> Answer:
        """Ask for a page of the library."""
        kind = self.luck.choice(self._addresses.pages)
        return self._client.get(self.luck.choice(kind))


def _read(reader: Reader, pause: tuple[float, float], heard: Heard, end: threading.Event) -> None:
    while not end.wait(reader.luck.uniform(*pause)):
        reports = reader.luck.random() < REPORTS
        try:
            answer = reader.report() if reports else reader.look()
        except OSError:
            heard.faults += 1
            continue
        (heard.reports if reports else heard.pages).append(answer.seconds)
        heard.faults += answer.status >= FAULT


def _write(server: Server, end: threading.Event) -> None:
    """Have every comic read again, over and over."""
    client = server.client()
    while not end.wait(0.2):
        client.post("/api/scan", {"kind": "metadata"})  # refused while one goes on
    client.close()


def _watch(server: Server, heard: Heard, end: threading.Event) -> None:
    while not end.wait(0.5):
        heard.stages.append(len(processes.stages(server.pid)))


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)
