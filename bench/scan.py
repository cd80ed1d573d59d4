"""How long a scan takes until there is something to see, to browse and to search."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench import floors
from bench.client import Client
from bench.figures import Figure, median
from bench.processes import cpu_seconds
from bench.server import Server

POLL = 0.05  # seconds; each look costs the server some milliseconds of the CPU that scans need


@dataclass(frozen=True, slots=True)
class Floors:
    """The bare scripts on the same files, in seconds."""

    walk: float
    insert: float
    read: float
    index: float
    compare: float
    cpu: float  # of walk, insert and index


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a fresh library and one more of the same, in seconds since it was asked for."""

    first: float
    discover: float  # the stage itself, from its claim to its end
    browsable: float
    searchable: float
    finished: float
    cpu: float
    rescan: float


def figures(comics: Path, work: Path, runs: int) -> list[Figure]:
    """Scan the library `runs` times into fresh data folders, floors and product in turn."""
    bare: list[Floors] = []
    scans: list[Scan] = []
    for _ in range(runs):
        bare.append(_floors(comics, work))
        scans.append(_scan(comics, work / "data"))

    def floor(*names: str) -> float:
        return median([sum(getattr(one, name) for name in names) for one in bare])

    def longbox(name: str) -> float:
        return median([getattr(one, name) for one in scans])

    discover = floor("walk", "insert")
    everything = discover + floor("index")
    return [
        Figure("discover, as a whole process", "s", longbox("discover"), discover, times=2),
        Figure("first comics on the page after “Scan”", "s", longbox("first"), limit=1),
        Figure("all of them browsable", "s", longbox("browsable"), discover, limit=3),
        Figure("archives read only (the index's floor)", "s", floor("read")),
        Figure("all indexed and searchable", "s", longbox("searchable"), everything, limit=5),
        Figure("covers of all series, too", "s", longbox("finished")),
        Figure("CPU time of such a scan, all processes", "s", longbox("cpu"), floor("cpu")),
        Figure("rescan, nothing changed", "s", longbox("rescan"), floor("compare"), limit=1),
    ]


def _floors(comics: Path, work: Path) -> Floors:
    database = work / "floor.db"
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    root = bytes(comics)
    files = floors.walk(root)
    paths = [os.path.join(file.folder, file.name) for file in files]
    times: list[float] = []

    def bare_scan() -> None:
        times.append(floors.seconds(lambda: floors.walk(root)))
        times.append(floors.seconds(lambda: floors.insert(database, files)))
        times.append(floors.seconds(lambda: floors.index_all(database)))

    cpu = floors.cpu_seconds(bare_scan)
    walk, insert, index = times
    return Floors(
        walk=walk,
        insert=insert,
        read=floors.seconds(lambda: floors.read_all(paths)),
        index=index,
        compare=floors.seconds(lambda: floors.compare(database, floors.walk(root))),
        cpu=cpu,
    )


def _scan(comics: Path, data: Path) -> Scan:
    query = _words_of_the_last(comics)
    with Server(data, comics) as server:
        client = server.client()
        spent = cpu_seconds(server.pid)
        started = time.perf_counter()
        _ask_for_a_scan(client)
        first = _wait(started, lambda: b'href="/series/' in client.page("/").body)
        browsable = _wait(started, lambda: _phase_is_over(client, "discover"))
        searchable = _wait(started, lambda: _phase_is_over(client, "index"))
        if not client.page(f"/api/search?q={quote(query)}").json()["items"]:
            raise RuntimeError(f"Indexed, but “{query}” is not found")
        server.wait_for_scan(client, started)
        finished = time.perf_counter() - started
        spent = cpu_seconds(server.pid) - spent
        discover = _seconds_of_discover(data)
        started = time.perf_counter()
        _ask_for_a_scan(client)
        server.wait_for_scan(client, started)
        rescan = time.perf_counter() - started
        client.close()
    return Scan(first, discover, browsable, searchable, finished, spent, rescan)


def _ask_for_a_scan(client: Client) -> None:
    answer = client.post("/api/scan")
    if answer.status != 202:
        raise RuntimeError(f"The scan was refused: {answer.body[:300]!r}")


def _wait(started: float, condition: Callable[[], bool]) -> float:
    """Poll until something is so. Returns the seconds since `started`."""
    while not condition():
        if time.perf_counter() - started > 600:
            raise RuntimeError("Nothing more happens in this scan")
        time.sleep(POLL)
    return time.perf_counter() - started


def _phase_is_over(client: Client, name: str) -> bool:
    job = client.page("/api/scan/status").json()["job"]
    phases = {phase["name"]: phase for phase in job["phases"]}
    return phases[name]["completed_at"] is not None


def _words_of_the_last(comics: Path) -> str:
    """What finds the comic that a scan comes to last."""
    last = max(os.path.join(file.folder, file.name) for file in floors.walk(bytes(comics)))
    _, info = floors.metadata(last)
    return f"{info.findtext('Series')} {info.findtext('Title')}"


def _seconds_of_discover(data: Path) -> float:
    connection = sqlite3.connect(data / "library.db")
    (seconds,) = connection.execute(
        "SELECT discover_completed_at - discover_started_at FROM scan_jobs ORDER BY id LIMIT 1"
    ).fetchone()
    connection.close()
    return float(seconds)
