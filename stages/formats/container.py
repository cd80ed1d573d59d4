"""Which kind of container a comic file is, told by its first bytes and never by its name."""

from __future__ import annotations

import os

from stages.formats.comic import Comic
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.zip_comic import ZipComic

COMIC_SUFFIXES = frozenset(
    b".cbz .zip .cbr .rar .cb7 .7z .cbt .tar .tgz .tbz .tbz2 .txz .tzst .pdf .epub".split()
)
"""What a file's name ends with, in lower case, when it is worth opening."""
COMPRESSED_SUFFIXES = frozenset((b".gz", b".bz2", b".xz", b".zst"))
"""What it ends with when it is worth opening if `.tar` or `.cbt` stands before it."""

# A pipe with a comic's name must not make us wait for somebody to write into it.
_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK
_RAR = b"Rar!\x1a\x07"
_OTHERS = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\xff\xd8\xff", "a single JPEG picture"),
    (b"\x89PNG", "a single PNG picture"),
    (b"GIF8", "a single GIF picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"RE~^", "a RAR archive of before 1996"),
    (b"<!DOCTYPE html", "a web page"),
    (b"<html", "a web page"),
)
_PDF = b"%PDF-"
_EPUB_MIMETYPE = b"mimetypeapplication/epub+zip"  # at byte 30, where it is as it must be
_EPUB_CONTAINER = b"META-INF/container.xml"
_HEAD = 64


def has_comic_name(name: bytes) -> bool:
    """Whether a file of this name is worth opening."""
    stem, dot, suffix = name.lower().rpartition(b".")
    return dot + suffix in COMIC_SUFFIXES or (
        dot + suffix in COMPRESSED_SUFFIXES and stem.endswith((b".tar", b".cbt"))
    )


def open_comic(path: bytes) -> Comic:
    """Open a comic file for reading; close it or use it as a context manager.

    Raises `FormatError`, whatever is wrong with the file or on the way to it.
    """
    try:
        fd = os.open(path, _OPEN_FLAGS)
    except OSError as error:
        raise from_os_error(error, path) from error
    except ValueError as error:  # a zero byte in the path
        raise FormatError(ErrorClass.VANISHED, "There can be no file of this name.") from error
    try:
        return _open(path, fd)
    except OSError as error:
        os.close(fd)
        raise from_os_error(error, path) from error
    except BaseException:
        os.close(fd)
        raise


def _open(path: bytes, fd: int) -> Comic:
    try:
        head = os.pread(fd, _HEAD, 0)
    except IsADirectoryError:
        from stages.formats.folder_comic import FolderComic

        return FolderComic(path, fd)
    if head.startswith(_PDF):
        return _pdf(path, fd)
    if head.startswith(_RAR):
        return _rar(path, fd)
    if not head:
        raise FormatError(
            ErrorClass.EMPTY, "The file is empty (0 bytes). Copy or download it again."
        )
    try:
        if head.startswith(_EPUB_MIMETYPE, 30):
            return _epub(path, fd)
        comic = ZipComic(path, fd, os.lseek(fd, 0, os.SEEK_END))
        return _epub(path, fd) if comic.holds(_EPUB_CONTAINER) else comic
    except FormatError as error:
        # Without an end and without the beginning of an archive it is something else.
        if error.error_class is ErrorClass.TRUNCATED and not head.startswith(b"PK"):
            raise _unsupported(head) from error
        raise


def _epub(path: bytes, fd: int) -> Comic:
    from stages.formats.epub_comic import EpubComic  # few need it

    return EpubComic(path, fd, os.lseek(fd, 0, os.SEEK_END))


def _rar(path: bytes, fd: int) -> Comic:
    from stages.formats.rar_comic import RarComic  # few need it, and it takes 50 ms to load

    comic = RarComic(path)
    os.close(fd)
    return comic


def _pdf(path: bytes, fd: int) -> Comic:
    from stages.formats.pdf_comic import PdfComic  # few need it, and it takes 80 ms to load

    comic = PdfComic(path)
    os.close(fd)
    return comic


def _unsupported(head: bytes) -> FormatError:
    what = next((name for start, name in _OTHERS if head.startswith(start)), None)
    return FormatError(
        ErrorClass.UNSUPPORTED,
        f"This is {what}, not a comic archive that Longbox reads. Pack its pages into a ZIP file."
        if what
        else "This is neither a ZIP nor a RAR archive. Remove the file or replace it by the comic.",
    )
