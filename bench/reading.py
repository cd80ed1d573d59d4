"""What reading costs: the first page of a large comic, a page turned in the browser, throughput.

The comics are drawn once: a stored ZIP of 300 MB under many names, and a solid 7z archive, whose
way through Longbox is that of a solid RAR. Each page is noise of some 2 MB, so that nothing can
pack it, around a patch of a colour of its own.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import cache
from multiprocessing import Pool
from pathlib import Path

from PIL import Image, ImageChops

from bench import turning
from bench.bare_server import BareServer
from bench.client import Client
from bench.figures import Figure, median, percentile
from bench.processes import memory
from bench.server import Server
from stages.formats.unpacker import engine

SIZE = (1988, 3056)
QUALITY = 61  # makes noise of that size 2 MB
LONG, SOLID = 150, 50  # pages: 300 MB and 100 MB
NAMES, SOLID_NAMES = 40, 6  # under which they are there
READ_TOGETHER = 20  # comics
PAGES_OF_EACH = 10
SMALLER = 800  # pixels

PROCESSES, CONNECTIONS = 2, 8  # of each process; the load that asks for pages
SECONDS = 4.0


def figures(work: Path) -> list[Figure]:
    """Read comics over HTTP and in Chromium."""
    comics = _comics(work)
    with Server(work / "data", comics) as server:
        client = server.client()
        server.scan(client)
        listing = client.page("/api/books?limit=500").json()["items"]
        books = {book["path"]: book["id"] for book in listing}
        long = [books[name] for name in sorted(books) if name.endswith(".cbz")]
        solid = [books[name] for name in sorted(books) if name.endswith(".cb7")]
        return [
            *_memory(server, client, long[:READ_TOGETHER]),
            *_first_pages(server, long[READ_TOGETHER:], solid),
            *_smaller(server, long[0]),
            *_throughput(server, work, comics, long[0]),
            *turning.figures(server, long[0], colour),
        ]


# ---- the comics


def colour(page: int) -> tuple[int, int, int]:
    """The colour of the patch in the middle of a page."""
    return (page * 53 % 256, page * 101 % 256, page * 197 % 256)


def _comics(work: Path) -> Path:
    path = work / "reading"
    if path.exists():
        return path
    print("Drawing 200 pages of 2 MB …", flush=True)
    unfinished = path.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    folder = unfinished / "Noise"
    folder.mkdir(parents=True)
    with Pool(os.cpu_count()) as pool, zipfile.ZipFile(folder / "long 00.cbz", "w") as archive:
        for number, data in enumerate(pool.imap(_page, range(LONG))):
            archive.writestr(f"{number:03d}.jpg", data)
    for number in range(1, NAMES):
        os.link(folder / "long 00.cbz", folder / f"long {number:02d}.cbz")
    _write_solid(folder, work)
    unfinished.rename(path)
    return path


@cache
def _noise() -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(SIZE, 60) for _ in range(3)])


def _page(number: int) -> bytes:
    image = ImageChops.offset(_noise(), number * 13, number * 17)
    width, height = SIZE
    box = (width // 4, height // 4, width * 3 // 4, height * 3 // 4)
    image.paste(colour(number), box)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _write_solid(folder: Path, work: Path) -> None:
    program = engine()
    if program is None or program.name != "7zz":
        raise RuntimeError("There is no 7zz to pack with")
    pages = work / "solid-pages"
    shutil.rmtree(pages, ignore_errors=True)
    with zipfile.ZipFile(folder / "long 00.cbz") as archive:
        archive.extractall(pages, archive.namelist()[:SOLID])
    target = folder / "solid 00.cb7"
    command = [program.path, "a", "-t7z", "-ms=on", "-mx=1", "-bd", str(target), "."]
    subprocess.run(command, cwd=pages, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(pages)
    for number in range(1, SOLID_NAMES):
        os.link(target, folder / f"solid {number:02d}.cb7")


# ---- the first page


def _first_pages(server: Server, long: Sequence[int], solid: Sequence[int]) -> list[Figure]:
    stored = [_open(server, comic) for comic in long]
    packed = [_open(server, comic) for comic in solid]
    return [
        Figure("first page of a 300 MB ZIP, p95", "ms", percentile(stored, 95), limit=300),
        Figure("first page of a solid 7z of 100 MB, p95", "ms", percentile(packed, 95), limit=1500),
    ]


def _open(server: Server, comic: int) -> float:
    """Milliseconds until the first page of a comic is there that was never opened before."""
    client = server.client()
    started = time.perf_counter()
    contents = client.page(f"/api/read/{comic}").json()
    client.page(contents["pages"][0]["url"])
    elapsed = time.perf_counter() - started
    while client.get(contents["pages"][-1]["url"]).status == 503:
        time.sleep(0.5)  # the rest is unpacked meanwhile, and would be in the next one's way
    client.close()
    return elapsed * 1000


def _smaller(server: Server, comic: int) -> list[Figure]:
    client = server.client()
    pages = [page["url"] for page in client.page(f"/api/read/{comic}").json()["pages"][:20]]
    bare = []
    for page in pages:
        with Image.open(io.BytesIO(client.page(page).body)) as image:
            bare.append(_bare_smaller(image))
    times = [client.page(f"{page}&width={SMALLER}").seconds * 1000 for page in pages]
    client.close()
    work = f"a page made {SMALLER} pixels wide, p50"
    return [Figure(work, "ms", median(times), median(bare))]


def _bare_smaller(image: Image.Image) -> float:
    started = time.perf_counter()
    image.draft("RGB", (SMALLER, SMALLER))
    size = (SMALLER, round(SMALLER * SIZE[1] / SIZE[0]))
    image.resize(size, Image.Resampling.BOX).save(io.BytesIO(), "JPEG", quality=80)
    return (time.perf_counter() - started) * 1000


# ---- memory


def _memory(server: Server, client: Client, comics: Sequence[int]) -> list[Figure]:
    """Read the first pages of many comics, all of them in turn."""
    for page in range(PAGES_OF_EACH):
        for comic in comics:
            client.page(f"/api/read/{comic}/pages/{page}")
    return [Figure(f"memory of web, {len(comics)} comics being read", "MB", _web(server.pid))]


def _web(pid: int) -> float:
    return sum(size for command, size in memory(pid).items() if command.rstrip().endswith(" web"))


# ---- throughput


def _throughput(server: Server, work: Path, comics: Path, comic: int) -> list[Figure]:
    """Time a request, under load, of stored pages and of the same bytes as plain files."""
    client = server.client()
    pages = [page["url"] for page in client.page(f"/api/read/{comic}").json()["pages"][:40]]
    files = work / "reading-files"
    shutil.rmtree(files, ignore_errors=True)
    with zipfile.ZipFile(comics / "Noise" / "long 00.cbz") as archive:
        archive.extractall(files, archive.namelist()[:40])
    names = [f"/file/{file.name}" for file in sorted(files.iterdir())]
    with BareServer(work / "floor.db", files) as bare:
        _load(bare.port, "", names)
        floor = _load(bare.port, "", names)
    cookie = client.cookie
    client.close()
    _load(server.port, cookie, pages)
    known = _load(server.port, cookie, pages)
    shutil.rmtree(files)
    what = f"a stored page of 2 MB, {PROCESSES * CONNECTIONS} clients, a request"
    return [Figure(what, "ms", known, floor, times=round(1 / 0.7, 2))]


def _load(port: int, cookie: str, paths: Sequence[str]) -> float:
    """Milliseconds for each request that a crowd of keep-alive clients gets answered."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        crowds = [pool.submit(_crowd, port, cookie, list(paths)) for _ in range(PROCESSES)]
        answered = sum(crowd.result() for crowd in crowds)
    return SECONDS * 1000 / answered


def _crowd(port: int, cookie: str, paths: list[str]) -> int:
    over = threading.Event()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        clients = [
            pool.submit(_ask_on, port, cookie, paths[number:] + paths[:number], over)
            for number in range(CONNECTIONS)
        ]
        time.sleep(SECONDS)
        over.set()
        return sum(client.result() for client in clients)


def _ask_on(port: int, cookie: str, paths: list[str], over: threading.Event) -> int:
    """Ask again and again over one connection; what comes is counted and thrown away."""
    answered = 0
    buffer = bytearray(1 << 18)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while not over.is_set():
            path = paths[answered % len(paths)]
            head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: {cookie}\r\n\r\n"
            connection.sendall(head.encode())
            _take(connection, buffer)
            answered += 1
    return answered


def _take(connection: socket.socket, buffer: bytearray) -> None:
    """Receive one answer."""
    head = b""
    while b"\r\n\r\n" not in head:
        count = connection.recv_into(buffer)
        if not count:
            raise RuntimeError("The server closed the connection")
        head += buffer[:count]
    head, _, body = head.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"The server answered {head[:200]!r}")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    left = int(lines[b"content-length"]) - len(body)
    while left:
        count = connection.recv_into(buffer, min(left, len(buffer)))
        if not count:
            raise RuntimeError("The server closed the connection")
        left -= count
