"""What covers cost: the first look at one, a crowd that looks at many, and one that is made."""

from __future__ import annotations

import random
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench import floors
from bench.bare_server import BareServer
from bench.client import Client
from bench.figures import Figure, median, percentile
from bench.processes import cpu_seconds
from bench.server import Server

ONE_BY_ONE = 100
CROWD = 8
WANTED = 200  # covers that everybody in the crowd wants to see
AGAIN = 400  # requests for covers that are made


def figures(comics: Path, work: Path) -> list[Figure]:
    """Look at covers of a library of scans in their real size."""
    with Server(work / "data", comics) as server:
        client = server.client()
        server.scan(client)
        unseen = [book for book in _books(client) if not book["has_thumbnail"]]
        random.Random("covers").shuffle(unseen)
        alone, together = unseen[:ONE_BY_ONE], unseen[ONE_BY_ONE:][:WANTED]
        return [
            *_one_by_one(client, comics, alone),
            *_crowd(server, comics, together),
            *_made(client, work, alone),
        ]


def _one_by_one(client: Client, comics: Path, books: Sequence[Any]) -> list[Figure]:
    pictures = [_first_page(comics / book["path"]) for book in books]
    bare = [floors.seconds(partial(floors.cover, picture)) * 1000 for picture in pictures]
    times = [_cover(client, book["id"]) * 1000 for book in books]
    floor = median(bare)
    return [
        Figure("a cover never made before, p50", "ms", median(times), floor, limit=60),
        Figure("a cover never made before, p95", "ms", percentile(times, 95), floor, limit=150),
    ]


def _crowd(server: Server, comics: Path, books: Sequence[Any]) -> list[Figure]:
    pictures = [_first_page(comics / book["path"]) for book in books]
    spent = time.process_time()
    for picture in pictures:
        floors.cover(picture)
    bare = time.process_time() - spent
    over = threading.Event()
    with ThreadPoolExecutor(CROWD + 1) as pool:
        reader = pool.submit(_read_on, server, over)
        spent = cpu_seconds(server.pid)
        try:
            for looker in [pool.submit(_look, server, books, number) for number in range(CROWD)]:
                looker.result()
        finally:
            over.set()
        spent = cpu_seconds(server.pid) - spent
        pages = reader.result()
    what = f"{CROWD} clients wanting the same {len(books)} covers"
    return [
        Figure(f"{what}: CPU", "s", spent, bare, times=1.4),
        Figure("another reader's pages meanwhile, p95", "ms", percentile(pages, 95), limit=100),
    ]


def _look(server: Server, books: Sequence[Any], number: int) -> None:
    client = server.client()
    order = list(books)
    random.Random(number).shuffle(order)
    for book in order:
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


def _made(client: Client, work: Path, books: Sequence[Any]) -> list[Figure]:
    files = work / "data" / "covers"
    names = [str(file.relative_to(files)) for file in files.rglob("*.jpg")]
    with BareServer(work / "floor.db", files) as bare_server:
        bare_client = Client(bare_server.port)
        floor = median(
            [bare_client.page(f"/file/{name}").seconds * 1000 for name in _over(names, AGAIN)]
        )
        bare_client.close()
    paths = [f"/api/cover/{book['id']}" for book in books]
    tags = {path: client.page(path).headers["ETag"] for path in paths}
    times = [client.page(path).seconds * 1000 for path in _over(paths, AGAIN)]
    unchanged = [client.get(path, **{"If-None-Match": tags[path]}) for path in _over(paths, AGAIN)]
    if any(answer.status != 304 for answer in unchanged):
        raise RuntimeError("A cover that the client has is sent again")
    seconds = median([answer.seconds * 1000 for answer in unchanged])
    return [
        Figure("a cover already made, p50", "ms", median(times), floor, limit=5),
        Figure("a cover that the browser has (304), p50", "ms", seconds, floor, limit=5),
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


def _first_page(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(archive.namelist()[0])


def _over(items: Sequence[str], times: int) -> Iterator[str]:
    return (items[number % len(items)] for number in range(times))
