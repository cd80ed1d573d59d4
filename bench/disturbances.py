"""What can happen to an installation while it works: everything that a home has in store for it.

Each disturbance answers what it did, in words. `calm` takes back what can be taken back; processes
that were stopped dead stay so.
"""

from __future__ import annotations

import ctypes
import io
import os
import random
import resource
import signal
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bench.installation import Installation, described

DISK_MB = 96
HOUR = 3600.0


class Disk:
    """A small disk of its own for a data folder, where this process may mount one."""

    def __init__(self, where: Path) -> None:
        where.mkdir(parents=True, exist_ok=True)
        self.where = where
        self._libc = ctypes.CDLL(None, use_errno=True)
        size = f"size={DISK_MB}m".encode()
        path = os.fsencode(where)
        self.is_small = self._libc.mount(b"longbox-chaos", path, b"tmpfs", 0, size) == 0

    @property
    def _filler(self) -> Path:
        return self.where / "filler"

    def fill(self) -> None:
        """Leave not one byte."""
        with suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    def free(self) -> None:
        self._filler.unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.is_small:
            self._libc.umount2(os.fsencode(self.where), 2)


class Disturbances:
    """What is done to one installation and its library, drawn from `luck`."""

    def __init__(
        self, installation: Installation, library: Path, disk: Disk, luck: random.Random
    ) -> None:
        self._installation = installation
        self._library = library
        self._away = library.with_name(f"{library.name}.away")
        self._disk = disk
        self._luck = luck
        self._limited = False
        self._wake: list[tuple[float, int]] = []  # when to let which process go on
        self.replaced: dict[Path, tuple[bytes, int]] = {}  # what these files were: content, mtime
        # The first of a folder is its series' cover, and tells more than its own story.
        self._comics = [
            file
            for folder in sorted({file.parent for file in library.rglob("*.cbz")})
            for file in sorted(folder.glob("*.cbz"))[1:]
        ]
        self.library_was_gone = False
        self._kinds: dict[Callable[[], str], int] = {
            self._kill: 6,
            self._terminate: 3,
            self._halt: 3,
            self._stop: 2,
            self._forget_queue: 2,
            self._fill: 1,
            self._swap: 1,
            self._move_clock: 2,
            self._replace: 2,
        }

    def one(self) -> str:
        """Do something; answers what."""
        [kind] = self._luck.choices([*self._kinds], [*self._kinds.values()])
        return kind()

    def pass_time(self) -> None:
        """Let go on what was halted for long enough."""
        due = [pid for moment, pid in self._wake if moment <= time.monotonic()]
        self._wake = [one for one in self._wake if one[1] not in due]
        for pid in due:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def calm(self) -> None:
        """Put everything back; what was replaced in the library stays."""
        for _moment, pid in self._wake:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._wake = []
        self._disk.free()
        self._limit(resource.RLIM_INFINITY)
        self._bring_back()
        self._installation.set_clock(0.0)

    def restore(self) -> None:
        """Give the files that were replaced their content and time stamp again."""
        for file, (content, mtime_ns) in self.replaced.items():
            _put(file, content, mtime_ns)

    # ---- processes

    def _send(self, number: signal.Signals) -> tuple[int, str]:
        processes = self._installation.processes()
        if not processes:
            return 0, "nobody"
        pid = self._luck.choice(processes)
        name = described(pid)
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        return pid, f"{number.name} to {name}"

    def _kill(self) -> str:
        return self._send(signal.SIGKILL)[1]

    def _terminate(self) -> str:
        return self._send(signal.SIGTERM)[1]

    def _halt(self) -> str:
        seconds = self._luck.uniform(0.2, 3.0)
        pid, told = self._send(signal.SIGSTOP)
        if pid:
            self._wake.append((time.monotonic() + seconds, pid))
        return f"{told} for {seconds:.1f} s"

    def _stop(self) -> str:
        return f"{self._send(signal.SIGSTOP)[1]} for good"

    # ---- files

    def _forget_queue(self) -> str:
        for file in self._installation.data.glob("queue.db*"):
            file.unlink(missing_ok=True)
        return "queue.db deleted"

    def _fill(self) -> str:
        """Fill the disk; where none can be mounted, let no file grow beyond some kilobytes."""
        if self._disk.is_small:
            self._disk.fill()
            return "the disk is full"
        self._limited = True
        self._limit(1 << 16)
        return "no file may grow"

    def _limit(self, size: int) -> None:
        if self._limited:
            for pid in self._installation.processes():
                with suppress(ProcessLookupError, PermissionError):
                    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            self._limited = size != resource.RLIM_INFINITY

    def _swap(self) -> str:
        """What an unmounted disk leaves: an empty folder; and back."""
        if self._away.exists():
            self._bring_back()
            return "the library is back"
        self._library.rename(self._away)
        self._library.mkdir()
        self.library_was_gone = True
        return "the library is gone"

    def _bring_back(self) -> None:
        if self._away.exists():
            self._library.rmdir()
            self._away.rename(self._library)

    def _move_clock(self) -> str:
        seconds = self._luck.choice([-48, -1, -0.01, 0.01, 1, 48, 0]) * HOUR
        self._installation.set_clock(seconds)
        return f"the clock is wrong by {seconds:+.0f} s"

    def _replace(self) -> str:
        """Put another comic in the place of one, as the program does that tags it anew."""
        if self._away.exists():
            return "no comic to replace"
        file = self._luck.choice(self._comics)
        mtime_ns = file.stat().st_mtime_ns
        content, _ = self.replaced.setdefault(file, (file.read_bytes(), mtime_ns))
        tagged = io.BytesIO(content)
        with zipfile.ZipFile(tagged, "a") as archive:
            archive.writestr("notes.txt", "Tagged anew.")
        _put(file, tagged.getvalue(), mtime_ns + self._luck.randrange(1, 10**9))
        return f"a comic replaced: {file.name}"


def _put(file: Path, content: bytes, mtime_ns: int) -> None:
    """Put a file in the place of another one, in one step."""
    beside = file.with_name(f".{file.name}.part")
    beside.write_bytes(content)
    os.utime(beside, ns=(mtime_ns, mtime_ns))
    beside.replace(file)
