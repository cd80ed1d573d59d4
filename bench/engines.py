"""Other programs that unpack archives, to compare pages with: whichever of them the machine has.

Each answers with the checksums of the pictures in a file, or with None when it cannot read all of
it. They unpack what is not to be trusted into a folder of their own, within limits.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.opening import checksum
from stages.formats import unpacker

Pictures = Counter[str]
Engine = Callable[[Path], Pictures | None]

SECONDS = 60
LARGEST = 256 << 20  # bytes of one file
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif"),
    *(".avif", ".bmp", ".tif", ".tiff", ".jxl", ".heic", ".heif"),
)


def found() -> dict[str, Engine]:
    """The engines that this machine has, by name."""
    engines: dict[str, Engine] = {"zipfile": _zipfile, "tarfile": _tarfile}
    if sevenzip := unpacker.engine():
        arguments = ("x", "-y", "-p", "-bd", "-snl-", "-o{folder}", "{file}")
        engines["7zz"] = _unpacking(sevenzip.path, *arguments)
    for name, *others in (
        ("unar", "-q", "-f", "-D", "-p", "", "-o", "{folder}", "{file}"),
        ("bsdtar", "-x", "-C", "{folder}", "-f", "{file}"),
        ("unrar", "x", "-inul", "-p-", "{file}", "{folder}/"),
        ("pdfimages", "-all", "{file}", "{folder}/page"),
    ):
        if path := shutil.which(name):
            engines[name] = _unpacking(path, *others)
    return engines


def _zipfile(file: Path) -> Pictures | None:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if _is_picture(info.filename)]
            if any(info.file_size > LARGEST for info in infos):
                return None
            return Counter(checksum(archive.read(info)) for info in infos)
    except Exception:  # zipfile raises nearly everything there is
        return None


def _tarfile(file: Path) -> Pictures | None:
    try:
        with tarfile.open(file) as archive:
            pictures = [one for one in archive if one.isfile() and _is_picture(one.name)]
            if any(one.size > LARGEST for one in pictures):
                return None
            opened = map(archive.extractfile, pictures)
            return Counter(checksum(one.read()) for one in opened if one)
    except Exception:
        return None


def _unpacking(*command: str) -> Engine:
    """An engine that is a program, which unpacks `{file}` into `{folder}`."""

    def unpack(file: Path) -> Pictures | None:
        with tempfile.TemporaryDirectory() as folder:
            filled = [part.format(file=file, folder=folder) for part in command]
            try:
                subprocess.run(
                    filled,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=SECONDS,
                    check=True,
                    preexec_fn=_confine,  # no thread is running here
                )
            except (subprocess.SubprocessError, OSError):
                return None
            return _pictures_below(Path(folder))

    return unpack


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _pictures_below(folder: Path) -> Pictures:
    files: Iterable[Path] = (
        Path(where, name) for where, _folders, names in os.walk(folder) for name in names
    )
    return Counter(
        checksum(file.read_bytes())
        for file in files
        if _is_picture(os.path.relpath(file, folder)) and file.is_file() and not file.is_symlink()
    )


def _is_picture(name: str) -> bool:
    """Whether an entry is a picture that somebody put there to be seen."""
    parts = name.replace("\\", "/").split("/")
    hidden = any(part.startswith(".") and part not in (".", "..") for part in parts)
    return not hidden and "__MACOSX" not in parts and Path(name).suffix.lower() in SUFFIXES
