"""What a tar archive holds: its members, found by walking from header to header.

The walk goes forward only, so that it can be made over a compressed archive while that is
unpacked. A header that is broken is passed over, and so is its member.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from stages.formats import tar_header, tar_sparse
from stages.formats.tar_header import BLOCK, Header
from stages.formats.tar_sparse import Sparse

_HARD_LINK = b"1"
_SPARSE = b"S"
_WITHOUT_DATA = (b"1", b"2", b"3", b"4", b"5", b"6")  # links, devices, folders and pipes
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_EXTENSIONS = (_PAX, _LONG_NAME, _LONG_LINK)
_LONGEST_HEADER = 1 << 20  # bytes of an extended header; real ones have some hundred
_NOTHING = bytes(BLOCK)


class Source(Protocol):
    """An archive as it is unpacked, read at places that never go back."""

    def read(self, offset: int, length: int) -> bytes:
        """Bytes from there on; fewer at the end."""


class Member(NamedTuple):
    """A file or hard link; `offset` is where its data begin, `stored` how long they are there: less
    than the file's `size` where holes in it are left out. `link` has what a hard link leads to."""

    name: bytes
    size: int
    offset: int
    stored: int
    link: bytes = b""
    sparse: Sparse | None = None


class TarDirectory:
    """A walk over the members of an archive; iterate over it once.

    Afterwards `is_broken` says whether headers were passed over, and `is_cut` whether the file
    ended within one.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._first = source.read(0, BLOCK)
        self._end = 0
        self.is_broken = self.is_cut = False

    def begins(self) -> bool:
        """Whether there is a tar archive at all."""
        return tar_header.is_header(self._first)

    def __iter__(self) -> Iterator[Member]:
        extended: dict[bytes, bytes] = {}
        while block := self._next_header():
            header = tar_header.parse(block)
            size = self._size(header, extended)
            start = self._end
            if header.kind in _EXTENSIONS:
                extended |= self._extension(header, start)
            elif header.kind == _SPARSE or any(map(_is_of_sparse, extended)):
                member, size = self._sparse(block, _name(header, extended), extended, size)
                start = self._end
                if member:
                    yield member
                extended = {}
            elif header.kind != _PAX_GLOBAL:
                if member := _member(header, extended, start, size):
                    yield member
                extended = {}
            self._end = start + -(-size // BLOCK) * BLOCK

    def _size(self, header: Header, extended: dict[bytes, bytes]) -> int:
        """The bytes of data behind a header."""
        if header.kind in _WITHOUT_DATA:
            return 0
        told = extended.get(b"size", b"")
        is_told = told.isdigit() and len(told) < 20 and header.kind not in _EXTENSIONS
        return int(told) if is_told else header.size

    def _next_header(self) -> bytes | None:
        """The next sound header, with the walk standing behind it; None at the end."""
        blanks = 0
        while blanks < 2:
            block, self._first = self._first or self._source.read(self._end, BLOCK), b""
            if len(block) < BLOCK:
                self.is_cut = bool(block)
                return None
            self._end += BLOCK
            if tar_header.is_sound(block):
                return block
            if block == _NOTHING:
                blanks += 1
            else:
                self.is_broken = True
        return None

    def _extension(self, header: Header, start: int) -> dict[bytes, bytes]:
        data = self._source.read(start, min(header.size, _LONGEST_HEADER))
        if header.kind == _PAX:
            return tar_header.pax_records(data)
        return {b"path" if header.kind == _LONG_NAME else b"linkpath": tar_header.text(data)}

    def _sparse(
        self, block: bytes, name: bytes, extended: dict[bytes, bytes], size: int
    ) -> tuple[Member | None, int]:
        """A file with holes, the walk standing behind its map, and the bytes of its data; no member
        where the map makes no sense."""
        start = self._end
        if block[156:157] == _SPARSE:
            sparse = tar_sparse.of_header(block, self._next_block)
        else:
            sparse = tar_sparse.of_records(extended, self._next_block)
            size -= self._end - start  # what is in front of the data counts as data
        if sparse is None or sparse.stored > size:
            self.is_broken = True
            return None, max(0, size)
        return Member(name, sparse.size, self._end, sparse.stored, sparse=sparse), size

    def _next_block(self) -> bytes:
        block = self._source.read(self._end, BLOCK)
        self._end += BLOCK
        return block


def _is_of_sparse(key: bytes) -> bool:
    return key.startswith(b"GNU.sparse.")


def _name(header: Header, extended: dict[bytes, bytes]) -> bytes:
    return extended.get(b"GNU.sparse.name") or extended.get(b"path") or header.name


def _member(header: Header, extended: dict[bytes, bytes], start: int, size: int) -> Member | None:
    """The member, if it is a file or a hard link to one."""
    name = _name(header, extended)
    is_link = header.kind == _HARD_LINK
    if name.endswith(b"/") or (header.kind in _WITHOUT_DATA and not is_link):
        return None
    link = (extended.get(b"linkpath") or header.link) if is_link else b""
    if is_link and not link:
        return None
    return Member(name, size, start, size, link)
