"""A look at all folders below a library's root, to be compared with the next one.

Of a folder its time stamp and the names in it are taken, and no file is asked for anything: over a
network that is one question a folder. What is in the files is not looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b

from stages.passed_over import Judgement

Signature = bytes
UNREADABLE: Signature = b""

Look = dict[bytes, Signature]


def look(root: bytes, passed_over: Judgement, start: bytes = b"") -> Look:
    """The signature of a folder (its path below the root) and of each one below it.

    A folder that cannot be listed is UNREADABLE, and one that is not there is not in the look.
    """
    found: Look = {}
    seen: set[tuple[int, int]] = set()  # a link may lead back to where it lies
    waiting = [start]
    while waiting:
        path = waiting.pop()
        try:
            status = os.stat(os.path.join(root, path))
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            names, below = _names(os.path.join(root, path), path, passed_over)
        except FileNotFoundError:
            continue
        except OSError:
            found[path] = UNREADABLE
            continue
        content = b"\0".join((str(status.st_mtime_ns).encode(), *sorted(names)))
        found[path] = blake2b(content, digest_size=8).digest()
        waiting += below
    return found


def changed(before: Look, after: Look) -> Iterator[bytes]:
    """The folders that are new or not as they were; one that is gone has changed the one above."""
    for path, signature in after.items():
        if signature not in (UNREADABLE, before.get(path)):
            yield path


def _names(absolute: bytes, path: bytes, passed_over: Judgement) -> tuple[list[bytes], list[bytes]]:
    """The names in a folder that are looked at, and the paths of its sub-folders."""
    prefix = path + b"/" if path else b""
    names, below = [], []
    with os.scandir(absolute) as entries:
        for entry in entries:
            if passed_over(entry.name, prefix):
                continue
            names.append(entry.name)
            if entry.is_dir():
                below.append(prefix + entry.name)
    return names, below
