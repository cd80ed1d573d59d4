"""Which kind of container a comic file is, told by its first bytes and never by its name."""

from __future__ import annotations

import os

from stages.formats import tar_header
from stages.formats.comic import Comic
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.zip_comic import ZipComic
from stages.formats.zip_directory import ZipDirectory
from stages.formats.zip_salvage import ZipSalvage

COMIC_SUFFIXES = frozenset(
    b".cbz .zip .cbr .rar .cb7 .7z .cbt .tar .tgz .tbz .tbz2 .txz .tlz .tzst .lha .lzh "
    b".pdf .epub".split()
)
"""What a file's name ends with, in lower case, when it is worth opening."""
_FIRST_PART = b".001"
COMPRESSED_SUFFIXES = frozenset((b".gz", b".bz2", b".xz", b".lzma", b".zst", _FIRST_PART))
"""What it ends with when it is worth opening if `.tar` or `.cbt` stands before it; before the last
of them, of a file that was cut up, the suffix of any archive."""
_CUT_UP = (b".cbz", b".zip", b".cbr", b".rar", b".cb7", b".cbt", b".tar", b".pdf")

# A pipe with a comic's name must not make us wait for somebody to write into it.
_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK
_HEAD = 1024
_STUB = 1 << 20
"""Bytes in front of an archive: the program that makes it unpack itself, or a script."""

_RAR, _SEVEN_ZIP, _ZIP, _PDF = b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"PK\3\4", b"%PDF-"
_MAGIC = (
    (_ZIP, "zip"),
    (_RAR, "rar"),
    (_SEVEN_ZIP, "7z"),
    (b"\x1f\x8b", "tar"),
    (b"BZh", "tar"),
    (b"\xfd7zXZ\0", "tar"),
    (b"\x5d\0\0", "tar"),  # LZMA, as it was before xz
    (b"\x28\xb5\x2f\xfd", "tar"),
)
_EMBEDDED = ((_RAR, "rar"), (_SEVEN_ZIP, "7z"), (_ZIP, "zip"))
_OTHERS = (
    (b"\xff\xd8\xff", "a single JPEG picture"),
    (b"\x89PNG", "a single PNG picture"),
    (b"GIF8", "a single GIF picture"),
    (b"RIFF", "a single WebP picture, a sound or a film"),
    (b"RE~^", "a RAR archive of before 1996"),
    (b"MSCF", "a Cabinet archive"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<!doctype html", "a web page"),
    (b"<!DOCTYPE HTML", "a web page"),
    (b"<html", "a web page"),
)
_EPUB_MIMETYPE = b"mimetypeapplication/epub+zip"  # at byte 30, where it is as it must be
_EPUB_CONTAINER = b"META-INF/container.xml"


def has_comic_name(name: bytes) -> bool:
    """Whether a file of this name is worth opening."""
    stem, dot, suffix = name.lower().rpartition(b".")
    suffix = dot + suffix
    return suffix in COMIC_SUFFIXES or (
        suffix in COMPRESSED_SUFFIXES
        and stem.endswith(_CUT_UP if suffix == _FIRST_PART else (b".tar", b".cbt"))
    )


def container_of(path: bytes) -> str | None:
    """The kind of container, a value of `Comic.container`, by the file's first bytes alone.

    None where they do not tell: an archive may have anything in front of it. No decoder is run.
    Raises `FormatError` when the file cannot be read.
    """
    fd = _opened(path)
    try:
        return _kind(os.pread(fd, _HEAD, 0))
    except IsADirectoryError:
        return "folder"
    except OSError as error:
        raise from_os_error(error, path) from error
    finally:
        os.close(fd)


def open_comic(path: bytes) -> Comic:
    """Open a comic file for reading; close it or use it as a context manager.

    Raises `FormatError`, whatever is wrong with the file or on the way to it.
    """
    fd = _opened(path)
    try:
        return _open(path, fd)
    except OSError as error:
        os.close(fd)
        raise from_os_error(error, path) from error
    except BaseException:
        os.close(fd)
        raise


def _opened(path: bytes) -> int:
    try:
        return os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise from_os_error(error, path) from error
    except ValueError as error:  # a zero byte in the path
        raise FormatError(ErrorClass.VANISHED, "There can be no file of this name.") from error


def _kind(head: bytes) -> str | None:
    if head.startswith(_EPUB_MIMETYPE, 30):
        return "epub"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if tar_header.is_header(head[: tar_header.BLOCK]):
        return "tar"
    if head[2:4] == b"-l" and head[6:7] == b"-":
        return "lha"
    return "pdf" if _PDF in head else None


def _open(path: bytes, fd: int) -> Comic:
    try:
        head = os.pread(fd, _HEAD, 0)
    except IsADirectoryError:
        from stages.formats.folder_comic import FolderComic

        return FolderComic(path, fd)
    if not head:
        raise FormatError(ErrorClass.EMPTY, "The file is empty: it has 0 bytes.")
    if path.endswith(_FIRST_PART) and os.path.exists(path[:-1] + b"2"):
        raise _cut_up()
    # Nearly all comics are ZIP archives; what they hold is told from their table of contents.
    kind = "zip" if head.startswith(_ZIP) else _kind(head)
    if kind is None or kind == "zip":
        return _zip(path, fd, head)
    return _OPENERS[kind](path, fd)


def _zip(path: bytes, fd: int, head: bytes) -> Comic:
    """A ZIP archive, which is known by its end; else what the file holds further in."""
    size = os.lseek(fd, 0, os.SEEK_END)
    try:
        directory = ZipDirectory(fd, size)
    except FormatError as error:
        if error.error_class not in (ErrorClass.TRUNCATED, ErrorClass.DAMAGED):
            raise
        kind = "zip" if head.startswith(b"PK") else _embedded(os.pread(fd, _STUB, 0))
        if kind is None:
            raise _unsupported(head) from error
        if kind != "zip":
            return _OPENERS[kind](path, fd)
        salvage = ZipSalvage(fd, size)
        if not salvage.names:
            raise
        return ZipComic(path, fd, salvage)
    if _EPUB_CONTAINER in directory.names or head.startswith(_EPUB_MIMETYPE, 30):
        from stages.formats.epub_comic import EpubComic  # few need it

        return EpubComic(path, fd, directory)
    return ZipComic(path, fd, directory)


def _embedded(stub: bytes) -> str | None:
    """The kind of archive that begins first within these bytes."""
    places = [(stub.find(magic), kind) for magic, kind in _EMBEDDED]
    return min((place for place in places if place[0] >= 0), default=(0, None))[1]


def _rar(path: bytes, fd: int) -> Comic:
    from stages.formats.rar_comic import RarComic  # few need it, and it takes 50 ms to load

    comic = RarComic(path)
    os.close(fd)
    return comic


def _seven_zip(path: bytes, fd: int) -> Comic:
    from stages.formats.seven_zip_comic import SevenZipComic  # few need it

    return SevenZipComic(path, fd)


def _tar(path: bytes, fd: int) -> Comic:
    from stages.formats.tar_comic import TarComic  # few need it

    return TarComic(path, fd)


def _pdf(path: bytes, fd: int) -> Comic:
    from stages.formats.pdf_comic import PdfComic  # few need it, and it takes 80 ms to load

    comic = PdfComic(path)
    os.close(fd)
    return comic


def _lha(path: bytes, fd: int) -> Comic:
    from stages.formats.lha_comic import LhaComic  # hardly any need it

    return LhaComic(path, fd)


_OPENERS = {"rar": _rar, "7z": _seven_zip, "tar": _tar, "lha": _lha, "pdf": _pdf}


def _unsupported(head: bytes) -> FormatError:
    head = head.lstrip()
    what = next((name for start, name in _OTHERS if head.startswith(start)), None)
    return FormatError(
        ErrorClass.UNSUPPORTED,
        f"This is {what}, not a comic that Longbox reads."
        if what
        else "This is no archive, document or folder that Longbox reads.",
    )


def _cut_up() -> FormatError:
    return FormatError(
        ErrorClass.UNSUPPORTED,
        "This is the first of several files that one was cut into. Put them together again, one "
        "behind the other in the order of their numbers.",
    )
