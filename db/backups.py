"""Backups: one ZIP file with all that is remembered and cannot be made again.

    library.db              the database as it was at one moment
    artwork/AB/NAME         the pictures that it names
    manifest.json           {"longbox_backup": 1, "schema", "made_at", "comics",
                             "files": {NAME: {"size": bytes, "sha256": in hexadecimal}}}

The queue, covers and unpacked pages are made again by themselves. Here one is made and looked
into; how one is brought back is in `db/restoring.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from db import kept_pictures, soundness
from db.schema import SCHEMA_VERSION
from db.settings import settings
from db.times import iso, now

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "library.db"
PICTURE_NAME = re.compile(r"artwork/([0-9a-f]{2})/\1[0-9a-f]{62}(-cover\.jpg|\.[a-z]{3,4})")
CHUNK = 1 << 20
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError)
MOST_OF_MANIFEST = 256 << 20  # bytes; a million pictures take 120 MB


class BackupUnusable(RuntimeError):
    """A backup cannot be made or used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `files` by their names in it."""

    schema: str
    made_at: str
    comics: int
    files: dict[str, Entry]

    @property
    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(entry.size for entry in self.files.values())


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: the bytes of its file, and how many kept pictures were not there."""

    size: int
    manifest: Manifest
    lost: int


def make(target: Path) -> Made:
    """Write a backup, whatever else is going on; the file is complete as soon as it is there.

    Takes the place of an older backup, and of no other file. Raises BackupUnusable and OSError.
    """
    if not target.parent.is_dir():
        raise BackupUnusable(f"There is no folder {target.parent} for the backup.")
    if target.exists() and not _is_backup(target):
        raise BackupUnusable(f"{target} is there already, and is no backup. Choose another name.")
    with _part_of(target) as (file, part):
        copy = part.with_name(f"{part.name}.db")
        try:
            comics = _copy_database(copy)
            manifest, lost = _write(file, copy, comics)
        except sqlite3.DatabaseError as error:
            if soundness.says_so(error):
                raise _damaged(str(error)) from error
            raise BackupUnusable(f"The database could not be copied: {error}.") from error
        finally:
            for suffix in ("", "-journal"):
                copy.with_name(copy.name + suffix).unlink(missing_ok=True)
        file.flush()
        os.fsync(file.fileno())
        size = os.fstat(file.fileno()).st_size
        part.rename(target)
    sync_folder(target.parent)
    return Made(size, manifest, lost)


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup and what it says of itself; raises BackupUnusable unless it can be one of ours."""
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive, _manifest(file, archive)
    except zipfile.BadZipFile:
        raise BackupUnusable(
            f"{file} is no backup of Longbox, or one that is cut off or damaged."
        ) from None


def extract(archive: zipfile.ZipFile, name: str, entry: Entry, target: Path) -> None:
    """Unpack a file of a backup; raises BackupUnusable unless it is what the manifest says."""
    digest = hashlib.sha256()
    left = entry.size
    with target.open("wb") as file:
        try:
            with archive.open(name) as packed:
                while left >= 0 and (piece := packed.read(CHUNK)):
                    digest.update(piece)
                    file.write(piece)
                    left -= len(piece)
        except UNREADABLE:
            left = -1
    if left or digest.hexdigest() != entry.sha256:
        raise BackupUnusable(f"The backup is damaged: {name} in it is not what was put there.")


def sync_folder(folder: Path) -> None:
    """See to it that what was renamed in a folder outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network drives cannot
            os.fsync(handle)
    finally:
        os.close(handle)


# ---- making


@contextmanager
def _part_of(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """The file that becomes the backup, in nobody else's hands; gone when it did not."""
    part = target.with_name(f"{target.name}.part")
    handle = os.open(part, os.O_CREAT | os.O_RDWR, 0o600)  # it has everybody's secrets
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(handle), part.stat()):
                raise BlockingIOError  # another has finished since we opened it
        except (BlockingIOError, FileNotFoundError):
            raise BackupUnusable(f"A backup is being written to {target} just now.") from None
        try:
            file.truncate()  # it may have been left by a process that was killed
            yield file, part
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def _copy_database(copy: Path) -> int:
    """Copy the database as it is at one moment; answers how many comics it has.

    SQLite's own copying in one step: it sees one moment, and keeps no writer waiting.
    """
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_CREAT | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(settings().library_file)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        target.execute("PRAGMA journal_mode = OFF")  # half a copy is of no use to anybody
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    if found := soundness.complaints(copy):
        raise _damaged(found[0])
    with closing(sqlite3.connect(copy)) as target:
        return int(target.execute("SELECT count(*) FROM comics").fetchone()[0])


def _damaged(what: str) -> BackupUnusable:
    soundness.note(settings(), what)
    return BackupUnusable(f"{soundness.SENTENCE} No backup was made.")


def _write(file: IO[bytes], copy: Path, comics: int) -> tuple[Manifest, int]:
    files: dict[str, Entry] = {}
    lost = 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        files[DATABASE] = _put(archive, DATABASE, copy)
        for sha256, media_type in _pictures(copy):
            names = kept_pictures.picture_file(sha256, media_type), kept_pictures.cover_file(sha256)
            for picture in names:
                name = f"artwork/{picture.parent.name}/{picture.name}"
                try:
                    files[name] = _put(archive, zipfile.ZipInfo(name), picture)
                except FileNotFoundError:  # it was lost, or has been forgotten since
                    lost += 1
        manifest = Manifest(SCHEMA_VERSION, iso(now()) or "", comics, files)
        said = {"longbox_backup": FORMAT, **asdict(manifest)}
        archive.writestr(MANIFEST, json.dumps(said, indent=1))
    return manifest, lost


def _pictures(copy: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(copy)) as connection:
        return connection.execute("SELECT sha256, media_type FROM artwork").fetchall()


def _put(archive: zipfile.ZipFile, entry: str | zipfile.ZipInfo, file: Path) -> Entry:
    """Copy a file into the archive: packed under a name, stored as a `ZipInfo` of its own."""
    digest = hashlib.sha256()
    size = 0
    with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
        while piece := source.read(CHUNK):
            digest.update(piece)
            target.write(piece)
            size += len(piece)
    return Entry(size, digest.hexdigest())


# ---- looking into one


def _is_backup(file: Path) -> bool:
    try:
        with zipfile.ZipFile(file) as archive:
            return "longbox_backup" in _told(archive)
    except (zipfile.BadZipFile, OSError):
        return False


def _manifest(file: Path, archive: zipfile.ZipFile) -> Manifest:
    said = _told(archive)
    try:
        is_newer = int(said["longbox_backup"]) > FORMAT or str(said["schema"]) > SCHEMA_VERSION
        manifest = Manifest(
            str(said["schema"]),
            str(said["made_at"]),
            int(said["comics"]),
            {
                str(name): Entry(int(one["size"]), str(one["sha256"]))
                for name, one in said["files"].items()
            },
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BackupUnusable(f"{file} is no backup of Longbox.") from None
    if is_newer:
        raise BackupUnusable(
            f"{file} is a backup of a newer Longbox (schema {manifest.schema}, this one knows "
            f"{SCHEMA_VERSION}). Install the newer version first."
        )
    if DATABASE not in manifest.files or not all(
        name == DATABASE or PICTURE_NAME.fullmatch(name) for name in manifest.files
    ):
        raise BackupUnusable(f"{file} is no backup of Longbox: it has other files in it.")
    return manifest


def _told(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What stands in the manifest; nothing where there is none, or none that can be read."""
    try:
        if archive.getinfo(MANIFEST).file_size > MOST_OF_MANIFEST:
            return {}
        said = json.loads(archive.read(MANIFEST))
    except UNREADABLE:
        return {}
    return said if isinstance(said, dict) else {}


def room_at(folder: Path) -> int:
    """Free bytes on a folder's disk."""
    return shutil.disk_usage(folder).free
