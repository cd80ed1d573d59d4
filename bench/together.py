"""Readers and writers together: people look around and read while stages write without a break.

The worker runs four stages at once, two web processes answer fifty readers, each of whom asks for
something every second and reports a page now and then.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Figure, percentile
from bench.server import Server

READERS, STAGES, WEBS = 50, 4, 2
SECONDS = 60.0
PAUSE = (0.5, 1.5)  # seconds between two requests of a reader
REPORTS = 0.1  # the share of requests that report a page


@dataclass(slots=True)
class Heard:
    """What the readers were answered."""

    pages: list[float] = field(default_factory=list)  # seconds
    reports: list[float] = field(default_factory=list)
    faults: int = 0  # 5xx, and connections that broke
    scans: int = 0


def figures(comics: Path, work: Path) -> list[Figure]:
    """Scan again and again for a minute while people read."""
    heard, end = Heard(), threading.Event()
    environment = {"LONGBOX_WORKERS": str(STAGES), "LONGBOX_WEB_PROCESSES": str(WEBS)}
    with Server(work / "data", comics, **environment) as server:
        _scan_once(server)
        series, books = _addresses(server)
        readers = [
            threading.Thread(target=_read, args=(server, number, series, books, heard, end))
            for number in range(READERS)
        ]
        threads = [*readers, threading.Thread(target=_write, args=(server, heard, end))]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        end.set()
        for thread in threads:
            thread.join()
        locked = (server.data / "bench.log").read_text(errors="replace").count("database is locked")
    among = f"{READERS} readers, {STAGES} stages"
    return [
        Figure(f"a page, {among}, p50", "ms", percentile(heard.pages, 50) * 1000),
        Figure(f"a page, {among}, p95", "ms", percentile(heard.pages, 95) * 1000, limit=100),
        Figure(f"a page turn told, {among}, p95", "ms", percentile(heard.reports, 95) * 1000),
        Figure(f"pages asked for, {among}", "", len(heard.pages)),
        Figure(f"scans begun meanwhile, {among}", "", heard.scans),
        Figure(f"faults answered, {among}", "", heard.faults, limit=0),
        Figure(f"“database is locked”, {among}", "", locked, limit=0),
    ]


def _scan_once(server: Server) -> None:
    """Scan once, so that there is something to read."""
    client = server.client()
    server.scan(client)
    client.close()


def _addresses(server: Server) -> tuple[list[str], list[int]]:
    client = server.client()
    series = [one["id"] for one in client.page("/api/series?limit=500").json()["items"]]
    books = [one["id"] for one in client.page("/api/books?limit=500").json()["items"]]
    client.close()
    walls = ["/", "/?sort=added", "/recent"] * 60
    return [*walls, *(f"/series/{one}" for one in series)], books


def _read(
    server: Server,
    number: int,
    pages: list[str],
    books: list[int],
    heard: Heard,
    end: threading.Event,
) -> None:
    luck = random.Random(number)
    client = server.client()
    sequence = 0
    while not end.wait(luck.uniform(*PAUSE)):
        try:
            if luck.random() < REPORTS:
                sequence += 1
                report = {"page": luck.randrange(8), "session": f"r{number}", "sequence": sequence}
                answer = client.put(f"/api/progress/{luck.choice(books)}", report)
                heard.reports.append(answer.seconds)
            else:
                answer = client.get(luck.choice(pages))
                heard.pages.append(answer.seconds)
            heard.faults += answer.status >= 500
        except OSError:
            heard.faults += 1
            client = server.client()
    client.close()


def _write(server: Server, heard: Heard, end: threading.Event) -> None:
    """Have every comic read again, over and over."""
    client = server.client()
    while not end.wait(0.2):
        if client.post("/api/scan", {"kind": "metadata"}).status == 202:
            heard.scans += 1
    client.close()
