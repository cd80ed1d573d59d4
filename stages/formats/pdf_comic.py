"""A comic in a PDF document: each of its pages is one, as the JPEG it consists of or drawn as one.

A scan that somebody put into a PDF is one JPEG on each page; that is handed out as it is. Any other
page is drawn. How pdfium is asked is `pdf_document`'s business.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
from functools import cached_property
from hashlib import blake2b
from typing import Any

from PIL import Image, ImageChops, ImageStat, JpegImagePlugin  # noqa: F401 - loads the format

from stages.formats import limits, pdf_bomb
from stages.formats.comic import Comic, Page
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.metadata_file import MetadataFile, MetadataFormat
from stages.formats.pdf_document import Contents, PdfDocument, Placed
from stages.formats.pdf_mending import mended

USUAL_WIDTH = 1600
"""Pixels of a drawn page's width where nothing on it says how fine it is."""
_NARROWEST, _WIDEST = 1000, 3200  # pixels of a page drawn as finely as its pictures are
_MOST_PIXELS = 24_000_000  # of a drawn page: 72 MB while it is drawn
_LONGEST_SIDE = 65_000  # what a JPEG can have
_QUALITY = 85
_SAMPLED = 16  # pages whose contents the fingerprint looks at

_SMALL = 48  # pixels of the width at which a page and its only picture are compared
_ORIENTATION = 0x0112  # the EXIF tag
_ALIKE = 16.0  # mean difference of two such pictures, of 255, that colour spaces may explain

_HEAD = 1 << 20  # bytes at either end of the file in which the XMP packet is looked for
_TAIL = 4 << 20
_END_WITHIN = 2048  # bytes at the end of a whole file in which its end mark stands
_PACKET, _PACKET_END = b"<x:xmpmeta", b"</x:xmpmeta>"
_MOST_PACKETS = 50  # looked at; the pictures of a document may have some of their own
# What stands before the packet of a document, and not before that of a JPEG file within it.
_STREAM = re.compile(rb"/Metadata\b[^<>]*>>\s*stream\s*(?:<\?xpacket[^>]*>\s*)?$")
_ATTACHED = {
    "comicinfo.xml": MetadataFormat.COMICINFO,
    "metroninfo.xml": MetadataFormat.METRONINFO,
    "comet.xml": MetadataFormat.COMET,
}


class PdfComic(Comic):
    """A PDF document. Reading pages from several threads is safe; they take turns."""

    container = "pdf"
    _has_crcs = False

    def __init__(self, path: bytes) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._path = path
        pdf_bomb.refuse(path)
        ends_well = b"%%EOF" in _end(path, _END_WITHIN)
        self._document = _opened(path, ends_well)
        count = self._document.page_count
        if not count:
            self._document.close()
            raise FormatError(ErrorClass.NO_PAGES, "The PDF has no pages.")
        if count > limits.current.entries:
            self._document.close()
            raise FormatError(ErrorClass.TOO_LARGE, f"The PDF has {count:,} pages.")
        super().__init__([b"%05d.jpg" % (n + 1) for n in range(count)], [0] * count, [0] * count)
        if not ends_well:
            self.complaint = FormatError(
                ErrorClass.TRUNCATED, f"The end of the PDF is missing: {count:,} pages are left."
            )

    def close(self) -> None:
        """Close the document; harmless when repeated."""
        self._document.close()

    def page_size(self, page: Page) -> tuple[float, float]:
        """The page's width and height in points (1/72 inch)."""
        return self._document.page_size(page.entry)

    def render(self, page: Page, width: int) -> bytes:
        """The page as a JPEG of that many pixels across, or fewer where it would be too large."""
        across, down = self.page_size(page)
        if not (across > 0 and down > 0):
            raise FormatError(ErrorClass.DAMAGED, f"Page {page.entry + 1} of the PDF has no size.")
        most = min(_MOST_PIXELS, limits.current.picture_pixels)
        scale = min(
            max(1, width) / across,
            math.sqrt(most / (across * down)),
            _LONGEST_SIDE / max(across, down),
        )
        size = max(1, int(across * scale)), max(1, int(down * scale))
        pixels = self._document.draw(page.entry, *size)
        jpeg = io.BytesIO()
        image = Image.frombuffer("RGB", size, pixels, "raw", "RGB", 0, 1)
        image.save(jpeg, "JPEG", quality=_QUALITY)
        return jpeg.getvalue()

    def read(self, page: Page) -> bytes:
        """The page's JPEG as it stands in the document, where that is all there is to see; else the
        page drawn as finely as what is on it."""
        number = page.entry
        contents = self._document.contents(number)
        for picture in contents.pictures:
            if picture.width * picture.height > limits.current.picture_pixels:
                raise FormatError(
                    ErrorClass.TOO_LARGE,
                    f"A picture on page {number + 1} has {picture.width:,} × {picture.height:,} "
                    "pixels.",
                )
        if _is_one_jpeg(contents):
            jpeg = self._document.picture(number, 0)
            if self._looks_like(number, jpeg):
                return jpeg
        return self.render(page, _fine_width(contents))

    def metadata(self) -> list[MetadataFile]:
        """What the document says of itself, and the metadata files that are attached to it.

        The first as JSON: `{"info": {…}, "xmp": the packet or null, "right_to_left": bool}`.
        """
        found = [MetadataFile(MetadataFormat.PDF, json.dumps(self._told).encode())]
        keywords = self._told["info"].get("Keywords", "")
        if "<ComicInfo" in keywords:  # where some programs put the whole file
            found.append(MetadataFile(MetadataFormat.COMICINFO, keywords.encode()))
        for name, index in self._document.attachments().items():
            known = _ATTACHED.get(name.lower())
            if known:
                found.append(MetadataFile(known, self._attachment(index)))
        return found

    @property
    def fingerprint(self) -> bytes:
        """16 bytes over every page's size, and over what some pages spread evenly consist of.

        Pictures count with their packed bytes, anything else with its place on the page. Editing
        metadata changes none of it; a program that packs the pictures anew changes it.
        """
        return self._contents_hash

    @property
    def full_fingerprint(self) -> bytes:
        """16 bytes over the fingerprint and all metadata."""
        told = [file.data for file in self.metadata()]
        return _hash([self._contents_hash, *(data for data in told if isinstance(data, bytes))])

    @cached_property
    def _contents_hash(self) -> bytes:
        document = self._document
        count = document.page_count
        sizes = [f"{side:.0f}" for n in range(count) for side in document.page_size(n)]
        sampled = {number * (count - 1) // (_SAMPLED - 1) for number in range(_SAMPLED)}
        whole = [document.digest(number) for number in sorted(sampled)]
        return _hash([" ".join(sizes).encode(), *whole])

    @cached_property
    def _told(self) -> dict[str, Any]:
        return {
            "info": self._document.info(),
            "xmp": _xmp(self._path),
            "right_to_left": self._document.reads_right_to_left(),
        }

    def _attachment(self, index: int) -> bytes | FormatError:
        try:
            return self._document.attachment(index)
        except FormatError as error:
            return error

    def _looks_like(self, number: int, jpeg: bytes) -> bool:
        """Whether the page shows that JPEG and nothing less: no mask, no inversion, no clipping.

        pdfium tells no such things of a picture, but shows them.
        """
        try:
            with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as opened:
                # Browsers turn a picture as its EXIF block says; PDF readers do not.
                if opened.mode not in ("L", "RGB") or opened.getexif().get(_ORIENTATION, 1) != 1:
                    return False
                size = _SMALL, max(1, min(_SMALL * opened.height // opened.width, 4 * _SMALL))
                opened.draft("RGB", (2 * size[0], 2 * size[1]))
                alone = opened.convert("RGB").resize(size, Image.Resampling.BOX)
        except Exception:  # Pillow has no common class for what broken pictures raise
            return False
        drawn = Image.frombuffer(
            "RGB", size, self._document.draw(number, *size), "raw", "RGB", 0, 1
        )
        return max(ImageStat.Stat(ImageChops.difference(alone, drawn)).mean) < _ALIKE

    def _read_entry(self, entry: int, limit: int) -> bytes:
        raise NotImplementedError  # `read` and `metadata` go other ways


def _opened(path: bytes, ends_well: bool) -> PdfDocument:
    try:
        return PdfDocument(path)
    except FormatError as error:
        if ends_well or error.error_class is not ErrorClass.DAMAGED:
            raise
        content = _mended(path)
        if content is None:
            raise FormatError(
                ErrorClass.TRUNCATED, "The end of the PDF is missing, and its pages with it."
            ) from error
        return PdfDocument(path, content)


def _mended(path: bytes) -> bytes | None:
    most = limits.current.page_bytes
    with open(path, "rb") as file:
        content = file.read(most + 1)
    return mended(content) if len(content) <= most else None


def _is_one_jpeg(contents: Contents) -> bool:
    """Whether the page is one JPEG, upright and from edge to edge."""
    if contents.has_more or contents.turn or len(contents.pictures) != 1:
        return False
    picture = contents.pictures[0]
    if not picture.is_jpeg or not 0 < picture.size <= limits.current.page_bytes:
        return False
    left, bottom, right, top = contents.box
    page = (right - left, 0, 0, top - bottom, left, bottom)
    slack = 0.01 * max(right - left, top - bottom)
    return all(abs(a - b) <= slack for a, b in zip(picture.matrix, page, strict=True))


def _fine_width(contents: Contents) -> int:
    """Pixels of the page's width at which its finest picture is drawn pixel by pixel."""
    left, bottom, right, top = contents.box
    across = top - bottom if contents.turn % 2 else right - left
    finest = max(map(_pixels_per_point, contents.pictures), default=0.0)
    if not finest:
        return USUAL_WIDTH
    least = USUAL_WIDTH if contents.has_more else _NARROWEST
    return int(min(max(finest * across, least), _WIDEST))


def _pixels_per_point(picture: Placed) -> float:
    a, b, c, d, _, _ = picture.matrix
    across, down = math.hypot(a, b), math.hypot(c, d)
    return max(picture.width / across, picture.height / down) if across and down else 0.0


def _xmp(path: bytes) -> str | None:
    """The document's XMP packet, where it is not compressed and near one of the file's ends.

    It is the last one: programs that edit metadata may write the new packet behind the old one.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            file.seek(max(len(head), file.seek(0, os.SEEK_END) - _TAIL))
            found = _last_packet(file.read(_TAIL)) or _last_packet(head)
    except OSError as error:
        raise from_os_error(error, path) from error
    return None if found is None else found.decode("utf-8", "replace")


def _last_packet(part: bytes) -> bytes | None:
    stop = len(part)
    for _ in range(_MOST_PACKETS):
        end = part.rfind(_PACKET_END, 0, stop)
        stop = part.rfind(_PACKET, 0, max(end, 0))
        if stop < 0:
            break
        # JPEG files within the document have packets, too.
        if _STREAM.search(part, max(0, stop - 512), stop):
            return part[stop : end + len(_PACKET_END)]
    return None


def _end(path: bytes, length: int) -> bytes:
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - length))
        return file.read(length)


def _hash(parts: list[bytes]) -> bytes:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()
