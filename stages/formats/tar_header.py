"""The headers of a tar archive: one block each, and what may stand in front of it.

POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar's manual, "Basic Tar
Format". Here is what the bytes mean; `tar_directory` walks from one header to the next.
"""

from __future__ import annotations

from typing import NamedTuple

BLOCK = 512
_CHECKSUM = slice(148, 156)
_BLANK = b" " * 8
_MAGIC = b"ustar"
_STRETCHES = (b"GNU.sparse.offset", b"GNU.sparse.numbytes")
_MAP = b"GNU.sparse.map"


class Header(NamedTuple):
    """One header. `kind` is the type flag, `size` the bytes of data behind it."""

    name: bytes
    size: int
    kind: bytes
    link: bytes


def is_header(block: bytes) -> bool:
    """Whether an archive may begin with this block, its checksum right or not."""
    return len(block) == BLOCK and (block.startswith(_MAGIC, 257) or is_sound(block))


def is_sound(block: bytes) -> bool:
    """Whether the block has the checksum of a header: the sum of its bytes, signed or not."""
    if len(block) < BLOCK or not block[0]:
        return False
    told = number(block[_CHECKSUM])
    rest = block[:148] + _BLANK + block[156:]
    total = sum(rest)
    return told in (total, total - 256 * sum(byte > 127 for byte in rest))


def parse(block: bytes) -> Header:
    name = text(block[:100])
    prefix = text(block[345:500])
    if prefix and block[257:263] == b"ustar\0":
        name = prefix + b"/" + name
    return Header(name, number(block[124:136]) or 0, block[156:157], text(block[157:257]))


def text(field: bytes) -> bytes:
    """Up to the first NUL."""
    return field.partition(b"\0")[0]


def number(field: bytes) -> int | None:
    """Octal digits or, with the highest bit set, a binary number; None for nonsense."""
    if field[0] & 0x80:
        return int.from_bytes(bytes((field[0] & 0x7F,)) + field[1:], "big")
    digits = text(field).strip()
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        return None


def pax_records(data: bytes) -> dict[bytes, bytes]:
    """The records `LENGTH KEY=VALUE` of an extended header, as far as they make sense.

    The stretches of a file with holes, each a record of its own in the sparse format 0.0, come as
    the one record that format 0.1 has for them.
    """
    records: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        digits, space, _ = data[position : position + 20].partition(b" ")
        if not space or not digits.isdigit() or int(digits) <= len(digits) + 1:
            break
        record = data[position + len(digits) + 1 : position + int(digits)]
        key, _, value = record.removesuffix(b"\n").partition(b"=")
        if key in _STRETCHES:
            key, value = _MAP, b",".join(filter(None, (records.get(_MAP), value)))
        records[key] = value
        position += int(digits)
    return records
