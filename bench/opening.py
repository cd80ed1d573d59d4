"""Opens one comic file in a process of its own, behind the limits, and says what came of it.

    python -m bench.opening FILE

prints an empty line for each page that it has read and, in the end, a line of JSON, the fields of
`Opening`. `run` is the other side: it starts that process, waits for as long as pages come, and
tells how it ended when it had nothing to say any more.
"""

from __future__ import annotations

import json
import os
import resource
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

from stages import jail
from stages.formats import Comic, FormatError, open_comic
from stages.formats.comic import Page
from stages.formats.errors import ErrorClass, from_exception

CRASHED, HUNG = "crash", "hang"  # of the process itself, which no file may bring about


@dataclass(slots=True)
class Opening:
    """What came of one file; `memory` is the most that the process and its helpers held, in MB."""

    container: str = ""
    pages: int = 0
    sums: list[str] = field(default_factory=list)  # of the bytes of every page that could be read
    metadata: list[str] = field(default_factory=list)
    error: str = ""  # a class of ours, or CRASHED or HUNG
    message: str = ""
    milliseconds: float = 0.0
    memory: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether every page could be read."""
        return 0 < self.pages == len(self.sums)


def run(file: Path, seconds: float) -> Opening:
    """Open a file in a process of its own, which is killed when a page takes longer than that."""
    started = time.monotonic()
    last = b""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.opening", os.fspath(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        for line in lines(process, seconds):
            last = line
        hung = process.poll() is None
        process.kill()
    if last:
        return Opening(**json.loads(last))
    passed = (time.monotonic() - started) * 1000
    message = f"exit status {process.returncode}"
    return Opening(error=HUNG if hung else CRASHED, message=message, milliseconds=passed)


def lines(process: subprocess.Popen[bytes], seconds: float) -> Iterator[bytes]:
    """What a process says, until it ends or says nothing for too long."""
    assert process.stdout is not None
    poller = select.poll()
    poller.register(process.stdout, select.POLLIN)
    begun = b""
    while poller.poll(seconds * 1000):
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            process.wait()
            return
        *whole, begun = (begun + piece).split(b"\n")
        yield from whole


def checksum(data: bytes) -> str:
    """What tells the bytes of two pages apart."""
    return blake2b(data, digest_size=16).hexdigest()


def _open(path: bytes) -> Opening:
    opening = Opening()
    started = time.perf_counter()
    try:
        with open_comic(path) as comic:
            opening.container = comic.container
            opening.pages = comic.page_count
            _complain(opening, comic.complaint)
            opening.metadata = sorted(file.format.value for file in comic.metadata())
            for content in _contents(comic):
                print(flush=True)
                jail.next_item()
                if isinstance(content, bytes):
                    opening.sums.append(checksum(content))
                else:
                    _complain(opening, content)
    except Exception as error:
        _complain(opening, from_exception(error, path))
    opening.milliseconds = (time.perf_counter() - started) * 1000
    opening.memory = _peak()
    return opening


def _contents(comic: Comic) -> Iterator[bytes | FormatError]:
    """Every page's bytes, or why they cannot be had, in any order."""
    if comic.is_solid:
        for _page, content in comic.unpack_all():
            yield content
    else:
        for page in comic.pages:
            yield _content(comic, page)


def _content(comic: Comic, page: Page) -> bytes | FormatError:
    try:
        return comic.read(page)
    except FormatError as error:
        return error


def _complain(opening: Opening, error: FormatError | None) -> None:
    """Keep the first error, and any that is ours rather than the file's."""
    if error and (not opening.error or error.error_class is ErrorClass.INTERNAL):
        opening.error, opening.message = error.error_class.value, str(error)


def _peak() -> float:
    """Megabytes: our own high-water mark, and that of the largest program that was started."""
    status = Path("/proc/self/status").read_text()
    own = int(status.partition("VmHWM:")[2].split()[0])
    helpers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, helpers) / 1024


def main() -> None:
    jail.enter()
    print(json.dumps(asdict(_open(os.fsencode(sys.argv[1])))))


if __name__ == "__main__":
    main()
