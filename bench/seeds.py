"""Small comics of every kind, drawn here, as a beginning for mutations; more come from a folder."""

from __future__ import annotations

import io
import struct
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from stages.formats import unpacker
from stages.formats.lha_comic import crc16

KINDS = ("zip", "rar", "7z", "tar", "lha", "pdf", "epub", "loose")

LARGEST = 60_000  # bytes of a seed from a folder: small ones are mutated where it matters
MOST = 40
_STARTS = {
    "zip": (b"PK\3\4",),
    "rar": (b"Rar!\x1a\7",),
    "7z": (b"7z\xbc\xaf\x27\x1c",),
    "pdf": (b"%PDF",),
    "loose": (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF"),
}

INFO = b"""<?xml version="1.0"?><ComicInfo><Title>One</Title><Series>Two</Series><Number>3</Number>
<Pages><Page Image="0" Type="FrontCover"/><Page Image="1"/></Pages></ComicInfo>"""
CONTAINER = b"""<?xml version="1.0"?><container version="1.0"
xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile
full-path="c.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = b"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"
unique-identifier="i"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>One</dc:title>
<meta property="rendition:layout">pre-paginated</meta></metadata><manifest>
<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="b.xhtml"
media-type="application/xhtml+xml"/><item id="p" href="0.jpg" media-type="image/jpeg"
properties="cover-image"/><item id="q" href="1.png" media-type="image/png"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/></spine></package>"""
LEAF = b"""<html xmlns="http://www.w3.org/1999/xhtml"><body><img src="%s"/></body></html>"""


def seeds_of(kind: str, folder: Path | None) -> list[bytes]:
    """The comics to mutate; raises ValueError when there are none of that kind."""
    seeds = _DRAWN[kind]() if kind in _DRAWN else []
    if folder:
        seeds += _small_ones(folder, _STARTS.get(kind, ()))
    if not seeds:
        raise ValueError(f"There is no {kind} to begin with: name a folder that has some.")
    return seeds


def _small_ones(folder: Path, starts: tuple[bytes, ...]) -> list[bytes]:
    found: list[bytes] = []
    for file in sorted(folder.rglob("*")):
        if len(found) < MOST and file.is_file() and file.stat().st_size <= LARGEST:
            data = file.read_bytes()
            if starts and data.startswith(starts):
                found.append(data)
    return found


def picture(kind: str = "JPEG", **options: object) -> bytes:
    """A small picture with something in it."""
    drawn = io.BytesIO()
    image = Image.linear_gradient("L").resize((40, 60)).convert("RGB")
    image.save(drawn, kind, **options)
    return drawn.getvalue()


def _entries() -> dict[str, bytes]:
    return {
        "0.jpg": picture(),
        "a/1.png": picture("PNG"),
        "a/2.webp": picture("WEBP"),
        "ComicInfo.xml": INFO,
    }


def _zips() -> list[bytes]:
    return [
        _zip(_entries(), method)
        for method in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_BZIP2,
            zipfile.ZIP_LZMA,
        )
    ] + [_zip(_entries(), zipfile.ZIP_DEFLATED, b'{"ComicBookInfo/1.0": {"title": "One"}}')]


def _zip(entries: dict[str, bytes], method: int, comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.comment = comment
        for number, (name, data) in enumerate(entries.items()):
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=number == 0) as entry:
                entry.write(data)
    return packed.getvalue()


def _tars() -> list[bytes]:
    return [
        _tar(layout) for layout in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    ]


def _tar(layout: int) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=layout) as archive:
        for name, data in (_entries() | {f"{'long ' * 25}/3.gif": picture("GIF")}).items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def _lhas() -> list[bytes]:
    """Of header level 0, with nothing packed."""
    packed = b""
    for name, data in _entries().items():
        sizes = struct.pack("<LLLBBB", len(data), len(data), 0, 32, 0, len(name))
        rest = b"-lh0-" + sizes + name.encode() + struct.pack("<H", crc16(data))
        packed += bytes([len(rest), sum(rest) & 0xFF]) + rest + data
    return [packed + b"\0"]


def _seven_zips() -> list[bytes]:
    """Made by the 7-Zip that also reads them; none where there is no 7-Zip."""
    engine = unpacker.engine()
    if engine is None or engine.name != "7zz":
        return []
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for name, data in _entries().items():
            file = Path(folder, "in", name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        for number, options in enumerate((["-m0=Copy"], ["-ms=on"], ["-ms=off"], ["-mhc=off"])):
            packed = Path(folder, f"{number}.7z")
            command = [engine.path, "a", "-t7z", "-bd", *options, str(packed), f"{folder}/in/."]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            made.append(packed.read_bytes())
    return made


def _pdfs() -> list[bytes]:
    with Image.open(io.BytesIO(picture())) as page:
        colour, grey, bitmap = page.convert("RGB"), page.convert("L"), page.convert("1")
    made = []
    for pages in ((colour, colour), (grey,), (bitmap, colour)):
        packed = io.BytesIO()
        pages[0].save(packed, "PDF", save_all=True, append_images=pages[1:], title="One")
        made.append(packed.getvalue())
    return made


def _epubs() -> list[bytes]:
    entries = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": CONTAINER,
        "c.opf": PACKAGE,
        "a.xhtml": LEAF % b"0.jpg",
        "b.xhtml": LEAF % b"1.png",
        "0.jpg": picture(),
        "1.png": picture("PNG"),
    }
    return [_zip(entries, zipfile.ZIP_STORED), _zip(entries, zipfile.ZIP_DEFLATED)]


def _pictures() -> list[bytes]:
    kinds = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
    return [picture(kind) for kind in kinds] + [picture("JPEG", progressive=True)]


_DRAWN: dict[str, Callable[[], list[bytes]]] = {
    "zip": _zips,
    "7z": _seven_zips,
    "tar": _tars,
    "lha": _lhas,
    "pdf": _pdfs,
    "epub": _epubs,
    "loose": _pictures,
}
