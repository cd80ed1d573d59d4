"""The file systems that a library lies on, as the kernel lists them, and what to expect of them.

Only `/proc/self/mountinfo` is read, never the disk itself, which may not answer. Where there is no
such file (another system than Linux) nothing is known, and nothing is held against anybody.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

# What other machines may change without a word to ours.
REMOTE = frozenset(
    {
        "9p", "afs", "autofs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse", "glusterfs",
        "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf",
        "virtiofs", "vmhgfs",
    }
)  # fmt: skip

# Where a folder's time stamp may stay the same although something came into it: FAT has none for
# its root, and other systems do not set those of folders; unions answer with the stamp of one of
# several disks, and object stores make theirs up.
STAMPS_OF_NO_USE = frozenset(
    {
        "aufs", "davfs", "exfat", "fuse.davfs2", "fuse.exfat", "fuse.gcsfuse", "fuse.goofys",
        "fuse.mergerfs", "fuse.rclone", "fuse.s3fs", "fuse.shfs", "fuse.unionfs", "msdos", "vfat",
    }
)  # fmt: skip

_ESCAPED = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A mounted file system: its type as the kernel has it, where it is mounted, and the numbers of
    its disk (`8:1`); those of btrfs and its like are of no disk."""

    type: str
    mount_point: bytes
    device: str = ""

    @property
    def is_local(self) -> bool:
        """Whether every change to it goes through this machine's kernel, which tells of it."""
        return self.type not in REMOTE and not self.type.startswith("fuse.")

    @property
    def keeps_stamps(self) -> bool:
        """Whether a folder's time stamp changes with what is in it, as far as is known."""
        return self.type not in STAMPS_OF_NO_USE


def under(path: bytes, mounts: Path = MOUNTS) -> list[FileSystem]:
    """The file system that a folder is on, and those that are mounted somewhere below it."""
    try:
        lines = mounts.read_bytes().splitlines()
    except OSError:
        return []
    mounted = {one.mount_point: one for one in map(_mounted, lines) if one}  # the last one counts
    holds = [point for point in mounted if _is_in(path, point)]
    below = [point for point in mounted if point != path and _is_in(point, path)]
    return [mounted[max(holds, key=len)]] * bool(holds) + [mounted[point] for point in below]


def why_no_events(path: bytes, mounts: Path = MOUNTS) -> str | None:
    """Why the system does not tell of everything that changes in a folder; None where it does."""
    for one in under(path, mounts):
        if not one.is_local:
            what = "a FUSE file system" if one.type.startswith("fuse") else "a network file system"
            return f"{_where(one, path)} {what} ({one.type}), which does not tell what changes"
    return None


def why_no_stamps(path: bytes, mounts: Path = MOUNTS) -> str | None:
    """Why time stamps of folders are not relied on there; None where nothing speaks against it."""
    for one in under(path, mounts):
        if not one.keeps_stamps:
            return (
                f"{_where(one, path)} a file system ({one.type}) where a folder’s time stamp may "
                "stay the same when something comes into it"
            )
    return None


def _where(one: FileSystem, path: bytes) -> str:
    inside = one.mount_point != path and _is_in(one.mount_point, path)
    return f"{os.fsdecode(one.mount_point)} in it is" if inside else "it lies on"


def _mounted(line: bytes) -> FileSystem | None:
    """One line of mountinfo (proc_pid_mountinfo(5)): the point is its fifth field, the type the
    first behind the dash."""
    before, dash, behind = line.partition(b" - ")
    fields, kind = before.split(b" "), behind.split(b" ")
    if not dash or len(fields) < 5:
        return None
    point = _ESCAPED.sub(lambda match: bytes([int(match[1], 8)]), fields[4])
    return FileSystem(kind[0].decode("ascii", "replace"), point, fields[2].decode())


def _is_in(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")
