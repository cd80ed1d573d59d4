"""Folders' time stamps: relied on by quick scans until one is seen not to tell of a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from db import file_systems, libraries
from db.engine import reading, writing
from db.states import ScanKind
from tests.trial import Trial, age

pytestmark = pytest.mark.usefixtures("data")

MOUNTS = rb"""22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 0:30 / /srv/with\040space rw - nfs4 nas:/comics rw,vers=4.2
41 27 0:31 / /srv/nas rw - ext4 /dev/vdb rw
42 41 0:32 / /srv/nas rw - cifs //nas/comics rw
43 27 0:33 / /srv/all rw - fuse.mergerfs a:b rw
44 27 0:34 / /srv/local/usb rw - vfat /dev/sda1 rw
45 27 0:35 / /srv/ntfs rw - fuseblk /dev/sdb1 rw
46 27 0:36 / /srv/layers rw - overlay overlay rw
47 27 0:37 / /srv/nasty rw - ext4 /dev/vdc rw
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Trial:
    trial = Trial(tmp_path / "comics")
    trial.add(*(f"Saga/{number}.cbz" for number in range(8)), "Chew/1.cbz")
    age(trial.root)
    trial.discover()
    return trial


def doubt(shelf: Trial) -> str | None:
    with reading() as connection:
        return libraries.stamps_doubt(connection, shelf.library_id)


def add_unnoticed(shelf: Trial, path: str) -> None:
    """A comic comes into a folder whose time stamp stays as it was."""
    shelf.add(path)
    age(shelf.root)


def test_a_quick_scan_relies_on_stamps_that_have_not_been_seen_to_fail(shelf: Trial) -> None:
    add_unnoticed(shelf, "Saga/8.cbz")
    assert shelf.discover().comics_new == 0
    shelf.add("Chew/2.cbz")
    assert shelf.discover().comics_new == 1
    assert doubt(shelf) is None


def test_changes_below_an_unchanged_stamp_make_quick_scans_list_every_folder(shelf: Trial) -> None:
    add_unnoticed(shelf, "Saga/8.cbz")
    assert shelf.discover(ScanKind.FULL).comics_new == 1
    assert doubt(shelf) == "a scan found changes in Saga although its time stamp was the same"
    add_unnoticed(shelf, "Chew/2.cbz")
    assert shelf.discover().comics_new == 1


def test_a_comic_that_went_unnoticed_is_reason_for_doubt_as_well(shelf: Trial) -> None:
    (shelf.root / "Saga" / "7.cbz").unlink()
    age(shelf.root)
    assert shelf.discover(ScanKind.FULL).comics_missing == 1
    assert doubt(shelf) is not None


def test_what_changes_with_its_stamp_is_no_reason_for_doubt(shelf: Trial) -> None:
    (shelf.root / "Saga" / "7.cbz").rename(shelf.root / "Saga" / "007.cbz")
    shelf.add("New/1.cbz")
    for _ in range(2):
        shelf.discover(ScanKind.FULL)
    assert doubt(shelf) is None


@pytest.mark.parametrize("how", ["by a word", "by another folder"])
def test_stamps_are_relied_on_again_once_every_folder_was_listed(shelf: Trial, how: str) -> None:
    add_unnoticed(shelf, "Saga/8.cbz")
    shelf.scan(ScanKind.FULL)
    add_unnoticed(shelf, "Chew/2.cbz")
    with writing() as connection:
        if how == "by a word":
            libraries.rely_on_stamps(connection, shelf.library_id)
        else:
            libraries.move(connection, shelf.library_id, bytes(shelf.root))
    assert shelf.discover().comics_new == 1
    add_unnoticed(shelf, "Chew/3.cbz")
    assert shelf.discover().comics_new == 0
    assert doubt(shelf) is None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"/srv/comics", None),
        (b"/srv/ntfs", None),
        (b"/srv/layers/comics", None),
        (b"/srv/nasty/comics", None),
        (b"/srv/with space/comics", "it lies on a network file system (nfs4), which does not tell"),
        (b"/srv/nas/comics", "it lies on a network file system (cifs)"),
        (b"/srv/all", "it lies on a FUSE file system (fuse.mergerfs)"),
        (b"/srv", "/srv/with space in it is a network file system (nfs4)"),
    ],
)
def test_where_the_system_does_not_tell_what_changes_is_known_from_its_mounts(
    tmp_path: Path, path: bytes, reason: str | None
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(MOUNTS)
    found = file_systems.why_no_events(path, mounts)
    assert found is None if reason is None else reason in (found or "")


def test_stamps_are_not_relied_on_where_they_are_known_to_be_of_no_use(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_bytes(MOUNTS)
    assert "fuse.mergerfs" in (file_systems.why_no_stamps(b"/srv/all/comics", mounts) or "")
    assert "/srv/local/usb in it" in (file_systems.why_no_stamps(b"/srv/local", mounts) or "")
    assert file_systems.why_no_stamps(b"/srv/with space", mounts) is None
    assert file_systems.why_no_stamps(b"/srv/all", tmp_path / "nowhere") is None
