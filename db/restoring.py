"""Bringing a backup back: unpacked and looked through beside what is there, then put in its place.

At every moment the data folder has the database of before or that of the backup, whole: pictures
have the hash of their content for a name, so that those of the backup may come before it, and the
database changes by one renaming. The one of before stays beside it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from db import backups, in_hand, in_use, migrate, soundness
from db.backups import DATABASE, BackupUnusable, Manifest
from db.report import size
from db.schema import SCHEMA_VERSION
from db.settings import Settings

SPARE = 64 << 20  # bytes that are left free
BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back; `before` is where the database of before is, if there was one."""

    manifest: Manifest
    before: Path | None
    migrated: bool


def restore(file: Path, settings: Settings) -> Restored:
    """Put a backup in the place of what is in the data folder.

    Raises BackupUnusable where the file is no backup, is damaged or of a newer Longbox, InUse while
    Longbox runs, and OSError; then nothing has changed.
    """
    with (
        backups.opened(file) as (archive, manifest),
        in_use.alone(settings.data, settings.run),
    ):
        staged = _Staged(settings)
        staged.sweep()
        try:
            _unpack(archive, manifest, staged)
            migrated = _make_ready(staged.database, manifest)
            before = _put_in_place(staged, settings)
        finally:
            staged.sweep()
    return Restored(manifest, before, migrated)


def sweep(settings: Settings) -> None:
    """Remove what a restore that was killed has left, unless anybody uses the data folder."""
    staged = _Staged(settings)
    if staged.database.exists() or staged.pictures.exists():
        with suppress(in_use.InUse), in_use.alone(settings.data, settings.run):
            staged.sweep()


class _Staged:
    """Where a backup is unpacked: on the disks where its files are to be."""

    def __init__(self, settings: Settings) -> None:
        file = settings.library_file
        self.database = file.with_name(f"{file.name}.restoring")
        self.pictures = settings.data / "restoring"

    def sweep(self) -> None:
        """Remove what is left, by a process that was killed as well."""
        for suffix in ("", *BESIDE):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)
        shutil.rmtree(self.pictures, ignore_errors=True)


def _unpack(archive: ZipFile, manifest: Manifest, staged: _Staged) -> None:
    staged.pictures.mkdir()
    if backups.room_at(staged.pictures) < manifest.size + SPARE:
        raise BackupUnusable(
            f"There is not enough room in {staged.pictures.parent}: the backup takes "
            f"{size(manifest.size)}."
        )
    for name, entry in manifest.files.items():
        target = staged.database if name == DATABASE else staged.pictures / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if target == staged.database:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))  # it has everybody's secrets
        backups.extract(archive, name, entry, target)


def _make_ready(database: Path, manifest: Manifest) -> bool:
    """Look the database through and bring it to this program's schema; True if that was needed.
    Messages that wait in it may have arrived since, and are not sent."""
    if found := soundness.complaints(database):
        raise BackupUnusable(f"The database in the backup is damaged: {found[0]}.")
    with closing(sqlite3.connect(database)) as connection:
        try:
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except (sqlite3.OperationalError, TypeError):
            version = None
    if version != manifest.schema:
        raise BackupUnusable(
            "The database in the backup is not the one that its manifest tells of."
        )
    if version < SCHEMA_VERSION:
        migrate.bring_up(f"sqlite:///{database}")
    with closing(sqlite3.connect(database)) as connection:
        waiting = "UPDATE webhook_messages SET due_at = NULL, answer = ? WHERE due_at IS NOT NULL"
        connection.execute(waiting, ("not sent: it waited in a backup",))
        connection.commit()
        connection.execute("PRAGMA journal_mode = DELETE")  # all of it is in the one file
    return bool(version < SCHEMA_VERSION)


def _put_in_place(staged: _Staged, settings: Settings) -> Path | None:
    for folder in (settings.data, settings.covers, settings.artwork):
        folder.mkdir(parents=True, exist_ok=True)
    for picture in (staged.pictures / "artwork").glob("??/*"):
        target = settings.artwork / picture.parent.name / picture.name
        target.parent.mkdir(exist_ok=True)
        picture.replace(target)
    _give_same_owner(staged.database, settings.library_file)
    os.sync()  # the pictures and the database are on the disk before anything refers to them
    before = _keep(settings.library_file)
    in_hand.forget_all()  # those files were open in another time
    staged.database.replace(settings.library_file)
    backups.sync_folder(settings.library_file.parent)
    soundness.forget(settings)
    return before


def _give_same_owner(new: Path, old: Path) -> None:
    """Let who may use the present database use the new one: a backup may be restored by root."""
    with suppress(FileNotFoundError, PermissionError):
        status = old.stat()
        new.chmod(status.st_mode & 0o777)
        os.chown(new, status.st_uid, status.st_gid)


def _keep(file: Path) -> Path | None:
    """Give the present database a second name, under which it stays."""
    if not file.exists():
        return None
    before = file.with_name("library-before-restore.db")
    for suffix in ("", *BESIDE):
        before.with_name(before.name + suffix).unlink(missing_ok=True)
    if not _fold(file):
        for suffix in BESIDE:  # of a damaged one; beside another database they would ruin it
            with suppress(FileNotFoundError):
                os.rename(f"{file}{suffix}", f"{before}{suffix}")
    try:
        os.link(file, before)
    except OSError:  # some file systems have one name for a file
        shutil.copy2(file, before)
    return before


def _fold(file: Path) -> bool:
    """Have all of a database in its one file; False when it is too damaged for that."""
    try:
        with closing(sqlite3.connect(file, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        return True
    except sqlite3.OperationalError as error:
        raise in_use.InUse(f"{file} cannot be put aside: {error}. Does a program use it?") from None
    except sqlite3.DatabaseError:
        return False
