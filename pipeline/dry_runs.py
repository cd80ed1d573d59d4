"""Dry runs as those see them who ask for one: `longbox scan --dry-run`, and the page.

What is asked of the program, and what it answers, is described in `stages/dry_run.py`. The page's
answers go to a file beside the locks (`data/run`), so that any web process can show them; the file
is locked while the program lives, and a program whose file is removed ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from db.scan_options import BadOption, ScanOptions, as_said
from db.settings import settings

KEPT_SECONDS = 24 * 3600.0
NAMED = 50_000  # comics of a library, on the page

Answer = dict[str, Any]


class Wanted(NamedTuple):
    """A library to be looked at, and the folders in it; b"" is all there is."""

    library_id: int
    options: ScanOptions
    folders: Sequence[bytes] = (b"",)


class NoSuchDryRun(ValueError):
    """There is no dry run of this name (any more)."""

    def __init__(self) -> None:
        super().__init__("There is no such dry run any more. They are kept for a day.")


class DryRunUnderWay(ValueError):
    """One is enough at a time; `name` is that of the other."""

    def __init__(self, name: str) -> None:
        super().__init__("A dry run is under way already.")
        self.name = name


@dataclass(slots=True)
class Seen:
    """How far a dry run is, and what it has come to; what the answers hold is the program's."""

    name: str
    about: Answer  # what the one who asked wrote down
    is_running: bool
    is_whole: bool = False  # it came to its end
    progress: Answer | None = None
    results: list[Answer] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def answers(wanted: Sequence[Wanted]) -> Iterator[Answer]:
    """Make a dry run and answer what it tells as it comes; raises BadOption."""
    with _start(_order(wanted, sys.maxsize), subprocess.PIPE) as program:
        assert program.stdout is not None
        try:
            for line in program.stdout:
                yield json.loads(line)
        finally:
            program.kill()


def begin(wanted: Sequence[Wanted], about: Answer) -> str:
    """Begin a dry run in the background; answers its name.

    Raises BadOption, and DryRunUnderWay.
    """
    order = _order(wanted, NAMED)
    name = secrets.token_hex(8)
    with (settings().run / "dry-runs.lock").open("wb") as beginning:
        fcntl.flock(beginning, fcntl.LOCK_EX)  # who begins one at the same moment finds this one
        _tidy()
        with _file(name).open("xb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # which goes with the file to the program
            file.write(json.dumps({"about": about}).encode() + b"\n")
            file.flush()
            _children.append(_start(order, file.fileno()))
    return name


def look(name: str) -> Seen:
    """How far a dry run is; raises NoSuchDryRun."""
    _reap()
    seen = Seen(name, {}, _is_running(_file(name)))
    for line in _lines(name):
        if not line.startswith(b'{"group"'):
            _take(seen, json.loads(line))
    return seen


def groups(name: str, change: str, after: int, limit: int) -> tuple[list[Answer], int | None]:
    """So many folders with comics of one fate, from a number on, and where it goes on; raises
    NoSuchDryRun."""
    begins = json.dumps({"group": {"change": change}})[:-2].encode()
    of_it = [line for line in _lines(name) if line.startswith(begins)]
    end = after + limit
    found = [json.loads(line)["group"] for line in of_it[after:end]]
    return found, end if end < len(of_it) else None


def stop(name: str) -> None:
    """End a dry run, or forget one that has ended; raises NoSuchDryRun."""
    try:
        _file(name).unlink()
    except FileNotFoundError:
        raise NoSuchDryRun from None


def _take(seen: Seen, answer: Answer) -> None:
    if "about" in answer:
        seen.about = answer["about"]
    elif "progress" in answer:
        seen.progress = answer["progress"]
    elif "result" in answer:
        seen.results.append(answer["result"])
    elif "problem" in answer:
        seen.problems.append(answer["problem"])
    elif "end" in answer:
        seen.is_whole = True


_children: list[subprocess.Popen[bytes]] = []  # whose input is held open
_reaping = threading.Lock()


def _start(order: bytes, answers_to: int) -> subprocess.Popen[bytes]:
    program = subprocess.Popen(
        [sys.executable, "-m", "stages.dry_run"], stdin=subprocess.PIPE, stdout=answers_to
    )
    assert program.stdin is not None
    program.stdin.write(order)
    program.stdin.flush()
    return program


def _order(wanted: Sequence[Wanted], most: int) -> bytes:
    if not all(one.options.walks for one in wanted):
        raise BadOption("A scan of covers alone changes nothing that a dry run could show.")
    looks = [
        {
            "id": one.library_id,
            "options": as_said(one.options) | {"kind": one.options.kind},
            "folders": [os.fsdecode(path) for path in one.folders],
        }
        for one in wanted
    ]
    return json.dumps({"libraries": looks, "most": most}).encode() + b"\n"


def _lines(name: str) -> list[bytes]:
    """The answers so far, but for one that is still being written."""
    try:
        lines = _file(name).read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        raise NoSuchDryRun from None
    return [line for line in lines if line.endswith(b"\n")]


def _tidy() -> None:
    """Forget what is old; raises DryRunUnderWay."""
    _reap()
    for file in settings().run.glob("dry-run-*.jsonl"):
        if _is_running(file):
            raise DryRunUnderWay(file.stem.removeprefix("dry-run-"))
        with suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink()


def _is_running(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def _reap() -> None:
    """Let go of programs that have ended."""
    with _reaping:
        for child in [one for one in _children if one.poll() is not None]:
            _children.remove(child)
            assert child.stdin is not None
            child.stdin.close()


def _file(name: str) -> Path:
    if not re.fullmatch("[0-9a-f]{16}", name):
        raise NoSuchDryRun
    return settings().run / f"dry-run-{name}.jsonl"
