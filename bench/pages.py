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
# From one hit to all of them: a series, a creator, an issue, half a word, a word of every title.
SEARCHES = ("crimson harbour", "ada novak", "silent moon 12", "okafor", "lantern", "midn", "the")


def figures(server: Server, work: Path, among: str) -> list[Figure]:
    """Ask a running server, whose library is as large as `among` says, for pages."""
    client = server.client()
    series = client.page("/api/series?limit=500").json()["items"]
    walls = _times(client, _walls(client))
    shelves = _times(client, [f"/series/{one['id']}" for one in series[:50]])
    searches = _times(client, [f"/search?q={quote(words)}" for words in SEARCHES])
    client.close()
    wall_floor, search_floor = _floors(work)
    return [
        *_pair(f"a wall of covers, {among}", walls, wall_floor),
        *_pair(f"a series' page, {among}", shelves, wall_floor),
        *_pair(f"a search, {among}", searches, search_floor),
    ]


def _walls(client: Client) -> list[str]:
    """The wall in its orders, from the beginning and from further on."""
    by_name = client.page("/api/series?limit=500").json()["next"]
    newest = client.page("/api/books?sort=added&limit=500").json()["next"]
    return [
        "/",
        "/?sort=added",
        "/?sort=count",
        "/recent",
        f"/?cursor={quote(by_name)}",
        f"/recent?cursor={quote(newest)}",
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
