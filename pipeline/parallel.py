"""How many stages run side by side where nobody has said so.

As many as there are processors; at least four where comics lie on a disk that one waits for, a
share or one that spins; and never more than there is memory for. What the kernel lists is read, and
no library's disk, which may not answer.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from db import file_systems, libraries
from db.engine import reading
from db.file_systems import FileSystem
from db.paths import display
from db.settings import is_set, settings

WAITING = 4  # stages that together keep a slow disk busy
STAGE_MB = 128  # one takes some 45 MB, and three times that at large pictures
VIRTUAL = ("vd", "xvd", "loop", "zram")  # disks whose word for what they are is nobody's
DEVICES = Path("/sys/dev/block")
MEMORY = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Choice:
    """So many stages, and why."""

    stages: int
    reason: str


def choose() -> Choice:
    """What is in force for a worker that starts now."""
    if is_set("LONGBOX_WORKERS"):
        return Choice(settings().workers, "as LONGBOX_WORKERS says")
    with reading() as connection:
        roots = [library.path for library in libraries.listing(connection)]
    return fitting(roots, os.cpu_count() or 1, available_mb())


def fitting(roots: list[bytes], cores: int, memory_mb: int | None) -> Choice:
    """For libraries at these folders, so many processors and MB of memory (None: not known)."""
    choice = Choice(cores, f"one for each of {cores} processors")
    why = next(filter(None, map(why_slow, roots)), None)
    if why and cores < WAITING:
        choice = Choice(WAITING, why)
    if memory_mb is not None and memory_mb < choice.stages * STAGE_MB:
        fit = max(1, memory_mb // STAGE_MB)
        return Choice(fit, f"no more fit into {memory_mb} MB of free memory")
    return choice


def why_slow(root: bytes) -> str | None:
    """Why one waits for a library's disk; None where one does not, as far as is known."""
    for one in file_systems.under(root)[:1]:
        if not one.is_local:
            return f"{display(root)} is on a network file system ({one.type})"
        if is_spinning(one):
            return f"{display(root)} is on a disk that spins"
    return None


def is_spinning(one: FileSystem, devices: Path = DEVICES) -> bool:
    """Whether the kernel says so of a file system's disk."""
    device = (devices / one.device).resolve()
    disk = device.parent if (device / "partition").exists() else device
    if disk.name.startswith(VIRTUAL):
        return False
    try:
        return (disk / "queue" / "rotational").read_text().strip() == "1"
    except OSError:
        return False


def available_mb(file: Path = MEMORY) -> int | None:
    """Memory that is free or could be; None where the system does not tell."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return int(kilobytes) >> 10 if kilobytes else None
