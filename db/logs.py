"""The log: a line of JSON for each thing worth knowing, in one file that all processes write.

What the terminal shows is for people and stays short; here each line has the moment, the process,
and the job and shard it is about. The file is rotated by size by whoever comes to the limit: a
line is one write at the file's end, and who finds another file under the name opens that, so that
no line is torn and none goes but with the oldest file, however many processes write.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from db.settings import Settings

NAME = "longbox.log"
LONGEST = 16_000  # characters of a message or a traceback

_about: ContextVar[dict[str, int]] = ContextVar("about")


def begin(process: str, settings: Settings) -> None:
    """Have this process log: in words on its standard error, and in lines of JSON in the file."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    terminal = logging.StreamHandler()
    terminal.addFilter(lambda record: not hasattr(record, "is_for_the_file"))
    logging.basicConfig(format="%(message)s", level=level, handlers=[terminal])
    if settings.log_bytes:
        logging.getLogger().addHandler(LogFile(settings, process))


def bind(**numbers: int) -> None:
    """Say what all that this process (or thread) logs from now on is about: `job`, `shard`."""
    _about.set(_about.get({}) | numbers)


@contextmanager
def about(**numbers: int) -> Iterator[None]:
    """Say what is logged in here is about."""
    token = _about.set(_about.get({}) | numbers)
    try:
        yield
    finally:
        _about.reset(token)


def note(log: logging.Logger, message: str, **numbers: int | None) -> None:
    """Write a line into the file alone; on a terminal it would be too much."""
    log.info("%s", message, extra={"is_for_the_file": True, **numbers})


class LogFile(logging.Handler):
    """Appends records to the log; a disk that takes none loses them, the terminal has them."""

    def __init__(self, settings: Settings, process: str) -> None:
        super().__init__()
        self._file = settings.logs / NAME
        self._most_bytes = settings.log_bytes
        self._most_files = settings.log_files
        self._process = process
        self._handle: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        line = json.dumps(_told(record, self._process), ensure_ascii=False)
        with suppress(OSError):
            handle = self._opened()
            if os.fstat(handle).st_size >= self._most_bytes:
                self._rotate()
                handle = self._opened()
            os.write(handle, line.encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
        super().close()

    def _opened(self) -> int:
        """The file that has the name now, open at its end."""
        if self._handle is not None and not _is_same(self._handle, self._file):
            os.close(self._handle)
            self._handle = None
        if self._handle is None:
            self._file.parent.mkdir(exist_ok=True)
            how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._handle = os.open(self._file, how, 0o600)
        return self._handle

    def _rotate(self) -> None:
        """Give each file the next number, the last one's place to the one before."""
        lock = self._file.with_name(".lock")
        with closing(
            os.fdopen(os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        ) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            if not self._is_full():
                return  # another process was faster
            for number in range(self._most_files - 1, 0, -1):
                with suppress(FileNotFoundError):
                    self._numbered(number - 1).replace(self._numbered(number))
            if self._most_files == 1:
                self._file.unlink()

    def _is_full(self) -> bool:
        try:
            return self._file.stat().st_size >= self._most_bytes
        except FileNotFoundError:  # nobody has written since it was given a number
            return False

    def _numbered(self, number: int) -> Path:
        return self._file.with_name(f"{NAME}.{number}") if number else self._file


def _is_same(handle: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except FileNotFoundError:
        return False


def _told(record: logging.LogRecord, process: str) -> dict[str, object]:
    """A record as a line has it; `job` and `shard` are there where it is about one."""
    moment = datetime.fromtimestamp(record.created, UTC)
    line: dict[str, object] = {
        "at": moment.isoformat("T", "milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "process": process,
        "pid": record.process,
        "logger": record.name,
        **_about.get({}),
        **{name: value for name in ("job", "shard") if (value := getattr(record, name, None))},
        "message": record.getMessage()[:LONGEST],
    }
    if record.exc_info and record.exc_info[1]:
        line["traceback"] = "".join(traceback.format_exception(record.exc_info[1]))[-LONGEST:]
    return line
