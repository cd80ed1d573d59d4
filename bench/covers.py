"""What covers cost: the first look at one, a crowd that looks at many, and one that is made."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench import floors
from bench.bare_server import BareServer
from bench.client import Client
from bench.figures import Figure, median, percentile
from bench.processes import cpu_seconds
from bench.server import Server

CROWD = 8  # clients
AGAIN = 400  # requests for covers that are made


def figures(comics: Path, work: Path) -> list[Figure]:
    """Look at covers of a library of scans in their real size."""
    with Server(work / "data", comics) as server:
        client = server.client()
        server.scan(client)
        unseen = [book for book in _books(client) if not book["has_thumbnail"]]
        random.Random("covers").shuffle(unseen)
        alone, shared, same, last = unseen[:100], unseen[100:300], unseen[300:500], unseen[500:]
        shares = [shared[number::CROWD] for number in range(CROWD)]
        alike = [random.Random(number).sample(same, len(same)) for number in range(CROWD)]
        first_looks = _one_by_one(client, comics, alone)
        bare = _bare_request(work)
        return [
            *first_looks,
            _crowd(server, comics, shares, f"{CROWD} clients sharing 200 covers: CPU", 0.0),
            _crowd(server, comics, alike, f"{CROWD} clients wanting the same 200: CPU", bare.cpu),
            _beside(server, [last[number::CROWD] for number in range(CROWD)]),
            *_made(server.client(), alone, bare),
        ]


def _one_by_one(client: Client, comics: Path, books: Sequence[Any]) -> list[Figure]:
    pictures = [floors.first_page(comics / book["path"]) for book in books]
    bare = [floors.seconds(partial(floors.cover, picture)) * 1000 for picture in pictures]
    times = [_cover(client, book["id"]) * 1000 for book in books]
    floor = median(bare)
    return [
        Figure("a cover never made before, p50", "ms", median(times), floor, limit=60),
        Figure("a cover never made before, p95", "ms", percentile(times, 95), floor, limit=150),
    ]


def _crowd(
    server: Server, comics: Path, lists: Sequence[Sequence[Any]], what: str, request_cpu: float
) -> Figure:
    """Let everyone in a crowd look at a list of covers, and count the server's CPU time.

    The floor is making each cover once, and `request_cpu` seconds for every request of the crowd.
    """
    paths = sorted({comics / book["path"] for books in lists for book in books})
    bare = floors.cpu_seconds(partial(floors.make_covers, paths))
    bare += request_cpu * sum(map(len, lists))
    spent = cpu_seconds(server.pid)
    _gather(server, lists)
    return Figure(what, "s", cpu_seconds(server.pid) - spent, bare, times=1.4)


def _beside(server: Server, lists: Sequence[Sequence[Any]]) -> Figure:
    """Turn pages while a crowd looks at covers."""
    over = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(_read_on, server, over)
        try:
            _gather(server, lists)
        finally:
            over.set()
        times = reader.result()
    return Figure(
        "pages while a crowd waits for covers, p95", "ms", percentile(times, 95), limit=100
    )


def _gather(server: Server, lists: Sequence[Sequence[Any]]) -> None:
    with ThreadPoolExecutor(len(lists)) as pool:
        for looker in [pool.submit(_look, server, books) for books in lists]:
            looker.result()


def _look(server: Server, books: Sequence[Any]) -> None:
    client = server.client()
    for book in books:
        _cover(client, book["id"])
    client.close()


def _read_on(server: Server, over: threading.Event) -> list[float]:
    """Turn pages until the crowd is served. Returns what each took, in ms."""
    client = server.client()
    times = []
    while not over.wait(0.05):
        times.append(client.page("/").seconds * 1000)
    client.close()
    return times


class BareRequest(NamedTuple):
    """What a file costs from the barest web server: milliseconds on the clock, CPU seconds."""

    ms: float
    cpu: float


def _bare_request(work: Path) -> BareRequest:
    files = work / "data" / "covers"
    names = [str(file.relative_to(files)) for file in files.rglob("*.jpg")]
    with BareServer(work / "floor.db", files) as server:
        client = Client(server.port)
        spent = cpu_seconds(server.pid)
        times = [client.page(f"/file/{name}").seconds * 1000 for name in _over(names, AGAIN)]
        spent = cpu_seconds(server.pid) - spent
        client.close()
    return BareRequest(median(times), spent / AGAIN)


def _made(client: Client, books: Sequence[Any], bare: BareRequest) -> list[Figure]:
    paths = [f"/api/cover/{book['id']}" for book in books]
    tags = {path: client.page(path).headers["ETag"] for path in paths}
    times = [client.page(path).seconds * 1000 for path in _over(paths, AGAIN)]
    unchanged = [client.get(path, **{"If-None-Match": tags[path]}) for path in _over(paths, AGAIN)]
    if any(answer.status != 304 for answer in unchanged):
        raise RuntimeError("A cover that the client has is sent again")
    kept = median([answer.seconds * 1000 for answer in unchanged])
    return [
        Figure("a cover already made, p50", "ms", median(times), bare.ms, limit=5),
        Figure("a cover that the browser has (304), p50", "ms", kept, bare.ms, limit=5),
    ]


def _cover(client: Client, comic: int) -> float:
    """Ask for a cover until it is there. Returns the seconds from the first request on."""
    started = time.perf_counter()
    while True:
        answer = client.page(f"/api/cover/{comic}")
        if answer.headers["X-Cover"] is None:
            return time.perf_counter() - started
        if answer.headers["X-Cover"] == "failed":
            raise RuntimeError(f"The cover of comic {comic} cannot be made")
        time.sleep(0.05)


def _books(client: Client) -> Iterator[Any]:
    cursor = ""
    while cursor is not None:
        listing = client.page(f"/api/books?limit=500&cursor={cursor}").json()
        yield from listing["items"]
        cursor = listing["next"]


def _over(items: Sequence[str], times: int) -> Iterator[str]:
    return (items[number % len(items)] for number in range(times))
