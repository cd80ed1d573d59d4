"""A comic in a RAR archive, of version 1.5 to 7, in one file or several: `rarfile` lists it and
reads what is only stored.

What is compressed is unpacked by the program that `unpacker` finds.
"""

from __future__ import annotations

import os
from typing import Any

import rarfile

from stages.formats import limits
from stages.formats.comic import needs_password, too_many_entries, whole_pages
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.program_comic import ProgramComic

# rarfile would start a program to unpack a comment, without a limit.
rarfile.RAR_MAX_COMMENT = -1

_COPIES = (rarfile.RAR5_XREDIR_HARD_LINK, rarfile.RAR5_XREDIR_FILE_COPY)
_VERSION_5 = 50


class _Listing:
    """The archive as `rarfile` lists it, and what it came across on the way.

    `files` holds links as well: the program that unpacks counts them.
    """

    def __init__(self, path: bytes) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self.blocks = 0
        self.last: Any = None
        self.comment: Any = None
        self.has_end = False
        self.archive = _opened(path, self._see)
        self.files = [info for info in self.archive.infolist() if not info.is_dir()]

    def _see(self, block: Any) -> None:
        self.blocks += 1
        if self.blocks > limits.current.entries + 100:
            raise too_many_entries()
        if block.type == rarfile.RAR_BLOCK_FILE:
            self.last = block
        elif block.type == rarfile.RAR_BLOCK_ENDARC:
            self.has_end = True
        elif getattr(block, "filename", None) == "CMT":
            self.comment = block

    def kind(self) -> str:
        """7-Zip's word for the format."""
        is_new = self.last is not None and self.last.extract_version >= _VERSION_5
        return "Rar5" if is_new else "rar"

    def is_last_whole(self) -> bool:
        """Whether the data of the last file are all there."""
        last = self.last
        if last is None:
            return True
        end = last.data_offset + last.add_size
        goes_on = last.flags & rarfile.RAR_FILE_SPLIT_AFTER
        return not goes_on and end <= os.stat(last.volume_file).st_size

    def fault(self) -> ErrorClass | None:
        """What is wrong with the archive as a whole."""
        told = self.archive.strerror() or ""
        if "CRC" in told or "Broken" in told:
            return ErrorClass.DAMAGED
        ends = self.has_end or self.last is None or self.last.extract_version < _VERSION_5
        return None if ends and not told and self.is_last_whole() else ErrorClass.TRUNCATED


class RarComic(ProgramComic):
    """A RAR archive of pictures. Holds no file open between reads."""

    container = "rar"

    def __init__(self, path: bytes) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        listing = _Listing(path)
        self._archive = listing.archive
        self._files = files = listing.files
        fault = listing.fault()
        if not files:
            _raise_for_nothing_listed(self._archive, fault)
        self.is_solid = bool(self._archive.is_solid())
        self._comment = _stored_comment(listing.comment)
        self._originals = _originals(files)
        shown = [files[original] for original in self._originals]
        encrypted = [bool(info.needs_password()) for info in shown]
        if any(encrypted):
            self._fault = needs_password()
        elif fault is not None:
            self._fault = _complaint(fault, listing, 0)
        names = ["" if _is_link(info) else files[i].filename for i, info in enumerate(shown)]
        if not listing.is_last_whole():
            names[-1] = ""
        super().__init__(
            path,
            listing.kind(),
            names,
            [info.file_size for info in shown],
            [info.CRC for info in shown],
            [not info.file_redir for info in files],
        )
        if fault is not None:
            self.complaint = _complaint(fault, listing, self.page_count)
        if any(encrypted):
            self._complain_of_passwords(encrypted)
        if not self._has_crcs:
            self._take_other_sums(shown)

    def close(self) -> None:
        """Nothing is open."""

    def _refuse(self, entry: int) -> None:
        if self._files[self._originals[entry]].needs_password():
            raise self._encrypted(entry)

    def _read_plain(self, entry: int) -> bytes | None:
        original = self._originals[entry]
        info = self._files[original]
        if info.compress_type != rarfile.RAR_M0:
            return None if original == entry else self._read_entry(original, self._sizes[entry])
        try:
            data: bytes = self._archive.read(info)
        except OSError as error:
            raise from_os_error(error, self._path) from error
        except Exception as error:  # as in _opened
            raise self._damaged(entry) from error
        return data

    def _is_sound(self, entry: int, data: bytes) -> bool:
        if not super()._is_sound(entry, data):
            return False
        told = getattr(self._files[self._originals[entry]], "blake2sp_hash", None)
        return self._sums[entry] is not None or told in (None, rarfile.Blake2SP(data).digest())

    def _take_other_sums(self, shown: list[Any]) -> None:
        """Put a part of its BLAKE2 in the place of each entry's missing CRC."""
        for entry, info in enumerate(shown):
            told = getattr(info, "blake2sp_hash", None)
            if info.CRC is None and told:
                self._crcs[entry] = int.from_bytes(told[:4], "little")


def _opened(path: bytes, see: Any) -> rarfile.RarFile:
    try:
        return rarfile.RarFile(os.fsdecode(path), info_callback=see)
    except rarfile.NeedFirstVolume as error:
        raise FormatError(
            ErrorClass.UNSUPPORTED,
            "This is a later part of an archive in several files. It is read with the first part.",
        ) from error
    except (OSError, FormatError):
        raise
    except Exception as error:
        # Beside its own errors rarfile lets through what its parsing meets in broken data:
        # struct.error, IndexError, UnicodeError, OverflowError and others.
        raise FormatError(ErrorClass.DAMAGED, "The RAR archive is broken.") from error


def _originals(files: list[Any]) -> list[int]:
    """For each entry the one that has its data: itself, or what a link within the archive leads
    to. Links are followed one step, so that none goes in a circle."""
    places = {info.filename: i for i, info in enumerate(files) if not info.file_redir}
    return [
        places.get(info.file_redir[2], i)
        if info.file_redir and info.file_redir[0] in _COPIES
        else i
        for i, info in enumerate(files)
    ]


def _is_link(info: Any) -> bool:
    """Whether an entry has no data, neither its own nor, as a copy, another's."""
    return bool(info.is_symlink() or info.file_redir)


def _stored_comment(block: Any) -> bytes:
    """The archive's comment, if it is neither compressed nor encrypted."""
    if block is None or block.compress_type != rarfile.RAR_M0 or block.needs_password():
        return b""
    with open(block.volume_file, "rb") as file:
        file.seek(block.data_offset)
        return file.read(min(block.add_size, limits.current.metadata_bytes)).partition(b"\0")[0]


def _raise_for_nothing_listed(archive: rarfile.RarFile, fault: ErrorClass | None) -> None:
    if archive.needs_password():
        raise FormatError(
            ErrorClass.ENCRYPTED, "Even the list of the archive's files needs a password."
        )
    if fault is not None:
        raise FormatError(fault, "The archive ends, or is broken, before its first file.")


def _complaint(fault: ErrorClass, listing: _Listing, pages: int) -> FormatError:
    what = "Part of the archive is broken" if fault is ErrorClass.DAMAGED else "Its end is missing"
    if "next volume" in (listing.archive.strerror() or ""):
        parts = len(listing.archive.volumelist())
        what = f"The archive goes on in a file after part {parts} that is not there"
    return FormatError(fault, f"{what}: {whole_pages(pages)}.")
