"""A comic as every container shows it: pages in reading order, one page's bytes, its metadata.

Which entries of an archive are pages is told by `entry_names`; how they are listed and unpacked is
the containers' business.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from operator import itemgetter
from types import TracebackType
from typing import ClassVar, Self

from stages.formats import limits
from stages.formats.entry_names import (
    decode_name,
    encoding_of,
    is_archive_name,
    metadata_entries,
    sort_out,
)
from stages.formats.errors import ErrorClass, FormatError, bare
from stages.formats.metadata_file import MetadataFile, MetadataFormat

_COMET_ELEMENT = b"<comet"
_COMET_HEAD = 1024
"""Bytes in which a CoMet file of another name has its root element."""
_COMICBOOKINFO_KEY = b'"ComicBookInfo/1.0"'
_32_BITS = 0xFFFFFFFF
_pack_other = struct.Struct("<IQ").pack
_SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class Page:
    """One picture of a comic. `size` is in bytes unpacked, `crc` is its CRC-32 or 0 where the
    archive keeps another checksum, `entry` is for the comic alone."""

    name: str
    size: int
    crc: int
    entry: int


class Comic(ABC):
    """An open comic file; a context manager. Every method raises `FormatError` and nothing else.

    Reading pages from several threads at once is safe.
    """

    container: ClassVar[str]
    is_solid = False
    """Reading a page means unpacking those before it: take `unpack_all` for more than one."""
    complaint: FormatError | None = None
    """What is wrong with a comic that can be read all the same; None for a sound one."""

    _has_crcs = True
    """Whether the column of CRCs holds CRC-32s; else anything that tells contents apart."""
    _comment = b""
    _fingerprint: bytes | None = None
    _columns: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    _fault: FormatError | None = None
    """Why no page may be found; to be known before the entries are handed over."""

    def __init__(self, names: list[bytes], sizes: list[int], crcs: list[int]) -> None:
        """Take the archive's entries as columns; what is no file of its own has an empty name.

        Raises `FormatError`: no_pages, or unsupported for an archive of archives.
        """
        self._names = names
        self._sizes = sizes
        self._crcs = crcs
        self._order, self._others = self._sorted_out()
        if not self._order:
            raise self._fault or _no_pages(names)

    @property
    def page_count(self) -> int:
        """How many pages there are; cheaper than `len(pages)`."""
        return len(self._order)

    @cached_property
    def pages(self) -> Sequence[Page]:
        """The pages in natural order of their names."""
        crcs = self._crcs if self._has_crcs else [0] * len(self._names)
        names, encoding = self._names, encoding_of(self._names)
        return [
            Page(decode_name(names[i], encoding), self._sizes[i], crcs[i], i) for i in self._order
        ]

    @property
    def cover_page(self) -> int:
        """The index of the page that the container itself names as the cover; else the first."""
        return 0

    @property
    def fingerprint(self) -> bytes:
        """16 bytes over each page's CRC and size in order: the same after renaming or repacking."""
        if self._fingerprint is None:  # functools.cached_property takes a lock
            self._fingerprint = self._pages_hash()
        return self._fingerprint

    def _pages_hash(self) -> bytes:
        count = len(self._order)
        crcs, sizes = self._page_columns()
        return blake2b(struct.pack(f"<{count}I{count}Q", *crcs, *sizes), digest_size=16).digest()

    def _page_columns(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The CRCs and the sizes of the pages in order."""
        if self._columns is None:
            order = self._order
            if len(order) == 1:
                self._columns = (self._crcs[order[0]],), (self._sizes[order[0]],)
            else:
                pick = itemgetter(*order)
                self._columns = pick(self._crcs), pick(self._sizes)
        return self._columns

    @property
    def full_fingerprint(self) -> bytes:
        """16 bytes over the pages in order, all other files, and the archive's comment.

        Other than `fingerprint`, it changes with the metadata. Empty entries do not count.
        """
        sizes, crcs = self._sizes, self._crcs
        others = sorted([(crcs[i], sizes[i]) for i in self._others if sizes[i]])
        packed = b"".join([_pack_other(*other) for other in others])
        return blake2b(self.fingerprint + packed + self._comment, digest_size=16).digest()

    @property
    def page_sums(self) -> bytes:
        """8 bytes a page in order, its CRC-32 and size as little-endian 32-bit numbers (greater
        sizes as the greatest such number); empty where the archive keeps no CRC-32."""
        if not self._has_crcs:
            return b""
        sums = [0] * (2 * len(self._order))
        sums[::2], sums[1::2] = self._page_columns()
        try:
            return struct.pack(f"<{len(sums)}I", *sums)
        except struct.error:
            return struct.pack(f"<{len(sums)}I", *[min(value, _32_BITS) for value in sums])

    def read(self, page: Page) -> bytes:
        """One page's bytes, its checksum verified."""
        return self._read_entry(page.entry, limits.current.page_bytes)

    def unpack_all(self) -> Iterator[tuple[Page, bytes | FormatError]]:
        """All pages, or why one of them cannot be read, in the order in which they are stored."""
        for page in self._as_stored():
            try:
                data = self.read(page)
            except FormatError as error:
                yield page, error
            else:
                yield page, data

    def metadata(self) -> list[MetadataFile]:
        """The metadata file of each format nearest to the root; the last where two are as near."""
        if not self._comment:
            if not self._others:
                return []
            if len(self._others) == 1 and self._names[self._others[0]] == b"ComicInfo.xml":
                # Nearly all comics: every microsecond counts 60,000 times.
                return [MetadataFile(MetadataFormat.COMICINFO, self._try_entry(self._others[0]))]
        found, others = metadata_entries(self._names, self._others)
        files = [MetadataFile(kind, self._try_entry(entry)) for kind, entry in found.items()]
        if not files and len(others) == 1:
            data = self._try_entry(others[0])
            if isinstance(data, bytes) and _COMET_ELEMENT in data[:_COMET_HEAD].lower():
                files.append(MetadataFile(MetadataFormat.COMET, data))
        if self._comment and _COMICBOOKINFO_KEY in self._comment:
            files.append(MetadataFile(MetadataFormat.COMICBOOKINFO, self._comment))
        return files

    def place(self, page: Page) -> tuple[int, int] | None:  # noqa: ARG002 - for who overrides it
        """Where in the file the page's bytes stand as they are: offset and length; or None."""
        return None

    def is_plain(self, page: Page) -> bool:  # noqa: ARG002 - for who overrides it
        """Whether reading the page runs no decoder but zlib's, in this process and quickly."""
        return False

    def head(self, page: Page, length: int) -> bytes:  # noqa: ARG002 - for who overrides it
        """The first bytes of a plain page, unverified; empty for others."""
        return b""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    @abstractmethod
    def _read_entry(self, entry: int, limit: int) -> bytes:
        """One entry's bytes, at most `limit` of them, verified."""

    def _sorted_out(self) -> tuple[list[int], list[int]]:
        """The entries that are pages, in reading order, and the others."""
        return sort_out(self._names)

    def _as_stored(self) -> list[Page]:
        return sorted(self.pages, key=lambda page: page.entry)

    def _try_entry(self, entry: int) -> bytes | FormatError:
        try:
            return self._read_entry(entry, limits.current.metadata_bytes)
        except FormatError as error:
            return bare(error)

    def _complain_of_passwords(self, is_encrypted: Iterable[bool]) -> None:
        """Take down that some pages need a password; `is_encrypted` is a column of the entries.

        Raises `FormatError` encrypted when all of them do.
        """
        column = list(is_encrypted)
        count = sum(column[i] for i in self._order)
        if count == len(self._order):
            raise needs_password()
        if count:
            self.complaint = FormatError(
                ErrorClass.ENCRYPTED, f"{count:,} of {len(self._order):,} pages need a password."
            )

    def _encrypted(self, entry: int) -> FormatError:
        return self._error(entry, ErrorClass.ENCRYPTED, "needs a password.")

    def _too_large(self, entry: int, limit: int) -> FormatError:
        return self._error(
            entry, ErrorClass.TOO_LARGE, f"is larger than {limit / (1 << 20):.3g} MB."
        )

    def _damaged(self, entry: int) -> FormatError:
        return self._error(entry, ErrorClass.DAMAGED, "is damaged.")

    def _cut_off(self, entry: int) -> FormatError:
        return self._error(entry, ErrorClass.TRUNCATED, "is cut off.")

    def _error(self, entry: int, error_class: ErrorClass, what: str) -> FormatError:
        name = decode_name(self._names[entry], encoding_of(self._names))
        return FormatError(error_class, f"“{name}” in the archive {what}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def whole_pages(count: int) -> str:
    """The end of a sentence on damage."""
    if not count:
        return "no page is whole"
    return "1 page is whole" if count == 1 else f"{count:,} pages are whole"


def sample_place(size: int) -> tuple[int, int]:
    """Offset and length of the part of a page by which its content is known where nothing keeps a
    checksum of it: the middle, where a picture has neither headers nor padding."""
    return max(0, (size - _SAMPLE) // 2), min(size, _SAMPLE)


def too_many_entries() -> FormatError:
    return FormatError(
        ErrorClass.TOO_LARGE,
        f"The archive lists more than {limits.current.entries:,} files, which no comic does.",
    )


def needs_password() -> FormatError:
    return FormatError(ErrorClass.ENCRYPTED, "The archive needs a password.")


def _no_pages(names: list[bytes]) -> FormatError:
    archives = [name for name in names if is_archive_name(name)]
    if not archives:
        return FormatError(ErrorClass.NO_PAGES, "The archive holds no pictures.")
    more = f" and {len(archives) - 1:,} more" if archives[1:] else ""
    return FormatError(
        ErrorClass.UNSUPPORTED,
        f"The archive holds other comics or archives and no pictures: “{decode_name(archives[0])}”"
        f"{more}.",
    )
