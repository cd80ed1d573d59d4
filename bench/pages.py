"""How long a page takes: the wall, a series, a search; among thousands and among a million."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from bench.bare_server import BareServer
from bench.client import Client
from bench.figures import Figure, median, percentile
from bench.server import Server

TIMES = 200
# From one hit to thousands: a series, a creator, a common word, the beginning of one.
SEARCHES = ("crimson harbour", "ada novak", "lantern", "midn", "silent moon 12", "okafor")


def figures(server: Server, work: Path, among: str) -> list[Figure]:
    """Ask a running server, whose library is as large as `among` says, for pages."""
    client = server.client()
    series = client.page("/api/series?limit=500").json()["items"]
    walls = _times(client, ["/"])
    shelves = _times(client, [f"/series/{one['id']}" for one in series[:50]])
    searches = _times(client, [f"/search?q={quote(words)}" for words in SEARCHES])
    client.close()
    wall_floor, search_floor = _floors(work)
    return [
        *_pair(f"a wall of covers, {among}", walls, wall_floor),
        *_pair(f"a series' page, {among}", shelves, wall_floor),
        *_pair(f"a search, {among}", searches, search_floor),
    ]


def _floors(work: Path) -> tuple[float, float]:
    """The bare application's median times for a wall and a search, in ms."""
    with BareServer(work / "floor.db", work) as server:
        client = Client(server.port)
        wall = _times(client, ["/wall"])
        search = _times(client, [f"/search/{quote(words)}" for words in SEARCHES])
        client.close()
    return median(wall), median(search)


def _times(client: Client, paths: Sequence[str]) -> list[float]:
    for path in paths:
        client.page(path)
    return [client.page(paths[number % len(paths)]).seconds * 1000 for number in range(TIMES)]


def _pair(what: str, times: Sequence[float], floor: float) -> list[Figure]:
    return [
        Figure(f"{what}, p50", "ms", median(times), floor, limit=15),
        Figure(f"{what}, p95", "ms", percentile(times, 95), floor, limit=40),
    ]
