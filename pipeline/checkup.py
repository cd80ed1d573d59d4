"""What `longbox doctor` looks at: everything that is missing on this machine, or odd.

Each check answers findings in words and changes nothing. What the stages need they say themselves
(`python -m stages.doctor`), because the pipeline does not import them.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from db import jobs, libraries, migrate, soundness, users
from db.engine import DatabaseUnusable, reading
from db.paths import display
from db.settings import Settings
from pipeline import parallel, slots

PYTHON_NEEDED = (3, 11)
SQLITE_NEEDED = (3, 35, 0)  # the first that knows RETURNING
LOW_SPACE, NO_SPACE = 2 << 30, 200 << 20  # bytes
MUCH_EMPTY, WORTH_PACKING_MB = 0.25, 10  # what of a database is worth saying
NETWORK_FILE_SYSTEMS = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "davfs")


class Verdict(StrEnum):
    """How a finding is to be taken."""

    OK = "ok"
    WARN = "warn"  # Longbox works, but not as one might wish
    ERROR = "error"  # Longbox, or a part of it, does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what is to be said of it."""

    name: str
    verdict: Verdict
    words: str


def examine(settings: Settings) -> list[Finding]:
    """All findings; the database is looked into only when it can be."""
    found = [*_python(), *_sqlite(), *_stages(), *_data(settings)]
    database = list(_database(settings))
    found += database
    if all(finding.verdict is not Verdict.ERROR for finding in database):
        found += [*_queue(settings), *_libraries(), *_people(), *_processes(), *_proxy(settings)]
    return found


def shown(settings: Settings) -> dict[str, str]:
    """Every setting under the name of its environment variable; secrets are hidden."""
    names = {
        "port": "PORT",
        "log_bytes": "LONGBOX_LOG_MB",
        "missing_share": "LONGBOX_MISSING_PERCENT",
        "yield_above": "LONGBOX_YIELD_ABOVE_MS",
        "page_cache_bytes": "LONGBOX_PAGE_CACHE_MB",
        "cover_cache_bytes": "LONGBOX_COVER_CACHE_MB",
    }
    values = {
        names.get(field.name, f"LONGBOX_{field.name.upper()}"): str(getattr(settings, field.name))
        for field in dataclasses.fields(settings)
    }
    values["LONGBOX_YIELD_ABOVE_MS"] = f"{settings.yield_above * 1000:g}"
    values["LONGBOX_MISSING_PERCENT"] = f"{settings.missing_share * 100:g}"
    values["LONGBOX_LOG_MB"] = str(settings.log_bytes >> 20)
    values["LONGBOX_PAGE_CACHE_MB"] = str(settings.page_cache_bytes >> 20)
    values["LONGBOX_COVER_CACHE_MB"] = str(settings.cover_cache_bytes >> 20)
    if settings.admin_password:
        values["LONGBOX_ADMIN_PASSWORD"] = "(set)"  # noqa: S105 - that is not the password
    if settings.database_url:
        url = make_url(settings.database_url)
        values["LONGBOX_DATABASE_URL"] = url.render_as_string(hide_password=True)
    return values


def _python() -> Iterator[Finding]:
    fits = sys.version_info >= PYTHON_NEEDED
    words = f"{platform.python_version()} ({sys.executable})"
    if not fits:
        words += "; Longbox needs 3.11 or newer"
    yield Finding("Python", Verdict.OK if fits else Verdict.ERROR, words)


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < SQLITE_NEEDED:
        words = f"{version}; Longbox needs 3.35 or newer"
        yield Finding("SQLite", Verdict.ERROR, words)
        return
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(word)")
    except sqlite3.OperationalError:
        words = f"{version}, built without FTS5: searching needs a Python whose SQLite has it"
        yield Finding("SQLite", Verdict.ERROR, words)
    else:
        yield Finding("SQLite", Verdict.OK, f"{version} with full-text search")


def _stages() -> Iterator[Finding]:
    """What the stages say of RAR, PDF and pictures, asked in a process of their own."""
    try:
        told = subprocess.run(
            [sys.executable, "-m", "stages.doctor"],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        reason = (error.stderr.strip().splitlines() or ["no reason given"])[-1]
        yield Finding("Stages", Verdict.ERROR, f"they do not start: {reason}")
        return
    except subprocess.TimeoutExpired:
        yield Finding("Stages", Verdict.ERROR, "they do not start within a minute")
        return
    answer = json.loads(told.stdout)
    yield _rar(answer["rar"])
    yield _pdf(answer["pdf"])
    yield _pictures(answer["pillow"])


def _rar(rar: dict[str, Any] | None) -> Finding:
    if rar is None:
        words = "no program that unpacks RAR: install 7zz or unrar to read compressed CBR files"
        return Finding("RAR", Verdict.WARN, words)
    if rar["problem"]:
        return Finding("RAR", Verdict.WARN, f"{rar['path']}: {rar['problem']}")
    return Finding("RAR", Verdict.OK, f"{rar['version']} ({rar['path']})")


def _pdf(pdf: dict[str, str | None]) -> Finding:
    if pdf["problem"]:
        return Finding("PDF", Verdict.WARN, pdf["problem"])
    return Finding("PDF", Verdict.OK, str(pdf["version"]))


def _pictures(pillow: dict[str, Any]) -> Finding:
    missing = [name for name, there in pillow["pictures"].items() if not there]
    if not missing:
        extras = pillow["extras"]
        there = [name for name, one in extras.items() if one["there"]]
        words = f"Pillow {pillow['version']} with {', '.join((*pillow['pictures'], *there))}"
        if absent := [name for name in extras if name not in there]:
            wanted = ",".join(extras[name]["extra"] for name in absent)
            words += f"; not {' and '.join(absent)}: pip install 'longbox[{wanted}]'"
        return Finding("Pictures", Verdict.OK, words)
    verdict = Verdict.ERROR if {"JPEG", "PNG"} & set(missing) else Verdict.WARN
    words = f"Pillow {pillow['version']} was built without {', '.join(missing)}"
    return Finding("Pictures", verdict, words)


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data
    if not folder.is_dir():
        words = f"{folder} is not there: run `longbox init`, or set LONGBOX_DATA"
        yield Finding("Data folder", Verdict.ERROR, words)
        return
    for part in (folder, settings.covers, settings.run):
        if part.exists() and not os.access(part, os.R_OK | os.W_OK | os.X_OK):
            yield Finding("Data folder", Verdict.ERROR, f"Longbox may not write in {part}")
            return
    kind = _file_system_of(folder)
    if kind.startswith(NETWORK_FILE_SYSTEMS):
        words = f"{folder} is on a network drive ({kind}), where SQLite is slow and can be damaged"
        yield Finding("Data folder", Verdict.WARN, words)
    else:
        yield Finding("Data folder", Verdict.OK, str(folder))
    yield _space("Free space", folder)


def _space(name: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    words = f"{free / (1 << 30):,.1f} GB for the database and covers"
    if free < NO_SPACE:
        return Finding(name, Verdict.ERROR, f"{words}: the disk is full")
    if free < LOW_SPACE:
        return Finding(name, Verdict.WARN, f"{words}, which is little")
    return Finding(name, Verdict.OK, words)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        migrate.check()
    except DatabaseUnusable as error:
        yield Finding("Database", Verdict.ERROR, str(error))
        return
    file = settings.data / "library.db"
    if settings.database_url or not file.exists():
        yield Finding("Database", Verdict.OK, "has this version's schema")
    elif not os.access(file, os.R_OK | os.W_OK):
        yield Finding("Database", Verdict.ERROR, f"Longbox may not write {file}")
    elif soundness.complaints(file, quick=True):
        yield Finding("Database", Verdict.ERROR, soundness.SENTENCE)
    else:
        size = file.stat().st_size / (1 << 20)
        words = f"has this version's schema, {size:,.1f} MB"
        empty = soundness.empty_share(file)
        if empty > MUCH_EMPTY and size > WORTH_PACKING_MB:
            words += f", of which {empty:.0%} is empty: `longbox vacuum` gives it back"
        yield Finding("Database", Verdict.OK, words)


def _queue(settings: Settings) -> Iterator[Finding]:
    file = settings.queue_file
    if not file.exists():
        yield Finding("Queue", Verdict.OK, "is not there; it is made when it is needed")
        return
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            (waiting,) = connection.execute("SELECT count(*) FROM task").fetchone()
    except sqlite3.Error as error:
        words = f"{file} cannot be read ({error}); it is made anew at the next start"
        yield Finding("Queue", Verdict.WARN, words)
    else:
        yield Finding("Queue", Verdict.OK, f"{waiting:,} waiting")


def _libraries() -> Iterator[Finding]:
    with reading() as connection:
        found = libraries.listing(connection)
    if not found:
        yield Finding("Libraries", Verdict.WARN, "none yet: longbox library add /path/to/comics")
    for library in found:
        verdict, words = _root(library.path)
        yield Finding(f"Library {library.name}", verdict, words)


def _root(path: bytes) -> tuple[Verdict, str]:
    """What is to be said of a library's folder."""
    where = display(path)
    try:
        if not stat.S_ISDIR(os.stat(path).st_mode):
            return Verdict.ERROR, f"{where} is not a folder"
        with os.scandir(path) as entries:
            is_empty = next(entries, None) is None
    except PermissionError:
        return Verdict.ERROR, f"Longbox may not read {where}"
    except FileNotFoundError:
        return Verdict.ERROR, f"{where} is not there: is its disk mounted?"
    except OSError as error:
        return Verdict.ERROR, f"{where} cannot be read: {error.strerror}"
    if is_empty:
        return Verdict.WARN, f"{where} is empty: is its disk mounted?"
    return Verdict.OK, where


def _people() -> Iterator[Finding]:
    with reading() as connection:
        everybody = users.listing(connection)
        has_admin = users.has_admin(connection)
    if not has_admin:
        words = "no admin yet: `longbox setup-link` prints a link that makes one"
        yield Finding("Users", Verdict.WARN, words)
    else:
        admins = sum(user.is_admin for user in everybody)
        yield Finding("Users", Verdict.OK, f"{len(everybody):,} in all, admins: {admins:,}")


def _processes() -> Iterator[Finding]:
    with reading() as connection:
        waiting = jobs.active_ids(connection)
    if slots.any_held("worker"):
        yield Finding("Worker", Verdict.OK, "running")
    elif waiting:
        words = f"not running, and {len(waiting)} scans wait for it: start Longbox"
        yield Finding("Worker", Verdict.WARN, words)
    else:
        yield Finding("Worker", Verdict.OK, "not running")
    choice = parallel.choose()
    yield Finding("Stages at once", Verdict.OK, f"{choice.stages}: {choice.reason}")
    words = "running" if slots.any_held("covers") else "not running"
    yield Finding("Covers", Verdict.OK, words)


def _proxy(settings: Settings) -> Iterator[Finding]:
    """Whether somebody speaks like a proxy and is not believed, since Longbox has started."""
    try:
        peer = settings.distrusted_proxy_file.read_text()
    except OSError:
        return
    words = (
        f"{peer} forwards requests and is not believed: if it is yours, name it in "
        "LONGBOX_TRUSTED_PROXIES, else people's own addresses and a path before Longbox's are lost"
    )
    yield Finding("Proxy", Verdict.WARN, words)


def _file_system_of(folder: Path) -> str:
    """The type of the file system that a folder is on, as Linux says; empty elsewhere."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    real = folder.resolve()
    above = [
        (len(point), kind) for _device, point, kind, *_rest in mounts if real.is_relative_to(point)
    ]
    return max(above, default=(0, ""))[1]
