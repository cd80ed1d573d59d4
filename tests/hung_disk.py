"""A disk that does not answer: a file system of our own (FUSE) that lets readers wait.

Who reads them sits in the kernel where not even SIGKILL ends a process, as with a network drive
whose server is gone. Everything else is answered from the memory of the test.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import threading
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Self

LONG_AGO = 1_600_000_000
ROOT = 1  # the number of the root; files follow


class Code(IntEnum):
    """What the kernel asks for, of linux/fuse.h."""

    LOOKUP = 1
    FORGET = 2
    GETATTR = 3
    OPEN = 14
    READ = 15
    STATFS = 17
    RELEASE = 18
    FLUSH = 25
    INIT = 26
    OPENDIR = 27
    READDIR = 28
    RELEASEDIR = 29
    INTERRUPT = 36
    BATCH_FORGET = 42


UNANSWERED = {Code.FORGET, Code.INTERRUPT, Code.BATCH_FORGET}
DIRECT_IO = 1
DETACH = 2


class HungDisk:
    """A folder with files (name → content); reading those in `hangs` is never answered, nor, if ""
    is among them, listing the folder.

    Mounted within the context; leaving it lets go of everybody. Raises OSError where this process
    may not mount.
    """

    def __init__(self, where: Path, files: dict[str, bytes], hangs: set[str]) -> None:
        self._where = os.fsencode(where)
        self._names = [name.encode() for name in files]
        self._contents = list(files.values())
        self._hangs = {name.encode() for name in hangs}
        self._libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self) -> Self:
        self._device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if self._libc.mount(b"hung", self._where, b"fuse", 0, options):
            os.close(self._device)
            raise OSError(ctypes.get_errno(), "a file system of our own cannot be mounted")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._libc.umount2(self._where, DETACH | 1)  # by force: whoever waits is let go
        self._thread.join(10)
        os.close(self._device)

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._device, 1 << 18)
            except OSError:
                return  # unmounted
            _length, code, unique, node = struct.unpack_from("<IIQQ", request)
            if code in UNANSWERED:
                continue
            answer = self._answer(code, node, request[40:])
            if answer is None:
                continue
            error, body = (-answer, b"") if isinstance(answer, int) else (0, answer)
            os.write(self._device, struct.pack("<IiQ", 16 + len(body), error, unique) + body)

    def _answer(self, code: int, node: int, body: bytes) -> bytes | int | None:
        """The answer's body, an error number, or None for no answer at all."""
        match code:
            case Code.INIT:
                return struct.pack("<IIIIHHIIHHI28x", 7, 31, 1 << 17, 0, 8, 6, 1 << 17, 1, 32, 0, 0)
            case Code.LOOKUP:
                return self._found(body.rstrip(b"\0"))
            case Code.GETATTR:
                return struct.pack("<QII", 1000, 0, 0) + self._attributes(node)
            case Code.OPEN | Code.OPENDIR:
                return struct.pack("<QII", 0, DIRECT_IO if code == Code.OPEN else 0, 0)
            case Code.READDIR:
                return self._listing(struct.unpack_from("<QQ", body)[1])
            case Code.READ:
                return self._read(node, *struct.unpack_from("<QQI", body))
            case Code.STATFS:
                return struct.pack("<QQQQQIII28x", 1, 1, 1, 9, 9, 4096, 255, 4096)
            case Code.RELEASE | Code.FLUSH | Code.RELEASEDIR:
                return b""
        return errno.ENOSYS

    def _found(self, name: bytes) -> bytes | int:
        if name not in self._names:
            return errno.ENOENT
        node = self._names.index(name) + 2
        return struct.pack("<QQQQII", node, 0, 1000, 1000, 0, 0) + self._attributes(node)

    def _read(self, node: int, _handle: int, offset: int, size: int) -> bytes | None:
        if self._names[node - 2] in self._hangs:
            return None
        return self._contents[node - 2][offset : offset + size]

    def _attributes(self, node: int) -> bytes:
        mode, size = stat.S_IFDIR | 0o755, 0
        if node != ROOT:
            mode, size = stat.S_IFREG | 0o644, len(self._contents[node - 2])
        times = (LONG_AGO, LONG_AGO, LONG_AGO, 0, 0, 0)
        return struct.pack("<QQQQQQIIIIIIIIII", node, size, 8, *times, mode, 1, 0, 0, 0, 4096, 0)

    def _listing(self, offset: int) -> bytes | None:
        if b"" in self._hangs:
            return None
        if offset:
            return b""
        listed = b""
        for place, name in enumerate(self._names, 1):
            entry = struct.pack("<QQII", place + 1, place, len(name), 8) + name
            listed += entry + bytes(-len(entry) % 8)
        return listed
